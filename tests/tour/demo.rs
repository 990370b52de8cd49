//! `rk9s --demo` in a terminal, with a home of its own. For any test that includes this file and `pty/terminal.rs` by `#[path]`.
#![allow(dead_code)]

use crate::terminal::{Start, Terminal};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Far more than anything takes that has no limit of its own.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Demo {
    pub terminal: Terminal,
    _home: TempDir,
}

impl Demo {
    /// The program, as it starts on a machine where nothing is known of any cluster.
    pub fn start(rows: u16, columns: u16) -> Self {
        Self::start_with(&[], rows, columns)
    }

    pub fn start_with(arguments: &[&str], rows: u16, columns: u16) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
        let start = Start::new(Path::new(env!("CARGO_BIN_EXE_rk9s")))
            .arguments([&["--demo"], arguments].concat())
            .variable("HOME", &path(""))
            .variable("RK9S_STATE_DIR", &path("state"))
            .variable("RK9S_CONFIG_DIR", &path("config"))
            .size(rows, columns);
        Self { terminal: Terminal::start(&start), _home: home }
    }

    /// Types these, one after the other: a line and the key that ends it are read apart.
    pub fn keys(&mut self, keys: &[&str]) {
        for key in keys {
            self.terminal.send(key);
        }
    }

    /// Waits until bar and screen are as wanted; the screen.
    pub fn see(&self, what: &str, wanted: impl FnMut(&str, &str) -> bool) -> String {
        self.see_within(PATIENCE, what, wanted)
    }

    pub fn see_within(&self, patience: Duration, what: &str, mut wanted: impl FnMut(&str, &str) -> bool) -> String {
        let seen = self.terminal.wait_for(what, patience, |screen| {
            let text = screen.contents();
            wanted(text.lines().next().unwrap_or_default(), &text)
        });
        seen.contents()
    }
}
