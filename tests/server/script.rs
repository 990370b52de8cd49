//! A scripted API server in memory: a test takes each request as it comes and says, chunk by chunk, what is answered.
//!
//! No sockets: it is the service under a `kube::Client`, so paused time works and nothing depends on the machine.

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use kube::client::Body;
use rk9s::cluster::connect::Link;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

type Chunk = Result<Frame<Bytes>, io::Error>;
type Answer = Response<http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>>;

/// Longer than anything waits in these tests; time is paused, so it costs nothing.
pub const LONG: Duration = Duration::from_secs(3600);

/// The server's side of the link.
pub struct Server {
    calls: mpsc::UnboundedReceiver<Call>,
    count: Arc<AtomicUsize>,
}

/// One request, to be answered.
pub struct Call {
    pub uri: String,
    pub accept: String,
    pub accept_encoding: String,
    answer: oneshot::Sender<Answer>,
}

/// A body that is being sent.
pub struct Stream(mpsc::UnboundedSender<Chunk>);

/// A server and the link to it, with a round trip as measured at its handshake.
pub fn server(rtt: Option<Duration>) -> (Server, Link) {
    let (sender, calls) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        counter.fetch_add(1, Ordering::Relaxed);
        let header = |name| request.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let (answer, answered) = oneshot::channel();
        let (accept, accept_encoding) = (header("accept"), header("accept-encoding"));
        let call = Call { uri: request.uri().to_string(), accept, accept_encoding, answer };
        let gone = || io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
        let sent = sender.send(call).map_err(|_| gone());
        async move {
            sent?;
            answered.await.map_err(|_| gone())
        }
    });
    (Server { calls, count }, Link::new(kube::Client::new(service, "default"), rtt))
}

impl Server {
    /// The next request.
    pub async fn next(&mut self) -> Call {
        timeout(LONG, self.calls.recv()).await.expect("no request came").expect("the link is gone")
    }

    /// Whether no request comes for so long.
    pub async fn is_quiet_for(&mut self, time: Duration) -> bool {
        timeout(time, self.calls.recv()).await.is_err()
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

impl Call {
    pub fn has(&self, parameter: &str) -> bool {
        self.uri.split_once('?').is_some_and(|(_, query)| query.split('&').any(|p| p == parameter))
    }

    fn send(self, status: u16, kind: &str, encoding: Option<&str>, retry_after: Option<u64>) -> Stream {
        let (sender, chunks) = mpsc::unbounded_channel::<Chunk>();
        let chunks =
            futures::stream::unfold(chunks, |mut chunks| async { Some((chunks.recv().await?, chunks)) }).boxed();
        let mut answer = Response::builder().status(StatusCode::from_u16(status).unwrap()).header("content-type", kind);
        if let Some(encoding) = encoding {
            answer = answer.header("content-encoding", encoding);
        }
        if let Some(after) = retry_after {
            answer = answer.header("retry-after", after);
        }
        // Who asked may have given up.
        let _ = self.answer.send(answer.body(StreamBody::new(chunks).boxed_unsync()).unwrap());
        Stream(sender)
    }

    pub fn text(self, text: &str) {
        self.send(200, "text/plain", None, None).bytes(text.as_bytes());
    }
    pub fn json(self, value: &Value) {
        self.send(200, "application/json", None, None).bytes(value.to_string().as_bytes());
    }
    /// A JSON stream.
    pub fn stream(self) -> Stream {
        self.send(200, "application/json", None, None)
    }
    /// Bytes of any kind.
    pub fn stream_of(self, kind: &str, encoding: Option<&str>) -> Stream {
        self.send(200, kind, encoding, None)
    }
    pub fn status(self, code: u16, message: &str) {
        self.send(code, "application/json", None, None).bytes(status(code, message).to_string().as_bytes());
    }
    pub fn busy(self, code: u16, message: &str, retry_after: u64) {
        let text = status(code, message).to_string();
        self.send(code, "application/json", None, Some(retry_after)).bytes(text.as_bytes());
    }
    /// The connection is refused or reset before an answer.
    pub fn refuse(self) {}
    /// No answer for as long as the returned value lives.
    pub fn hang(self) -> impl Sized {
        self
    }
}

impl Stream {
    pub fn bytes(&self, bytes: &[u8]) {
        let _ = self.0.send(Ok(Frame::data(Bytes::copy_from_slice(bytes))));
    }
    pub fn event(&self, kind: &str, object: &Value) {
        self.bytes(format!("{}\n", json!({"type": kind, "object": object})).as_bytes());
    }
    pub fn bookmark(&self, version: u64) {
        self.event("BOOKMARK", &json!({"kind": "Thing", "metadata": {"resourceVersion": version.to_string()}}));
    }
    pub fn initial_end(&self, version: u64) {
        let annotations = json!({"k8s.io/initial-events-end": "true"});
        let metadata = json!({"resourceVersion": version.to_string(), "annotations": annotations});
        self.event("BOOKMARK", &json!({"kind": "Thing", "metadata": metadata}));
    }
    /// The connection breaks.
    pub fn cut(self) {
        let _ = self.0.send(Err(io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer")));
    }
    /// The answer ends as it should.
    pub fn close(self) {}
    pub fn is_gone(&self) -> bool {
        self.0.is_closed()
    }
}

/// metav1.Status.
pub fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})
}

/// An object whose uid tells its name.
pub fn thing(name: &str, version: u64) -> Value {
    json!({"metadata": {"name": name, "uid": format!("uid-{name}"), "resourceVersion": version.to_string()}})
}

/// A list, or a page of one.
pub fn list(names: &[&str], version: u64, more: &str) -> Value {
    let items: Vec<_> = names.iter().map(|name| thing(name, version)).collect();
    json!({"kind": "ThingList", "metadata": {"resourceVersion": version.to_string(), "continue": more}, "items": items})
}
