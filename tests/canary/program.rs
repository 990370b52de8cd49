//! The real program, with a log of everything, on a cluster whose Secrets have the values: its screen, and every file it leaves.

use crate::cage::secret;
use crate::served::Served;
use crate::terminal::{CTRL_C, ENTER, ESCAPE, Start, Terminal};
use crate::trace::{self, TEXT, THEIRS};
use rk9s::cluster::connect::{self, Access, Request};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
const PROGRAM: &str = env!("CARGO_BIN_EXE_rk9s");

/// A served cluster with the Secrets, and a home for the program.
struct Setting {
    served: Served,
    home: TempDir,
}

impl Setting {
    fn new() -> Self {
        let setting = Self { served: Served::start(), home: tempfile::tempdir().unwrap() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kubeconfig = Some(setting.served.kubeconfig.clone());
            let request = Request { kubeconfig, access: Access::ReadWrite, ..Request::default() };
            let (link, _) = connect::connect(&request).await.unwrap();
            for (name, text) in [("bird", TEXT), ("wren", THEIRS)] {
                let post =
                    http::Request::post("/api/v1/namespaces/shop/secrets").header("content-type", "application/json");
                let body = kube::client::Body::from(secret(name, text).to_string().into_bytes());
                assert_eq!(link.send(post.body(body).unwrap()).await.unwrap().status(), 201);
            }
        });
        setting
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("HOME", self.path("")),
            ("TMPDIR", self.path("")),
            ("RK9S_STATE_DIR", self.path("state")),
            ("RK9S_CONFIG_DIR", self.path("config")),
        ]
    }

    fn arguments<'a>(&'a self, log: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        let own = ["-vv", "--log-file", log, "--kubeconfig", self.served.kubeconfig.to_str().unwrap()];
        [&own, rest].concat()
    }

    /// Without a terminal: what it prints.
    fn run(&self, rest: &[&str]) -> String {
        let log = self.path("log");
        let mut command = Command::new(PROGRAM);
        command.args(self.arguments(&log, rest)).env_clear().envs(self.variables());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8(said).unwrap()
    }

    fn start(&self, rest: &[&str]) -> Terminal {
        let log = self.path("log");
        let mut start = Start::new(Path::new(PROGRAM)).arguments(self.arguments(&log, rest)).size(50, 160);
        for (name, value) in self.variables() {
            start = start.variable(name, &value);
        }
        Terminal::start(&start)
    }

    /// Every file below the home, by its name and what is in it.
    fn files(&self) -> Vec<(String, String)> {
        let (mut files, mut folders) = (Vec::new(), vec![self.home.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                    files.push((path.to_str().unwrap().to_owned(), text));
                }
            }
        }
        files
    }

    fn has_no_trace_in_files(&self, wanted: &[&str]) {
        let files = self.files();
        for part in wanted {
            assert!(files.iter().any(|(name, text)| name.contains(part) && !text.is_empty()), "no {part}: {files:?}");
        }
        for (name, text) in files {
            assert_eq!(trace::found(&text), Vec::<&str>::new(), "{name} has it");
        }
    }
}

#[test]
fn neither_a_snapshot_nor_its_log_has_a_value() {
    let setting = Setting::new();
    for form in ["wide", "csv", "json", "yaml"] {
        let said = setting.run(&["snapshot", "secrets", "-n", "shop", "-o", form]);
        assert!(said.contains("bird"), "{said}");
        trace::none(form, &said);
    }
    let shown = setting.run(&["snapshot", "secrets", "-n", "shop", "-o", "yaml", "--reveal"]);
    assert!(trace::found(&shown).contains(&TEXT), "{shown}");
    setting.has_no_trace_in_files(&["/log"]);
}

#[test]
fn the_console_shows_what_is_revealed_and_keeps_nothing() {
    let setting = Setting::new();
    let mut terminal = setting.start(&["secrets", "-n", "shop"]);
    terminal.wait_for_text("● live", PATIENCE);
    terminal.send("/bird");
    terminal.send(ENTER);
    terminal.wait_for("the one row", PATIENCE, |screen| {
        screen.contents().contains("bird") && !screen.contents().contains("orders-db")
    });
    for (key, title) in [("d", "describe secret/bird"), ("y", "yaml secret/bird"), ("x", "keys secret/bird")] {
        terminal.send(key);
        terminal.wait_for(title, PATIENCE, |screen| {
            screen.contents().contains(title) && screen.contents().contains("bytes")
        });
        terminal.send(ESCAPE);
        terminal.wait_for_text("NAME", PATIENCE);
    }
    assert_eq!(
        trace::found(&String::from_utf8_lossy(&terminal.raw())),
        Vec::<&str>::new(),
        "before anything is revealed"
    );
    terminal.send("x");
    terminal.wait_for_text("text  23 bytes", PATIENCE);
    terminal.send("/text");
    terminal.send(ENTER);
    terminal.send("x");
    let shown = terminal.wait_for_text(TEXT, PATIENCE).contents();
    assert_eq!(trace::found(&shown), [TEXT], "{shown}");
    terminal.send("\x1b");
    terminal.wait_for("the search ended", PATIENCE, |screen| !screen.contents().contains("/text"));
    terminal.send("\x1b");
    let left = terminal.wait_for("the table", PATIENCE, |screen| screen.contents().contains("KEYS")).contents();
    trace::none("the screen afterwards", &left);
    changed(&mut terminal);
    terminal.send(CTRL_C);
    assert!(terminal.wait_for_end(PATIENCE).success());
    setting.has_no_trace_in_files(&["/log", "/state/", "journal"]);
}

/// A label is set, the Secret deleted, and had back: all is in the journal then.
fn changed(terminal: &mut Terminal) {
    terminal.send("L");
    terminal.wait_for_text("Label secret/bird", PATIENCE);
    terminal.send("a=b");
    terminal.wait_for_text("metadata.labels.a", PATIENCE);
    terminal.send(ENTER);
    terminal.wait_for_text("done · U takes it back", PATIENCE);
    terminal.send("\x04");
    terminal.wait_for_text("its values are kept by this rk9s alone and in no file", PATIENCE);
    terminal.send(ENTER);
    terminal
        .wait_for("the end of the Secret", PATIENCE, |screen| screen.contents().contains("Delete secret/bird: done"));
    terminal.send("U");
    terminal.wait_for_text("Take back: Delete secret/bird", PATIENCE);
    let form =
        terminal.wait_for("what will be created", PATIENCE, |screen| screen.contents().contains("kubectl")).contents();
    trace::none("the form that has the Secret back", &form);
    terminal.send(ENTER);
    terminal.wait_for("the Secret again", PATIENCE, |screen| {
        screen.contents().contains("Take back: Delete secret/bird: done")
            && screen.contents().contains("binary,other,text")
    });
}
