//! `re:`: a regular expression over single cells, and a fuzzy pattern over the name. Both only wrap their library, so that
//! filters can be compared.

use crate::text::fuzzy::Fuzzy;
use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take. `\w{1000}` is refused; what people type takes a few kilobytes.
const SIZE: usize = 1 << 20;

/// A regular expression in smart case.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Pattern {
    /// The error is one line.
    pub fn new(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text)
            .case_insensitive(!has_capital(text))
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .nest_limit(50)
            .build();
        built.map(Self).map_err(|error| said(&error))
    }

    /// Whether a line of the text fits.
    pub fn is_in_cells(&self, cells: &str) -> bool {
        cells.lines().any(|cell| self.0.is_match(cell))
    }

    /// Whether the text, which is one cell, fits.
    pub fn is_in_cell(&self, cell: &str) -> bool {
        self.0.is_match(cell)
    }

    /// Adds the indices of the characters of a name that fit.
    pub fn highlight(&self, name: &str, found: &mut Vec<usize>) {
        for part in self.0.find_iter(name) {
            let start = name.get(..part.start()).unwrap_or("").chars().count();
            found.extend(start..start + part.as_str().chars().count());
        }
    }
}

/// A capital letter that means itself; `\S` and its kin do not.
fn has_capital(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            c if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}

/// The regex crate draws a picture of several lines; its last line is what a person needs.
fn said(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it would take too much memory".into(),
        error => {
            let text = error.to_string();
            let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            last.trim().trim_start_matches("error: ").to_owned()
        }
    }
}

/// Letters in their order, looked for in the name.
#[derive(Debug)]
pub struct Letters(pub Fuzzy);

impl PartialEq for Letters {
    fn eq(&self, other: &Self) -> bool {
        self.0.pattern() == other.0.pattern()
    }
}

impl Letters {
    /// Whether all that fits these letters fits the others: they are among these, in order.
    pub fn narrow(&self, other: &Self) -> bool {
        let (own, other) = (self.0.pattern(), other.0.pattern());
        let case_counts = other.bytes().any(|byte| byte.is_ascii_uppercase());
        let same = |a: char, b: char| if case_counts { a == b } else { a.eq_ignore_ascii_case(&b) };
        let mut own = own.chars();
        other.chars().all(|wanted| own.any(|c| same(c, wanted)))
    }
}
