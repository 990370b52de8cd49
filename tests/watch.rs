//! The reading of a cluster against a scripted API server: every way in which a watch can end or be misled, and that the
//! rows are exactly right afterwards, without a busy loop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "server/script.rs"]
mod script;
#[path = "server/table.rs"]
mod table;
#[path = "server/thing.rs"]
mod thing;

use rk9s::cluster::fault::Class;
use rk9s::cluster::watch::{Distance, How, ReadChoice, TableOf, What};
use rk9s::kinds::From;
use rk9s::store::delta::State;
use script::{Call, Server, Stream, list, server, status, thing as object};
use serde_json::json;
use std::time::Duration;
use table::{Table, by, open};
use thing::PODS;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const FAR: Option<Duration> = Some(Duration::from_millis(40));
const NEAR: Option<Duration> = Some(Duration::from_millis(1));

fn pods() -> What {
    What::Kind(PODS)
}

/// A streamed list of `names`, complete at `version`.
fn send_list(stream: &Stream, names: &[&str], version: u64) {
    for name in names {
        stream.event("ADDED", &object(name, version));
    }
    stream.initial_end(version);
}

/// A live watch of the pods `a` and `b` as of version 10, and the stream that feeds it.
async fn live() -> (Server, Table, Stream) {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, pods(), by(ReadChoice::Auto));
    let stream = server.next().await.stream();
    send_list(&stream, &["a", "b"], 10);
    table.shows(&["a", "b"]).await;
    (server, table, stream)
}

/// The next request, which must be a watch from `version`.
async fn rewatch(server: &mut Server, version: u64) -> Call {
    let call = server.next().await;
    assert!(call.has("watch=true") && call.has(&format!("resourceVersion={version}")), "{}", call.uri);
    assert!(!call.has("sendInitialEvents=true"), "{}", call.uri);
    call
}

/// The next requests, which must be the smallest list (is history as it was?) and a watch from `version`.
async fn rewatch_after_doubt(server: &mut Server, version: u64) -> Call {
    let call = server.next().await;
    assert!(call.has("limit=1"), "{}", call.uri);
    call.json(&list(&["a"], version + 1, "more"));
    rewatch(server, version).await
}

/// The next request, which must be a whole list as a stream.
async fn relist(server: &mut Server) -> Call {
    let call = server.next().await;
    assert!(call.has("sendInitialEvents=true"), "{}", call.uri);
    call
}

mod reading {
    use super::*;

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
            stream.event("ADDED", &object(name, 3));
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
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
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
}

mod older_servers {
    use super::*;

    /// Pages of 500, not compressed, then a watch.
    async fn pages(server: &mut Server, table: &mut Table) -> Stream {
        let call = server.next().await;
        assert!(call.has("limit=500") && call.accept_encoding == "identity", "{}", call.uri);
        call.json(&list(&["a", "b"], 7, ""));
        let stream = rewatch(server, 7).await.stream();
        table.shows(&["a", "b"]).await;
        stream
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_refuses_to_stream_is_asked_once() {
        for code in [400, 422] {
            let (mut server, link) = server(NEAR);
            let mut table = open(&link, pods(), by(ReadChoice::Auto));
            relist(&mut server).await.status(code, "sendInitialEvents is forbidden");
            let _stream = pages(&mut server, &mut table).await;
            let habits = table.shared.habits.clone();
            let mut second = open(&link, pods(), |spec| spec.shared.habits = habits);
            let _other = pages(&mut server, &mut second).await;
            assert!(table.states.iter().all(|state| !matches!(state, State::Stale { .. })), "{:?}", table.states);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_ignores_the_wish_is_found_out_by_the_missing_end() {
        let (mut server, link) = server(NEAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        let stream = relist(&mut server).await.stream();
        stream.event("ADDED", &object("a", 3));
        stream.event("ADDED", &object("ghost", 3));
        let _stream = pages(&mut server, &mut table).await;
        assert!(!table.shared.habits.streams());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_answers_a_list_to_a_watch_is_read_again_and_again() {
        let (mut server, link) = server(NEAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        relist(&mut server).await.json(&list(&["a"], 7, ""));
        server.next().await.json(&list(&["a"], 7, ""));
        rewatch(&mut server, 7).await.json(&list(&["a"], 7, ""));
        table.until(|table| table.is_stale() && table.names() == ["a"]).await;
        let began = Instant::now();
        server.next().await.json(&list(&["b"], 7, ""));
        table.until(|table| table.names() == ["b"]).await;
        assert_eq!(began.elapsed(), 15 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_knows_no_protobuf_is_asked_for_json() {
        for code in [406, 415] {
            let (mut server, link) = server(NEAR);
            let mut table = open(&link, pods(), by(ReadChoice::Auto));
            relist(&mut server).await.status(code, "not acceptable");
            let call = relist(&mut server).await;
            assert_eq!(call.accept, "application/json");
            let stream = call.stream();
            send_list(&stream, &["a"], 3);
            table.shows(&["a"]).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_be_listed_but_not_watched_is_listed_again() {
        for code in [403, 405] {
            let (mut server, link) = server(NEAR);
            let mut table = open(&link, pods(), by(ReadChoice::Auto));
            relist(&mut server).await.status(code, "cannot watch");
            server.next().await.json(&list(&["a", "b"], 7, ""));
            rewatch(&mut server, 7).await.status(code, "cannot watch");
            table.until(|table| table.is_stale()).await;
            assert_eq!(table.names(), ["a", "b"]);
            let Some(State::Stale { since, fault, .. }) = table.state() else { panic!() };
            assert!(*since > 0 && fault.asked == "watch pods", "{fault:?}");
            server.next().await.json(&list(&["b"], 8, ""));
            table.until(|table| table.names() == ["b"]).await;
            assert!(table.shared.habits.streams(), "a matter of rights says nothing of the server");
        }
    }
}
