//! One pod of a StatefulSet: its identity, its claims, how it comes and goes, and what is said of it
//! (pkg/controller/statefulset/stateful_pod_control.go).

use super::super::super::events::{self, Level};
use super::super::super::object::{self, Object, at, items, put, text};
use super::super::super::world::{Deletion, World, Write};
use super::super::{MANAGER, pods};
use super::{REVISION, SOURCE};
use serde_json::{Value, json};

/// Makes the pod of an ordinal with its claims; whether it is there now.
pub fn create(world: &mut World, set: &Object, revision: &Object, ordinal: i64) -> bool {
    let name = format!("{}-{ordinal}", object::name(set));
    for claim in claims(set, ordinal) {
        if world.get("persistentvolumeclaims", object::namespace(set), object::name(&claim)).is_none() {
            let what = format!("Claim {} Pod {name} in StatefulSet {}", object::name(&claim), object::name(set));
            if world.create("persistentvolumeclaims", claim, Write::by(MANAGER)).is_ok() {
                let message = format!("create {what} success");
                events::record(world, set, Level::Normal, "SuccessfulCreate", &message, SOURCE);
            }
        }
    }
    match world.create("pods", pod(set, revision, ordinal, &name), Write::by(MANAGER)) {
        Ok(_) => {
            let message = format!("create Pod {name} in StatefulSet {} successful", object::name(set));
            events::record(world, set, Level::Normal, "SuccessfulCreate", &message, SOURCE);
            true
        }
        Err(refusal) => {
            let message =
                format!("create Pod {name} in StatefulSet {} failed error: {}", object::name(set), refusal.message);
            events::record(world, set, Level::Warning, "FailedCreate", &message, SOURCE);
            false
        }
    }
}

pub fn delete(world: &mut World, set: &Object, pod: &Object) {
    let name = object::name(pod);
    if world.delete("pods", object::namespace(pod), name, &Deletion::default()).is_ok() {
        let message = format!("delete Pod {name} in StatefulSet {} successful", object::name(set));
        events::record(world, set, Level::Normal, "SuccessfulDelete", &message, SOURCE);
    }
}

/// The pod of an ordinal as the revision's template has it.
fn pod(set: &Object, revision: &Object, ordinal: i64, name: &str) -> Object {
    let mut template = at(revision, "data/spec/template").clone();
    object::remove(&mut template, "$patch");
    let mut pod = pods::from_template(&template, set);
    object::remove(&mut pod, "metadata/generateName");
    put(&mut pod, "metadata/name", name);
    for (label, value) in [
        (REVISION, object::name(revision)),
        ("statefulset.kubernetes.io~1pod-name", name),
        ("apps.kubernetes.io~1pod-index", &ordinal.to_string()),
    ] {
        put(&mut pod, &format!("metadata/labels/{label}"), value);
    }
    put(&mut pod, "spec/hostname", name);
    if !text(set, "spec/serviceName").is_empty() {
        put(&mut pod, "spec/subdomain", text(set, "spec/serviceName"));
    }
    let claims: Vec<Value> = items(set, "spec/volumeClaimTemplates")
        .iter()
        .map(|claim| {
            let volume = object::name(claim);
            json!({"name": volume, "persistentVolumeClaim": {"claimName": format!("{volume}-{name}")}})
        })
        .collect();
    let others =
        items(&pod, "spec/volumes").iter().filter(|own| claims.iter().all(|claim| claim["name"] != own["name"]));
    let volumes: Vec<Value> = claims.iter().chain(others).cloned().collect();
    if !volumes.is_empty() {
        put(&mut pod, "spec/volumes", volumes);
    }
    pod
}

/// The claims of an ordinal.
fn claims(set: &Object, ordinal: i64) -> Vec<Object> {
    let claim = |template: &Value| {
        let mut claim = template.clone();
        let name = format!("{}-{}-{ordinal}", object::name(template), object::name(set));
        put(&mut claim, "metadata/name", name);
        put(&mut claim, "metadata/namespace", object::namespace(set));
        for (key, value) in object::pairs(set, "spec/selector/matchLabels") {
            put(&mut claim, &format!("metadata/labels/{}", key.replace('/', "~1")), value);
        }
        object::remove(&mut claim, "status");
        claim
    };
    items(set, "spec/volumeClaimTemplates").iter().map(claim).collect()
}
