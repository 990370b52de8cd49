//! Every other kind: its fields with their names in words, its conditions as a table, its events
//! (`genericDescriber` of kubectl). Values of Secrets are told by their size only.

use super::sheet::{Cell, Sheet};
use super::{Describer, Given, Need, events, label, metadata, tone};
use crate::text::document::{Piece, Tone};
use crate::text::fields::{self, go, text};
use serde_json::Value;

pub const NEEDS: &[Need] = &[Need::Events];

/// Nothing happens to events.
pub static CORE_EVENTS: Describer =
    Describer { group: "", kind: "Event", plural: "events", needs: &[], write: without_events };
pub static EVENTS: Describer =
    Describer { group: "events.k8s.io", kind: "Event", plural: "events", needs: &[], write: without_events };

/// Maps whose keys are somebody's own words.
const FREE: &[&str] = &[
    "data",
    "binaryData",
    "stringData",
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "selector",
    "limits",
    "requests",
    "capacity",
    "allocatable",
    "hard",
    "used",
    "parameters",
    "default",
    "defaultRequest",
    "max",
    "min",
];
/// What is told at the top, or tells nothing.
const LEFT_OUT: &[&str] = &["managedFields", "name", "namespace", "labels", "annotations"];
/// The columns of conditions; what else they have follows.
const COLUMNS: &[&str] = &["type", "status", "lastTransitionTime", "reason", "message"];

pub fn write(given: &Given<'_>, sheet: &mut Sheet) {
    without_events(given, sheet);
    events::write(given, sheet);
}

fn without_events(given: &Given<'_>, sheet: &mut Sheet) {
    let object = given.object;
    sheet.field(0, "Name", text(object, "/metadata/name"));
    sheet.field_if(0, "Namespace", text(object, "/metadata/namespace"));
    metadata::labels(0, "Labels", object, "/metadata/labels", sheet);
    metadata::annotations(0, object, "/metadata/annotations", sheet);
    let is_secret = text(object, "/kind") == "Secret" && text(object, "/apiVersion") == "v1";
    for (name, value) in fields::map(object, "") {
        match name {
            "metadata" => meta(value, sheet),
            "data" | "stringData" if is_secret => sizes(name, value, sheet),
            "binaryData" if text(object, "/kind") == "ConfigMap" => sizes(name, value, sheet),
            _ => field(0, name, value, sheet),
        }
    }
}

fn meta(value: &Value, sheet: &mut Sheet) {
    sheet.title(0, "Metadata");
    for (name, value) in fields::map(value, "").into_iter().filter(|(name, _)| !LEFT_OUT.contains(name)) {
        field(1, name, value, sheet);
    }
}

/// The keys of a map of bytes.
fn sizes(name: &str, value: &Value, sheet: &mut Sheet) {
    sheet.title(0, &label::of(name));
    for (key, value) in fields::map(value, "") {
        let encoded = value.as_str().unwrap_or_default();
        let bytes = if name == "stringData" { encoded.len() } else { decoded(encoded) };
        sheet.field(1, key, Piece::new(format!("{bytes} bytes"), Tone::Masked));
    }
}

/// How many bytes base64 stands for.
fn decoded(base64: &str) -> usize {
    base64.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count() * 3 / 4
}

/// The fields of an object, in words.
pub fn fields(level: u16, value: &Value, sheet: &mut Sheet) {
    fields::map(value, "").into_iter().for_each(|(name, value)| field(level, name, value, sheet));
}

fn field(level: u16, name: &str, value: &Value, sheet: &mut Sheet) {
    named(level, name, &label::of(name), value, sheet);
}

/// A field under the name that is shown.
fn named(level: u16, name: &str, shown: &str, value: &Value, sheet: &mut Sheet) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            head(level, shown, sheet);
            let free = FREE.contains(&name) && !members.values().any(Value::is_object);
            for (key, value) in fields::map(value, "") {
                let shown = if free { key.to_owned() } else { label::of(key) };
                named(level + 1, key, &shown, value, sheet);
            }
        }
        Value::Array(items) if name == "conditions" && !items.is_empty() && items.iter().all(is_condition) => {
            head(level, shown, sheet);
            conditions(level + 1, items, sheet);
        }
        Value::Array(items) if !items.is_empty() => {
            head(level, shown, sheet);
            items.iter().for_each(|item| one(level + 1, item, sheet));
        }
        Value::String(text) if text.trim_end_matches('\n').contains('\n') => {
            head(level, shown, sheet);
            text.trim_end_matches('\n').split('\n').for_each(|line| sheet.line(level + 1, line));
        }
        Value::String(text) if matches!(name, "phase" | "state") => sheet.field(level, shown, tone::state(text)),
        Value::Array(_) | Value::Object(_) | Value::Null => sheet.field(level, shown, "<none>"),
        value => sheet.field(level, shown, go(value)),
    }
}

fn head(level: u16, shown: &str, sheet: &mut Sheet) {
    let tone = if level == 0 { Tone::Title } else { Tone::Key };
    sheet.row(level, vec![Piece::new(format!("{shown}:"), tone)]);
}

/// One of a list. Where it has fields, a dash says where it begins.
fn one(level: u16, item: &Value, sheet: &mut Sheet) {
    match item {
        Value::Object(members) if !members.is_empty() => {
            let first = sheet.len();
            fields(level + 1, item, sheet);
            sheet.dash(first);
        }
        Value::Array(items) => items.iter().for_each(|item| one(level + 1, item, sheet)),
        item => sheet.line(level, go(item)),
    }
}

fn is_condition(item: &Value) -> bool {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    ["type", "status"].iter().all(|name| item.get(*name).is_some_and(Value::is_string))
        && item.as_object().is_some_and(|members| members.values().all(is_plain))
}

fn conditions(level: u16, items: &[Value], sheet: &mut Sheet) {
    let mut others: Vec<&str> = items.iter().flat_map(|item| fields::map(item, "")).map(|(key, _)| key).collect();
    others.sort_unstable();
    others.dedup();
    let has = |name: &str| others.contains(&name);
    let known = COLUMNS.iter().copied().filter(|name| has(name));
    let newer = others.iter().copied().filter(|name| !COLUMNS.contains(name));
    // The message is long: nothing stands behind it.
    let (mut columns, last): (Vec<&str>, Vec<&str>) = known.chain(newer).partition(|name| *name != "message");
    columns.extend(last);
    let heads: Vec<String> = columns.iter().map(|name| label::of(name)).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    sheet.heads(level, &heads);
    sheet.rule(level, &heads);
    for item in items {
        let cell = |name: &&str| match *name {
            "status" => tone::condition(text(item, "/type"), text(item, "/status")),
            name => go(item.get(name).unwrap_or(&Value::Null)).piece(),
        };
        sheet.row(level, columns.iter().map(cell).collect());
    }
}
