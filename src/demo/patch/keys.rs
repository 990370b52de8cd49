//! Which lists of the API are maps or sets in disguise: by what their items are told apart when they are patched, applied or owned.
//!
//! Taken from the API's own markers (`patchMergeKey`, `listType`, `listMapKey`, `structType` in k8s.io/api 1.36), by the field's name and the
//! field that it is in; that is enough for all kinds that are served. Custom kinds have such lists in their metadata only.
//! A test of `schema` holds the tables against the schemas; every write needs them, and the schemas are unzipped only when asked for.

use serde_json::Value;

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// As a whole.
    Atomic,
    /// By its values.
    Set,
    /// By these fields of its items. A strategic merge goes by the first alone.
    Keyed(&'static [&'static str]),
}

/// Whose objects they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    BuiltIn,
    Custom,
}

impl Schema {
    /// The API's own groups are those without a dot and those of `k8s.io`.
    pub fn of(group: &str) -> Self {
        if !group.contains('.') || group.ends_with(".k8s.io") { Self::BuiltIn } else { Self::Custom }
    }
}

/// How the list `field` is merged that is in the field `parent` (of an item of a list: the list's field; at the top: empty).
pub fn list(schema: Schema, parent: &str, field: &str) -> List {
    match (parent, field) {
        ("metadata", "finalizers") => return List::Set,
        ("metadata", "ownerReferences") => return List::Keyed(&["uid"]),
        _ if schema == Schema::Custom => return List::Atomic,
        _ => (),
    }
    match (parent, field) {
        ("spec", "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "imagePullSecrets") => {
            List::Keyed(&["name"])
        }
        ("spec", "schedulingGates" | "resourceClaims") | ("", "secrets") | (_, "env") => List::Keyed(&["name"]),
        ("spec", "hostAliases") | ("status", "podIPs") => List::Keyed(&["ip"]),
        ("spec", "topologySpreadConstraints") => List::Keyed(&["topologyKey", "whenUnsatisfiable"]),
        ("spec", "ports") => List::Keyed(&["port", "protocol"]),
        ("containers" | "initContainers" | "ephemeralContainers", "ports") => {
            List::Keyed(&["containerPort", "protocol"])
        }
        (_, "volumeMounts") => List::Keyed(&["mountPath"]),
        (_, "volumeDevices") => List::Keyed(&["devicePath"]),
        ("status", "conditions" | "addresses") => List::Keyed(&["type"]),
        ("spec", "podCIDRs") => List::Set,
        _ => List::Atomic,
    }
}

/// What an item that doesn't say it is told apart by.
pub fn default(key: &str) -> Option<Value> {
    (key == "protocol").then(|| "TCP".into())
}

/// Whether a map is owned as a whole: label selectors, references, sources of values.
pub fn is_atomic_map(schema: Schema, parent: &str, field: &str) -> bool {
    match (parent, field) {
        ("ownerReferences", "") => true,
        _ if schema == Schema::Custom => false,
        ("imagePullSecrets" | "secrets", "") => true,
        ("service", "port") => true,
        (_, "selector" | "labelSelector" | "namespaceSelector" | "podSelector" | "nodeSelector") => true,
        (_, "requiredDuringSchedulingIgnoredDuringExecution" | "scopeSelector") => true,
        (_, "configMapKeyRef" | "secretKeyRef" | "fieldRef" | "resourceFieldRef" | "fileKeyRef") => true,
        (_, "secretRef" | "controllerExpandSecretRef" | "controllerPublishSecretRef") => true,
        (_, "nodeExpandSecretRef" | "nodePublishSecretRef" | "nodeStageSecretRef") => true,
        ("", "related") | ("nodeAffinity", "required") | ("backend" | "defaultBackend", "resource") => true,
        (_, "roleRef" | "involvedObject" | "claimRef" | "targetRef" | "dataSource") => true,
        _ => false,
    }
}
