//! One value of a ConfigMap or a Secret, edited as text. A Secret's is decoded for that and encoded again; it is in no preview, no
//! journal and no kubectl line.
//!
//! It is about a line of a paper and not about a row. Where that line is no key, the whole object is edited.

use super::change::{Change, Set, step};
use super::secret::is_secret;
use super::{Action, Begins, Given, Reads, Risk, Values, kubectl_name, nothing_to_ask};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub static EDIT_KEY: Action = Action {
    id: "edit-here",
    title: "Edit a key of",
    help: "edit the object, or the value of the key under the cursor",
    key: Some("e"),
    risk: Risk::Change,
    begins: Begins::Line,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: &[],
    fields: nothing_to_ask,
    change,
};

/// Which key.
pub const KEY: &str = "key";
/// The value as the server had it when editing began: of a Secret, encoded.
pub const BEFORE: &str = "before";
/// The text by now. It is the name of the form's field.
pub const VALUE: &str = "value";

/// How a value can be edited.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// In a field of a form.
    Line(String),
    /// Only in an editor: a field has one line and no tabs.
    Lines(String),
}

/// The value of a key as the server has it, and as text. The error says why it is none.
pub fn text(object: &Value, key: &str) -> Result<(String, Text), String> {
    if object.pointer("/binaryData").and_then(|map| map.get(key)).is_some() {
        return Err(format!("{key} is binary: it cannot be edited as text"));
    }
    let raw = object.get("data").and_then(|map| map.get(key)).and_then(Value::as_str);
    let raw = raw.ok_or_else(|| format!("there is no key {key} any more"))?;
    let secret = crate::manifest::secret::is_secret(object);
    let bytes = if secret { STANDARD.decode(raw).map_err(|e| e.to_string())? } else { raw.as_bytes().to_vec() };
    let count = bytes.len();
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("{key} is binary ({count} bytes): it cannot be edited as text"))?;
    let is_line = !text.chars().any(char::is_control);
    Ok((raw.to_owned(), if is_line { Text::Line(text) } else { Text::Lines(text) }))
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let of = |name: &str| values.get(name).map(String::as_str).ok_or_else(|| format!("{name} is missing"));
    let (key, before, text) = (of(KEY)?, of(BEFORE)?, of(VALUE)?);
    let now = given.object.get("data").and_then(|map| map.get(key)).and_then(Value::as_str);
    if now != Some(before) {
        return Err(format!("{key} was changed by somebody else meanwhile: edit it anew"));
    }
    let secret = is_secret(&given.target.what);
    let after = if secret { STANDARD.encode(text) } else { text.to_owned() };
    let sets = if after == before {
        Vec::new()
    } else {
        vec![Set { path: format!("/data/{}", step(key)), before: Some(json!(before)), after: Some(json!(after)) }]
    };
    let name = kubectl_name(given.target);
    if secret {
        return Ok(Change::edit(sets, &["edit", &name]));
    }
    let patch = json!({"data": {key: text}}).to_string();
    Ok(Change::edit(sets, &["patch", &name, "--type=merge", "-p", &patch]))
}

#[cfg(test)]
mod tests {
    use super::super::change::Do;
    use super::super::tests::target;
    use super::*;

    fn upon(plural: &str, kind: &str, object: &Value, key: &str, text: &str) -> Result<Change, String> {
        let target = target("", plural, kind);
        let (before, _) = super::text(object, key)?;
        let values = [(KEY, key), (BEFORE, &before), (VALUE, text)];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        change(&Given { target: &target, object, related: &[], now: 0 }, &values)
    }

    #[test]
    fn a_value_is_set_alone_and_a_secret_ones_is_encoded_and_not_said() {
        let map = json!({"kind": "ConfigMap", "data": {"a/b": "day", "c": "x"}});
        let change = upon("configmaps", "ConfigMap", &map, "a/b", "night ").unwrap();
        assert_eq!(change.kubectl.join(" "), r#"patch configmap/web --type=merge -p {"data":{"a/b":"night "}}"#);
        let Do::Edit { sets, .. } = change.does else { panic!("it is an edit") };
        assert_eq!((sets[0].path.as_str(), sets.len()), ("/data/a~1b", 1));
        let secret = json!({"kind": "Secret", "data": {"k": "Y2FuYXJ5"}});
        let change = upon("secrets", "Secret", &secret, "k", "canary2").unwrap();
        assert_eq!(change.kubectl.join(" "), "edit secret/web");
        let Do::Edit { sets, .. } = change.does else { panic!("it is an edit") };
        assert_eq!(sets[0].after, Some(json!(STANDARD.encode("canary2"))));
        assert!(upon("secrets", "Secret", &secret, "k", "canary").unwrap().is_empty(), "the same is no change");
    }

    #[test]
    fn what_others_changed_meanwhile_is_not_overwritten() {
        let target = target("", "configmaps", "ConfigMap");
        let values = [(KEY, "a"), (BEFORE, "1"), (VALUE, "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let object = json!({"kind": "ConfigMap", "data": {"a": "3"}});
        let given = Given { target: &target, object: &object, related: &[], now: 0 };
        assert!(change(&given, &values.into()).unwrap_err().contains("somebody else meanwhile"));
    }

    #[test]
    fn several_lines_are_the_editors_and_bytes_nobodys() {
        let map = json!({"kind": "ConfigMap", "data": {"one": "a b", "many": "a\nb", "tab": "a\tb"}, "binaryData": {"b": "AA=="}});
        let told = |key: &str| super::text(&map, key).map(|(_, text)| matches!(text, Text::Line(_)));
        assert_eq!((told("one"), told("many"), told("tab")), (Ok(true), Ok(false), Ok(false)));
        assert!(told("b").unwrap_err().contains("binary") && told("none").unwrap_err().contains("no key"));
        let secret = json!({"kind": "Secret", "data": {"b": "//79"}});
        let why = super::text(&secret, "b").err().unwrap();
        assert_eq!(why, "b is binary (3 bytes): it cannot be edited as text");
    }
}
