//! Which rows a table shows, and in which order.
//!
//! The order is kept by insertion and removal: a full sort happens only when the sort, the filter or the figures that it
//! reads have changed. While the table is *held* (a key was just pressed, rows are marked) nothing moves: new rows wait,
//! rows that are gone stay as ghosts.

use super::rows::{Held, Put, Rows, Slot};
use super::sight::Sight;
use crate::kinds::{From, Row, Uid};
use std::cmp::Ordering;

/// The column that orders a table, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub by: From,
    pub way: Way,
}

/// Ascending or descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
}

impl Way {
    pub fn turned(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// Whether rows may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    #[default]
    Free,
    Held,
}

/// A row judged by the filter; `None` keeps every row.
pub type Keep<'a> = Option<&'a dyn Fn(&Row) -> bool>;

/// The order of the shown rows.
#[derive(Debug)]
pub struct Lens {
    pub sort: Sort,
    order: Vec<Slot>,
    /// Rows that wait for their place.
    fresh: Vec<Slot>,
    motion: Motion,
    stale: bool,
    /// Rows were taken out of the order since it was last looked at.
    shifted: bool,
}

impl Lens {
    pub fn new(sort: Sort) -> Self {
        Self { sort, order: Vec::new(), fresh: Vec::new(), motion: Motion::Free, stale: false, shifted: false }
    }

    /// The shown rows, first to last.
    pub fn order(&self) -> &[Slot] {
        &self.order
    }

    /// Where a row stands among the shown ones.
    pub fn position(&self, slot: Slot) -> Option<usize> {
        self.order.iter().position(|other| *other == slot)
    }

    /// Rows that wait until the table may move.
    pub fn waiting(&self) -> usize {
        if self.motion == Motion::Held { self.fresh.len() } else { 0 }
    }

    /// Lets rows move, or holds them.
    pub fn set_motion(&mut self, motion: Motion, rows: &mut Rows) {
        if self.motion == Motion::Held && motion == Motion::Free && rows.lay_ghosts() {
            self.stale = true;
        }
        self.motion = motion;
    }

    /// The order must be made anew (another sort, filter or figures).
    pub fn invalidate(&mut self) {
        self.stale = true;
    }

    /// Puts a row and keeps the order true.
    pub fn put(&mut self, rows: &mut Rows, sight: &Sight<'_>, keep: Keep<'_>, source: u16, row: Row) {
        let known = rows.find(&row.uid);
        if let Some(slot) = known {
            self.replace(rows, sight, keep, slot, &row);
        }
        if let Put::New(slot) = rows.put(source, row) {
            self.fresh.push(slot);
        }
    }

    /// A known row is about to change. With a filter its place is looked up anew, as the filter may read the clock; without
    /// one only a change of what the table is sorted by moves it.
    fn replace(&mut self, rows: &Rows, sight: &Sight<'_>, keep: Keep<'_>, slot: Slot, row: &Row) {
        let moves = rows.get(slot).is_some_and(|old| old.ghost || order(sight, self.sort, &old.row, row).is_ne());
        if self.motion == Motion::Held || self.stale {
            self.stale |= moves || keep.is_some();
            return;
        }
        if !moves && keep.is_none() || self.fresh.contains(&slot) {
            return;
        }
        self.take_out(rows, sight, slot);
        self.fresh.push(slot);
    }

    /// The object is gone.
    pub fn gone(&mut self, rows: &mut Rows, sight: &Sight<'_>, uid: &Uid) {
        let Some(slot) = rows.find(uid) else { return };
        self.drop_slot(rows, sight, slot);
    }

    /// A list of `source` ended: what it did not bring is gone.
    pub fn end(&mut self, rows: &mut Rows, sight: &Sight<'_>, source: u16) {
        for slot in rows.not_listed(source) {
            self.drop_slot(rows, sight, slot);
        }
    }

    fn drop_slot(&mut self, rows: &mut Rows, sight: &Sight<'_>, slot: Slot) {
        if let Some(at) = self.fresh.iter().position(|fresh| *fresh == slot) {
            self.fresh.swap_remove(at);
            rows.remove(slot);
            return;
        }
        if self.motion == Motion::Held {
            rows.haunt(slot);
            return;
        }
        if !self.stale {
            self.take_out(rows, sight, slot);
        }
        rows.remove(slot);
    }

    /// Removes a row from the order: found by its place in the sort, or, failing that, by looking.
    fn take_out(&mut self, rows: &Rows, sight: &Sight<'_>, slot: Slot) {
        let Some(held) = rows.get(slot) else { return };
        let found = self.order.binary_search_by(|other| self.rank(rows, sight, *other, held));
        let at = found.ok().filter(|at| self.order.get(*at) == Some(&slot)).or_else(|| self.position(slot));
        if let Some(at) = at {
            self.order.remove(at);
            self.shifted = true;
        }
    }

    fn rank(&self, rows: &Rows, sight: &Sight<'_>, slot: Slot, held: &Held) -> Ordering {
        rows.get(slot).map_or(Ordering::Less, |other| order(sight, self.sort, &other.row, &held.row))
    }

    /// Brings the order up to date; says whether anything moved.
    pub fn settle(&mut self, rows: &Rows, sight: &Sight<'_>, keep: Keep<'_>) -> bool {
        if self.stale && self.motion == Motion::Free {
            self.rebuild(rows, sight, keep);
            return true;
        }
        let shifted = std::mem::take(&mut self.shifted);
        if self.fresh.is_empty() || self.motion == Motion::Held {
            return shifted;
        }
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.retain(|slot| rows.get(*slot).is_some_and(|held| keeps(keep, &held.row)));
        sort(&mut fresh, rows, sight, self.sort);
        self.order = merge(&self.order, &fresh, |a, b| compare(rows, sight, self.sort, a, b));
        true
    }

    /// Filters and sorts everything anew.
    pub fn rebuild(&mut self, rows: &Rows, sight: &Sight<'_>, keep: Keep<'_>) {
        self.fresh.clear();
        (self.stale, self.shifted) = (false, false);
        self.order = rows.iter().filter(|(_, held)| keeps(keep, &held.row)).map(|(slot, _)| slot).collect();
        sort(&mut self.order, rows, sight, self.sort);
    }

    /// Takes out the rows that a narrower filter no longer keeps; the order of the rest stands.
    pub fn narrow(&mut self, rows: &Rows, keep: Keep<'_>) {
        self.order.retain(|slot| rows.get(*slot).is_some_and(|held| keeps(keep, &held.row)));
    }

    /// Shows only the given rows, in their order of the sort (the newest of each group).
    pub fn show_only(&mut self, mut slots: Vec<Slot>, rows: &Rows, sight: &Sight<'_>) {
        self.fresh.clear();
        (self.stale, self.shifted) = (false, false);
        sort(&mut slots, rows, sight, self.sort);
        self.order = slots;
    }

    /// Whether something changed since the order was made.
    pub fn is_stale(&self) -> bool {
        self.stale || self.shifted || !self.fresh.is_empty()
    }
}

fn keeps(keep: Keep<'_>, row: &Row) -> bool {
    keep.is_none_or(|keep| keep(row))
}

fn sort(slots: &mut [Slot], rows: &Rows, sight: &Sight<'_>, by: Sort) {
    slots.sort_unstable_by(|a, b| compare(rows, sight, by, *a, *b));
}

fn compare(rows: &Rows, sight: &Sight<'_>, by: Sort, a: Slot, b: Slot) -> Ordering {
    match (rows.get(a), rows.get(b)) {
        (Some(a), Some(b)) => order(sight, by, &a.row, &b.row),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// A total order: by the column, then by namespace, name and uid, so that equal values never flicker.
fn order(sight: &Sight<'_>, by: Sort, a: &Row, b: &Row) -> Ordering {
    let first = sight.order(a, b, by.by);
    let first = if by.way == Way::Down { first.reverse() } else { first };
    first.then_with(|| a.namespace.cmp(&b.namespace)).then_with(|| a.name.cmp(&b.name)).then_with(|| a.uid.cmp(&b.uid))
}

fn merge(old: &[Slot], new: &[Slot], compare: impl Fn(Slot, Slot) -> Ordering) -> Vec<Slot> {
    let mut merged = Vec::with_capacity(old.len() + new.len());
    let (mut old, mut new) = (old.iter().copied().peekable(), new.iter().copied().peekable());
    loop {
        let next = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) if compare(*a, *b).is_le() => old.next(),
            (_, Some(_)) => new.next(),
            (_, None) => old.next(),
        };
        let Some(slot) = next else { return merged };
        merged.push(slot);
    }
}
