//! Many pods at once, for those who want to see how much is too much: one pod written out, and its bytes with other names.
//!
//! They run on machines of their own, which take nothing else; the kubelet leaves them as they are until they are deleted.

use crate::demo::kubelet::behaviour;
use crate::demo::nodes::{self, Machine};
use crate::demo::object::{self, Object, put};
use crate::demo::store::Key;
use crate::demo::world::{World, Write};
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;

const NAMESPACE: &str = "load";
/// Pods on one machine.
const CROWD: usize = 250;

/// Adds `n` running pods in the namespace `load`, and the machines for them. The changes are as many: after thousands, who watched from before
/// starts anew.
pub fn fill(world: &mut World, n: usize) {
    if world.get("namespaces", "", NAMESPACE).is_none() {
        super::make(
            world,
            json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": NAMESPACE, "labels": {"kubernetes.io/metadata.name": NAMESPACE}},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            }),
        );
    }
    let pods: Arc<str> = "pods".into();
    let namespace: Arc<str> = NAMESPACE.into();
    let there = world.store.list(&pods, Some(NAMESPACE), None).count();
    let Some(pattern) = Pattern::of(world) else { return };
    for number in there..there + n {
        let machine = number / CROWD + 1;
        let node = format!("pool-{machine:03}");
        if number % CROWD == 0 || number == there {
            add_machine(world, &node, machine);
        }
        let name = format!("worker-{number:05}-{}", world.suffix(5));
        let (high, low) = (world.random.u64(..), world.random.u64(..));
        let uid = format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high & 0xffff,
            (high >> 16) & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        );
        let id = format!("{high:016x}{low:016x}{high:016x}{low:016x}");
        let (host, ip) =
            (address(machine), format!("10.{}.{}.{}", 100 + machine / 250, machine % 250, number % CROWD + 2));
        let key = Key { resource: pods.clone(), namespace: namespace.clone(), name: name.as_str().into() };
        let values = [name.as_str(), &uid, &node, &host, &ip, &id];
        world.store.put(key, |revision| pattern.written(&values, revision));
    }
}

fn address(machine: usize) -> String {
    format!("10.1.{}.{}", machine / 250, machine % 250)
}

fn add_machine(world: &mut World, name: &str, number: usize) {
    if world.get("nodes", "", name).is_some() {
        return;
    }
    let made =
        Machine { name, zone: "eu-central-a", number: 1, cpu: 64, memory: 256, pods: 250, instance: "standard-64" };
    let mut node = nodes::node(made, world.now);
    let net = format!("10.{}.{}.0/24", 100 + number / 250, number % 250);
    put(&mut node, "spec/podCIDR", net.as_str());
    put(&mut node, "spec/podCIDRs/0", net);
    put(&mut node, "spec/taints", json!([{"key": "demo.rk9s.dev/load", "effect": "NoSchedule"}]));
    put(&mut node, "status/addresses/0/address", address(number));
    // It was looked for just now.
    let _ = world.create("nodes", node, Write::by("kubelet"));
}

/// Marks in the pattern, and what of them is a revision.
const MARKS: [&str; 7] = ["@name@", "@uid@", "@node@", "@host@", "@ip@", "@id@", "@revision@"];

/// A pod's bytes, cut where pods differ.
struct Pattern {
    /// Each followed by the value of a mark.
    parts: Vec<(String, usize)>,
    last: String,
}

impl Pattern {
    /// Written by the world once, so that it has all that admission gives a pod.
    fn of(world: &mut World) -> Option<Self> {
        let mut trial = World::new(0, world.now);
        let mut pod = trial.create("pods", pod(), Write::by("kubectl-create")).ok()?;
        put(&mut pod, "metadata/name", "@name@");
        put(&mut pod, "spec/nodeName", "@node@");
        put(&mut pod, "metadata/uid", "@uid@");
        put(&mut pod, "metadata/resourceVersion", "@revision@");
        put(&mut pod, "status", status(&object::time(world.now)));
        let body = serde_json::to_string(&pod).ok()?;
        let (mut parts, mut rest) = (Vec::new(), body.as_str());
        let next = |rest: &str| {
            let places = MARKS.iter().enumerate().filter_map(|(n, mark)| rest.find(mark).map(|at| (at, n)));
            places.min()
        };
        while let Some((at, n)) = next(rest) {
            parts.push((rest.get(..at)?.to_owned(), n));
            rest = rest.get(at + MARKS.get(n)?.len()..)?;
        }
        Some(Self { parts, last: rest.to_owned() })
    }

    fn written(&self, values: &[&str], revision: u64) -> Bytes {
        let revision = revision.to_string();
        let mut body =
            String::with_capacity(self.parts.iter().map(|(part, _)| part.len() + 40).sum::<usize>() + self.last.len());
        for (part, n) in &self.parts {
            body.push_str(part);
            body.push_str(values.get(*n).copied().unwrap_or(&revision));
        }
        body.push_str(&self.last);
        Bytes::from(body.into_bytes().into_boxed_slice())
    }
}

fn pod() -> Object {
    json!({
        "metadata": {
            "name": "pattern", "namespace": NAMESPACE, "labels": {"app": "worker"},
            "annotations": {behaviour::ANNOTATION: behaviour::STILL},
        },
        "spec": {
            "nodeName": "pattern", "restartPolicy": "Always", "serviceAccountName": "default",
            "tolerations": [{"key": "demo.rk9s.dev/load", "operator": "Exists", "effect": "NoSchedule"}],
            "containers": [{
                "name": "worker", "image": "registry.example.com/load/worker:1.0.0", "args": ["--queue", "default"],
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
            }],
        },
    })
}

fn status(now: &str) -> Object {
    let conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(|kind| {
        json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": now, "observedGeneration": 1})
    });
    json!({
        "phase": "Running", "conditions": conditions, "startTime": now, "qosClass": "Burstable", "observedGeneration": 1,
        "hostIP": "@host@", "hostIPs": [{"ip": "@host@"}], "podIP": "@ip@", "podIPs": [{"ip": "@ip@"}],
        "containerStatuses": [{
            "name": "worker", "image": "registry.example.com/load/worker:1.0.0", "ready": true, "started": true, "restartCount": 0,
            "imageID": "registry.example.com/load/worker@sha256:6d1f3b0e4a7c25988d0f1e2b3c4a596877869504a3b2c1d0e9f8a7b6c5d4e3f2",
            "containerID": "containerd://@id@", "state": {"running": {"startedAt": now}}, "lastState": {},
        }],
    })
}
