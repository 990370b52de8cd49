//! Strategic merge patches: merge patches that know which lists are maps, with directives (`$patch`, `$retainKeys`, `$setElementOrder/…`,
//! `$deleteFromPrimitiveList/…`). The rules and the errors are those of k8s.io/apimachinery/pkg/util/strategicpatch.
//!
//! It knows which lists merge from `keys`, not from a schema, so it can't tell a patch of the wrong shape; what comes of it is looked at
//! by admission.

use super::keys::{self, List, Schema};
use super::told;
use serde_json::{Map, Value};

type Fields = Map<String, Value>;

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// Merges a patch into an object; what is wrong with the patch in the real server's words.
pub fn merge(object: &mut Fields, patch: Fields) -> Result<(), String> {
    merge_map(object, patch, "")
}

/// `field` is the one that the map is in, or whose list it is in.
fn merge_map(original: &mut Fields, mut patch: Fields, field: &str) -> Result<(), String> {
    match patch.get(DIRECTIVE).map(Value::as_str) {
        None => (),
        Some(Some("replace")) => {
            patch.remove(DIRECTIVE);
            *original = patch;
            return Ok(());
        }
        Some(Some("delete")) => {
            original.clear();
            return Ok(());
        }
        Some(_) => return Err(bad_directive(&patch)),
    }
    retain(original, &mut patch)?;
    let orders: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for key in orders {
        ordered(original, &mut patch, &key, field)?;
    }
    for (key, value) in patch {
        if let Some(name) = key.strip_prefix(DELETE_FROM) {
            delete_values(original, name, &value)?;
            continue;
        }
        let kind = keys::list(Schema::BuiltIn, field, &key);
        match (original.get_mut(&key), value) {
            (_, Value::Null) => drop(original.remove(&key)),
            (Some(Value::Object(own)), Value::Object(fields)) => merge_map(own, fields, &key)?,
            (Some(Value::Array(own)), Value::Array(items)) if kind != List::Atomic => {
                *own = merge_list(std::mem::take(own), items, kind, &key)?;
            }
            (_, value) => {
                let Some(value) = plain(value) else {
                    original.remove(&key);
                    continue;
                };
                original.insert(key, value);
            }
        }
    }
    Ok(())
}

/// What is new, without directives and nulls; nothing, if all of it is a directive.
fn plain(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            if fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete") {
                return None;
            }
            let kept = fields.into_iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
            Some(Value::Object(kept.filter_map(|(key, value)| Some((key, plain(value)?))).collect()))
        }
        Value::Array(items) => {
            let kept = items.into_iter().filter(|item| !only_directive(item));
            Some(Value::Array(kept.filter_map(plain).collect()))
        }
        other => Some(other),
    }
}

fn only_directive(item: &Value) -> bool {
    item.as_object().is_some_and(|fields| fields.len() == 1 && fields.contains_key(DIRECTIVE))
}

fn retain(original: &mut Fields, patch: &mut Fields) -> Result<(), String> {
    const BAD: &str = "invalid patch format of retainKeys";
    let Some(keys) = patch.remove(RETAIN) else { return Ok(()) };
    let keys = keys.as_array().ok_or(BAD)?;
    let kept = |key: &str| keys.iter().any(|own| own == key);
    if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !kept(key)) {
        return Err(BAD.to_owned());
    }
    original.retain(|key, _| kept(key));
    Ok(())
}

fn delete_values(original: &mut Fields, name: &str, values: &Value) -> Result<(), String> {
    let values = values.as_array().ok_or("invalid patch format of primitive list")?;
    if let Some(own) = original.get_mut(name).and_then(Value::as_array_mut) {
        own.retain(|item| !values.contains(item));
    }
    Ok(())
}

/// Merges one list and brings it into the order that the patch names.
fn ordered(original: &mut Fields, patch: &mut Fields, directive: &str, field: &str) -> Result<(), String> {
    let name = directive.strip_prefix(ORDER).unwrap_or_default();
    let Some(Value::Array(order)) = patch.remove(directive) else {
        return Err("invalid patch format of setElementOrder list".to_owned());
    };
    let kind = keys::list(Schema::BuiltIn, field, name);
    let live = original.get(name).and_then(Value::as_array).cloned();
    let merged = match (live.clone(), patch.remove(name)) {
        (None, None) => return Ok(()),
        (Some(live), None) => live,
        (None, Some(items)) => match plain(items) {
            Some(Value::Array(items)) => items,
            _ => return Ok(()),
        },
        (Some(live), Some(Value::Array(items))) => merge_list(live, items, kind, name)?,
        (Some(_), Some(other)) => return Err(format!("expected a list, got {}", told(&other))),
    };
    original.insert(name.to_owned(), in_order(merged, &order, &live.unwrap_or_default(), kind).into());
    Ok(())
}

fn merge_list(mut own: Vec<Value>, items: Vec<Value>, kind: List, field: &str) -> Result<Vec<Value>, String> {
    if own.iter().chain(&items).any(Value::is_object) && !own.iter().chain(&items).all(Value::is_object) {
        let (own, items) = (told(&own.into()), told(&items.into()));
        return Err(format!("list element types are not identical: [{own} {items}]"));
    }
    let live = own.clone();
    let mut order = Vec::new();
    let mut replaced = false;
    for item in items {
        let Value::Object(fields) = item else {
            order.push(item);
            continue;
        };
        match fields.get(DIRECTIVE).map(Value::as_str) {
            None => order.push(Value::Object(fields)),
            Some(Some("delete")) => {
                let item = Value::Object(fields);
                identity(&item, kind)?;
                own.retain(|one| !same(one, &item, kind));
            }
            Some(Some("replace")) => replaced = true,
            Some(Some("merge")) => return Err("merging lists cannot yet be specified in the patch".to_owned()),
            Some(_) => return Err(bad_directive(&fields)),
        }
    }
    if replaced {
        return Ok(order.into_iter().filter_map(plain).collect());
    }
    for item in &order {
        identity(item, kind)?;
        match (own.iter_mut().find(|one| same(one, item, kind)), item) {
            (Some(Value::Object(one)), Value::Object(fields)) => merge_map(one, fields.clone(), field)?,
            (Some(_), _) => (),
            (None, item) => own.extend(plain(item.clone())),
        }
    }
    Ok(in_order(own, &order, &live, kind))
}

/// What `order` names in its order, and the rest where it was before those that it stood before.
fn in_order(merged: Vec<Value>, order: &[Value], live: &[Value], kind: List) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| list.iter().position(|one| same(one, item, kind));
    let (mut named, mut others): (Vec<_>, Vec<_>) = merged.into_iter().partition(|item| place(order, item).is_some());
    named.sort_by_key(|item| place(order, item));
    others.sort_by_key(|item| place(live, item).unwrap_or(usize::MAX));
    let mut result = Vec::new();
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(one), Some(other)) = (named.peek(), others.peek()) {
        let before = place(live, other).zip(place(live, one)).is_some_and(|(other, one)| other < one);
        result.extend(if before { others.next() } else { named.next() });
    }
    result.into_iter().chain(named).chain(others).collect()
}

fn same(left: &Value, right: &Value, kind: List) -> bool {
    match kind {
        List::Keyed([key, ..]) => left.get(key).is_some() && left.get(key) == right.get(key),
        _ => left == right,
    }
}

fn identity(item: &Value, kind: List) -> Result<(), String> {
    match kind {
        List::Keyed([key, ..]) if item.get(key).is_none() => {
            Err(format!("map: {} does not contain declared merge key: {key}", told(item)))
        }
        _ => Ok(()),
    }
}

fn bad_directive(patch: &Fields) -> String {
    let directive = patch.get(DIRECTIVE).map(told).unwrap_or_default();
    format!("unknown patch type: {directive} in map: {}", told(&Value::Object(patch.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(object: Value, patch: Value) -> Result<Value, String> {
        let (Value::Object(mut object), Value::Object(patch)) = (object, patch) else { panic!("both are maps") };
        merge(&mut object, patch).map(|()| Value::Object(object))
    }

    fn spec(containers: Value) -> Value {
        json!({"spec": {"containers": containers}})
    }

    #[test]
    fn items_are_merged_by_their_keys_and_new_ones_come_first() {
        let live = spec(
            json!([{"name": "web", "image": "a", "ports": [{"containerPort": 80, "name": "http"}]}, {"name": "log"}]),
        );
        let patch = spec(
            json!([{"name": "new", "image": null}, {"name": "web", "image": "b", "ports": [{"containerPort": 81}]}]),
        );
        let wanted = spec(json!([
            {"name": "new"},
            {"name": "web", "image": "b", "ports": [{"containerPort": 81}, {"containerPort": 80, "name": "http"}]},
            {"name": "log"},
        ]));
        assert_eq!(merged(live, patch), Ok(wanted));
    }

    #[test]
    fn directives_delete_replace_order_and_retain() {
        let live = || spec(json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]));
        let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
            "containers": [{"name": "b", "$patch": "delete"}, {"name": "a", "image": "x"}]}});
        assert_eq!(merged(live(), patch), Ok(spec(json!([{"name": "c"}, {"name": "a", "image": "x"}]))));
        let patch = spec(json!([{"$patch": "replace"}, {"name": "z"}]));
        assert_eq!(merged(live(), patch), Ok(spec(json!([{"name": "z"}]))));
        let strategy = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        assert_eq!(merged(strategy, patch), Ok(json!({"spec": {"strategy": {"type": "Recreate"}}})));
        let meta = json!({"metadata": {"finalizers": ["a", "b"], "labels": {"x": "1"}}});
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"], "labels": {"$patch": "replace", "y": "2"}}});
        let wanted = json!({"metadata": {"finalizers": ["c", "b"], "labels": {"y": "2"}}});
        assert_eq!(merged(meta, patch), Ok(wanted));
    }

    #[test]
    fn lists_of_no_key_are_replaced() {
        let live = json!({"spec": {"tolerations": [{"key": "a"}, {"key": "b"}]}});
        let patch = json!({"spec": {"tolerations": [{"key": "c"}]}});
        assert_eq!(merged(live, patch.clone()), Ok(patch));
    }

    /// As kube-apiserver 1.36.3 answered these patches.
    #[test]
    fn errors_are_the_servers() {
        let live = || spec(json!([{"name": "nginx", "image": "nginx", "resources": {}}]));
        let cases = [
            (spec(json!([{"image": "x"}])), "map: map[image:x] does not contain declared merge key: name"),
            (json!({"spec": {"$patch": "foo"}}), "unknown patch type: foo in map: map[$patch:foo]"),
            (spec(json!([{"$patch": "foo", "name": "a"}])), "unknown patch type: foo in map: map[$patch:foo name:a]"),
            (
                spec(json!(["a"])),
                "list element types are not identical: [[map[image:nginx name:nginx resources:map[]]] [a]]",
            ),
        ];
        for (patch, why) in cases {
            assert_eq!(merged(live(), patch), Err(why.to_owned()));
        }
    }
}
