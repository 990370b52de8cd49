//! Whether the server answers: a frozen server is noticed within ten seconds and said, an answering one is caught up with at
//! once, and an idle link costs a tiny request every five seconds.

use crate::script::{Server, thing as object};
use crate::table::Table;
use crate::*;
use rk9s::cluster::pulse::{Pulse, pulse_by};
use rk9s::store::delta::State;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A live watch with somebody who takes the pulse, by a wall clock that can be moved.
struct Patient {
    server: Server,
    table: Table,
    stream: Stream,
    ahead: Arc<AtomicU64>,
    pulse: watch::Receiver<Pulse>,
    task: JoinHandle<()>,
}

impl Drop for Patient {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn patient() -> Patient {
    let (mut server, link) = server(NEAR);
    let (shared, sender) = rk9s::cluster::watch::Shared::new();
    let (ahead, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let wall = ahead.clone();
    let wall = move || Duration::from_secs(1_000_000 + wall.load(Ordering::Relaxed)) + began.elapsed();
    let pulse = sender.subscribe();
    let task = tokio::spawn(pulse_by(link.clone(), shared.clone(), sender, wall));
    let mut table = open(&link, pods(), |spec| spec.shared = shared);
    let stream = server.next().await.stream();
    send_list(&stream, &["a", "b"], 10);
    table.shows(&["a", "b"]).await;
    Patient { server, table, stream, ahead, pulse, task }
}

#[tokio::test(start_paused = true)]
async fn a_frozen_server_is_said_within_ten_seconds_and_caught_up_with_at_once() {
    let mut patient = patient().await;
    let frozen = Instant::now();
    let ping = patient.server.next().await;
    assert_eq!((ping.uri.as_str(), frozen.elapsed()), ("/livez/ping", 5 * SECOND));
    let hung = ping.hang();
    patient.table.until(Table::is_stale).await;
    assert!(frozen.elapsed() < 10 * SECOND, "{:?}", frozen.elapsed());
    assert_eq!(patient.table.names(), ["a", "b"]);
    assert!(patient.stream.is_gone(), "the connection is not trusted any more");
    let Some(State::Stale { since, .. }) = patient.table.state().cloned() else { panic!() };
    assert!(since > 0);
    // Frozen for a minute: always one small request under way, no watches.
    let end = Instant::now() + 60 * SECOND;
    let mut held = vec![hung];
    while let Ok(call) = tokio::time::timeout_at(end, patient.server.next()).await {
        assert_eq!(call.uri, "/livez/ping");
        held.push(call.hang());
    }
    assert!(held.len() < 35, "{} requests in a minute", held.len());
    // It thaws: the request that waits is answered.
    let thawed = Instant::now();
    patient.server.next().await.text("ok");
    let stream = rewatch_after_doubt(&mut patient.server, 10).await.stream();
    stream.event("DELETED", &object("a", 11));
    patient.table.shows(&["b"]).await;
    assert!(thawed.elapsed() < 3 * SECOND, "{:?}", thawed.elapsed());
    assert!(patient.pulse.borrow().answering);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_gone_is_asked_twice_a_second_at_most() {
    let mut patient = patient().await;
    let before = patient.server.requests();
    let end = Instant::now() + 65 * SECOND;
    while let Ok(call) = tokio::time::timeout_at(end, patient.server.next()).await {
        call.refuse();
    }
    let requests = patient.server.requests() - before;
    assert!((50..=125).contains(&requests), "{requests} requests in a minute");
    assert!(!patient.pulse.borrow().answering);
}

#[tokio::test(start_paused = true)]
async fn as_long_as_anything_comes_nothing_is_asked() {
    let mut patient = patient().await;
    for version in 11..40 {
        tokio::time::sleep(4 * SECOND).await;
        patient.stream.bookmark(version);
    }
    assert_eq!(patient.server.requests(), 1);
    let ping = patient.server.next().await;
    let asked = Instant::now();
    tokio::time::sleep(Duration::from_millis(30)).await;
    ping.text("ok");
    patient.server.next().await.text("ok");
    assert_eq!(asked.elapsed(), 5 * SECOND + Duration::from_millis(30));
    assert_eq!(patient.pulse.borrow().round_trip, Some(Duration::from_millis(30)));
    patient.table.pass(SECOND).await;
    assert!(patient.table.is_live());
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_an_answer_even_if_it_says_no() {
    let mut patient = patient().await;
    for (path, code) in [("/livez/ping", 403), ("/livez", 404), ("/version", 403), ("/version", 401), ("/version", 500)]
    {
        let call = patient.server.next().await;
        assert_eq!(call.uri, path);
        call.status(code, "no");
    }
    assert!(patient.pulse.borrow().answering);
    patient.server.next().await.status(503, "no backend");
    patient.table.until(Table::is_stale).await;
    assert!(!patient.pulse.borrow().answering);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_has_slept_connects_anew_and_catches_up() {
    let mut patient = patient().await;
    tokio::time::sleep(SECOND).await;
    patient.ahead.store(3600, Ordering::Relaxed);
    let woke = Instant::now();
    let stream = loop {
        let call = patient.server.next().await;
        match call.uri.as_str() {
            uri if uri.starts_with("/livez") => call.text("ok"),
            uri if uri.contains("limit=1") => call.json(&list(&["a"], 50, "more")),
            uri => {
                assert!(uri.contains("resourceVersion=10"), "{uri}");
                break call.stream();
            }
        }
    };
    assert!(woke.elapsed() <= 5 * SECOND && patient.stream.is_gone());
    patient.table.until(|table| table.state() == Some(&State::CatchingUp)).await;
    stream.event("ADDED", &object("c", 51));
    patient.table.shows(&["a", "b", "c"]).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_before_the_server_was_heard_once() {
    let (mut server, link) = server(NEAR);
    let (shared, sender) = rk9s::cluster::watch::Shared::new();
    let task = tokio::spawn(rk9s::cluster::pulse::pulse(link, shared, sender));
    assert!(server.is_quiet_for(600 * SECOND).await, "a plugin may be asking for a password");
    task.abort();
}
