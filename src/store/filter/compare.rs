//! `column=value`, `label!=value`, `column>number`: a comparison with one field of a row.
//!
//! What is typed is read as everything it could be (text, number or quantity, age, ratio) when the filter is made; which
//! of them counts is decided by what the row has.

use super::needle::{Anchors, Needle};
use super::{Field, Subject};
use crate::text::{age, quantity};
use std::cmp::Ordering;

/// What kubectl prints for nothing.
const NONE: &str = "<none>";

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Is,
    IsNot,
    Contains,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Op {
    /// Longer signs first, as `<=` begins with `<`.
    pub const SIGNS: [(&str, Op); 8] = [
        ("!=", Op::IsNot),
        ("==", Op::Is),
        ("<=", Op::AtMost),
        (">=", Op::AtLeast),
        ("=", Op::Is),
        ("<", Op::Less),
        (">", Op::More),
        ("~", Op::Contains),
    ];

    /// Whether it compares by size.
    pub fn is_order(self) -> bool {
        matches!(self, Op::Less | Op::AtMost | Op::More | Op::AtLeast)
    }
}

/// Where the value of a row comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A title as the table spells it.
    Column(String),
    Label(String),
}

/// What was typed behind the sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// The whole cell for `=`, a part of it for `~`.
    needle: Needle,
    pub number: Option<f64>,
    pub seconds: Option<i64>,
    pub ratio: Option<(i64, i64)>,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    pub source: Source,
    pub op: Op,
    pub operand: Operand,
}

impl Operand {
    pub fn new(text: &str, op: Op) -> Self {
        let whole = op != Op::Contains;
        Self {
            needle: Needle::new(text, Anchors { start: whole, end: whole }),
            number: quantity::number(text.strip_suffix('%').unwrap_or(text)),
            seconds: age::parse_age(text),
            ratio: ratio(text),
        }
    }

    /// Whether it has a size.
    pub fn has_size(&self) -> bool {
        self.number.is_some() || self.seconds.is_some() || self.ratio.is_some()
    }

    fn as_number(&self) -> Option<f64> {
        self.number.or(self.ratio.map(fraction))
    }

    fn is_nothing(&self) -> bool {
        matches!(self.needle.text(), "" | NONE)
    }
}

/// `have/want`, both whole numbers.
fn ratio(text: &str) -> Option<(i64, i64)> {
    let (have, want) = text.split_once('/')?;
    Some((have.parse().ok()?, want.parse().ok()?))
}

/// Nothing of nothing is all of it: a deployment scaled to 0 is ready.
fn fraction((have, want): (i64, i64)) -> f64 {
    if want == 0 { 1.0 } else { have as f64 / want as f64 }
}

impl Compare {
    pub fn fits(&self, subject: &dyn Subject) -> bool {
        let field = match &self.source {
            Source::Column(title) => subject.field(title).unwrap_or(Field::Missing),
            Source::Label(key) => match subject.label(key) {
                Some(value) => Field::Text(value.into()),
                None => return self.op == Op::IsNot,
            },
        };
        let ordering = || order(&field, &self.operand);
        match self.op {
            Op::Is => is(&field, &self.operand),
            Op::IsNot => !is(&field, &self.operand),
            Op::Contains => self.operand.needle.is_in_cell(&printed(&field)),
            Op::Less => ordering().is_some_and(Ordering::is_lt),
            Op::AtMost => ordering().is_some_and(Ordering::is_le),
            Op::More => ordering().is_some_and(Ordering::is_gt),
            Op::AtLeast => ordering().is_some_and(Ordering::is_ge),
        }
    }

    /// Whether its answer may change with time alone.
    pub fn is_timed(&self) -> bool {
        self.op.is_order() || self.operand.seconds.is_some()
    }

    /// The key, if it compares a label.
    pub fn label_key(&self) -> Option<&str> {
        match &self.source {
            Source::Label(key) => Some(key),
            Source::Column(_) => None,
        }
    }
}

fn is(field: &Field<'_>, operand: &Operand) -> bool {
    match field {
        Field::Text(text) => operand.needle.is_in_cell(text),
        Field::Number(n) => operand.as_number().is_some_and(|wanted| same(*n, wanted)),
        Field::Ratio(have, want) => match (operand.ratio, operand.number) {
            (Some(ratio), _) => ratio == (*have, *want),
            (None, Some(number)) => same(fraction((*have, *want)), number),
            (None, None) => false,
        },
        Field::Seconds(seconds) => {
            let shown = age::human(*seconds).to_string();
            operand.needle.is_in_cell(&shown)
                || operand.seconds.is_some_and(|wanted| age::human(wanted).to_string() == shown)
        }
        Field::Missing => operand.is_nothing(),
    }
}

/// Equal but for what floating point loses.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs())
}

/// The order of the row's value and the typed one; `None` if they have no size in common.
fn order(field: &Field<'_>, operand: &Operand) -> Option<Ordering> {
    match field {
        Field::Number(n) => n.partial_cmp(&operand.as_number()?),
        Field::Ratio(have, want) => fraction((*have, *want)).partial_cmp(&operand.as_number()?),
        Field::Seconds(seconds) => match operand.seconds {
            Some(wanted) => Some(seconds.cmp(&wanted)),
            None => (*seconds as f64).partial_cmp(&operand.number?),
        },
        Field::Text(text) => order_of_text(text, operand),
        Field::Missing => None,
    }
}

/// Cells of server-side tables are text. Both sides are numbers or ratios, else both are ages.
fn order_of_text(text: &str, operand: &Operand) -> Option<Ordering> {
    let number = quantity::number(text.strip_suffix('%').unwrap_or(text)).or_else(|| ratio(text).map(fraction));
    if let (Some(number), Some(wanted)) = (number, operand.as_number()) {
        return number.partial_cmp(&wanted);
    }
    Some(age::parse_age(text)?.cmp(&operand.seconds?))
}

fn printed<'a>(field: &'a Field<'_>) -> std::borrow::Cow<'a, str> {
    match field {
        Field::Text(text) => text.as_ref().into(),
        Field::Number(n) => n.to_string().into(),
        Field::Ratio(have, want) => format!("{have}/{want}").into(),
        Field::Seconds(seconds) => age::human(*seconds).to_string().into(),
        Field::Missing => NONE.into(),
    }
}
