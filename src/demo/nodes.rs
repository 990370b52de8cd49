//! Nodes: how they look, and what becomes of one whose kubelet is silent (node lifecycle and taint eviction controllers).
//!
//! A node is dead while it is annotated so; [`kill`] and [`revive`] do that.

use super::events::{self, Level};
use super::kubelet::container::dice;
use super::life::{Controller, News};
use super::object::{self, Object, at, flag, items, number, place, put, text};
use super::recent::Seen;
use super::refusal::Refusal;
use super::store::Key;
use super::world::{Deletion, World, Write};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Says since when a node's kubelet is silent.
const DEAD: &str = "demo.rk9s.dev/dead";
/// How long the silence is put up with (`node-monitor-grace-period`, 50 s since 1.32).
const GRACE: SignedDuration = SignedDuration::from_secs(50);
/// How often a lease is renewed here; real kubelets do it each ten seconds.
const LEASE: SignedDuration = SignedDuration::from_mins(1);
/// How often a status is posted though nothing changed (`nodeStatusReportFrequency`).
const HEARTBEAT: SignedDuration = SignedDuration::from_mins(5);
/// How long pods that say nothing stay on an unreachable node (DefaultTolerationSeconds).
const STAY: i64 = 300;

const TTL: &str = "node.alpha.kubernetes.io/ttl";
const LEASES: &str = "leases.coordination.k8s.io";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// What a node is made of.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    pub name: &'a str,
    pub zone: &'a str,
    /// Its number in the cluster, from 1: addresses come from it.
    pub number: u16,
    pub cpu: u32,
    /// In GiB.
    pub memory: u32,
    pub pods: u32,
    pub instance: &'a str,
}

/// A node as its kubelet registers it.
pub fn node(machine: Machine<'_>, now: Timestamp) -> Object {
    let Machine { name, zone, number, cpu, memory, pods, instance } = machine;
    let kibibytes = u64::from(memory) * 1024 * 1024 - 61_440;
    let (high, low) = (number / 250, number % 250);
    json!({
        "metadata": {
            "name": name,
            "labels": {
                "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": name,
                "node.kubernetes.io/instance-type": instance,
                "topology.kubernetes.io/region": "eu-central", "topology.kubernetes.io/zone": zone,
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        },
        "spec": {
            "podCIDR": format!("10.{}.{low}.0/24", 244 + high), "podCIDRs": [format!("10.{}.{low}.0/24", 244 + high)],
            "providerID": format!("demo://eu-central/{name}"),
        },
        "status": {
            "addresses": [{"type": "InternalIP", "address": format!("10.0.{}.{}", 1 + high, 10 + low)}, {"type": "Hostname", "address": name}],
            "capacity": {"cpu": cpu.to_string(), "ephemeral-storage": "101430960Ki", "hugepages-2Mi": "0", "memory": format!("{kibibytes}Ki"), "pods": pods.to_string()},
            "allocatable": {"cpu": format!("{}m", cpu * 1000 - 80), "ephemeral-storage": "93478772582", "hugepages-2Mi": "0", "memory": format!("{}Ki", kibibytes - 819_200), "pods": pods.to_string()},
            "conditions": conditions(now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": [
                {"names": ["registry.k8s.io/kube-proxy:v1.36.3"], "sizeBytes": 31_400_112},
                {"names": ["registry.k8s.io/pause:3.10.1"], "sizeBytes": 320_448},
            ],
            "nodeInfo": {
                "architecture": "amd64", "bootID": uuid(name, "boot"), "containerRuntimeVersion": "containerd://2.2.1",
                "kernelVersion": "6.12.48+deb13-cloud-amd64", "kubeProxyVersion": "", "kubeletVersion": "v1.36.3",
                "machineID": uuid(name, "machine").replace('-', ""), "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 13 (trixie)", "systemUUID": uuid(name, "system"),
            },
        },
    })
}

fn uuid(name: &str, what: &str) -> String {
    let (high, low) = (dice(&(name, what)), dice(&(what, name)));
    let part = |number: u64, shift: u32, mask: u64| (number >> shift) & mask;
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        part(high, 32, 0xffff_ffff),
        part(high, 16, 0xffff),
        part(high, 0, 0xfff),
        part(low, 48, 0xfff),
        part(low, 0, 0xffff_ffff_ffff)
    )
}

/// What a healthy kubelet says of its node: kind, whether it holds, reason, message.
const HEALTHY: [(&str, &str, &str, &str); 4] = [
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
];

fn conditions(now: Timestamp) -> Vec<Value> {
    let now = object::time(now);
    let made = HEALTHY.iter().map(|(kind, status, reason, message)| {
        json!({"type": kind, "status": status, "lastHeartbeatTime": now, "lastTransitionTime": now, "reason": reason, "message": message})
    });
    made.collect()
}

/// Whether its kubelet is silent.
pub fn is_dead(node: &Object) -> bool {
    !object::annotation(node, DEAD).is_empty()
}

/// Its internal address.
pub fn address(node: &Object) -> &str {
    let internal = items(node, "status/addresses").iter().find(|own| text(own, "type") == "InternalIP");
    internal.map(|own| text(own, "address")).unwrap_or_default()
}

/// What a pod says of where it runs once it is bound to a node (the PodTopologyLabels admission); its own labels stay.
pub fn place_pod(world: &World, pod: &mut Object, node: &str) {
    put(pod, "spec/nodeName", node);
    let Some(node) = world.get("nodes", "", node) else { return };
    for key in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
        let path = format!("metadata/labels/{}", key.replace('/', "~1"));
        let there = text(&node, &path);
        if !there.is_empty() && at(pod, &path).is_null() {
            put(pod, &path, there);
        }
    }
}

/// Cuts a node off: from now on its kubelet is silent. What it posted last, it posted just now.
pub fn kill(world: &mut World, name: &str) -> Result<(), Refusal> {
    let mut node = world.get("nodes", "", name).ok_or_else(|| Refusal::not_found(("", "nodes"), name))?;
    let now = object::time(world.now);
    for n in 0..items(&node, "status/conditions").len() {
        put(&mut node, &format!("status/conditions/{n}/lastHeartbeatTime"), now.as_str());
    }
    let mut node = world.update("nodes", node, Write::status("kubelet"))?;
    if let Some(mut lease) = world.get(LEASES, "kube-node-lease", name) {
        put(&mut lease, "spec/renewTime", object::micro_time(world.now));
        world.update(LEASES, lease, Write::by("kubelet"))?;
    }
    put(&mut node, &annotation_path(), now);
    world.update("nodes", node, Write::by("demo")).map(drop)
}

/// Brings a node back.
pub fn revive(world: &mut World, name: &str) -> Result<(), Refusal> {
    let mut node = world.get("nodes", "", name).ok_or_else(|| Refusal::not_found(("", "nodes"), name))?;
    object::remove(&mut node, &annotation_path());
    world.update("nodes", node, Write::by("demo")).map(drop)
}

fn annotation_path() -> String {
    format!("metadata/annotations/{}", DEAD.replace('/', "~1"))
}

/// Keeps conditions, taints and leases of nodes, and evicts from those that cannot keep their pods.
#[derive(Debug, Default)]
pub struct Keeper {
    /// When each node's status was posted last.
    posted: BTreeMap<Key, Timestamp>,
}

impl Controller for Keeper {
    fn name(&self) -> &'static str {
        "node-controller"
    }

    fn concerned(&self, _: &World, change: &News<'_>) -> Vec<Key> {
        let here = &*change.key.resource == "nodes";
        here.then(|| change.key.clone()).into_iter().collect()
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let Some(mut node) = world.get("nodes", "", &key.name) else {
            self.posted.remove(key);
            return None;
        };
        if is_dead(&node) {
            let since = object::moment(&node, &annotation_path()).unwrap_or(world.now);
            let left = GRACE.saturating_sub(world.now.duration_since(since));
            if left.is_positive() {
                return Some(left);
            }
        }
        self.conditions(world, key, &mut node);
        taints(world, &mut node);
        // How long secrets may be kept, by the cluster's size (pkg/controller/ttl).
        if object::annotation(&node, TTL).is_empty() {
            put(&mut node, &format!("metadata/annotations/{}", TTL.replace('/', "~1")), "0");
        }
        let before = world.get("nodes", "", &key.name)?;
        if before.get("status") != node.get("status") {
            world.update("nodes", node.clone(), Write::status("kubelet")).ok()?;
        }
        let changed = |part: &str| before.get(part) != node.get(part);
        if changed("spec") || changed("metadata") {
            object::remove(&mut node, "metadata/resourceVersion");
            world.update("nodes", node.clone(), Write::by("kube-controller-manager")).ok()?;
        }
        let evictions = evict(world, &node);
        let lease = (!is_dead(&node)).then(|| renew(world, &node));
        [evictions, lease].into_iter().flatten().min()
    }
}

impl Keeper {
    /// What a node says of itself, or, when it is dead, what is said of it.
    fn conditions(&mut self, world: &mut World, key: &Key, node: &mut Object) {
        let dead = is_dead(node);
        let was_ready = ready(node) == "True";
        let now = object::time(world.now);
        if !self.posted.contains_key(key) {
            let message = format!("Node {0} event: Registered Node {0} in Controller", key.name);
            events::record(world, node, Level::Normal, "RegisteredNode", &message, "node-controller");
        }
        let posted = *self.posted.entry(key.clone()).or_insert(world.now);
        let beats = !dead && world.now.duration_since(posted) >= HEARTBEAT;
        if beats {
            self.posted.insert(key.clone(), world.now);
        }
        for (kind, status, reason, message) in HEALTHY {
            let Some(n) = items(node, "status/conditions").iter().position(|own| text(own, "type") == kind) else {
                continue;
            };
            let condition = place(node, &format!("status/conditions/{n}"));
            let (status, reason, message) = match dead {
                true => ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
                false => (status, reason, message),
            };
            if text(condition, "status") != status {
                put(condition, "lastTransitionTime", now.as_str());
                put(condition, "status", status);
            } else if !beats {
                continue;
            }
            if !dead {
                put(condition, "lastHeartbeatTime", now.as_str());
            }
            put(condition, "reason", reason);
            put(condition, "message", message);
        }
        if was_ready == dead {
            let (word, source) = if dead { ("NodeNotReady", "node-controller") } else { ("NodeReady", "kubelet") };
            let message = format!("Node {} status is now: {word}", object::name(node));
            events::record(world, node, Level::Normal, word, &message, source);
            if dead {
                mark_pods(world, node);
            }
        }
    }
}

fn ready(node: &Object) -> &str {
    let ready = items(node, "status/conditions").iter().find(|own| text(own, "type") == "Ready");
    ready.map(|own| text(own, "status")).unwrap_or_default()
}

/// Taints what is unreachable, and what is cordoned; takes those taints away again.
fn taints(world: &mut World, node: &mut Object) {
    let (dead, cordoned) = (is_dead(node), flag(node, "spec/unschedulable"));
    let before = items(node, "spec/taints").to_vec();
    let wanted =
        [(UNREACHABLE, "NoSchedule", dead), (UNREACHABLE, "NoExecute", dead), (UNSCHEDULABLE, "NoSchedule", cordoned)];
    let mut taints = before.clone();
    let is = |taint: &Value, key: &str, effect: &str| text(taint, "key") == key && text(taint, "effect") == effect;
    for (key, effect, holds) in wanted {
        let known = taints.iter().any(|taint| is(taint, key, effect));
        if holds && !known {
            taints.push(json!({"key": key, "effect": effect, "timeAdded": object::time(world.now)}));
            if key == UNSCHEDULABLE {
                let message = format!("Node {} status is now: NodeNotSchedulable", object::name(node));
                events::record(world, node, Level::Normal, "NodeNotSchedulable", &message, "kubelet");
            }
        } else if !holds && known {
            taints.retain(|taint| !is(taint, key, effect));
            if key == UNSCHEDULABLE {
                let message = format!("Node {} status is now: NodeSchedulable", object::name(node));
                events::record(world, node, Level::Normal, "NodeSchedulable", &message, "kubelet");
            }
        }
    }
    if taints == before {
        return;
    }
    if taints.is_empty() {
        object::remove(node, "spec/taints");
    } else {
        put(node, "spec/taints", taints);
    }
}

/// The pods on a node.
pub fn pods(world: &World, node: &str) -> Vec<Seen> {
    // Most of a large cluster's are not even parsed.
    let (id, named) = ("pods".into(), format!("\"nodeName\":\"{node}\""));
    let named = memchr::memmem::Finder::new(&named);
    let all = world.store.list(&id, None, None).filter(|(_, stored)| named.find(&stored.body).is_some());
    let pods = all.filter_map(|(_, stored)| world.recent.glance(&stored.body));
    pods.filter(|pod| text(pod, "spec/nodeName") == node).collect()
}

/// Pods of a silent node are not ready, as far as one knows.
fn mark_pods(world: &mut World, node: &Object) {
    for pod in pods(world, object::name(node)) {
        let mut pod = Arc::unwrap_or_clone(pod);
        let Some(n) = items(&pod, "status/conditions").iter().position(|own| text(own, "type") == "Ready") else {
            continue;
        };
        let now = object::time(world.now);
        let ready = place(&mut pod, &format!("status/conditions/{n}"));
        if text(ready, "status") == "True" {
            put(ready, "status", "False");
            put(ready, "lastTransitionTime", now);
            let _ = world.update("pods", pod.clone(), Write::status("kube-controller-manager"));
        }
        events::record(world, &pod, Level::Warning, "NodeNotReady", "Node is not ready", "node-controller");
    }
}

/// Deletes the pods that do not tolerate a node's `NoExecute` taints, when their time is up. How long until the next one's is.
fn evict(world: &mut World, node: &Object) -> Option<SignedDuration> {
    let taints: Vec<&Object> =
        items(node, "spec/taints").iter().filter(|taint| text(taint, "effect") == "NoExecute").collect();
    if taints.is_empty() {
        return None;
    }
    let mut next: Option<SignedDuration> = None;
    for pod in pods(world, object::name(node)) {
        if object::is_deleted(&pod) {
            continue;
        }
        let left = taints.iter().filter_map(|taint| stays(&pod, taint, world.now)).min();
        match left {
            Some(left) if left.is_positive() => next = Some(next.map_or(left, |next| next.min(left))),
            Some(_) => expel(world, Arc::unwrap_or_clone(pod)),
            None => {}
        }
    }
    next
}

/// How long a pod may stay in spite of a taint; for ever, if nothing is answered.
fn stays(pod: &Object, taint: &Object, now: Timestamp) -> Option<SignedDuration> {
    let since = object::moment(taint, "timeAdded").unwrap_or(now);
    let passed = now.duration_since(since);
    let own = items(pod, "spec/tolerations").iter().filter(|own| tolerates(own, taint));
    let mut seconds: Vec<Option<i64>> = own.map(|own| at(own, "tolerationSeconds").as_i64()).collect();
    if seconds.is_empty() {
        let usual = text(taint, "key") == UNREACHABLE;
        seconds.push(Some(if usual { STAY } else { 0 }));
    }
    let least = seconds.into_iter().flatten().min()?;
    Some(SignedDuration::from_secs(least).saturating_sub(passed))
}

/// Whether a toleration is one of a taint (`Toleration.ToleratesTaint`).
pub fn tolerates(toleration: &Object, taint: &Object) -> bool {
    let effect = text(toleration, "effect");
    let key = text(toleration, "key");
    if !effect.is_empty() && effect != text(taint, "effect") {
        return false;
    }
    if !key.is_empty() && key != text(taint, "key") {
        return false;
    }
    match text(toleration, "operator") {
        "Exists" => true,
        _ => !key.is_empty() && text(toleration, "value") == text(taint, "value"),
    }
}

fn expel(world: &mut World, mut pod: Object) {
    let source = "taint-eviction-controller";
    let message = format!("Marking for deletion Pod {}/{}", object::namespace(&pod), object::name(&pod));
    events::record(world, &pod, Level::Normal, "TaintManagerEviction", &message, source);
    let mut conditions = items(&pod, "status/conditions").to_vec();
    conditions.retain(|own| text(own, "type") != "DisruptionTarget");
    conditions.push(json!({
        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint", "lastProbeTime": null,
        "lastTransitionTime": object::time(world.now), "observedGeneration": number(&pod, "metadata/generation").max(1),
    }));
    put(&mut pod, "status/conditions", conditions);
    let _ = world.update("pods", pod.clone(), Write::status("kube-controller-manager"));
    let _ = world.delete("pods", object::namespace(&pod), object::name(&pod), &Deletion::default());
}

/// Renews a node's lease; when to do so again.
fn renew(world: &mut World, node: &Object) -> SignedDuration {
    let name = object::name(node);
    let now = world.now;
    let lease = world.get(LEASES, "kube-node-lease", name);
    let renewed = lease.as_ref().and_then(|lease| object::moment(lease, "spec/renewTime"));
    let next = renewed.map_or(now, |renewed| renewed.saturating_add(LEASE).unwrap_or(now));
    // Nobody looks before the present.
    let next = if renewed.is_some() { next.max(world.present) } else { next };
    if next > now {
        return next.duration_since(now);
    }
    match lease {
        Some(mut lease) => {
            put(&mut lease, "spec/renewTime", object::micro_time(now));
            let _ = world.update(LEASES, lease, Write::by("kubelet"));
        }
        None => {
            let lease = json!({
                "metadata": {
                    "namespace": "kube-node-lease", "name": name,
                    "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": object::uid(node)}],
                },
                "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": object::micro_time(now)},
            });
            let _ = world.create(LEASES, lease, Write::by("kubelet"));
        }
    }
    LEASE.max(world.present.duration_since(now))
}

#[cfg(test)]
mod tests;
