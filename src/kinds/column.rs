//! What a column is: a title, how it gives way on narrow screens, and where its value comes from.
//!
//! A kind writes its columns once, typed by its object ([`Column`]); everyone else sees [`Head`], which knows no object.

use super::value::Value;
use super::words::Words;

/// How eagerly a column gives way when the screen is narrow. Lower stays longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stays {
    Always,
    Long,
    Medium,
    Short,
    /// Not shown at all, as the user chose.
    Never,
}

/// Which requests a live column needs beside its own watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Companion {
    /// CPU and memory in use, from metrics.k8s.io.
    Usage,
    /// Sums over the pods on a node or in a namespace.
    Pods,
    /// Warning events in a namespace.
    Warnings,
    /// Revisions of ReplicaSets.
    Revisions,
    /// How many pods have a ControllerRevision.
    RevisionPods,
}

/// A value that is not in the row: it comes from a companion feed and is resolved when painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    CpuUsed,
    MemoryUsed,
    /// CPU in use as a percentage of the named cell column.
    CpuShare(&'static str),
    /// Memory in use as a percentage of the named cell column.
    MemoryShare(&'static str),
    Pods,
    NotWell,
    CpuRequested,
    MemoryRequested,
    Warnings,
    /// Of the deployment that a pod's ReplicaSet belongs to.
    Revision,
    /// How many pods have the ControllerRevision.
    RevisionPods,
}

impl Live {
    pub fn companion(self) -> Companion {
        match self {
            Self::CpuUsed | Self::MemoryUsed | Self::CpuShare(_) | Self::MemoryShare(_) => Companion::Usage,
            Self::Pods | Self::NotWell | Self::CpuRequested | Self::MemoryRequested => Companion::Pods,
            Self::Warnings => Companion::Warnings,
            Self::Revision => Companion::Revisions,
            Self::RevisionPods => Companion::RevisionPods,
        }
    }
}

/// Where a column's value comes from.
pub enum Source<T> {
    Name,
    /// The age of the object, from its creation time.
    Age,
    Cell(fn(&T, &mut Words) -> Value),
    Live(Live),
}

/// A column of a kind, as the kind's file declares it.
pub struct Column<T> {
    /// kubectl's title where kubectl has the column.
    pub title: &'static str,
    /// A shorter title for the screen; empty when the title itself is short.
    pub short: &'static str,
    /// Shown only in wide tables, as kubectl's `-o wide`.
    pub wide: bool,
    pub stays: Stays,
    pub source: Source<T>,
}

impl<T> Column<T> {
    pub const fn new(title: &'static str, source: Source<T>) -> Self {
        Self { title, short: "", wide: false, stays: Stays::Medium, source }
    }
    /// A column made from the object.
    pub const fn cell(title: &'static str, read: fn(&T, &mut Words) -> Value) -> Self {
        Self::new(title, Source::Cell(read))
    }
    /// A column made from a companion feed.
    pub const fn live(title: &'static str, live: Live) -> Self {
        Self::new(title, Source::Live(live))
    }
    /// The object's name.
    pub const fn name() -> Self {
        Self { title: "NAME", short: "", wide: false, stays: Stays::Always, source: Source::Name }
    }
    /// The object's age.
    pub const fn age() -> Self {
        Self { title: "AGE", short: "", wide: false, stays: Stays::Long, source: Source::Age }
    }
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
    pub const fn short(mut self, short: &'static str) -> Self {
        self.short = short;
        self
    }
    pub const fn stays(mut self, stays: Stays) -> Self {
        self.stays = stays;
        self
    }
}

/// Where a column's value is found in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Namespace,
    Name,
    Age,
    Cell(usize),
    Live(Live),
    /// A column that the user added, by its number.
    Added(usize),
}

/// A column as everyone but its kind sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub title: String,
    pub short: String,
    pub wide: bool,
    pub stays: Stays,
    pub from: From,
}

impl Head {
    /// Whether a table shows it, wide or not.
    pub fn is_hidden(&self) -> bool {
        self.stays == Stays::Never
    }

    /// Whether it numbers revisions of a workload.
    pub fn is_revision(&self) -> bool {
        self.title == "REV" || self.short == "REV"
    }

    /// The namespace column, which tables over more than one namespace put first.
    pub fn namespace() -> Self {
        Self {
            title: "NAMESPACE".into(),
            short: String::new(),
            wide: false,
            stays: Stays::Always,
            from: From::Namespace,
        }
    }
}

/// The heads of typed columns: cells are numbered in the order in which they are declared.
pub fn heads<T>(columns: &[Column<T>]) -> Vec<Head> {
    let mut cells = 0usize..;
    columns
        .iter()
        .map(|column| Head {
            title: column.title.into(),
            short: column.short.into(),
            wide: column.wide,
            stays: column.stays,
            from: match column.source {
                Source::Name => From::Name,
                Source::Age => From::Age,
                Source::Cell(_) => From::Cell(cells.next().unwrap_or_default()),
                Source::Live(live) => From::Live(live),
            },
        })
        .collect()
}

/// The cells of one object, in the order of [`heads`].
pub fn cells<T>(columns: &[Column<T>], object: &T, words: &mut Words) -> Box<[Value]> {
    columns
        .iter()
        .filter_map(|column| match column.source {
            Source::Cell(read) => Some(read(object, words)),
            Source::Name | Source::Age | Source::Live(_) => None,
        })
        .collect()
}
