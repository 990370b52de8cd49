//! Revisions: the pod templates that a workload has had, from the objects that keep them.
//!
//! Deployments keep them in ReplicaSets, whose template is the deployment's with the hash label added; stateful and daemon
//! sets keep them in ControllerRevisions, as a patch of the template.

use crate::text::fields::{controller, list, map, text, time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The annotation that numbers ReplicaSets, and says which one a deployment is at.
pub const NUMBER: &str = "deployment.kubernetes.io/revision";
/// The annotation that says why, as `kubectl rollout history` shows it.
pub const CAUSE: &str = "kubernetes.io/change-cause";
/// The label that ReplicaSets add to the template.
pub const HASH: &str = "pod-template-hash";

/// A revision that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The name and the uid of the object that keeps it.
    pub name: String,
    pub uid: String,
    pub number: i64,
    /// Seconds since the epoch.
    pub created: i64,
    pub images: String,
    pub cause: String,
    /// The pod template, without what the keeping of it added.
    pub template: Value,
    /// What it was annotated with.
    pub notes: BTreeMap<String, String>,
}

/// The revisions of a workload among `kept`, the newest first.
pub fn revisions(workload: &Value, kept: &[Value]) -> Vec<Revision> {
    let uid = text(workload, "/metadata/uid");
    let owned = kept.iter().filter(|item| owner(item).is_some_and(|owner| text(owner, "/uid") == uid));
    let mut all: Vec<Revision> = owned.filter_map(of).collect();
    all.sort_by_key(|revision| std::cmp::Reverse(revision.number));
    all
}

/// What a ReplicaSet or a ControllerRevision keeps; nothing, if it keeps no template or has no number.
pub fn of(item: &Value) -> Option<Revision> {
    let notes = map(item, "/metadata/annotations").into_iter();
    let notes: BTreeMap<String, String> =
        notes.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect();
    let (number, mut template) = match item.get("revision").and_then(Value::as_i64) {
        Some(number) => (number, item.pointer("/data/spec/template")?.clone()),
        None => (notes.get(NUMBER)?.parse().ok()?, item.pointer("/spec/template")?.clone()),
    };
    if let Some(fields) = template.as_object_mut() {
        // Strategic merge's own word, in the patches of ControllerRevisions.
        fields.remove("$patch");
    }
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    let images: Vec<&str> =
        list(&template, "/spec/containers").iter().map(|container| text(container, "/image")).collect();
    Some(Revision {
        name: text(item, "/metadata/name").to_owned(),
        uid: text(item, "/metadata/uid").to_owned(),
        number,
        created: time(item, "/metadata/creationTimestamp").unwrap_or_default(),
        images: images.join(", "),
        cause: notes.get(CAUSE).cloned().unwrap_or_default(),
        template,
        notes,
    })
}

/// The controller of an object, or its first owner.
pub fn owner(item: &Value) -> Option<&Value> {
    controller(item).or_else(|| list(item, "/metadata/ownerReferences").first())
}

/// Two revisions of one workload, or one and the workload itself, as what is to be compared of them: titles and templates, the
/// older one first. Nothing, if they are no such two.
pub fn compared(left: &Value, right: &Value) -> Option<[(String, Value); 2]> {
    let is_of = |item: &Value, workload: &Value| {
        owner(item).is_some_and(|owner| text(owner, "/uid") == text(workload, "/metadata/uid"))
    };
    let named = |item: &Value, revision: &Revision| {
        let owner = owner(item).unwrap_or(&Value::Null);
        let of = workload(text(owner, "/kind"), text(item, "/metadata/namespace"), text(owner, "/name"));
        (format!("revision {} of {of}", revision.number), revision.template.clone())
    };
    let now = |item: &Value| {
        let meta = |name: &str| text(item, &format!("/metadata/{name}")).to_owned();
        let of = workload(text(item, "/kind"), &meta("namespace"), &meta("name"));
        (format!("{of} as it is now"), item.pointer("/spec/template").cloned().unwrap_or(json!({})))
    };
    // A deployment looks like a revision: it has the number of one, and a template.
    if is_of(left, right) {
        return of(left).map(|one| [named(left, &one), now(right)]);
    }
    if is_of(right, left) {
        return of(right).map(|one| [named(right, &one), now(left)]);
    }
    let (one, other) = (of(left)?, of(right)?);
    let uid = |item| owner(item).map(|owner| text(owner, "/uid")).filter(|uid| !uid.is_empty());
    if uid(left)? != uid(right)? {
        return None;
    }
    let (left, right) = (named(left, &one), named(right, &other));
    Some(if one.number <= other.number { [left, right] } else { [right, left] })
}

fn workload(kind: &str, namespace: &str, name: &str) -> String {
    format!("{} {namespace}/{name}", kind.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(uid: &str, number: i64, image: &str) -> Value {
        json!({"kind": "ControllerRevision", "revision": number,
            "metadata": {"name": format!("db-{number}"), "namespace": "shop",
                "ownerReferences": [{"kind": "StatefulSet", "name": "db", "uid": uid, "controller": true}]},
            "data": {"spec": {"template": {"$patch": "replace", "spec": {"containers": [{"image": image}]}}}}})
    }

    #[test]
    fn templates_of_one_workload_are_compared_the_older_first() {
        let (old, new) = (kept("u", 2, "db:1"), kept("u", 10, "db:2"));
        let titles = |left: &Value, right: &Value| compared(left, right).map(|sides| sides.map(|(title, _)| title));
        let both = ["revision 2 of statefulset shop/db", "revision 10 of statefulset shop/db"].map(str::to_owned);
        assert_eq!(titles(&old, &new), Some(both.clone()));
        assert_eq!(titles(&new, &old), Some(both));
        let [(_, template), _] = compared(&old, &new).unwrap();
        assert_eq!(template, json!({"spec": {"containers": [{"image": "db:1"}]}}), "nothing but the template");

        let template = json!({"spec": {"containers": [{"image": "db:3"}]}});
        let workload = json!({"kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop", "uid": "u"},
            "spec": {"replicas": 3, "template": template}});
        let [(_, left), (title, right)] = compared(&workload, &old).unwrap();
        assert_eq!(title, "statefulset shop/db as it is now");
        assert_eq!((left.pointer("/spec/containers/0/image"), right), (Some(&json!("db:1")), template));

        let set = json!({"metadata": {"annotations": {NUMBER: "4"}, "ownerReferences": [{"kind": "Deployment", "name": "db", "uid": "u"}]},
            "spec": {"template": {"metadata": {"labels": {HASH: "x", "app": "db"}}}}});
        let mut deployment = workload.clone();
        deployment["metadata"]["annotations"] = json!({NUMBER: "4"});
        let [(title, template), _] = compared(&deployment, &set).unwrap();
        assert_eq!(
            (title.as_str(), template),
            ("revision 4 of deployment /db", json!({"metadata": {"labels": {"app": "db"}}}))
        );

        assert_eq!(compared(&old, &kept("other", 1, "x")), None, "they are whole objects to each other");
        assert_eq!(compared(&kept("other", 1, "x"), &workload), None);
    }

    #[test]
    fn only_its_own_are_its_revisions() {
        let workload = json!({"metadata": {"uid": "u"}});
        let all = revisions(&workload, &[kept("u", 9, "a"), kept("other", 11, "b"), kept("u", 10, "c"), json!({})]);
        assert_eq!(all.iter().map(|own| (own.number, own.images.as_str())).collect::<Vec<_>>(), [(10, "c"), (9, "a")]);
    }
}
