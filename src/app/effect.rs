//! Everything that the program may ask of the world. Effects are data: the engine performs them, tests read them.

use super::journal::Entry;
use super::log;
use super::want::Want;
use crate::actions::Values;
use crate::actions::change::Do;
use crate::cluster::changes::Step;
use crate::cluster::papers;

/// A context in use. Ids are never reused, so that late messages of a session that is gone are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u32);

/// A running watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WatchId(pub u32);

/// A paper that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaperId(pub u32);

/// An open form, and the plan that it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FormId(pub u32);

/// A change that is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u32);

/// A log that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogId(pub u32);

/// A question asked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(pub u32);

/// A wish of the app.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Make a client for a context (the kubeconfig's current one if `None`).
    Connect {
        session: SessionId,
        context: Option<String>,
    },
    /// Forget a session's client.
    Disconnect(SessionId),
    Watch {
        watch: WatchId,
        session: SessionId,
        want: Box<Want>,
    },
    Unwatch(WatchId),
    Ask {
        ask: AskId,
        session: SessionId,
        what: Ask,
    },
    /// Read a paper, now and whenever its object changes.
    Open {
        paper: PaperId,
        session: SessionId,
        want: Box<papers::Want>,
    },
    /// Read it no more.
    Close(PaperId),
    /// Something for the keeper of a log.
    Log {
        log: LogId,
        session: SessionId,
        ask: log::Ask,
    },
    /// Copy a value of a Secret that nobody else shall see.
    CopyKey {
        session: SessionId,
        target: papers::Target,
        key: String,
    },
    /// Write a text to a private file whose name begins with this.
    Save {
        name: String,
        text: String,
    },
    /// Find out what an action comes to. Nothing is changed.
    Plan {
        form: FormId,
        session: SessionId,
        action: &'static str,
        targets: Vec<papers::Target>,
        values: Option<Values>,
    },
    /// The same for what files say.
    PlanApply {
        form: FormId,
        session: SessionId,
        values: Values,
    },
    /// The same for taking back what was done.
    PlanUndo {
        form: FormId,
        session: SessionId,
        done: Vec<(papers::Target, String, Do)>,
    },
    /// Change the cluster, once the journal has the entry.
    Run {
        job: JobId,
        session: SessionId,
        steps: Vec<Step>,
        entry: Box<Entry>,
    },
    /// Read an object whole, for an editor.
    Fetch {
        session: SessionId,
        target: papers::Target,
    },
    /// Lend the terminal to the user's editor, with this text.
    Editor {
        session: SessionId,
        target: papers::Target,
        text: crate::app::edit::Page,
    },
    /// Leave what has not begun of a job.
    Cancel(JobId),
    /// Write into the journal how a change ended.
    Note(Box<Entry>),
    /// Retry at once whatever waits for its next try.
    Nudge(SessionId),
    /// Read the kubeconfig's contexts again.
    ReadContexts,
    /// Read the journals of all processes again.
    ReadJournal,
    /// Ask the cluster whether each of these was done.
    Check {
        session: SessionId,
        /// The journal entry that it is for.
        entry: String,
        done: Vec<(papers::Target, String, Do)>,
    },
    /// Shake hands with the server of a context, no more: no credential is used.
    Reach(String),
    Copy(String),
    /// Make a trouble happen in the embedded cluster.
    Cause(String),
    /// Keep a theme that was chosen instead of the one that the settings name.
    KeepTheme {
        instead_of: String,
        name: String,
    },
    /// Keep which columns a kind's tables have; `None` are its own.
    KeepColumns {
        kind: String,
        choice: Option<crate::config::columns::Choice>,
    },
    /// Other settings hold from now on.
    Configure(Box<crate::config::Settings>),
    /// Keep for the next start.
    Remember(Memory),
    /// Stop the process as Ctrl-Z does in a shell.
    Suspend,
    /// Run the credential plugin of a session with the terminal lent to it.
    Lend {
        session: SessionId,
        context: Option<String>,
    },
    /// Paint everything anew.
    Redraw,
    Quit,
}

/// Questions with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Which kinds the server has.
    Catalog,
    /// The server's version and who it takes us for.
    About,
    /// In which namespaces a kind may be listed (plural and group).
    Readable { group: String, plural: String, known: Vec<String> },
    /// The names of the namespaces.
    Namespaces,
    /// What the user may do in a namespace.
    Rights(String),
}

/// What is remembered between starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    pub context: String,
    /// The view as a `:` line would name it.
    pub view: String,
    /// Namespaces that were seen live: who may not list namespaces is shown these again.
    pub namespaces: Vec<String>,
}
