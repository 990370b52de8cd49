//! What takes a change back. What cannot be taken back says so.

use super::change::{Applied, Do, Propagation, Set};
use super::merge::settled;
use super::secret;
use crate::cluster::watch::TableOf;
use serde_json::Value;

/// The opposite of what was done to an object of the kind; the error says why there is none.
pub fn inverse(what: &TableOf, done: &Do) -> Result<Do, String> {
    match done {
        Do::Edit { sets, .. } if secret::was_hidden(sets) => {
            Err("its values are secret, and are kept in the session that changed them alone".into())
        }
        Do::Edit { subresource, sets } => {
            let turned = sets.iter().rev();
            let turned =
                turned.map(|set| Set { path: set.path.clone(), before: set.after.clone(), after: set.before.clone() });
            Ok(Do::Edit { subresource: subresource.clone(), sets: turned.collect() })
        }
        Do::Apply(Applied { manifest, sets: None, .. }) => {
            Ok(Do::Delete { propagation: Propagation::Background, grace: None, kept: Some(manifest.clone()) })
        }
        Do::Apply(Applied { sets: Some(sets), .. }) if sets.is_empty() => {
            Err("nothing in it was changed but who manages it".into())
        }
        Do::Apply(Applied { sets: Some(sets), .. }) => {
            inverse(what, &Do::Edit { subresource: String::new(), sets: sets.clone() })
        }
        Do::Delete { kept: Some(object), .. } => Ok(Do::Create { what: what.clone(), object: object.clone() }),
        Do::Delete { kept: None, .. } => {
            Err("it was not kept: its values are secret, or others depend on who it was".into())
        }
        Do::Evict(_) => Err("evicted pods do not come back; their controllers bring others".into()),
        Do::Await => Err("nothing was changed".into()),
        // What it is by now is kept, as of any deletion, when it is read.
        Do::Create { object, .. } => {
            Ok(Do::Delete { propagation: Propagation::Background, grace: None, kept: Some(object.clone()) })
        }
    }
}

/// An edit's opposite for the object as it is now. What others changed since stays, unless it is in the very same place.
pub fn upon(inverse: Do, object: &Value) -> Result<Do, String> {
    let Do::Edit { subresource, sets } = inverse else { return Ok(inverse) };
    let settle = |set: &Set| {
        settled(set, object).ok_or_else(|| format!("{} was changed since; take it back by hand", set.place()))
    };
    let mut sets: Vec<Set> = sets.iter().map(settle).collect::<Result<_, _>>()?;
    // What others took back already is no change.
    sets.retain(|set| set.before != set.after);
    Ok(Do::Edit { subresource, sets })
}

/// An object as it can be created again: without what the server gave it.
pub fn recreatable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(meta) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            for owned in [
                "uid",
                "resourceVersion",
                "generation",
                "creationTimestamp",
                "managedFields",
                "selfLink",
                "deletionTimestamp",
                "deletionGracePeriodSeconds",
            ] {
                meta.remove(owned);
            }
        }
    }
    if object.get("kind").and_then(Value::as_str) == Some("Job") {
        without_selector(&mut object);
    }
    object
}

/// A Job's selector is made from its uid, unless it says otherwise, and the server takes no other (batch/job/strategy.go).
fn without_selector(job: &mut Value) {
    if job.pointer("/spec/manualSelector").and_then(Value::as_bool) == Some(true) {
        return;
    }
    if let Some(spec) = job.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("selector");
    }
    for labels in ["/metadata/labels", "/spec/template/metadata/labels"] {
        if let Some(labels) = job.pointer_mut(labels).and_then(Value::as_object_mut) {
            labels.retain(|key, _| !matches!(key.as_str(), "controller-uid" | "batch.kubernetes.io/controller-uid"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_edit_is_turned_round_and_a_deletion_creates() {
        let what = TableOf::default();
        let sets = vec![
            Set { path: "/a".into(), before: Some(json!(1)), after: Some(json!(2)) },
            Set { path: "/b".into(), before: None, after: Some(json!(3)) },
        ];
        let inverse_of = inverse(&what, &Do::Edit { subresource: "scale".into(), sets }).unwrap();
        let Do::Edit { subresource, sets } = inverse_of else { panic!() };
        assert_eq!((subresource.as_str(), sets[0].path.as_str(), &sets[0].after), ("scale", "/b", &None));
        assert_eq!((&sets[1].before, &sets[1].after), (&Some(json!(2)), &Some(json!(1))));
        let env = |pairs: &[(&str, &str)]| {
            Value::Array(pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect())
        };
        let before = Some(env(&[("A", "2"), ("B", "1")]));
        let edit = |after| Do::Edit {
            subresource: String::new(),
            sets: vec![Set { path: "/env".into(), before: before.clone(), after }],
        };
        let others = json!({"env": env(&[("A", "2"), ("B", "9")])});
        let Ok(Do::Edit { sets, .. }) = upon(edit(Some(env(&[("A", "1"), ("B", "1")]))), &others) else { panic!() };
        assert_eq!(sets[0].after, Some(env(&[("A", "1"), ("B", "9")])), "what others did to B stays");
        assert!(upon(edit(Some(env(&[("A", "2"), ("B", "0")]))), &others).unwrap_err().contains("changed since"));
        assert_eq!(upon(edit(None), &json!({})), Ok(Do::Edit { subresource: String::new(), sets: Vec::new() }));
        let object = json!({"metadata": {"name": "x", "uid": "u"}, "status": {}});
        let gone = Do::Delete {
            propagation: super::super::change::Propagation::Background,
            grace: None,
            kept: Some(recreatable(&object)),
        };
        assert!(
            matches!(inverse(&what, &gone), Ok(Do::Create { object, .. }) if object == json!({"metadata": {"name": "x"}}))
        );
    }
}
