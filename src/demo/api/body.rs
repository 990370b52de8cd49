//! What was sent: bodies of JSON, of YAML, and the few that kubectl posts as protobuf, read as the object that the path takes.
//!
//! The words of refusals are those of apimachinery's decoders.

use super::{Request, protobuf, strict};
use crate::demo::catalog::Resource;
use crate::demo::object::{Object, at, put, text};
use crate::demo::refusal::Refusal;
use serde_json::Value;

/// What a body must be.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
}

impl<'a> Kind<'a> {
    pub fn of(resource: &'a Resource) -> Self {
        Self { group: &resource.group, version: &resource.version, kind: &resource.kind }
    }

    pub fn api_version(self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// As Go's packages of the API are named.
    fn package(self) -> &'a str {
        self.group.split('.').next().filter(|first| !first.is_empty()).unwrap_or("core")
    }
}

/// The object that was sent; what it does not say of its kind is filled in.
pub fn object(request: &Request<'_>, kind: Kind<'_>) -> Result<Object, Refusal> {
    let body = &request.asked.body;
    let media = media(&request.asked.headers.content_type);
    // It can hold nothing but the kind's own fields.
    let is_protobuf = media == "application/vnd.kubernetes.protobuf";
    let mut object = match media {
        "" | "application/json" => json(body, kind)?,
        "application/yaml" => yaml(body, kind)?,
        // What it cannot read whole it does not read: its client is told as by a server without protobuf.
        _ if is_protobuf => protobuf::object(body).ok_or_else(unknown)?,
        _ => return Err(unknown()),
    };
    if !object.is_object() {
        return Err(unrecognized(kind, "json: cannot unmarshal into Go value of type struct", body));
    }
    for own in ["apiVersion", "kind"] {
        let value = at(&object, own);
        if !value.is_string() && !value.is_null() {
            let why = format!("json: cannot unmarshal {} into Go struct field .{own} of type string", sort(value));
            return Err(unrecognized(kind, &format!("couldn't get version/kind; json parse error: {why}"), body));
        }
    }
    let (version, named) = (text(&object, "apiVersion").to_owned(), text(&object, "kind").to_owned());
    if !named.is_empty() && named != kind.kind {
        return Err(wrong(request, kind, &version, &named));
    }
    let own = kind.api_version();
    // Every group has delete options of its own, and all are the same.
    if !version.is_empty() && version != own && kind.kind != "DeleteOptions" {
        let why = format!("the API version in the data ({version}) does not match the expected API version ({own})");
        return Err(Refusal::bad_request(why));
    }
    if !is_protobuf {
        object = strict::body(request, kind, object)?;
    }
    put(&mut object, "apiVersion", own);
    put(&mut object, "kind", kind.kind);
    Ok(object)
}

/// 415.
fn unknown() -> Refusal {
    let why = "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml";
    Refusal::new(415, "UnsupportedMediaType", why)
}

/// A content type without its parameters.
pub fn media(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

fn json(body: &[u8], kind: Kind<'_>) -> Result<Object, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let why = if error.is_eof() { "unexpected end of JSON input".to_owned() } else { error.to_string() };
        unrecognized(kind, &format!("couldn't get version/kind; json parse error: {why}"), body)
    })
}

fn yaml(body: &[u8], kind: Kind<'_>) -> Result<Object, Refusal> {
    serde_yaml::from_slice(body)
        .map_err(|error| unrecognized(kind, &format!("error converting YAML to JSON: {error}"), body))
}

/// So much of a body is told.
const SHOWN: usize = 30;

fn unrecognized(kind: Kind<'_>, why: &str, body: &[u8]) -> Refusal {
    let more = if body.len() > SHOWN { " ..." } else { "" };
    let begin = body.get(..SHOWN).unwrap_or(body);
    let shown = match begin.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(begin)),
        Some(_) => begin.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + more,
    };
    Refusal::bad_request(format!(
        "the object provided is unrecognized (must be of type {}): {why} ({shown})",
        kind.kind
    ))
}

/// 400 for an object of another kind.
fn wrong(request: &Request<'_>, kind: Kind<'_>, version: &str, named: &str) -> Refusal {
    let version = if version.is_empty() { kind.api_version() } else { version.to_owned() };
    let short = version.rsplit('/').next().unwrap_or_default().to_owned();
    let known = request.is_known(&version, named);
    let why = if known {
        format!("converting ({short}.{named}) to ({}.{}): unknown conversion", kind.package(), kind.kind)
    } else {
        format!("no kind {named:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\"")
    };
    Refusal::bad_request(format!("{named} in version {short:?} cannot be handled as a {}: {why}", kind.kind))
}

/// Where the object must be, by the path: fills in what it does not say, and refuses what contradicts.
pub fn place(request: &Request<'_>, object: &mut Object) -> Result<(), Refusal> {
    let target = request.target;
    let (own, asked) = (text(object, "metadata/namespace"), target.namespace());
    if !own.is_empty() && own != asked {
        let why = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(why));
    }
    if !asked.is_empty() {
        put(object, "metadata/namespace", asked);
    }
    let (own, Some(asked)) = (text(object, "metadata/name"), target.name.as_deref()) else { return Ok(()) };
    if own.is_empty() {
        put(object, "metadata/name", asked);
    } else if own != asked {
        let why = format!("the name of the object ({own}) does not match the name on the URL ({asked})");
        return Err(Refusal::bad_request(why));
    }
    Ok(())
}

/// A whole number that must be one where it is there.
pub fn number(object: &Value, path: &str, owner: &str) -> Result<Option<i64>, Refusal> {
    match crate::demo::object::at(object, path) {
        Value::Null => Ok(None),
        value => value.as_i64().map(Some).ok_or_else(|| {
            let field = path.rsplit('/').next().unwrap_or_default();
            Refusal::bad_request(format!(
                "json: cannot unmarshal {} into Go struct field {owner}.{field} of type int64",
                sort(value)
            ))
        }),
    }
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) | Value::Null => "object",
    }
}
