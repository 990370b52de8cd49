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
    sent: Option<Instant>,
    /// Time spent waiting for the receiver, which says nothing about the network.
    pub waited: Duration,
}

impl Outbox {
    pub fn new(sink: mpsc::Sender<Batch>) -> Self {
        Self { sink, batch: Batch::default(), sent: None, waited: Duration::ZERO }
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

    /// When what has been collected must go: at once after a pause, else 40 ms after the last batch.
    pub fn due(&self) -> Option<Instant> {
        (!self.is_empty()).then(|| self.sent.map_or_else(Instant::now, |sent| sent + LINGER))
    }

    /// Sends what has been collected if it is time.
    pub async fn flush_due(&mut self) -> Result<(), Gone> {
        if self.due().is_some_and(|due| due <= Instant::now()) { self.flush().await } else { Ok(()) }
    }

    /// Sends what has been collected.
    pub async fn flush(&mut self) -> Result<(), Gone> {
        if self.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let room = self.sink.reserve().await.map_err(|_| Gone)?;
        room.send(std::mem::take(&mut self.batch));
        let now = Instant::now();
        self.waited += now - began;
        self.sent = Some(now);
        Ok(())
    }
}
