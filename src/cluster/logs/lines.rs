//! Bytes of a log into lines, each with its time. Pure.
//!
//! Every line begins with its time (RFC 3339, nanoseconds) and a blank, because that was asked for. One that does not is what
//! the kubelet says itself. A line longer than the store takes is cut into several with the same time.

use crate::store::log::LONGEST;
use memchr::memchr;

/// The longest time with its blank: `2026-11-21T11:55:12.123456789+00:00 `.
const STAMP: usize = 40;

/// A line of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// Nanoseconds since the epoch; none for what bears no time.
    pub at: Option<i64>,
    pub text: &'a [u8],
}

/// Splits what comes in pieces.
#[derive(Debug, Default)]
pub struct Splitter {
    rest: Vec<u8>,
    /// The time of the line whose beginning has been handed out.
    cut: Option<Option<i64>>,
}

impl Splitter {
    /// Takes bytes and hands out the lines that are whole.
    pub fn push(&mut self, chunk: &[u8], see: &mut dyn FnMut(Raw<'_>)) {
        let mut chunk = chunk;
        while let Some(end) = memchr(b'\n', chunk) {
            let (line, next) = chunk.split_at(end);
            chunk = next.get(1..).unwrap_or_default();
            if self.rest.is_empty() {
                self.whole(line, see);
            } else {
                self.rest.extend_from_slice(line);
                let line = std::mem::take(&mut self.rest);
                self.whole(&line, see);
            }
        }
        self.rest.extend_from_slice(chunk);
        if self.rest.len() > LONGEST + STAMP {
            let rest = std::mem::take(&mut self.rest);
            self.rest = self.parts(&rest, see).to_vec();
        }
    }

    /// A line that has no end (yet): what a container wrote last without a line feed.
    pub fn unfinished(&mut self, see: &mut dyn FnMut(Raw<'_>)) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.whole(&rest, see);
        }
    }

    fn whole(&mut self, line: &[u8], see: &mut dyn FnMut(Raw<'_>)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let last = self.parts(line, see);
        match self.cut.take() {
            Some(_) if last.is_empty() => {}
            Some(at) => see(Raw { at, text: last }),
            None => {
                let (at, text) = stamped(last);
                see(Raw { at, text });
            }
        }
    }

    /// Hands out the parts of a line that are too long for one, and returns what is left.
    fn parts<'a>(&mut self, line: &'a [u8], see: &mut dyn FnMut(Raw<'_>)) -> &'a [u8] {
        let mut rest = line;
        while rest.len() > LONGEST + STAMP {
            let (at, text) = match self.cut {
                Some(at) => (at, rest),
                None => stamped(rest),
            };
            let (part, next) = text.split_at(boundary(text, LONGEST));
            see(Raw { at, text: part });
            self.cut = Some(at);
            rest = next;
        }
        rest
    }
}

/// The last place not after `most` at which no character is cut.
fn boundary(text: &[u8], most: usize) -> usize {
    let inside = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (most.saturating_sub(3)..=most).rev().find(|at| !inside(at)).unwrap_or(most).min(text.len())
}

/// Takes the time off a line.
fn stamped(line: &[u8]) -> (Option<i64>, &[u8]) {
    let head = line.get(..STAMP).unwrap_or(line);
    let end = memchr(b' ', head).or_else(|| (line.len() < STAMP).then_some(line.len()));
    let stamp = end.and_then(|end| std::str::from_utf8(line.get(..end)?).ok());
    let at = stamp.and_then(|stamp| stamp.parse::<jiff::Timestamp>().ok());
    match at.and_then(|at| i64::try_from(at.as_nanosecond()).ok()) {
        Some(at) => (Some(at), line.get(end.unwrap_or(0) + 1..).unwrap_or_default()),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<(Option<i64>, String)> {
        let mut splitter = Splitter::default();
        let mut lines = Vec::new();
        let mut see = |raw: Raw<'_>| lines.push((raw.at, String::from_utf8_lossy(raw.text).into_owned()));
        chunks.iter().for_each(|chunk| splitter.push(chunk, &mut see));
        splitter.unfinished(&mut see);
        lines
    }

    #[test]
    fn lines_are_the_same_wherever_the_chunks_are_cut() {
        let text = "1970-01-01T00:00:01.000000002Z a b\n1970-01-01T00:00:02Z \nunable to retrieve\n1970-01-01T00:00:03Z é\r\nend"
            .as_bytes();
        let want = [
            (Some(1_000_000_002), "a b"),
            (Some(2_000_000_000), ""),
            (None, "unable to retrieve"),
            (Some(3_000_000_000), "é"),
            (None, "end"),
        ]
        .map(|(at, text)| (at, text.to_owned()));
        assert_eq!(split(&[text]), want);
        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(split(&[a, b]), want, "cut at {cut}");
        }
    }

    #[test]
    fn a_long_line_is_several_with_one_time_and_no_character_is_cut() {
        let long = "é".repeat(LONGEST * 2);
        let line = format!("1970-01-01T00:00:01Z {long}\n1970-01-01T00:00:02Z x\n");
        for size in [1_000, 16_384, 1 << 20] {
            let chunks: Vec<&[u8]> = line.as_bytes().chunks(size).collect();
            let lines = split(&chunks);
            assert!(lines.iter().all(|(_, text)| text.len() <= LONGEST + STAMP && !text.contains('\u{fffd}')));
            let (last, parts) = lines.split_last().unwrap();
            assert!(parts.iter().all(|(at, _)| *at == Some(1_000_000_000)));
            assert_eq!(parts.iter().map(|(_, text)| text.as_str()).collect::<String>(), long);
            assert_eq!(*last, (Some(2_000_000_000), "x".into()));
        }
    }
}
