//! A node that falls silent and comes back.

use super::*;
use crate::demo::kubelet;
use crate::demo::life::Life;

fn go_on(world: &mut World, life: &mut Life, seconds: i64) {
    life.run_until(world, world.now + SignedDuration::from_secs(seconds));
}

#[test]
fn a_silent_node_loses_its_pods_and_comes_back() {
    let mut world = World::new(3, "2026-01-01T00:00:00Z".parse().unwrap());
    let mut life = Life::new(kubelet::controllers());
    let machine =
        Machine { name: "node-a1", zone: "a", number: 1, cpu: 4, memory: 8, pods: 110, instance: "standard-4" };
    world.create("nodes", node(machine, world.now), Write::by("kubelet")).unwrap();
    let forever = json!([{"operator": "Exists"}]);
    for (name, tolerations) in [("web", json!([])), ("daemon", forever)] {
        let pod = json!({
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"containers": [{"name": "api", "image": "web:1"}], "tolerations": tolerations},
        });
        world.create("pods", pod, Write::by("test")).unwrap();
    }
    go_on(&mut world, &mut life, 60);
    let ready_pod = |world: &World, name: &str| {
        let pod = world.get("pods", "shop", name).unwrap();
        items(&pod, "status/conditions").iter().any(|own| text(own, "type") == "Ready" && text(own, "status") == "True")
    };
    assert!(ready_pod(&world, "web"));
    assert!(world.get("leases.coordination.k8s.io", "kube-node-lease", "node-a1").is_some());
    kill(&mut world, "node-a1").unwrap();
    go_on(&mut world, &mut life, 30);
    assert_eq!(ready(&world.get("nodes", "", "node-a1").unwrap()), "True", "nobody has missed it yet");
    go_on(&mut world, &mut life, 30);
    let node = world.get("nodes", "", "node-a1").unwrap();
    assert_eq!(ready(&node), "Unknown");
    assert_eq!(text(&node, "status/conditions/3/reason"), "NodeStatusUnknown");
    assert_eq!(text(&node, "status/conditions/3/lastHeartbeatTime"), "2026-01-01T00:01:00Z");
    assert_eq!(items(&node, "spec/taints").len(), 2);
    assert!(!ready_pod(&world, "web"));
    go_on(&mut world, &mut life, 310);
    let pod = world.get("pods", "shop", "web").unwrap();
    assert!(object::is_deleted(&pod), "and its kubelet does not hear of it");
    assert!(!object::is_deleted(&world.get("pods", "shop", "daemon").unwrap()));
    let said = world.list("events", None);
    assert!(said.iter().any(|event| text(event, "message") == "Marking for deletion Pod shop/web"));
    revive(&mut world, "node-a1").unwrap();
    go_on(&mut world, &mut life, 10);
    assert_eq!(world.get("pods", "shop", "web"), None, "it hears of it now");
    assert!(ready_pod(&world, "daemon"));
    let node = world.get("nodes", "", "node-a1").unwrap();
    assert_eq!((ready(&node), items(&node, "spec/taints").len()), ("True", 0));
}
