//! Everything that can happen to the program.

use super::effect::{AskId, FormId, JobId, LogId, PaperId, SessionId, WatchId};
use super::journal::Entry;
use super::log::News;
use crate::cluster::catalog::Catalog;
use crate::cluster::changes::{Plan, Progress};
pub use crate::cluster::connection::{Connection, ContextRow};
use crate::cluster::fault::Fault;
use crate::cluster::papers::Target;
use crate::cluster::rights::Rights;
use crate::store::delta::Batch;
use crate::text::document::Document;
use crossterm::event::Event;
use serde_json::Value;

/// The moment at which something happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// Seconds since the epoch, for ages.
    pub wall: i64,
    /// Milliseconds of a clock that never jumps, for everything that waits.
    pub mono: u64,
}

/// News for [`super::App::update`].
#[derive(Debug)]
pub enum Msg {
    Term(Event),
    /// What the kubeconfig says of a connection that is being made.
    Known(SessionId, Connection),
    Connected(SessionId, Result<Connection, Fault>),
    /// The link answers again, or does not.
    Pulse(SessionId, Result<(), Fault>),
    /// When the credential ends that nothing renews, in seconds since the epoch.
    Lapses(SessionId, Option<i64>),
    Watch(WatchId, Batch),
    Answer(AskId, Answer),
    Contexts(Vec<ContextRow>),
    /// Whether the server of a context answers: after how many milliseconds, or why not.
    Reached(String, Result<u64, Fault>),
    /// What the keeper of a log has to tell.
    Log(LogId, News),
    /// A paper was read, or could not be.
    Paper(PaperId, Result<Document, Fault>),
    /// What an action comes to.
    Planned(FormId, Result<Plan, Fault>),
    Progress(JobId, Progress),
    /// An object that is to be edited, as it is now.
    Fetched(SessionId, Target, Result<Value, Fault>),
    /// What came back from the editor, or why it could not be used.
    Edited(SessionId, Target, Result<String, String>),
    /// What the journals hold, at the start.
    Journal(Vec<Entry>),
    /// Whether each object of the journal entry with this id is now as the change would have it.
    Checked(String, Vec<Result<bool, Fault>>),
    /// A file that decides how to connect has changed.
    Files,
    /// The files of themes, as they are now.
    Themes(Vec<crate::config::ThemeFile>),
    /// The files of the configuration, as they are now.
    Config(Box<crate::config::texts::Texts>),
    /// What became of a copy: where it went, or why it did not.
    Copied(Result<String, String>),
    /// What the watches have cost so far, while someone looks.
    Costs(Vec<(WatchId, Cost)>),
    /// A second has passed, or the moment came that the app asked for.
    Tick,
    /// Something to tell the user, from the engine.
    Notice(Result<String, String>),
    /// The terminal asks us to leave (SIGTERM, SIGHUP, the terminal is gone).
    Leave,
}

/// Answers to [`super::effect::Ask`].
#[derive(Debug)]
pub enum Answer {
    Catalog(Result<Catalog, Fault>),
    About { version: Result<String, Fault>, user: Option<String> },
    Readable(Result<Vec<String>, Fault>),
    Namespaces(Result<Vec<String>, Fault>),
    Rights(Result<Rights, Fault>),
}

/// What a watch has cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How it reads: `stream`, `pages of 500, gzipped`, …
    pub how: String,
    pub requests: u64,
    pub bytes: u64,
    pub events: u64,
    /// Seconds since it began.
    pub age: i64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let minutes = (self.age.max(1) as f64) / 60.0;
        let per_minute = (self.bytes as f64 / minutes.max(1.0)) as i64;
        write!(
            f,
            "{}, {} requests, {} events, {}, {}/min",
            self.how,
            self.requests,
            self.events,
            crate::text::quantity::print_bytes(self.bytes as i64),
            crate::text::quantity::print_bytes(per_minute)
        )
    }
}
