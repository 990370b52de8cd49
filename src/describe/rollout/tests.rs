//! Rollouts that are stuck in each of the ways that the cluster tells of.

use super::*;
use serde_json::json;

/// 12:00 of the day on which all happens.
const NOW: i64 = 1_767_268_800;

fn at_time(clock: &str) -> String {
    format!("2026-01-01T{clock}:00Z")
}

fn owned(kind: &str, name: &str, uid: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true}])
}

fn template(image: &str) -> Value {
    json!({"spec": {"containers": [{"name": "api", "image": image}]}})
}

fn deployment(spec: Value, status: Value) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "uid": "web", "generation": 2}, "spec": {"replicas": 3, "template": template("web:2")}, "status": {"observedGeneration": 2}});
    merge(&mut object["spec"], spec);
    merge(&mut object["status"], status);
    object
}

fn set(kind: &str, spec: Value, status: Value) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "db", "uid": "db", "generation": 2},
        "spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate"}}, "status": {"observedGeneration": 2}});
    merge(&mut object["spec"], spec);
    merge(&mut object["status"], status);
    object
}

fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("no object") };
    into.as_object_mut().unwrap().extend(more);
}

fn replica_set(number: i64) -> Value {
    json!({"metadata": {"name": format!("web-{number}"), "uid": format!("rs-{number}"), "creationTimestamp": at_time("10:00"),
        "annotations": {"deployment.kubernetes.io/revision": number.to_string(), "kubernetes.io/change-cause": format!("release {number}")},
        "ownerReferences": owned("Deployment", "web", "web")}, "spec": {"template": template(&format!("web:{number}"))}})
}

fn kept(kind: &str, number: i64) -> Value {
    json!({"metadata": {"name": format!("db-{number}x"), "uid": format!("cr-{number}"), "creationTimestamp": at_time("10:00"),
        "ownerReferences": owned(kind, "db", "db")}, "revision": number, "data": {"spec": {"template": template(&format!("db:{number}"))}}})
}

fn pod(name: &str, owner: Value, hash: &str, status: Value) -> Value {
    json!({"metadata": {"name": name, "uid": name, "ownerReferences": owner, "creationTimestamp": at_time("11:00"),
        "labels": {"controller-revision-hash": hash}}, "spec": {"nodeName": "node-a1"}, "status": status})
}

fn ready() -> Value {
    json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at_time("11:00")}]})
}

fn waiting(reason: &str, message: &str) -> Value {
    let waiting = json!({"reason": reason, "message": message});
    json!({"phase": "Pending", "containerStatuses": [{"name": "api", "ready": false, "state": {"waiting": waiting}}]})
}

fn event(uid: &str, reason: &str, message: &str) -> Value {
    json!({"involvedObject": {"uid": uid}, "type": "Warning", "reason": reason, "message": message, "count": 3, "lastTimestamp": at_time("11:58")})
}

fn said(workload: &Value, pods: &[Value], kept: &[Value], events: &[Value]) -> String {
    let related = [
        (Need::SelectedPods, Ok(pods.to_vec())),
        (Need::Revisions, Ok(kept.to_vec())),
        (Need::Events, Ok(events.to_vec())),
    ];
    document(&Given { object: workload, related: &related, now: NOW }, &[]).text()
}

#[test]
fn a_deployment_tells_why_its_new_pods_do_not_come() {
    let late = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
        "lastTransitionTime": at_time("11:48"), "message": "ReplicaSet \"web-14\" has timed out progressing."});
    let workload = deployment(json!({}), json!({"conditions": [late]}));
    let of = |number: i64| owned("ReplicaSet", &format!("web-{number}"), &format!("rs-{number}"));
    let crash = json!({"phase": "Running", "containerStatuses": [{"name": "api", "ready": false, "restartCount": 17,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": at_time("11:57")}}}]});
    let pods = [
        pod("web-9-a", of(9), "", ready()),
        pod("web-14-a", of(14), "", crash),
        pod("web-14-b", of(14), "", waiting("ImagePullBackOff", "Back-off pulling image \"web:14\"")),
        pod("other", owned("ReplicaSet", "x", "x"), "", waiting("ErrImagePull", "")),
    ];
    let text = said(&workload, &pods, &[replica_set(9), replica_set(14)], &[]);
    assert_eq!(
        text,
        r#"deployment "web" exceeded its progress deadline

What is in the way:
  ProgressDeadlineExceeded  12m ago: ReplicaSet "web-14" has timed out progressing.

Pods of revision 14, 0 of 2 ready:
  web-14-a  node-a1  api CrashLoopBackOff: exit 1 (Error) 3m ago, 17 restarts
  web-14-b  node-a1  api ImagePullBackOff: Back-off pulling image "web:14"

Revisions:
  REVISION  AGE   READY  IMAGES  CHANGE-CAUSE
  14 ● now  120m  0/2    web:14  release 14
  9         120m  1/1    web:9   release 9
"#
    );
}

#[test]
fn a_deployment_without_pods_tells_who_refuses_them() {
    let refused = "pods \"web-14-x\" is forbidden: exceeded quota: small";
    let failure = json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": at_time("11:59"), "message": refused});
    let workload = deployment(json!({"paused": true}), json!({"conditions": [failure]}));
    let text = said(&workload, &[], &[replica_set(14)], &[event("rs-14", "FailedCreate", "an event says it, too")]);
    assert!(text.contains(&format!("  FailedCreate  60s ago: {refused}\n")), "{text}");
    assert!(text.contains("  paused        nothing is rolled out until it is resumed"), "{text}");
    assert!(!text.contains("an event"), "the condition says it already: {text}");

    let text =
        said(&deployment(json!({}), json!({})), &[], &[replica_set(14)], &[event("rs-14", "FailedCreate", refused)]);
    assert!(text.contains(&format!("  FailedCreate ×3, 2m ago  {refused}\n")), "{text}");
    let enough = deployment(json!({}), json!({"updatedReplicas": 3, "replicas": 4}));
    let text = said(&enough, &[], &[replica_set(14)], &[event("rs-14", "FailedCreate", refused)]);
    assert!(!text.contains("FailedCreate"), "it was refused before, and is there by now: {text}");
}

#[test]
fn a_stateful_set_names_the_pod_that_it_waits_for() {
    let owner = || owned("StatefulSet", "db", "db");
    let both = [kept("StatefulSet", 1), kept("StatefulSet", 2)];
    let unschedulable = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]});
    let pods = [
        pod("db-10", owner(), "db-2x", ready()),
        pod("db-2", owner(), "db-2x", unschedulable),
        pod("db-1", owner(), "db-1x", ready()),
        pod("db-0", owner(), "db-1x", ready()),
    ];
    let workload = set("StatefulSet", json!({}), json!({"readyReplicas": 2}));
    let text = said(&workload, &pods, &both, &[]);
    assert!(text.starts_with("Waiting for 1 pods to be ready...\n"), "{text}");
    assert!(text.contains("  OrderedReady  it waits for db-2: unschedulable: 0/3 nodes are available\n"), "{text}");
    assert!(text.contains("  2 ● now   120m  1/2    db:2"), "{text}");

    let refused = event("db", "FailedCreate", "create Pod db-0 in StatefulSet db failed error: exceeded quota");
    let text = said(&workload, &pods[..3], &both, &[refused]);
    assert!(text.contains("it waits for db-0: it is not there yet"), "the lowest comes first: {text}");
    assert!(text.contains("  FailedCreate ×3, 2m ago  create Pod db-0"), "{text}");

    let parallel = set("StatefulSet", json!({"podManagementPolicy": "Parallel"}), json!({"readyReplicas": 2}));
    assert!(said(&parallel, &pods, &both, &[]).contains("  Parallel  it waits for db-2: "));

    let update = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    let done = set("StatefulSet", json!({"updateStrategy": update}), json!({"readyReplicas": 3, "updatedReplicas": 1}));
    let well: Vec<Value> = (0..3).map(|n| pod(&format!("db-{n}"), owner(), "db-2x", ready())).collect();
    let text = said(&done, &well, &both, &[]);
    assert!(
        text.contains("To be known:\n  partition  2: pods with a lower ordinal keep the former template\n"),
        "{text}"
    );
}

#[test]
fn a_daemon_set_names_the_nodes_that_hold_it_up() {
    let owner = || owned("DaemonSet", "db", "db");
    let both = [kept("DaemonSet", 1), kept("DaemonSet", 2)];
    let mut unready = ready();
    unready["conditions"][0]["status"] = "False".into();
    let pods = [pod("db-a", owner(), "1x", ready()), pod("db-b", owner(), "2x", unready)];
    let status = json!({"desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 1, "numberUnavailable": 1});
    let update = |update: Value| json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": update}});
    let workload = set("DaemonSet", update(json!({"maxUnavailable": "10%", "maxSurge": 0})), status.clone());
    let probe = event("db-b", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
    let text = said(&workload, &pods, &both, std::slice::from_ref(&probe));
    let held = "  maxUnavailable  10%: 1 of 2 pods are unavailable, so no pod that is well is replaced; not available on node-a1\n";
    assert!(text.contains(held), "{text}");
    let why = "  db-b  node-a1  is not ready: Unhealthy ×3, 2m ago: Readiness probe failed: HTTP probe failed with statuscode: 503\n";
    assert!(text.contains(why), "{text}");
    let surging = set("DaemonSet", update(json!({"maxUnavailable": 0, "maxSurge": 1})), status.clone());
    assert!(!said(&surging, &pods, &both, &[]).contains("maxUnavailable"));

    let by_hand = set("DaemonSet", json!({"updateStrategy": {"type": "OnDelete"}}), status);
    let text = said(&by_hand, &pods, &both, &[]);
    assert!(text.starts_with("rollout status is only available for RollingUpdate strategy type\n"), "{text}");
    assert!(text.contains("  OnDelete  a pod gets the new template when it is deleted: 1 of 2 have it\n"), "{text}");
}

#[test]
fn what_keeps_a_pod_is_said() {
    let one = |status: Value, more: Value, events: &[Value]| {
        let mut pod = pod("db-0", owned("StatefulSet", "db", "db"), "db-2x", status);
        merge(&mut pod["metadata"], more);
        let text = said(
            &set("StatefulSet", json!({"minReadySeconds": 7200}), json!({})),
            &[pod],
            &[kept("StatefulSet", 2)],
            events,
        );
        let line = text.lines().find(|line| line.starts_with("  db-0 ")).map(str::to_owned);
        line.unwrap_or(text).replacen("  db-0  node-a1  ", "", 1)
    };
    let none = || json!({});
    let leaving = json!({"deletionTimestamp": at_time("11:30"), "deletionGracePeriodSeconds": 0, "finalizers": ["example.com/keep"]});
    assert_eq!(one(ready(), leaving, &[]), "terminating for 30m, held by example.com/keep");
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"});
    assert_eq!(one(evicted, none(), &[]), "Evicted: low on memory");
    let mount = event("db-0", "FailedMount", "MountVolume.SetUp failed: configmap \"x\" not found");
    let said = one(waiting("ContainerCreating", ""), none(), &[mount]);
    assert_eq!(said, "api waits: FailedMount ×3, 2m ago: MountVolume.SetUp failed: configmap \"x\" not found");
    let said = one(waiting("ContainerCreating", ""), none(), &[]);
    assert_eq!(said, "it has not started on node-a1; no event says why (made 60m ago)");
    assert_eq!(one(ready(), none(), &[]), "ready for 60m, and minReadySeconds is 7200");
    assert_eq!(
        one(json!({"phase": "Running"}), none(), &[]),
        "it runs and is not ready; no event says why (made 60m ago)"
    );
    let gated = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]});
    assert_eq!(one(gated, none(), &[]), "not scheduled: held by scheduling gate ");
    let init = json!({"phase": "Pending", "initContainerStatuses": [{"name": "prepare", "state": {"terminated": {"exitCode": 2, "reason": "Error"}}}],
        "containerStatuses": [{"name": "api", "state": {"waiting": {"reason": "PodInitializing"}}}]});
    assert_eq!(one(init, none(), &[]), "prepare exit 2 (Error)");
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_concluded_from_it() {
    let workload = deployment(json!({}), json!({}));
    let related = [
        (Need::SelectedPods, Err("pods is forbidden".to_owned())),
        (Need::Revisions, Ok(vec![replica_set(14)])),
        (Need::Events, Ok(Vec::new())),
    ];
    let text = document(&Given { object: &workload, related: &related, now: NOW }, &[]).text();
    assert!(text.contains("Pods:  cannot be read: pods is forbidden\n"), "{text}");
    assert!(!text.contains("0/0") && !text.contains("ready:"), "{text}");
}

#[test]
fn events_are_asked_for_of_what_is_not_well() {
    let workload = deployment(json!({}), json!({}));
    let of = |number: i64| owned("ReplicaSet", &format!("web-{number}"), &format!("rs-{number}"));
    let pods = [pod("well", of(14), "", ready()), pod("ill", of(14), "", json!({}))];
    let sets = [replica_set(14), replica_set(9)];
    let asked: Vec<&str> = asks(&workload, &pods, &sets).iter().map(|item| text(item, "/metadata/name")).collect();
    assert_eq!(asked, ["web-14", "ill"]);
}

#[test]
fn a_node_that_is_not_ready_is_why() {
    let owner = || owned("StatefulSet", "db", "db");
    let mut leaving = pod("db-0", owner(), "db-2x", ready());
    merge(&mut leaving["metadata"], json!({"deletionTimestamp": at_time("11:30")}));
    let related = [
        (Need::SelectedPods, Ok(vec![leaving, pod("db-1", owner(), "db-2x", json!({"phase": "Running"}))])),
        (Need::Revisions, Ok(vec![kept("StatefulSet", 1), kept("StatefulSet", 2)])),
        (Need::Events, Ok(Vec::new())),
    ];
    let workload = set("StatefulSet", json!({}), json!({}));
    let told = |status: &str| {
        let ready = json!({"type": "Ready", "status": status, "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.",
            "lastTransitionTime": at_time("11:20")});
        let node = json!({"metadata": {"name": "node-a1"}, "status": {"conditions": [ready]}});
        document(&Given { object: &workload, related: &related, now: NOW }, &[node]).text()
    };
    let why = "its node is not ready for 40m: NodeStatusUnknown: Kubelet stopped posting node status.";
    let text = told("Unknown");
    assert!(text.contains(&format!("  db-1  node-a1  {why}\n")), "{text}");
    assert!(text.contains(&format!("terminating for 30m; {why}\n")), "{text}");
    assert!(!told("True").contains("its node"));
}
