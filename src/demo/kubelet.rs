//! The kubelets of all nodes: what becomes of a pod once it is bound to one.
//!
//! No container runs; what one would do is told by an annotation ([`behaviour`]). A kubelet of a dead node does nothing.

pub mod behaviour;
pub mod body;
pub mod container;
pub mod status;

use super::events::{self, Said};
use super::life::{Controller, News};
use super::nodes;
use super::object::{self, Object, items, put, text};
use super::recent::Seen;
use super::store::Key;
use super::world::{Deletion, World, Write};
use body::Body;
use container::{Around, Note};
use jiff::{SignedDuration, Timestamp};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Those controllers of the cluster that stand for its machines: scheduler, kubelets, the keepers of nodes, volumes and
/// events.
pub fn controllers() -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(super::scheduler::Scheduler::default()),
        Box::new(Kubelet::default()),
        Box::new(nodes::Keeper::default()),
        Box::new(super::volumes::Volumes),
        Box::new(events::Forgetting),
    ]
}

/// See the module.
#[derive(Debug, Default)]
pub struct Kubelet {
    bodies: BTreeMap<Key, Body>,
    /// What was written last, so that its echo costs nothing.
    seen: BTreeMap<Key, u64>,
    nodes: BTreeMap<String, Node>,
    images: BTreeSet<(String, String)>,
}

/// What a kubelet knows of its node.
#[derive(Debug, Default)]
struct Node {
    dead: bool,
    ip: String,
    /// `10.244.3.`
    prefix: String,
    addresses: BTreeMap<u8, Key>,
    /// Where the search for a free address goes on.
    next: u8,
    /// Pods it found when it came back, with something left to do: their alarms were lost.
    returned: BTreeSet<Key>,
}

impl Controller for Kubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn concerned(&self, _: &World, change: &News<'_>) -> Vec<Key> {
        let here = match &*change.key.resource {
            "nodes" => true,
            "pods" => {
                let holds = |what: &str| memmem::find(&change.body, what.as_bytes()).is_some();
                let own = self.seen.get(&change.key) == Some(&change.revision);
                !own && holds("\"nodeName\":") && (!holds(STILL) || holds("\"deletionTimestamp\":"))
            }
            _ => false,
        };
        here.then(|| change.key.clone()).into_iter().collect()
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        if &*key.resource == "nodes" {
            let due = self.node(world, key)?;
            return Some(due.duration_since(world.now).max(SignedDuration::ZERO));
        }
        let due = self.pod(world, key)?;
        Some(due.duration_since(world.now).max(SignedDuration::ZERO))
    }
}

/// How long a pod of the past is left alone before it is looked at.
const BEGINS: SignedDuration = SignedDuration::from_secs(3);

/// Whether nobody will see how what happens now came about.
fn is_long_past(world: &World) -> bool {
    world.now.checked_add(SignedDuration::from_mins(10)).is_ok_and(|soon| soon < events::seen_from(world))
}

/// How the annotation says it in JSON.
const STILL: &str = "\"demo.rk9s.dev/behaviour\":\"still\"";

impl Kubelet {
    /// A node came, changed or went. One that is back looks at all its pods, and when it must look again is said.
    fn node(&mut self, world: &mut World, key: &Key) -> Option<Timestamp> {
        let Some(node) = world.at(key) else {
            self.nodes.remove(&*key.name);
            return None;
        };
        let own = self.nodes.entry(key.name.to_string()).or_default();
        let was_dead = std::mem::replace(&mut own.dead, nodes::is_dead(&node));
        own.ip = nodes::address(&node).to_owned();
        own.prefix = match text(&node, "spec/podCIDR").rsplit_once('.') {
            Some((net, _)) => format!("{net}."),
            // Nobody gave it a range: that of its own bridge.
            None => format!("10.88.{}.", container::dice(&key.name) % 256),
        };
        if own.dead {
            return None;
        }
        if was_dead {
            let pods = nodes::pods(world, &key.name);
            let keys = pods.iter().map(|pod| Key::new(&"pods".into(), object::namespace(pod), object::name(pod)));
            own.returned = keys.collect();
        }
        let mut next = None;
        for pod in std::mem::take(&mut own.returned) {
            let Some(due) = self.pod(world, &pod) else { continue };
            next = Some(next.map_or(due, |next: Timestamp| next.min(due)));
            if let Some(own) = self.nodes.get_mut(&*key.name) {
                own.returned.insert(pod);
            }
        }
        next
    }

    /// Brings a pod to what it is by now. When it changes next.
    fn pod(&mut self, world: &mut World, key: &Key) -> Option<Timestamp> {
        let Some(stored) = world.store.get(key) else {
            self.forget(key);
            return None;
        };
        let revision = stored.revision;
        // Its own echo, or an alarm of an earlier wish.
        if self.seen.get(key) == Some(&revision)
            && let Some(due) = self.bodies.get(key).and_then(Body::due)
            && due > world.now
        {
            return Some(due);
        }
        let pod = world.at(key)?;
        let node = text(&pod, "spec/nodeName");
        if node.is_empty() || self.nodes.get(node).is_some_and(|node| node.dead) {
            return None;
        }
        if matches!(text(&pod, "status/phase"), "Succeeded" | "Failed") {
            return self.finished(world, key, &pod);
        }
        let mut body = match self.bodies.remove(key).filter(|body| body.uid == object::uid(&pod)) {
            Some(body) => body,
            None if is_long_past(world) && !object::is_deleted(&pod) => {
                // Nobody sees it begin: it is looked at when it has begun, and written once.
                self.bodies.insert(key.clone(), Body::new(&pod, world.now));
                self.seen.insert(key.clone(), revision);
                return world.now.checked_add(BEGINS).ok();
            }
            None => Body::new(&pod, world.now),
        };
        self.address(&pod, key, &mut body);
        let notes = self.live(world, &pod, &mut body);
        self.write(world, key, pod, body, notes)
    }

    fn live(&mut self, world: &World, pod: &Object, body: &mut Body) -> Vec<Note> {
        let mut notes = Vec::new();
        let (named, node, ip) = (body.named.clone(), body.node.clone(), body.ip.clone());
        let mut around = Around {
            pod: &named,
            node: &node,
            ip: &ip,
            restart: body.restart,
            images: &mut self.images,
            notes: &mut notes,
            nag_from: events::seen_from(world),
        };
        body.live(world.now, &mut around);
        if object::is_deleted(pod) {
            body.stop(pod, world.now, &mut around);
            body.live(world.now, &mut around);
        }
        notes
    }

    /// Says what happened, writes the status if it changed, and removes a pod that has stopped.
    fn write(&mut self, world: &mut World, key: &Key, pod: Seen, body: Body, notes: Vec<Note>) -> Option<Timestamp> {
        for note in &notes {
            let said = Said {
                level: note.level,
                reason: note.reason,
                message: &note.message,
                source: "kubelet",
                field: &note.field,
                at: note.at,
                times: note.times,
            };
            events::say(world, &pod, said);
        }
        let (due, stopped) = (body.due(), object::is_deleted(&pod) && body.is_stopped());
        let status = status::status(&pod, &body, world.now);
        let mut after = pod;
        if after.get("status") != Some(&status) {
            let mut changed = Arc::unwrap_or_clone(after);
            put(&mut changed, "status", status);
            // It was read just now: nobody is in between.
            after = world.write("pods", changed, Write::status("kubelet")).ok()?;
        }
        if stopped {
            return self.finished(world, key, &after);
        }
        self.seen.insert(key.clone(), object::text(&after, "metadata/resourceVersion").parse().unwrap_or_default());
        if due.is_some() {
            self.bodies.insert(key.clone(), body);
        }
        due
    }

    /// A pod whose containers have ended: it goes when it is deleted.
    fn finished(&mut self, world: &mut World, key: &Key, pod: &Object) -> Option<Timestamp> {
        self.forget(key);
        if object::is_deleted(pod) {
            let now = Deletion { grace: Some(0), uid: Some(object::uid(pod).to_owned()), ..Deletion::default() };
            // Gone already, or held by finalizers: nothing more to do.
            let _ = world.delete("pods", &key.namespace, &key.name, &now);
        }
        None
    }

    fn forget(&mut self, key: &Key) {
        self.bodies.remove(key);
        self.seen.remove(key);
        for node in self.nodes.values_mut() {
            node.addresses.retain(|_, owner| owner != key);
        }
    }

    /// Gives the pod its addresses once its sandbox is made.
    fn address(&mut self, pod: &Object, key: &Key, body: &mut Body) {
        let Some(node) = self.nodes.get_mut(&body.node) else { return };
        body.host_ip.clone_from(&node.ip);
        if Body::is_on_host(pod) {
            body.ip.clone_from(&node.ip);
        } else if body.ip.is_empty() && !node.prefix.is_empty() {
            let free = (0..253).map(|n| 2 + (u16::from(node.next) + n) % 253);
            let free = free.filter_map(|n| u8::try_from(n).ok()).find(|n| !node.addresses.contains_key(n)).unwrap_or(2);
            node.next = free.wrapping_sub(1);
            node.addresses.insert(free, key.clone());
            body.ip = format!("{}{free}", node.prefix);
        }
    }
}

/// A container of a pod by name, of whatever sort.
pub fn container_spec<'a>(pod: &'a Object, name: &str) -> Option<&'a Object> {
    let all = items(pod, "spec/containers").iter().chain(items(pod, "spec/initContainers"));
    all.into_iter().find(|own| text(own, "name") == name)
}

#[cfg(test)]
mod tests;
