//! Descriptions are kubectl's: recorded objects (tests/kubernetes/describe), what kubectl said of them, and what rk9s says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "describe/compare.rs"]
mod compare;
#[allow(dead_code)] // it serves other tests, too
#[path = "server/script.rs"]
mod script;

use rk9s::cluster::fault::Class;
use rk9s::cluster::related::related;
use rk9s::describe::{Given, Need, describe, needs};
use rk9s::text::document::{Document, Fold, Tone};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The kinds that have kubectl's own sections.
const KNOWN: &[&str] = &["Pod", "Node", "Deployment", "Service"];

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/describe");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

type Related = Vec<(Need, Result<Vec<Value>, String>)>;

fn recorded(path: &Path) -> (Value, Related, i64) {
    let mut given: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let related = given["related"].as_object().unwrap().iter();
    let related = related.map(|(name, items)| {
        let (_, need) = compare::NEEDS.iter().find(|(known, _)| known == name).unwrap();
        (*need, Ok(items.as_array().unwrap().clone()))
    });
    let (related, now) = (related.collect(), given["now"].as_i64().unwrap());
    (given["object"].take(), related, now)
}

fn told(object: &Value) -> Document {
    describe(&Given { object, related: &[(Need::Events, Ok(Vec::new()))], now: 0 })
}

/// The tone of the piece that holds `text` in the first line that begins with `start`.
fn tone(document: &Document, start: &str, text: &str) -> Tone {
    let mut lines = document.lines.iter();
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = lines.find(|line| words(line.text()).starts_with(start)).expect(start);
    line.pieces.iter().find(|piece| piece.text.contains(text)).expect(text).tone
}

#[test]
fn kubectl_says_the_same() {
    let mut found = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    for path in fixtures() {
        let (mut object, related, now) = recorded(&path);
        // kubectl leaves it out.
        if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        let kind = object["kind"].as_str().unwrap().to_owned();
        let mut ours = describe(&Given { object: &object, related: &related, now }).text();
        let mut theirs = fs::read_to_string(path.with_extension("txt")).unwrap();
        if !KNOWN.contains(&kind.as_str()) {
            ours = compare::without_conditions(&ours);
            theirs = compare::without_conditions(&theirs);
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        found.extend(compare::differences(&theirs, &ours).into_iter().map(|said| format!("{name}: {said}")));
        kinds.push(kind);
    }
    assert!(found.is_empty(), "{} of {}:\n{}", found.len(), kinds.len(), found.join("\n"));
    assert!(KNOWN.iter().all(|kind| kinds.iter().any(|recorded| recorded == kind)), "recorded: {kinds:?}");
}

#[test]
fn a_difference_is_found() {
    let found = compare::differences("Name: a\nStatus: Running\n", "Name: a\nStatus: Failed\n");
    assert_eq!(found, ["Status: kubectl has \"Status: Running\", rk9s has \"Status: Failed\""]);
    assert_eq!(compare::differences("Name: a\nEvents: <none>", "Name: a").len(), 1);
    assert_eq!(compare::differences("Name: a", "Name: a\nEvents: <none>").len(), 1);
}

#[test]
fn the_recorded_needs_are_those_that_are_told() {
    for path in fixtures() {
        let (object, related, _) = recorded(&path);
        let group = object["apiVersion"].as_str().unwrap().split_once('/').map_or("", |(group, _)| group);
        let plural = format!("{}s", object["kind"].as_str().unwrap().to_lowercase());
        let told = needs(group, &plural);
        assert!(related.iter().all(|(need, _)| told.contains(need)), "{}", path.display());
        assert_eq!(told.len(), related.len(), "{}", path.display());
    }
    assert_eq!(needs("events.k8s.io", "events"), []);
    assert_eq!(needs("example.com", "parrots"), [Need::Events]);
}

#[test]
fn what_cannot_be_read_is_told() {
    for path in fixtures() {
        let (object, related, now) = recorded(&path);
        for (need, _) in &related {
            let said = || Err("forbidden to you".to_owned());
            let failing: Vec<_> =
                related.iter().cloned().map(|(of, found)| (of, if of == *need { said() } else { found })).collect();
            let document = describe(&Given { object: &object, related: &failing, now });
            let told = document.text().contains("cannot be read: forbidden to you");
            // A service without ports has no endpoints to tell of.
            let nothing = *need == Need::EndpointSlices && object["spec"]["ports"].is_null();
            assert_eq!(told, !nothing, "{} {need:?}:\n{}", path.display(), document.text());
        }
        let document = describe(&Given { object: &object, related: &[], now });
        assert!(document.text().contains("Events:") && document.text().contains("not read yet"));
        assert!(!document.text().contains("Events: <none>"));
    }
}

fn fixture(name: &str) -> Document {
    let (object, related, now) =
        recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/describe/{name}.json")));
    describe(&Given { object: &object, related: &related, now })
}

#[test]
fn states_have_their_tones() {
    let pod = fixture("pod-rich");
    assert_eq!(tone(&pod, "Name:", "Name:"), Tone::Key);
    assert_eq!(tone(&pod, "Containers:", "Containers:"), Tone::Title);
    assert_eq!(tone(&pod, "app:", "app:"), Tone::Title);
    assert_eq!(tone(&pod, "Status:", "Running"), Tone::Well);
    assert_eq!(tone(&pod, "Reason: Completed", "Completed"), Tone::Well);
    assert_eq!(tone(&pod, "Reason: CrashLoopBackOff", "CrashLoopBackOff"), Tone::Wrong);
    assert_eq!(tone(&pod, "Reason: OOMKilled", "OOMKilled"), Tone::Wrong);
    assert_eq!(tone(&pod, "State: Waiting", "Waiting"), Tone::Changing);
    assert_eq!(tone(&pod, "Ready False", "False"), Tone::Wrong);
    assert_eq!(tone(&pod, "PodScheduled", "True"), Tone::Well);
    assert_eq!(tone(&pod, "example.com/absent", "<none>"), Tone::Dim);
    assert_eq!(tone(&pod, "Warning BackOff", "Warning"), Tone::Wrong);
    assert_eq!(tone(&pod, "Normal Pulled", "Normal"), Tone::Plain);
    let node = fixture("node-tell-node");
    assert_eq!(tone(&node, "MemoryPressure", "True"), Tone::Wrong);
    assert_eq!(tone(&node, "NetworkUnavailable", "False"), Tone::Well);
    assert_eq!(tone(&node, "Ready", "False"), Tone::Wrong);
    assert_eq!(tone(&fixture("pod-evicted"), "Status:", "Failed"), Tone::Wrong);
    assert_eq!(tone(&fixture("pod-leaving"), "Status:", "Terminating"), Tone::Changing);
    // A pod that has done its work is not ready, and well.
    assert_eq!(tone(&fixture("pod-done"), "Ready", "False"), Tone::Plain);
}

#[test]
fn sections_fold() {
    let pod = fixture("pod-rich");
    let at = |start: &str| pod.lines.iter().position(|line| line.text().trim_start().starts_with(start)).expect(start);
    let block = |start: &str| {
        let block = pod.block(at(start));
        pod.lines[block].iter().map(|line| line.text().trim().to_owned()).collect::<Vec<_>>()
    };
    let containers = block("Containers:");
    assert!(containers.iter().any(|line| line == "helper:") && !containers.iter().any(|line| line == "look:"));
    assert!(containers.last().unwrap().starts_with("Mounts:") || containers.last().unwrap().contains(" from "));
    assert_eq!(block("Labels:"), ["track=stable"], "the first stands beside its name");
    assert_eq!(block("LINES:").len(), 2);
    assert_eq!(block("lines:"), ["first", "second"], "an annotation");
    assert_eq!(pod.block(at("Name:")).len(), 0);
    let deep = pod.lines.windows(2).find(|pair| pair[1].depth > pair[0].depth + 2);
    assert!(deep.is_none(), "{deep:?}");
}

#[test]
fn what_was_applied_is_given_in_full() {
    let applied = json!({"kind": "Parrot", "spec": {"words": (0..60).collect::<Vec<_>>()}}).to_string();
    let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": applied, "short": "a"});
    let parrot = json!({"apiVersion": "example.com/v1", "kind": "Parrot", "metadata": {"name": "a", "annotations": annotations}});
    let document = told(&parrot);
    let at = document.lines.iter().position(|line| line.text().contains("last-applied")).unwrap();
    assert_eq!(document.lines[at].fold, Fold::Closed);
    let block: String = document.lines[document.block(at)].iter().map(|line| line.text()).collect();
    assert_eq!(serde_json::from_str::<Value>(&block).unwrap(), serde_json::from_str::<Value>(&applied).unwrap());
    assert!(document.text().contains("short: a"));
}

#[test]
fn no_secret_value_is_told() {
    let applied = json!({"data": {"password": "aHVudGVyMi1jYW5hcnk="}}).to_string();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "n", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}},
        "data": {"password": "aHVudGVyMi1jYW5hcnk=", "empty": "", "one": "YQ=="}, "stringData": {"plain": "hunter2-canary"}});
    let document = told(&secret);
    let text = document.text();
    assert!(!text.contains("aHVudGVyMi1jYW5hcnk") && !text.contains("hunter2"), "{text}");
    for (key, size) in [("password", "14 bytes"), ("empty", "0 bytes"), ("one", "1 bytes"), ("plain", "14 bytes")] {
        assert_eq!(tone(&document, &format!("{key}:"), size), Tone::Masked, "{text}");
    }
}

#[test]
fn config_maps_are_told_whole() {
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "n"},
        "data": {"colour": "red", "app.conf": "a = 1\n\n  b = 2\n"}, "binaryData": {"logo": "AAEC"}});
    let document = told(&map);
    let text = document.text();
    assert!(text.contains("\n  app.conf:\n    a = 1\n\n      b = 2\n  colour:  red\n"), "{text}");
    assert!(text.contains("\n  logo:  3 bytes\n"), "{text}");
    let at = document.lines.iter().position(|line| line.text().contains("app.conf")).unwrap();
    assert_eq!(document.block(at).len(), 3);
}

#[test]
fn conditions_of_any_kind_are_a_table() {
    let conditions = json!([
        {"type": "Ready", "status": "False", "reason": "Hungry", "message": "no seeds", "lastTransitionTime": "2026-01-02T03:04:05Z"},
        {"type": "Synced", "status": "True", "observedGeneration": 2}]);
    let parrot = json!({"apiVersion": "example.com/v1", "kind": "Parrot", "metadata": {"name": "a"},
        "spec": {"toys": [{"name": "bell", "size": 1}, {"name": "ring"}], "words": ["hello", "bye"]}, "status": {"conditions": conditions, "phase": "Failed"}});
    let document = told(&parrot);
    let text = document.text();
    let words: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(
        words.contains(&"Type Status Last Transition Time Reason Observed Generation Message".to_owned()),
        "{text}"
    );
    assert!(words.contains(&"Ready False 2026-01-02T03:04:05Z Hungry no seeds".to_owned()), "{text}");
    assert!(words.contains(&"Synced True 2".to_owned()), "{text}");
    assert!(text.contains("\n    - Name:  bell\n      Size:  1\n    - Name:  ring\n"), "{text}");
    assert_eq!(tone(&document, "Ready", "False"), Tone::Wrong);
    assert_eq!(tone(&document, "Synced", "True"), Tone::Well);
    assert_eq!(tone(&document, "Phase:", "Failed"), Tone::Wrong);
}

#[test]
fn odd_objects_are_told_as_far_as_they_go() {
    for kind in KNOWN {
        let version = if *kind == "Deployment" { "apps/v1" } else { "v1" };
        for odd in [
            json!(null),
            json!("x"),
            json!([1]),
            json!({"containers": "x", "ports": [null], "template": 7, "taints": [3]}),
        ] {
            let object =
                json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": odd, "status": odd});
            assert!(told(&object).text().starts_with("Name:"));
        }
    }
    let event = json!({"type": "a\nb", "reason": "c\nd", "source": {"component": "e\nf"}, "message": "g\n\nh"});
    let related = [(Need::Events, Ok(vec![event, Value::Null]))];
    let document = describe(&Given { object: &pod_of("a\nb"), related: &related, now: 0 });
    assert!(document.lines.iter().all(|line| !line.text().contains('\n')), "a line is one line");
    assert!(describe(&Given { object: &Value::Null, related: &[], now: 0 }).text().starts_with("Name:"));
}

#[test]
fn volumes_that_are_newer_than_this_are_told() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
        "spec": {"containers": [], "volumes": [{"name": "new", "holographic": {"sizeLimit": "1Gi"}}]}});
    let text = told(&pod).text();
    assert!(
        text.contains("  new:\n    Type:") && text.contains("holographic") && text.contains("Size Limit:"),
        "{text}"
    );
}

fn pod_of(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n", "uid": "u"}})
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read() {
    let (mut server, link) = script::server(None);
    let reading = tokio::spawn(async move { related(&link, Need::Events, &pod_of("a")).await });
    let call = server.next().await;
    assert!(call.has("limit=500") && call.uri.contains("involvedObject.uid%3Du"), "{}", call.uri);
    call.json(&json!({"metadata": {"continue": "more&more"}, "items": [{"reason": "one"}]}));
    let call = server.next().await;
    assert!(call.has("continue=more%26more") && call.has("limit=500"), "{}", call.uri);
    call.json(&json!({"metadata": {}, "items": [{"reason": "two"}]}));
    let found = reading.await.unwrap().unwrap();
    assert_eq!(found, [json!({"reason": "one"}), json!({"reason": "two"})]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_a_fault() {
    let (mut server, link) = script::server(None);
    let ask = |need| {
        let link = link.clone();
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "uid": "u"}});
        tokio::spawn(async move { related(&link, need, &node).await })
    };
    // Of two lists the second fails: half of the events would look like all of them.
    let events = ask(Need::Events);
    server.next().await.json(&json!({"items": [{}]}));
    server.next().await.status(403, "forbidden to you");
    assert_eq!(events.await.unwrap().unwrap_err().class, Class::Forbidden);
    let lease = ask(Need::NodeLease);
    server.next().await.status(404, "not found");
    assert_eq!(lease.await.unwrap().unwrap_err().class, Class::NotFound);
    let slices = ask(Need::ResourceSlices);
    server.next().await.status(404, "the server could not find the requested resource");
    assert_eq!(slices.await.unwrap().unwrap(), [json!(null); 0], "an older server has none");
}
