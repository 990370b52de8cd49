//! A kubelet with a container that writes 20,000 lines a second and is restarted now and then, behind an API server whose
//! streams are cut in the middle of lines, closed without a reason, or end with the container.

use crate::script::{Call, Server, server};
use crate::{Reader, START, api, pod, running, sent, want};
use rk9s::cluster::logs::{Run, State};
use rk9s::store::log::Kind;
use serde_json::json;

/// Lines of each run, and runs.
const RUN: usize = 6_000;
const RUNS: usize = 3;
/// Microseconds between lines.
const STEP: i64 = 50;

/// Line `n` of all that the container writes. A run writes no line feed at its end.
fn line(n: usize) -> String {
    // Two lines in a row sometimes have one time and one text but for the number, which is cut off from the former's.
    let line = sent(n as i64 / 2 * 2 * STEP, &format!("seq {n} {}", "x".repeat(n % 90)));
    if n % RUN == RUN - 1 { line.trim_end().to_owned() } else { line }
}

struct Kubelet {
    dice: fastrand::Rng,
    /// Lines written so far.
    written: usize,
    /// The current run.
    run: usize,
    /// The container has ended and is not yet restarted.
    ended: bool,
}

impl Kubelet {
    async fn serve(mut self, mut server: Server) {
        loop {
            let call = server.next().await;
            if call.uri.contains("/log?") { self.log(call) } else { self.pod(call) }
        }
    }

    fn pod(&mut self, call: Call) {
        if self.ended && self.run + 1 < RUNS && self.dice.bool() {
            (self.run, self.ended) = (self.run + 1, false);
        }
        let state = match self.ended {
            true if self.run + 1 == RUNS => json!({"terminated": {"exitCode": 0, "reason": "Completed"}}),
            true => json!({"waiting": {"reason": "CrashLoopBackOff"}}),
            false => running(),
        };
        let mut pod = pod("uid", self.run as u32, state);
        if self.ended && self.run + 1 == RUNS {
            pod["status"]["phase"] = json!("Succeeded");
        }
        call.json(&pod);
    }

    fn log(&mut self, call: Call) {
        let run = if call.has("previous=true") { self.run - 1 } else { self.run };
        let since = call.uri.split("sinceTime=").nth(1).map(|rest| {
            let text = rest.split('&').next().unwrap().replace("%3A", ":");
            assert!(!text.contains('.'), "servers cut it to seconds: {text}");
            text.parse::<jiff::Timestamp>().unwrap().as_second() - START
        });
        // It goes on writing while it is read, and may end meanwhile.
        let end = RUN * (self.run + 1);
        if run == self.run {
            self.written = (self.written + self.dice.usize(0..2_500)).min(end);
            self.ended = self.written == end;
        }
        let upto = self.written.min(RUN * (run + 1));
        // The first line whose time is not before what is asked for; of two with one time, both are asked for.
        let first = since.map_or(0, |since| usize::try_from(since.max(0) * 1_000_000 / STEP).unwrap());
        let text: String = (first.max(RUN * run)..upto).map(line).collect();
        let is_whole = run < self.run || self.ended;
        // A cut falls anywhere, in the middle of lines, too.
        let breaks = self.dice.u8(0..10) < 6;
        let keep = if breaks { self.dice.usize(0..=text.len()) } else { text.len() };
        let stream = call.stream_of("text/plain", None);
        let mut rest = &text.as_bytes()[..keep];
        while !rest.is_empty() {
            let (chunk, next) = rest.split_at(self.dice.usize(1..=rest.len().min(40_000)));
            stream.bytes(chunk);
            rest = next;
        }
        // What is not whole may be closed as if it were.
        if breaks || (!is_whole && self.dice.bool()) { stream.cut() } else { stream.close() }
    }
}

#[tokio::test(start_paused = true)]
async fn every_line_comes_once_and_in_order_whatever_is_cut() {
    for seed in 0..4 {
        let (server, link) = server(None);
        let kubelet = Kubelet { dice: fastrand::Rng::with_seed(seed), written: 0, run: 0, ended: false };
        let serving = tokio::spawn(kubelet.serve(server));
        let mut want = want(api(), Run::Current);
        want.span = rk9s::cluster::logs::Span::Whole;
        let mut reader = Reader::start(&link, want);
        reader.until_end().await;
        serving.abort();
        let mut next = 0;
        for line in &reader.lines {
            if line.kind == Kind::Mark {
                continue;
            }
            let number: usize = line.text.split(' ').nth(1).unwrap().parse().unwrap();
            assert_eq!(number, next, "seed {seed}");
            next += 1;
        }
        assert_eq!(next, RUN * RUNS, "seed {seed}");
        let at = |n: usize| reader.lines.iter().position(|line| line.text.starts_with(&format!("seq {n} "))).unwrap();
        for run in 1..RUNS {
            let mark = format!("container api restarted after exit 1 (Error) (restart {run})");
            let marked = reader.lines.iter().position(|line| line.text == mark);
            let marked = marked.unwrap_or_else(|| panic!("seed {seed}: {:?}", reader.marks()));
            assert!(at(RUN * run - 1) < marked && marked < at(RUN * run), "seed {seed}: the mark is between the runs");
        }
        assert!(matches!(reader.states.last(), Some(State::Ended(_))), "{:?}", reader.states.last());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_slows_the_stream() {
    let (mut server, link) = server(None);
    let reader = Reader::start(&link, want(api(), Run::Current));
    server.next().await.json(&pod("uid", 0, running()));
    let stream = server.next().await.stream_of("text/plain", None);
    let chunk: String = (0..2_000).map(line).collect();
    (0..50).for_each(|_| stream.bytes(chunk.as_bytes()));
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    // What fits the channel, and no more, has been taken from the stream: four batches of a thousand lines.
    assert_eq!(reader.pieces.len(), reader.pieces.max_capacity());
}
