//! Deployments: kubectl's columns, the revision, and why a rollout is stuck.

use super::column::{Column, Stays};
use super::lean::{Meta, null};
use super::resource::{Judgement, Lead, Names, Resource};
use super::workload::{self, Condition, LabelSelector, PodTemplate, blank, condition, count};
use super::{Health, Value, Words};
use serde::Deserialize;

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Deployment {
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
    #[prost(bool, tag = "7")]
    #[serde(deserialize_with = "null")]
    paused: bool,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[prost(int32, tag = "3")]
    #[serde(deserialize_with = "null")]
    updated_replicas: i32,
    #[prost(int32, tag = "4")]
    #[serde(deserialize_with = "null")]
    available_replicas: i32,
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "null")]
    conditions: Vec<Condition>,
    #[prost(int32, tag = "7")]
    #[serde(deserialize_with = "null")]
    ready_replicas: i32,
}

impl Deployment {
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
type C = Column<Deployment>;

/// The kind.
pub struct Deployments;

impl Resource for Deployments {
    type Object = Deployment;
    const NAMES: Names = Names {
        group: "apps",
        version: "v1",
        plural: "deployments",
        singular: "deployment",
        kind: "Deployment",
        short: &["deploy", "dp"],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<Deployment>] = &[
        C::name(),
        C::cell("READY", |d, _| Value::Of(count(d.number(|s| s.ready_replicas)), count(d.wanted())))
            .stays(Stays::Always),
        C::cell("UP-TO-DATE", |d, _| Value::Int(d.number(|s| s.updated_replicas).into())),
        C::cell("AVAILABLE", |d, _| Value::Int(d.number(|s| s.available_replicas).into())),
        C::age(),
        C::cell("CONTAINERS", |d, w| blank(&d.template(PodTemplate::names), w)).wide(),
        C::cell("IMAGES", |d, w| blank(&d.template(PodTemplate::images), w)).wide().stays(Stays::Short),
        C::cell("SELECTOR", |d, w| blank(d.query().as_deref().unwrap_or("<invalid>"), w)).wide().stays(Stays::Short),
        C::cell("REV", |d, _| workload::revision(d.metadata.as_ref())).stays(Stays::Short).wide(),
    ];
    const LEAD: Lead = Lead::SelectedPods;

    fn meta(object: &Deployment) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    fn judge(object: &Deployment, words: &mut Words) -> Judgement {
        let link = object.query().filter(|query| !query.is_empty()).map(|query| words.word(&query));
        judge(object).link(link)
    }
}

/// Conditions as the deployment controller sets them: Progressing False with ProgressDeadlineExceeded is a stuck rollout,
/// ReplicaFailure True says why no pod can be made.
fn judge(object: &Deployment) -> Judgement {
    let conditions = object.status.as_ref().map_or(&[][..], |status| &status.conditions);
    let is = |kind: &str, status: &str| condition(conditions, kind).filter(|c| c.status == status);
    if let Some(failure) = is("ReplicaFailure", "True") {
        return Judgement::of(Health::Wrong, &failure.message);
    }
    if let Some(stuck) = is("Progressing", "False") {
        return Judgement::of(Health::Wrong, &stuck.message);
    }
    let (wanted, updated) = (object.wanted(), object.number(|s| s.updated_replicas));
    let (ready, available) = (object.number(|s| s.ready_replicas), object.number(|s| s.available_replicas));
    let paused = object.spec.as_ref().is_some_and(|spec| spec.paused);
    if ready >= wanted && available >= wanted && updated >= wanted && !paused {
        return Judgement::well();
    }
    if let Some(lacking) = is("Available", "False").filter(|_| available == 0 && wanted > 0) {
        return Judgement::of(Health::Wrong, &format!("none of {wanted} pods is available: {}", lacking.message));
    }
    let pause = if paused { ", the rollout is paused" } else { "" };
    Judgement::of(Health::Changing, &format!("{ready} of {wanted} ready, {updated} up to date{pause}"))
}
