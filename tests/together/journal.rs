//! The journal of real programs: whose it is, what a kill in the middle of a change leaves, and what it never holds.

use super::*;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Instant;

impl Home {
    /// Each process' file.
    fn journals(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.path("state/journal")) else { return Vec::new() };
        let file = |file: std::io::Result<std::fs::DirEntry>| {
            let path = file.unwrap().path();
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
            std::fs::read_to_string(path).unwrap()
        };
        files.map(file).collect()
    }

    /// Waits until the journals are so.
    fn journals_are(&self, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let journals = self.journals();
            if is_so(&journals) {
                return journals;
            }
            assert!(Instant::now() < end, "not in time: {journals:#?}");
            std::thread::yield_now();
        }
    }

    fn replicas(&self, name: &str) -> Value {
        let mut snapshot = Command::new(env!("CARGO_BIN_EXE_rk9s"));
        snapshot.args(["snapshot", &format!("deployments/{name}"), "-n", "shop", "-o", "json", "--context", "demo"]);
        let output = snapshot.arg("--kubeconfig").arg(&self.served.kubeconfig).env_clear().env("HOME", self.dir.path());
        let output = output.output().unwrap();
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        let object = object.pointer("/items/0").unwrap_or(&object);
        object["spec"]["replicas"].clone()
    }
}

fn line(terminal: &mut Terminal, text: &str) {
    terminal.send(text);
    terminal.send(ENTER);
}

/// The line of the journal on the screen with these words.
fn entry(terminal: &Terminal, title: &str, outcome: &str) -> String {
    let found = |screen: &vt100::Screen| {
        let text = screen.contents();
        text.lines().find(|line| line.contains(title) && line.contains(outcome)).map(str::to_owned)
    };
    let screen = terminal.wait_for(&format!("{title}: {outcome}"), PATIENCE, |screen| found(screen).is_some());
    found(&screen).unwrap()
}

/// The server is silent when the change is sent, and rk9s is killed while it waits: nobody knows whether it was done. Another that
/// lives is not taken for a dead one.
#[test]
fn a_change_that_a_kill_cut_off_is_told_of_and_found_out() {
    const TITLE: &str = "Scale deployment/cart";
    let home = Home::new();
    let mut other = home.start("demo", "deployments");
    let mut cut = home.start("demo", "deployments");
    line(&mut cut, "/cart");
    cut.wait_for("cart alone", PATIENCE, |screen| {
        screen.contents().contains(" cart ") && !screen.contents().contains("orders")
    });
    cut.send("s");
    cut.wait_for_text(TITLE, PATIENCE);
    cut.wait_for_text("follow", PATIENCE);
    cut.send("7");
    cut.wait_for_text("→ 7", PATIENCE);
    home.served.signal("STOP");
    cut.send(ENTER);
    home.journals_are(|journals| journals.iter().any(|text| text.ends_with('\n')));
    line(&mut other, ":journal");
    entry(&other, TITLE, "going on");
    assert!(Command::new("kill").args(["-KILL", &cut.pid().to_string()]).status().unwrap().success());
    assert!(!cut.wait_for_end(PATIENCE).success());
    other.send(ESCAPE);
    line(&mut other, ":journal");
    entry(&other, TITLE, "outcome unknown");
    home.served.signal("CONT");
    leave(other);
    let [text] = &home.journals()[..] else { panic!("one has changed something") };
    let begun: Value = serde_json::from_str(text).unwrap();
    assert_eq!((&begun["ended"], &begun["done"][0]["outcome"]), (&Value::Bool(false), &Value::Null));

    let mut next = home.start("demo", "deployments");
    next.wait_for_text("1 changes of a rk9s that ended in the middle have an unknown outcome", PATIENCE);
    line(&mut next, ":journal");
    let row = entry(&next, TITLE, "outcome unknown");
    assert!(row.contains('?'), "{row}");
    next.send("R");
    next.wait_for("the outcome", PATIENCE, |screen| {
        let text = screen.contents();
        text.contains(TITLE) && !text.lines().any(|line| line.contains(TITLE) && line.contains("unknown"))
    });
    let said = if home.replicas("cart") == 7 { "done" } else { "not done, as was found out later" };
    entry(&next, TITLE, said);
    home.journals_are(|journals| journals.len() == 2);
    leave(next);

    let mut last = home.start("demo", "deployments");
    line(&mut last, ":journal");
    entry(&last, TITLE, said);
    assert!(!last.text().contains("unknown"), "{}", last.text());
    leave(last);
}

/// Edited twice and taken back, so that each value was before and after: none is in a file.
#[test]
fn what_a_secret_holds_is_in_no_journal() {
    // `canary-1` and `canary-2`.
    const VALUES: [&str; 2] = ["Y2FuYXJ5LTE=", "Y2FuYXJ5LTI="];
    let home = Home::new();
    let edits = home.path("edit");
    let script = format!("sed -i.before -e 's|{0}|{1}|' -e 's|password: Y29.*|password: {0}|'", VALUES[0], VALUES[1]);
    std::fs::write(&edits, format!("#!/bin/sh\n{script} \"$1\"\n")).unwrap();
    std::fs::set_permissions(&edits, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut terminal = home.start_with("demo", "secrets", &[("KUBE_EDITOR", edits.to_str().unwrap())]);
    line(&mut terminal, "/orders-db");
    terminal.wait_for("the secret alone", PATIENCE, |screen| {
        screen.contents().contains("orders-db") && !screen.contents().contains("shop-tls")
    });
    let ended =
        |times: usize| home.journals_are(|journals| journals.concat().matches("\"ended\":true").count() == times);
    terminal.send("e");
    terminal.wait_for_text("done · U takes it back", PATIENCE);
    ended(1);
    terminal.send("e");
    ended(2);
    terminal.wait_for_text("done · U takes it back", PATIENCE);
    terminal.send("U");
    terminal.wait_for_text("Take back: Edit secret/orders-db", PATIENCE);
    terminal.send(ENTER);
    let journal = ended(3).concat();
    leave(terminal);
    assert!(journal.contains("/data/password"), "{journal}");
    assert!(journal.lines().count() == 6, "{journal}");
    let values = VALUES.iter().copied().chain(["canary", "correct horse battery staple"]);
    let values: Vec<&str> =
        values.chain(["Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ=="]).filter(|own| journal.contains(own)).collect();
    assert_eq!(values, [""; 0]);
}
