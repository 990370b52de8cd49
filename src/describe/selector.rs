//! Label selectors as kubectl and the API's `labelSelector` parameter write them.

use crate::text::fields::{at, list, pairs, text, words};
use serde_json::Value;

/// A `LabelSelector` (`matchLabels` and `matchExpressions`) as `a=b,c in (d,e)`, sorted by key
/// (`metav1.LabelSelectorAsSelector`). An empty one is empty.
pub fn of(selector: &Value) -> String {
    let equal = pairs(selector, "/matchLabels").into_iter().map(|(key, value)| (key, format!("{key}={value}")));
    let expressions = list(selector, "/matchExpressions").iter();
    let expressions = expressions.map(|one| (text(one, "/key"), expression(one)));
    let mut all: Vec<(&str, String)> = equal.chain(expressions).collect();
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|(_, said)| said).collect::<Vec<_>>().join(",")
}

fn expression(one: &Value) -> String {
    let key = text(one, "/key");
    let mut values = words(one, "/values");
    values.sort_unstable();
    match text(one, "/operator") {
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        "NotIn" => format!("{key} notin ({})", values.join(",")),
        _ => format!("{key} in ({})", values.join(",")),
    }
}

/// Whether a `LabelSelector` takes these labels. An empty one takes all, none takes nothing (`LabelSelectorAsSelector`).
pub fn takes(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    let own = |key: &str| labels.get(key).and_then(Value::as_str);
    let fits = |rule: &Value| {
        let own = own(text(rule, "/key"));
        let listed = own.is_some_and(|own| words(rule, "/values").contains(&own));
        match text(rule, "/operator") {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => own.is_some(),
            "DoesNotExist" => own.is_none(),
            _ => false,
        }
    };
    let equal = pairs(selector, "/matchLabels").into_iter().all(|(key, value)| own(key) == Some(value));
    equal && list(selector, "/matchExpressions").iter().all(fits)
}

/// A map of labels that must be equal, as `a=b,c=d`.
pub fn labels(object: &Value, path: &str) -> String {
    let pairs = pairs(at(object, path), "");
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// The text, or `<none>`.
pub fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".into() } else { text }
}
