//! Who wrote which field (`metadata.managedFields`), kept as the real server keeps it
//! (k8s.io/apimachinery/pkg/util/managedfields): a set of fields for each manager, operation and subresource, with the time of its last change.
//!
//! It knows lists and maps from `patch::keys`, not from a schema. It knows one version of each kind, so nothing is converted.

pub mod set;
pub mod walk;

use super::object::{self, Object, at, items, text};
use super::patch::keys::Schema;
use super::world::Write;
use jiff::Timestamp;
use serde_json::{Value, json};
use set::Set;

/// The time of an entry that an apply is just making. A client may send one without any time: `kubectl apply --server-side` does.
pub const FRESH: &str = "0001-01-01T00:00:00Z";

/// More managers than this of updates are one: `ancient-changes`.
const UPDATERS: usize = 10;

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    pub api_version: String,
    pub subresource: String,
    /// [`FRESH`] while it is being written, empty where a client left it out.
    pub time: String,
    pub fields: Set,
}

impl Entry {
    fn read(entry: &Value) -> Self {
        let said = |name| text(entry, name).to_owned();
        Self {
            manager: said("manager"),
            operation: said("operation"),
            api_version: said("apiVersion"),
            subresource: said("subresource"),
            time: said("time"),
            fields: Set::read(at(entry, "fieldsV1")),
        }
    }

    fn written(&self) -> Value {
        let mut entry = json!({
            "manager": self.manager, "operation": self.operation, "apiVersion": self.api_version, "time": self.time,
            "fieldsType": "FieldsV1", "fieldsV1": self.fields.written(), "subresource": self.subresource,
        });
        if let Some(entry) = entry.as_object_mut() {
            entry.retain(|_, value| value != "");
        }
        entry
    }

    /// Whose it is.
    pub fn is(&self, manager: &str, operation: &str, subresource: &str) -> bool {
        self.manager == manager && self.operation == operation && self.subresource == subresource
    }

    /// In the order in which they are kept (managedfields.sortEncodedManagedFields).
    fn order(&self) -> (&str, &str, &str, &str, &str) {
        (&self.operation, &self.time, &self.manager, &self.api_version, &self.subresource)
    }
}

/// The entries of an object. Whoever sends an empty list, or one empty entry, takes all away.
pub fn entries(object: &Object) -> Vec<Entry> {
    let entries = items(object, "metadata/managedFields");
    entries.iter().filter(|entry| !text(entry, "operation").is_empty()).map(Entry::read).collect()
}

/// Writes the entries into an object, in their order.
pub fn put_entries(object: &mut Object, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    if entries.is_empty() {
        object::remove(object, "metadata/managedFields");
        return;
    }
    let entries: Vec<Value> = entries.iter().map(Entry::written).collect();
    object::put(object, "metadata/managedFields", entries);
}

/// Notes in an object what this write changed of it. Where an apply has made the object, its own entry is there already and is [`FRESH`].
pub fn track(before: Option<&Object>, after: &mut Object, write: Write<'_>, now: Timestamp) {
    let now = object::time(now);
    let is_fresh = |entry: &Value| text(entry, "operation") == "Apply" && text(entry, "time") == FRESH;
    let applied = items(after, "metadata/managedFields").iter().any(is_fresh);
    let mut all = if applied { entries(after) } else { Vec::new() };
    if let Some(fresh) = all.iter_mut().find(|entry| entry.operation == "Apply" && entry.time == FRESH) {
        fresh.subresource = write.subresource.to_owned();
        fresh.time = now;
        if let Some(same) = before.and_then(|before| unchanged(before, after, fresh)) {
            fresh.time = same;
        }
        put_entries(after, all);
        return;
    }
    let schema = schema(after);
    let empty = json!({});
    let mut difference = walk::difference(before.unwrap_or(&empty), after, schema);
    forget_own(&mut difference.changed);
    if before.is_none() && text(after, "kind") != "Node" && schema == Schema::BuiltIn {
        difference.changed.children.remove("f:status");
    }
    if difference.changed.is_empty()
        && difference.removed.is_empty()
        && before.is_some_and(|own| managed(own) == managed(after))
    {
        return;
    }
    let mut all = entries(after);
    let manager = if write.manager.is_empty() { "unknown" } else { write.manager };
    for entry in &mut all {
        let fields = std::mem::take(&mut entry.fields).minus(&difference.removed);
        entry.fields =
            if entry.is(manager, "Update", write.subresource) { fields } else { fields.minus(&difference.changed) };
    }
    if !difference.changed.is_empty() {
        match all.iter_mut().find(|entry| entry.is(manager, "Update", write.subresource)) {
            Some(own) => {
                own.fields = std::mem::take(&mut own.fields).union(difference.changed);
                own.time = now;
            }
            None => all.push(Entry {
                manager: manager.to_owned(),
                operation: "Update".to_owned(),
                api_version: text(after, "apiVersion").to_owned(),
                subresource: write.subresource.to_owned(),
                time: now,
                fields: difference.changed,
            }),
        }
        cap(&mut all);
    }
    put_entries(after, all);
}

fn managed(object: &Object) -> &Value {
    at(object, "metadata/managedFields")
}

/// The time of an applier's entry where nothing of the object changed: the one it had, and a new one has none
/// (managedfields/internal/managedfieldsupdater.go).
fn unchanged(before: &Object, after: &Object, fresh: &Entry) -> Option<String> {
    let own = entries(before).into_iter().find(|entry| entry.is(&fresh.manager, "Apply", &fresh.subresource));
    let plain = |object: &Object| {
        let mut object = object.clone();
        object::remove(&mut object, "metadata/managedFields");
        object
    };
    (plain(before) == plain(after)).then(|| own.map(|own| own.time).unwrap_or_default())
}

/// The oldest updaters become one (managedfields.capManagersManager).
fn cap(entries: &mut Vec<Entry>) {
    let mut updaters = entries.iter().filter(|entry| entry.operation == "Update").count();
    while updaters > UPDATERS {
        entries.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut oldest: Vec<usize> = (0..entries.len()).collect();
        oldest.retain(|n| entries.get(*n).is_some_and(|entry| entry.operation == "Update"));
        let [first, second, ..] = oldest.as_slice() else { return };
        let taken = entries.remove(*first);
        if let Some(entry) = entries.get_mut(second - 1) {
            entry.manager = "ancient-changes".to_owned();
            entry.fields = std::mem::take(&mut entry.fields).union(taken.fields);
        }
        updaters -= 1;
    }
}

/// Takes out what is nobody's: what identifies the object and what the server says of it (managedfields.stripMetaManager).
pub fn forget_own(set: &mut Set) {
    set.children.remove("f:apiVersion");
    set.children.remove("f:kind");
    if let Some(mut metadata) = set.children.remove("f:metadata") {
        metadata.here = false;
        metadata.children.retain(|element, _| !OWN.contains(&element.as_str()));
        set.add("f:metadata".to_owned(), metadata);
    }
}

const OWN: &[&str] = &[
    "f:name",
    "f:namespace",
    "f:creationTimestamp",
    "f:selfLink",
    "f:uid",
    "f:generation",
    "f:managedFields",
    "f:resourceVersion",
    // Set by the server's registry, behind the tracking.
    "f:deletionTimestamp",
    "f:deletionGracePeriodSeconds",
];

/// Whose an object is, by its group.
pub fn schema(object: &Object) -> Schema {
    let version = text(object, "apiVersion");
    Schema::of(version.rsplit_once('/').map_or("", |(group, _)| group))
}
