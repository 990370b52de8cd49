//! Does rk9s say what kubectl says? On a real control plane (tests/kubernetes), cell by cell.
//!
//! Runs against the lab that RK9S_CONTRACT names, with the program that RK9S_BIN names (target/release/rk9s). Without
//! a lab each test says that it was skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "describe/compare.rs"]
mod compare;
#[path = "contract/describe.rs"]
mod describe;
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

use lab::Lab;
use table::{Table, split_restarts};

/// Who looks, and where.
#[derive(Clone, Copy)]
struct Look {
    user: &'static str,
    scope: &'static [&'static str],
}

const EVERYWHERE: Look = Look { user: "admin", scope: &["-A"] };
const IN_ZOO: Look = Look { user: "admin", scope: &["-n", "zoo"] };
const OF_ONE: Look = Look { user: "one", scope: &["-n", "zoo"] };
const OF_NOBODY: Look = Look { user: "viewer", scope: &["-n", "zoo"] };

/// Compares one kind's tables for the administrator and a user of one namespace, and without any right.
fn compare(kind: &str) {
    let Some(lab) = Lab::given() else {
        println!("{kind}: skipped, RK9S_CONTRACT names no lab");
        return;
    };
    let found: Vec<String> =
        [EVERYWHERE, IN_ZOO, OF_ONE, OF_NOBODY].iter().flat_map(|look| differences(&lab, kind, *look)).collect();
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

fn differences(lab: &Lab, kind: &str, look: Look) -> Vec<String> {
    let theirs = || lab.kubectl(look.user, &[&["get", kind, "-o", "wide", "--chunk-size=0"], look.scope].concat());
    let before = theirs();
    let ours = lab.rk9s(look.user, &[&["snapshot", kind, "-o", "csv"], look.scope].concat());
    let after = theirs();
    let about = format!("{} {kind} {}", look.user, look.scope.join(" "));
    if before.is_forbidden() && after.is_forbidden() {
        return match ours.is_forbidden() && ours.text.is_empty() {
            true => Vec::new(),
            false => vec![format!("{about}: kubectl is forbidden to, rk9s says {:?} {:?}", ours.text, ours.errors)],
        };
    }
    let read = |text: String| {
        let mut table = Table::from_kubectl(&text);
        if kind == "pods" {
            split_restarts(&mut table);
        }
        table
    };
    let (before, after) = (read(before.expect("kubectl")), read(after.expect("kubectl")));
    if !ours.well {
        return vec![format!("{about}: rk9s failed: {}", ours.errors.trim())];
    }
    let ours = Table::from_csv(&ours.text);
    assert!(!after.rows.is_empty(), "{about}: nothing to compare; was tests/kubernetes/zoo run?");
    let mut found = judge::differences(&before, &ours, &after);
    if look.scope == ["-A"] && after.titles.first().is_some_and(|title| title == "NAMESPACE") {
        found.extend(
            (ours.titles.first().is_none_or(|title| title != "NAMESPACE")).then(|| "NAMESPACE is not first".into()),
        );
    }
    found.into_iter().map(|line| format!("{about}: {line}")).collect()
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
#[test]
fn several_namespaces_are_one_table() {
    let Some(lab) = Lab::given() else {
        println!("several namespaces: skipped, RK9S_CONTRACT names no lab");
        return;
    };
    let spaces = ["zoo", "zoo-two", "zoo-three"];
    let ours = lab.rk9s("three", &["snapshot", "deployments", "-o", "csv", "-n", &spaces.join(",")]);
    let ours = Table::from_csv(&ours.expect("rk9s"));
    let mut theirs = Vec::new();
    for space in spaces {
        let text = lab.kubectl("three", &["get", "deployments", "-o", "wide", "-n", space]).expect("kubectl");
        theirs.extend(Table::from_kubectl(&text).by_key().into_keys().map(|name| format!("{space}/{name}")));
    }
    theirs.sort();
    assert_eq!(ours.by_key().into_keys().collect::<Vec<_>>(), theirs);
}
