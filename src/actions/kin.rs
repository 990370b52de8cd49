//! Kin: what goes with an object when it is deleted, and what refers to it.
//!
//! Pure: which lists must be read, and what they tell. What goes is what the garbage collector takes: objects all of whose
//! owners are gone (pkg/controller/garbagecollector). References are those by name and by labels that Kubernetes' own kinds
//! have; how custom resources refer to others is not known.

mod uses;

use super::Given;
use super::change::Part;
use crate::cluster::papers::Target;
use crate::cluster::watch::TableOf;
use crate::describe::selector;
use crate::text::document::Tone;
use crate::text::fields::{at, list, number, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// A list that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub what: TableOf,
    /// All, if none.
    pub namespace: Option<String>,
    /// `labelSelector` or `fieldSelector`, and its value.
    pub select: Option<(&'static str, String)>,
    pub form: Form,
}

/// What is read of its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Whole,
    Metadata,
    /// Only how many there are.
    Count,
}

/// What may be owned by an object of a kind that is not Kubernetes' own.
const OWNED: &[&str] = &[
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "cronjobs",
    "jobs",
    "pods",
    "services",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "ingresses",
];

/// What is counted in a namespace.
const COUNTED: &[&str] = &[
    "deployments",
    "statefulsets",
    "daemonsets",
    "cronjobs",
    "jobs",
    "pods",
    "services",
    "ingresses",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
];

/// The lists that tell an object's kin.
pub fn asks(target: &Target, object: &Value) -> Vec<Ask> {
    let own = Asking { target, object };
    let mut asks = own.owned();
    asks.extend(uses::asks(&own));
    asks
}

/// The lists that tell what refers to an object.
pub fn referring(target: &Target, object: &Value) -> Vec<Ask> {
    uses::asks(&Asking { target, object })
}

/// Whether an item of a list tells anything of an object's kin: what does not need not be kept. Of whole objects most do not.
pub fn concerns(target: &Target, object: &Value, ask: &Ask, item: &Value) -> bool {
    let is_pod_of_node = target.what.plural == "nodes";
    ask.form != Form::Whole
        || is_pod_of_node
        || uses::says(target, object, &Item { what: ask.what.clone(), object: item }).is_some()
}

struct Asking<'a> {
    target: &'a Target,
    object: &'a Value,
}

impl Asking<'_> {
    /// The kind in the target's namespace; cluster-wide if it is in none.
    fn list(&self, plural: &str, form: Form) -> Option<Ask> {
        let what = TableOf::known(plural)?;
        let namespace = self.target.namespace.clone().filter(|_| what.namespaced);
        Some(Ask { what, namespace, select: None, form })
    }

    fn lists(&self, plurals: &[&str], form: Form) -> Vec<Ask> {
        plurals.iter().filter_map(|plural| self.list(plural, form)).collect()
    }

    fn owned(&self) -> Vec<Ask> {
        let what = &self.target.what;
        let select = |by: &'static str, value: String| (!value.is_empty()).then_some((by, value));
        let selected = |plurals: &[&str], select: Option<(&'static str, String)>| {
            let lists = self.lists(plurals, Form::Metadata).into_iter();
            lists.map(|ask| Ask { select: select.clone(), ..ask }).collect()
        };
        let by_selector = || select("labelSelector", selector::of(at(self.object, "/spec/selector")));
        match (what.group.as_str(), what.plural.as_str()) {
            ("apps", "deployments") => selected(&["replicasets", "pods"], by_selector()),
            ("apps", "replicasets" | "statefulsets" | "daemonsets") | ("batch", "jobs") => {
                selected(&["pods"], by_selector())
            }
            ("", "replicationcontrollers") => {
                selected(&["pods"], select("labelSelector", selector::labels(self.object, "/spec/selector")))
            }
            ("batch", "cronjobs") => selected(&["jobs", "pods"], None),
            ("", "nodes") => {
                let select = Some(("fieldSelector", format!("spec.nodeName={}", self.target.name)));
                self.list("pods", Form::Whole).into_iter().map(|ask| Ask { select: select.clone(), ..ask }).collect()
            }
            ("", "namespaces") => {
                let lists = self.lists(COUNTED, Form::Count).into_iter();
                lists.map(|ask| Ask { namespace: Some(self.target.name.clone()), ..ask }).collect()
            }
            ("apiextensions.k8s.io", "customresourcedefinitions") => vec![self.instances()],
            (group, _) if group.contains('.') && what.namespaced => self.lists(OWNED, Form::Metadata),
            _ => Vec::new(),
        }
    }

    /// The objects of a CustomResourceDefinition.
    fn instances(&self) -> Ask {
        let versions = list(self.object, "/spec/versions");
        let stored = versions.iter().find(|version| at(version, "/storage") == &Value::Bool(true));
        let word = |path: &str| text(self.object, path);
        let what = TableOf::namespaced(
            word("/spec/group"),
            stored.map_or("", |version| text(version, "/name")),
            word("/spec/names/plural"),
            word("/spec/names/kind"),
        );
        Ask { what, namespace: None, select: None, form: Form::Count }
    }
}

/// One object of what was read.
pub(super) struct Item<'a> {
    what: TableOf,
    object: &'a Value,
}

impl<'a> Item<'a> {
    /// What lists hold, in the lists' order. Lists name their kind, their items do not.
    fn all(answers: &'a [Value]) -> impl Iterator<Item = Self> {
        answers.iter().flat_map(|answer| {
            let what = text(answer, "/kind").strip_suffix("List").and_then(TableOf::known);
            let items = list(answer, "/items").iter();
            items.filter_map(move |object| Some(Item { what: what.clone()?, object }))
        })
    }

    fn uid(&self) -> &'a str {
        text(self.object, "/metadata/uid")
    }

    fn name(&self) -> &'a str {
        text(self.object, "/metadata/name")
    }

    fn owners(&self) -> impl Iterator<Item = &'a Value> {
        list(self.object, "/metadata/ownerReferences").iter()
    }

    fn part(&self, says: impl Into<String>, tone: Tone) -> Part {
        let namespace = text(self.object, "/metadata/namespace");
        let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        let target = Target { what: self.what.clone(), namespace, name: self.name().to_owned() };
        Part { target, uid: self.uid().into(), does: None, says: says.into(), tone }
    }
}

/// What the lists tell of one object.
#[derive(Debug, Default)]
pub struct Kin {
    /// What refers to it, and how.
    pub uses: Vec<Part>,
    /// What goes with it, object by object.
    pub goes: Vec<Part>,
    /// What goes with it where there may be very much: `12 pods`.
    pub counts: Vec<String>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

impl Kin {
    /// `given.related` are the answers to [`asks`]: lists, or the server's Status for what could not be read.
    pub fn of(given: &Given<'_>) -> Self {
        let mut kin = Self { uses: uses::of(given), unread: unread(given.related), ..Self::default() };
        match given.target.what.plural.as_str() {
            "nodes" => kin.goes = on_node(given),
            _ if goes_anyway(given.target) => kin.counts = counts(given),
            _ => kin.goes = owned(given),
        }
        kin
    }
}

/// Whether what goes with it goes however it is deleted: not the garbage collector takes it, but the namespace's own controller,
/// that of the definition, or that of pods without a node.
pub fn goes_anyway(target: &Target) -> bool {
    let what = (target.what.group.as_str(), target.what.plural.as_str());
    matches!(what, ("", "namespaces" | "nodes") | ("apiextensions.k8s.io", "customresourcedefinitions"))
}

/// What could not be read of what refers to an object, or goes with it.
pub fn unread(answers: &[Value]) -> Vec<String> {
    let refused = answers.iter().filter(|answer| text(answer, "/kind") == "Status");
    refused.map(|status| format!("{} ({})", text(status, "/details/kind"), text(status, "/message"))).collect()
}

pub use uses::depending;

/// `1 replicaset and 3 pods`.
pub fn count(parts: &[Part]) -> String {
    let mut kinds: Vec<(String, i64)> = Vec::new();
    for part in parts {
        let kind = part.target.what.kind.to_lowercase();
        match kinds.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let said: Vec<String> = kinds.iter().map(|(kind, count)| many(*count, kind)).collect();
    joined(&said)
}

/// `1 pod`, `3 pods`, `2 ingresses`.
fn many(count: i64, kind: &str) -> String {
    match count {
        1 => format!("1 {kind}"),
        _ if kind.ends_with('s') => format!("{count} {kind}es"),
        _ => format!("{count} {kind}s"),
    }
}

/// `a, b and c`.
pub fn joined(words: &[String]) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// How many of each kind are in a namespace, or of a custom kind in the cluster.
fn counts(given: &Given<'_>) -> Vec<String> {
    let own = format!("{}List", text(given.object, "/spec/names/kind"));
    let is_in_namespace = |answer: &&Value| text(answer, "/items/0/metadata/namespace") == given.target.name;
    let of_target = |answer: &&Value| text(answer, "/kind") == own || is_in_namespace(answer);
    let counted = given.related.iter().filter(of_target).filter_map(|answer| {
        let kind = text(answer, "/kind").strip_suffix("List")?.to_lowercase();
        let first = i64::try_from(list(answer, "/items").len()).ok()?;
        let count = first + number(answer, "/metadata/remainingItemCount");
        (count > 0).then(|| many(count, &kind))
    });
    counted.collect()
}

/// The pods of a node: without it, the pod garbage collector ends them.
fn on_node(given: &Given<'_>) -> Vec<Part> {
    let pods = Item::all(given.related).filter(|item| text(item.object, "/spec/nodeName") == given.target.name);
    pods.map(|pod| pod.part("goes with it", Tone::Changing)).collect()
}

/// What the target owns, and what that owns. Lists of owners stand before those of what they own.
fn owned(given: &Given<'_>) -> Vec<Part> {
    let mut gone: BTreeSet<&str> = [text(given.object, "/metadata/uid")].into();
    let mut parts = Vec::new();
    for item in Item::all(given.related) {
        let mut owners = item.owners().peekable();
        if owners.peek().is_some() && owners.all(|owner| gone.contains(text(owner, "/uid"))) && gone.insert(item.uid())
        {
            parts.push(item.part("goes with it", Tone::Changing));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;
    use serde_json::json;

    fn owned_by(kind: &str, name: &str, owner: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "ownerReferences": [{"kind": kind, "uid": owner, "controller": true}]}})
    }

    #[test]
    fn a_deployment_takes_its_replicasets_and_their_pods_with_it() {
        let target = target("apps", "deployments", "Deployment");
        let object =
            json!({"metadata": {"name": "web", "uid": "d"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}});
        let asked: Vec<_> = asks(&target, &object).into_iter().map(|ask| (ask.what.plural, ask.select)).collect();
        let selected = Some(("labelSelector", "app=web".to_owned()));
        assert_eq!(asked[..2], [("replicasets".to_owned(), selected.clone()), ("pods".to_owned(), selected)]);
        let mut shared = owned_by("ReplicaSet", "shared", "rs");
        shared["metadata"]["ownerReferences"].as_array_mut().unwrap().push(json!({"uid": "another"}));
        let related = [
            json!({"kind": "ReplicaSetList", "items": [owned_by("Deployment", "rs", "d"), owned_by("Deployment", "other", "e")]}),
            json!({"kind": "PodList", "items": [owned_by("ReplicaSet", "a", "rs"), owned_by("ReplicaSet", "b", "rs"), owned_by("ReplicaSet", "c", "other"), shared]}),
            json!({"kind": "Status", "message": "forbidden", "details": {"kind": "services"}}),
        ];
        let kin = Kin::of(&Given { target: &target, object: &object, related: &related, now: 0 });
        let names: Vec<&str> = kin.goes.iter().map(|part| part.target.name.as_str()).collect();
        assert_eq!(names, ["rs", "a", "b"], "what has another owner, too, stays");
        assert_eq!(count(&kin.goes), "1 replicaset and 2 pods");
        assert_eq!(kin.unread, ["services (forbidden)"]);
    }

    #[test]
    fn the_objects_of_a_definition_are_counted() {
        let mut target = target("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition");
        target.namespace = None;
        let object = json!({"spec": {"group": "example.com", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1beta1"}, {"name": "v1", "storage": true}]}});
        let asked = asks(&target, &object);
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].what.version.as_str(), asked[0].form, &asked[0].namespace), ("v1", Form::Count, &None));
        let related = [json!({"kind": "WidgetList", "items": [{}], "metadata": {"remainingItemCount": 6}})];
        let kin = Kin::of(&Given { target: &target, object: &object, related: &related, now: 0 });
        assert_eq!(kin.counts, ["7 widgets"]);
    }

    #[test]
    fn a_namespace_is_counted() {
        let mut target = target("", "namespaces", "Namespace");
        (target.name, target.namespace) = ("shop".into(), None);
        let asks = asks(&target, &Value::Null);
        assert!(asks.iter().all(|ask| ask.form == Form::Count && ask.namespace.as_deref() == Some("shop")));
        let in_it = |namespace: &str| json!([{"metadata": {"namespace": namespace}}]);
        let related = [
            json!({"kind": "PodList", "items": in_it("shop"), "metadata": {"remainingItemCount": 11}}),
            json!({"kind": "SecretList", "items": in_it("shop")}),
            json!({"kind": "IngressList", "items": in_it("other")}),
            json!({"kind": "JobList", "items": []}),
        ];
        let kin = Kin::of(&Given { target: &target, object: &Value::Null, related: &related, now: 0 });
        assert_eq!(joined(&kin.counts), "12 pods and 1 secret");
    }
}
