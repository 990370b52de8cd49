//! Kinds without a file of their own: the server-side Table, by list and by watch.

use crate::script::{list, server, status};
use crate::table::{Table, by, open};
use crate::*;
use rk9s::cluster::watch::{Encoding, ReadChoice, TableOf};
use rk9s::kinds::{From, Value};
use rk9s::store::delta::State;
use serde_json::{Value as Json, json};

const ACCEPT: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

fn widgets() -> What {
    What::Table(TableOf::namespaced("example.com", "v1", "widgets", "Widget"))
}

fn columns() -> Json {
    json!([{"name": "Name", "type": "string", "priority": 0}, {"name": "Ready", "type": "string", "priority": 0},
        {"name": "Size", "type": "integer", "priority": 1}, {"name": "Age", "type": "date", "priority": 0}])
}

fn row(name: &str, ready: &str, version: u64) -> Json {
    let metadata = json!({"name": name, "namespace": "shop", "uid": format!("uid-{name}"),
        "resourceVersion": version.to_string(), "creationTimestamp": "2026-01-01T00:00:00Z"});
    json!({"cells": [name, ready, 3, "5d"], "object": {"kind": "PartialObjectMetadata", "metadata": metadata}})
}

fn a_table(columns: Json, rows: &[Json], version: u64, more: &str) -> Json {
    let metadata = json!({"resourceVersion": version.to_string(), "continue": more});
    json!({"kind": "Table", "metadata": metadata, "columnDefinitions": columns, "rows": rows})
}

/// Every bookmark is a Table with one row of empty cells.
fn bookmark(version: u64, annotations: Json) -> Json {
    let metadata = json!({"resourceVersion": version.to_string(), "annotations": annotations});
    a_table(Json::Null, &[json!({"cells": ["", "", 0, "<unknown>"], "object": {"metadata": metadata}})], version, "")
}

#[tokio::test(start_paused = true)]
async fn streams_with_columns_only_in_the_first_event() {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, widgets(), by(ReadChoice::Auto));
    let call = relist(&mut server).await;
    assert!(
        call.uri.starts_with("/apis/example.com/v1/widgets?") && call.has("includeObject=Metadata"),
        "{}",
        call.uri
    );
    assert_eq!(call.accept, ACCEPT);
    let stream = call.stream();
    stream.event("ADDED", &a_table(columns(), &[row("a", "1/2", 3)], 3, ""));
    stream.event("ADDED", &a_table(Json::Null, &[row("b", "2/2", 4)], 4, ""));
    stream.event("BOOKMARK", &bookmark(10, json!({"k8s.io/initial-events-end": "true"})));
    table.shows(&["a", "b"]).await;
    let heads: Vec<_> = table.heads.iter().map(|head| (head.title.as_str(), head.from, head.wide)).collect();
    let want = [
        ("NAME", From::Name, false),
        ("READY", From::Cell(0), false),
        ("SIZE", From::Cell(1), true),
        ("AGE", From::Age, false),
    ];
    assert_eq!(heads, want);
    assert_eq!(table.version.as_deref(), Some("10"));
    assert_eq!(table.count.encoding(), Encoding::Table);
    stream.event("BOOKMARK", &bookmark(11, json!(null)));
    stream.event("MODIFIED", &a_table(Json::Null, &[row("c", "2/2", 12)], 12, ""));
    stream.event("DELETED", &a_table(Json::Null, &[row("a", "2/2", 13)], 13, ""));
    table.shows(&["b", "c"]).await;
    assert_eq!(table.version.as_deref(), Some("13"));
    assert!(table.unreadable.is_empty(), "{:?}", table.unreadable);
    let kept = table.row("c").unwrap();
    assert_eq!(
        (&*kept.namespace, kept.created, &*kept.cells),
        ("shop", 1_767_225_600, &[Value::Of(2, 2), Value::Int(3)][..])
    );
}

/// Ages that the server prints are read again each minute, and nobody sees it happen but in the ages.
#[tokio::test(start_paused = true)]
async fn ages_of_the_servers_own_are_read_again_each_minute_and_the_table_stays_live() {
    let renewed = json!([{"name": "Name", "type": "string"}, {"name": "Renewed", "type": "date"}]);
    let row = |age: &str| {
        let metadata = json!({"name": "a", "namespace": "shop", "uid": "uid-a", "resourceVersion": "3"});
        json!({"cells": ["a", age], "object": {"metadata": metadata}})
    };
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, widgets(), by(ReadChoice::Auto));
    let end = json!({"k8s.io/initial-events-end": "true"});
    let stream = relist(&mut server).await.stream();
    stream.event("ADDED", &a_table(renewed.clone(), &[row("5s")], 3, ""));
    stream.event("BOOKMARK", &bookmark(10, end.clone()));
    table.until(Table::is_live).await;
    let (began, said) = (tokio::time::Instant::now(), table.states.len());
    let again = relist(&mut server).await;
    assert!(began.elapsed().as_secs() == 60, "{:?}", began.elapsed());
    let stream = again.stream();
    stream.event("ADDED", &a_table(renewed, &[row("65s")], 3, ""));
    stream.event("BOOKMARK", &bookmark(10, end));
    table.until(|table| table.row("a").is_some_and(|row| row.cell(0).print(0) == "65s")).await;
    assert_eq!(table.states.get(said..), Some(&[][..]), "nothing is said of it");
    assert!(table.is_live());
}

#[tokio::test(start_paused = true)]
async fn pages_on_servers_that_do_not_stream_them() {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, widgets(), |spec| spec.namespace = Some("shop".into()));
    relist(&mut server).await.status(422, "no");
    let call = server.next().await;
    assert!(call.has("limit=500") && call.accept == ACCEPT && call.has("includeObject=Metadata"), "{}", call.uri);
    call.json(&a_table(columns(), &[row("a", "1/2", 3)], 8, "more"));
    server.next().await.json(&a_table(columns(), &[row("b", "2/2", 3)], 8, ""));
    let call = rewatch(&mut server, 8).await;
    assert!(call.uri.contains("/namespaces/shop/widgets?"));
    let stream = call.stream();
    // The first event is a bookmark, and so the one with the columns: they may have changed.
    let mut first = bookmark(9, json!(null));
    first["columnDefinitions"] = json!([{"name": "Name", "type": "string"}]);
    stream.event("BOOKMARK", &first);
    table.until(|table| table.heads.len() == 1 && table.is_live()).await;
    assert_eq!(table.names(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn plain_objects_of_servers_without_tables_show_name_and_age() {
    let (mut server, link) = server(FAR);
    let mut table = open(&link, widgets(), by(ReadChoice::Auto));
    server.next().await.json(&list(&["a", "b"], 8, ""));
    let stream = rewatch(&mut server, 8).await.stream();
    table.shows(&["a", "b"]).await;
    let titles: Vec<_> = table.heads.iter().map(|head| head.title.as_str()).collect();
    assert_eq!(titles, ["NAME", "AGE"]);
    stream.event("DELETED", &object("a", 9));
    table.shows(&["b"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_definition_deleted_meanwhile_is_refused_and_comes_back() {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, widgets(), by(ReadChoice::Auto));
    let stream = relist(&mut server).await.stream();
    stream.event("ADDED", &a_table(columns(), &[row("a", "1/2", 3)], 3, ""));
    stream.event("BOOKMARK", &bookmark(10, json!({"k8s.io/initial-events-end": "true"})));
    table.shows(&["a"]).await;
    tokio::time::sleep(2 * SECOND).await;
    stream.event("DELETED", &a_table(Json::Null, &[row("a", "1/2", 11)], 11, ""));
    stream.close();
    rewatch(&mut server, 11).await.status(404, "the server could not find the requested resource");
    relist(&mut server).await.status(404, "the server could not find the requested resource");
    table.until(Table::is_refused).await;
    assert!(table.names().is_empty());
    let stream = relist(&mut server).await.stream();
    stream.event("ADDED", &a_table(columns(), &[row("z", "1/2", 30)], 30, ""));
    stream.event("BOOKMARK", &bookmark(31, json!({"k8s.io/initial-events-end": "true"})));
    table.shows(&["z"]).await;
}

#[tokio::test(start_paused = true)]
async fn errors_in_the_stream_are_plain_statuses() {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, widgets(), by(ReadChoice::Auto));
    let stream = relist(&mut server).await.stream();
    stream.event("BOOKMARK", &bookmark(10, json!({"k8s.io/initial-events-end": "true"})));
    table.shows(&[]).await;
    stream.event("ERROR", &status(410, "too old"));
    let stream = relist(&mut server).await.stream();
    stream.event("ADDED", &a_table(columns(), &[row("a", "1/2", 13)], 13, ""));
    stream.event("BOOKMARK", &bookmark(20, json!({"k8s.io/initial-events-end": "true"})));
    table.shows(&["a"]).await;
    assert!(!table.states.iter().any(|state| matches!(state, State::Stale { .. })));
}
