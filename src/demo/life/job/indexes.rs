//! The indexes of an Indexed Job's pods, and how a status writes a set of them: `0,2-4`.

use super::super::super::object::{self, Object, items, place, put};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// A pod's index.
pub fn of(pod: &Object) -> Option<i64> {
    object::annotation(pod, INDEX).parse().ok()
}

/// Makes a pod the one of an index: its name, its host name, and what its containers are told.
pub fn mark(pod: &mut Object, job: &str, index: i64) {
    let key = INDEX.replace('/', "~1");
    put(pod, &format!("metadata/annotations/{key}"), index.to_string());
    put(pod, &format!("metadata/labels/{key}"), index.to_string());
    put(pod, "metadata/generateName", format!("{job}-{index}-"));
    put(pod, "spec/hostname", format!("{job}-{index}"));
    let told = json!({"name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"fieldPath": format!("metadata.labels['{INDEX}']")}}});
    for list in ["spec/containers", "spec/initContainers"] {
        for n in 0..items(pod, list).len() {
            let env = place(pod, &format!("{list}/{n}/env"));
            match env.as_array_mut() {
                Some(all) if !all.contains(&told) => all.push(told.clone()),
                Some(_) => {}
                None => *env = Value::from(vec![told.clone()]),
            }
        }
    }
}

pub fn read(text: &str) -> BTreeSet<i64> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.parse::<i64>().ok()?..=to.parse::<i64>().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

pub fn write(indexes: &BTreeSet<i64>) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == *index => *to = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    // Two neighbours are written as two (pkg/controller/job/indexed_job_utils.go).
    let part = |(from, to): &(i64, i64)| match to - from {
        0 => from.to_string(),
        1 => format!("{from},{to}"),
        _ => format!("{from}-{to}"),
    };
    ranges.iter().map(part).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_indexes_are_short_and_read_again() {
        let set = BTreeSet::from([0, 2, 3, 5, 6, 7]);
        assert_eq!(write(&set), "0,2,3,5-7");
        assert_eq!(read("0,2,3,5-7"), set);
        assert!(read("").is_empty());
    }
}
