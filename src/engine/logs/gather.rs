//! The beginning of a log of several containers: what each wrote before comes one after the other, and is put in the order
//! of its times. Later lines stay as they come.

use crate::store::log::Line;
use std::time::Duration;
use tokio::time::Instant;

/// So long the first lines wait for those of the other containers …
const PATIENCE: Duration = Duration::from_millis(700);
/// … and so many of them.
const MOST: usize = 20_000;

/// Lines that wait.
#[derive(Default)]
pub struct Gather {
    waits: bool,
    lines: Vec<Line>,
    until: Option<Instant>,
}

impl Gather {
    /// The lines of so many containers are to come.
    pub fn begin(&mut self, containers: usize) {
        self.waits = containers > 1;
    }

    /// When the lines wait no longer.
    pub fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Takes lines; gives back those that need not wait.
    pub fn take(&mut self, lines: Vec<Line>) -> Option<Vec<Line>> {
        if !self.waits {
            return Some(lines);
        }
        self.until.get_or_insert_with(|| Instant::now() + PATIENCE);
        self.lines.extend(lines);
        (self.lines.len() > MOST).then(|| self.end())
    }

    /// The lines that waited, in order; from now on none does.
    pub fn end(&mut self) -> Vec<Line> {
        (self.waits, self.until) = (false, None);
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_by_key(|line| line.at);
        lines
    }
}
