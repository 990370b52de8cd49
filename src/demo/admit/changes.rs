//! What may not be changed once it is there. Where the real server shows a difference of its own structs behind its first line, that is left out.

use super::wrong::Wrong;
use crate::demo::catalog::Resource;
use crate::demo::object::{self, Object, at, flag, items, put, text};
use crate::demo::refusal::Cause;
use serde_json::Value;

const IMMUTABLE: &str = "field is immutable";

pub fn check(wrong: &mut Wrong, resource: &Resource, object: &Object, before: &Object) {
    match &*resource.id {
        "pods" => pod(wrong, object, before),
        "deployments.apps" | "replicasets.apps" | "daemonsets.apps" => same(wrong, object, before, "spec/selector"),
        "statefulsets.apps" => stateful_set(wrong, object, before),
        "jobs.batch" => {
            for path in ["spec/completions", "spec/selector", "spec/template", "spec/completionMode"] {
                let elastic = path == "spec/completions" && text(object, "spec/completionMode") == "Indexed";
                if !(elastic || path == "spec/template" && flag(before, "spec/suspend")) {
                    same(wrong, object, before, path);
                }
            }
        }
        "services" => {
            let (was, is) = (at(before, "spec/clusterIPs"), at(object, "spec/clusterIPs"));
            let kept = text(before, "spec/type") != "ExternalName" && text(object, "spec/type") != "ExternalName";
            let changed = at(before, "spec/clusterIP") != at(object, "spec/clusterIP");
            if kept && !was.is_null() && changed {
                let value =
                    if was == is { Value::Array(vec![at(object, "spec/clusterIP").clone()]) } else { is.clone() };
                wrong.invalid("spec.clusterIPs[0]", &value, "may not change once set");
            }
        }
        "configmaps" => sealed(wrong, object, before, &["data", "binaryData"]),
        "secrets" => {
            same(wrong, object, before, "type");
            sealed(wrong, object, before, &["data"]);
        }
        "persistentvolumeclaims" => claim(wrong, object, before),
        "storageclasses.storage.k8s.io" => {
            for path in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                same(wrong, object, before, path);
            }
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            let role = at(object, "roleRef");
            if role != at(before, "roleRef") {
                let (group, kind, name) = (text(role, "apiGroup"), text(role, "kind"), text(role, "name"));
                wrong.causes.push(Cause {
                    reason: "FieldValueInvalid",
                    message: format!(
                        r#"Invalid value: {{"APIGroup":{group:?},"Kind":{kind:?},"Name":{name:?}}}: cannot change roleRef"#
                    ),
                    field: "roleRef".to_owned(),
                });
            }
        }
        _ => (),
    }
}

fn same(wrong: &mut Wrong, object: &Object, before: &Object, path: &str) {
    if at(object, path) != at(before, path) {
        wrong.invalid(path.replace('/', "."), at(object, path), IMMUTABLE);
    }
}

fn sealed(wrong: &mut Wrong, object: &Object, before: &Object, fields: &[&str]) {
    const WHY: &str = "field is immutable when `immutable` is set";
    if !flag(before, "immutable") {
        return;
    }
    if !flag(object, "immutable") {
        wrong.forbidden("immutable", WHY);
    }
    for field in fields.iter().filter(|field| at(object, field) != at(before, field)) {
        wrong.forbidden(field, WHY);
    }
}

/// What is left of a spec when the fields that may change are as before.
fn differs(object: &Object, before: &Object, may_change: &[&str]) -> bool {
    let (mut new, mut old) = (at(object, "spec").clone(), at(before, "spec").clone());
    for path in may_change {
        object::remove(&mut new, path);
        object::remove(&mut old, path);
    }
    new != old
}

fn pod(wrong: &mut Wrong, object: &Object, before: &Object) {
    const WHY: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
    for list in ["containers", "initContainers"] {
        let path = format!("spec/{list}");
        if items(object, &path).len() != items(before, &path).len() {
            wrong.forbidden(format!("spec.{list}"), "pod updates may not add or remove containers");
            return;
        }
    }
    let mut old = before.clone();
    for list in ["spec/containers", "spec/initContainers"] {
        let images: Vec<Value> = items(object, list).iter().map(|own| at(own, "image").clone()).collect();
        for (n, image) in images.into_iter().enumerate() {
            put(&mut old, &format!("{list}/{n}/image"), image);
        }
    }
    // The scheduler binds, and gates fall; neither is a user's change.
    let mut may = vec!["activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers"];
    if text(before, "spec/nodeName").is_empty() {
        may.push("nodeName");
    }
    if differs(object, &old, &may) {
        wrong.forbidden("spec", WHY);
    }
    let gone = |own: &&Value| !items(object, "spec/tolerations").contains(own);
    if items(before, "spec/tolerations").iter().any(|own| gone(&own)) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        wrong.forbidden("spec.tolerations", why);
    }
}

fn stateful_set(wrong: &mut Wrong, object: &Object, before: &Object) {
    const MAY: &[&str] = &[
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    if differs(object, before, MAY) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        wrong.forbidden("spec", why);
    }
}

fn claim(wrong: &mut Wrong, object: &Object, before: &Object) {
    let bound = text(before, "status/phase") == "Bound";
    let mut may = vec!["volumeName", "volumeAttributesClassName"];
    if bound {
        may.push("resources");
    } else {
        may.push("storageClassName");
    }
    if differs(object, before, &may) {
        let why =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        wrong.forbidden("spec", why);
    }
    let storage = |object: &Object| super::quantity::Quantity::of(at(object, "spec/resources/requests/storage"));
    let (was, is) = (storage(before), storage(object));
    if bound && was.zip(is).is_some_and(|(was, is)| is.nanos < was.nanos) {
        wrong.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
}
