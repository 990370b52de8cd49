//! What was changed, by whom and how: the entries that the journal file keeps, and which of them can be taken back.
//!
//! Values of Secrets are in no file: what was edited of one is kept in this process alone, and a deleted one is not kept.

mod check;
mod page;
pub mod table;

use crate::actions::change::Do;
use crate::actions::{secret, undo};
use crate::cluster::papers::Target;
use serde::{Deserialize, Serialize};

/// One object that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    pub target: Target,
    pub uid: String,
    pub does: Do,
    /// `done`, or why not; nothing while it is not known.
    #[serde(default)]
    pub outcome: Option<String>,
    /// The uid of what was created; only the server's answer tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
}

impl Done {
    /// What is there for it now: the object that was changed, or the one that was created, which is known by its own uid.
    fn object(&self) -> (Target, String, Do) {
        match (&self.does, &self.made) {
            (Do::Create { what, object }, made) => {
                let name = object.pointer("/metadata/name").and_then(serde_json::Value::as_str).unwrap_or_default();
                let namespace = self.target.namespace.clone().filter(|_| what.namespaced);
                let target = Target { what: what.clone(), namespace, name: name.into() };
                (target, made.clone().unwrap_or_default(), self.does.clone())
            }
            (Do::Apply(_), Some(made)) => (self.target.clone(), made.clone(), self.does.clone()),
            (does, _) => (self.target.clone(), self.uid.clone(), does.clone()),
        }
    }
}

/// What `outcome` says of a step that was carried out.
pub const DONE: &str = "done";

/// One change, of any number of objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Unique among all processes: the process, and its own count.
    pub id: String,
    /// Seconds since the epoch.
    pub at: i64,
    pub context: String,
    /// The server's address.
    #[serde(default)]
    pub cluster: String,
    pub user: String,
    /// `Scale deployment/orders`.
    pub title: String,
    pub done: Vec<Done>,
    pub kubectl: Vec<String>,
    /// The entry that this one took back.
    #[serde(default)]
    pub undoes: Option<String>,
    /// Whether it has ended; one that has not, in a process that is gone, has an unknown outcome.
    #[serde(default)]
    pub ended: bool,
    /// Whether the process that began it still runs, as far as this one knows.
    #[serde(skip)]
    pub runs_elsewhere: bool,
}

impl Entry {
    /// What its file keeps of it: no values of Secrets.
    pub fn kept(&self) -> Self {
        let mut kept = self.clone();
        for done in &mut kept.done {
            done.does = secret::kept(&done.target.what, &done.does);
        }
        kept
    }

    /// What sorts entries by time. Those of one process and one second go by their count, in which 10 comes after 9.
    pub fn order(&self) -> (i64, u64) {
        (self.at, self.id.rsplit('-').next().and_then(|count| count.parse().ok()).unwrap_or_default())
    }

    /// The objects that were changed for certain.
    pub fn changed(&self) -> Vec<(Target, String, Do)> {
        let changed = self.done.iter().filter(|done| done.outcome.as_deref() == Some(DONE));
        changed.map(Done::object).collect()
    }

    /// Whether it was sent, and nobody knows what became of it.
    pub fn is_unknown(&self) -> bool {
        !self.ended && !self.runs_elsewhere
    }

    /// Whether anything of it can be taken back.
    pub fn is_undoable(&self) -> bool {
        self.changed().iter().any(|(target, uid, does)| !uid.is_empty() && undo::inverse(&target.what, does).is_ok())
    }

    /// How it ended, in a few words.
    pub fn outcome(&self) -> String {
        let all = self.done.len();
        let done = self.changed().len();
        match (self.ended, self.runs_elsewhere) {
            (true, _) if done == all => "done".into(),
            (true, _) => {
                let why = self.done.iter().filter_map(|done| done.outcome.as_deref()).find(|outcome| *outcome != DONE);
                format!("{done} of {all} done: {}", why.unwrap_or("not known"))
            }
            (false, true) => "going on".into(),
            (false, false) => "outcome unknown: rk9s ended in the middle of it".into(),
        }
    }
}

/// The last change of a context that can be taken back and was not.
pub fn last_undoable<'a>(entries: &'a [Entry], context: &str) -> Option<&'a Entry> {
    let own = entries.iter().filter(|entry| undoable(entries, entry, context).is_ok());
    own.max_by_key(|entry| entry.order())
}

/// The same entry if it can be taken back on the context on the screen, or why not.
pub fn undoable<'a>(entries: &[Entry], entry: &'a Entry, context: &str) -> Result<&'a Entry, String> {
    let why = if entry.context != context {
        format!("it was done in {}: switch there first", entry.context)
    } else if !entry.ended {
        "it is not known yet how it ended".into()
    } else if entry.undoes.is_some() {
        "it took something back; do that again instead".into()
    } else if is_undone(entries, entry) {
        "it was taken back already".into()
    } else if !entry.is_undoable() {
        "there is nothing in it that could be taken back".into()
    } else {
        return Ok(entry);
    };
    Err(format!("{}: {why}", entry.title))
}

/// Whether a later change took it back.
pub fn is_undone(entries: &[Entry], entry: &Entry) -> bool {
    let took = |other: &&Entry| other.undoes.as_ref() == Some(&entry.id) && other.ended && !other.changed().is_empty();
    entries.iter().any(|other| took(&other))
}
