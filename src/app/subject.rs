//! What a table is about: a kind, in some namespaces, perhaps narrowed by selectors.

use super::want::{Source, Want};
use crate::cluster::catalog::Served;
use crate::cluster::watch::{ReadChoice, TableOf, What};
use crate::kinds::{self, Head, Kind, Lead, Row, Word};
use std::fmt;

/// The kind of a table's rows.
#[derive(Clone)]
pub enum Of {
    /// A kind with a file of its own.
    Known(&'static dyn Kind),
    /// Any other kind, shown through the server-side Table.
    Served(Served),
    /// A name that discovery will have to explain.
    Named(String),
    /// The kubeconfig's contexts.
    Contexts,
    /// What was changed, by this rk9s and others.
    Journal,
}

impl Of {
    /// The kind called `name`: one with a file, else one that is served, else the name alone.
    pub fn named(name: &str, served: Option<&Served>) -> Self {
        if matches!(name, "contexts" | "context" | "ctx") {
            return Self::Contexts;
        }
        if name == "journal" {
            return Self::Journal;
        }
        match (kinds::find(name), served) {
            (Some(kind), _) => Self::Known(kind),
            (None, Some(served)) => Self::Served(served.clone()),
            (None, None) => Self::Named(name.into()),
        }
    }

    /// As the title and `:` name it: plural, with its group where that is needed to tell it apart.
    pub fn name(&self) -> String {
        match self {
            Self::Known(kind) => kind.names().plural.into(),
            Self::Served(served) => served.full_name(),
            Self::Named(name) => name.clone(),
            Self::Contexts => "contexts".into(),
            Self::Journal => "journal".into(),
        }
    }

    pub fn is_namespaced(&self) -> bool {
        match self {
            Self::Known(kind) => kind.names().namespaced,
            Self::Served(served) => served.namespaced,
            Self::Named(_) => true,
            Self::Contexts | Self::Journal => false,
        }
    }

    pub fn lead(&self) -> Lead {
        match self {
            Self::Known(kind) => kind.lead(),
            Self::Contexts => Lead::Context,
            Self::Journal => Lead::Entry,
            Self::Served(_) | Self::Named(_) => Lead::Nowhere,
        }
    }

    /// The columns, as far as they are known before the first row.
    pub fn heads(&self) -> Vec<Head> {
        match self {
            Self::Known(kind) => kind.heads(),
            Self::Contexts => super::contexts::heads(),
            Self::Journal => super::journal::table::heads(),
            Self::Served(_) | Self::Named(_) => Vec::new(),
        }
    }

    fn what(&self) -> Option<What> {
        match self {
            Self::Known(kind) => Some(What::Kind(*kind)),
            Self::Served(served) => Some(What::Table(TableOf::from(served))),
            Self::Named(_) | Self::Contexts | Self::Journal => None,
        }
    }
}

impl fmt::Debug for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// One or more namespaces; never empty.
    In(Vec<String>),
}

impl Scope {
    pub fn one(namespace: &str) -> Self {
        Self::In(vec![namespace.into()])
    }

    /// Reads `-n` values: names separated by commas; `all` and `*` mean every namespace.
    pub fn read(text: &str) -> Option<Self> {
        let names: Vec<String> =
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        match names.as_slice() {
            [] => None,
            [all] if all == "all" || all == "*" => Some(Self::All),
            _ => Some(Self::In(names)),
        }
    }

    /// The namespace, when it is just one.
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::In(names) => names.first().filter(|_| names.len() == 1).map(String::as_str),
            Self::All => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::In(names) => f.write_str(&names.join(",")),
        }
    }
}

/// What a table shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    pub of: Of,
    pub scope: Scope,
    /// A label selector that the server applies.
    pub labels: Option<String>,
    /// A field selector that the server applies.
    pub fields: Option<String>,
    /// Only what this owns, as `KIND/NAME`; the server cannot select by it.
    pub owner: Option<String>,
    /// What led here, for the title: `deployment/orders`.
    pub through: Option<String>,
}

impl Subject {
    pub fn new(of: Of, scope: Scope) -> Self {
        Self { of, scope, labels: None, fields: None, owner: None, through: None }
    }

    /// The watches that make up the table; none while the kind is not known.
    pub fn watches(&self, read: ReadChoice) -> Vec<Want> {
        let namespaces = match &self.scope {
            Scope::In(names) if self.of.is_namespaced() => names.iter().cloned().map(Some).collect(),
            _ => vec![None],
        };
        namespaces.into_iter().filter_map(|namespace| self.watch(namespace, read, None)).collect()
    }

    /// The watch of one namespace (or of all).
    pub fn watch(&self, namespace: Option<String>, read: ReadChoice, resume: Option<Word>) -> Option<Want> {
        self.want(Source::Rows(self.of.what()?), namespace, read, resume)
    }

    /// The feed of cells that the user added by path; none of Secrets, whose values it would read, and none of what is no
    /// object of its own.
    pub fn cells(&self, namespace: Option<String>, read: ReadChoice, paths: Vec<String>) -> Option<Want> {
        let own = !matches!(self.of.name().as_str(), "secrets" | "containers");
        let what = self.of.what().filter(|_| own)?;
        self.want(Source::Cells(what, paths), namespace, read, None)
    }

    /// Whether a row belongs to it.
    pub fn takes(&self, row: &Row) -> bool {
        let Some((kind, name)) = self.owner.as_deref().and_then(|owner| owner.split_once('/')) else { return true };
        row.owner.as_ref().is_some_and(|owner| owner.kind.eq_ignore_ascii_case(kind) && *owner.name == *name)
    }

    fn want(&self, source: Source, namespace: Option<String>, read: ReadChoice, resume: Option<Word>) -> Option<Want> {
        Some(Want { source, namespace, labels: self.labels.clone(), fields: self.fields.clone(), resume, read })
    }

    /// The view as a `:` line names it; read back by [`super::line`].
    pub fn locator(&self, filter: &str) -> String {
        let mut line = self.of.name();
        if self.of.is_namespaced() {
            line.push_str(&format!(" -n {}", self.scope));
        }
        if let Some(labels) = &self.labels {
            line.push_str(&format!(" -l {}", quoted(labels)));
        }
        if let Some(fields) = &self.fields {
            line.push_str(&format!(" --field-selector {}", quoted(fields)));
        }
        if let Some(owner) = &self.owner {
            line.push_str(&format!(" --owner {}", quoted(owner)));
        }
        if !filter.is_empty() {
            line.push_str(&format!(" /{filter}"));
        }
        line
    }
}

/// A word of a `:` line, quoted as [`super::line::read`] takes it back.
pub fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| String::new(), std::borrow::Cow::into_owned)
}
