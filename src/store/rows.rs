//! The rows of a table, as its watches told them: a slab with an index by uid.
//!
//! It knows epochs, so that a list read again leaves neither blanks nor ghosts, but neither order nor filter: those are
//! [`super::lens`]'s.

use crate::kinds::{Row, Uid};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The place of a row. Stable while the row lives; reused afterwards.
pub type Slot = u32;

/// Which of a table's watches a row came from.
pub type Source = u16;

/// A row with what the table must know of it.
#[derive(Debug)]
pub struct Held {
    pub row: Row,
    pub source: Source,
    epoch: u32,
    /// The object is gone, but its line is kept until the table may move.
    pub ghost: bool,
}

/// All rows of a table.
#[derive(Debug, Default)]
pub struct Rows {
    slots: Vec<Option<Held>>,
    free: Vec<Slot>,
    index: HashTable<Slot>,
    hasher: DefaultHashBuilder,
    /// The epoch of each watch: raised when a list begins.
    epochs: Vec<u32>,
    ghosts: usize,
}

/// What became of a row that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    New(Slot),
    Replaced(Slot),
}

impl Rows {
    /// Objects that are there now.
    pub fn len(&self) -> usize {
        self.index.len() - self.ghosts
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, slot: Slot) -> Option<&Held> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub fn find(&self, uid: &Uid) -> Option<Slot> {
        self.index.find(self.hasher.hash_one(uid), |slot| self.is(*slot, uid)).copied()
    }

    /// Every row, ghosts included, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Held)> {
        (0..).zip(&self.slots).filter_map(|(slot, held)| Some((slot, held.as_ref()?)))
    }

    /// A list of `source` begins.
    pub fn begin(&mut self, source: Source) {
        let at = usize::from(source);
        if self.epochs.len() <= at {
            self.epochs.resize(at + 1, 0);
        }
        if let Some(epoch) = self.epochs.get_mut(at) {
            *epoch += 1;
        }
    }

    /// The rows of `source` that the list which just ended did not bring.
    pub fn not_listed(&self, source: Source) -> Vec<Slot> {
        let epoch = self.epoch(source);
        self.iter()
            .filter(|(_, held)| held.source == source && held.epoch != epoch && !held.ghost)
            .map(|(slot, _)| slot)
            .collect()
    }

    pub fn put(&mut self, source: Source, row: Row) -> Put {
        let epoch = self.epoch(source);
        if let Some(slot) = self.find(&row.uid) {
            self.ghosts -= usize::from(self.get(slot).is_some_and(|held| held.ghost));
            if let Some(held) = self.slots.get_mut(slot as usize) {
                *held = Some(Held { row, source, epoch, ghost: false });
            }
            return Put::Replaced(slot);
        }
        let hash = self.hasher.hash_one(&row.uid);
        let held = Some(Held { row, source, epoch, ghost: false });
        let slot = self.free.pop().unwrap_or(self.slots.len() as Slot);
        match self.slots.get_mut(slot as usize) {
            Some(place) => *place = held,
            None => self.slots.push(held),
        }
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.insert_unique(hash, slot, |slot| hash_of(slots, hasher, *slot));
        Put::New(slot)
    }

    /// Marks a row as gone while its line is kept.
    pub fn haunt(&mut self, slot: Slot) {
        let Some(held) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        self.ghosts += usize::from(!held.ghost);
        held.ghost = true;
    }

    /// Forgets a row. Its slot may be used again.
    pub fn remove(&mut self, slot: Slot) {
        let Some(held) = self.get(slot) else { return };
        let (hash, ghost) = (self.hasher.hash_one(&held.row.uid), held.ghost);
        self.ghosts -= usize::from(ghost);
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = None;
        }
        self.free.push(slot);
    }

    /// Forgets every ghost; says whether there was one.
    pub fn lay_ghosts(&mut self) -> bool {
        if self.ghosts == 0 {
            return false;
        }
        let ghosts: Vec<Slot> = self.iter().filter(|(_, held)| held.ghost).map(|(slot, _)| slot).collect();
        ghosts.into_iter().for_each(|slot| self.remove(slot));
        true
    }

    /// Forgets all rows of a watch that is no longer part of the table.
    pub fn remove_source(&mut self, source: Source) {
        let slots: Vec<Slot> = self.iter().filter(|(_, held)| held.source == source).map(|(slot, _)| slot).collect();
        slots.into_iter().for_each(|slot| self.remove(slot));
    }

    fn epoch(&self, source: Source) -> u32 {
        self.epochs.get(usize::from(source)).copied().unwrap_or(0)
    }

    fn is(&self, slot: Slot, uid: &Uid) -> bool {
        self.get(slot).is_some_and(|held| held.row.uid == *uid)
    }
}

fn hash_of(slots: &[Option<Held>], hasher: &DefaultHashBuilder, slot: Slot) -> u64 {
    let held = slots.get(slot as usize).and_then(Option::as_ref);
    held.map_or(0, |held| hasher.hash_one(&held.row.uid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{Health, Word};

    fn row(name: &str) -> Row {
        Row {
            uid: Uid::Text(Word::new(name)),
            namespace: Word::new("shop"),
            name: name.into(),
            created: 0,
            deleting: None,
            health: Health::Well,
            reason: None,
            labels: [].into(),
            owner: None,
            link: None,
            cells: Box::new([]),
        }
    }

    #[test]
    fn a_list_read_again_leaves_no_ghost() {
        let mut rows = Rows::default();
        rows.begin(0);
        rows.put(0, row("a"));
        rows.put(0, row("b"));
        rows.put(1, row("other watch"));
        rows.begin(0);
        rows.put(0, row("b"));
        rows.put(0, row("c"));
        let gone = rows.not_listed(0);
        assert_eq!(gone, [0]);
        gone.into_iter().for_each(|slot| rows.remove(slot));
        assert_eq!(rows.len(), 3);
        assert_eq!(rows.find(&Uid::Text(Word::new("a"))), None);
        assert_eq!(rows.put(0, row("d")), Put::New(0), "the slot is used again");
    }

    #[test]
    fn a_ghost_counts_no_more_and_can_come_back() {
        let mut rows = Rows::default();
        rows.put(0, row("a"));
        rows.haunt(0);
        assert_eq!(rows.len(), 0);
        assert_eq!(rows.put(0, row("a")), Put::Replaced(0));
        assert_eq!(rows.len(), 1);
        assert!(!rows.lay_ghosts());
    }
}
