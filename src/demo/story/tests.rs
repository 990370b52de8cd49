//! The story is there, the same each time, and can be mended.

use super::*;
use crate::demo::logs;
use crate::demo::object::{flag, items};
use serde_json::json;

fn now() -> Timestamp {
    "2026-03-14T15:09:26Z".parse().unwrap()
}

#[test]
fn everything_in_the_manifests_is_read_and_made() {
    let documents = |yaml: &str| yaml.split("\n---\n").count();
    for yaml in MANIFESTS {
        assert_eq!(manifests(yaml).count(), documents(yaml));
    }
    let releases: Vec<Release> = serde_yaml::from_str(RELEASES).unwrap();
    assert!(releases.iter().all(|release| release.ago.parse::<SignedDuration>().is_ok()));
    let (world, _) = begin(1, now());
    for object in MANIFESTS.into_iter().flat_map(manifests) {
        let resource = world.catalog.of_kind(text(&object, "apiVersion"), text(&object, "kind")).unwrap();
        let found = world.get(&resource.id, object::namespace(&object), object::name(&object));
        assert!(found.is_some(), "{} {}", resource.id, object::name(&object));
    }
}

#[test]
fn the_story_is_there_and_told_in_time() {
    let (world, _) = begin(1, now());
    let pods = |app: &str| {
        let mut pods = world.list("pods", None);
        pods.retain(|pod| object::label(pod, "app") == app && !object::is_deleted(pod));
        pods
    };
    let waits = |app: &str, reason: &str| {
        pods(app).iter().filter(|pod| text(pod, "status/containerStatuses/0/state/waiting/reason") == reason).count()
    };
    assert!(waits("orders", "CrashLoopBackOff") > 0);
    assert_eq!(waits("fraud", "ImagePullBackOff") + waits("fraud", "ErrImagePull"), 1);
    assert_eq!(text(&pods("analytics")[0], "spec/nodeName"), "");
    let checkout = world.get("deployments.apps", "shop", "checkout").unwrap();
    let progressing =
        items(&checkout, "status/conditions").iter().find(|own| text(own, "type") == "Progressing").unwrap();
    assert_eq!(text(progressing, "reason"), "ProgressDeadlineExceeded");
    assert!(
        pods("recommendations")
            .iter()
            .any(|pod| text(pod, "status/containerStatuses/0/lastState/terminated/reason") == "OOMKilled")
    );
    let dead = world.get("nodes", "", "node-c2").unwrap();
    assert!(
        items(&dead, "status/conditions")
            .iter()
            .any(|own| text(own, "type") == "Ready" && text(own, "status") == "Unknown")
    );
    assert_eq!(text(&world.get("persistentvolumeclaims", "data", "warehouse").unwrap(), "status/phase"), "Pending");
    assert!(world.list("pods", None).iter().any(object::is_deleted), "those of the dead node hang");
    assert!(!flag(&dead, "spec/unschedulable"));
    assert!(world.get("certificates.example.com", "shop", "shop-tls").is_some());
    let orders = pods("orders");
    let crashed =
        orders.iter().find(|pod| !text(pod, "status/containerStatuses/0/lastState/terminated/reason").is_empty());
    let log = logs::lines(&world, crashed.unwrap(), &logs::Ask { previous: true, ..logs::Ask::default() }).unwrap();
    assert!(log.iter().any(|line| line.text.contains("cannot read /etc/app/db.yaml: no such file or directory")));
}

#[test]
fn a_rollback_heals_what_a_release_broke() {
    let (mut world, mut life) = begin(1, now());
    let mut orders = world.get("deployments.apps", "shop", "orders").unwrap();
    put(&mut orders, "spec/template/spec/containers/0/image", "registry.example.com/shop/orders:1.8.4");
    world.update("deployments.apps", orders, Write::by("kubectl-rollout")).unwrap();
    let later = world.now + SignedDuration::from_mins(3);
    life.run_until(&mut world, later);
    let orders = world.get("deployments.apps", "shop", "orders").unwrap();
    let count = |path: &str| object::number(&orders, path);
    assert_eq!((count("status/readyReplicas"), count("status/updatedReplicas"), count("status/replicas")), (3, 3, 3));
}

#[test]
fn more_can_be_caused() {
    let (mut world, mut life) = begin(1, now());
    break_rollout(&mut world, "shop", "cart").unwrap();
    crash(&mut world, "shop", "web").unwrap();
    assert_eq!(crash(&mut world, "shop", "nothing").unwrap_err().code, 404);
    let later = world.now + SignedDuration::from_mins(2);
    life.run_until(&mut world, later);
    let state = |app: &str, path: &str, wanted: Object| {
        let pods = world.list("pods", Some("shop"));
        let mut own = pods.iter().filter(|pod| object::label(pod, "app") == app);
        own.any(|pod| *object::at(pod, &format!("status/containerStatuses/0/{path}")) == wanted)
    };
    assert!(state("cart", "ready", json!(false)));
    assert!(state("web", "state/waiting/reason", json!("CrashLoopBackOff")));
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let all = |seed: u64| -> Vec<String> {
        let (world, _) = begin(seed, now());
        world.list("pods", None).iter().map(ToString::to_string).collect()
    };
    let one = all(1);
    assert_eq!(one, all(1));
    assert_ne!(one, all(2));
}

#[test]
fn many_pods_are_cheap_and_whole() {
    let (mut world, mut life) = (World::new(1, now()), Life::new(kubelet::controllers()));
    fill(&mut world, 600);
    fill(&mut world, 10);
    life.step(&mut world);
    let pods = world.list("pods", Some("load"));
    assert_eq!((pods.len(), world.list("nodes", None).len()), (610, 3));
    assert!(pods.iter().all(|pod| text(pod, "metadata/resourceVersion").parse::<u64>().is_ok()));
    assert!(!pods.iter().any(|pod| pod.to_string().contains('@') && !pod.to_string().contains("@sha256")));
    let name = object::name(&pods[0]).to_owned();
    world.delete("pods", "load", &name, &crate::demo::world::Deletion::default()).unwrap();
    life.run_until(&mut world, now() + SignedDuration::from_secs(60));
    assert_eq!(world.get("pods", "load", &name), None);
}
