//! Reading a document as its kind, as the server's decoders do: what is no field is dropped and told, and so is what is there twice; a value of
//! the wrong type is told in the words of Go's encoding/json or, for strategic merge patches, of apimachinery's converter of unstructured objects.

use super::{Definition, Field, Form, Sort};
use crate::demo::admit::quantity::Quantity;
use base64::Engine;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// More complaints than this are not gathered (kjson's limit).
const MOST: usize = 100;
/// Objects are not deeper than this; what is, is not looked at.
const DEEPEST: usize = 64;

/// In whose words wrong types are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    Json,
    Converter,
}

/// What there was to say of a document.
#[derive(Debug, Default)]
pub struct Found {
    /// `unknown field "spec.foo"`, `duplicate field "spec.replicas"`, in the document's order.
    pub strange: Vec<String>,
    /// The first value that can't be what it must be.
    pub wrong: Option<String>,
    /// Whether the server reads no further after it.
    ends: bool,
}

impl Found {
    fn strange(&mut self, what: &str, path: &str, name: &str) {
        let dot = if path.is_empty() { "" } else { "." };
        let said = format!("{what} field \"{path}{dot}{name}\"");
        if self.strange.len() < MOST && !self.strange.contains(&said) {
            self.strange.push(said);
        }
    }

    fn wrong(&mut self, why: String) {
        if self.wrong.is_none() {
            self.wrong = Some(why);
        }
    }

    /// What a type's own decoder says counts more than what was found before it.
    fn ended(&mut self, why: String) {
        if !self.ends {
            (self.wrong, self.ends) = (Some(why), true);
        }
    }
}

/// A document read as a type, without what the type does not have. `path` is where it is.
pub fn read<'de, D: Deserializer<'de>>(
    document: D,
    path: &str,
    kind: Definition,
    words: Words,
) -> Result<(Value, Found), D::Error> {
    let mut found = Found::default();
    let place = Place { path: path.to_owned(), go: String::new(), owner: kind.short(), words, depth: 0 };
    let value = Seed { form: Form::Struct(kind), go: kind.go().to_owned(), place: &place, found: &mut found };
    let value = value.deserialize(document)?;
    Ok((value.unwrap_or_default(), found))
}

/// A document of no certain kind, and what is in it twice.
pub fn free<'de, D: Deserializer<'de>>(document: D) -> Result<(Value, Found), D::Error> {
    let mut found = Found::default();
    let value = Free { path: String::new(), depth: 0, found: &mut found }.deserialize(document)?;
    Ok((value, found))
}

/// Where a value is.
struct Place {
    /// With indices: `spec.containers[0].image`.
    path: String,
    /// As Go tells it: `spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet`.
    go: String,
    /// The struct that the field is of.
    owner: &'static str,
    words: Words,
    depth: usize,
}

impl Place {
    fn joined(path: &str, name: &str) -> String {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    }

    fn field(&self, field: &Field, owner: Definition) -> Self {
        let embedded = field.marks.get("g:").map(|own| format!("{own}.")).unwrap_or_default();
        Self {
            path: Self::joined(&self.path, field.name),
            go: Self::joined(&self.go, &format!("{embedded}{}", field.name)),
            owner: owner.short(),
            words: self.words,
            depth: self.depth + 1,
        }
    }

    fn item(&self, n: usize) -> Self {
        self.deeper(format!("{}[{n}]", self.path))
    }

    fn key(&self, key: &str) -> Self {
        self.deeper(Self::joined(&self.path, key))
    }

    fn deeper(&self, path: String) -> Self {
        Self { path, go: self.go.clone(), owner: self.owner, words: self.words, depth: self.depth + 1 }
    }
}

/// What is read next. Nothing is answered for null, and for what is wrong.
struct Seed<'s> {
    form: Form,
    go: String,
    place: &'s Place,
    found: &'s mut Found,
}

impl Seed<'_> {
    /// `told` is the value's sort in Go's words, with the number where it matters.
    fn mismatch(&mut self, told: &str) -> Option<Value> {
        let place = self.place;
        let why = match place.words {
            Words::Json => {
                let field = format!("{}.{}", place.owner, place.go);
                format!("json: cannot unmarshal {told} into Go struct field {field} of type {}", self.go)
            }
            Words::Converter => self.converter(told),
        };
        if matches!(self.form, Form::IntOrString) {
            self.found.ended(why);
        } else {
            self.found.wrong(why);
        }
        None
    }

    fn converter(&self, told: &str) -> String {
        let kind = |told: &str| match told {
            "array" => "slice".to_owned(),
            "object" => "map".to_owned(),
            number if number.contains('.') => "float64".to_owned(),
            number if number.starts_with("number") => "int64".to_owned(),
            other => other.to_owned(),
        };
        let own = kind(told);
        match self.form {
            Form::IntOrString => format!("json: cannot unmarshal {told} into Go value of type int32"),
            Form::List(_) => format!("cannot restore slice from {own}"),
            Form::Map(_) => format!("cannot restore map from {own}"),
            Form::Struct(_) => format!("cannot restore struct from: {own}"),
            Form::Text if own == "int64" => format!("cannot convert {own} to {}", self.go),
            Form::Int32 | Form::Int64 if own.ends_with("64") => format!("cannot convert {own} to {}", self.go),
            Form::Text => "unrecognized type: string".to_owned(),
            _ => format!("unrecognized type: {}", self.go),
        }
    }

    fn number(mut self, number: serde_json::Number) -> Option<Value> {
        let fits = match self.form {
            Form::Any | Form::Float | Form::Quantity => true,
            Form::Int64 => number.is_i64(),
            Form::Int32 | Form::IntOrString => number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            _ => {
                let told =
                    if self.place.words == Words::Json { "number".to_owned() } else { format!("number {number}") };
                return self.mismatch(&told);
            }
        };
        if fits { Some(Value::Number(number)) } else { self.mismatch(&format!("number {number}")) }
    }

    fn text(mut self, text: &str) -> Option<Value> {
        match self.form {
            Form::Text | Form::IntOrString | Form::Any => (),
            Form::Time if text.parse::<jiff::Timestamp>().is_ok() => (),
            Form::Time => {
                let part = "2006-01-02T15:04:05Z07:00";
                self.found.ended(format!("parsing time {text:?} as {part:?}: cannot parse {text:?} as \"2006\""));
                return None;
            }
            Form::Quantity if Quantity::of(&Value::from(text)).is_some() => (),
            Form::Quantity => {
                self.found.ended(QUANTITY.to_owned());
                return None;
            }
            Form::Bytes => {
                if base64::engine::general_purpose::STANDARD.decode(text).is_err() {
                    let before = if self.place.words == Words::Json { "" } else { "error decoding from json: " };
                    self.found.wrong(format!("{before}illegal base64 data at input byte {}", bad_byte(text)));
                    return None;
                }
            }
            _ => return self.mismatch("string"),
        }
        Some(Value::from(text))
    }

    fn items<'de, A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Option<Value>, A::Error> {
        let Form::List(item) = self.form else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            if matches!(self.form, Form::Quantity) {
                self.found.ended(QUANTITY.to_owned());
                return Ok(None);
            }
            return Ok(self.mismatch("array"));
        };
        let (form, go) = (item.form(), item.go());
        let mut all = Vec::new();
        loop {
            let place = self.place.item(all.len());
            let seed = Seed { form, go: go.clone(), place: &place, found: self.found };
            let Some(value) = items.next_element_seed(seed)? else { break };
            all.push(value.unwrap_or_else(|| empty(form)));
        }
        Ok(Some(all.into()))
    }

    fn fields<'de, A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Option<Value>, A::Error> {
        match self.form {
            Form::Struct(definition) => self.known(definition, fields),
            Form::Map(value) => self.keys(value, fields),
            _ => {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                if matches!(self.form, Form::Quantity) {
                    self.found.ended(QUANTITY.to_owned());
                    return Ok(None);
                }
                Ok(self.mismatch("object"))
            }
        }
    }

    fn known<'de, A: MapAccess<'de>>(self, definition: Definition, mut fields: A) -> Result<Option<Value>, A::Error> {
        let mut all = Map::new();
        let mut seen: Vec<&str> = Vec::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Some(field) = definition.field(&name) else {
                fields.next_value::<IgnoredAny>()?;
                self.found.strange("unknown", &self.place.path, &name);
                continue;
            };
            let place = self.place.field(&field, definition);
            let seed = Seed { form: field.sort.form(), go: field.sort.go(), place: &place, found: self.found };
            if let Some(value) = fields.next_value_seed(seed)? {
                all.insert(name, value);
            }
            if seen.contains(&field.name) {
                self.found.strange("duplicate", &self.place.path, field.name);
            }
            seen.push(field.name);
        }
        Ok(Some(all.into()))
    }

    fn keys<'de, A: MapAccess<'de>>(self, value: Sort, mut fields: A) -> Result<Option<Value>, A::Error> {
        let (form, go) = (value.form(), value.go());
        let mut all = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let place = self.place.key(&key);
            let seed = Seed { form, go: go.clone(), place: &place, found: self.found };
            let value = fields.next_value_seed(seed)?.unwrap_or_else(|| empty(form));
            if all.contains_key(&key) {
                self.found.strange("duplicate", &self.place.path, &key);
            }
            all.insert(key, value);
        }
        Ok(Some(all.into()))
    }
}

/// What resource.Quantity says of all that is none.
pub const QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// What null is as an item.
fn empty(form: Form) -> Value {
    match form {
        Form::Text | Form::Bytes => Value::from(""),
        Form::Struct(_) => Value::Object(Map::new()),
        Form::Quantity | Form::Int32 | Form::Int64 => Value::from(0),
        _ => Value::Null,
    }
}

/// Where base64 stops being base64, as encoding/base64 counts.
fn bad_byte(text: &str) -> usize {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let body = text.trim_end_matches('=');
    body.bytes().position(|byte| !is_one(byte)).unwrap_or(text.len() - text.len() % 4)
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<Option<Value>, D::Error> {
        if self.place.depth > DEEPEST || matches!(self.form, Form::Any) {
            let mut unheard = Found::default();
            let value = Free { path: String::new(), depth: self.place.depth, found: &mut unheard };
            return value.deserialize(document).map(|value| Some(value).filter(|value| !value.is_null()));
        }
        document.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Option<Value>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<Option<Value>, E> {
        match self.form {
            Form::Bool => Ok(Some(value.into())),
            Form::Quantity => {
                self.found.ended(QUANTITY.to_owned());
                Ok(None)
            }
            _ => Ok(self.mismatch("bool")),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(self.number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<Value>, E> {
        Ok(self.number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(serde_json::Number::from_f64(value).and_then(|number| self.number(number)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Option<Value>, E> {
        Ok(self.text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Option<Value>, A::Error> {
        self.items(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Option<Value>, A::Error> {
        self.fields(fields)
    }
}

/// Reads anything and tells what is there twice.
struct Free<'s> {
    path: String,
    depth: usize,
    found: &'s mut Found,
}

impl<'de> DeserializeSeed<'de> for Free<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<Value, D::Error> {
        document.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Free<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // A whole number is one however it is written.
        let whole = value.fract() == 0.0 && value.abs() < 9e15;
        Ok(if whole { Value::from(value as i64) } else { value.into() })
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, all.len());
            let seed = Free { path, depth: self.depth + 1, found: self.found };
            let Some(value) = items.next_element_seed(seed)? else { break };
            all.push(value);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let path = Place::joined(&self.path, &key);
            let value = fields.next_value_seed(Free { path, depth: self.depth + 1, found: self.found })?;
            if all.contains_key(&key) {
                self.found.strange("duplicate", &self.path, &key);
            }
            all.insert(key, value);
        }
        Ok(all.into())
    }
}
