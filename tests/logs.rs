#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! Logs against a scripted API server: a producer with sequence numbers whose streams are cut anywhere, whose container
//! restarts, which is refused and waited for. Every line is there, once, in order.

// The server of the watches' tests; a log needs less of it.
#[allow(dead_code)]
#[path = "server/script.rs"]
mod script;

#[path = "logs/keeper.rs"]
mod keeper;
#[path = "logs/producer.rs"]
mod producer;
#[path = "logs/refusals.rs"]
mod refusals;

use rk9s::cluster::connect::Link;
use rk9s::cluster::logs::{self, Piece, Run, Span, State, Want, Which};
use rk9s::cluster::watch::Shared;
use rk9s::store::log::{Kind, Line};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The beginning of every log, in seconds since the epoch.
const START: i64 = 1_780_000_000;

fn want(which: Which, run: Run) -> Want {
    Want { namespace: "shop".into(), pod: "orders".into(), which, run, span: Span::Tail(1_000) }
}

fn api() -> Which {
    Which::One("api".into())
}

/// A pod with one container called `api`.
fn pod(uid: &str, restarts: u32, state: Value) -> Value {
    let last = if restarts > 0 { json!({"terminated": {"exitCode": 1, "reason": "Error"}}) } else { json!({}) };
    json!({
        "metadata": {"name": "orders", "uid": uid},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "api"}]},
        "status": {"phase": "Running",
            "containerStatuses": [{"name": "api", "restartCount": restarts, "state": state, "lastState": last}]},
    })
}

fn running() -> Value {
    json!({"running": {"startedAt": "2026-05-28T20:00:00Z"}})
}

/// A line as the API server sends it, so many microseconds after the beginning.
fn sent(micros: i64, text: &str) -> String {
    let at = jiff::Timestamp::from_microsecond(START * 1_000_000 + micros).unwrap();
    format!("{at:.9} {text}\n")
}

/// A reader of a log, and everything it was told.
struct Reader {
    pieces: mpsc::Receiver<Piece>,
    task: JoinHandle<()>,
    lines: Vec<Line>,
    states: Vec<State>,
    _pulse: tokio::sync::watch::Sender<rk9s::cluster::pulse::Pulse>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Reader {
    fn start(link: &Link, want: Want) -> Self {
        let (shared, pulse) = Shared::new();
        let (sink, pieces) = mpsc::channel(4);
        let task = tokio::spawn(logs::follow(link.clone(), want, shared, sink));
        Self { pieces, task, lines: Vec::new(), states: Vec::new(), _pulse: pulse }
    }

    /// Takes pieces until `right` is.
    async fn until(&mut self, right: impl Fn(&Self) -> bool) {
        while !right(self) {
            match timeout(script::LONG, self.pieces.recv()).await {
                Ok(Some(piece)) => self.take(piece),
                _ => panic!("never came right: {:?} {:?}", self.texts(), self.states),
            }
        }
    }

    /// Takes pieces until no more can come.
    async fn until_end(&mut self) {
        while let Some(piece) = timeout(script::LONG, self.pieces.recv()).await.expect("the log has no end") {
            self.take(piece);
        }
    }

    /// Takes what comes in so much time.
    async fn pass(&mut self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while let Ok(Some(piece)) = tokio::time::timeout_at(end, self.pieces.recv()).await {
            self.take(piece);
        }
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Lines(lines) => self.lines.extend(lines),
            Piece::State(_, state) | Piece::Pod(state) => self.states.push(state),
            Piece::Sources(_) => {}
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }

    fn marks(&self) -> Vec<&str> {
        self.lines.iter().filter(|line| line.kind == Kind::Mark).map(|line| line.text.as_str()).collect()
    }
}
