//! Changes, planned and carried out: what an action comes to for each target, what the server says of it beforehand, and the
//! requests themselves.
//!
//! Nothing is sent twice unless the server said that it did not take it (429) or could not (503). Conflicts are told, never
//! overwritten.

mod apply;
mod check;
mod counts;
mod evict;
mod found;
mod kin;
mod peers;
mod preview;
mod request;
mod run;

use counts::{apart, together};

use super::connect::Link;
use super::fault::{Class, Fault};
use super::papers::{Target, object};
use super::watch::What;
use crate::actions::change::{Change, Do, Note, Part};
use crate::actions::takers::takers;
use crate::actions::words::words;
use crate::actions::{Action, Field, Values, undo};
use crate::text::document::{Document, Line};
use crate::text::fields::text;
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

impl Plan {
    /// A plan without steps cannot be committed.
    fn or_nothing(mut self) -> Self {
        if self.steps.is_empty() && self.refused.is_none() {
            self.refused = Some("nothing would change".into());
        }
        self
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
    let found = found::find(link, action, targets, values).await?;
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
    Ok(plan.or_nothing())
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
            inverse => found::edited(link, target, inverse).await?,
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
        let words = words(target, &inverse);
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
    Ok(plan.or_nothing())
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
    for note in change.notes.into_iter().chain(takers(object, &change.does)) {
        plan.notes.extend((!plan.notes.contains(&note)).then_some(note));
    }
    plan.kubectl.push(Kubectl { namespace: target.namespace.clone(), words: change.kubectl });
    let mut stage = 0;
    let in_turn = change.parts.iter().any(|part| !matches!(part.does, None | Some(Do::Await)));
    if in_turn && let Some(last) = plan.steps.last() {
        stage = last.stage + 1;
        plan.steps.extend(plan.then.drain(..).filter_map(|part| Step::of(part, stage)));
    }
    let parts: Vec<Line> = preview::parts(&target, &change.parts).collect();
    if change.does.is_nothing() {
        plan.preview.lines.push(preview::title(&target));
    } else {
        take_own(link, plan, target, object, change.does).await;
    }
    plan.preview.lines.extend(parts);
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
