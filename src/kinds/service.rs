//! Services: kubectl's columns; Enter leads to the pods that they select.

use super::column::{Column, Stays};
use super::lean::{Meta, null};
use super::resource::{Judgement, Lead, Names, Resource};
use super::workload::labels;
use super::{Health, Value, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Service {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
    #[prost(message, optional, tag = "2")]
    spec: Option<Spec>,
    #[prost(message, optional, tag = "3")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "null")]
    ports: Vec<Port>,
    #[prost(btree_map = "string, string", tag = "2")]
    #[serde(deserialize_with = "null")]
    selector: BTreeMap<String, String>,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    r#type: String,
    #[prost(string, repeated, tag = "5")]
    #[serde(rename = "externalIPs", deserialize_with = "null")]
    external_ips: Vec<String>,
    #[prost(string, tag = "10")]
    #[serde(deserialize_with = "null")]
    external_name: String,
    #[prost(string, repeated, tag = "18")]
    #[serde(rename = "clusterIPs", deserialize_with = "null")]
    cluster_ips: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Port {
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    protocol: String,
    #[prost(int32, tag = "3")]
    #[serde(deserialize_with = "null")]
    port: i32,
    #[prost(int32, tag = "5")]
    #[serde(deserialize_with = "null")]
    node_port: i32,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[prost(message, optional, tag = "1")]
    load_balancer: Option<LoadBalancer>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct LoadBalancer {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "null")]
    ingress: Vec<Ingress>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct Ingress {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    ip: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    hostname: String,
}

impl Service {
    fn text(&self, read: fn(&Spec) -> String) -> String {
        self.spec.as_ref().map(read).unwrap_or_default()
    }

    /// Addresses that a load balancer gave, sorted and once each.
    fn balanced(&self) -> Vec<&str> {
        let status = self.status.as_ref().and_then(|status| status.load_balancer.as_ref());
        let addresses = status.iter().flat_map(|status| &status.ingress);
        let named = addresses.map(|at| if at.ip.is_empty() { at.hostname.as_str() } else { at.ip.as_str() });
        named.filter(|at| !at.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// EXTERNAL-IP as kubectl's getServiceExternalIP has it.
    fn external(&self) -> String {
        let Some(spec) = &self.spec else { return "<unknown>".into() };
        let own = spec.external_ips.iter().map(String::as_str);
        let all: Vec<&str> = match spec.r#type.as_str() {
            "ClusterIP" | "NodePort" => own.collect(),
            "LoadBalancer" => self.balanced().into_iter().chain(own).collect(),
            "ExternalName" => return spec.external_name.clone(),
            _ => return "<unknown>".into(),
        };
        match (all.is_empty(), spec.r#type.as_str()) {
            (false, _) => all.join(","),
            (true, "LoadBalancer") => "<pending>".into(),
            (true, _) => String::new(),
        }
    }
}

fn ports(spec: &Spec) -> String {
    let one = |port: &Port| match port.node_port {
        0 => format!("{}/{}", port.port, port.protocol),
        node => format!("{}:{node}/{}", port.port, port.protocol),
    };
    spec.ports.iter().map(one).collect::<Vec<_>>().join(",")
}

/// A column of this kind.
type C = Column<Service>;

/// The kind.
pub struct Services;

impl Resource for Services {
    type Object = Service;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "services",
        singular: "service",
        kind: "Service",
        short: &["svc"],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<Service>] = &[
        C::name(),
        C::cell("TYPE", |s, w| Value::text(&s.text(|spec| spec.r#type.clone()), w)).stays(Stays::Long),
        C::cell("CLUSTER-IP", |s, w| {
            let first = s.spec.as_ref().and_then(|spec| spec.cluster_ips.first());
            first.map_or(Value::None, |ip| Value::ip(ip, w))
        }),
        C::cell("EXTERNAL-IP", |s, w| Value::text(&s.external(), w)),
        C::cell("PORT(S)", |s, w| Value::text(&s.text(ports), w)).stays(Stays::Long),
        C::age(),
        C::cell("SELECTOR", |s, w| Value::text(&s.text(|spec| labels(&spec.selector)), w)).wide().stays(Stays::Short),
    ];
    const LEAD: Lead = Lead::SelectedPods;

    fn meta(object: &Service) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    fn judge(object: &Service, words: &mut Words) -> Judgement {
        let query = object.text(|spec| labels(&spec.selector));
        let link = (!query.is_empty()).then(|| words.word(&query));
        let judgement = match object.external().as_str() {
            "<pending>" => Judgement::of(Health::Changing, "no load balancer has given it an address yet"),
            _ => Judgement::well(),
        };
        judgement.link(link)
    }
}
