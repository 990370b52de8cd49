//! Where acts are tried: a cluster, rk9s' own link to it, and a kubectl of the version that is compared with.

use http::Request;
use kube::client::Body;
use rk9s::cluster::connect::{self, Access, Link};
use rk9s::cluster::fault::Fault;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::Command;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that comes to rest by itself.
const LOOK: Duration = Duration::from_millis(200);

pub struct Place {
    pub link: Link,
    kubeconfig: PathBuf,
    kubectl: PathBuf,
    home: TempDir,
}

impl Place {
    pub async fn at(kubeconfig: &Path, kubectl: &Path) -> Self {
        let link = link(kubeconfig, None).await;
        Self { link, kubeconfig: kubeconfig.into(), kubectl: kubectl.into(), home: tempfile::tempdir().unwrap() }
    }

    /// The real control plane that RK9S_CONTRACT names, without a kubectl; says so if it names none.
    pub async fn lab() -> Option<Self> {
        let Some(lab) = std::env::var_os("RK9S_CONTRACT") else {
            println!("skipped on a real control plane, RK9S_CONTRACT names no lab");
            return None;
        };
        Some(Self::over(link(&Path::new(&lab).join("admin.kubeconfig"), None).await))
    }

    /// A place without a kubectl.
    pub fn over(link: Link) -> Self {
        Self { link, kubeconfig: PathBuf::new(), kubectl: PathBuf::new(), home: tempfile::tempdir().unwrap() }
    }

    /// Puts a file where kubectl runs.
    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    /// Runs a line of kubectl's, with an editor that makes these edits; the error is what it printed.
    pub async fn kubectl(&self, namespace: &str, line: &str, edits: &[(&str, &str)]) -> Result<(), String> {
        let output = self.output(namespace, line, edits).await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("kubectl {line}: {said}")) }
    }

    /// What a line of kubectl's prints, be it an answer or an error.
    pub async fn kubectl_says(&self, namespace: &str, line: &str) -> Result<String, String> {
        let output = self.output(namespace, line, &[]).await?;
        let said = if output.status.success() { output.stdout } else { output.stderr };
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    async fn output(&self, namespace: &str, line: &str, edits: &[(&str, &str)]) -> Result<Output, String> {
        let mut command = Command::new(&self.kubectl);
        command.args(["-n", namespace]).args(shlex::split(line).unwrap());
        command
            .current_dir(&self.home)
            .env_clear()
            .env("HOME", self.home.path())
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("TMPDIR", self.home.path());
        let edits: String = edits.iter().map(|(from, to)| format!(" -e 's|{from}|{to}|'")).collect();
        command.env("KUBE_EDITOR", format!("sed -i.before{edits}"));
        let output = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output()).await;
        Ok(output.map_err(|_| format!("kubectl {line}: no end"))?.unwrap())
    }

    /// Sends JSON of this type, by a line like `PATCH /api/…`.
    pub async fn send(&self, line: &str, content: &str, body: &Value) -> Result<Value, Fault> {
        let (method, path) = line.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path).header("content-type", content);
        let answer = self.link.ask(request.body(Body::from(body.to_string().into_bytes())).unwrap()).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    pub async fn create(&self, path: &str, object: &Value) -> Result<Value, Fault> {
        self.send(&format!("POST {path}"), "application/json", object).await
    }

    pub async fn merge(&self, path: &str, patch: &Value) -> Result<Value, Fault> {
        self.send(&format!("PATCH {path}"), "application/merge-patch+json", patch).await
    }
}

/// A link that may change things, as the kubeconfig's current context or another one.
pub async fn link(kubeconfig: &Path, context: Option<&str>) -> Link {
    link_with(kubeconfig, context, Access::ReadWrite).await
}

pub async fn link_with(kubeconfig: &Path, context: Option<&str>, access: Access) -> Link {
    let request = connect::Request {
        kubeconfig: Some(kubeconfig.into()),
        context: context.map(str::to_owned),
        access,
        ..connect::Request::default()
    };
    connect::connect(&request).await.unwrap().0
}

/// Looks again and again until all is well; the error is what was wrong at last.
pub async fn until<T>(mut look: impl AsyncFnMut() -> Result<T, String>) -> Result<T, String> {
    let end = Instant::now() + PATIENCE;
    loop {
        match look().await {
            Err(why) if Instant::now() > end => return Err(why),
            Err(_) => tokio::time::sleep(LOOK).await,
            well => return well,
        }
    }
}
