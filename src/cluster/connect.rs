//! stub until the connect branch is merged
use super::fault::{Class, Fault};
pub use super::link_standin::Link;
use crate::app::msg::{Connection, ContextRow};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub kubeconfig: Option<std::path::PathBuf>,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub namespace: Option<String>,
    pub as_user: Option<String>,
    pub as_groups: Vec<String>,
}
fn fault(s: String) -> Fault {
    Fault { class: Class::Other, asked: "connect".into(), said: s, hint: None, code: None, retry_after: None }
}
fn read(r: &Request) -> Result<kube::config::Kubeconfig, Fault> {
    match &r.kubeconfig {
        Some(p) => kube::config::Kubeconfig::read_from(p),
        None => kube::config::Kubeconfig::read(),
    }
    .map_err(|e| fault(e.to_string()))
}
pub async fn connect(r: &Request) -> Result<(Link, Connection), Fault> {
    let k = read(r)?;
    let context = r.context.clone().or(k.current_context.clone()).unwrap_or_default();
    let config = kube::Config::from_custom_kubeconfig(
        k,
        &kube::config::KubeConfigOptions { context: r.context.clone(), cluster: None, user: None },
    )
    .await
    .map_err(|e| fault(e.to_string()))?;
    let c = Connection {
        context,
        namespace: config.default_namespace.clone(),
        server: config.cluster_url.to_string(),
        ..Default::default()
    };
    let client = kube::Client::try_from(config).map_err(|e| fault(e.to_string()))?;
    Ok((Link::new(client, Some(std::time::Duration::from_millis(1))), c))
}
pub async fn contexts(r: &Request) -> Vec<ContextRow> {
    read(r)
        .map(|k| {
            k.contexts
                .iter()
                .map(|c| ContextRow {
                    name: c.name.clone(),
                    current: Some(&c.name) == k.current_context.as_ref(),
                    ..Default::default()
                })
                .collect()
        })
        .unwrap_or_default()
}
impl Link {
    pub async fn get_json_as<T: DeserializeOwned>(&self, path: &str, accept: &str) -> Result<T, Fault> {
        let r = http::Request::get(path)
            .header("Accept", accept)
            .body(kube::client::Body::empty())
            .map_err(|e| fault(e.to_string()))?;
        let b = self.send(r).await?.into_body().collect().await.map_err(|e| fault(e.to_string()))?.to_bytes();
        serde_json::from_slice(&b).map_err(|e| fault(e.to_string()))
    }
    pub async fn post_json<T: DeserializeOwned>(&self, path: &str, body: &impl serde::Serialize) -> Result<T, Fault> {
        let b = serde_json::to_vec(body).map_err(|e| fault(e.to_string()))?;
        let r = http::Request::post(path)
            .header("Content-Type", "application/json")
            .body(b.into())
            .map_err(|e| fault(e.to_string()))?;
        let b = self.send(r).await?.into_body().collect().await.map_err(|e| fault(e.to_string()))?.to_bytes();
        serde_json::from_slice(&b).map_err(|e| fault(e.to_string()))
    }
    pub async fn version(&self) -> Result<String, Fault> {
        let v: serde_json::Value = self.get_json_as("/version", "application/json").await?;
        Ok(v.get("gitVersion").and_then(|v| v.as_str()).unwrap_or_default().into())
    }
    pub async fn whoami(&self) -> Result<String, Fault> {
        Ok("admin".into())
    }
}
pub fn current_context(r: &Request) -> Option<String> {
    read(r).ok()?.current_context
}
