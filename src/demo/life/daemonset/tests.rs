//! One pod a node, updated one by one; the host of these tests puts pods where they are meant to be.

use super::super::stub::{self, edit};
use super::super::{Life, condition};
use super::*;

/// Puts pods where they are meant to be and has them run: what is `broken` never gets ready. What is deleted is gone at once.
struct Host;

impl Controller for Host {
    fn name(&self) -> &'static str {
        "kubelet"
    }
    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        if news.is("pods") { vec![news.key.clone()] } else { Vec::new() }
    }
    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let mut pod = world.get("pods", &key.namespace, &key.name)?;
        if object::is_deleted(&pod) {
            let how = super::super::super::world::Deletion { grace: Some(0), ..Default::default() };
            world.delete("pods", &key.namespace, &key.name, &how).unwrap();
            return None;
        }
        if text(&pod, "spec/nodeName").is_empty() {
            let node = nodes::of(&pod).to_owned();
            put(&mut pod, "spec/nodeName", node);
            pod = world.update("pods", pod, Write::by("scheduler")).unwrap();
        }
        put(&mut pod, "status/phase", "Running");
        let is_broken = text(&pod, "spec/containers/0/image").contains("broken");
        let status = if is_broken { "False" } else { "True" };
        let said = condition::Said { kind: "Ready", status, reason: "", message: "", also: "" };
        condition::set(object::place(&mut pod, "status"), world.now, said);
        world.update("pods", pod, Write::status("kubelet")).unwrap();
        None
    }
}

fn begin() -> (World, Life) {
    let (mut world, mut life) = stub::begin(vec![Box::new(DaemonSets), Box::new(Host)]);
    for name in ["a", "b", "c", "gpu"] {
        let taints = if name == "gpu" { json!([{"key": "gpu", "effect": "NoSchedule"}]) } else { json!([]) };
        let node = json!({"metadata": {"name": name, "labels": {"disk": name}}, "spec": {"taints": taints, "unschedulable": name == "c"}});
        world.create("nodes", node, Write::by("t")).unwrap();
    }
    let set = json!({"metadata": {"namespace": "shop", "name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "agent", "image": "agent:1"}]}},
    }});
    world.create(ID, set, Write::by("t")).unwrap();
    stub::live(&mut life, &mut world, 1);
    (world, life)
}

fn status(world: &World) -> Value {
    at(&world.get(ID, "shop", "agent").unwrap(), "status").clone()
}

fn places(world: &World) -> Vec<String> {
    let mut all: Vec<_> = world.list("pods", None).iter().map(|pod| text(pod, "spec/nodeName").to_owned()).collect();
    all.sort();
    all
}

#[test]
fn one_pod_is_on_each_node_that_fits_even_if_it_is_cordoned() {
    let (mut world, mut life) = begin();
    assert_eq!(places(&world), ["a", "b", "c"]);
    assert_eq!(
        status(&world),
        json!({"currentNumberScheduled": 3, "numberMisscheduled": 0, "desiredNumberScheduled": 3, "numberReady": 3,
               "observedGeneration": 1, "updatedNumberScheduled": 3, "numberAvailable": 3})
    );
    let node = json!({"metadata": {"name": "d"}});
    world.create("nodes", node, Write::by("t")).unwrap();
    world.delete("nodes", "", "a", &Default::default()).unwrap();
    stub::live(&mut life, &mut world, 1);
    assert_eq!(places(&world), ["b", "c", "d"]);
    edit(&mut world, ID, "agent", "spec/template/spec/nodeSelector", json!({"disk": "b"}));
    stub::live(&mut life, &mut world, 1);
    assert_eq!(places(&world), ["b"]);
}

#[test]
fn an_update_goes_pod_by_pod_and_stops_when_one_does_not_serve() {
    let (mut world, mut life) = begin();
    let image = "spec/template/spec/containers/0/image";
    edit(&mut world, ID, "agent", image, "agent:2");
    stub::live(&mut life, &mut world, 1);
    assert_eq!(number(&status(&world), "updatedNumberScheduled"), 3);
    edit(&mut world, ID, "agent", image, "agent:broken");
    stub::live(&mut life, &mut world, 1);
    assert_eq!(number(&status(&world), "updatedNumberScheduled"), 1);
    assert_eq!(number(&status(&world), "numberUnavailable"), 1);
    edit(&mut world, ID, "agent", image, "agent:1");
    stub::live(&mut life, &mut world, 1);
    assert_eq!(number(&status(&world), "numberAvailable"), 3);
    let mut numbers: Vec<i64> =
        world.list("controllerrevisions.apps", None).iter().map(|own| number(own, "revision")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4], "the first template came back as the fourth revision");
}
