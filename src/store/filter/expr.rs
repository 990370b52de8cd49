//! A filter as a tree, and how a row is tried against it.

use super::Subject;
use super::compare::Compare;
use super::needle::{Case, Needle, fold_into, is_folded};
use super::pattern::{Letters, Pattern};

/// What a row must fit.
#[derive(Debug, Default, PartialEq)]
pub enum Expr {
    #[default]
    All,
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Text(Box<Needle>),
    Letters(Box<Letters>),
    Pattern(Pattern),
    Compare(Box<Compare>),
}

/// The text of a row, made at most once per row and in memory that is used again.
#[derive(Debug, Default)]
pub struct Scratch {
    /// A line feed, the name, and the visible cells, each ending with a line feed.
    text: String,
    folded: String,
    has_text: bool,
    has_folded: bool,
}

impl Scratch {
    /// Another row follows.
    pub(super) fn forget(&mut self) {
        self.has_text = false;
        self.has_folded = false;
    }

    fn text(&mut self, subject: &dyn Subject) -> &str {
        if !self.has_text {
            self.has_text = true;
            self.text.clear();
            self.text.push('\n');
            self.text.push_str(subject.name());
            self.text.push('\n');
            subject.visible_text(&mut self.text);
            if !self.text.ends_with('\n') {
                self.text.push('\n');
            }
        }
        &self.text
    }

    fn folded(&mut self, subject: &dyn Subject) -> &str {
        if !self.has_folded {
            self.text(subject);
            self.has_folded = true;
            self.folded.clear();
            fold_into(&self.text, &mut self.folded);
        }
        &self.folded
    }

    fn holds(&mut self, needle: &Needle, subject: &dyn Subject) -> bool {
        // Most rows that fit do so by their name, and reading a name costs nothing.
        let name = subject.name();
        if (needle.case == Case::Counts || is_folded(name)) && needle.is_in_cell(name) {
            return true;
        }
        let cells = if needle.case == Case::Folded { self.folded(subject) } else { self.text(subject) };
        needle.is_in_cells(cells)
    }
}

impl Expr {
    pub fn fits(&self, subject: &dyn Subject, scratch: &mut Scratch) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.fits(subject, scratch)),
            Self::Or(parts) => parts.iter().any(|part| part.fits(subject, scratch)),
            Self::Not(part) => !part.fits(subject, scratch),
            Self::Text(needle) => scratch.holds(needle, subject),
            Self::Letters(letters) => letters.0.score(subject.name()).is_some(),
            Self::Pattern(pattern) => pattern.is_in_cell(subject.name()) || pattern.is_in_cells(scratch.text(subject)),
            Self::Compare(compare) => compare.fits(subject),
        }
    }

    /// Adds the indices of the characters of the name that a term found; what must not fit marks nothing.
    pub fn highlight(&self, name: &str, found: &mut Vec<usize>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.highlight(name, found)),
            Self::Text(needle) => needle.highlight(name, found),
            Self::Letters(letters) => found.extend(letters.0.find(name).map(|fit| fit.at).unwrap_or_default()),
            Self::Pattern(pattern) => pattern.highlight(name, found),
            Self::All | Self::Not(_) | Self::Compare(_) => {}
        }
    }

    /// Whether its answer may change with time alone.
    pub fn is_timed(&self) -> bool {
        self.any(&mut |part| matches!(part, Self::Compare(compare) if compare.is_timed()))
    }

    /// Whether `is` holds for a part of the tree; it is asked in the order of the text until it does.
    pub fn any(&self, is: &mut dyn FnMut(&Expr) -> bool) -> bool {
        is(self)
            || match self {
                Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.any(is)),
                Self::Not(part) => part.any(is),
                _ => false,
            }
    }
}
