//! The sheet that describers write on: rows of cells, set in columns as Go's `text/tabwriter` sets them.
//!
//! A column is a run of rows that have a cell there and another one behind it; it is as wide as its widest cell, and two.

use crate::text::document::{Document, Fold, Line, Piece, Tone};
use crate::text::width;

const PADDING: usize = 2;
const INDENT: usize = 2;

/// What can stand in a cell.
pub trait Cell {
    fn piece(self) -> Piece;
}

impl Cell for Piece {
    fn piece(self) -> Piece {
        self
    }
}

impl Cell for &str {
    fn piece(self) -> Piece {
        let nothing = matches!(self, "<none>" | "<unset>" | "<unknown>" | "<default>");
        Piece::new(self, if nothing { Tone::Dim } else { Tone::Plain })
    }
}

impl Cell for String {
    fn piece(self) -> Piece {
        self.as_str().piece()
    }
}

impl Cell for i64 {
    fn piece(self) -> Piece {
        self.to_string().piece()
    }
}

struct Row {
    level: u16,
    /// How deep it is beyond its indentation.
    below: u16,
    fold: Fold,
    cells: Vec<Piece>,
}

#[derive(Default)]
pub struct Sheet {
    rows: Vec<Row>,
}

impl Sheet {
    /// A heading: `Containers:`.
    pub fn title(&mut self, level: u16, name: &str) {
        self.row(level, vec![Piece::new(format!("{name}:"), Tone::Title)]);
    }

    /// `Name:  value`.
    pub fn field(&mut self, level: u16, name: &str, value: impl Cell) {
        self.row(level, vec![Piece::new(format!("{name}:"), Tone::Key), value.piece()]);
    }

    /// A field, unless it is empty.
    pub fn field_if(&mut self, level: u16, name: &str, value: &str) {
        if !value.is_empty() {
            self.field(level, name, value);
        }
    }

    /// A field of many values: one beside its name, the others below it, `<none>` for none.
    pub fn many<T: Cell>(&mut self, level: u16, name: &str, values: impl IntoIterator<Item = T>) {
        let mut values = values.into_iter();
        match values.next() {
            Some(first) => self.field(level, name, first),
            None => self.field(level, name, "<none>"),
        }
        for value in values {
            let cells = vec![Piece::default(), value.piece()];
            self.rows.push(Row { level, below: 1, fold: Fold::Open, cells });
        }
    }

    pub fn row(&mut self, level: u16, cells: Vec<Piece>) {
        self.rows.push(Row { level, below: 0, fold: Fold::Open, cells });
    }

    /// A row under a field, in the column of its value, and deeper than it looks.
    pub fn value(&mut self, level: u16, below: u16, value: impl Cell) {
        self.rows.push(Row { level, below, fold: Fold::Open, cells: vec![Piece::default(), value.piece()] });
    }

    /// A line of its own.
    pub fn line(&mut self, level: u16, said: impl Cell) {
        self.row(level, vec![said.piece()]);
    }

    /// The first row of a table.
    pub fn heads(&mut self, level: u16, heads: &[&str]) {
        self.row(level, heads.iter().map(|head| Piece::new(*head, Tone::Key)).collect());
    }

    /// The line under the first row of a table.
    pub fn rule(&mut self, level: u16, heads: &[&str]) {
        self.row(level, heads.iter().map(|head| Piece::new("-".repeat(head.len()), Tone::Dim)).collect());
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Makes row `at` the head of those written after it: a dash stands before it, one level out.
    pub fn dash(&mut self, at: usize) {
        let Some(row) = self.rows.get_mut(at) else { return };
        row.level = row.level.saturating_sub(1);
        if let Some(name) = row.cells.first_mut() {
            name.text.insert_str(0, "- ");
        }
    }

    /// Folds what stands below the last row.
    pub fn fold(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.fold = Fold::Closed;
        }
    }

    pub fn finish(self) -> Document {
        let rows: Vec<Row> = self.rows.into_iter().flat_map(split).collect();
        let mut widths: Vec<Vec<usize>> = rows.iter().map(|_| Vec::new()).collect();
        measure(&rows, &mut widths, 0, 0..rows.len());
        Document { lines: rows.into_iter().zip(widths).map(|(row, widths)| line(row, &widths)).collect() }
    }
}

/// A row for each line of its last cell. The others are names and words, which have one.
fn split(mut row: Row) -> Vec<Row> {
    let names = row.cells.len().saturating_sub(1);
    row.cells.iter_mut().take(names).for_each(|cell| cell.text = cell.text.replace('\n', " "));
    let Some(last) = row.cells.last_mut().filter(|last| last.text.contains('\n')) else { return vec![row] };
    let said = std::mem::take(&mut last.text);
    let tone = last.tone;
    let mut parts = said.trim_end_matches('\n').split('\n');
    last.text = parts.next().unwrap_or_default().to_owned();
    let (level, below, width) = (row.level, row.below + 1, row.cells.len());
    let more = parts.map(|part| {
        let mut cells = vec![Piece::default(); width - 1];
        cells.push(Piece::new(part, tone));
        Row { level, below, fold: Fold::Open, cells }
    });
    let more: Vec<Row> = more.collect();
    std::iter::once(row).chain(more).collect()
}

/// The width of a cell as it is painted, with what indents it.
fn wide(row: &Row, column: usize) -> usize {
    let indent = if column == 0 { usize::from(row.level) * INDENT } else { 0 };
    indent + row.cells.get(column).map_or(0, |cell| width::of(&cell.text))
}

/// Gives each run of rows that go on behind `column` one width, and goes on to the columns behind it.
fn measure(rows: &[Row], widths: &mut [Vec<usize>], column: usize, within: std::ops::Range<usize>) {
    let goes_on = |at: usize| rows.get(at).is_some_and(|row| row.cells.len() > column + 1);
    let mut at = within.start;
    while at < within.end {
        if !goes_on(at) {
            at += 1;
            continue;
        }
        let end = (at..within.end).find(|row| !goes_on(*row)).unwrap_or(within.end);
        let run = rows.get(at..end).unwrap_or_default();
        let widest = run.iter().map(|row| wide(row, column)).max().unwrap_or(0) + PADDING;
        widths.iter_mut().take(end).skip(at).for_each(|widths| widths.push(widest));
        measure(rows, widths, column + 1, at..end);
        at = end;
    }
}

fn line(row: Row, widths: &[usize]) -> Line {
    let mut pieces = Vec::new();
    // Blanks wait for what stands behind them, so that no line ends in them.
    let mut blanks = usize::from(row.level) * INDENT;
    for column in 0..row.cells.len() {
        let pad = widths.get(column).map_or(0, |width| width.saturating_sub(wide(&row, column)));
        let Some(cell) = row.cells.get(column) else { break };
        if !cell.text.is_empty() {
            if blanks > 0 {
                pieces.push(Piece::new(" ".repeat(blanks), Tone::Plain));
                blanks = 0;
            }
            pieces.push(cell.clone());
        }
        blanks += pad;
    }
    Line { fold: row.fold, ..Line::new(row.level + row.below, pieces) }
}
