//! What every write goes through before it is kept: the server's defaults, admission, validation; messages are the real server's.
//!
//! It knows the built-in kinds by name; custom ones have only their metadata looked at. It does not ask who writes.

pub mod changes;
pub mod check;
pub mod containers;
pub mod defaults;
pub mod names;
pub mod pods;
pub mod policies;
pub mod quantity;
pub mod quota;
pub mod services;
pub mod stored;
pub mod workloads;
pub mod wrong;

use super::catalog::Resource;
use super::object::{self, Object, at, put, text};
use super::refusal::Refusal;
use super::world::World;
use serde_json::{Value, json};

/// Adds what the server adds to an object that is about to be kept, and checks it; answers warnings. Its defaults are there already
/// ([`defaults::complete`]): what they say belongs to the writer, what is added here to nobody.
pub fn admit(
    world: &World,
    resource: &Resource,
    object: &mut Object,
    before: Option<&Object>,
    subresource: &str,
) -> Result<Vec<String>, Refusal> {
    if subresource == "status" {
        return Ok(Vec::new());
    }
    match before {
        None => create(world, resource, object)?,
        Some(before) => update(world, resource, object, before, subresource),
    }
    let warnings = check::check(resource, object, before)?;
    if before.is_none() {
        quota::check(world, resource, object)?;
    }
    Ok(warnings)
}

/// What a user who creates an object can't say: who it is, and how it fares. The request is refused if it says a version.
pub fn as_new(resource: &Resource, object: &mut Object) -> Result<(), Refusal> {
    if !text(object, "metadata/resourceVersion").is_empty() {
        return Err(Refusal::bad_request("resourceVersion should not be set on objects to be created"));
    }
    for own in
        ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields"]
    {
        object::remove(object, &format!("metadata/{own}"));
    }
    if resource.has("status") && &*resource.id != "nodes" {
        object::remove(object, "status");
    }
    Ok(())
}

fn create(world: &World, resource: &Resource, object: &mut Object) -> Result<(), Refusal> {
    defaults::status(resource, object);
    match &*resource.id {
        "pods" => pods::begin(world, object)?,
        "services" => services::allocate(world, object),
        "jobs.batch" => own_pods(object),
        "namespaces" => default(object, "spec/finalizers", json!(["kubernetes"])),
        "persistentvolumeclaims" => {
            add_finalizer(object, "kubernetes.io/pvc-protection");
            if at(object, "spec/storageClassName").is_null() {
                storage_class(world, object);
            }
        }
        "persistentvolumes" => {
            add_finalizer(object, "kubernetes.io/pv-protection");
            default(object, "status/lastPhaseTransitionTime", object::time(world.now));
        }
        _ => (),
    }
    Ok(())
}

fn update(world: &World, resource: &Resource, object: &mut Object, before: &Object, subresource: &str) {
    match &*resource.id {
        "services" => {
            services::keep(before, object);
            services::allocate(world, object);
        }
        "pods" => pods::tolerate(object),
        "namespaces" if subresource != "finalize" => {
            let finalizers = at(before, "spec/finalizers").clone();
            if !finalizers.is_null() {
                default(object, "spec/finalizers", finalizers);
            }
        }
        _ => (),
    }
}

/// A job's pods are told by the job's uid (registry/batch/job: generateSelector).
fn own_pods(object: &mut Object) {
    if object::flag(object, "spec/manualSelector") {
        return;
    }
    let (uid, name) = (object::uid(object).to_owned(), object::name(object).to_owned());
    let labels = [
        ("batch.kubernetes.io~1controller-uid", &uid),
        ("batch.kubernetes.io~1job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ];
    for (key, value) in labels {
        put(object, &format!("spec/template/metadata/labels/{key}"), value.as_str());
    }
    put(object, "spec/selector/matchLabels/batch.kubernetes.io~1controller-uid", uid);
    let labels = at(object, "spec/template/metadata/labels").clone();
    let own = at(object, "metadata/labels");
    if own.is_null() {
        put(object, "metadata/labels", labels);
    } else {
        for (key, value) in labels.as_object().into_iter().flatten() {
            default(object, &format!("metadata/labels/{}", key.replace('/', "~1")), value.clone());
        }
    }
}

fn storage_class(world: &World, object: &mut Object) {
    let classes = world.list("storageclasses.storage.k8s.io", None);
    let is_default =
        |class: &&Object| object::annotation(class, "storageclass.kubernetes.io/is-default-class") == "true";
    if let Some(class) = classes.iter().find(is_default) {
        put(object, "spec/storageClassName", object::name(class));
    }
}

fn add_finalizer(object: &mut Object, finalizer: &str) {
    let mut finalizers = object::items(object, "metadata/finalizers").to_vec();
    if !finalizers.iter().any(|own| own == finalizer) {
        finalizers.push(json!(finalizer));
        put(object, "metadata/finalizers", finalizers);
    }
}

/// Puts a value where there is none.
fn default(object: &mut Value, path: &str, value: impl Into<Value>) {
    if at(object, path).is_null() {
        put(object, path, value);
    }
}

/// Puts a text where there is none or an empty one.
fn text_default(object: &mut Value, path: &str, value: &str) {
    if at(object, path).is_null() || *at(object, path) == "" {
        put(object, path, value);
    }
}

/// Does something to each item of a list.
fn each(object: &mut Value, path: &str, change: impl FnMut(&mut Value)) {
    if !object::items(object, path).is_empty()
        && let Some(items) = object::place(object, path).as_array_mut()
    {
        items.iter_mut().for_each(change);
    }
}

/// FNV-1a: the same text is the same number in every build.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
