//! An API server on loopback that answers as the test says and remembers what it was asked.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    /// The common name of the client's certificate, raw.
    pub certificate: Option<Vec<u8>>,
}

impl Seen {
    pub fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(",")
    }
}

type Answer = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

#[derive(Default)]
struct Log {
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
}

pub struct Server {
    pub address: SocketAddr,
    log: Arc<Log>,
}

impl Server {
    /// A plain HTTP server.
    pub async fn plain(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::start(None, answer).await
    }

    /// A server that answers everything with an empty object.
    pub async fn content() -> Self {
        Self::plain(|_| (200, "{}".into())).await
    }

    pub async fn start(
        tls: Option<Arc<rustls::ServerConfig>>,
        answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, log) = (listener.local_addr().unwrap(), Arc::new(Log::default()));
        let (accepting, answer): (_, Arc<Answer>) = (log.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                let (tls, log, answer) = (tls.clone(), accepting.clone(), answer.clone());
                tokio::spawn(async move {
                    let Some(tls) = tls else { return serve(stream, None, log, answer).await };
                    let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await else { return };
                    let certificate = stream.get_ref().1.peer_certificates().map(|all| all[0].to_vec());
                    serve(stream, certificate, log, answer).await;
                });
            }
        });
        Self { address, log }
    }

    /// The address for a kubeconfig.
    pub fn http(&self) -> String {
        format!("http://{}", self.address)
    }
    pub fn https(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.log.seen.lock().unwrap().clone()
    }
    pub fn last(&self) -> Seen {
        self.seen().pop().expect("no request came")
    }
    pub fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    certificate: Option<Vec<u8>>,
    log: Arc<Log>,
    answer: Arc<Answer>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (log, answer, certificate) = (log.clone(), answer.clone(), certificate.clone());
        async move {
            let (parts, body) = request.into_parts();
            let _ = body.collect().await;
            let path = parts.uri.path_and_query().unwrap().to_string();
            let seen = Seen { path, headers: parts.headers, certificate };
            log.seen.lock().unwrap().push(seen.clone());
            let (code, body) = answer(&seen);
            let mut response = Response::new(Full::new(Bytes::from(body)));
            *response.status_mut() = StatusCode::from_u16(code).unwrap();
            Ok::<_, Infallible>(response)
        }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
