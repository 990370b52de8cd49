//! What the workload itself says of its rollout: that it is paused, that it took too long, that no pod can be made, whom it waits
//! for.

use super::{Finding, Seen, condition, pods, wanted};
use crate::text::age;
use crate::text::fields::{at, flag, go, has, list, number, since, text};
use serde_json::Value;

/// All of it, what stops everything first.
pub fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let of = match seen.kind {
        "Deployment" => deployment,
        "StatefulSet" => stateful_set,
        _ => daemon_set,
    };
    of(seen, &mut found);
    found
}

fn deployment(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let deployment = seen.workload;
    if flag(deployment, "/spec/paused") {
        let said = "nothing is rolled out until it is resumed (kubectl rollout resume)";
        found.push(Finding::new("paused", said));
    }
    for (kind, status) in [("Progressing", "False"), ("ReplicaFailure", "True")] {
        let Some(one) = condition(deployment, kind, status) else { continue };
        let ago = since(one, "/lastTransitionTime", seen.now);
        found.push(Finding::new(text(one, "/reason"), format!("{ago} ago: {}", text(one, "/message"))));
    }
    let newest = seen.newest().filter(|_| condition(deployment, "ReplicaFailure", "True").is_none());
    if let Some(newest) = newest.filter(|_| number(deployment, "/status/updatedReplicas") < wanted(deployment)) {
        failed_create(seen, &newest.uid, found);
    }
}

/// The latest event that says that a pod could not be made. Only deployments have a condition for it.
fn failed_create(seen: &Seen<'_>, uid: &str, found: &mut Vec<Finding>) {
    let is_failure = |event: &Value| text(event, "/reason") == "FailedCreate";
    let Some(said) = seen.event(uid, is_failure) else { return };
    let (about, said) = said.split_once(": ").unwrap_or(("FailedCreate", &said));
    found.push(Finding::new(about, said));
}

fn on_delete(seen: &Seen<'_>, found: &mut Vec<Finding>) -> Option<()> {
    if text(seen.workload, "/spec/updateStrategy/type") != "OnDelete" {
        return None;
    }
    let new = seen.pods.iter().filter(|pod| seen.is_new(pod)).count();
    let count = if seen.knows_pods { format!(": {new} of {} have it", seen.pods.len()) } else { String::new() };
    found.push(Finding::new("OnDelete", format!("a pod gets the new template when it is deleted{count}")));
    Some(())
}

fn stateful_set(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let set = seen.workload;
    let start = number(set, "/spec/ordinals/start");
    let partition = number(set, "/spec/updateStrategy/rollingUpdate/partition");
    if on_delete(seen, found).is_none() && partition > 0 {
        let said = format!("{partition}: pods with a lower ordinal keep the former template");
        found.push(Finding::new("partition", said));
    }
    if !seen.knows_pods {
        return;
    }
    let name = text(set, "/metadata/name");
    let ordinals = start..start + wanted(set);
    if ordinals.clone().any(|ordinal| pod(seen, &format!("{name}-{ordinal}")).is_none()) {
        failed_create(seen, text(set, "/metadata/uid"), found);
    }
    if let Some(waits) = waits_for(seen, name, ordinals) {
        found.push(waits);
    }
}

fn pod<'a>(seen: &Seen<'a>, name: &str) -> Option<&'a Value> {
    seen.pods.iter().find(|pod| text(pod, "/metadata/name") == name).copied()
}

/// The pod that a StatefulSet waits for (pkg/controller/statefulset/stateful_set_control.go): in order the first that is not there
/// or not well; else the updated one with the highest ordinal that is not.
fn waits_for(seen: &Seen<'_>, name: &str, ordinals: std::ops::Range<i64>) -> Option<Finding> {
    let in_order = text(seen.workload, "/spec/podManagementPolicy") != "Parallel";
    let mut names: Vec<String> = ordinals.map(|ordinal| format!("{name}-{ordinal}")).collect();
    if !in_order {
        names.reverse();
    }
    let is_well = |pod: &Value| pods::is_available(seen, pod) && !has(pod, "/metadata/deletionTimestamp");
    let is_waited_for = |pod: &Value| !is_well(pod) && (in_order || seen.is_new(pod));
    let found = names.into_iter().find(|name| pod(seen, name).map_or(in_order, is_waited_for))?;
    let about = if in_order { "OrderedReady" } else { "Parallel" };
    let why = match pod(seen, &found) {
        None => "it is not there yet".into(),
        Some(pod) => pods::why(seen, pod).0,
    };
    Some(Finding::new(about, format!("it waits for {found}: {why}")))
}

fn daemon_set(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let set = seen.workload;
    let count = |field: &str| number(set, &format!("/status/{field}"));
    let (wanted, updated) = (count("desiredNumberScheduled"), count("updatedNumberScheduled"));
    if count("currentNumberScheduled") < wanted {
        failed_create(seen, text(set, "/metadata/uid"), found);
    }
    if on_delete(seen, found).is_some() || updated >= wanted {
        return;
    }
    // With a surge new pods come beside the former ones, and none of those has to go first.
    let update = at(set, "/spec/updateStrategy/rollingUpdate");
    let surges = share(at(update, "/maxSurge"), wanted) > 0;
    let most = at(update, "/maxUnavailable");
    let most_pods = if most.is_null() { 1 } else { share(most, wanted) };
    let lacking = count("numberUnavailable");
    if !surges && lacking >= most_pods {
        let nodes = broken_nodes(seen);
        let said = format!(
            "{}: {lacking} of {wanted} pods are unavailable, so no pod that is well is replaced{nodes}",
            go(most)
        );
        found.push(Finding::new("maxUnavailable", said));
    }
}

/// A number, or a percentage of all, rounded up (pkg/controller/daemon/util, `UnavailableCount`).
fn share(value: &Value, of: i64) -> i64 {
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    percent.map_or(value.as_i64().unwrap_or_default(), |percent| (percent * of + 99) / 100)
}

/// The nodes on which its pods are not available.
fn broken_nodes(seen: &Seen<'_>) -> String {
    let mut nodes: Vec<&str> =
        seen.pods.iter().filter(|pod| !pods::is_available(seen, pod)).map(|pod| text(pod, "/spec/nodeName")).collect();
    nodes.retain(|node| !node.is_empty());
    nodes.sort_unstable();
    nodes.dedup();
    match nodes.len() {
        0 => String::new(),
        1..=5 => format!("; not available on {}", nodes.join(", ")),
        more => format!("; not available on {more} nodes"),
    }
}

/// `12m ago`, of a time in an object.
pub fn ago(object: &Value, path: &str, now: i64) -> String {
    super::time(object, path).map(|at| format!("{} ago", age::human((now - at).max(0)))).unwrap_or_default()
}

/// The scheduling gates of a pod.
pub fn gates(pod: &Value) -> Vec<&str> {
    list(pod, "/spec/schedulingGates").iter().map(|gate| text(gate, "/name")).collect()
}
