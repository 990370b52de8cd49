//! Roll back: the template of a former revision (`kubectl rollout undo`).

use super::change::{Change, Set, same, set, step};
use super::{Action, Begins, Field, Given, Kind, ROLLED_OUT, Reads, Risk, Values, kubectl_name};
use crate::describe::revision::{NUMBER, revisions};
use crate::text::age;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Annotations that a rollback leaves as they are (kubectl's util/deployment: annotationsToSkip).
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    NUMBER,
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
    let former = all.get(1).or(all.first()).map(|revision| revision.number);
    let wanted: i64 = wanted.or(former).ok_or("no rollout history found")?;
    let found = all.iter().find(|revision| revision.number == wanted);
    let found = found.ok_or_else(|| format!("unable to find specified revision {wanted} in history"))?;
    let now = given.object.pointer("/spec/template").unwrap_or(&Value::Null);
    if same(now, &found.template) {
        return match all.as_slice() {
            [only] => Err(nothing_before(given, only.number)),
            _ => Ok(Change::edit(Vec::new(), &[])),
        };
    }
    let mut sets = set(given.object, "/spec/template", Some(found.template.clone()));
    if given.target.what.plural == "deployments" {
        sets.extend(annotations(given.object, &found.notes));
    }
    let name = kubectl_name(given.target);
    Ok(Change::edit(sets, &["rollout", "undo", &name, &format!("--to-revision={wanted}")]))
}

/// Why there is nothing to go back to, when the only revision is the one that is there.
fn nothing_before(given: &Given<'_>, number: i64) -> String {
    let why = match given.object.pointer("/spec/revisionHistoryLimit").and_then(Value::as_i64) {
        Some(0) => ", as revisionHistoryLimit is 0",
        _ => "",
    };
    format!("there is no former revision of {}: revision {number} is the only one kept{why}", given.target.name)
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
    use crate::describe::revision::{CAUSE, HASH};
    use serde_json::json;

    #[test]
    fn the_former_revision_is_offered_and_its_hash_is_left_out() {
        let target = target("apps", "deployments", "Deployment");
        let set = |number: &str, image: &str| {
            json!({"metadata": {"annotations": {NUMBER: number, CAUSE: format!("release {image}")}, "ownerReferences": [{"uid": "u"}]},
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

    #[test]
    fn that_there_is_no_former_revision_is_said() {
        let target = target("apps", "statefulsets", "StatefulSet");
        let template = json!({"spec": {"containers": [{"name": "c", "image": "x:1"}]}});
        let kept = json!({"revision": 4, "metadata": {"ownerReferences": [{"uid": "u"}]}, "data": {"spec": {"template": template}}});
        let said = |object: &Value, related: &[Value]| {
            change(&Given { target: &target, object, related, now: 0 }, &Values::new()).unwrap_err()
        };
        let mut object = json!({"metadata": {"uid": "u"}, "spec": {"template": template}});
        let plain = "there is no former revision of web: revision 4 is the only one kept";
        assert_eq!(said(&object, std::slice::from_ref(&kept)), plain);
        object["spec"]["revisionHistoryLimit"] = json!(0);
        assert_eq!(said(&object, &[kept]), format!("{plain}, as revisionHistoryLimit is 0"));
        assert_eq!(said(&object, &[]), "no rollout history found");
    }
}
