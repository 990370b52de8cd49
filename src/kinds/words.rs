//! Interned text: cluster data repeats itself (phases, node names, images, label sets), so each distinct text is kept once.
//!
//! Every watch owns its own [`Words`]; a [`Word`] keeps itself alive, so rows can leave the watch task and outlive it.
//! There is deliberately no global table: nothing is shared between watches, and what no row uses any more is swept.

use super::row::Owner;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A shared, immutable text of one pointer's size. Cloning counts a reference.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(Arc<Box<str>>);

impl Word {
    /// A word outside any table, for text that rarely repeats.
    pub fn new(text: &str) -> Self {
        Self(Arc::new(text.into()))
    }
}

impl Default for Word {
    fn default() -> Self {
        Self::new("")
    }
}

impl Deref for Word {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Word {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// The labels of an object in key order.
pub type Labels = [(Word, Word)];

/// A watch's table of words and label sets.
#[derive(Debug, Default)]
pub struct Words {
    words: HashSet<Word>,
    labels: HashSet<Arc<Labels>>,
    owners: HashSet<Arc<Owner>>,
    swept: usize,
}

/// Below this many entries a sweep is not worth its time.
const SWEEP_FROM: usize = 4096;

impl Words {
    /// The one copy of `text`.
    pub fn word(&mut self, text: &str) -> Word {
        if let Some(word) = self.words.get(text) {
            return word.clone();
        }
        self.sweep_when_doubled();
        let word = Word::new(text);
        self.words.insert(word.clone());
        word
    }

    /// The one copy of a label set.
    pub fn labels(&mut self, map: &BTreeMap<String, String>) -> Arc<Labels> {
        let set: Arc<Labels> = map.iter().map(|(k, v)| (self.word(k), self.word(v))).collect();
        if let Some(known) = self.labels.get(&set) {
            return known.clone();
        }
        self.labels.insert(set.clone());
        set
    }

    /// The one copy of an owner: the pods of a ReplicaSet share theirs.
    pub fn owner(&mut self, owner: Owner) -> Arc<Owner> {
        if let Some(known) = self.owners.get(&owner) {
            return known.clone();
        }
        let owner = Arc::new(owner);
        self.owners.insert(owner.clone());
        owner
    }

    /// Drops what only this table still holds, whenever the table has doubled since the last sweep.
    fn sweep_when_doubled(&mut self) {
        if self.words.len() < SWEEP_FROM.max(self.swept * 2) {
            return;
        }
        self.labels.retain(|set| Arc::strong_count(set) > 1);
        self.owners.retain(|owner| Arc::strong_count(owner) > 1);
        self.words.retain(|word| Arc::strong_count(&word.0) > 1);
        self.swept = self.words.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_allocation() {
        let mut words = Words::default();
        let (a, b) = (words.word("Running"), words.word("Running"));
        assert!(Arc::ptr_eq(&a.0, &b.0));
    }

    #[test]
    fn unused_words_are_swept() {
        let mut words = Words::default();
        let kept = words.word("kept");
        for i in 0..3 * SWEEP_FROM {
            words.word(&i.to_string());
        }
        assert!(words.words.len() <= SWEEP_FROM);
        assert!(Arc::ptr_eq(&kept.0, &words.word("kept").0));
    }
}
