//! The reading of a cluster against a scripted API server: every way in which a watch can end or be misled, and that the
//! rows are exactly right afterwards, without a busy loop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "server/script.rs"]
mod script;
#[path = "server/table.rs"]
mod table;
#[path = "server/thing.rs"]
mod thing;

#[path = "watch/faults.rs"]
mod faults;
#[path = "watch/older.rs"]
mod older;
#[path = "watch/pulse.rs"]
mod pulse;
#[path = "watch/reading.rs"]
mod reading;
#[path = "watch/recorded.rs"]
mod recorded;
#[path = "watch/sums.rs"]
mod sums;
#[path = "watch/tables.rs"]
mod tables;

use rk9s::cluster::watch::{ReadChoice, What};
use script::{Call, Server, Stream, list, server, thing as object};
use std::time::Duration;
use table::{Table, by, open};
use thing::PODS;

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

/// The next request, which must be a watch from `version`.
async fn rewatch_text(server: &mut Server, version: &str) -> Call {
    let call = server.next().await;
    assert!(call.has("watch=true") && call.has(&format!("resourceVersion={version}")), "{}", call.uri);
    call
}

/// The next watch from `version`, after the question whether history is as it was, if that is asked.
async fn rewatch_or_doubt(server: &mut Server, version: u64) -> Call {
    let call = server.next().await;
    if !call.has("limit=1") {
        assert!(call.has("watch=true") && call.has(&format!("resourceVersion={version}")), "{}", call.uri);
        return call;
    }
    call.json(&list(&["a"], version + 1, "more"));
    rewatch(server, version).await
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
