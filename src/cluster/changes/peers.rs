//! Other objects of the kind, for what they have in use: labels, annotations, taints. One page of them is enough to choose from.

use super::{Link, Target, What};
use crate::cluster::connect::METADATA;
use serde_json::Value;

/// Objects that are looked at.
const MANY: usize = 500;
const WHOLE: &str = "application/json";

/// The target's kind in its namespace. What cannot be read is nothing to choose from, and no reason to stop.
pub async fn peers(link: &Link, target: &Target) -> Vec<Value> {
    let path = What::Table(target.what.clone()).path(target.namespace.as_deref());
    // Taints are fields.
    let form = if target.what.group.is_empty() && target.what.plural == "nodes" { WHOLE } else { METADATA };
    let list = link.get_json_as::<Value>(&format!("{path}?limit={MANY}"), form).await.unwrap_or_default();
    match list.get("items") {
        Some(Value::Array(items)) => items.clone(),
        _ => Vec::new(),
    }
}
