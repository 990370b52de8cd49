//! What is said of pods that are not well.

use super::*;
use serde_json::{Value as Json, json};

fn verdict_of(status: Json) -> (Health, String) {
    let pod = serde_json::from_value(json!({"metadata": {}, "spec": {"containers": [{}]}, "status": status})).unwrap();
    let Judgement { health, reason, link } = judge(&pod, &mut Words::default());
    assert_eq!(link, None);
    (health, reason.map_or_else(String::new, |reason| reason.to_string()))
}

/// The verdict on a pod of one container called api.
fn api(phase: &str, mut container: Json) -> (Health, String) {
    container["name"] = json!("api");
    verdict_of(json!({"phase": phase, "containerStatuses": [container]}))
}

fn is(health: Health, reason: &str) -> (Health, String) {
    (health, reason.into())
}

#[test]
fn a_crash_loop_tells_of_the_crash() {
    let back_off = "back-off 5m0s restarting failed container=api pod=api-1_shop(c0ffee)";
    let crash = |last: Json| {
        let waiting = json!({"reason": "CrashLoopBackOff", "message": back_off});
        api("Running", json!({"state": {"waiting": waiting}, "lastState": {"terminated": last}, "restartCount": 17}))
    };
    assert_eq!(
        crash(json!({"exitCode": 1, "reason": "Error"})),
        is(Health::Wrong, "api: exit 1, 17 restarts: back-off 5m0s restarting failed container")
    );
    assert_eq!(
        crash(json!({"exitCode": 1, "message": "cannot read\n  /etc/app/db.yaml\n"})),
        is(Health::Wrong, "api: exit 1, 17 restarts: cannot read /etc/app/db.yaml")
    );
    assert_eq!(
        crash(json!({"exitCode": 137, "reason": "OOMKilled"})).1,
        "api: OOMKilled, 17 restarts: back-off 5m0s restarting failed container"
    );
    assert_eq!(
        crash(json!({"exitCode": 139, "signal": 11, "reason": "Error"})).1,
        "api: signal 11, 17 restarts: back-off 5m0s restarting failed container"
    );
    assert_eq!(
        crash(Json::Null).1,
        "api: CrashLoopBackOff, 17 restarts: back-off 5m0s restarting failed container",
        "how it ended is not known"
    );
}

#[test]
fn waiting_is_wrong_unless_it_is_starting() {
    let waits = |reason: &str, message: &str| {
        api("Pending", json!({"state": {"waiting": {"reason": reason, "message": message}}}))
    };
    for fault in ["ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CreateContainerError"] {
        assert_eq!(waits(fault, ""), is(Health::Wrong, &format!("api: {fault}")));
    }
    assert_eq!(
        waits("CreateContainerConfigError", "secret \"db\" not found"),
        is(Health::Wrong, "api: CreateContainerConfigError: secret \"db\" not found")
    );
    for start in ["", "ContainerCreating", "PodInitializing"] {
        assert_eq!(waits(start, ""), is(Health::Changing, ""));
    }
    assert_eq!(waits("ContainerCreating", "mounting").1, "api: mounting");
}

#[test]
fn ended_pods() {
    assert_eq!(api("Succeeded", json!({"state": {"terminated": {"reason": "Completed"}}})), is(Health::Done, ""));
    let failed =
        json!({"state": {"terminated": {"exitCode": 2, "reason": "Error", "message": "no disk"}}, "restartCount": 1});
    assert_eq!(api("Failed", failed.clone()), is(Health::Wrong, "api: exit 2, 1 restart: no disk"));
    assert_eq!(api("Running", failed), is(Health::Wrong, "api: exit 2, 1 restart: no disk"), "beside others, say");
    assert_eq!(
        verdict_of(json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."})),
        is(Health::Wrong, "Evicted: The node was low on memory.")
    );
    assert_eq!(verdict_of(json!({"phase": "Failed"})), is(Health::Wrong, ""));
    assert_eq!(api("Running", json!({"state": {"terminated": {"exitCode": 0}}})).0, Health::Changing);
}

#[test]
fn init_containers_are_wrong_alike() {
    let init = |state: Json| {
        verdict_of(json!({"phase": "Pending", "initContainerStatuses": [{"name": "fetch", "state": state}]}))
    };
    assert_eq!(init(json!({"terminated": {"exitCode": 1, "reason": "Error"}})), is(Health::Wrong, "fetch: exit 1"));
    assert_eq!(init(json!({"waiting": {"reason": "ErrImagePull"}})), is(Health::Wrong, "fetch: ErrImagePull"));
    assert_eq!(init(json!({"running": {}})), is(Health::Changing, ""));
}

#[test]
fn scheduling() {
    let message = "0/9 nodes are available: 9 Insufficient cpu.";
    let pending = |reason: &str, nominated: &str| {
        let condition = json!({"type": "PodScheduled", "status": "False", "reason": reason, "message": message});
        verdict_of(json!({"phase": "Pending", "conditions": [condition], "nominatedNodeName": nominated}))
    };
    assert_eq!(pending("Unschedulable", ""), is(Health::Wrong, message));
    assert_eq!(pending("Unschedulable", "node-a1"), is(Health::Changing, message), "room is being made");
    assert_eq!(pending("SchedulingGated", ""), is(Health::Changing, message));
    assert_eq!(verdict_of(json!({"phase": "Pending"})), is(Health::Changing, ""));
}

#[test]
fn running_pods() {
    let runs = |ready: bool| json!({"name": "api", "ready": ready, "state": {"running": {}}});
    assert_eq!(api("Running", runs(true)), is(Health::Well, ""));
    assert_eq!(api("Running", runs(false)), is(Health::Changing, "api: not ready"));
    let gate = json!({"type": "Ready", "status": "False", "message": "readiness gate \"example.com/warm\" is not met"});
    let gated = json!({"phase": "Running", "conditions": [gate], "containerStatuses": [runs(true)]});
    assert_eq!(verdict_of(gated), is(Health::Changing, "readiness gate \"example.com/warm\" is not met"));
    let mut restarted = runs(true);
    restarted["lastState"] = json!({"terminated": {"exitCode": 1}});
    assert_eq!(api("Running", restarted), is(Health::Well, ""), "it runs again");
}

#[test]
fn lost_and_deleted_pods() {
    let lost = json!({"phase": "Running", "reason": "NodeLost", "message": "node-a1 does not answer"});
    assert_eq!(verdict_of(lost), is(Health::Unknown, "node-a1 does not answer"));
    assert_eq!(verdict_of(json!({"phase": "Unknown"})), is(Health::Unknown, ""));
    let deleted = json!({
        "metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"},
        "status": {"phase": "Running", "containerStatuses": [{"state": {"terminated": {"exitCode": 143}}}]},
    });
    let judgement = judge(&serde_json::from_value(deleted).unwrap(), &mut Words::default());
    assert_eq!((judgement.health, judgement.reason), (Health::Changing, None), "ended because it was asked to");
}

#[test]
fn sentences_are_cut_on_one_line() {
    let cut_of = |text: &str| judgement(Health::Wrong, text, &mut Words::default()).reason.unwrap().to_string();
    assert_eq!(cut_of(" a\r\n\t b\n"), "a b");
    let full = "é".repeat(200);
    assert_eq!(cut_of(&full), full);
    assert_eq!(cut_of(&"é".repeat(5000)), full.clone() + "…");
    assert_eq!(cut_of(&"é ".repeat(5000)).chars().count(), 201);
    assert_eq!(judgement(Health::Wrong, " \n", &mut Words::default()).reason, None);
}
