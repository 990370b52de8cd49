//! Where pods go, and why they do not.

use super::*;
use crate::demo::life::Life;
use crate::demo::nodes;
use crate::demo::world::Deletion;

fn world(nodes: u16) -> (World, Life) {
    let mut world = World::new(3, "2026-01-01T00:00:00Z".parse().unwrap());
    for number in 1..=nodes {
        let name = format!("node-{number}");
        let zone = if number % 2 == 0 { "even" } else { "odd" };
        let machine = nodes::Machine { name: &name, zone, number, cpu: 2, memory: 4, pods: 3, instance: "standard-2" };
        world.create("nodes", nodes::node(machine, world.now), Write::by("kubelet")).unwrap();
    }
    let mut life = Life::new(vec![Box::new(Scheduler::default())]);
    life.step(&mut world);
    (world, life)
}

fn pod(name: &str, spec: Object) -> Object {
    let mut pod = json!({
        "metadata": {"namespace": "shop", "name": name, "labels": {"app": "web"},
            "ownerReferences": [{"apiVersion": "apps/v1", "controller": true, "kind": "ReplicaSet", "name": "web", "uid": "rs"}]},
        "spec": {"containers": [{"name": "api", "image": "api:1", "resources": {"requests": {"cpu": "500m", "memory": "256Mi"}}}]},
    });
    for (key, value) in spec.as_object().unwrap() {
        put(&mut pod, &format!("spec/{key}"), value.clone());
    }
    pod
}

fn put_pod(world: &mut World, life: &mut Life, name: &str, spec: Object) -> String {
    world.create("pods", pod(name, spec), Write::by("test")).unwrap();
    life.step(world);
    text(&world.get("pods", "shop", name).unwrap(), "spec/nodeName").to_owned()
}

fn why(world: &World, name: &str) -> String {
    let pod = world.get("pods", "shop", name).unwrap();
    let condition = items(&pod, "status/conditions").iter().find(|own| text(own, "type") == "PodScheduled").unwrap();
    assert_eq!((text(condition, "status"), text(condition, "reason")), ("False", "Unschedulable"));
    text(condition, "message").to_owned()
}

#[test]
fn pods_of_one_owner_are_spread_over_zones_and_nodes() {
    let (mut world, mut life) = world(4);
    let mut nodes: Vec<String> =
        (0..4).map(|n| put_pod(&mut world, &mut life, &format!("web-{n}"), json!({}))).collect();
    assert_ne!(nodes[0].ends_with(['1', '3']), nodes[1].ends_with(['1', '3']), "another zone: {nodes:?}");
    nodes.sort();
    assert_eq!(nodes, ["node-1", "node-2", "node-3", "node-4"]);
}

#[test]
fn what_fits_nowhere_says_why_and_waits() {
    let (mut world, mut life) = world(3);
    let mut node = world.get("nodes", "", "node-1").unwrap();
    put(&mut node, "spec/unschedulable", true);
    world.update("nodes", node, Write::by("kubectl")).unwrap();
    let mut node = world.get("nodes", "", "node-2").unwrap();
    put(&mut node, "spec/taints", json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]));
    world.update("nodes", node, Write::by("kubectl")).unwrap();
    let big = json!([{"name": "api", "image": "api:1", "resources": {"requests": {"cpu": "1500m"}}}]);
    assert_eq!(put_pod(&mut world, &mut life, "one", json!({"containers": big})), "node-3");
    assert_eq!(put_pod(&mut world, &mut life, "two", json!({"containers": big})), "");
    assert_eq!(
        why(&world, "two"),
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. \
         no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, \
         2 Preemption is not helpful for scheduling."
    );
    let tolerant = json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]});
    assert_eq!(put_pod(&mut world, &mut life, "three", tolerant), "node-2");
    world.delete("pods", "shop", "one", &Deletion { grace: Some(0), ..Deletion::default() }).unwrap();
    life.step(&mut world);
    assert_eq!(text(&world.get("pods", "shop", "two").unwrap(), "spec/nodeName"), "node-3", "there is room now");
}

#[test]
fn selectors_fields_and_rivals_are_respected() {
    let (mut world, mut life) = world(3);
    let required = |field: &str, expression: Object| {
        let term = json!({field: [expression]});
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}})
    };
    let field = required("matchFields", json!({"key": "metadata.name", "operator": "In", "values": ["node-3"]}));
    assert_eq!(put_pod(&mut world, &mut life, "daemon", field), "node-3");
    let zone = required(
        "matchExpressions",
        json!({"key": "topology.kubernetes.io/zone", "operator": "NotIn", "values": ["odd"]}),
    );
    assert_eq!(put_pod(&mut world, &mut life, "even", zone), "node-2");
    assert_eq!(put_pod(&mut world, &mut life, "disk", json!({"nodeSelector": {"disk": "nvme"}})), "");
    assert!(
        why(&world, "disk")
            .starts_with("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.")
    );
    let apart = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]}}});
    assert_eq!(put_pod(&mut world, &mut life, "alone", apart.clone()), "node-1");
    assert_eq!(put_pod(&mut world, &mut life, "crowd", apart), "");
    let claim = json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
    assert_eq!(put_pod(&mut world, &mut life, "claims", claim), "");
    assert!(why(&world, "claims").contains("persistentvolumeclaim \"data\" not found"));
}
