use super::*;
use crate::demo::object::{at, flag, items, number};
use std::time::Instant;

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
    let began = Instant::now();
    let (world, _) = begin(1, now());
    eprintln!("{:?}, revision {}", began.elapsed(), world.store.revision());
    for pod in world.list("pods", None) {
        eprintln!(
            "{:14} {:44} {:9} {:10} {} {}",
            object::namespace(&pod),
            object::name(&pod),
            text(&pod, "status/phase"),
            text(&pod, "spec/nodeName"),
            number(&pod, "status/containerStatuses/0/restartCount"),
            at(&pod, "status/containerStatuses/0/state")
        );
    }
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
