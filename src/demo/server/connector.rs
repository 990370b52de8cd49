//! The way to a cluster in the same process: each connection is a pair of pipes, whose other end the cluster serves.

use super::{Cluster, Reach, connection};
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::DuplexStream;
use tower::Service;

/// What a pipe holds before its writer waits, in bytes.
const PIPE: usize = 256 * 1024;

/// Opens connections to a cluster in memory. It needs a tokio runtime.
#[derive(Clone)]
pub struct Connector {
    cluster: Arc<Cluster>,
    authorization: Option<Arc<str>>,
}

impl Connector {
    pub fn new(cluster: Arc<Cluster>) -> Self {
        Self { cluster, authorization: None }
    }

    /// Requests that bring no credential are made with this token.
    pub fn with_token(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}").into());
        self
    }
}

impl Service<Uri> for Connector {
    type Response = Pipe;
    type Error = io::Error;
    type Future = Ready<Result<Pipe, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        if self.cluster.faults().reach == Reach::Cut {
            return ready(Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "the demo cluster's connection is cut",
            )));
        }
        let (ours, theirs) = tokio::io::duplex(PIPE);
        drop(tokio::spawn(connection::serve(self.cluster.clone(), theirs, self.authorization.clone())));
        ready(Ok(Pipe(TokioIo::new(ours))))
    }
}

/// Our end of a connection.
pub struct Pipe(TokioIo<DuplexStream>);

impl Connection for Pipe {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
