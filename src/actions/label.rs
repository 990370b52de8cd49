//! Labels and annotations: set one (`key=value`), or remove it (`key-`), as `kubectl label` and `annotate` do.

use super::change::{Change, set, step};
use super::{Action, Field, Given, Kind, Reads, Risk, Values, kubectl_name, value};
use crate::manifest::{LAST_APPLIED, secret};
use serde_json::{Value, json};

pub static LABEL: Action = Action {
    id: "label",
    title: "Label",
    risk: Risk::Change,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    applies: |_| true,
    to: "every object",
    fields: |_| field(),
    change: |given, values| change(given, values, "labels", "label"),
};

pub static ANNOTATE: Action = Action {
    id: "annotate",
    title: "Annotate",
    change: |given, values| change(given, values, "annotations", "annotate"),
    ..COPY
};

/// What annotating has in common with labelling.
const COPY: Action = Action {
    id: "",
    title: "",
    risk: Risk::Change,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    applies: |_| true,
    to: "every object",
    fields: |_| field(),
    change: |given, values| change(given, values, "annotations", "annotate"),
};

fn field() -> Vec<Field> {
    vec![Field { name: "key=value", kind: Kind::Text, value: String::new() }]
}

fn change(given: &Given<'_>, values: &Values, part: &str, word: &str) -> Result<Change, String> {
    let typed = value(values, "key=value")?;
    let (key, after) = match (typed.split_once('='), typed.strip_suffix('-')) {
        (Some((key, value)), _) => (key, Some(json!(value))),
        (None, Some(key)) => (key, None),
        (None, None) => return Err("write key=value to set one, key- to remove one".into()),
    };
    // The value that is replaced is shown, and kept so that it can be had back.
    if key.trim() == LAST_APPLIED && secret::is_secret(given.object) {
        return Err(
            "`kubectl apply` keeps the Secret's values in it, which would be shown and kept: change it with kubectl"
                .into(),
        );
    }
    let path = format!("/metadata/{part}/{}", step(key.trim()));
    let former = given.object.pointer(&path).and_then(Value::as_str).map(str::to_owned);
    let overwrites = former.is_some() && after.is_some();
    let name = kubectl_name(given.target);
    let mut words = vec![word, &name, typed];
    if overwrites {
        words.push("--overwrite");
    }
    let change = Change::edit(set(given.object, &path, after), &words);
    Ok(match former.filter(|_| overwrites && !change.is_empty()) {
        Some(former) => change.say(format!("{key} was {former}")),
        None => change,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    #[test]
    fn labels_are_set_and_removed() {
        let target = target("", "pods", "Pod");
        let object = json!({"metadata": {"labels": {"a": "1"}}});
        let given = Given { target: &target, object: &object, related: &[], now: 0 };
        let to = |text: &str| change(&given, &[("key=value".to_owned(), text.to_owned())].into(), "labels", "label");
        assert_eq!(to("a=2").unwrap().kubectl.join(" "), "label pod/web a=2 --overwrite");
        assert_eq!(to("a-").unwrap().kubectl.join(" "), "label pod/web a-");
        assert!(to("a=1").unwrap().is_empty() && to("b-").unwrap().is_empty());
        assert!(to("a").is_err() && to("").is_err());
    }
}
