//! kubectl as the judge: does the embedded cluster answer it as a real control plane does?
//!
//! The sessions in tests/judge/*.txt are kubectl's commands, each with what the real API server 1.36 made it print, names, times and
//! addresses apart. They are run against `rk9s demo serve`; where it answers otherwise, [`known::DIFFERENCES`] must say why. With a
//! lab (RK9S_CONTRACT, see tests/kubernetes) they are run against that, too, and must still be its answers; RK9S_RECORD=1 writes them anew.
//! Without a kubectl (RK9S_KUBECTL, the lab's, or one in PATH) each test says that it was skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "judge/known.rs"]
mod known;
#[path = "judge/plain.rs"]
mod plain;
#[path = "demo/served.rs"]
mod served;
#[path = "judge/session.rs"]
mod session;

use served::Served;
use session::{Place, Session};
use std::path::{Path, PathBuf};

/// Runs a session everywhere, and fails with every difference that nobody explained.
fn judge(name: &str) {
    let Some(kubectl) = served::kubectl() else {
        println!("{name}: skipped, no kubectl (RK9S_KUBECTL, RK9S_CONTRACT or PATH)");
        return;
    };
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
