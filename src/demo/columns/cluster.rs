//! Nodes, namespaces, events, volumes, configuration and rights (pkg/printers/internalversion).

use super::cell::{Column, age, between, cells, counts, dates, grown, name, or, plain, says, tells, wide, wide_name};
use crate::demo::object::{self, Object, annotation, at, flag, items, moment, number, pairs, text};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

pub const NODE: &[Column] = &[
    name(),
    says("Status"),
    says("Roles"),
    age(),
    says("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];
pub const NAMESPACE: &[Column] = &[name(), says("Status"), age()];
pub const EVENT: &[Column] = &[
    says("Last Seen"),
    says("Type"),
    says("Reason"),
    says("Object"),
    wide("Subobject"),
    wide("Source"),
    says("Message"),
    wide("First Seen"),
    wide("Count"),
    wide_name(),
];
pub const CONFIGMAP: &[Column] = &[name(), says("Data"), age()];
pub const SECRET: &[Column] = &[name(), says("Type"), says("Data"), age()];
pub const VOLUME: &[Column] = &[
    name(),
    says("Capacity"),
    says("Access Modes"),
    says("Reclaim Policy"),
    says("Status"),
    says("Claim"),
    says("StorageClass"),
    says("VolumeAttributesClass"),
    says("Reason"),
    age(),
    wide("VolumeMode"),
];
pub const CLAIM: &[Column] = &[
    name(),
    says("Status"),
    says("Volume"),
    says("Capacity"),
    says("Access Modes"),
    says("StorageClass"),
    says("VolumeAttributesClass"),
    age(),
    wide("VolumeMode"),
];
pub const STORAGE_CLASS: &[Column] = &[
    name(),
    says("Provisioner"),
    says("ReclaimPolicy"),
    says("VolumeBindingMode"),
    says("AllowVolumeExpansion"),
    age(),
];
pub const PRIORITY_CLASS: &[Column] =
    &[name(), counts("Value"), tells("Global-Default"), age(), says("PreemptionPolicy")];
pub const QUOTA: &[Column] = &[name(), says("Request"), says("Limit"), age()];
pub const LEASE: &[Column] = &[name(), says("Holder"), age()];
pub const BINDING: &[Column] = &[name(), says("Role"), age(), wide("Users"), wide("Groups"), wide("ServiceAccounts")];
pub const AGED: &[Column] = &[name(), age()];
/// Of kinds without a printer.
pub const DEFAULT: &[Column] = &[name(), dates("Created At")];

/// Name and age alone.
pub fn aged(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![object::name(object), grown(now, object)]
}

/// Name and time of creation: what the server shows of kinds without a printer.
pub fn default(object: &Object, _now: Timestamp) -> Vec<Value> {
    cells![object::name(object), text(object, "metadata/creationTimestamp")]
}

pub fn node(object: &Object, now: Timestamp) -> Vec<Value> {
    let address = |kind: &str| {
        let found = items(object, "status/addresses").iter().find(|own| text(own, "type") == kind);
        found.map_or("<none>", |own| text(own, "address"))
    };
    let info = |field: &str| text(at(object, "status/nodeInfo"), field);
    let mut kernel = or(info("kernelVersion"), "<unknown>").to_owned();
    if !info("architecture").is_empty() {
        kernel = format!("{kernel} ({})", info("architecture"));
    }
    cells![
        object::name(object),
        node_status(object),
        or(&roles(object), "<none>"),
        grown(now, object),
        info("kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
        or(info("osImage"), "<unknown>"),
        kernel,
        or(info("containerRuntimeVersion"), "<unknown>"),
    ]
}

fn node_status(node: &Object) -> String {
    let ready = items(node, "status/conditions").iter().rfind(|own| text(own, "type") == "Ready");
    let said = match ready.map(|ready| text(ready, "status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    if flag(node, "spec/unschedulable") { format!("{said},SchedulingDisabled") } else { said.to_owned() }
}

fn roles(node: &Object) -> String {
    let role = |(key, value): (&'_ str, &'_ str)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) => role.to_owned(),
        None if key == "kubernetes.io/role" => value.to_owned(),
        None => String::new(),
    };
    let all: BTreeSet<String> = pairs(node, "metadata/labels").map(role).filter(|role| !role.is_empty()).collect();
    all.into_iter().collect::<Vec<_>>().join(",")
}

pub fn namespace(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![object::name(object), text(object, "status/phase"), grown(now, object)]
}

pub fn event(object: &Object, now: Timestamp) -> Vec<Value> {
    let first = moment(object, "firstTimestamp").or_else(|| moment(object, "eventTime"));
    let series = at(object, "series");
    let (last, count) = if series.is_null() {
        (moment(object, "lastTimestamp").or(first), number(object, "count").max(1))
    } else {
        (moment(series, "lastObservedTime"), number(series, "count"))
    };
    let ago = |then: Option<Timestamp>| then.map_or_else(|| "<unknown>".to_owned(), |then| between(then, now));
    let about = at(object, "involvedObject");
    let kind = text(about, "kind").to_lowercase();
    let about_name = text(about, "name");
    cells![
        ago(last),
        text(object, "type"),
        text(object, "reason"),
        if about_name.is_empty() { kind } else { format!("{kind}/{about_name}") },
        text(about, "fieldPath"),
        source(object),
        text(object, "message").trim(),
        ago(first),
        count,
        object::name(object),
    ]
}

fn source(event: &Object) -> String {
    let component = or(text(event, "source/component"), text(event, "reportingComponent"));
    let host = or(text(event, "source/host"), text(event, "reportingInstance"));
    if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") }
}

fn length(object: &Object, path: &str) -> usize {
    at(object, path).as_object().map(serde_json::Map::len).unwrap_or_default()
}

pub fn configmap(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![object::name(object), length(object, "data") + length(object, "binaryData"), grown(now, object)]
}

pub fn secret(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![object::name(object), text(object, "type"), length(object, "data"), grown(now, object)]
}

/// `RWO,ROX` in the API's own order.
fn modes(object: &Object, path: &str) -> String {
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let has = |mode: &str| items(object, path).iter().any(|own| own == mode);
    short.iter().filter(|(mode, _)| has(mode)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn phase(object: &Object) -> &str {
    if object::is_deleted(object) { "Terminating" } else { text(object, "status/phase") }
}

fn class(object: &Object) -> &str {
    or(annotation(object, "volume.beta.kubernetes.io/storage-class"), text(object, "spec/storageClassName"))
}

pub fn volume(object: &Object, now: Timestamp) -> Vec<Value> {
    let claim = match at(object, "spec/claimRef") {
        Value::Null => String::new(),
        claim => format!("{}/{}", text(claim, "namespace"), text(claim, "name")),
    };
    cells![
        object::name(object),
        plain(at(object, "spec/capacity/storage"), "0"),
        modes(object, "spec/accessModes"),
        text(object, "spec/persistentVolumeReclaimPolicy"),
        phase(object),
        claim,
        class(object),
        plain(at(object, "spec/volumeAttributesClassName"), "<unset>"),
        text(object, "status/reason"),
        grown(now, object),
        plain(at(object, "spec/volumeMode"), "<unset>"),
    ]
}

pub fn claim(object: &Object, now: Timestamp) -> Vec<Value> {
    let volume = text(object, "spec/volumeName");
    let (capacity, modes) = if volume.is_empty() {
        (String::new(), String::new())
    } else {
        (plain(at(object, "status/capacity/storage"), "0"), modes(object, "status/accessModes"))
    };
    cells![
        object::name(object),
        phase(object),
        volume,
        capacity,
        modes,
        class(object),
        plain(at(object, "spec/volumeAttributesClassName"), "<unset>"),
        grown(now, object),
        plain(at(object, "spec/volumeMode"), "<unset>"),
    ]
}

pub fn storage_class(object: &Object, now: Timestamp) -> Vec<Value> {
    let marks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    let default = marks.iter().any(|mark| annotation(object, mark) == "true");
    cells![
        if default { format!("{} (default)", object::name(object)) } else { object::name(object).to_owned() },
        text(object, "provisioner"),
        or(text(object, "reclaimPolicy"), "Delete"),
        or(text(object, "volumeBindingMode"), "Immediate"),
        flag(object, "allowVolumeExpansion"),
        grown(now, object),
    ]
}

pub fn priority_class(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![
        object::name(object),
        number(object, "value"),
        flag(object, "globalDefault"),
        grown(now, object),
        text(object, "preemptionPolicy"),
    ]
}

pub fn quota(object: &Object, now: Timestamp) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    let mut hard: Vec<(&str, &str)> = pairs(object, "status/hard").collect();
    hard.sort_unstable();
    let used = at(object, "status/used");
    for (resource, most) in hard {
        let column = if resource.starts_with("limits.") { &mut limits } else { &mut requests };
        column
            .push(format!("{resource}: {}/{most}", used.get(resource).map_or("0".to_owned(), |used| plain(used, "0"))));
    }
    cells![object::name(object), requests.join(", "), limits.join(", "), grown(now, object)]
}

pub fn lease(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![object::name(object), text(object, "spec/holderIdentity"), grown(now, object)]
}

/// A RoleBinding or ClusterRoleBinding.
pub fn binding(object: &Object, now: Timestamp) -> Vec<Value> {
    let subjects = |kind: &str| {
        let all = items(object, "subjects").iter().filter(|subject| text(subject, "kind") == kind);
        let said = all.map(|subject| match text(subject, "namespace") {
            namespace if kind == "ServiceAccount" => format!("{namespace}/{}", text(subject, "name")),
            _ => text(subject, "name").to_owned(),
        });
        said.collect::<Vec<_>>().join(", ")
    };
    cells![
        object::name(object),
        format!("{}/{}", text(object, "roleRef/kind"), text(object, "roleRef/name")),
        grown(now, object),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}
