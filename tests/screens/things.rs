//! Rows built by hand: a kind called `pods` with few columns, so that these tests do not depend on the real one's.

use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::cluster::fault::{Class, Fault};
use rk9s::kinds::{From, Head, Health, Item, Kind, Lead, Names, Row, Stays, Uid, Value, Word, Words};
use rk9s::store::delta::{Batch, Delta, State};

/// The moment at which every test begins, in seconds since the epoch.
pub const NOON: i64 = 1_780_000_000;

pub struct Things;

static NAMES: Names =
    Names { group: "", version: "v1", plural: "pods", singular: "pod", kind: "Pod", short: &["po"], namespaced: true };

fn head(title: &str, stays: Stays, from: From) -> Head {
    Head { title: title.into(), short: String::new(), wide: false, stays, from }
}

impl Kind for Things {
    fn names(&self) -> &'static Names {
        &NAMES
    }
    fn heads(&self) -> Vec<Head> {
        let restarts = Head { short: "RST".into(), ..head("RESTARTS", Stays::Long, From::Cell(2)) };
        vec![
            head("NAME", Stays::Always, From::Name),
            head("READY", Stays::Long, From::Cell(0)),
            head("STATUS", Stays::Always, From::Cell(1)),
            restarts,
            head("LAST", Stays::Medium, From::Cell(3)),
            head("IP", Stays::Short, From::Cell(4)),
            head("NODE", Stays::Medium, From::Cell(5)),
            head("AGE", Stays::Long, From::Age),
            Head { wide: true, ..head("IMAGE", Stays::Short, From::Cell(6)) },
        ]
    }
    fn lead(&self) -> Lead {
        Lead::Containers
    }
    fn rows(&self, _: &Item, _: &mut Words, _: &mut Vec<Row>) -> Result<(), String> {
        Err("rows are built by hand here".into())
    }
}

/// The pods of a namespace.
pub fn pods(namespace: &str) -> Subject {
    Subject::new(Of::Known(&Things), Scope::one(namespace))
}

pub fn pods_everywhere() -> Subject {
    Subject::new(Of::Known(&Things), Scope::All)
}

pub fn uid(name: &str) -> Uid {
    Uid::Text(Word::new(name))
}

/// A pod in `shop`, well and an hour old.
pub fn pod(name: &str) -> Row {
    let word = |text: &str| Value::Word(Word::new(text));
    Row {
        uid: uid(name),
        namespace: Word::new("shop"),
        name: name.into(),
        created: NOON - 3_600,
        deleting: None,
        health: Health::Well,
        reason: None,
        labels: [(Word::new("app"), Word::new("web"))].into(),
        owner: None,
        link: None,
        cells: Box::new([
            Value::Of(1, 1),
            word("Running"),
            Value::Int(0),
            Value::Blank,
            Value::Ip([10, 0, 0, 7].into()),
            word("node-a2"),
            word("shop/web:1.0"),
        ]),
    }
}

pub fn in_namespace(namespace: &str, name: &str) -> Row {
    let uid = Uid::Text(Word::new(&format!("{namespace}/{name}")));
    Row { namespace: Word::new(namespace), uid, ..pod(name) }
}

/// The same pod with another restart count.
pub fn restarted(name: &str, times: i64) -> Row {
    let mut row = pod(name);
    row.cells[2] = Value::Int(times);
    row
}

/// The pods of the sketches: one well, one crashing, one starting, one done.
pub fn shop() -> Vec<Row> {
    let word = |text: &str| Value::Word(Word::new(text));
    let well = restarted("cart-7d9f6c5b8-2xk4p", 0);
    let mut crashing = restarted("orders-5c8d7f9b6-9qwzx", 17);
    crashing.health = Health::Wrong;
    crashing.reason = Some(Word::new("api exit 1 after 3 s, 17×: cannot read /etc/app/db.yaml: no such file"));
    crashing.created = NOON - 6 * 3_600;
    crashing.cells[0] = Value::Of(1, 2);
    crashing.cells[1] = word("CrashLoopBackOff");
    crashing.cells[3] = Value::Time(NOON - 120);
    let mut starting = pod("orders-6f7b9d4c8-lm2vt");
    starting.health = Health::Changing;
    starting.created = NOON - 4;
    starting.cells[0] = Value::Of(0, 2);
    starting.cells[1] = word("ContainerCreating");
    starting.cells[4] = Value::None;
    let mut done = pod("report-29381120-x8k2m");
    done.health = Health::Done;
    done.cells[0] = Value::Of(0, 1);
    done.cells[1] = word("Completed");
    vec![well, crashing, starting, done]
}

pub fn fault(class: Class) -> Fault {
    Fault {
        class,
        asked: "list pods in shop".into(),
        said: "connection timed out".into(),
        hint: Some("look at the VPN".into()),
        code: None,
        retry_after: None,
    }
}

/// A whole first list, live.
pub fn listed(rows: Vec<Row>) -> Batch {
    let puts = rows.into_iter().map(Delta::Put);
    let deltas = [Delta::Begin].into_iter().chain(puts).chain([Delta::End, Delta::State(State::Live)]).collect();
    Batch { deltas, version: Some(Word::new("41")) }
}

pub fn batch(deltas: Vec<Delta>) -> Batch {
    Batch { deltas, version: None }
}
