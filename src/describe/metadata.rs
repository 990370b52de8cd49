//! Labels, annotations, tolerations and taints: what many kinds have.
//!
//! Annotations are given in full, also the one in which `kubectl apply` keeps what it applied; long ones are folded.

use super::sheet::Sheet;
use crate::text::fields::{flag, has, list, number, pairs, text};
use serde_json::Value;

/// Longer ones get lines of their own (kubectl's `maxAnnotationLen`).
const LONG: usize = 140;
/// More lines than this are folded.
const MANY: usize = 6;
/// What `kubectl apply` leaves.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `Labels`, `Node-Selectors` and their like: `a=b`, one a line.
pub fn labels(level: u16, name: &str, object: &Value, path: &str, sheet: &mut Sheet) {
    let pairs = pairs(object, path);
    sheet.many(level, name, pairs.iter().map(|(key, value)| format!("{key}={value}")));
}

pub fn annotations(level: u16, object: &Value, path: &str, sheet: &mut Sheet) {
    let all = pairs(object, path).into_iter();
    let all: Vec<(&str, Vec<String>)> =
        all.map(|(key, value)| (key, lines(key, value, text(object, "/kind")))).collect();
    if all.iter().all(|(_, lines)| lines.is_empty()) {
        let short = pairs(object, path).into_iter().map(|(key, value)| beside(key, value, object));
        sheet.many(level, "Annotations", short);
        return;
    }
    // The first one must not share its line with the title, or it could not be folded alone.
    sheet.field(level, "Annotations", "");
    for ((key, value), (_, lines)) in pairs(object, path).into_iter().zip(all) {
        if lines.is_empty() {
            sheet.value(level, 1, beside(key, value, object));
            continue;
        }
        sheet.value(level, 1, format!("{key}:"));
        if lines.len() > MANY {
            sheet.fold();
        }
        lines.iter().for_each(|line| sheet.value(level, 2, format!("  {line}")));
    }
}

/// The copy of a Secret's values that `kubectl apply` keeps.
fn is_secret(key: &str, kind: &str) -> bool {
    key == LAST_APPLIED && kind == "Secret"
}

fn beside(key: &str, value: &str, object: &Value) -> String {
    let hidden = is_secret(key, text(object, "/kind"));
    let value = if hidden { "(not shown: it holds the values)" } else { value.strip_suffix('\n').unwrap_or(value) };
    format!("{key}: {value}")
}

/// The lines of an annotation that does not fit behind its key; none, if it does. What was applied is set in lines.
fn lines(key: &str, value: &str, kind: &str) -> Vec<String> {
    let value = value.strip_suffix('\n').unwrap_or(value);
    let fits = value.len() + key.len() + 2 <= LONG && !value.contains('\n');
    if fits || is_secret(key, kind) {
        return Vec::new();
    }
    let applied = (key == LAST_APPLIED).then(|| serde_json::from_str::<Value>(value).ok()).flatten();
    let pretty = applied.and_then(|applied| serde_json::to_string_pretty(&applied).ok());
    pretty.as_deref().unwrap_or(value).split('\n').map(str::to_owned).collect()
}

/// Tolerations by key (`printPodTolerationsMultiline`).
pub fn tolerations(level: u16, spec: &Value, sheet: &mut Sheet) {
    let mut all: Vec<&Value> = list(spec, "/tolerations").iter().collect();
    all.sort_by_key(|one| text(one, "/key"));
    sheet.many(level, "Tolerations", all.into_iter().map(toleration));
}

fn toleration(one: &Value) -> String {
    let (key, value, effect) = (text(one, "/key"), text(one, "/value"), text(one, "/effect"));
    let mut said = key.to_owned();
    if !value.is_empty() {
        said += &format!("={value}");
    }
    if !effect.is_empty() {
        said += &format!(":{effect}");
    }
    if text(one, "/operator") == "Exists" && value.is_empty() {
        said += if said.is_empty() { "op=Exists" } else { " op=Exists" };
    }
    if has(one, "/tolerationSeconds") {
        said += &format!(" for {}s", number(one, "/tolerationSeconds"));
    }
    said
}

/// Taints by effect and key (`printNodeTaintsMultiline`).
pub fn taints(node: &Value, sheet: &mut Sheet) {
    let mut all: Vec<&Value> = list(node, "/spec/taints").iter().collect();
    all.sort_by_key(|one| format!("{},{}", text(one, "/effect"), text(one, "/key")));
    sheet.many(0, "Taints", all.into_iter().map(taint));
}

fn taint(one: &Value) -> String {
    let (key, value, effect) = (text(one, "/key"), text(one, "/value"), text(one, "/effect"));
    match (value, effect) {
        ("", "") => key.to_owned(),
        ("", effect) => format!("{key}:{effect}"),
        (value, effect) => format!("{key}={value}:{effect}"),
    }
}

/// `Kind/name` of what controls the object.
pub fn controller(object: &Value) -> Option<String> {
    let owner = list(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"))?;
    Some(format!("{}/{}", text(owner, "/kind"), text(owner, "/name")))
}
