//! Servers that can be frozen and killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server with a kubeconfig, and who looks at it.
pub trait Server {
    fn program(&self) -> PathBuf;
    fn kubeconfig(&self) -> PathBuf;
    fn namespace(&self) -> &'static str;
    /// A directory for what the console remembers.
    fn home(&self) -> PathBuf;
}

/// The embedded cluster in a process of its own.
pub struct Served {
    child: Mutex<Child>,
    kubeconfig: PathBuf,
    home: TempDir,
}

impl Served {
    pub fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rk9s"));
        let mut child = command.args(["demo", "serve"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child: Mutex::new(child), kubeconfig: line.trim_end().into(), home: tempfile::tempdir().unwrap() }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.lock().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    pub fn freeze(&self) {
        self.signal("STOP");
    }
    pub fn thaw(&self) {
        self.signal("CONT");
    }
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Server for Served {
    fn program(&self) -> PathBuf {
        env!("CARGO_BIN_EXE_rk9s").into()
    }
    fn kubeconfig(&self) -> PathBuf {
        self.kubeconfig.clone()
    }
    fn namespace(&self) -> &'static str {
        "shop"
    }
    fn home(&self) -> PathBuf {
        self.home.path().into()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap();
        // It may have been killed by the test.
        let _ = child.kill();
        let _ = child.wait();
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}

/// A lab of tests/kubernetes.
pub struct Lab {
    directory: PathBuf,
    home: TempDir,
}

impl Lab {
    pub fn given() -> Option<Self> {
        let directory = PathBuf::from(std::env::var_os("RK9S_OUTAGE")?);
        assert!(directory.join("settings").is_file(), "RK9S_OUTAGE={}: no lab", directory.display());
        Some(Self { directory, home: tempfile::tempdir().unwrap() })
    }

    fn script(&self, name: &str, arguments: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes").join(name);
        assert!(Command::new(script).arg(&self.directory).args(arguments).status().unwrap().success(), "{name}");
    }

    pub fn freeze(&self) {
        self.script("freeze", &["apiserver"]);
    }
    pub fn thaw(&self) {
        self.script("thaw", &["apiserver"]);
    }
    pub fn kill(&self) {
        self.script("stop", &["apiserver", "KILL"]);
    }

    /// Starts it and waits until it answers.
    pub fn start(&self) {
        self.script("start", &["apiserver"]);
        let began = Instant::now();
        while !self.try_kubectl(&["get", "--raw", "/readyz"]).0 {
            assert!(began.elapsed() < Duration::from_secs(60), "the API server does not come back");
        }
    }

    /// Deletes the first pod on the screen's table, for good; its name.
    pub fn delete_a_pod(&self) -> String {
        let name = self.kubectl(&["get", "pods", "-n", self.namespace(), "-o", "jsonpath={.items[0].metadata.name}"]);
        self.kubectl(&["delete", "pod", &name, "-n", self.namespace(), "--force", "--grace-period=0"]);
        name
    }

    pub fn kubectl(&self, arguments: &[&str]) -> String {
        let (well, said) = self.try_kubectl(arguments);
        assert!(well, "kubectl {arguments:?}: {said}");
        said
    }

    fn try_kubectl(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(self.directory.join("bin/kubectl"));
        let output = command.arg("--kubeconfig").arg(self.kubeconfig()).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Server for Lab {
    fn program(&self) -> PathBuf {
        std::env::var_os("RK9S_BIN").map_or_else(|| env!("CARGO_BIN_EXE_rk9s").into(), PathBuf::from)
    }
    fn kubeconfig(&self) -> PathBuf {
        self.directory.join("admin.kubeconfig")
    }
    fn namespace(&self) -> &'static str {
        "zoo-two"
    }
    fn home(&self) -> PathBuf {
        self.home.path().into()
    }
}
