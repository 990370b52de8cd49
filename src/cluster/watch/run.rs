//! One watch from beginning to end: attempt after attempt, and what it has said so far.

use super::answer::Asker;
use super::asking::{Ask, Place};
use super::habits::Reading;
use super::maker::{Maker, Rows};
use super::mark;
use super::outbox::{Gone, Outbox};
use super::trouble::Trouble;
use super::{Form, ReadChoice, WatchSpec, What};
use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::list::{self, Partial};
use crate::cluster::table::Tables;
use crate::kinds::{Item, Word, Words};
use crate::store::delta::{Batch, Delta, State};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Why an attempt ended.
#[derive(Debug)]
pub enum Stop {
    /// The receiver is gone.
    Gone,
    /// The server closed the watch, as it regularly does.
    Ended,
    /// Nothing came for so long that the connection may be dead.
    Quiet,
    /// Something was learnt that changes how to read: try again at once.
    Again,
    /// The version is too old, or no longer makes sense: list again.
    Expired(Fault),
    /// The server does not stream this list; the fault says how it put it.
    NotStreaming(Fault),
    /// The server does not watch this.
    Unwatchable(Fault),
    /// A resource that is not watched has been listed.
    Listed(Fault),
    /// The server does not answer anybody.
    Silent,
    /// The rows hold ages that have grown old.
    Aged,
    /// The machine has slept, or something else makes a fresh connection wise.
    Woken,
    Fault(Fault),
}

impl From<Gone> for Stop {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

/// A watch at work.
pub struct Run {
    pub asker: Asker,
    pub read: ReadChoice,
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
    /// The rows are as the server sees them this moment: a watch that goes on from here has nothing to catch up.
    pub fresh: bool,
    /// The list that is read now is read for its ages alone: what is shown stays true meanwhile.
    pub rereads: bool,
    /// When something last came on this watch while it was live, in seconds since the epoch.
    pub true_at: i64,
    pub live_from: Option<Instant>,
    pub said: Option<State>,
    pub trouble: Trouble,
}

impl Run {
    pub fn new(link: Link, spec: WatchSpec, sink: mpsc::Sender<Batch>) -> Self {
        let maker: Box<dyn Maker> = match &spec.what {
            What::Kind(kind) => Box::new(Rows::new(*kind)),
            What::Table(of) => Box::new(Tables::of(of)),
        };
        Self::with_maker(link, spec, maker, sink)
    }

    /// A watch whose objects become something else than rows.
    pub fn with_maker(link: Link, spec: WatchSpec, maker: Box<dyn Maker>, sink: mpsc::Sender<Batch>) -> Self {
        let (namespace, labels, fields) = (spec.namespace.as_deref(), spec.labels.as_deref(), spec.fields.as_deref());
        let place = Arc::new(Place::new(&spec.what, namespace, labels, fields, maker.form()));
        Self {
            asker: Asker { link, place, shared: spec.shared, count: spec.count },
            read: spec.read,
            maker,
            words: Words::default(),
            out: Outbox::new(sink),
            shown: spec.resume.is_some(),
            newest: spec.resume.clone(),
            version: spec.resume,
            last: None,
            partial: None,
            fresh: false,
            rereads: false,
            true_at: 0,
            live_from: None,
            said: None,
            trouble: Trouble::default(),
        }
    }

    /// Attempt after attempt, until the receiver is gone.
    pub async fn forever(&mut self) {
        self.say(if self.shown { State::CatchingUp } else { State::Connecting });
        loop {
            let began = Instant::now();
            let pulse = self.asker.shared.pulse.clone();
            let stop = tokio::select! {
                biased;
                stop = self.attempt() => stop.err().unwrap_or(Stop::Ended),
                stop = super::trouble::interruption(pulse) => stop,
            };
            if self.after(stop, began).await.is_err() {
                return;
            }
        }
    }

    /// Lists, if nothing is known yet, and watches until something ends it.
    async fn attempt(&mut self) -> Result<Infallible, Stop> {
        if self.out.flush().await.is_err() {
            return Err(Stop::Gone);
        }
        if self.version.is_none() {
            self.list().await?;
            self.trouble.listed();
            if let Some(fault) = self.trouble.unwatchable() {
                return Err(Stop::Listed(fault));
            }
        }
        let Some(version) = self.version.clone() else { return Err(Stop::Again) };
        self.check_history(&version).await?;
        Err(self.stream(Ask::Watch { version: version.to_string() }).await.err().unwrap_or(Stop::Ended))
    }

    /// Lists in the way that suits. A list that comes as a stream is its own watch, and returns when that ends.
    async fn list(&mut self) -> Result<(), Stop> {
        let reading = self.reading();
        if reading != Reading::Stream || self.partial.is_some() {
            return self.pages(reading).await;
        }
        let from = self.newest.as_ref().map(|version| version.to_string());
        let fault = match self.stream(Ask::Stream { from }).await {
            Err(Stop::NotStreaming(fault)) => fault,
            other => return Err(other.err().unwrap_or(Stop::Ended)),
        };
        self.trouble.refuse_streaming();
        self.pages(Reading::PlainPages).await?;
        // Only now is it sure that not everything failed. What an aggregated API cannot do says nothing of the others.
        if matches!(fault.code, None | Some(400 | 422)) && self.maker.form() == Form::Objects {
            self.asker.shared.habits.refuse_streaming();
        }
        Ok(())
    }

    fn reading(&self) -> Reading {
        let habits = &self.asker.shared.habits;
        let reading = match self.read {
            ReadChoice::Auto => habits.reading_at(|| list::distance(self.round_trip())),
            ReadChoice::Stream if habits.streams() => Reading::Stream,
            ReadChoice::Stream => Reading::PlainPages,
            ReadChoice::Pages => Reading::Pages,
        };
        let stream = reading == Reading::Stream && !self.trouble.streams();
        if stream { Reading::PlainPages } else { reading }
    }

    /// The best measurement there is: the handshake's, else that of a small request.
    pub fn round_trip(&self) -> Option<std::time::Duration> {
        self.asker.link.rtt().or(self.asker.shared.pulse.borrow().round_trip)
    }

    /// After an outage the server may have been restored from a backup: versions then start again lower, and a watch from
    /// one of the future would wait for ever without an error.
    async fn check_history(&mut self, version: &str) -> Result<(), Stop> {
        if self.fresh || !self.trouble.is_history_doubtful() || version.parse::<u64>().is_err() {
            return Ok(());
        }
        let meta = self.peek().await?;
        if is_older(&meta.resource_version, version) {
            self.newest = None;
            return Err(Stop::Expired(self.went_back()));
        }
        self.trouble.history_is_sound();
        Ok(())
    }

    /// The fault of a server whose versions are lower than they were.
    pub fn went_back(&self) -> Fault {
        let ask = Ask::Watch { version: String::new() };
        self.asker.fault(&ask, Class::Gone, "the server's history has gone back")
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
        self.live_from.get_or_insert_with(Instant::now);
        self.say(State::Live);
    }

    /// A list begins.
    pub fn begin(&mut self) {
        if !std::mem::take(&mut self.rereads) {
            self.say(if self.shown { State::CatchingUp } else { State::Syncing });
        }
        self.maker.begin(&mut self.out.batch.deltas);
    }

    /// A list is complete, as of `version`.
    pub fn end(&mut self, version: &str) {
        self.maker.end(&mut self.out.batch.deltas);
        self.asker.count.list();
        self.shown = true;
        self.last = None;
        self.know(version.into());
    }

    /// An object is there, or has changed. One that cannot be read costs one row.
    pub fn put(&mut self, item: &Item) {
        self.asker.count.object();
        if let Err(said) = self.maker.put(item, &mut self.words, &mut self.out.batch.deltas) {
            let (uid, name) = mark::identity(item).unzip();
            self.out.put(Delta::Unreadable(format!("{}: {said}", name.as_deref().unwrap_or("an object"))));
            self.out.batch.deltas.extend(uid.map(Delta::Gone));
        }
        self.out.waits |= self.maker.waits();
    }

    /// An object is gone.
    pub fn remove(&mut self, item: &Item) {
        self.asker.count.object();
        if let Err(said) = self.maker.gone(item, &mut self.words, &mut self.out.batch.deltas) {
            self.out.put(Delta::Unreadable(said));
        }
        self.out.waits |= self.maker.waits();
    }

    /// Bytes came: the server is there.
    pub fn heard(&mut self, bytes: usize) {
        self.asker.count.received(bytes);
        self.asker.shared.heard.now();
        if self.said == Some(State::Live) {
            self.true_at = now();
        }
    }

    /// Reads the version of the last event.
    pub fn settle(&mut self) {
        let version = self.last.take().and_then(|item| mark::mark(&item, self.asker.place.form())?.version);
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
        if self.out.is_due() { self.flush().await } else { Ok(()) }
    }

    /// Sends what there is.
    pub async fn flush(&mut self) -> Result<(), Gone> {
        self.settle();
        self.maker.settle(&mut self.out.batch.deltas);
        self.out.flush().await
    }
}

/// Whether version `a` is before `b`: versions of one resource can be compared as numbers (Kubernetes 1.35, KEP-5504).
/// Servers whose versions are no numbers are never found out of order.
pub fn is_older(a: &str, b: &str) -> bool {
    matches!((a.parse::<u64>(), b.parse::<u64>()), (Ok(a), Ok(b)) if a < b)
}

/// Seconds since the epoch.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
