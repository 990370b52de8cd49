//! A home of its own for each start: kubeconfig, settings and memory in a directory that goes with the test.

use crate::terminal::{Start, Terminal};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Far more than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rk9s"))
}

pub struct Home {
    pub dir: TempDir,
}

impl Home {
    /// Contexts by name with the loopback ports of their servers; the first is the current one.
    pub fn new(contexts: &[(&str, u16)]) -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        let mut text = format!("apiVersion: v1\nkind: Config\ncurrent-context: {}\nclusters:\n", contexts[0].0);
        for (name, port) in contexts {
            text.push_str(&format!("- {{name: {name}, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}\n"));
        }
        text.push_str("users:\n- {name: me, user: {}}\ncontexts:\n");
        for (name, _) in contexts {
            text.push_str(&format!("- {{name: {name}, context: {{cluster: {name}, user: me, namespace: shop}}}}\n"));
        }
        std::fs::write(home.kubeconfig(), text).unwrap();
        home
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn variables(&self) -> [(&'static str, PathBuf); 4] {
        [
            ("HOME", self.dir.path().into()),
            ("KUBECONFIG", self.kubeconfig()),
            ("RK9S_STATE_DIR", self.state()),
            ("RK9S_CONFIG_DIR", self.dir.path().join("config")),
        ]
    }

    /// The program, to be started in a terminal of the test's own.
    pub fn command(&self) -> portable_pty::CommandBuilder {
        let mut command = portable_pty::CommandBuilder::new(program());
        command.env_clear();
        command.env("TERM", "xterm-256color");
        for (name, value) in self.variables() {
            command.env(name, value);
        }
        command
    }

    fn at_home(&self, mut start: Start) -> Terminal {
        for (name, value) in self.variables() {
            start = start.variable(name, value.to_str().unwrap());
        }
        Terminal::start(&start)
    }

    /// The program itself in a terminal of 80x24.
    pub fn start(&self, arguments: &[&str]) -> Terminal {
        self.at_home(Start::new(program()).arguments(arguments.iter().copied()))
    }

    /// The program started by a shell, which goes on in the same terminal and says how it is then: the words `ended with`
    /// and the exit status, and what `stty -a` says. The program's process id is in the file `pid`.
    pub fn start_by_shell(&self, arguments: &[&str]) -> Terminal {
        let script =
            "sh -c 'echo $$ > \"$HOME/pid\"; exec \"$@\"' sh \"$@\"; echo \"ended with $?\"; stty -a; echo done";
        let program = program().to_str().unwrap();
        let all = ["-c", script, "sh", program].into_iter().chain(arguments.iter().copied());
        self.at_home(Start::new(Path::new("/bin/sh")).arguments(all))
    }

    /// The process id of the program that a shell started and that has painted.
    pub fn pid(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("pid")).unwrap().trim().to_owned()
    }

    /// The program without a terminal.
    pub fn run(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().stdin(std::process::Stdio::null());
        for (name, value) in self.variables() {
            command.env(name, value);
        }
        command.output().unwrap()
    }
}

/// Sends a signal (`TERM`, `STOP`, …).
pub fn signal(pid: &str, name: &str) {
    let status = Command::new("/bin/sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap();
    assert!(status.success());
}
