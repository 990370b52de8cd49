//! ReplicaSets: kubectl's columns and the revision that a deployment gave them.

use super::column::{Column, Stays};
use super::lean::{Meta, null};
use super::resource::{Judgement, Lead, Names, Resource};
use super::workload::{self, Condition, LabelSelector, PodTemplate, blank, condition};
use super::{Health, Value, Words};
use serde::Deserialize;

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct ReplicaSet {
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
    #[prost(int32, optional, tag = "1")]
    replicas: Option<i32>,
    #[prost(message, optional, tag = "2")]
    selector: Option<LabelSelector>,
    #[prost(message, optional, tag = "3")]
    template: Option<PodTemplate>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[prost(int32, tag = "1")]
    #[serde(deserialize_with = "null")]
    replicas: i32,
    #[prost(int32, tag = "4")]
    #[serde(deserialize_with = "null")]
    ready_replicas: i32,
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "null")]
    conditions: Vec<Condition>,
}

impl ReplicaSet {
    fn wanted(&self) -> i32 {
        self.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
    }
    fn number(&self, read: fn(&Status) -> i32) -> i32 {
        self.status.as_ref().map_or(0, read)
    }
    fn template(&self, read: fn(&PodTemplate) -> String) -> String {
        self.spec.as_ref().and_then(|spec| spec.template.as_ref()).map(read).unwrap_or_default()
    }
    fn query(&self) -> Option<String> {
        self.spec.as_ref()?.selector.as_ref().map_or(Some(String::new()), LabelSelector::query)
    }
}

/// A column of this kind.
type C = Column<ReplicaSet>;

/// The kind.
pub struct ReplicaSets;

impl Resource for ReplicaSets {
    type Object = ReplicaSet;
    const NAMES: Names = Names {
        group: "apps",
        version: "v1",
        plural: "replicasets",
        singular: "replicaset",
        kind: "ReplicaSet",
        short: &["rs"],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<ReplicaSet>] = &[
        C::name(),
        C::cell("DESIRED", |r, _| Value::Int(r.wanted().into())).stays(Stays::Always),
        C::cell("CURRENT", |r, _| Value::Int(r.number(|s| s.replicas).into())),
        C::cell("READY", |r, _| Value::Int(r.number(|s| s.ready_replicas).into())).stays(Stays::Always),
        C::age(),
        C::cell("CONTAINERS", |r, w| blank(&r.template(PodTemplate::names), w)).wide(),
        C::cell("IMAGES", |r, w| blank(&r.template(PodTemplate::images), w)).wide().stays(Stays::Short),
        C::cell("SELECTOR", |r, w| Value::text(r.query().as_deref().unwrap_or("<error>"), w))
            .wide()
            .stays(Stays::Short),
        C::cell("REV", |r, _| workload::revision(r.metadata.as_ref())),
        C::cell("CHANGE-CAUSE", |r, w| blank(workload::cause(r.metadata.as_ref()), w))
            .short("CAUSE")
            .wide()
            .stays(Stays::Short),
    ];
    const LEAD: Lead = Lead::SelectedPods;

    fn meta(object: &ReplicaSet) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    fn judge(object: &ReplicaSet, words: &mut Words) -> Judgement {
        let link = object.query().filter(|query| !query.is_empty()).map(|query| words.word(&query));
        let conditions = object.status.as_ref().map_or(&[][..], |status| &status.conditions);
        let failure = condition(conditions, "ReplicaFailure").filter(|c| c.status == "True");
        let (wanted, ready) = (object.wanted(), object.number(|s| s.ready_replicas));
        let judgement = match failure {
            Some(failure) => Judgement::of(Health::Wrong, &failure.message),
            None if ready < wanted => Judgement::of(Health::Changing, &format!("{ready} of {wanted} ready")),
            None if wanted == 0 => Judgement::of(Health::Done, ""),
            None => Judgement::well(),
        };
        judgement.link(link)
    }
}
