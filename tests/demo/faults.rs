//! What goes wrong on purpose, and what happens by itself.

use crate::cluster::small;
use rk9s::cluster::fault::Class;
use rk9s::demo::server::{Credential, Reach};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[tokio::test(start_paused = true)]
async fn a_cut_cluster_cannot_be_reached_and_comes_back() {
    let small = small();
    small.link.ping().await.unwrap();
    small.cluster.set_faults(|faults| faults.reach = Reach::Cut);
    assert_eq!(small.link.ping().await.unwrap_err().class, Class::Unreachable);
    small.cluster.set_faults(|faults| faults.reach = Reach::Open);
    small.link.ping().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_frozen_cluster_answers_nothing_until_it_thaws() {
    let small = small();
    small.cluster.set_faults(|faults| faults.reach = Reach::Frozen);
    let get = small.get("/livez");
    tokio::pin!(get);
    assert!(timeout(Duration::from_secs(600), &mut get).await.is_err());
    small.cluster.set_faults(|faults| faults.reach = Reach::Open);
    assert_eq!(get.await.text, "ok");
}

#[tokio::test(start_paused = true)]
async fn a_credential_expires_and_a_link_is_slow() {
    let small = small();
    small.cluster.set_faults(|faults| faults.credential = Credential::Expired);
    assert_eq!(small.get("/api/v1/pods").await.refusal(), (401, "Unauthorized", "Unauthorized"));
    assert_eq!(small.get("/livez").await.code, 200);
    small.cluster.set_faults(|faults| {
        faults.credential = Credential::Taken;
        faults.delay = Duration::from_millis(400);
    });
    let begin = Instant::now();
    assert_eq!(small.get("/api/v1/pods").await.code, 200);
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(400) && took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn the_clusters_time_is_the_runtimes_and_old_events_are_forgotten() {
    let small = small();
    let event = json!({"metadata": {"name": "e", "namespace": "shop"}, "lastTimestamp": "2026-01-01T00:00:00Z"});
    small.put("events", event);
    let there = || small.cluster.act(|world| world.get("events", "shop", "e").is_some());
    let living = timeout(Duration::from_secs(3500), small.cluster.run());
    assert!(living.await.is_err() && there());
    assert_eq!(small.cluster.now().to_string(), "2026-01-01T00:58:20Z");
    assert!(timeout(Duration::from_secs(300), small.cluster.run()).await.is_err());
    assert!(!there(), "an hour has passed");
}
