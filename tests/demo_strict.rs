//! What is no field, is there twice or is of the wrong type: the embedded cluster against what kube-apiserver 1.36.3 answered to the same
//! requests (recorded in `fixtures/demo/strict.json`; of objects that it tells back whole, the text is left out).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use rk9s::demo::access;
use rk9s::demo::api::{self, Answer, Asked, Headers, Response};
use rk9s::demo::custom;
use rk9s::demo::object::{items, text};
use rk9s::demo::schema;
use rk9s::demo::world::{World, Write};
use serde_json::{Value, json};

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/demo/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What was there when the requests were recorded.
fn world() -> World {
    let mut world = World::new(1, "2026-11-21T11:42:31Z".parse().unwrap());
    for definition in [serde_yaml::from_str(custom::CERTIFICATES).unwrap(), recorded("limits")] {
        custom::serve(&mut world, &definition);
        world.create(custom::DEFINITIONS, definition, Write::by("test")).unwrap();
    }
    let labels = json!({"app": "a"});
    for (id, object) in [
        ("namespaces", json!({"metadata": {"name": "shop"}})),
        ("serviceaccounts", json!({"metadata": {"name": "default", "namespace": "shop"}})),
        ("configmaps", json!({"metadata": {"name": "cm", "namespace": "shop"}, "data": {"a": "b"}})),
        (
            "deployments.apps",
            json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 0, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}}}),
        ),
        (
            "certificates.example.com",
            json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"secretName": "a", "issuerRef": {"name": "b"}}}),
        ),
    ] {
        world.create(id, object, Write::by("test")).unwrap();
    }
    world
}

fn asked(method: &str, path: &str, content_type: &str, body: &str) -> Response {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let headers = Headers {
        accept: "application/json".to_owned(),
        content_type: content_type.to_owned(),
        user_agent: "test".to_owned(),
        authorization: Some(format!("Bearer {}", access::token("admin"))),
        ..Headers::default()
    };
    let asked = Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.to_owned().into(),
    };
    match api::answer(&mut world(), &asked) {
        Answer::Whole(response) => response,
        other => panic!("{path}: {other:?}"),
    }
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body.concat()).unwrap()
}

/// What differs, and why.
const KNOWN: &[(&str, &str)] = &[
    (r#""spec": {"flag": 1, "count": 0, "mode": "z"}"#, "the server tells fields in an order of chance"),
    ("  a: b\n  a: c", "what is in YAML twice is told as for JSON, without its line"),
    (r#""kind": "Certificate", "spec": {"issuerRef": {"name": null}}}"#, "nulls that are applied are nobody's"),
];

#[test]
fn fields_are_checked_as_by_the_server() {
    let whole = regex::Regex::new(r#"(?s)Invalid value: "\{.*\}": "#).unwrap();
    let (mut all, mut count) = (Vec::new(), 0);
    for case in recorded("strict").as_array().unwrap() {
        let (method, path, body) = (text(case, "method"), text(case, "path"), text(case, "body"));
        if KNOWN.iter().any(|(known, _)| body.contains(known)) {
            continue;
        }
        count += 1;
        let response = asked(method, path, text(case, "type"), body);
        let answer = read(&response);
        let message = if response.code < 300 { "" } else { text(&answer, "message") };
        let message = whole.replace(message, "Invalid value: \"{…}\": ").into_owned();
        let warnings: Vec<&str> =
            response.headers.iter().filter(|(name, _)| *name == "Warning").map(|(_, value)| value.as_str()).collect();
        let theirs: Vec<&str> = items(case, "warnings").iter().filter_map(Value::as_str).collect();
        let ours = (u64::from(response.code), message.as_str(), warnings);
        let theirs = (case["code"].as_u64().unwrap(), text(case, "message"), theirs);
        if ours != theirs {
            all.push(format!(
                "{method} {path} {}\n  {body}\n  ours:   {ours:?}\n  theirs: {theirs:?}",
                text(case, "type")
            ));
        } else if case.get("answer").is_some_and(|spec| *spec != answer["spec"]) {
            all.push(format!("{body}\n  ours:   {}\n  theirs: {}", answer["spec"], case["answer"]));
        }
    }
    assert!(all.is_empty(), "{}\n{} of {count} differ", all.join("\n"), all.len());
}

/// What is in the story and what controllers make of it would be taken by the server as it is.
#[test]
fn the_story_has_no_field_that_there_is_not() {
    let (world, _) = rk9s::demo::story::begin(1, "2026-11-21T12:00:00Z".parse().unwrap());
    let mut all = Vec::new();
    let mut count = 0;
    for resource in world.catalog.all() {
        for mut object in world.list(&resource.id, None) {
            count += 1;
            let name = format!("{} {}", resource.id, text(&object, "metadata/name"));
            if let Some(kind) = schema::kind(&resource.group, &resource.version, &resource.kind) {
                let (_, found) = schema::read::read(&object, "", kind, schema::read::Words::Json).unwrap();
                all.extend(found.strange.into_iter().chain(found.wrong).map(|why| format!("{name}: {why}")));
            }
            if let Some(schema) = custom::schema(&world, resource).filter(|_| resource.is_custom()) {
                let strange = schema::custom::prune(&schema, &mut object).unwrap();
                let wrong = schema::custom::check(&schema, &object);
                assert!(strange.is_empty() && wrong.is_empty(), "{name}: {strange:?} {wrong:?}");
            }
        }
    }
    assert!(count > 100, "{count} objects were looked at");
    assert!(all.is_empty(), "{}", all.join("\n"));
}
