//! Descriptions are kubectl's: recorded objects (tests/kubernetes/describe), what kubectl said of them, and what rk9s says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "describe/compare.rs"]
mod compare;

use rk9s::describe::{Given, Need, describe, needs};
use rk9s::text::document::{Document, Fold, Tone};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/describe");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

fn recorded(path: &Path) -> (Value, Vec<(Need, Result<Vec<Value>, String>)>, i64) {
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
    let line = lines.find(|line| line.text().trim_start().starts_with(start)).expect(start);
    line.pieces.iter().find(|piece| piece.text.contains(text)).expect(text).tone
}

#[test]
fn kubectl_says_the_same() {
    let mut found = Vec::new();
    let (mut kinds, mut count) = (Vec::new(), 0);
    for path in fixtures() {
        let (mut object, related, now) = recorded(&path);
        // kubectl leaves it out.
        if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        let document = describe(&Given { object: &object, related: &related, now });
        let theirs = fs::read_to_string(path.with_extension("txt")).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        found.extend(compare::differences(&theirs, &document).into_iter().map(|said| format!("{name}: {said}")));
        kinds.push(object["kind"].as_str().unwrap().to_owned());
        count += 1;
    }
    assert!(found.is_empty(), "{} of {count}:\n{}", found.len(), found.join("\n"));
    for kind in ["Pod", "Node", "Deployment", "Service"] {
        assert!(kinds.iter().any(|recorded| recorded == kind), "nothing recorded of a {kind}");
    }
}
