//! The garbage collector: what an owner leaves behind goes after it (pkg/controller/garbagecollector).
//!
//! In the background by default; before the owner with `foregroundDeletion`; not at all, but for the references, with `orphan`. An owner of a
//! kind that is not served counts as being there.

use super::super::object::{self, Object, flag, items, put, text};
use super::super::store::{Key, What};
use super::super::world::{Deletion, Propagation, World, Write};
use super::{Controller, MANAGER, News};
use jiff::SignedDuration;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "garbage-collector-controller";
const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// It remembers whose dependents are where: an owner that is gone says nothing of them.
#[derive(Default)]
pub struct Garbage {
    dependents: RefCell<BTreeMap<String, BTreeSet<Key>>>,
}

impl Controller for Garbage {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        let mut concerned = Vec::new();
        let says = |what: &str| memchr::memmem::find(&news.body, what.as_bytes()).is_some();
        if says("\"ownerReferences\"") || news.before.as_ref().is_some_and(|body| has_owners(body)) {
            self.note(news);
            concerned.extend(self.of_dependent(world, news));
        }
        match news.what {
            What::Deleted => concerned.extend(self.of(object::uid(news.object()))),
            _ if says(FOREGROUND) || says(ORPHAN) => concerned.push(news.key.clone()),
            _ => {}
        }
        concerned
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let object = world.get(&key.resource, &key.namespace, &key.name)?;
        let finalizers = items(&object, "metadata/finalizers");
        let has = |finalizer: &str| finalizers.iter().any(|own| own == finalizer);
        match object::is_deleted(&object) {
            true if has(ORPHAN) => self.orphan(world, key, object),
            true if has(FOREGROUND) => self.go_last(world, key, object),
            true => {}
            false => self.judge(world, key, object),
        }
        None
    }
}

fn has_owners(body: &[u8]) -> bool {
    memchr::memmem::find(body, b"\"ownerReferences\"").is_some()
}

fn owners(object: &Object) -> &[Value] {
    items(object, "metadata/ownerReferences")
}

/// What became of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    There,
    /// It goes as soon as its dependents have gone.
    Waiting,
    Gone,
}

impl Garbage {
    fn of(&self, uid: &str) -> Vec<Key> {
        self.dependents.borrow().get(uid).into_iter().flatten().cloned().collect()
    }

    fn note(&self, news: &News<'_>) {
        let mut dependents = self.dependents.borrow_mut();
        for owner in owners(news.before()) {
            let uid = text(owner, "uid");
            if let Some(keys) = dependents.get_mut(uid) {
                keys.remove(&news.key);
                if keys.is_empty() {
                    dependents.remove(uid);
                }
            }
        }
        if news.what == What::Deleted {
            return;
        }
        for owner in owners(news.object()) {
            dependents.entry(text(owner, "uid").to_owned()).or_default().insert(news.key.clone());
        }
    }

    /// A dependent that came too late, or one whose going its owner waits for.
    fn of_dependent(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        let mut concerned = Vec::new();
        for owner in owners(news.object()).iter().chain(owners(news.before())) {
            let Some(key) = owner_key(world, &news.key, owner) else { continue };
            let body = world.store.get(&key).map(|stored| &stored.body);
            let has = |what: &str| body.is_some_and(|body| memchr::memmem::find(body, what.as_bytes()).is_some());
            if !has(text(owner, "uid")) {
                concerned.push(news.key.clone());
            } else if has(FOREGROUND) && has("\"deletionTimestamp\"") {
                concerned.push(key);
            }
        }
        concerned
    }

    /// Keeps an object as long as one owner is there; references to others go, and with the last of them the object.
    fn judge(&self, world: &mut World, key: &Key, mut object: Object) {
        let all: Vec<(Value, Owner)> =
            owners(&object).iter().map(|owner| (owner.clone(), look_up(world, key, owner))).collect();
        if all.iter().all(|(_, owner)| *owner == Owner::There) {
            return;
        }
        if all.iter().any(|(_, owner)| *owner == Owner::There) {
            let left = all.into_iter().filter(|(_, owner)| *owner == Owner::There).map(|(own, _)| own);
            put(&mut object, "metadata/ownerReferences", left.collect::<Vec<_>>());
            // If it changed meanwhile, its change wakes this controller again.
            let _ = world.update(&key.resource, object, Write::by(MANAGER));
            return;
        }
        let is_waited_for = all.iter().any(|(_, owner)| *owner == Owner::Waiting);
        let has_own = !self.of(object::uid(&object)).is_empty();
        let propagation = if is_waited_for && has_own { Propagation::Foreground } else { Propagation::Background };
        let how = Deletion { propagation, uid: Some(object::uid(&object).to_owned()), ..Deletion::default() };
        let _ = world.delete(&key.resource, &key.namespace, &key.name, &how);
    }

    /// Lets an owner go when none is left of those that block it.
    fn go_last(&self, world: &mut World, key: &Key, object: Object) {
        let uid = object::uid(&object);
        let mut is_blocked = false;
        for dependent in self.of(uid) {
            let Some(own) = world.get(&dependent.resource, &dependent.namespace, &dependent.name) else { continue };
            is_blocked |=
                owners(&own).iter().any(|owner| text(owner, "uid") == uid && flag(owner, "blockOwnerDeletion"));
            if !object::is_deleted(&own) {
                self.judge(world, &dependent, own);
            }
        }
        let blocks = |dependent: &Key| world.store.get(dependent).is_some();
        if !(is_blocked && self.of(uid).iter().any(blocks)) {
            drop_finalizer(world, key, object, FOREGROUND);
        }
    }

    fn orphan(&self, world: &mut World, key: &Key, object: Object) {
        for dependent in self.of(object::uid(&object)) {
            let Some(mut own) = world.get(&dependent.resource, &dependent.namespace, &dependent.name) else { continue };
            let mut left = owners(&own).to_vec();
            left.retain(|owner| text(owner, "uid") != object::uid(&object));
            match left.is_empty() {
                true => drop(object::remove(&mut own, "metadata/ownerReferences")),
                false => put(&mut own, "metadata/ownerReferences", left),
            }
            let _ = world.update(&dependent.resource, own, Write::by(MANAGER));
        }
        drop_finalizer(world, key, object, ORPHAN);
    }
}

fn drop_finalizer(world: &mut World, key: &Key, mut object: Object, finalizer: &str) {
    let mut left = items(&object, "metadata/finalizers").to_vec();
    left.retain(|own| own != finalizer);
    put(&mut object, "metadata/finalizers", left);
    // It is deleted with the last finalizer; if it changed meanwhile, its change wakes this controller again.
    let _ = world.update(&key.resource, object, Write::by(MANAGER));
}

/// Where an owner is, if its kind is served.
fn owner_key(world: &World, dependent: &Key, owner: &Value) -> Option<Key> {
    let resource = world.catalog.of_kind(text(owner, "apiVersion"), text(owner, "kind"))?;
    let namespace = if resource.namespaced { &*dependent.namespace } else { "" };
    Some(Key::new(&resource.id, namespace, text(owner, "name")))
}

fn look_up(world: &World, dependent: &Key, owner: &Value) -> Owner {
    let Some(key) = owner_key(world, dependent, owner) else { return Owner::There };
    let found = world.get(&key.resource, &key.namespace, &key.name);
    let Some(found) = found.filter(|found| object::uid(found) == text(owner, "uid")) else { return Owner::Gone };
    let is_foreground = items(&found, "metadata/finalizers").iter().any(|own| own == FOREGROUND);
    if object::is_deleted(&found) && is_foreground { Owner::Waiting } else { Owner::There }
}

#[cfg(test)]
mod tests {
    use super::super::deployment::Deployments;
    use super::super::replicaset::ReplicaSets;
    use super::super::stub::{self, Kubelet};
    use super::super::{Life, own};
    use super::*;
    use serde_json::json;

    fn begin() -> (World, Life) {
        let (mut world, mut life) = stub::begin(vec![
            Box::new(Deployments),
            Box::new(ReplicaSets),
            Box::new(Garbage::default()),
            Box::new(Kubelet),
        ]);
        let web = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        }});
        world.create("deployments.apps", web, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 10);
        (world, life)
    }

    fn delete(world: &mut World, propagation: Propagation) {
        let how = Deletion { propagation, ..Deletion::default() };
        world.delete("deployments.apps", "shop", "web", &how).unwrap();
    }

    fn counts(world: &World) -> [usize; 3] {
        ["deployments.apps", "replicasets.apps", "pods"].map(|id| world.list(id, None).len())
    }

    #[test]
    fn what_is_owned_goes_after_its_owner() {
        let (mut world, mut life) = begin();
        delete(&mut world, Propagation::Background);
        assert_eq!(counts(&world), [0, 1, 2]);
        stub::live(&mut life, &mut world, 0);
        assert_eq!(counts(&world), [0, 0, 2]);
        stub::live(&mut life, &mut world, 10);
        assert_eq!(counts(&world), [0, 0, 0]);
    }

    #[test]
    fn in_the_foreground_the_owner_goes_last() {
        let (mut world, mut life) = begin();
        delete(&mut world, Propagation::Foreground);
        stub::live(&mut life, &mut world, 1);
        assert_eq!(counts(&world), [1, 1, 2]);
        stub::live(&mut life, &mut world, 10);
        assert_eq!(counts(&world), [0, 0, 0]);
    }

    #[test]
    fn orphans_stay_and_belong_to_nobody() {
        let (mut world, mut life) = begin();
        delete(&mut world, Propagation::Orphan);
        stub::live(&mut life, &mut world, 10);
        assert_eq!(counts(&world), [0, 1, 2]);
        assert!(own::is_free(&world.list("replicasets.apps", None)[0]));
    }

    #[test]
    fn who_comes_after_the_owner_went_does_not_stay() {
        let (mut world, mut life) = begin();
        let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "1"});
        let other = json!({"apiVersion": "example.com/v1", "kind": "Unknown", "name": "gone", "uid": "2"});
        for (name, owner) in [("late", owner), ("foreign", other)] {
            let map = json!({"metadata": {"namespace": "shop", "name": name, "ownerReferences": [owner]}});
            world.create("configmaps", map, Write::by("t")).unwrap();
        }
        stub::live(&mut life, &mut world, 1);
        assert_eq!(stub::names(&world, "configmaps"), ["foreign"]);
    }
}
