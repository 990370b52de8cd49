//! One watch from beginning to end: attempts, what ended them, states, and the waits between.

use super::asking::{Ask, Place};
use super::habits::Reading;
use super::maker::{Maker, Rows};
use super::mark;
use super::outbox::{Gone, Outbox};
use super::{Count, Form, ReadChoice, Shared, WatchSpec, What};
use crate::cluster::backoff::Backoff;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::link_standin::Link;
use crate::cluster::list::Partial;
use crate::kinds::{Item, Word, Words};
use crate::store::delta::{Batch, Delta, State};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a refusal (403, 404) is left alone.
const REFUSED: Duration = Duration::from_secs(60);
/// An attempt that lasted so long was a good one: the next trouble starts from the shortest wait.
const GOOD: Duration = Duration::from_secs(5);

/// Why an attempt ended.
#[derive(Debug)]
pub enum Stop {
    /// The receiver is gone.
    Gone,
    /// The server closed the watch, as it regularly does.
    Ended,
    /// The version is too old, or no longer makes sense: list again.
    Expired(Fault),
    /// The server does not stream lists; the fault says how it put it.
    NotStreaming(Fault),
    /// The link is too slow for a stream.
    Slow,
    Fault(Fault),
}

impl From<Gone> for Stop {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

/// A watch at work.
pub struct Run {
    pub link: Link,
    pub place: Place,
    pub read: ReadChoice,
    pub shared: Shared,
    pub count: Arc<Count>,
    pub maker: Box<dyn Maker>,
    pub words: Words,
    pub out: Outbox,
    /// The watch can go on from here.
    pub version: Option<Word>,
    /// The last event, whose version is read when it is needed.
    pub last: Option<Item>,
    /// The newest version ever seen: a list must not be older.
    pub newest: Option<Word>,
    /// A list that was interrupted between pages.
    pub partial: Option<Partial>,
    /// Whether rows have been shown.
    pub shown: bool,
    /// When what is shown was last known to be true, in seconds since the epoch.
    pub true_at: i64,
    /// This server does not stream this resource.
    pub no_stream: bool,
    said: Option<State>,
    backoff: Backoff,
}

impl Run {
    pub fn new(link: Link, spec: WatchSpec, sink: mpsc::Sender<Batch>) -> Self {
        let maker: Box<dyn Maker> = match &spec.what {
            What::Kind(kind) => Box::new(Rows::new(*kind)),
            What::Table(_) => Box::new(super::maker::Unwritten),
        };
        Self::with_maker(link, spec, maker, sink)
    }

    /// A watch whose objects become something else than rows.
    pub fn with_maker(link: Link, spec: WatchSpec, maker: Box<dyn Maker>, sink: mpsc::Sender<Batch>) -> Self {
        let (namespace, labels, fields) = (spec.namespace.as_deref(), spec.labels.as_deref(), spec.fields.as_deref());
        Self {
            place: Place::new(&spec.what, namespace, labels, fields, maker.form()),
            link,
            read: spec.read,
            shared: spec.shared,
            count: spec.count,
            maker,
            words: Words::default(),
            out: Outbox::new(sink),
            shown: spec.resume.is_some(),
            newest: spec.resume.clone(),
            version: spec.resume,
            last: None,
            partial: None,
            true_at: 0,
            no_stream: false,
            said: None,
            backoff: Backoff::default(),
        }
    }

    /// Attempt after attempt, until the receiver is gone.
    pub async fn forever(&mut self) {
        self.say(if self.shown { State::CatchingUp } else { State::Connecting });
        loop {
            let began = Instant::now();
            let stop = self.attempt().await;
            self.settle();
            if began.elapsed() >= GOOD {
                self.backoff.reset();
            }
            let waited = match stop {
                Stop::Gone => return,
                Stop::Ended | Stop::Slow | Stop::NotStreaming(_) => self.after_end(began).await,
                Stop::Expired(fault) => self.after_expiry(fault, began).await,
                Stop::Fault(fault) => self.after_fault(fault).await,
            };
            if waited.is_err() {
                return;
            }
        }
    }

    async fn attempt(&mut self) -> Stop {
        let Some(version) = self.version.clone() else {
            return self.list().await.err().unwrap_or(Stop::Ended);
        };
        self.stream(Ask::Watch { version: version.to_string() }).await
    }

    /// Lists in the way that suits, and goes on watching if the list came as a stream.
    async fn list(&mut self) -> Result<(), Stop> {
        let reading = self.reading();
        if reading != Reading::Stream || self.partial.is_some() {
            return self.pages(reading).await;
        }
        let from = self.newest.as_ref().map(|version| version.to_string());
        match self.stream(Ask::Stream { from }).await {
            Stop::NotStreaming(fault) => {
                self.no_stream = true;
                self.pages(self.reading()).await?;
                // Only now is it sure that it was not the server as a whole that failed.
                if matches!(fault.code, None | Some(400 | 422)) && self.maker.form() == Form::Objects {
                    self.shared.habits.refuse_streaming();
                }
                Ok(())
            }
            stop => Err(stop),
        }
    }

    fn reading(&self) -> Reading {
        let habits = &self.shared.habits;
        let reading = match self.read {
            ReadChoice::Auto => habits.reading(),
            ReadChoice::Stream if habits.streams() => Reading::Stream,
            ReadChoice::Stream => Reading::PlainPages,
            ReadChoice::Pages => Reading::Pages,
        };
        if reading == Reading::Stream && self.no_stream { Reading::PlainPages } else { reading }
    }

    async fn after_end(&mut self, began: Instant) -> Result<(), Gone> {
        self.out.flush().await?;
        if began.elapsed() < Duration::from_secs(1) {
            sleep(self.backoff.next(None)).await;
        }
        Ok(())
    }

    async fn after_expiry(&mut self, _fault: Fault, began: Instant) -> Result<(), Gone> {
        self.version = None;
        self.say(if self.shown { State::CatchingUp } else { State::Syncing });
        self.after_end(began).await
    }

    async fn after_fault(&mut self, fault: Fault) -> Result<(), Gone> {
        let refused = matches!(fault.class, Class::Forbidden | Class::NotFound);
        let wait = if refused { REFUSED } else { self.backoff.next(fault.retry_after) };
        let state = if refused {
            State::Refused(fault)
        } else {
            State::Stale { since: self.true_at, fault, retry: now() + wait.as_secs() as i64 }
        };
        self.say(state);
        self.out.flush().await?;
        sleep_until(Instant::now() + wait).await;
        Ok(())
    }

    /// Tells the store, unless it has been told.
    pub fn say(&mut self, state: State) {
        if self.said.as_ref() != Some(&state) {
            self.out.put(Delta::State(state.clone()));
            self.said = Some(state);
        }
    }

    /// What is shown is true now.
    pub fn live(&mut self) {
        self.true_at = now();
        self.shown = true;
        self.say(State::Live);
    }

    /// Reads the version of the last event.
    pub fn settle(&mut self) {
        let version = self.last.take().and_then(|item| mark::mark(&item, self.place.form())?.version);
        if let Some(version) = version {
            self.know(version);
        }
    }

    /// The rows are known up to `version`.
    pub fn know(&mut self, version: Word) {
        self.newest = Some(version.clone());
        self.version = Some(version.clone());
        self.out.version(version);
    }

    /// Sends what is due, with the version that it brings the rows to.
    pub async fn flush_due(&mut self) -> Result<(), Gone> {
        if self.out.due().is_some_and(|due| due <= Instant::now()) || self.out.is_full() {
            self.settle();
            self.maker.settle(&mut self.out.batch.deltas);
            self.out.flush().await?;
        }
        Ok(())
    }

    /// A fault of this watch that is not in an HTTP answer.
    pub fn fault(&self, ask: &Ask, class: Class, said: impl Into<String>) -> Fault {
        Fault { class, asked: self.place.asked(ask), said: said.into(), hint: None, code: None, retry_after: None }
    }
}

/// Seconds since the epoch.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
