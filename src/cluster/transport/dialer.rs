//! The connector to servers on the network: dials, through the proxy if there is one, shakes hands and measures.

use crate::cluster::fault::{Class, Fault, of_error};
use crate::cluster::proxy::{Proxy, Route};
use crate::cluster::traffic::{Counted, Traffic};
use futures::future::{BoxFuture, Ready, ready};
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tower::{BoxError, Service, ServiceExt, service_fn};

/// Name, connection, proxy and handshake together take no longer.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection opened ahead is not trusted for longer.
const SPARE_HOLDS: Duration = Duration::from_secs(5);
/// After so long without a byte, keepalive probes are sent.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Between two probes.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// So many probes without an answer end the connection.
const KEEPALIVE_RETRIES: u32 = 3;
/// What was sent and is not acknowledged after so long ends it, too.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to the server or to the proxy.
type Hop = MaybeHttpsStream<TokioIo<Counted<TcpStream>>>;
type Stream = MaybeHttpsStream<Hop>;

/// What is learnt of a link by connecting.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    rtt: Option<Duration>,
    peer: Option<Peer>,
}

/// The other side of a TLS connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// `TLSv1_3`.
    pub protocol: String,
    /// Its own certificate, in DER.
    pub certificate: Vec<u8>,
}

impl Gauge {
    /// About one round trip: the shortest handshake so far. For TLS 1.3 it is one round trip, for TLS 1.2 two, which are halved;
    /// without TLS, the TCP handshake.
    pub fn rtt(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rtt
    }

    /// Who answered last.
    pub fn peer(&self) -> Option<Peer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).peer.clone()
    }

    /// For a server in this process: no time passes on the way to it.
    pub fn here() -> Self {
        let gauge = Self::default();
        gauge.measured(Duration::from_micros(50), None);
        gauge
    }

    fn measured(&self, rtt: Duration, peer: Option<Peer>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.rtt = Some(known.rtt.map_or(rtt, |before| before.min(rtt)));
        known.peer = peer.or(known.peer.take());
    }
}

/// Opens connections to one server.
#[derive(Clone)]
pub struct Dialer {
    route: Route,
    tls: Arc<rustls::ClientConfig>,
    /// For the proxy's own TLS, if it speaks that.
    proxy_tls: Option<Arc<rustls::ClientConfig>>,
    server_name: Option<ServerName<'static>>,
    gauge: Gauge,
    traffic: Traffic,
    spare: Spare,
}

/// A connection opened ahead of the request that will use it.
type Spare = Arc<Mutex<Option<(Instant, Stream)>>>;

impl Dialer {
    pub fn new(
        route: Route,
        (tls, proxy_tls): (Arc<rustls::ClientConfig>, Option<Arc<rustls::ClientConfig>>),
        server_name: Option<ServerName<'static>>,
        gauge: Gauge,
        traffic: Traffic,
    ) -> Self {
        Self { route, tls, proxy_tls, server_name, gauge, traffic, spare: Spare::default() }
    }

    /// Connects, and keeps the connection for the next who wants one.
    pub async fn ahead(&self, to: Uri) -> Result<(), Fault> {
        let stream = self.clone().dial(to).await?;
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), stream));
        Ok(())
    }

    fn spare(&self) -> Option<Stream> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.filter(|(since, _)| since.elapsed() < SPARE_HOLDS).map(|(_, stream)| stream)
    }

    async fn dial(self, to: Uri) -> Result<Stream, Fault> {
        let asked = format!("connect to {to}").trim_end_matches('/').to_owned();
        match timeout(CONNECT_TIMEOUT, self.reach(&asked, with_port(to))).await {
            Ok(result) => result,
            Err(_) => {
                let said = format!("no answer within {} s", CONNECT_TIMEOUT.as_secs());
                Err(Fault::new(Class::Unreachable, asked, said)
                    .hint("is the network or VPN up, and the server running?"))
            }
        }
    }

    async fn reach(&self, asked: &str, to: Uri) -> Result<Stream, Fault> {
        let begun = Instant::now();
        let hop = self.hop(asked, &to).await?;
        if to.scheme_str() == Some("http") {
            self.gauge.measured(begun.elapsed(), None);
            return Ok(MaybeHttpsStream::Http(hop));
        }
        let begun = Instant::now();
        let stream = self.shake_hands(hop, to).await.map_err(|e| of_error(asked, e.as_ref()))?;
        let (peer, trips) = peer_of(&stream);
        self.gauge.measured(begun.elapsed() / trips, peer);
        Ok(stream)
    }

    async fn shake_hands(&self, hop: Hop, to: Uri) -> Result<Stream, BoxError> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => ServerName::try_from(bare(to.host().unwrap_or_default()).to_owned())?,
        };
        let resolver = Arc::new(hyper_rustls::FixedServerNameResolver::new(name));
        HttpsConnector::new(once(hop), self.tls.clone(), true, resolver).oneshot(to).await
    }

    /// TCP to the server, or a tunnel to it.
    async fn hop(&self, asked: &str, to: &Uri) -> Result<Hop, Fault> {
        let traffic = self.traffic.clone();
        let tcp = tcp().map_response(move |tcp| TokioIo::new(Counted::new(tcp.into_inner(), traffic.clone())));
        match &self.route {
            Route::Direct => {
                let stream = tcp.oneshot(to.clone()).await.map_err(|e| by_tcp(asked, &e))?;
                Ok(MaybeHttpsStream::Http(stream))
            }
            Route::Http(proxy) => {
                let resolver = Arc::new(hyper_rustls::DefaultServerNameResolver::default());
                let outer =
                    HttpsConnector::new(tcp, self.proxy_tls.as_ref().unwrap_or(&self.tls).clone(), false, resolver);
                let mut tunnel = Tunnel::new(proxy.address.clone(), outer);
                if let Some(value) = proxy.authorization() {
                    tunnel = tunnel.with_auth(value);
                }
                tunnel.oneshot(to.clone()).await.map_err(|e| by_proxy(asked, proxy, &e))
            }
            Route::Socks(proxy) => {
                // Its errors do not name their causes, so the proxy is called here.
                let stream = tcp.oneshot(proxy.address.clone()).await.map_err(|e| by_proxy(asked, proxy, &e))?;
                let mut socks = SocksV5::new(proxy.address.clone(), once(MaybeHttpsStream::Http(stream)));
                if let Some((user, password)) = proxy.user() {
                    socks = socks.with_auth(user.into(), password.into());
                }
                socks.oneshot(to.clone()).await.map_err(|e| by_proxy(asked, proxy, &io::Error::other(e.to_string())))
            }
        }
    }
}

impl Service<Uri> for Dialer {
    type Response = Stream;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<Stream, Fault>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        if let Some(stream) = self.spare() {
            return Box::pin(ready(Ok(stream)));
        }
        Box::pin(self.clone().dial(to))
    }
}

/// A connector that gives a connection which is open already.
fn once<T: Send + 'static>(
    open: T,
) -> impl Service<Uri, Response = T, Error = io::Error, Future = Ready<io::Result<T>>> + Send {
    let mut open = Some(open);
    service_fn(move |_| ready(open.take().ok_or_else(|| io::ErrorKind::NotConnected.into())))
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
    tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(USER_TIMEOUT));
    tcp
}

/// What has no error of its own is a name that is not found.
fn by_tcp(asked: &str, error: &(dyn std::error::Error + 'static)) -> Fault {
    let fault = of_error(asked, error);
    if fault.class != Class::Other {
        return fault;
    }
    Fault::new(Class::Unreachable, asked, fault.said).hint("is the name right, and the network or VPN up?")
}

/// A fault on the way through a proxy: it is the proxy that must be looked at.
fn by_proxy(asked: &str, proxy: &Proxy, error: &(dyn std::error::Error + 'static)) -> Fault {
    let fault = of_error(asked, error);
    let address = format!("{proxy:?}").trim_end_matches('/').to_owned();
    let class = if fault.class == Class::Tls { Class::Tls } else { Class::Unreachable };
    let said = if fault.said == error.to_string() { fault.said } else { format!("{error}: {}", fault.said) };
    Fault::new(class, asked, format!("by the proxy {address}: {said}"))
        .hint("check proxy-url, HTTPS_PROXY and NO_PROXY")
}

fn peer_of(stream: &Stream) -> (Option<Peer>, u32) {
    let MaybeHttpsStream::Https(stream) = stream else { return (None, 1) };
    let (_, connection) = stream.inner().get_ref();
    let protocol = connection.protocol_version();
    let trips = if protocol == Some(rustls::ProtocolVersion::TLSv1_2) { 2 } else { 1 };
    let certificate = connection.peer_certificates().and_then(<[_]>::first).map(|der| der.to_vec());
    let protocol = protocol.and_then(|version| version.as_str()).unwrap_or_default().to_owned();
    (certificate.map(|certificate| Peer { protocol, certificate }), trips)
}

/// The address with its port, which tunnels need.
fn with_port(to: Uri) -> Uri {
    if to.port().is_some() {
        return to;
    }
    let port = if to.scheme_str() == Some("http") { 80 } else { 443 };
    let (scheme, host) = (to.scheme_str().unwrap_or("https"), to.host().unwrap_or_default());
    format!("{scheme}://{host}:{port}/").parse().unwrap_or(to)
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}
