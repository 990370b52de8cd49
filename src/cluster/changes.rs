//! Changes, planned and carried out: what an action comes to for each target, what the server says of it beforehand, and the
//! requests themselves.
//!
//! Nothing is sent twice unless the server said that it did not take it (429) or could not (503). Conflicts are told, never
//! overwritten.

mod apply;
mod check;
mod counts;
mod evict;
mod peers;
mod preview;
mod request;
mod run;

use counts::{apart, together};

use super::connect::Link;
use super::fault::{Class, Fault};
use super::papers::{Target, object};
use super::watch::{TableOf, What};
use crate::actions::change::{Change, Do, Note, Part};
use crate::actions::{Action, Field, Given, Reads, Values, undo};
use crate::text::document::Document;
use crate::text::fields::text;
use futures::StreamExt;
use serde_json::Value;
use std::collections::BTreeSet;

pub use apply::plan as plan_apply;
pub use check::check;
pub use run::{Outcome, Progress, run};

/// Requests at a time.
const AT_ONCE: usize = 4;
/// Bytes of an answer that are read.
const LONGEST: usize = 16 << 20;

/// One step of a change, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub target: Target,
    pub uid: String,
    pub does: Do,
    /// Steps of a stage begin when all of those before are done.
    pub stage: usize,
    pub(super) request: request::Prepared,
}

impl Step {
    /// A step for the object with this uid, as far as it is known without reading it.
    pub fn new(target: Target, uid: &str, does: Do) -> Self {
        let request = request::prepare(&target, uid, &does, &Value::Null);
        Self { target, uid: uid.into(), does, stage: 0, request }
    }

    /// What is done to another object, in its turn.
    fn of(part: Part, stage: usize) -> Option<Self> {
        Some(Self { stage, ..Self::new(part.target, &part.uid, part.does?) })
    }
}

/// kubectl's words for what is done to one target, without context and namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubectl {
    pub namespace: Option<String>,
    pub words: Vec<String>,
}

/// What an action comes to, for its form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The form's fields with their starting values.
    pub fields: Vec<Field>,
    /// What the change is called, where the action goes either way.
    pub title: Option<&'static str>,
    pub steps: Vec<Step>,
    pub preview: Document,
    pub notes: Vec<Note>,
    pub kubectl: Vec<Kubectl>,
    /// Why it cannot be done as it is; a form with it cannot be committed.
    pub refused: Option<String>,
    /// What must be so before a further target's turn.
    pub then: Vec<Part>,
}

/// A target as the server has it.
struct Found {
    target: Target,
    object: Value,
    related: Vec<Value>,
}

impl Found {
    fn given(&self, now: i64) -> Given<'_> {
        Given { target: &self.target, object: &self.object, related: &self.related, now }
    }
}

/// Plans an action. Without values the fields' starting values hold.
pub async fn plan(
    link: &Link,
    action: &'static Action,
    targets: &[Target],
    values: Option<&Values>,
    now: i64,
) -> Result<Plan, Fault> {
    let asks = values.is_none();
    // Once for all nodes.
    let budgets = match action.reads {
        Reads::NodePods => budgets(link).await,
        _ => Vec::new(),
    };
    let budgets = &budgets;
    let read = futures::stream::iter(targets.iter().cloned()).map(|target| async move {
        let object = match action.reads {
            Reads::NotEvenIt => Value::Null,
            _ => object(link, &target).await?,
        };
        let related = match action.reads {
            Reads::Nothing | Reads::NotEvenIt => Vec::new(),
            Reads::Revisions => revisions(link, &target).await?,
            Reads::NodePods => {
                let labels = values.and_then(|values| values.get("pods"));
                [node_pods(link, &target, labels).await?, budgets.clone()].concat()
            }
            Reads::Peers if asks => peers::peers(link, &target).await,
            Reads::Peers => Vec::new(),
        };
        Ok(Found { target, object, related })
    });
    let found: Vec<Result<Found, Fault>> = read.buffered(AT_ONCE).collect().await;
    let found: Vec<Found> = found.into_iter().collect::<Result<_, _>>()?;
    let all: Vec<Vec<Field>> = found.iter().map(|found| (action.fields)(&found.given(now))).collect();
    let (own, many) = (all.first().cloned().unwrap_or_default(), all.len());
    let mut plan = Plan { fields: together(&all), ..Plan::default() };
    let starting = || plan.fields.iter().map(|field| (field.name.to_owned(), field.value.clone())).collect();
    let values = values.cloned().unwrap_or_else(starting);
    for (at, found) in found.into_iter().enumerate() {
        let change = apart(&own, &values, at, many).and_then(|values| (action.change)(&found.given(now), &values));
        match change {
            Ok(change) => take(link, &mut plan, made(found.target, &change.does), &found.object, change).await,
            Err(why) => drop(plan.refused.get_or_insert(why)),
        }
    }
    if action.needs.1 == "scale" {
        scalers(link, targets, &mut plan).await;
    }
    if plan.steps.is_empty() && plan.refused.is_none() {
        plan.refused = Some("nothing would change".into());
    }
    Ok(plan)
}

/// Plans the opposite of what was done to some objects, which must be those that they were then.
pub async fn plan_undo(link: &Link, done: &[(Target, String, Do)]) -> Result<Plan, Fault> {
    let mut plan = Plan::default();
    let mut stays: Vec<String> = Vec::new();
    for (target, uid, does) in done.iter().filter(|(_, _, does)| *does != Do::Await) {
        let inverse = match undo::inverse(&target.what, does) {
            Ok(inverse) => inverse,
            Err(why) => {
                stays.extend((!stays.contains(&why)).then_some(why));
                continue;
            }
        };
        let before = match &inverse {
            Do::Create { .. } => Value::Null,
            _ => object(link, target).await?,
        };
        if !before.is_null() && text(&before, "/metadata/uid") != uid {
            plan.refused
                .get_or_insert(format!("{} is another object by now: it was deleted and made anew", target.name));
            continue;
        }
        let inverse = match undo::upon(inverse, &before) {
            Ok(inverse) => inverse,
            Err(why) => {
                plan.refused.get_or_insert(format!("{}: {why}", target.name));
                continue;
            }
        };
        let words = preview::words(target, &inverse);
        let mut change = Change::of(inverse, &[]);
        change.kubectl = words;
        change = match &change.does {
            Do::Create { .. } => change.say("its uid, its status and what belonged to it do not come back"),
            Do::Delete { .. } if target.what.plural == "namespaces" => {
                change.warn("whatever is in it by now goes with it")
            }
            _ => change,
        };
        take(link, &mut plan, target.clone(), &before, change).await;
    }
    plan.notes.extend(stays.into_iter().map(|why| Note::Says(format!("not taken back: {why}"))));
    Ok(plan)
}

/// Adds what one object's change comes to, after asking the server what it would say.
async fn take(link: &Link, plan: &mut Plan, target: Target, object: &Value, change: Change) {
    if change.is_empty() {
        plan.notes.push(Note::Says(format!("{} is that already", target.name)));
        return;
    }
    plan.title = plan.title.or(change.title);
    if let Some(why) = change.blocked {
        plan.refused.get_or_insert(why);
    }
    if let Do::Create { object: new, .. } = &change.does
        && plan.steps.iter().any(|step| is_same_creation(&step.does, new, step.target.namespace == target.namespace))
    {
        let name = text(new, "/metadata/name");
        plan.refused.get_or_insert(format!("two of them would be called {name}: without a name each gets its own"));
    }
    plan.notes.extend(change.notes);
    plan.notes.extend(preview::takers(object));
    plan.kubectl.push(Kubectl { namespace: target.namespace.clone(), words: change.kubectl });
    let mut stage = 0;
    let in_turn = change.parts.iter().any(|part| !matches!(part.does, None | Some(Do::Await)));
    if in_turn && let Some(last) = plan.steps.last() {
        stage = last.stage + 1;
        plan.steps.extend(plan.then.drain(..).filter_map(|part| Step::of(part, stage)));
    }
    if change.does.is_nothing() {
        plan.preview.lines.push(preview::title(&target));
    } else {
        take_own(link, plan, target, object, change.does).await;
    }
    plan.preview.lines.extend(preview::parts(&change.parts));
    may_evict(link, plan, &change.parts).await;
    for part in change.parts {
        plan.steps.extend(Step::of(part, stage + 1));
    }
    plan.steps.sort_by_key(|step| step.stage);
    plan.then = change.then;
}

/// What is done to the target itself, before anything is done to others: all nodes are closed before the first is emptied, or its
/// pods would come to the next (kubectl's RunDrain).
async fn take_own(link: &Link, plan: &mut Plan, target: Target, object: &Value, does: Do) {
    let uid = text(object, "/metadata/uid").to_owned();
    let request = request::prepare(&target, &uid, &does, object);
    let told = preview::ask(link, &request).await;
    plan.preview.lines.extend(preview::lines(&target, object, &does, &told));
    match told {
        preview::Told::Refused(fault) => drop(plan.refused.get_or_insert(fault.said)),
        preview::Told::Unchecked(why) => plan.notes.push(Note::Says(format!("not checked by the server: {why}"))),
        preview::Told::Accepted { warnings, .. } => plan.notes.extend(warnings.into_iter().map(Note::Warns)),
    }
    plan.steps.push(Step { target, uid, does, stage: 0, request });
}

/// Whether pods may be sent away, asked by a trial in each namespace: rights to evict are others than those to close a node.
async fn may_evict(link: &Link, plan: &mut Plan, parts: &[Part]) {
    let mut seen = BTreeSet::new();
    let evicts = |part: &&Part| matches!(part.does, Some(Do::Evict(_)));
    let first = parts.iter().filter(evicts).filter(|part| seen.insert(part.target.namespace.clone()));
    let steps: Vec<Step> = first.filter_map(|part| Step::of(part.clone(), 0)).collect();
    let told = futures::future::join_all(steps.iter().map(|step| preview::ask(link, &step.request))).await;
    // Whatever else is said, of the pod or its budget, is asked again when its turn comes.
    let forbidden = told.into_iter().find_map(|told| match told {
        preview::Told::Refused(fault) if fault.class == Class::Forbidden => Some(fault.said),
        _ => None,
    });
    plan.refused = plan.refused.take().or(forbidden);
}

/// What has no object yet is the one that is made.
fn made(target: Target, does: &Do) -> Target {
    match does {
        Do::Create { what, object } if target.name.is_empty() => {
            Target { what: what.clone(), namespace: None, name: text(object, "/metadata/name").into() }
        }
        _ => target,
    }
}

/// Whether a step creates an object of the same kind and name in the same place.
fn is_same_creation(does: &Do, new: &Value, same_namespace: bool) -> bool {
    let Do::Create { object, .. } = does else { return false };
    same_namespace && ["/kind", "/metadata/name"].iter().all(|path| object.pointer(path) == new.pointer(path))
}

async fn revisions(link: &Link, target: &Target) -> Result<Vec<Value>, Fault> {
    let (plural, kind) = match target.what.plural.as_str() {
        "deployments" => ("replicasets", "ReplicaSet"),
        _ => ("controllerrevisions", "ControllerRevision"),
    };
    let what = TableOf::namespaced("apps", "v1", plural, kind);
    Ok(items(link.get_json(&What::Table(what).path(target.namespace.as_deref())).await?, kind))
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

/// Says which autoscalers will take a new count back.
async fn scalers(link: &Link, targets: &[Target], plan: &mut Plan) {
    let Some(first) = targets.first() else { return };
    let what = TableOf::namespaced("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");
    let Ok(list) = link.get_json::<Value>(&What::Table(what).path(first.namespace.as_deref())).await else { return };
    for scaler in list.get("items").and_then(Value::as_array).into_iter().flatten() {
        let of = targets.iter().any(|target| {
            text(scaler, "/spec/scaleTargetRef/kind") == target.what.kind
                && text(scaler, "/spec/scaleTargetRef/name") == target.name
        });
        if of {
            let (least, most) = (scaler.pointer("/spec/minReplicas"), scaler.pointer("/spec/maxReplicas"));
            let number = |value: Option<&Value>| value.and_then(Value::as_i64).unwrap_or(1);
            let name = text(scaler, "/metadata/name");
            let said =
                format!("hpa/{name} keeps {} to {} replicas and will take this back", number(least), number(most));
            plan.notes.push(Note::Warns(said));
        }
    }
}
