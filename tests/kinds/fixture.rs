//! Fixtures of a kind: its objects in both encodings, what Kubernetes' printers made of them, and our rows in a line each.

use prost::Message;
use prost::bytes::Bytes;
use rk9s::kinds::{From, Head, Item, Kind, Row, Value, Words};
use serde::Deserialize;
use serde_json::Value as Json;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// When the lines are printed, in seconds since the epoch: noon of 2026-01-02, which the fixtures' times lie before.
const NOW: i64 = 1_767_355_200;

pub struct Fixture {
    pub kind: &'static dyn Kind,
    pub objects: Vec<Json>,
    heads: Vec<Head>,
}

/// The server-side table, ages being the word `age`.
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Fixture {
    pub fn of(kind: &'static dyn Kind) -> Self {
        #[derive(Deserialize)]
        struct List {
            items: Vec<Json>,
        }
        let text = fs::read_to_string(path(kind.source().plural, "json")).unwrap();
        let list: List = serde_json::from_str(&text).unwrap();
        Self { kind, objects: list.items, heads: kind.heads() }
    }

    /// The file beside the objects.
    pub fn path(&self, extension: &str) -> PathBuf {
        path(self.kind.names().plural, extension)
    }

    /// The objects as Kubernetes encodes them.
    pub fn messages(&self) -> Vec<Bytes> {
        #[derive(Clone, PartialEq, Message)]
        struct List {
            #[prost(bytes = "bytes", repeated, tag = "2")]
            items: Vec<Bytes>,
        }
        List::decode(&*fs::read(path(self.kind.source().plural, "pb")).unwrap()).unwrap().items
    }

    pub fn rows(&self, object: &Json) -> Vec<Row> {
        rows(self.kind, Item::Json(object.to_string().into())).unwrap()
    }

    /// What kubectl prints, RESTARTS as our two columns.
    pub fn kubectl(&self) -> Table {
        #[derive(Deserialize)]
        struct Recorded {
            columns: Vec<String>,
            rows: Vec<Vec<Json>>,
        }
        let text = fs::read_to_string(self.path("kubectl.json")).unwrap();
        let recorded: Recorded = serde_json::from_str(&text).unwrap();
        let print = |cell: Json| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
        let mut table = Table {
            columns: recorded.columns,
            rows: recorded.rows.into_iter().map(|row| row.into_iter().map(print).collect()).collect(),
        };
        if let Some(at) = table.columns.iter().position(|title| title == "RESTARTS") {
            table.columns.insert(at + 1, "LAST".into());
            for row in &mut table.rows {
                let (count, last) =
                    row[at].split_once(" (age ago)").map_or((row[at].as_str(), ""), |(n, _)| (n, "age"));
                let (count, last) = (count.to_owned(), last.to_owned());
                row[at] = count;
                row.insert(at + 1, last);
            }
        }
        table
    }

    /// Our cell under kubectl's title, an age being the word `age`.
    pub fn timeless(&self, row: &Row, title: &str) -> String {
        let Some(head) = self.heads.iter().find(|head| head.title == title) else { return "no such column".into() };
        match head.from {
            From::Name => row.name.to_string(),
            From::Age => "age".into(),
            From::Cell(at) if matches!(row.cell(at), Value::Time(_)) => "age".into(),
            From::Cell(at) => row.cell(at).print(NOW),
            from => panic!("{title} is kubectl's and comes from {from:?}"),
        }
    }
}

fn path(plural: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/kinds/{plural}.{extension}"))
}

pub fn rows(kind: &dyn Kind, item: Item) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    kind.rows(&item, &mut Words::default(), &mut rows)?;
    Ok(rows)
}

/// A row in one line: mark, name, its cells under their titles, and whatever else it holds.
pub fn line(kind: &dyn Kind, row: &Row) -> String {
    let mut line = format!("{} {:?}", row.health.mark(), row.health);
    for head in kind.heads() {
        // Writing to a String cannot fail.
        let _ = match head.from {
            From::Name => write!(line, " | {}", row.name.escape_debug()),
            From::Cell(at) => write!(line, " | {}={}", head.title, row.cell(at).print(NOW).escape_debug()),
            From::Age | From::Namespace | From::Live(_) | From::Added(_) => Ok(()),
        };
    }
    let mut say = |what: &str, text: Option<&str>| {
        if let Some(text) = text {
            let _ = write!(line, " | {what}: {}", text.escape_debug());
        }
    };
    say("reason", row.reason.as_deref());
    say("link", row.link.as_deref());
    let owner = row.owner.as_ref().map(|owner| format!("{} {}/{}", &*owner.api_version, &*owner.kind, &*owner.name));
    say("owner", owner.as_deref());
    line.push('\n');
    line
}
