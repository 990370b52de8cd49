//! The log as its readers see it: every line once, in order, whatever is in memory, spilled or dropped.

use super::*;
use std::collections::HashMap;

#[derive(Default)]
struct Map(HashMap<u32, Vec<u8>>, Option<usize>);

impl Spill for Map {
    fn write(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
        if self.1.is_some_and(|most| self.0.len() >= most && !self.0.contains_key(&slot)) {
            return Err("no space left on device".into());
        }
        self.0.insert(slot, bytes.to_vec());
        Ok(())
    }
    fn read(&mut self, slot: u32, len: usize) -> Result<Vec<u8>, String> {
        let bytes = self.0.get(&slot).ok_or("no such slot")?;
        assert_eq!(bytes.len(), len);
        Ok(bytes.clone())
    }
}

fn line(text: impl Into<String>) -> Line {
    Line { at: 1, source: 0, kind: Kind::Text, text: text.into() }
}

fn filled(lines: usize, bytes: u64) -> Log {
    filled_in(Map::default(), lines, bytes)
}

fn filled_in(map: Map, lines: usize, bytes: u64) -> Log {
    let mut log = Log::new(Box::new(map), bytes);
    (0..lines)
        .for_each(|n| log.push(&line(format!("line {n} of a log that is long enough to fill blocks {:>60}", n % 7))));
    log
}

fn numbers(window: &Window) -> Vec<u64> {
    window.lines.iter().map(|line| line.number).collect()
}

fn sieve(text: &str) -> Option<Sieve> {
    Sieve::read(text).unwrap()
}

#[test]
fn every_line_comes_back_from_memory_and_spill() {
    let mut log = filled(100_000, 1 << 30);
    assert!(log.resident <= MEMORY && log.blocks.len() > 3 * MEMORY);
    let mut next = 0;
    log.each(0, &mut |record| {
        assert!(record.text.starts_with(&format!("line {next} ")), "{}", record.text);
        next += 1;
    });
    assert_eq!(next, 100_000);
    let window = log.window(Look { at: At::Line(50_000), before: 3, after: 4 });
    assert_eq!(numbers(&window), [49_997, 49_998, 49_999, 50_000, 50_001, 50_002, 50_003]);
    assert!(!window.starts && !window.ends);
}

#[test]
fn windows_end_where_the_log_does() {
    let mut log = filled(2_000, 1 << 20);
    let end = log.window(Look { at: At::End, before: 2, after: 1 });
    assert_eq!(numbers(&end), [1_997, 1_998, 1_999]);
    assert!(end.ends && !end.starts);
    let start = log.window(Look { at: At::Start, before: 0, after: 2 });
    assert_eq!(numbers(&start), [0, 1]);
    assert!(start.starts && !start.ends);
    let all = log.window(Look { at: At::Line(1_000), before: 5_000, after: 5_000 });
    assert!(all.lines.len() == 2_000 && all.starts && all.ends);
}

#[test]
fn a_full_spill_drops_the_oldest_and_counts_them() {
    let mut log = filled(200_000, 20 * SLOT as u64);
    let totals = log.totals();
    assert!(log.blocks.len() <= MEMORY + 20, "{} blocks", log.blocks.len());
    assert_eq!(totals.first, totals.dropped);
    assert_eq!(totals.next, 200_000);
    let mut next = totals.first;
    log.each(0, &mut |record| {
        assert!(record.text.starts_with(&format!("line {next} ")));
        next += 1;
    });
    assert_eq!(next, 200_000);
}

#[test]
fn without_a_spill_memory_is_all_there_is() {
    let log = filled(200_000, 0);
    assert!(log.blocks.len() == MEMORY && log.totals().dropped > 0);
}

#[test]
fn a_disk_that_is_full_is_told_and_the_newest_stay() {
    let mut log = filled_in(Map(HashMap::new(), Some(5)), 200_000, 1 << 30);
    assert_eq!(log.totals().trouble.as_deref(), Some("no space left on device"));
    assert!(log.blocks.len() <= MEMORY + 5);
    let (mut count, mut last) = (0, String::new());
    log.each(0, &mut |record| {
        count += 1;
        last = record.text.to_owned();
    });
    assert_eq!(count + log.totals().dropped, 200_000);
    assert!(last.starts_with("line 199999 "));
}

#[test]
fn a_view_shows_what_fits_before_and_after_it_was_set() {
    let mut log = filled(50_000, 1 << 30);
    log.set_view(View { sieve: sieve("line 4999"), ..View::default() });
    let seen = log.window(Look { at: At::End, before: 100, after: 0 });
    assert_eq!(seen.lines.len(), 11 - usize::from(!seen.lines.iter().any(|line| line.number == 4_999)));
    while log.sift(8) {}
    assert_eq!((log.totals().fitting, log.totals().sifted), (11, true));
    log.push(&line("line 4999 again"));
    log.push(&line("another"));
    assert_eq!((log.totals().fitting, log.totals().sifted), (12, true));
    log.push(&Line { kind: Kind::Mark, ..line("restarted") });
    let seen = log.window(Look { at: At::End, before: 2, after: 0 });
    assert_eq!(numbers(&seen), [50_000, 50_002], "marks are always shown");
    log.set_view(View { only: Some(1), ..View::default() });
    assert!(log.window(Look { at: At::End, before: 2, after: 0 }).lines.is_empty());
}

#[test]
fn searching_goes_both_ways_through_the_spill() {
    let mut log = filled(100_000, 1 << 30);
    let sieve = sieve("line 70").unwrap();
    let seek = |log: &mut Log, mut from, way| {
        loop {
            match log.seek(from, way, &sieve) {
                Seek::Found(number) => return Some(number),
                Seek::Nowhere => return None,
                Seek::Resume(at) => from = at,
            }
        }
    };
    assert_eq!(seek(&mut log, 10, Way::Down), Some(70));
    assert_eq!(seek(&mut log, 70, Way::Down), Some(700));
    assert_eq!(seek(&mut log, 99_999, Way::Up), Some(70_999));
    assert_eq!(seek(&mut log, 700, Way::Up), Some(70));
    assert_eq!(seek(&mut log, 70, Way::Up), None);
    assert_eq!(seek(&mut log, 70_999, Way::Down), None);
}
