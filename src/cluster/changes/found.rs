//! What an action reads: its targets as the server has them, and what it wants to know beside them.

use super::{AT_ONCE, Fault, Link, Target, What, kin, object, peers};
use crate::actions::change::Do;
use crate::actions::kin::{Ask, asks, concerns, referring};
use crate::actions::{Action, Given, Reads, Values};
use crate::cluster::papers::scale;
use crate::cluster::watch::TableOf;
use futures::StreamExt;
use serde_json::Value;
use std::sync::Arc;

/// A target as the server has it.
pub(super) struct Found {
    pub target: Target,
    pub object: Value,
    /// What was read beside it: for itself, or for all targets together.
    related: Arc<[Value]>,
}

impl Found {
    pub fn given(&self, now: i64) -> Given<'_> {
        Given { target: &self.target, object: &self.object, related: &self.related, now }
    }
}

/// Reads the targets and what the action names beside them.
pub(super) async fn find(
    link: &Link,
    action: &'static Action,
    targets: &[Target],
    values: Option<&Values>,
) -> Result<Vec<Found>, Fault> {
    let read = futures::stream::iter(targets.iter().cloned()).map(|target| async move {
        let object = match action.reads {
            Reads::NotEvenIt => Value::Null,
            _ => object(link, &target).await?,
        };
        let mut related = of_one(link, action.reads, &target, values).await?;
        if action.needs.1 == "scale" && target.what.scales {
            related.push(scale(link, &target).await?);
        }
        Ok(Found { target, object, related: related.into() })
    });
    let found: Vec<Result<Found, Fault>> = read.buffered(AT_ONCE).collect().await;
    let mut found: Vec<Found> = found.into_iter().collect::<Result<_, _>>()?;
    let common: Arc<[Value]> = of_all(link, action.reads, &found).await.into();
    if !common.is_empty() {
        found.iter_mut().for_each(|found| found.related = with(&found.related, &common));
    }
    Ok(found)
}

fn with(own: &Arc<[Value]>, common: &Arc<[Value]>) -> Arc<[Value]> {
    if own.is_empty() { Arc::clone(common) } else { [&**own, &**common].concat().into() }
}

/// What is read for each target.
async fn of_one(link: &Link, reads: Reads, target: &Target, values: Option<&Values>) -> Result<Vec<Value>, Fault> {
    match reads {
        Reads::Revisions => revisions(link, target).await,
        Reads::NodePods => node_pods(link, target, values.and_then(|values| values.get("pods"))).await,
        Reads::Peers if values.is_none() => Ok(peers::peers(link, target).await),
        Reads::Nothing | Reads::NotEvenIt | Reads::Peers | Reads::Kin | Reads::Referring => Ok(Vec::new()),
    }
}

/// What is read once for all of them.
async fn of_all(link: &Link, reads: Reads, found: &[Found]) -> Vec<Value> {
    let of_all =
        |asks: fn(&Target, &Value) -> Vec<Ask>| found.iter().flat_map(|f| asks(&f.target, &f.object)).collect();
    let of_any = |ask: &Ask, item: &Value| found.iter().any(|f| concerns(&f.target, &f.object, ask, item));
    match reads {
        Reads::Kin => kin::read(link, of_all(asks), of_any).await,
        Reads::Referring => kin::read(link, of_all(referring), of_any).await,
        Reads::NodePods => budgets(link).await,
        _ => Vec::new(),
    }
}

/// What a change is seen in: the object, or the scale of what has its count wherever it likes.
pub(super) async fn edited(link: &Link, target: &Target, does: &Do) -> Result<Value, Fault> {
    match does {
        Do::Edit { subresource, .. } if subresource == "scale" && target.what.scales => scale(link, target).await,
        _ => object(link, target).await,
    }
}

async fn revisions(link: &Link, target: &Target) -> Result<Vec<Value>, Fault> {
    let plural = match target.what.plural.as_str() {
        "deployments" => "replicasets",
        _ => "controllerrevisions",
    };
    let Some(what) = TableOf::known(plural) else { return Ok(Vec::new()) };
    let kind = what.kind.clone();
    Ok(items(link.get_json(&What::Table(what).path(target.namespace.as_deref())).await?, &kind))
}

/// The pods on a node that a selector takes.
async fn node_pods(link: &Link, target: &Target, labels: Option<&String>) -> Result<Vec<Value>, Fault> {
    let labels = labels.map(|labels| labels.trim()).filter(|labels| !labels.is_empty());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("fieldSelector", &format!("spec.nodeName={}", target.name))
        .extend_pairs(labels.map(|labels| ("labelSelector", labels)))
        .finish();
    Ok(items(link.get_json(&format!("/api/v1/pods?{query}")).await?, "Pod"))
}

/// Every disruption budget. Who may not read them is told by the evictions themselves.
async fn budgets(link: &Link) -> Vec<Value> {
    let budgets = link.get_json("/apis/policy/v1/poddisruptionbudgets").await;
    items(budgets.unwrap_or_default(), "PodDisruptionBudget")
}

/// The items of a list, which do not say themselves what they are.
fn items(mut list: Value, kind: &str) -> Vec<Value> {
    let items = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take);
    let named = |mut item: Value| {
        item.as_object_mut().into_iter().for_each(|item| drop(item.insert("kind".into(), kind.into())));
        item
    };
    items.unwrap_or_default().into_iter().map(named).collect()
}
