//! Schemas as OpenAPI v3 says them: what `kubectl explain` and client-side apply read.

use super::{Definition, Field, Form, Marks, Sort, named};
use crate::demo::object::put;
use serde_json::{Map, Value, json};

/// The definitions of kinds, with all that they are made of, by their full names.
pub fn schemas(kinds: Vec<Definition>) -> Map<String, Value> {
    let mut all = Map::new();
    let mut left = kinds;
    while let Some(definition) = left.pop() {
        let name = definition.full_name();
        if all.contains_key(&name) {
            continue;
        }
        all.insert(name, schema(definition));
        left.extend(definition.fields().filter_map(|field| innermost(field.sort)));
    }
    all
}

fn innermost(sort: Sort) -> Option<Definition> {
    match sort.reference() {
        Some(name) => named(name),
        None => match sort.form() {
            Form::List(inner) | Form::Map(inner) => innermost(inner),
            _ => None,
        },
    }
}

fn schema(definition: Definition) -> Value {
    let mut schema = match definition.sort() {
        Some(sort) => plain(sort),
        None => json!({"type": "object"}),
    };
    tell(&mut schema, definition.about, definition.marks);
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in definition.fields() {
        if field.marks.has("!") {
            required.push(field.name);
        }
        properties.insert(field.name.to_owned(), property(&field));
    }
    if !properties.is_empty() {
        put(&mut schema, "properties", properties);
    }
    if !required.is_empty() {
        put(&mut schema, "required", required);
    }
    let mut gvk = definition.marks.get("k:").into_iter().flat_map(|own| own.splitn(3, '/'));
    if let (Some(group), Some(version), Some(kind)) = (gvk.next(), gvk.next(), gvk.next()) {
        let own = json!([{"group": group, "version": version, "kind": kind}]);
        put(&mut schema, "x-kubernetes-group-version-kind", own);
    }
    schema
}

fn property(field: &Field) -> Value {
    let mut schema = plain(field.sort);
    tell(&mut schema, field.about, field.marks);
    schema
}

/// A type without what is noted of it.
fn plain(sort: Sort) -> Value {
    if let Some(definition) = sort.reference().and_then(named) {
        return json!({"allOf": [{"$ref": format!("#/components/schemas/{}", definition.full_name())}]});
    }
    match sort.form() {
        Form::Text => json!({"type": "string"}),
        Form::Int32 => json!({"type": "integer", "format": "int32"}),
        Form::Int64 => json!({"type": "integer", "format": "int64"}),
        Form::Float => json!({"type": "number", "format": "double"}),
        Form::Bool => json!({"type": "boolean"}),
        Form::Bytes => json!({"type": "string", "format": "byte"}),
        Form::Time => json!({"type": "string", "format": "date-time"}),
        Form::Quantity => json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
        Form::IntOrString => json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
        Form::Any => json!({"type": "object"}),
        Form::List(item) => json!({"type": "array", "items": plain(item)}),
        Form::Map(value) => json!({"type": "object", "additionalProperties": plain(value)}),
        Form::Struct(_) => json!({}),
    }
}

fn tell(schema: &mut Value, about: &str, marks: Marks) {
    if !about.is_empty() {
        put(schema, "description", about);
    }
    if let Some(values) = marks.get("e:") {
        put(schema, "enum", values.split(',').map(Value::from).collect::<Vec<_>>());
    }
    if let Some(value) = marks.get("d:").and_then(|value| serde_json::from_str::<Value>(value).ok()) {
        put(schema, "default", value);
    }
    let kind = if marks.has("a") { Some("atomic") } else { marks.has("s").then_some("set") };
    if let Some(kind) = kind {
        put(schema, "x-kubernetes-list-type", kind);
    }
    if let Some(keys) = marks.keys() {
        put(schema, "x-kubernetes-list-type", "map");
        put(schema, "x-kubernetes-list-map-keys", keys);
    }
    if marks.has("A") {
        put(schema, "x-kubernetes-map-type", "atomic");
    }
    if let Some((key, strategy)) = marks.get("p:").and_then(|own| own.split_once(':')) {
        if !key.is_empty() {
            put(schema, "x-kubernetes-patch-merge-key", key);
        }
        put(schema, "x-kubernetes-patch-strategy", strategy);
    }
}
