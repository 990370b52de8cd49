//! The columns of custom kinds: those their definition declares, or the age
//! (apiextensions-apiserver/pkg/registry/customresource/tableconvertor).

use super::cell::{Column, between, name};
use crate::demo::object::{self, Object, items, number, text};
use crate::text::path::Path;
use jiff::Timestamp;
use serde_json::{Number, Value, json};

/// Columns, and where each but the first finds its value.
#[derive(Debug)]
pub struct Printer {
    pub columns: Vec<Column>,
    paths: Vec<Option<Path>>,
}

impl Printer {
    /// Of one version of a CustomResourceDefinition.
    pub fn of(definition: &Object, version: &str) -> Self {
        let versions = items(definition, "spec/versions");
        let own = versions.iter().find(|own| text(own, "name") == version).unwrap_or(&Value::Null);
        let age = [json!({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"})];
        let declared = match items(own, "additionalPrinterColumns") {
            [] => &age,
            some => some,
        };
        let mut printer = Self { columns: vec![name()], paths: Vec::new() };
        for one in declared {
            let own = |field: &str| text(one, field).to_owned().into();
            printer.columns.push(Column {
                name: own("name"),
                kind: own("type"),
                format: own("format"),
                priority: number(one, "priority"),
            });
            printer.paths.push(Path::parse(text(one, "jsonPath")));
        }
        printer
    }

    pub fn row(&self, object: &Object, now: Timestamp) -> Vec<Value> {
        let own = self.columns.iter().skip(1).zip(&self.paths).map(|(column, path)| {
            let value = path.as_ref().and_then(|path| path.first(object)).unwrap_or(&Value::Null);
            cell(&column.kind, value, now)
        });
        std::iter::once(object::name(object).into()).chain(own).collect()
    }
}

fn cell(kind: &str, value: &Value, now: Timestamp) -> Value {
    match (kind, value) {
        ("string", value) => as_text(value),
        ("integer", Value::Number(n)) => n.as_i64().or_else(|| n.as_f64().map(truncated)).into(),
        ("number", Value::Number(n)) => Value::Number(n.clone()),
        ("boolean", Value::Bool(_)) => value.clone(),
        ("date", Value::String(then)) if then.is_empty() => "<unknown>".into(),
        ("date", Value::String(then)) => {
            then.parse().map_or_else(|_| "<invalid>".to_owned(), |then| between(then, now)).into()
        }
        _ => Value::Null,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "Go's int64(float) is meant")]
fn truncated(n: f64) -> i64 {
    n as i64
}

/// Go's `fmt.Print` of a plain value, its JSON for lists and maps.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) => text.as_str().into(),
        Value::Number(n) => printed(n).into(),
        Value::Bool(is) => is.to_string().into(),
        other => {
            // encoding/json writes these so that they are safe in HTML.
            let json = other.to_string();
            json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").into()
        }
    }
}

/// A number as `%v` prints it: `3`, `1.5`, `1e+21`.
fn printed(n: &Number) -> String {
    const MOST_DIGITS: i32 = 21;
    let Some(float) = n.as_f64().filter(|_| n.is_f64()) else { return n.to_string() };
    let exact = format!("{float:e}");
    let (digits, power) = exact.split_once('e').unwrap_or((&exact, "0"));
    let power: i32 = power.parse().unwrap_or_default();
    if (-4..MOST_DIGITS).contains(&power) {
        return format!("{float}");
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}
