//! Apply: objects as files have them, server-side (`kubectl apply --server-side`), under the manager `rk9s`.
//!
//! It is about files and not about a row, so the table has no say in it. What an object changes to is the server's own answer to
//! a trial; this is what is compared, and what is typed.

use super::change::{Applied, Conflicts, Set};
use super::{Action, Begins, Field, Kind, Reads, Risk, Values, edit, value};
use serde_json::{Map, Value};

pub static APPLY: Action = Action {
    id: "apply",
    title: "Apply",
    help: "apply a file or folder of manifests: `:apply PATH`",
    key: None,
    risk: Risk::Change,
    begins: Begins::Files,
    reads: Reads::NotEvenIt,
    needs: ("patch", ""),
    kinds: &[],
    fields: |_| fields(""),
    change: |_, _| Err("its files are to be read".into()),
};

/// Who we are in `managedFields`.
pub const MANAGER: &str = "rk9s";

/// The field with the path of the file or folder.
pub const PATH: &str = "path";
const FORCE: &str = "force";
const YES: &str = "yes";

/// What the server writes of an object by itself, or who manages it: no change of it.
const OWNED: [&str; 5] = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"];

/// The form for a path.
pub fn fields(path: &str) -> Vec<Field> {
    let choice = |value: &str, says: &str| (value.to_owned(), says.to_owned());
    let force = vec![choice("no", "what others manage stands in the way"), choice(YES, "take the fields over")];
    vec![
        Field { name: PATH, kind: Kind::Text, value: path.into() },
        Field { name: FORCE, kind: Kind::Choice(force), value: "no".into() },
    ]
}

/// The path, and what becomes of fields that others manage.
pub fn asked(values: &Values) -> Result<(&str, Conflicts), String> {
    let force = values.get(FORCE).is_some_and(|force| force == YES);
    Ok((value(values, PATH)?, if force { Conflicts::TakenOver } else { Conflicts::Refused }))
}

/// kubectl's words for it.
pub fn kubectl(path: &str, conflicts: Conflicts) -> Vec<String> {
    let force = (conflicts == Conflicts::TakenOver).then_some("--force-conflicts");
    let words = ["apply", "--server-side", "--field-manager=rk9s"].into_iter().chain(force).chain(["-f", path]);
    words.map(str::to_owned).collect()
}

/// What becomes of an object that is there, place by place, by what the server says that it will be.
pub fn changed(now: &Value, then: &Value) -> Vec<Set> {
    let mut sets = Vec::new();
    edit::compare("", &bare(now), &bare(then), &mut sets);
    sets
}

fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(meta) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            OWNED.iter().for_each(|owned| drop(meta.remove(*owned)));
        }
    }
    object
}

/// What rk9s manages of an object by having applied it.
pub fn managed(object: &Value) -> Option<&Value> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let is = |entry: &Value, field: &str, value: &str| entry.get(field).and_then(Value::as_str) == Some(value);
    entries.iter().find(|entry| is(entry, "manager", MANAGER) && is(entry, "operation", "Apply"))?.get("fieldsV1")
}

/// A manifest for the object that is there: no other one of its name is meant.
pub fn of_that(manifest: &Value, now: &Value, conflicts: Conflicts) -> Value {
    let mut manifest = manifest.clone();
    let mut keep = |field: &str| {
        let own = now.pointer(&format!("/metadata/{field}")).cloned();
        if let (Some(meta), Some(own)) = (manifest.get_mut("metadata").and_then(Value::as_object_mut), own) {
            Map::entry(meta, field).or_insert(own);
        }
    };
    keep("uid");
    // What is taken from others must still be what was shown.
    if conflicts == Conflicts::TakenOver {
        keep("resourceVersion");
    }
    manifest
}

/// Who manages what stands in the way, as the server's conflict names them (managedfields.NewConflictError).
pub fn managers(said: &str) -> Vec<&str> {
    let mut names: Vec<&str> = said.split("with \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a server's word is that of fields that others manage, and not of an object that moved on.
pub fn is_conflict(said: &str) -> bool {
    said.starts_with("Apply failed with ")
}

impl Applied {
    /// The change of an object that is not there yet.
    pub fn new(manifest: Value) -> Self {
        Self { manifest, conflicts: Conflicts::Refused, sets: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_server_writes_by_itself_is_no_change() {
        let now = json!({"metadata": {"name": "a", "uid": "u", "resourceVersion": "1", "labels": {"a": "1"}}, "data": {"k": "1"}});
        let mut then = now.clone();
        then["metadata"]["resourceVersion"] = json!("2");
        then["metadata"]["managedFields"] = json!([{"manager": "rk9s"}]);
        then["status"] = json!({"x": 1});
        assert_eq!(changed(&now, &then), []);
        then["data"]["k"] = json!("2");
        then["metadata"]["labels"] = json!({"b": "1"});
        let places: Vec<String> = changed(&now, &then).iter().map(Set::place).collect();
        assert_eq!(places, ["data.k", "metadata.labels.a", "metadata.labels.b"]);
    }

    #[test]
    fn conflicts_name_their_managers() {
        let one = "Apply failed with 1 conflict: conflict with \"kubectl\" using apps/v1: .spec.replicas";
        let two =
            "Apply failed with 3 conflicts: conflicts with \"b\" using v1:\n- .x\n- .y\nconflicts with \"a\":\n- .z";
        assert_eq!((managers(one), managers(two)), (vec!["kubectl"], vec!["a", "b"]));
        assert!(is_conflict(one) && !is_conflict("Operation cannot be fulfilled on configmaps \"a\""));
    }

    #[test]
    fn a_manifest_means_the_object_that_was_shown() {
        let now = json!({"metadata": {"name": "a", "uid": "u", "resourceVersion": "7"}});
        let manifest = json!({"metadata": {"name": "a"}});
        assert_eq!(of_that(&manifest, &now, Conflicts::Refused), json!({"metadata": {"name": "a", "uid": "u"}}));
        assert_eq!(of_that(&manifest, &now, Conflicts::TakenOver), now);
        let other = json!({"metadata": {"name": "a", "uid": "mine"}});
        assert_eq!(of_that(&other, &now, Conflicts::Refused), other, "the server shall refuse it");
    }

    #[test]
    fn its_words_are_kubectls() {
        let values = Values::from([(PATH.to_owned(), " k8s/ ".to_owned()), ("force".to_owned(), "yes".to_owned())]);
        let (path, conflicts) = asked(&values).unwrap();
        let words = kubectl(path, conflicts).join(" ");
        assert_eq!(words, "apply --server-side --field-manager=rk9s --force-conflicts -f k8s/");
        assert_eq!(asked(&Values::new()), Err("path is missing".into()));
    }
}
