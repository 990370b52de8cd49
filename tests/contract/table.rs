//! A table as text, kubectl's or ours, as titles and rows of cells.
//!
//! It reads kubectl's by the columns' offsets, since cells may hold blanks. It judges nothing.

use std::collections::BTreeMap;

/// Titles, and rows of as many cells.
#[derive(Debug)]
pub struct Table {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Which row of which table: `namespace/name`, or the name alone.
pub type Key = String;

impl Table {
    /// What `kubectl get -o wide` printed. Columns begin where their titles do, counted in characters, as kubectl counts
    /// (github.com/liggitt/tabwriter); titles are at least three blanks apart and hold single ones.
    pub fn from_kubectl(text: &str) -> Self {
        let mut lines = text.lines();
        let header: Vec<char> = lines.next().unwrap_or_default().chars().collect();
        let starts: Vec<usize> = (0..header.len())
            .filter(|&at| header[at] != ' ' && (at == 0 || (at > 1 && header[at - 1] == ' ' && header[at - 2] == ' ')))
            .collect();
        let cut = |line: &str| -> Vec<String> {
            let line: Vec<char> = line.chars().collect();
            let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
            let cell = |(&start, end): (&usize, usize)| {
                let end = end.min(line.len());
                let cell: String = line.get(start.min(end)..end).unwrap_or_default().iter().collect();
                cell.trim_end_matches(' ').to_owned()
            };
            starts.iter().zip(ends).map(cell).collect()
        };
        let header: String = header.into_iter().collect();
        Self { titles: cut(&header), rows: lines.map(cut).collect() }
    }

    /// What `rk9s snapshot -o csv` printed.
    pub fn from_csv(text: &str) -> Self {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut records = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
        Self { titles: records.next().unwrap_or_default(), rows: records.collect() }
    }

    /// Rows by key, each with its cells by title.
    pub fn by_key(&self) -> BTreeMap<Key, BTreeMap<&str, &str>> {
        let mut rows = BTreeMap::new();
        for row in &self.rows {
            let cells: BTreeMap<&str, &str> =
                self.titles.iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect();
            let name = cells.get("NAME").copied().unwrap_or_default();
            let key = match cells.get("NAMESPACE") {
                Some(namespace) => format!("{namespace}/{name}"),
                None => name.to_owned(),
            };
            rows.insert(key, cells);
        }
        // A resource's name is unique in its namespace, so equal keys would be rows shown twice.
        assert_eq!(rows.len(), self.rows.len(), "rows shown twice, or without a name: titles {:?}", self.titles);
        rows
    }
}

/// kubectl shows a pod's restarts and the last one's age in one cell; here they are two columns.
pub fn split_restarts(table: &mut Table) {
    let Some(at) = table.titles.iter().position(|title| title == "RESTARTS") else { return };
    table.titles.insert(at + 1, "LAST".to_owned());
    for row in &mut table.rows {
        let cell = row[at].clone();
        let (count, last) = match cell.split_once(" (") {
            Some((count, ago)) => (count, ago.trim_end_matches(')').trim_end_matches(" ago")),
            None => (cell.as_str(), ""),
        };
        row[at] = count.to_owned();
        row.insert(at + 1, last.to_owned());
    }
}

/// kubectl says behind a name that it is the default's; here that is a column, where the name is a class's.
pub fn split_default(table: &mut Table) {
    let Some(at) = table.titles.iter().position(|title| title == "NAME") else { return };
    table.titles.push("DEFAULT".to_owned());
    for row in &mut table.rows {
        let name = row[at].strip_suffix(" (default)").map(str::to_owned);
        row.push(if name.is_some() { "default".to_owned() } else { String::new() });
        row[at] = name.unwrap_or_else(|| row[at].clone());
    }
}

#[test]
fn kubectl_cells_may_hold_blanks_and_be_empty() {
    let text = "NAME   LAST SEEN   MESSAGE   COUNT\na      5s          two  b    1\nb                            2\n";
    let table = Table::from_kubectl(text);
    assert_eq!(table.titles, ["NAME", "LAST SEEN", "MESSAGE", "COUNT"]);
    assert_eq!(table.rows, [["a", "5s", "two  b", "1"], ["b", "", "", "2"]]);
}

#[test]
fn restarts_become_two_cells() {
    let mut table =
        Table::from_kubectl("NAME   RESTARTS       AGE\na      17 (2m ago)    6h\nb      0              6h\n");
    split_restarts(&mut table);
    assert_eq!(table.titles, ["NAME", "RESTARTS", "LAST", "AGE"]);
    assert_eq!(table.rows, [["a", "17", "2m", "6h"], ["b", "0", "", "6h"]]);
}
