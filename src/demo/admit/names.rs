//! What names, labels and keys look like (k8s.io/apimachinery/pkg/util/validation): each check answers what is wrong, in the API's words.

use super::wrong::Wrong;
use crate::demo::object::{at, text};
use serde_json::Value;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const DATA_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn no_more_than(text: &str, length: usize, unit: &str) -> Option<String> {
    (text.len() > length).then(|| format!("must be no more than {length} {unit}"))
}

fn is_lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    text.starts_with(is_lower) && text.ends_with(is_lower) && text.chars().all(|c| is_lower(c) || c == '-')
}

/// DNS-1123 label: containers, ports of services, namespaces.
pub fn label(text: &str) -> Vec<String> {
    let long = no_more_than(text, 63, "characters");
    long.into_iter().chain((!is_label(text)).then(|| LABEL.to_owned())).collect()
}

/// DNS-1123 subdomain: most objects.
pub fn subdomain(text: &str) -> Vec<String> {
    let long = no_more_than(text, 253, "characters");
    let wrong = !text.split('.').all(is_label);
    long.into_iter().chain(wrong.then(|| SUBDOMAIN.to_owned())).collect()
}

/// A name that is a part of a path: RBAC's.
pub fn path_segment(text: &str) -> Vec<String> {
    if matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    let found = ["/", "%"].into_iter().filter(|own| text.contains(own));
    found.map(|own| format!("may not contain '{own}'")).collect()
}

fn is_name_part(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(ends) && text.ends_with(ends) && text.chars().all(|c| ends(c) || matches!(c, '-' | '_' | '.'))
}

/// A key of labels and annotations.
pub fn qualified(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) if !name.contains('/') => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                wrong.extend(subdomain(prefix).into_iter().map(|own| format!("prefix part {own}")));
            }
            name
        }
        Some(_) => {
            return vec![format!(
                "a qualified name {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if let Some(long) = no_more_than(name, 63, "bytes") {
        wrong.push(format!("name part {long}"));
    }
    if !is_name_part(name) {
        wrong.push(format!("name part {NAME_PART}"));
    }
    wrong
}

/// A value of labels.
pub fn value(text: &str) -> Vec<String> {
    let long = no_more_than(text, 63, "bytes");
    let wrong = !text.is_empty() && !is_name_part(text);
    long.into_iter().chain(wrong.then(|| VALUE.to_owned())).collect()
}

/// A key of ConfigMaps and Secrets.
pub fn data_key(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = no_more_than(text, 253, "bytes").into_iter().collect();
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        wrong.push(DATA_KEY.to_owned());
    } else if matches!(text, "." | "..") {
        wrong.push(format!("must not be '{text}'"));
    }
    wrong
}

/// The name of a port of a container, or of a service's target.
pub fn port_name(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 15 {
        wrong.push("must be no more than 15 characters".to_owned());
    }
    if !text.chars().all(|c| is_lower(c) || c == '-') {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.contains(|c: char| c.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

/// Keys and values that are labels.
pub fn labels(wrong: &mut Wrong, labels: &Value, field: &str) {
    for (key, own) in labels.as_object().into_iter().flatten() {
        wrong.all(field, key, qualified(key));
        let own = own.as_str().unwrap_or_default();
        wrong.all(field, own, value(own));
    }
}

/// A label selector.
pub fn selector(wrong: &mut Wrong, selector: &Value, field: &str) {
    labels(wrong, at(selector, "matchLabels"), &format!("{field}.matchLabels"));
    let expressions = at(selector, "matchExpressions").as_array().into_iter().flatten();
    for (n, one) in expressions.enumerate() {
        let field = format!("{field}.matchExpressions[{n}]");
        let values = at(one, "values").as_array().map(Vec::len).unwrap_or_default();
        match text(one, "operator") {
            "In" | "NotIn" if values == 0 => {
                wrong.required(format!("{field}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if values > 0 => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                wrong.forbidden(format!("{field}.values"), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => (),
            _ => wrong.invalid(format!("{field}.operator"), at(one, "operator"), "not a valid selector operator"),
        }
        let key = text(one, "key");
        wrong.all(&format!("{field}.key"), key, qualified(key));
    }
}
