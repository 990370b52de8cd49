//! What goes wrong on purpose.

use crate::cluster::small;
use rk9s::cluster::fault::Class;
use rk9s::demo::server::{Credential, Reach};
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
