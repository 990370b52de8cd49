//! Writing: create, update and patch, of objects and of their status.
//!
//! What may be written, and what becomes of it, is the world's and its admission's business; here a request becomes an object and a manner of
//! writing.

use super::body::{self, Kind};
use super::query::{bad, cause};
use super::{Request, Response, read, strict};
use crate::demo::access;
use crate::demo::catalog::{Resource, Verbs};
use crate::demo::object::{self, Object, put, text};
use crate::demo::patch::{self, Force};
use crate::demo::refusal::{Cause, Refusal};
use crate::demo::world::{World, Write};
use serde_json::{Value, json};

/// What may only be updated by who says which version it has seen, besides custom resources.
const CONDITIONAL: &[&str] = &["poddisruptionbudgets.policy", "customresourcedefinitions.apiextensions.k8s.io"];

/// POST of a new object, or of a review, which is answered and not kept.
pub fn create(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let resource = &request.target.resource;
    let dry = request.query.dry("CreateOptions")?;
    let mut object = body::object(request, Kind::of(resource))?;
    if resource.verbs == Verbs::Create {
        let review = access::review(world, request.user, resource, request.target.namespace(), object)?;
        return Ok(Response::json(201, &review, request.form.layout));
    }
    body::place(request, &mut object)?;
    strict::valid(request, &object)?;
    if !text(&object, "metadata/resourceVersion").is_empty() {
        return Err(Refusal::new(500, "", "resourceVersion should not be set on objects to be created"));
    }
    let manager = manager(request)?;
    let created = new(world, request, object, Write { manager: &manager, subresource: "", dry })?;
    answered(world, request, 201, created)
}

/// Creates an object, by POST or by an apply of what is not there.
fn new(world: &mut World, request: &Request<'_>, mut object: Object, write: Write<'_>) -> Result<Object, Refusal> {
    let resource = &request.target.resource;
    if object::name(&object).is_empty() && text(&object, "metadata/generateName").is_empty() {
        let message = "Required value: name or generateName is required";
        let cause =
            Cause { reason: "FieldValueRequired", message: message.to_owned(), field: "metadata.name".to_owned() };
        return Err(Refusal::invalid((&resource.group, &resource.kind), "", vec![cause]));
    }
    namespace(world, resource, &object)?;
    for own in ["metadata/selfLink", "metadata/deletionTimestamp", "metadata/deletionGracePeriodSeconds"] {
        object::remove(&mut object, own);
    }
    // A node comes with the status that its kubelet knows (registry/core/node).
    if resource.has("status") && &*resource.id != "nodes" {
        object::remove(&mut object, "status");
    }
    world.create(&resource.id, object, write)
}

/// Whether something may be created in its namespace (the NamespaceLifecycle admission).
fn namespace(world: &World, resource: &Resource, new: &Object) -> Result<(), Refusal> {
    if !resource.namespaced {
        return Ok(());
    }
    let name = object::namespace(new);
    let Some(namespace) = world.get("namespaces", "", name) else {
        return Err(Refusal::not_found(("", "namespaces"), name));
    };
    if !object::is_deleted(&namespace) {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {name} because it is being terminated");
    let mut refusal = Refusal::forbidden(resource.of(), object::name(new), why);
    let message = format!("namespace {name} is being terminated");
    put(
        &mut refusal.details,
        "causes",
        json!([{"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}]),
    );
    Err(refusal)
}

/// PUT over what is there.
pub fn update(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let resource = &request.target.resource;
    let dry = request.query.dry("UpdateOptions")?;
    let mut object = body::object(request, Kind::of(resource))?;
    body::place(request, &mut object)?;
    let before = there(world, request)?;
    preconditions(world, request, &before, &object)?;
    strict::valid(request, &object)?;
    let manager = manager(request)?;
    let write = Write { manager: &manager, subresource: &request.target.subresource, dry };
    let updated = world.update(&resource.id, object, write)?;
    answered(world, request, 200, updated)
}

/// What was written, with what admission had to say of it.
fn answered(world: &mut World, request: &Request<'_>, code: u16, object: Object) -> Result<Response, Refusal> {
    let warnings = std::mem::take(&mut world.warnings);
    let mut response = read::shown(world, request, code, object)?;
    response.headers.extend(warnings.into_iter().map(super::warning));
    Ok(response)
}

/// The object that a path names.
pub fn there(world: &World, request: &Request<'_>) -> Result<Object, Refusal> {
    let target = request.target;
    let found = world.get(&target.resource.id, target.namespace(), target.name());
    found.ok_or_else(|| Refusal::not_found(target.resource.of(), target.name()))
}

fn preconditions(world: &World, request: &Request<'_>, before: &Object, object: &Object) -> Result<(), Refusal> {
    let resource = &request.target.resource;
    let name = request.target.name();
    let (asked, own) = (object::uid(object), object::uid(before));
    if !asked.is_empty() && asked != own {
        let why = format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {own}");
        return Err(Refusal::conflict(resource.of(), name, why));
    }
    let conditional = read::is_custom(world, resource) || CONDITIONAL.contains(&&*resource.id);
    if conditional && text(object, "metadata/resourceVersion").is_empty() {
        let message = "Invalid value: 0: must be specified for an update";
        let cause = cause("FieldValueInvalid", "metadata.resourceVersion", message);
        return Err(Refusal::invalid((&resource.group, &resource.kind), name, vec![cause]));
    }
    Ok(())
}

/// PATCH of what is there; an apply creates what is not.
pub fn patch(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let target = request.target;
    let resource = &target.resource;
    let (kind, manager) = patching(request)?;
    let dry = request.query.dry("PatchOptions")?;
    let before = world.get(&resource.id, target.namespace(), target.name());
    let is_apply = matches!(kind, patch::Kind::Apply { .. });
    if before.is_none() && (!is_apply || !target.subresource.is_empty()) {
        return Err(Refusal::not_found(resource.of(), target.name()));
    }
    if is_apply {
        strict::applying(request, Kind::of(resource))?;
    }
    let object = patch::patched(kind, before.as_ref(), &request.asked.body, resource, &manager, world.now)?;
    let mut object = strict::patched(request, kind, Kind::of(resource), object)?;
    body::place(request, &mut object)?;
    strict::valid(request, &object)?;
    let write = Write { manager: &manager, subresource: &target.subresource, dry };
    if before.is_none() {
        access::may(world, request.user, &super::ask(target, "create"))?;
        put(&mut object, "apiVersion", resource.api_version());
        put(&mut object, "kind", &*resource.kind);
        let created = new(world, request, object, write)?;
        return answered(world, request, 201, created);
    }
    let updated = world.update(&resource.id, object, write)?;
    answered(world, request, 200, updated)
}

/// How a request patches, and in whose name.
pub fn patching(request: &Request<'_>) -> Result<(patch::Kind, String), Refusal> {
    let Some(mut kind) = patch::Kind::of(body::media(&request.asked.headers.content_type)) else {
        return Err(Refusal::new(415, "UnsupportedMediaType", "415: Unsupported Media Type"));
    };
    let force = request.query.flag("force");
    if let patch::Kind::Apply { force: own } = &mut kind {
        *own = if force { Force::Yes } else { Force::No };
        if request.query.get("fieldManager").is_none() {
            let cause = cause("FieldValueRequired", "fieldManager", "Required value: is required for apply patch");
            return Err(bad("PatchOptions", vec![cause]));
        }
    } else if request.query.has("force") {
        let message = "Forbidden: may not be specified for non-apply patch";
        return Err(bad("PatchOptions", vec![cause("FieldValueForbidden", "force", message)]));
    }
    Ok((kind, manager(request)?))
}

/// In whose name a request writes: `fieldManager`, else the client's name (apiserver's managerOrUserAgent).
pub fn manager(request: &Request<'_>) -> Result<String, Refusal> {
    if let Some(named) = request.query.get("fieldManager") {
        if named.chars().count() > 128 {
            let message = format!("Too long: may not be more than 128 bytes: {named:?}");
            return Err(bad("CreateOptions", vec![cause("FieldValueTooLong", "fieldManager", message)]));
        }
        return Ok(named.to_owned());
    }
    let agent = request.asked.headers.user_agent.split('/').next().unwrap_or_default();
    Ok(agent.chars().filter(|c| !c.is_control()).take(128).collect())
}

/// The success that says no more than that.
pub fn success(details: Value) -> Value {
    let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    if !details.is_null() {
        put(&mut status, "details", details);
    }
    status
}
