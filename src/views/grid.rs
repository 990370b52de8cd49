//! The visible rows as text: made once a frame, only for the window on the screen.

use crate::app::msg::Now;
use crate::app::table::Table;
use crate::kinds::{From, Value};
use crate::store::rows::{Held, Slot};
use crate::text::width;

/// A cell ready to be painted.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub text: String,
    pub right: bool,
    /// Nothing there (`<none>`): painted faintly.
    pub faint: bool,
}

/// A row ready to be painted.
#[derive(Debug)]
pub struct Line<'a> {
    pub held: &'a Held,
    /// One cell for each candidate column.
    pub cells: Vec<Cell>,
    /// Characters of the name that the filter matched.
    pub matched: Vec<usize>,
}

/// The columns that may be shown now, by their place among the heads.
pub fn candidates(table: &Table) -> Vec<usize> {
    let shown = table
        .heads
        .iter()
        .enumerate()
        .filter(|(_, head)| !head.is_hidden() && (table.wide || !head.wide))
        .map(|(at, _)| at);
    let mut shown: Vec<usize> = shown.collect();
    // Scrolling takes columns away from the left, but names stay in sight.
    let fixed = |at: &usize| table.heads.get(*at).is_some_and(|h| matches!(h.from, From::Name | From::Namespace));
    for _ in 0..table.scroll {
        let Some(at) = shown.iter().position(|at| !fixed(at)).filter(|_| shown.len() > 2) else { break };
        shown.remove(at);
    }
    shown
}

/// The rows on the screen.
pub fn lines<'a>(table: &'a Table, candidates: &[usize], now: Now) -> Vec<Line<'a>> {
    let window = table.lens.order().iter().skip(table.cursor.top).take(table.cursor.height);
    window.filter_map(|slot| Some(line(table, table.rows.get(*slot)?, *slot, candidates, now))).collect()
}

fn line<'a>(table: &'a Table, held: &'a Held, slot: Slot, candidates: &[usize], now: Now) -> Line<'a> {
    let sight = table.sight(now);
    let cells = candidates.iter().filter_map(|at| table.heads.get(*at)).map(|head| {
        let mut cell = Cell::default();
        let sum = sight.sums.and_then(|sums| sums.get(&slot)).filter(|_| head.title == "COUNT");
        match sum {
            Some(sum) => cell.text = sum.to_string(),
            None => sight.write(&held.row, head.from, &mut cell.text),
        }
        if let From::Cell(index) = head.from {
            let value = held.row.cell(index);
            cell.right = value.is_number() || matches!(value, Value::Time(_));
            cell.faint = matches!(value, Value::None);
        }
        if matches!(head.from, From::Added(_)) {
            let value = sight.value(&held.row, head.from);
            (cell.right, cell.faint) = (value.is_number(), matches!(value, Value::None));
        }
        cell.right |= matches!(head.from, From::Live(_) | From::Age);
        cell
    });
    let matched = table.highlights(&held.row, now);
    Line { held, cells: cells.collect(), matched }
}

/// The width each candidate column wants: its title, or its widest visible cell. The arrow of the sort stands in the gap.
pub fn natural(table: &Table, candidates: &[usize], lines: &[Line<'_>]) -> Vec<u16> {
    let titles = candidates.iter().map(|at| table.heads.get(*at).map_or(0, |head| width::of(title(head))));
    titles
        .enumerate()
        .map(|(at, title)| {
            let cells = lines.iter().filter_map(|line| line.cells.get(at)).map(|cell| width::of(&cell.text));
            cells.max().unwrap_or(0).max(title).min(usize::from(u16::MAX)) as u16
        })
        .collect()
}

/// The title that the screen shows.
pub fn title(head: &crate::kinds::Head) -> &str {
    if head.short.is_empty() { &head.title } else { &head.short }
}
