//! rk9s in a pseudo-terminal against a control plane, measured beside a bare reader of the same pods, run by run.
//!
//! `cargo bench --bench console -- --lab DIR [--runs 5] [--long 1] [--link MBIT,MS] [--steps …] [--seconds 30]`; see
//! `benches/README.md`. It prints a line of JSON a figure and a table of medians; it judges nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

mod bare;
mod figures;
mod lab;
mod process;
mod screen;
#[path = "../tests/pty/terminal.rs"]
mod terminal;

use figures::Figures;
use lab::{Lab, Link};
use screen::Console;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Between steps, so that the server has calmed down.
const CALM: Duration = Duration::from_secs(4);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let value = |name: &str| arguments.iter().position(|own| own == name).and_then(|at| arguments.get(at + 1)).cloned();
    if let Some(way) = value("--bare") {
        return bare::main(&way);
    }
    let Some(directory) = value("--lab") else {
        println!("not run: --lab DIR names no lab (tests/kubernetes/README.md says how to make one)");
        return;
    };
    let number = |name: &str, usual: u64| value(name).map_or(usual, |text| text.parse().expect(name));
    let link = value("--link").map(|text| {
        let (megabits, milliseconds) = text.split_once(',').expect("--link MBIT,MS");
        (megabits.to_owned(), milliseconds.to_owned())
    });
    let usual_way = if link.is_some() { "pages" } else { "stream" };
    let bench = Bench {
        lab: Lab::new(&directory),
        way: value("--way").unwrap_or(usual_way.into()),
        link,
        read: value("--read").unwrap_or("auto".into()),
        steps: value("--steps").unwrap_or("idle,keys,filter,churn,relist".into()),
        time: Duration::from_secs(number("--seconds", 30)),
        keys: number("--keys", 300) as usize,
    };
    bench.run(number("--runs", 5), number("--long", 1));
}

struct Bench {
    lab: Lab,
    /// How the bare reader reads.
    way: String,
    link: Option<(String, String)>,
    /// rk9s' setting of that name.
    read: String,
    /// What is measured after the start, in the long runs.
    steps: String,
    /// How long idling and churn are measured.
    time: Duration,
    keys: usize,
}

impl Bench {
    fn run(&self, runs: u64, long: u64) {
        let mut figures = Figures::default();
        for run in 0..=runs {
            figures.warming = run == 0;
            let pods = self.bare(&mut figures);
            let console = self.start(&mut figures, pods);
            if run > runs.saturating_sub(long) && self.link.is_none() {
                self.steps(console, &mut figures);
            }
        }
        figures.print(&[("all rows, ms", "bare: all rows, ms"), ("peak, MB", "bare: peak, MB")]);
    }

    fn far(&self) -> (Option<Link>, PathBuf) {
        let link = self.link.as_ref().map(|(megabits, milliseconds)| self.lab.link(megabits, milliseconds));
        let kubeconfig = link.as_ref().map_or_else(|| self.lab.kubeconfig(), Link::kubeconfig);
        (link, kubeconfig)
    }

    /// The bare reader once; how many pods there are.
    fn bare(&self, figures: &mut Figures) -> usize {
        let (link, kubeconfig) = self.far();
        let began = Instant::now();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--bare", &self.way]).env("KUBECONFIG", kubeconfig).stderr(Stdio::inherit());
        let output = command.output().unwrap();
        let ms = began.elapsed().as_secs_f64() * 1e3;
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        figures.add("bare: all rows, ms", ms);
        figures.add("bare: first rows, ms", told["first_ms"].as_f64().unwrap());
        figures.add("bare: processor, ms", told["processor_ms"].as_f64().unwrap());
        figures.add("bare: peak, MB", told["peak_mb"].as_f64().unwrap());
        figures.add("bare: bytes of bodies, MB", told["bytes"].as_f64().unwrap() / 1e6);
        if let Some(link) = link {
            figures.add("bare: bytes over the link, MB", link.end());
        }
        told["pods"].as_u64().unwrap() as usize
    }

    /// One start of the console until all rows are live.
    fn start(&self, figures: &mut Figures, pods: usize) -> Console {
        let (link, kubeconfig) = self.far();
        let console = Console::start(&binary(), &kubeconfig, pods, &self.read);
        figures.add("first paint, ms", console.painted());
        figures.add("first rows, ms", console.first_rows());
        figures.add("all rows, ms", console.all_rows());
        figures.add("start: processor, ms", process::seconds(console.pid()) * 1e3);
        figures.add("peak, MB", process::peak_mb(console.pid()));
        if let Some(link) = link {
            figures.add("bytes over the link, MB", link.end());
        }
        console
    }

    fn steps(&self, mut console: Console, figures: &mut Figures) {
        let wanted = |step: &str| self.steps.split(',').any(|own| own == step);
        std::thread::sleep(CALM);
        if wanted("idle") {
            figures.add("settled, MB", process::now_mb(console.pid()));
            figures.add("idle, % of a core", process::percent_of_a_core(console.pid(), self.time));
        }
        if wanted("keys") {
            figures.spread("key to frame, calm", console.keys(self.keys));
        }
        if wanted("filter") {
            figures.spread("filter key to frame", console.filter("worker"));
        }
        if wanted("churn") {
            self.churn(&mut console, figures);
        }
        if wanted("relist") {
            let before = process::seconds(console.pid());
            self.lab.restart_server();
            console.leaves_live();
            let began = Instant::now();
            console.live();
            figures.add("relist: stale for, ms", began.elapsed().as_secs_f64() * 1e3);
            // A watch that was only resumed would cost next to nothing.
            figures.add("relist: processor, ms", (process::seconds(console.pid()) - before) * 1e3);
            figures.add("relist: peak, MB", process::peak_mb(console.pid()));
        }
    }

    /// 130 pods change a second: what it costs, and how keys feel meanwhile.
    fn churn(&self, console: &mut Console, figures: &mut Figures) {
        let lasts = self.time + Duration::from_secs(self.keys as u64 / 12 + 15);
        let churn = self.lab.churn(130, lasts);
        std::thread::sleep(CALM);
        figures.add("churn: % of a core", process::percent_of_a_core(console.pid(), self.time));
        figures.spread("churn: key to frame", console.keys(self.keys));
        figures.spread("churn: filter key to frame", console.filter("worker"));
        figures.add("churn: peak, MB", process::peak_mb(console.pid()));
        println!("{}", serde_json::json!({ "churn": lab::said(churn) }));
    }
}

fn binary() -> PathBuf {
    std::env::var_os("RK9S_BIN").map_or_else(|| Path::new(env!("CARGO_BIN_EXE_rk9s")).into(), PathBuf::from)
}
