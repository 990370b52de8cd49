//! The tasks that run beside the loop: one a watch, one a question, and one that feels the pulse of each link.

use super::jobs::Jobs;
use super::reads;
use crate::app::effect::{Ask, AskId, LogId, PaperId, SessionId, WatchId};
use crate::app::log;
use crate::app::msg::{Connection, Cost, Msg};
use crate::app::want::Want;
use crate::cluster::connect::{self, Access, Link, Request};
use crate::cluster::fault::{Class, Fault};
use crate::cluster::papers;
use crate::cluster::watch::{Count, Shared};
use crate::config::Settings;
use crate::store::delta::Batch;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// How often it is looked whether access will end.
const LAPSE_EVERY: Duration = Duration::from_secs(30);

/// What a task tells the loop.
pub enum Reply {
    Msg(Msg),
    /// A value of a Secret, to be copied.
    Secret(Result<String, String>),
    /// A link is made, or is not.
    Linked(SessionId, Result<(Link, Connection), Fault>),
}

/// A connected session.
struct Session {
    link: Link,
    shared: Shared,
    /// What goes on for as long as it is connected.
    beside: [AbortHandle; 2],
}

impl Drop for Session {
    fn drop(&mut self) {
        self.beside.iter().for_each(AbortHandle::abort);
    }
}

/// A running watch.
struct Running {
    task: AbortHandle,
    count: Arc<Count>,
    since: Instant,
}

/// Everything that runs.
pub struct Tasks {
    request: Request,
    settings: Settings,
    pub(super) replies: mpsc::Sender<Reply>,
    pub(super) jobs: Jobs,
    batches: mpsc::Sender<(WatchId, Batch)>,
    sessions: HashMap<SessionId, Session>,
    watches: HashMap<WatchId, Running>,
    papers: HashMap<PaperId, AbortHandle>,
    logs: super::logs::Logs,
    set: JoinSet<()>,
}

impl Tasks {
    pub fn new(
        request: Request,
        settings: Settings,
        replies: mpsc::Sender<Reply>,
        batches: mpsc::Sender<(WatchId, Batch)>,
    ) -> Self {
        // Time and process number are unique among all that ever wrote here.
        let process = format!("{}-{}", jiff::Timestamp::now().as_second(), std::process::id());
        Self {
            request,
            settings,
            jobs: Jobs::new(process),
            replies,
            batches,
            sessions: HashMap::new(),
            watches: HashMap::new(),
            papers: HashMap::new(),
            logs: Default::default(),
            set: JoinSet::new(),
        }
    }

    pub fn connect(&mut self, session: SessionId, context: Option<String>) {
        let (request, replies) = (self.request_for(context), self.replies.clone());
        self.spawn(async move {
            // Where it leads is on the screen before anything is tried, and stays there if that fails.
            if let Ok(connection) = connect::known(&request) {
                let _ = replies.send(Reply::Msg(Msg::Known(session, connection))).await;
            }
            let result = connect::connect(&request).await;
            let _ = replies.send(Reply::Linked(session, result)).await;
        });
    }

    /// How to connect to a context, and what may be done there: the settings depend on its name.
    pub fn request_for(&self, context: Option<String>) -> Request {
        let mut request = self.request.clone();
        request.context = context.or(request.context).or_else(|| connect::current_context(&self.request));
        let context = request.context.as_deref().unwrap_or_default();
        request.access = match self.settings.is_readonly(context) {
            false => Access::ReadWrite,
            true if self.settings.readonly_allows(context, "port-forward") => Access::PortForward,
            true => Access::ReadOnly,
        };
        request
    }

    /// Takes in what a task told; what concerns the app is passed on.
    pub fn take(&mut self, reply: Reply) -> Option<Msg> {
        let (id, result) = match reply {
            Reply::Msg(msg) => return Some(msg),
            Reply::Linked(id, result) => (id, result),
            Reply::Secret(_) => return None,
        };
        // Finished tasks are let go of here: there is at least one whenever something replies.
        while self.set.try_join_next().is_some() {}
        let result = result.map(|(link, connection)| {
            let (shared, sender) = Shared::new();
            let pulse = self.spawn(crate::cluster::pulse::pulse(link.clone(), shared.clone(), sender));
            self.report_pulse(id, &shared);
            let lapse = self.report_lapse(id, &link);
            self.sessions.insert(id, Session { link, shared, beside: [pulse, lapse] });
            connection
        });
        Some(Msg::Connected(id, result))
    }

    fn report_pulse(&mut self, id: SessionId, shared: &Shared) {
        let (mut pulse, replies) = (shared.pulse.clone(), self.replies.clone());
        self.spawn(async move {
            while pulse.changed().await.is_ok() {
                let answering = pulse.borrow_and_update().answering;
                let silent = Fault {
                    class: Class::Timeout,
                    asked: "ask whether the server lives".into(),
                    said: "the server does not answer".into(),
                    hint: None,
                    code: None,
                    retry_after: None,
                };
                let msg = Msg::Pulse(id, if answering { Ok(()) } else { Err(silent) });
                if replies.send(Reply::Msg(msg)).await.is_err() {
                    return;
                }
            }
        });
    }

    fn report_lapse(&mut self, id: SessionId, link: &Link) -> AbortHandle {
        let (credentials, replies) = (link.credentials().clone(), self.replies.clone());
        self.spawn(async move {
            let mut said = None;
            loop {
                let lapses = credentials.lapses();
                if said != lapses {
                    said = lapses;
                    let gone = replies.send(Reply::Msg(Msg::Lapses(id, lapses))).await.is_err();
                    if gone {
                        return;
                    }
                }
                tokio::time::sleep(LAPSE_EVERY).await;
            }
        })
    }

    /// Other settings hold for what is begun from now on.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    pub fn disconnect(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    pub fn watch(&mut self, id: WatchId, session: SessionId, want: Want) {
        let Some(session) = self.sessions.get(&session) else { return };
        let (link, shared, count) = (session.link.clone(), session.shared.clone(), Arc::new(Count::default()));
        // One batch in flight a watch; the shared channel behind it bounds them all.
        let (sink, mut source) = mpsc::channel(1);
        let reading = reads::watch(link, want, shared, count.clone(), sink);
        let out = self.batches.clone();
        let task = self.spawn(async move {
            let forward = async {
                while let Some(batch) = source.recv().await {
                    if out.send((id, batch)).await.is_err() {
                        return;
                    }
                }
            };
            tokio::join!(reading, forward);
        });
        self.watches.insert(id, Running { task, count, since: Instant::now() });
    }

    pub fn unwatch(&mut self, watch: WatchId) {
        if let Some(running) = self.watches.remove(&watch) {
            running.task.abort();
        }
    }

    pub fn open_paper(&mut self, id: PaperId, session: SessionId, want: papers::Want) {
        let Some(session) = self.sessions.get(&session) else { return };
        let (link, replies) = (session.link.clone(), self.replies.clone());
        let elsewhere = match &want.view {
            papers::View::Diff(other) => other.context.clone().map(|context| self.request_for(Some(context))),
            _ => None,
        };
        let (sink, mut source) = mpsc::channel(1);
        let task = self.spawn(async move {
            let forward = async {
                while let Some(result) = source.recv().await {
                    if replies.send(Reply::Msg(Msg::Paper(id, result))).await.is_err() {
                        return;
                    }
                }
            };
            let other = match elsewhere {
                Some(request) => Some(connect::connect(&request).await),
                None => None,
            };
            match other.transpose() {
                Err(fault) => drop(replies.send(Reply::Msg(Msg::Paper(id, Err(fault)))).await),
                Ok(other) => {
                    let links = (link, other.map(|(link, _)| link));
                    let clock = || jiff::Timestamp::now().as_second();
                    tokio::join!(papers::follow(links, want, clock, sink), forward);
                }
            }
        });
        self.papers.insert(id, task);
    }

    pub fn close_paper(&mut self, paper: PaperId) {
        if let Some(task) = self.papers.remove(&paper) {
            task.abort();
        }
    }

    /// Tells the keeper of a log what is asked of it; the first thing asked is to open it.
    pub fn ask_log(&mut self, id: LogId, session: SessionId, ask: log::Ask) {
        let log::Ask::Open(want) = ask else { return self.logs.ask(id, ask) };
        let Some(session) = self.sessions.get(&session) else { return };
        let (link, shared, replies) = (session.link.clone(), session.shared.clone(), self.replies.clone());
        let tell = move |news| {
            let replies = replies.clone();
            async move { replies.send(Reply::Msg(Msg::Log(id, news))).await.is_ok() }
        };
        let (asks, keeping) =
            super::logs::keep((link, shared), *want, u64::from(self.settings.logs_spill()) << 20, tell);
        let task = self.spawn(keeping);
        self.logs.insert(id, asks, task);
    }

    pub fn read_key(&mut self, session: SessionId, target: papers::Target, key: String) {
        let Some(session) = self.sessions.get(&session) else { return };
        let (link, replies) = (session.link.clone(), self.replies.clone());
        self.spawn(async move {
            let value = papers::secret(&link, &target, &key).await.map_err(|fault| fault.to_string());
            let value = value.and_then(|bytes| {
                String::from_utf8(bytes).map_err(|_| format!("{key} is binary: it cannot be copied as text"))
            });
            let _ = replies.send(Reply::Secret(value)).await;
        });
    }

    /// The link of a session, and where its tasks report.
    pub(super) fn link(&self, session: SessionId) -> Option<(Link, mpsc::Sender<Reply>)> {
        let session = self.sessions.get(&session)?;
        Some((session.link.clone(), self.replies.clone()))
    }

    pub fn nudge(&mut self, session: SessionId) {
        if let Some(session) = self.sessions.get(&session) {
            session.shared.nudge.notify_waiters();
        }
    }

    pub fn ask(&mut self, id: AskId, session: SessionId, what: Ask) {
        let Some(session) = self.sessions.get(&session) else { return };
        let (link, replies) = (session.link.clone(), self.replies.clone());
        self.spawn(async move {
            let answer = reads::answer(&link, what).await;
            let _ = replies.send(Reply::Msg(Msg::Answer(id, answer))).await;
        });
    }

    pub fn read_contexts(&mut self) {
        let (request, replies) = (self.request.clone(), self.replies.clone());
        self.spawn(async move {
            let contexts = connect::contexts(&request).await;
            let _ = replies.send(Reply::Msg(Msg::Contexts(contexts))).await;
        });
    }

    pub fn reach(&mut self, context: String) {
        let (request, replies) = (self.request_for(Some(context.clone())), self.replies.clone());
        self.spawn(async move {
            let result = connect::reach_context(&request).await;
            let _ = replies.send(Reply::Msg(Msg::Reached(context, result))).await;
        });
    }

    /// Says when a file that decides how to connect has changed.
    pub fn watch_files(&mut self) {
        let (request, replies) = (self.request.clone(), self.replies.clone());
        self.spawn(super::files::watch(request, replies));
    }

    /// What each watch has cost.
    pub fn costs(&self) -> Vec<(WatchId, Cost)> {
        let cost = |running: &Running| Cost {
            how: format!("{}, {:?}", running.count.how().text(), running.count.encoding()).to_lowercase(),
            requests: running.count.requests(),
            bytes: running.count.bytes(),
            events: running.count.objects(),
            age: running.since.elapsed().as_secs() as i64,
        };
        self.watches.iter().map(|(id, running)| (*id, cost(running))).collect()
    }

    /// Ends everything.
    pub fn stop(&mut self) {
        self.set.abort_all();
    }

    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.set.spawn(task)
    }
}
