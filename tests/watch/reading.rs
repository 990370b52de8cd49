//! Which way a list is read, and how its rows go out.

use crate::script::{self, list, server, thing as object};
use crate::table::{by, open, open_with_room};
use crate::*;
use rk9s::cluster::watch::{Distance, How, ReadChoice};
use rk9s::store::delta::State;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_near_server_streams_its_list_and_goes_on() {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, pods(), |spec| spec.namespace = Some("shop".into()));
    let call = server.next().await;
    for parameter in
        ["watch=true", "resourceVersionMatch=NotOlderThan", "resourceVersion=0", "allowWatchBookmarks=true"]
    {
        assert!(call.has(parameter), "{}", call.uri);
    }
    assert!(call.uri.starts_with("/api/v1/namespaces/shop/pods?"), "{}", call.uri);
    assert_eq!(call.accept, "application/vnd.kubernetes.protobuf;stream=watch,application/json");
    assert_eq!(call.accept_encoding, "identity");
    let stream = call.stream();
    stream.event("ADDED", &object("a", 3));
    table.until(|table| table.names() == ["a"]).await;
    assert_eq!(table.states, [State::Connecting, State::Syncing]);
    stream.event("ADDED", &object("b", 4));
    stream.initial_end(10);
    table.shows(&["a", "b"]).await;
    assert_eq!(table.version.as_deref(), Some("10"));
    stream.event("MODIFIED", &object("a", 11));
    stream.event("DELETED", &object("b", 12));
    stream.event("ADDED", &object("c", 13));
    table.shows(&["a", "c"]).await;
    assert_eq!(table.version.as_deref(), Some("13"));
    assert_eq!((server.requests(), table.count.how(), table.count.objects()), (1, How::Stream, 5));
}

#[tokio::test(start_paused = true)]
async fn a_far_server_sends_compressed_pages_and_then_a_watch() {
    let (mut server, link) = server(FAR);
    let mut table = open(&link, pods(), |spec| spec.labels = Some("app in (a,b),!x".into()));
    let call = server.next().await;
    assert!(call.has("limit=500") && call.has("labelSelector=app%20in%20%28a%2Cb%29%2C%21x"), "{}", call.uri);
    assert_eq!(
        (call.accept.as_str(), call.accept_encoding.as_str()),
        ("application/vnd.kubernetes.protobuf,application/json", "gzip")
    );
    call.json(&list(&["a", "b"], 7, "t/1="));
    let call = server.next().await;
    assert!(call.has("continue=t%2F1%3D") && call.has("limit=2000"), "{}", call.uri);
    call.json(&list(&["c"], 7, ""));
    let stream = rewatch(&mut server, 7).await.stream();
    table.shows(&["a", "b", "c"]).await;
    stream.event("DELETED", &object("b", 9));
    table.shows(&["a", "c"]).await;
    assert_eq!(table.version.as_deref(), Some("9"));
    assert_eq!(table.shared.habits.distance(), Distance::Far);
}

#[tokio::test(start_paused = true)]
async fn a_link_not_yet_measured_is_tried_with_a_page_and_then_streamed_if_near() {
    let (mut server, link) = server(None);
    let mut table = open(&link, pods(), by(ReadChoice::Auto));
    server.next().await.json(&list(&["a", "b"], 7, "more"));
    let call = server.next().await;
    assert!(call.has("limit=1"), "{}", call.uri);
    call.json(&list(&["a"], 7, "more"));
    let stream = relist(&mut server).await.stream();
    send_list(&stream, &["a", "b", "c"], 8);
    table.shows(&["a", "b", "c"]).await;
    assert_eq!(table.shared.habits.distance(), Distance::Near);
}

#[tokio::test(start_paused = true)]
async fn a_link_not_yet_measured_goes_on_in_pages_if_far() {
    let (mut server, link) = server(None);
    let mut table = open(&link, pods(), by(ReadChoice::Auto));
    server.next().await.json(&list(&["a"], 7, "more"));
    let call = server.next().await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    call.json(&list(&["a"], 7, "more"));
    let call = server.next().await;
    assert!(call.has("continue=more") && call.accept_encoding == "gzip", "{}", call.uri);
    call.json(&list(&["b"], 7, ""));
    let _stream = rewatch(&mut server, 7).await.stream();
    table.shows(&["a", "b"]).await;
    assert_eq!(table.shared.habits.distance(), Distance::Far);
}

#[tokio::test(start_paused = true)]
async fn a_near_link_that_turns_out_slow_changes_to_compressed_pages() {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, pods(), by(ReadChoice::Auto));
    let stream = relist(&mut server).await.stream();
    for name in ["a", "b", "c"] {
        let mut large = object(name, 3);
        large["data"] = "x".repeat(200 << 10).into();
        stream.event("ADDED", &large);
        tokio::time::sleep(SECOND).await;
    }
    let call = server.next().await;
    assert!(stream.is_gone() && call.has("limit=500") && call.accept_encoding == "gzip", "{}", call.uri);
    call.json(&list(&["a", "c"], 7, ""));
    let _stream = rewatch(&mut server, 7).await.stream();
    table.shows(&["a", "c"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_choice_of_the_user_counts() {
    let (mut server, link) = server(FAR);
    let mut streamed = open(&link, pods(), by(ReadChoice::Stream));
    send_list(&relist(&mut server).await.stream(), &["a"], 3);
    streamed.until(|table| table.names() == ["a"]).await;
    let (mut server, link) = script::server(NEAR);
    let _paged = open(&link, pods(), by(ReadChoice::Pages));
    assert!(server.next().await.has("limit=500"));
}

#[tokio::test(start_paused = true)]
async fn batches_are_bounded_and_nothing_is_read_ahead_of_a_slow_screen() {
    let (mut server, link) = server(NEAR);
    let mut table = open_with_room(&link, pods(), 8, by(ReadChoice::Auto));
    let stream = relist(&mut server).await.stream();
    let names: Vec<_> = (0..10_000).map(|n| format!("pod-{n:05}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for name in &names {
        stream.event("ADDED", &object(name, 3));
    }
    // At most eight batches wait in the channel and one in the outbox; the rest is not read.
    tokio::time::sleep(SECOND).await;
    let read = table.count.objects();
    assert!((256..=9 * 256).contains(&read), "{read}");
    tokio::time::sleep(SECOND).await;
    assert_eq!(table.count.objects(), read);
    stream.initial_end(10);
    table.shows(&names).await;
    assert!(table.batches_seen.iter().all(|size| *size <= 260), "{:?}", table.batches_seen);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_table_says_news_at_once_and_a_busy_one_gathers_it() {
    let (_server, mut table, stream) = live().await;
    tokio::time::sleep(SECOND).await;
    let began = Instant::now();
    stream.event("ADDED", &object("c", 11));
    table.shows(&["a", "b", "c"]).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    let before = table.batches_seen.len();
    for n in 0..100 {
        stream.event("MODIFIED", &object("a", 12 + n));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    table.pass(SECOND).await;
    let batches = table.batches_seen.len() - before;
    assert!((4..=7).contains(&batches), "{batches} batches in 200 ms");
    assert_eq!(table.version.as_deref(), Some("111"));
}

#[tokio::test(start_paused = true)]
async fn the_watch_ends_with_its_receiver() {
    let (server, link) = server(NEAR);
    let (shared, _pulse) = rk9s::cluster::watch::Shared::new();
    let (sink, batches) = tokio::sync::mpsc::channel(8);
    let spec = rk9s::cluster::watch::WatchSpec::new(pods(), shared);
    let task = tokio::spawn(rk9s::cluster::watch::watch(link, spec, sink));
    tokio::task::yield_now().await;
    drop(batches);
    task.await.unwrap();
    drop(server);
}
