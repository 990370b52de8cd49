//! Does rk9s say what kubectl says? On the embedded cluster and on a real control plane (tests/kubernetes), cell by cell.
//!
//! The embedded cluster is served by the program under test and needs nothing else. The real one is the lab that RK9S_CONTRACT
//! names, looked at by the program that RK9S_BIN names (target/release/rk9s); without it its tests say that they were skipped.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "describe/compare.rs"]
mod compare;
#[path = "contract/describe.rs"]
mod describe;
#[path = "contract/embedded.rs"]
mod embedded;
#[path = "contract/judge.rs"]
mod judge;
#[path = "contract/lab.rs"]
mod lab;
#[path = "contract/objects.rs"]
mod objects;
#[path = "contract/screen.rs"]
mod screen;
#[path = "contract/table.rs"]
mod table;
#[path = "pty/terminal.rs"]
mod terminal;
#[path = "contract/witness.rs"]
mod witness;

use lab::Lab;
use table::Table;
use witness::{Look, Told, Witness};

const LOOKS: &[Look] = &[
    Look { user: "admin", scope: &["-A"] },
    Look { user: "admin", scope: &["-n", "zoo"] },
    Look { user: "one", scope: &["-n", "zoo"] },
    Look { user: "viewer", scope: &["-n", "zoo"] },
];

/// Compares one kind's tables for the administrator and a user of one namespace, and without any right.
fn compare(kind: &str) {
    let Some(lab) = Lab::given() else {
        println!("{kind}: skipped on a real control plane, RK9S_CONTRACT names no lab");
        return;
    };
    let found: Vec<String> = LOOKS.iter().flat_map(|look| differences(&lab, &lab, kind, *look)).collect();
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    let Told::Table(table) = lab.tells(kind, LOOKS[0]) else { panic!("{kind}: forbidden to the administrator") };
    assert!(!table.rows.is_empty(), "{kind}: nothing to compare; was tests/kubernetes/zoo run?");
}

/// What rk9s shows otherwise than the witness, in words; empty if nothing.
fn differences(lab: &Lab, witness: &dyn Witness, kind: &str, look: Look) -> Vec<String> {
    let before = witness.tells(kind, look);
    let ours = lab.rk9s(look.user, &[&["snapshot", kind, "-o", "csv"], look.scope].concat());
    let about = |line: String| format!("{} {kind} {}: {line}", look.user, look.scope.join(" "));
    let Told::Table(before) = before else {
        let said = format!("it is forbidden, rk9s says {:?} {:?}", ours.text, ours.errors);
        return if ours.is_forbidden() && ours.text.is_empty() { Vec::new() } else { vec![about(said)] };
    };
    if !ours.well {
        return vec![about(format!("rk9s failed: {}", ours.errors.trim()))];
    }
    let ours = Table::from_csv(&ours.text);
    let mut found = judge::differences(&before, &ours, &before);
    if !found.is_empty() {
        // Something may have changed meanwhile: then what is so now must be shown.
        let Told::Table(after) = witness.tells(kind, look) else { return vec![about("it is forbidden now".into())] };
        found = judge::differences(&before, &ours, &after);
    }
    let is_first = |table: &Table| table.titles.first().is_some_and(|title| title == "NAMESPACE");
    if is_first(&before) && !is_first(&ours) {
        found.push("NAMESPACE is not first".to_owned());
    }
    found.into_iter().map(about).collect()
}

macro_rules! kinds {
    ($($test:ident: $kind:literal,)*) => { $(
        #[test]
        fn $test() {
            compare($kind);
        }
    )* };
}

kinds! {
    nodes: "nodes",
    pods: "pods",
    deployments: "deployments",
    services: "services",
    secrets: "secrets",
    namespaces: "namespaces",
    replicasets: "replicasets",
    controllerrevisions: "controllerrevisions",
    events: "events",
    statefulsets: "statefulsets",
    daemonsets: "daemonsets",
    jobs: "jobs",
    cronjobs: "cronjobs",
    ingresses: "ingresses",
    configmaps: "configmaps",
    persistentvolumeclaims: "persistentvolumeclaims",
    poddisruptionbudgets: "poddisruptionbudgets",
    custom_with_columns: "parrots",
    custom_without_columns: "cages",
}

/// `-n a,b,c` is one table over several namespaces: the rows that kubectl shows in each.
fn are_one_table(lab: &Lab, witness: &dyn Witness, user: &'static str, spaces: &[&'static [&'static str]]) {
    let names: Vec<&str> = spaces.iter().map(|scope| scope[1]).collect();
    let ours = lab.rk9s(user, &["snapshot", "deployments", "-o", "csv", "-n", &names.join(",")]);
    let ours = Table::from_csv(&ours.expect("rk9s"));
    let mut theirs = Vec::new();
    for scope in spaces {
        let Told::Table(table) = witness.tells("deployments", Look { user, scope }) else { panic!("forbidden") };
        theirs.extend(table.by_key().into_keys().map(|name| format!("{}/{name}", scope[1])));
    }
    theirs.sort();
    assert_eq!(ours.by_key().into_keys().collect::<Vec<_>>(), theirs);
}

#[test]
fn several_namespaces_are_one_table() {
    let lab = embedded::lab();
    are_one_table(&lab, &witness::Server::to(&lab, "dev"), "dev", &[&["-n", "shop"], &["-n", "payments"]]);
    match Lab::given() {
        Some(lab) => {
            are_one_table(&lab, &lab, "three", &[&["-n", "zoo"], &["-n", "zoo-two"], &["-n", "zoo-three"]]);
        }
        None => println!("several namespaces: skipped on a real control plane, RK9S_CONTRACT names no lab"),
    }
}
