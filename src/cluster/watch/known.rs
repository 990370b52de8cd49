//! Kubernetes' own kinds that are read without a table of theirs being open: where they are, without asking the server.

use super::TableOf;

/// `(group, version, plural, kind)` of what is in namespaces.
const NAMESPACED: &[(&str, &str, &str, &str)] = &[
    ("apps", "v1", "deployments", "Deployment"),
    ("apps", "v1", "replicasets", "ReplicaSet"),
    ("apps", "v1", "statefulsets", "StatefulSet"),
    ("apps", "v1", "daemonsets", "DaemonSet"),
    ("apps", "v1", "controllerrevisions", "ControllerRevision"),
    ("batch", "v1", "jobs", "Job"),
    ("batch", "v1", "cronjobs", "CronJob"),
    ("", "v1", "pods", "Pod"),
    ("", "v1", "services", "Service"),
    ("", "v1", "configmaps", "ConfigMap"),
    ("", "v1", "secrets", "Secret"),
    ("", "v1", "serviceaccounts", "ServiceAccount"),
    ("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    ("", "v1", "events", "Event"),
    ("networking.k8s.io", "v1", "ingresses", "Ingress"),
    ("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    ("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
];

/// The same of what is in none.
const CLUSTER: &[(&str, &str, &str, &str)] = &[
    ("", "v1", "persistentvolumes", "PersistentVolume"),
    ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding"),
];

impl TableOf {
    /// One of Kubernetes' own, by its plural or its kind.
    pub fn known(name: &str) -> Option<Self> {
        let is = |(_, _, plural, kind): &&(&str, &str, &str, &str)| [*plural, *kind].contains(&name);
        let namespaced = NAMESPACED.iter().find(is).map(|(g, v, p, k)| Self::namespaced(g, v, p, k));
        namespaced.or_else(|| {
            let (group, version, plural, kind) = CLUSTER.iter().find(is)?;
            Some(Self { namespaced: false, ..Self::namespaced(group, version, plural, kind) })
        })
    }
}
