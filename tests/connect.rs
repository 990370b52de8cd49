//! From kubeconfig to wire: every way in which contexts, credentials, proxies and TLS can go wrong, against servers and
//! proxies on loopback that do as the test says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "connect/certificates.rs"]
mod certificates;
#[path = "connect/checks.rs"]
mod checks;
#[path = "connect/contexts.rs"]
mod contexts;
#[path = "connect/credentials.rs"]
mod credentials;
#[path = "connect/folder.rs"]
mod folder;
#[cfg(unix)]
#[path = "connect/plugins.rs"]
mod plugins;
#[path = "connect/proxies.rs"]
mod proxies;
#[path = "connect/proxy.rs"]
mod proxy;
#[path = "connect/server.rs"]
mod server;
#[path = "connect/wire.rs"]
mod wire;
