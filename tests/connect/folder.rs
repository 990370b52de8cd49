//! A folder with a kubeconfig in it, and links made from that.

use rk9s::cluster::connect::{self, Access, ExecMode, Link};
use rk9s::cluster::contexts::{Contexts, Environment, Overrides};
use rk9s::cluster::fault::Fault;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Goes away when dropped.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with the kubeconfig `config` of one context.
    pub fn with(cluster: Value, user: Value) -> Self {
        let folder = Self::new();
        folder.write("config", &config(cluster, user));
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// The link that `config` leads to, with its credential.
    pub async fn link(&self) -> Result<Link, Fault> {
        self.link_in(&Environment::default()).await
    }

    pub async fn link_in(&self, environment: &Environment) -> Result<Link, Fault> {
        self.link_by(environment, &Overrides::default(), ExecMode::Captured).await
    }

    pub async fn link_by(
        &self,
        environment: &Environment,
        overrides: &Overrides,
        mode: ExecMode,
    ) -> Result<Link, Fault> {
        let target = Contexts::load(Some(&self.path("config")), environment).resolve(overrides)?;
        connect::open(target, Access::ReadWrite, mode, environment).await
    }
}

/// A kubeconfig of one context `c`, cluster `k`, user `u`; JSON is YAML.
pub fn config(cluster: Value, user: Value) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    });
    config.to_string()
}
