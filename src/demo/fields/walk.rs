//! What the fields of an object are, and which of them differ between two of its states.
//!
//! The rules are those of sigs.k8s.io/structured-merge-diff (typed.ToFieldSet, typed.Compare), with the lists and maps that `keys` names.

use super::set::Set;
use crate::demo::patch::keys::{self, List, Schema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where a walk is: the schema, the field that this value is in and the one that is in.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub schema: Schema,
    parent: &'a str,
    field: &'a str,
    depth: usize,
}

impl<'a> Place<'a> {
    pub fn top(schema: Schema) -> Self {
        Self { schema, parent: "", field: "", depth: 0 }
    }

    fn field(self, field: &'a str) -> Self {
        Self { parent: self.field, field, depth: self.depth + 1, ..self }
    }

    /// An item of this list.
    fn item(self) -> Self {
        Self { parent: self.field, depth: self.depth + 1, ..self }
    }

    fn list(self) -> List {
        keys::list(self.schema, self.parent, self.field)
    }

    /// Fields that the server's own structs always have, though nobody wrote them: they belong to nobody. Only those that can be reached
    /// without a list or an optional part.
    fn is_always_there(self) -> bool {
        match (self.schema, self.depth, self.field) {
            (_, 1, "metadata") => true,
            (Schema::Custom, ..) => false,
            (_, 1, field) => matches!(field, "spec" | "status"),
            (_, 2, field) => matches!(
                (self.parent, field),
                (
                    "spec",
                    "strategy"
                        | "updateStrategy"
                        | "template"
                        | "jobTemplate"
                        | "scaleTargetRef"
                        | "resources"
                        | "podSelector"
                ) | ("status", "loadBalancer" | "nodeInfo" | "daemonEndpoints")
            ),
            (_, 3..=5, field) => matches!(
                (self.parent, field),
                ("template" | "jobTemplate", "metadata" | "spec") | ("spec", "template") | ("daemonEndpoints", _)
            ),
            _ => false,
        }
    }
}

/// Whether a value is owned as a whole. `item` tells that it is an item of the list in this place.
fn is_leaf(value: &Value, place: Place<'_>, item: Item) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty() || is_atomic(place, item),
        Value::Array(items) => items.is_empty() || place.list() == List::Atomic,
        _ => true,
    }
}

fn is_atomic(place: Place<'_>, item: Item) -> bool {
    match item {
        Item::Yes => keys::is_atomic_map(place.schema, place.parent, ""),
        Item::No => keys::is_atomic_map(place.schema, place.parent, place.field),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Yes,
    No,
}

/// The name of an item in its list; none for one that doesn't say what it is told apart by.
pub fn element(item: &Value, list: List) -> Option<String> {
    match list {
        List::Atomic => None,
        List::Set => Some(format!("v:{item}")),
        List::Keyed(names) => {
            let mut keys = Map::new();
            for name in names {
                let value = item.get(name).cloned().or_else(|| keys::default(name))?;
                keys.insert((*name).to_owned(), value);
            }
            Some(format!("k:{}", Value::Object(keys)))
        }
    }
}

/// All fields of an object: what someone who applies it owns.
pub fn fields(value: &Value, schema: Schema) -> Set {
    all(value, Place::top(schema), Item::No)
}

fn all(value: &Value, place: Place<'_>, item: Item) -> Set {
    if place.depth > 0 && is_leaf(value, place, item) {
        return Set::leaf();
    }
    let mut set = Set::default();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                set.add(format!("f:{key}"), all(value, place.field(key), Item::No));
            }
        }
        Value::Array(items) => {
            for item in items {
                let Some(name) = element(item, place.list()) else { continue };
                let mut own = all(item, place.item(), Item::Yes);
                own.here = true;
                set.add(name, own);
            }
        }
        _ => (),
    }
    set
}

/// What differs between two states of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// What was added or got another value.
    pub changed: Set,
    pub removed: Set,
}

/// See [`Difference`]. Nothing before means that all is new.
pub fn difference(before: &Value, after: &Value, schema: Schema) -> Difference {
    compare(Some(before), Some(after), Place::top(schema), Item::No)
}

fn compare(before: Option<&Value>, after: Option<&Value>, place: Place<'_>, item: Item) -> Difference {
    let empty = Value::Object(Map::new());
    let there = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    let always = item == Item::No && place.is_always_there();
    let or_empty = |value| if there(value) { value } else { always.then_some(&empty) };
    let (before, after) = (or_empty(before), or_empty(after));
    let mut difference = Difference::default();
    if before == after {
        return difference;
    }
    let both_leaves =
        before.is_none_or(|value| is_leaf(value, place, item)) && after.is_none_or(|value| is_leaf(value, place, item));
    if !both_leaves {
        inside(&mut difference, before, after, place);
    }
    match (before, after) {
        // The one list that is written even when it is empty.
        _ if (place.parent, place.field, item) == ("spec", "containers", Item::No) => (),
        (None, _) => difference.changed.here = true,
        (_, None) => difference.removed.here = true,
        (Some(_), Some(_)) if both_leaves => difference.changed.here = true,
        _ => (),
    }
    difference
}

fn inside(difference: &mut Difference, before: Option<&Value>, after: Option<&Value>, place: Place<'_>) {
    let mut add = |element: String, one: Difference| {
        difference.changed.add(element.clone(), one.changed);
        difference.removed.add(element, one.removed);
    };
    let none = Map::new();
    let (was, is) = (map(before).unwrap_or(&none), map(after).unwrap_or(&none));
    for key in was.keys().chain(is.keys().filter(|key| !was.contains_key(*key))) {
        let (was, is) = (was.get(key), is.get(key));
        if was != is {
            add(format!("f:{key}"), compare(was, is, place.field(key), Item::No));
        }
    }
    let kind = place.list();
    let (was, is) = (named(before, kind), named(after, kind));
    for (name, old) in &was {
        add(name.clone(), compare(Some(old), is.get(name).copied(), place.item(), Item::Yes));
    }
    for (name, new) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
        add(name.clone(), compare(None, Some(new), place.item(), Item::Yes));
    }
}

fn map(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

/// A list's items by their names.
fn named(value: Option<&Value>, kind: List) -> BTreeMap<String, &Value> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some((element(item, kind)?, item))).collect()
}

/// Lays what was applied over an object: its values count, items of keyed lists are merged, new ones come last.
pub fn merged(live: Value, applied: &Value, schema: Schema) -> Value {
    lay(live, applied, Place::top(schema), Item::No)
}

fn lay(live: Value, applied: &Value, place: Place<'_>, item: Item) -> Value {
    if place.depth > 0 && is_leaf(applied, place, item) {
        return applied.clone();
    }
    match (live, applied) {
        (Value::Object(mut live), Value::Object(fields)) => {
            for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                let own = live.remove(key).unwrap_or_default();
                live.insert(key.clone(), lay(own, value, place.field(key), Item::No));
            }
            Value::Object(live)
        }
        (Value::Array(mut live), Value::Array(items)) => {
            let kind = place.list();
            for one in items {
                let name = element(one, kind);
                match live.iter_mut().find(|own| element(own, kind) == name) {
                    Some(own) => *own = lay(own.take(), one, place.item(), Item::Yes),
                    None => live.push(one.clone()),
                }
            }
            Value::Array(live)
        }
        (_, applied) => applied.clone(),
    }
}

/// Takes away the fields of `last` that are in no one's `owned` any more, with all that is in them.
pub fn prune(value: &mut Value, last: &Set, owned: &Set, schema: Schema) {
    cut(value, last, owned, Place::top(schema));
}

fn cut(value: &mut Value, last: &Set, owned: &Set, place: Place<'_>) {
    for (name, last) in &last.children {
        let owned = owned.child(name);
        match (name.strip_prefix("f:"), &mut *value) {
            (Some(key), Value::Object(fields)) => match (owned, fields.get_mut(key)) {
                (None, _) => drop(fields.remove(key)),
                (Some(owned), Some(value)) => cut(value, last, owned, place.field(key)),
                (Some(_), None) => (),
            },
            (None, Value::Array(items)) => {
                let kind = place.list();
                let at = items.iter().position(|item| element(item, kind).as_deref() == Some(name));
                match (owned, at) {
                    (None, Some(at)) => drop(items.remove(at)),
                    (Some(owned), Some(at)) => {
                        items.iter_mut().skip(at).take(1).for_each(|item| cut(item, last, owned, place.item()));
                    }
                    (_, None) => (),
                }
            }
            _ => (),
        }
    }
}
