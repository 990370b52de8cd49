//! What the process's surroundings say about clusters: variables, the home directory, the service account of a pod.
//!
//! Taken once and passed on as a value, so that a test can have surroundings of its own.

use kube::config::{AuthInfo, Cluster};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where a pod finds its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The surroundings.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `KUBECONFIG`.
    pub kubeconfig: Option<OsString>,
    pub home: Option<PathBuf>,
    /// `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, set in pods.
    pub service: Option<(String, String)>,
    /// The directory of the pod's service account.
    pub account: PathBuf,
    /// `HTTPS_PROXY`, else `https_proxy`; empty is unset.
    pub https_proxy: String,
    /// `HTTP_PROXY`, else `http_proxy`.
    pub http_proxy: String,
    /// `NO_PROXY`, else `no_proxy`.
    pub no_proxy: String,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_process() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let either = |upper: &str, lower: &str| var(upper).or_else(|| var(lower)).unwrap_or_default();
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()),
            home: std::env::home_dir(),
            service: var("KUBERNETES_SERVICE_HOST").zip(var("KUBERNETES_SERVICE_PORT")),
            account: ACCOUNT.into(),
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
        }
    }

    /// The kubeconfig files to read, in order: the one given, else those of `KUBECONFIG`, else `~/.kube/config`.
    pub(super) fn files(&self, explicit: Option<&Path>) -> Vec<PathBuf> {
        if let Some(path) = explicit {
            return vec![path.to_owned()];
        }
        let mut files: Vec<PathBuf> = Vec::new();
        for path in self.kubeconfig.iter().flat_map(std::env::split_paths) {
            if !path.as_os_str().is_empty() && !files.contains(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            files.extend(self.home.as_ref().map(|home| home.join(".kube").join("config")));
        }
        files
    }

    /// The pod's service account, if we run in a pod: `k8s.io/client-go/rest/config.go`, `InClusterConfig`.
    pub(super) fn account(&self) -> Option<(Cluster, AuthInfo, Option<String>)> {
        let (host, port) = self.service.as_ref()?;
        let token = self.account.join("token");
        if !token.is_file() {
            return None;
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let authority = self.account.join("ca.crt");
        let cluster = Cluster {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: authority.is_file().then(|| authority.display().to_string()),
            ..Cluster::default()
        };
        let user = AuthInfo { token_file: Some(token.display().to_string()), ..AuthInfo::default() };
        let namespace = std::fs::read_to_string(self.account.join("namespace")).ok();
        Some((cluster, user, namespace.map(|ns| ns.trim().to_owned())))
    }
}
