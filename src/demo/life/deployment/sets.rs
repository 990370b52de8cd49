//! A deployment's ReplicaSets: which has its template, how one is made, sized, numbered and at last forgotten.

use super::super::super::events::{self, Level};
use super::super::super::object::{self, Object, annotation, at, items, number, put, text};
use super::super::super::world::{Deletion, World, Write};
use super::super::{MANAGER, condition, own};
use super::{DESIRED, ID, MAX, REVISION, REVISIONS, Rollout, SETS, SOURCE, progress, size};
use serde_json::{Value, json};
use std::sync::Arc;

const HASH: &str = "pod-template-hash";
/// Annotations that a set does not take over from its deployment (deploymentutil.annotationsToSkip).
const OWN_NOTES: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISIONS,
    DESIRED,
    MAX,
    "deprecated.deployment.rollback.to",
];
/// Characters of the list of former revisions.
const REVISIONS_LENGTH: usize = 2000;

/// The number that an annotation says.
pub fn note(set: &Object, key: &str) -> Option<i64> {
    annotation(set, key).parse().ok()
}

fn put_note(object: &mut Object, key: &str, value: impl ToString) {
    let notes = object::place(object, "metadata/annotations");
    if !notes.is_object() {
        *notes = json!({});
    }
    if let Some(notes) = notes.as_object_mut() {
        notes.insert(key.to_owned(), value.to_string().into());
    }
}

/// A template without what makes no difference: the hash and what is empty.
fn bare(template: &Value) -> Value {
    let mut bare = template.clone();
    object::remove(&mut bare, &format!("metadata/labels/{HASH}"));
    own::prune(&mut bare);
    bare
}

/// Whether two templates differ in nothing but that.
fn is_same(of_set: &Value, template: &Value) -> bool {
    let images = |own: &Value| -> Vec<String> {
        items(own, "spec/containers").iter().map(|own| text(own, "image").to_owned()).collect()
    };
    // Most that differ do so by an image, and are not copied to find that out.
    images(of_set) == images(template) && bare(of_set) == bare(template)
}

impl<'w> Rollout<'w> {
    pub fn of(world: &'w mut World, deployment: Object) -> Self {
        let mut sets = own::view(world, SETS, &deployment);
        own::by_age(&mut sets);
        let template = at(&deployment, "spec/template");
        let new = sets.iter().position(|set| is_same(at(set, "spec/template"), template));
        Self { world, deployment, sets, new }
    }

    /// The new set, made if there is none.
    pub fn take_new(&mut self) -> Option<usize> {
        self.adopt_new();
        if self.new.is_none() {
            self.make_new();
        }
        self.new
    }

    /// Gives the new set, if there is one, its revision and the deployment's annotations, and the deployment its revision.
    pub fn adopt_new(&mut self) {
        let revision = self.next_revision();
        let Some(set) = self.new.and_then(|n| self.sets.get(n)) else { return };
        let mut set = Object::clone(set);
        self.annotate(&mut set, revision);
        let seconds = number(&self.deployment, "spec/minReadySeconds");
        if number(&set, "spec/minReadySeconds") != seconds {
            put(&mut set, "spec/minReadySeconds", seconds);
        }
        self.write_new(set);
        let revision = self.new.and_then(|n| self.sets.get(n)).map(|set| annotation(set, REVISION).to_owned());
        self.number(&revision.unwrap_or_default());
        let is_watched = progress::deadline(&self.deployment).is_some();
        if is_watched && condition::find(at(&self.deployment, "status"), "Progressing").is_null() {
            self.say_of_set("FoundNewReplicaSet", "Found new replica set");
        }
    }

    fn write_new(&mut self, set: Object) {
        if let Some(place) = self.new.and_then(|n| self.sets.get_mut(n))
            && **place != set
            && let Ok(written) = self.world.write(SETS, set, Write::by(MANAGER))
        {
            *place = written;
        }
    }

    fn next_revision(&self) -> i64 {
        let old = self.old().into_iter().filter_map(|n| note(self.sets.get(n)?, REVISION));
        old.max().unwrap_or_default() + 1
    }

    fn make_new(&mut self) {
        let mut template = at(&self.deployment, "spec/template").clone();
        let hash = own::hash(&bare(&template));
        put(&mut template, &format!("metadata/labels/{HASH}"), &*hash);
        let mut selector = at(&self.deployment, "spec/selector").clone();
        put(&mut selector, &format!("matchLabels/{HASH}"), &*hash);
        let name = format!("{}-{hash}", object::name(&self.deployment));
        let mut set = json!({
            "metadata": {
                "name": name, "namespace": object::namespace(&self.deployment),
                "labels": at(&template, "metadata/labels"), "ownerReferences": [own::reference(&self.deployment)],
            },
            "spec": {"replicas": self.next_size(), "selector": selector, "template": template},
        });
        let seconds = number(&self.deployment, "spec/minReadySeconds");
        if seconds > 0 {
            put(&mut set, "spec/minReadySeconds", seconds);
        }
        let revision = self.next_revision();
        self.annotate(&mut set, revision);
        self.size_notes(&mut set);
        match self.world.create(SETS, set, Write::by(MANAGER)) {
            Ok(made) => self.keep_new(made, revision),
            Err(refusal) => {
                let message = format!("Failed to create new replica set {name:?}: {}", refusal.message);
                self.say_progress("False", "ReplicaSetCreateError", &message);
                events::record(self.world, &self.deployment, Level::Warning, "ReplicaSetCreateError", &message, SOURCE);
            }
        }
    }

    fn keep_new(&mut self, made: Object, revision: i64) {
        if size(&made) > 0 {
            let message = format!("Scaled up replica set {} from 0 to {}", object::name(&made), size(&made));
            events::record(self.world, &self.deployment, Level::Normal, "ScalingReplicaSet", &message, SOURCE);
        }
        self.sets.push(Arc::new(made));
        self.new = Some(self.sets.len() - 1);
        self.number(&revision.to_string());
        if progress::deadline(&self.deployment).is_some() {
            self.say_of_set("NewReplicaSetCreated", "Created new replica set");
        }
    }

    fn say_of_set(&mut self, reason: &str, message: &str) {
        let name = self.new.and_then(|n| self.sets.get(n)).map(|set| object::name(set).to_owned()).unwrap_or_default();
        self.say_progress("True", reason, &format!("{message} {name:?}"));
    }

    /// Copies the deployment's annotations (`kubernetes.io/change-cause` among them) and numbers the set. A set that had a number and gets a
    /// new one was rolled back to: its former numbers stay in its history.
    fn annotate(&self, set: &mut Object, revision: i64) {
        for (key, value) in object::pairs(&self.deployment, "metadata/annotations") {
            if !OWN_NOTES.contains(&key) && annotation(set, key) != value {
                put_note(set, key, value);
            }
        }
        let before = annotation(set, REVISION).to_owned();
        if before.parse::<i64>().unwrap_or_default() >= revision {
            return;
        }
        put_note(set, REVISION, revision);
        if before.is_empty() {
            return;
        }
        let mut former: Vec<&str> = annotation(set, REVISIONS).split(',').filter(|own| !own.is_empty()).collect();
        former.push(&before);
        while former.join(",").len() > REVISIONS_LENGTH {
            former.remove(0);
        }
        let former = former.join(",");
        put_note(set, REVISIONS, former);
    }

    /// Writes the deployment's own revision, with its status as the real controller does: that is no new generation.
    fn number(&mut self, revision: &str) {
        if revision.is_empty() || annotation(&self.deployment, REVISION) == revision {
            return;
        }
        let mut numbered = self.deployment.clone();
        put_note(&mut numbered, REVISION, revision);
        // What the status will be stays in this copy.
        if let Ok(written) = self.world.update(ID, numbered, Write::status(MANAGER)) {
            let status = at(&self.deployment, "status").clone();
            self.deployment = written;
            put(&mut self.deployment, "status", status);
        }
    }

    fn size_notes(&self, set: &mut Object) {
        put_note(set, DESIRED, self.replicas());
        put_note(set, MAX, self.max_replicas());
    }

    /// Scales a set, unless it has that size; whether it was scaled.
    pub fn resize(&mut self, n: usize, to: i64) -> bool {
        self.size_at(n) != to && self.force_size(n, to)
    }

    /// Writes a set's size and what it was made from, even if only the latter changed.
    pub fn force_size(&mut self, n: usize, to: i64) -> bool {
        let Some(before) = self.sets.get(n) else { return false };
        let (from, mut set) = (size(before), Object::clone(before));
        put(&mut set, "spec/replicas", to);
        self.size_notes(&mut set);
        let Ok(written) = self.world.write(SETS, set, Write::by(MANAGER)) else { return false };
        if from != to {
            let way = if from < to { "up" } else { "down" };
            let message = format!("Scaled {way} replica set {} from {from} to {to}", object::name(&written));
            events::record(self.world, &self.deployment, Level::Normal, "ScalingReplicaSet", &message, SOURCE);
        }
        if let Some(place) = self.sets.get_mut(n) {
            *place = written;
        }
        from != to
    }

    /// Forgets the oldest revisions that have no pods, beyond `revisionHistoryLimit`.
    pub fn clean_up(&mut self) {
        let limit =
            usize::try_from(own::number_or(&self.deployment, "spec/revisionHistoryLimit", 10)).unwrap_or_default();
        let mut old: Vec<&Object> = self.old().into_iter().filter_map(|n| self.sets.get(n).map(|set| &**set)).collect();
        old.retain(|set| !object::is_deleted(set));
        old.sort_by_key(|set| note(set, REVISION).unwrap_or_default());
        let many = old.len().saturating_sub(limit);
        let is_idle = |set: &&Object| {
            size(set) == 0
                && number(set, "status/replicas") == 0
                && number(set, "metadata/generation") <= number(set, "status/observedGeneration")
        };
        let gone: Vec<String> =
            old.into_iter().take(many).filter(is_idle).map(|set| object::name(set).to_owned()).collect();
        for name in gone {
            let namespace = text(&self.deployment, "metadata/namespace");
            if self.world.delete(SETS, namespace, &name, &Deletion::default()).is_ok() {
                let new = self.new.and_then(|n| self.sets.get(n)).map(|set| object::name(set).to_owned());
                self.sets.retain(|set| object::name(set) != name);
                self.new = self.sets.iter().position(|set| Some(object::name(set)) == new.as_deref());
            }
        }
    }
}
