//! One watch request: from its answer's head to its end.

use super::answer::Answer;
use super::asking::Ask;
use super::count::How;
use super::habits::Distance;
use super::run::{Run, Stop, is_older};
use super::{ReadChoice, mark};
use crate::cluster::fault::Class;
use crate::cluster::wire::{Change, Decoder, Garbled, Piece};
use crate::kinds::Item;
use crate::store::delta::State;
use bytes::Bytes;
use std::future::pending;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Servers send a bookmark every minute.
const SILENCE: Duration = Duration::from_secs(90);
/// Ages that only the server can tell are read again so often.
const REREAD: Duration = Duration::from_secs(60);
/// A watch that was resumed has brought what was missed when nothing more comes for so long …
const CAUGHT_UP: Duration = Duration::from_millis(200);
/// … or for so long, when watches have been ending at once.
const CALM: Duration = Duration::from_millis(1200);
/// A server that streams lists does not pause before their end; one that ignores the wish never says that it is the end.
const NO_END: Duration = Duration::from_secs(4);
/// After so long and so many bytes a stream must have shown that the link is fast enough …
const TRIAL: Duration = Duration::from_millis(1500);
const TRIAL_BYTES: usize = 256 << 10;
/// … in bytes a second: below it compressed pages are faster.
const FAST: f64 = 5e6;

/// Where a stream stands.
struct Reading {
    ask: Ask,
    /// The initial events are still coming.
    initial: bool,
    opened: Instant,
    /// What the outbox had waited when the stream was opened.
    waited: Duration,
    bytes: usize,
    events: u64,
    /// When the present quiet means something.
    quiet: Option<Instant>,
    /// What it means, in time without a byte.
    pause: Duration,
    silent: Instant,
}

impl Run {
    /// Reads a watch to its end; `Ok` is the end that the server gives it now and then.
    pub async fn stream(&mut self, ask: Ask) -> Result<(), Stop> {
        let mut answer = self.asker.clone().open(ask.clone()).await?;
        let mut reading = self.start(ask);
        self.flush_due().await?;
        loop {
            let due = self.out.due();
            tokio::select! {
                biased;
                chunk = answer.chunk() => {
                    let Some(chunk) = chunk else { return self.ended(&mut reading, &mut answer) };
                    let chunk = chunk.map_err(|e| self.asker.broken(&reading.ask, &e))?;
                    self.take(&mut reading, &mut answer.decoder, &chunk).await?;
                }
                () = at(due) => {}
                () = at(reading.quiet) => self.quiet(&mut reading)?,
                () = sleep_until(reading.silent) => return Err(Stop::Quiet),
                () = sleep_until(reading.opened + REREAD), if self.is_old(&reading) => return Err(Stop::Aged),
            }
            self.flush_due().await?;
        }
    }

    fn is_old(&self, reading: &Reading) -> bool {
        !reading.initial && self.said == Some(State::Live) && self.maker.grows_old()
    }

    fn start(&mut self, ask: Ask) -> Reading {
        let initial = matches!(ask, Ask::Stream { .. });
        self.asker.count.set_how(if initial { How::Stream } else { How::Watch });
        if initial {
            self.begin();
        } else if !self.fresh && self.said != Some(State::Live) {
            self.say(State::CatchingUp);
        }
        let pause = match (initial, self.trouble.is_flapping()) {
            (true, _) => NO_END,
            (false, true) => CALM,
            (false, false) if self.fresh => Duration::ZERO,
            (false, false) => CAUGHT_UP,
        };
        let opened = Instant::now();
        Reading {
            ask,
            initial,
            opened,
            waited: self.out.waited,
            bytes: 0,
            events: 0,
            quiet: Some(opened + pause),
            pause,
            silent: opened + SILENCE,
        }
    }

    async fn take(&mut self, reading: &mut Reading, decoder: &mut Decoder, chunk: &Bytes) -> Result<(), Stop> {
        self.heard(chunk.len());
        reading.bytes += chunk.len();
        decoder.push(chunk).map_err(|e| self.garbled(reading, e))?;
        while let Some(piece) = decoder.next().map_err(|e| self.garbled(reading, e))? {
            if let Piece::Event(change, item) = piece {
                self.event(reading, change, item)?;
            }
            if self.out.is_full() {
                self.flush().await?;
            }
        }
        let now = Instant::now();
        reading.silent = now + SILENCE;
        if reading.quiet.is_some() {
            reading.quiet = Some(now + reading.pause);
        }
        self.check_speed(reading)
    }

    fn event(&mut self, reading: &mut Reading, change: Change, item: Item) -> Result<(), Stop> {
        reading.events += 1;
        match change {
            Change::Error => {
                let fault = mark::status(&item, self.asker.place.asked(&reading.ask));
                return Err(if fault.class == Class::Gone { Stop::Expired(fault) } else { Stop::Fault(fault) });
            }
            Change::Bookmark => return self.bookmark(reading, &item),
            Change::Deleted => self.remove(&item),
            Change::Added | Change::Modified => self.put(&item),
        }
        if !reading.initial {
            self.last = Some(item);
        }
        Ok(())
    }

    fn bookmark(&mut self, reading: &mut Reading, item: &Item) -> Result<(), Stop> {
        self.maker.glance(item, &mut self.out.batch.deltas);
        let Some(mark) = mark::mark(item, self.asker.place.form()) else { return Ok(()) };
        let Some(version) = mark.version else { return Ok(()) };
        if !reading.initial {
            self.last = None;
            self.check_order(&version)?;
            self.know(version);
            return Ok(());
        }
        if mark.initial_end {
            reading.initial = false;
            reading.quiet = None;
            reading.ask = Ask::Watch { version: version.to_string() };
            self.end(&version);
            self.trouble.listed();
            self.live();
        }
        Ok(())
    }

    /// Versions only grow. One that does not comes from a server that was restored from a backup.
    fn check_order(&mut self, version: &str) -> Result<(), Stop> {
        let back = self.version.as_ref().is_some_and(|known| is_older(version, known));
        if !back || !self.trouble.went_backward() {
            return Ok(());
        }
        self.newest = None;
        Err(Stop::Expired(self.went_back()))
    }

    fn quiet(&mut self, reading: &mut Reading) -> Result<(), Stop> {
        reading.quiet = None;
        if reading.initial {
            let fault = self.asker.fault(&reading.ask, Class::Other, "the list does not end");
            return Err(Stop::NotStreaming(fault));
        }
        self.live();
        Ok(())
    }

    /// A stream that turns out slower than compressed pages would be is given up, once for the link.
    fn check_speed(&self, reading: &Reading) -> Result<(), Stop> {
        let spent = reading.opened.elapsed().saturating_sub(self.out.waited.saturating_sub(reading.waited));
        let early = spent < TRIAL || reading.bytes < TRIAL_BYTES;
        let fast = reading.bytes as f64 > FAST * spent.as_secs_f64();
        if !reading.initial || early || fast || self.read != ReadChoice::Auto {
            return Ok(());
        }
        self.asker.shared.habits.set_distance(Distance::Far);
        Err(Stop::Again)
    }

    /// Bytes that make no sense: from the start they are an answer to another question, later a broken stream.
    fn garbled(&self, reading: &Reading, error: Garbled) -> Stop {
        let fault = self.asker.fault(&reading.ask, Class::Other, error.0);
        match reading.ask {
            Ask::Stream { .. } if reading.events == 0 => Stop::NotStreaming(fault),
            Ask::Watch { .. } if reading.events == 0 && self.fresh => Stop::Unwatchable(fault),
            _ => Stop::Fault(fault),
        }
    }

    fn ended(&mut self, reading: &mut Reading, answer: &mut Answer) -> Result<(), Stop> {
        answer.decoder.end();
        while let Some(Piece::Event(change, item)) = answer.decoder.next().map_err(|e| self.garbled(reading, e))? {
            self.event(reading, change, item)?;
        }
        if reading.initial {
            return Err(Stop::Fault(self.asker.fault(&reading.ask, Class::Unreachable, "the list was cut off")));
        }
        Ok(())
    }
}

/// Waits until `when`; for ever if there is none.
async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => pending().await,
    }
}
