//! What a table would show: the batches of a watch applied as the store applies them, with every state on the way.

use rk9s::cluster::connect::Link;
use rk9s::cluster::pulse::Pulse;
use rk9s::cluster::watch::{self, Count, ReadChoice, Shared, WatchSpec, What};
use rk9s::kinds::{Head, Row, Uid, Word};
use rk9s::store::delta::{Batch, Delta, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// One watch and what it has said so far.
pub struct Table {
    batches: mpsc::Receiver<Batch>,
    task: JoinHandle<()>,
    rows: BTreeMap<Uid, (Row, u64)>,
    epoch: u64,
    in_list: bool,
    pub states: Vec<State>,
    pub heads: Vec<Head>,
    pub version: Option<Word>,
    pub unreadable: Vec<String>,
    /// Batches that held rows, by the number of their deltas.
    pub batches_seen: Vec<usize>,
    pub count: Arc<Count>,
    pub shared: Shared,
    _pulse: tokio::sync::watch::Sender<Pulse>,
}

impl Drop for Table {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a watch as `change` wants it, for a screen that is never behind.
pub fn open(link: &Link, what: What, change: impl FnOnce(&mut WatchSpec)) -> Table {
    open_with_room(link, what, 1 << 20, change)
}

/// Starts a watch whose channel holds `room` batches.
pub fn open_with_room(link: &Link, what: What, room: usize, change: impl FnOnce(&mut WatchSpec)) -> Table {
    let (shared, pulse) = Shared::new();
    let mut spec = WatchSpec::new(what, shared);
    change(&mut spec);
    let (count, shared) = (spec.count.clone(), spec.shared.clone());
    let (sink, batches) = mpsc::channel(room);
    let task = tokio::spawn(watch::watch(link.clone(), spec, sink));
    Table {
        batches,
        task,
        rows: BTreeMap::new(),
        epoch: 0,
        in_list: false,
        states: Vec::new(),
        heads: Vec::new(),
        version: None,
        unreadable: Vec::new(),
        batches_seen: Vec::new(),
        count,
        shared,
        _pulse: pulse,
    }
}

/// A choice of reading, for [`open`].
pub fn by(read: ReadChoice) -> impl FnOnce(&mut WatchSpec) {
    move |spec| spec.read = read
}

impl Table {
    /// Takes batches until `right` is.
    pub async fn until(&mut self, right: impl Fn(&Self) -> bool) {
        let end = Instant::now() + super::script::LONG;
        while !right(self) {
            let Ok(Some(batch)) = timeout_at(end, self.batches.recv()).await else {
                panic!("never came right: rows {:?}, states {:?}", self.names(), self.states);
            };
            self.apply(batch);
        }
    }

    /// Until it is live and shows exactly these rows.
    pub async fn shows(&mut self, names: &[&str]) {
        self.until(|table| table.is_live() && table.names() == names).await;
    }

    /// Takes what comes in so much time.
    pub async fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(Some(batch)) = timeout_at(end, self.batches.recv()).await {
            self.apply(batch);
        }
    }

    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.rows.values().map(|(row, _)| &*row.name).collect();
        names.sort_unstable();
        names
    }

    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.values().map(|(row, _)| row).find(|row| &*row.name == name)
    }

    pub fn state(&self) -> Option<&State> {
        self.states.last()
    }
    pub fn is_live(&self) -> bool {
        self.state() == Some(&State::Live)
    }
    pub fn is_stale(&self) -> bool {
        matches!(self.state(), Some(State::Stale { .. }))
    }
    pub fn is_refused(&self) -> bool {
        matches!(self.state(), Some(State::Refused(_)))
    }
    fn apply(&mut self, batch: Batch) {
        assert!(batch.deltas.len() <= 300, "a batch of {}", batch.deltas.len());
        if batch.deltas.iter().any(|delta| matches!(delta, Delta::Put(_) | Delta::Gone(_))) {
            self.batches_seen.push(batch.deltas.len());
        }
        for delta in batch.deltas {
            self.take(delta);
        }
        self.version = batch.version.or(self.version.take());
    }

    fn take(&mut self, delta: Delta) {
        match delta {
            Delta::Heads(heads) => self.heads = heads,
            Delta::Begin => {
                self.epoch += 1;
                self.in_list = true;
            }
            Delta::Put(row) => {
                self.rows.insert(row.uid.clone(), (row, self.epoch));
            }
            Delta::Gone(uid) => {
                self.rows.remove(&uid);
            }
            Delta::Cells(..) => panic!("cells that nobody asked for"),
            Delta::End => {
                assert!(self.in_list, "an end without a beginning");
                self.in_list = false;
                let epoch = self.epoch;
                self.rows.retain(|_, (_, of)| *of == epoch);
            }
            Delta::State(state) => {
                assert!(state != State::Live || !self.in_list, "live in the middle of a list");
                self.states.push(state);
            }
            Delta::Unreadable(said) => self.unreadable.push(said),
            Delta::Figures(_) => {}
        }
    }
}
