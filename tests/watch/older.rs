//! Servers that cannot do all that the latest ones can.

use crate::script::{list, server, thing as object};
use crate::table::{Table, by, open};
use crate::*;
use rk9s::cluster::watch::{How, ReadChoice};
use rk9s::store::delta::State;
use tokio::time::Instant;

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
        assert_eq!(table.count.how(), How::Poll);
        assert!(*since > 0 && fault.asked == "watch pods", "{fault:?}");
        server.next().await.json(&list(&["b"], 8, ""));
        table.until(|table| table.names() == ["b"]).await;
        assert!(table.shared.habits.streams(), "a matter of rights says nothing of the server");
    }
}
