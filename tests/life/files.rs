//! Files: the kubeconfig is never written; what is written is for the user alone, and whole.

use crate::cluster::Cluster;
use crate::home::{Home, PATIENCE};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files_below(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

fn views(home: &Home) -> std::collections::BTreeMap<String, String> {
    serde_yaml::from_str(&std::fs::read_to_string(home.state().join("views.yaml")).unwrap()).unwrap()
}

#[test]
fn the_kubeconfig_is_left_alone_and_all_else_is_private() {
    let cluster = Cluster::of_pods(&["cart"]);
    let home = Home::new(&[("prod-eu", cluster.port), ("dev", cluster.port)]);
    let before = (std::fs::read(home.kubeconfig()).unwrap(), std::fs::metadata(home.kubeconfig()).unwrap());
    let log = home.dir.path().join("log");
    let mut terminal = home.start(&["--log-file", log.to_str().unwrap(), "-v"]);
    terminal.wait_for_text("● live 1", PATIENCE);
    terminal.send(":ctx dev\r");
    terminal.wait_for("the other context", PATIENCE, |screen| {
        screen.contents().starts_with(" dev") && screen.contents().contains("● live 1")
    });
    terminal.send(":q\r");
    assert!(terminal.wait_for_end(PATIENCE).success());
    let after = std::fs::metadata(home.kubeconfig()).unwrap();
    assert_eq!(std::fs::read(home.kubeconfig()).unwrap(), before.0);
    assert_eq!(after.modified().unwrap(), before.1.modified().unwrap());
    let written: Vec<PathBuf> =
        files_below(home.dir.path()).into_iter().filter(|path| *path != home.kubeconfig()).collect();
    assert!(written.contains(&log) && written.contains(&home.state().join("views.yaml")), "{written:?}");
    for path in written {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}

#[test]
fn the_next_start_shows_the_last_view() {
    let cluster = Cluster::of_pods(&["cart", "orders"]);
    let home = Home::new(&[("prod-eu", cluster.port)]);
    let mut terminal = home.start(&[]);
    terminal.wait_for_text("● live 2", PATIENCE);
    terminal.send("/ord\r:q\r");
    assert!(terminal.wait_for_end(PATIENCE).success());
    assert_eq!(views(&home).get("prod-eu").map(String::as_str), Some("pods -n shop /ord"));
    let terminal = home.start(&[]);
    let screen = terminal.wait_for_text("● live 2", PATIENCE);
    let text = screen.contents();
    assert!(text.contains("/ord") && text.contains("orders") && !text.contains("cart"), "{text}");
}

#[test]
fn two_that_leave_at_once_do_not_damage_what_is_remembered() {
    let cluster = Cluster::of_pods(&["cart"]);
    let home = Home::new(&[("prod-eu", cluster.port), ("dev", cluster.port)]);
    let mut terminals: Vec<_> =
        ["prod-eu", "dev", "prod-eu", "dev"].map(|name| home.start(&["--context", name])).into();
    for terminal in &terminals {
        terminal.wait_for_text("● live 1", PATIENCE);
    }
    for terminal in &mut terminals {
        terminal.send("\x03");
    }
    for terminal in &terminals {
        assert!(terminal.wait_for_end(PATIENCE).success());
    }
    let views = views(&home);
    assert!(!views.is_empty() && views.values().all(|view| view == "pods -n shop"), "{views:?}");
    assert_eq!(files_below(&home.state()).len(), 2, "views and namespaces; nothing half-written is left");
}

#[test]
fn a_damaged_memory_and_damaged_settings_do_not_keep_it_from_starting() {
    let cluster = Cluster::of_pods(&["cart"]);
    let home = Home::new(&[("prod-eu", cluster.port)]);
    std::fs::create_dir_all(home.state()).unwrap();
    std::fs::write(home.state().join("views.yaml"), "prod-eu: [").unwrap();
    std::fs::create_dir_all(home.dir.path().join("config")).unwrap();
    std::fs::write(home.dir.path().join("config/config.yaml"), "readonly: maybe\n").unwrap();
    let terminal = home.start(&[]);
    let screen = terminal.wait_for("the table and what is wrong", PATIENCE, |screen| {
        let text = screen.contents();
        text.contains("● live 1") && text.contains("config.yaml:1:11") && text.contains("false holds")
    });
    assert!(screen.contents().contains("cart"));
}
