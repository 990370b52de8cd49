//! What is asked of a cluster for the screen, by the functions that answer it: a table's rows and what stands beside them, and
//! questions with one answer. Who waits for them and where they report is the tasks' matter.

use crate::app::effect::Ask;
use crate::app::msg::Answer;
use crate::app::want::{Source, Want};
use crate::cluster::connect::Link;
use crate::cluster::watch::{self, Count, Shared, WatchSpec};
use crate::cluster::{access, cells, discovery, figures, rights};
use crate::store::delta::Batch;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// Watches what a table wants until nobody takes it any more.
pub async fn watch(link: Link, want: Want, shared: Shared, count: Arc<Count>, sink: Sender<Batch>) {
    let Want { source, namespace, labels, fields, resume, read } = want;
    match source {
        Source::Rows(what) => {
            let spec = WatchSpec { what, namespace, labels, fields, resume, read, shared, count };
            watch::watch(link, spec, sink).await;
        }
        Source::Cells(what, paths) => {
            let want = cells::Want { what, namespace, labels, fields, paths };
            cells::watch(link, want, shared, count, sink).await;
        }
        Source::Figures(companion, kind) => {
            let pod = fields.and_then(|fields| fields.strip_prefix("metadata.name=").map(str::to_owned));
            let want = figures::Want { companion, beside: kind, namespace, pod };
            figures::watch(link, want, shared, count, sink).await;
        }
    }
}

pub async fn answer(link: &Link, what: Ask) -> Answer {
    match what {
        Ask::Catalog => Answer::Catalog(discovery::catalog(link).await),
        Ask::About => Answer::About { version: link.version().await, user: link.whoami().await.ok() },
        Ask::Namespaces => Answer::Namespaces(access::namespaces(link).await),
        Ask::Rights(namespace) => Answer::Rights(rights::rights(link, &namespace).await),
        Ask::Readable { group, plural, known } => {
            Answer::Readable(access::readable(link, &group, &plural, known).await)
        }
    }
}
