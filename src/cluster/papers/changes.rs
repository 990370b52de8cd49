//! Waiting until an object, or what is told of it in events, changes: a watch of metadata whose first event ends it.

use super::{View, Want};
use crate::cluster::connect::Link;
use crate::cluster::fault::Fault;
use crate::cluster::watch::{TableOf, What};
use futures::future::pending;
use http::Request;
use http::header::ACCEPT;
use http_body_util::BodyExt;
use std::time::Duration;

const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
/// What changed lately comes from many kinds, and a log goes on untold: they are read again so often.
const AGAIN: Duration = Duration::from_secs(10);
/// A server may end a watch when it likes; this is when it is asked to.
const LONGEST: &str = "300";

/// What a document was made from: from where on there is news.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The version of the object.
    pub object: String,
    /// That of the list of events about it, if they were read.
    pub events: Option<String>,
    /// The pods that belong to it, if they were read.
    pub pods: Option<Pods>,
    /// Something is expected of which nothing tells.
    pub waits: bool,
}

/// Pods by their labels, and the version of their list.
#[derive(Clone, Debug)]
pub struct Pods {
    pub selector: String,
    pub version: String,
}

/// Returns when the object changes, an event about it comes, or its pods change.
pub async fn wait(link: &Link, want: &Want, seen: &Seen) -> Result<(), Fault> {
    if want.view == View::Changes {
        tokio::time::sleep(AGAIN).await;
        return Ok(());
    }
    let target = &want.target;
    let namespace = target.namespace.as_deref();
    let by_name = [("fieldSelector", format!("metadata.name={}", target.name))];
    let object = first_event(link, What::Table(target.what.clone()), namespace, &by_name, &seen.object);
    let events = async {
        let Some(version) = &seen.events else { return pending().await };
        let about = format!("involvedObject.name={},involvedObject.kind={}", target.name, target.what.kind);
        let events = What::Table(TableOf::namespaced("", "v1", "events", "Event"));
        or_never(first_event(link, events, namespace, &[("fieldSelector", about)], version)).await
    };
    let pods = async {
        let Some(Pods { selector, version }) = &seen.pods else { return pending().await };
        let by_labels = [("labelSelector", selector.clone())];
        let pods = What::Table(TableOf::namespaced("", "v1", "pods", "Pod"));
        or_never(first_event(link, pods, namespace, &by_labels, version)).await
    };
    // Nothing tells that a log has gone on, or of the events about pods.
    let again = async {
        if !seen.waits && (want.view != View::Brief || !target.is_pod()) {
            return pending().await;
        }
        tokio::time::sleep(AGAIN).await;
        Ok(())
    };
    tokio::select! {
        done = object => done,
        done = events => done,
        done = pods => done,
        done = again => done,
    }
}

/// Who may not watch what is beside an object still sees the object change.
async fn or_never(news: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    match news.await {
        Ok(()) => Ok(()),
        Err(_) => pending().await,
    }
}

async fn first_event(
    link: &Link,
    what: What,
    namespace: Option<&str>,
    narrowed: &[(&str, String)],
    version: &str,
) -> Result<(), Fault> {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("watch", "true"), ("resourceVersion", version), ("timeoutSeconds", LONGEST)])
        .extend_pairs(narrowed)
        .finish();
    let path = format!("{}?{query}", what.path(namespace));
    let request = Request::get(&path).header(ACCEPT, METADATA).body(kube::client::Body::empty());
    let request = request.map_err(|e| Fault::new(crate::cluster::fault::Class::Invalid, &path, e.to_string()))?;
    let mut body = link.send(request).await?.into_body();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) if frame.data_ref().is_some_and(|data| data.iter().any(|byte| !byte.is_ascii_whitespace())) => {
                return Ok(());
            }
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
