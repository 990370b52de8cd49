//! Every kind with a file of its own, on objects in each form they take (tests/fixtures/kinds/KIND.json).
//!
//! Kubernetes is the judge: from the same objects record.go, beside them, made the cells that its own printers give
//! (KIND.kubectl.json) and the protobuf that its own encoder writes (KIND.pb). What kubectl does not say (health, reason,
//! link, our columns) stands in KIND.txt; `UPDATE=1 cargo test --test kinds` writes that anew.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "kinds/fixture.rs"]
mod fixture;

use fixture::{Fixture, line, rows};
use proptest::prelude::*;
use rk9s::kinds::{Item, KINDS, Row, Value, Words};
use serde_json::Value as Json;
use std::collections::HashSet;
use std::fs;

/// Members that hold a map; the members below them are no fields of ours.
const MAPS: &[&str] = &["labels", "annotations", "matchLabels", "requests", "limits", "allocatable", "overhead"];

#[test]
fn every_kind_has_a_fixture() {
    for kind in KINDS {
        assert!(Fixture::of(*kind).objects.len() > 3, "{}", kind.names().plural);
    }
}

#[test]
fn cells_are_kubectls() {
    for kind in KINDS {
        let fixture = Fixture::of(*kind);
        // There is no such resource, and so nothing of kubectl's.
        if kind.names().plural == "containers" {
            continue;
        }
        let kubectl = fixture.kubectl();
        assert_eq!(kubectl.rows.len(), fixture.objects.len());
        let mut wrong = Vec::new();
        for (object, cells) in fixture.objects.iter().zip(&kubectl.rows) {
            let [row] = &fixture.rows(object)[..] else { panic!("one object, one row: {object}") };
            for (title, theirs) in kubectl.columns.iter().zip(cells) {
                let ours = fixture.timeless(row, title);
                if ours != *theirs {
                    wrong.push(format!("{}: {title}: kubectl {theirs:?}, rk9s {ours:?}", row.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}:\n{}", kind.names().plural, wrong.join("\n"));
    }
}

#[test]
fn columns_stand_in_kubectls_order() {
    for kind in KINDS.iter().filter(|kind| kind.names().plural != "containers") {
        let kubectl = Fixture::of(*kind).kubectl().columns;
        let ours: Vec<String> = kind.heads().into_iter().map(|head| head.title).collect();
        let shared: Vec<&String> = ours.iter().filter(|title| kubectl.contains(title)).collect();
        assert_eq!(shared, kubectl.iter().collect::<Vec<_>>(), "{}", kind.names().plural);
    }
}

#[test]
fn protobuf_of_kubernetes_and_json_give_the_same_rows() {
    for kind in KINDS {
        let fixture = Fixture::of(*kind);
        let messages = fixture.messages();
        assert_eq!(messages.len(), fixture.objects.len());
        for (object, message) in fixture.objects.iter().zip(messages) {
            let read = rows(*kind, Item::Proto(message)).unwrap();
            assert_eq!(read, fixture.rows(object), "{}", kind.names().plural);
        }
    }
}

#[test]
fn rows_are_as_written_down() {
    for kind in KINDS {
        let fixture = Fixture::of(*kind);
        let lines: String = fixture.objects.iter().flat_map(|o| fixture.rows(o)).map(|row| line(*kind, &row)).collect();
        let path = fixture.path("txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &lines).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap_or_default();
        for (number, (known, now)) in (1..).zip(known.lines().zip(lines.lines())) {
            assert_eq!(now, known, "{}:{number}", path.display());
        }
        assert_eq!(lines.lines().count(), known.lines().count(), "{}", path.display());
    }
}

#[test]
fn null_is_the_same_as_nothing() {
    for kind in KINDS {
        let fixture = Fixture::of(*kind);
        let mut tried = HashSet::new();
        for object in &fixture.objects {
            let mut places = Vec::new();
            members(object, &mut String::new(), &mut places);
            // Once for each field is enough, whichever container or condition it is of.
            let field = |(parent, name): &(String, String)| format!("{parent}/{name}").replace(char::is_numeric, "");
            places.retain(|place| tried.insert(field(place)));
            for (parent, name) in places {
                let (mut null, mut without) = (object.clone(), object.clone());
                null.pointer_mut(&parent).unwrap()[&name] = Json::Null;
                without.pointer_mut(&parent).unwrap().as_object_mut().unwrap().remove(&name);
                let read = |object: &Json| rows(*kind, Item::Json(object.to_string().into()));
                assert_eq!(read(&null), read(&without), "{}: {parent}/{name}", kind.names().plural);
            }
        }
    }
}

/// Every member of every object in `value`, as the pointer to its object and its name.
fn members(value: &Json, at: &mut String, out: &mut Vec<(String, String)>) {
    let children: Vec<(String, &Json)> = match value {
        Json::Object(object) => object.iter().map(|(name, child)| (name.clone(), child)).collect(),
        Json::Array(list) => list.iter().enumerate().map(|(i, child)| (i.to_string(), child)).collect(),
        _ => return,
    };
    // A service's selector is a map, a deployment's is not.
    let is_map = |name: &str, child: &Json| {
        MAPS.contains(&name) || name == "selector" && child.as_object().is_some_and(|o| o.values().all(Json::is_string))
    };
    for (name, child) in children {
        if value.is_object() {
            out.push((at.clone(), name.clone()));
        }
        if !is_map(&name, child) {
            let length = at.len();
            at.push('/');
            at.push_str(&name.replace('~', "~0").replace('/', "~1"));
            members(child, at, out);
            at.truncate(length);
        }
    }
}

/// Bytes that a pod's row owns, as 64-bit machines lay it out; words that other pods share are not counted.
fn owned(row: &Row, neighbour: &Row) -> usize {
    // Two counts, the pointer and length of the boxed text, the text.
    let word = |text: &str| 32 + text.len();
    let cells = row.cells.iter().zip(&neighbour.cells);
    let own = cells.filter_map(|cells| match cells {
        (Value::Word(a), b) if Value::Word(a.clone()) != *b => Some(word(a)),
        _ => None,
    });
    let reason = row.reason.as_deref().map_or(0, word);
    size_of::<Row>() + row.name.len() + size_of_val(&*row.cells) + own.sum::<usize>() + reason
}

#[test]
fn a_pods_row_is_at_most_six_hundred_bytes() {
    let fixture = Fixture::of(rk9s::kinds::find("pods").unwrap());
    let mut words = Words::default();
    let mut made = Vec::new();
    for object in &fixture.objects {
        fixture.kind.rows(&Item::Json(object.to_string().into()), &mut words, &mut made).unwrap();
    }
    let neighbour = made[0].clone();
    // Names of 120 and 253 characters are allowed and rare.
    for row in made.iter().filter(|row| row.name.len() <= 63 && *row.name != *neighbour.name) {
        assert!(owned(row, &neighbour) <= 600, "{}: {} bytes", row.name, owned(row, &neighbour));
    }
}

/// Any kind, with the protobuf and JSON of one of its objects.
fn object() -> impl Strategy<Value = (usize, Vec<u8>, Vec<u8>)> {
    (0..KINDS.len(), any::<prop::sample::Index>()).prop_map(|(kind, at)| {
        let fixture = Fixture::of(KINDS[kind]);
        let at = at.index(fixture.objects.len());
        (kind, fixture.messages()[at].to_vec(), fixture.objects[at].to_string().into_bytes())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damage_is_an_error_or_another_row((kind, message, json) in object(), cut: prop::sample::Index, at: prop::sample::Index, byte: u8) {
        for (bytes, item) in [(message, Item::Proto as fn(_) -> _), (json, Item::Json as fn(_) -> _)] {
            let mut damaged = bytes.clone();
            let place = at.index(bytes.len());
            damaged[place] = byte;
            let whole = rows(KINDS[kind], item(damaged.into()));
            for row in whole.iter().flatten() {
                line(KINDS[kind], row);
            }
            let _ = rows(KINDS[kind], item(bytes[..cut.index(bytes.len())].to_vec().into()));
        }
    }

    #[test]
    fn half_a_json_text_is_an_error((kind, _, json) in object(), cut: prop::sample::Index) {
        let cut = json[..cut.index(json.len())].to_vec();
        prop_assert!(rows(KINDS[kind], Item::Json(cut.into())).is_err());
    }
}
