//! What TLS trusts and shows: the cluster's CA or the system's, and a client certificate.
//!
//! kube makes the configuration, from plain PEM; what is read from where is decided here.

use crate::cluster::fault::{Class, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::client::ConfigExt;
use kube::config::Cluster;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::sync::Arc;

/// A client certificate with its key, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pair")
    }
}

/// Whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The roots of the system.
    System,
    /// These, in DER.
    Roots(Vec<Vec<u8>>),
    /// Anyone: `insecure-skip-tls-verify`.
    Anyone,
}

/// The CA of a cluster in PEM, from its data or file. Fails with [`Class::Kubeconfig`].
pub async fn authority(cluster: &Cluster) -> Result<Option<Vec<u8>>, Fault> {
    let asked = "read certificate-authority";
    if let Some(data) = cluster.certificate_authority_data.as_deref().filter(|data| !data.is_empty()) {
        return decode(data).map(Some).ok_or_else(|| Fault::new(Class::Kubeconfig, asked, "its data is no base64"));
    }
    match &cluster.certificate_authority {
        Some(path) => read(asked, path).await.map(Some),
        None => Ok(None),
    }
}

/// Whom to trust in a cluster whose CA is `authority`.
pub fn trust(cluster: &Cluster, authority: Option<&[u8]>) -> Result<Trust, Fault> {
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Ok(Trust::Anyone);
    }
    let Some(pem) = authority else { return Ok(Trust::System) };
    // A bundle may hold certificates that cannot be used; the others count.
    let mut store = rustls::RootCertStore::empty();
    let ders = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
    let roots: Vec<Vec<u8>> = ders.filter(|der| store.add(der.clone()).is_ok()).map(|der| der.to_vec()).collect();
    if roots.is_empty() {
        return Err(Fault::new(
            Class::Kubeconfig,
            "read certificate-authority",
            "it holds no certificate that can be used",
        ));
    }
    Ok(Trust::Roots(roots))
}

/// The configuration for connections that trust `trust` and show `pair`.
pub fn config(trust: &Trust, pair: Option<&Pair>) -> Result<Arc<rustls::ClientConfig>, Fault> {
    let mut config = kube::Config::new(http::Uri::from_static("https://localhost"));
    match trust {
        Trust::System => {}
        Trust::Roots(roots) => config.root_cert = Some(roots.clone()),
        Trust::Anyone => config.accept_invalid_certs = true,
    }
    if let Some(pair) = pair {
        config.auth_info.client_certificate_data = Some(STANDARD.encode(&pair.certificate));
        config.auth_info.client_key_data = Some(STANDARD.encode(&pair.key).into());
    }
    let made = config.rustls_client_config();
    // Its errors tell of formats, never of a key's bytes.
    made.map(Arc::new).map_err(|e| Fault::new(Class::Kubeconfig, "prepare TLS", e.to_string()))
}

/// The name that the server's certificate must be for, where it is not that of the address.
pub fn server_name(cluster: &Cluster) -> Result<Option<ServerName<'static>>, Fault> {
    let Some(name) = cluster.tls_server_name.clone().filter(|name| !name.is_empty()) else { return Ok(None) };
    let said = format!("tls-server-name is no name: {name}");
    ServerName::try_from(name).map(Some).map_err(|_| Fault::new(Class::Kubeconfig, "prepare TLS", said))
}

/// Base64 as kubeconfigs have it: padded, maybe with line breaks.
pub fn decode(data: &str) -> Option<Vec<u8>> {
    let data: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(data).ok()
}

/// A file that the kubeconfig names.
pub async fn read(asked: &str, path: &str) -> Result<Vec<u8>, Fault> {
    tokio::fs::read(path).await.map_err(|e| Fault::new(Class::Kubeconfig, asked, format!("{path}: {e}")))
}
