//! What was read last, so that a resumed stream gives no line twice. Pure.
//!
//! A log is resumed by a time, which the API server cuts to whole seconds (`pkg/registry/core/pod/strategy.go`, LogLocation),
//! so lines come again. Those of the last second and the one before it are known by time and text; a runtime may write two
//! lines in another order than that of their times, but not further apart.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

const SECOND: i64 = 1_000_000_000;

/// The lines of the last seconds.
#[derive(Debug, Default)]
pub struct Seen {
    recent: VecDeque<(i64, u64)>,
    /// The time of the first line ever read: what is older was not asked for.
    first: Option<i64>,
    newest: i64,
    /// Lines that will come again, and how often.
    expected: HashMap<(i64, u64), u32>,
    hasher: RandomState,
}

impl Seen {
    /// Whether a line is new; it is remembered.
    pub fn is_new(&mut self, at: i64, text: &[u8]) -> bool {
        let first = *self.first.get_or_insert(at);
        let key = (at, self.hasher.hash_one(text));
        if let Some(times) = self.expected.get_mut(&key) {
            *times -= 1;
            if *times == 0 {
                self.expected.remove(&key);
            }
            return false;
        }
        if at < first && !self.expected.is_empty() {
            return false;
        }
        self.newest = self.newest.max(at);
        self.recent.push_back(key);
        let bound = self.bound();
        while self.recent.front().is_some_and(|(at, _)| *at < bound) {
            self.recent.pop_front();
        }
        true
    }

    /// From when to resume, in seconds since the epoch; none before the first line.
    pub fn since(&self) -> Option<i64> {
        self.first.map(|_| self.bound() / SECOND)
    }

    /// When the newest line was written.
    pub fn newest(&self) -> Option<i64> {
        self.first.map(|_| self.newest)
    }

    /// A stream begins at [`Self::since`].
    pub fn resume(&mut self) {
        self.expected.clear();
        for key in &self.recent {
            *self.expected.entry(*key).or_default() += 1;
        }
    }

    fn bound(&self) -> i64 {
        self.newest - self.newest.rem_euclid(SECOND) - SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads lines from those that are not before `since`.
    fn read(seen: &mut Seen, log: &[(i64, &str)], upto: usize) -> Vec<String> {
        let since = seen.since().map_or(i64::MIN, |since| since * SECOND);
        seen.resume();
        let asked = log.iter().take(upto).filter(|(at, _)| *at >= since);
        asked.filter(|(at, text)| seen.is_new(*at, text.as_bytes())).map(|(_, text)| (*text).to_owned()).collect()
    }

    #[test]
    fn a_log_that_is_cut_anywhere_any_number_of_times_comes_once() {
        let at = |seconds: f64| (seconds * 1e9) as i64;
        // Two that are equal, two out of order over the border of a second, and a pause.
        let log = [
            (at(10.1), "a"),
            (at(10.1), "same"),
            (at(10.1), "same"),
            (at(11.000001), "late"),
            (at(10.999999), "early"),
            (at(11.5), "b"),
            (at(90.0), "c"),
            (at(90.0), "d"),
        ];
        let want: Vec<String> = log.iter().map(|(_, text)| (*text).to_owned()).collect();
        for first in 0..=log.len() {
            for second in first..=log.len() {
                let mut seen = Seen::default();
                let mut all = Vec::new();
                for upto in [first, first, second, log.len()] {
                    all.extend(read(&mut seen, &log, upto));
                }
                assert_eq!(all, want, "cut after {first} and {second}");
            }
        }
    }

    #[test]
    fn what_was_before_the_tail_stays_out() {
        let log = [(10 * SECOND, "old"), (10 * SECOND + 5, "tail"), (10 * SECOND + 6, "next")];
        let mut seen = Seen::default();
        assert!(seen.is_new(log[1].0, b"tail"));
        assert_eq!(read(&mut seen, &log, 3), ["next"]);
    }

    #[test]
    fn only_the_last_seconds_are_remembered() {
        let mut seen = Seen::default();
        (0..1_000).for_each(|n| assert!(seen.is_new(n * SECOND / 10, b"x")));
        assert!(seen.recent.len() <= 20, "{}", seen.recent.len());
    }
}
