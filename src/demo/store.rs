//! The objects of all kinds, serialised, and what became of them: one count of revisions, one history, as etcd keeps them.
//!
//! It parses nothing and has no opinion about objects: who writes says what their bytes are. The history is bounded by its length; what is
//! older is compacted, and whoever asks for it is told so.

use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

/// Changes that are remembered.
const HISTORY: usize = 20_000;

/// Where an object is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// `pods`, `deployments.apps`.
    pub resource: Arc<str>,
    /// Empty for what belongs to no namespace.
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

impl Key {
    pub fn new(resource: &Arc<str>, namespace: &str, name: &str) -> Self {
        Self { resource: resource.clone(), namespace: namespace.into(), name: name.into() }
    }
}

/// An object as it is kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Of its last change; its `resourceVersion`.
    pub revision: u64,
    /// JSON.
    pub body: Bytes,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Added,
    Modified,
    Deleted,
}

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    pub revision: u64,
    pub key: Key,
    pub what: What,
    /// The object after it; for a deletion its last state, with the deletion's revision.
    pub body: Bytes,
    /// The object before it.
    pub before: Option<Bytes>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Store {
    revision: u64,
    /// The newest revision that is forgotten.
    compacted: u64,
    objects: BTreeMap<Key, Stored>,
    history: VecDeque<Change>,
}

impl Default for Store {
    fn default() -> Self {
        Self { revision: 1, compacted: 0, objects: BTreeMap::new(), history: VecDeque::new() }
    }
}

impl Store {
    /// Of the last change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The newest revision whose changes are forgotten: a watch can go on from there or from later.
    pub fn compacted(&self) -> u64 {
        self.compacted
    }

    pub fn get(&self, key: &Key) -> Option<&Stored> {
        self.objects.get(key)
    }

    /// The objects of a resource in one namespace, or in all, by namespace and name; only those behind `after`, if it is given.
    pub fn list<'a>(
        &'a self,
        resource: &'a Arc<str>,
        namespace: Option<&'a str>,
        after: Option<&'a Key>,
    ) -> impl Iterator<Item = (&'a Key, &'a Stored)> {
        let first = Key::new(resource, namespace.unwrap_or_default(), "");
        let from = after.map_or(Bound::Included(&first), Bound::Excluded);
        let range = self.objects.range::<Key, _>((from, Bound::Unbounded));
        range.take_while(move |(key, _)| {
            key.resource == *resource && namespace.is_none_or(|namespace| *key.namespace == *namespace)
        })
    }

    /// The changes after a revision, oldest first; the oldest revision to go on from, when some of them are forgotten.
    pub fn since(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, u64> {
        if revision < self.compacted {
            return Err(self.compacted);
        }
        let from = self.history.partition_point(|change| change.revision <= revision);
        Ok(self.history.range(from..))
    }

    /// Writes an object, whose bytes are made for its new revision.
    pub fn put(&mut self, key: Key, body: impl FnOnce(u64) -> Bytes) -> &Stored {
        self.revision += 1;
        let (revision, body) = (self.revision, body(self.revision));
        let before = self.objects.get(&key).map(|stored| stored.body.clone());
        let what = if before.is_some() { What::Modified } else { What::Added };
        self.remember(Change { revision, key: key.clone(), what, body: body.clone(), before });
        self.objects.entry(key).insert_entry(Stored { revision, body }).into_mut()
    }

    /// Takes an object away; its last state is made for the deletion's revision.
    pub fn remove(&mut self, key: &Key, body: impl FnOnce(u64) -> Bytes) -> bool {
        let Some(stored) = self.objects.remove(key) else { return false };
        self.revision += 1;
        let (revision, body) = (self.revision, body(self.revision));
        let before = Some(stored.body);
        self.remember(Change { revision, key: key.clone(), what: What::Deleted, body, before });
        true
    }

    /// Forgets all changes so far: who watches from before is told 410.
    pub fn compact(&mut self) {
        self.history.clear();
        self.compacted = self.revision;
    }

    fn remember(&mut self, change: Change) {
        if self.history.len() >= HISTORY
            && let Some(oldest) = self.history.pop_front()
        {
            self.compacted = oldest.revision;
        }
        self.history.push_back(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &mut Store, resource: &Arc<str>, namespace: &str, name: &str) {
        store.put(Key::new(resource, namespace, name), |revision| Bytes::from(revision.to_string()));
    }

    #[test]
    fn lists_are_by_namespace_and_name_and_go_on_where_they_ended() {
        let (mut store, pods, other) = (Store::default(), "pods".into(), "podtemplates".into());
        for (namespace, name) in [("b", "1"), ("a", "2"), ("a", "1"), ("c", "1")] {
            put(&mut store, &pods, namespace, name);
        }
        put(&mut store, &other, "a", "1");
        let listed = |namespace, after: Option<&Key>| -> Vec<String> {
            store.list(&pods, namespace, after).map(|(key, _)| format!("{}/{}", key.namespace, key.name)).collect()
        };
        assert_eq!(listed(None, None), ["a/1", "a/2", "b/1", "c/1"]);
        assert_eq!(listed(Some("a"), None), ["a/1", "a/2"]);
        assert_eq!(listed(None, Some(&Key::new(&pods, "a", "2"))), ["b/1", "c/1"]);
        assert_eq!(listed(Some("a"), Some(&Key::new(&pods, "a", "1"))), ["a/2"]);
    }

    #[test]
    fn what_is_forgotten_is_said() {
        let (mut store, pods) = (Store::default(), "pods".into());
        let start = store.revision();
        put(&mut store, &pods, "a", "1");
        put(&mut store, &pods, "a", "1");
        assert!(store.remove(&Key::new(&pods, "a", "1"), |_| Bytes::new()));
        assert!(!store.remove(&Key::new(&pods, "a", "1"), |_| Bytes::new()));
        let what: Vec<What> = store.since(start).unwrap().map(|change| change.what).collect();
        assert_eq!(what, [What::Added, What::Modified, What::Deleted]);
        store.compact();
        assert_eq!(store.since(start).err(), Some(start + 3));
        assert_eq!(store.since(start + 3).unwrap().count(), 0);
    }
}
