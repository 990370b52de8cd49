//! kubectl's words for what is done to an object, where no action says them: for what takes a change back, above all.

use super::change::{Do, Set};
use super::kubectl_name;
use super::secret::{is_open, is_secret};
use crate::cluster::papers::Target;
use crate::text::fields::text;
use crate::text::shell;
use serde_json::{Value, json};

/// The words after context and namespace. What kubectl has a command for is said by it, all else is a patch.
pub fn words(target: &Target, does: &Do) -> Vec<String> {
    let name = kubectl_name(target);
    match does {
        Do::Edit { subresource, sets } if subresource == "scale" => {
            let count = sets.iter().find_map(|set| set.after.as_ref()?.as_i64()).unwrap_or(1);
            own(&["scale", &name, &format!("--replicas={count}")])
        }
        Do::Edit { sets, .. } if is_secret(&target.what) && sets.iter().any(|set| !is_open(&set.path)) => {
            own(&["edit", &name])
        }
        Do::Edit { sets, .. } => switched(target, sets)
            .or_else(|| tagged(&name, sets))
            .unwrap_or_else(|| own(&["patch", &name, "--type=json", "-p", &operations(sets).to_string()])),
        Do::Delete { .. } | Do::Evict(_) => own(&["delete", &name]),
        Do::Await => own(&["get", &name]),
        Do::Apply(_) => own(&["apply", "--server-side", "-f", "-"]),
        Do::Create { object, .. } => {
            own(&["create", "-f", &format!("- # {}", shell::join(&[text(object, "/metadata/name")]))])
        }
    }
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// `cordon`, `uncordon`, `rollout pause`, `rollout resume`.
fn switched(target: &Target, sets: &[Set]) -> Option<Vec<String>> {
    let [set] = sets else { return None };
    let is_on = set.after == Some(Value::Bool(true));
    match (target.what.plural.as_str(), set.path.as_str()) {
        ("nodes", "/spec/unschedulable") => Some(own(&[if is_on { "cordon" } else { "uncordon" }, &target.name])),
        ("deployments", "/spec/paused") => {
            Some(own(&["rollout", if is_on { "pause" } else { "resume" }, &kubectl_name(target)]))
        }
        _ => None,
    }
}

/// `label web a=b c-`, and the like of annotations.
fn tagged(name: &str, sets: &[Set]) -> Option<Vec<String>> {
    let (command, place) = [("label", "/metadata/labels/"), ("annotate", "/metadata/annotations/")]
        .into_iter()
        .find(|(_, place)| !sets.is_empty() && sets.iter().all(|set| set.path.starts_with(place)))?;
    let mut line = own(&[command, name]);
    for set in sets {
        let key = set.path.strip_prefix(place)?.replace("~1", "/").replace("~0", "~");
        line.push(match &set.after {
            Some(value) => format!("{key}={}", value.as_str()?),
            None => format!("{key}-"),
        });
    }
    // kubectl changes a value only if it is told to.
    if sets.iter().any(|set| set.before.is_some() && set.after.is_some()) {
        line.push("--overwrite".into());
    }
    Some(line)
}

fn operations(sets: &[Set]) -> Value {
    let operation = |set: &Set| match &set.after {
        Some(after) => json!({"op": "add", "path": set.path, "value": after}),
        None => json!({"op": "remove", "path": set.path}),
    };
    Value::Array(sets.iter().map(operation).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    fn said(plural: &str, kind: &str, sets: &[(&str, Value, Value)]) -> String {
        let value = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        let sets = sets.iter().map(|(path, before, after)| Set {
            path: (*path).into(),
            before: value(before),
            after: value(after),
        });
        let group = if plural == "deployments" { "apps" } else { "" };
        words(&target(group, plural, kind), &Do::Edit { subresource: String::new(), sets: sets.collect() }).join(" ")
    }

    #[test]
    fn what_kubectl_has_a_command_for_is_said_by_it() {
        let (on, off) = (json!(true), Value::Null);
        let closed = |before: &Value, after: &Value| {
            said("nodes", "Node", &[("/spec/unschedulable", before.clone(), after.clone())])
        };
        assert_eq!((closed(&off, &on), closed(&on, &off)), ("cordon web".into(), "uncordon web".into()));
        let of = |sets: &[(&str, Value, Value)]| said("deployments", "Deployment", sets);
        assert_eq!(of(&[("/spec/paused", on, off.clone())]), "rollout resume deployment/web");
        let labels =
            [("/metadata/labels/a~1b", json!("1"), json!("2")), ("/metadata/labels/c", json!("1"), off.clone())];
        assert_eq!(of(&labels), "label deployment/web a/b=2 c- --overwrite");
        assert_eq!(of(&[("/metadata/annotations/note", off, json!("x"))]), "annotate deployment/web note=x");
        assert_eq!(
            of(&[("/spec/replicas", json!(3), json!(5))]),
            r#"patch deployment/web --type=json -p [{"op":"add","path":"/spec/replicas","value":5}]"#
        );
    }
}
