//! A change as data: what is sent, what it is in kubectl's words, and what takes it back.
//!
//! Fields are changed by JSON patches (RFC 6902) that test the object's uid and every value that is replaced: an object that is
//! another by now, or has moved on, is never changed blindly. What was not there is tested as `null`, which the API server's
//! library (evanphx/json-patch) takes for missing: whoever set it meanwhile keeps it.

use crate::cluster::papers::Target;
use crate::cluster::watch::TableOf;
use crate::text::document::Tone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// One value of an object before and after; `None` is that it is not there. It may be secret: how it is debugged leaves values out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// A JSON pointer (RFC 6901).
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl Set {
    /// `metadata.labels.app`.
    pub fn place(&self) -> String {
        self.path.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
    }
}

/// What becomes of an object's dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    Background,
    Foreground,
    Orphan,
}

/// What is done to one object. How it is debugged leaves values out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Do {
    Edit {
        /// Empty for the object itself.
        subresource: String,
        sets: Vec<Set>,
    },
    Delete {
        propagation: Propagation,
        /// Seconds; the object's own if none.
        grace: Option<i64>,
        /// What can be created again. That of a Secret stays in this process ([`super::secret::kept`]).
        kept: Option<Value>,
    },
    Create {
        what: TableOf,
        object: Value,
    },
    /// Asks for the pod's eviction until no budget stands against it, and waits until it is gone.
    Evict(Eviction),
    /// Server-side apply of a manifest.
    Apply(Applied),
    /// Waits until a workload has all its replicas ready. Changes nothing.
    Await,
}

/// What is applied to one object.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub manifest: Value,
    pub conflicts: Conflicts,
    /// What changes of the object that is there; nothing if there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<Vec<Set>>,
}

/// It may be a Secret: its values are not to be printed.
impl std::fmt::Debug for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places: Option<Vec<String>> = self.sets.as_ref().map(|sets| sets.iter().map(Set::place).collect());
        write!(f, "Applied({places:?})")
    }
}

/// What becomes of fields that others manage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conflicts {
    #[default]
    Refused,
    TakenOver,
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Set").field(&self.path).finish()
    }
}

impl fmt::Debug for Do {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edit { subresource, sets } => {
                f.debug_struct("Edit").field("subresource", subresource).field("sets", sets).finish()
            }
            Self::Delete { propagation, grace, kept } => {
                let fields = (propagation, grace, kept.is_some());
                f.debug_tuple("Delete").field(&fields).finish()
            }
            Self::Create { what, .. } => f.debug_struct("Create").field("what", what).finish_non_exhaustive(),
            Self::Evict(eviction) => f.debug_tuple("Evict").field(eviction).finish(),
            Self::Apply(applied) => f.debug_tuple("Apply").field(applied).finish(),
            Self::Await => f.write_str("Await"),
        }
    }
}

/// How a pod is evicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eviction {
    /// Seconds; the pod's own if none.
    pub grace: Option<i64>,
    /// Seconds for all, from the first request on; for ever if none.
    pub timeout: Option<i64>,
    pub budgets: Budgets,
}

/// Whether disruption budgets are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Budgets {
    #[default]
    Kept,
    /// The pod is deleted, and no budget is asked (kubectl drain --disable-eviction).
    Passed,
}

/// Another object that a change is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub target: Target,
    pub uid: String,
    /// Nothing for what is only told of.
    pub does: Option<Do>,
    pub says: String,
    pub tone: Tone,
}

/// What is said beside a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// Good to know.
    Says(String),
    /// Asks for a look before it is committed.
    Warns(String),
}

/// A change of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub does: Do,
    /// kubectl's words, without context and namespace.
    pub kubectl: Vec<String>,
    pub notes: Vec<Note>,
    /// What it is called, where the action goes either way: `Uncordon`.
    pub title: Option<&'static str>,
    /// What is done to other objects after it.
    pub parts: Vec<Part>,
    /// What must be so again before the next target's turn.
    pub then: Vec<Part>,
    /// Why it cannot be done with these values; the rest of the plan is shown all the same.
    pub blocked: Option<String>,
}

impl Change {
    pub fn edit(sets: Vec<Set>, kubectl: &[&str]) -> Self {
        Self::of(Do::Edit { subresource: String::new(), sets }, kubectl)
    }

    pub fn of(does: Do, kubectl: &[&str]) -> Self {
        Self {
            does,
            kubectl: kubectl.iter().map(|word| (*word).to_owned()).collect(),
            notes: Vec::new(),
            title: None,
            parts: Vec::new(),
            then: Vec::new(),
            blocked: None,
        }
    }

    pub fn warn(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note::Warns(text.into()));
        self
    }

    pub fn say(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note::Says(text.into()));
        self
    }

    pub fn named(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Whether it changes anything.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.does.is_nothing()
    }
}

impl Do {
    /// Whether it changes nothing.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Edit { sets, .. } | Self::Apply(Applied { sets: Some(sets), .. }) => sets.is_empty(),
            _ => false,
        }
    }
}

/// The change of one value, unless it is that already.
pub fn set(object: &Value, path: &str, after: Option<Value>) -> Vec<Set> {
    let before = object.pointer(path).filter(|value| !value.is_null()).cloned();
    if before == after { Vec::new() } else { vec![Set { path: path.into(), before, after }] }
}

/// A key as a step of a pointer.
pub fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The JSON patch of some values of the object with this uid. Parents that are missing are made; `object` says which.
pub fn patch(uid: &str, sets: &[Set], object: &Value) -> Value {
    let mut steps = vec![test("/metadata/uid", json!(uid))];
    let mut made: Vec<String> = Vec::new();
    for set in sets {
        match (&set.before, &set.after) {
            (Some(before), Some(after)) => {
                steps.push(test(&set.path, before.clone()));
                steps.push(json!({"op": "replace", "path": set.path, "value": after}));
            }
            (Some(before), None) => {
                steps.push(test(&set.path, before.clone()));
                steps.push(json!({"op": "remove", "path": set.path}));
            }
            (None, Some(after)) => {
                for parent in parents(&set.path) {
                    let missing = object.pointer(&parent).is_none_or(Value::is_null) && !made.contains(&parent);
                    if missing {
                        steps.push(test(&parent, Value::Null));
                        steps.push(json!({"op": "add", "path": parent, "value": {}}));
                        made.push(parent);
                    }
                }
                steps.push(test(&set.path, Value::Null));
                steps.push(json!({"op": "add", "path": set.path, "value": after}));
            }
            (None, None) => {}
        }
    }
    Value::Array(steps)
}

fn test(path: &str, value: Value) -> Value {
    json!({"op": "test", "path": path, "value": value})
}

/// Whether two values are the same to the API server, for which a field that is null is not there.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let held = |a: &serde_json::Map<String, Value>, b: &serde_json::Map<String, Value>| {
                a.iter().all(|(key, value)| same(value, b.get(key).unwrap_or(&Value::Null)))
            };
            held(a, b) && held(b, a)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => one == other,
    }
}

/// `/a/b/c` has the parents `/a` and `/a/b`.
fn parents(path: &str) -> Vec<String> {
    path.match_indices('/').skip(1).filter_map(|(at, _)| path.get(..at)).map(str::to_owned).collect()
}

/// The values as they would be.
pub fn applied(object: &Value, sets: &[Set]) -> Value {
    let mut object = object.clone();
    for set in sets {
        let Some((parent, key)) = set.path.rsplit_once('/') else { continue };
        let key = key.replace("~1", "/").replace("~0", "~");
        make(&mut object, parent);
        match (object.pointer_mut(parent), &set.after) {
            (Some(Value::Object(map)), Some(after)) => drop(map.insert(key, after.clone())),
            (Some(Value::Object(map)), None) => drop(map.remove(&key)),
            (Some(Value::Array(items)), Some(after)) => {
                if let Some(item) = key.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                    *item = after.clone();
                }
            }
            _ => {}
        }
    }
    object
}

fn make(object: &mut Value, path: &str) {
    let missing: Vec<String> =
        parents(&format!("{path}/")).into_iter().filter(|parent| object.pointer(parent).is_none()).collect();
    for parent in missing {
        let Some((above, key)) = parent.rsplit_once('/') else { continue };
        if let Some(Value::Object(map)) = object.pointer_mut(above) {
            map.insert(key.replace("~1", "/").replace("~0", "~"), json!({}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_tests_what_it_replaces_and_makes_what_is_missing() {
        let object = json!({"metadata": {"uid": "u"}, "spec": {"replicas": 3}});
        let mut sets = set(&object, "/spec/replicas", Some(json!(5)));
        sets.extend(set(&object, "/metadata/labels/a~1b", Some(json!("c"))));
        assert_eq!(
            patch("u", &sets, &object),
            json!([
                {"op": "test", "path": "/metadata/uid", "value": "u"},
                {"op": "test", "path": "/spec/replicas", "value": 3},
                {"op": "replace", "path": "/spec/replicas", "value": 5},
                {"op": "test", "path": "/metadata/labels", "value": null},
                {"op": "add", "path": "/metadata/labels", "value": {}},
                {"op": "test", "path": "/metadata/labels/a~1b", "value": null},
                {"op": "add", "path": "/metadata/labels/a~1b", "value": "c"},
            ])
        );
        let after = applied(&object, &sets);
        assert_eq!(after, json!({"metadata": {"uid": "u", "labels": {"a/b": "c"}}, "spec": {"replicas": 5}}));
        assert!(set(&object, "/spec/replicas", Some(json!(3))).is_empty(), "no change is no change");
    }
}
