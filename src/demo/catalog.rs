//! What the embedded cluster serves: its resources, in one table; custom ones are added while it lives.
//!
//! It says what there is; `discovery`, `openapi`, `columns` and the verbs of the API are made from it.

use std::borrow::Cow;
use std::sync::Arc;

type Text = Cow<'static, str>;

/// One resource of the API, in the one version that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Empty for the core group.
    pub group: Text,
    pub version: Text,
    pub plural: Text,
    pub singular: Text,
    pub kind: Text,
    pub short: Vec<Text>,
    pub categories: Vec<Text>,
    pub namespaced: bool,
    pub verbs: Verbs,
    /// `status`, `scale`, `log`, `eviction` …
    pub subresources: Vec<Text>,
    /// The store's name for it: the plural with its group.
    pub id: Arc<str>,
}

/// What can be done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbs {
    /// All of create, delete, deletecollection, get, list, patch, update, watch.
    All,
    /// Answered at once and kept nowhere (access reviews).
    Create,
    /// Measured, not kept (metrics.k8s.io).
    Read,
}

impl Verbs {
    /// As discovery lists them.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::All => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            Self::Create => &["create"],
            Self::Read => &["get", "list"],
        }
    }
}

impl Resource {
    /// `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Group and plural, as refusals name it.
    pub fn of(&self) -> (&str, &str) {
        (&self.group, &self.plural)
    }

    /// What can be done with it, as discovery lists it: namespaces are deleted one by one.
    pub fn verb_names(&self) -> Vec<&'static str> {
        let all = self.verbs.names().iter().copied();
        all.filter(|verb| *verb != "deletecollection" || &*self.id != "namespaces").collect()
    }

    /// Whether a definition made it.
    pub fn is_custom(&self) -> bool {
        !is_built_in(&self.group, &self.plural)
    }

    pub fn has(&self, subresource: &str) -> bool {
        self.subresources.iter().any(|own| own == subresource)
    }
}

/// All that is served.
#[derive(Clone, Debug)]
pub struct Catalog {
    resources: Vec<Arc<Resource>>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self { resources: BUILT_IN.iter().map(|row| Arc::new(row.resource())).collect() }
    }
}

impl Catalog {
    /// In discovery's order: by group as they were added.
    pub fn all(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    /// The resource at a path.
    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|own| own.group == group && own.version == version && own.plural == plural)
    }

    /// The resource of objects that call themselves so.
    pub fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Resource>> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        self.resources.iter().find(|own| own.kind == kind && own.group == group && own.version == version)
    }

    /// By the store's name: `deployments.apps`.
    pub fn by_id(&self, id: &str) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|own| &*own.id == id)
    }

    /// Serves one more, or another in its place.
    pub fn add(&mut self, resource: Resource) {
        self.remove(&resource.id);
        self.resources.push(Arc::new(resource));
    }

    pub fn remove(&mut self, id: &str) {
        self.resources.retain(|own| &*own.id != id);
    }
}

/// A row of the table below. Lists are separated by spaces.
struct Row {
    group_version: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static str,
    categories: &'static str,
    scope: Scope,
    verbs: Verbs,
    subresources: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Namespaced,
    Cluster,
}

impl Row {
    fn resource(&self) -> Resource {
        let list = |text: &'static str| text.split_whitespace().map(Text::Borrowed).collect();
        let (group, version) = self.group_version.rsplit_once('/').unwrap_or(("", self.group_version));
        Resource {
            group: group.into(),
            version: version.into(),
            plural: self.plural.into(),
            singular: self.kind.to_lowercase().into(),
            kind: self.kind.into(),
            short: list(self.short),
            categories: list(self.categories),
            namespaced: self.scope == Scope::Namespaced,
            verbs: self.verbs,
            subresources: list(self.subresources),
            id: id(group, self.plural),
        }
    }
}

/// Whether a resource is served from the beginning; all others are custom.
pub fn is_built_in(group: &str, plural: &str) -> bool {
    BUILT_IN
        .iter()
        .any(|row| row.plural == plural && row.group_version.rsplit_once('/').map_or("", |own| own.0) == group)
}

/// The store's name for a resource.
pub fn id(group: &str, plural: &str) -> Arc<str> {
    if group.is_empty() { plural.into() } else { format!("{plural}.{group}").into() }
}

macro_rules! resources {
    ($($version:literal => { $($plural:literal $kind:literal $scope:ident $verbs:ident [$short:literal] [$categories:literal] [$sub:literal];)+ })+) => {
        &[$($(Row {
            group_version: $version, plural: $plural, kind: $kind, short: $short, categories: $categories,
            scope: Scope::$scope, verbs: Verbs::$verbs, subresources: $sub,
        },)+)+]
    };
}

/// plural, kind, scope, verbs, [short names], [categories], [subresources]; as kube-apiserver 1.36 lists them.
const BUILT_IN: &[Row] = resources! {
    "v1" => {
        "configmaps" "ConfigMap" Namespaced All ["cm"] [""] [""];
        "endpoints" "Endpoints" Namespaced All ["ep"] [""] [""];
        "events" "Event" Namespaced All ["ev"] [""] [""];
        "limitranges" "LimitRange" Namespaced All ["limits"] [""] [""];
        "namespaces" "Namespace" Cluster All ["ns"] [""] ["status finalize"];
        "nodes" "Node" Cluster All ["no"] [""] ["status"];
        "persistentvolumeclaims" "PersistentVolumeClaim" Namespaced All ["pvc"] [""] ["status"];
        "persistentvolumes" "PersistentVolume" Cluster All ["pv"] [""] ["status"];
        "pods" "Pod" Namespaced All ["po"] ["all"] ["status log eviction binding"];
        "resourcequotas" "ResourceQuota" Namespaced All ["quota"] [""] ["status"];
        "secrets" "Secret" Namespaced All [""] [""] [""];
        "serviceaccounts" "ServiceAccount" Namespaced All ["sa"] [""] [""];
        "services" "Service" Namespaced All ["svc"] ["all"] ["status"];
    }
    "apps/v1" => {
        "controllerrevisions" "ControllerRevision" Namespaced All [""] [""] [""];
        "daemonsets" "DaemonSet" Namespaced All ["ds"] ["all"] ["status"];
        "deployments" "Deployment" Namespaced All ["deploy"] ["all"] ["status scale"];
        "replicasets" "ReplicaSet" Namespaced All ["rs"] ["all"] ["status scale"];
        "statefulsets" "StatefulSet" Namespaced All ["sts"] ["all"] ["status scale"];
    }
    "authentication.k8s.io/v1" => {
        "selfsubjectreviews" "SelfSubjectReview" Cluster Create [""] [""] [""];
    }
    "authorization.k8s.io/v1" => {
        "localsubjectaccessreviews" "LocalSubjectAccessReview" Namespaced Create [""] [""] [""];
        "selfsubjectaccessreviews" "SelfSubjectAccessReview" Cluster Create [""] [""] [""];
        "selfsubjectrulesreviews" "SelfSubjectRulesReview" Cluster Create [""] [""] [""];
        "subjectaccessreviews" "SubjectAccessReview" Cluster Create [""] [""] [""];
    }
    "autoscaling/v2" => {
        "horizontalpodautoscalers" "HorizontalPodAutoscaler" Namespaced All ["hpa"] ["all"] ["status"];
    }
    "batch/v1" => {
        "cronjobs" "CronJob" Namespaced All ["cj"] ["all"] ["status"];
        "jobs" "Job" Namespaced All [""] ["all"] ["status"];
    }
    "networking.k8s.io/v1" => {
        "ingressclasses" "IngressClass" Cluster All [""] [""] [""];
        "ingresses" "Ingress" Namespaced All ["ing"] [""] ["status"];
        "networkpolicies" "NetworkPolicy" Namespaced All ["netpol"] [""] [""];
    }
    "policy/v1" => {
        "poddisruptionbudgets" "PodDisruptionBudget" Namespaced All ["pdb"] [""] ["status"];
    }
    "rbac.authorization.k8s.io/v1" => {
        "clusterrolebindings" "ClusterRoleBinding" Cluster All [""] [""] [""];
        "clusterroles" "ClusterRole" Cluster All [""] [""] [""];
        "rolebindings" "RoleBinding" Namespaced All [""] [""] [""];
        "roles" "Role" Namespaced All [""] [""] [""];
    }
    "storage.k8s.io/v1" => {
        "storageclasses" "StorageClass" Cluster All ["sc"] [""] [""];
    }
    "apiextensions.k8s.io/v1" => {
        "customresourcedefinitions" "CustomResourceDefinition" Cluster All ["crd crds"] ["api-extensions"] ["status"];
    }
    "scheduling.k8s.io/v1" => {
        "priorityclasses" "PriorityClass" Cluster All ["pc"] [""] [""];
    }
    "coordination.k8s.io/v1" => {
        "leases" "Lease" Namespaced All [""] [""] [""];
    }
    "discovery.k8s.io/v1" => {
        "endpointslices" "EndpointSlice" Namespaced All [""] [""] [""];
    }
    "metrics.k8s.io/v1beta1" => {
        "nodes" "NodeMetrics" Cluster Read [""] [""] [""];
        "pods" "PodMetrics" Namespaced Read [""] [""] [""];
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_found_by_path_kind_and_id() {
        let catalog = Catalog::default();
        let deployments = catalog.find("apps", "v1", "deployments").unwrap();
        assert_eq!(deployments.api_version(), "apps/v1");
        assert!(deployments.has("scale") && !deployments.has("log"));
        assert_eq!(catalog.of_kind("apps/v1", "Deployment"), Some(deployments));
        assert_eq!(catalog.by_id("deployments.apps"), Some(deployments));
        assert_eq!(catalog.of_kind("v1", "Pod").map(|pods| &*pods.id), Some("pods"));
        assert!(catalog.find("apps", "v1beta1", "deployments").is_none());
        assert!(!catalog.all().iter().any(|own| own.is_custom()) && !is_built_in("example.com", "pods"));
    }
}
