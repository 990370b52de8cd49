//! What refers to an object: by its name in a pod template, an ingress, a binding; by the labels of its pods.

use super::{Ask, Asking, Form, Item};
use crate::actions::Given;
use crate::actions::change::Part;
use crate::cluster::papers::Target;
use crate::cluster::watch::TableOf;
use crate::describe::selector;
use crate::text::document::Tone;
use crate::text::fields::{at, list, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whoever has a pod template, owners before what they own; and pods.
const TEMPLATES: &[&str] = &["deployments", "statefulsets", "daemonsets", "cronjobs", "replicasets", "jobs", "pods"];

/// The lists in which references to the object are looked for.
pub(super) fn asks(own: &Asking<'_>) -> Vec<Ask> {
    let what = &own.target.what;
    let mut plurals: Vec<&str> = match (what.group.as_str(), what.plural.as_str()) {
        ("apps", "deployments" | "statefulsets" | "replicasets" | "daemonsets") | ("", "replicationcontrollers") => {
            vec!["services", "poddisruptionbudgets", "horizontalpodautoscalers"]
        }
        ("", "configmaps" | "secrets" | "serviceaccounts" | "persistentvolumeclaims") => TEMPLATES.to_vec(),
        ("", "services") => vec!["ingresses", "statefulsets"],
        ("rbac.authorization.k8s.io", "roles") => vec!["rolebindings"],
        ("rbac.authorization.k8s.io", "clusterroles") => vec!["rolebindings", "clusterrolebindings"],
        ("networking.k8s.io", "ingressclasses") => vec!["ingresses"],
        ("storage.k8s.io", "storageclasses") => vec!["persistentvolumeclaims"],
        _ => Vec::new(),
    };
    plurals.extend(match (what.group.as_str(), what.plural.as_str()) {
        ("", "secrets") => &["ingresses", "serviceaccounts"][..],
        ("", "serviceaccounts") => &["rolebindings", "clusterrolebindings"],
        ("apps", "statefulsets") => &["persistentvolumeclaims"],
        _ => &[],
    });
    let mut asks = own.lists(&plurals, Form::Whole);
    let volume = text(own.object, "/spec/volumeName");
    if what.plural == "persistentvolumeclaims" && !volume.is_empty() {
        let select = Some(("fieldSelector", format!("metadata.name={volume}")));
        asks.extend(own.list("persistentvolumes", Form::Whole).map(|ask| Ask { select, ..ask }));
    }
    asks
}

/// What refers to the target. What is controlled by something that is listed already is not.
pub(super) fn of(given: &Given<'_>) -> Vec<Part> {
    let mut listed = BTreeSet::new();
    let (mut parts, mut pods) = (Vec::new(), BTreeMap::new());
    for item in Item::all(given.related) {
        let namespace = text(item.object, "/metadata/namespace");
        let is_elsewhere =
            given.target.namespace.as_deref().is_some_and(|own| !namespace.is_empty() && own != namespace);
        let Some(says) = says(given.target, given.object, &item).filter(|_| !is_elsewhere) else { continue };
        listed.insert(item.uid());
        if item.owners().any(|owner| listed.contains(text(owner, "/uid"))) {
            continue;
        }
        match item.owners().next() {
            Some(owner) if item.what.plural == "pods" => {
                pods.entry(text(owner, "/uid")).or_insert((owner, 0usize)).1 += 1
            }
            _ => parts.push(item.part(says.0, says.1)),
        }
    }
    let owners = pods.into_values().map(|(owner, pods)| of_owner(given.target, owner, pods));
    parts.extend(owners);
    parts
}

/// What pods have by admission stands in no template: their owner is told of, and how many they are.
fn of_owner(target: &Target, owner: &Value, pods: usize) -> Part {
    let kind = text(owner, "/kind");
    let what = TableOf::known(kind).unwrap_or_else(|| TableOf { kind: kind.into(), ..TableOf::default() });
    let target = Target { what, namespace: target.namespace.clone(), name: text(owner, "/name").into() };
    let says = if pods == 1 { "! its pod uses it".to_owned() } else { format!("! its {pods} pods use it") };
    Part { target, uid: text(owner, "/uid").into(), does: None, says, tone: Tone::Wrong }
}

/// Who is touched by another number of replicas, and how: an autoscaler that takes it back, a budget that wants more, a service
/// that has nobody left.
pub fn depending(given: &Given<'_>, wanted: i64) -> Vec<String> {
    let own = text(given.object, "/metadata/namespace");
    let near = Item::all(given.related).filter(|item| text(item.object, "/metadata/namespace") == own);
    near.filter_map(|item| depends(given, &item, wanted)).collect()
}

fn depends(given: &Given<'_>, item: &Item<'_>, wanted: i64) -> Option<String> {
    says(given.target, given.object, item)?;
    let (object, name) = (item.object, item.name());
    let number = |path: &str| at(object, path).as_i64();
    match item.what.plural.as_str() {
        "horizontalpodautoscalers" => {
            let (least, most) = (number("/spec/minReplicas").unwrap_or(1), number("/spec/maxReplicas").unwrap_or(1));
            Some(format!("hpa/{name} keeps {least} to {most} replicas and will take this back"))
        }
        "poddisruptionbudgets" => {
            let needed = number("/spec/minAvailable").filter(|needed| *needed > wanted)?;
            Some(format!("pdb/{name} wants {needed} healthy, and nothing keeps it: budgets hold up evictions alone"))
        }
        "services" if wanted == 0 => Some(format!("service/{name} will have nobody to send to")),
        _ => None,
    }
}

/// How an item refers to the target, and how much that matters.
pub(super) fn says(target: &Target, own: &Value, item: &Item<'_>) -> Option<(String, Tone)> {
    let object = item.object;
    let wrong = |is: bool, says: &str| is.then(|| (format!("! {says}"), Tone::Wrong));
    let told = |is: bool, says: &str| is.then(|| (format!("· {says}"), Tone::Dim));
    let labels = template_labels(own);
    match (item.what.plural.as_str(), target.what.plural.as_str()) {
        ("replicasets", "configmaps" | "secrets" | "serviceaccounts" | "persistentvolumeclaims") => {
            let is_former = item.owners().next().is_some();
            wrong(uses(target, pod_spec(item)), if is_former { "a former revision uses it" } else { "uses it" })
        }
        ("ingresses", "secrets") => wrong(named(object, "/spec/tls", "/secretName", &target.name), "serves with it"),
        ("ingresses", "services") => {
            wrong(refers(at(object, "/spec"), "service", "name", &target.name), "routes to it")
        }
        ("ingresses", "ingressclasses") => {
            wrong(text(object, "/spec/ingressClassName") == target.name, "is of this class")
        }
        ("serviceaccounts", "secrets") => {
            let has = |path: &str| named(object, path, "/name", &target.name);
            wrong(has("/secrets") || has("/imagePullSecrets"), "has it")
        }
        ("rolebindings" | "clusterrolebindings", "serviceaccounts") => {
            told(list(object, "/subjects").iter().any(|subject| is_subject(subject, target)), "gives it rights")
        }
        ("rolebindings" | "clusterrolebindings", _) => {
            let role = at(object, "/roleRef");
            wrong(text(role, "/kind") == target.what.kind && text(role, "/name") == target.name, "gives its rights")
        }
        ("services", _) => wrong(sends(object, labels), "sends to its pods"),
        ("poddisruptionbudgets", _) => told(selector::takes(at(object, "/spec/selector"), labels), "guards its pods"),
        ("horizontalpodautoscalers", _) => {
            let of = at(object, "/spec/scaleTargetRef");
            wrong(text(of, "/kind") == target.what.kind && text(of, "/name") == target.name, "scales it")
        }
        ("statefulsets", "services") => wrong(text(object, "/spec/serviceName") == target.name, "names its pods by it"),
        ("persistentvolumeclaims", "storageclasses") => {
            told(text(object, "/spec/storageClassName") == target.name, "is of this class")
        }
        ("persistentvolumeclaims", _) => {
            let stays = item.owners().next().is_none() && is_claim_of(item.name(), target, own);
            told(stays, "stays, with its data")
        }
        ("persistentvolumes", "persistentvolumeclaims") if item.name() == text(own, "/spec/volumeName") => {
            match text(object, "/spec/persistentVolumeReclaimPolicy") {
                "Delete" => wrong(true, "is deleted, too, with all its data (reclaim policy Delete)"),
                policy => told(true, &format!("stays (reclaim policy {policy})")),
            }
        }
        _ => wrong(uses(target, pod_spec(item)), "uses it"),
    }
}

/// The spec of its pods; nothing for what has none.
fn pod_spec<'a>(item: &Item<'a>) -> &'a Value {
    match item.what.plural.as_str() {
        "pods" => at(item.object, "/spec"),
        "cronjobs" => at(item.object, "/spec/jobTemplate/spec/template/spec"),
        _ => at(item.object, "/spec/template/spec"),
    }
}

fn template_labels(object: &Value) -> &Value {
    at(object, "/spec/template/metadata/labels")
}

/// Whether a pod's spec names a ConfigMap, Secret, ServiceAccount or claim (podutils' visitors in pkg/api/v1/pod/util.go).
fn uses(target: &Target, spec: &Value) -> bool {
    let name = target.name.as_str();
    match target.what.plural.as_str() {
        "configmaps" => {
            ["configMap", "configMapRef", "configMapKeyRef"].iter().any(|key| refers(spec, key, "name", name))
        }
        "secrets" => {
            let fields =
                [("secret", "secretName"), ("secret", "name"), ("secretRef", "name"), ("secretKeyRef", "name")];
            named(spec, "/imagePullSecrets", "/name", name)
                || fields.iter().any(|(key, field)| refers(spec, key, field, name))
        }
        "persistentvolumeclaims" => refers(spec, "persistentVolumeClaim", "claimName", name),
        "serviceaccounts" if spec.is_object() => {
            let own = text(spec, "/serviceAccountName");
            own == name || (own.is_empty() && name == "default")
        }
        _ => false,
    }
}

/// Whether somewhere below there is an object `key` whose `field` is this name.
fn refers(value: &Value, key: &str, field: &str, name: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| refers(item, key, field, name)),
        Value::Object(fields) => fields.iter().any(|(own, below)| {
            (own == key && below.get(field).and_then(Value::as_str) == Some(name)) || refers(below, key, field, name)
        }),
        _ => false,
    }
}

/// Whether a list has an item whose field is this name.
fn named(value: &Value, path: &str, field: &str, name: &str) -> bool {
    list(value, path).iter().any(|item| text(item, field) == name)
}

fn is_subject(subject: &Value, target: &Target) -> bool {
    text(subject, "/kind") == "ServiceAccount"
        && text(subject, "/name") == target.name
        && Some(text(subject, "/namespace")) == target.namespace.as_deref()
}

/// Whether a service has a selector that takes these labels.
fn sends(service: &Value, labels: &Value) -> bool {
    let Some(wanted) = at(service, "/spec/selector").as_object().filter(|wanted| !wanted.is_empty()) else {
        return false;
    };
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// `data-web-0`: the template's name, the set's, and the pod's number.
fn is_claim_of(claim: &str, target: &Target, set: &Value) -> bool {
    let templates = list(set, "/spec/volumeClaimTemplates").iter();
    templates.map(|template| format!("{}-{}-", text(template, "/metadata/name"), target.name)).any(|start| {
        claim
            .strip_prefix(&start)
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Kin;
    use super::*;
    use crate::actions::tests::target;
    use serde_json::json;

    fn said(target: &Target, object: &Value, related: &[Value]) -> Vec<String> {
        let kin = Kin::of(&Given { target, object, related, now: 0 });
        let line = |part: &Part| format!("{}/{} {}", part.target.what.kind.to_lowercase(), part.target.name, part.says);
        kin.uses.iter().map(line).collect()
    }

    fn item(name: &str, owner: Option<&str>, spec: Value) -> Value {
        let owners: Vec<Value> =
            owner.map(|uid| json!({"uid": uid, "kind": "Rollout", "name": uid})).into_iter().collect();
        json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "ownerReferences": owners}, "spec": spec})
    }

    #[test]
    fn a_configmap_is_used_by_workloads_and_by_former_revisions() {
        let spec = |name: &str| json!({"containers": [{"envFrom": [{"configMapRef": {"name": name}}]}]});
        let template = |name: &str| json!({"template": {"spec": spec(name)}});
        let related = [
            json!({"kind": "DeploymentList", "items": [item("web", None, template("web")), item("api", None, template("new"))]}),
            json!({"kind": "ReplicaSetList", "items": [item("web-1", Some("web"), template("web")), item("api-1", Some("api"), template("web"))]}),
            json!({"kind": "PodList", "items": [item("web-1-a", Some("web-1"), spec("web")), item("x-a", Some("x"), spec("web")), item("x-b", Some("x"), spec("web")), item("bare", None, json!({"volumes": [{"configMap": {"name": "web"}}]}))]}),
        ];
        let told = said(&target("", "configmaps", "ConfigMap"), &Value::Null, &related);
        assert_eq!(
            told,
            [
                "deployment/web ! uses it",
                "replicaset/api-1 ! a former revision uses it",
                "pod/bare ! uses it",
                "rollout/x ! its 2 pods use it"
            ]
        );
    }

    #[test]
    fn another_count_touches_autoscalers_budgets_and_services() {
        let target = target("apps", "deployments", "Deployment");
        let object =
            json!({"metadata": {"namespace": "shop"}, "spec": {"template": {"metadata": {"labels": {"app": "web"}}}}});
        let related = [
            json!({"kind": "ServiceList", "items": [item("door", None, json!({"selector": {"app": "web"}}))]}),
            json!({"kind": "PodDisruptionBudgetList", "items": [item("two", None, json!({"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}})),
                item("half", None, json!({"minAvailable": "50%", "selector": {}}))]}),
            json!({"kind": "HorizontalPodAutoscalerList", "items": [item("auto", None, json!({"maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}))]}),
        ];
        let given = Given { target: &target, object: &object, related: &related, now: 0 };
        let to = |count| {
            depending(&given, count).iter().map(|said| said.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(to(3), ["hpa/auto"]);
        assert_eq!(to(0), ["service/door", "pdb/two", "hpa/auto"]);
    }

    #[test]
    fn secrets_accounts_and_claims_are_found_where_pods_name_them() {
        let related = [json!({"kind": "PodList", "items": [
            item("a", None, json!({"imagePullSecrets": [{"name": "web"}], "serviceAccountName": "web"})),
            item("b", None, json!({"volumes": [{"secret": {"secretName": "web"}}, {"persistentVolumeClaim": {"claimName": "web"}}]})),
            item("c", None, json!({"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "web"}}}]}], "volumes": [{"configMap": {"name": "web"}}]})),
        ]})];
        let of = |plural, kind| said(&target("", plural, kind), &Value::Null, &related);
        assert_eq!(of("secrets", "Secret"), ["pod/a ! uses it", "pod/b ! uses it", "pod/c ! uses it"]);
        assert_eq!(of("serviceaccounts", "ServiceAccount"), ["pod/a ! uses it"]);
        assert_eq!(of("persistentvolumeclaims", "PersistentVolumeClaim"), ["pod/b ! uses it"]);
        assert_eq!(of("configmaps", "ConfigMap"), ["pod/c ! uses it"]);
    }

    #[test]
    fn a_workload_is_referred_to_by_services_budgets_and_autoscalers() {
        let set = json!({"metadata": {"uid": "u"}, "spec": {"template": {"metadata": {"labels": {"app": "web", "tier": "a"}}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}});
        let related = [
            json!({"kind": "ServiceList", "items": [item("web", None, json!({"selector": {"app": "web"}})), item("none", None, json!({})), item("api", None, json!({"selector": {"app": "api"}}))]}),
            json!({"kind": "PodDisruptionBudgetList", "items": [item("web", None, json!({"selector": {"matchLabels": {"tier": "a"}}}))]}),
            json!({"kind": "HorizontalPodAutoscalerList", "items": [item("web", None, json!({"scaleTargetRef": {"kind": "StatefulSet", "name": "web"}}))]}),
            json!({"kind": "PersistentVolumeClaimList", "items": [item("data-web-0", None, json!({})), item("data-web-x", None, json!({})), item("data-web-1", Some("u"), json!({}))]}),
        ];
        let told = said(&target("apps", "statefulsets", "StatefulSet"), &set, &related);
        assert_eq!(
            told,
            [
                "service/web ! sends to its pods",
                "poddisruptionbudget/web · guards its pods",
                "horizontalpodautoscaler/web ! scales it",
                "persistentvolumeclaim/data-web-0 · stays, with its data"
            ]
        );
    }

    #[test]
    fn ingresses_bindings_and_volumes_refer() {
        let ingress = json!({"kind": "IngressList", "items": [item("shop", None, json!({"tls": [{"secretName": "web"}],
            "rules": [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]}))]});
        let only = std::slice::from_ref(&ingress);
        assert_eq!(said(&target("", "services", "Service"), &Value::Null, only), ["ingress/shop ! routes to it"]);
        assert_eq!(said(&target("", "secrets", "Secret"), &Value::Null, only), ["ingress/shop ! serves with it"]);
        let binding = |name: &str, value: Value| {
            let mut item = item(name, None, Value::Null);
            item.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
            json!({"kind": "RoleBindingList", "items": [item]})
        };
        let role = binding("r", json!({"roleRef": {"kind": "Role", "name": "web"}}));
        assert_eq!(
            said(&target("rbac.authorization.k8s.io", "roles", "Role"), &Value::Null, &[role]),
            ["rolebinding/r ! gives its rights"]
        );
        let subject =
            binding("s", json!({"subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]}));
        assert_eq!(
            said(&target("", "serviceaccounts", "ServiceAccount"), &Value::Null, &[subject]),
            ["rolebinding/s · gives it rights"]
        );
        let claim = json!({"spec": {"volumeName": "pv-1"}});
        let volume = json!({"kind": "PersistentVolumeList", "items": [{"metadata": {"name": "pv-1"}, "spec": {"persistentVolumeReclaimPolicy": "Delete"}}]});
        assert_eq!(
            said(&target("", "persistentvolumeclaims", "PersistentVolumeClaim"), &claim, &[volume]),
            ["persistentvolume/pv-1 ! is deleted, too, with all its data (reclaim policy Delete)"]
        );
    }
}
