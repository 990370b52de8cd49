//! Exec credential plugins (`client.authentication.k8s.io/v1` and `v1beta1`).
//!
//! A plugin never gets the terminal unless it was lent to us: its standard input is empty, its standard error kept, and it runs
//! in a process group of its own, so that it cannot take keys. Protocol: the Kubernetes documentation, "Authentication", "Client-go
//! credential plugins"; `k8s.io/client-go/plugin/pkg/client/auth/exec`. Its arguments may hold secrets and are never shown.

mod answer;
mod run;

pub use run::Notes;

use super::super::fault::{Class, Fault};
use super::super::proxy::Route;
use super::identity::Draft;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{Cluster, ExecConfig, ExecInteractiveMode};
use serde_json::{Value, json};
use std::path::Path;

/// Who has the terminal while a plugin runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecMode {
    /// We: the plugin gets none of it.
    #[default]
    Captured,
    /// The plugin: it may ask its user.
    Lent,
}

const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/// The cluster's extension that holds a plugin's own settings.
const EXTENSION: &str = "client.authentication.k8s.io/exec";

/// A plugin as the kubeconfig describes it.
pub struct Plugin {
    command: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    version: &'static str,
    interactive: ExecInteractiveMode,
    install_hint: Option<String>,
    /// `spec.cluster`, if it wants that.
    cluster: Option<Value>,
}

impl Plugin {
    /// Reads the description. Fails with [`Class::Kubeconfig`].
    pub fn of(exec: &ExecConfig, cluster: &Cluster, route: &Route, authority: Option<&[u8]>) -> Result<Self, Fault> {
        let fault = |said: String| Fault::new(Class::Kubeconfig, "read the user's exec plugin", said);
        let command = exec.command.clone().filter(|command| !command.is_empty());
        let command = command.ok_or_else(|| fault("it names no command".into()))?;
        let asked = exec.api_version.as_deref().unwrap_or_default();
        let Some(version) = VERSIONS.into_iter().find(|known| *known == asked) else {
            let hint = "update the kubeconfig, for EKS by `aws eks update-kubeconfig`: v1 and v1beta1 are supported";
            return Err(fault(format!("its apiVersion is not supported: {asked}")).hint(hint));
        };
        let pair = |entry: &std::collections::HashMap<String, String>| {
            Some((entry.get("name")?.clone(), entry.get("value").cloned().unwrap_or_default()))
        };
        Ok(Self {
            command,
            args: exec.args.clone().unwrap_or_default(),
            env: exec.env.iter().flatten().filter_map(pair).collect(),
            version,
            interactive: exec.interactive_mode.clone().unwrap_or(ExecInteractiveMode::IfAvailable),
            install_hint: exec.install_hint.clone().filter(|hint| !hint.trim().is_empty()),
            cluster: exec.provide_cluster_info.then(|| cluster_info(cluster, route, authority)),
        })
    }

    /// Runs the plugin once. Fails with [`Class::Terminal`] if it must talk to its user and cannot, else with
    /// [`Class::Credentials`].
    pub async fn obtain(&self, mode: ExecMode, notes: &Notes) -> Result<Draft, Fault> {
        if mode == ExecMode::Captured && self.interactive == ExecInteractiveMode::Always {
            return Err(Fault::new(Class::Terminal, self.asked(), "it must ask you something")
                .hint("lend it the screen for a moment"));
        }
        let lent = mode == ExecMode::Lent && self.interactive != ExecInteractiveMode::Never;
        let output = run::run(self, if lent { ExecMode::Lent } else { ExecMode::Captured }, notes).await?;
        answer::read(self, &output)
    }

    /// The plugin's name, without folders.
    fn name(&self) -> String {
        Path::new(&self.command).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn asked(&self) -> String {
        format!("get a credential from {}", self.name())
    }

    /// `KUBERNETES_EXEC_INFO`.
    fn info(&self, mode: ExecMode) -> String {
        let mut spec = json!({ "interactive": mode == ExecMode::Lent });
        if let (Some(spec), Some(cluster)) = (spec.as_object_mut(), &self.cluster) {
            spec.insert("cluster".into(), cluster.clone());
        }
        json!({ "apiVersion": self.version, "kind": "ExecCredential", "spec": spec }).to_string()
    }
}

/// `spec.cluster`, as client-go's `rest.ConfigToExecCluster` makes it.
fn cluster_info(cluster: &Cluster, route: &Route, authority: Option<&[u8]>) -> Value {
    let mut info = serde_json::Map::new();
    let mut put = |key: &str, value: Option<Value>| value.map(|value| info.insert(key.to_owned(), value));
    put("server", cluster.server.clone().map(Value::from));
    put("tls-server-name", cluster.tls_server_name.clone().map(Value::from));
    put("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify.filter(|skip| *skip).map(Value::from));
    put("certificate-authority-data", authority.map(|pem| STANDARD.encode(pem).into()));
    let proxy = cluster.proxy_url.clone().filter(|url| !url.is_empty()).or_else(|| route.proxy());
    put("proxy-url", proxy.map(Value::from));
    put("disable-compression", cluster.disable_compression.filter(|off| *off).map(Value::from));
    let extensions = cluster.extensions.iter().flatten();
    put("config", extensions.filter(|own| own.name == EXTENSION).map(|own| own.extension.clone()).next());
    Value::Object(info)
}
