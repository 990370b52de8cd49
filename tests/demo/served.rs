//! `rk9s demo serve` as a program of its own, ended with the test. For any test that includes this file by `#[path]`.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The embedded cluster on loopback.
pub struct Served {
    program: Child,
    /// With the contexts `demo`, `demo-dev` and `demo-viewer`.
    pub kubeconfig: PathBuf,
}

impl Served {
    /// Starts it, and waits until it can be reached.
    pub fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rk9s"));
        command.args(["demo", "serve"]).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let kubeconfig = PathBuf::from(line.trim_end());
        if !kubeconfig.is_file() {
            program.kill().unwrap();
            let mut errors = String::new();
            program.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            panic!("rk9s demo serve printed {line:?} and said {errors:?}");
        }
        Self { program, kubeconfig }
    }
}

impl Served {
    /// Sends it a signal (`STOP`, `CONT`).
    pub fn signal(&self, name: &str) {
        let pid = self.program.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // An error means that it has ended already. Killed, it leaves its kubeconfig behind.
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}

/// The kubectl that `RK9S_KUBECTL` names, else that of the lab that `RK9S_CONTRACT` names or that is built in `RK9S_LAB_BIN`, else that
/// of `PATH`.
pub fn kubectl() -> Option<PathBuf> {
    let named = std::env::var_os("RK9S_KUBECTL").map(PathBuf::from);
    let of_lab = std::env::var_os("RK9S_CONTRACT").map(|lab| Path::new(&lab).join("bin/kubectl"));
    let built = std::env::var_os("RK9S_LAB_BIN").map(|folder| Path::new(&folder).join("kubectl"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let of_path = std::env::split_paths(&path).map(|folder| folder.join("kubectl"));
    named.into_iter().chain(of_lab).chain(built).chain(of_path).find(|file| file.is_file())
}
