//! Descriptions of all pods, nodes, deployments and services of the lab are those of `kubectl describe`, section by section.

use crate::compare;
use crate::lab::Lab;
use rk9s::cluster::related;
use rk9s::describe::{Given, Need, describe, needs};
use serde_json::Value;

/// So often an object may change while both look at it.
const TRIES: usize = 8;

fn compare_all(group: &str, plural: &str, scope: &[&str]) {
    let Some(lab) = Lab::given() else {
        println!("describe {plural}: skipped, RK9S_CONTRACT names no lab");
        return;
    };
    let list = json(&lab.kubectl("admin", &[&["get", plural, "-o", "json"], scope].concat()).expect("kubectl"));
    let all = list["items"].as_array().unwrap();
    let objects: Vec<&Value> = all
        .iter()
        .enumerate()
        .filter(|(at, object)| is_looked_at(*at, object, all.len()))
        .map(|(_, object)| object)
        .collect();
    assert!(!objects.is_empty(), "no {plural}; was tests/kubernetes/zoo run?");
    let compared: Vec<_> = objects.iter().filter_map(|object| differences(&lab, group, plural, object)).collect();
    let found: Vec<&str> = compared.iter().flatten().map(String::as_str).collect();
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    // Some may have gone, or change all the time.
    assert!(compared.len() * 10 >= objects.len() * 9, "only {} of {} {plural} compared", compared.len(), objects.len());
}

/// The zoo whole; of the many that fill the lab and are alike, so many.
fn is_looked_at(at: usize, object: &Value, all: usize) -> bool {
    const ALIKE: usize = 60;
    let is_zoo = object["metadata"]["namespace"].as_str().is_none_or(|namespace| namespace.starts_with("zoo"));
    is_zoo || at.is_multiple_of(all.div_ceil(ALIKE))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What is not the same, unless the object has gone or never rests.
fn differences(lab: &Lab, group: &str, plural: &str, object: &Value) -> Option<Vec<String>> {
    let word = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (word("name"), word("namespace"));
    let scope: &[&str] = if namespace.is_empty() { &[] } else { &["-n", &namespace] };
    for _ in 0..TRIES {
        let read = || read(lab, group, plural, &[&[name.as_str()], scope].concat());
        let before = read();
        let theirs = lab.kubectl("admin", &[&["describe", plural, &name], scope].concat());
        let (object, related) = before?;
        if !theirs.well {
            continue;
        }
        if read().as_ref() != Some(&(object.clone(), related.clone())) {
            continue;
        }
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let ours = describe(&Given { object: &object, related: &related, now: i64::try_from(now).unwrap() }).text();
        let found = compare::differences(&compare::without_ages(&theirs.text), &compare::without_ages(&ours));
        return Some(found.into_iter().map(|said| format!("{plural} {namespace}/{name}: {said}")).collect());
    }
    None
}

type Related = Vec<(Need, Result<Vec<Value>, String>)>;

/// The object and what is read besides it, unless it has gone.
fn read(lab: &Lab, group: &str, plural: &str, arguments: &[&str]) -> Option<(Value, Related)> {
    let answer = lab.kubectl("admin", &[&["get", plural, "-o", "json"], arguments].concat());
    if !answer.well {
        assert!(answer.errors.contains("NotFound"), "{}", answer.errors);
        return None;
    }
    let mut object = json(&answer.text);
    let found = needs(group, plural).iter().map(|need| (*need, raw(lab, *need, &object))).collect();
    // kubectl leaves it out.
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    Some((object, found))
}

/// By kubectl, with the paths that rk9s asks for.
fn raw(lab: &Lab, need: Need, object: &Value) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for path in related::paths(need, object) {
        let answer = lab.kubectl("admin", &["get", "--raw", &path]);
        if !answer.well {
            return Err(answer.errors.trim().rsplit_once("(NotFound): ").map_or("", |(_, said)| said).to_owned());
        }
        let mut answer = json(&answer.text);
        match answer.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => found.extend(items),
            _ => found.push(answer),
        }
    }
    Ok(found)
}

#[test]
fn pods_are_described_as_kubectl_does() {
    compare_all("", "pods", &["-A"]);
}

#[test]
fn nodes_are_described_as_kubectl_does() {
    compare_all("", "nodes", &[]);
}

#[test]
fn deployments_are_described_as_kubectl_does() {
    compare_all("apps", "deployments", &["-A"]);
}

#[test]
fn services_are_described_as_kubectl_does() {
    compare_all("", "services", &["-A"]);
}
