//! kubectl as the judge: does the embedded cluster answer it as a real control plane does?
//!
//! The sessions in tests/judge/*.txt are kubectl's commands, each with what the real API server 1.36 made it print, names, times and
//! addresses apart. They are run against `rk9s demo serve`; where it answers otherwise, [`known::DIFFERENCES`] must say why. With a
//! lab (RK9S_CONTRACT, see tests/kubernetes) they are run against that, too, and must still be its answers; RK9S_RECORD=1 writes them anew.
//! Without a kubectl of that version (RK9S_KUBECTL, the lab's, or one in PATH) each test says that it was skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "judge/known.rs"]
mod known;
#[path = "judge/plain.rs"]
mod plain;
#[path = "demo/served.rs"]
mod served;
#[path = "judge/session.rs"]
mod session;

use serde_json::Value;
use served::Served;
use session::{Place, Session};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whose words are recorded: another version prints some of them otherwise.
const KUBECTL: &str = "1.36";

fn kubectl() -> Option<PathBuf> {
    let found = served::kubectl();
    if found.is_none() {
        println!("skipped, no kubectl (RK9S_KUBECTL, RK9S_CONTRACT, RK9S_LAB_BIN or PATH)");
    }
    found
}

fn version(kubectl: &Path) -> String {
    let output = Command::new(kubectl).args(["version", "--client", "-o", "json"]).output().unwrap();
    let version: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |part: &str| version["clientVersion"][part].as_str().unwrap().trim_end_matches('+').to_owned();
    format!("{}.{}", number("major"), number("minor"))
}

/// Runs a session everywhere, and fails with every difference that nobody explained.
fn judge(name: &str) {
    let Some(kubectl) = kubectl() else { return };
    if version(&kubectl) != KUBECTL {
        println!(
            "{name}: skipped, {} is of {}, and what it prints was recorded of {KUBECTL}",
            kubectl.display(),
            version(&kubectl)
        );
        return;
    }
    let file = folder().join(name).with_extension("txt");
    let recorded = Session::read(&std::fs::read_to_string(&file).unwrap());
    if let Some(lab) = std::env::var_os("RK9S_CONTRACT") {
        let real = recorded.run(&kubectl, &Path::new(&lab).join("admin.kubeconfig"), Place::Lab);
        if std::env::var_os("RK9S_RECORD").is_some() {
            std::fs::write(&file, real.to_string()).unwrap();
        } else {
            let changed = recorded.differences(&real);
            assert!(
                changed.is_empty(),
                "{name} is not what the real server answers (RK9S_RECORD=1):\n{}",
                changed.join("\n")
            );
        }
    }
    let recorded = Session::read(&std::fs::read_to_string(&file).unwrap());
    let served = Served::start();
    let ours = recorded.run(&kubectl, &served.kubeconfig, Place::Embedded);
    let found = known::unexplained(name, &recorded.differences(&ours));
    assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge")
}

/// In the story a budget holds all there is of `payments`: the nodes that they are on cannot be drained, and a healthy other one can.
#[test]
fn the_budget_of_the_story_blocks_the_drain_of_its_nodes() {
    let Some(kubectl) = kubectl() else { return };
    let served = Served::start();
    let home = tempfile::tempdir().unwrap();
    let command = |line: &str| {
        let mut command = Command::new(&kubectl);
        command.args(line.split(' ')).env_clear().env("HOME", home.path()).env("KUBECONFIG", &served.kubeconfig);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    let run = |line: &str| {
        let output = command(line).stdout(Stdio::piped()).output().unwrap();
        let [text, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.success(), text, errors)
    };
    let items = |line: &str| -> Vec<Value> {
        let list: Value = serde_json::from_str(&run(line).1).unwrap();
        list["items"].as_array().unwrap().clone()
    };
    let pods = items("get pods -n payments -l app=payments -o json");
    let held: BTreeSet<&str> = pods.iter().map(|pod| pod["spec"]["nodeName"].as_str().unwrap()).collect();
    assert_eq!((pods.len(), held.is_empty()), (3, false));
    let how = "--ignore-daemonsets --delete-emptydir-data --force";
    let real = std::fs::read_to_string(folder().join("nodes.txt")).unwrap();
    assert!(real.contains(VIOLATES), "the real server's words");
    for node in &held {
        // It would ask for ever.
        let mut drain = command(&format!("drain {node} {how}")).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(drain.stderr.take().unwrap()).lines().map(|line| line.unwrap());
        let is_held = |line: &String| line.contains("-n \"payments\"") && line.contains(VIOLATES);
        assert!(errors.any(|line| is_held(&line)), "{node} was drained, or for another reason not");
        drain.kill().unwrap();
        drain.wait().unwrap();
    }
    let is_ready = |node: &&Value| {
        node["status"]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|own| own["type"] == "Ready" && own["status"] == "True")
    };
    let nodes = items("get nodes -o json");
    let mut others = nodes.iter().filter(is_ready).map(|node| node["metadata"]["name"].as_str().unwrap());
    let other = others.find(|name| !held.contains(name)).expect("a node without one of them");
    let (drained, _, errors) = run(&format!("drain {other} {how} --dry-run=server"));
    assert!(drained, "{other}: {errors}");
    assert_eq!(items("get pods -n payments -l app=payments -o json").len(), 3);
}

const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

macro_rules! sessions {
    ($($name:ident,)*) => { $(
        #[test]
        fn $name() {
            judge(stringify!($name));
        }
    )* };
}

sessions! {
    nodes,
    objects,
    rollout,
}
