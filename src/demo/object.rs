//! Reading and changing objects as JSON, by path (`spec/template/metadata/labels`; a label's own slashes are `~1`, as in RFC 6901).
//!
//! What is not there reads as nothing: empty text, no items, zero. It knows no kind.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An API object.
pub type Object = Value;

const NOTHING: &Value = &Value::Null;

/// The value at `path`, or null.
pub fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('/').filter(|step| !step.is_empty()).fold(object, |value, step| match value {
        Value::Array(items) => step.parse::<usize>().ok().and_then(|n| items.get(n)).unwrap_or(NOTHING),
        value => value.get(&*unescape(step)).unwrap_or(NOTHING),
    })
}

/// The text at `path`.
pub fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    at(object, path).as_str().unwrap_or_default()
}

/// The number at `path`.
pub fn number(object: &Value, path: &str) -> i64 {
    at(object, path).as_i64().unwrap_or_default()
}

/// Whether `path` says `true`.
pub fn flag(object: &Value, path: &str) -> bool {
    at(object, path).as_bool().unwrap_or_default()
}

/// The items at `path`.
pub fn items<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    at(object, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The keys and texts at `path`, such as labels.
pub fn pairs<'a>(object: &'a Value, path: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = at(object, path).as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

pub fn name(object: &Value) -> &str {
    text(object, "metadata/name")
}
pub fn namespace(object: &Value) -> &str {
    text(object, "metadata/namespace")
}
pub fn uid(object: &Value) -> &str {
    text(object, "metadata/uid")
}
pub fn label<'a>(object: &'a Value, key: &str) -> &'a str {
    at(object, "metadata/labels").get(key).and_then(Value::as_str).unwrap_or_default()
}
pub fn annotation<'a>(object: &'a Value, key: &str) -> &'a str {
    at(object, "metadata/annotations").get(key).and_then(Value::as_str).unwrap_or_default()
}
pub fn is_deleted(object: &Value) -> bool {
    !at(object, "metadata/deletionTimestamp").is_null()
}
/// Its controlling owner.
pub fn controller(object: &Value) -> Option<&Value> {
    items(object, "metadata/ownerReferences").iter().find(|owner| flag(owner, "controller"))
}

/// The place at `path`, made where it is missing. What stands in the way becomes an object; an index past an array's end, its last.
pub fn place<'a>(object: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('/').filter(|step| !step.is_empty()).fold(object, step_into)
}

fn step_into<'a>(value: &'a mut Value, step: &str) -> &'a mut Value {
    if let (Some(items), Ok(n)) = (value.as_array_mut(), step.parse::<usize>()) {
        let n = n.min(items.len());
        if n == items.len() {
            items.push(Value::Null);
        }
        return &mut value[n];
    }
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    &mut value[&*unescape(step)]
}

/// Puts a value at `path`.
pub fn put(object: &mut Value, path: &str, value: impl Into<Value>) {
    *place(object, path) = value.into();
}

/// Takes away what is at `path`.
pub fn remove(object: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    if at(object, parent).is_null() {
        return None;
    }
    place(object, parent).as_object_mut()?.remove(&*unescape(last))
}

/// A moment as the API writes it, in seconds.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment as the API writes it where it counts microseconds.
pub fn micro_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The moment at `path`.
pub fn moment(object: &Value, path: &str) -> Option<Timestamp> {
    text(object, path).parse().ok()
}

fn unescape(step: &str) -> Cow<'_, str> {
    if step.contains('~') { step.replace("~1", "/").replace("~0", "~").into() } else { step.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_reads_as_nothing_and_is_made_when_written() {
        let mut object =
            json!({"metadata": {"labels": {"app.kubernetes.io/name": "web"}}, "spec": {"ports": [{"port": 80}]}});
        assert_eq!(text(&object, "metadata/labels/app.kubernetes.io~1name"), "web");
        assert_eq!(label(&object, "app.kubernetes.io/name"), "web");
        assert_eq!(number(&object, "spec/ports/0/port"), 80);
        assert_eq!(text(&object, "spec/no/such/thing"), "");
        assert!(items(&object, "status/conditions").is_empty());
        put(&mut object, "status/conditions/type", "Ready");
        put(&mut object, "spec/ports/0/port", 81);
        assert_eq!(text(&object, "status/conditions/type"), "Ready");
        assert_eq!(number(&object, "spec/ports/0/port"), 81);
        assert_eq!(remove(&mut object, "status/conditions/type"), Some(json!("Ready")));
        assert_eq!(remove(&mut object, "nowhere/at/all"), None);
    }

    #[test]
    fn times_are_written_as_the_api_does() {
        let at = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        assert_eq!(time(at), "2026-01-02T03:04:05Z");
        assert_eq!(micro_time(at), "2026-01-02T03:04:05.678901Z");
    }
}
