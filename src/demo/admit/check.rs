//! Validation of every kind: the metadata that all have, then what is the kind's own. What is not looked at is taken as it is.

use super::wrong::Wrong;
use super::{changes, containers, names, policies, services, stored, workloads};
use crate::demo::catalog::Resource;
use crate::demo::object::{self, Object, at, items, text};
use crate::demo::patch::keys::Schema;
use crate::demo::refusal::Refusal;

/// Refuses an object that the server would refuse; answers warnings.
pub fn check(resource: &Resource, object: &Object, before: Option<&Object>) -> Result<Vec<String>, Refusal> {
    readable(resource, object)?;
    let mut wrong = Wrong::default();
    metadata(&mut wrong, resource, object, before);
    if Schema::of(&resource.group) == Schema::BuiltIn {
        // Of DaemonSets, what changed is told first.
        let first = &*resource.id == "daemonsets.apps";
        if let Some(before) = before.filter(|_| first) {
            changes::check(&mut wrong, resource, object, before);
        }
        kind(&mut wrong, resource, object);
        if let Some(before) = before.filter(|_| !first) {
            changes::check(&mut wrong, resource, object, before);
        }
    }
    if wrong.causes.is_empty() {
        return Ok(wrong.warnings);
    }
    Err(Refusal::invalid((&resource.group, &resource.kind), object::name(object), wrong.causes))
}

fn kind(wrong: &mut Wrong, resource: &Resource, object: &Object) {
    match &*resource.id {
        "pods" => containers::pod_spec(wrong, at(object, "spec"), "spec"),
        "deployments.apps" => workloads::deployment(wrong, object),
        "replicasets.apps" => workloads::replica_set(wrong, object),
        "statefulsets.apps" => workloads::stateful_set(wrong, object),
        "daemonsets.apps" => workloads::daemon_set(wrong, object),
        "jobs.batch" => workloads::job(wrong, object),
        "cronjobs.batch" => workloads::cron_job(wrong, object),
        "services" => services::check(wrong, object),
        "configmaps" => stored::config_map(wrong, object),
        "secrets" => stored::secret(wrong, object),
        "persistentvolumeclaims" => stored::claim(wrong, at(object, "spec"), "spec"),
        "storageclasses.storage.k8s.io" => stored::class(wrong, object),
        "nodes" => containers::taints(wrong, items(object, "spec/taints")),
        "poddisruptionbudgets.policy" => policies::disruption_budget(wrong, object),
        "horizontalpodautoscalers.autoscaling" => policies::autoscaler(wrong, object),
        "ingresses.networking.k8s.io" => policies::ingress(wrong, object),
        "roles.rbac.authorization.k8s.io" | "clusterroles.rbac.authorization.k8s.io" => policies::role(wrong, object),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            policies::binding(wrong, object);
        }
        _ => (),
    }
}

/// 400 for what can't even be read: quantities and data that are none.
fn readable(resource: &Resource, object: &Object) -> Result<(), Refusal> {
    let why = match &*resource.id {
        "pods" => workloads::unreadable(at(object, "spec")),
        "cronjobs.batch" => workloads::unreadable(at(object, "spec/jobTemplate/spec/template/spec")),
        "deployments.apps" | "replicasets.apps" | "statefulsets.apps" | "daemonsets.apps" | "jobs.batch" => {
            workloads::unreadable(at(object, "spec/template/spec"))
        }
        "persistentvolumeclaims" => workloads::no_quantities(at(object, "spec/resources/requests")),
        "secrets" => stored::unreadable(object),
        "configmaps" => stored::not_texts(object),
        _ => None,
    };
    let Some(why) = why else { return Ok(()) };
    let (kind, version) = (&resource.kind, &resource.version);
    Err(Refusal::bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}")))
}

fn metadata(wrong: &mut Wrong, resource: &Resource, object: &Object, before: Option<&Object>) {
    let name = object::name(object);
    let form = |name: &str| match &*resource.id {
        "namespaces" => names::label(name),
        "services" if name.contains('.') => vec!["must not contain dots".to_owned()],
        "services" => names::label(name),
        _ if resource.group == "rbac.authorization.k8s.io" => names::path_segment(name),
        _ => names::subdomain(name),
    };
    if before.is_none() {
        let generate = text(object, "metadata/generateName");
        if !generate.is_empty() {
            // The made letters come behind it, so it may end as a name may not.
            wrong.all("metadata.generateName", generate, form(&format!("{}a", generate.trim_end_matches('-'))));
        }
        if name.is_empty() {
            wrong.required("metadata.name", "name or generateName is required");
        } else {
            wrong.all("metadata.name", name, form(name));
        }
    }
    names::labels(wrong, at(object, "metadata/labels"), "metadata.labels");
    for (key, _) in object::pairs(object, "metadata/annotations") {
        wrong.all("metadata.annotations", key, names::qualified(&key.to_lowercase()));
    }
    for owner in items(object, "metadata/ownerReferences") {
        let field = |name: &str| format!("metadata.ownerReferences.{name}");
        for (name, why) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if text(owner, name).is_empty() {
                wrong.text(field(name), "", why);
            }
        }
    }
    if resource.group == "apiextensions.k8s.io" || Schema::of(&resource.group) == Schema::Custom {
        return;
    }
    for (n, finalizer) in items(object, "metadata/finalizers").iter().enumerate() {
        let finalizer = finalizer.as_str().unwrap_or_default();
        if !finalizer.contains('/') && !matches!(finalizer, "orphan" | "foregroundDeletion" | "kubernetes") {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            wrong.text(format!("metadata.finalizers[{n}]"), finalizer, why);
        }
    }
}
