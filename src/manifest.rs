//! Objects as texts: YAML that folds, with Secrets masked, and who set each line. Pure: JSON in, [`Document`] out.
//!
//! The YAML is a library's; here its lines get their place in the structure.

pub mod blame;
pub mod certificate;
pub mod diff;
pub mod place;
pub mod secret;
pub mod written;

use crate::text::document::{Document, Fold, Line, Piece, Tone};
use place::Place;
use secret::Reveal;
use serde_json::Value;

/// Where `kubectl apply` keeps what it was given last (k8s.io/kubectl, pkg/util/apply.go). Of a Secret, the values are in it.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object as YAML 1.1 readers understand it, `managedFields` folded.
pub fn yaml(mut object: Value, reveal: &Reveal, now: i64) -> Document {
    let notes = secret::mask(&mut object, reveal, now);
    let mut document = lines(&object);
    secret::annotate(&mut document, &notes);
    document
}

/// The same with the field manager of each line and the age of its last change in the margin.
pub fn blame(mut object: Value, reveal: &Reveal, now: i64) -> Document {
    let owners = blame::Owners::of(&object);
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    let notes = secret::mask(&mut object, reveal, now);
    let mut document = lines(&object);
    blame::write(&mut document, &object, &owners, now);
    secret::annotate(&mut document, &notes);
    document
}

/// The copy that `kubectl apply` keeps in an annotation. It is of the object's kind, whatever it says itself: what masks a Secret's
/// values asks for the kind.
pub fn applied(object: &Value) -> Option<Value> {
    let text = object.pointer("/metadata/annotations")?.get(LAST_APPLIED)?.as_str()?;
    let mut applied: Value = serde_json::from_str(text).ok()?;
    if let (Some(fields), Some(kind)) = (applied.as_object_mut(), object.get("kind")) {
        fields.insert("kind".into(), kind.clone());
    }
    Some(applied)
}

/// As YAML 1.1 readers understand it: `yes`, `0644` and their like are quoted, and long lines are not folded.
pub fn text(object: &Value) -> Result<String, String> {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(object, options).map_err(|e| e.to_string())
}

fn lines(object: &Value) -> Document {
    let text = match text(object) {
        Ok(text) => text,
        Err(why) => {
            return Document { lines: vec![Line::toned(format!("it cannot be written as YAML: {why}"), Tone::Wrong)] };
        }
    };
    let places = place::of(object, &text);
    let lines = text.lines().zip(&places).map(|(text, place)| line(text, place));
    Document { lines: lines.collect() }
}

fn line(text: &str, place: &Place) -> Line {
    let (before, key, rest) = place.split(text);
    let mut pieces = Vec::new();
    if !before.is_empty() || !key.is_empty() {
        pieces.push(Piece::new(format!("{before}{key}"), Tone::Key));
    }
    let tone = if matches!(rest.trim_start_matches(':').trim(), "null" | "''" | "\"\"" | "{}" | "[]") {
        Tone::Dim
    } else {
        Tone::Plain
    };
    pieces.push(Piece::new(rest, tone));
    let folded = place.key() == Some("managedFields") && !place.goes_on;
    Line { fold: if folded { Fold::Closed } else { Fold::Open }, ..Line::new(place.depth, pieces) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_know_their_depth_and_managed_fields_are_folded() {
        let object = json!({"kind": "Pod", "metadata": {"labels": {"a": "yes"}, "managedFields": [{"manager": "m", "time": "t"}]},
            "spec": {"containers": [{"name": "c", "args": ["x", "line one\nline two\n"]}]}});
        let document = yaml(object, &Reveal::Nothing, 0);
        let at = |text: &str| document.lines.iter().position(|line| line.text().contains(text)).unwrap();
        assert!(document.text().contains("a: \"yes\"") || document.text().contains("a: 'yes'"), "{}", document.text());
        let managed = at("managedFields:");
        assert_eq!(document.lines[managed].fold, Fold::Closed);
        assert!(document.block(managed).contains(&at("time: t")), "{}", document.text());
        assert!(document.block(at("spec:")).contains(&at("line two")));
        assert!(!document.block(at("metadata:")).contains(&at("spec:")));
    }
}
