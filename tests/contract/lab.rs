//! A cluster to compare on: a running lab (tests/kubernetes) or the embedded one, and the two programs that are compared there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A cluster, the users it knows, and the programs that look at it.
pub struct Lab {
    users: Users,
    program: PathBuf,
    kubectl: Option<PathBuf>,
    /// What the programs keep: kubectl what it knows of the server.
    home: TempDir,
}

/// How a user is named to a program.
enum Users {
    /// A kubeconfig each, in the directory that `tests/kubernetes/up` was given.
    Files(PathBuf),
    /// A context each, in one kubeconfig: `demo`, `demo-dev`, `demo-viewer`.
    Contexts(PathBuf),
}

impl Lab {
    /// The lab that RK9S_CONTRACT names; without one there is no real control plane to compare on.
    pub fn given() -> Option<Self> {
        let directory = PathBuf::from(std::env::var_os("RK9S_CONTRACT")?);
        let program = match std::env::var_os("RK9S_BIN") {
            Some(program) => PathBuf::from(program),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/rk9s"),
        };
        assert!(directory.join("settings").is_file(), "RK9S_CONTRACT={}: no lab", directory.display());
        assert!(program.is_file(), "{}: not built; build it, or set RK9S_BIN", program.display());
        let kubectl = Some(directory.join("bin/kubectl"));
        Some(Self { users: Users::Files(directory), program, kubectl, home: tempfile::tempdir().unwrap() })
    }

    /// The embedded cluster that this kubeconfig leads to, looked at by the program under test and by the machine's kubectl, if
    /// it has one: that of RK9S_KUBECTL, else of the lab's programs in RK9S_LAB_BIN, else of PATH.
    pub fn embedded(kubeconfig: PathBuf) -> Self {
        let named = std::env::var_os("RK9S_KUBECTL").map(PathBuf::from).into_iter();
        let folders = std::env::var_os("RK9S_LAB_BIN").map(PathBuf::from).into_iter();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let files = folders.chain(std::env::split_paths(&path)).map(|folder| folder.join("kubectl"));
        let kubectl = named.chain(files).find(|file| file.is_file());
        let (users, program) = (Users::Contexts(kubeconfig), env!("CARGO_BIN_EXE_rk9s").into());
        Self { users, program, kubectl, home: tempfile::tempdir().unwrap() }
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn has_kubectl(&self) -> bool {
        self.kubectl.is_some()
    }

    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        match &self.users {
            Users::Files(directory) => directory.join(format!("{user}.kubeconfig")),
            Users::Contexts(kubeconfig) => kubeconfig.clone(),
        }
    }

    /// The context of a user, where it is not the kubeconfig that tells them apart.
    pub fn context(&self, user: &str) -> Option<String> {
        match &self.users {
            Users::Files(_) => None,
            Users::Contexts(_) if user == "admin" => Some("demo".into()),
            Users::Contexts(_) => Some(format!("demo-{user}")),
        }
    }

    /// Runs kubectl: on a lab the one of the server's own version.
    pub fn kubectl(&self, user: &str, arguments: &[&str]) -> Answer {
        let Some(kubectl) = &self.kubectl else { panic!("no kubectl here: ask has_kubectl before") };
        self.run(kubectl, user, arguments)
    }

    pub fn rk9s(&self, user: &str, arguments: &[&str]) -> Answer {
        self.run(&self.program, user, arguments)
    }

    fn run(&self, program: &Path, user: &str, arguments: &[&str]) -> Answer {
        let mut command = Command::new(program);
        command.arg("--kubeconfig").arg(self.kubeconfig(user));
        if let Some(context) = self.context(user) {
            command.args(["--context", &context]);
        }
        let output = command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
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
