//! Pods through their lives, on one node.

use super::*;
use crate::demo::life::Life;
use crate::demo::nodes::Machine;
use crate::demo::object::{at, number, place};
use crate::demo::world::Deleted;
use serde_json::json;

fn world() -> (World, Life) {
    let mut world = World::new(3, "2026-01-01T00:00:00Z".parse().unwrap());
    let machine =
        Machine { name: "node-a1", zone: "a", number: 1, cpu: 4, memory: 8, pods: 110, instance: "standard-4" };
    world.create("nodes", nodes::node(machine, world.now), Write::by("kubelet")).unwrap();
    (world, Life::new(controllers()))
}

fn pod(behaviour: &str, more: Object) -> Object {
    let mut pod = json!({
        "metadata": {"namespace": "shop", "name": "web", "annotations": {"demo.rk9s.dev/behaviour": behaviour}},
        "spec": {"containers": [{"name": "api", "image": "ghcr.io/shop/web:1.0"}]},
    });
    for (key, value) in more.as_object().unwrap() {
        put(&mut pod, &format!("spec/{key}"), value.clone());
    }
    pod
}

fn lived(behaviour: &str, more: Object, seconds: i64) -> (World, Life) {
    let (mut world, mut life) = world();
    world.create("pods", pod(behaviour, more), Write::by("test")).unwrap();
    go_on(&mut world, &mut life, seconds);
    (world, life)
}

fn go_on(world: &mut World, life: &mut Life, seconds: i64) {
    life.run_until(world, world.now + SignedDuration::from_secs(seconds));
}

fn web(world: &World) -> Object {
    world.get("pods", "shop", "web").unwrap()
}

fn said(world: &World) -> Vec<String> {
    let mut events = world.list("events", Some("shop"));
    events.sort_by_key(|event| text(event, "firstTimestamp").to_owned());
    events.iter().map(|event| format!("{} x{}", text(event, "reason"), number(event, "count"))).collect()
}

fn condition<'a>(pod: &'a Object, kind: &str) -> &'a Object {
    items(pod, "status/conditions").iter().find(|own| text(own, "type") == kind).unwrap()
}

#[test]
fn a_pod_is_pulled_started_and_ready() {
    let (world, _) = lived("pull=3s start=1s ready=5s", json!({}), 2);
    let pod = web(&world);
    assert_eq!(text(&pod, "status/phase"), "Pending");
    assert_eq!(text(&pod, "status/containerStatuses/0/state/waiting/reason"), "ContainerCreating");
    assert_eq!(text(condition(&pod, "Ready"), "message"), "containers with unready status: [api]");
    let (mut world, mut life) = lived("pull=3s start=1s ready=5s", json!({}), 6);
    let pod = web(&world);
    assert_eq!(text(&pod, "status/phase"), "Running");
    assert_eq!(at(&pod, "status/containerStatuses/0/ready"), false);
    assert_eq!((text(&pod, "status/podIP"), text(&pod, "status/hostIP")), ("10.244.1.2", "10.0.1.11"));
    go_on(&mut world, &mut life, 20);
    let pod = web(&world);
    assert_eq!(text(condition(&pod, "Ready"), "status"), "True");
    assert_eq!(text(condition(&pod, "PodScheduled"), "status"), "True");
    assert_eq!(number(&pod, "metadata/generation"), 1);
    assert_eq!(number(&pod, "status/observedGeneration"), 1);
    let mut reasons = said(&world);
    reasons.sort();
    assert_eq!(reasons, ["Created x1", "Pulled x1", "Pulling x1", "Scheduled x1", "Started x1"]);
    let pulled = world.list("events", None).into_iter().find(|event| text(event, "reason") == "Pulled").unwrap();
    assert!(text(&pulled, "message").contains("in 3s (3s including waiting). Image size: "), "{pulled}");
    assert_eq!(text(&pulled, "involvedObject/fieldPath"), "spec.containers{api}");
    assert_eq!(text(&pulled, "source/host"), "node-a1");
}

#[test]
fn what_crashes_is_started_again_ever_later() {
    let (mut world, mut life) = lived("pull=1s start=0s exit=2 after 3s", json!({}), 12);
    let pod = web(&world);
    assert_eq!(number(&pod, "status/containerStatuses/0/restartCount"), 1, "the first restart is at once");
    go_on(&mut world, &mut life, 600);
    let pod = web(&world);
    let own = at(&pod, "status/containerStatuses/0");
    assert_eq!(text(own, "state/waiting/reason"), "CrashLoopBackOff");
    let message = format!("back-off 5m0s restarting failed container=api pod=web_shop({})", object::uid(&pod));
    assert_eq!(text(own, "state/waiting/message"), message);
    assert_eq!(number(own, "lastState/terminated/exitCode"), 2);
    assert_eq!(text(own, "lastState/terminated/reason"), "Error");
    assert_eq!(text(own, "lastState/terminated/containerID"), text(own, "containerID"));
    assert_eq!((number(own, "restartCount"), text(&pod, "status/phase")), (6, "Running"));
    assert!(said(&world).iter().any(|event| event.starts_with("BackOff x")));
    // The same pod, seen by a kubelet that has just started.
    let mut life = Life::new(controllers());
    go_on(&mut world, &mut life, 200);
    assert_eq!(number(&web(&world), "status/containerStatuses/0/restartCount"), 7);
}

#[test]
fn an_image_that_is_not_there_is_waited_for() {
    let (mut world, mut life) = lived("pull=fail", json!({}), 7);
    let reason = |world: &World| text(&web(world), "status/containerStatuses/0/state/waiting/reason").to_owned();
    let first = reason(&world);
    go_on(&mut world, &mut life, 60);
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&first.as_str()), "{first}");
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&reason(&world).as_str()));
    assert_eq!(text(&web(&world), "status/phase"), "Pending");
    assert!(said(&world).iter().filter(|event| event.starts_with("Failed")).count() >= 3);
}

#[test]
fn containers_end_as_they_are_told_and_the_policy_decides() {
    let (world, _) = lived("runs 20s exit=0", json!({"restartPolicy": "Never"}), 60);
    let pod = web(&world);
    assert_eq!(text(&pod, "status/phase"), "Succeeded");
    assert_eq!(text(condition(&pod, "Ready"), "reason"), "PodCompleted");
    assert_eq!(text(&pod, "status/containerStatuses/0/state/terminated/reason"), "Completed");
    let (world, _) = lived("exit=3 after 2s", json!({"restartPolicy": "Never"}), 60);
    assert_eq!(text(&web(&world), "status/phase"), "Failed");
    let (world, _) = lived("oom after 90s times=1", json!({}), 300);
    let pod = web(&world);
    assert_eq!(text(&pod, "status/containerStatuses/0/lastState/terminated/reason"), "OOMKilled");
    assert_eq!(number(&pod, "status/containerStatuses/0/lastState/terminated/exitCode"), 137);
    assert_eq!(text(condition(&pod, "Ready"), "status"), "True", "it went on");
}

#[test]
fn init_containers_run_one_after_the_other_and_sidecars_stay() {
    let inits = json!([
        {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}, {"name": "migrate", "image": "migrate:1"}
    ]);
    let more = json!({"initContainers": inits, "restartPolicy": "Never"});
    let (mut world, mut life) = lived("api: runs 30s; migrate: runs 10s exit=0", more, 12);
    let pod = web(&world);
    assert_eq!(text(&pod, "status/phase"), "Pending");
    assert_eq!(text(&pod, "status/containerStatuses/0/state/waiting/reason"), "PodInitializing");
    assert_eq!(text(condition(&pod, "Initialized"), "message"), "containers with incomplete status: [migrate]");
    go_on(&mut world, &mut life, 15);
    assert_eq!(text(&web(&world), "status/phase"), "Running");
    go_on(&mut world, &mut life, 60);
    let pod = web(&world);
    assert_eq!(text(&pod, "status/phase"), "Succeeded", "{}", at(&pod, "status"));
}

#[test]
fn a_deleted_pod_stops_within_its_grace() {
    let spec = json!({"terminationGracePeriodSeconds": 30});
    let (mut world, mut life) = lived("pull=1s", spec.clone(), 20);
    let deleted = world.delete("pods", "shop", "web", &Deletion::default()).unwrap();
    assert!(matches!(deleted, Deleted::Going(_)));
    life.step(&mut world);
    assert!(said(&world).contains(&"Killing x1".to_owned()));
    go_on(&mut world, &mut life, 3);
    assert_eq!(world.get("pods", "shop", "web"), None);
    let (mut world, mut life) = lived("pull=1s ignores-term", spec, 20);
    world.delete("pods", "shop", "web", &Deletion::default()).unwrap();
    go_on(&mut world, &mut life, 25);
    assert!(world.get("pods", "shop", "web").is_some());
    go_on(&mut world, &mut life, 6);
    assert_eq!(world.get("pods", "shop", "web"), None);
}

#[test]
fn a_late_look_sees_what_a_constant_one_would_have_seen() {
    let told = "pull=3s start=1s ready=5s";
    let (mut world, mut life) = lived(told, json!({}), 0);
    world.now += SignedDuration::from_secs(3600);
    life.step(&mut world);
    let late = web(&world);
    let (world, _) = lived(told, json!({}), 3600);
    let mut constant = web(&world);
    for path in ["metadata", "status/qosClass"] {
        *place(&mut constant, path) = at(&late, path).clone();
    }
    assert_eq!(text(&late, "status/phase"), "Running");
    assert_eq!(at(&constant, "status/containerStatuses/0/state"), at(&late, "status/containerStatuses/0/state"));
    assert_eq!(condition(&constant, "Ready"), condition(&late, "Ready"));
}
