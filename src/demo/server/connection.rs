//! One connection: HTTP over any stream, until the client leaves or the cluster's connections are cut.

use super::Cluster;
use super::answer;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// Serves a connection to its end. `authorization` is for requests that bring no credential.
pub async fn serve<S>(cluster: Arc<Cluster>, stream: S, authorization: Option<Arc<str>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut cuts = cluster.cuts.subscribe();
    let service = service_fn(move |request| answer::answer(cluster.clone(), request, authorization.clone()));
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A client that hangs up in the middle is no news.
        _ = connection => {}
        _ = cuts.changed() => {}
    }
}
