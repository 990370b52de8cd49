//! Lists in pages: for links where compression is worth it, and for servers that do not stream lists.
//!
//! The next page is asked for as soon as the present one says how, so that a round trip is hidden behind the bytes of a
//! page. A list that fails half-way goes on at the page that failed.

use crate::cluster::fault::Class;
use crate::cluster::watch::{Answer, Ask, Distance, Form, How, Reading, Run, Stop};
use crate::cluster::wire::{ListMeta, Packing, Piece};
use crate::store::delta::Delta;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::future::pending;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// The first page is small, so that rows show at once.
const FIRST: u32 = 500;
/// Later ones are larger where each costs a long round trip. Protobuf is read item by item, so they cost no memory.
const LATER: u32 = 2000;
/// A list is not a watch: its bytes come one after another.
const SILENCE: Duration = Duration::from_secs(30);
/// A round trip below it is the same machine or the same data centre.
const NEAR: Duration = Duration::from_millis(10);

/// A list that is not complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// Asks for the next page.
    token: String,
    /// The version of the whole list.
    version: String,
}

/// A request under way while something else is read.
#[derive(Default)]
enum Ahead {
    #[default]
    Nothing,
    Asked(BoxFuture<'static, Result<Answer, Stop>>),
    Answered(Box<Result<Answer, Stop>>),
}

impl Ahead {
    /// Drives it for as long as it is polled; never ends by itself.
    async fn drive(&mut self) {
        if let Self::Asked(answer) = self {
            let answer = answer.await;
            *self = Self::Answered(Box::new(answer));
        }
        pending().await
    }

    async fn answer(self) -> Option<Result<Answer, Stop>> {
        match self {
            Self::Nothing => None,
            Self::Asked(answer) => Some(answer.await),
            Self::Answered(answer) => Some(*answer),
        }
    }
}

/// One page as far as it has been read.
struct Page {
    ask: Ask,
    meta: ListMeta,
    next: Ahead,
}

impl Run {
    /// Lists all pages. Where an earlier attempt failed between them, it goes on there.
    pub async fn pages(&mut self, reading: Reading) -> Result<(), Stop> {
        let mut packing = if reading == Reading::PlainPages { Packing::Identity } else { Packing::Gzip };
        let mut partial = self.partial.take();
        let mut ahead = Ahead::Nothing;
        loop {
            self.asker.count.set_how(if packing == Packing::Gzip { How::GzipPages } else { How::Pages });
            self.partial.clone_from(&partial);
            let ask = self.ask(partial.as_ref().map_or("", |partial| &partial.token), packing);
            let page = self.page(ask, ahead, reading).await;
            let page = page.inspect_err(|stop| self.forget_refused(stop))?;
            let version = partial.map_or(page.meta.resource_version, |partial| partial.version);
            if page.meta.more.is_empty() {
                self.partial = None;
                return self.complete(&page.ask, &version).await;
            }
            if reading == Reading::Trial {
                packing = self.try_link().await?;
            }
            ahead = page.next;
            partial = Some(Partial { token: page.meta.more, version });
        }
    }

    /// The page at `token`; the first one, if empty.
    fn ask(&self, token: &str, packing: Packing) -> Ask {
        let split = self.maker.form() == Form::Objects && packing == Packing::Gzip;
        let limit = if token.is_empty() || !split { FIRST } else { LATER };
        Ask::Page { limit: (!self.trouble.unpaged()).then_some(limit), token: token.to_owned(), packing }
    }

    /// A token that has expired, or that the server does not take, leads nowhere: the list starts again.
    fn forget_refused(&mut self, stop: &Stop) {
        let refused = match stop {
            Stop::Expired(_) => true,
            Stop::Fault(fault) => matches!(fault.code, Some(400 | 404 | 422)),
            _ => false,
        };
        if refused && self.partial.take().is_some() {
            self.trouble.page_expired();
        }
    }

    async fn complete(&mut self, ask: &Ask, version: &str) -> Result<(), Stop> {
        self.end(version);
        self.fresh = true;
        self.flush().await?;
        if version.is_empty() || version == "0" {
            let fault = self.asker.fault(ask, Class::Other, "the list has no version");
            return Err(Stop::Unwatchable(fault));
        }
        Ok(())
    }

    /// The first page is there and more are to come: how far away is the server? A near one streams them faster.
    async fn try_link(&mut self) -> Result<Packing, Stop> {
        let habits = self.asker.shared.habits.clone();
        if habits.distance() == Distance::Unknown {
            let began = Instant::now();
            self.peek().await?;
            let measured = self.round_trip().unwrap_or(began.elapsed());
            habits.set_distance(distance(Some(measured)));
        }
        match habits.reading() {
            Reading::Stream if self.trouble.streams() => Err(Stop::Again),
            Reading::Stream | Reading::PlainPages => Ok(Packing::Identity),
            Reading::Pages | Reading::Trial => Ok(Packing::Gzip),
        }
    }

    /// How the next page is to be asked for, unless that is not yet clear.
    fn next_packing(&self, packing: Packing, reading: Reading) -> Option<Packing> {
        if reading != Reading::Trial {
            return Some(packing);
        }
        match self.asker.shared.habits.reading_at(|| distance(self.round_trip())) {
            Reading::Pages => Some(Packing::Gzip),
            Reading::PlainPages => Some(Packing::Identity),
            Reading::Stream if !self.trouble.streams() => Some(Packing::Identity),
            Reading::Stream | Reading::Trial => None,
        }
    }

    /// The smallest list there is: for its version, and for the time that it takes.
    pub async fn peek(&mut self) -> Result<ListMeta, Stop> {
        let ask = Ask::Page { limit: Some(1), token: String::new(), packing: Packing::Identity };
        let mut answer = self.asker.clone().open(ask.clone()).await?;
        let mut meta = ListMeta::default();
        let mut at_end = false;
        while !at_end {
            let chunk = self.chunk(&ask, &mut answer, Instant::now() + SILENCE).await?;
            at_end = self.feed(&ask, &mut answer, chunk)?;
            while let Some(piece) = answer.decoder.next().map_err(|e| self.asker.garbled(&ask, e))? {
                if let Piece::Meta(found) = piece {
                    meta = found;
                }
            }
        }
        Ok(meta)
    }

    /// Reads one page; its rows go out as they come.
    async fn page(&mut self, ask: Ask, ahead: Ahead, reading: Reading) -> Result<Page, Stop> {
        let answer = match ahead.answer().await {
            Some(answer) => answer,
            None => self.asker.clone().open(ask.clone()).await,
        };
        let mut answer = answer?;
        if matches!(&ask, Ask::Page { token, .. } if token.is_empty()) {
            self.begin();
        }
        let mut page = Page { ask, meta: ListMeta::default(), next: Ahead::Nothing };
        let mut until = Instant::now() + SILENCE;
        let mut at_end = false;
        while !at_end {
            let due = self.out.due().unwrap_or(until);
            tokio::select! {
                biased;
                chunk = self.chunk(&page.ask, &mut answer, until) => {
                    until = Instant::now() + SILENCE;
                    at_end = self.feed(&page.ask, &mut answer, chunk?)?;
                    self.pieces(&mut page, &mut answer, reading).await?;
                }
                () = page.next.drive() => {}
                () = sleep_until(due) => {}
            }
            self.flush_due().await?;
        }
        Ok(page)
    }

    /// The next bytes of a list, `None` at its end.
    async fn chunk(&self, ask: &Ask, answer: &mut Answer, until: Instant) -> Result<Option<Bytes>, Stop> {
        match timeout_at(until, answer.chunk()).await {
            Ok(chunk) => chunk.transpose().map_err(|e| self.asker.broken(ask, &e)),
            Err(_) => Err(Stop::Fault(self.asker.fault(ask, Class::Timeout, "the list stopped coming"))),
        }
    }

    /// Hands bytes, or the end, to the decoder; says whether it was the end.
    fn feed(&mut self, ask: &Ask, answer: &mut Answer, chunk: Option<Bytes>) -> Result<bool, Stop> {
        let Some(bytes) = chunk else {
            answer.decoder.end();
            return Ok(true);
        };
        self.heard(bytes.len());
        answer.decoder.push(&bytes).map_err(|e| self.asker.garbled(ask, e))?;
        Ok(false)
    }

    async fn pieces(&mut self, page: &mut Page, answer: &mut Answer, reading: Reading) -> Result<(), Stop> {
        while let Some(piece) = answer.decoder.next().map_err(|e| self.asker.garbled(&page.ask, e))? {
            match piece {
                Piece::Meta(meta) => {
                    page.meta = meta;
                    self.ask_ahead(page, reading);
                }
                Piece::Item(item) => self.put(&item),
                Piece::Columns(raw) => self.columns(&raw),
                Piece::Event(..) => {}
            }
            if self.out.is_full() {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// A page's metadata, which comes first in protobuf, is enough to ask for the next one.
    fn ask_ahead(&self, page: &mut Page, reading: Reading) {
        let Ask::Page { packing, .. } = page.ask else { return };
        let Some(packing) = self.next_packing(packing, reading).filter(|_| !page.meta.more.is_empty()) else { return };
        page.next = Ahead::Asked(self.asker.clone().open(self.ask(&page.meta.more, packing)).boxed());
    }

    fn columns(&mut self, raw: &Bytes) {
        if let Err(said) = self.maker.columns(raw, &mut self.out.batch.deltas) {
            self.out.put(Delta::Unreadable(said));
        }
    }
}

/// What a round trip says.
pub fn distance(round_trip: Option<Duration>) -> Distance {
    match round_trip {
        None => Distance::Unknown,
        Some(rtt) if rtt < NEAR => Distance::Near,
        Some(_) => Distance::Far,
    }
}
