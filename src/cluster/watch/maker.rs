//! What becomes of objects: rows of a kind, rows of a Table, or sums. The watch itself does not know which.

use super::asking::Form;
use super::mark;
use crate::kinds::{Item, Kind, Row, Words};
use crate::store::delta::Delta;
use bytes::Bytes;

/// Turns objects into news for the store.
pub trait Maker: Send + Sync {
    fn form(&self) -> Form;
    /// A list begins; all that is there comes again.
    fn begin(&mut self, out: &mut Vec<Delta>) {
        out.push(Delta::Begin);
    }
    /// The columns of a Table.
    fn columns(&mut self, _raw: &Bytes, _out: &mut Vec<Delta>) -> Result<(), String> {
        Ok(())
    }
    /// A bookmark came.
    fn glance(&mut self, _item: &Item, _out: &mut Vec<Delta>) {}
    /// An object is there, or has changed. The error says what could not be read.
    fn put(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String>;
    /// An object is gone.
    fn gone(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String>;
    /// The list is complete.
    fn end(&mut self, out: &mut Vec<Delta>) {
        out.push(Delta::End);
    }
    /// Whether what was made grows old although nothing changes, and should be read again now and then.
    fn grows_old(&self) -> bool {
        false
    }
    /// Whether there is news that only [`Maker::settle`] tells.
    fn waits(&self) -> bool {
        false
    }
    /// Called before a batch is sent, for makers that sum up.
    fn settle(&mut self, _out: &mut Vec<Delta>) {}
}

/// Rows of a kind with a file of its own.
pub struct Rows {
    kind: &'static dyn Kind,
    rows: Vec<Row>,
}

impl Rows {
    pub fn new(kind: &'static dyn Kind) -> Self {
        Self { kind, rows: Vec::new() }
    }
}

impl Maker for Rows {
    fn form(&self) -> Form {
        Form::Objects
    }

    fn put(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        let made = self.kind.rows(item, words, &mut self.rows);
        out.extend(self.rows.drain(..).map(Delta::Put));
        made
    }

    fn gone(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        // A deleted object comes with its last state, so its rows tell which ones go.
        let made = self.kind.rows(item, words, &mut self.rows);
        out.extend(self.rows.drain(..).map(|row| Delta::Gone(row.uid)));
        if made.is_err() {
            out.push(Delta::Gone(mark::identity(item).ok_or("a deleted object without a uid")?.0));
        }
        Ok(())
    }
}
