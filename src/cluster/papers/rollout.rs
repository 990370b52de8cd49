//! Reading what a rollout is made of: the workload's pods, its revisions, and the events about those that are not well.

use super::changes::{Pods, Seen};
use crate::cluster::connect::Link;
use crate::cluster::related::{listed, related};
use crate::describe::{Given, Need, rollout, selector};
use crate::text::document::Document;
use futures::StreamExt;
use serde_json::Value;
use std::collections::BTreeSet;

/// Requests at a time.
const AT_ONCE: usize = 4;

/// The document, and in `seen` what it was made from.
pub async fn document(link: &Link, workload: &Value, now: i64, seen: &mut Seen) -> Document {
    let (pods, kept) =
        futures::join!(listed(link, Need::SelectedPods, workload), related(link, Need::Revisions, workload));
    let said = |fault: crate::cluster::fault::Fault| fault.to_string();
    if let Ok((_, version)) = &pods {
        let selector = workload.pointer("/spec/selector").map(selector::of).unwrap_or_default();
        seen.pods = Some(Pods { selector, version: version.clone() });
    }
    seen.waits = rollout::status(workload).1 != rollout::Stands::Done;
    let (pods, kept) = (pods.map(|(pods, _)| pods).map_err(said), kept.map_err(said));
    let asks = rollout::asks(workload, pods.as_deref().unwrap_or_default(), kept.as_deref().unwrap_or_default());
    let (events, nodes) = futures::join!(events(link, workload, &asks), nodes(link, &asks));
    let related = [(Need::SelectedPods, pods), (Need::Revisions, kept), (Need::Events, events)];
    rollout::document(&Given { object: workload, related: &related, now }, &nodes)
}

/// Events about the workload and whatever else of it is not well; or why one of them cannot be read.
async fn events(link: &Link, workload: &Value, asks: &[&Value]) -> Result<Vec<Value>, String> {
    let about: Vec<Value> = std::iter::once(workload).chain(asks.iter().copied()).map(subject).collect();
    let read = futures::stream::iter(about).map(async |object| related(link, Need::Events, &object).await);
    let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
    let read: Result<Vec<Vec<Value>>, _> = read.into_iter().collect();
    read.map(|all| all.into_iter().flatten().collect()).map_err(|fault| fault.to_string())
}

/// The nodes on which pods are that are not ready. Who may not read nodes does not miss them.
async fn nodes(link: &Link, asks: &[&Value]) -> Vec<Value> {
    let names: BTreeSet<&str> = asks
        .iter()
        .filter_map(|item| item.pointer("/spec/nodeName")?.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    let paths: Vec<String> = names.into_iter().map(|name| format!("/api/v1/nodes/{name}")).collect();
    let read = futures::stream::iter(paths).map(async |path| link.get_json::<Value>(&path).await.ok());
    read.buffered(AT_ONCE).filter_map(std::future::ready).collect().await
}

/// What of an object its events are found by. Items of lists do not say their kind, and pods' events are found without.
fn subject(object: &Value) -> Value {
    let meta = object.get("metadata").cloned().unwrap_or_default();
    let kind = object.get("kind").cloned().unwrap_or_default();
    serde_json::json!({"kind": kind, "metadata": meta})
}
