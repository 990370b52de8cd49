//! The cluster at a moment: its objects, its catalog, its clock and its dice; and the one way in which objects are written.
//!
//! Users' requests and controllers write by the same functions, so both meet the same admission, conflicts and finalizers. It does not ask
//! who writes: rights are looked at before (`api`). It does nothing by itself: what follows from a change is `life`'s business.

use super::admit::{self, defaults};
use super::catalog::{Catalog, Resource};
use super::fields;
use super::object::{self, Object, at, put, text};
use super::patch::keys::Schema;
use super::recent::{Recent, Seen};
use super::refusal::{Cause, Refusal};
use super::store::{Key, Store};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug)]
pub struct World {
    pub store: Store,
    /// Objects as they were written or read last.
    pub recent: Recent,
    pub catalog: Catalog,
    /// The time of the cluster. Whoever drives the world sets it, and never back.
    pub now: Timestamp,
    /// Seeded: the same seed and the same requests make the same cluster.
    pub random: fastrand::Rng,
    /// What admission had to say of the last write that went well; whoever answers a user takes it.
    pub warnings: Vec<String>,
    /// When people begin to look: what only they would see (leases renewed, events older than an hour by then) is left out before.
    pub present: Timestamp,
}

/// Whether a write is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dry {
    #[default]
    Kept,
    /// `dryRun=All`: everything but the keeping.
    Run,
}

/// How an object is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Write<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// `status`, `scale`; empty for the object itself.
    pub subresource: &'a str,
    pub dry: Dry,
}

impl<'a> Write<'a> {
    pub fn by(manager: &'a str) -> Self {
        Self { manager, ..Self::default() }
    }
    pub fn status(manager: &'a str) -> Self {
        Self { manager, subresource: "status", ..Self::default() }
    }
}

/// What becomes of what an object owns (`propagationPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    #[default]
    Background,
    Foreground,
    Orphan,
}

/// How an object is deleted.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// In seconds; the object's own when it says none.
    pub grace: Option<i64>,
    pub propagation: Propagation,
    /// Preconditions.
    pub uid: Option<String>,
    pub resource_version: Option<String>,
    pub dry: Dry,
}

/// What a deletion came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Deleted {
    /// It is gone; its last state.
    Gone(Object),
    /// It has a deletion timestamp and waits for its grace period or finalizers.
    Going(Object),
}

impl World {
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            store: Store::default(),
            recent: Recent::default(),
            catalog: Catalog::default(),
            now,
            random: fastrand::Rng::with_seed(seed),
            present: Timestamp::MIN,
            warnings: Vec::new(),
        }
    }

    /// A resource of the catalog by the store's name. All that are named in the source are there; a name that is not is a slip, and reads as
    /// an empty resource.
    pub fn resource(&self, id: &str) -> Option<Arc<Resource>> {
        self.catalog.by_id(id).cloned()
    }

    /// One object; `id` is the store's name of its resource.
    pub fn get(&self, id: &str, namespace: &str, name: &str) -> Option<Object> {
        self.look(id, namespace, name).map(Arc::unwrap_or_clone)
    }

    /// One object that is only looked at.
    pub fn look(&self, id: &str, namespace: &str, name: &str) -> Option<Seen> {
        self.at(&Key::new(&id.into(), namespace, name))
    }

    /// The same, by its key.
    pub fn at(&self, key: &Key) -> Option<Seen> {
        self.store.get(key).and_then(|stored| self.recent.read(&stored.body))
    }

    /// All objects of a resource, in one namespace or in all.
    pub fn list(&self, id: &str, namespace: Option<&str>) -> Vec<Object> {
        self.view(id, namespace).into_iter().map(Arc::unwrap_or_clone).collect()
    }

    /// All objects of a resource, in one namespace or in all, only to be looked at.
    pub fn view(&self, id: &str, namespace: Option<&str>) -> Vec<Seen> {
        let id = id.into();
        let all = self.store.list(&id, namespace, None);
        all.filter_map(|(_, stored)| self.recent.glance(&stored.body)).collect()
    }

    /// The objects of a resource that `owner` controls.
    pub fn owned(&self, id: &str, owner: &Object) -> Vec<Object> {
        let (uid, id) = (object::uid(owner), id.into());
        // Most objects are not even parsed: they name that uid nowhere.
        let named = memchr::memmem::Finder::new(uid);
        let all = self.store.list(&id, Some(object::namespace(owner)), None);
        let all = all.filter(|(_, stored)| named.find(&stored.body).is_some());
        let all = all.filter_map(|(_, stored)| self.recent.read(&stored.body));
        let own = all.filter(|own| object::controller(own).is_some_and(|by| text(by, "uid") == uid));
        own.map(Arc::unwrap_or_clone).collect()
    }

    /// Creates an object: names it, if it says `generateName`, gives it a uid, a time and a first generation.
    pub fn create(&mut self, id: &str, mut object: Object, write: Write<'_>) -> Result<Object, Refusal> {
        let resource = self.known(id)?;
        if object::name(&object).is_empty() && !text(&object, "metadata/generateName").is_empty() {
            let name = format!("{}{}", text(&object, "metadata/generateName"), self.suffix(5));
            put(&mut object, "metadata/name", name);
        }
        put(&mut object, "apiVersion", resource.api_version());
        put(&mut object, "kind", &*resource.kind);
        defaults::complete(&resource, &mut object);
        self.track(None, &mut object, write);
        put(&mut object, "metadata/uid", self.uid());
        put(&mut object, "metadata/creationTimestamp", object::time(self.now));
        if counts_generations(&resource) {
            put(&mut object, "metadata/generation", 1);
        }
        self.warnings = admit::admit(self, &resource, &mut object, None, write.subresource)?;
        let key = Key::new(&resource.id, object::namespace(&object), object::name(&object));
        if self.store.get(&key).is_some() {
            return Err(Refusal::exists(resource.of(), &key.name));
        }
        if self.is_ending(&key.namespace) {
            return Err(ending(&resource, &key));
        }
        Ok(Arc::unwrap_or_clone(self.keep(key, object, write.dry)))
    }

    /// Writes an object over the one there is. A `resourceVersion` in it must be that one's, a `uid` too. With a subresource `status` only the
    /// status is taken, without it all but the status (where the resource has that subresource). What changes nothing writes nothing.
    pub fn update(&mut self, id: &str, object: Object, write: Write<'_>) -> Result<Object, Refusal> {
        self.write(id, object, write).map(Arc::unwrap_or_clone)
    }

    /// The same, for those who only look at what became of it.
    pub fn write(&mut self, id: &str, mut object: Object, write: Write<'_>) -> Result<Seen, Refusal> {
        let resource = self.known(id)?;
        let key = Key::new(&resource.id, object::namespace(&object), object::name(&object));
        let Some(before) = self.at(&key) else {
            return Err(Refusal::not_found(resource.of(), &key.name));
        };
        let asked = text(&object, "metadata/resourceVersion");
        if !asked.is_empty() && asked != text(&before, "metadata/resourceVersion") {
            return Err(Refusal::modified(resource.of(), &key.name));
        }
        same_one(&resource, &before, &object)?;
        settle(&resource, &before, &mut object, write);
        if object == *before && (!object::is_deleted(&object) || is_held(&resource, &object)) {
            return Ok(before);
        }
        if write.subresource != "status" {
            defaults::complete(&resource, &mut object);
        }
        self.track(Some(&before), &mut object, write);
        self.warnings = admit::admit(self, &resource, &mut object, Some(&before), write.subresource)?;
        count_generation(&before, &mut object, write);
        if object == *before {
            return Ok(before);
        }
        let ready_to_go = object::is_deleted(&object) && !is_held(&resource, &object);
        if ready_to_go && !is_graceful(&resource, &object) {
            return Ok(Arc::new(self.take(&key, object, write.dry)));
        }
        Ok(self.keep(key, object, write.dry))
    }

    /// Deletes an object, now or, where a grace period or finalizers hold it, by marking it.
    pub fn delete(&mut self, id: &str, namespace: &str, name: &str, how: &Deletion) -> Result<Deleted, Refusal> {
        let resource = self.known(id)?;
        let key = Key::new(&resource.id, namespace, name);
        let Some(mut object) = self.at(&key).map(Arc::unwrap_or_clone) else {
            return Err(Refusal::not_found(resource.of(), name));
        };
        self.check_preconditions(&resource, &object, how)?;
        for (policy, finalizer) in [(Propagation::Foreground, "foregroundDeletion"), (Propagation::Orphan, "orphan")] {
            if how.propagation == policy {
                add_finalizer(&mut object, finalizer);
            }
        }
        let grace = self.grace(&resource, &object, how);
        let held = is_held(&resource, &object);
        if !held && grace == 0 {
            return Ok(Deleted::Gone(self.take(&key, object, how.dry)));
        }
        let shorter = grace < object::number(&object, "metadata/deletionGracePeriodSeconds");
        if !object::is_deleted(&object) || shorter {
            let due = self.now.saturating_add(SignedDuration::from_secs(grace)).unwrap_or(self.now);
            put(&mut object, "metadata/deletionTimestamp", object::time(due));
            put(&mut object, "metadata/deletionGracePeriodSeconds", grace);
            let generation = object::number(&object, "metadata/generation");
            if generation > 0 {
                put(&mut object, "metadata/generation", generation + 1);
            }
            if &*resource.id == NAMESPACES {
                put(&mut object, "status/phase", "Terminating");
            }
        }
        Ok(Deleted::Going(Arc::unwrap_or_clone(self.keep(key, object, how.dry))))
    }

    /// Whether a namespace is being deleted: nothing new is made in it.
    pub fn is_ending(&self, namespace: &str) -> bool {
        self.look(NAMESPACES, "", namespace).is_some_and(|namespace| object::is_deleted(&namespace))
    }

    /// Letters and digits as the API's own generated names have them (k8s.io/apimachinery/pkg/util/rand).
    pub fn suffix(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).filter_map(|_| self.random.choice(ALPHABET)).map(|byte| char::from(*byte)).collect()
    }

    fn known(&self, id: &str) -> Result<Arc<Resource>, Refusal> {
        self.resource(id).ok_or_else(Refusal::no_such_path)
    }

    fn uid(&mut self) -> String {
        let (high, low) = (self.random.u64(..), self.random.u64(..));
        let hex = format!("{high:016x}{low:016x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    fn check_preconditions(&self, resource: &Resource, object: &Object, how: &Deletion) -> Result<(), Refusal> {
        let asked =
            [("UID", &how.uid, "metadata/uid"), ("ResourceVersion", &how.resource_version, "metadata/resourceVersion")];
        for (field, wanted, path) in asked {
            let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != text(object, path)) else { continue };
            let why = format!(
                "Precondition failed: {field} in precondition: {wanted}, {field} in object meta: {}",
                text(object, path)
            );
            return Err(Refusal::conflict(resource.of(), object::name(object), why));
        }
        Ok(())
    }

    /// Pods alone are given time, and only those that a node runs.
    fn grace(&self, resource: &Resource, object: &Object, how: &Deletion) -> i64 {
        if !is_graceful(resource, object) {
            return 0;
        }
        let own = at(object, "spec/terminationGracePeriodSeconds").as_i64().unwrap_or(30);
        how.grace.unwrap_or(own).max(0)
    }

    /// What the cluster itself wrote before anybody looked is not worth the time it takes to note.
    fn track(&self, before: Option<&Object>, object: &mut Object, write: Write<'_>) {
        const OWN: &[&str] = &["kube-controller-manager", "kubelet", "kube-scheduler"];
        if self.now >= self.present || !OWN.contains(&write.manager) {
            fields::track(before, object, write, self.now);
        }
    }

    fn keep(&mut self, key: Key, mut object: Object, dry: Dry) -> Seen {
        if dry == Dry::Run {
            return Arc::new(object);
        }
        if let Some(before) = self.store.get(&key) {
            self.recent.outdate(&before.body);
        }
        let stored = self.store.put(key, |revision| written(&mut object, revision));
        let seen = Arc::new(object);
        self.recent.hold(&stored.body, &seen);
        seen
    }

    fn take(&mut self, key: &Key, mut object: Object, dry: Dry) -> Object {
        if dry == Dry::Kept {
            self.store.remove(key, |revision| written(&mut object, revision));
        }
        object
    }
}

fn written(object: &mut Object, revision: u64) -> Bytes {
    put(object, "metadata/resourceVersion", revision.to_string());
    // Not a byte more than it needs: there may be thousands.
    Bytes::from(object.to_string().into_bytes().into_boxed_slice())
}

const NAMESPACES: &str = "namespaces";

/// Whether a deleted object must wait for its finalizers; those of a namespace are in its spec.
fn is_held(resource: &Resource, object: &Object) -> bool {
    let of_namespace = &*resource.id == NAMESPACES && !object::items(object, "spec/finalizers").is_empty();
    of_namespace || !object::items(object, "metadata/finalizers").is_empty()
}

/// The namespace lifecycle's word (apiserver's plugin/namespace/lifecycle).
fn ending(resource: &Resource, key: &Key) -> Refusal {
    let why = format!("unable to create new content in namespace {} because it is being terminated", key.namespace);
    let mut refusal = Refusal::forbidden(resource.of(), &key.name, why);
    let message = format!("namespace {} is being terminated", key.namespace);
    let causes = json!([{"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}]);
    put(&mut refusal.details, "causes", causes);
    refusal
}

/// A pod on a node that has not ended is deleted by its kubelet.
fn is_graceful(resource: &Resource, object: &Object) -> bool {
    &*resource.id == "pods"
        && !text(object, "spec/nodeName").is_empty()
        && !matches!(text(object, "status/phase"), "Succeeded" | "Failed")
        && at(object, "metadata/deletionGracePeriodSeconds").as_i64() != Some(0)
}

fn add_finalizer(object: &mut Object, finalizer: &str) {
    let mut finalizers = object::items(object, "metadata/finalizers").to_vec();
    if !finalizers.iter().any(|own| own == finalizer) {
        finalizers.push(json!(finalizer));
        put(object, "metadata/finalizers", finalizers);
    }
}

/// Another one of its name is not written over (validation/objectmeta.go).
fn same_one(resource: &Resource, before: &Object, object: &Object) -> Result<(), Refusal> {
    let uid = object::uid(object);
    if uid.is_empty() || uid == object::uid(before) {
        return Ok(());
    }
    let cause = Cause {
        reason: "FieldValueInvalid",
        message: format!("Invalid value: {uid:?}: field is immutable"),
        field: "metadata.uid".to_owned(),
    };
    Err(Refusal::invalid((&resource.group, &resource.kind), object::name(before), vec![cause]))
}

/// Makes of what was sent what will be: the server's own metadata stays, and a subresource changes its part alone.
fn settle(resource: &Resource, before: &Object, object: &mut Object, write: Write<'_>) {
    if write.subresource == "status" && is_of_status(before, object) {
        return;
    }
    if write.subresource == "status" {
        let status = at(object, "status").clone();
        let managed = at(object, "metadata/managedFields").clone();
        let annotations = at(object, "metadata/annotations").clone();
        *object = before.clone();
        // Its controller counts revisions there (pkg/registry/apps/deployment/strategy.go).
        if text(object, "kind") == "Deployment" && !annotations.is_null() {
            put(object, "metadata/annotations", annotations);
        }
        put(object, "status", status);
        put(object, "metadata/managedFields", managed);
    } else if resource.has("status") {
        keep_from(before, object, "status");
    }
    for own in
        ["uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"]
    {
        keep_from(before, object, &format!("metadata/{own}"));
    }
    put(object, "apiVersion", resource.api_version());
    put(object, "kind", &*resource.kind);
    if at(object, "metadata/managedFields").is_null() {
        keep_from(before, object, "metadata/managedFields");
    }
}

/// A changed spec is a new generation, where generations are counted.
fn count_generation(before: &Object, object: &mut Object, write: Write<'_>) {
    let generation = object::number(before, "metadata/generation");
    // Binding is not the user's change (pkg/registry/core/pod/storage: BindingREST).
    if generation == 0 || matches!(write.subresource, "binding" | "status") {
        return;
    }
    // Annotations go down to the ReplicaSets (pkg/registry/apps/deployment/strategy.go).
    let annotated = text(object, "kind") == "Deployment"
        && at(before, "metadata/annotations") != at(object, "metadata/annotations");
    if annotated || without_status(before) != without_status(object) {
        put(object, "metadata/generation", generation + 1);
    }
}

/// Not every kind has a generation; custom ones have.
fn counts_generations(resource: &Resource) -> bool {
    const COUNT: &[&str] = &[
        "Pod",
        "CronJob",
        "CustomResourceDefinition",
        "DaemonSet",
        "Deployment",
        "EndpointSlice",
        "Ingress",
        "IngressClass",
        "Job",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PriorityClass",
        "ReplicaSet",
        "StatefulSet",
    ];
    Schema::of(&resource.group) == Schema::Custom || COUNT.contains(&&*resource.kind)
}

/// Whether all but the status is what it was.
fn is_of_status(before: &Object, object: &Object) -> bool {
    let (Some(before), Some(object)) = (before.as_object(), object.as_object()) else { return false };
    let all_but = |fields: &Map<String, Value>| fields.len() - usize::from(fields.contains_key("status"));
    let is_same = |(key, value): (&String, &Value)| key == "status" || before.get(key) == Some(value);
    object.contains_key("status") && all_but(before) == all_but(object) && object.iter().all(is_same)
}

fn keep_from(before: &Object, object: &mut Object, path: &str) {
    if at(before, path) == at(object, path) {
        return;
    }
    match at(before, path) {
        Value::Null => drop(object::remove(object, path)),
        value => put(object, path, value.clone()),
    }
}

/// What a generation counts: everything but metadata and status.
fn without_status(object: &Object) -> Vec<(&String, &Value)> {
    let fields = object.as_object().into_iter().flatten();
    fields.filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World::new(7, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    fn pod(node: &str) -> Object {
        json!({"metadata": {"namespace": "shop", "generateName": "web-"}, "spec": {"nodeName": node, "containers": [{"name": "web", "image": "web:1"}]}, "status": {"phase": "Pending"}})
    }

    #[test]
    fn a_write_meets_conflicts_generations_and_its_subresource() {
        let mut world = world();
        let made = world.create("pods", pod("a"), Write::by("test")).unwrap();
        assert!(object::name(&made).starts_with("web-") && object::name(&made).len() == 9);
        let mut other = made.clone();
        put(&mut other, "status/phase", "Running");
        assert_eq!(
            world.update("pods", other.clone(), Write::by("test")).unwrap(),
            made,
            "the status has its own path"
        );
        let running = world.update("pods", other.clone(), Write::status("kubelet")).unwrap();
        assert_eq!((text(&running, "status/phase"), object::number(&running, "metadata/generation")), ("Running", 1));
        assert_eq!(world.update("pods", other.clone(), Write::status("kubelet")).unwrap_err().reason, "Conflict");
        let mut changed = running.clone();
        put(&mut changed, "spec/activeDeadlineSeconds", 5);
        let dry = Write { dry: Dry::Run, ..Write::by("test") };
        assert_eq!(object::number(&world.update("pods", changed.clone(), dry).unwrap(), "metadata/generation"), 2);
        assert_eq!(world.get("pods", "shop", object::name(&made)), Some(running), "a dry run keeps nothing");
    }

    #[test]
    fn pods_on_nodes_and_finalizers_are_waited_for() {
        let mut world = world();
        let (there, nowhere) = (
            world.create("pods", pod("a"), Write::by("t")).unwrap(),
            world.create("pods", pod(""), Write::by("t")).unwrap(),
        );
        let delete =
            |world: &mut World, pod: &Object, how: Deletion| world.delete("pods", "shop", object::name(pod), &how);
        assert!(matches!(delete(&mut world, &nowhere, Deletion::default()), Ok(Deleted::Gone(_))));
        let wrong = Deletion { uid: Some("other".to_owned()), ..Deletion::default() };
        assert_eq!(delete(&mut world, &there, wrong).unwrap_err().reason, "Conflict");
        let Ok(Deleted::Going(going)) = delete(&mut world, &there, Deletion::default()) else {
            panic!("it has a grace period")
        };
        assert_eq!(text(&going, "metadata/deletionTimestamp"), "2026-01-01T00:00:30Z");
        let now = Deletion { grace: Some(0), ..Deletion::default() };
        assert!(matches!(delete(&mut world, &there, now), Ok(Deleted::Gone(_))));
        assert!(world.list("pods", None).is_empty());

        let map = json!({"metadata": {"namespace": "shop", "name": "held", "finalizers": ["example.com/hold"]}});
        world.create("configmaps", map, Write::by("t")).unwrap();
        let Ok(Deleted::Going(mut held)) = world.delete("configmaps", "shop", "held", &Deletion::default()) else {
            panic!("it is held")
        };
        object::remove(&mut held, "metadata/finalizers");
        world.update("configmaps", held, Write::by("t")).unwrap();
        assert_eq!(world.get("configmaps", "shop", "held"), None);
    }
}
