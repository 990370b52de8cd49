//! The way to a cluster in the same process: each connection is a pair of pipes, whose other end the cluster serves.

use super::{Cluster, Reach, Soon, connection};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
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
    cluster: Soon,
    authorization: Option<Arc<str>>,
}

impl Connector {
    pub fn new(cluster: Arc<Cluster>) -> Self {
        Self::to(std::future::ready(cluster).boxed().shared())
    }

    /// To a cluster that is still being made: who connects waits for it.
    pub fn to(cluster: Soon) -> Self {
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
    type Future = BoxFuture<'static, io::Result<Pipe>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (cluster, authorization) = (self.cluster.clone(), self.authorization.clone());
        async move { open(cluster.await, authorization) }.boxed()
    }
}

fn open(cluster: Arc<Cluster>, authorization: Option<Arc<str>>) -> io::Result<Pipe> {
    if cluster.faults().reach == Reach::Cut {
        return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the demo cluster's connection is cut"));
    }
    let (ours, theirs) = tokio::io::duplex(PIPE);
    drop(tokio::spawn(connection::serve(cluster, theirs, authorization)));
    Ok(Pipe(TokioIo::new(ours)))
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
