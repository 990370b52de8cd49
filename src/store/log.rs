//! A log that is being read: every line that came, in blocks, the newest in memory and the others in a spill.
//!
//! Lines are numbered from zero and keep their numbers, whatever is dropped. What it costs in memory is a bounded number of
//! blocks and a few words for each of the others. The spill is a trait: files are the engine's. It knows nothing of where the
//! lines come from, nor of how they are painted.

mod ansi;
mod block;
mod look;
mod sieve;
#[cfg(test)]
mod tests;

pub use ansi::strip;
pub use block::{Kind, LONGEST, Line, Record, SLOT};
pub use look::{At, Look, Seek, Shown, Way, Window};
pub use sieve::Sieve;

use block::{Block, Place};
use std::collections::VecDeque;

/// Blocks that stay in memory.
const MEMORY: usize = 48;

/// Where blocks go that memory has no room for.
pub trait Spill: Send {
    /// Keeps the bytes, at most [`SLOT`], under a number.
    fn write(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String>;
    /// The first `len` bytes of what was kept.
    fn read(&mut self, slot: u32, len: usize) -> Result<Vec<u8>, String>;
}

/// Which lines are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Only those of this source.
    pub only: Option<u16>,
    /// Only those that fit.
    pub sieve: Option<Sieve>,
    /// Only those from here on.
    pub from: u64,
}

impl View {
    /// Marks are always shown: they explain the lines around them.
    fn shows(&self, number: u64, line: &Record<'_>) -> bool {
        let own = self.only.is_none_or(|only| only == line.source);
        let fits = line.kind == Kind::Mark || self.sieve.as_ref().is_none_or(|sieve| sieve.fits(line.text));
        number >= self.from && own && fits
    }

    /// Whether it hides nothing.
    pub fn is_whole(&self) -> bool {
        self.only.is_none() && self.sieve.is_none() && self.from == 0
    }
}

/// What is to be told of a log besides its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of the first line that is still there, and of the next one to come.
    pub first: u64,
    pub next: u64,
    /// Lines that were dropped because the spill is full.
    pub dropped: u64,
    /// Lines that the view shows, as far as it has looked.
    pub fitting: u64,
    /// Whether it has looked at all of them.
    pub sifted: bool,
    /// Why lines cannot be kept or read back.
    pub trouble: Option<String>,
}

/// The log.
pub struct Log {
    blocks: VecDeque<Block>,
    /// How many of the blocks, the last ones, are in memory.
    resident: usize,
    next: u64,
    dropped: u64,
    spill: Box<dyn Spill>,
    /// Slots that the spill may have, those in use, and those that are free again.
    slots: u32,
    used: u32,
    free: Vec<u32>,
    view: View,
    trouble: Option<String>,
}

impl Log {
    /// An empty log that may put so many bytes into its spill.
    pub fn new(spill: Box<dyn Spill>, bytes: u64) -> Self {
        Self {
            blocks: VecDeque::new(),
            resident: 0,
            next: 0,
            dropped: 0,
            spill,
            slots: u32::try_from(bytes / SLOT as u64).unwrap_or(u32::MAX),
            used: 0,
            free: Vec::new(),
            view: View::default(),
            trouble: None,
        }
    }

    /// Takes in a line; the oldest ones leave when there is no room.
    pub fn push(&mut self, line: &Line) {
        let size = block::size(line);
        if self.blocks.back().is_none_or(|block| block.size() + size > SLOT) {
            self.begin_block();
        }
        let shown = self.view.shows(self.next, &line.record());
        if let Some(block) = self.blocks.back_mut() {
            block.push(line);
            block.fitting = block.fitting.map(|count| count + u32::from(shown));
        }
        self.next += 1;
    }

    fn begin_block(&mut self) {
        self.blocks.push_back(Block::new(self.next));
        self.resident += 1;
        if self.resident > MEMORY {
            self.spill_oldest();
        }
    }

    /// Moves the oldest block in memory to the spill.
    fn spill_oldest(&mut self) {
        self.resident -= 1;
        let Some(slot) = self.slot() else { return self.drop_block(0) };
        let at = self.blocks.len().saturating_sub(self.resident + 1);
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Place::Memory(bytes) = &block.place else { return };
        match self.spill.write(slot, bytes) {
            Ok(()) => block.place = Place::Spilled { slot, size: bytes.len() },
            Err(why) => {
                self.trouble = Some(why);
                // What is in use can be used again; more is not to be had.
                self.used = self.used.saturating_sub(1);
                self.slots = self.used;
                self.drop_block(at);
            }
        }
    }

    /// A slot to write to, taken from the oldest block if there is no other.
    fn slot(&mut self) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            return Some(slot);
        }
        if self.used < self.slots {
            self.used += 1;
            return Some(self.used - 1);
        }
        if !matches!(self.blocks.front()?.place, Place::Spilled { .. }) {
            return None;
        }
        self.drop_block(0);
        self.free.pop()
    }

    fn drop_block(&mut self, at: usize) {
        let Some(block) = self.blocks.remove(at) else { return };
        self.dropped += u64::from(block.count);
        if let Place::Spilled { slot, .. } = block.place {
            self.free.push(slot);
        }
    }

    /// Shows other lines. They are found bit by bit, by [`Self::sift`] and by looking.
    pub fn set_view(&mut self, view: View) {
        if self.view != view {
            self.view = view;
            self.blocks.iter_mut().for_each(|block| block.fitting = None);
        }
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    /// Looks at so many blocks more, the newest first; whether there are any left.
    pub fn sift(&mut self, blocks: usize) -> bool {
        if self.view.is_whole() {
            return false;
        }
        for _ in 0..blocks {
            let Some(at) = self.blocks.iter().rposition(|block| block.fitting.is_none()) else { return false };
            self.sift_block(at);
        }
        true
    }

    fn sift_block(&mut self, at: usize) {
        let view = self.view.clone();
        let mut fitting = 0;
        self.visit(at, &mut |number, record| fitting += u32::from(view.shows(number, &record)));
        if let Some(block) = self.blocks.get_mut(at) {
            block.fitting = Some(fitting);
        }
    }

    /// Shows each record of a block, with its number.
    fn visit(&mut self, at: usize, see: &mut dyn FnMut(u64, Record<'_>)) {
        let Some(block) = self.blocks.get(at) else { return };
        let read;
        let bytes = match &block.place {
            Place::Memory(bytes) => bytes,
            Place::Spilled { slot, size } => match self.spill.read(*slot, *size) {
                Ok(bytes) => {
                    read = bytes;
                    &read
                }
                Err(why) => {
                    self.trouble = Some(why);
                    return;
                }
            },
        };
        for (number, record) in (block.first..).zip(block::records(bytes)) {
            see(number, record);
        }
    }

    /// Every line that the view shows, from a number on.
    pub fn each(&mut self, from: u64, see: &mut dyn FnMut(Record<'_>)) {
        let view = self.view.clone();
        for at in 0..self.blocks.len() {
            if self.blocks.get(at).is_none_or(|block| block.end() <= from) {
                continue;
            }
            self.visit(at, &mut |number, record| {
                if number >= from && view.shows(number, &record) {
                    see(record);
                }
            });
        }
    }

    /// How much there is, and how much of it is shown.
    pub fn totals(&self) -> Totals {
        let whole = self.view.is_whole();
        let first = self.blocks.front().map_or(self.next, |block| block.first);
        let fitting = self.blocks.iter().filter_map(|block| block.fitting).map(u64::from).sum();
        Totals {
            first,
            next: self.next,
            dropped: self.dropped,
            fitting: if whole { self.next - self.dropped } else { fitting },
            sifted: whole || self.blocks.iter().all(|block| block.fitting.is_some()),
            trouble: self.trouble.clone(),
        }
    }
}
