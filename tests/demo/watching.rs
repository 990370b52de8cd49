//! Watches, as rk9s itself reads them and as they are on the wire.

use crate::cluster::{Small, pod, small};
use crate::table::{by, open};
use rk9s::cluster::watch::{ReadChoice, What};
use rk9s::demo::world::Write;
use rk9s::kinds;
use serde_json::{Value, json};

const STREAM: &str = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

/// What a watch says until its timeout.
async fn events(small: &Small, path: &str) -> Vec<Value> {
    let said = small.get(path).await;
    assert_eq!(said.code, 200, "{}", said.text);
    said.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Types and names.
fn told(events: &[Value]) -> Vec<String> {
    let name = |event: &Value| event["object"]["metadata"]["name"].as_str().unwrap_or("-").to_owned();
    events.iter().map(|event| format!("{} {}", event["type"].as_str().unwrap(), name(event))).collect()
}

fn set_label(small: &Small, name: &str, value: &str) {
    small.cluster.act(|world| {
        let mut pod = world.get("pods", "shop", name).unwrap();
        pod["metadata"]["labels"]["app"] = json!(value);
        world.update("pods", pod, Write::by("test")).unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn rk9s_own_watch_gets_the_rows_live() {
    for choice in [ReadChoice::Auto, ReadChoice::Stream, ReadChoice::Pages] {
        let small = small();
        small.pods(&["a", "b"]);
        small.put("pods", pod("back", "hidden"));
        let pods = What::Kind(kinds::find("pods").unwrap());
        let mut table = open(&small.link, pods, |spec| {
            spec.namespace = Some("shop".into());
            by(choice)(spec);
        });
        table.shows(&["a", "b"]).await;
        small.pods(&["c"]);
        small.cluster.act(|world| world.delete("pods", "shop", "a", &now())).unwrap();
        table.shows(&["b", "c"]).await;
        // It survives lost history and lost connections.
        small.cluster.cut();
        small.pods(&["d"]);
        small.cluster.compact();
        small.pods(&["e"]);
        table.shows(&["b", "c", "d", "e"]).await;
        assert!(table.unreadable.is_empty(), "{:?}", table.unreadable);
    }
}

fn now() -> rk9s::demo::world::Deletion {
    rk9s::demo::world::Deletion { grace: Some(0), ..Default::default() }
}

#[tokio::test(start_paused = true)]
async fn a_streamed_list_ends_with_a_mark_and_bookmarks_come_each_minute() {
    let small = small();
    small.pods(&["a", "b"]);
    let events = events(&small, &format!("/api/v1/pods?{STREAM}&timeoutSeconds=130")).await;
    assert_eq!(told(&events), ["ADDED a", "ADDED b", "BOOKMARK -", "BOOKMARK -", "BOOKMARK -"]);
    let metadata = &events[2]["object"]["metadata"];
    assert_eq!(metadata["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    assert_eq!(events[2]["object"]["kind"], "Pod");
    assert_eq!(events[3]["object"]["metadata"].get("annotations"), None);
}

#[tokio::test(start_paused = true)]
async fn changes_are_told_as_the_selector_sees_them() {
    let small = small();
    small.pods(&["web-1", "db-1"]);
    let watching = events(&small, "/api/v1/namespaces/shop/pods?watch=1&labelSelector=app%3Dweb&timeoutSeconds=5");
    let changing = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        set_label(&small, "db-1", "web");
        set_label(&small, "web-1", "other");
        set_label(&small, "web-1", "more");
        small.cluster.act(|world| world.delete("pods", "shop", "db-1", &now())).unwrap();
        small.put("pods", pod("back", "web-9"));
    };
    let (events, ()) = tokio::join!(watching, changing);
    assert_eq!(told(&events), ["ADDED web-1", "ADDED db-1", "DELETED web-1", "DELETED db-1"]);
    let left = &events[2]["object"]["metadata"];
    assert_eq!(left["labels"]["app"], "web", "as it was when it was selected");
    let version =
        |event: &Value| event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(version(&events[1]) < version(&events[2]) && version(&events[2]) < version(&events[3]));
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_a_version_or_is_told_that_it_is_too_old() {
    let small = small();
    small.pods(&["a"]);
    let version = small.get("/api/v1/pods").await.body["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    small.pods(&["b"]);
    let path = format!("/api/v1/pods?watch=1&resourceVersion={version}&timeoutSeconds=1");
    assert_eq!(told(&events(&small, &path).await), ["ADDED b"]);
    small.cluster.compact();
    let events = events(&small, &path).await;
    assert_eq!((events.len(), &events[0]["type"], &events[0]["object"]["code"]), (1, &json!("ERROR"), &json!(410)));
    let said = events[0]["object"]["message"].as_str().unwrap();
    assert!(said.starts_with(&format!("too old resource version: {version} (")), "{said}");
}

#[tokio::test(start_paused = true)]
async fn tables_are_watched_with_their_columns_told_once() {
    let small = small();
    small.pods(&["a", "b"]);
    let accept = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")];
    let said = small.send(&format!("GET /api/v1/pods?{STREAM}&timeoutSeconds=1"), &accept, "").await;
    let events: Vec<Value> = said.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 3, "{}", said.text);
    assert!(events[0]["object"]["columnDefinitions"].is_array());
    assert!(events[1]["object"]["columnDefinitions"].is_null() && events[2]["object"]["columnDefinitions"].is_null());
    let mark = &events[2]["object"]["rows"][0]["object"]["metadata"]["annotations"];
    assert_eq!((&events[2]["type"], &mark["k8s.io/initial-events-end"]), (&json!("BOOKMARK"), &json!("true")));
}
