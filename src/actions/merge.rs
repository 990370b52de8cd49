//! Three-way merge of values: what two sides made of one base, as one value, unless both changed the same place.
//!
//! Objects are merged key by key, and lists of objects item by item where something tells the items apart, as strategic merge
//! patches do. Other lists are one value.

use super::change::{Set, same};
use serde_json::{Map, Value};

/// What tells the items of Kubernetes' lists apart (the merge keys of k8s.io/api's types), the commonest first.
const KEYS: &[&str] =
    &["name", "mountPath", "containerPort", "port", "uid", "type", "key", "ip", "topologyKey", "devicePath"];

/// The merged value; none where both sides changed the same. A value that is not there is null.
fn three_way(base: &Value, ours: &Value, theirs: &Value) -> Option<Value> {
    if same(base, ours) || same(ours, theirs) {
        return Some(theirs.clone());
    }
    if same(base, theirs) {
        return Some(ours.clone());
    }
    match (base, ours, theirs) {
        (Value::Object(base), Value::Object(ours), Value::Object(theirs)) => {
            objects(base, ours, theirs).map(Value::Object)
        }
        (Value::Array(base), Value::Array(ours), Value::Array(theirs)) => lists(base, ours, theirs).map(Value::Array),
        _ => None,
    }
}

/// A set upon the object as it is by now: what others changed since stays, and the patch tests what it replaces as the server
/// writes it. None if they changed the very same place.
pub fn settled(set: &Set, object: &Value) -> Option<Set> {
    let value = |value: Option<&Value>| value.cloned().unwrap_or_default();
    let now = object.pointer(&set.path).filter(|value| !value.is_null());
    let after = three_way(&value(set.before.as_ref()), &value(set.after.as_ref()), &value(now))?;
    Some(Set { path: set.path.clone(), before: now.cloned(), after: Some(after).filter(|after| !after.is_null()) })
}

type Fields = Map<String, Value>;

/// Their keys in their order, then ours that are new.
fn objects(base: &Fields, ours: &Fields, theirs: &Fields) -> Option<Fields> {
    let field = |fields: &Fields, key: &str| fields.get(key).cloned().unwrap_or_default();
    let new = ours.keys().filter(|key| !theirs.contains_key(*key));
    let merged = theirs
        .keys()
        .chain(new)
        .map(|key| Some((key.clone(), three_way(&field(base, key), &field(ours, key), &field(theirs, key))?)));
    let merged: Fields = merged.collect::<Option<_>>()?;
    Some(merged.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// Their items in their order, then ours that are new. An order that we changed is a conflict.
fn lists(base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    let key = KEYS.iter().find(|key| [base, ours, theirs].iter().all(|items| tells_apart(key, items)))?;
    let named = |items: &[Value], name: &Value| items.iter().find(|item| item.get(key) == Some(name)).cloned();
    let names = |items: &[Value]| items.iter().filter_map(|item| item.get(key).cloned()).collect::<Vec<Value>>();
    let (in_base, in_ours, in_theirs) = (names(base), names(ours), names(theirs));
    let both = |names: &[Value], others: &[Value]| -> Vec<Value> {
        names.iter().filter(|name| others.contains(name)).cloned().collect()
    };
    if both(&in_base, &in_ours) != both(&in_ours, &in_base) {
        return None;
    }
    let new = in_ours.iter().filter(|name| !in_theirs.contains(name));
    let merged = in_theirs.iter().chain(new).map(|name| {
        let item = |items| named(items, name).unwrap_or_default();
        three_way(&item(base), &item(ours), &item(theirs))
    });
    let merged: Vec<Value> = merged.collect::<Option<_>>()?;
    Some(merged.into_iter().filter(|item| !item.is_null()).collect())
}

/// Whether each item is an object with a value of its own at this key.
fn tells_apart(key: &str, items: &[Value]) -> bool {
    let values: Vec<&Value> = items.iter().filter_map(|item| item.get(key)).collect();
    let is_plain = |value: &&Value| value.is_string() || value.is_number();
    values.len() == items.len()
        && values.iter().all(is_plain)
        && values.iter().enumerate().all(|(at, value)| !values.iter().skip(at + 1).any(|other| other == value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_two_sides_did_apart_is_both_done() {
        let base =
            json!([{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}]);
        let ours = json!([{"name": "a", "image": "a:2", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "1"}]}, {"name": "b", "image": "b:1"}]);
        let theirs = json!([{"name": "sidecar", "image": "s:1"}, {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "2"}]}, {"name": "b", "image": "b:1"}]);
        let both = json!([{"name": "sidecar", "image": "s:1"},
            {"name": "a", "image": "a:2", "env": [{"name": "X", "value": "2"}, {"name": "Y", "value": "1"}]}, {"name": "b", "image": "b:1"}]);
        assert_eq!(three_way(&base, &ours, &theirs), Some(both));
        let without_b = json!([base[0]]);
        assert_eq!(
            three_way(&base, &without_b, &theirs).unwrap().as_array().unwrap().len(),
            2,
            "what we removed is gone"
        );
        assert_eq!(three_way(&base, &theirs, &without_b).unwrap().as_array().unwrap().len(), 2);
    }

    #[test]
    fn the_same_place_is_a_conflict() {
        let of = |image: &str| json!([{"name": "a", "image": image}]);
        assert_eq!(three_way(&of("1"), &of("2"), &of("3")), None);
        assert_eq!(three_way(&of("1"), &of("2"), &of("2")), Some(of("2")));
        assert_eq!(three_way(&of("1"), &json!([]), &of("3")), None, "removed here, changed there");
        let args = |args: &[&str]| json!(args);
        assert_eq!(three_way(&args(&["a"]), &args(&["a", "b"]), &args(&["a", "c"])), None, "nothing tells words apart");
        let pair = |one: &str, other: &str| json!([{"name": one}, {"name": other}]);
        assert_eq!(three_way(&pair("a", "b"), &pair("b", "a"), &json!([{"name": "a"}])), None, "an order is no set");
        let mounts = |paths: &[&str]| {
            Value::Array(paths.iter().map(|path| json!({"name": "data", "mountPath": path})).collect())
        };
        assert_eq!(
            three_way(&mounts(&["/a", "/b"]), &mounts(&["/a", "/b", "/c"]), &mounts(&["/b"])),
            Some(mounts(&["/b", "/c"]))
        );
        assert_eq!(three_way(&Value::Null, &json!({"a": 1}), &json!({"b": 2})), None);
    }
}
