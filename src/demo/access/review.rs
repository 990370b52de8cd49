//! The reviews: may I, may they, what may I, who am I (authorization.k8s.io and authentication.k8s.io).
//!
//! Rules reviews are complete: RBAC is all there is.

use super::rules::{given, verdict, verdict_on_path};
use super::{Ask, User};
use crate::demo::catalog::Resource;
use crate::demo::object::{self, Object, at, items, put, text};
use crate::demo::refusal::{Cause, Refusal};
use crate::demo::world::World;
use serde_json::{Map, Value, json};

/// Answers a review that was posted; `namespace` is the path's.
///
/// # Errors
/// 400 and 422 for what the server would not answer either.
pub fn review(
    world: &World,
    user: &User,
    resource: &Resource,
    namespace: &str,
    mut body: Object,
) -> Result<Object, Refusal> {
    put(&mut body, "apiVersion", resource.api_version());
    put(&mut body, "kind", &*resource.kind);
    object::remove(&mut body, "status");
    object::place(&mut body, "metadata");
    match &*resource.plural {
        "selfsubjectaccessreviews" => access(world, user.clone(), body),
        "subjectaccessreviews" => access(world, subject(&body)?, body),
        "localsubjectaccessreviews" => {
            if text(&body, "spec/resourceAttributes/namespace") != namespace {
                let asked = text(&body, "spec/resourceAttributes/namespace");
                let why = format!("Invalid value: {asked:?}: must match metadata.namespace");
                return Err(invalid("spec.resourceAttributes.namespace", why));
            }
            put(&mut body, "metadata/namespace", namespace);
            access(world, subject(&body)?, body)
        }
        "selfsubjectrulesreviews" => rules(world, user, &body),
        "selfsubjectreviews" => {
            put(&mut body, "metadata/creationTimestamp", object::time(world.now));
            put(&mut body, "status", json!({"userInfo": {"username": user.name, "groups": user.groups}}));
            Ok(body)
        }
        _ => Err(Refusal::no_such_path()),
    }
}

/// The user that a review is about.
fn subject(body: &Object) -> Result<User, Refusal> {
    let groups = items(body, "spec/groups").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let user = User { name: text(body, "spec/user").to_owned(), groups };
    if user.name.is_empty() && user.groups.is_empty() {
        let why = "Invalid value: \"\": at least one of user or group must be specified";
        return Err(invalid("spec.user", why.to_owned()));
    }
    Ok(user)
}

fn invalid(field: &str, message: String) -> Refusal {
    let cause = Cause { reason: "FieldValueInvalid", message, field: field.to_owned() };
    Refusal::invalid(("authorization.k8s.io", ""), "", vec![cause])
}

fn access(world: &World, user: User, mut body: Object) -> Result<Object, Refusal> {
    let (resource, path) = (at(&body, "spec/resourceAttributes"), at(&body, "spec/nonResourceAttributes"));
    let verdict = match (resource.is_object(), path.is_object()) {
        (true, false) => verdict(world, &user, &asked(resource)),
        (false, true) => verdict_on_path(world, &user, text(path, "verb"), text(path, "path")),
        _ => {
            let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            return Err(invalid("spec.resourceAttributes", format!("Invalid value: null: {why}")));
        }
    };
    let mut status = json!({"allowed": verdict.is_allowed});
    if !verdict.reason.is_empty() {
        put(&mut status, "reason", verdict.reason);
    }
    put(&mut body, "status", status);
    Ok(body)
}

fn asked(attributes: &Value) -> Ask<'_> {
    Ask {
        verb: text(attributes, "verb"),
        group: text(attributes, "group"),
        resource: text(attributes, "resource"),
        subresource: text(attributes, "subresource"),
        namespace: text(attributes, "namespace"),
        name: text(attributes, "name"),
    }
}

/// All that the user may in a namespace. The server keeps nothing of what was asked.
fn rules(world: &World, user: &User, body: &Object) -> Result<Object, Refusal> {
    let namespace = text(body, "spec/namespace");
    if namespace.is_empty() {
        return Err(Refusal::bad_request("no namespace on request"));
    }
    let (given, missing) = given(world, user, namespace);
    let (mut resources, mut paths) = (Vec::new(), Vec::new());
    for rule in given.iter().flat_map(|given| &given.rules) {
        if !items(rule, "resources").is_empty() {
            resources.push(only(rule, &["verbs", "apiGroups", "resources", "resourceNames"]));
        }
        if !items(rule, "nonResourceURLs").is_empty() {
            paths.push(only(rule, &["verbs", "nonResourceURLs"]));
        }
    }
    let mut status = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false});
    if !missing.is_empty() {
        put(&mut status, "evaluationError", missing.join(", "));
    }
    Ok(json!({
        "kind": text(body, "kind"), "apiVersion": text(body, "apiVersion"), "metadata": {}, "spec": {}, "status": status,
    }))
}

fn only(rule: &Value, fields: &[&str]) -> Value {
    let own = fields.iter().filter_map(|field| Some(((*field).to_owned(), rule.get(field)?.clone())));
    Value::Object(own.collect::<Map<_, _>>())
}
