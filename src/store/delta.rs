//! What a watch says: the one vocabulary between `cluster`, which reads, and `app`, which keeps rows.
//!
//! Plain data. A watch task sends [`Batch`]es through a bounded channel; the store applies them in order.

use crate::cluster::fault::Fault;
use crate::kinds::{Head, Row, Uid, Word};

/// Everything that one watch has to say at one moment.
#[derive(Debug, Default)]
pub struct Batch {
    pub deltas: Vec<Delta>,
    /// The resourceVersion up to which the rows are known, once it has moved. A watch started with it continues.
    pub version: Option<Word>,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// The columns of a server-side Table, before its first row and whenever they change.
    Heads(Vec<Head>),
    /// A list begins: the rows put from here to [`Delta::End`] are all that there is.
    Begin,
    Put(Row),
    Gone(Uid),
    /// The list is complete: rows that were not put since [`Delta::Begin`] are gone.
    End,
    State(State),
    /// An object could not be read: one row is missing, and this says why.
    Unreadable(String),
    /// Sums or measurements by key, from a companion feed; a key that has no figures any more comes with `None`.
    Figures(Vec<(Word, Option<Figures>)>),
    /// The cells that a user added by path, of one row; a row that is gone comes with `None`.
    Cells(Uid, Option<Box<[crate::kinds::Value]>>),
}

/// Whether what a watch has shown is true now.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Connecting,
    /// The first list is being read.
    Syncing,
    Live,
    /// Rows of before are shown while the watch finds out what it missed.
    CatchingUp,
    /// What is shown was true at `since` (seconds since the epoch); the next try is at `retry`.
    Stale {
        since: i64,
        fault: Fault,
        retry: i64,
    },
    /// The server will not show it (403), or does not have it (404); tried again rarely.
    Refused(Fault),
}

/// What companion feeds measure, in the units of [`crate::kinds::Value`]: thousandths of a core and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub pods: i64,
    pub not_well: i64,
    pub warnings: i64,
    /// Of a deployment's ReplicaSet.
    pub revision: i64,
    /// In use (usage feed) or requested (pods feed).
    pub cpu: i64,
    pub memory: i64,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.pods += other.pods;
        self.not_well += other.not_well;
        self.warnings += other.warnings;
        self.revision += other.revision;
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

impl std::ops::SubAssign for Figures {
    fn sub_assign(&mut self, other: Self) {
        self.pods -= other.pods;
        self.not_well -= other.not_well;
        self.warnings -= other.warnings;
        self.revision -= other.revision;
        self.cpu -= other.cpu;
        self.memory -= other.memory;
    }
}
