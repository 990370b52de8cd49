//! What is wrong with an object, field by field, in the words of k8s.io/apimachinery/pkg/util/validation/field.

use crate::demo::object::{at, number};
use crate::demo::refusal::Cause;
use serde_json::Value;
use std::fmt::Display;

/// Gathered complaints, in the order of the checks.
#[derive(Debug, Default)]
pub struct Wrong {
    pub causes: Vec<Cause>,
    /// What is taken, but not liked.
    pub warnings: Vec<String>,
}

impl Wrong {
    fn say(&mut self, reason: &'static str, field: impl Display, message: String) {
        self.causes.push(Cause { reason, message, field: field.to_string() });
    }

    pub fn required(&mut self, field: impl Display, detail: &str) {
        self.say("FieldValueRequired", field, with("Required value".to_owned(), detail));
    }

    pub fn invalid(&mut self, field: impl Display, value: &Value, detail: impl Display) {
        self.say("FieldValueInvalid", field, with(format!("Invalid value: {value}"), &detail.to_string()));
    }

    pub fn text(&mut self, field: impl Display, value: &str, detail: impl Display) {
        self.say("FieldValueInvalid", field, with(format!("Invalid value: {value:?}"), &detail.to_string()));
    }

    pub fn unsupported(&mut self, field: impl Display, value: &Value, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|own| format!("{own:?}")).collect();
        let detail = format!("supported values: {}", supported.join(", "));
        self.say("FieldValueNotSupported", field, format!("Unsupported value: {value}: {detail}"));
    }

    pub fn forbidden(&mut self, field: impl Display, detail: &str) {
        self.say("FieldValueForbidden", field, with("Forbidden".to_owned(), detail));
    }

    pub fn duplicate(&mut self, field: impl Display, value: &Value, detail: &str) {
        self.say("FieldValueDuplicate", field, with(format!("Duplicate value: {value}"), detail));
    }

    pub fn not_found(&mut self, field: impl Display, value: &str) {
        self.say("FieldValueNotFound", field, format!("Not found: {value:?}"));
    }

    /// All that a check of a text found.
    pub fn all(&mut self, field: &str, value: &str, details: Vec<String>) {
        for detail in details {
            self.text(field, value, detail);
        }
    }

    /// A number that must not be below zero, where there is one.
    pub fn not_negative(&mut self, object: &Value, path: &str, field: &str) {
        if number(object, path) < 0 {
            self.invalid(field, at(object, path), "must be greater than or equal to 0");
        }
    }

    /// A text that must be one of some, where there is one.
    pub fn one_of(&mut self, object: &Value, path: &str, field: &str, supported: &[&str]) {
        let value = at(object, path);
        if !value.is_null() && value.as_str().is_none_or(|value| !supported.contains(&value)) {
            self.unsupported(field, value, supported);
        }
    }

    /// A text that must be there.
    pub fn needed(&mut self, object: &Value, path: &str, field: &str) -> bool {
        let missing = at(object, path).as_str().unwrap_or_default().is_empty();
        if missing {
            self.required(field, "");
        }
        !missing
    }
}

fn with(message: String, detail: &str) -> String {
    if detail.is_empty() { message } else { format!("{message}: {detail}") }
}
