//! Events (core/v1): kubectl's columns; Enter leads to the object that an event is about.

use super::column::{Column, Source, Stays};
use super::lean::{Meta, Time, null};
use super::resource::{Judgement, Lead, Names, Resource};
use super::workload::blank;
use super::{Health, Value, Word, Words};
use serde::Deserialize;

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Event {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
    #[prost(message, optional, tag = "2")]
    involved_object: Option<Reference>,
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    reason: String,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    message: String,
    #[prost(message, optional, tag = "5")]
    source: Option<EventSource>,
    #[prost(message, optional, tag = "6")]
    first_timestamp: Option<Time>,
    #[prost(message, optional, tag = "7")]
    last_timestamp: Option<Time>,
    #[prost(int32, tag = "8")]
    #[serde(deserialize_with = "null")]
    count: i32,
    #[prost(string, tag = "9")]
    #[serde(deserialize_with = "null")]
    r#type: String,
    #[prost(message, optional, tag = "10")]
    event_time: Option<Time>,
    #[prost(message, optional, tag = "11")]
    series: Option<Series>,
    #[prost(string, tag = "14")]
    #[serde(deserialize_with = "null")]
    reporting_component: String,
    #[prost(string, tag = "15")]
    #[serde(deserialize_with = "null")]
    reporting_instance: String,
}

/// core/v1 ObjectReference.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reference {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    kind: String,
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    name: String,
    #[prost(string, tag = "5")]
    #[serde(deserialize_with = "null")]
    api_version: String,
    #[prost(string, tag = "7")]
    #[serde(deserialize_with = "null")]
    field_path: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
struct EventSource {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    component: String,
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "null")]
    host: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Series {
    #[prost(int32, tag = "1")]
    #[serde(deserialize_with = "null")]
    count: i32,
    #[prost(message, optional, tag = "2")]
    last_observed_time: Option<Time>,
}

impl Event {
    fn first_seen(&self) -> Option<Time> {
        self.first_timestamp.filter(is_set).or(self.event_time)
    }
    /// As kubectl's printEvent: a series says it best, then the last timestamp, then the first.
    fn last_seen(&self) -> Option<Time> {
        match &self.series {
            Some(series) => series.last_observed_time,
            None => self.last_timestamp.filter(is_set).or_else(|| self.first_seen()),
        }
    }
    fn times(&self) -> i32 {
        self.series.as_ref().map_or(self.count.max(1), |series| series.count)
    }
    fn target(&self) -> String {
        let Some(object) = &self.involved_object else { return String::new() };
        let kind = object.kind.to_lowercase();
        if object.name.is_empty() { kind } else { format!("{kind}/{}", object.name) }
    }
    fn source(&self) -> String {
        let (component, host) = self.source.as_ref().map_or(("", ""), |source| (&source.component, &source.host));
        let component = if component.is_empty() { &self.reporting_component } else { component };
        let host = if host.is_empty() { &self.reporting_instance } else { host };
        if host.is_empty() { component.into() } else { format!("{component}, {host}") }
    }
    /// The whole message: kubectl prints its first line only, and `...` for the rest.
    fn message(&self) -> &str {
        self.message.trim()
    }
    fn link(&self, words: &mut Words) -> Option<Word> {
        let object = self.involved_object.as_ref().filter(|object| !object.name.is_empty())?;
        let group = object.api_version.split_once('/').map(|(group, _)| group);
        let kind = group.map_or_else(|| object.kind.clone(), |group| format!("{}.{group}", object.kind));
        Some(words.word(&format!("{kind}/{}", object.name)))
    }
}

/// A zero time comes over the wire as the beginning of the year one, or as nothing.
fn is_set(time: &Time) -> bool {
    time.seconds > 0
}

fn seen(time: Option<Time>, words: &mut Words) -> Value {
    time.filter(is_set).map_or_else(|| Value::text("<unknown>", words), |time| Value::Time(time.seconds))
}

/// A column of this kind.
type C = Column<Event>;

/// The kind.
pub struct Events;

impl Resource for Events {
    type Object = Event;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "events",
        singular: "event",
        kind: "Event",
        short: &["ev"],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<Event>] = &[
        C::cell("LAST SEEN", |e, w| seen(e.last_seen(), w)).stays(Stays::Always),
        C::cell("TYPE", |e, w| blank(&e.r#type, w)).stays(Stays::Long),
        C::cell("REASON", |e, w| blank(&e.reason, w)).stays(Stays::Always),
        C::cell("OBJECT", |e, w| blank(&e.target(), w)).stays(Stays::Always),
        C::cell("SUBOBJECT", |e, w| blank(e.involved_object.as_ref().map_or("", |o| &o.field_path), w))
            .wide()
            .stays(Stays::Short),
        C::cell("SOURCE", |e, w| blank(&e.source(), w)).wide().stays(Stays::Short),
        C::cell("MESSAGE", |e, w| blank(e.message(), w)).stays(Stays::Long),
        C::cell("FIRST SEEN", |e, w| seen(e.first_seen(), w)).wide(),
        C::cell("COUNT", |e, _| Value::Int(e.times().into())),
        C::new("NAME", Source::Name).wide().stays(Stays::Short),
    ];
    const LEAD: Lead = Lead::Object;

    fn meta(object: &Event) -> Option<&Meta> {
        object.metadata.as_ref()
    }

    fn judge(object: &Event, words: &mut Words) -> Judgement {
        let link = object.link(words);
        if object.r#type != "Warning" {
            return Judgement::well().link(link);
        }
        // The same word as in the cell: a message is the largest thing in the row.
        let reason = (!object.message().is_empty()).then(|| words.word(object.message()));
        Judgement { health: Health::Wrong, reason, link }
    }
}
