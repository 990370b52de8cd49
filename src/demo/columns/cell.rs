//! What cells are made of: ages, lists that are cut, selectors, containers. It knows no kind.

use crate::demo::object::{Object, at, items, text};
use crate::text::age::human;
use jiff::Timestamp;
use serde_json::Value;

/// How a column is declared (`TableColumnDefinition` without its description, which kubectl does not show).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: std::borrow::Cow<'static, str>,
    /// `string`, `integer`, `boolean`, `number`, `date`.
    pub kind: std::borrow::Cow<'static, str>,
    /// `name` marks the column that names the object.
    pub format: std::borrow::Cow<'static, str>,
    /// Above 0 it is for `-o wide` only.
    pub priority: i64,
}

const fn column(name: &'static str, kind: &'static str, format: &'static str, priority: i64) -> Column {
    use std::borrow::Cow::Borrowed;
    Column { name: Borrowed(name), kind: Borrowed(kind), format: Borrowed(format), priority }
}
pub const fn name() -> Column {
    column("Name", "string", "name", 0)
}
pub const fn age() -> Column {
    says("Age")
}
pub const fn says(name: &'static str) -> Column {
    column(name, "string", "", 0)
}
pub const fn counts(name: &'static str) -> Column {
    column(name, "integer", "", 0)
}
pub const fn tells(name: &'static str) -> Column {
    column(name, "boolean", "", 0)
}
pub const fn dates(name: &'static str) -> Column {
    column(name, "date", "", 0)
}
/// Text for `-o wide`.
pub const fn wide(name: &'static str) -> Column {
    column(name, "string", "", 1)
}
/// The object's name, for `-o wide`.
pub const fn wide_name() -> Column {
    column("Name", "string", "name", 1)
}

/// The cells of one row.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => { vec![$(serde_json::Value::from($cell)),*] };
}
pub(super) use cells;

/// The time since a moment, as `translateTimestampSince` says it: `5m3s`; `<unknown>` where there is none.
pub fn since(now: Timestamp, object: &Object, path: &str) -> String {
    match text(object, path).parse::<Timestamp>() {
        Ok(then) => between(then, now),
        Err(_) => "<unknown>".to_owned(),
    }
}

/// The time from one moment to another (`duration.HumanDuration`).
pub fn between(from: Timestamp, to: Timestamp) -> String {
    human(to.duration_since(from).as_secs()).to_string()
}

/// The object's age.
pub fn grown(now: Timestamp, object: &Object) -> String {
    since(now, object, "metadata/creationTimestamp")
}

/// The text, or what stands for none.
pub fn or<'a>(said: &'a str, none: &'a str) -> &'a str {
    if said.is_empty() { none } else { said }
}

/// The first three, and how many more there are.
pub fn some_of(all: &[String]) -> String {
    const MOST: usize = 3;
    let shown = all.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(",");
    if all.len() > MOST { format!("{shown} + {} more...", all.len() - MOST) } else { shown }
}

/// A number or a text (`IntOrString`), or what stands for none.
pub fn plain(value: &Value, none: &str) -> String {
    match value {
        Value::Null => none.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Names and images of a pod template's containers.
pub fn containers(object: &Object, template: &str) -> (String, String) {
    let all = items(object, &format!("{template}/spec/containers"));
    let joined = |field| all.iter().map(|one| text(one, field)).collect::<Vec<_>>().join(",");
    (joined("name"), joined("image"))
}

/// `a=b,c=d` in order of keys (`labels.FormatLabels`).
pub fn labels(labels: &Value) -> String {
    let mut all: Vec<String> =
        crate::demo::object::pairs(labels, "").map(|(key, value)| format!("{key}={value}")).collect();
    all.sort();
    or(&all.join(","), "<none>").to_owned()
}

/// A label selector as text: `app=web,stage notin (a,b)` (`labels.Selector.String`); empty when it selects everything or nothing.
pub fn selector(selector: &Value) -> String {
    let mut all: Vec<(&str, String)> = crate::demo::object::pairs(selector, "matchLabels")
        .map(|(key, value)| (key, format!("{key}={value}")))
        .collect();
    for expression in items(selector, "matchExpressions") {
        let key = text(expression, "key");
        let mut values: Vec<&str> = items(expression, "values").iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        all.push((
            key,
            match text(expression, "operator") {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            },
        ));
    }
    all.sort_by(|a, b| a.0.cmp(b.0));
    all.into_iter().map(|(_, said)| said).collect::<Vec<_>>().join(",")
}

/// The same, with a word for none (`FormatLabelSelector`).
pub fn selected(object: &Object, path: &str) -> String {
    match at(object, path) {
        // A nil selector selects nothing and reads as no text.
        Value::Null => "<none>".to_owned(),
        some => or(&selector(some), "<none>").to_owned(),
    }
}
