//! Labels and annotations: set one (`key=value`), or remove it (`key-`), as `kubectl label` and `annotate` do.

use super::change::{Change, set, step};
use super::{Action, Begins, Field, Given, Kind, Reads, Risk, Values, in_use, kubectl_name, value};
use crate::manifest::{LAST_APPLIED, secret};
use serde_json::{Value, json};

pub static LABEL: Action = Action {
    id: "label",
    title: "Label",
    help: "set or remove a label",
    key: Some("L"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Peers,
    needs: ("patch", ""),
    kinds: &[],
    fields: |given| fields(given, "labels"),
    change: |given, values| change(given, values, "labels", "label"),
};

pub static ANNOTATE: Action = Action {
    id: "annotate",
    title: "Annotate",
    help: "set or remove an annotation",
    change: |given, values| change(given, values, "annotations", "annotate"),
    ..COPY
};

/// What annotating has in common with labelling.
const COPY: Action = Action {
    id: "",
    title: "",
    help: "",
    key: None,
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Peers,
    needs: ("patch", ""),
    kinds: &[],
    fields: |given| fields(given, "annotations"),
    change: |given, values| change(given, values, "annotations", "annotate"),
};

fn fields(given: &Given<'_>, part: &str) -> Vec<Field> {
    let own: Vec<String> = in_use::pairs(given.object, part).into_iter().filter(|pair| is_told(pair)).collect();
    let used = given.related.iter().flat_map(|object| in_use::pairs(object, part)).filter(|pair| is_told(pair));
    let mut known = in_use::ranked(used, &own);
    known.extend(own.iter().filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value: String = value.chars().take(40).collect();
        Some((format!("{key}-"), format!("removes {value}")))
    }));
    vec![Field { name: "key=value", kind: Kind::Known(known), value: String::new() }]
}

/// `kubectl apply` keeps whole objects in an annotation, values of Secrets with them.
fn is_told(pair: &str) -> bool {
    !pair.starts_with(LAST_APPLIED)
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
    fn what_others_have_is_offered_and_what_apply_keeps_is_not() {
        let target = target("", "pods", "Pod");
        let object = json!({"metadata": {"labels": {"a": "1"}, "annotations": {LAST_APPLIED: "{}", "note": "x"}}});
        let other =
            |tier: &str| json!({"metadata": {"labels": {"a": "1", "tier": tier}, "annotations": {LAST_APPLIED: "{}"}}});
        let related = [other("web"), other("db"), other("web")];
        let given = Given { target: &target, object: &object, related: &related, now: 0 };
        let known = |part: &str| match &fields(&given, part)[0].kind {
            Kind::Known(known) => known.iter().map(|(text, says)| format!("{text} {says}")).collect::<Vec<_>>(),
            _ => panic!("what is in use is known"),
        };
        assert_eq!(known("labels"), ["tier=web on 2", "tier=db on 1", "a- removes 1"]);
        assert_eq!(known("annotations"), ["note- removes x"]);
    }

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
