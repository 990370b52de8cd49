//! What a watch needs of an object beside its rows: its version, its uid, the end of the initial events, a Status.

use super::asking::Form;
use crate::cluster::fault::{Fault, of_status};
use crate::kinds::lean::{Meta, null};
use crate::kinds::{Item, Uid, Word};
use prost::Message;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The annotation on the bookmark that ends the initial events (KEP-3157).
const INITIAL_END: &str = "k8s.io/initial-events-end";

/// The metadata of any object: all API types have it as field 1.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Bare {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Tag>,
}

/// Just what tells versions and bookmarks.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Tag {
    #[prost(string, tag = "6")]
    #[serde(deserialize_with = "null")]
    resource_version: String,
    #[prost(btree_map = "string, string", tag = "12")]
    #[serde(deserialize_with = "null")]
    annotations: BTreeMap<String, String>,
}

/// An object of which only the name is wanted: the rest may not be readable.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Named {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Identity>,
}

/// Just what identifies an object.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Identity {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    namespace: String,
    #[prost(string, tag = "5")]
    uid: String,
}

/// A Table of one row, whose object is PartialObjectMetadata.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Table {
    rows: Option<Vec<TableRow>>,
    metadata: Option<Tag>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TableRow {
    object: Option<Bare>,
}

/// What a bookmark, or any other event, says of the stream.
#[derive(Debug, PartialEq)]
pub struct Mark {
    pub version: Option<Word>,
    /// The initial events are complete.
    pub initial_end: bool,
}

/// Reads an event's object for its version.
pub fn mark(item: &Item, form: Form) -> Option<Mark> {
    let tags = match (form, item) {
        (Form::Table, Item::Json(bytes)) => {
            let table: Table = serde_json::from_slice(bytes).ok()?;
            let rows = table.rows.into_iter().flatten().filter_map(|row| row.object?.metadata);
            rows.chain(table.metadata).collect()
        }
        _ => vec![item.read::<Bare>().ok()?.metadata?],
    };
    let version =
        tags.iter().map(|tag| tag.resource_version.as_str()).find(|version| !version.is_empty() && *version != "0");
    let initial_end = tags.iter().any(|tag| tag.annotations.get(INITIAL_END).is_some_and(|value| value == "true"));
    Some(Mark { version: version.map(Word::new), initial_end })
}

/// The uid and the name, with namespace, of an object whose other fields may not be readable.
pub fn identity(item: &Item) -> Option<(Uid, String)> {
    let Identity { name, namespace, uid } = item.read::<Named>().ok()?.metadata?;
    let full = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
    let meta = Meta { name, namespace, uid, ..Meta::default() };
    (!meta.uid.is_empty() || !meta.name.is_empty()).then(|| (crate::kinds::resource::uid(&meta), full))
}

/// metav1.Status.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Status {
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    message: String,
    #[prost(string, tag = "4")]
    #[serde(deserialize_with = "null")]
    reason: String,
    #[prost(message, optional, tag = "5")]
    details: Option<Details>,
    #[prost(int32, tag = "6")]
    #[serde(deserialize_with = "null")]
    code: i32,
}

/// metav1.StatusDetails.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    #[prost(int32, tag = "5")]
    #[serde(deserialize_with = "null")]
    retry_after_seconds: i32,
}

/// The Status in an ERROR event.
pub fn status(item: &Item, asked: String) -> Fault {
    let status: Status = item.read().unwrap_or_default();
    let after = status.details.map_or(0, |details| details.retry_after_seconds);
    let said = if status.message.is_empty() { "an error without a message".to_owned() } else { status.message };
    let fault = of_status(&asked, u16::try_from(status.code).unwrap_or_default(), &status.reason, said);
    let retry_after = u64::try_from(after).ok().filter(|after| *after != 0).map(Duration::from_secs);
    Fault { retry_after, ..fault }
}
