//! The embedded cluster: how soon `rk9s --demo` shows pods, and what `rk9s demo serve` costs, run by run, beside the least that could do.
//!
//! `cargo bench --bench demo -- [--runs 5] [--objects 20000] [--watchers 10]`; see `benches/README.md`. It prints a line of JSON a figure
//! and a table of medians; it judges nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

#[allow(dead_code)]
mod figures;
#[allow(dead_code)]
mod process;
#[path = "../tests/pty/terminal.rs"]
mod terminal;

use figures::Figures;
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use rk9s::demo::story;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use terminal::{Start, Terminal};
use tokio::runtime::Runtime;

const PATIENCE: Duration = Duration::from_secs(240);
/// After this what a start set in motion has come to rest.
const CALM: Duration = Duration::from_secs(3);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let value = |name: &str| arguments.iter().position(|own| own == name).and_then(|at| arguments.get(at + 1)).cloned();
    let number = |name: &str, usual: usize| value(name).map_or(usual, |text| text.parse().expect(name));
    let (runs, objects, watchers) = (number("--runs", 5), number("--objects", 20_000), number("--watchers", 10));
    let json = json_bytes(objects);
    let mut figures = Figures::default();
    for run in 0..=runs {
        figures.warming = run == 0;
        nothing(&mut figures);
        told(&mut figures);
        console(&mut figures);
        served(&mut figures, objects, watchers, json);
    }
    figures.print(&[
        ("--demo: first pods, ms", "--version, ms"),
        ("serve: ready, ms", "serve, no further pods: ready, ms"),
    ]);
}

fn binary() -> PathBuf {
    std::env::var_os("RK9S_BIN").map_or_else(|| Path::new(env!("CARGO_BIN_EXE_rk9s")).into(), PathBuf::from)
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

/// What the further pods are in bytes of JSON: a cluster of the same seed has the same.
fn json_bytes(objects: usize) -> usize {
    let (mut world, _) = story::begin(1, jiff::Timestamp::now());
    story::fill(&mut world, objects);
    world.store.list(&"pods".into(), Some("load"), None).map(|(_, stored)| stored.body.len()).sum()
}

/// The program that only says its version.
fn nothing(figures: &mut Figures) {
    let began = Instant::now();
    let output = Command::new(binary()).arg("--version").output().unwrap();
    assert!(output.status.success());
    figures.add("--version, ms", ms(began));
}

/// The twelve days of the story alone, in this process.
fn told(figures: &mut Figures) {
    let began = Instant::now();
    let (world, _) = story::begin(1, jiff::Timestamp::now());
    figures.add("the story alone, ms", ms(began));
    assert!(world.store.revision() > 100);
}

/// `rk9s --demo` in a terminal, until its pods are seen.
fn console(figures: &mut Figures) {
    let state = tempfile::tempdir().unwrap();
    let directory = state.path().to_str().unwrap();
    let start = Start::new(&binary())
        .arguments(["--demo", "pods", "-A"])
        .variable("RK9S_STATE_DIR", directory)
        .variable("RK9S_CONFIG_DIR", directory)
        .size(50, 200);
    let began = Instant::now();
    let terminal = Terminal::start(&start);
    terminal.wait_for("a frame", PATIENCE, |screen| !screen.contents().trim().is_empty());
    figures.add("--demo: first paint, ms", ms(began));
    terminal.wait_for("pods", PATIENCE, |screen| screen.contents().contains("Running"));
    figures.add("--demo: first pods, ms", ms(began));
    std::thread::sleep(CALM);
    figures.add("--demo: peak, MB", process::peak_mb(terminal.pid()));
    figures.add("--demo: settled, MB", process::now_mb(terminal.pid()));
}

/// `rk9s demo serve`, small and large: its memory, and what each further pod and each watcher adds.
fn served(figures: &mut Figures, objects: usize, watchers: usize, json: usize) {
    let mut small = Served::start(0);
    figures.add("serve, no further pods: ready, ms", small.ready);
    std::thread::sleep(CALM);
    let least = process::now_mb(small.child.id());
    figures.add("serve, no further pods: settled, MB", least);
    small.end();

    let mut large = Served::start(objects);
    figures.add("serve: ready, ms", large.ready);
    std::thread::sleep(CALM);
    let settled = process::now_mb(large.child.id());
    figures.add("serve: settled, MB", settled);
    figures.add("serve: peak, MB", process::peak_mb(large.child.id()));
    let each = |mb: f64| mb * 1024.0 * 1024.0 / objects.max(1) as f64;
    let json_mb = json as f64 / 1024.0 / 1024.0;
    figures.add("serve: JSON of a pod, bytes", each(json_mb));
    figures.add("serve: a pod above its JSON, bytes", each(settled - least - json_mb));

    let runtime = Runtime::new().unwrap();
    let began = Instant::now();
    let bytes = runtime.block_on(read(&large.client(&runtime), "/api/v1/pods", objects));
    figures.add("serve: list of all pods, ms", ms(began));
    figures.add("serve: list of all pods, MB", bytes as f64 / 1024.0 / 1024.0);
    std::thread::sleep(CALM);
    let listed = process::now_mb(large.child.id());
    let path = "/api/v1/pods?watch=1&resourceVersion=0";
    let began = Instant::now();
    let watching: Vec<Body> = (0..watchers)
        .map(|_| {
            let client = large.client(&runtime);
            runtime.block_on(watch(&client, path, objects))
        })
        .collect();
    figures.add("serve: all watchers told all, ms", ms(began));
    std::thread::sleep(CALM);
    figures.add("serve: settled with watchers, MB", process::now_mb(large.child.id()));
    let more = process::now_mb(large.child.id()) - listed;
    figures.add("serve: a watcher, MB", more / watchers.max(1) as f64);
    figures.add("serve: peak at the end, MB", process::peak_mb(large.child.id()));
    drop(watching);
    large.end();
}

/// A cluster that is served.
struct Served {
    child: Child,
    kubeconfig: PathBuf,
    /// Milliseconds until it said where it is.
    ready: f64,
}

impl Served {
    fn start(objects: usize) -> Self {
        let began = Instant::now();
        let mut command = Command::new(binary());
        command.args(["demo", "serve", "--objects", &objects.to_string()]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, kubeconfig: line.trim().into(), ready: ms(began) }
    }

    fn client(&self, runtime: &Runtime) -> kube::Client {
        let _inside = runtime.enter();
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let options = KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options);
        kube::Client::try_from(runtime.block_on(config).unwrap()).unwrap()
    }

    fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // It was given no time to do so itself.
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}

async fn body(client: &kube::Client, path: &str) -> Body {
    let request = http::Request::get(path).body(Body::empty()).unwrap();
    let response = client.send(request).await.unwrap();
    assert!(response.status().is_success());
    response.into_body()
}

/// Reads an answer to its end; how many bytes it had.
async fn read(client: &kube::Client, path: &str, at_least: usize) -> usize {
    let mut body = body(client, path).await;
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.unwrap().data_ref().map_or(0, |data| data.len());
    }
    assert!(bytes > at_least * 100);
    bytes
}

/// Watches until so many objects were told; the watch goes on while its body is there.
async fn watch(client: &kube::Client, path: &str, objects: usize) -> Body {
    let mut body = body(client, path).await;
    let mut told = 0;
    while told < objects {
        let frame = body.frame().await.expect("the watch goes on").unwrap();
        told += frame.data_ref().map_or(0, |data| memchr::memchr_iter(b'\n', data).count());
    }
    body
}
