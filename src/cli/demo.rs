//! The embedded cluster from the command line: in this process (`--demo`), or for others on loopback (`rk9s demo serve`).
//!
//! What the cluster is and does is `demo`'s business.

use super::Failure;
use crate::app::picker::{Does, Entry};
use crate::cluster::connect::Embedded;
use crate::demo::server::loopback::{self, Listener, Scheme};
use crate::demo::server::{Cluster, Connector, Soon};
use crate::demo::{access, menu, story};
use crate::engine::Causes;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::{self, Write};
use std::sync::Arc;

/// What is done with the embedded cluster.
#[derive(Debug, Subcommand)]
pub enum Demo {
    /// Serve it on loopback, for kubectl or another rk9s; prints the path of a kubeconfig
    Serve(Serve),
}

/// How it is served.
#[derive(Debug, Args)]
pub struct Serve {
    /// The port; any that is free, if none is given
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// So many further pods
    #[arg(long, default_value_t = 0, value_name = "N")]
    objects: usize,
    /// Another seed makes another cluster, the same seed the same one
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The namespace of its contexts.
const NAMESPACE: &str = "shop";

/// A cluster that lives from now on.
fn cluster(seed: u64, objects: usize) -> Arc<Cluster> {
    let (then, now) = (tokio::time::Instant::now(), Timestamp::now());
    let (mut world, life) = story::begin(seed, now);
    if objects > 0 {
        story::fill(&mut world, objects);
    }
    Cluster::since(then, world, life)
}

/// The users and their tokens: a context each.
fn users() -> Vec<(String, String)> {
    access::users().map(|user| (user.to_owned(), access::token(user))).collect()
}

fn borrowed(users: &[(String, String)]) -> Vec<(&str, &str)> {
    users.iter().map(|(user, token)| (user.as_str(), token.as_str())).collect()
}

/// The cluster in this process. It needs a runtime, and lives as long as that does.
pub fn begin() -> Soon {
    crate::demo::server::soon(|| cluster(1, 0))
}

/// The way to it.
pub fn embedded(cluster: &Soon) -> Embedded {
    let kubeconfig = loopback::kubeconfig("http://demo.invalid", "", &borrowed(&users()), NAMESPACE);
    Embedded::new(&kubeconfig, Connector::to(cluster.clone()))
}

/// What `:demo` offers.
pub fn entries() -> Vec<Entry> {
    let entry = |label: &str, detail: &str, does| Entry { label: label.into(), detail: detail.into(), does };
    let sights = menu::sights().map(|sight| entry(sight.name, sight.what, Does::Line(sight.line.into())));
    let causes = menu::CAUSES
        .iter()
        .map(|cause| entry(&format!("+ {}", cause.name), cause.what, Does::Cause(cause.name.into())));
    sights.chain(causes).collect()
}

/// What makes troubles happen.
pub fn causes(cluster: Soon) -> Causes {
    Box::new(move |name| match cluster.peek() {
        Some(cluster) => menu::cause(cluster, name),
        None => Err("the demo cluster is still being made".into()),
    })
}

/// Serves until it is interrupted.
pub async fn run(demo: Demo) -> Result<(), Failure> {
    let Demo::Serve(serve) = demo;
    let failed = |what: &str, e: io::Error| Failure::new(format!("{what}: {e}"));
    let cluster = cluster(serve.seed, serve.objects);
    let listener = Listener::open(serve.port, Scheme::Tls).await;
    let listener = listener.map_err(|e| failed(&format!("port {} on loopback", serve.port), e))?;
    // Private, and removed at the end.
    let file = tempfile::Builder::new().prefix("rk9s-demo-").suffix(".kubeconfig").tempfile();
    let mut file = file.map_err(|e| failed("the kubeconfig", e))?;
    let text = listener.kubeconfig(&borrowed(&users()), NAMESPACE);
    file.write_all(text.as_bytes()).map_err(|e| failed("the kubeconfig", e))?;
    crate::demo::server::live(cluster.clone());
    writeln!(io::stdout(), "{}", file.path().display()).map_err(|e| failed("standard output", e))?;
    tokio::select! {
        ended = listener.serve(cluster) => ended.map_err(|e| failed("serving", e)),
        _ = tokio::signal::ctrl_c() => Ok(()),
        () = terminated() => Ok(()),
    }
}

#[cfg(unix)]
async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
