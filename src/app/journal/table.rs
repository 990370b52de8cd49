//! The journal as rows of an ordinary table, newest first.

use super::{DONE, Entry, is_undone};
use crate::kinds::{From, Head, Health, Row, Stays, Uid, Value, Word};

const COLUMNS: [(&str, Stays); 4] =
    [("CONTEXT", Stays::Medium), ("USER", Stays::Long), ("OBJECTS", Stays::Medium), ("OUTCOME", Stays::Always)];

/// AGE CHANGE CONTEXT USER OBJECTS OUTCOME
pub fn heads() -> Vec<Head> {
    let head = |title: &str, stays, from| Head { title: title.into(), short: String::new(), wide: false, stays, from };
    let own = [head("AGE", Stays::Always, From::Age), head("CHANGE", Stays::Always, From::Name)];
    let cells = COLUMNS.iter().enumerate().map(|(at, (title, stays))| head(title, *stays, From::Cell(at)));
    own.into_iter().chain(cells).collect()
}

/// Every entry's row.
pub fn rows(entries: &[Entry]) -> Vec<Row> {
    entries.iter().map(|entry| row(entry, is_undone(entries, entry))).collect()
}

fn row(entry: &Entry, undone: bool) -> Row {
    let text = |text: &str| if text.is_empty() { Value::Blank } else { Value::Word(Word::new(text)) };
    let outcome = entry.outcome();
    let health = match outcome.as_str() {
        _ if entry.is_unknown() => Health::Unknown,
        _ if undone => Health::Done,
        DONE => Health::Well,
        _ if !entry.ended => Health::Changing,
        _ => Health::Wrong,
    };
    let (done, all) = (entry.changed().len() as u32, entry.done.len() as u32);
    let said = if undone { "taken back" } else { outcome.as_str() };
    Row {
        uid: Uid::Text(Word::new(&entry.id)),
        namespace: Word::default(),
        name: entry.title.as_str().into(),
        created: entry.at,
        deleting: None,
        health,
        reason: (health > Health::Changing).then(|| Word::new(&outcome)),
        labels: [].into(),
        owner: None,
        link: None,
        cells: [text(&entry.context), text(&entry.user), Value::Of(done, all), text(said)].into(),
    }
}
