//! Why a request is refused: the API's `Status`, in the real server's words (k8s.io/apimachinery/pkg/api/errors).

use serde_json::{Value, json};
use std::fmt::Display;

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: u16,
    /// Empty for what went wrong without a name (some of the 500s).
    pub reason: &'static str,
    pub message: String,
    /// `Status.details`: name, group, kind, causes, retryAfterSeconds.
    pub details: Value,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueRequired`, `FieldValueInvalid`, …
    pub reason: &'static str,
    /// With the field's name before it in the whole message: `Required value`, `Invalid value: "x": …`.
    pub message: String,
    /// As in `spec.template.spec.containers[0].name`.
    pub field: String,
}

impl Refusal {
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    fn of(mut self, (group, plural): (&str, &str), name: &str) -> Self {
        self.details = json!({"name": name, "group": group, "kind": plural});
        if let Some(details) = self.details.as_object_mut() {
            details.retain(|_, value| value != "");
        }
        self
    }

    /// 404 for an object. `of` is the resource's group and plural.
    pub fn not_found(of: (&str, &str), name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} {name:?} not found", full(of))).of(of, name)
    }

    /// 404 for a path that is served by nobody.
    pub fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    pub fn exists(of: (&str, &str), name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} {name:?} already exists", full(of))).of(of, name)
    }

    pub fn conflict(of: (&str, &str), name: &str, why: impl Display) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", full(of));
        Self::new(409, "Conflict", message).of(of, name)
    }

    /// The object was changed since it was read.
    pub fn modified(of: (&str, &str), name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(of, name, why)
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// A list or watch from a version that is forgotten.
    pub fn expired(asked: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// 422: `kind` is as in `Deployment`, with its group; fields in the order given.
    pub fn invalid((group, kind): (&str, &str), name: &str, causes: Vec<Cause>) -> Self {
        let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let said = match said.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let of = full((group, kind));
        let mut refusal =
            Self::new(422, "Invalid", format!("{of} {name:?} is invalid: {said}")).of((group, kind), name);
        let causes: Vec<Value> = causes
            .into_iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect();
        if let Some(details) = refusal.details.as_object_mut() {
            details.insert("causes".to_owned(), causes.into());
        }
        refusal
    }

    pub fn forbidden(of: (&str, &str), name: &str, why: impl Display) -> Self {
        let named = if name.is_empty() { String::new() } else { format!(" {name:?}") };
        Self::new(403, "Forbidden", format!("{}{named} is forbidden: {why}", full(of))).of(of, name)
    }

    /// 429, to be tried again after so many seconds.
    pub fn too_many(message: impl Into<String>, causes: Value, retry_after: u32) -> Self {
        let mut refusal = Self::new(429, "TooManyRequests", message);
        refusal.details = json!({"causes": causes, "retryAfterSeconds": retry_after});
        refusal
    }

    /// The body that is sent.
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "details": self.details, "code": self.code,
        });
        if let Some(status) = status.as_object_mut() {
            status.retain(|_, value| !value.is_null() && value != "");
        }
        status
    }
}

/// `deployments.apps`; `pods`.
fn full((group, plural): (&str, &str)) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}
