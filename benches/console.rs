//! rk9s in a pseudo-terminal against a control plane, measured beside a bare reader of the same pods, run by run.
//!
//! `KUBECONFIG=… cargo bench --bench console -- [--runs 5] [--way stream|pages] [--short] [--churn DIR]`. It prints a line of JSON
//! a run and a table of medians; it asserts nothing. The lab in `tests/kubernetes` makes the pods.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, clippy::indexing_slicing)]

mod bare;
#[path = "../tests/pty/terminal.rs"]
mod terminal;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use terminal::{Start, Terminal};

const PATIENCE: Duration = Duration::from_secs(180);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let value = |name: &str| arguments.iter().position(|own| own == name).and_then(|at| arguments.get(at + 1)).cloned();
    if let Some(way) = value("--bare") {
        return bare::main(&way);
    }
    if std::env::var_os("KUBECONFIG").is_none() {
        println!("not run: KUBECONFIG names no cluster (tests/kubernetes/README.md says how to make one)");
        return;
    }
    let runs = value("--runs").and_then(|text| text.parse().ok()).unwrap_or(5);
    let way = value("--way").unwrap_or("stream".into());
    let mut figures = Figures::default();
    for run in 0..=runs {
        // The first round warms both up and does not count.
        let counted = run > 0;
        let bare = bare_run(&way);
        let pods = bare["pods"].as_u64().unwrap() as usize;
        figures.add(counted, "bare: all rows, ms", bare["ms"].as_f64().unwrap());
        figures.add(counted, "bare: peak, MB", bare["peak_mb"].as_f64().unwrap());
        figures.add(counted, "bare: bytes of bodies, MB", bare["bytes"].as_f64().unwrap() / 1e6);
        let last = run == runs && !arguments.iter().any(|argument| argument == "--short");
        console_run(pods, counted, &mut figures, last.then(|| value("--churn")));
    }
    figures.print();
}

fn bare_run(way: &str) -> serde_json::Value {
    let own = std::env::current_exe().unwrap();
    let output = Command::new(own).args(["--bare", way]).stderr(Stdio::inherit()).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// One start of the console until all rows are live; `more` measures idling, keys and, with a lab, churn.
fn console_run(pods: usize, counted: bool, figures: &mut Figures, more: Option<Option<String>>) {
    let state = tempfile::tempdir().unwrap();
    let dir = state.path().to_str().unwrap();
    let start = Start::new(&binary())
        .arguments(["pods", "-A"])
        .variable("KUBECONFIG", &std::env::var("KUBECONFIG").unwrap())
        .variable("RK9S_STATE_DIR", dir)
        .variable("RK9S_CONFIG_DIR", dir)
        .size(50, 200);
    let began = Instant::now();
    let mut console = Terminal::start(&start);
    let ms = || began.elapsed().as_secs_f64() * 1e3;
    console.wait_for("the first frame", PATIENCE, |screen| screen.contents().contains("pods"));
    figures.add(counted, "first paint, ms", ms());
    console.wait_for("the first rows", PATIENCE, |screen| screen.contents().contains("Running"));
    figures.add(counted, "first rows, ms", ms());
    let live = format!("live {}", thousands(pods));
    console.wait_for("all rows", PATIENCE, |screen| screen.contents().contains(&live));
    figures.add(counted, "all rows, ms", ms());
    figures.add(counted, "peak, MB", peak_mb(console.pid()));
    let Some(lab) = more else { return };
    idle(&console, figures);
    keys(&mut console, figures, "key to frame, idle");
    filter(&mut console, figures);
    if let Some(lab) = lab {
        churn(&mut console, figures, &lab);
    }
}

fn idle(console: &Terminal, figures: &mut Figures) {
    // The server has calmed down before idling is measured.
    std::thread::sleep(Duration::from_secs(5));
    let share = cpu_share(console.pid(), Duration::from_secs(30));
    figures.add(true, "idle, % of a core", share * 100.0);
}

/// Presses `j` and `k` and waits for the cursor to have moved: the time from key to painted frame.
fn keys(console: &mut Terminal, figures: &mut Figures, name: &str) {
    let mut taken: Vec<f64> = Vec::new();
    for round in 0..200 {
        let before = cursor_line(&console.screen());
        let began = Instant::now();
        console.send(if round % 20 < 10 { "j" } else { "k" });
        console.wait_for("the cursor to move", PATIENCE, |screen| cursor_line(screen) != before);
        taken.push(began.elapsed().as_secs_f64() * 1e3);
    }
    taken.sort_by(f64::total_cmp);
    figures.add(true, &format!("{name}, median ms"), taken[taken.len() / 2]);
    figures.add(true, &format!("{name}, 99th percentile ms"), taken[taken.len() * 99 / 100]);
}

fn cursor_line(screen: &vt100::Screen) -> Option<usize> {
    screen.contents().lines().position(|line| line.starts_with('▌'))
}

/// Types a filter key by key; each must be seen in the bar.
fn filter(console: &mut Terminal, figures: &mut Figures) {
    console.send("/");
    let mut typed = String::from("/");
    for key in "worker".chars() {
        typed.push(key);
        let began = Instant::now();
        console.send(&key.to_string());
        console.wait_for("the filter in the bar", PATIENCE, |screen| {
            screen.contents().lines().next().is_some_and(|bar| bar.contains(&typed))
        });
        figures.add(true, "filter key to frame, ms", began.elapsed().as_secs_f64() * 1e3);
    }
    console.send(terminal::ESCAPE);
    console.wait_for("the filter gone", PATIENCE, |screen| {
        screen.contents().lines().next().is_some_and(|bar| !bar.contains("/worker"))
    });
}

/// 130 pods change a second: what it costs, and how keys feel meanwhile.
fn churn(console: &mut Terminal, figures: &mut Figures, lab: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes/churn");
    let mut child: Child = Command::new(script).args([lab, "130", "60"]).stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(5));
    figures.add(true, "churn: % of a core", cpu_share(console.pid(), Duration::from_secs(20)) * 100.0);
    keys(console, figures, "churn: key to frame");
    figures.add(true, "churn: peak, MB", peak_mb(console.pid()));
    let _ = child.wait();
}

/// `VmHWM` of a process, in MB.
pub fn peak_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().unwrap_or("0").parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// The share of one core that a process used during `time`. Linux counts in hundredths of a second.
fn cpu_share(pid: u32, time: Duration) -> f64 {
    let ticks = || -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
    };
    let before = ticks();
    std::thread::sleep(time);
    (ticks() - before) / 100.0 / time.as_secs_f64()
}

fn binary() -> PathBuf {
    std::env::var_os("RK9S_BIN").map_or_else(|| env!("CARGO_BIN_EXE_rk9s").into(), PathBuf::from)
}

fn thousands(n: usize) -> String {
    rk9s::views::bar::thousands(n)
}

/// Figures by name, in the order in which they first came.
#[derive(Default)]
struct Figures(Vec<(String, Vec<f64>)>);

impl Figures {
    fn add(&mut self, counted: bool, name: &str, value: f64) {
        if !counted {
            return;
        }
        println!("{}", serde_json::json!({ "figure": name, "value": (value * 1000.0).round() / 1000.0 }));
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, values)) => values.push(value),
            None => self.0.push((name.into(), vec![value])),
        }
    }

    fn print(&mut self) {
        println!("\n{:<42} {:>10} {:>10} {:>10} {:>5}", "", "median", "min", "max", "runs");
        for (name, values) in &mut self.0 {
            values.sort_by(f64::total_cmp);
            let (median, min, max) = (values[values.len() / 2], values[0], values[values.len() - 1]);
            println!("{name:<42} {median:>10.2} {min:>10.2} {max:>10.2} {:>5}", values.len());
        }
    }
}
