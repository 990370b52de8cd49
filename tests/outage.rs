#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]
//! What the console's own screen says when the server is frozen, killed and back, at 80x24 and at 200x50.
//!
//! On the embedded cluster, served on loopback by a process of its own, always; on a real control plane that RK9S_OUTAGE names
//! (a lab of tests/kubernetes that nobody else uses meanwhile), with the program that RK9S_BIN names. And what it says of the
//! troubles that `:demo` makes.
#![cfg(unix)]

#[path = "tour/demo.rs"]
mod demo;
#[path = "outage/server.rs"]
mod server;
#[path = "pty/terminal.rs"]
mod terminal;
#[path = "outage/troubles.rs"]
mod troubles;

use server::{Lab, Served, Server};
use std::time::{Duration, Instant};
use terminal::{Start, Terminal};

/// Far more than anything takes that has no limit of its own.
const PATIENCE: Duration = Duration::from_secs(60);
/// A server that hangs is noticed within this …
const NOTICED: Duration = Duration::from_secs(10);
/// … and one that is dead, at once: a frame and what a busy machine adds.
const AT_ONCE: Duration = Duration::from_secs(2);
/// When it answers again, the table is right within this.
const RIGHT: Duration = Duration::from_secs(3);

fn screens(server: &dyn Server) -> Vec<Terminal> {
    let sizes = [(24, 80), (50, 200)];
    let started: Vec<Terminal> = sizes.iter().map(|(rows, columns)| open(server, *rows, *columns)).collect();
    all(&started, "live", PATIENCE, |bar| bar.contains("● live"));
    started
}

fn open(server: &dyn Server, rows: u16, columns: u16) -> Terminal {
    let (home, kubeconfig) = (server.home(), server.kubeconfig());
    let start = Start::new(&server.program())
        .arguments(["pods", "-n", server.namespace(), "--kubeconfig", kubeconfig.to_str().unwrap()])
        .variable("HOME", home.to_str().unwrap())
        .size(rows, columns);
    Terminal::start(&start)
}

/// Waits until the bars of all screens are as wanted; how long it took.
fn all(screens: &[Terminal], what: &str, patience: Duration, wanted: impl Fn(&str) -> bool) -> Duration {
    let began = Instant::now();
    for screen in screens {
        let left = patience.saturating_sub(began.elapsed());
        screen.wait_for(what, left, |screen| wanted(screen.contents().lines().next().unwrap_or_default()));
    }
    began.elapsed()
}

/// Pods of `orders` in the story, those of the stuck rollout among them.
const ORDERS: usize = 6;

fn is_stale(bar: &str) -> bool {
    bar.contains("○ stale since") || bar.contains("○ no answer") || bar.contains("○ no connection")
}

#[test]
fn an_embedded_cluster_that_freezes_is_said_and_its_return_too() {
    let server = Served::start();
    let screens = screens(&server);
    server.freeze();
    let noticed = all(&screens, "the word that it is stale", NOTICED, is_stale);
    server.thaw();
    let right = all(&screens, "live again", RIGHT, |bar| bar.contains("● live"));
    println!("embedded: frozen is said after {noticed:?}, live again {right:?} after the thaw");
}

#[test]
fn an_embedded_cluster_that_dies_is_said_at_once_and_its_rows_stay() {
    let server = Served::start();
    let screens = screens(&server);
    let rows = |text: &str| text.lines().filter(|line| line.contains("orders-")).count();
    for screen in &screens {
        screen.wait_for("all pods of orders", RIGHT, |screen| rows(&screen.contents()) == ORDERS);
    }
    server.kill();
    all(&screens, "the word that it is stale", AT_ONCE, is_stale);
    for screen in &screens {
        assert_eq!(rows(&screen.text()), ORDERS, "what was known stays, and is called stale");
    }
}

#[test]
fn a_real_control_plane_that_freezes_and_dies_is_said_and_no_ghost_stays() {
    let Some(lab) = Lab::given() else {
        println!("skipped, RK9S_OUTAGE names no lab");
        return;
    };
    let screens = screens(&lab);
    lab.freeze();
    let noticed = all(&screens, "the word that it is stale", NOTICED, is_stale);
    lab.thaw();
    let thawed = all(&screens, "live again after the thaw", RIGHT, |bar| bar.contains("● live"));
    lab.kill();
    let dead = all(&screens, "the word that it is dead", AT_ONCE, is_stale);
    lab.start();
    let gone = lab.delete_a_pod();
    let began = Instant::now();
    all(&screens, "live again after the start", RIGHT, |bar| bar.contains("● live"));
    for screen in &screens {
        screen.wait_for("the deleted pod's row to go", RIGHT, |screen| !screen.contents().contains(&gone));
    }
    let back = began.elapsed();
    println!(
        "frozen is said after {noticed:?}, live {thawed:?} after the thaw; dead after {dead:?}, right {back:?} after"
    );
}
