//! One watch request: from its answer's head to its end.

use super::asking::Ask;
use super::count::{Encoding, How};
use super::run::{Run, Stop, now};
use super::{Form, ReadChoice, mark};
use crate::cluster::fault::{Class, Fault};
use crate::cluster::watch::Distance;
use crate::cluster::wire::{Change, Decoder, Frames, Garbled, Items, Lines, Packing, Page, Piece};
use crate::kinds::Item;
use crate::store::delta::{Delta, State};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt;
use kube::client::Body;
use std::future::pending;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// The head of an answer: a watch's comes at once, a list's when the server has read it (it gives up after 60 s).
const HEAD: Duration = Duration::from_secs(65);
/// Servers send a bookmark every minute.
const SILENCE: Duration = Duration::from_secs(90);
/// A watch that was resumed has brought what was missed when nothing more comes for so long.
const CAUGHT_UP: Duration = Duration::from_millis(200);
/// A server that streams lists does not pause before their end; one that ignores the wish never says that it is the end.
const NO_END: Duration = Duration::from_secs(3);
/// After so long a stream must have shown that the link is fast enough …
const TRIAL: Duration = Duration::from_millis(1500);
/// … in bytes a second: below it compressed pages are faster.
const FAST: f64 = 8e6;

/// An answer that is being read.
pub struct Answer {
    body: Body,
    pub decoder: Decoder,
}

impl Answer {
    /// The next bytes; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, String>> {
        loop {
            match self.body.frame().await? {
                Err(error) => return Some(Err(deepest(&error))),
                Ok(frame) => {
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
            }
        }
    }
}

/// The innermost cause says what happened; the outer ones say only that something did.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Where a stream stands.
struct Reading {
    ask: Ask,
    /// The initial events are still coming.
    initial: bool,
    opened: Instant,
    waited: Duration,
    bytes: usize,
    /// When the present quiet means something.
    quiet: Option<Instant>,
}

impl Run {
    /// Sends a request and takes the head of its answer.
    pub async fn open(&mut self, ask: &Ask) -> Result<Answer, Stop> {
        self.count.request();
        let request = self.place.request(ask, &self.shared.habits);
        let request = request.map_err(|e| Stop::Fault(self.fault(ask, Class::Invalid, e.to_string())))?;
        let response = match timeout(HEAD, self.link.send(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(fault)) => return Err(self.refused(ask, fault)),
            Err(_) => return Err(Stop::Fault(self.fault(ask, Class::Timeout, "no answer"))),
        };
        self.shared.heard.now();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let packing = if header(CONTENT_ENCODING) == "gzip" { Packing::Gzip } else { Packing::Identity };
        let protobuf = header(CONTENT_TYPE).starts_with("application/vnd.kubernetes.protobuf");
        let decoder = match (ask, protobuf) {
            (Ask::Page { .. }, true) => Decoder::new(Items::default(), packing),
            (Ask::Page { .. }, false) => Decoder::new(Page::default(), packing),
            (_, true) => Decoder::new(Frames::default(), packing),
            (_, false) => Decoder::new(Lines::default(), packing),
        };
        self.count.set_encoding(match (protobuf, self.place.form()) {
            (true, _) => Encoding::Protobuf,
            (false, Form::Table) => Encoding::Table,
            (false, _) => Encoding::Json,
        });
        Ok(Answer { body: response.into_body(), decoder })
    }

    /// What an answer that is no success means for this request.
    fn refused(&self, ask: &Ask, fault: Fault) -> Stop {
        let fault = Fault { asked: self.place.asked(ask), ..fault };
        match (ask, fault.code) {
            (_, Some(410)) => Stop::Expired(fault),
            (Ask::Stream { .. }, Some(400 | 403 | 405 | 422 | 501)) => Stop::NotStreaming(fault),
            _ => Stop::Fault(fault),
        }
    }

    /// Reads a watch to its end.
    pub async fn stream(&mut self, ask: Ask) -> Stop {
        match self.try_stream(ask).await {
            Ok(()) => Stop::Ended,
            Err(stop) => stop,
        }
    }

    async fn try_stream(&mut self, ask: Ask) -> Result<(), Stop> {
        let mut answer = self.open(&ask).await?;
        let initial = matches!(ask, Ask::Stream { .. });
        self.count.set_how(if initial { How::Stream } else { How::Watch });
        if initial {
            self.begin();
        }
        let opened = Instant::now();
        let wait = if initial { NO_END } else { CAUGHT_UP };
        let mut reading =
            Reading { ask, initial, opened, waited: self.out.waited, bytes: 0, quiet: Some(opened + wait) };
        let mut silent = opened + SILENCE;
        loop {
            let due = self.out.due();
            tokio::select! {
                biased;
                chunk = answer.chunk() => {
                    let Some(chunk) = chunk else { return self.ended(&reading, &mut answer) };
                    let chunk = chunk.map_err(|said| Stop::Fault(self.fault(&reading.ask, Class::Unreachable, said)))?;
                    silent = Instant::now() + SILENCE;
                    self.take(&mut reading, &mut answer.decoder, &chunk).await?;
                }
                () = at(due) => {}
                () = at(reading.quiet) => self.quiet(&mut reading)?,
                () = sleep_until(silent) => {
                    return Err(Stop::Fault(self.fault(&reading.ask, Class::Timeout, "nothing came for 90 s")));
                }
            }
            self.flush_due().await?;
        }
    }

    /// A list begins.
    pub fn begin(&mut self) {
        self.say(if self.shown { State::CatchingUp } else { State::Syncing });
        self.maker.begin(&mut self.out.batch.deltas);
    }

    async fn take(&mut self, reading: &mut Reading, decoder: &mut Decoder, chunk: &Bytes) -> Result<(), Stop> {
        self.heard(chunk.len());
        reading.bytes += chunk.len();
        let garbled = |run: &Self, ask: &Ask, e: Garbled| Stop::Fault(run.fault(ask, Class::Other, e.0));
        decoder.push(chunk).map_err(|e| garbled(self, &reading.ask, e))?;
        while let Some(piece) = decoder.next().map_err(|e| garbled(self, &reading.ask, e))? {
            if let Piece::Event(change, item) = piece {
                self.event(reading, change, item)?;
            }
            if self.out.is_full() {
                self.flush_due().await?;
            }
        }
        if reading.initial {
            reading.quiet = Some(Instant::now() + NO_END);
            return self.check_speed(reading);
        }
        if reading.quiet.is_some() {
            reading.quiet = Some(Instant::now() + CAUGHT_UP);
        }
        Ok(())
    }

    fn event(&mut self, reading: &mut Reading, change: Change, item: Item) -> Result<(), Stop> {
        self.count.object();
        match change {
            Change::Error => {
                let fault = mark::status(&item, self.place.asked(&reading.ask));
                return Err(if fault.class == Class::Gone { Stop::Expired(fault) } else { Stop::Fault(fault) });
            }
            Change::Bookmark => {
                self.bookmark(reading, &item);
                return Ok(());
            }
            Change::Deleted => self.remove(&item),
            Change::Added | Change::Modified => self.put(&item),
        }
        if !reading.initial {
            self.last = Some(item);
        }
        Ok(())
    }

    fn bookmark(&mut self, reading: &mut Reading, item: &Item) {
        let Some(mark) = mark::mark(item, self.place.form()) else { return };
        if reading.initial && !mark.initial_end {
            return;
        }
        self.last = None;
        if let Some(version) = mark.version {
            self.know(version);
        }
        if reading.initial {
            reading.initial = false;
            reading.quiet = None;
            self.maker.end(&mut self.out.batch.deltas);
            self.count.list();
            self.live();
        }
    }

    /// An object is there, or has changed. One that cannot be read costs one row.
    pub fn put(&mut self, item: &Item) {
        if let Err(said) = self.maker.put(item, &mut self.words, &mut self.out.batch.deltas) {
            self.out.put(Delta::Unreadable(said));
            let uid = mark::uid(item);
            self.out.batch.deltas.extend(uid.map(Delta::Gone));
        }
    }

    fn remove(&mut self, item: &Item) {
        if let Err(said) = self.maker.gone(item, &mut self.words, &mut self.out.batch.deltas) {
            self.out.put(Delta::Unreadable(said));
        }
    }

    /// Bytes came: the server is there.
    pub fn heard(&mut self, bytes: usize) {
        self.count.received(bytes);
        self.shared.heard.now();
        self.true_at = now();
    }

    fn quiet(&mut self, reading: &mut Reading) -> Result<(), Stop> {
        reading.quiet = None;
        if reading.initial {
            return Err(Stop::NotStreaming(self.fault(&reading.ask, Class::Other, "the list does not end")));
        }
        self.live();
        Ok(())
    }

    fn check_speed(&self, reading: &Reading) -> Result<(), Stop> {
        let spent = reading.opened.elapsed().saturating_sub(self.out.waited - reading.waited);
        if self.read != ReadChoice::Auto || spent < TRIAL || reading.bytes as f64 > FAST * spent.as_secs_f64() {
            return Ok(());
        }
        self.shared.habits.set_distance(Distance::Far);
        Err(Stop::Slow)
    }

    fn ended(&mut self, reading: &Reading, answer: &mut Answer) -> Result<(), Stop> {
        answer.decoder.end().map_err(|e| Stop::Fault(self.fault(&reading.ask, Class::Unreachable, e.0)))?;
        if reading.initial {
            return Err(Stop::Fault(self.fault(&reading.ask, Class::Unreachable, "the list was cut off")));
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
