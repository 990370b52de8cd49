//! Who set each line, and when: `metadata.managedFields` (structured-merge-diff's FieldsV1) read against the object.

use super::place::{self, Step};
use crate::text::age;
use crate::text::document::Document;
use serde_json::{Map, Value};

/// A manager's entry.
struct Owner<'a> {
    label: String,
    /// Seconds since the epoch.
    at: i64,
    fields: &'a Map<String, Value>,
}

/// The field managers of an object.
pub struct Owners {
    entries: Vec<(String, i64, Map<String, Value>)>,
}

impl Owners {
    pub fn of(object: &Value) -> Self {
        let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
        let entries = entries.filter_map(|entry| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let manager = match text("subresource") {
                "" => text("manager").to_owned(),
                subresource => format!("{}/{subresource}", text("manager")),
            };
            let at = text("time").parse::<jiff::Timestamp>().map_or(0, |at| at.as_second());
            Some((manager, at, entry.get("fieldsV1")?.as_object()?.clone()))
        });
        Self { entries: entries.collect() }
    }

    /// When an entry was last changed, and by whom; the newest first.
    pub fn times(&self) -> Vec<(i64, &str)> {
        let mut times: Vec<(i64, &str)> = self.entries.iter().map(|(manager, at, _)| (*at, manager.as_str())).collect();
        times.sort_by(|a, b| b.cmp(a));
        times
    }

    /// The name of who set the value at a path, and of the subresource by which.
    pub fn who(&self, object: &Value, path: &[Step]) -> Option<String> {
        self.of_path(object, path).map(|owner| owner.label)
    }

    /// Who set the value at a path; the last to do so, if several share it.
    fn of_path(&self, object: &Value, path: &[Step]) -> Option<Owner<'_>> {
        let owners = self.entries.iter().map(|(label, at, fields)| Owner { label: label.clone(), at: *at, fields });
        owners.filter(|owner| owns(owner.fields, object, path)).max_by_key(|owner| owner.at)
    }
}

/// Whether a set of fields has the path, or the whole that the path is a part of.
fn owns(fields: &Map<String, Value>, value: &Value, path: &[Step]) -> bool {
    let Some((step, rest)) = path.split_first() else { return false };
    let (found, inner) = match step {
        Step::Key(key) => (fields.get(&format!("f:{key}")), value.get(key)),
        Step::Item(at) => {
            let item = value.get(at);
            let of_item = fields.iter().find(|(name, _)| item.is_some_and(|item| means(name, item, *at)));
            (of_item.map(|(_, below)| below), item)
        }
    };
    let (Some(Value::Object(below)), Some(inner)) = (found, inner) else { return false };
    // A leaf of the set is owned with all that is below it; `.` is the field itself.
    rest.is_empty() && (below.is_empty() || below.contains_key(".")) || below.is_empty() || owns(below, inner, rest)
}

/// Whether `k:{…}`, `v:…` or `i:…` means the item.
fn means(name: &str, item: &Value, at: usize) -> bool {
    match name.split_once(':') {
        Some(("k", keys)) => serde_json::from_str::<Map<String, Value>>(keys)
            .is_ok_and(|keys| keys.iter().all(|(key, value)| item.get(key) == Some(value))),
        Some(("v", value)) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item),
        Some(("i", index)) => index.parse() == Ok(at),
        _ => false,
    }
}

/// Writes managers and ages into the margins of the object's YAML. A line that says the same as the one above stays empty.
pub fn write(document: &mut Document, object: &Value, owners: &Owners, now: i64) {
    let text = document.text();
    let places = place::of(object, &text);
    let margins: Vec<String> = places.iter().map(|place| margin(owners, object, &place.path, now)).collect();
    let width = margins.iter().map(|margin| crate::text::width::of(margin)).max().unwrap_or(0);
    let mut last = "";
    for (line, margin) in document.lines.iter_mut().zip(&margins) {
        let shown = if margin == last { "" } else { margin };
        line.margin = format!("{shown}{} │ ", " ".repeat(width - crate::text::width::of(shown)));
        last = margin;
    }
}

fn margin(owners: &Owners, object: &Value, path: &[Step], now: i64) -> String {
    const LONGEST: usize = 28;
    let Some(owner) = owners.of_path(object, path) else { return "–".into() };
    let age = if owner.at == 0 { String::new() } else { format!(" {}", age::short((now - owner.at).max(0))) };
    format!("{}{age}", crate::text::width::cut(&owner.label, LONGEST))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn each_line_says_who_set_it() {
        let object = json!({
            "metadata": {"name": "web", "labels": {"app": "web"}, "managedFields": [
                {"manager": "kubectl", "time": "2026-01-01T00:00:00Z", "fieldsV1": {
                    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                    "f:spec": {"f:replicas": {}, "f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:args": {}}}}}},
                {"manager": "hpa", "subresource": "scale", "time": "2026-01-01T00:05:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            ]},
            "spec": {"replicas": 3, "containers": [{"name": "c", "image": "x", "args": ["a"]}]},
        });
        let now = "2026-01-01T01:05:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        let document = super::super::blame(object, &Default::default(), now);
        let said: Vec<String> =
            document.lines.iter().map(|line| format!("{}{}", line.margin.trim_end(), line.text())).collect();
        let find = |text: &str| said.iter().find(|line| line.contains(text)).unwrap().clone();
        assert!(find("replicas: 3").starts_with("hpa/scale 1h"), "{said:#?}");
        assert!(find("app: web").starts_with("   "), "{said:#?}");
        assert!(find("args:").starts_with("kubectl 1h"), "{said:#?}");
        assert!(find("name: web").starts_with('–'), "{said:#?}");
    }
}
