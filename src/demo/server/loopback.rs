//! The cluster on loopback, for kubectl and others: TLS with a certificate of its own making, and a kubeconfig that leads to it.
//!
//! It listens on 127.0.0.1 only. The certificate lives as long as the process, and so do the tokens: the cluster is a toy, and says so.

use super::{Cluster, Reach, connection};
use crate::demo::object::put;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Whether connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Plain,
    Tls,
}

/// A place where the cluster listens.
pub struct Listener {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    /// Its own certificate, PEM; empty without TLS.
    pub certificate: String,
    pub address: SocketAddr,
}

impl Listener {
    /// Opens a port on loopback; 0 is any that is free.
    pub async fn open(port: u16, scheme: Scheme) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (tls, certificate) = match scheme {
            Scheme::Plain => (None, String::new()),
            Scheme::Tls => {
                let (config, certificate) = tls().map_err(io::Error::other)?;
                (Some(TlsAcceptor::from(Arc::new(config))), certificate)
            }
        };
        Ok(Self { listener, tls, certificate, address })
    }

    /// A kubeconfig that leads here, with the contexts of [`kubeconfig`].
    pub fn kubeconfig(&self, users: &[(&str, &str)], namespace: &str) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        kubeconfig(&format!("{scheme}://{}", self.address), &self.certificate, users, namespace)
    }

    /// Serves whoever comes, as long as it is awaited.
    pub async fn serve(self, cluster: Arc<Cluster>) -> io::Result<()> {
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = self.listener.accept() => accepted?.0,
                Some(_) = connections.join_next() => continue,
            };
            // A connection that is refused is closed at once: the port itself stays.
            if cluster.faults().reach != Reach::Cut {
                connections.spawn(one(cluster.clone(), stream, self.tls.clone()));
            }
        }
    }
}

/// A kubeconfig: one context for each user, by name and token; the first is the current one. It is JSON, which is YAML, too.
pub fn kubeconfig(server: &str, certificate: &str, users: &[(&str, &str)], namespace: &str) -> String {
    let mut cluster = json!({"server": server});
    if !certificate.is_empty() {
        put(&mut cluster, "certificate-authority-data", STANDARD.encode(certificate));
    }
    let name = |user: &str| {
        if Some(user) == users.first().map(|own| own.0) { "demo".to_owned() } else { format!("demo-{user}") }
    };
    let contexts: Vec<_> = users
            .iter()
            .map(|(user, _)| json!({"name": name(user), "context": {"cluster": "demo", "user": user, "namespace": namespace}}))
            .collect();
    let credentials: Vec<_> =
        users.iter().map(|(user, token)| json!({"name": user, "user": {"token": token}})).collect();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "demo",
        "clusters": [{"name": "demo", "cluster": cluster}], "contexts": contexts, "users": credentials,
    });
    serde_json::to_string_pretty(&config).unwrap_or_default()
}

async fn one(cluster: Arc<Cluster>, stream: TcpStream, tls: Option<TlsAcceptor>) {
    // Latency is all that this changes; without it the connection works as well.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return connection::serve(cluster, stream, None).await };
    // Who cannot shake hands has nothing to be told.
    if let Ok(stream) = tls.accept(stream).await {
        connection::serve(cluster, stream, None).await;
    }
}

/// A certificate for loopback, signed by itself, and its key.
fn tls() -> Result<(ServerConfig, String), Box<dyn std::error::Error + Send + Sync>> {
    let names = vec!["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()];
    let own = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.key_pair.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, own.cert.pem()))
}
