//! `snapshot -o json` prints objects as the server sent them, and no secret's value.

use crate::embedded;
use crate::lab::Lab;
use serde_json::Value;
use std::collections::BTreeMap;

fn by_name(text: &str) -> BTreeMap<String, Value> {
    let list: Value = serde_json::from_str(text).unwrap();
    let word = |item: &Value, field: &str| item["metadata"][field].as_str().unwrap_or_default().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| (format!("{}/{}", word(item, "namespace"), word(item, "name")), item.clone())).collect()
}

/// The labs that have a kubectl to compare with, each with a kind that is its own.
fn labs() -> Vec<(Lab, &'static str)> {
    let embedded = Some((embedded::lab(), "certificates")).filter(|(lab, _)| lab.has_kubectl());
    let real = Lab::given().map(|lab| (lab, "parrots"));
    if embedded.is_none() {
        println!("objects: skipped on the embedded cluster, no kubectl is here (RK9S_LAB_BIN or PATH)");
    }
    if real.is_none() {
        println!("objects: skipped on a real control plane, RK9S_CONTRACT names no lab");
    }
    embedded.into_iter().chain(real).collect()
}

#[test]
fn objects_are_as_the_server_sent_them() {
    for (lab, own) in labs() {
        for kind in ["pods", "nodes", "deployments", "services", "events", own] {
            are_as_sent(&lab, kind);
        }
    }
}

fn are_as_sent(lab: &Lab, kind: &str) {
    let theirs = || {
        let arguments = ["get", kind, "-A", "-o", "json", "--show-managed-fields"];
        by_name(&lab.kubectl("admin", &arguments).expect("kubectl"))
    };
    let before = theirs();
    let ours = by_name(&lab.rk9s("admin", &["snapshot", kind, "-A", "-o", "json"]).expect("rk9s"));
    let after = theirs();
    assert!(!after.is_empty());
    for (name, object) in after.iter().filter(|(name, object)| before.get(*name) == Some(*object)) {
        assert_eq!(ours.get(name), Some(object), "{kind} {name}");
    }
}

#[test]
fn no_secret_value_is_printed() {
    for (lab, _) in labs() {
        let (namespace, canary) =
            if lab.context("admin").is_some() { ("shop", None) } else { ("zoo", Some("hunter2-canary")) };
        let theirs =
            by_name(&lab.kubectl("admin", &["get", "secrets", "-n", namespace, "-o", "json"]).expect("kubectl"));
        assert!(!theirs.is_empty());
        for output in ["csv", "wide", "json", "yaml"] {
            let ours = lab.rk9s("admin", &["snapshot", "secrets", "-n", namespace, "-o", output]).expect("rk9s");
            for (name, secret) in &theirs {
                let values = secret["data"].as_object().into_iter().flatten();
                // Shorter ones may be part of anything.
                let mut values = values.filter(|(_, value)| value.as_str().is_some_and(|value| value.len() >= 12));
                let seen = values.find(|(_, value)| ours.contains(value.as_str().unwrap_or_default()));
                assert!(seen.is_none(), "-o {output} prints {name}'s {}", seen.map_or("", |(key, _)| key));
            }
            assert!(canary.is_none_or(|word| !ours.contains(word)), "-o {output} prints a value in plain text");
        }
    }
}
