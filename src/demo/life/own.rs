//! Who owns what: references, the owner's key, and what an owner has, found without reading a whole namespace.
//!
//! What a controller makes is named after its owner, so its own are looked for under that name. An object of another name is not adopted,
//! as a real controller would adopt it by its labels.

use super::super::object::{self, Object, flag, number, text};
use super::super::recent::Seen;
use super::super::store::Key;
use super::super::world::World;
use super::News;
use serde_json::{Value, json};
use std::borrow::Borrow;
use std::sync::Arc;

/// Names that the API generates keep this much of the owner's name (apiserver's names.SimpleNameGenerator).
const GENERATED: usize = 58;

/// The reference of what `owner` controls.
pub fn reference(owner: &Object) -> Value {
    json!({
        "apiVersion": text(owner, "apiVersion"), "kind": text(owner, "kind"), "name": object::name(owner),
        "uid": object::uid(owner), "controller": true, "blockOwnerDeletion": true,
    })
}

/// The objects of a resource that `owner` controls, in order of names.
pub fn all(world: &World, id: &str, owner: &Object) -> Vec<Object> {
    view(world, id, owner).into_iter().map(Arc::unwrap_or_clone).collect()
}

/// The same, only to be looked at.
pub fn view(world: &World, id: &str, owner: &Object) -> Vec<Seen> {
    let uid = object::uid(owner);
    let prefix = format!("{}-", object::name(owner));
    let prefix = prefix.get(..GENERATED.min(prefix.len())).unwrap_or(&prefix);
    let (id, namespace): (Arc<str>, _) = (id.into(), object::namespace(owner));
    let from = Key::new(&id, namespace, prefix);
    let named = world.store.list(&id, Some(namespace), Some(&from)).take_while(|(key, _)| key.name.starts_with(prefix));
    named
        .filter(|(_, stored)| memchr::memmem::find(&stored.body, uid.as_bytes()).is_some())
        .filter_map(|(_, stored)| world.recent.read(&stored.body))
        .filter(|own| object::controller(own).is_some_and(|by| text(by, "uid") == uid))
        .collect()
}

/// The owner that must look at a change of what it owns: the one of `kind` that controls it, or did until then.
pub fn owners(news: &News<'_>, kind: &str, id: &str) -> Vec<Key> {
    let has_owner = |body: &[u8]| memchr::memmem::find(body, b"\"ownerReferences\"").is_some();
    if !has_owner(&news.body) && !news.before.as_ref().is_some_and(|body| has_owner(body)) {
        return Vec::new();
    }
    let owner = |own: &Object| {
        let by = object::controller(own).filter(|by| text(by, "kind") == kind)?;
        Some(Key::new(&id.into(), &news.key.namespace, text(by, "name")))
    };
    let now = owner(news.object());
    match now {
        Some(now) => vec![now],
        None => owner(news.before()).into_iter().collect(),
    }
}

/// A number that is there, or the API's default.
pub fn number_or(object: &Value, path: &str, default: i64) -> i64 {
    if object::at(object, path).is_null() { default } else { number(object, path) }
}

/// Whether it is nobody's: no controller has it.
pub fn is_free(object: &Object) -> bool {
    !object::items(object, "metadata/ownerReferences").iter().any(|owner| flag(owner, "controller"))
}

/// Puts counts into a status; those of zero are left out, as the API's own `omitempty` does.
pub fn counts(status: &mut Value, counts: &[(&str, i64)]) {
    for (field, count) in counts {
        match count {
            0 => drop(object::remove(status, field)),
            count => object::put(status, field, *count),
        }
    }
}

/// Objects from the oldest to the newest, of one second by name.
pub fn by_age(objects: &mut [impl Borrow<Object>]) {
    let age = |own: &Object| (text(own, "metadata/creationTimestamp").to_owned(), object::name(own).to_owned());
    objects.sort_by_cached_key(|own| age(own.borrow()));
}

/// Takes away what is empty and so makes no difference to who reads it.
pub fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|_, value| !is_empty(value));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A short hash of a template as the API's names have it (pkg/controller.ComputeHash; what is hashed is this cluster's own writing of it).
pub fn hash(template: &Value) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let text = serde_json::to_vec(template).unwrap_or_default();
    let sum = text.iter().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let letter = |digit: u8| ALPHABET.get(usize::from(digit) % ALPHABET.len()).copied().map(char::from);
    format!("{sum:010}").bytes().filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::world::Write;
    use super::*;

    #[test]
    fn an_owner_finds_its_own_under_its_name() {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let owner = json!({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"namespace": "shop", "name": "web"}, "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        }});
        let owner = world.create("replicasets.apps", owner, Write::by("t")).unwrap();
        for (name, by) in [("web-1", Some(&owner)), ("web-2", None), ("other", Some(&owner))] {
            let references: Vec<Value> = by.map(reference).into_iter().collect();
            let pod = json!({"metadata": {"namespace": "shop", "name": name, "ownerReferences": references},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
            world.create("pods", pod, Write::by("t")).unwrap();
        }
        let own: Vec<String> = all(&world, "pods", &owner).iter().map(|own| object::name(own).to_owned()).collect();
        assert_eq!(own, ["web-1"]);
    }

    #[test]
    fn hashes_are_stable_and_of_the_apis_letters() {
        let hash = hash(&json!({"spec": {"containers": [{"name": "web"}]}}));
        assert_eq!(hash.len(), 10);
        assert!(!hash.contains(['a', 'e', '0', '1', '3']), "{hash}");
        assert_ne!(hash, super::hash(&json!({})));
    }
}
