//! Whole objects, read on demand and handed on as the server sent them: JSON or YAML, with Secrets' values masked.
//!
//! Nothing of them is kept.

use super::connect::Link;
use super::fault::{Class, Fault};
use super::watch::What;
use serde_json::{Map, Value, json};

/// How objects are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Yaml,
}

/// Whether the values of Secrets are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    Masked,
    Shown,
}

/// What stands in the place of a secret value.
const MASK: &str = "***";
const PAGE: usize = 500;

/// Which objects.
#[derive(Clone)]
pub struct Query {
    pub what: What,
    /// Every namespace, if none.
    pub namespace: Option<String>,
    pub labels: Option<String>,
    pub fields: Option<String>,
}

/// The objects of all queries as one List.
pub async fn print(link: &Link, queries: &[Query], form: Form, secrets: Secrets) -> Result<String, Fault> {
    let mut items = Vec::new();
    for query in queries {
        read(link, query, secrets, &mut items).await?;
    }
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}});
    let printed = match form {
        Form::Json => serde_json::to_string_pretty(&list).map(|text| text + "\n").map_err(|e| e.to_string()),
        Form::Yaml => yaml(&list),
    };
    printed.map_err(|said| Fault {
        class: Class::Other,
        asked: "print the objects".into(),
        said,
        hint: None,
        code: None,
        retry_after: None,
    })
}

/// As YAML 1.1 readers understand it: `yes`, `0644` and their like are quoted, and long lines are not folded.
fn yaml(list: &Value) -> Result<String, String> {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(list, options).map_err(|e| e.to_string())
}

async fn read(link: &Link, of: &Query, secrets: Secrets, items: &mut Vec<Value>) -> Result<(), Fault> {
    let path = of.what.path(of.namespace.as_deref());
    let mut more = String::new();
    loop {
        let mut query = vec![("limit", PAGE.to_string())];
        query.extend(of.labels.clone().map(|labels| ("labelSelector", labels)));
        query.extend(of.fields.clone().map(|fields| ("fieldSelector", fields)));
        query.extend((!more.is_empty()).then(|| ("continue", more.clone())));
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mut list: Value = link.get_json_as(&format!("{path}?{query}"), "application/json").await?;
        let (version, kind) = (text(&list, "apiVersion"), text(&list, "kind"));
        more = list.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default().to_owned();
        let page = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        items.extend(page.into_iter().map(|item| whole(item, &version, kind.trim_end_matches("List"), secrets)));
        if more.is_empty() {
            return Ok(());
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Items of a list do not say what they are; kubectl adds it, and so do we.
fn whole(item: Value, version: &str, kind: &str, secrets: Secrets) -> Value {
    let Value::Object(fields) = item else { return item };
    let mut object = Map::new();
    object.insert("apiVersion".into(), version.into());
    object.insert("kind".into(), kind.into());
    object.extend(fields);
    if kind == "Secret" && secrets == Secrets::Masked {
        mask(&mut object);
    }
    Value::Object(object)
}

/// Masks the values, and the annotation in which `kubectl apply` keeps a copy of them.
fn mask(secret: &mut Map<String, Value>) {
    for part in ["data", "stringData"] {
        let values = secret.get_mut(part).and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut());
        values.for_each(|value| *value = MASK.into());
    }
    let annotations = secret.get_mut("metadata").and_then(|meta| meta.get_mut("annotations"));
    if let Some(copy) = annotations.and_then(|map| map.get_mut("kubectl.kubernetes.io/last-applied-configuration")) {
        *copy = MASK.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_value_is_left() {
        let secret = json!({
            "metadata": {"name": "s", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"k\":\"Y2FuYXJ5\"}}", "other": "stays"}},
            "data": {"k": "Y2FuYXJ5"}, "stringData": {"k": "canary"},
        });
        let printed = whole(secret.clone(), "v1", "Secret", Secrets::Masked).to_string();
        assert!(!printed.contains("Y2FuYXJ5") && !printed.contains("canary"), "{printed}");
        assert!(printed.contains("stays"));
        assert!(whole(secret, "v1", "Secret", Secrets::Shown).to_string().contains("Y2FuYXJ5"));
    }

    #[test]
    fn yaml_keeps_strings_strings() {
        let text = yaml(&json!({"a": "yes", "b": "0644", "c": "x".repeat(300)})).unwrap();
        assert!(!text.contains("a: yes\n") && !text.contains("b: 0644\n"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
}
