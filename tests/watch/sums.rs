//! Companion feeds over a watch: sums follow every change as soon as rows would.

use crate::script::{Server, server};
use crate::*;
use rk9s::cluster::figures::{Want, watch};
use rk9s::cluster::watch::Shared;
use rk9s::kinds::Companion;
use rk9s::store::delta::{Batch, Delta};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

fn pod(name: &str, node: &str, version: u64) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version.to_string()},
        "spec": {"nodeName": node, "containers": [{"name": "a"}]}, "status": {"phase": "Running"}})
}

/// Takes batches until pods by node are as wanted.
async fn until(batches: &mut mpsc::Receiver<Batch>, known: &mut BTreeMap<String, i64>, want: &[(&str, i64)]) {
    while known.iter().map(|(node, pods)| (node.as_str(), *pods)).ne(want.iter().copied()) {
        let batch = tokio::time::timeout(5 * SECOND, batches.recv()).await.expect("sums that follow at once").unwrap();
        let figures = batch.deltas.into_iter().filter_map(|delta| match delta {
            Delta::Figures(figures) => Some(figures),
            _ => None,
        });
        for (key, sum) in figures.flatten() {
            known.insert(key.to_string(), sum.unwrap_or_default().pods);
        }
        known.retain(|_, pods| *pods != 0);
    }
}

#[tokio::test(start_paused = true)]
async fn pods_by_node_follow_every_event() {
    let (mut server, link): (Server, _) = server(NEAR);
    let (shared, _pulse) = Shared::new();
    let (sink, mut batches) = mpsc::channel(8);
    let want = Want { companion: Companion::Pods, beside: "nodes", namespace: None, pod: None };
    let feed = tokio::spawn(watch(link, want, shared, std::sync::Arc::default(), sink));
    let stream = relist(&mut server).await.stream();
    for (name, node) in [("a", "n1"), ("b", "n1"), ("c", "n2")] {
        stream.event("ADDED", &pod(name, node, 3));
    }
    stream.initial_end(10);
    let mut known = BTreeMap::new();
    until(&mut batches, &mut known, &[("n1", 2), ("n2", 1)]).await;
    stream.event("DELETED", &pod("a", "n1", 11));
    until(&mut batches, &mut known, &[("n1", 1), ("n2", 1)]).await;
    stream.event("ADDED", &pod("d", "n3", 12));
    until(&mut batches, &mut known, &[("n1", 1), ("n2", 1), ("n3", 1)]).await;
    feed.abort();
}
