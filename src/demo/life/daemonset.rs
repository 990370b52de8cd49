//! DaemonSets: one pod a fitting node (pkg/controller/daemon).
//!
//! A rolling update goes by `maxUnavailable`; a DaemonSet that asks for `maxSurge` is updated as if it were `maxUnavailable`.

mod nodes;

use super::super::events::{self, Level};
use super::super::object::{self, Object, at, number, put, text};
use super::super::store::{Key, What};
use super::super::world::{World, Write};
use super::history::{self, History};
use super::selector::{Round, scaled};
use super::{Controller, MANAGER, News, own, pods};
use jiff::SignedDuration;
use nodes::Node;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ID: &str = "daemonsets.apps";
const SOURCE: &str = "daemonset-controller";
const HASH: &str = "controller-revision-hash";
const GENERATION: &str = "pod-template-generation";

pub struct DaemonSets;

impl Controller for DaemonSets {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        match &*news.key.resource {
            ID => vec![news.key.clone()],
            "pods" if pods::is_turn(news) => own::owners(news, "DaemonSet", ID),
            "nodes" if is_other_node(news) => {
                world.store.list(&ID.into(), None, None).map(|(key, _)| key.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let set = world.get(ID, &key.namespace, &key.name)?;
        if object::is_deleted(&set) {
            return None;
        }
        let history = History::of(world, &set, at(&set, "spec/template/metadata/labels"), HASH)?;
        let hash = history::hash_of(&history.newest).to_owned();
        let nodes = nodes::all(world, &set);
        manage(world, &set, &nodes, &hash);
        if text(&set, "spec/updateStrategy/type") != "OnDelete" {
            update(world, &set, &nodes, &hash);
        }
        let by_node = by_node(world, &set);
        let is_live = |revision: &Object| {
            by_node.values().flatten().any(|pod| object::label(pod, HASH) == history::hash_of(revision))
        };
        history.forget(world, &set, is_live);
        write_status(world, &set, &nodes, &by_node, &hash);
        let all: Vec<Object> = by_node.into_values().flatten().collect();
        pods::next_available(&all, number(&set, "spec/minReadySeconds"), world.now)
    }
}

/// Whether a node came, went, or is another to who asks where pods fit; its heartbeats are not.
fn is_other_node(news: &News<'_>) -> bool {
    let is_same = |path: &str| at(news.before(), path) == at(news.object(), path);
    news.what != What::Modified || !is_same("metadata/labels") || !is_same("spec/taints")
}

/// The set's pods by the node they are on or meant for, the oldest first.
fn by_node(world: &World, set: &Object) -> BTreeMap<String, Vec<Object>> {
    let mut all = own::all(world, "pods", set);
    own::by_age(&mut all);
    let mut by_node = BTreeMap::<String, Vec<Object>>::new();
    for pod in all {
        by_node.entry(nodes::of(&pod).to_owned()).or_default().push(pod);
    }
    by_node
}

/// Makes a pod where one should be, and takes away those that should not.
fn manage(world: &mut World, set: &Object, nodes: &[Node], hash: &str) {
    let mut by_node = by_node(world, set);
    for node in nodes {
        let here = by_node.remove(&node.name).unwrap_or_default();
        let names: Vec<Key> = here.iter().map(key).collect();
        let (ended, running): (Vec<_>, Vec<_>) =
            here.into_iter().filter(|pod| !object::is_deleted(pod)).partition(pods::is_ended);
        match (node.should_run, node.may_stay) {
            (_, true) if !ended.is_empty() => ended.iter().for_each(|pod| replace(world, set, pod, &node.name)),
            (_, true) => running.iter().skip(1).for_each(|pod| pods::delete(world, pod, set, SOURCE)),
            (_, false) => ended.iter().chain(&running).for_each(|pod| pods::delete(world, pod, set, SOURCE)),
        }
        let is_there = |key: &Key| world.store.get(key).is_some();
        if node.should_run && !names.iter().any(is_there) {
            let pod = pod(set, &node.name, hash);
            // A refusal is said in an event, and tried again when something changes.
            let _ = pods::create(world, pod, set, SOURCE);
        }
    }
    // What is left is meant for nodes that are gone.
    let lost = by_node.into_values().flatten().filter(|pod| !object::is_deleted(pod));
    lost.for_each(|pod| pods::delete(world, &pod, set, SOURCE));
}

fn key(pod: &Object) -> Key {
    Key::new(&"pods".into(), object::namespace(pod), object::name(pod))
}

fn replace(world: &mut World, set: &Object, pod: &Object, node: &str) {
    let (level, reason, will) = match text(pod, "status/phase") {
        "Failed" => (Level::Warning, "FailedDaemonPod", "kill"),
        _ => (Level::Normal, "SucceededDaemonPod", "delete"),
    };
    let found = text(pod, "status/phase").to_lowercase();
    let (namespace, name) = (object::namespace(pod), object::name(pod));
    let message = format!("Found {found} daemon pod {namespace}/{name} on node {node}, will try to {will} it");
    events::record(world, set, level, reason, &message, SOURCE);
    pods::delete(world, pod, set, SOURCE);
}

fn pod(set: &Object, node: &str, hash: &str) -> Object {
    let mut pod = pods::from_template(at(set, "spec/template"), set);
    put(&mut pod, &format!("metadata/labels/{HASH}"), hash);
    let generation = object::annotation(set, "deprecated.daemonset.template.generation");
    if !generation.is_empty() {
        put(&mut pod, &format!("metadata/labels/{GENERATION}"), generation);
    }
    nodes::bind(&mut pod, node);
    pod
}

/// Takes old pods away, as many as may be missing: first those that serve nobody.
fn update(world: &mut World, set: &Object, nodes: &[Node], hash: &str) {
    let by_node = by_node(world, set);
    let min_ready = number(set, "spec/minReadySeconds");
    let desired = nodes.iter().filter(|node| node.should_run).count();
    let mut room = most_missing(set, desired as i64);
    let (mut idle, mut serving) = (Vec::new(), Vec::new());
    for node in nodes.iter().filter(|node| node.should_run) {
        let here = by_node.get(&node.name).into_iter().flatten().find(|pod| !object::is_deleted(pod));
        let is_available = here.is_some_and(|pod| pods::is_available(pod, min_ready, world.now));
        room -= i64::from(!is_available);
        match here.filter(|pod| object::label(pod, HASH) != hash) {
            Some(old) if is_available => serving.push(old),
            Some(old) => idle.push(old),
            None => {}
        }
    }
    let many = usize::try_from(room).unwrap_or_default();
    for pod in idle.into_iter().chain(serving.into_iter().take(many)) {
        pods::delete(world, pod, set, SOURCE);
    }
}

fn most_missing(set: &Object, desired: i64) -> i64 {
    let share = |field: &str| {
        let value = at(set, &format!("spec/updateStrategy/rollingUpdate/{field}"));
        scaled(value, desired, Round::Up).filter(|share| *share > 0)
    };
    share("maxUnavailable").or_else(|| share("maxSurge")).unwrap_or(1)
}

fn write_status(world: &mut World, set: &Object, nodes: &[Node], by_node: &BTreeMap<String, Vec<Object>>, hash: &str) {
    let min_ready = number(set, "spec/minReadySeconds");
    let first = |node: &&Node| by_node.get(&node.name).and_then(|pods| pods.first());
    let meant: Vec<&Node> = nodes.iter().filter(|node| node.should_run).collect();
    let here: Vec<&Object> = meant.iter().filter_map(first).collect();
    let astray = nodes.iter().filter(|node| !node.should_run && by_node.contains_key(&node.name)).count();
    let count = |counts: &dyn Fn(&Object) -> bool| here.iter().filter(|pod| counts(pod)).count() as i64;
    let (desired, available) = (meant.len() as i64, count(&|pod| pods::is_available(pod, min_ready, world.now)));
    let mut after = set.clone();
    let status = object::place(&mut after, "status");
    for (field, value) in [
        ("currentNumberScheduled", here.len() as i64),
        ("numberMisscheduled", astray as i64),
        ("desiredNumberScheduled", desired),
        ("numberReady", count(&pods::is_ready)),
    ] {
        put(status, field, value);
    }
    own::counts(
        status,
        &[
            ("observedGeneration", number(set, "metadata/generation")),
            ("updatedNumberScheduled", count(&|pod| object::label(pod, HASH) == hash)),
            ("numberAvailable", available),
            ("numberUnavailable", desired - available),
        ],
    );
    // Whoever changed it meanwhile woke this controller again.
    let _ = world.update(ID, after, Write::status(MANAGER));
}

/// A toleration that daemons have of every node's troubles.
fn toleration(key: &str, effect: &str) -> Value {
    json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect})
}

#[cfg(test)]
mod tests;
