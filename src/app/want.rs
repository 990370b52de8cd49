//! What the app wants to have watched, as plain data. The engine turns it into a running watch.

use crate::cluster::watch::{ReadChoice, What};
use crate::kinds::{Companion, Word};
use std::fmt;

/// What a watch brings.
#[derive(Clone)]
pub enum Source {
    /// Rows of a kind.
    Rows(What),
    /// Figures beside the rows of the kind with this plural name.
    Figures(Companion, &'static str),
    /// Cells beside the rows, by paths into their objects.
    Cells(What, Vec<String>),
}

/// A watch to be started.
#[derive(Clone, Debug)]
pub struct Want {
    pub source: Source,
    /// Every namespace, if none.
    pub namespace: Option<String>,
    /// A label selector.
    pub labels: Option<String>,
    /// A field selector.
    pub fields: Option<String>,
    /// The version up to which rows were kept.
    pub resume: Option<Word>,
    pub read: ReadChoice,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(What::Kind(kind)) => f.write_str(kind.names().plural),
            Self::Rows(What::Table(of)) => write!(f, "{} as a table", of.plural),
            Self::Cells(_, paths) => write!(f, "cells {}", paths.join(" ")),
            Self::Figures(companion, kind) => write!(f, "{companion:?} for {kind}"),
        }
    }
}
