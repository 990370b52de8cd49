//! Fields of a JSON object by their path, where a missing one is as good as an empty one.
//!
//! Paths are JSON pointers; keys that hold `/` are read from [`map`].

use super::age;
use serde_json::Value;

pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

/// Whether there is something that is not null.
pub fn has(value: &Value, path: &str) -> bool {
    !at(value, path).is_null()
}

pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

pub fn number(value: &Value, path: &str) -> i64 {
    at(value, path).as_i64().unwrap_or_default()
}

pub fn flag(value: &Value, path: &str) -> bool {
    at(value, path).as_bool().unwrap_or_default()
}

pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// The owner that controls an object (`metav1.GetControllerOf`).
pub fn controller(object: &Value) -> Option<&Value> {
    list(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"))
}

/// The words of a list.
pub fn words<'a>(value: &'a Value, path: &str) -> Vec<&'a str> {
    list(value, path).iter().filter_map(Value::as_str).collect()
}

/// The members of an object, by key.
pub fn map<'a>(value: &'a Value, path: &str) -> Vec<(&'a str, &'a Value)> {
    let fields = at(value, path).as_object().into_iter().flatten();
    let mut fields: Vec<_> = fields.map(|(key, value)| (key.as_str(), value)).collect();
    fields.sort_by_key(|(key, _)| *key);
    fields
}

/// The members of an object whose values are words, by key.
pub fn pairs<'a>(value: &'a Value, path: &str) -> Vec<(&'a str, &'a str)> {
    map(value, path).into_iter().map(|(key, value)| (key, value.as_str().unwrap_or_default())).collect()
}

/// What Go's `%v` prints of a word, number, truth value, list (`[a b]`) or map (`map[a:b]`); nothing is empty.
pub fn go(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(_) => {
            let fields: Vec<_> = map(value, "").iter().map(|(key, value)| format!("{key}:{}", go(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
        other => other.to_string(),
    }
}

/// Seconds since the epoch.
pub fn time(value: &Value, path: &str) -> Option<i64> {
    age::parse_time(text(value, path))
}

/// A time as kubectl prints it (Go's `RFC1123Z`), in UTC: `Sat, 21 Nov 2026 08:05:10 +0000`.
pub fn date(value: &Value, path: &str) -> String {
    let time = time(value, path).and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| "<unknown>".into(), |time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

/// How long ago, as kubectl prints it.
pub fn since(value: &Value, path: &str, now: i64) -> String {
    time(value, path).map_or_else(|| "<unknown>".into(), |time| age::human(now.saturating_sub(time)).to_string())
}
