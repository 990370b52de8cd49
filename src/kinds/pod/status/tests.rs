//! One pod for each form that printPod gives STATUS.

use super::*;
use serde_json::{Value as Json, json};

/// `READY STATUS RESTARTS`, with `@LAST` when there is a last restart.
fn said(pod: Json) -> String {
    let pod: Pod = serde_json::from_value(pod).unwrap();
    let Summary { status, ready, wanted, restarts } = summary(&pod);
    let last = restarts.last().map_or_else(String::new, |at| format!("@{at}"));
    format!("{ready}/{wanted} {status} {}{last}", restarts.count)
}

/// A container's status; main containers of the spec are named a, b; init ones i, j; the sidecar s.
fn status(name: &str, state: Json) -> Json {
    json!({"name": name, "state": state})
}

fn waiting(reason: &str) -> Json {
    json!({"waiting": {"reason": reason}})
}

fn ended(code: i32, signal: i32, reason: &str) -> Json {
    json!({"terminated": {"exitCode": code, "signal": signal, "reason": reason}})
}

fn runs(name: &str) -> Json {
    json!({"name": name, "ready": true, "started": true, "state": {"running": {}}})
}

fn pod(phase: &str, inits: &[Json], mains: &[Json]) -> Json {
    let named = |statuses: &[Json]| -> Vec<Json> {
        let policy = |name: &Json| if name == "s" { "Always" } else { "" };
        statuses.iter().map(|s| json!({"name": s["name"], "restartPolicy": policy(&s["name"])})).collect()
    };
    json!({
        "metadata": {},
        "spec": {"containers": named(mains), "initContainers": named(inits)},
        "status": {"phase": phase, "containerStatuses": mains, "initContainerStatuses": inits},
    })
}

fn with(mut pod: Json, key: &str, value: Json) -> Json {
    pod["status"][key] = value;
    pod
}

fn deleted(mut pod: Json) -> Json {
    pod["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
    pod
}

fn condition(kind: &str, status: &str, reason: &str) -> Json {
    json!([{"type": kind, "status": status, "reason": reason}])
}

#[test]
fn phases_and_reasons_of_the_pod() {
    assert_eq!(said(json!({})), "0/0  0");
    assert_eq!(said(pod("Pending", &[], &[])), "0/0 Pending 0");
    assert_eq!(said(pod("Running", &[], &[runs("a"), runs("b")])), "2/2 Running 0");
    assert_eq!(said(with(pod("Failed", &[], &[]), "reason", json!("Evicted"))), "0/0 Evicted 0");
    let gated = with(pod("Pending", &[], &[]), "conditions", condition("PodScheduled", "False", "SchedulingGated"));
    assert_eq!(said(with(gated, "reason", json!("Other"))), "0/0 SchedulingGated 0");
    let unschedulable = condition("PodScheduled", "False", "Unschedulable");
    assert_eq!(said(with(pod("Pending", &[], &[]), "conditions", unschedulable)), "0/0 Pending 0");
}

#[test]
fn main_containers() {
    let one = |state| said(pod("Running", &[], &[status("a", state)]));
    assert_eq!(one(waiting("CrashLoopBackOff")), "0/1 CrashLoopBackOff 0");
    assert_eq!(one(waiting("ContainerCreating")), "0/1 ContainerCreating 0");
    assert_eq!(one(waiting("")), "0/1 Running 0", "no reason changes nothing");
    assert_eq!(one(json!({})), "0/1 Running 0");
    assert_eq!(one(json!({"running": {}})), "0/1 Running 0", "not ready");
    assert_eq!(one(ended(137, 9, "OOMKilled")), "0/1 OOMKilled 0");
    assert_eq!(one(ended(137, 9, "")), "0/1 Signal:9 0");
    assert_eq!(one(ended(3, 0, "")), "0/1 ExitCode:3 0");
    assert_eq!(one(ended(0, 0, "Completed")), "0/1 Completed 0");
    let first_wins = pod("Running", &[], &[status("a", waiting("First")), status("b", waiting("Second"))]);
    assert_eq!(said(first_wins), "0/2 First 0");
}

#[test]
fn completed_beside_others() {
    let completed = || status("a", ended(0, 0, "Completed"));
    let beside = pod("Running", &[], &[completed(), runs("b")]);
    assert_eq!(said(beside.clone()), "1/2 NotReady 0");
    assert_eq!(said(with(beside, "conditions", condition("Ready", "True", ""))), "1/2 Running 0");
    let failed = pod("Running", &[], &[completed(), status("b", ended(1, 0, "Error"))]);
    assert_eq!(said(failed), "0/2 Error 0", "a failure is not hidden by a success before it");
    let unready = pod("Running", &[], &[completed(), status("b", json!({"running": {}}))]);
    assert_eq!(said(unready), "0/2 Completed 0", "kubectl counts only ready ones as running");
}

#[test]
fn init_containers() {
    let done = || status("i", ended(0, 0, "Completed"));
    let at = |state| said(pod("Pending", &[done(), status("j", state)], &[status("a", waiting("PodInitializing"))]));
    assert_eq!(at(waiting("PodInitializing")), "0/1 Init:1/2 0");
    assert_eq!(at(json!({"running": {}})), "0/1 Init:1/2 0");
    assert_eq!(at(waiting("ImagePullBackOff")), "0/1 Init:ImagePullBackOff 0");
    assert_eq!(at(ended(1, 0, "Error")), "0/1 Init:Error 0");
    assert_eq!(at(ended(137, 9, "")), "0/1 Init:Signal:9 0");
    assert_eq!(at(ended(2, 0, "")), "0/1 Init:ExitCode:2 0");
    assert_eq!(at(ended(0, 0, "Completed")), "0/1 PodInitializing 0");
    let restarted = pod("Running", &[status("i", ended(1, 0, "Error"))], &[runs("a")]);
    assert_eq!(said(restarted.clone()), "0/1 Init:Error 0");
    let initialized = with(restarted, "conditions", condition("Initialized", "True", ""));
    assert_eq!(said(initialized), "1/1 Init:Error 0", "main containers count, though none has a word to say");
}

#[test]
fn sidecars() {
    assert_eq!(said(pod("Running", &[runs("s")], &[runs("a")])), "2/2 Running 0");
    let unready = json!({"name": "s", "started": true, "state": {"running": {}}});
    assert_eq!(said(pod("Running", &[unready], &[runs("a")])), "1/2 Running 0");
    let starting = json!({"name": "s", "started": false, "state": {"running": {}}});
    assert_eq!(said(pod("Pending", &[starting], &[status("a", waiting(""))])), "0/2 Init:0/1 0");
    let crashed = pod("Running", &[status("s", ended(1, 0, "Error"))], &[runs("a")]);
    assert_eq!(said(crashed), "0/2 Init:Error 0");
}

#[test]
fn deletion() {
    assert_eq!(said(deleted(pod("Running", &[], &[runs("a")]))), "1/1 Terminating 0");
    assert_eq!(said(deleted(pod("Succeeded", &[], &[status("a", ended(0, 0, "Completed"))]))), "0/1 Completed 0");
    assert_eq!(said(deleted(pod("Failed", &[], &[]))), "0/0 Failed 0");
    let lost = with(pod("Running", &[], &[runs("a")]), "reason", json!("NodeLost"));
    assert_eq!(said(lost.clone()), "1/1 NodeLost 0");
    assert_eq!(said(deleted(lost)), "1/1 Unknown 0");
}

#[test]
fn restarts_and_the_last_of_them() {
    let restarted = |mut status: Json, count: i32, at: Option<&str>| {
        status["restartCount"] = json!(count);
        status["lastState"] = json!({"terminated": {"finishedAt": at}});
        status
    };
    let (early, late) = (Some("1970-01-01T00:01:40Z"), Some("1970-01-01T00:03:20Z"));
    let two = [restarted(runs("a"), 2, early), restarted(runs("b"), 3, late)];
    assert_eq!(said(pod("Running", &[], &two)), "2/2 Running 5@200");
    assert_eq!(said(pod("Running", &[], &[restarted(runs("a"), 4, None)])), "1/1 Running 4");
    assert_eq!(said(pod("Running", &[], &[restarted(runs("a"), 0, late)])), "1/1 Running 0", "no restart, no time");
    let done = || restarted(status("i", ended(0, 0, "Completed")), 7, late);
    let main = || restarted(runs("a"), 1, early);
    assert_eq!(said(pod("Running", &[done()], &[main()])), "1/1 Running 1@100", "init containers are over");
    assert_eq!(said(pod("Running", &[restarted(runs("s"), 5, late)], &[main()])), "2/2 Running 6@200");
    let at_init = restarted(status("j", waiting("CrashLoopBackOff")), 2, early);
    assert_eq!(said(pod("Pending", &[done(), at_init], &[main()])), "0/1 Init:CrashLoopBackOff 9@200");
}
