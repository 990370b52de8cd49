//! The fields of a pod that its tables read, with the tags of k8s.io/api core/v1 generated.proto.
//!
//! No rule lives here: what the fields mean is said by the files next to this one.

use crate::kinds::lean::{Meta, Quantity, Time, null};
use prost::Message;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Pod {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Meta>,
    #[prost(message, required, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub spec: PodSpec,
    #[prost(message, required, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub status: PodStatus,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub containers: Vec<Container>,
    #[prost(string, tag = "10")]
    #[serde(deserialize_with = "null")]
    pub node_name: String,
    #[prost(message, repeated, tag = "20")]
    #[serde(deserialize_with = "null")]
    pub init_containers: Vec<Container>,
    #[prost(message, repeated, tag = "28")]
    #[serde(deserialize_with = "null")]
    pub readiness_gates: Vec<ReadinessGate>,
    #[prost(btree_map = "string, message", tag = "32")]
    #[serde(deserialize_with = "null")]
    pub overhead: BTreeMap<String, Quantity>,
    #[prost(message, repeated, tag = "34")]
    #[serde(deserialize_with = "null")]
    pub ephemeral_containers: Vec<EphemeralContainer>,
    #[prost(message, optional, tag = "40")]
    pub resources: Option<Resources>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Container {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub name: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub image: String,
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "null")]
    pub ports: Vec<ContainerPort>,
    #[prost(message, optional, tag = "8")]
    pub resources: Option<Resources>,
    /// `Always` makes an init container a sidecar.
    #[prost(string, tag = "24")]
    #[serde(deserialize_with = "null")]
    pub restart_policy: String,
}

impl Container {
    /// Whether it is, among the init containers, a sidecar: restarted for as long as the pod lives.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == "Always"
    }
}

/// An ephemeral container: in protobuf its fields lie one message deeper, in JSON they do not.
#[derive(Clone, PartialEq, Message)]
pub struct EphemeralContainer {
    #[prost(message, optional, tag = "1")]
    pub common: Option<Container>,
}

impl<'de> Deserialize<'de> for EphemeralContainer {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Container::deserialize(d).map(|common| Self { common: Some(common) })
    }
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerPort {
    #[prost(int32, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub container_port: i32,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    pub protocol: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Resources {
    #[prost(btree_map = "string, message", tag = "1")]
    #[serde(deserialize_with = "null")]
    pub limits: BTreeMap<String, Quantity>,
    #[prost(btree_map = "string, message", tag = "2")]
    #[serde(deserialize_with = "null")]
    pub requests: BTreeMap<String, Quantity>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReadinessGate {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub condition_type: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodStatus {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub phase: String,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub conditions: Vec<Condition>,
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub message: String,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    pub reason: String,
    /// The first of `podIPs`: the API server keeps the two alike.
    #[prost(string, tag = "6")]
    #[serde(rename = "podIP", deserialize_with = "null")]
    pub pod_ip: String,
    #[prost(message, repeated, tag = "8")]
    #[serde(deserialize_with = "null")]
    pub container_statuses: Vec<ContainerStatus>,
    #[prost(message, repeated, tag = "10")]
    #[serde(deserialize_with = "null")]
    pub init_container_statuses: Vec<ContainerStatus>,
    #[prost(string, tag = "11")]
    #[serde(deserialize_with = "null")]
    pub nominated_node_name: String,
    #[prost(message, repeated, tag = "13")]
    #[serde(deserialize_with = "null")]
    pub ephemeral_container_statuses: Vec<ContainerStatus>,
}

impl PodStatus {
    /// The first condition of a type, which is the one that counts.
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.name == name)
    }
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Condition {
    #[prost(string, tag = "1")]
    #[serde(rename = "type", deserialize_with = "null")]
    pub name: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub status: String,
    #[prost(string, tag = "5")]
    #[serde(deserialize_with = "null")]
    pub reason: String,
    #[prost(string, tag = "6")]
    #[serde(deserialize_with = "null")]
    pub message: String,
}

impl Condition {
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub name: String,
    #[prost(message, required, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub state: State,
    #[prost(message, required, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub last_state: State,
    #[prost(bool, tag = "4")]
    #[serde(deserialize_with = "null")]
    pub ready: bool,
    #[prost(int32, tag = "5")]
    #[serde(deserialize_with = "null")]
    pub restart_count: i32,
    #[prost(bool, tag = "9")]
    #[serde(deserialize_with = "null")]
    pub started: bool,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct State {
    #[prost(message, optional, tag = "1")]
    pub waiting: Option<Waiting>,
    #[prost(message, optional, tag = "2")]
    pub running: Option<Running>,
    #[prost(message, optional, tag = "3")]
    pub terminated: Option<Terminated>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Waiting {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub reason: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub message: String,
}

#[derive(Clone, Copy, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Running {
    #[prost(message, optional, tag = "1")]
    pub started_at: Option<Time>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    #[prost(int32, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub exit_code: i32,
    #[prost(int32, tag = "2")]
    #[serde(deserialize_with = "null")]
    pub signal: i32,
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub reason: String,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    pub message: String,
    #[prost(message, optional, tag = "5")]
    pub started_at: Option<Time>,
    #[prost(message, optional, tag = "6")]
    pub finished_at: Option<Time>,
}
