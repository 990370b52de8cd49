//! The lab that a bench measures against: its kubeconfig, a link of chosen width and length to it, churn, restarts.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A directory that `tests/kubernetes/up` has made.
pub struct Lab {
    directory: PathBuf,
    port: u16,
}

impl Lab {
    pub fn new(directory: &str) -> Self {
        let settings = std::fs::read_to_string(Path::new(directory).join("settings"))
            .unwrap_or_else(|e| panic!("{directory} is no lab of tests/kubernetes/up: {e}"));
        let port = settings.lines().find_map(|line| line.strip_prefix("port=")?.parse().ok()).unwrap();
        Self { directory: directory.into(), port }
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.directory.join("admin.kubeconfig")
    }

    /// A far link to the API server: megabits a second and milliseconds one way.
    pub fn link(&self, megabits: &str, milliseconds: &str) -> Link {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("python3")
            .arg(script("slowlink.py"))
            .args([&port.to_string(), &self.port.to_string(), megabits, milliseconds])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "slowlink.py does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        let directory = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(self.kubeconfig()).unwrap();
        let text = text.replace(&format!("127.0.0.1:{}", self.port), &format!("127.0.0.1:{port}"));
        std::fs::write(directory.path().join("kubeconfig"), text).unwrap();
        Link { child, directory }
    }

    /// Starts changing pods; it says when it has begun.
    pub fn churn(&self, rate: u32, time: Duration) -> Child {
        let mut command = Command::new(script("churn"));
        command.arg(&self.directory).args([rate.to_string(), time.as_secs().to_string()]);
        command.stdout(Stdio::piped()).spawn().unwrap()
    }

    /// The API server dies and comes back: its watch cache is new, so that every watch has to list again.
    pub fn restart_server(&self) {
        for arguments in [["stop", "apiserver", "KILL"].as_slice(), &["start", "apiserver"]] {
            let mut command = Command::new(script(arguments[0]));
            assert!(command.arg(&self.directory).args(&arguments[1..]).status().unwrap().success());
        }
    }
}

/// What a churn said at its end.
pub fn said(mut churn: Child) -> String {
    let mut text = String::new();
    churn.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(churn.wait().unwrap().success(), "churn failed: {text}");
    text.trim().to_owned()
}

/// A running slowlink.py.
pub struct Link {
    child: Child,
    directory: tempfile::TempDir,
}

impl Link {
    pub fn kubeconfig(&self) -> PathBuf {
        self.directory.path().join("kubeconfig")
    }

    /// Ends it; the megabytes that came from the server, as it counted them (TLS included).
    pub fn end(mut self) -> f64 {
        // std can only kill, and then it would not print.
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let mut line = String::new();
        BufReader::new(self.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.child.wait().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| *word == "down").unwrap_or_else(|| panic!("slowlink.py said {line:?}"));
        words[at + 1].parse().unwrap()
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes").join(name)
}
