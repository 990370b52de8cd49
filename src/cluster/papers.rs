//! Papers: documents about one object, read afresh from the server, once or whenever the object changes.
//!
//! Secret values are masked here unless the want reveals them; nobody beyond sees them otherwise. Nothing is kept.

mod changes;
mod history;
mod read;
mod rollout;
mod tail;

use super::connect::Link;
use super::fault::{Class, Fault};
use super::watch::TableOf;
use crate::text::document::Document;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::mpsc;

pub use crate::manifest::secret::Reveal;
pub use read::{object, scale, secret};

/// One object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub what: TableOf,
    /// None for what is in no namespace.
    pub namespace: Option<String>,
    pub name: String,
}

impl Target {
    pub fn is_pod(&self) -> bool {
        self.what.group.is_empty() && self.what.plural == "pods"
    }
}

/// What is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    Describe,
    /// What the side view tells.
    Brief,
    Yaml,
    /// YAML with who set each line, and when.
    Blame,
    /// What `kubectl apply` was last given.
    Applied,
    /// The keys of a Secret or a ConfigMap.
    Keys,
    /// How it came to differ from what `kubectl apply` was last given.
    Drift,
    /// What differs from another object, in another context if one is named.
    Diff(Box<Other>),
    /// How its rollout stands, and why it does not go on.
    Rollout,
    /// What changed lately: of the object, or of its whole namespace if it has no name.
    Changes,
}

/// The other side of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    pub context: Option<String>,
    pub target: Target,
}

/// A document to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub view: View,
    pub target: Target,
    pub reveal: Reveal,
}

impl View {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Brief => "brief",
            Self::Yaml => "yaml",
            Self::Blame => "blame",
            Self::Applied => "last applied",
            Self::Keys => "keys",
            Self::Drift => "drift",
            Self::Diff(_) => "diff",
            Self::Rollout => "rollout status",
            Self::Changes => "changes",
        }
    }
}

/// After the object's change the reading waits this long, so that a burst costs one; and longer, if reading itself takes long.
const SETTLE: Duration = Duration::from_millis(300);
/// After a failure.
const RETRY: Duration = Duration::from_secs(3);

/// Reads a document now and whenever its object changes, until the receiver is gone. `clock` is seconds since the epoch.
///
/// The second link leads to the other side of a diff, if that is elsewhere.
pub async fn follow(
    links: (Link, Option<Link>),
    want: Want,
    clock: fn() -> i64,
    out: mpsc::Sender<Result<Document, Fault>>,
) {
    let (link, other) = links;
    let mut last = None;
    loop {
        let begun = tokio::time::Instant::now();
        let result = read::document(&link, other.as_ref().unwrap_or(&link), &want, clock()).await;
        let took = begun.elapsed();
        let version = result.as_ref().ok().map(|(_, version)| version.clone());
        let gone = matches!(&result, Err(fault) if matches!(fault.class, Class::NotFound | Class::Forbidden));
        let result = result.map(|(document, _)| document);
        if last.as_ref() != Some(&result) {
            if out.send(result.clone()).await.is_err() {
                return;
            }
            last = Some(result);
        }
        let pause = match version {
            Some(version) => changes::wait(&link, &want, &version).await.map_or(RETRY, |()| SETTLE.max(took * 3)),
            None if gone => RETRY * 5,
            None => RETRY,
        };
        tokio::time::sleep(pause).await;
    }
}
