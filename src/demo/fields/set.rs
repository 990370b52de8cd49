//! Sets of fields, as `managedFields` writes them (FieldsV1): a tree of path elements, `f:spec`, `k:{"name":"web"}`, `v:"a"`.
//!
//! It is the arithmetic alone (sigs.k8s.io/structured-merge-diff, fieldpath.Set); what the fields of an object are, `walk` says.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// Whether the path up to here is a member.
    pub here: bool,
    /// By path element.
    pub children: BTreeMap<String, Set>,
}

impl Set {
    /// The path itself, and nothing below it.
    pub fn leaf() -> Self {
        Self { here: true, children: BTreeMap::new() }
    }

    pub fn is_empty(&self) -> bool {
        !self.here && self.children.is_empty()
    }

    /// Adds a subtree, unless it is empty.
    pub fn add(&mut self, element: String, child: Set) {
        if !child.is_empty() {
            self.children.insert(element, child);
        }
    }

    /// The subtree at a path element.
    pub fn child(&self, element: &str) -> Option<&Set> {
        self.children.get(element)
    }

    pub fn union(mut self, other: Set) -> Self {
        self.here |= other.here;
        for (element, child) in other.children {
            let own = self.children.remove(&element).unwrap_or_default();
            self.children.insert(element, own.union(child));
        }
        self
    }

    /// The members of this one that are no members of the other.
    pub fn minus(mut self, other: &Set) -> Self {
        self.here &= !other.here;
        for (element, theirs) in &other.children {
            if let Some(own) = self.children.remove(element) {
                self.add(element.clone(), own.minus(theirs));
            }
        }
        self
    }

    /// The members of both.
    pub fn common(&self, other: &Set) -> Self {
        let mut both = Self { here: self.here && other.here, children: BTreeMap::new() };
        for (element, own) in &self.children {
            if let Some(theirs) = other.children.get(element) {
                both.add(element.clone(), own.common(theirs));
            }
        }
        both
    }

    /// From a `fieldsV1`.
    pub fn read(fields: &Value) -> Self {
        let Some(fields) = fields.as_object().filter(|fields| !fields.is_empty()) else { return Self::leaf() };
        let mut set = Self::default();
        for (element, value) in fields {
            if element == "." {
                set.here = true;
            } else {
                set.children.insert(element.clone(), Self::read(value));
            }
        }
        set
    }

    /// As a `fieldsV1`.
    pub fn written(&self) -> Value {
        let mut fields: Map<String, Value> =
            self.children.iter().map(|(element, child)| (element.clone(), child.written())).collect();
        if self.here && !fields.is_empty() {
            fields.insert(".".to_owned(), Value::Object(Map::new()));
        }
        Value::Object(fields)
    }

    /// The paths of the members, as messages name them: `.spec.containers[name="web"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.gather("", &mut paths);
        paths
    }

    fn gather(&self, path: &str, paths: &mut Vec<String>) {
        if self.here {
            paths.push(path.to_owned());
        }
        for (element, child) in &self.children {
            child.gather(&format!("{path}{}", told(element)), paths);
        }
    }
}

fn told(element: &str) -> String {
    let (kind, rest) = element.split_once(':').unwrap_or_default();
    match (kind, serde_json::from_str::<Map<String, Value>>(rest)) {
        ("k", Ok(keys)) => {
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        ("v", _) => format!("[={rest}]"),
        _ => format!(".{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_are_read_written_and_told() {
        let fields = json!({"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}}, "f:replicas": {}},
            "f:metadata": {"f:finalizers": {"v:\"a\"": {}}}});
        let set = Set::read(&fields);
        assert_eq!(set.written(), fields);
        let wanted = [
            ".metadata.finalizers[=\"a\"]",
            ".spec.containers[name=\"web\"]",
            ".spec.containers[name=\"web\"].image",
            ".spec.replicas",
        ];
        assert_eq!(set.paths(), wanted);
    }

    #[test]
    fn members_are_counted_not_subtrees() {
        let all = Set::read(&json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}}));
        let some = Set::read(&json!({"f:a": {".": {}, "f:b": {}}}));
        assert_eq!(all.clone().minus(&some), Set::read(&json!({"f:a": {"f:c": {}}})));
        assert_eq!(all.common(&some), some);
        assert_eq!(all.clone().minus(&some).union(some), all);
        assert!(all.clone().minus(&all).is_empty());
    }
}
