//! Where a DaemonSet's pods belong: which nodes it should run on, and how a pod is bound to one (pkg/controller/daemon/util).

use super::super::super::nodes::tolerates;
use super::super::super::object::{self, Object, flag, items, put, text};
use super::super::super::scheduler::fit::{Demand, Machine};
use super::super::super::world::World;
use super::toleration;
use serde_json::{Value, json};

/// A node, as a DaemonSet sees it.
#[derive(Debug)]
pub struct Node {
    pub name: String,
    /// A pod of it belongs here.
    pub should_run: bool,
    /// A pod of it that is here may stay: its taints came later, and let pods be.
    pub may_stay: bool,
}

const REQUIRED: &str = "spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";

/// All nodes, by name. Being cordoned does not matter.
pub fn all(world: &World, set: &Object) -> Vec<Node> {
    let mut pod = json!({"spec": object::at(set, "spec/template/spec")});
    tolerate(&mut pod);
    let demand = Demand::of(&pod);
    let wanted = text(&pod, "spec/nodeName");
    let judge = |node: Object| {
        let name = object::name(&node).to_owned();
        let is_meant = (wanted.is_empty() || wanted == name) && demand.wants(&name, &Machine::of(&node));
        let tolerated = |taint: &Value| items(&pod, "spec/tolerations").iter().any(|own| tolerates(own, taint));
        let clear = |effects: &[&str]| {
            let taints = items(&node, "spec/taints").iter();
            taints.filter(|taint| effects.contains(&text(taint, "effect"))).all(tolerated)
        };
        let should_run = is_meant && clear(&["NoSchedule", "NoExecute"]);
        Node { should_run, may_stay: is_meant && clear(&["NoExecute"]), name }
    };
    world.list("nodes", None).into_iter().map(judge).collect()
}

/// The node that a pod is on or meant for.
pub fn of(pod: &Object) -> &str {
    match text(pod, "spec/nodeName") {
        "" => text(pod, &format!("{REQUIRED}/nodeSelectorTerms/0/matchFields/0/values/0")),
        node => node,
    }
}

/// Has the scheduler put a pod on this node and no other, whatever its troubles.
pub fn bind(pod: &mut Object, node: &str) {
    let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
    put(pod, REQUIRED, json!({"nodeSelectorTerms": [term]}));
    tolerate(pod);
}

fn tolerate(pod: &mut Object) {
    let mut all = items(pod, "spec/tolerations").to_vec();
    let mut wanted = vec![
        toleration("not-ready", "NoExecute"),
        toleration("unreachable", "NoExecute"),
        toleration("disk-pressure", "NoSchedule"),
        toleration("memory-pressure", "NoSchedule"),
        toleration("pid-pressure", "NoSchedule"),
        toleration("unschedulable", "NoSchedule"),
    ];
    if flag(pod, "spec/hostNetwork") {
        wanted.push(toleration("network-unavailable", "NoSchedule"));
    }
    wanted.retain(|own| !all.contains(own));
    all.append(&mut wanted);
    put(pod, "spec/tolerations", all);
}
