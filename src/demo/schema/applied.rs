//! What someone applies against the schema, before it is merged (sigs.k8s.io/structured-merge-diff, typed.validate): there are no unknown fields
//! whatever `fieldValidation` says, scalars are of their sort, and lists that are maps or sets have no item twice.

use super::{Definition, Form, Marks, Sort, named};
use crate::demo::object::{at, items, text};
use crate::demo::patch::told;
use serde_json::{Map, Value};

/// A place in a schema.
#[derive(Clone, Copy)]
enum Shape<'a> {
    Own(Sort, Option<Marks>),
    Top(Definition),
    Custom(&'a Value),
}

/// What a place must hold.
enum Must {
    Any,
    Text,
    Number,
    Truth,
    Map,
    List(Kind),
}

/// How a list's items are told apart.
enum Kind {
    Atomic,
    Set,
    Keyed(Vec<String>),
}

/// What is wrong with what is applied, each with its path.
pub fn check(definition: Option<Definition>, custom: Option<&Value>, applied: &Value) -> Vec<String> {
    let shape = match (definition, custom) {
        (Some(definition), _) => Shape::Top(definition),
        (None, Some(schema)) => Shape::Custom(schema),
        (None, None) => return Vec::new(),
    };
    let mut errors = Vec::new();
    walk(shape, applied, "", &mut errors);
    errors
}

impl<'a> Shape<'a> {
    fn must(self) -> Must {
        match self {
            Self::Top(_) => Must::Map,
            Self::Own(sort, marks) => match sort.form() {
                Form::Text | Form::Bytes | Form::Time => Must::Text,
                Form::Int32 | Form::Int64 | Form::Float => Must::Number,
                Form::Bool => Must::Truth,
                Form::Map(_) | Form::Struct(_) => Must::Map,
                Form::List(_) => Must::List(listed(marks)),
                Form::Any | Form::Quantity | Form::IntOrString => Must::Any,
            },
            Self::Custom(schema) => match text(schema, "type") {
                "string" => Must::Text,
                "number" | "integer" => Must::Number,
                "boolean" => Must::Truth,
                "object" => Must::Map,
                "array" => Must::List(match text(schema, "x-kubernetes-list-type") {
                    "set" => Kind::Set,
                    "map" => {
                        let keys = items(schema, "x-kubernetes-list-map-keys").iter().filter_map(Value::as_str);
                        Kind::Keyed(keys.map(str::to_owned).collect())
                    }
                    _ => Kind::Atomic,
                }),
                _ => Must::Any,
            },
        }
    }

    fn field(self, name: &str) -> Option<Self> {
        let of = |definition: Definition| definition.field(name).map(|field| Self::Own(field.sort, Some(field.marks)));
        match self {
            Self::Top(definition) => of(definition),
            Self::Own(sort, _) => match sort.form() {
                Form::Struct(definition) => of(definition),
                Form::Map(value) => Some(Self::Own(value, None)),
                _ => None,
            },
            Self::Custom(schema) => {
                let own = schema.get("properties").and_then(|all| all.get(name)).or(schema.get("additionalProperties"));
                let keeps = at(schema, "x-kubernetes-preserve-unknown-fields") == &Value::Bool(true);
                own.or(keeps.then_some(&Value::Null)).map(Self::Custom)
            }
        }
    }

    /// Built-in keys have defaults.
    fn is_custom(self) -> bool {
        matches!(self, Self::Custom(_))
    }

    fn item(self) -> Self {
        match self {
            Self::Own(sort, _) => match sort.form() {
                Form::List(item) => Self::Own(item, None),
                _ => self,
            },
            Self::Custom(schema) => Self::Custom(at(schema, "items")),
            Self::Top(_) => self,
        }
    }
}

fn listed(marks: Option<Marks>) -> Kind {
    let Some(marks) = marks else { return Kind::Atomic };
    match marks.keys() {
        Some(keys) => Kind::Keyed(keys.into_iter().map(str::to_owned).collect()),
        None if marks.has("s") => Kind::Set,
        None => Kind::Atomic,
    }
}

fn walk(shape: Shape<'_>, value: &Value, path: &str, errors: &mut Vec<String>) {
    let mut wrong = |why: String| errors.push(format!("{path}: {why}"));
    match (shape.must(), value) {
        (_, Value::Null) | (Must::Any, _) => (),
        (Must::Text, Value::String(_)) | (Must::Number, Value::Number(_)) | (Must::Truth, Value::Bool(_)) => (),
        (Must::Map, Value::Object(fields)) => fields_of(shape, fields, path, errors),
        (Must::List(kind), Value::Array(all)) => items_of(shape, &kind, all, path, errors),
        (Must::Text, other) => wrong(format!("expected string, got &value.valueUnstructured{{Value:{}}}", go(other))),
        (Must::Number, other) => wrong(format!("expected numeric (int or float), got {}", go_type(other))),
        (Must::Truth, other) => wrong(format!("expected boolean, got &{{{}}}", told(other))),
        (Must::Map, other) => wrong(format!("expected map, got &{{{}}}", told(other))),
        (Must::List(_), other) => wrong(format!("expected list, got &{{{}}}", told(other))),
    }
}

fn fields_of(shape: Shape<'_>, fields: &Map<String, Value>, path: &str, errors: &mut Vec<String>) {
    for (name, value) in fields {
        let path = format!("{path}.{name}");
        let is_top = matches!(shape, Shape::Custom(_)) && matches!(path.as_str(), ".apiVersion" | ".kind");
        if is_top {
            continue;
        }
        if path == ".metadata"
            && let Some(metadata) = named("m/apis.meta.v1.ObjectMeta")
        {
            walk(Shape::Top(metadata), value, &path, errors);
            continue;
        }
        let Some(inner) = shape.field(name) else {
            // It looks no further in this map.
            errors.push(format!("{path}: field not declared in schema"));
            return;
        };
        walk(inner, value, &path, errors);
    }
}

fn items_of(shape: Shape<'_>, kind: &Kind, all: &[Value], path: &str, errors: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    for (n, item) in all.iter().enumerate() {
        let name = match kind {
            Kind::Atomic => format!("[{n}]"),
            Kind::Set => format!("[={item}]"),
            Kind::Keyed(_) if !item.is_object() => {
                let why = "associative list with keys may not have non-map elements";
                errors.push(format!("{path}: element {n}: {why}"));
                return;
            }
            Kind::Keyed(keys) if shape.is_custom() && keys.iter().all(|key| item.get(key).is_none()) => {
                let why = format!("associative list with keys has an element that omits all key fields {keys:?}");
                let none = "(and doesn't have default values for any key fields)";
                errors.push(format!("{path}: element {n}: {why} {none}"));
                return;
            }
            Kind::Keyed(keys) => {
                let keys = keys.iter().filter_map(|key| Some(format!("{key}={}", item.get(key)?)));
                format!("[{}]", keys.collect::<Vec<_>>().join(","))
            }
        };
        if !matches!(kind, Kind::Atomic) && seen.contains(&name) {
            errors.push(format!("{path}: duplicate entries for key {name}"));
        }
        walk(shape.item(), item, &format!("{path}{name}"), errors);
        seen.push(name);
    }
}

/// As Go's `%#v` prints it.
fn go(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key:?}:{}", go(value))).collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        Value::Array(all) => format!("[]interface {{}}{{{}}}", all.iter().map(go).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
