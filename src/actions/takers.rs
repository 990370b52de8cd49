//! Who will take a change back, as far as the object tells: whoever manages it, owns it, or set the very place.
//!
//! An autoscaler is not told of by the object; [`super::kin::depending`] finds it.

use super::change::{Applied, Do, Note, Set};
use crate::manifest::blame::Owners;
use crate::manifest::place::Step;
use crate::text::fields::{controller, text};
use serde_json::Value;

/// Managers that do what a person said, once; and the controllers whose changes others tell of.
const PASSING: &[&str] = &["rk9s", "k9s", "kubectl", "kube-controller-manager", "Mozilla", "unknown"];

/// What is said of a change of the object.
pub fn takers(object: &Value, does: &Do) -> Vec<Note> {
    let said = deployers(object).into_iter().chain(owner(object, does)).chain(managers(object, does));
    said.map(Note::Says).collect()
}

/// Argo CD, Flux and Helm, by what they write on objects.
fn deployers(object: &Value) -> Vec<String> {
    let note = |part: &str, key: &str| {
        let map = object.pointer(&format!("/metadata/{part}"));
        map.and_then(|map| map.get(key)).and_then(Value::as_str).map(str::to_owned)
    };
    let argo = note("annotations", "argocd.argoproj.io/tracking-id")
        .map(|id| format!("Argo CD ({}) manages it and may take this back", id.split(':').next().unwrap_or_default()));
    let flux =
        note("labels", "kustomize.toolkit.fluxcd.io/name").or_else(|| note("labels", "helm.toolkit.fluxcd.io/name"));
    let flux = flux.map(|name| format!("Flux ({name}) manages it and may take this back"));
    let helm = note("annotations", "meta.helm.sh/release-name");
    let helm = helm.map(|name| format!("the next upgrade of Helm release {name} may take this back"));
    [argo, flux, helm].into_iter().flatten().collect()
}

/// The controller that an edited object belongs to. Of what is deleted, deleting tells.
fn owner(object: &Value, does: &Do) -> Option<String> {
    sets(does)?;
    let owner = controller(object)?;
    Some(format!("{}/{} owns it and may take this back", text(owner, "/kind").to_lowercase(), text(owner, "/name")))
}

/// Who set the places that are changed, if it is somebody who may do so again.
fn managers(object: &Value, does: &Do) -> Vec<String> {
    let owners = Owners::of(object);
    let mut said: Vec<String> = Vec::new();
    for set in sets(does).into_iter().flatten() {
        let Some(start) = steps(object, &set.path) else { continue };
        let value = |value: &Option<Value>| value.clone().unwrap_or_default();
        let mut places = Vec::new();
        differing(&value(&set.before), &value(&set.after), start, &mut places);
        let who = places.iter().filter_map(|place| owners.who(object, place));
        for who in who.filter(|who| !PASSING.iter().any(|passing| who.starts_with(passing))) {
            let line = format!("field manager {who} set {} and may do so again", set.place());
            said.extend((!said.contains(&line)).then_some(line));
        }
    }
    said
}

/// What is edited; nothing for what is made or removed.
fn sets(does: &Do) -> Option<&[Set]> {
    match does {
        Do::Edit { sets, .. } | Do::Apply(Applied { sets: Some(sets), .. }) => Some(sets),
        _ => None,
    }
}

/// A JSON pointer as steps in the object, as far as they are there.
fn steps(object: &Value, pointer: &str) -> Option<Vec<Step>> {
    let mut value = object;
    pointer
        .split('/')
        .skip(1)
        .map(|part| {
            let step = match value {
                Value::Array(_) => Step::Item(part.parse().ok()?),
                _ => Step::Key(part.replace("~1", "/").replace("~0", "~")),
            };
            value = match &step {
                Step::Key(key) => value.get(key)?,
                Step::Item(at) => value.get(at)?,
            };
            Some(step)
        })
        .collect()
}

/// The innermost places that differ. Lists of other lengths are one place.
fn differing(before: &Value, after: &Value, path: Vec<Step>, places: &mut Vec<Vec<Step>>) {
    let below = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
    match (before, after) {
        _ if before == after => {}
        (Value::Object(one), Value::Object(other)) => {
            for (key, before) in one {
                let after = other.get(key).unwrap_or(&Value::Null);
                differing(before, after, below(Step::Key(key.clone())), places);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (before, after)) in one.iter().zip(other).enumerate() {
                differing(before, after, below(Step::Item(at)), places);
            }
        }
        _ => places.push(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(object: &Value, path: &str, after: Value) -> Vec<String> {
        let before = object.pointer(path).cloned();
        let does =
            Do::Edit { subresource: String::new(), sets: vec![Set { path: path.into(), before, after: Some(after) }] };
        let text = |note: Note| match note {
            Note::Says(text) | Note::Warns(text) => text,
        };
        takers(object, &does).into_iter().map(text).collect()
    }

    #[test]
    fn whoever_set_the_place_may_do_so_again() {
        let entry = |manager: &str, fields: Value| json!({"manager": manager, "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": fields});
        let containers = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}});
        let object = json!({
            "metadata": {
                "ownerReferences": [{"kind": "Shop", "name": "main", "controller": true}],
                "managedFields": [entry("shop-operator", containers), entry("kubectl-edit", json!({"f:spec": {"f:replicas": {}}}))],
            },
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web", "image": "web:1", "env": []}]}}},
        });
        let owned = "shop/main owns it and may take this back";
        assert_eq!(told(&object, "/spec/replicas", json!(5)), [owned], "a person's change is not told of");
        let image = json!([{"name": "web", "image": "web:2", "env": []}]);
        let again = "field manager shop-operator set spec.template.spec.containers and may do so again";
        assert_eq!(told(&object, "/spec/template/spec/containers", image), [owned, again]);
        let env = json!([{"name": "web", "image": "web:1", "env": [{"name": "A"}]}]);
        assert_eq!(told(&object, "/spec/template/spec/containers", env), [owned], "another place in it");
        assert_eq!(takers(&object, &Do::Await), []);
    }

    #[test]
    fn those_who_deploy_are_known_by_what_they_write() {
        let object = json!({"metadata": {
            "annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web", "meta.helm.sh/release-name": "web"},
            "labels": {"kustomize.toolkit.fluxcd.io/name": "apps"},
        }});
        assert_eq!(
            told(&object, "/metadata/labels/a", json!("b")),
            [
                "Argo CD (shop) manages it and may take this back",
                "Flux (apps) manages it and may take this back",
                "the next upgrade of Helm release web may take this back"
            ]
        );
    }
}
