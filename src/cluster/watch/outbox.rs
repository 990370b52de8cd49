//! What is on its way to the store: batches of at most 256 pieces of news or 40 ms, the first one at once.
//!
//! Sending waits while the channel is full, so that a slow screen slows the reader and nothing grows. A batch is taken
//! only when there is room for it: a send that is abandoned loses nothing.

use crate::kinds::Word;
use crate::store::delta::{Batch, Delta};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

const FULL: usize = 256;
const LINGER: Duration = Duration::from_millis(40);

/// The receiver is gone: the watch is over.
#[derive(Debug)]
pub struct Gone;

/// Collects news and sends it on.
pub struct Outbox {
    sink: mpsc::Sender<Batch>,
    pub batch: Batch,
    /// More is to be said than the batch holds yet.
    pub waits: bool,
    sent: Option<Instant>,
    /// Time spent waiting for the receiver, which says nothing about the network.
    pub waited: Duration,
}

impl Outbox {
    pub fn new(sink: mpsc::Sender<Batch>) -> Self {
        Self { sink, batch: Batch::default(), waits: false, sent: None, waited: Duration::ZERO }
    }

    pub fn put(&mut self, delta: Delta) {
        self.batch.deltas.push(delta);
    }

    pub fn version(&mut self, version: Word) {
        self.batch.version = Some(version);
    }

    pub fn is_full(&self) -> bool {
        self.batch.deltas.len() >= FULL
    }

    fn is_empty(&self) -> bool {
        self.batch.deltas.is_empty() && self.batch.version.is_none()
    }

    /// When what has been collected must go: at once after a pause in rows, and with a change of state or the end of a list;
    /// else 40 ms after the last batch.
    pub fn due(&self) -> Option<Instant> {
        let urgent = || self.batch.deltas.last().is_some_and(|delta| matches!(delta, Delta::State(_) | Delta::End));
        let later = self.sent.map(|sent| sent + LINGER).filter(|_| !urgent());
        (self.waits || !self.is_empty()).then(|| later.unwrap_or_else(Instant::now))
    }

    /// Whether what has been collected must go now.
    pub fn is_due(&self) -> bool {
        self.is_full() || self.due().is_some_and(|due| due <= Instant::now())
    }

    /// Sends what has been collected.
    pub async fn flush(&mut self) -> Result<(), Gone> {
        self.waits = false;
        if self.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let heralds = |delta: &Delta| matches!(delta, Delta::State(_) | Delta::Begin | Delta::Heads(_));
        let has_rows = !self.batch.deltas.iter().all(heralds);
        let room = self.sink.reserve().await.map_err(|_| Gone)?;
        room.send(std::mem::take(&mut self.batch));
        let now = Instant::now();
        self.waited += now - began;
        if has_rows {
            self.sent = Some(now);
        }
        Ok(())
    }
}
