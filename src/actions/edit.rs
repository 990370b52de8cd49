//! Edit: an object's text, changed in an editor (`kubectl edit`), as a change of exactly the places that were edited.
//!
//! The text that comes back is compared with what was read when the editor opened, and each place that differs is tested against
//! the object as it is then: what others changed elsewhere stays, what they changed in the same place is a conflict. Lists are
//! one place of the patch, because indexes do not hold; what others did within one is merged.

use super::change::{Change, Set, applied, same, step};
use super::merge::settled;
use super::{Action, Begins, Given, Reads, Risk, Values, kubectl_name, nothing_to_ask};
use crate::manifest;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub static EDIT: Action = Action {
    id: "edit",
    title: "Edit",
    help: "edit the object in $EDITOR",
    key: Some("e"),
    risk: Risk::Change,
    begins: Begins::Editor,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: &[],
    fields: nothing_to_ask,
    change,
};

/// What was read when the editor opened, as JSON.
pub const BEFORE: &str = "before";
/// What came back from the editor.
pub const TEXT: &str = "text";

/// Who an object is; an edit makes no other of it (kubectl: "at least one of apiVersion, kind and name was changed").
const IDENTITY: [&str; 5] = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/metadata/uid"];

/// The object as it is given to an editor: without `managedFields`, which nobody edits.
pub fn text(object: &Value) -> Result<String, String> {
    let mut object = object.clone();
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    manifest::text(&object)
}

/// A text with words at its top that are not part of it.
pub fn page(text: &str, says: &[String]) -> String {
    let says = says.iter().flat_map(|text| text.lines()).map(|line| format!("# {line}\n"));
    let head =
        ["# Save and leave to change the object; an empty file, or one without a change, changes nothing.\n"
            .to_owned()];
    head.into_iter().chain(says).chain([text.to_owned()]).collect()
}

/// A text without the words at its top.
pub fn body(page: &str) -> &str {
    let mut rest = page;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, below)| below);
    }
    rest
}

/// What was edited, place by place.
pub fn edited(before: &Value, text: &str) -> Result<Vec<Set>, String> {
    let mut after = manifest::written::value(text).map_err(|why| format!("it cannot be read as YAML: {why}"))?;
    if !after.is_object() {
        return Err("this is no object".into());
    }
    // What was not shown was not removed.
    if let (Some(fields), Some(hidden)) =
        (after.get_mut("metadata").and_then(Value::as_object_mut), before.pointer("/metadata/managedFields"))
    {
        fields.insert("managedFields".into(), hidden.clone());
    }
    let moved = IDENTITY.iter().find(|path| before.pointer(path) != after.pointer(path));
    if let Some(path) = moved {
        return Err(format!(
            "{} was changed: that would be another object",
            path.trim_start_matches('/').replace('/', ".")
        ));
    }
    let mut sets = Vec::new();
    compare("", before, &after, &mut sets);
    Ok(sets)
}

/// Places in which two values differ. Lists are one place.
pub(super) fn compare(path: &str, before: &Value, after: &Value, sets: &mut Vec<Set>) {
    let set = |path: String, before: Option<&Value>, after: Option<&Value>| Set {
        path,
        before: before.cloned(),
        after: after.cloned(),
    };
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let path = format!("{path}/{}", step(key));
                let there = |map: &'_ Map<String, Value>| map.get(key).filter(|value| !value.is_null()).cloned();
                match (there(one), there(other)) {
                    (Some(before), Some(after)) => compare(&path, &before, &after, sets),
                    (None, None) => {}
                    (before, after) => sets.push(set(path, before.as_ref(), after.as_ref())),
                }
            }
        }
        _ if same(before, after) => {}
        _ => sets.push(set(path.to_owned(), Some(before), Some(after))),
    }
}

/// The edits for the object as it is now, and the places in which they take back what others did since the editor opened.
fn upon(sets: Vec<Set>, now: &Value) -> (Vec<Set>, Vec<String>) {
    let mut conflicts = Vec::new();
    let settle = |set: Set| {
        settled(&set, now).unwrap_or_else(|| {
            conflicts.push(set.place());
            set
        })
    };
    let mut sets: Vec<Set> = sets.into_iter().map(settle).collect();
    // What others did just so as well is no change.
    sets.retain(|set| set.before != set.after);
    (sets, conflicts)
}

/// The edits upon the object as it is now, and the places in which they take back what others did.
pub fn rebased(before: &Value, edited_text: &str, now: &Value) -> Option<(String, Vec<String>)> {
    let (sets, conflicts) = upon(edited(before, edited_text).ok()?, now);
    if conflicts.is_empty() {
        return None;
    }
    Some((text(&applied(now, &sets)).ok()?, conflicts))
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let missing = || "there is no text".to_owned();
    let (before, text) = values.get(BEFORE).zip(values.get(TEXT)).ok_or_else(missing)?;
    let before: Value = serde_json::from_str(before).map_err(|e| e.to_string())?;
    let sets = edited(&before, text)?;
    if before.pointer("/metadata/uid") != given.object.pointer("/metadata/uid") {
        return Err("it is another object by now: it was deleted and made anew".into());
    }
    let (sets, conflicts) = upon(sets, given.object);
    if !conflicts.is_empty() {
        return Err(format!("changed by somebody else meanwhile: {}", conflicts.join(", ")));
    }
    let status = sets.iter().any(|set| set.path == "/status" || set.path.starts_with("/status/"));
    let change = Change::edit(sets, &["edit", &kubectl_name(given.target)]);
    Ok(if status { change.warn("most kinds take no status here: it is their controllers'") } else { change })
}

#[cfg(test)]
mod tests {
    use super::super::change::Do;
    use super::super::tests::target;
    use super::*;
    use serde_json::json;

    fn web() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "uid": "u", "labels": {"a": "1"}, "managedFields": [{"manager": "x"}]},
            "spec": {"replicas": 3, "paused": null, "template": {"spec": {"containers": [{"name": "c", "image": "x:1"}]}}},
        })
    }

    fn places(sets: &[Set]) -> Vec<String> {
        sets.iter().map(Set::place).collect()
    }

    #[test]
    fn the_text_has_no_managed_fields_and_unedited_it_changes_nothing() {
        let text = text(&web()).unwrap();
        assert!(text.contains("replicas: 3") && !text.contains("managedFields"), "{text}");
        assert_eq!(edited(&web(), &text), Ok(Vec::new()));
        let page = page(&text, &["refused:\nfor two reasons".into()]);
        assert!(page.contains("\n# refused:\n# for two reasons\napiVersion"), "{page}");
        assert_eq!(body(&page), text);
        assert_eq!(body("# only words"), "");
    }

    #[test]
    fn each_place_is_set_alone_and_lists_whole() {
        let text = text(&web()).unwrap();
        let text = text.replace("replicas: 3", "replicas: 5").replace("image: x:1", "image: x:2");
        let text = text.replace("    a: \"1\"\n", "    b/c: \"2\"\n").replace("    a: '1'\n", "    b/c: '2'\n");
        let sets = edited(&web(), &text).unwrap();
        let all = ["metadata.labels.a", "metadata.labels.b/c", "spec.replicas", "spec.template.spec.containers"];
        assert_eq!(places(&sets), all, "{text}");
        assert_eq!((&sets[0].after, &sets[1].before), (&None, &None));
    }

    #[test]
    fn what_is_no_object_or_another_one_is_refused() {
        assert!(edited(&web(), "a: [").unwrap_err().contains("YAML"));
        assert!(edited(&web(), "- a").unwrap_err().contains("no object"));
        let other = text(&web()).unwrap().replace("name: web", "name: other");
        assert!(edited(&web(), &other).unwrap_err().contains("metadata.name was changed"));
    }

    #[test]
    fn what_others_did_elsewhere_stays_and_in_the_same_place_is_a_conflict() {
        let target = target("apps", "deployments", "Deployment");
        let text = text(&web()).unwrap().replace("replicas: 3", "replicas: 5");
        let values = Values::from([(BEFORE.to_owned(), web().to_string()), (TEXT.to_owned(), text.clone())]);
        let upon = |now: &Value| change(&Given { target: &target, object: now, related: &[], now: 0 }, &values);
        let mut now = web();
        now["metadata"]["labels"]["b"] = json!("2");
        let change = upon(&now).unwrap();
        assert_eq!(change.kubectl.join(" "), "edit deployment/web");
        assert!(matches!(&change.does, Do::Edit { sets, .. } if places(sets) == ["spec.replicas"]));
        assert_eq!(rebased(&web(), &text, &now), None, "there is nothing to decide");
        now["spec"]["replicas"] = json!(4);
        assert!(upon(&now).unwrap_err().contains("somebody else meanwhile: spec.replicas"));
        let (merged, conflicts) = rebased(&web(), &text, &now).unwrap();
        assert!(merged.contains("replicas: 5") && merged.contains("b:"), "{merged}");
        assert_eq!(
            (conflicts, places(&edited(&now, &merged).unwrap())),
            (vec!["spec.replicas".to_owned()], vec!["spec.replicas".to_owned()])
        );
        now["spec"]["replicas"] = json!(3);
        now["spec"]["template"]["spec"]["containers"] =
            json!([{"name": "s", "image": "s:1"}, {"name": "c", "image": "x:1"}]);
        let image = self::text(&web()).unwrap().replace("image: x:1", "image: x:2");
        let values = Values::from([(BEFORE.to_owned(), web().to_string()), (TEXT.to_owned(), image.clone())]);
        let change = super::change(&Given { target: &target, object: &now, related: &[], now: 0 }, &values).unwrap();
        let both = json!([{"name": "s", "image": "s:1"}, {"name": "c", "image": "x:2"}]);
        assert!(
            matches!(&change.does, Do::Edit { sets, .. } if sets[0].after.as_ref() == Some(&both)),
            "within a list"
        );
        assert_eq!(rebased(&web(), &image, &now), None);
        now["metadata"]["uid"] = json!("another");
        assert!(upon(&now).unwrap_err().contains("another object"));
    }
}
