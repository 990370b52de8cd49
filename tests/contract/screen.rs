//! The console in a terminal shows the pods that kubectl lists, with its READY and STATUS.

use crate::embedded;
use crate::lab::Lab;
use crate::terminal::{HOME, PAGE_DOWN, Start, Terminal};
use crate::witness::{Look, Server, Told, Witness};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

const SIZES: [(u16, u16); 2] = [(24, 80), (50, 200)];

#[test]
fn every_pod_is_on_the_screen() {
    let lab = embedded::lab();
    every_pod(&lab, &Server::to(&lab, "admin"), &["-n", "shop"]);
}

#[test]
fn every_pod_of_a_real_control_plane_is_on_the_screen() {
    match Lab::given() {
        Some(lab) => every_pod(&lab, &lab, &["-n", "zoo"]),
        None => println!("screens: skipped on a real control plane, RK9S_CONTRACT names no lab"),
    }
}

fn every_pod(lab: &Lab, witness: &dyn Witness, scope: &'static [&'static str]) {
    let home = tempfile::tempdir().unwrap();
    for (rows, columns) in SIZES {
        let kubeconfig = lab.kubeconfig("admin");
        let start = Start::new(lab.program())
            .arguments([&["pods"], scope, &["--kubeconfig", kubeconfig.to_str().unwrap()]].concat())
            .variable("HOME", home.path().to_str().unwrap())
            .size(rows, columns);
        let mut terminal = Terminal::start(&start);
        terminal.wait_for("the word live in the bar", PATIENCE, |screen| first_line(screen).contains("live"));
        agrees(&mut terminal, witness, scope);
    }
}

/// The pages are read until they say what the witness said just before: pods come and change meanwhile.
fn agrees(terminal: &mut Terminal, witness: &dyn Witness, scope: &'static [&'static str]) {
    let began = Instant::now();
    loop {
        let Told::Table(theirs) = witness.tells("pods", Look { user: "admin", scope }) else { panic!("forbidden") };
        assert!(!theirs.rows.is_empty(), "no pods to compare");
        let shown = read_pages(terminal);
        let wrong: Vec<String> =
            theirs.by_key().iter().filter_map(|(name, cells)| wrong_pod(&shown, name, cells)).collect();
        if wrong.is_empty() {
            return;
        }
        assert!(began.elapsed() < 4 * PATIENCE, "{}\nthe screen:\n{}", wrong.join("\n"), terminal.text());
        to_the_top(terminal);
    }
}

fn to_the_top(terminal: &mut Terminal) {
    terminal.send(HOME);
    terminal.wait_for("the first row", PATIENCE, |screen| place(screen).is_some_and(|(place, _)| place == 1));
}

/// The lines of all pages, from the top of the table to its end.
fn read_pages(terminal: &mut Terminal) -> Vec<String> {
    whole_frame(terminal);
    let mut lines: Vec<String> = terminal.text().lines().map(str::to_owned).collect();
    loop {
        let (place, total) =
            place(&terminal.screen()).unwrap_or_else(|| panic!("no place in the bar:\n{}", terminal.text()));
        if place >= total {
            return lines;
        }
        terminal.send(PAGE_DOWN);
        terminal.wait_for("another place in the table", PATIENCE, |screen| {
            crate::screen::place(screen).is_some_and(|now| now.0 != place)
        });
        whole_frame(terminal);
        lines.extend(terminal.text().lines().map(str::to_owned));
    }
}

/// Waits for the end of the frame that is being written: the bar comes first, the rows after it.
fn whole_frame(terminal: &Terminal) {
    const END_OF_FRAME: &[u8] = b"\x1b[?2026l";
    let began = std::time::Instant::now();
    while !terminal.raw().ends_with(END_OF_FRAME) {
        assert!(began.elapsed() < PATIENCE, "a frame that does not end");
        std::thread::yield_now();
    }
}

fn first_line(screen: &vt100::Screen) -> String {
    screen.rows(0, screen.size().1).next().unwrap_or_default()
}

/// The cursor's place and the number of rows: `12/1,204` in the bar.
fn place(screen: &vt100::Screen) -> Option<(usize, usize)> {
    let number = |text: &str| text.replace(',', "").parse().ok();
    let line = first_line(screen);
    line.split_whitespace().rev().find_map(|word| {
        let (place, total) = word.split_once('/')?;
        Some((number(place)?, number(total)?))
    })
}

/// What is wrong with a pod's line on the screen.
fn wrong_pod(lines: &[String], name: &str, cells: &BTreeMap<&str, &str>) -> Option<String> {
    let (ready, status) = (cells["READY"], cells["STATUS"]);
    let words = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut rows = words.filter_map(|words| {
        let at = words.iter().position(|word| is_cut_of(word, name))?;
        Some(words[at + 1..].to_vec())
    });
    // Cut names may be those of several pods: one of their lines must be right.
    let mut seen = Vec::new();
    let right = rows.any(|rest| {
        seen.push(rest.join(" "));
        // Hostile and wide words are the table's matter, not this check's.
        let status_is = status.contains(|c: char| c == ' ' || !c.is_ascii_graphic())
            || rest.get(1).is_some_and(|word| is_cut_of(word, status));
        rest.first() == Some(&ready) && status_is
    });
    (!right).then(|| format!("{name}: kubectl {ready} {status}, on the screen {seen:?}"))
}

/// Whether a word on the screen is that text, or what is left of it: cut at its end or in its middle.
fn is_cut_of(word: &str, whole: &str) -> bool {
    match word.split_once('…') {
        None => word == whole,
        Some((head, tail)) => {
            !head.is_empty()
                && head.len() + tail.len() < whole.len()
                && whole.starts_with(head)
                && whole.ends_with(tail)
        }
    }
}

#[test]
fn cut_words_are_known() {
    assert!(is_cut_of("orders-…-9qwzx", "orders-5c8d7f9b6-9qwzx"));
    assert!(is_cut_of("CreateContainerCo…", "CreateContainerConfigError"));
    assert!(is_cut_of("Running", "Running"));
    assert!(!is_cut_of("Running", "Run"));
    assert!(!is_cut_of("…", "Run"));
    assert!(!is_cut_of("Pend…ing", "Running"));
}
