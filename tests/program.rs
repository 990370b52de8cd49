#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! The program as it is started: what needs no cluster, and terminals that can do little.
#![cfg(unix)]

#[path = "pty/terminal.rs"]
mod terminal;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;
use terminal::{CTRL_C, ENTER, Start, Terminal};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
const PROGRAM: &str = env!("CARGO_BIN_EXE_rk9s");

/// A home with nothing in it but what a test writes.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(home.0.path().join("config/keymaps")).unwrap();
        home
    }

    fn variables(&self) -> [(&'static str, String); 3] {
        let path = |name: &str| self.0.path().join(name).to_str().unwrap().to_owned();
        [("HOME", path("")), ("RK9S_CONFIG_DIR", path("config")), ("RK9S_STATE_DIR", path("state"))]
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join("config").join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM).args(arguments).env_clear().envs(self.variables()).output().unwrap()
    }

    fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let mut start = Start::new(Path::new(PROGRAM)).arguments(arguments.iter().copied()).size(24, 80);
        for (name, value) in &self.variables() {
            start = start.variable(name, value);
        }
        for (name, value) in variables {
            start = start.variable(name, value);
        }
        Terminal::start(&start)
    }
}

#[test]
fn info_says_where_things_are_and_what_is_wrong_and_no_value() {
    let home = Home::new();
    let bare = home.said(&["info"]);
    for part in
        ["configured  ", "/config\n", "remembered  ", "/state\n", "keymap      default\n", "none: the defaults hold"]
    {
        assert!(bare.contains(part), "{part}\n{bare}");
    }
    home.write("config.yaml", "keymap: vim\nfavourites: [hush]\nreadonly: maybe\n");
    home.write("keymap.yaml", "table: {top: g g}\n");
    let said = home.said(&["info"]);
    for part in [
        "keymap      vim\n",
        "/config/config.yaml\n",
        "/config/keymap.yaml\n",
        "config.yaml:3:11: readonly: `maybe` is neither",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn shells_are_given_completions() {
    let home = Home::new();
    for (shell, part) in [("bash", "complete -F _rk9s"), ("zsh", "#compdef rk9s"), ("fish", "complete -c rk9s")] {
        let script = home.said(&["completion", shell]);
        assert!(script.contains(part) && script.contains("readonly"), "{shell}: {}", script.len());
    }
    assert!(!home.run(&["completion", "csh"]).status.success());
}

#[test]
fn without_a_terminal_or_with_a_dumb_one_it_says_what_to_do() {
    let home = Home::new();
    let output = home.run(&["--demo"]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("this is no terminal; `rk9s snapshot KIND`"),
        "{output:?}"
    );
    let dumb = home.start(&["--demo"], &[("TERM", "dumb")]);
    assert!(!dumb.wait_for_end(PATIENCE).success());
    assert!(dumb.text().contains("this terminal is dumb"), "{}", dumb.text());
    assert!(!dumb.raw().contains(&0x1b), "no escape sequence at all");
}

/// Whether a byte sequence is there that sets a colour: `ESC [ … 3x m`, `9x`, `38;…`, and their like for backgrounds.
fn colours(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    let sets = |number: &str| matches!(number.parse(), Ok(30..=38 | 40..=48 | 90..=97 | 100..=107u32));
    sequences.filter(|sequence| sequence.split([';', ':']).next().is_some_and(sets)).collect()
}

#[test]
fn colours_are_as_many_as_the_terminal_has_and_none_where_none_are_wanted() {
    let home = Home::new();
    let painted = |variables: &[(&str, &str)]| {
        let mut terminal = home.start(&["--demo", "--theme", "nord"], variables);
        terminal.wait_for("pods", PATIENCE, |screen| {
            screen.contents().contains("● live") && screen.contents().contains("orders-")
        });
        terminal.send("?");
        terminal.wait_for_text("In tables", PATIENCE);
        terminal.send("?");
        terminal.wait_for_text("READY", PATIENCE);
        terminal.send(CTRL_C);
        assert!(terminal.wait_for_end(PATIENCE).success());
        (colours(&terminal.raw()), terminal.raw())
    };
    let (none, raw) = painted(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    assert_eq!(none, Vec::<String>::new());
    assert!(raw.windows(4).any(|bytes| bytes == b"\x1b[7m"), "the cursor's row is reversed");
    let (all, _) = painted(&[("COLORTERM", "truecolor")]);
    assert!(all.iter().any(|one| one.starts_with("38;2;")), "{all:?}");
    let (few, _) = painted(&[("TERM", "xterm-256color")]);
    assert!(!few.is_empty() && few.iter().all(|one| !one.starts_with("38;2;") && !one.starts_with("48;2;")), "{few:?}");
    let (sixteen, _) = painted(&[("TERM", "linux")]);
    let narrow = |one: &String| {
        one.split(';').nth(2).and_then(|number| number.parse().ok()).is_none_or(|number: u32| number < 16)
    };
    assert!(!sixteen.is_empty() && sixteen.iter().all(narrow), "{sixteen:?}");
}

#[test]
fn a_theme_that_is_not_there_is_refused_at_the_start() {
    let home = Home::new();
    let terminal = home.start(&["--demo", "--theme", "nrd"], &[]);
    assert!(!terminal.wait_for_end(PATIENCE).success());
    assert!(terminal.text().contains("there is no theme `nrd`"), "{}", terminal.text());
    let mut terminal = home.start(&["--demo"], &[]);
    terminal.wait_for_text("● live", PATIENCE);
    terminal.send(":theme");
    terminal.send(ENTER);
    terminal.wait_for_text("high-contrast", PATIENCE);
    terminal.send(CTRL_C);
    terminal.send(CTRL_C);
    assert!(terminal.wait_for_end(PATIENCE).success());
}
