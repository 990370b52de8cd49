//! The wire to a server: TCP that notices when the other side is gone, a proxy if there is one, TLS, HTTP/1.1.
//!
//! kube's own connector has no keepalive and no TCP_NODELAY; this one has, measures the round trip at the handshake and counts
//! bytes. Every watch holds a connection of its own: measured, big streams are faster so than over one HTTP/2 connection.
//! It is generic over the connector, so that a cluster in memory is spoken to by the same client.

mod dialer;
pub mod tls;

pub use dialer::{Dialer, Gauge, Peer};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::Body;
use std::time::Duration;
use tower::util::BoxCloneSyncService;

/// An HTTP client over some connector: sends what it is given, as it is.
pub type Wire = BoxCloneSyncService<Request<Body>, Response<Incoming>, Error>;

/// How long a connection that nobody uses is kept. Shorter than the idle limits of the usual load balancers.
const IDLE: Duration = Duration::from_secs(50);
/// So many of them.
const MOST_IDLE: usize = 8;

/// An HTTP/1.1 client over a connector. A request that was not yet sent when an idle connection turned out to be dead is sent
/// over another; nothing else is repeated.
pub fn wire<C: Connect + Clone + Send + Sync + 'static>(connector: C) -> Wire {
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .build(connector);
    BoxCloneSyncService::new(client)
}
