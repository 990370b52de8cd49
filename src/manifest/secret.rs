//! The one rule for values of Secrets: masked until revealed. What may be said of a masked value: its size, whether it is text,
//! and of a certificate whose it is and until when it holds.

use crate::text::document::{Document, Line, Piece, Tone};
use crate::text::quantity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What stands in the place of a secret value.
pub const MASK: &str = "***";
const LAST_APPLIED: &str = super::LAST_APPLIED;
/// Bytes of a binary value that are shown as hex.
const HEX: usize = 256;

/// Which values of a Secret are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reveal {
    #[default]
    Nothing,
    Keys(BTreeSet<String>),
    All,
}

impl Reveal {
    pub fn shows(&self, key: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Keys(keys) => keys.contains(key),
            Self::All => true,
        }
    }

    /// With one key revealed, or hidden again. Of all, none can be hidden alone: all are.
    pub fn turned(self, key: &str) -> Self {
        let mut keys = match self {
            Self::Nothing => BTreeSet::new(),
            Self::Keys(keys) => keys,
            Self::All => return Self::Nothing,
        };
        if !keys.remove(key) {
            keys.insert(key.into());
        }
        if keys.is_empty() { Self::Nothing } else { Self::Keys(keys) }
    }
}

/// What is said beside a value, and the lines below it when it is revealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    pub says: String,
    pub below: Vec<String>,
}

pub fn is_secret(object: &Value) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// Masks what is not revealed of a Secret, also in the copy that `kubectl apply` keeps. Of other kinds nothing is masked.
pub fn mask(object: &mut Value, reveal: &Reveal, now: i64) -> BTreeMap<String, Note> {
    if !is_secret(object) {
        return BTreeMap::new();
    }
    let mut notes = BTreeMap::new();
    for part in ["data", "stringData"] {
        let Some(values) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
        for (key, value) in values.iter_mut() {
            let bytes = bytes_of(part, value);
            let shown = reveal.shows(key);
            notes.insert(
                key.clone(),
                Note { says: about(&bytes, now), below: if shown { read(&bytes) } else { Vec::new() } },
            );
            if !shown {
                *value = MASK.into();
            }
        }
    }
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(copy) = annotations.and_then(|map| map.get_mut(LAST_APPLIED)) {
        *copy = MASK.into();
    }
    notes
}

/// Writes beside the values what may be said of them, and below them, as comments, what the revealed ones read.
pub fn annotate(document: &mut Document, notes: &BTreeMap<String, Note>) {
    if notes.is_empty() {
        return;
    }
    let lines = std::mem::take(&mut document.lines);
    let mut part = String::new();
    for mut line in lines {
        if line.depth == 0 {
            part = line.pieces.first().map(|piece| piece.text.trim().to_owned()).unwrap_or_default();
        }
        let key = line.pieces.first().map(|piece| piece.text.trim().trim_matches(['"', '\'']).to_owned());
        let own = key.filter(|_| line.depth == 1 && matches!(part.as_str(), "data" | "stringData"));
        let Some((key, note)) = own.and_then(|key| notes.get(&key).map(|note| (key, note))) else {
            document.lines.push(line);
            continue;
        };
        if let Some(value) = line.pieces.get_mut(1).filter(|value| value.text.contains(MASK)) {
            value.tone = Tone::Masked;
        }
        line.pieces.push(Piece::new(format!("  # {}", note.says), Tone::Dim));
        line.secret = Some(key.clone());
        document.lines.push(line);
        let below = note.below.iter().map(|text| Line {
            secret: Some(key.clone()),
            ..Line::new(2, vec![Piece::new(format!("  # {text}"), Tone::Plain)])
        });
        document.lines.extend(below);
    }
}

/// The keys of a Secret or a ConfigMap with their sizes, and the values that are shown.
pub fn keys(object: &Value, reveal: &Reveal, now: i64) -> Document {
    let secret = is_secret(object);
    let mut lines = vec![Line::toned(head(object), Tone::Title)];
    for part in ["data", "binaryData", "stringData"] {
        for (key, value) in object.get(part).and_then(Value::as_object).into_iter().flatten() {
            let bytes =
                if secret || part == "binaryData" { bytes_of("data", value) } else { bytes_of("stringData", value) };
            let shown = !secret || reveal.shows(key);
            let mut pieces =
                vec![Piece::new(key.as_str(), Tone::Key), Piece::new(format!("  {}", about(&bytes, now)), Tone::Dim)];
            if !shown {
                pieces.push(Piece::new(format!("  {MASK}"), Tone::Masked));
            }
            let mark = |line| Line { secret: Some(key.clone()), ..line };
            lines.push(mark(Line::new(0, pieces)));
            let below = if shown { read(&bytes) } else { Vec::new() };
            lines.extend(
                below.into_iter().map(|text| mark(Line::new(1, vec![Piece::new(format!("    {text}"), Tone::Plain)]))),
            );
        }
    }
    if lines.len() == 1 {
        lines.push(Line::toned("it has no keys", Tone::Dim));
    }
    Document { lines }
}

fn head(object: &Value) -> String {
    let count: usize =
        ["data", "binaryData"].iter().filter_map(|part| object.get(part)?.as_object().map(serde_json::Map::len)).sum();
    let kind = object.get("type").and_then(Value::as_str).map(|kind| format!(" of type {kind}")).unwrap_or_default();
    format!("{count} keys{kind}")
}

/// One value as bytes.
pub fn value(object: &Value, key: &str) -> Option<Vec<u8>> {
    let decoded = is_secret(object);
    let of = |part: &str| object.get(part)?.get(key).map(|value| (part.to_owned(), value.clone()));
    let (part, value) = of("data").or_else(|| of("binaryData")).or_else(|| of("stringData"))?;
    Some(bytes_of(if decoded || part == "binaryData" { "data" } else { "stringData" }, &value))
}

fn bytes_of(part: &str, value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    if part == "stringData" {
        return text.as_bytes().to_vec();
    }
    STANDARD.decode(text.trim()).unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// What may be said of a value without showing it.
fn about(bytes: &[u8], now: i64) -> String {
    let size = match bytes.len() {
        1 => "1 byte".to_owned(),
        few if few < 1024 => format!("{few} bytes"),
        many => quantity::print_bytes(many as i64).to_string(),
    };
    if let Some(facts) = super::certificate::of_pem(bytes) {
        return format!("{size}, {}", facts.says(now));
    }
    let kind = if std::str::from_utf8(bytes).is_ok() { "" } else { ", binary" };
    format!("{size}{kind}")
}

/// A value as lines to be read: text as it is, anything else as hex.
fn read(bytes: &[u8]) -> Vec<String> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.lines().map(str::to_owned).collect();
    }
    let mut lines: Vec<String> = bytes
        .chunks(16)
        .take(HEX / 16)
        .map(|row| row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
        .collect();
    if bytes.len() > HEX {
        lines.push(format!("… {} bytes more", bytes.len() - HEX));
    }
    lines
}
