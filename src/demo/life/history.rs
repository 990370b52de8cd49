//! The templates that a DaemonSet or StatefulSet has had: ControllerRevisions, which `kubectl rollout history` lists and `undo` patches back
//! (pkg/controller/history).

use super::super::object::{self, Object, at, number, put};
use super::super::world::{Deletion, World, Write};
use super::{MANAGER, own};
use serde_json::{Value, json};

const ID: &str = "controllerrevisions.apps";

/// All revisions of one owner, the present template's among them.
pub struct History {
    /// From the oldest to the newest.
    pub all: Vec<Object>,
    /// The one that has the present template; of the highest number.
    pub newest: Object,
}

/// What a revision keeps of its owner: a patch that brings its template back.
fn data(owner: &Object) -> Value {
    let mut template = at(owner, "spec/template").clone();
    put(&mut template, "$patch", "replace");
    json!({"spec": {"template": template}})
}

fn essence(data: &Value) -> Value {
    let mut data = data.clone();
    own::prune(&mut data);
    data
}

/// The revision that a revision's name ends with.
pub fn hash_of(revision: &Object) -> &str {
    object::name(revision).rsplit_once('-').map(|(_, hash)| hash).unwrap_or_default()
}

impl History {
    /// Reads an owner's history and writes what is new in it. A template that was there before gets a new number. `key` is the label
    /// that has the revision's hash. None, if the revision cannot be written.
    pub fn of(world: &mut World, owner: &Object, labels: &Value, key: &str) -> Option<Self> {
        let mut all = own::all(world, ID, owner);
        all.sort_by_key(|revision| number(revision, "revision"));
        let data = data(owner);
        let wanted = essence(&data);
        let found = all.iter().rposition(|revision| essence(at(revision, "data")) == wanted);
        let last = all.last().map(|revision| number(revision, "revision")).unwrap_or_default();
        let newest = match found {
            Some(n) if n + 1 == all.len() => all.pop()?,
            Some(n) => {
                let mut again = all.remove(n);
                put(&mut again, "revision", last + 1);
                world.update(ID, again, Write::by(MANAGER)).ok()?
            }
            None => {
                let revision = revision(owner, labels, key, data, last + 1);
                world.create(ID, revision, Write::by(MANAGER)).ok()?
            }
        };
        all.push(newest.clone());
        Some(Self { all, newest })
    }

    /// The revision of a name.
    pub fn named(&self, name: &str) -> Option<&Object> {
        self.all.iter().find(|revision| object::name(revision) == name)
    }

    /// Forgets the oldest revisions that no pod has, beyond the owner's `revisionHistoryLimit`.
    pub fn forget(&self, world: &mut World, owner: &Object, is_live: impl Fn(&Object) -> bool) {
        let limit = usize::try_from(own::number_or(owner, "spec/revisionHistoryLimit", 10)).unwrap_or_default();
        let is_idle = |own: &&Object| object::name(own) != object::name(&self.newest) && !is_live(own);
        let idle: Vec<&Object> = self.all.iter().filter(is_idle).collect();
        for revision in idle.iter().take(idle.len().saturating_sub(limit)) {
            // Gone is gone, whoever deleted it.
            let _ = world.delete(ID, object::namespace(revision), object::name(revision), &Deletion::default());
        }
    }
}

fn revision(owner: &Object, labels: &Value, key: &str, data: Value, number: i64) -> Object {
    let hash = own::hash(&essence(&data));
    let mut labels = if labels.is_object() { labels.clone() } else { json!({}) };
    put(&mut labels, &key.replace('/', "~1"), &*hash);
    let mut revision = json!({
        "metadata": {
            "name": format!("{}-{hash}", object::name(owner)), "namespace": object::namespace(owner), "labels": labels,
            "ownerReferences": [own::reference(owner)],
        },
        "revision": number, "data": data,
    });
    let notes = at(owner, "metadata/annotations");
    if notes.is_object() {
        put(&mut revision, "metadata/annotations", notes.clone());
    }
    revision
}
