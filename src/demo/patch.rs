//! Patches of all four kinds: what comes of an object and what was sent to change it.
//!
//! It changes a copy and keeps nothing; whether the result may be is admission's question. Errors are those of the real server's
//! (k8s.io/apiserver/pkg/endpoints/handlers/patch.go).

pub mod apply;
pub mod json;
pub mod keys;
pub mod strategic;

use super::catalog::Resource;
use super::object::{self, Object};
use super::refusal::Refusal;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What an apply does with fields that others own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Force {
    /// It is refused.
    #[default]
    No,
    /// It takes them.
    Yes,
}

/// The kinds of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RFC 7386.
    Merge,
    /// RFC 6902.
    Json,
    Strategic,
    /// Server-side apply; the body is YAML.
    Apply {
        force: Force,
    },
}

impl Kind {
    /// By the request's content type; an apply is not forced.
    pub fn of(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/merge-patch+json" => Some(Self::Merge),
            "application/json-patch+json" => Some(Self::Json),
            "application/strategic-merge-patch+json" => Some(Self::Strategic),
            "application/apply-patch+yaml" => Some(Self::Apply { force: Force::No }),
            _ => None,
        }
    }
}

/// What an object will be. There is none before only where an apply creates it. The manager counts for an apply alone, whose result carries
/// the manager's own entry in `managedFields`, still without its time (see `fields::FRESH`).
pub fn patched(
    kind: Kind,
    before: Option<&Object>,
    body: &[u8],
    resource: &Resource,
    manager: &str,
    now: Timestamp,
) -> Result<Object, Refusal> {
    if let Kind::Apply { force } = kind {
        return apply::applied(before, body, resource, apply::Applier { manager, subresource: "", force }, now);
    }
    let mut object = before.cloned().ok_or_else(|| Refusal::not_found(resource.of(), ""))?;
    match kind {
        Kind::Json => json::patch(&mut object, body)?,
        Kind::Merge => json_patch::merge(&mut object, &Value::Object(fields(body)?)),
        Kind::Strategic if keys::Schema::of(&resource.group) == keys::Schema::Custom => return Err(unsupported()),
        Kind::Strategic => strategic_patch(&mut object, fields(body)?)?,
        Kind::Apply { .. } => (),
    }
    still_itself(before, &object, resource)?;
    Ok(object)
}

fn strategic_patch(object: &mut Object, patch: Map<String, Value>) -> Result<(), Refusal> {
    let Some(fields) = object.as_object_mut() else { return Ok(()) };
    strategic::merge(fields, patch).map_err(|why| Refusal::new(500, "", why))
}

/// The body of a merge or strategic merge patch.
fn fields(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match decoded(body)? {
        Value::Object(fields) => Ok(fields),
        other => Err(wrong_type(&other, "map[string]interface {}")),
    }
}

fn decoded(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let why = if error.is_eof() { "unexpected end of JSON input".to_owned() } else { error.to_string() };
        Refusal::bad_request(format!("error decoding patch: {why}"))
    })
}

fn wrong_type(value: &Value, wanted: &str) -> Refusal {
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Refusal::bad_request(format!("error decoding patch: json: cannot unmarshal {own} into Go value of type {wanted}"))
}

/// 415: custom kinds know no strategic merge.
fn unsupported() -> Refusal {
    let accepted = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    let why = format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
    Refusal::new(415, "UnsupportedMediaType", why)
}

/// A patch can't make another object of it.
fn still_itself(before: Option<&Object>, object: &Object, resource: &Resource) -> Result<(), Refusal> {
    let Some(before) = before else { return Ok(()) };
    let (name, was) = (object::name(object), object::name(before));
    if name != was {
        let why = format!("the name of the object ({name}) does not match the name on the URL ({was})");
        return Err(Refusal::bad_request(why));
    }
    let (namespace, was) = (object::namespace(object), object::namespace(before));
    if namespace != was {
        let why = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(why));
    }
    let (kind, version) = (object::text(object, "kind"), object::text(object, "apiVersion"));
    if kind != resource.kind || version != resource.api_version() {
        let why = format!("no kind {kind:?} is registered for version {version:?} in scheme");
        return Err(unreadable(object, &why));
    }
    Ok(())
}

/// 422: what came of a patch is no object of its kind.
pub fn unreadable(object: &Object, why: &str) -> Refusal {
    let cause = super::refusal::Cause {
        reason: "FieldValueInvalid",
        message: format!("Invalid value: {:?}: {why}", object.to_string()),
        field: "patch".to_owned(),
    };
    Refusal::invalid(("", ""), "", vec![cause])
}

/// As Go prints it (`%v`), which is how the server names it in errors.
pub fn told(value: &Value) -> String {
    let listed = |items: Vec<String>| items.join(" ");
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", listed(items.iter().map(told).collect())),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{key}:{}", told(value)));
            format!("map[{}]", listed(fields.collect()))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Catalog;
    use super::*;
    use serde_json::json;

    fn patched(kind: Kind, body: &str) -> Result<Object, Refusal> {
        let catalog = Catalog::default();
        let before = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 2}});
        let resource = catalog.by_id("deployments.apps").unwrap();
        super::patched(kind, Some(&before), body.as_bytes(), resource, "test", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn content_types_name_kinds() {
        assert_eq!(Kind::of("application/merge-patch+json; charset=utf-8"), Some(Kind::Merge));
        assert_eq!(Kind::of("application/json"), None);
    }

    #[test]
    fn merge_and_json_patches_change_fields() {
        let merged = patched(Kind::Merge, r#"{"spec":{"replicas":null,"paused":true}}"#).unwrap();
        assert_eq!(merged["spec"], json!({"paused": true}));
        let body =
            r#"[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/replicas","value":3}]"#;
        assert_eq!(patched(Kind::Json, body).unwrap()["spec"], json!({"replicas": 3}));
    }

    /// As kube-apiserver 1.36.3 answered these patches.
    #[test]
    fn refusals_are_the_servers() {
        let rejected = "the server rejected our request due to an error in our request";
        let cases = [
            (Kind::Json, r#"[{"op":"test","path":"/spec/replicas","value":5}]"#, 422, rejected),
            (Kind::Json, r#"[{"op":"remove","path":"/spec/none"}]"#, 422, rejected),
            (Kind::Json, r#"[{"op":"foo","path":"/spec/none/x","value":1}]"#, 422, rejected),
            (
                Kind::Json,
                r#"{"op":1}"#,
                400,
                "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
            ),
            (
                Kind::Merge,
                "[1]",
                400,
                "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
            ),
            (Kind::Merge, r#"{"spec":"#, 400, "error decoding patch: unexpected end of JSON input"),
            (
                Kind::Merge,
                r#"{"metadata":{"name":"x"}}"#,
                400,
                "the name of the object (x) does not match the name on the URL (web)",
            ),
        ];
        for (kind, body, code, message) in cases {
            let refusal = patched(kind, body).unwrap_err();
            assert_eq!((refusal.code, refusal.message.as_str()), (code, message), "{body}");
        }
    }
}
