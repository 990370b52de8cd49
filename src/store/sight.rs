//! How a row is read through a column at a given moment: text, number and order.
//!
//! Ages and companion figures are resolved here, when asked for, so that they can never go stale in a row.

use super::delta::Figures;
use crate::kinds::{Companion, From, Head, Live, Row, Uid, Value, Word};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// What companion feeds told, and the columns that were added. Missing feeds are simply empty.
#[derive(Debug, Default)]
pub struct Companions {
    feeds: HashMap<Companion, Feed>,
    pub added: Vec<Added>,
    /// Values of [`Added::Path`] columns, by row.
    pub cells: HashMap<Uid, Box<[Value]>>,
    /// What is printed where no values are known.
    pub cells_blank: &'static str,
}

/// Where an added column finds its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    Label(String),
    /// The number of a path that a feed reads.
    Path(usize),
}

/// What one of them told.
#[derive(Debug)]
pub struct Feed {
    /// By what [`key`] says of the rows beside which they stand.
    pub figures: HashMap<Word, Figures>,
    /// What is printed for a key without figures: `…` until the feed is live, `–` if it is refused.
    pub blank: &'static str,
}

impl Default for Feed {
    fn default() -> Self {
        Self { figures: HashMap::new(), blank: "…" }
    }
}

impl Companions {
    pub fn feed(&mut self, companion: Companion) -> &mut Feed {
        self.feeds.entry(companion).or_default()
    }

    fn added(&self, row: &Row, number: usize) -> Option<Value> {
        match self.added.get(number)? {
            Added::Label(key) => Some(row.label(key).map_or(Value::None, |value| Value::Word(Word::new(value)))),
            Added::Path(path) => self.cells.get(&row.uid)?.get(*path).cloned(),
        }
    }

    fn of(&self, companion: Companion, row: &Row) -> Option<&Figures> {
        self.feeds.get(&companion)?.figures.get(&*key(companion, row))
    }
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
            From::Added(number) => self.companions.added(row, number).unwrap_or_default(),
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
                Value::None => out.push_str(self.blank(live, row)),
                value => value.write(self.now, out),
            },
            From::Added(number) => match self.companions.added(row, number) {
                Some(value) => value.write(self.now, out),
                None => out.push_str(self.companions.cells_blank),
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
            From::Added(_) => self.value(a, from).order(&self.value(b, from)),
        }
    }

    /// The column called `title`, by its title or short title, case and `-`/` ` ignored.
    pub fn head(&self, title: &str) -> Option<&Head> {
        self.heads.iter().find(|head| same_title(&head.title, title) || same_title(&head.short, title))
    }

    fn live(&self, row: &Row, live: Live) -> Value {
        let Some(f) = self.companions.of(live.companion(), row) else { return Value::None };
        match live {
            Live::CpuUsed | Live::CpuRequested => Value::Cpu(f.cpu),
            Live::MemoryUsed | Live::MemoryRequested => Value::Bytes(f.memory),
            Live::CpuShare(of) => share(f.cpu, self.cell(row, of)),
            Live::MemoryShare(of) => share(f.memory, self.cell(row, of)),
            Live::Pods | Live::RevisionPods => Value::Int(f.pods),
            Live::NotWell => Value::Int(f.not_well),
            Live::Warnings => Value::Int(f.warnings),
            Live::Revision => Value::Int(f.revision),
        }
    }

    fn blank(&self, live: Live, row: &Row) -> &'static str {
        // Only a ReplicaSet's pods have a revision to wait for.
        if live == Live::Revision && key(Companion::Revisions, row).is_empty() {
            return "";
        }
        self.companions.feeds.get(&live.companion()).map_or("…", |feed| feed.blank)
    }

    fn cell(&self, row: &Row, title: &str) -> Option<i64> {
        let head = self.heads.iter().find(|head| head.title == title)?;
        match (head.from, self.value(row, head.from)) {
            (From::Cell(_), Value::Cpu(n) | Value::Bytes(n) | Value::Int(n)) => Some(n),
            _ => None,
        }
    }
}

/// The key of a row's figures: `namespace/name` or a node's name for usage, the row's name for sums over pods and warnings,
/// `namespace/ReplicaSet` for revisions, `namespace/ControllerRevision` for its pods.
fn key(companion: Companion, row: &Row) -> Cow<'_, str> {
    match companion {
        Companion::Pods | Companion::Warnings => Cow::Borrowed(&row.name),
        Companion::Usage if row.namespace.is_empty() => Cow::Borrowed(&row.name),
        Companion::Usage => Cow::Owned(format!("{}/{}", &*row.namespace, row.name)),
        Companion::RevisionPods => Cow::Owned(format!("{}/{}", &*row.namespace, row.name)),
        Companion::Revisions => match &row.owner {
            Some(owner) if &*owner.kind == "ReplicaSet" => Cow::Owned(format!("{}/{}", &*row.namespace, &*owner.name)),
            _ => Cow::Borrowed(""),
        },
    }
}

fn share(used: i64, of: Option<i64>) -> Value {
    let of = of.filter(|of| *of > 0);
    of.map_or(Value::None, |of| Value::Percent(used.saturating_mul(100) / of))
}

/// Whether two column titles mean the same: case ignored, and `-`, `_` and blanks alike.
pub fn same_title(a: &str, b: &str) -> bool {
    let plain = |c: char| if matches!(c, '-' | '_' | ' ') { ' ' } else { c.to_ascii_lowercase() };
    !a.is_empty() && a.chars().map(plain).eq(b.chars().map(plain))
}
