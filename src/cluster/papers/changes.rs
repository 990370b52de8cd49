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

/// Returns when the object changes, or an event about it comes.
pub async fn wait(link: &Link, want: &Want, version: &str) -> Result<(), Fault> {
    if want.view == View::Changes {
        tokio::time::sleep(AGAIN).await;
        return Ok(());
    }
    let target = &want.target;
    let fields = format!("metadata.name={}", target.name);
    let object = first_event(link, What::Table(target.what.clone()), target.namespace.as_deref(), fields, version);
    let events = async {
        if !matches!(want.view, View::Describe | View::Brief) {
            return pending().await;
        }
        let events = TableOf::namespaced("", "v1", "events", "Event");
        let fields = format!("involvedObject.name={},involvedObject.kind={}", target.name, target.what.kind);
        match first_event(link, What::Table(events), target.namespace.as_deref(), fields, version).await {
            Ok(()) => Ok(()),
            // Who may not watch events still sees the object change.
            Err(_) => pending().await,
        }
    };
    // Nothing tells that a log has gone on.
    let log = async {
        if want.view != View::Brief || !target.is_pod() {
            return pending().await;
        }
        tokio::time::sleep(AGAIN).await;
        Ok(())
    };
    tokio::select! {
        done = object => done,
        done = events => done,
        done = log => done,
    }
}

async fn first_event(
    link: &Link,
    what: What,
    namespace: Option<&str>,
    fields: String,
    version: &str,
) -> Result<(), Fault> {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("watch", "true"),
            ("fieldSelector", &fields),
            ("resourceVersion", version),
            ("timeoutSeconds", LONGEST),
        ])
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
