//! Changes as tasks: plans, runs that begin only when the journal has them, and how they ended.

use super::journal::Journal;
use super::manifests;
use super::tasks::{Reply, Tasks};
use crate::actions::change::Do;
use crate::actions::{self, Values, apply};
use crate::app::effect::{FormId, JobId, SessionId};
use crate::app::journal::Entry;
use crate::app::msg::Msg;
use crate::cluster::changes::{self, Outcome, Plan, Progress, Step};
use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::papers::{self, Target};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// What changes need beyond a link.
pub struct Jobs {
    /// What tells this process from others.
    pub process: String,
    journal: Arc<Mutex<Journal>>,
    cancelled: HashMap<JobId, Arc<AtomicBool>>,
}

impl Jobs {
    pub fn new(process: String) -> Self {
        Self { process, journal: Arc::default(), cancelled: HashMap::new() }
    }

    /// Writes an entry on a thread that may wait for the disk.
    fn write(&self, entry: Entry) -> tokio::task::JoinHandle<std::io::Result<()>> {
        let (journal, process) = (self.journal.clone(), self.process.clone());
        tokio::task::spawn_blocking(move || {
            journal.lock().unwrap_or_else(PoisonError::into_inner).write(&process, &entry.kept())
        })
    }
}

impl Tasks {
    pub fn plan(
        &mut self,
        form: FormId,
        session: SessionId,
        action: &'static str,
        targets: Vec<Target>,
        values: Option<Values>,
    ) {
        let Some(action) = actions::named(action) else { return };
        self.planned(form, session, move |link| async move {
            let now = jiff::Timestamp::now().as_second();
            changes::plan(&link, action, &targets, values.as_ref(), now).await
        });
    }

    /// Reads the files and plans what they say.
    pub fn plan_apply(&mut self, form: FormId, session: SessionId, mut values: Values) {
        self.planned(form, session, move |link| async move {
            let path = manifests::expanded(values.get(apply::PATH).map(|path| path.trim()).unwrap_or_default());
            values.insert(apply::PATH.into(), path.clone());
            let read = tokio::task::spawn_blocking(move || manifests::read(&path)).await;
            changes::plan_apply(&link, &values, read.map_err(|e| e.to_string()).and_then(|read| read)).await
        });
    }

    pub fn plan_undo(&mut self, form: FormId, session: SessionId, done: Vec<(Target, String, Do)>) {
        self.planned(form, session, move |link| async move { changes::plan_undo(&link, &done).await });
    }

    fn planned<F>(&mut self, form: FormId, session: SessionId, plan: impl FnOnce(Link) -> F + Send + 'static)
    where
        F: Future<Output = Result<Plan, Fault>> + Send + 'static,
    {
        let Some((link, replies)) = self.link(session) else { return };
        self.spawn(async move {
            let result = plan(link).await;
            let _ = replies.send(Reply::Msg(Msg::Planned(form, result))).await;
        });
    }

    pub fn run(&mut self, job: JobId, session: SessionId, steps: Vec<Step>, entry: Entry) {
        let Some((link, replies)) = self.link(session) else { return };
        let cancelled = Arc::new(AtomicBool::new(false));
        self.jobs.cancelled.insert(job, cancelled.clone());
        let written = self.jobs.write(entry);
        let (sink, mut source) = mpsc::channel(16);
        self.spawn(async move {
            let forward = async {
                while let Some(progress) = source.recv().await {
                    if replies.send(Reply::Msg(Msg::Progress(job, progress))).await.is_err() {
                        return;
                    }
                }
            };
            let work = async move {
                match written.await.map_err(std::io::Error::other).and_then(|written| written) {
                    Ok(()) => changes::run(link, steps, cancelled, sink).await,
                    Err(e) => refuse(&steps, &e, sink).await,
                }
            };
            tokio::join!(work, forward);
        });
    }

    /// Reads an object for an editor.
    pub fn fetch(&mut self, session: SessionId, target: Target) {
        let Some((link, replies)) = self.link(session) else { return };
        self.spawn(async move {
            let result = papers::object(&link, &target).await;
            let _ = replies.send(Reply::Msg(Msg::Fetched(session, target, result))).await;
        });
    }

    pub fn cancel(&mut self, job: JobId) {
        if let Some(cancelled) = self.jobs.cancelled.get(&job) {
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Asks how a change ended.
    pub fn check(&mut self, session: SessionId, entry: String, done: Vec<(Target, String, Do)>) {
        let Some((link, replies)) = self.link(session) else { return };
        self.spawn(async move {
            let found = changes::check(&link, &done).await;
            let _ = replies.send(Reply::Msg(Msg::Checked(entry, found))).await;
        });
    }

    /// Writes how a change ended.
    pub fn note(&mut self, entry: Entry) {
        let written = self.jobs.write(entry);
        let replies = self.replies.clone();
        self.spawn(async move {
            let written = written.await.map_err(std::io::Error::other).and_then(|written| written);
            if let Err(e) = written {
                let said = format!("the journal cannot be written: {e}");
                let _ = replies.send(Reply::Msg(Msg::Notice(Err(said)))).await;
            }
        });
    }

    /// Reads the journals of former runs and of other processes.
    pub fn read_journal(&mut self) {
        let replies = self.replies.clone();
        self.spawn(async move {
            if let Ok(entries) = tokio::task::spawn_blocking(super::journal::read).await {
                let _ = replies.send(Reply::Msg(Msg::Journal(entries))).await;
            }
        });
    }
}

/// What cannot be written down is not done.
async fn refuse(steps: &[Step], why: &std::io::Error, out: mpsc::Sender<Progress>) {
    for at in 0..steps.len() {
        let fault = Fault::new(Class::Other, "write the journal", why.to_string());
        let _ = out.send(Progress::Ended(at, Outcome::Failed(fault))).await;
    }
}
