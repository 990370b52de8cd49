//! The end of a namespace: its contents go, the pods first, and then it goes itself (pkg/controller/namespace).

use super::super::catalog::Verbs;
use super::super::object::{self, Object, items, put};
use super::super::store::{Key, What};
use super::super::world::{Deletion, World, Write};
use super::condition::Said;
use super::{Controller, MANAGER, News, condition};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

const ID: &str = "namespaces";
const SOURCE: &str = "namespace-controller";

/// Conditions of a namespace that is deleted, when all is well: type, reason, message.
const WELL: [(&str, &str, &str); 5] = [
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
];

pub struct Namespaces;

impl Controller for Namespaces {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        let ends = |body: &[u8]| memchr::memmem::find(body, b"\"deletionTimestamp\"").is_some();
        if news.is(ID) {
            return if ends(&news.body) { vec![news.key.clone()] } else { Vec::new() };
        }
        if news.what != What::Deleted || news.key.namespace.is_empty() {
            return Vec::new();
        }
        let namespace = Key::new(&ID.into(), "", &news.key.namespace);
        let is_ending = world.store.get(&namespace).is_some_and(|stored| ends(&stored.body));
        if is_ending { vec![namespace] } else { Vec::new() }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let namespace = world.get(ID, "", &key.name).filter(object::is_deleted)?;
        let resources = world.catalog.all().iter();
        let kept = resources.filter(|own| own.namespaced && own.verbs == Verbs::All).map(|own| own.id.clone());
        let (pods, rest): (Vec<_>, Vec<_>) = kept.partition(|id| &**id == "pods");
        let mut left = Left::default();
        left.clear(world, &pods, &key.name);
        if left.resources.is_empty() {
            left.clear(world, &rest, &key.name);
        }
        write(world, namespace, &left);
        None
    }
}

/// What could not be deleted at once.
#[derive(Default)]
struct Left {
    resources: BTreeMap<Arc<str>, usize>,
    finalizers: BTreeMap<String, usize>,
}

impl Left {
    /// Deletes all objects of resources in a namespace.
    fn clear(&mut self, world: &mut World, resources: &[Arc<str>], namespace: &str) {
        for id in resources {
            let keys: Vec<Key> = world.store.list(id, Some(namespace), None).map(|(key, _)| key.clone()).collect();
            for key in keys {
                let Some(object) = world.get(id, namespace, &key.name) else { continue };
                if !object::is_deleted(&object) {
                    // What is left of it is counted below.
                    let _ = world.delete(id, namespace, &key.name, &Deletion::default());
                }
                if world.store.get(&key).is_some() {
                    self.count(id, &object);
                }
            }
        }
    }

    fn count(&mut self, id: &Arc<str>, object: &Object) {
        *self.resources.entry(id.clone()).or_default() += 1;
        for finalizer in items(object, "metadata/finalizers").iter().filter_map(|own| own.as_str()) {
            *self.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
    }

    /// What the conditions say of it, where all is not well: type, reason, message.
    fn conditions(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut said = Vec::new();
        if !self.resources.is_empty() {
            // The real one puts a dot behind a plural without a group, too.
            let full = |id: &str| if id.contains('.') { id.to_owned() } else { format!("{id}.") };
            let all: Vec<_> =
                self.resources.iter().map(|(id, n)| format!("{} has {n} resource instances", full(id))).collect();
            let message = format!("Some resources are remaining: {}", all.join(", "));
            said.push(("NamespaceContentRemaining", "SomeResourcesRemain", message));
        }
        if !self.finalizers.is_empty() {
            let all: Vec<_> =
                self.finalizers.iter().map(|(own, n)| format!("{own} in {n} resource instances")).collect();
            let message = format!("Some content in the namespace has finalizers remaining: {}", all.join(", "));
            said.push(("NamespaceFinalizersRemaining", "SomeFinalizersRemain", message));
        }
        said
    }
}

/// Says what is left; if nothing is, the namespace goes.
fn write(world: &mut World, mut namespace: Object, left: &Left) {
    if left.resources.is_empty() {
        let mut finalizers = items(&namespace, "spec/finalizers").to_vec();
        finalizers.retain(|own| own != "kubernetes");
        put(&mut namespace, "spec/finalizers", finalizers);
        let finalize = Write { subresource: "finalize", ..Write::by(MANAGER) };
        // If it changed meanwhile, its change wakes this controller again.
        let _ = world.update(ID, namespace, finalize);
        return;
    }
    let status = object::place(&mut namespace, "status");
    put(status, "phase", "Terminating");
    let worse = left.conditions();
    for (kind, reason, message) in WELL {
        let said = match worse.iter().find(|own| own.0 == kind) {
            Some((_, reason, message)) => Said { kind, status: "True", reason, message, also: "" },
            None => Said { kind, status: "False", reason, message, also: "" },
        };
        condition::revise(status, world.now, said);
    }
    let _ = world.update(ID, namespace, Write::status(MANAGER));
}

#[cfg(test)]
mod tests {
    use super::super::stub::{self, Kubelet};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_namespace_goes_when_its_contents_have_gone_and_takes_nothing_new() {
        let (mut world, mut life) = stub::begin(vec![Box::new(Namespaces), Box::new(Kubelet)]);
        let namespace = json!({"metadata": {"name": "shop"}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
        world.create(ID, namespace, Write::by("t")).unwrap();
        let object = |name: &str| json!({"metadata": {"namespace": "shop", "name": name}});
        world.create("configmaps", object("settings"), Write::by("t")).unwrap();
        let mut pod = object("web");
        object::put(&mut pod, "spec/containers", json!([{"name": "web", "image": "web:1"}]));
        world.create("pods", pod, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 10);
        world.delete(ID, "", "shop", &Deletion::default()).unwrap();
        stub::live(&mut life, &mut world, 1);
        let ending = world.get(ID, "", "shop").unwrap();
        assert_eq!(object::text(&ending, "status/phase"), "Terminating");
        let remaining = condition::find(object::at(&ending, "status"), "NamespaceContentRemaining");
        let message = "Some resources are remaining: pods. has 1 resource instances";
        assert_eq!(object::text(remaining, "message"), message);
        assert_eq!(world.list("configmaps", None).len(), 1, "pods go first");
        let refused = world.create("configmaps", object("late"), Write::by("t")).unwrap_err();
        assert_eq!(
            refused.message,
            "configmaps \"late\" is forbidden: unable to create new content in namespace shop because it is being terminated"
        );
        stub::live(&mut life, &mut world, 10);
        assert!(world.get(ID, "", "shop").is_none());
        assert!(world.list("configmaps", None).is_empty());
    }
}
