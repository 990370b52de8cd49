//! How a row is read through a column at a given moment: text, number and order.
//!
//! Ages and companion figures are resolved here, when asked for, so that they can never go stale in a row.

use super::delta::Figures;
use crate::kinds::{From, Head, Live, Row, Value, Word};
use std::cmp::Ordering;
use std::collections::HashMap;

/// What companion feeds told, by what was measured. Missing feeds are simply empty.
#[derive(Debug, Default)]
pub struct Companions {
    /// By `namespace/name` for pods, `namespace/name/container` for containers, by name for nodes.
    pub usage: HashMap<Word, Figures>,
    /// By node name or namespace name.
    pub pods: HashMap<Word, Figures>,
    /// By namespace name.
    pub warnings: HashMap<Word, Figures>,
    /// What is printed for a key without figures: `…` until the feed is live, `–` if it is refused.
    pub usage_blank: &'static str,
    pub pods_blank: &'static str,
    pub warnings_blank: &'static str,
}

/// A table's columns, the moment, and the companion figures: all that it takes to read a row.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    pub heads: &'a [Head],
    /// Seconds since the epoch.
    pub now: i64,
    pub companions: &'a Companions,
    /// How many events stand behind a row that represents its group, and when not grouped nothing.
    pub sums: Option<&'a HashMap<super::rows::Slot, i64>>,
}

impl Sight<'_> {
    /// The value of a row in a column; names and namespaces are read by [`Sight::write`] without a copy.
    pub fn value(&self, row: &Row, from: From) -> Value {
        match from {
            From::Namespace => Value::Word(row.namespace.clone()),
            From::Name => Value::Word(Word::new(&row.name)),
            From::Age if row.created == 0 => Value::Word(Word::new("<unknown>")),
            From::Age => Value::Time(row.created),
            From::Cell(index) => row.cell(index).clone(),
            From::Live(live) => self.live(row, live),
        }
    }

    /// Appends the text of a row in a column.
    pub fn write(&self, row: &Row, from: From, out: &mut String) {
        match from {
            From::Namespace => out.push_str(&row.namespace),
            From::Name => out.push_str(&row.name),
            From::Cell(index) => row.cell(index).write(self.now, out),
            From::Age if row.created != 0 => Value::Time(row.created).write(self.now, out),
            From::Live(live) => match self.live(row, live) {
                Value::None => out.push_str(self.blank(live)),
                value => value.write(self.now, out),
            },
            From::Age => out.push_str("<unknown>"),
        }
    }

    /// Order of two rows in a column.
    pub fn order(&self, a: &Row, b: &Row, from: From) -> Ordering {
        match from {
            From::Namespace => a.namespace.cmp(&b.namespace),
            From::Name => a.name.cmp(&b.name),
            // Older objects have larger ages.
            From::Age => b.created.cmp(&a.created),
            From::Cell(index) => a.cell(index).order(b.cell(index)),
            From::Live(live) => self.live(a, live).order(&self.live(b, live)),
        }
    }

    /// The column called `title`, by its title or short title, case and `-`/` ` ignored.
    pub fn head(&self, title: &str) -> Option<&Head> {
        self.heads.iter().find(|head| same_title(&head.title, title) || same_title(&head.short, title))
    }

    fn live(&self, row: &Row, live: Live) -> Value {
        let usage = || self.companions.usage.get(&*usage_key(row));
        let pods = || self.companions.pods.get(&*row.name);
        let found = match live {
            Live::CpuUsed => usage().map(|f| Value::Cpu(f.cpu)),
            Live::MemoryUsed => usage().map(|f| Value::Bytes(f.memory)),
            Live::CpuShare(of) => usage().and_then(|f| share(f.cpu, self.cell(row, of))),
            Live::MemoryShare(of) => usage().and_then(|f| share(f.memory, self.cell(row, of))),
            Live::Pods => pods().map(|f| Value::Int(f.pods)),
            Live::NotWell => pods().map(|f| Value::Int(f.not_well)),
            Live::CpuRequested => pods().map(|f| Value::Cpu(f.cpu)),
            Live::MemoryRequested => pods().map(|f| Value::Bytes(f.memory)),
            Live::Warnings => self.companions.warnings.get(&*row.name).map(|f| Value::Int(f.warnings)),
        };
        found.unwrap_or(Value::None)
    }

    fn blank(&self, live: Live) -> &'static str {
        match live.companion() {
            crate::kinds::Companion::Usage => self.companions.usage_blank,
            crate::kinds::Companion::Pods => self.companions.pods_blank,
            crate::kinds::Companion::Warnings => self.companions.warnings_blank,
        }
    }

    fn cell(&self, row: &Row, title: &str) -> Option<i64> {
        let head = self.heads.iter().find(|head| head.title == title)?;
        match (head.from, self.value(row, head.from)) {
            (From::Cell(_), Value::Cpu(n) | Value::Bytes(n) | Value::Int(n)) => Some(n),
            _ => None,
        }
    }
}

/// The key of the usage feed: see [`Companions::usage`].
fn usage_key(row: &Row) -> String {
    if row.namespace.is_empty() { row.name.to_string() } else { format!("{}/{}", &*row.namespace, row.name) }
}

fn share(used: i64, of: Option<i64>) -> Option<Value> {
    let of = of.filter(|of| *of > 0)?;
    Some(Value::Percent(used.saturating_mul(100) / of))
}

/// Whether two column titles mean the same: case ignored, and `-`, `_` and blanks alike.
pub fn same_title(a: &str, b: &str) -> bool {
    let plain = |c: char| if matches!(c, '-' | '_' | ' ') { ' ' } else { c.to_ascii_lowercase() };
    !a.is_empty() && a.chars().map(plain).eq(b.chars().map(plain))
}
