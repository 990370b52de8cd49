//! A change in lines: the values before and after, what is created, what goes.

use super::change::{Applied, Do, Set};
use super::secret::{is_open, is_secret};
use crate::cluster::watch::TableOf;
use crate::manifest::diff::{self, Side};
use crate::manifest::secret;
use crate::text::document::{Line, Piece, Tone};
use serde_json::Value;

/// A longer value is shown as a diff.
const SHORT: usize = 60;

/// What is done to one object of the kind. Nothing for what only waits.
pub fn lines(of: &TableOf, does: &Do) -> Vec<Line> {
    match does {
        Do::Edit { sets, .. } => {
            let hides = |set: &&Set| is_secret(of) && !is_open(&set.path);
            sets.iter().flat_map(|set| if hides(&set) { vec![masked(set)] } else { value(set) }).collect()
        }
        Do::Delete { kept, .. } => {
            let kept = if kept.is_some() {
                "can be created again, without uid, status and data"
            } else {
                "cannot be had back from here"
            };
            vec![Line::toned("- deleted", Tone::Removed), Line::toned(format!("  it {kept}"), Tone::Dim)]
        }
        Do::Create { what, object } => {
            let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            let said = format!("+ {}/{name}", what.kind.to_lowercase());
            std::iter::once(Line::toned(said, Tone::Added)).chain(created(object)).collect()
        }
        Do::Apply(Applied { manifest, sets: None, .. }) => created(manifest),
        Do::Apply(Applied { sets: Some(sets), .. }) if sets.is_empty() => {
            vec![Line::toned("  nothing in it changes: rk9s becomes one of its managers", Tone::Dim)]
        }
        Do::Apply(Applied { sets: Some(sets), .. }) => {
            lines(of, &Do::Edit { subresource: String::new(), sets: sets.clone() })
        }
        Do::Evict(_) => vec![Line::toned("- evicted", Tone::Removed)],
        Do::Await => Vec::new(),
    }
}

/// What is created, as YAML.
fn created(object: &Value) -> Vec<Line> {
    let mut object = object.clone();
    secret::mask(&mut object, &secret::Reveal::Nothing, 0);
    let text = crate::manifest::text(&object).unwrap_or_default();
    text.lines().map(|line| Line::toned(format!("  + {line}"), Tone::Added)).collect()
}

/// That a secret value changes. A file that kept none says no more.
fn masked(set: &Set) -> Line {
    let kept = set.before.is_some() || set.after.is_some();
    let side = |value: &Option<Value>| if kept && value.is_none() { "–" } else { secret::MASK }.to_owned();
    let pieces = [
        (format!("~ {}   ", set.place()), Tone::Key),
        (side(&set.before), Tone::Removed),
        (" → ".into(), Tone::Dim),
        (side(&set.after), Tone::Added),
    ];
    Line::new(0, pieces.map(|(text, tone)| Piece::new(text, tone)).into())
}

/// `~ spec.replicas   3 → 5`, or the lines that differ.
fn value(set: &Set) -> Vec<Line> {
    let path = set.place();
    let shown = |value: &Option<Value>| match value {
        None => Some("–".to_owned()),
        Some(Value::String(text)) if text.len() <= SHORT && !text.contains('\n') => Some(text.clone()),
        Some(Value::Object(_) | Value::Array(_)) => None,
        Some(value) => Some(value.to_string()).filter(|text| text.len() <= SHORT),
    };
    if let (Some(before), Some(after)) = (shown(&set.before), shown(&set.after)) {
        let pieces = [
            (format!("~ {path}   "), Tone::Key),
            (before, Tone::Removed),
            (" → ".into(), Tone::Dim),
            (after, Tone::Added),
        ];
        return vec![Line::new(0, pieces.map(|(text, tone)| Piece::new(text, tone)).into())];
    }
    let side = |value: &Option<Value>| Side { title: path.clone(), object: value.clone().unwrap_or_default() };
    let mut lines = vec![Line::toned(format!("~ {path}"), Tone::Key)];
    let of_value = diff::of(side(&set.before), side(&set.after)).lines.into_iter().skip(2);
    // What is not there has no lines.
    lines.extend(of_value.filter(|line| !matches!(line.text().as_str(), "- null" | "+ null")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_values_are_shown_beside_each_other_and_templates_as_a_diff() {
        let set = |before, after| Set { path: "/metadata/labels/a~1b".into(), before, after };
        let text = |set: Set| value(&set).iter().map(Line::text).collect::<Vec<_>>().join("\n");
        assert_eq!(text(set(Some(json!("x")), None)), "~ metadata.labels.a/b   x → –");
        let long = text(set(Some(json!({"image": "x:1", "a": 1})), Some(json!({"image": "x:2", "a": 1}))));
        assert!(long.contains("- image: x:1") && long.contains("+ image: x:2"), "{long}");
    }
}
