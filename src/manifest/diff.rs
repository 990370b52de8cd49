//! Two objects side by side, as a unified diff of their YAML. What the server owns (status, uids, versions) is left out; of
//! Secrets it is said which values differ, never what they are.

use super::secret;
use crate::text::document::{Document, Fold, Line, Piece, Tone};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;

/// Unchanged lines that stay beside a change.
const AROUND: usize = 3;
/// `metadata` that the server writes.
const OWNED: &[&str] =
    &["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "deletionTimestamp"];
/// Annotations that controllers and kubectl write.
const NOTED: &[&str] = &[super::LAST_APPLIED, "deployment.kubernetes.io/revision"];

/// One object and what it is called.
#[derive(Clone, Debug)]
pub struct Side {
    pub title: String,
    pub object: Value,
}

/// How an object came to differ from what was applied: only the fields that were applied are compared.
pub fn drift(applied: Value, mut object: Value) -> Document {
    restrict(&mut object, &applied);
    let side = |title: &str, object| Side { title: title.into(), object };
    of(side("last applied", applied), side("now", object))
}

/// What has to be done to the left one to become the right one.
pub fn of(left: Side, right: Side) -> Document {
    let titles = [format!("--- {}", left.title), format!("+++ {}", right.title)];
    let (mut left, mut right) = (left.object, right.object);
    clean(&mut left);
    clean(&mut right);
    hide(&mut left, &mut right);
    let text = |object: &Value| super::text(object).unwrap_or_default();
    let (left, right) = (text(&left), text(&right));
    let mut lines = vec![Line::toned(&*titles[0], Tone::Removed), Line::toned(&*titles[1], Tone::Added)];
    if left == right {
        lines.push(Line::toned("They are alike, but for what the server owns.", Tone::Dim));
        return Document { lines };
    }
    let diff = TextDiff::from_lines(&left, &right);
    let changes: Vec<(ChangeTag, String)> = diff
        .iter_all_changes()
        .map(|change| (change.tag(), change.value().trim_end_matches('\n').to_owned()))
        .collect();
    lines.extend(folded(&changes));
    Document { lines }
}

/// The changes as lines; longer runs of unchanged ones are folded but for those beside a change.
fn folded(changes: &[(ChangeTag, String)]) -> Vec<Line> {
    let near = |at: usize| {
        let around = changes.iter().skip(at.saturating_sub(AROUND)).take(AROUND.min(at) + 1 + AROUND);
        around.into_iter().any(|(tag, _)| *tag != ChangeTag::Equal)
    };
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some((tag, text)) = changes.get(at) {
        if near(at) {
            lines.push(line(0, *tag, text));
            at += 1;
            continue;
        }
        let run = (at..changes.len()).take_while(|at| !near(*at)).count();
        // What stands for them takes a line as well.
        if run == 1 {
            lines.push(line(0, *tag, text));
            at += 1;
            continue;
        }
        lines.push(Line { fold: Fold::Closed, ..Line::toned("  unchanged", Tone::Dim) });
        lines.extend(changes.iter().skip(at).take(run).map(|(tag, text)| line(1, *tag, text)));
        at += run;
    }
    lines
}

fn line(depth: u16, tag: ChangeTag, text: &str) -> Line {
    let (sign, tone) = match tag {
        ChangeTag::Equal => (' ', Tone::Plain),
        ChangeTag::Delete => ('-', Tone::Removed),
        ChangeTag::Insert => ('+', Tone::Added),
    };
    Line::new(depth, vec![Piece::new(format!("{sign} {text}"), tone)])
}

/// Removes what the server owns.
fn clean(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    fields.remove("status");
    let Some(meta) = fields.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    OWNED.iter().for_each(|owned| drop(meta.remove(*owned)));
    let notes = meta.get_mut("annotations").and_then(Value::as_object_mut);
    if let Some(notes) = notes {
        NOTED.iter().for_each(|noted| drop(notes.remove(*noted)));
        if notes.is_empty() {
            meta.remove("annotations");
        }
    }
}

/// Values of Secrets become masks that say whether they differ.
fn hide(left: &mut Value, right: &mut Value) {
    if !secret::is_secret(left) && !secret::is_secret(right) {
        return;
    }
    let keys = |object: &Value| -> BTreeSet<String> {
        ["data", "stringData"]
            .iter()
            .filter_map(|part| object.get(part)?.as_object())
            .flat_map(|map| map.keys().cloned())
            .collect()
    };
    let all: BTreeSet<String> = keys(left).union(&keys(right)).cloned().collect();
    let masks: Vec<(String, [String; 2])> = all
        .into_iter()
        .map(|key| {
            let values = [secret::value(left, &key), secret::value(right, &key)];
            let differ = values[0] != values[1];
            let mask = |value: &Option<Vec<u8>>, which: &str| {
                let size = value.as_ref().map_or(0, Vec::len);
                if differ { format!("{} ({which} value, {size} bytes)", secret::MASK) } else { secret::MASK.to_owned() }
            };
            (key, [mask(&values[0], "one"), mask(&values[1], "another")])
        })
        .collect();
    for (object, side) in [(left, 0), (right, 1)] {
        for part in ["data", "stringData"] {
            let Some(map) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
            for (key, masks) in &masks {
                let Some(value) = map.get_mut(key) else { continue };
                *value = masks.get(side).cloned().unwrap_or_default().into();
            }
        }
    }
}

/// Leaves of `object` only what `pattern` has as well. Items of lists are found by name where they have one, else by place.
fn restrict(object: &mut Value, pattern: &Value) {
    match (object, pattern) {
        (Value::Object(own), Value::Object(wanted)) => {
            own.retain(|key, _| wanted.contains_key(key));
            own.iter_mut()
                .for_each(|(key, value)| wanted.get(key).into_iter().for_each(|wanted| restrict(value, wanted)));
        }
        (Value::Array(own), Value::Array(wanted)) => {
            for (at, item) in own.iter_mut().enumerate() {
                let named =
                    item.get("name").and_then(|name| wanted.iter().find(|wanted| wanted.get("name") == Some(name)));
                if let Some(wanted) = named.or(wanted.get(at)) {
                    restrict(item, wanted);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(document: &Document) -> Vec<String> {
        document.lines.iter().filter(|line| line.depth == 0).map(Line::text).collect()
    }

    #[test]
    fn only_what_people_wrote_is_compared() {
        let object = |uid: &str, image: &str| {
            json!({"kind": "Deployment", "metadata": {"name": "web", "uid": uid, "resourceVersion": uid, "managedFields": []},
                "spec": {"replicas": 1, "paused": false, "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "image": image}, "status": {"x": uid}})
        };
        let side = |uid: &str, image| Side { title: uid.to_string(), object: object(uid, image) };
        let alike = of(side("1", "x"), side("2", "x"));
        assert!(said(&alike).iter().any(|line| line.contains("alike")), "{alike:?}");
        let document = of(side("1", "x"), side("2", "y"));
        let lines = said(&document);
        assert_eq!(lines[..2], ["--- 1", "+++ 2"]);
        assert!(lines.contains(&"-   image: x".into()) && lines.contains(&"+   image: \"y\"".into()), "{lines:#?}");
        assert!(lines.iter().any(|line| line == "  unchanged"), "{lines:#?}");
        assert!(!document.text().contains("uid") && !document.text().contains("status"));
    }

    #[test]
    fn of_secrets_only_that_they_differ_is_said() {
        let secret = |value: &str| Side {
            title: "s".into(),
            object: json!({"kind": "Secret", "data": {"same": "Y2FuYXJ5", "own": value}}),
        };
        let text = of(secret("c2VjcmV0MQ=="), secret("c2VjcmV0Mg==")).text();
        assert!(
            text.contains("(one value, 7 bytes)") && text.contains("(another value, 7 bytes)") && text.contains("same"),
            "{text}"
        );
        assert!(!text.contains("c2Vj") && !text.contains("Y2Fu"), "{text}");
    }

    #[test]
    fn drift_is_about_what_was_applied() {
        let applied = json!({"spec": {"replicas": 2, "containers": [{"name": "a", "image": "x"}]}});
        let now = json!({"spec": {"replicas": 5, "defaulted": true, "containers": [
            {"name": "side", "image": "s"}, {"name": "a", "image": "x", "defaulted": 1}]}});
        let text = drift(applied, now).text();
        assert!(text.contains("-   replicas: 2") && text.contains("+   replicas: 5"), "{text}");
        assert!(!text.contains("defaulted"), "{text}");
    }
}
