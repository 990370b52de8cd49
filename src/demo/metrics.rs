//! What pods and nodes use (metrics.k8s.io): a smooth function of pod, container and time around a share of what is requested.
//!
//! A container that is to run out of memory climbs to its limit. Nothing is stored; what does not run has no metrics.

use super::catalog::Resource;
use super::kubelet::behaviour::{Behaviour, How};
use super::kubelet::container::dice;
use super::nodes;
use super::object::{self, Object, at, items, text};
use super::refusal::Refusal;
use super::world::World;
use crate::text::quantity;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Metrics are taken so often, and are over so long a time.
const WINDOW: i64 = 15;

/// Millicores and bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    cpu: i64,
    memory: i64,
}

/// The metrics of one pod or node, or of all.
pub fn read(world: &World, resource: &Resource, namespace: Option<&str>, name: Option<&str>) -> Result<Value, Refusal> {
    let found: Vec<Value> = match &*resource.plural {
        "nodes" => of_nodes(world, name),
        _ => of_pods(world, namespace, name),
    };
    let Some(name) = name else {
        let kind = format!("{}List", resource.kind);
        return Ok(json!({"kind": kind, "apiVersion": resource.api_version(), "metadata": {}, "items": found}));
    };
    let Some(mut one) = found.into_iter().next() else {
        let full = match namespace {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        };
        return Err(Refusal::not_found(resource.of(), &full));
    };
    object::put(&mut one, "kind", &*resource.kind);
    object::put(&mut one, "apiVersion", resource.api_version());
    Ok(one)
}

fn of_pods(world: &World, namespace: Option<&str>, name: Option<&str>) -> Vec<Value> {
    let pods = match (namespace, name) {
        (Some(namespace), Some(name)) => world.get("pods", namespace, name).into_iter().collect(),
        (namespace, _) => world.list("pods", namespace),
    };
    let dead = silent(world);
    let live = pods.iter().filter(|pod| !dead.contains(&text(pod, "spec/nodeName").to_owned()));
    live.filter_map(|pod| of_pod(world, pod)).collect()
}

fn silent(world: &World) -> Vec<String> {
    let nodes = world.list("nodes", None).into_iter().filter(nodes::is_dead);
    nodes.map(|node| object::name(&node).to_owned()).collect()
}

fn of_pod(world: &World, pod: &Object) -> Option<Value> {
    let containers: Vec<Value> =
        used(world, pod).map(|(name, usage)| json!({"name": name, "usage": usage.written()})).collect();
    if containers.is_empty() {
        return None;
    }
    let mut metrics = head(world, pod);
    object::put(&mut metrics, "metadata/namespace", object::namespace(pod));
    object::put(&mut metrics, "containers", containers);
    Some(metrics)
}

/// Name, labels, time.
fn head(world: &World, of: &Object) -> Value {
    let taken = taken(world.now);
    json!({
        "metadata": {"name": object::name(of), "creationTimestamp": object::time(world.now), "labels": at(of, "metadata/labels")},
        "timestamp": object::time(taken), "window": format!("{WINDOW}.0s"),
    })
}

fn taken(now: Timestamp) -> Timestamp {
    now.saturating_sub(SignedDuration::from_secs(now.as_second().rem_euclid(WINDOW))).unwrap_or(now)
}

fn of_nodes(world: &World, name: Option<&str>) -> Vec<Value> {
    let mut sums: BTreeMap<String, Usage> = BTreeMap::new();
    for pod in world.list("pods", None) {
        let sum = sums.entry(text(&pod, "spec/nodeName").to_owned()).or_default();
        for (_, usage) in used(world, &pod) {
            sum.cpu += usage.cpu;
            sum.memory += usage.memory;
        }
    }
    let nodes = match name {
        Some(name) => world.get("nodes", "", name).into_iter().collect(),
        None => world.list("nodes", None),
    };
    let live = nodes.iter().filter(|node| !nodes::is_dead(node));
    live.map(|node| {
        // What is used besides pods: the system's own.
        let own = wave(dice(&object::name(node)), world.now, 0.05);
        let sum = sums.get(object::name(node)).copied().unwrap_or_default();
        let usage = Usage { cpu: sum.cpu + scaled(110, own), memory: sum.memory + scaled(900 << 20, own) };
        let mut metrics = head(world, node);
        object::put(&mut metrics, "usage", usage.written());
        metrics
    })
    .collect()
}

/// What each running container uses.
fn used<'a>(world: &'a World, pod: &'a Object) -> impl Iterator<Item = (&'a str, Usage)> {
    let running = items(pod, "status/containerStatuses").iter().chain(items(pod, "status/initContainerStatuses"));
    running.filter_map(move |status| {
        let started = object::moment(status, "state/running/startedAt")?;
        let name = text(status, "name");
        let spec = super::kubelet::container_spec(pod, name)?;
        Some((name, usage(pod, spec, started, taken(world.now))))
    })
}

fn usage(pod: &Object, spec: &Object, started: Timestamp, now: Timestamp) -> Usage {
    let cpu = asked(spec, "cpu", quantity::milli).unwrap_or(40);
    let memory = asked(spec, "memory", quantity::whole).unwrap_or(48 << 20);
    let seed = dice(&(object::uid(pod), text(spec, "name")));
    let usual = Usage {
        cpu: scaled(cpu, 0.45 * wave(seed, now, 0.5)).max(1),
        memory: scaled(memory, 0.6 * wave(seed.rotate_left(17), now, 0.08)),
    };
    let Some(end) = Behaviour::of(pod, spec).end.filter(|end| end.how == How::OutOfMemory) else { return usual };
    let limit = quantity::whole(text(spec, "resources/limits/memory")).unwrap_or(memory);
    let way = now.duration_since(started).as_secs_f64() / end.after.as_secs_f64().max(1.0);
    Usage { memory: scaled(limit, (0.35 + 0.63 * way).clamp(0.0, 0.99)), ..usual }
}

fn asked(spec: &Object, resource: &str, read: fn(&str) -> Option<i64>) -> Option<i64> {
    let told = |kind: &str| read(text(spec, &format!("resources/{kind}/{resource}"))).filter(|told| *told > 0);
    told("requests").or_else(|| told("limits"))
}

/// Slow and quick waves around one, each container's own.
fn wave(seed: u64, now: Timestamp, height: f64) -> f64 {
    let phase = |shift: u32| f64::from(u16::try_from((seed >> shift) & 0x3ff).unwrap_or_default()) / 1024.0;
    let seconds = now.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64();
    let turn = |period: f64, phase: f64| ((seconds / period + phase) * std::f64::consts::TAU).sin();
    let own = 0.75 + 0.5 * phase(30);
    own * (1.0 + height * (0.5 * turn(3600.0, phase(0)) + 0.3 * turn(420.0, phase(10)) + 0.2 * turn(75.0, phase(20))))
}

fn scaled(of: i64, share: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a measure of usage is no exact number"
    )]
    let scaled = (of as f64 * share).round() as i64;
    scaled
}

impl Usage {
    /// As metrics-server writes it: nanocores and kibibytes.
    fn written(self) -> Value {
        json!({"cpu": format!("{}n", self.cpu * 1_000_000), "memory": format!("{}Ki", self.memory / 1024)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::Write;

    fn world() -> World {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let machine = nodes::Machine { name: "a", zone: "z", number: 1, cpu: 4, memory: 8, pods: 110, instance: "s" };
        world.create("nodes", nodes::node(machine, world.now), Write::by("t")).unwrap();
        let states = [
            ("web", json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}), ""),
            ("leak", json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}), "oom after 1h"),
            ("waits", json!({"waiting": {}}), ""),
        ];
        for (name, state, told) in states {
            let pod = json!({
                "metadata": {"namespace": "shop", "name": name, "annotations": {"demo.rk9s.dev/behaviour": told}},
                "spec": {"nodeName": "a", "containers": [{"name": "api", "image": "api:1", "resources": {"requests": {"cpu": "200m", "memory": "100Mi"}, "limits": {"memory": "200Mi"}}}]},
                "status": {"phase": "Running", "containerStatuses": [{"name": "api", "state": state}]},
            });
            world.create("pods", pod, Write::by("t")).unwrap();
        }
        world
    }

    fn resource(world: &World, plural: &str) -> std::sync::Arc<Resource> {
        world.catalog.find("metrics.k8s.io", "v1beta1", plural).unwrap().clone()
    }

    #[test]
    fn what_runs_is_measured_and_leaks_climb() {
        let mut world = world();
        let pods = resource(&world, "pods");
        let memory = |world: &World, name: &str| {
            let one = read(world, &pods, Some("shop"), Some(name)).unwrap();
            quantity::whole(text(&one, "containers/0/usage/memory")).unwrap() >> 20
        };
        let all = read(&world, &pods, None, None).unwrap();
        assert_eq!((text(&all, "kind"), items(&all, "items").len()), ("PodMetricsList", 2));
        let before = (memory(&world, "web"), memory(&world, "leak"));
        world.now += SignedDuration::from_mins(50);
        let after = (memory(&world, "web"), memory(&world, "leak"));
        assert!((before.0 - after.0).abs() < 20, "{before:?} {after:?}");
        assert!(before.1 < 80 && after.1 > 150, "{before:?} {after:?}");
        let missing = read(&world, &pods, Some("shop"), Some("waits")).unwrap_err();
        assert_eq!(missing.message, "pods.metrics.k8s.io \"shop/waits\" not found");
    }

    #[test]
    fn a_node_uses_what_its_pods_use_and_some_more() {
        let mut world = world();
        let resource = resource(&world, "nodes");
        let one = read(&world, &resource, None, Some("a")).unwrap();
        assert_eq!(text(&one, "kind"), "NodeMetrics");
        assert!(quantity::milli(text(&one, "usage/cpu")).unwrap() > 150);
        nodes::kill(&mut world, "a").unwrap();
        assert!(items(&read(&world, &resource, None, None).unwrap(), "items").is_empty());
    }
}
