//! A running lab (tests/kubernetes), and the two programs that are compared on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The directory that `tests/kubernetes/up` was given.
pub struct Lab {
    directory: PathBuf,
    program: PathBuf,
}

impl Lab {
    /// The lab that RK9S_CONTRACT names; without one there is nothing to compare with.
    pub fn given() -> Option<Self> {
        let directory = PathBuf::from(std::env::var_os("RK9S_CONTRACT")?);
        let program = match std::env::var_os("RK9S_BIN") {
            Some(program) => PathBuf::from(program),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/rk9s"),
        };
        assert!(directory.join("settings").is_file(), "RK9S_CONTRACT={}: no lab", directory.display());
        assert!(program.is_file(), "{}: not built; build it, or set RK9S_BIN", program.display());
        Some(Self { directory, program })
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        self.directory.join(format!("{user}.kubeconfig"))
    }

    /// Runs the kubectl of the server's own version.
    pub fn kubectl(&self, user: &str, arguments: &[&str]) -> Answer {
        self.run(&self.directory.join("bin/kubectl"), user, arguments)
    }

    pub fn rk9s(&self, user: &str, arguments: &[&str]) -> Answer {
        self.run(&self.program, user, arguments)
    }

    fn run(&self, program: &Path, user: &str, arguments: &[&str]) -> Answer {
        let home = tempfile::tempdir().unwrap();
        let output = Command::new(program)
            .arg("--kubeconfig")
            .arg(self.kubeconfig(user))
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .output();
        let output = output.unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        Answer::new(&output)
    }
}

/// What a program printed, and whether it said that it went well.
#[derive(Debug)]
pub struct Answer {
    pub well: bool,
    pub text: String,
    pub errors: String,
}

impl Answer {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { well: output.status.success(), text: text(&output.stdout), errors: text(&output.stderr) }
    }

    /// The text, if all went well.
    pub fn expect(self, what: &str) -> String {
        assert!(self.well, "{what} failed: {}", self.errors);
        self.text
    }

    pub fn is_forbidden(&self) -> bool {
        !self.well && self.errors.to_lowercase().contains("forbidden")
    }
}
