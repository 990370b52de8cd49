//! Logs that are refused, waited for, or over; and streams that are cut.

use crate::script::server;
use crate::{Reader, api, pod, running, sent, want};
use rk9s::cluster::fault::Class;
use rk9s::cluster::logs::{Run, State, Which};
use rk9s::store::log::Kind;
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_log_is_asked_for_with_times_and_its_tail_and_resumed_by_time() {
    let (mut server, link) = server(None);
    let mut reader = Reader::start(&link, want(api(), Run::Current));
    server.next().await.json(&pod("uid", 0, running()));
    let call = server.next().await;
    assert!(call.uri.starts_with("/api/v1/namespaces/shop/pods/orders/log?"), "{}", call.uri);
    for asked in ["timestamps=true", "follow=true", "container=api", "tailLines=1000"] {
        assert!(call.has(asked), "{asked}: {}", call.uri);
    }
    let stream = call.stream_of("text/plain", None);
    stream.bytes([sent(2_500_000, "\u{1b}[31mone\u{1b}[0m"), sent(2_600_000, "two")].concat().as_bytes());
    reader.until(|reader| reader.states.last() == Some(&State::Following)).await;
    stream.bytes(b"2026-05-28T20:26:4");
    stream.cut();
    server.next().await.json(&pod("uid", 0, running()));
    let call = server.next().await;
    assert!(call.uri.contains("sinceTime=2026-05-28T20%3A26%3A41Z") && !call.uri.contains("tailLines"), "{}", call.uri);
    let again = [sent(2_100_000, "before the tail"), sent(2_500_000, "\u{1b}[31mone\u{1b}[0m")];
    let stream = call.stream_of("text/plain", None);
    stream.bytes(
        [&again[0], &again[1], &sent(2_600_000, "two"), &sent(2_600_000, "two"), &sent(3_000_000, "three")]
            .map(String::as_str)
            .concat()
            .as_bytes(),
    );
    reader.until(|reader| reader.lines.len() == 4).await;
    assert_eq!(reader.texts(), ["one", "two", "two", "three"], "colours are taken out, doubles told");
    assert!(reader.states.iter().any(|state| matches!(state, State::Retrying(_))));
}

#[tokio::test(start_paused = true)]
async fn a_container_that_waits_to_start_is_waited_for() {
    let (mut server, link) = server(None);
    let mut reader = Reader::start(&link, want(api(), Run::Current));
    server.next().await.json(&pod("uid", 0, json!({"waiting": {"reason": "ContainerCreating"}})));
    for _ in 0..3 {
        let why = "container \"api\" in pod \"orders\" is waiting to start: ContainerCreating";
        server.next().await.status(400, why);
    }
    let stream = server.next().await.stream_of("text/plain", None);
    stream.bytes(sent(0, "up").as_bytes());
    reader.until(|reader| reader.lines.len() == 1).await;
    assert!(reader.states.contains(&State::Waiting("ContainerCreating".into())), "{:?}", reader.states);
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_told_and_not_asked_for_again_and_again() {
    let (mut server, link) = server(None);
    let mut reader = Reader::start(&link, want(api(), Run::Current));
    // Who may not get the pod may still read its log; here, neither.
    server.next().await.status(403, "no pods for you");
    server.next().await.status(403, "no logs for you");
    reader.pass(SECOND).await;
    let Some(State::Refused(fault)) = reader.states.last() else { panic!("{:?}", reader.states) };
    assert_eq!((fault.class, fault.said.as_str()), (Class::Forbidden, "no logs for you"));
    assert!(server.is_quiet_for(20 * SECOND).await);
}

#[tokio::test(start_paused = true)]
async fn the_run_before_is_read_once_or_is_not_there() {
    let (mut server, link) = server(None);
    let mut reader = Reader::start(&link, want(api(), Run::Previous));
    server.next().await.json(&pod("uid", 1, running()));
    let call = server.next().await;
    assert!(call.has("previous=true") && !call.has("follow=true"), "{}", call.uri);
    call.text(&[sent(0, "boom"), sent(1, "no line feed").trim_end().to_owned()].concat());
    reader.until_end().await;
    assert_eq!(reader.texts(), ["boom", "no line feed"]);
    let mut reader = Reader::start(&link, want(api(), Run::Previous));
    server.next().await.json(&pod("uid", 0, running()));
    server.next().await.status(400, "previous terminated container \"api\" in pod \"orders\" not found");
    reader.until_end().await;
    assert!(matches!(reader.states.last(), Some(State::Refused(_))), "{:?}", reader.states);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_gone_ends_its_log() {
    for replaced in [false, true] {
        let (mut server, link) = server(None);
        let mut reader = Reader::start(&link, want(api(), Run::Current));
        server.next().await.json(&pod("uid", 0, running()));
        server.next().await.text(&sent(0, "bye"));
        let call = server.next().await;
        if replaced {
            call.json(&pod("another", 0, running()))
        } else {
            call.status(404, "pods \"orders\" not found")
        }
        reader.until_end().await;
        assert_eq!(reader.texts()[0], "bye");
        assert!(reader.marks()[0].starts_with("the pod is gone"), "{:?}", reader.marks());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_kubelet_says_itself_is_a_mark_told_once() {
    let (mut server, link) = server(None);
    let mut reader = Reader::start(&link, want(api(), Run::Current));
    server.next().await.json(&pod("uid", 0, running()));
    for _ in 0..4 {
        server.next().await.text("unable to retrieve container logs for containerd://77\n");
        server.next().await.json(&pod("uid", 0, running()));
    }
    reader.pass(SECOND).await;
    assert_eq!(reader.texts(), ["unable to retrieve container logs for containerd://77"]);
    assert_eq!(reader.lines[0].kind, Kind::Mark);
}

#[tokio::test(start_paused = true)]
async fn a_silent_container_is_followed_although_the_server_sends_no_head() {
    let (mut server, link) = server(None);
    let mut reader = Reader::start(&link, want(Which::All, Run::Current));
    server.next().await.json(&pod("uid", 0, running()));
    let _open = server.next().await.hang();
    reader.until(|reader| reader.states.last() == Some(&State::Following)).await;
}
