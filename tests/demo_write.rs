//! The embedded cluster's writes against what kube-apiserver 1.36.3 answered to the same requests (recorded in `fixtures/demo`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use rk9s::demo::object::{self, Object, at, text};
use rk9s::demo::world::{World, Write};
use serde_json::{Value, json};

fn recorded(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/demo/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn world() -> World {
    let mut world = World::new(1, "2026-11-21T08:51:00Z".parse().unwrap());
    for (id, object) in [
        ("namespaces", json!({"metadata": {"name": "shop"}})),
        ("serviceaccounts", json!({"metadata": {"name": "default", "namespace": "shop"}})),
    ] {
        world.create(id, object, Write::by("test")).unwrap();
    }
    world
}

fn id(world: &World, object: &Object) -> String {
    let resource = world.catalog.of_kind(text(object, "apiVersion"), text(object, "kind"));
    resource.unwrap_or_else(|| panic!("{} is served", text(object, "kind"))).id.to_string()
}

/// Names that are made, times and addresses apart.
fn comparable(object: &Object) -> Value {
    let mut object = object.clone();
    let uid = object::uid(&object).to_owned();
    for own in ["uid", "creationTimestamp", "resourceVersion"] {
        object::remove(&mut object, &format!("metadata/{own}"));
    }
    for given in ["spec/clusterIP", "spec/clusterIPs"] {
        if text(&object, given).starts_with("10.") || object::items(&object, given).iter().any(|ip| ip != "None") {
            object::put(&mut object, given, "given");
        }
    }
    for port in object::place(&mut object, "spec").get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten()
    {
        if port.get("nodePort").is_some_and(|port| *port != 30999) {
            object::put(port, "nodePort", "given");
        }
    }
    if at(&object, "spec").as_object().is_some_and(serde_json::Map::is_empty) {
        object::remove(&mut object, "spec");
    }
    if text(&object, "kind") == "Node"
        && let Some(taints) = object::place(&mut object, "spec/taints").as_array_mut()
    {
        // A node of the embedded cluster is ready when it is made.
        taints.retain(|taint| text(taint, "key") != "node.kubernetes.io/not-ready");
    }
    let text = object.to_string().replace(&uid, "UID");
    let text =
        regex::Regex::new("kube-api-access-[a-z0-9]{5}").unwrap().replace_all(&text, "kube-api-access-x").into_owned();
    let text = regex::Regex::new("2026-11-21T[0-9:]{8}Z").unwrap().replace_all(&text, "then").into_owned();
    serde_json::from_str(&text).unwrap()
}

fn differences(path: &str, ours: &Value, theirs: &Value, all: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                differences(
                    &format!("{path}.{key}"),
                    &a.get(key).cloned().unwrap_or_default(),
                    &b.get(key).cloned().unwrap_or_default(),
                    all,
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{n}]"), a, b, all);
            }
        }
        (a, b) if a == b => (),
        (a, b) => all.push(format!("{path}: ours {a}, the server's {b}")),
    }
}

#[test]
fn what_is_created_is_completed_and_owned_as_by_the_server() {
    let mut all = Vec::new();
    for case in recorded("created") {
        let mut world = world();
        let (sent, kept) = (case["sent"].clone(), &case["kept"]);
        let what = format!("{} {}", text(&sent, "kind"), object::name(&sent));
        match world.create(&id(&world, &sent), sent, Write::by("kubectl-create")) {
            Ok(ours) => differences(&what, &comparable(&ours), &comparable(kept), &mut all),
            Err(refusal) => all.push(format!("{what}: {}", refusal.message)),
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
