//! The reading of a cluster: one future per watch turns what the API server says into batches for the store.
//!
//! [`watch`] lists in the way that is fastest for the link, goes on watching, and recovers from everything that can end a
//! watch; it returns only when its receiver is gone. Objects become rows here and are freed. It spawns nothing, keeps no
//! table and knows neither screen nor credentials.

mod answer;
mod asking;
mod count;
mod habits;
mod known;
mod maker;
mod mark;
mod outbox;
mod run;
mod stream;
mod trouble;

use crate::cluster::catalog::Served;
use crate::cluster::connect::Link;
use crate::cluster::pulse::{Heard, Pulse};
use crate::kinds::{Kind, Names, Word};
use crate::store::delta::Batch;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

pub use count::{Count, Encoding, How};
pub use habits::{Distance, Habits, Reading};

pub(in crate::cluster) use answer::Answer;
pub(in crate::cluster) use asking::{Ask, Form};
pub(in crate::cluster) use maker::Maker;
pub(in crate::cluster) use run::{Run, Stop};
pub(in crate::cluster) use trouble::interruption;

/// What to watch.
#[derive(Clone)]
pub enum What {
    /// A kind with a file of its own.
    Kind(&'static dyn Kind),
    /// Anything that the API server lists, as its Table.
    Table(TableOf),
}

/// A resource known only by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableOf {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    /// `ingresses`: the segment in the API's paths.
    pub plural: String,
    /// `Ingress`
    pub kind: String,
    pub namespaced: bool,
    /// Whether discovery tells of a scale subresource.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scales: bool,
}

impl From<&Served> for TableOf {
    fn from(served: &Served) -> Self {
        Self {
            namespaced: served.namespaced,
            scales: served.scales,
            ..Self::namespaced(&served.group, &served.version, &served.plural, &served.kind)
        }
    }
}

impl From<&Names> for TableOf {
    fn from(names: &Names) -> Self {
        Self { namespaced: names.namespaced, ..Self::namespaced(names.group, names.version, names.plural, names.kind) }
    }
}

impl TableOf {
    /// A resource whose objects are in namespaces.
    pub fn namespaced(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        let [group, version, plural, kind] = [group, version, plural, kind].map(str::to_owned);
        Self { group, version, plural, kind, namespaced: true, scales: false }
    }
}

/// The segments of a resource's path.
struct At<'a> {
    group: &'a str,
    version: &'a str,
    plural: &'a str,
    namespaced: bool,
}

impl What {
    /// The path of its collection, in one namespace or in all.
    pub fn path(&self, namespace: Option<&str>) -> String {
        asking::Place::new(self, namespace, None, None, asking::Form::Json).path
    }

    fn at(&self) -> At<'_> {
        match self {
            Self::Kind(kind) => {
                let names = kind.source();
                At { group: names.group, version: names.version, plural: names.plural, namespaced: names.namespaced }
            }
            Self::Table(of) => {
                At { group: &of.group, version: &of.version, plural: &of.plural, namespaced: of.namespaced }
            }
        }
    }
}

/// The user's choice between the ways of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadChoice {
    /// What is fastest on this link.
    #[default]
    Auto,
    Stream,
    Pages,
}

/// What the watches of one link share. Clones share it.
#[derive(Clone)]
pub struct Shared {
    /// What has been learnt of the server.
    pub habits: Arc<Habits>,
    /// Whether the server answers, as [`crate::cluster::pulse::pulse`] finds out.
    pub pulse: tokio::sync::watch::Receiver<Pulse>,
    /// Notify its waiters when a key is pressed: retries that are far off come closer.
    pub nudge: Arc<Notify>,
    /// When anything was last heard from the server.
    pub heard: Arc<Heard>,
}

impl Shared {
    /// For a new link, with the sending end for its pulse.
    pub fn new() -> (Self, tokio::sync::watch::Sender<Pulse>) {
        let (sender, pulse) = tokio::sync::watch::channel(Pulse::default());
        (Self { habits: Arc::default(), pulse, nudge: Arc::default(), heard: Arc::default() }, sender)
    }
}

/// One watch.
#[derive(Clone)]
pub struct WatchSpec {
    pub what: What,
    /// Every namespace, if none.
    pub namespace: Option<String>,
    /// A label selector.
    pub labels: Option<String>,
    /// A field selector.
    pub fields: Option<String>,
    /// The version up to which rows were kept (by a page on the way back): only a 410 lists again.
    pub resume: Option<Word>,
    pub read: ReadChoice,
    pub shared: Shared,
    pub count: Arc<Count>,
}

impl WatchSpec {
    /// Everything of `what`, read afresh.
    pub fn new(what: What, shared: Shared) -> Self {
        Self {
            what,
            namespace: None,
            labels: None,
            fields: None,
            resume: None,
            read: ReadChoice::Auto,
            shared,
            count: Arc::default(),
        }
    }
}

/// Watches until the receiver of `sink` is gone or the future is dropped.
pub async fn watch(link: Link, spec: WatchSpec, sink: mpsc::Sender<Batch>) {
    let receiver = sink.clone();
    let mut run = Run::new(link, spec, sink);
    tokio::select! {
        () = run.forever() => {}
        () = receiver.closed() => {}
    }
}
