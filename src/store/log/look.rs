//! Looking into a log: a window of the lines that the view shows, and the next one that has a text.

use super::block::{Kind, Record};
use super::{Log, Sieve};

/// Blocks that one look may sift: what a frame can bear, from the spill, too.
const PATIENCE: usize = 64;
/// Text that one window holds at most, in bytes.
const WIDEST: usize = 1 << 20;

/// Where to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// The first line that is there.
    Start,
    /// The newest lines.
    #[default]
    End,
    /// This line, or those around where it would be.
    Line(u64),
}

/// A window that is wanted: lines before the place, and from it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub at: At,
    pub before: usize,
    pub after: usize,
}

/// A line to be painted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub number: u64,
    /// Nanoseconds since the epoch; zero if that is not known.
    pub at: i64,
    pub source: u16,
    pub kind: Kind,
    pub text: String,
}

/// Lines one after another, as the view shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub lines: Vec<Shown>,
    /// Nothing is shown before these.
    pub starts: bool,
    /// Nothing is shown after these, so far.
    pub ends: bool,
}

/// Which way to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Down,
    Up,
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    Found(u64),
    Nowhere,
    /// It has looked at enough for now; go on from here.
    Resume(u64),
}

fn shown(number: u64, record: Record<'_>) -> Shown {
    Shown { number, at: record.at, source: record.source, kind: record.kind, text: record.text.to_owned() }
}

impl Log {
    /// The lines of a window, as far as they can be found with patience.
    pub fn window(&mut self, look: Look) -> Window {
        let first = self.blocks.front().map_or(0, |block| block.first);
        let (at, before, after) = match look.at {
            At::Start => (first.max(self.view.from), 0, look.before + look.after),
            At::End => (self.next, look.before + look.after, 0),
            At::Line(number) => (number, look.before, look.after),
        };
        let mut patience = PATIENCE;
        let (mut lines, starts) = self.before(at, before, &mut patience);
        let (more, ends) = self.after(at, after, &mut patience);
        lines.extend(more);
        Window { lines, starts, ends }
    }

    /// The last `count` lines before a number, and whether there are no more.
    fn before(&mut self, number: u64, count: usize, patience: &mut usize) -> (Vec<Shown>, bool) {
        let mut pieces: Vec<Vec<Shown>> = Vec::new();
        let (mut have, mut size) = (0, 0);
        for at in (0..self.blocks.len()).rev() {
            if self.blocks.get(at).is_none_or(|block| block.first >= number) {
                continue;
            }
            if have >= count || size > WIDEST {
                return (pieces.into_iter().rev().flatten().collect(), false);
            }
            if !self.is_worth(at, patience) {
                continue;
            }
            if *patience == 0 {
                return (pieces.into_iter().rev().flatten().collect(), false);
            }
            let mut lines = self.shown_in(at, |n| n < number);
            let surplus = lines.len().saturating_sub(count - have);
            lines.drain(..surplus);
            have += lines.len();
            size += lines.iter().map(|line| line.text.len()).sum::<usize>();
            pieces.push(lines);
            if surplus > 0 {
                return (pieces.into_iter().rev().flatten().collect(), false);
            }
        }
        (pieces.into_iter().rev().flatten().collect(), true)
    }

    /// The first `count` lines from a number on, and whether there are no more.
    fn after(&mut self, number: u64, count: usize, patience: &mut usize) -> (Vec<Shown>, bool) {
        let mut found: Vec<Shown> = Vec::new();
        let mut size = 0;
        for at in 0..self.blocks.len() {
            if self.blocks.get(at).is_none_or(|block| block.end() <= number) {
                continue;
            }
            if found.len() >= count || size > WIDEST {
                return (found, false);
            }
            if !self.is_worth(at, patience) {
                continue;
            }
            if *patience == 0 {
                return (found, false);
            }
            let mut lines = self.shown_in(at, |n| n >= number);
            let room = count - found.len();
            let is_cut = lines.len() > room;
            lines.truncate(room);
            size += lines.iter().map(|line| line.text.len()).sum::<usize>();
            found.extend(lines);
            if is_cut {
                return (found, false);
            }
        }
        (found, true)
    }

    /// Whether a block has lines that are shown; finding that out costs patience.
    fn is_worth(&mut self, at: usize, patience: &mut usize) -> bool {
        if self.view.is_whole() {
            return true;
        }
        if self.blocks.get(at).is_some_and(|block| block.fitting.is_none()) {
            if *patience == 0 {
                return true;
            }
            *patience -= 1;
            self.sift_block(at);
        }
        self.blocks.get(at).is_some_and(|block| block.fitting != Some(0))
    }

    fn shown_in(&mut self, at: usize, within: impl Fn(u64) -> bool) -> Vec<Shown> {
        let view = self.view.clone();
        let mut lines = Vec::new();
        self.visit(at, &mut |number, record| {
            if within(number) && view.shows(number, &record) {
                lines.push(shown(number, record));
            }
        });
        lines
    }

    /// The nearest shown line beyond `from` that has what is searched.
    pub fn seek(&mut self, from: u64, way: Way, sieve: &Sieve) -> Seek {
        let view = self.view.clone();
        let mut patience = PATIENCE;
        let places: Vec<usize> = match way {
            Way::Down => (0..self.blocks.len()).collect(),
            Way::Up => (0..self.blocks.len()).rev().collect(),
        };
        for at in places {
            let Some((first, end)) = self.blocks.get(at).map(|block| (block.first, block.end())) else { continue };
            let beyond = |number: u64| if way == Way::Down { number > from } else { number < from };
            if !beyond(first) && !beyond(end.saturating_sub(1)) {
                continue;
            }
            if patience == 0 {
                return Seek::Resume(if way == Way::Down { first.saturating_sub(1) } else { end });
            }
            patience -= 1;
            let mut found = None;
            self.visit(at, &mut |number, record| {
                let fits = beyond(number) && view.shows(number, &record) && sieve.fits(record.text);
                if fits && (way == Way::Up || found.is_none()) {
                    found = Some(number);
                }
            });
            if let Some(number) = found {
                return Seek::Found(number);
            }
        }
        Seek::Nowhere
    }
}
