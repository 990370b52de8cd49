//! Nodes: kubectl's columns, what runs on them, and what is wrong with them.

use super::column::{Column, Live, Stays};
use super::lean::{Meta, Quantity, null};
use super::resource::{Judgement, Lead, Names, Resource};
use super::{Health, Value, Words};
use crate::text::quantity;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Node {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
    #[prost(message, optional, tag = "2")]
    spec: Option<Spec>,
    #[prost(message, optional, tag = "3")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct Spec {
    #[prost(bool, tag = "4")]
    #[serde(deserialize_with = "null")]
    unschedulable: bool,
    #[prost(message, repeated, tag = "5")]
    #[serde(deserialize_with = "null")]
    taints: Vec<super::lean::Counted>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[prost(btree_map = "string, message", tag = "2")]
    #[serde(deserialize_with = "null")]
    allocatable: BTreeMap<String, Quantity>,
    #[prost(message, repeated, tag = "4")]
    #[serde(deserialize_with = "null")]
    conditions: Vec<Condition>,
    #[prost(message, repeated, tag = "5")]
    #[serde(deserialize_with = "null")]
    addresses: Vec<Address>,
    #[prost(message, optional, tag = "7")]
    node_info: Option<Info>,
}

/// core/v1 NodeCondition.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct Condition {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    r#type: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    status: String,
    #[prost(string, tag = "6")]
    #[serde(deserialize_with = "null")]
    message: String,
}

impl Condition {
    /// Whether it tells of a trouble. The kubelet's own (MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable) and
    /// those of node-problem-detector are named after the trouble. Others are good when they are True: EKS' agent sets
    /// KernelReady and StorageReady, k3s EtcdIsVoter. A name that says neither is not taken for a trouble.
    fn is_trouble(&self) -> bool {
        const ENDS: &[&str] = &["Pressure", "Unavailable", "Problem", "Deadlock", "Unhealthy", "Failure"];
        const STARTS: &[&str] = &["Frequent", "Corrupt", "Readonly", "ReadOnly"];
        let name = self.r#type.as_str();
        match self.status.as_str() {
            "True" => ENDS.iter().any(|end| name.ends_with(end)) || STARTS.iter().any(|start| name.starts_with(start)),
            "False" => name != "Ready" && name.ends_with("Ready"),
            _ => false,
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct Address {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    r#type: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    address: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Info {
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    kernel_version: String,
    #[prost(string, tag = "5")]
    #[serde(deserialize_with = "null")]
    os_image: String,
    #[prost(string, tag = "6")]
    #[serde(deserialize_with = "null")]
    container_runtime_version: String,
    #[prost(string, tag = "7")]
    #[serde(deserialize_with = "null")]
    kubelet_version: String,
    #[prost(string, tag = "10")]
    #[serde(deserialize_with = "null")]
    architecture: String,
}

impl Node {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }
    fn ready(&self) -> Option<&Condition> {
        // kubectl takes the last of a type, as a map does.
        self.conditions().iter().rev().find(|condition| condition.r#type == "Ready")
    }
    fn is_cordoned(&self) -> bool {
        self.spec.as_ref().is_some_and(|spec| spec.unschedulable)
    }
    fn info(&self, read: fn(&Info) -> &str) -> &str {
        self.status.as_ref().and_then(|status| status.node_info.as_ref()).map_or("", read)
    }
    fn address(&self, kind: &str, words: &mut Words) -> Value {
        let mut addresses = self.status.iter().flat_map(|status| &status.addresses);
        addresses.find(|at| at.r#type == kind).map_or(Value::None, |at| Value::ip(&at.address, words))
    }
    fn allocatable(&self, resource: &str) -> Option<&str> {
        Some(self.status.as_ref()?.allocatable.get(resource)?.text.as_str())
    }

    fn status(&self) -> String {
        let ready = match self.ready() {
            Some(ready) if ready.status == "True" => "Ready",
            Some(_) => "NotReady",
            None => "Unknown",
        };
        if self.is_cordoned() { format!("{ready},SchedulingDisabled") } else { ready.into() }
    }

    /// Both label styles: `node-role.kubernetes.io/ROLE` and `kubernetes.io/role: ROLE`.
    fn roles(&self) -> String {
        let labels = self.metadata.iter().flat_map(|meta| &meta.labels);
        let roles = labels.filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (key == "kubernetes.io/role").then_some(value.as_str()),
        });
        roles.filter(|role| !role.is_empty()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
    }

    fn kernel(&self) -> String {
        let (version, arch) = (self.info(|info| &info.kernel_version), self.info(|info| &info.architecture));
        let version = if version.is_empty() { "<unknown>" } else { version };
        if arch.is_empty() { version.into() } else { format!("{version} ({arch})") }
    }
}

fn known(text: &str, words: &mut Words) -> Value {
    Value::text(if text.is_empty() { "<unknown>" } else { text }, words)
}

/// A column of this kind.
type C = Column<Node>;

/// The kind.
pub struct Nodes;

impl Resource for Nodes {
    type Object = Node;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "nodes",
        singular: "node",
        kind: "Node",
        short: &["no"],
        namespaced: false,
    };
    const COLUMNS: &'static [Column<Node>] = &[
        C::name(),
        C::cell("STATUS", |n, w| Value::text(&n.status(), w)).stays(Stays::Always),
        C::cell("ROLES", |n, w| Value::text(&n.roles(), w)).stays(Stays::Medium),
        C::age(),
        C::cell("VERSION", |n, w| {
            let version = n.info(|info| &info.kubelet_version);
            if version.is_empty() { Value::Blank } else { Value::text(version, w) }
        }),
        C::cell("INTERNAL-IP", |n, w| n.address("InternalIP", w)).wide(),
        C::cell("EXTERNAL-IP", |n, w| n.address("ExternalIP", w)).wide(),
        C::cell("OS-IMAGE", |n, w| known(n.info(|info| &info.os_image), w)).wide().stays(Stays::Short),
        C::cell("KERNEL-VERSION", |n, w| Value::text(&n.kernel(), w)).wide().stays(Stays::Short),
        C::cell("CONTAINER-RUNTIME", |n, w| known(n.info(|info| &info.container_runtime_version), w))
            .wide()
            .stays(Stays::Short),
        C::live("PODS", Live::Pods),
        C::live("CPU REQ", Live::CpuRequested),
        C::live("MEM REQ", Live::MemoryRequested),
        C::cell("CPU/A", |n, _| n.allocatable("cpu").and_then(quantity::milli).map_or(Value::Blank, Value::Cpu)),
        C::cell("MEM/A", |n, _| n.allocatable("memory").and_then(quantity::whole).map_or(Value::Blank, Value::Bytes)),
        C::live("CPU", Live::CpuUsed).wide(),
        C::live("%CPU", Live::CpuShare("CPU/A")).wide(),
        C::live("MEM", Live::MemoryUsed).wide(),
        C::live("%MEM", Live::MemoryShare("MEM/A")).wide(),
        C::cell("TAINTS", |n, _| Value::Int(n.spec.as_ref().map_or(0, |spec| spec.taints.len()) as i64)).wide(),
    ];
    const LEAD: Lead = Lead::NodePods;

    fn meta(object: &Node) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    fn judge(object: &Node, _: &mut Words) -> Judgement {
        match object.ready() {
            None => return Judgement::of(Health::Unknown, "it has not said yet whether it is ready"),
            Some(ready) if ready.status == "Unknown" => return Judgement::of(Health::Unknown, &ready.message),
            Some(ready) if ready.status != "True" => return Judgement::of(Health::Wrong, &ready.message),
            Some(_) => {}
        }
        match object.conditions().iter().find(|condition| condition.is_trouble()) {
            Some(trouble) => Judgement::of(Health::Wrong, &format!("{}: {}", trouble.r#type, trouble.message)),
            None if object.is_cordoned() => Judgement::of(Health::Changing, "cordoned: no new pods are put here"),
            None => Judgement::well(),
        }
    }
}
