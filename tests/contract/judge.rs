//! Whether our table says what kubectl's does, cell by cell.
//!
//! kubectl is asked before and after us: rows that changed in between are nobody's fault and are left out, and ages must
//! lie between its two answers.

use crate::table::{Key, Table};
use rk9s::text::age::human;
use rk9s::text::clean;
use std::collections::BTreeMap;

/// Columns whose cells grow by themselves.
const AGES: &[&str] = &["AGE", "LAST", "FIRST SEEN", "LAST SEEN", "DURATION", "LAST SCHEDULE", "HATCHED", "NEXT MEAL"];

/// Seconds that an age may be off by: kubectl's are the server's, cut at another moment than ours.
const SLACK: u64 = 1;

/// Differences in words, one a line; empty if the tables agree. Columns of ours that kubectl does not have are ignored.
pub fn differences(before: &Table, ours: &Table, after: &Table) -> Vec<String> {
    let mut found: Vec<String> = after
        .titles
        .iter()
        .filter(|title| !ours.titles.contains(title))
        .map(|title| format!("no column {title}, only {:?}", ours.titles))
        .collect();
    let (before, ours, after) = (before.by_key(), ours.by_key(), after.by_key());
    for (key, now) in &after {
        let Some(earlier) = before.get(key) else { continue };
        let Some(mine) = ours.get(key) else {
            found.push(format!("{key}: not shown"));
            continue;
        };
        found.extend(row_differences(key, earlier, mine, now));
    }
    let ghosts = ours.keys().filter(|key| !before.contains_key(*key) && !after.contains_key(*key));
    found.extend(ghosts.map(|key| format!("{key}: shown, but kubectl has no such object")));
    found
}

type Cells<'a> = BTreeMap<&'a str, &'a str>;

fn row_differences(key: &Key, before: &Cells, ours: &Cells, after: &Cells) -> Vec<String> {
    let steady = after.iter().all(|(title, cell)| AGES.contains(title) || before.get(title) == Some(cell));
    if !steady {
        return Vec::new();
    }
    let wrong = after.iter().filter_map(|(title, cell)| {
        let (earlier, mine) = (before.get(title)?, ours.get(title)?);
        let same = match AGES.contains(title) {
            true => is_age_between(earlier, mine, cell),
            false => is_same(cell, mine),
        };
        (!same).then(|| format!("{key}: {title}: kubectl {cell:?}, rk9s {mine:?}"))
    });
    wrong.collect()
}

/// Whether a cell of ours is kubectl's. Where kubectl lets a hostile character through, ours must show it; where it cuts
/// a cell at a line's end ("..."), ours may go on.
fn is_same(theirs: &str, ours: &str) -> bool {
    if ours.chars().any(clean::is_hostile) {
        return false;
    }
    // WriteEscaped in k8s.io/cli-runtime/pkg/printers/terminal.go.
    // Blanks at a cell's end cannot be told from those between columns.
    let escaped = ours.trim_end_matches(' ').replace('␛', "^[");
    let theirs = clean::line(theirs);
    if escaped == theirs {
        return true;
    }
    // printTable in k8s.io/cli-runtime/pkg/printers/tableprinter.go cuts at the first of these.
    let Some(first) = escaped.split(['␊', '␍', '␌']).next() else { return false };
    first.len() < escaped.len() && theirs.strip_suffix("...") == Some(first)
}

fn is_age_between(earlier: &str, ours: &str, later: &str) -> bool {
    match (seconds(earlier), seconds(ours), seconds(later)) {
        (Some(earlier), Some(ours), Some(later)) => a_little_before(earlier) <= ours && a_little_before(ours) <= later,
        _ => ours == earlier || ours == later,
    }
}

/// The age as it was printed then: 3h is, a second before, 2h59m and not 2h59m59s.
fn a_little_before(age: u64) -> u64 {
    let before = i64::try_from(age.saturating_sub(SLACK)).unwrap();
    seconds(&human(before).to_string()).unwrap()
}

/// An age as k8s.io/apimachinery/pkg/util/duration prints it: `2y170d`, `3h5m`, `95s`.
fn seconds(age: &str) -> Option<u64> {
    let mut total = 0;
    let mut rest = age;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        total += number
            * match unit {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'y' => 31_536_000,
                _ => return None,
            };
        rest = &rest[digits + 1..];
    }
    (!age.is_empty()).then_some(total)
}

#[test]
fn ages_are_told_from_words() {
    assert_eq!(seconds("2y170d"), Some(77_760_000));
    assert_eq!(seconds("8m30s"), Some(510));
    assert!(["", "<none>", "5", "m", "5x", "1/2"].iter().all(|word| seconds(word).is_none()));
}

#[test]
fn an_age_lies_between() {
    assert!(is_age_between("9m59s", "10m", "10m"));
    assert!(is_age_between("<invalid>", "<invalid>", "<invalid>"));
    assert!(
        is_age_between("112m", "113m", "112m") && is_age_between("113m", "112m", "113m"),
        "a second may be all of it"
    );
    assert!(!is_age_between("112m", "114m", "112m") && !is_age_between("114m", "112m", "114m"));
    assert!(!is_age_between("5m", "4m30s", "5m"));
    assert!(!is_age_between("5m", "<unknown>", "5m"));
}

#[test]
fn hostile_cells_are_shown_and_nothing_else_differs() {
    assert!(is_same("^[[31mred", "␛[31mred"));
    assert!(is_same("gnp\u{202e}exe", "gnp\\u{202e}exe"));
    assert!(is_same("first...", "first␊second"));
    assert!(!is_same("first...", "other␊second"));
    assert!(!is_same("gnp\u{202e}exe", "gnp\u{202e}exe"));
    assert!(!is_same("<none>", ""));
}

#[test]
fn every_kind_of_difference_is_found() {
    let table = |text: &str| Table::from_kubectl(text);
    let theirs = table("NAME   STATUS    AGE\na      Running   5s\nb      Failed    5s\n");
    let ours = table("NAME   STATUS    AGE\na      Pending   5s\nc      Running   5s\n");
    let found = differences(&theirs, &ours, &theirs);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(differences(&theirs, &table("NAME   AGE\na      5s\nb      5s\n"), &theirs).len(), 1);
    assert!(differences(&theirs, &theirs, &theirs).is_empty());
    // What changed between kubectl's two answers is not judged.
    let later = table("NAME   STATUS    AGE\na      Pending   6s\nb      Failed    6s\n");
    assert!(
        differences(&theirs, &table("NAME   STATUS    AGE\na      Odd   5s\nb      Failed    5s\n"), &later).is_empty()
    );
}
