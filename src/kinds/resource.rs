//! How a kind with a file of its own is declared, and what the rest of the program sees of it.
//!
//! [`Resource`] is typed by the kind's lean object, so a renamed field does not compile; [`Kind`] is its erased face.
//! Neither knows lists, watches or connections.

use super::column::{self, Column, Head};
use super::lean::{Item, Meta};
use super::row::{Health, Owner, Row, Uid};
use super::words::{Word, Words};
use prost::Message;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The names by which the API and people call a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    /// `pods`: the segment in the API's paths.
    pub plural: &'static str,
    pub singular: &'static str,
    /// `Pod`
    pub kind: &'static str,
    /// kubectl's short names.
    pub short: &'static [&'static str],
    pub namespaced: bool,
}

/// Where Enter leads from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    Nowhere,
    /// To the pods in the row's namespace that its link (a label selector) selects.
    SelectedPods,
    /// To the pods on the node that the row is.
    NodePods,
    /// To the pods in the namespace that the row is.
    NamespacePods,
    /// To the containers of the pod that the row is.
    Containers,
    /// To the object whose `KIND/NAME` the row's link is (group-qualified kind: `Deployment.apps/orders`).
    Object,
    /// Into the context that the row is.
    Context,
    /// To what the journal has of the change that the row is.
    Entry,
}

/// A kind as its file declares it.
pub trait Resource: Send + Sync + 'static {
    /// Just the fields that the columns read, in both encodings.
    type Object: Message + Default + DeserializeOwned;
    const NAMES: Names;
    const COLUMNS: &'static [Column<Self::Object>];
    const LEAD: Lead = Lead::Nowhere;

    fn meta(object: &Self::Object) -> Option<&Meta>;

    /// What the columns do not say: health, the reason, and what Enter needs.
    fn judge(object: &Self::Object, words: &mut Words) -> Judgement;
}

/// What a kind says of one object beside its cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    pub health: Health,
    /// One sentence, without ages; empty for a well object.
    pub reason: Option<Word>,
    pub link: Option<Word>,
}

impl Judgement {
    pub fn well() -> Self {
        Self::default()
    }
    pub fn of(health: Health, reason: &str) -> Self {
        Self { health, reason: (!reason.is_empty()).then(|| Word::new(reason)), link: None }
    }
    pub fn link(mut self, link: Option<Word>) -> Self {
        self.link = link;
        self
    }
}

/// A kind as the rest of the program sees it.
pub trait Kind: Send + Sync {
    /// What it is called.
    fn names(&self) -> &'static Names;
    /// The resource whose objects are read to make its rows (a container's rows are made from pods).
    fn source(&self) -> &'static Names {
        self.names()
    }
    fn heads(&self) -> Vec<Head>;
    fn lead(&self) -> Lead;
    /// Makes the rows of one object, usually one. The error says what did not parse.
    fn rows(&self, item: &Item, words: &mut Words, out: &mut Vec<Row>) -> Result<(), String>;
}

impl<R: Resource> Kind for R {
    fn names(&self) -> &'static Names {
        const { &R::NAMES }
    }
    fn heads(&self) -> Vec<Head> {
        column::heads(R::COLUMNS)
    }
    fn lead(&self) -> Lead {
        R::LEAD
    }
    fn rows(&self, item: &Item, words: &mut Words, out: &mut Vec<Row>) -> Result<(), String> {
        let object: R::Object = item.read()?;
        let meta = R::meta(&object).ok_or("no metadata")?;
        let judgement = R::judge(&object, words);
        out.push(row(meta, judgement, column::cells(R::COLUMNS, &object, words), words));
        Ok(())
    }
}

/// A row from an object's metadata, what its kind says of it, and its cells. An object being deleted is never well, and its
/// reason names the finalizers that hold it.
pub fn row(meta: &Meta, judgement: Judgement, cells: Box<[super::Value]>, words: &mut Words) -> Row {
    let deleting = meta.deletion_timestamp.map(|at| at.seconds - meta.deletion_grace_period_seconds.unwrap_or(0));
    let mut row = Row {
        uid: uid(meta),
        namespace: words.word(&meta.namespace),
        name: meta.name.as_str().into(),
        created: meta.creation_timestamp.map_or(0, |at| at.seconds),
        deleting,
        health: judgement.health,
        reason: judgement.reason,
        labels: words.labels(&meta.labels),
        owner: owner(meta, words),
        link: judgement.link,
        cells,
    };
    if deleting.is_some() {
        row.health = row.health.max(Health::Changing);
        if !meta.finalizers.is_empty() {
            row.reason = Some(words.word(&format!("held by {}", meta.finalizers.join(", "))));
        }
    }
    row
}

/// The object's uid; for the few API objects without one, its namespace and name.
pub fn uid(meta: &Meta) -> Uid {
    if meta.uid.is_empty() {
        return Uid::Text(Word::new(&format!("{}/{}", meta.namespace, meta.name)));
    }
    Uid::parse(&meta.uid)
}

fn owner(meta: &Meta, words: &mut Words) -> Option<Arc<Owner>> {
    let owners = &meta.owner_references;
    let owner = owners.iter().find(|o| o.controller).or(owners.first())?;
    let owner = Owner {
        api_version: words.word(&owner.api_version),
        kind: words.word(&owner.kind),
        name: words.word(&owner.name),
    };
    Some(words.owner(owner))
}
