//! Lines as bytes: a block of them, and how they are told apart again.

/// What a block takes at most.
pub const SLOT: usize = 64 << 10;
/// The longest text of a line, in bytes: whoever reads longer ones cuts them into several.
pub const LONGEST: usize = 16 << 10;
/// What stands before each text: time, source, kind, length.
const HEAD: usize = 8 + 2 + 1 + 4;

/// What a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// What a container wrote.
    #[default]
    Text,
    /// What rk9s or its user put between.
    Mark,
}

/// A line as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// When it was written, in nanoseconds since the epoch; zero if that is not known.
    pub at: i64,
    /// Which container wrote it.
    pub source: u16,
    pub kind: Kind,
    pub text: String,
}

/// A line as it lies in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub at: i64,
    pub source: u16,
    pub kind: Kind,
    pub text: &'a str,
}

impl Line {
    pub fn record(&self) -> Record<'_> {
        Record { at: self.at, source: self.source, kind: self.kind, text: &self.text }
    }
}

/// Where a block's bytes are.
pub enum Place {
    Memory(Vec<u8>),
    Spilled { slot: u32, size: usize },
}

/// Lines one after another.
pub struct Block {
    /// The number of its first line.
    pub first: u64,
    pub count: u32,
    pub place: Place,
    /// How many of them the view shows, if that is known.
    pub fitting: Option<u32>,
}

impl Block {
    pub fn new(first: u64) -> Self {
        Self { first, count: 0, place: Place::Memory(Vec::new()), fitting: Some(0) }
    }

    /// One past its last line.
    pub fn end(&self) -> u64 {
        self.first + u64::from(self.count)
    }

    pub fn size(&self) -> usize {
        match &self.place {
            Place::Memory(bytes) => bytes.len(),
            Place::Spilled { size, .. } => *size,
        }
    }

    pub fn push(&mut self, line: &Line) {
        let Place::Memory(bytes) = &mut self.place else { return };
        let text = cut(&line.text);
        bytes.extend_from_slice(&line.at.to_le_bytes());
        bytes.extend_from_slice(&line.source.to_le_bytes());
        bytes.push(u8::from(line.kind == Kind::Mark));
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        self.count += 1;
    }
}

/// The room that a line needs.
pub fn size(line: &Line) -> usize {
    HEAD + cut(&line.text).len()
}

/// Nobody sends longer texts; if someone does, a block still has room for them.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST * 2)).unwrap_or(text)
}

/// The lines of a block.
pub fn records(bytes: &[u8]) -> Records<'_> {
    Records(bytes)
}

pub struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (at, rest) = self.0.split_first_chunk::<8>()?;
        let (source, rest) = rest.split_first_chunk::<2>()?;
        let (kind, rest) = rest.split_first()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        self.0 = rest;
        Some(Record {
            at: i64::from_le_bytes(*at),
            source: u16::from_le_bytes(*source),
            kind: if *kind == 0 { Kind::Text } else { Kind::Mark },
            text: std::str::from_utf8(text).unwrap_or_default(),
        })
    }
}
