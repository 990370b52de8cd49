#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! Several rk9s at once with one home: real programs in terminals, on one cluster, writing the same files of state at the same
//! time; and a configuration that is broken and mended under a running one.
#![cfg(unix)]

#[path = "together/journal.rs"]
mod journal;
#[path = "demo/served.rs"]
mod served;
#[path = "pty/terminal.rs"]
mod terminal;

use served::Served;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use terminal::{CTRL_C, ENTER, ESCAPE, Start, Terminal};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// One home, and one cluster.
struct Home {
    served: Served,
    dir: TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { served: Served::start(), dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(home.path("config")).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self, context: &str, view: &str) -> Terminal {
        self.start_with(context, view, &[])
    }

    fn start_with(&self, context: &str, view: &str, variables: &[(&str, &str)]) -> Terminal {
        let kubeconfig = self.served.kubeconfig.to_str().unwrap();
        let arguments = [view, "-n", "shop", "--kubeconfig", kubeconfig, "--context", context];
        let start = Start::new(Path::new(env!("CARGO_BIN_EXE_rk9s")))
            .arguments(arguments)
            .variable("HOME", self.dir.path().to_str().unwrap())
            .variable("RK9S_STATE_DIR", self.path("state").to_str().unwrap())
            .variable("RK9S_CONFIG_DIR", self.path("config").to_str().unwrap())
            .size(60, 160);
        let start = variables.iter().fold(start, |start, (name, value)| start.variable(name, value));
        let terminal = Terminal::start(&start);
        terminal.wait_for_text("● live", PATIENCE);
        terminal
    }

    fn state(&self, name: &str) -> serde_yaml::Value {
        serde_yaml::from_str(&std::fs::read_to_string(self.path("state").join(name)).unwrap()).unwrap()
    }
}

/// Hides the second column of the table.
fn hide_a_column(terminal: &mut Terminal, kind: &str) {
    terminal.send("|");
    terminal.wait_for_text(&format!("Columns of {kind}"), PATIENCE);
    terminal.send("j");
    terminal.send(" ");
    terminal.wait_for_text("│   READY", PATIENCE);
    terminal.send(ESCAPE);
    terminal.wait_for("the table alone", PATIENCE, |screen| !screen.contents().contains("Columns of"));
}

/// Labels the object under the cursor.
fn label(terminal: &mut Terminal, label: &str) {
    terminal.send("L");
    terminal.wait_for_text("key=value", PATIENCE);
    terminal.send(label);
    terminal.wait_for_text("metadata.labels", PATIENCE);
    terminal.send(ENTER);
    terminal.wait_for_text("done · U takes it back", PATIENCE);
}

fn leave(mut terminal: Terminal) {
    terminal.send(CTRL_C);
    assert!(terminal.wait_for_end(PATIENCE).success());
}

#[test]
fn what_two_keep_at_once_is_all_kept() {
    let home = Home::new();
    let (mut one, mut two) = (home.start("demo", "pods"), home.start("demo-dev", "deployments"));
    std::thread::scope(|both| {
        both.spawn(|| hide_a_column(&mut one, "pods"));
        both.spawn(|| hide_a_column(&mut two, "deployments"));
    });
    std::thread::scope(|both| {
        both.spawn(|| (0..3).for_each(|n| label(&mut one, &format!("one=n{n}"))));
        both.spawn(|| (0..3).for_each(|n| label(&mut two, &format!("two=n{n}"))));
    });
    // A third that lives on, and one that is killed: it holds no lock afterwards.
    let mut killed = home.start("demo-viewer", "pods");
    killed.kill();
    std::thread::scope(|both| {
        both.spawn(|| leave(one));
        both.spawn(|| leave(two));
    });
    let (views, columns) = (home.state("views.yaml"), home.state("columns.yaml"));
    assert!(views["demo"].as_str().unwrap().starts_with("pods"), "{views:?}");
    assert!(views["demo-dev"].as_str().unwrap().starts_with("deployments"), "{views:?}");
    let columns = serde_yaml::to_string(&columns).unwrap();
    assert!(columns.contains("pods") && columns.contains("deployments"), "{columns}");
    let journals: Vec<Vec<serde_json::Value>> = std::fs::read_dir(home.path("state/journal"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
        .collect();
    assert_eq!(journals.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6], "begun and ended, three times each");
    let mut names: Vec<String> = std::fs::read_dir(home.path("state"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["columns.yaml", "journal", "namespaces.yaml", "views.yaml"], "nothing half-written is left");

    let mut third = home.start("demo", "pods");
    let header = third.text().lines().nth(1).unwrap().to_owned();
    assert!(header.contains("STATUS") && !header.contains("READY"), "{header}");
    third.send(":journal");
    third.send(ENTER);
    third.wait_for("the changes of both", PATIENCE, |screen| {
        let text = screen.contents();
        text.matches("Label pod/").count() == 3 && text.matches("Label deployment/").count() == 3
    });
    leave(third);
}

/// Every file of the configuration is wrong in some way while the program runs, then one is no YAML, then all is mended.
#[test]
fn a_broken_configuration_is_told_and_the_last_good_one_holds() {
    const GOOD: &str = "readonly: true\nfavourites: [payments]\n";
    let home = Home::new();
    let write = |file: &str, text: &str| std::fs::write(home.path("config").join(file), text).unwrap();
    write("config.yaml", GOOD);
    let mut terminal = home.start("demo", "pods");
    terminal.send(":settings");
    terminal.send(ENTER);
    terminal.wait_for_text("from config.yaml, line 2", PATIENCE);
    write("config.yaml", "readonly: maybe\nfavorites: [shop]\nfavourites: {a: b}\ntheme: drk\nkeymap: vmi\n");
    write("keymap.yaml", "table:\n  down: hyper-x\n  top: T\n  bottom: T\n");
    write("aliases.yaml", "aliases: [\n");
    write("views.yaml", "views: {v1/pods: 3}\n");
    let wants = [
        "config.yaml:1:11: readonly: `maybe` is neither true nor false; true holds",
        "config.yaml:2:1: there is no setting `favorites`; did you mean `favourites`?",
        "config.yaml:3:13: favourites: a map is no list of names; [payments] holds",
        "config.yaml:4:8: theme: there is no theme `drk`; did you mean `dark`?",
        "config.yaml:5:9: keymap: there is no keymap `vmi`; did you mean `vim`?; default holds",
        "keymap.yaml:2:9: down: ",
        "keymap.yaml:4:11: T means `top` already (line 3), not `bottom`",
        "aliases.yaml:1:10: this is no YAML",
        "views.yaml:1:",
    ];
    let all = terminal.wait_for("every mistake", PATIENCE, |screen| {
        let text = screen.contents();
        wants.iter().all(|want| text.contains(want))
    });
    assert!(all.contents().contains("What is wrong in the files"));
    write("config.yaml", "readonly: false\nfavourites: [shop\n");
    terminal.wait_for_text("the settings stay as they were", PATIENCE);
    terminal.send(ESCAPE);
    terminal
        .wait_for("the pods, read-only", PATIENCE, |screen| bar(screen).contains("RO") && bar(screen).contains("live"));
    terminal.send("1");
    terminal.wait_for("the favourite of before", PATIENCE, |screen| bar(screen).contains("payments"));
    for file in ["keymap.yaml", "aliases.yaml", "views.yaml"] {
        std::fs::remove_file(home.path("config").join(file)).unwrap();
    }
    write("config.yaml", GOOD);
    terminal.send(":settings");
    terminal.send(ENTER);
    terminal.wait_for("nothing is wrong any more", PATIENCE, |screen| {
        let text = screen.contents();
        text.contains("Settings in demo") && !text.contains("What is wrong in the files")
    });
    leave(terminal);
}

fn bar(screen: &vt100::Screen) -> String {
    screen.contents().lines().next().unwrap_or_default().to_owned()
}
