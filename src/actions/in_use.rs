//! What others of the kind have in use, to choose from instead of typing it.

use serde_json::Value;
use std::collections::BTreeMap;

/// A longer value is no help.
const LONGEST: usize = 64;
/// Choices that are kept.
const MOST: usize = 100;

/// Values with how many have each, the most used first. `own` are those of the object itself, which need no choosing.
pub fn ranked(all: impl Iterator<Item = String>, own: &[String]) -> Vec<(String, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in all.filter(|value| value.len() <= LONGEST && !value.contains('\n') && !own.contains(value)) {
        *counts.entry(value).or_default() += 1;
    }
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ranked.into_iter().take(MOST).map(|(value, count)| (value, format!("on {count}"))).collect()
}

/// The pairs of a part of the metadata, as they are typed.
pub fn pairs(object: &Value, part: &str) -> Vec<String> {
    let map = object.pointer(&format!("/metadata/{part}")).and_then(Value::as_object);
    let pairs = map.into_iter().flatten().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    pairs.collect()
}
