//! Every cell against the real server's: a kube-apiserver 1.36 was asked for the same objects plainly and as a Table, at the time each row names.
//! What printers do not read was taken out of the objects.

use super::*;
use crate::demo::object::{items, text};
use crate::demo::world::Write;
use std::path::Path;

fn fixture(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/demo/tables")
}

/// A world that serves the fixtures' custom kinds.
fn world() -> World {
    let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
    let definitions = fixture(&directory().join("customresourcedefinitions.json"));
    for row in items(&definitions, "rows") {
        let object = at(row, "object").clone();
        let names = at(&object, "spec/names");
        world.catalog.add(Resource {
            group: text(&object, "spec/group").to_owned().into(),
            version: "v1".into(),
            plural: text(names, "plural").to_owned().into(),
            singular: text(names, "singular").to_owned().into(),
            kind: text(names, "kind").to_owned().into(),
            short: Vec::new(),
            categories: Vec::new(),
            namespaced: text(&object, "spec/scope") == "Namespaced",
            verbs: Verbs::All,
            subresources: Vec::new(),
            id: text(&object, "metadata/name").into(),
        });
        world.create(crate::demo::custom::DEFINITIONS, object, Write::by("test")).unwrap();
    }
    world
}

#[test]
fn cells_are_the_real_servers() {
    let mut world = world();
    let (mut rows, mut wrong) = (0, Vec::new());
    for path in std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()) {
        let fixture = fixture(&path);
        let (group, version) =
            text(&fixture, "apiVersion").rsplit_once('/').unwrap_or(("", text(&fixture, "apiVersion")));
        let resource = world.catalog.find(group, version, text(&fixture, "resource")).unwrap().clone();
        for row in items(&fixture, "rows") {
            world.now = text(row, "now").parse().unwrap();
            let objects = [at(row, "object").clone()];
            let table = table(&world, &resource, &objects, Include::None);
            let columns = items(&table, "columnDefinitions").iter();
            let columns: Vec<Value> =
                columns.map(|own| json!([own["name"], own["type"], own["format"], own["priority"]])).collect();
            assert_eq!(&Value::from(columns), at(&fixture, "columns"), "{}", resource.plural);
            let ours = at(&table, "rows/0");
            for what in ["cells", "conditions"] {
                if !same(at(ours, what), at(row, what)) {
                    wrong.push(format!("{}:\n  ours {}\n  real {}", resource.plural, at(ours, what), at(row, what)));
                }
            }
            rows += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 180, "the fixtures are there: {rows}");
}

/// Equal, whichever way a number is written: `1e+21`, `1e21`.
fn same(ours: &Value, real: &Value) -> bool {
    match (ours, real) {
        (Value::Array(ours), Value::Array(real)) => {
            ours.len() == real.len() && ours.iter().zip(real).all(|(ours, real)| same(ours, real))
        }
        (Value::Number(ours), Value::Number(real)) => ours.as_f64() == real.as_f64(),
        _ => ours == real,
    }
}

#[test]
fn a_row_carries_what_was_asked_for() {
    let world = world();
    let pods = world.resource("pods").unwrap();
    let pod = json!({"kind": "Pod", "metadata": {"name": "a"}, "status": {"phase": "Succeeded"}});
    let row = |include| table(&world, &pods, std::slice::from_ref(&pod), include)["rows"][0].clone();
    assert_eq!(row(Include::None)["object"], Value::Null);
    assert_eq!(row(Include::Metadata)["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(row(Include::Object)["object"], pod);
    assert_eq!(row(Include::None)["conditions"][0]["type"], "Completed");
}
