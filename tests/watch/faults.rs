//! Every way in which a list or a watch can fail: afterwards the rows are exactly right, what was shown meanwhile was not
//! wrong, and the server was not stormed.

use crate::script::{self, Server, list, server, status, thing as object};
use crate::table::{Table, by, open};
use crate::*;
use rk9s::cluster::fault::Class;
use rk9s::cluster::watch::ReadChoice;
use rk9s::kinds::Word;
use rk9s::store::delta::State;
use serde_json::json;
use tokio::time::Instant;

/// No state since `live` but live itself: the user saw nothing.
fn nothing_was_said(table: &Table) -> bool {
    table.states.iter().skip_while(|state| **state != State::Live).all(|state| *state == State::Live)
}

/// The fault that the table shows.
fn class(table: &Table) -> Option<Class> {
    match table.state()? {
        State::Stale { fault, .. } | State::Refused(fault) => Some(fault.class),
        _ => None,
    }
}

/// Answers everything in the same way for so long; how many requests that took.
async fn storm(server: &mut Server, time: Duration, answer: impl Fn(Call)) -> usize {
    let (before, end) = (server.requests(), Instant::now() + time);
    while let Ok(call) = tokio::time::timeout_at(end, server.next()).await {
        answer(call);
    }
    server.requests() - before
}

mod gone {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn in_the_stream_lists_again_and_drops_what_is_no_longer_there() {
        let (mut server, mut table, stream) = live().await;
        stream.event("ERROR", &status(410, "too old resource version"));
        let call = relist(&mut server).await;
        assert!(call.has("resourceVersion=10"), "not older than what is known: {}", call.uri);
        let stream = call.stream();
        stream.event("ADDED", &object("b", 20));
        table.until(|table| table.state() == Some(&State::CatchingUp)).await;
        assert_eq!(table.names(), ["a", "b"], "no blank table while the list comes");
        stream.event("ADDED", &object("c", 21));
        stream.initial_end(22);
        table.shows(&["b", "c"]).await;
        assert!(!table.states.iter().any(|state| matches!(state, State::Stale { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn as_the_answer_to_the_watch_lists_again() {
        let (mut server, mut table, stream) = live().await;
        tokio::time::sleep(60 * SECOND).await;
        stream.close();
        rewatch(&mut server, 10).await.status(410, "Gone");
        let stream = relist(&mut server).await.stream();
        send_list(&stream, &["c"], 30);
        table.shows(&["c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn for_ever_is_no_busy_loop_and_is_said() {
        let (mut server, mut table, stream) = live().await;
        stream.event("ERROR", &status(410, "too old resource version"));
        let requests = storm(&mut server, 120 * SECOND, |call| call.status(410, "Gone")).await;
        assert!((60..300).contains(&requests), "{requests} requests in two minutes");
        table.pass(SECOND).await;
        assert_eq!(class(&table), Some(Class::Gone));
        assert_eq!(table.names(), ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_has_expired_starts_the_list_again_and_then_asks_for_it_whole() {
        let (mut server, link) = server(FAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        for _ in 0..2 {
            server.next().await.json(&list(&["a", "old"], 7, "token"));
            let call = server.next().await;
            assert!(call.has("continue=token"), "{}", call.uri);
            call.status(410, "the provided continue parameter is too old");
        }
        let call = server.next().await;
        assert!(!call.uri.contains("limit=") && !call.uri.contains("continue="), "{}", call.uri);
        call.json(&list(&["a", "b"], 9, ""));
        let _stream = rewatch(&mut server, 9).await.stream();
        table.shows(&["a", "b"]).await;
    }
}

mod tokens {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn that_the_server_does_not_take_start_the_list_again() {
        let (mut server, link) = server(FAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        server.next().await.json(&list(&["a", "old"], 7, "token"));
        server.next().await.status(400, "continue key is not valid");
        let call = server.next().await;
        assert!(!call.uri.contains("continue="), "{}", call.uri);
        call.json(&list(&["a", "b"], 9, ""));
        let _stream = rewatch(&mut server, 9).await.stream();
        table.shows(&["a", "b"]).await;
    }
}

mod broken {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reset_connection_is_said_at_once_and_goes_on_where_it_was() {
        let (mut server, mut table, stream) = live().await;
        stream.event("ADDED", &object("c", 11));
        table.shows(&["a", "b", "c"]).await;
        stream.cut();
        let began = Instant::now();
        table.until(Table::is_stale).await;
        assert_eq!((began.elapsed(), class(&table)), (Duration::ZERO, Some(Class::Unreachable)));
        let stream = rewatch_after_doubt(&mut server, 11).await.stream();
        stream.event("DELETED", &object("a", 12));
        table.shows(&["b", "c"]).await;
        assert!(began.elapsed() < SECOND);
        assert!(table.states.contains(&State::CatchingUp));
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_of_garbage_goes_on_from_the_event_before_it() {
        for garbage in
            [&b"\x00\xffgarbage\n"[..], b"{\"type\":\"ADDED\"}\n", b"{\"type\":\"NEWS\",\"object\":{}}\n", b"[]\n"]
        {
            let (mut server, mut table, stream) = live().await;
            stream.event("ADDED", &object("c", 11));
            stream.bytes(garbage);
            stream.event("ADDED", &object("never", 12));
            let stream = rewatch(&mut server, 11).await.stream();
            stream.event("ADDED", &object("d", 12));
            table.shows(&["a", "b", "c", "d"]).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn garbage_without_end_lists_again_and_is_no_busy_loop() {
        let (mut server, mut table, stream) = live().await;
        stream.bytes(b"garbage\n");
        let requests = storm(&mut server, 60 * SECOND, |call| call.text("garbage\n")).await;
        assert!(requests < 150, "{requests} requests in a minute");
        table.pass(SECOND).await;
        assert_eq!(table.names(), ["a", "b"]);
        assert!(table.is_stale());
        loop {
            let call = server.next().await;
            if call.has("sendInitialEvents=true") || call.has("limit=500") {
                break call.json(&list(&["z"], 50, ""));
            }
            call.text("garbage\n");
        }
        let _stream = rewatch(&mut server, 50).await.stream();
        table.shows(&["z"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_ends_inside_a_line_goes_on() {
        let (mut server, mut table, stream) = live().await;
        stream.bytes(b"{\"type\":\"ADDED\",\"object\":{\"metad");
        stream.close();
        let stream = rewatch_or_doubt(&mut server, 10).await.stream();
        stream.event("ADDED", &object("c", 11));
        table.shows(&["a", "b", "c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_cut_off_is_never_taken_for_the_whole() {
        let (mut server, mut table, stream) = live().await;
        stream.event("ERROR", &status(410, "too old resource version"));
        let stream = relist(&mut server).await.stream();
        stream.event("ADDED", &object("a", 20));
        stream.close();
        table.until(Table::is_stale).await;
        assert_eq!(table.names(), ["a", "b"]);
        let stream = relist(&mut server).await.stream();
        send_list(&stream, &["a", "c"], 21);
        table.shows(&["a", "c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_fails_between_pages_goes_on_there() {
        let (mut server, link) = server(FAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        server.next().await.json(&list(&["a"], 7, "two"));
        server.next().await.json(&list(&["b"], 7, "three"));
        for _ in 0..3 {
            let call = server.next().await;
            assert!(call.has("continue=three"), "{}", call.uri);
            call.refuse();
        }
        table.until(Table::is_stale).await;
        server.next().await.json(&list(&["c"], 7, ""));
        let _stream = rewatch(&mut server, 7).await.stream();
        table.shows(&["a", "b", "c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_down_is_tried_ever_more_rarely_and_a_key_brings_the_next_try() {
        let (mut server, link) = server(NEAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        let early = storm(&mut server, 120 * SECOND, Call::refuse).await;
        assert!((60..200).contains(&early), "{early} requests in the first two minutes");
        storm(&mut server, 60 * SECOND, Call::refuse).await;
        let late = storm(&mut server, 600 * SECOND, Call::refuse).await;
        assert!((20..=42).contains(&late), "{late} requests in ten minutes");
        table.pass(Duration::ZERO).await;
        let Some(State::Stale { since: 0, fault, .. }) = table.state() else { panic!("{:?}", table.state()) };
        assert_eq!(fault.class, Class::Unreachable);
        let began = Instant::now();
        table.shared.nudge.notify_waiters();
        let stream = relist(&mut server).await.stream();
        assert!(began.elapsed() <= SECOND, "{:?}", began.elapsed());
        send_list(&stream, &["a"], 5);
        table.shows(&["a"]).await;
    }
}

mod silent {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_watch_without_a_byte_for_90_seconds_is_replaced_without_a_word() {
        let (mut server, mut table, stream) = live().await;
        let began = Instant::now();
        tokio::time::sleep(60 * SECOND).await;
        stream.bookmark(15);
        let next = rewatch_after_doubt(&mut server, 15).await;
        assert_eq!(began.elapsed(), 150 * SECOND);
        assert!(stream.is_gone());
        let stream = next.stream();
        stream.event("ADDED", &object("c", 16));
        table.shows(&["a", "b", "c"]).await;
        assert!(nothing_was_said(&table), "{:?}", table.states);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_is_a_timeout() {
        let (mut server, mut table, stream) = live().await;
        tokio::time::sleep(2 * SECOND).await;
        stream.close();
        let hung = rewatch(&mut server, 10).await.hang();
        table.until(Table::is_stale).await;
        assert_eq!(class(&table), Some(Class::Timeout));
        drop(hung);
        let _stream = rewatch_or_doubt(&mut server, 10).await.stream();
        table.shows(&["a", "b"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_stops_coming_is_a_timeout() {
        let (mut server, link) = server(FAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        let stream = server.next().await.stream();
        stream.bytes(b"{\"kind\":\"ThingList\",\"items\":[");
        table.until(Table::is_stale).await;
        assert_eq!(class(&table), Some(Class::Timeout));
        server.next().await.json(&list(&["a"], 7, ""));
        let _stream = rewatch(&mut server, 7).await.stream();
        table.shows(&["a"]).await;
    }
}

mod ended {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn regularly_is_no_news() {
        let (mut server, mut table, mut stream) = live().await;
        for version in 11..30 {
            tokio::time::sleep(300 * SECOND / 5).await;
            stream.bookmark(version);
            stream.close();
            stream = rewatch(&mut server, version).await.stream();
        }
        stream.event("ADDED", &object("c", 31));
        table.shows(&["a", "b", "c"]).await;
        assert!(nothing_was_said(&table), "{:?}", table.states);
        assert_eq!(server.requests(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn at_once_again_and_again_is_no_busy_loop_and_is_said() {
        let (mut server, mut table, stream) = live().await;
        stream.close();
        let requests = storm(&mut server, 60 * SECOND, |call| call.stream().close()).await;
        assert!((30..100).contains(&requests), "{requests} requests in a minute");
        table.pass(SECOND).await;
        assert!(table.is_stale(), "{:?}", table.state());
        let stream = rewatch(&mut server, 10).await.stream();
        stream.event("ADDED", &object("c", 31));
        table.shows(&["a", "b", "c"]).await;
    }
}

mod refused {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn by_rights_is_tried_every_minute_or_after_a_key() {
        for code in [403, 404] {
            let (mut server, link) = server(FAR);
            let mut table = open(&link, pods(), by(ReadChoice::Auto));
            let class_of = if code == 403 { Class::Forbidden } else { Class::NotFound };
            server.next().await.status(code, "pods is forbidden");
            table.until(Table::is_refused).await;
            assert_eq!(class(&table), Some(class_of));
            let began = Instant::now();
            server.next().await.status(code, "pods is forbidden");
            assert_eq!(began.elapsed(), 60 * SECOND);
            tokio::time::sleep(10 * SECOND).await;
            let began = Instant::now();
            table.shared.nudge.notify_waiters();
            server.next().await.json(&list(&["a"], 7, ""));
            assert!(began.elapsed() <= SECOND);
            let _stream = rewatch(&mut server, 7).await.stream();
            table.shows(&["a"]).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn by_rights_that_were_taken_away() {
        let (mut server, mut table, stream) = live().await;
        tokio::time::sleep(2 * SECOND).await;
        stream.close();
        rewatch(&mut server, 10).await.status(403, "forbidden");
        relist(&mut server).await.status(403, "forbidden");
        server.next().await.status(403, "forbidden");
        table.until(Table::is_refused).await;
        assert!(server.is_quiet_for(59 * SECOND).await);
    }

    #[tokio::test(start_paused = true)]
    async fn by_expired_credentials_is_stale_and_tried_again() {
        let (mut server, mut table, stream) = live().await;
        stream.cut();
        server.next().await.status(401, "Unauthorized");
        table.until(|table| class(table) == Some(Class::Credentials)).await;
        let _stream = rewatch_or_doubt(&mut server, 10).await.stream();
        table.shows(&["a", "b"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn by_a_busy_server_waits_as_long_as_it_asks() {
        let (mut server, mut table, stream) = live().await;
        tokio::time::sleep(2 * SECOND).await;
        stream.close();
        rewatch(&mut server, 10).await.busy(429, "too many requests", 7);
        let began = Instant::now();
        table.until(Table::is_stale).await;
        table.shared.nudge.notify_waiters();
        let stream = rewatch(&mut server, 10).await.stream();
        assert!(began.elapsed() >= 7 * SECOND, "{:?}", began.elapsed());
        stream.event("ADDED", &object("c", 11));
        table.shows(&["a", "b", "c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn by_an_internal_error_keeps_the_rows_and_the_version() {
        for code in [500, 503] {
            let (mut server, mut table, stream) = live().await;
            tokio::time::sleep(2 * SECOND).await;
            stream.close();
            for _ in 0..3 {
                rewatch(&mut server, 10).await.status(code, "etcdserver: leader changed");
            }
            table.until(Table::is_stale).await;
            assert_eq!(table.names(), ["a", "b"]);
            let stream = rewatch(&mut server, 10).await.stream();
            stream.event("DELETED", &object("b", 11));
            table.shows(&["a"]).await;
        }
    }
}

mod history {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn that_went_back_while_we_were_away_is_read_again() {
        let (mut server, mut table, stream) = live().await;
        stream.event("ADDED", &object("c", 900));
        table.shows(&["a", "b", "c"]).await;
        stream.cut();
        server.next().await.json(&list(&["a"], 500, "more"));
        let call = relist(&mut server).await;
        assert!(call.has("resourceVersion=0"), "{}", call.uri);
        let stream = call.stream();
        send_list(&stream, &["a", "b"], 501);
        table.shows(&["a", "b"]).await;
        assert_eq!(table.version.as_deref(), Some("501"));
    }

    #[tokio::test(start_paused = true)]
    async fn that_goes_back_in_a_bookmark_is_read_again() {
        let (mut server, mut table, stream) = live().await;
        stream.bookmark(5);
        let stream = relist(&mut server).await.stream();
        send_list(&stream, &["c"], 6);
        table.shows(&["c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn bookmarks_that_always_go_back_are_no_busy_loop() {
        let (mut server, mut table, stream) = live().await;
        stream.bookmark(5);
        let end = Instant::now() + 60 * SECOND;
        let mut requests = 0;
        let mut streams = Vec::new();
        while let Ok(call) = tokio::time::timeout_at(end, server.next()).await {
            let stream = call.stream();
            send_list(&stream, &["c"], 10);
            stream.bookmark(5);
            streams.push(stream);
            requests += 1;
        }
        assert!(requests < 10, "{requests}");
        table.shows(&["c"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn that_is_not_there_yet_is_waited_for_and_then_given_up() {
        let (mut server, mut table, stream) = live().await;
        stream.event("ERROR", &status(410, "too old resource version"));
        let began = Instant::now();
        let call = loop {
            let call = server.next().await;
            if !call.has("resourceVersion=10") {
                break call;
            }
            call.busy(504, "Timeout: Too large resource version: 10, current: 5", 1);
            assert!(began.elapsed() < 60 * SECOND, "it never gives up");
        };
        assert!(began.elapsed() < 20 * SECOND);
        drop(call);
        table.pass(SECOND).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_illegal_version_lists_again() {
        let (link, mut server) = {
            let (server, link) = server(FAR);
            (link, server)
        };
        let mut table = open(&link, pods(), |spec| spec.resume = Some(Word::new("rubbish")));
        rewatch_text(&mut server, "rubbish").await.status(400, "invalid resource version");
        server.next().await.json(&list(&["a"], 7, ""));
        let _stream = rewatch(&mut server, 7).await.stream();
        table.shows(&["a"]).await;
    }
}

mod objects {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn that_cannot_be_read_cost_one_row_each() {
        let (mut server, link) = server(NEAR);
        let mut table = open(&link, pods(), by(ReadChoice::Auto));
        let stream = relist(&mut server).await.stream();
        let bad = json!({"metadata": {"name": "bad", "uid": "uid-bad", "creationTimestamp": "s3cret"}});
        stream.event("ADDED", &object("a", 3));
        stream.event("ADDED", &bad);
        stream.event("ADDED", &object("b", 3));
        stream.initial_end(10);
        table.shows(&["a", "b"]).await;
        assert_eq!(table.unreadable.len(), 1);
        assert!(!table.unreadable[0].contains("s3cret"), "{:?}", table.unreadable);
        stream.event(
            "MODIFIED",
            &json!({"metadata": {"name": "a", "uid": "uid-a", "resourceVersion": "11", "labels": 4}}),
        );
        table.until(|table| table.names() == ["b"]).await;
        stream.event("MODIFIED", &object("a", 12));
        table.shows(&["a", "b"]).await;
        assert_eq!(table.version.as_deref(), Some("12"));
    }

    #[tokio::test(start_paused = true)]
    async fn with_null_everywhere_are_read() {
        let (_server, mut table, stream) = live().await;
        let nulls = json!({"name": "n", "uid": "uid-n", "resourceVersion": "11", "labels": null, "ownerReferences": null,
            "finalizers": null, "namespace": null, "creationTimestamp": null, "annotations": null});
        stream.event("ADDED", &json!({"metadata": nulls}));
        table.shows(&["a", "b", "n"]).await;
    }
}

mod resumed {
    use super::*;

    fn from(version: &str) -> impl FnOnce(&mut rk9s::cluster::watch::WatchSpec) {
        let version = Word::new(version);
        move |spec| spec.resume = Some(version)
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_on_the_way_back_catches_up_without_a_list() {
        let (mut server, link) = server(NEAR);
        let mut table = open(&link, pods(), from("10"));
        table.until(|table| table.state() == Some(&State::CatchingUp)).await;
        let stream = rewatch(&mut server, 10).await.stream();
        stream.event("ADDED", &object("c", 11));
        table.shows(&["c"]).await;
        assert_eq!(table.states, [State::CatchingUp, State::Live]);
        assert_eq!(table.count.lists(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_410_lists_again() {
        let (mut server, link) = server(NEAR);
        let mut table = open(&link, pods(), from("10"));
        rewatch(&mut server, 10).await.status(503, "starting");
        rewatch(&mut server, 10).await.stream().event("ERROR", &status(410, "too old resource version"));
        let stream = relist(&mut server).await.stream();
        send_list(&stream, &["z"], 20);
        table.shows(&["z"]).await;
        assert_eq!(script::list(&[], 1, "")["items"], json!([]));
    }
}
