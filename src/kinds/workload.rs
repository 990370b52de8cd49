//! What workloads have in common: selectors, pod templates, conditions, and how kubectl prints them.

use super::lean::{Meta, null};
use serde::Deserialize;
use std::collections::BTreeMap;

/// metav1.LabelSelector.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSelector {
    #[prost(btree_map = "string, string", tag = "1")]
    #[serde(deserialize_with = "null")]
    pub match_labels: BTreeMap<String, String>,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub match_expressions: Vec<Requirement>,
}

/// metav1.LabelSelectorRequirement.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Requirement {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub key: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub operator: String,
    #[prost(string, repeated, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub values: Vec<String>,
}

impl LabelSelector {
    /// As labels.Selector prints it, which is also how a query writes it: by key, values sorted. Empty for an empty selector;
    /// `None` for an operator that does not exist.
    pub fn query(&self) -> Option<String> {
        let mut parts: Vec<(&str, String)> =
            self.match_labels.iter().map(|(key, value)| (key.as_str(), format!("{key}={value}"))).collect();
        for Requirement { key, operator, values } in &self.match_expressions {
            let mut values = values.clone();
            values.sort();
            let values = values.join(",");
            let part = match operator.as_str() {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.clone(),
                "DoesNotExist" => format!("!{key}"),
                _ => return None,
            };
            parts.push((key, part));
        }
        parts.sort_by_key(|(key, _)| *key);
        Some(parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(","))
    }
}

/// Labels as labels.FormatLabels prints them; empty for none.
pub fn labels(map: &BTreeMap<String, String>) -> String {
    map.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// core/v1 PodTemplateSpec, its containers' names and images.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct PodTemplate {
    #[prost(message, optional, tag = "2")]
    pub spec: Option<TemplateSpec>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct TemplateSpec {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub containers: Vec<TemplateContainer>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct TemplateContainer {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub name: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub image: String,
}

impl PodTemplate {
    fn containers(&self) -> impl Iterator<Item = &TemplateContainer> {
        self.spec.iter().flat_map(|spec| &spec.containers)
    }
    /// `app,sidecar`
    pub fn names(&self) -> String {
        self.containers().map(|container| container.name.as_str()).collect::<Vec<_>>().join(",")
    }
    /// `shop/orders:1.9.0,envoy:1.30`
    pub fn images(&self) -> String {
        self.containers().map(|container| container.image.as_str()).collect::<Vec<_>>().join(",")
    }
}

/// A condition of a Deployment or ReplicaSet (apps/v1 gives both the same numbers; the core kinds have others).
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Condition {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub r#type: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub status: String,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    pub reason: String,
    #[prost(string, tag = "5")]
    #[serde(deserialize_with = "null")]
    pub message: String,
}

/// The condition of a type.
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.r#type == kind)
}

/// The revision that the deployment controller writes to deployments and their ReplicaSets.
pub fn revision(meta: Option<&Meta>) -> super::Value {
    let text = meta.and_then(|meta| meta.annotation("deployment.kubernetes.io/revision"));
    text.and_then(|text| text.parse().ok()).map_or(super::Value::Blank, super::Value::Int)
}

/// Why a revision was rolled out, as whoever did it wrote down (`kubectl rollout history` shows it).
pub fn cause(meta: Option<&Meta>) -> &str {
    meta.and_then(|meta| meta.annotation("kubernetes.io/change-cause")).unwrap_or_default()
}

/// Text that kubectl prints as it is, empty when empty.
pub fn blank(text: &str, words: &mut super::Words) -> super::Value {
    if text.is_empty() { super::Value::Blank } else { super::Value::text(text, words) }
}

/// Replica counts are never negative; the API's type is.
pub fn count(n: i32) -> u32 {
    u32::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_print_as_kubectl_prints_them() {
        let selector: LabelSelector = serde_json::from_str(
            r#"{"matchLabels":{"tier":"web"},"matchExpressions":[
                {"key":"app","operator":"In","values":["b","a"]},{"key":"old","operator":"DoesNotExist"},
                {"key":"zone","operator":"Exists"}]}"#,
        )
        .unwrap();
        assert_eq!(selector.query().unwrap(), "app in (a,b),!old,tier=web,zone");
        let odd: LabelSelector =
            serde_json::from_str(r#"{"matchExpressions":[{"key":"a","operator":"Near"}]}"#).unwrap();
        assert_eq!(odd.query(), None);
    }
}
