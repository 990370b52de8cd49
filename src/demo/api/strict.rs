//! `fieldValidation`: what was sent against the schema of its kind. What the kind does not have is dropped, and told as the request asks for.
//!
//! Words and codes are those of k8s.io/apiserver/pkg/endpoints/handlers (create.go, patch.go, fieldmanager).

use super::Request;
use super::body::{self, Kind};
use super::query::{Query, bad, cause};
use crate::demo::object::{Object, at, name, namespace, text};
use crate::demo::patch::{self, told, unreadable};
use crate::demo::refusal::Refusal;
use crate::demo::schema::read::{Found, Words, free, read};
use crate::demo::schema::{self, Definition, applied, custom};
use serde_json::Value;

/// What becomes of unknown and repeated fields; dropped are they always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    Ignore,
    #[default]
    Warn,
    /// The request is refused.
    Strict,
}

impl Check {
    /// What a request asks for by its verb.
    pub fn of(query: &Query, verb: &str) -> Result<Self, Refusal> {
        let options = match verb {
            "create" => "CreateOptions",
            "update" => "UpdateOptions",
            "patch" => "PatchOptions",
            _ => return Ok(Self::Ignore),
        };
        match query.get("fieldValidation") {
            None | Some("Warn") => Ok(Self::Warn),
            Some("Ignore") => Ok(Self::Ignore),
            Some("Strict") => Ok(Self::Strict),
            Some(other) => {
                let supported = r#"supported values: "", "Ignore", "Strict", "Warn""#;
                let message = format!("Unsupported value: {other:?}: {supported}");
                Err(bad(options, vec![cause("FieldValueNotSupported", "fieldValidation", message)]))
            }
        }
    }
}

fn definition(kind: Kind<'_>) -> Option<Definition> {
    schema::kind(kind.group, kind.version, kind.kind)
}

/// A body that was read once, read as its kind.
pub fn body(request: &Request<'_>, kind: Kind<'_>, object: Object) -> Result<Object, Refusal> {
    let sent = &request.asked.body;
    let is_yaml = body::media(&request.asked.headers.content_type) == "application/yaml";
    let (mut object, found) = match definition(kind) {
        Some(kind) if is_yaml => read(serde_yaml::Deserializer::from_slice(sent), "", kind, Words::Json)
            .unwrap_or_else(|_| (object, Found::default())),
        Some(kind) => read(&mut serde_json::Deserializer::from_slice(sent), "", kind, Words::Json)
            .unwrap_or_else(|_| (object, Found::default())),
        None if request.schema.is_some() && !is_yaml => {
            free(&mut serde_json::Deserializer::from_slice(sent)).unwrap_or_else(|_| (object, Found::default()))
        }
        None => (object, Found::default()),
    };
    let (own, version) = (kind.kind, kind.version);
    let unhandled =
        |why: &str| Refusal::bad_request(format!("{own} in version {version:?} cannot be handled as a {own}: {why}"));
    if let Some(why) = found.wrong {
        return Err(unhandled(&why));
    }
    let mut strange = found.strange;
    if let Some(schema) = &request.schema {
        strange.extend(custom::prune(schema, &mut object).map_err(|why| unhandled(&why))?);
        custom::complete(schema, &mut object);
    }
    judged(request, strange).map_err(|why| unhandled(&why))?;
    Ok(object)
}

/// Refuses what is strange, or has it told with the answer.
fn judged(request: &Request<'_>, strange: Vec<String>) -> Result<(), String> {
    match request.check {
        Check::Strict if !strange.is_empty() => Err(format!("strict decoding error: {}", strange.join(", "))),
        Check::Warn => {
            request.warnings.borrow_mut().extend(strange);
            Ok(())
        }
        Check::Strict | Check::Ignore => Ok(()),
    }
}

/// Whether a custom object is as its definition wants it.
pub fn valid(request: &Request<'_>, object: &Object) -> Result<(), Refusal> {
    let Some(schema) = &request.schema else { return Ok(()) };
    let causes = custom::check(schema, object);
    if causes.is_empty() {
        return Ok(());
    }
    let resource = &request.target.resource;
    Err(Refusal::invalid((&resource.group, &resource.kind), name(object), causes))
}

/// What is applied, before it is merged.
pub fn applying(request: &Request<'_>, kind: Kind<'_>) -> Result<(), Refusal> {
    let Ok(config) = serde_yaml::from_slice::<Value>(&request.asked.body) else { return Ok(()) };
    let is_own = text(&config, "apiVersion") == kind.api_version() && text(&config, "kind") == kind.kind;
    if !is_own || !at(&config, "metadata/managedFields").is_null() {
        // The apply itself says what is wrong with it.
        return Ok(());
    }
    let errors = applied::check(definition(kind), request.schema.as_ref(), &config);
    let why = match errors.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let of = called(&config, kind);
    Err(Refusal::new(500, "", format!("failed to create typed patch object ({of}): {why}")))
}

fn called(object: &Object, kind: Kind<'_>) -> String {
    format!("{}/{}; {}", namespace(object), name(object), versioned(kind))
}

fn versioned(kind: Kind<'_>) -> String {
    format!("{}/{}, Kind={}", kind.group, kind.version, kind.kind)
}

/// What came of a patch, read as its kind.
pub fn patched(request: &Request<'_>, how: patch::Kind, kind: Kind<'_>, object: Object) -> Result<Object, Refusal> {
    let is_apply = matches!(how, patch::Kind::Apply { .. });
    let words =
        if matches!(how, patch::Kind::Strategic | patch::Kind::Apply { .. }) { Words::Converter } else { Words::Json };
    let mut strange = if is_apply { Vec::new() } else { repeated(request, how) };
    let refused = |why: &str| match how {
        patch::Kind::Strategic => {
            let patch: Value = serde_json::from_slice(&request.asked.body).unwrap_or_default();
            let cause = cause("FieldValueInvalid", "patch", format!("Invalid value: {:?}: {why}", told(&patch)));
            Refusal::invalid(("", ""), "", vec![cause])
        }
        patch::Kind::Apply { .. } => {
            let config: Value = serde_yaml::from_slice(&request.asked.body).unwrap_or_default();
            let (of, version) = (called(&config, kind), versioned(kind));
            let why = format!("unable to convert unstructured object to {version}: {why}");
            Refusal::new(500, "", format!("failed to convert new object ({of}) to proper version: {why}"))
        }
        _ => unreadable(&object, why),
    };
    let mut typed = object.clone();
    if let Some(kind) = definition(kind) {
        let (own, found) = read(&object, "", kind, words).unwrap_or_else(|_| (object.clone(), Found::default()));
        if let Some(why) = found.wrong {
            return Err(refused(&why));
        }
        typed = own;
        strange.extend(found.strange);
    } else if let Some(schema) = &request.schema {
        strange.extend(custom::prune(schema, &mut typed).map_err(|why| refused(&why))?);
        custom::complete(schema, &mut typed);
    }
    if !is_apply {
        judged(request, strange).map_err(|why| refused(&why))?;
    }
    Ok(typed)
}

/// What is in a patch twice, or in no JSON patch.
fn repeated(request: &Request<'_>, how: patch::Kind) -> Vec<String> {
    const KNOWN: &[&str] = &["op", "path", "from", "value"];
    let Ok((patch, found)) = free(&mut serde_json::Deserializer::from_slice(&request.asked.body)) else {
        return Vec::new();
    };
    if how != patch::Kind::Json {
        return found.strange;
    }
    let mut strange: Vec<String> = found.strange.iter().map(|own| format!("json patch {own}")).collect();
    for (n, operation) in patch.as_array().into_iter().flatten().enumerate() {
        let unknown = operation.as_object().into_iter().flatten().filter(|(key, _)| !KNOWN.contains(&key.as_str()));
        strange.extend(unknown.map(|(key, _)| format!("json patch unknown field \"[{n}].{key}\"")));
    }
    strange
}
