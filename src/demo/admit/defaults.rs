//! What the server fills in when it reads an object (the `defaults.go` of k8s.io/kubernetes/pkg/apis): whoever writes the object owns it.

use super::{default, each, pods, text_default};
use crate::demo::catalog::Resource;
use crate::demo::object::{self, Object, at, items, number, place, put, text};
use crate::demo::patch::keys::Schema;
use base64::Engine;
use serde_json::{Value, json};

/// Completes an object. It changes nothing when done again.
pub fn complete(resource: &Resource, object: &mut Object) {
    if Schema::of(&resource.group) == Schema::Custom {
        return;
    }
    tidy(object, "");
    match &*resource.id {
        "pods" => {
            pods::template(place(object, "spec"));
            pods::pod(object);
        }
        "deployments.apps" => deployment(object),
        "replicasets.apps" => {
            default(object, "spec/replicas", 1);
            template(object, "spec/template");
        }
        "statefulsets.apps" => stateful_set(object),
        "daemonsets.apps" => daemon_set(object),
        "jobs.batch" => job(object),
        "cronjobs.batch" => cron_job(object),
        "services" => service(object),
        "secrets" => secret(object),
        "persistentvolumeclaims" => claim(object),
        "persistentvolumes" => {
            text_default(object, "spec/persistentVolumeReclaimPolicy", "Retain");
            text_default(object, "spec/volumeMode", "Filesystem");
            pods::quantities(object, "spec/capacity");
            if !at(object, "spec/hostPath").is_null() {
                default(object, "spec/hostPath/type", "");
            }
        }
        "namespaces" => {
            let name = object::name(object).to_owned();
            if !name.is_empty() {
                put(object, "metadata/labels/kubernetes.io~1metadata.name", name);
            }
        }
        "nodes" => node(object),
        "resourcequotas" => pods::quantities(object, "spec/hard"),
        "limitranges" => each(object, "spec/limits", limit),
        "endpoints" => each(object, "subsets", |subset| {
            each(subset, "ports", |port| text_default(port, "protocol", "TCP"));
        }),
        "endpointslices.discovery.k8s.io" => each(object, "ports", |port| {
            default(port, "name", "");
            text_default(port, "protocol", "TCP");
        }),
        "horizontalpodautoscalers.autoscaling" => autoscaler(object),
        "networkpolicies.networking.k8s.io" => network_policy(object),
        "storageclasses.storage.k8s.io" => {
            text_default(object, "reclaimPolicy", "Delete");
            text_default(object, "volumeBindingMode", "Immediate");
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => binding(object),
        "priorityclasses.scheduling.k8s.io" => text_default(object, "preemptionPolicy", "PreemptLowerPriority"),
        _ => (),
    }
}

fn node(object: &mut Object) {
    pods::quantities(object, "status/capacity");
    pods::quantities(object, "status/allocatable");
    let capacity = at(object, "status/capacity").clone();
    if !capacity.is_null() {
        default(object, "status/allocatable", capacity);
    }
}

fn binding(object: &mut Object) {
    text_default(object, "roleRef/apiGroup", RBAC);
    each(object, "subjects", |subject| {
        if matches!(text(subject, "kind"), "User" | "Group") {
            text_default(subject, "apiGroup", RBAC);
        }
    });
}

const RBAC: &str = "rbac.authorization.k8s.io";

/// Takes out what the server's own structs can't tell from nothing: nulls, and empty lists and maps where they are left out when written.
fn tidy(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                tidy(value, key);
            }
            let in_data = matches!(name, "data" | "annotations" | "labels" | "stringData" | "binaryData");
            fields.retain(|key, value| !value.is_null() && (in_data || !is_left_out(key, value)));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, "")),
        _ => (),
    }
}

fn is_left_out(key: &str, value: &Value) -> bool {
    match value {
        Value::Array(items) => {
            items.is_empty() && !matches!(key, "rules" | "verbs" | "endpoints" | "containers" | "managedFields")
        }
        Value::Object(fields) => {
            fields.is_empty()
                && matches!(
                    key,
                    "labels"
                        | "annotations"
                        | "data"
                        | "binaryData"
                        | "stringData"
                        | "nodeSelector"
                        | "matchLabels"
                        | "limits"
                        | "requests"
                )
        }
        _ => false,
    }
}

/// A template of pods.
fn template(object: &mut Object, path: &str) {
    pods::template(place(object, &format!("{path}/spec")));
    default(object, &format!("{path}/metadata"), json!({}));
}

fn deployment(object: &mut Object) {
    default(object, "spec/replicas", 1);
    text_default(object, "spec/strategy/type", "RollingUpdate");
    if text(object, "spec/strategy/type") == "RollingUpdate" {
        default(object, "spec/strategy/rollingUpdate/maxUnavailable", "25%");
        default(object, "spec/strategy/rollingUpdate/maxSurge", "25%");
    }
    default(object, "spec/revisionHistoryLimit", 10);
    default(object, "spec/progressDeadlineSeconds", 600);
    template(object, "spec/template");
}

fn daemon_set(object: &mut Object) {
    default(object, "metadata/annotations/deprecated.daemonset.template.generation", "1");
    text_default(object, "spec/updateStrategy/type", "RollingUpdate");
    if text(object, "spec/updateStrategy/type") == "RollingUpdate" {
        default(object, "spec/updateStrategy/rollingUpdate/maxUnavailable", 1);
        default(object, "spec/updateStrategy/rollingUpdate/maxSurge", 0);
    }
    default(object, "spec/revisionHistoryLimit", 10);
    template(object, "spec/template");
}

fn stateful_set(object: &mut Object) {
    text_default(object, "spec/podManagementPolicy", "OrderedReady");
    if text(object, "spec/updateStrategy/type").is_empty() {
        put(object, "spec/updateStrategy/type", "RollingUpdate");
        default(object, "spec/updateStrategy/rollingUpdate", json!({}));
    }
    let rolling = !at(object, "spec/updateStrategy/rollingUpdate").is_null();
    if text(object, "spec/updateStrategy/type") == "RollingUpdate" && rolling {
        default(object, "spec/updateStrategy/rollingUpdate/partition", 0);
    }
    text_default(object, "spec/persistentVolumeClaimRetentionPolicy/whenDeleted", "Retain");
    text_default(object, "spec/persistentVolumeClaimRetentionPolicy/whenScaled", "Retain");
    default(object, "spec/replicas", 1);
    default(object, "spec/revisionHistoryLimit", 10);
    template(object, "spec/template");
    each(object, "spec/volumeClaimTemplates", |claim| {
        put(claim, "apiVersion", "v1");
        put(claim, "kind", "PersistentVolumeClaim");
        self::claim(claim);
        text_default(claim, "status/phase", "Pending");
    });
}

fn job(object: &mut Object) {
    job_spec(place(object, "spec"));
    let labels = at(object, "spec/template/metadata/labels").clone();
    if at(object, "metadata/labels").is_null() && !labels.is_null() {
        put(object, "metadata/labels", labels);
    }
}

fn job_spec(spec: &mut Value) {
    if at(spec, "completions").is_null() && at(spec, "parallelism").is_null() {
        put(spec, "completions", 1);
    }
    default(spec, "parallelism", 1);
    let limit = if at(spec, "backoffLimitPerIndex").is_null() { 6 } else { i64::from(i32::MAX) };
    default(spec, "backoffLimit", limit);
    text_default(spec, "completionMode", "NonIndexed");
    default(spec, "suspend", false);
    let failed = !at(spec, "podFailurePolicy").is_null();
    text_default(spec, "podReplacementPolicy", if failed { "Failed" } else { "TerminatingOrFailed" });
    default(spec, "manualSelector", false);
    template(spec, "template");
}

fn cron_job(object: &mut Object) {
    text_default(object, "spec/concurrencyPolicy", "Allow");
    default(object, "spec/suspend", false);
    default(object, "spec/successfulJobsHistoryLimit", 3);
    default(object, "spec/failedJobsHistoryLimit", 1);
    template(object, "spec/jobTemplate/spec/template");
    default(object, "spec/jobTemplate/metadata", json!({}));
}

fn service(object: &mut Object) {
    let spec = place(object, "spec");
    text_default(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => drop(object::remove(spec, "sessionAffinityConfig")),
        "ClientIP" => default(spec, "sessionAffinityConfig/clientIP/timeoutSeconds", 10_800),
        _ => (),
    }
    text_default(spec, "type", "ClusterIP");
    each(spec, "ports", |port| {
        text_default(port, "protocol", "TCP");
        let target = at(port, "targetPort");
        if target.is_null() || *target == 0 || *target == "" {
            let own = at(port, "port").clone();
            put(port, "targetPort", own);
        }
        if number(port, "nodePort") == 0 {
            object::remove(port, "nodePort");
        }
    });
    let kind = text(spec, "type").to_owned();
    let reached = matches!(kind.as_str(), "NodePort" | "LoadBalancer");
    if reached || (kind == "ClusterIP" && !items(spec, "externalIPs").is_empty()) {
        text_default(spec, "externalTrafficPolicy", "Cluster");
    }
    if reached || kind == "ClusterIP" {
        text_default(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        default(spec, "allocateLoadBalancerNodePorts", true);
    }
}

/// `stringData` is for writing only.
fn secret(object: &mut Object) {
    text_default(object, "type", "Opaque");
    let Some(Value::Object(texts)) = object::remove(object, "stringData") else { return };
    for (key, value) in texts {
        let value = base64::engine::general_purpose::STANDARD.encode(value.as_str().unwrap_or_default());
        put(object, &format!("data/{}", key.replace('~', "~0").replace('/', "~1")), value);
    }
}

fn claim(object: &mut Object) {
    text_default(object, "spec/volumeMode", "Filesystem");
    pods::quantities(object, "spec/resources/requests");
    pods::quantities(object, "spec/resources/limits");
}

fn limit(limit: &mut Value) {
    for list in ["default", "defaultRequest", "max", "min"] {
        pods::quantities(limit, list);
    }
    if text(limit, "type") != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
        for (name, value) in at(limit, from).as_object().cloned().unwrap_or_default() {
            default(limit, &format!("{to}/{}", name.replace('/', "~1")), value);
        }
    }
}

fn autoscaler(object: &mut Object) {
    default(object, "spec/minReplicas", 1);
    if items(object, "spec/metrics").is_empty() {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        put(object, "spec/metrics", json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
}

fn network_policy(object: &mut Object) {
    if items(object, "spec/policyTypes").is_empty() {
        let mut types = vec![json!("Ingress")];
        types.extend((!items(object, "spec/egress").is_empty()).then(|| json!("Egress")));
        put(object, "spec/policyTypes", types);
    }
    for direction in ["spec/ingress", "spec/egress"] {
        each(object, direction, |rule| each(rule, "ports", |port| text_default(port, "protocol", "TCP")));
    }
}

/// What an object of this kind has in its status from the first.
pub fn status(resource: &Resource, object: &mut Object) {
    let zeros: &[&str] = match &*resource.id {
        "replicasets.apps" => &["replicas"],
        "statefulsets.apps" => &["availableReplicas", "replicas"],
        "daemonsets.apps" => &["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"],
        "poddisruptionbudgets.policy" => &["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"],
        "horizontalpodautoscalers.autoscaling" => &["desiredReplicas"],
        "deployments.apps" | "jobs.batch" | "cronjobs.batch" | "resourcequotas" => &[],
        "services" | "ingresses.networking.k8s.io" => {
            default(object, "status/loadBalancer", json!({}));
            return;
        }
        "persistentvolumeclaims" | "persistentvolumes" => {
            text_default(object, "status/phase", "Pending");
            return;
        }
        "namespaces" => {
            text_default(object, "status/phase", "Active");
            return;
        }
        "nodes" => {
            default(object, "status/daemonEndpoints/kubeletEndpoint/Port", 0);
            for name in NODE_INFO {
                default(object, &format!("status/nodeInfo/{name}"), "");
            }
            return;
        }
        _ => return,
    };
    default(object, "status", json!({}));
    for name in zeros {
        default(object, &format!("status/{name}"), 0);
    }
}

const NODE_INFO: &[&str] = &[
    "architecture",
    "bootID",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeProxyVersion",
    "kubeletVersion",
    "machineID",
    "operatingSystem",
    "osImage",
    "systemUUID",
];
