//! Roll back: the template of a former revision (`kubectl rollout undo`).
//!
//! Deployments keep revisions in ReplicaSets, whose template is the deployment's with the hash label added; stateful and daemon
//! sets keep them in ControllerRevisions, as a patch of the template.

use super::change::{Change, Set, same, set, step};
use super::{Action, Begins, Field, Given, Kind, ROLLED_OUT, Reads, Risk, Values, kubectl_name};
use crate::text::age;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const REVISION: &str = "deployment.kubernetes.io/revision";
const CAUSE: &str = "kubernetes.io/change-cause";
const HASH: &str = "pod-template-hash";
/// Annotations that a rollback leaves as they are (kubectl's util/deployment: annotationsToSkip).
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

pub static ROLLBACK: Action = Action {
    id: "rollback",
    title: "Roll back",
    help: "back to a former revision",
    key: Some("b"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Revisions,
    needs: ("patch", ""),
    kinds: ROLLED_OUT,
    fields,
    change,
};

/// A revision that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    pub number: i64,
    pub created: i64,
    pub images: String,
    pub cause: String,
    template: Value,
    /// What it was annotated with.
    notes: BTreeMap<String, String>,
}

/// The revisions of a workload, the newest first.
pub fn revisions(object: &Value, related: &[Value]) -> Vec<Revision> {
    let uid = object.pointer("/metadata/uid");
    let owned = related.iter().filter(|item| {
        let owners = item.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.into_iter().flatten().any(|owner| owner.get("uid") == uid)
    });
    let mut all: Vec<Revision> = owned.filter_map(revision).collect();
    all.sort_by_key(|revision| std::cmp::Reverse(revision.number));
    all
}

fn revision(item: &Value) -> Option<Revision> {
    let note = |key: &str| item.pointer("/metadata/annotations")?.get(key)?.as_str().map(str::to_owned);
    let (number, mut template) = match item.get("revision").and_then(Value::as_i64) {
        Some(number) => (number, item.pointer("/data/spec/template")?.clone()),
        None => (note(REVISION)?.parse().ok()?, item.pointer("/spec/template")?.clone()),
    };
    if let Some(fields) = template.as_object_mut() {
        // Strategic merge's own word, in the patches of ControllerRevisions.
        fields.remove("$patch");
    }
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    let images: Vec<&str> = containers.into_iter().flatten().filter_map(|c| c.get("image")?.as_str()).collect();
    let created = item.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
    let created = created.and_then(|at| at.parse::<jiff::Timestamp>().ok()).map_or(0, |at| at.as_second());
    let notes = item.pointer("/metadata/annotations").cloned();
    let notes = notes.and_then(|notes| serde_json::from_value(notes).ok()).unwrap_or_default();
    let cause = note(CAUSE).unwrap_or_default();
    Some(Revision { number, created, images: images.join(", "), cause, template, notes })
}

fn fields(given: &Given<'_>) -> Vec<Field> {
    let all = revisions(given.object, given.related);
    let choices = all.iter().enumerate().map(|(at, revision)| {
        let now = if at == 0 { "● now" } else { "" };
        let age = age::human((given.now - revision.created).max(0)).to_string();
        (revision.number.to_string(), format!("{age:5} {now:5}  {}  {}", revision.images, revision.cause))
    });
    let former = all.get(1).or(all.first()).map(|revision| revision.number.to_string()).unwrap_or_default();
    vec![Field { name: "revision", kind: Kind::Choice(choices.collect()), value: former }]
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    if given.object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        // kubectl's words (polymorphichelpers/rollback.go).
        return Err("you cannot rollback a paused deployment; resume it first and try again".into());
    }
    let all = revisions(given.object, given.related);
    let wanted = values.get("revision").and_then(|text| text.trim().parse().ok());
    let wanted: i64 = wanted.or(all.get(1).map(|revision| revision.number)).ok_or("no rollout history found")?;
    let found = all.iter().find(|revision| revision.number == wanted);
    let found = found.ok_or_else(|| format!("unable to find specified revision {wanted} in history"))?;
    let now = given.object.pointer("/spec/template").unwrap_or(&Value::Null);
    if same(now, &found.template) {
        return Ok(Change::edit(Vec::new(), &[]));
    }
    let mut sets = set(given.object, "/spec/template", Some(found.template.clone()));
    if given.target.what.plural == "deployments" {
        sets.extend(annotations(given.object, &found.notes));
    }
    let name = kubectl_name(given.target);
    Ok(Change::edit(sets, &["rollout", "undo", &name, &format!("--to-revision={wanted}")]))
}

/// A deployment gets its revision's annotations back, but for those that are its own.
fn annotations(object: &Value, former: &BTreeMap<String, String>) -> Vec<Set> {
    let now = object.pointer("/metadata/annotations").and_then(Value::as_object);
    let now: BTreeSet<&String> = now.into_iter().flat_map(serde_json::Map::keys).collect();
    let keys: BTreeSet<&String> = former.keys().chain(now).filter(|key| !OWN.contains(&key.as_str())).collect();
    let after = |key: &String| former.get(key).map(|value| Value::from(value.as_str()));
    keys.into_iter().flat_map(|key| set(object, &format!("/metadata/annotations/{}", step(key)), after(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_former_revision_is_offered_and_its_hash_is_left_out() {
        let target = target("apps", "deployments", "Deployment");
        let set = |number: &str, image: &str| {
            json!({"metadata": {"annotations": {REVISION: number, CAUSE: format!("release {image}")}, "ownerReferences": [{"uid": "u"}]},
                "spec": {"template": {"metadata": {"labels": {"app": "web", HASH: number}}, "spec": {"containers": [{"name": "c", "image": image}]}}}})
        };
        let object = json!({"metadata": {"uid": "u"}, "spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "x:2"}]}}}});
        let related = [set("9", "x:1"), set("14", "x:2"), json!({"metadata": {"ownerReferences": [{"uid": "other"}]}})];
        let given = Given { target: &target, object: &object, related: &related, now: 0 };
        let field = &fields(&given)[0];
        assert_eq!(field.value, "9");
        assert!(matches!(&field.kind, Kind::Choice(all) if all[0].0 == "14" && all[0].1.contains("● now")));
        let change = change(&given, &Values::new()).unwrap();
        assert_eq!(change.kubectl.join(" "), "rollout undo deployment/web --to-revision=9");
        let super::super::change::Do::Edit { sets, .. } = &change.does else { panic!() };
        assert_eq!(sets[0].after.as_ref().unwrap().pointer("/spec/containers/0/image"), Some(&json!("x:1")));
        assert_eq!(sets[0].after.as_ref().unwrap().pointer("/metadata/labels"), Some(&json!({"app": "web"})));
    }
}
