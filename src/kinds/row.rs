//! A row: all that the program keeps of an API object.
//!
//! Rows are made at the edge, in the watch task, and hold compact values only; text is made when a row is painted, sorted
//! or filtered. A row never holds a Secret's values, and nothing in it refers back to the object.

use super::value::Value;
use super::words::{Labels, Word};
use std::sync::Arc;

/// What identifies a row within a session: the object's uid, else a text of our own (`uid/container`, `namespace/name`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Uid {
    /// A canonical (lower-case, hyphenated) UUID, as every API server gives.
    Uuid([u8; 16]),
    Text(Word),
}

impl Uid {
    /// Reads a uid; anything but a canonical UUID is kept as text, so that it is sent back exactly as it came.
    pub fn parse(text: &str) -> Self {
        parse_uuid(text).map_or_else(|| Self::Text(Word::new(text)), Self::Uuid)
    }
}

impl std::fmt::Display for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = match self {
            Self::Text(text) => return f.write_str(text),
            Self::Uuid(bytes) => bytes,
        };
        for (i, byte) in bytes.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0u8; 16];
    let mut digits = 0usize;
    for (i, c) in text.bytes().enumerate() {
        if matches!(i, 8 | 13 | 18 | 23) {
            if c != b'-' {
                return None;
            }
            continue;
        }
        let nibble = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => return None,
        };
        let byte = bytes.get_mut(digits / 2)?;
        *byte = (*byte << 4) | nibble;
        digits += 1;
    }
    (digits == 32).then_some(bytes)
}

/// How an object is. Each has a mark and a tone on the screen, never colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    /// As it should be, or nothing known against it. No mark.
    #[default]
    Well,
    /// Finished as intended (a completed pod): shown dimmed, not counted as a fault.
    Done,
    /// On its way somewhere: starting, rolling out, being deleted. `~`
    Changing,
    /// Cannot be told (an Unknown phase, a silent node). `?`
    Unknown,
    /// Someone should look. `!`
    Wrong,
}

impl Health {
    /// The mark in front of the row.
    pub fn mark(self) -> char {
        match self {
            Self::Well | Self::Done => ' ',
            Self::Changing => '~',
            Self::Unknown => '?',
            Self::Wrong => '!',
        }
    }

    /// Whether faults-only (`^Z`) shows it.
    pub fn is_fault(self) -> bool {
        matches!(self, Self::Wrong | Self::Unknown)
    }
}

/// The controller that made an object (its `controller: true` owner reference, else the first one).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    pub api_version: Word,
    pub kind: Word,
    pub name: Word,
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub uid: Uid,
    /// Empty for kinds that are not namespaced.
    pub namespace: Word,
    pub name: Box<str>,
    /// Seconds since the epoch; 0 when unknown.
    pub created: i64,
    /// When deletion was asked for, in seconds since the epoch.
    pub deleting: Option<i64>,
    pub health: Health,
    /// One sentence on what is wrong, without ages (they are added when painted).
    pub reason: Option<Word>,
    pub labels: Arc<Labels>,
    pub owner: Option<Arc<Owner>>,
    /// What Enter needs, as the kind's [`super::Lead`] says: a label selector, a node's name, an object's `kind/name`.
    pub link: Option<Word>,
    /// One value per cell column of the kind, in its order.
    pub cells: Box<[Value]>,
}

impl Row {
    /// The value in cell `index`; [`Value::None`] when the row has fewer.
    pub fn cell(&self, index: usize) -> &Value {
        self.cells.get(index).unwrap_or(&Value::None)
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_comes_back_as_it_was() {
        for text in ["6f1ed002-ab5a-4c1c-9f0b-0242ac120002", "6F1ED002-AB5A-4C1C-9F0B-0242AC120002", "shop/orders", ""]
        {
            assert_eq!(Uid::parse(text).to_string(), text);
        }
        assert!(matches!(Uid::parse("6f1ed002-ab5a-4c1c-9f0b-0242ac120002"), Uid::Uuid(_)));
    }

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Value>() <= 16, "a value is two words");
        assert!(size_of::<Row>() <= 168, "{}", size_of::<Row>());
    }
}
