//! What may be shown and written down of a change of a Secret: which places changed, never the values.

use super::change::{Applied, Do, Set};
use crate::cluster::watch::TableOf;
use crate::manifest::LAST_APPLIED;
use serde_json::Value;

/// Whether a kind is that of Secrets.
pub fn is_secret(of: &TableOf) -> bool {
    of.group.is_empty() && of.plural == "secrets"
}

/// Whether what stands at this place of a Secret may be shown.
pub fn is_open(path: &str) -> bool {
    let note = path.strip_prefix("/metadata/annotations/").map(|key| key.replace("~1", "/"));
    path.starts_with("/metadata/labels/") || note.is_some_and(|key| key != LAST_APPLIED)
}

/// What the journal's file keeps of what was done. Taking it back needs the values, which only this session has.
pub fn kept(of: &TableOf, does: &Do) -> Do {
    match does {
        Do::Edit { subresource, sets } if is_secret(of) => {
            Do::Edit { subresource: subresource.clone(), sets: without_values(sets) }
        }
        Do::Apply(applied) if is_secret(of) => Do::Apply(Applied {
            manifest: without_data(&applied.manifest),
            sets: applied.sets.as_deref().map(without_values),
            ..applied.clone()
        }),
        Do::Delete { propagation, grace, .. } if is_secret(of) => {
            Do::Delete { propagation: *propagation, grace: *grace, kept: None }
        }
        Do::Create { what, object } if is_secret(what) => {
            Do::Create { what: what.clone(), object: without_data(object) }
        }
        other => other.clone(),
    }
}

fn without_values(sets: &[Set]) -> Vec<Set> {
    let hidden = |set: &Set| Set { path: set.path.clone(), before: None, after: None };
    sets.iter().map(|set| if is_open(&set.path) { set.clone() } else { hidden(set) }).collect()
}

fn without_data(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|field, _| !matches!(field.as_str(), "data" | "stringData"));
    }
    if let Some(notes) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        notes.remove(LAST_APPLIED);
    }
    object
}

/// Whether values were left out of what was kept.
pub fn was_hidden(sets: &[Set]) -> bool {
    sets.iter().any(|set| set.before.is_none() && set.after.is_none())
}

#[cfg(test)]
mod tests {
    use super::super::undo::inverse;
    use super::*;
    use serde_json::json;

    fn secrets() -> TableOf {
        TableOf { version: "v1".into(), plural: "secrets".into(), kind: "Secret".into(), ..TableOf::default() }
    }

    #[test]
    fn values_are_left_out_and_what_lacks_them_cannot_be_taken_back() {
        let set = |path: &str| Set { path: path.into(), before: Some(json!("canary")), after: Some(json!("canary2")) };
        let note = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
        let sets =
            ["/data/password", "/stringData", "/metadata/annotations", note, "/metadata/labels/app"].map(set).to_vec();
        let done = Do::Edit { subresource: String::new(), sets };
        let kept = kept(&secrets(), &done);
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(text.matches("canary").count(), 2, "the label's two values: {text}");
        assert!(text.contains("/data/password"), "{text}");
        assert!(inverse(&secrets(), &kept).is_err() && inverse(&secrets(), &done).is_ok());
        let of_pods = TableOf { plural: "pods".into(), ..secrets() };
        assert_eq!(super::kept(&of_pods, &done), done);
    }

    #[test]
    fn a_secret_that_was_made_or_deleted_leaves_its_name() {
        let object = json!({"metadata": {"name": "db", "annotations": {LAST_APPLIED: "canary", "a": "1"}}, "data": {"p": "canary"}, "stringData": {"q": "canary"}});
        let made = kept(&secrets(), &Do::Create { what: secrets(), object: object.clone() });
        let text = serde_json::to_string(&made).unwrap();
        assert!(text.contains("\"db\"") && !text.contains("canary"), "{text}");
        let gone =
            Do::Delete { propagation: super::super::change::Propagation::Orphan, grace: None, kept: Some(object) };
        assert!(matches!(kept(&secrets(), &gone), Do::Delete { kept: None, .. }));
    }
}
