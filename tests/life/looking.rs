//! What is on the screen: at the start, with nobody to talk to, after resizes.

use crate::cluster::{Cluster, closed_port};
use crate::home::{Home, PATIENCE};
use crate::terminal::{CTRL_C, ENTER};
use std::time::Duration;

/// Names of pods.
const PODS: &[&str] = &["cart-7d9f6c5b8-2xk4p", "orders-5c8d7f9b6-9qwzx"];

#[test]
fn pods_are_on_the_screen_live() {
    let cluster = Cluster::of_pods(PODS);
    let home = Home::new(&[("prod-eu", cluster.port)]);
    let mut terminal = home.start(&[]);
    let screen = terminal.wait_for_text("● live 2", PATIENCE);
    let text = screen.contents();
    assert!(text.lines().next().unwrap().contains("prod-eu·shop›pods"), "{text}");
    assert!(PODS.iter().all(|name| text.contains(name)), "{text}");
    terminal.send("j/ord\r");
    terminal.wait_for("the filtered rows", PATIENCE, |screen| {
        let text = screen.contents();
        text.contains("/ord") && text.contains(PODS[1]) && !text.contains(PODS[0])
    });
}

#[test]
fn an_unreachable_server_is_said_and_the_other_context_works_from_there() {
    let cluster = Cluster::of_pods(PODS);
    let home = Home::new(&[("dead", closed_port()), ("dev", cluster.port)]);
    let mut terminal = home.start(&[]);
    let text = terminal.wait_for("what was asked and said", PATIENCE, |screen| {
        let text = screen.contents();
        text.contains("Asked:") && text.contains("Said:") && text.contains("^R tries now")
    });
    let text = text.contents();
    assert!(text.starts_with(" dead") && text.contains("○ ") && text.contains("refused"), "{text}");
    assert!(!text.contains("live"), "{text}");
    terminal.send(":ctx dev\r");
    let screen = terminal.wait_for_text("● live 2", PATIENCE);
    assert!(screen.contents().starts_with(" dev"), "{}", screen.contents());
    terminal.send("-");
    terminal.wait_for("the former context", PATIENCE, |screen| screen.contents().starts_with(" dead"));
}

#[test]
fn a_wrong_context_is_said_and_others_can_be_chosen() {
    let cluster = Cluster::of_pods(PODS);
    let home = Home::new(&[("dev", cluster.port)]);
    let mut terminal = home.start(&["--context", "nowhere"]);
    let screen = terminal.wait_for_text("No connection to nowhere", PATIENCE);
    assert!(screen.contents().contains("Said:"), "{}", screen.contents());
    terminal.send(":ctx");
    terminal.send(ENTER);
    terminal.wait_for("the contexts", PATIENCE, |screen| {
        screen.contents().contains("STATE") && screen.contents().contains("dev")
    });
    terminal.send(ENTER);
    terminal.wait_for_text("● live 2", PATIENCE);
}

#[test]
fn a_resize_storm_ends_with_the_right_screen() {
    let cluster = Cluster::of_pods(PODS);
    let home = Home::new(&[("prod-eu", cluster.port)]);
    let mut terminal = home.start(&[]);
    terminal.wait_for_text("● live 2", PATIENCE);
    for n in 0..200u16 {
        terminal.resize(10 + (n * 13) % 50, 40 + (n * 37) % 160);
    }
    terminal.resize(30, 120);
    // The terminal's own reflow is not ours: what counts is what is painted afterwards.
    terminal.send("\x0c");
    let screen = terminal.wait_for("a screen of 120x30", PATIENCE, |screen| {
        let rows: Vec<String> = screen.rows(0, 120).collect();
        rows[0].contains("prod-eu · shop › pods") && rows[0].contains("● live 2") && rows[29].contains("? help")
    });
    let rows: Vec<String> = screen.rows(0, 120).collect();
    assert!(rows[2].contains(PODS[0]) && rows[3].contains(PODS[1]), "{rows:?}");
    assert!(rows[4..28].iter().all(|row| row.trim().is_empty()), "{rows:?}");
    terminal.send(CTRL_C);
    // crossterm drops what mio says of the keyboard beside a resize: such a key is read with the next one.
    if terminal.ends_within(Duration::from_secs(5)).is_none() {
        terminal.send(CTRL_C);
    }
    assert!(terminal.wait_for_end(PATIENCE).success());
}

#[test]
fn without_a_terminal_one_line_names_snapshot() {
    let home = Home::new(&[("dead", closed_port())]);
    let output = home.run(&[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("rk9s snapshot"), "{said}");
    assert!(output.stdout.is_empty());
}
