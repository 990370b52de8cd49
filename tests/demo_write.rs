//! The embedded cluster's writes against what kube-apiserver 1.36.3 answered to the same requests (recorded in `fixtures/demo`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use rk9s::demo::object::{self, Object, at, text};
use rk9s::demo::patch::{self, Force, Kind};
use rk9s::demo::world::{World, Write};
use serde_json::{Value, json};

fn recorded(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/demo/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    // The recorded server's addresses are others.
    let text = regex::Regex::new(r"\b10\.0\.(\d+\.\d+)").unwrap().replace_all(&text, "10.96.$1").into_owned();
    serde_json::from_str(&text).unwrap()
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

/// What the embedded cluster takes although the real one refuses it, or tells otherwise.
const KNOWN: &[(&str, &str)] = &[
    ("spec/timeZone", "it has no list of time zones"),
    ("spec/containers/0/command", "the types of fields are not checked"),
    ("spec/replicas\": \"x\"", "the types of fields are not checked"),
    ("spec/foo", "unknown fields are kept"),
    ("no-such-ns", "the API looks whether the namespace is there"),
    ("generateName", "the made name differs"),
];

#[test]
fn what_is_refused_is_refused_in_the_servers_words() {
    let mut all = Vec::new();
    let uid = regex::Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap();
    for case in recorded("refused") {
        let mut world = world();
        let sent = case["sent"].clone();
        let what = case["change"].to_string();
        if KNOWN
            .iter()
            .any(|(change, _)| serde_json::to_string(&case["change"]).unwrap().replace("\":", "\": ").contains(change))
        {
            continue;
        }
        let id = id(&world, &sent);
        let theirs = text(&case, "message");
        match world.create(&id, sent, Write::by("test")) {
            Ok(_) => {
                let warnings: Vec<String> = world.warnings.iter().map(|own| format!("299 - \"{own}\"")).collect();
                if !theirs.is_empty() || json!(warnings) != case["warnings"] {
                    all.push(format!("{what}\n  ours:   taken {warnings:?}\n  theirs: {theirs} {}", case["warnings"]));
                }
            }
            Err(refusal) => {
                let (ours, theirs) = (uid.replace_all(&refusal.message, "UID"), uid.replace_all(theirs, "UID"));
                if ours != theirs || u64::from(refusal.code) != case["code"].as_u64().unwrap() {
                    all.push(format!("{what}\n  ours:   {ours}\n  theirs: {theirs}"));
                }
            }
        }
    }
    assert!(all.is_empty(), "{}\n{} differ", all.join("\n"), all.len());
}

#[test]
fn what_may_not_change_stays() {
    let mut all = Vec::new();
    for case in recorded("updated") {
        let mut world = world();
        let before = case["before"].clone();
        let (id, what) = (id(&world, &before), format!("{} {}", text(&before, "kind"), case["change"]));
        if what.contains("metadata/uid") {
            continue; // The API's precondition.
        }
        let mut made = before.clone();
        object::remove(&mut made, "metadata/resourceVersion");
        let made =
            world.create(&id, made, Write::by("test")).unwrap_or_else(|refusal| panic!("{what}: {}", refusal.message));
        let mut changed = made.clone();
        for (path, value) in case["change"].as_object().unwrap() {
            object::put(&mut changed, path, value.clone());
        }
        let theirs = text(&case, "message").to_owned();
        let long = theirs.contains("spec.template: Invalid value");
        let ours = world.update(&id, changed, Write::by("test"));
        let ours = ours.err().map(|refusal| refusal.message).unwrap_or_default();
        if ours != theirs && !(long && ours.contains("spec.template: Invalid value")) {
            all.push(format!("{what}\n  ours:   {ours}\n  theirs: {theirs}"));
        }
    }
    assert!(all.is_empty(), "{}\n{} differ", all.join("\n"), all.len());
}

/// Appliers and patchers take fields from each other, one step after the other, as they did on the real server.
#[test]
fn fields_change_hands_as_on_the_server() {
    let mut all = Vec::new();
    for script in recorded("applied") {
        let mut world = world();
        let (id, name) = (text(&script, "id"), text(&script, "name"));
        let resource = world.resource(id).unwrap();
        for (n, step) in object::items(&script, "steps").iter().enumerate() {
            let kind = match text(step, "kind") {
                "merge" => Kind::Merge,
                "json" => Kind::Json,
                "strategic" => Kind::Strategic,
                _ if step["force"] == true => Kind::Apply { force: Force::Yes },
                _ => Kind::Apply { force: Force::No },
            };
            let manager = text(step, "manager");
            let before = world.get(id, "shop", name);
            let body = step["body"].to_string();
            let patched = patch::patched(kind, before.as_ref(), body.as_bytes(), &resource, manager, world.now);
            let written = patched.and_then(|mut object| {
                object::put(&mut object, "metadata/namespace", "shop");
                match before {
                    None => world.create(id, object, Write::by(manager)),
                    Some(_) => world.update(id, object, Write::by(manager)),
                }
            });
            let what = format!("{id} {n} {} by {manager}", text(step, "kind"));
            let theirs = &step["answer"];
            match written {
                Ok(mut ours) if step["code"].as_u64().unwrap() < 300 => {
                    let mut theirs = theirs.clone();
                    for object in [&mut ours, &mut theirs] {
                        object::remove(object, "status");
                        // Our own generations are counted, controllers' are not.
                        object::remove(object, "metadata/generation");
                    }
                    differences(&what, &sorted(&comparable(&ours)), &sorted(&comparable(&theirs)), &mut all);
                }
                Ok(_) => all.push(format!("{what}: taken, not {}", text(theirs, "message"))),
                Err(refusal) if refusal.message != text(theirs, "message") => {
                    all.push(format!("{what}: {}, not {}", refusal.message, text(theirs, "message")));
                }
                Err(_) => (),
            }
            world.now += jiff::SignedDuration::from_secs(1);
        }
    }
    assert!(all.is_empty(), "{}\n{} differ", all.join("\n"), all.len());
}

/// Entries of one second come in another order when they were a second apart.
fn sorted(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(entries) = object["metadata"]["managedFields"].as_array_mut() {
        entries.sort_by_key(|entry| format!("{} {}", entry["operation"], entry["manager"]));
    }
    // The recording leaves out controllers' entries, and sometimes nothing else is there.
    if object::items(&object, "metadata/managedFields").is_empty() {
        object::remove(&mut object, "metadata/managedFields");
    }
    object
}
