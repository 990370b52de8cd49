//! The same comparison on the embedded cluster: every kind that it serves, for each of its users. `cargo test` needs nothing else.
//!
//! The judge is the server's own Table, and kubectl where the machine has it.

use crate::differences;
use crate::lab::Lab;
use crate::witness::{Look, Server, Told, Witness};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// `rk9s demo serve`, for all tests of this file. Its input is a pipe from this process: it is told to end when that closes.
struct Served {
    kubeconfig: PathBuf,
    _shell: Child,
}

const UNTIL_WE_END: &str = r#""$1" demo serve </dev/null & server=$!; read -r _; kill "$server"; wait "$server""#;

pub fn lab() -> Lab {
    static SERVED: OnceLock<Served> = OnceLock::new();
    let served = SERVED.get_or_init(|| {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", UNTIL_WE_END, "sh", env!("CARGO_BIN_EXE_rk9s")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let kubeconfig = PathBuf::from(line.trim_end());
        assert!(kubeconfig.is_file(), "rk9s demo serve said {line:?}");
        Served { kubeconfig, _shell: shell }
    });
    Lab::embedded(served.kubeconfig.clone())
}

const LOOKS: &[Look] = &[
    Look { user: "admin", scope: &["-A"] },
    Look { user: "admin", scope: &["-n", "shop"] },
    Look { user: "dev", scope: &["-A"] },
    Look { user: "dev", scope: &["-n", "payments"] },
    Look { user: "dev", scope: &["-n", "data"] },
    Look { user: "viewer", scope: &["-A"] },
    Look { user: "viewer", scope: &["-n", "shop"] },
];

/// All differences of all kinds, as one user sees them.
fn all_differences(lab: &Lab, witness: &dyn Witness, looks: &[Look], kinds: &[String]) -> Vec<String> {
    let found = looks.iter().flat_map(|look| kinds.iter().flat_map(|kind| differences(lab, witness, kind, *look)));
    found.collect()
}

fn agrees_with_the_server(user: &str) {
    let lab = lab();
    let server = Server::to(&lab, user);
    let looks: Vec<Look> = LOOKS.iter().filter(|look| look.user == user).copied().collect();
    let found = all_differences(&lab, &server, &looks, &server.kinds());
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_administrator_sees_every_kind() {
    agrees_with_the_server("admin");
}

#[test]
fn the_developer_sees_every_kind() {
    agrees_with_the_server("dev");
}

#[test]
fn the_viewer_sees_every_kind() {
    agrees_with_the_server("viewer");
}

/// The comparisons above say little where nothing is there, or nobody is refused.
#[test]
fn there_is_something_to_compare() {
    let lab = lab();
    let admin = Server::to(&lab, "admin");
    let kinds = admin.kinds();
    assert!(kinds.len() > 30, "{kinds:?}");
    for kind in &kinds {
        let Told::Table(table) = admin.tells(kind, LOOKS[0]) else { panic!("{kind}: forbidden to the administrator") };
        assert!(!table.rows.is_empty(), "{kind}: none in the embedded cluster");
    }
    let refused = |user: &str, kind: &str, scope: &'static [&'static str]| {
        let look = Look { user: LOOKS.iter().find(|look| look.user == user).unwrap().user, scope };
        matches!(Server::to(&lab, user).tells(kind, look), Told::Forbidden)
    };
    assert!(refused("viewer", "secrets", &["-n", "shop"]) && refused("dev", "pods", &["-n", "data"]));
    assert!(!refused("dev", "secrets", &["-n", "payments"]) && !refused("viewer", "pods", &["-A"]));
}

#[test]
fn kubectl_prints_every_kind_so() {
    let lab = lab();
    if !lab.has_kubectl() {
        println!("embedded: kubectl's print is not compared, there is none (RK9S_LAB_BIN or PATH)");
        return;
    }
    let kinds = Server::to(&lab, "admin").kinds();
    let found = all_differences(&lab, &lab, &[LOOKS[0], LOOKS[3]], &kinds);
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}
