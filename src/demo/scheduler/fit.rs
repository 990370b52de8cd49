//! Whether a pod fits a node: the filters of the default scheduler, in their order, with their words.

use crate::demo::nodes::tolerates;
use crate::demo::object::{self, Object, at, flag, items, text};
use crate::text::quantity;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the scheduler knows of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    labels: Value,
    taints: Vec<Value>,
    unschedulable: bool,
    cpu: i64,
    memory: i64,
    pods: i64,
    pub used: Used,
}

/// What pods ask of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Used {
    cpu: i64,
    memory: i64,
    pods: i64,
    /// Pods by the uid of their controller.
    pub owners: BTreeMap<String, i64>,
}

impl Used {
    pub fn add(&mut self, placed: &Placed, sign: i64) {
        self.cpu += sign * placed.cpu;
        self.memory += sign * placed.memory;
        self.pods += sign;
        if !placed.owner.is_empty() {
            let count = self.owners.entry(placed.owner.clone()).or_default();
            *count += sign;
            if *count == 0 {
                self.owners.remove(&placed.owner);
            }
        }
    }
}

impl Machine {
    pub fn of(node: &Object) -> Self {
        Self {
            labels: super::labels(node),
            taints: items(node, "spec/taints").to_vec(),
            unschedulable: flag(node, "spec/unschedulable"),
            cpu: milli(at(node, "status/allocatable/cpu")),
            memory: whole(at(node, "status/allocatable/memory")),
            pods: whole(at(node, "status/allocatable/pods")),
            used: Used::default(),
        }
    }

    pub fn zone(&self) -> &str {
        object::at(&self.labels, "topology.kubernetes.io~1zone").as_str().unwrap_or_default()
    }

    /// How full it would be, in thousandths of what it has.
    pub fn load(&self, placed: &Placed) -> i64 {
        let share = |used: i64, more: i64, all: i64| (used + more).saturating_mul(1000) / all.max(1);
        share(self.used.cpu, placed.cpu, self.cpu) + share(self.used.memory, placed.memory, self.memory)
    }
}

/// What a pod asks of the node it is on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed {
    pub node: String,
    pub owner: String,
    pub labels: Value,
    cpu: i64,
    memory: i64,
}

impl Placed {
    pub fn of(pod: &Object, node: &str) -> Self {
        Self {
            node: node.to_owned(),
            owner: object::controller(pod).map(|own| text(own, "uid").to_owned()).unwrap_or_default(),
            labels: super::labels(pod),
            cpu: requests(pod, "cpu", milli),
            memory: requests(pod, "memory", whole),
        }
    }
}

/// The sum of its containers and sidecars, or what one of its init containers asks, whichever is more.
fn requests(pod: &Object, resource: &str, read: fn(&Value) -> i64) -> i64 {
    let of = |own: &Object| {
        let asked = at(own, &format!("resources/requests/{resource}"));
        read(if asked.is_null() { at(own, &format!("resources/limits/{resource}")) } else { asked })
    };
    let stays = |own: &&Object| text(own, "restartPolicy") == "Always";
    let inits = items(pod, "spec/initContainers");
    let sidecars: i64 = inits.iter().filter(stays).map(of).sum();
    let mains: i64 = items(pod, "spec/containers").iter().map(of).sum();
    let most = inits.iter().filter(|own| !stays(own)).map(of).max().unwrap_or_default();
    (sidecars + mains).max(most)
}

/// Millicores of a quantity, written as text or as a number.
pub fn milli(value: &Value) -> i64 {
    as_text(value).and_then(|text| quantity::milli(&text)).unwrap_or_default()
}

/// A whole quantity: bytes, pods.
pub fn whole(value: &Value) -> i64 {
    as_text(value).and_then(|text| quantity::whole(&text)).unwrap_or_default()
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a pod asks of any node.
#[derive(Debug)]
pub struct Demand<'a> {
    pod: &'a Object,
    pub namespace: &'a str,
    pub placed: Placed,
    /// Selectors of the pods that it does not want on its host.
    pub apart: Vec<&'a Value>,
}

/// Why a node will not do.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit {
    pub reasons: Vec<String>,
    /// No pod that goes would help.
    pub for_good: bool,
}

impl Unfit {
    fn for_good(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], for_good: true }
    }
}

impl<'a> Demand<'a> {
    pub fn of(pod: &'a Object) -> Self {
        let terms = items(pod, "spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution");
        let on_host = terms.iter().filter(|term| text(term, "topologyKey") == "kubernetes.io/hostname");
        Self {
            pod,
            namespace: object::namespace(pod),
            placed: Placed::of(pod, ""),
            apart: on_host.map(|term| at(term, "labelSelector")).collect(),
        }
    }

    /// Whether it fits. `rival` says whether a pod is there that it must stand apart from.
    pub fn fits(&self, name: &str, machine: &Machine, rival: impl Fn() -> bool) -> Result<(), Unfit> {
        let tolerated = |taint: &Value| items(self.pod, "spec/tolerations").iter().any(|own| tolerates(own, taint));
        let unschedulable = serde_json::json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
        if machine.unschedulable && !tolerated(&unschedulable) {
            return Err(Unfit::for_good("node(s) were unschedulable"));
        }
        let hard = |taint: &&Value| matches!(text(taint, "effect"), "NoSchedule" | "NoExecute");
        if machine.taints.iter().filter(hard).any(|taint| !tolerated(taint)) {
            return Err(Unfit::for_good("node(s) had untolerated taint(s)"));
        }
        if !self.wants(name, machine) {
            return Err(Unfit::for_good("node(s) didn't match Pod's node affinity/selector"));
        }
        self.has_room(machine)?;
        if rival() {
            let reasons = vec!["node(s) didn't match pod anti-affinity rules".to_owned()];
            return Err(Unfit { reasons, for_good: false });
        }
        Ok(())
    }

    /// Whether its selector and affinity name this node.
    pub fn wants(&self, name: &str, machine: &Machine) -> bool {
        let has = |(key, value): (&str, &str)| machine.labels.get(key).and_then(Value::as_str) == Some(value);
        if !object::pairs(self.pod, "spec/nodeSelector").all(has) {
            return false;
        }
        let required = at(self.pod, "spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution");
        let terms = items(required, "nodeSelectorTerms");
        let holds = |term: &Value| {
            let named = |field: &Value| if text(field, "key") == "metadata.name" { Some(name) } else { None };
            let labelled = |field: &Value| machine.labels.get(text(field, "key")).and_then(Value::as_str);
            items(term, "matchFields").iter().all(|field| meets(field, named(field)))
                && items(term, "matchExpressions").iter().all(|field| meets(field, labelled(field)))
        };
        required.is_null() || terms.iter().any(holds)
    }

    fn has_room(&self, machine: &Machine) -> Result<(), Unfit> {
        let asked = [
            ("Too many pods", machine.used.pods, 1, machine.pods),
            ("Insufficient cpu", machine.used.cpu, self.placed.cpu, machine.cpu),
            ("Insufficient memory", machine.used.memory, self.placed.memory, machine.memory),
        ];
        let short: Vec<_> = asked.iter().filter(|(_, used, more, all)| *more > 0 && used + more > *all).collect();
        if short.is_empty() {
            return Ok(());
        }
        let for_good = short.iter().any(|(_, _, more, all)| more > all);
        Err(Unfit { reasons: short.iter().map(|(reason, ..)| (*reason).to_owned()).collect(), for_good })
    }
}

/// One requirement of a node selector.
fn meets(requirement: &Value, value: Option<&str>) -> bool {
    let mut values = items(requirement, "values").iter().filter_map(Value::as_str);
    let number = |text: &str| text.parse::<i64>().ok();
    match text(requirement, "operator") {
        "In" => value.is_some_and(|value| values.any(|own| own == value)),
        "NotIn" => value.is_none_or(|value| values.all(|own| own != value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => value.and_then(number) > values.next().and_then(number),
        "Lt" => {
            value.and_then(number).is_some_and(|value| values.next().and_then(number).is_some_and(|own| value < own))
        }
        _ => false,
    }
}

/// A label selector on labels.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let has = |(key, value): (&str, &str)| labels.get(key).and_then(Value::as_str) == Some(value);
    let meets = |own: &Value| meets(own, labels.get(text(own, "key")).and_then(Value::as_str));
    !selector.is_null()
        && object::pairs(selector, "matchLabels").all(has)
        && items(selector, "matchExpressions").iter().all(meets)
}
