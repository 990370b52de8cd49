//! What the controllers of workloads know of pods: whether they count, are ready or available, how one is made, and which goes first.
//!
//! What pods do is the kubelet's business.

use super::super::events::{self, Level};
use super::super::object::{self, Object, at, items, number, text};
use super::super::refusal::Refusal;
use super::super::world::{Deletion, World, Write};
use super::{MANAGER, News, condition, own};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::borrow::Borrow;
use std::cmp::Reverse;

/// Whether a pod has ended.
pub fn is_ended(pod: &Object) -> bool {
    matches!(text(pod, "status/phase"), "Succeeded" | "Failed")
}

/// Whether it counts as a replica (pkg/controller.IsPodActive).
pub fn is_active(pod: &Object) -> bool {
    !is_ended(pod) && !object::is_deleted(pod)
}

pub fn is_ready(pod: &Object) -> bool {
    condition::is_true(at(pod, "status"), "Ready")
}

/// When it will have been ready for so long: in the past, if it is available now; none, if it is not ready.
pub fn available_at(pod: &Object, min_ready_seconds: i64) -> Option<Timestamp> {
    let ready = Some(condition::find(at(pod, "status"), "Ready")).filter(|own| text(own, "status") == "True")?;
    let since = object::moment(ready, "lastTransitionTime");
    if min_ready_seconds == 0 {
        return Some(since.unwrap_or(Timestamp::MIN));
    }
    since?.checked_add(SignedDuration::from_secs(min_ready_seconds)).ok()
}

pub fn is_available(pod: &Object, min_ready_seconds: i64, now: Timestamp) -> bool {
    available_at(pod, min_ready_seconds).is_some_and(|at| at <= now || min_ready_seconds == 0)
}

/// How long until the next of them is available, if one is ready and not yet.
pub fn next_available(pods: &[impl Borrow<Object>], min_ready_seconds: i64, now: Timestamp) -> Option<SignedDuration> {
    let waits = pods.iter().map(Borrow::borrow).filter(|pod| !is_available(pod, min_ready_seconds, now));
    waits.filter_map(|pod| available_at(pod, min_ready_seconds)).map(|at| at.duration_since(now)).min()
}

/// Whether a change of a pod can matter to who counts pods; their restarts and messages do not.
pub fn is_turn(news: &News<'_>) -> bool {
    if news.before().is_null() || news.what == super::super::store::What::Deleted {
        return true;
    }
    const FACTS: [&str; 8] = [
        "metadata/deletionTimestamp",
        "metadata/labels",
        "metadata/ownerReferences",
        "metadata/finalizers",
        "spec/nodeName",
        "status/phase",
        "status/podIPs",
        "status/podIP",
    ];
    let (before, after) = (news.before(), news.object());
    FACTS.iter().any(|fact| at(before, fact) != at(after, fact))
        || condition::find(at(before, "status"), "Ready") != condition::find(at(after, "status"), "Ready")
}

/// A pod from a template, controlled by `owner`. It has no name yet.
pub fn from_template(template: &Value, owner: &Object) -> Object {
    let mut metadata = json!({
        "namespace": object::namespace(owner), "ownerReferences": [own::reference(owner)],
        "generateName": format!("{}-", object::name(owner)),
    });
    for field in ["labels", "annotations", "finalizers"] {
        let value = at(template, &format!("metadata/{field}"));
        if !value.is_null() {
            object::put(&mut metadata, field, value.clone());
        }
    }
    json!({"metadata": metadata, "spec": at(template, "spec")})
}

/// Creates a pod and says so of its owner (pkg/controller.RealPodControl).
pub fn create(world: &mut World, pod: Object, owner: &Object, source: &str) -> Result<Object, Refusal> {
    let made = world.create("pods", pod, Write::by(MANAGER));
    match &made {
        Ok(made) => {
            let message = format!("Created pod: {}", object::name(made));
            events::record(world, owner, Level::Normal, "SuccessfulCreate", &message, source);
        }
        Err(refusal) => {
            let message = format!("Error creating: {}", refusal.message);
            events::record(world, owner, Level::Warning, "FailedCreate", &message, source);
        }
    }
    made
}

/// Deletes a pod and says so of its owner.
pub fn delete(world: &mut World, pod: &Object, owner: &Object, source: &str) {
    let name = object::name(pod);
    if world.delete("pods", object::namespace(pod), name, &Deletion::default()).is_ok() {
        events::record(world, owner, Level::Normal, "SuccessfulDelete", &format!("Deleted pod: {name}"), source);
    }
}

/// Restarts of the container that restarted most.
pub fn restarts(pod: &Object) -> i64 {
    items(pod, "status/containerStatuses").iter().map(|own| number(own, "restartCount")).max().unwrap_or_default()
}

/// The order in which pods are taken away (pkg/controller.ActivePodsWithRanks): on no node, pending, not ready, cheap to lose, beside many
/// others of their kind, ready for a short while, often restarted, young. The real one takes moments of the same magnitude as equal and
/// then goes by uid, so that it is not always the newest that dies.
pub fn order_of_deletion(pods: &mut [impl Borrow<Object>], now: Timestamp) {
    let mut beside = std::collections::BTreeMap::<String, i64>::new();
    for pod in pods.iter().map(Borrow::borrow).filter(|pod| is_ready(pod)) {
        *beside.entry(text(pod, "spec/nodeName").to_owned()).or_default() += 1;
    }
    let magnitude = |moment: Option<Timestamp>| {
        let nanoseconds = moment.map_or(0, |moment| now.duration_since(moment).as_nanos());
        nanoseconds.max(0).checked_ilog2()
    };
    let key = |pod: &Object| {
        let (node, ready) = (text(pod, "spec/nodeName"), is_ready(pod));
        let phase = match text(pod, "status/phase") {
            "Pending" | "" => 0,
            "Unknown" => 1,
            _ => 2,
        };
        let cost: i64 =
            object::annotation(pod, "controller.kubernetes.io/pod-deletion-cost").parse().unwrap_or_default();
        let ready_since =
            ready.then(|| object::moment(condition::find(at(pod, "status"), "Ready"), "lastTransitionTime")).flatten();
        (
            (!node.is_empty(), phase, ready, cost),
            Reverse(beside.get(node).copied().unwrap_or_default()),
            magnitude(ready_since),
            Reverse(restarts(pod)),
            magnitude(object::moment(pod, "metadata/creationTimestamp")),
            object::uid(pod).to_owned(),
        )
    };
    pods.sort_by_cached_key(|pod| key(pod.borrow()));
}
