//! The service under a link's client: addresses, authenticates and sends requests.

use crate::cluster::credentials::{Credentials, Identity};
use crate::cluster::fault::{Class, Fault};
use crate::cluster::traffic::Traffic;
use crate::cluster::transport::{Dialer, Wire, tls::Pair, wire};
use futures::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use kube::client::Body;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tower::{BoxError, Service, ServiceExt};

type Make = dyn Fn(Option<&Pair>) -> Result<Dialer, Fault> + Send + Sync;

/// A wire, and what its connections are made by.
#[derive(Clone)]
struct Made {
    /// The certificate that they show.
    pair: Option<Arc<Pair>>,
    wire: Wire,
    /// None for a cluster in memory.
    dialer: Option<Dialer>,
}

/// The wire for a credential. A client certificate belongs to a connection, so another certificate needs another wire; requests
/// under way keep the old one.
#[derive(Clone)]
pub struct Line {
    make: Option<Arc<Make>>,
    current: Arc<Mutex<Option<Made>>>,
}

impl Line {
    /// One wire for all.
    pub fn fixed(wire: Wire) -> Self {
        Self { make: None, current: Arc::new(Mutex::new(Some(Made { pair: None, wire, dialer: None }))) }
    }

    /// A wire made for each client certificate.
    pub fn to_network(make: impl Fn(Option<&Pair>) -> Result<Dialer, Fault> + Send + Sync + 'static) -> Self {
        Self { make: Some(Arc::new(make)), current: Arc::default() }
    }

    fn made(&self, pair: Option<&Arc<Pair>>) -> Result<Made, Fault> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |own: &Option<Arc<Pair>>| own.as_ref().map(Arc::as_ptr) == pair.map(Arc::as_ptr);
        match (current.as_ref(), &self.make) {
            (Some(made), make) if make.is_none() || same(&made.pair) => Ok(made.clone()),
            (_, Some(make)) => {
                let dialer = make(pair.map(Arc::as_ref))?;
                let made = Made { pair: pair.cloned(), wire: wire(dialer.clone()), dialer: Some(dialer) };
                Ok(current.insert(made).clone())
            }
            (_, None) => Err(Fault::new(Class::Other, "send a request", "there is no wire")),
        }
    }
}

/// See the module.
#[derive(Clone)]
pub struct Station {
    server: Arc<Server>,
    headers: Arc<HeaderMap>,
    credentials: Credentials,
    line: Line,
    traffic: Traffic,
    /// `disable-compression`: no request asks for it.
    is_uncompressed: bool,
}

/// A server's address.
struct Server {
    scheme: Scheme,
    authority: Authority,
    /// Before the API's own path: empty, or as `/k8s/clusters/c-1`.
    base: String,
}

impl Station {
    /// `server` has a scheme and a host.
    pub fn new(server: Uri, headers: HeaderMap, credentials: Credentials, line: Line, traffic: Traffic) -> Self {
        let base = server.path().trim_end_matches('/').to_owned();
        let parts = server.into_parts();
        let scheme = parts.scheme.unwrap_or(Scheme::HTTPS);
        let authority = parts.authority.unwrap_or_else(|| Authority::from_static("localhost"));
        let server = Arc::new(Server { scheme, authority, base });
        Self { server, headers: Arc::new(headers), credentials, line, traffic, is_uncompressed: false }
    }

    /// The same, but no answer is to be compressed.
    pub fn uncompressed(self) -> Self {
        Self { is_uncompressed: true, ..self }
    }

    /// Opens the connection that the first request will use.
    pub async fn connect(&self) -> Result<(), Fault> {
        let identity = self.credentials.current().await?;
        let Some(dialer) = self.line.made(identity.pair.as_ref())?.dialer else { return Ok(()) };
        let Server { scheme, authority, .. } = self.server.as_ref();
        let address = Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/").build();
        let address = address.map_err(|e| Fault::new(Class::Kubeconfig, "connect", e.to_string()))?;
        dialer.ahead(address).await
    }

    async fn send(self, request: Request<Body>) -> Result<Response<Incoming>, BoxError> {
        let identity = self.credentials.current().await?;
        let again = copy(&request);
        let response = self.send_as(&identity, request).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let Some(again) = again else {
            // Not repeated, but the next one shall do better.
            self.credentials.refuse(identity.id);
            return Ok(response);
        };
        let newer = self.credentials.renew(identity.id).await?;
        if newer.id == identity.id { Ok(response) } else { self.send_as(&newer, again).await }
    }

    async fn send_as(&self, identity: &Identity, mut request: Request<Body>) -> Result<Response<Incoming>, BoxError> {
        *request.uri_mut() = self.address(request.uri())?;
        let headers = request.headers_mut();
        if self.is_uncompressed {
            headers.remove(ACCEPT_ENCODING);
        }
        for (name, value) in self.headers.iter() {
            headers.append(name, value.clone());
        }
        if let Some(value) = &identity.authorization {
            headers.insert(AUTHORIZATION, value.clone());
        }
        let wire = self.line.made(identity.pair.as_ref())?.wire;
        self.traffic.request();
        Ok(wire.oneshot(request).await?)
    }

    /// The whole address of a path of the API.
    fn address(&self, uri: &Uri) -> Result<Uri, http::Error> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let Server { scheme, authority, base } = self.server.as_ref();
        let builder = Uri::builder().scheme(scheme.clone()).authority(authority.clone());
        builder.path_and_query(format!("{base}{path}")).build()
    }
}

/// A read to repeat. Nothing that changes anything is ever repeated, nor what has a body.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read {
        return None;
    }
    let mut copy = Request::new(Body::empty());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

impl Service<Request<Body>> for Station {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Incoming>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}
