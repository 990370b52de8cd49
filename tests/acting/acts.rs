//! The acts: each an action with values, and the kubectl command that must come to the same.

/// One of them. A new action is a row of [`ACTS`], and what it is done to a document of `stage.yaml`.
#[derive(Debug)]
pub struct Act {
    /// Unique: its namespaces are named by it.
    pub name: &'static str,
    /// Its id in `rk9s::actions::ACTIONS`.
    pub action: &'static str,
    /// `deployments/web`. `nodes/node` is the node of the namespace's name, `namespaces/own` itself.
    pub on: &'static str,
    pub values: &'static [(&'static str, &'static str)],
    /// What is edited in its text: from these words to those. In both editors they stand once.
    pub edits: &'static [(&'static str, &'static str)],
    /// What is applied: kubectl finds it in a file called `{space}.yaml`.
    pub file: &'static str,
    pub kubectl: &'static str,
    /// What rk9s says the kubectl line is, where that is another one; `*` is a word that cannot be known.
    pub says: &'static str,
    /// Besides `on`, what of the stage is there.
    pub beside: &'static [&'static str],
    /// Merge patches of `on` before the act, each after the one before has come to rest.
    pub before: &'static [&'static str],
}

const BASE: Act = Act {
    name: "",
    action: "",
    on: "deployments/web",
    values: &[],
    edits: &[],
    file: "",
    kubectl: "",
    says: "",
    beside: &[],
    before: &[],
};

/// A second revision of `web`, in template and annotations.
const SECOND: &str = r#"{"metadata": {"annotations": {"kubernetes.io/change-cause": "the second", "note": "of the second"}},
    "spec": {"template": {"metadata": {"annotations": {"second": "yes"}}, "spec": {"terminationGracePeriodSeconds": 2}}}}"#;
/// A third of them, or another revision of another workload.
const THIRD: &str = r#"{"spec": {"template": {"metadata": {"annotations": {"third": "yes"}}}}}"#;

#[rustfmt::skip]
pub const ACTS: &[Act] = &[
    // These take longest.
    Act {
        name: "undo", action: "rollback", before: &[SECOND], kubectl: "rollout undo deployment/web",
        says: "rollout undo deployment/web --to-revision=1", ..BASE
    },
    Act {
        name: "undo-to", action: "rollback", before: &[SECOND, THIRD], values: &[("revision", "1")],
        kubectl: "rollout undo deployment/web --to-revision=1", ..BASE
    },
    Act {
        name: "undo-set", action: "rollback", on: "statefulsets/db", before: &[THIRD],
        kubectl: "rollout undo statefulset/db", says: "rollout undo statefulset/db --to-revision=1", ..BASE
    },
    Act {
        name: "undo-daemon", action: "rollback", on: "daemonsets/agent", before: &[SECOND, THIRD],
        kubectl: "rollout undo daemonset/agent", says: "rollout undo daemonset/agent --to-revision=2", ..BASE
    },
    Act { name: "scale-up", action: "scale", values: &[("replicas", "2")], kubectl: "scale deployment/web --replicas=2", ..BASE },
    Act { name: "scale-none", action: "scale", values: &[("replicas", "0")], kubectl: "scale deployment/web --replicas=0", ..BASE },
    Act {
        name: "scale-from-none", action: "scale", values: &[("replicas", "1")],
        before: &[r#"{"spec": {"replicas": 0}}"#], kubectl: "scale deployment/web --replicas=1", ..BASE
    },
    Act {
        name: "scale-set", action: "scale", on: "statefulsets/db", values: &[("replicas", "2")],
        kubectl: "scale statefulset/db --replicas=2", ..BASE
    },
    Act {
        name: "scale-bare", action: "scale", on: "replicasets/bare", values: &[("replicas", "2")],
        kubectl: "scale replicaset/bare --replicas=2", ..BASE
    },
    Act {
        name: "scale-old", action: "scale", on: "replicationcontrollers/old", values: &[("replicas", "2")],
        kubectl: "scale replicationcontroller/old --replicas=2", ..BASE
    },
    Act { name: "restart", action: "restart", kubectl: "rollout restart deployment/web", ..BASE },
    Act { name: "restart-set", action: "restart", on: "statefulsets/db", kubectl: "rollout restart statefulset/db", ..BASE },
    Act { name: "restart-daemon", action: "restart", on: "daemonsets/agent", kubectl: "rollout restart daemonset/agent", ..BASE },
    Act { name: "pause", action: "pause", kubectl: "rollout pause deployment/web", ..BASE },
    Act {
        name: "resume", action: "pause", before: &[r#"{"spec": {"paused": true}}"#],
        kubectl: "rollout resume deployment/web", ..BASE
    },
    Act {
        name: "image", action: "set-image", values: &[("container", "side"), ("image", "registry.example.com/side:2")],
        kubectl: "set image deployment/web side=registry.example.com/side:2", ..BASE
    },
    Act {
        name: "image-init", action: "set-image", values: &[("container", "ready"), ("image", "ready:latest")],
        kubectl: "set image deployment/web ready=ready:latest", ..BASE
    },
    Act {
        name: "image-set", action: "set-image", on: "statefulsets/db", values: &[("image", "registry.example.com/db:2")],
        kubectl: "set image statefulset/db db=registry.example.com/db:2", ..BASE
    },
    Act {
        name: "label", action: "label", values: &[("key=value", "example.com/tier=front")],
        kubectl: "label deployment/web example.com/tier=front", ..BASE
    },
    Act {
        name: "label-over", action: "label", on: "pods/alone", values: &[("key=value", "app=other")],
        kubectl: "label pod/alone app=other --overwrite", ..BASE
    },
    Act {
        name: "label-first", action: "label", on: "configmaps/settings", values: &[("key=value", "tier=")],
        kubectl: "label configmap/settings tier=", ..BASE
    },
    Act { name: "label-last", action: "label", values: &[("key=value", "app-")], kubectl: "label deployment/web app-", ..BASE },
    Act {
        name: "annotate", action: "annotate", on: "services/door", values: &[("key=value", "note=a b=c ü")],
        kubectl: "annotate service/door 'note=a b=c ü'", ..BASE
    },
    Act {
        name: "annotate-secret", action: "annotate", on: "secrets/keys", values: &[("key=value", "example.com/a.b=1")],
        kubectl: "annotate secret/keys example.com/a.b=1", ..BASE
    },
    Act { name: "cordon", action: "cordon", on: "nodes/node", kubectl: "cordon {space}", ..BASE },
    Act {
        name: "uncordon", action: "cordon", on: "nodes/node", before: &[r#"{"spec": {"unschedulable": true}}"#],
        kubectl: "uncordon {space}", ..BASE
    },
    Act {
        name: "taint", action: "taint", on: "nodes/node", values: &[("taint", "pool=gpu:NoSchedule other:PreferNoSchedule")],
        kubectl: "taint node {space} pool=gpu:NoSchedule other:PreferNoSchedule", ..BASE
    },
    Act {
        name: "taint-over", action: "taint", on: "nodes/node", values: &[("taint", "acting=2:NoSchedule pool=gpu:NoExecute")],
        kubectl: "taint node {space} acting=2:NoSchedule pool=gpu:NoExecute --overwrite", ..BASE
    },
    Act {
        name: "taint-off", action: "taint", on: "nodes/node", values: &[("taint", "acting-")],
        kubectl: "taint node {space} acting-", ..BASE
    },
    Act {
        name: "drain", action: "drain", on: "nodes/node", beside: &["pods/guest"],
        values: &[("emptydir", "lose"), ("unmanaged", "evict")],
        kubectl: "drain {space} --ignore-daemonsets --delete-emptydir-data --force", ..BASE
    },
    Act {
        name: "suspend", action: "suspend-cronjob", on: "cronjobs/tick",
        kubectl: r#"patch cronjob/tick -p '{"spec":{"suspend":true}}'"#, ..BASE
    },
    Act {
        name: "unsuspend", action: "suspend-cronjob", on: "cronjobs/tick", before: &[r#"{"spec": {"suspend": true}}"#],
        kubectl: r#"patch cronjob/tick -p '{"spec":{"suspend":false}}'"#, ..BASE
    },
    Act {
        name: "trigger", action: "trigger", on: "cronjobs/tick", kubectl: "create job tick-manual-0 --from=cronjob/tick",
        says: "create job * --from=cronjob/tick", ..BASE
    },
    Act { name: "expose", action: "expose", kubectl: "expose deployment/web", says: "expose deployment/web --port=8080", ..BASE },
    Act {
        name: "expose-node", action: "expose", values: &[("type", "NodePort")],
        kubectl: "expose deployment/web --type=NodePort", says: "expose deployment/web --port=8080 --type=NodePort", ..BASE
    },
    Act {
        name: "expose-outside", action: "expose", values: &[("type", "LoadBalancer"), ("ports", "443,80")],
        kubectl: "expose deployment/web --port=443,80 --type=LoadBalancer", ..BASE
    },
    Act {
        name: "expose-headless", action: "expose", values: &[("type", "Headless"), ("name", "back")],
        kubectl: "expose deployment/web --name=back --port=8080 --cluster-ip=None", ..BASE
    },
    Act {
        name: "expose-target", action: "expose", values: &[("name", "front"), ("ports", "80"), ("target port", "http")],
        kubectl: "expose deployment/web --name=front --port=80 --target-port=http", ..BASE
    },
    Act {
        name: "expose-pod", action: "expose", on: "pods/alone", values: &[("ports", "80")],
        kubectl: "expose pod/alone --port=80", ..BASE
    },
    Act { name: "expose-bare", action: "expose", on: "replicasets/bare", values: &[("ports", "80")], kubectl: "expose replicaset/bare --port=80", ..BASE },
    Act {
        name: "expose-service", action: "expose", on: "services/door",
        kubectl: "expose service/door --name=door-2", says: "expose service/door --name=door-2 --port=80", ..BASE
    },
    Act {
        name: "autoscale", action: "autoscale", values: &[("max", "3")],
        kubectl: "autoscale deployment/web --min=1 --max=3", ..BASE
    },
    Act {
        name: "autoscale-both", action: "autoscale", on: "statefulsets/db",
        values: &[("min", "0"), ("max", "3"), ("cpu", "70%"), ("memory", "200")],
        kubectl: "autoscale statefulset/db --max=3 --cpu=70% --memory=200", ..BASE
    },
    Act {
        name: "edit", action: "edit", kubectl: "edit deployment/web",
        edits: &[("HistoryLimit: 10", "HistoryLimit: 3"), ("side:1", "side:2"), ("the first", "another")], ..BASE
    },
    Act { name: "edit-map", action: "edit", on: "configmaps/settings", kubectl: "edit configmap/settings", edits: &[("mode: shop", "other: ü b")], ..BASE },
    Act {
        // `acting-secret-value`, and another.
        name: "edit-secret", action: "edit", on: "secrets/keys", kubectl: "edit secret/keys",
        edits: &[("YWN0aW5nLXNlY3JldC12YWx1ZQ==", "YW5vdGhlcg==")], ..BASE
    },
    Act { name: "edit-node", action: "edit", on: "nodes/node", kubectl: "edit node/{space}", edits: &[("key: acting", "key: edited")], ..BASE },
    Act {
        name: "edit-key", action: "edit-here", on: "configmaps/settings", values: &[("key", "mode"), ("value", "ü b")],
        kubectl: r#"patch configmap/settings --type=merge -p '{"data":{"mode":"ü b"}}'"#, ..BASE
    },
    Act {
        name: "edit-secret-key", action: "edit-here", on: "secrets/keys", values: &[("key", "password"), ("value", "another")],
        edits: &[("YWN0aW5nLXNlY3JldC12YWx1ZQ==", "YW5vdGhlcg==")], kubectl: "edit secret/keys", ..BASE
    },
    Act {
        name: "apply", action: "apply", on: "configmaps/settings",
        file: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: {space}}\ndata: {other: x}\n",
        kubectl: "apply --server-side --field-manager=rk9s -f {space}.yaml", ..BASE
    },
    Act {
        name: "namespace", action: "create-namespace", on: "namespaces/own", values: &[("name", "{space}-made")],
        kubectl: "create namespace {space}-made", ..BASE
    },
    Act { name: "delete", action: "delete", kubectl: "delete deployment/web", ..BASE },
    Act {
        name: "delete-orphan", action: "delete", values: &[("propagation", "orphan")],
        kubectl: "delete deployment/web --cascade=orphan", ..BASE
    },
    Act {
        name: "delete-front", action: "delete", values: &[("propagation", "foreground")],
        kubectl: "delete deployment/web --cascade=foreground", ..BASE
    },
    Act {
        name: "delete-pod", action: "delete", on: "pods/alone", values: &[("grace", "0")],
        kubectl: "delete pod/alone --grace-period=0 --force", ..BASE
    },
    Act { name: "delete-job", action: "delete", on: "jobs/once", kubectl: "delete job/once", ..BASE },
    Act {
        name: "delete-service", action: "delete", on: "services/door", beside: &["deployments/web"],
        kubectl: "delete service/door", ..BASE
    },
    Act { name: "delete-map", action: "delete", on: "configmaps/settings", kubectl: "delete configmap/settings", ..BASE },
    Act {
        name: "delete-secret", action: "delete", on: "secrets/keys", kubectl: "delete secret/keys", ..BASE
    },
    Act { name: "delete-node", action: "delete", on: "nodes/node", kubectl: "delete node/{space}", ..BASE },
];
