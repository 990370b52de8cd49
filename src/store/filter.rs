//! The filter language of the `/` prompt: which rows of a table are shown. Pure; it reads rows through [`Subject`].
//!
//! # Grammar
//!
//! | typed | shows the rows |
//! |---|---|
//! | `orders` | with this text in the name or in a visible column; a capital letter makes the case count |
//! | `orders crash` or `orders & crash` | that fit both |
//! | `orders \| cart` | that fit one of the two; binds weaker than `&` |
//! | `!running` | that do not fit |
//! | `(a \| b) !c` | parentheses group |
//! | `^ord`, `back$`, `^cart$` | of which a cell begins with, ends with, or is the text |
//! | `"failed to \"pull\""` | with this text as it stands: blanks and signs mean nothing in quotes; `\"` and `\\` are `"` and `\` |
//! | `~ordx` or `-f ordx` | whose name has these letters in this order |
//! | `status=running`, `node!=node-a2` | of which this column is, or is not, this text; `reason=""` is an empty cell |
//! | `image~nginx` | of which this column contains this text |
//! | `rst>3`, `cpu>=500m`, `mem<1Gi`, `age<2h`, `ready<1` | by number, quantity, age (`s m h d w y`) or ratio (`1/2`, as a fraction) |
//! | `app=web`, `app.kubernetes.io/name!=web` | a name that is no column is a label |
//! | `re:^web-\d+$` | with a cell that fits the regular expression, which goes to the end of the line, or is quoted: `re:"a\|b" c` |
//! | `-l app=web,env in (a, b)` | that the server selects by labels; stands alone, is asked for on Enter |
//!
//! Names of columns are taken in any case and with or without `-`, `_` and blanks: `nominated-node`, `NominatedNode`. A cell
//! equals a number or age if it would print the same, so `age=2h` is what the column shows as `2h`. `=` and `~` compare text in
//! smart case, as plain text does. A comparison with a cell that is empty, or is no number, does not fit; its `!=` does.
//!
//! A filter that is being typed is often not yet one (`status=`, `a |`): such an error is [`Fault::Unfinished`].

mod compare;
mod expr;
mod narrow;
mod needle;
mod parse;
mod pattern;
pub mod selector;

pub use expr::Scratch;

use expr::Expr;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A filter that was understood. Cloning counts a reference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    expr: Arc<Expr>,
    /// The label selector of `-l`, for the server to apply; such a filter keeps every row itself.
    pub server_selector: Option<String>,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    pub fault: Fault,
    /// Where, in characters from the beginning of the text.
    pub at: usize,
    /// What is wrong: a sentence without its full stop.
    pub message: String,
    /// What to type instead.
    pub hint: String,
}

/// Whether going on typing can make it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Unfinished,
    Wrong,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}; {}", self.at + 1, self.message, self.hint)
    }
}

impl std::error::Error for FilterError {}

/// A row as a filter reads it.
pub trait Subject {
    fn name(&self) -> &str;
    /// Appends the visible cells, each followed by a line feed.
    fn visible_text(&self, out: &mut String);
    /// The value in a column; `column` is spelt as in the `known_columns` of [`Filter::parse`].
    fn field(&self, column: &str) -> Option<Field<'_>>;
    fn label(&self, key: &str) -> Option<&str>;
}

/// The value of a row in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    Text(Cow<'a, str>),
    /// A plain number, or a quantity in its base unit: cores, bytes.
    Number(f64),
    /// `have/want`, as in READY.
    Ratio(i64, i64),
    /// An age.
    Seconds(i64),
    Missing,
}

impl Filter {
    /// Reads a filter; an empty one keeps every row. `known_columns` are the table's column titles; empty ones mean nothing.
    pub fn parse(text: &str, known_columns: &[&str]) -> Result<Self, FilterError> {
        parse::filter(text, known_columns)
    }

    /// Whether it keeps every row.
    pub fn is_empty(&self) -> bool {
        *self.expr == Expr::All
    }

    /// Whether a row fits. For many rows [`Filter::matches_with`] is faster.
    pub fn matches(&self, subject: &dyn Subject) -> bool {
        self.matches_with(subject, &mut Scratch::default())
    }

    /// Whether a row fits; `scratch` is memory used again from row to row.
    pub fn matches_with(&self, subject: &dyn Subject, scratch: &mut Scratch) -> bool {
        scratch.forget();
        self.expr.fits(subject, scratch)
    }

    /// Whether every row that fits this filter fits `previous`, too, so that only rows shown by that one need to be tested. It
    /// may say no where yes were true. If `previous` compares sizes or
    /// ages it says no: a row may fit by now that did not.
    pub fn narrows(&self, previous: &Filter) -> bool {
        self.server_selector == previous.server_selector && narrow::narrows(&self.expr, &previous.expr)
    }

    /// Whether it compares sizes or ages (`age<2h`, `cpu>1`), so that its answer may change with time alone.
    pub fn is_timed(&self) -> bool {
        self.expr.is_timed()
    }

    /// Names that were taken for label keys because no column is called so; worth saying when no row fits.
    pub fn label_keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        self.expr.any(&mut |expr| {
            if let Expr::Compare(compare) = expr {
                keys.extend(compare.label_key().map(String::from));
            }
            false
        });
        keys
    }

    /// The characters of the name (indices, ascending) that plain, fuzzy and regular terms found.
    pub fn highlights(&self, subject: &dyn Subject) -> Vec<usize> {
        let mut found = Vec::new();
        self.expr.highlight(subject.name(), &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests;
