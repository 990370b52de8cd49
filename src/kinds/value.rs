//! The compact values that rows are made of, and the text, order and number that each of them has.
//!
//! A value knows nothing of columns, colours or the object it came from.

use super::words::Word;
use crate::text::{age, quantity};
use std::cmp::Ordering;
use std::fmt::Write;
use std::net::Ipv4Addr;

/// One cell: sixteen bytes, text only where nothing smaller says the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing there. Printed as kubectl does: `<none>`.
    #[default]
    None,
    /// Nothing to say: printed as an empty cell.
    Blank,
    Word(Word),
    Int(i64),
    /// `have/want`, as in READY.
    Of(u32, u32),
    /// A moment, in seconds since the epoch; printed as its age.
    Time(i64),
    /// CPU in thousandths of a core.
    Cpu(i64),
    /// Memory or storage in bytes.
    Bytes(i64),
    Ip(Ipv4Addr),
    /// A share in percent.
    Percent(i64),
}

impl Value {
    /// Text, or [`Value::None`] when empty. An IPv4 address is kept as a number.
    pub fn text(text: &str, words: &mut super::Words) -> Self {
        if text.is_empty() {
            return Self::None;
        }
        Self::Word(words.word(text))
    }

    /// An IP address: IPv4 as a number, everything else as text.
    pub fn ip(text: &str, words: &mut super::Words) -> Self {
        text.parse().map_or_else(|_| Self::text(text, words), Self::Ip)
    }

    /// Appends the printed form. `now` is in seconds since the epoch.
    pub fn write(&self, now: i64, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::None => write!(out, "<none>"),
            Self::Blank => Ok(()),
            Self::Word(word) => write!(out, "{}", &**word),
            Self::Int(n) => write!(out, "{n}"),
            Self::Of(have, want) => write!(out, "{have}/{want}"),
            Self::Time(at) => write!(out, "{}", age::human(now - at)),
            Self::Cpu(milli) => write!(out, "{}", quantity::print_cpu(*milli)),
            Self::Bytes(bytes) => write!(out, "{}", quantity::print_bytes(*bytes)),
            Self::Ip(ip) => write!(out, "{ip}"),
            Self::Percent(n) => write!(out, "{n}"),
        };
    }

    /// The printed form, allocated.
    pub fn print(&self, now: i64) -> String {
        let mut out = String::new();
        self.write(now, &mut out);
        out
    }

    /// The number behind the value, for comparison in filters. A ratio is a fraction, a time is its age in seconds.
    pub fn number(&self, now: i64) -> Option<f64> {
        Some(match self {
            Self::Int(n) | Self::Percent(n) => *n as f64,
            Self::Of(_, 0) => 1.0,
            Self::Of(have, want) => f64::from(*have) / f64::from(*want),
            Self::Time(at) => (now - at) as f64,
            Self::Cpu(milli) => *milli as f64 / 1000.0,
            Self::Bytes(bytes) => *bytes as f64,
            Self::None | Self::Blank | Self::Word(_) | Self::Ip(_) => return None,
        })
    }

    /// Whether the column that holds such values is aligned to the right.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Cpu(_) | Self::Bytes(_) | Self::Percent(_))
    }

    /// Order by value, not by text; nothing comes last, and different kinds of values keep a fixed order.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b))
            | (Self::Cpu(a), Self::Cpu(b))
            | (Self::Bytes(a), Self::Bytes(b))
            | (Self::Percent(a), Self::Percent(b)) => a.cmp(b),
            // The later moment is the younger age, and ages are what the column shows.
            (Self::Time(a), Self::Time(b)) => b.cmp(a),
            (Self::Of(a, b), Self::Of(c, d)) => fraction(*a, *b).total_cmp(&fraction(*c, *d)).then(b.cmp(d)),
            (Self::Ip(a), Self::Ip(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Int(_) | Self::Cpu(_) | Self::Bytes(_) | Self::Percent(_) => 0,
            Self::Of(..) => 1,
            Self::Time(_) => 2,
            Self::Ip(_) => 3,
            Self::Word(_) => 4,
            Self::Blank => 5,
            Self::None => 6,
        }
    }
}

/// `0/0` is complete: nothing is wanted and nothing is missing.
fn fraction(have: u32, want: u32) -> f64 {
    if want == 0 { 1.0 } else { f64::from(have) / f64::from(want) }
}
