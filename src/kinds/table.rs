//! Kinds without a file of their own: columns, cells and health as the server-side Table gives them.
//!
//! Titles and cells are what `kubectl get -o wide` prints (cli-runtime's printers/tableprinter.go). Ages are made here from
//! the creation time; other ages are texts of the server's and grow old ([`Columns::grow_old`]). Reading Tables off the wire is not done here.

use super::column::{From, Head, Stays};
use super::lean::{Meta, null};
use super::resource::{self, Judgement};
use super::row::{Health, Row};
use super::value::Value;
use super::words::Words;
use serde::Deserialize;

/// metav1.TableColumnDefinition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Definition {
    #[serde(deserialize_with = "null")]
    pub name: String,
    /// An OpenAPI type: `string`, `integer`, `number`, `boolean`, `date`.
    #[serde(rename = "type", deserialize_with = "null")]
    pub kind: String,
    /// 0 is always shown; higher ones only in wide tables.
    #[serde(deserialize_with = "null")]
    pub priority: i64,
}

/// What a cell of the Table becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Name,
    Age,
    Cell(Sense),
}

/// What a cell says of the object's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Nothing,
    /// `n/m`, True or False.
    Condition,
    /// A word for where the object stands.
    Phase,
    Desired,
    Ready,
}

/// The columns of one Table.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    heads: Vec<Head>,
    uses: Vec<Use>,
    grow_old: bool,
}

/// Columns of Kubernetes' own kinds whose texts are ages though their type does not say so (printers.go: cronjobs, jobs).
const AGES: [&str; 2] = ["LAST SCHEDULE", "DURATION"];

impl Columns {
    pub fn new(definitions: &[Definition]) -> Self {
        let mut columns = Self { heads: Vec::new(), uses: Vec::new(), grow_old: false };
        let counts = definitions.iter().any(|d| d.name.eq_ignore_ascii_case("desired") && d.kind == "integer");
        let mut cells = 0usize..;
        for definition in definitions {
            let title = definition.name.to_uppercase();
            let (from, used) = match (title.as_str(), definition.kind.as_str()) {
                ("NAME", _) => (From::Name, Use::Name),
                ("AGE", "string" | "date") => (From::Age, Use::Age),
                _ => (From::Cell(cells.next().unwrap_or_default()), Use::Cell(sense(&title, &definition.kind, counts))),
            };
            let is_cell = matches!(from, From::Cell(_));
            columns.grow_old |= is_cell && (definition.kind == "date" || AGES.contains(&title.as_str()));
            let stays = match from {
                From::Name => Stays::Always,
                From::Age => Stays::Long,
                _ if definition.priority > 0 => Stays::Short,
                _ => Stays::Medium,
            };
            columns.heads.push(Head { title, short: String::new(), wide: definition.priority > 0, stays, from });
            columns.uses.push(used);
        }
        columns
    }

    /// For servers that know no Tables: what every object has.
    pub fn plain() -> Self {
        let definition = |name: &str| Definition { name: name.into(), kind: "string".into(), priority: 0 };
        Self::new(&[definition("Name"), definition("Age")])
    }

    /// Adds a column that the server does not give; its value is the last argument of [`Columns::row`].
    pub fn and(mut self, title: &str, stays: Stays) -> Self {
        let cells = self.uses.iter().filter(|used| matches!(used, Use::Cell(_))).count();
        self.heads.push(Head {
            title: title.into(),
            short: String::new(),
            wide: false,
            stays,
            from: From::Cell(cells),
        });
        self
    }

    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// Whether some cells are ages that only the server can tell anew.
    pub fn grow_old(&self) -> bool {
        self.grow_old
    }

    /// Whether any column says how the objects are.
    pub fn know_health(&self) -> bool {
        self.uses.iter().any(|used| !matches!(used, Use::Name | Use::Age | Use::Cell(Sense::Nothing)))
    }

    /// A row from its cells. Where the server sent no metadata, the name is that of its cell.
    pub fn row(&self, cells: &[serde_json::Value], meta: Option<&Meta>, own: Option<Value>, words: &mut Words) -> Row {
        let mut values = Vec::with_capacity(cells.len() + 1);
        let mut judging = Judging::default();
        let mut name = "";
        for (used, cell) in self.uses.iter().zip(cells) {
            match used {
                Use::Age => {}
                Use::Name => name = cell.as_str().unwrap_or_default(),
                Use::Cell(sense) => {
                    let value = value(cell, words);
                    judging.see(*sense, &value);
                    values.push(value);
                }
            }
        }
        values.extend(own);
        let judgement = judging.judgement();
        match meta {
            Some(meta) => resource::row(meta, judgement, values.into(), words),
            None => resource::row(&Meta { name: name.into(), ..Meta::default() }, judgement, values.into(), words),
        }
    }
}

fn sense(title: &str, kind: &str, counts: bool) -> Sense {
    match title {
        "DESIRED" if counts => Sense::Desired,
        "READY" if counts && kind == "integer" => Sense::Ready,
        "READY" | "SYNCED" | "AVAILABLE" if kind != "integer" => Sense::Condition,
        "STATUS" | "PHASE" | "STATE" | "HEALTH" | "HEALTH STATUS" => Sense::Phase,
        _ => Sense::Nothing,
    }
}

/// A cell as kubectl prints it: nothing for null, only the first line of a text.
fn value(cell: &serde_json::Value, words: &mut Words) -> Value {
    match cell {
        serde_json::Value::Null => Value::Blank,
        serde_json::Value::String(text) => text_value(text, words),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::text(&number.to_string(), words), Value::Int)
        }
        other => Value::text(&other.to_string(), words),
    }
}

fn text_value(text: &str, words: &mut Words) -> Value {
    if let Some((line, _)) = text.split_once(['\n', '\r', '\u{c}']) {
        return Value::text(&format!("{line}..."), words);
    }
    match text {
        "" => Value::Blank,
        "<none>" => Value::None,
        _ => ratio(text).map_or_else(|| Value::text(text, words), |(have, want)| Value::Of(have, want)),
    }
}

/// `n/m`, if it prints again as exactly that.
fn ratio(text: &str) -> Option<(u32, u32)> {
    let plain = |part: &str| part == "0" || (!part.starts_with(['0', '+']) && !part.is_empty());
    let (have, want) = text.split_once('/')?;
    if !plain(have) || !plain(want) {
        return None;
    }
    Some((have.parse().ok()?, want.parse().ok()?))
}

/// The worst that the cells say, and in which words.
#[derive(Default)]
struct Judging {
    health: Health,
    said: Option<String>,
    desired: Option<i64>,
    ready: Option<i64>,
}

impl Judging {
    fn see(&mut self, sense: Sense, value: &Value) {
        match (sense, value) {
            (Sense::Condition, Value::Of(have, want)) if have < want => {
                self.worse(Health::Wrong, &format!("{have} of {want} ready"));
            }
            (Sense::Condition, Value::Word(word)) if word.eq_ignore_ascii_case("false") => {
                self.worse(Health::Wrong, "not ready");
            }
            (Sense::Condition, Value::Word(word)) if word.eq_ignore_ascii_case("unknown") => {
                self.worse(Health::Unknown, "");
            }
            (Sense::Phase, Value::Word(word)) => {
                for part in word.split(',') {
                    self.worse(phase(part), part);
                }
            }
            (Sense::Desired, Value::Int(n)) => self.desired = Some(*n),
            (Sense::Ready, Value::Int(n)) => self.ready = Some(*n),
            _ => {}
        }
    }

    fn worse(&mut self, health: Health, said: &str) {
        if health > self.health {
            self.health = health;
            self.said = Some(said.to_owned());
        }
    }

    fn judgement(mut self) -> Judgement {
        if let (Some(desired), Some(ready)) = (self.desired, self.ready)
            && ready < desired
        {
            self.worse(Health::Wrong, &format!("{ready} of {desired} ready"));
        }
        let told = matches!(self.health, Health::Wrong | Health::Unknown);
        Judgement::of(self.health, self.said.as_deref().filter(|_| told).unwrap_or_default())
    }
}

/// Words that the API's own kinds and common operators use for where an object stands. Others say nothing.
fn phase(word: &str) -> Health {
    match word {
        "Failed" | "Error" | "Degraded" | "Lost" | "Unhealthy" | "Stalled" | "Invalid" | "Rejected" | "Denied"
        | "Missing" | "NotReady" | "Expired" | "CrashLoopBackOff" | "ImagePullBackOff" | "ErrImagePull" => {
            Health::Wrong
        }
        "Unknown" => Health::Unknown,
        "Pending" | "Creating" | "Provisioning" | "Progressing" | "Terminating" | "Deleting" | "Updating"
        | "Upgrading" | "Waiting" | "InProgress" | "Initializing" | "Reconciling" | "Scheduling" | "Suspended" => {
            Health::Changing
        }
        "Complete" | "Completed" | "Succeeded" => Health::Done,
        _ => Health::Well,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns(names: &[(&str, &str, i64)]) -> Columns {
        let definition = |(name, kind, priority): &(&str, &str, i64)| Definition {
            name: (*name).into(),
            kind: (*kind).into(),
            priority: *priority,
        };
        Columns::new(&names.iter().map(definition).collect::<Vec<_>>())
    }

    fn row(columns: &Columns, cells: serde_json::Value) -> Row {
        columns.row(cells.as_array().unwrap(), None, None, &mut Words::default())
    }

    #[test]
    fn columns_are_titled_and_placed_as_kubectl_does() {
        let of = columns(&[
            ("Name", "string", 0),
            ("Up-to-date", "string", 0),
            ("Age", "date", 0),
            ("Node Selector", "string", 1),
        ]);
        let heads: Vec<_> = of.heads().iter().map(|head| (head.title.as_str(), head.from, head.wide)).collect();
        let want = [
            ("NAME", From::Name, false),
            ("UP-TO-DATE", From::Cell(0), false),
            ("AGE", From::Age, false),
            ("NODE SELECTOR", From::Cell(1), true),
        ];
        assert_eq!(heads, want);
        assert!(!of.grow_old(), "AGE is made here");
        assert!(columns(&[("Last Schedule", "string", 0)]).grow_old() && columns(&[("Renewed", "date", 0)]).grow_old());
    }

    #[test]
    fn cells_print_as_the_server_sent_them() {
        let of = columns(&[
            ("Name", "string", 0),
            ("a", "", 0),
            ("b", "", 0),
            ("c", "", 0),
            ("d", "", 0),
            ("e", "", 0),
            ("f", "", 0),
        ]);
        let row = row(&of, json!(["x", 3, "01/2", "1/2", null, "two\nlines", true]));
        assert_eq!(&*row.name, "x");
        let printed: Vec<_> = row.cells.iter().map(|value| value.print(0)).collect();
        assert_eq!(printed, ["3", "01/2", "1/2", "", "two...", "true"]);
        assert_eq!(row.cells[2], Value::Of(1, 2));
    }

    #[test]
    fn health_is_read_from_the_cells() {
        let cases = [
            (columns(&[("Ready", "string", 0)]), json!(["1/3"]), Health::Wrong),
            (columns(&[("Ready", "string", 0)]), json!(["3/3"]), Health::Well),
            (columns(&[("Ready", "string", 0)]), json!(["False"]), Health::Wrong),
            (columns(&[("Synced", "string", 0), ("Ready", "string", 0)]), json!(["True", "Unknown"]), Health::Unknown),
            (columns(&[("Phase", "string", 0)]), json!(["Pending"]), Health::Changing),
            (columns(&[("Status", "string", 0)]), json!(["Bound"]), Health::Well),
            (columns(&[("Status", "string", 0)]), json!(["Approved,Failed"]), Health::Wrong),
            (columns(&[("Desired", "integer", 0), ("Ready", "integer", 0)]), json!([3, 2]), Health::Wrong),
            (columns(&[("Desired", "integer", 0), ("Ready", "integer", 0)]), json!([3, 3]), Health::Well),
            (columns(&[("Note", "string", 0)]), json!(["Failed"]), Health::Well),
        ];
        for (of, cells, health) in cases {
            assert_eq!(row(&of, cells.clone()).health, health, "{cells}");
        }
        assert!(!columns(&[("Note", "string", 0)]).know_health());
        assert!(columns(&[("Status", "string", 0)]).know_health());
    }
}
