//! Custom objects against the schema of their definition: what it does not have is dropped, what it has a default for is added, and the rest is
//! checked, in the words of k8s.io/apiextensions-apiserver and its validator.
//!
//! Left out: formats, rules in CEL, and schemas put together by `allOf` and the like.

use super::read::{self, Words};
use crate::demo::object::{at, items, text};
use crate::demo::refusal::Cause;
use serde_json::{Map, Value};

/// Drops what the schema does not have. Answers the paths of what went, sorted; those of metadata first; or the one value of the metadata that can't
/// be read.
pub fn prune(schema: &Value, object: &mut Value) -> Result<Vec<String>, String> {
    let mut strange = Vec::new();
    let definition = super::named("m/apis.meta.v1.ObjectMeta");
    if let (Some(definition), Some(metadata)) = (definition, object.get_mut("metadata"))
        && let Ok((read, found)) = read::read(&*metadata, "metadata", definition, Words::Json)
    {
        if let Some(why) = found.wrong {
            return Err(why);
        }
        *metadata = read;
        strange = found.strange;
    }
    let mut gone = Vec::new();
    drop_unknown(schema, object, "", Embedded::Yes, &mut gone);
    gone.sort();
    strange.extend(gone.iter().map(|path| format!("unknown field {path:?}")));
    Ok(strange)
}

/// Whether an object has a kind and metadata of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Embedded {
    Yes,
    No,
}

fn drop_unknown(schema: &Value, value: &mut Value, path: &str, embedded: Embedded, gone: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let keeps = at(schema, "x-kubernetes-preserve-unknown-fields") == &Value::Bool(true);
            let embedded = if is_embedded(schema) { Embedded::Yes } else { embedded };
            let known = |key: &str| property(schema, key);
            let own = |key: &str| embedded == Embedded::Yes && matches!(key, "apiVersion" | "kind" | "metadata");
            fields.retain(|key, value| match known(key) {
                _ if own(key) => true,
                Some(own) => !value.is_null() || at(own, "nullable") == &Value::Bool(true),
                None if keeps => true,
                None => {
                    gone.push(joined(path, key));
                    false
                }
            });
            for (key, value) in fields.iter_mut() {
                if let Some(own) = known(key).filter(|_| !own(key)) {
                    drop_unknown(own, value, &joined(path, key), Embedded::No, gone);
                }
            }
        }
        Value::Array(all) => {
            for (n, item) in all.iter_mut().enumerate() {
                drop_unknown(at(schema, "items"), item, &format!("{path}[{n}]"), Embedded::No, gone);
            }
        }
        _ => (),
    }
}

fn is_embedded(schema: &Value) -> bool {
    at(schema, "x-kubernetes-embedded-resource") == &Value::Bool(true)
}

/// The schema of a field; an empty one where any may be.
fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let own = schema.get("properties").and_then(|all| all.get(key));
    own.or_else(|| schema.get("additionalProperties").filter(|own| **own != Value::Bool(false)))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Adds the defaults of what is missing.
pub fn complete(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, own) in at(schema, "properties").as_object().into_iter().flatten() {
                if let Some(default) = own.get("default")
                    && fields.get(key).is_none_or(|value| value.is_null() && own.get("nullable").is_none())
                {
                    fields.insert(key.clone(), default.clone());
                }
            }
            for (key, value) in fields.iter_mut() {
                if let Some(own) = property(schema, key) {
                    complete(own, value);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|item| complete(at(schema, "items"), item)),
        _ => (),
    }
}

/// What is wrong with an object.
pub fn check(schema: &Value, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    // What all objects have was looked at already.
    let plain: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
    let own = plain.into_iter().filter(|(key, _)| !matches!(key.as_str(), "apiVersion" | "kind" | "metadata"));
    held(schema, &Value::Object(own.collect()), "", &mut causes);
    causes
}

fn held(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) {
    if value.is_null() && at(schema, "nullable") == &Value::Bool(true) {
        return;
    }
    let (wanted, own) = (text(schema, "type"), sort(value));
    let int_or_string = at(schema, "x-kubernetes-int-or-string") == &Value::Bool(true);
    let fits = match wanted {
        "" if int_or_string => matches!(own, "integer" | "string"),
        "" => true,
        "number" => matches!(own, "integer" | "number"),
        wanted => wanted == own,
    };
    if !fits {
        let wanted = if wanted.is_empty() { "integer,string" } else { wanted };
        let why = format!("Invalid value: {own:?}: {path} in body must be of type {wanted}: {own:?}");
        causes.push(cause("FieldValueTypeInvalid", path, why));
        if (wanted, own) == ("integer", "number") {
            let why = format!("Invalid value: \"\": Checked value must be of type integer (default format) in {path}");
            causes.push(cause("FieldValueInvalid", "<nil>", why));
        }
        return;
    }
    match value {
        Value::Object(fields) => {
            for name in items(schema, "required").iter().filter_map(Value::as_str) {
                if !fields.contains_key(name) && !matches!((path, name), ("", "apiVersion" | "kind" | "metadata")) {
                    causes.push(cause("FieldValueRequired", &joined(path, name), "Required value".to_owned()));
                }
            }
            for (key, value) in fields {
                if let Some(own) = property(schema, key) {
                    held(own, value, &joined(path, key), causes);
                }
            }
        }
        Value::Array(all) => {
            twice(schema, all, path, causes);
            for (n, item) in all.iter().enumerate() {
                held(at(schema, "items"), item, &format!("{path}[{n}]"), causes);
            }
        }
        _ => (),
    }
    limits(schema, value, path, causes);
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn cause(reason: &'static str, path: &str, message: String) -> Cause {
    Cause { reason, message, field: path.to_owned() }
}

/// Items of a list that is a map or a set, and are in it before.
fn twice(schema: &Value, all: &[Value], path: &str, causes: &mut Vec<Cause>) {
    let keys = items(schema, "x-kubernetes-list-map-keys");
    let name = |item: &Value| match text(schema, "x-kubernetes-list-type") {
        "set" => Some(item.clone()),
        "map" => {
            let own =
                keys.iter().filter_map(Value::as_str).filter_map(|key| Some((key.to_owned(), item.get(key)?.clone())));
            Some(Value::Object(own.collect()))
        }
        _ => None,
    };
    let mut seen = Vec::new();
    for (n, item) in all.iter().enumerate() {
        let Some(name) = name(item) else { return };
        if seen.contains(&name) {
            causes.push(cause("FieldValueDuplicate", &format!("{path}[{n}]"), format!("Duplicate value: {name}")));
        }
        seen.push(name);
    }
}

/// Enumerations, patterns and bounds.
fn limits(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) {
    let mut invalid = |why: String| {
        causes.push(cause("FieldValueInvalid", path, format!("Invalid value: {value}: {path} in body should {why}")));
    };
    let bound = |name: &str| at(schema, name).as_f64();
    if let Some(number) = value.as_f64() {
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            invalid(format!("be greater than or equal to {least}"));
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            invalid(format!("be less than or equal to {most}"));
        }
    }
    if let Some(own) = value.as_str() {
        // The first that is wrong is told.
        let (length, pattern) = (own.chars().count() as f64, text(schema, "pattern"));
        if let Some(most) = bound("maxLength").filter(|most| length > *most) {
            causes.push(cause("FieldValueTooLong", path, format!("Too long: may not be more than {most} bytes")));
        } else if let Some(least) = bound("minLength").filter(|least| length < *least) {
            invalid(format!("be at least {least} chars long"));
        } else if !pattern.is_empty() && regex::Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(own)) {
            invalid(format!("match '{pattern}'"));
        }
    }
    if let Some(all) = value.as_array() {
        let count = all.len();
        if bound("maxItems").is_some_and(|most| count as f64 > most) {
            let most = at(schema, "maxItems");
            causes.push(cause("FieldValueTooMany", path, format!("Too many: {count}: must have at most {most} items")));
        } else if let Some(least) = bound("minItems").filter(|least| (count as f64) < *least) {
            let why = format!("Invalid value: {count}: {path} in body should have at least {least} items");
            causes.push(cause("FieldValueInvalid", path, why));
        }
    }
    let supported = items(schema, "enum");
    if !supported.is_empty() && !supported.contains(value) {
        let supported: Vec<String> = supported.iter().map(Value::to_string).collect();
        let why = format!("Unsupported value: {value}: supported values: {}", supported.join(", "));
        causes.push(cause("FieldValueNotSupported", path, why));
    }
}
