//! Lists in pages: for links where compression is worth it, and for servers that do not stream lists.

use crate::cluster::fault::Class;
use crate::cluster::watch::{Ask, Distance, Form, How, Reading, Run, Stop};
use crate::cluster::wire::{Garbled, ListMeta, Packing, Piece};
use crate::store::delta::Delta;
use std::time::Duration;
use tokio::time::timeout;

/// The first page is small, so that rows show at once.
const FIRST: u32 = 500;
/// Later ones are larger where each costs a long round trip. Protobuf is read item by item, so they cost no memory.
const LATER: u32 = 2000;
/// A list is not a watch: its bytes come one after another.
const SILENCE: Duration = Duration::from_secs(30);
/// A round trip below it is the same machine or the same data centre.
pub const NEAR: Duration = Duration::from_millis(10);

/// A list that is not complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// Asks for the next page.
    token: String,
    /// The version of the whole list.
    version: String,
}

impl Run {
    /// Lists all pages. Where an earlier attempt failed between them, it goes on there.
    pub async fn pages(&mut self, reading: Reading) -> Result<(), Stop> {
        let packing = if reading == Reading::PlainPages { Packing::Identity } else { Packing::Gzip };
        self.count.set_how(if packing == Packing::Gzip { How::GzipPages } else { How::Pages });
        let mut partial = self.partial.take().unwrap_or_else(|| {
            self.begin();
            Partial { token: String::new(), version: String::new() }
        });
        loop {
            let limit =
                Some(if partial.token.is_empty() || self.maker.form() != Form::Objects { FIRST } else { LATER });
            let ask = Ask::Page { limit, token: partial.token.clone(), packing };
            if !partial.token.is_empty() {
                self.partial = Some(partial.clone());
            }
            let page = match self.page(&ask).await {
                Err(Stop::Expired(fault)) => {
                    self.partial = None;
                    return Err(Stop::Expired(fault));
                }
                other => other?,
            };
            if partial.version.is_empty() {
                partial.version = page.resource_version;
            }
            if page.more.is_empty() {
                break;
            }
            partial.token = page.more;
        }
        self.partial = None;
        self.maker.end(&mut self.out.batch.deltas);
        self.shown = true;
        self.count.list();
        self.know(partial.version.as_str().into());
        self.out.flush().await?;
        Ok(())
    }

    /// Reads one page; its rows go out as they come.
    async fn page(&mut self, ask: &Ask) -> Result<ListMeta, Stop> {
        let mut answer = self.open(ask).await?;
        let mut meta = ListMeta::default();
        let garbled = |run: &Self, e: Garbled| Stop::Fault(run.fault(ask, Class::Other, e.0));
        loop {
            let chunk = timeout(SILENCE, answer.chunk()).await;
            let chunk = chunk.map_err(|_| Stop::Fault(self.fault(ask, Class::Timeout, "the list stopped coming")))?;
            let at_end = chunk.is_none();
            match chunk {
                None => answer.decoder.end().map_err(|e| garbled(self, e))?,
                Some(Err(said)) => return Err(Stop::Fault(self.fault(ask, Class::Unreachable, said))),
                Some(Ok(bytes)) => {
                    self.heard(bytes.len());
                    answer.decoder.push(&bytes).map_err(|e| garbled(self, e))?;
                }
            }
            while let Some(piece) = answer.decoder.next().map_err(|e| garbled(self, e))? {
                self.piece(piece, &mut meta);
                if self.out.is_full() {
                    self.flush_due().await?;
                }
            }
            self.flush_due().await?;
            if at_end {
                return Ok(meta);
            }
        }
    }

    fn piece(&mut self, piece: Piece, meta: &mut ListMeta) {
        match piece {
            Piece::Meta(found) => *meta = found,
            Piece::Item(item) => {
                self.count.object();
                self.put(&item);
            }
            Piece::Columns(raw) => {
                if let Err(said) = self.maker.columns(&raw, &mut self.out.batch.deltas) {
                    self.out.put(Delta::Unreadable(said));
                }
            }
            Piece::Event(..) => {}
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
