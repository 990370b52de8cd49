//! The scheduler: finds a node for each pod that has none, and says in the real one's words why there is none.
//!
//! It keeps sums of what pods ask of each node, so that a pod costs one look at six nodes, not at all pods. It does not preempt, and of the
//! rules between pods it knows anti-affinity on one host.

pub mod fit;

use super::events::{self, Level};
use super::life::{Controller, News};
use super::nodes;
use super::object::{self, Object, at, items, put, text};
use super::store::{Key, What};
use super::world::{World, Write};
use fit::{Demand, Machine, Placed, Unfit};
use jiff::SignedDuration;
use memchr::memmem;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
#[derive(Debug, Default)]
pub struct Scheduler {
    machines: BTreeMap<String, Machine>,
    placed: BTreeMap<Key, Placed>,
    waiting: BTreeSet<Key>,
}

/// Pods that found no place are tried again after so long although nothing changed.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
const NAME: &str = "default-scheduler";

impl Controller for Scheduler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn concerned(&self, _: &World, change: &News<'_>) -> Vec<Key> {
        let holds = |what: &str| memmem::find(&change.body, what.as_bytes()).is_some();
        let concerns = match (&*change.key.resource, change.what) {
            ("nodes" | "persistentvolumeclaims", _) => true,
            ("pods", What::Deleted) => self.placed.contains_key(&change.key) || self.waiting.contains(&change.key),
            // Filled in where it stands, and on machines of its own.
            ("pods", _) if holds("\"demo.rk9s.dev/behaviour\":\"still\"") => false,
            ("pods", _) if self.placed.contains_key(&change.key) => {
                holds("\"phase\":\"Succeeded\"") || holds("\"phase\":\"Failed\"")
            }
            ("pods", What::Modified) if self.waiting.contains(&change.key) => !holds("\"reason\":\"Unschedulable\""),
            ("pods", _) => true,
            _ => false,
        };
        concerns.then(|| change.key.clone()).into_iter().collect()
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        match &*key.resource {
            "pods" => self.pod(world, key),
            "nodes" => {
                let machine = world.get("nodes", "", &key.name).map(|node| Machine::of(&node));
                if self.note(&key.name, machine) {
                    self.try_waiting(world);
                }
                None
            }
            _ => {
                self.try_waiting(world);
                None
            }
        }
    }
}

impl Scheduler {
    /// Takes note of a node; whether something that matters is new.
    fn note(&mut self, name: &str, machine: Option<Machine>) -> bool {
        let Some(mut machine) = machine else {
            self.machines.remove(name);
            return false;
        };
        let before = self.machines.get(name);
        if let Some(before) = before {
            machine.used = before.used.clone();
        }
        let is_new = before != Some(&machine);
        self.machines.insert(name.to_owned(), machine);
        is_new
    }

    fn pod(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let pod = world.get("pods", &key.namespace, &key.name);
        let ended = |pod: &Object| matches!(text(pod, "status/phase"), "Succeeded" | "Failed");
        let Some(pod) = pod.filter(|pod| !ended(pod)) else {
            self.waiting.remove(key);
            if self.release(key) {
                self.try_waiting(world);
            }
            return None;
        };
        let node = text(&pod, "spec/nodeName");
        if !node.is_empty() {
            self.waiting.remove(key);
            self.place(key, Placed::of(&pod, node));
            return None;
        }
        if object::is_deleted(&pod) || !matches!(text(&pod, "spec/schedulerName"), "" | NAME) {
            return None;
        }
        self.schedule(world, key, pod)
    }

    fn try_waiting(&mut self, world: &mut World) {
        for key in self.waiting.clone() {
            if let Some(pod) = world.get("pods", &key.namespace, &key.name) {
                self.schedule(world, &key, pod);
            }
        }
    }

    fn place(&mut self, key: &Key, placed: Placed) {
        if self.placed.get(key) == Some(&placed) {
            return;
        }
        self.release(key);
        self.machines.entry(placed.node.clone()).or_default().used.add(&placed, 1);
        self.placed.insert(key.clone(), placed);
    }

    fn release(&mut self, key: &Key) -> bool {
        let Some(placed) = self.placed.remove(key) else { return false };
        if let Some(machine) = self.machines.get_mut(&placed.node) {
            machine.used.add(&placed, -1);
        }
        true
    }

    /// Binds the pod to the best node, or says why there is none.
    fn schedule(&mut self, world: &mut World, key: &Key, mut pod: Object) -> Option<SignedDuration> {
        let chosen = match unbound(world, &pod) {
            Some(why) => Err(format!(
                "0/{} nodes are available: {why}. {}",
                self.machines.len(),
                not_helpful(self.machines.len())
            )),
            None => self.choose(&pod),
        };
        let node = match chosen {
            Ok(node) => node,
            Err(why) => return Some(self.refuse(world, key, pod, &why)),
        };
        nodes::place_pod(world, &mut pod, &node);
        let write = Write { subresource: "binding", ..Write::by(NAME) };
        let pod = world.update("pods", pod, write).ok()?;
        self.waiting.remove(key);
        self.place(key, Placed::of(&pod, &node));
        let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
        events::record(world, &pod, Level::Normal, "Scheduled", &message, NAME);
        None
    }

    fn choose(&self, pod: &Object) -> Result<String, String> {
        let demand = Demand::of(pod);
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let mut hopeless = 0;
        let mut best: Option<(Score, &String)> = None;
        for (name, machine) in &self.machines {
            let apart = || self.has_rival(&demand, name);
            match demand.fits(name, machine, apart) {
                Ok(()) => {
                    let score = self.score(&demand, machine);
                    if best.is_none_or(|(least, _)| score < least) {
                        best = Some((score, name));
                    }
                }
                Err(Unfit { reasons: own, for_good }) => {
                    hopeless += usize::from(for_good);
                    for reason in own {
                        *reasons.entry(reason).or_default() += 1;
                    }
                }
            }
        }
        best.map(|(_, name)| name.clone()).ok_or_else(|| self.why(&reasons, hopeless))
    }

    /// Few of the same owner on the machine, few in its zone, little asked of it.
    fn score(&self, demand: &Demand, machine: &Machine) -> Score {
        let own = machine.used.owners.get(&demand.placed.owner).copied().unwrap_or_default();
        let zone = self.machines.values().filter(|other| other.zone() == machine.zone());
        let zone = zone.map(|other| other.used.owners.get(&demand.placed.owner).copied().unwrap_or_default()).sum();
        (own, zone, machine.load(&demand.placed))
    }

    /// Whether a pod stands on a machine that one of the two does not want beside it.
    fn has_rival(&self, demand: &Demand, node: &str) -> bool {
        if demand.apart.is_empty() {
            return false;
        }
        let here =
            self.placed.iter().filter(|(key, placed)| placed.node == node && *key.namespace == *demand.namespace);
        here.into_iter().any(|(_, placed)| demand.apart.iter().any(|term| fit::selects(term, &placed.labels)))
    }

    /// As `FitError` says it (pkg/scheduler/framework/types.go).
    fn why(&self, reasons: &BTreeMap<String, usize>, hopeless: usize) -> String {
        let all = self.machines.len();
        if all == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let mut said: Vec<String> = reasons.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        said.sort();
        let mut after = Vec::new();
        if all > hopeless {
            after.push(format!("{} No preemption victims found for incoming pod", all - hopeless));
        }
        if hopeless > 0 {
            after.push(format!("{hopeless} Preemption is not helpful for scheduling"));
        }
        after.sort();
        let (said, after) = (said.join(", "), after.join(", "));
        format!(
            "0/{all} nodes are available: {said}. no new claims to deallocate, preemption: 0/{all} nodes are available: {after}."
        )
    }

    fn refuse(&mut self, world: &mut World, key: &Key, mut pod: Object, why: &str) -> SignedDuration {
        self.waiting.insert(key.clone());
        events::record(world, &pod, Level::Warning, "FailedScheduling", why, NAME);
        let mut conditions = items(&pod, "status/conditions").to_vec();
        let now = object::time(world.now);
        let before =
            conditions.iter().find(|own| text(own, "type") == "PodScheduled" && text(own, "status") == "False");
        let since = before.map_or(now, |own| text(own, "lastTransitionTime").to_owned());
        conditions.retain(|own| text(own, "type") != "PodScheduled");
        conditions.push(json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": why,
            "lastProbeTime": null, "lastTransitionTime": since,
            "observedGeneration": object::number(&pod, "metadata/generation").max(1),
        }));
        put(&mut pod, "status/conditions", conditions);
        put(&mut pod, "status/phase", "Pending");
        if text(&pod, "status/qosClass").is_empty() {
            let class = super::kubelet::status::qos(&pod);
            put(&mut pod, "status/qosClass", class);
        }
        // Whoever changed it in between wakes the scheduler again.
        let _ = world.update("pods", pod, Write::status(NAME));
        AGAIN.max(events::seen_from(world).duration_since(world.now))
    }
}

/// Same owner's on the machine, in the zone, and how full it is.
type Score = (i64, i64, i64);

fn not_helpful(nodes: usize) -> String {
    format!(
        "no new claims to deallocate, preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling."
    )
}

/// Why its volumes keep the pod from any node (the VolumeBinding plugin's PreFilter).
fn unbound(world: &World, pod: &Object) -> Option<String> {
    let claims = items(pod, "spec/volumes").iter().map(|volume| text(volume, "persistentVolumeClaim/claimName"));
    let mut unbound = false;
    for claim in claims.filter(|claim| !claim.is_empty()) {
        match world.get("persistentvolumeclaims", object::namespace(pod), claim) {
            None => return Some(format!("persistentvolumeclaim {claim:?} not found")),
            Some(claim) => unbound |= text(&claim, "status/phase") != "Bound",
        }
    }
    unbound.then(|| "pod has unbound immediate PersistentVolumeClaims".to_owned())
}

/// Labels of an object, to be matched later.
fn labels(object: &Object) -> Value {
    at(object, "metadata/labels").clone()
}

#[cfg(test)]
mod tests;
