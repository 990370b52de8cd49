//! Which rows a table shows: what its filter and faults-only make of a row. It keeps nothing.

use crate::kinds::{Row, Value};
use crate::store::filter::{Field, Filter, Scratch, Subject};
use crate::store::sight::Sight;
use std::cell::RefCell;

/// By what rows are judged.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub filter: Option<&'a Filter>,
    pub faults_only: bool,
    /// Whether wide columns are on the screen: only visible text is searched.
    pub wide: bool,
}

/// The rules with what it takes to judge rows by them.
pub struct Judge<'a> {
    pub rules: Rules<'a>,
    pub sight: Sight<'a>,
    scratch: RefCell<Scratch>,
}

impl<'a> Judge<'a> {
    pub fn new(rules: Rules<'a>, sight: Sight<'a>) -> Self {
        Self { rules, sight, scratch: RefCell::default() }
    }

    /// Whether there is anything to judge by.
    pub fn is_strict(&self) -> bool {
        self.rules.filter.is_some() || self.rules.faults_only
    }

    pub fn shows(&self, row: &Row) -> bool {
        if self.rules.faults_only && !row.health.is_fault() {
            return false;
        }
        let Some(filter) = self.rules.filter else { return true };
        let subject = Filtered { row, sight: &self.sight, wide: self.rules.wide };
        match self.scratch.try_borrow_mut() {
            Ok(mut scratch) => filter.matches_with(&subject, &mut scratch),
            Err(_) => filter.matches(&subject),
        }
    }

    /// The characters of the row's name that the filter matched.
    pub fn highlights(&self, row: &Row) -> Vec<usize> {
        let subject = Filtered { row, sight: &self.sight, wide: self.rules.wide };
        self.rules.filter.map(|filter| filter.highlights(&subject)).unwrap_or_default()
    }
}

/// A row as the filter reads it.
struct Filtered<'a> {
    row: &'a Row,
    sight: &'a Sight<'a>,
    wide: bool,
}

impl Subject for Filtered<'_> {
    fn name(&self) -> &str {
        &self.row.name
    }
    fn visible_text(&self, out: &mut String) {
        for head in self.sight.heads.iter().filter(|head| !head.is_hidden() && (self.wide || !head.wide)) {
            self.sight.write(self.row, head.from, out);
            out.push('\n');
        }
    }
    fn field(&self, column: &str) -> Option<Field<'_>> {
        let head = self.sight.head(column)?;
        let value = self.sight.value(self.row, head.from);
        match value {
            Value::Time(at) => return Some(Field::Seconds(self.sight.now - at)),
            Value::Of(have, want) => return Some(Field::Ratio(have.into(), want.into())),
            Value::None | Value::Blank => return Some(Field::Missing),
            _ => {}
        }
        if let Some(n) = value.number(self.sight.now) {
            return Some(Field::Number(n));
        }
        let mut text = String::new();
        self.sight.write(self.row, head.from, &mut text);
        Some(Field::Text(text.into()))
    }
    fn label(&self, key: &str) -> Option<&str> {
        self.row.label(key)
    }
}
