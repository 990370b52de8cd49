//! What kubectl printed, without what differs between any two clusters: times, ages, uids, versions, addresses, made names.

use regex::Regex;
use serde_json::Value;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// What is replaced by what, in this order.
const PLAIN: &[(&str, &str)] = &[
    // Who holds a lease: the machine, and a process on it.
    (r"\b[\w.-]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<holder>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uid>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b", "<time>"),
    // kubectl diff's files.
    (r"\b(LIVE|MERGED)-\d+\b", "$1"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}\b", "<time>"),
    (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\b", "<time>"),
    // Ages of what a session made; older things are not looked at. `period=10s` is no age.
    (r"(^|[\s(/])(\d+m)?\d+s\b", "$1<age>"),
    (r"\b\d{1,3}(\.\d{1,3}){3}\b", "<ip>"),
    // The machines of one cluster or the other.
    (r"\bnode-(000\d|[abc][12])\b", "<node>"),
    (r#"(resourceVersion[\\":= ]+)\d+"#, "$1<version>"),
    // What k8s.io/apimachinery/pkg/util/rand makes: a template's hash, and the end of a generated name.
    (r"([-=/ ])[bcdfghjklmnpqrstvwxz2456789]{8,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})\b", "$1<hash>-<made>"),
    (r#"(topology\.kubernetes\.io/zone="?)[\w-]+"#, "$1<zone>"),
    (r#"([-=] ?"?)[bcdfghjklmnpqrstvwxz2456789]{8,10}\b"#, "$1<hash>"),
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-<made>"),
    (r":3\d{4}\b", ":<port>"),
];

static RULES: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| PLAIN.iter().map(|(rule, by)| (Regex::new(rule).unwrap(), *by)).collect());

/// The lines of a text. Blanks between columns count as two, whatever the widths of the cells.
pub fn text(text: &str) -> Vec<String> {
    text.lines().map(line).collect()
}

fn line(line: &str) -> String {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let mut line = line.replace('\t', "  ");
    for (rule, by) in RULES.iter() {
        line = rule.replace_all(&line, *by).into_owned();
    }
    let cells = line.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    format!("{indent}{}", cells.collect::<Vec<_>>().join("  "))
}

/// Without what a machine is at just now.
pub fn numbers(lines: &[String]) -> Vec<String> {
    let number = Regex::new(r"\b\d+(m|Mi|%)").unwrap();
    lines.iter().map(|line| number.replace_all(line, "<n>$1").into_owned()).collect()
}

/// The fields of an object or a list, a line each.
pub fn fields(object: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    walk("", object, &mut lines);
    lines.iter().map(|own| line(own)).collect()
}

fn walk(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, lines));
        }
        Value::Array(items) if !items.is_empty() => {
            let named = |(n, item)| (name(path, n, item), item);
            let mut items: Vec<_> = items.iter().enumerate().map(named).collect();
            items.sort_by(|a, b| if by_name(path) { a.0.cmp(&b.0) } else { Ordering::Equal });
            items.iter().for_each(|(name, value)| walk(&format!("{path}[{name}]"), value, lines));
        }
        value => lines.push(format!("{path}={value}")),
    }
}

/// Lists whose order says nothing: of conditions, and of managers, whose order is that of their seconds.
fn by_name(path: &str) -> bool {
    path.ends_with(".conditions") || path.ends_with(".managedFields")
}

fn name(path: &str, n: usize, item: &Value) -> String {
    let words = ["type", "manager", "operation", "subresource"].map(|key| item[key].as_str());
    let words: Vec<&str> = words.into_iter().flatten().collect();
    if by_name(path) { words.join(" ") } else { n.to_string() }
}
