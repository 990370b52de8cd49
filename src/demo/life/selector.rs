//! Which objects something is about: label selectors, and numbers that may be percentages, as objects write them.
//!
//! It does not read the selectors of requests (`a=b,c in (d)`): those are the API's.

use super::super::object::{items, text};
use serde_json::Value;

/// Whether labels fit a `LabelSelector`. None selects nothing, an empty one everything (apimachinery's LabelSelectorAsSelector).
pub fn matches(selector: &Value, labels: &Value) -> bool {
    !selector.is_null()
        && fits(selector.get("matchLabels").unwrap_or(&Value::Null), labels)
        && items(selector, "matchExpressions").iter().all(|expression| holds(expression, labels))
}

/// Whether labels have all that a plain map of labels asks for, as in a service's selector.
pub fn fits(wanted: &Value, labels: &Value) -> bool {
    wanted.as_object().into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
}

/// One requirement: of a label selector, or of a node selector (which adds Gt and Lt).
pub fn holds(expression: &Value, labels: &Value) -> bool {
    let own = labels.get(text(expression, "key")).and_then(Value::as_str);
    let values = items(expression, "values");
    let among = own.is_some_and(|own| values.iter().any(|value| value == own));
    let compared = || {
        let wanted: i64 = values.first()?.as_str()?.parse().ok()?;
        Some(own?.parse::<i64>().ok()?.cmp(&wanted))
    };
    match text(expression, "operator") {
        "In" => among,
        "NotIn" => !among,
        "Exists" => own.is_some(),
        "DoesNotExist" => own.is_none(),
        "Gt" => compared().is_some_and(std::cmp::Ordering::is_gt),
        "Lt" => compared().is_some_and(std::cmp::Ordering::is_lt),
        _ => false,
    }
}

/// How a share of a whole is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    Up,
    Down,
}

/// A number or a percentage of `whole` (apimachinery's GetScaledValueFromIntOrPercent); none for anything else.
pub fn scaled(value: &Value, whole: i64, round: Round) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let share = percent.saturating_mul(whole);
    Some(match round {
        Round::Up => share.saturating_add(99).div_euclid(100),
        Round::Down => share.div_euclid(100),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_selected_as_the_api_does() {
        let labels = json!({"app": "web", "tier": "1"});
        assert!(matches(&json!({}), &labels) && !matches(&Value::Null, &labels));
        assert!(matches(&json!({"matchLabels": {"app": "web"}}), &labels));
        let holds = |operator: &str, key: &str, values: &[&str]| {
            matches(&json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]}), &labels)
        };
        assert!(holds("In", "app", &["db", "web"]) && !holds("NotIn", "app", &["web"]));
        assert!(holds("NotIn", "absent", &["web"]) && holds("DoesNotExist", "absent", &[]));
        assert!(holds("Gt", "tier", &["0"]) && !holds("Lt", "tier", &["1"]) && !holds("Gt", "app", &["0"]));
    }

    #[test]
    fn shares_are_rounded_as_they_are_meant() {
        assert_eq!(scaled(&json!("25%"), 3, Round::Up), Some(1));
        assert_eq!(scaled(&json!("25%"), 3, Round::Down), Some(0));
        assert_eq!(scaled(&json!(2), 3, Round::Down), Some(2));
        assert_eq!(scaled(&json!("many"), 3, Round::Down), None);
    }
}
