//! Signals, and a terminal that goes away.

use crate::cluster::Cluster;
use crate::home::{Home, PATIENCE, signal};
use crate::leaving::assert_restored;
use crate::terminal::Terminal;
use std::io::Read;
use std::time::{Duration, Instant};

fn live() -> (Cluster, Home) {
    let cluster = Cluster::of_pods(&["cart"]);
    let home = Home::new(&[("prod-eu", cluster.port)]);
    (cluster, home)
}

#[test]
fn asked_to_leave_it_restores_the_terminal() {
    for name in ["TERM", "HUP", "INT"] {
        let (_cluster, home) = live();
        let terminal = home.start_by_shell(&[]);
        terminal.wait_for_text("● live 1", PATIENCE);
        signal(&home.pid(), name);
        assert_restored(&terminal, "ended with ");
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_program_at_once() {
    let (_cluster, home) = live();
    let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut child = pair.slave.spawn_command(home.command()).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut parser = vt100::Parser::default();
    while !parser.screen().contents().contains("● live 1") {
        let mut piece = [0; 4096];
        let length = reader.read(&mut piece).unwrap();
        assert!(length > 0, "it ended: {}", parser.screen().contents());
        parser.process(&piece[..length]);
    }
    // Every handle of our end must go, the reader's too, before the kernel says that the terminal is gone.
    drop((reader, pair.master));
    let (ended, end) = std::sync::mpsc::channel();
    let mut killer = child.clone_killer();
    std::thread::spawn(move || ended.send(child.wait()));
    let in_time = end.recv_timeout(Duration::from_secs(2));
    if in_time.is_err() {
        killer.kill().unwrap();
    }
    assert!(in_time.is_ok(), "it goes on without a terminal");
}

/// `T` while it is stopped; empty when it is gone.
fn process_state(pid: u32) -> String {
    let output = std::process::Command::new("ps").args(["-o", "state=", "-p", &pid.to_string()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn stop_and_go_on(terminal: &Terminal) {
    let patience = Instant::now() + PATIENCE;
    while !process_state(terminal.pid()).starts_with('T') {
        assert!(Instant::now() < patience, "it does not stop");
        std::thread::yield_now();
    }
    let screen = terminal.wait_for("the screen given back", PATIENCE, |screen| !screen.alternate_screen());
    assert!(!screen.hide_cursor());
    signal(&terminal.pid().to_string(), "CONT");
    // Sooner than the next age on the screen would have it painted anyway.
    let screen = terminal.wait_for("the screen again", Duration::from_secs(5), |screen| {
        screen.alternate_screen() && screen.contents().contains("● live 1") && screen.contents().contains("? help")
    });
    assert!(screen.hide_cursor() && screen.bracketed_paste());
}

#[test]
fn it_stops_and_goes_on_as_shells_expect() {
    let (_cluster, home) = live();
    let mut terminal = home.start(&[]);
    terminal.wait_for_text("● live 1", PATIENCE);
    for _ in 0..2 {
        signal(&terminal.pid().to_string(), "TSTP");
        stop_and_go_on(&terminal);
    }
    terminal.send(":suspend\r");
    stop_and_go_on(&terminal);
    terminal.send("?");
    terminal.wait_for_text("In tables", PATIENCE);
}
