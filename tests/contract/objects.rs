//! `snapshot -o json` prints objects as the server sent them, and no secret's value.

use crate::lab::Lab;
use serde_json::Value;
use std::collections::BTreeMap;

fn by_name(text: &str) -> BTreeMap<String, Value> {
    let list: Value = serde_json::from_str(text).unwrap();
    let word = |item: &Value, field: &str| item["metadata"][field].as_str().unwrap_or_default().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| (format!("{}/{}", word(item, "namespace"), word(item, "name")), item.clone())).collect()
}

#[test]
fn objects_are_as_the_server_sent_them() {
    let Some(lab) = Lab::given() else {
        println!("objects: skipped, RK9S_CONTRACT names no lab");
        return;
    };
    for kind in ["pods", "nodes", "deployments", "services", "events", "parrots"] {
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
}

#[test]
fn no_secret_value_is_printed() {
    let Some(lab) = Lab::given() else {
        println!("secrets: skipped, RK9S_CONTRACT names no lab");
        return;
    };
    let theirs = by_name(&lab.kubectl("admin", &["get", "secrets", "-n", "zoo", "-o", "json"]).expect("kubectl"));
    for output in ["csv", "wide", "json", "yaml"] {
        let ours = lab.rk9s("admin", &["snapshot", "secrets", "-n", "zoo", "-o", output]).expect("rk9s");
        for (name, secret) in &theirs {
            let values = secret["data"].as_object().into_iter().flatten();
            // Shorter ones may be part of anything.
            let mut values = values.filter(|(_, value)| value.as_str().is_some_and(|value| value.len() >= 12));
            let seen = values.find(|(_, value)| ours.contains(value.as_str().unwrap_or_default()));
            assert!(seen.is_none(), "-o {output} prints {name}'s {}", seen.map_or("", |(key, _)| key));
        }
        assert!(!ours.contains("hunter2-canary"), "-o {output} prints a value in plain text");
    }
}
