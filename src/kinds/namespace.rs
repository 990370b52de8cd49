//! Namespaces: kubectl's columns, their pods and warnings, and what holds one that is being deleted.

use super::column::{Column, Live, Stays};
use super::lean::{Meta, null};
use super::resource::{Judgement, Lead, Names, Resource};
use super::{Health, Value, Words};
use serde::Deserialize;

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Namespace {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
    #[prost(message, optional, tag = "3")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct Status {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    phase: String,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "null")]
    conditions: Vec<Condition>,
}

/// core/v1 NamespaceCondition.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct Condition {
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    status: String,
    #[prost(string, tag = "6")]
    #[serde(deserialize_with = "null")]
    message: String,
}

/// A column of this kind.
type C = Column<Namespace>;

/// The kind.
pub struct Namespaces;

impl Resource for Namespaces {
    type Object = Namespace;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "namespaces",
        singular: "namespace",
        kind: "Namespace",
        short: &["ns"],
        namespaced: false,
    };
    const COLUMNS: &'static [Column<Namespace>] = &[
        C::name(),
        C::cell("STATUS", |n, w| Value::text(n.status.as_ref().map_or("", |s| &s.phase), w)).stays(Stays::Always),
        C::age(),
        C::live("PODS", Live::Pods),
        C::live("NOT WELL", Live::NotWell),
        C::live("WARNINGS", Live::Warnings),
    ];
    const LEAD: Lead = Lead::NamespacePods;

    fn meta(object: &Namespace) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    /// The namespace controller says in conditions what is left and which finalizers hold it.
    fn judge(object: &Namespace, _: &mut Words) -> Judgement {
        let Some(status) = object.status.as_ref().filter(|status| status.phase == "Terminating") else {
            return Judgement::well();
        };
        let held: Vec<&str> =
            status.conditions.iter().filter(|c| c.status == "True").map(|c| c.message.as_str()).collect();
        Judgement::of(Health::Changing, &held.join("; "))
    }
}
