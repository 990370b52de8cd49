//! Holds a description against kubectl's, line by line, and says where rk9s differs on purpose.
#![allow(dead_code, reason = "shared by the recorded and the live comparison")]

use rk9s::describe::Need;

pub const NEEDS: &[(&str, Need)] = &[
    ("Events", Need::Events),
    ("NodePods", Need::NodePods),
    ("NodeLease", Need::NodeLease),
    ("ResourceSlices", Need::ResourceSlices),
    ("ReplicaSets", Need::ReplicaSets),
    ("EndpointSlices", Need::EndpointSlices),
];

/// kubectl's words, ours, and why they are not the same. The first is a part of a line; what stands between `{` and `}`
/// is kept.
const ON_PURPOSE: &[(&str, &str, &str)] = &[
    ("ISCSIInterface ", "ISCSIInterface: ", "a forgotten colon"),
    ("&LocalObjectReference{Name:{},}", "{}", "a Go struct says less than its one field"),
    ("SecretRef: nil", "SecretRef: <none>", "nothing is told in one way"),
    ("Failed to get lease: {}", "cannot be read: {}", "what cannot be read is told in one way"),
    ("Mon, 01 Jan 0001 00:00:00 +0000", "<unknown>", "nothing happened in the year 1"),
    (" + 0 more...", "", "kubectl counts an endpoint that is not ready and then finds none more"),
    ("Devices: <none>", "Devices:", "kubectl repeats there that no volume is mounted"),
    ("<nil>", "<none>", "nothing is told in one way"),
    ("(-9223372036854775808%)", "(0%)", "a share of nothing"),
    ("\u{1b}", "^[", "who paints a line makes its controls visible, not who writes it"),
    ("\r", "\\r", "the same"),
];

/// Where a description is not kubectl's, as `section: kubectl has …, rk9s has …`.
pub fn differences(theirs: &str, ours: &str) -> Vec<String> {
    let (theirs, ours) = (lines(theirs), lines(ours));
    let mut section = String::new();
    let mut found = Vec::new();
    for at in 0..theirs.len().max(ours.len()) {
        let (left, right) = (theirs.get(at).map_or("", String::as_str), ours.get(at).map_or("", String::as_str));
        if left.starts_with(|c: char| c.is_uppercase()) {
            section = left.split(':').next().unwrap_or_default().to_owned();
        }
        if !same(left, right) {
            found.push(format!("{section}: kubectl has {left:?}, rk9s has {right:?}"));
            // Whatever follows stands beside the wrong line.
            break;
        }
    }
    found
}

/// kubectl cuts long annotations off, and writes nothing where a list, a map or the ready endpoints are empty.
fn same(theirs: &str, ours: &str) -> bool {
    let cut = theirs.strip_suffix("...").is_some_and(|head| head.len() > 100 && ours.starts_with(head));
    let empty = theirs.ends_with(':') && ours.strip_suffix(" <none>") == Some(theirs);
    theirs == ours || cut || empty
}

/// The lines without their blanks, in the words of rk9s.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let said = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = ON_PURPOSE.iter().fold(said, |said, (theirs, ours, _)| replaced(&said, theirs, ours));
        // A dash of ours says where a list's next member begins.
        let said = said.strip_prefix("- ").unwrap_or(&said).to_owned();
        match lines.last_mut() {
            // What belongs to no namespace needs no line that says so.
            _ if said.is_empty() || said == "Namespace:" => {}
            // Ours stands alone, so that the first annotation can be folded, too.
            Some(last) if last == "Annotations:" => *last = format!("{last} {said}"),
            _ => lines.push(said),
        }
    }
    lines
}

fn replaced(line: &str, theirs: &str, ours: &str) -> String {
    let Some((before, behind)) = theirs.split_once("{}") else { return line.replace(theirs, ours) };
    let Some((start, rest)) = line.split_once(before) else { return line.to_owned() };
    let end = if behind.is_empty() { Some((rest, "")) } else { rest.split_once(behind) };
    end.map_or_else(|| line.to_owned(), |(kept, end)| format!("{start}{}{end}", ours.replace("{}", kept)))
}

/// The text without the conditions of kinds that kubectl does not know: rk9s makes a table of them.
pub fn without_conditions(text: &str) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut within = None;
    let mut rest = String::new();
    for line in text.lines() {
        if within.is_some_and(|head| depth(line) > head) {
            continue;
        }
        within = (line.trim() == "Conditions:").then(|| depth(line));
        rest += &format!("{line}\n");
    }
    rest
}

/// The text with ages made equal: they are those of the moment at which each program looked.
pub fn without_ages(text: &str) -> String {
    let is_age = |word: &str| {
        let word = word.trim_matches(['(', ')']);
        word.ends_with(['s', 'm', 'h', 'd', 'y'])
            && word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c))
    };
    let line = |line: &str| {
        let words = line.split_whitespace().map(|word| if is_age(word) { "AGE" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(|one| line(one) + "\n").collect()
}
