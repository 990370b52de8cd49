//! How a rollout stands: the words of `kubectl rollout status`, what is in its way as far as the cluster says so, and the revisions.
//!
//! Only what was read is said; what could not be read is said to be so. Nothing is guessed from how rollouts usually go.

mod pods;
mod status;
mod workload;

use super::revision::{self, Revision};
use super::sheet::Sheet;
use super::{Given, Need, Related, events};
use crate::text::age;
use crate::text::document::{Document, Piece, Tone};
use crate::text::fields::{at, has, list, number, text, time};
use serde_json::Value;
pub use status::{Stands, status};

/// Pods that are named one by one.
const MOST: usize = 10;

/// What must be read besides the workload.
pub const NEEDS: &[Need] = &[Need::SelectedPods, Need::Revisions, Need::Events];

/// A workload with what was read about it.
struct Seen<'a> {
    workload: &'a Value,
    kind: &'a str,
    pods: Vec<&'a Value>,
    /// Whether the pods could be read: else that there are none says nothing.
    knows_pods: bool,
    revisions: Vec<Revision>,
    events: Vec<&'a Value>,
    /// Those of the nodes that could be read.
    nodes: &'a [Value],
    now: i64,
}

/// A finding: what it is about, and what is said of it.
struct Finding {
    about: String,
    said: String,
}

impl Finding {
    fn new(about: impl Into<String>, said: impl Into<String>) -> Self {
        Self { about: about.into(), said: said.into() }
    }
}

/// The whole document. Events are those of the workload, of the newest of its ReplicaSets and of pods that are not well ([`asks`]);
/// nodes are those on which these pods are.
pub fn document(given: &Given<'_>, nodes: &[Value]) -> Document {
    let seen = Seen { nodes, ..Seen::of(given) };
    let mut sheet = Sheet::default();
    let (words, stands) = status(given.object);
    let tone = match stands {
        Stands::Done => Tone::Well,
        Stands::Waits => Tone::Changing,
        Stands::Refused => Tone::Wrong,
    };
    sheet.line(0, Piece::new(words, tone));
    in_the_way(&workload::findings(&seen), stands, &mut sheet);
    for (need, section) in [(Need::SelectedPods, "Pods"), (Need::Events, "Events")] {
        events::read(given.related(need), section, &mut sheet);
    }
    pods_not_ready(&seen, &mut sheet);
    sheet.line(0, "");
    if events::read(given.related(Need::Revisions), "Revisions", &mut sheet).is_some() {
        history(&seen, &mut sheet);
    }
    sheet.finish()
}

/// The objects whose events are worth reading besides the workload's own: the newest ReplicaSet, and the first pods that are not
/// ready.
pub fn asks<'a>(workload: &'a Value, pods: &'a [Value], kept: &'a [Value]) -> Vec<&'a Value> {
    let seen = Seen {
        workload,
        kind: text(workload, "/kind"),
        pods: own_pods(workload, pods, kept),
        knows_pods: true,
        revisions: revision::revisions(workload, kept),
        events: Vec::new(),
        nodes: &[],
        now: 0,
    };
    let newest = seen.newest().map(|newest| newest.uid.clone()).unwrap_or_default();
    // Nothing happens to a ControllerRevision.
    let set = kept.iter().filter(|item| seen.kind == "Deployment" && text(item, "/metadata/uid") == newest);
    let waiting = seen.pods.iter().filter(|pod| !pods::is_ready(pod)).take(MOST).copied();
    set.chain(waiting).collect()
}

/// The workload's pods among those that its selector selects: its own, or those of its ReplicaSets.
fn own_pods<'a>(workload: &Value, pods: &'a [Value], kept: &[Value]) -> Vec<&'a Value> {
    let own = text(workload, "/metadata/uid");
    let is_own = |item: &Value| revision::owner(item).is_some_and(|owner| text(owner, "/uid") == own);
    let sets: Vec<&str> = kept.iter().filter(|set| is_own(set)).map(|set| text(set, "/metadata/uid")).collect();
    let mut pods: Vec<&Value> = pods
        .iter()
        .filter(|pod| is_own(pod) || revision::owner(pod).is_some_and(|owner| sets.contains(&text(owner, "/uid"))))
        .collect();
    pods.sort_by_key(|pod| (ordinal(pod), text(pod, "/metadata/name")));
    pods
}

/// The number at the end of the name of a StatefulSet's pod.
fn ordinal(pod: &Value) -> Option<i64> {
    text(pod, "/metadata/name").rsplit_once('-')?.1.parse().ok()
}

impl<'a> Seen<'a> {
    fn of(given: &'a Given<'_>) -> Self {
        let read = |need| match given.related(need) {
            Related::Read(items) => items,
            _ => &[],
        };
        let kept = read(Need::Revisions);
        Self {
            workload: given.object,
            kind: text(given.object, "/kind"),
            pods: own_pods(given.object, read(Need::SelectedPods), kept),
            knows_pods: matches!(given.related(Need::SelectedPods), Related::Read(_)),
            revisions: revision::revisions(given.object, kept),
            events: read(Need::Events).iter().collect(),
            nodes: &[],
            now: given.now,
        }
    }

    fn newest(&self) -> Option<&Revision> {
        self.revisions.first()
    }

    /// The revision that a pod was made from.
    fn revision_of(&self, pod: &Value) -> Option<&Revision> {
        let owner = revision::owner(pod)?;
        let (uid, name) = (text(owner, "/uid"), text(owner, "/name"));
        let hash = at(pod, "/metadata/labels").get("controller-revision-hash").and_then(Value::as_str);
        let hash = hash.unwrap_or_default();
        self.revisions.iter().find(|revision| match self.kind {
            "Deployment" => revision.uid == uid,
            // A StatefulSet's pods have the name of the revision, a DaemonSet's what follows the set's name in it.
            "StatefulSet" => revision.name == hash,
            _ => revision.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')) == Some(hash),
        })
    }

    fn is_new(&self, pod: &Value) -> bool {
        self.newest().is_some_and(|newest| self.revision_of(pod) == Some(newest))
    }

    /// The latest event about an object that is one of these, and how it is told: `FailedCreate ×3, 2m ago: …`.
    fn event(&self, uid: &str, is_one: impl Fn(&Value) -> bool) -> Option<String> {
        let about = self.events.iter().filter(|event| text(event, "/involvedObject/uid") == uid && is_one(event));
        let event = about.max_by_key(|event| last(event))?;
        let count = number(event, "/series/count").max(number(event, "/count"));
        let times = if count > 1 { format!(" ×{count}") } else { String::new() };
        let ago = last(event).map(|at| format!(", {} ago", age::human((self.now - at).max(0)))).unwrap_or_default();
        Some(format!("{}{times}{ago}: {}", text(event, "/reason"), text(event, "/message").trim().replace('\n', " ")))
    }
}

/// When an event was seen last.
fn last(event: &Value) -> Option<i64> {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    times.iter().find_map(|path| time(event, path))
}

fn in_the_way(findings: &[Finding], stands: Stands, sheet: &mut Sheet) {
    if findings.is_empty() {
        return;
    }
    sheet.line(0, "");
    sheet.title(0, if stands == Stands::Done { "To be known" } else { "What is in the way" });
    for finding in findings {
        sheet.row(
            1,
            vec![Piece::new(finding.about.as_str(), Tone::Key), Piece::new(finding.said.as_str(), Tone::Plain)],
        );
    }
}

/// The pods that keep the rollout from its end: those of the new revision that are not ready, and former ones that do not go.
fn pods_not_ready(seen: &Seen<'_>, sheet: &mut Sheet) {
    let Some(newest) = seen.newest().filter(|_| seen.knows_pods) else { return };
    let (new, old): (Vec<&Value>, Vec<&Value>) = seen.pods.iter().partition(|pod| seen.is_new(pod));
    let ready = new.iter().filter(|pod| pods::is_ready(pod)).count();
    let waiting: Vec<&Value> = new.iter().filter(|pod| !pods::is_available(seen, pod)).copied().collect();
    let title = format!("Pods of revision {}, {ready} of {} ready", newest.number, new.len());
    listed(seen, &title, &waiting, sheet);
    let leaving = old.iter().filter(|pod| has(pod, "/metadata/deletionTimestamp") || !pods::is_ready(pod));
    listed(
        seen,
        "Pods of former revisions that are leaving or not ready",
        &leaving.copied().collect::<Vec<_>>(),
        sheet,
    );
}

/// Pods with what is wrong with each; those of which the same is said are told together.
fn listed(seen: &Seen<'_>, title: &str, all: &[&Value], sheet: &mut Sheet) {
    if all.is_empty() {
        return;
    }
    sheet.line(0, "");
    sheet.title(0, title);
    for pod in all.iter().take(MOST) {
        let node = text(pod, "/spec/nodeName");
        let (said, tone) = pods::why(seen, pod);
        let name = Piece::new(text(pod, "/metadata/name"), Tone::Key);
        sheet.row(1, vec![name, Piece::new(node, Tone::Dim), Piece::new(said, tone)]);
    }
    if let Some(more) = all.len().checked_sub(MOST).filter(|more| *more > 0) {
        sheet.line(1, Piece::new(format!("and {more} more"), Tone::Dim));
    }
}

/// The revisions, the newest first, each with the pods that have it.
fn history(seen: &Seen<'_>, sheet: &mut Sheet) {
    if seen.revisions.is_empty() {
        return sheet.field(0, "Revisions", "<none>");
    }
    sheet.title(0, "Revisions");
    sheet.heads(1, &["REVISION", "AGE", "READY", "IMAGES", "CHANGE-CAUSE"]);
    for (at, own) in seen.revisions.iter().enumerate() {
        let pods: Vec<&&Value> = seen.pods.iter().filter(|pod| seen.revision_of(pod) == Some(own)).collect();
        let ready = pods.iter().filter(|pod| pods::is_ready(pod)).count();
        let number = if at == 0 { format!("{} ● now", own.number) } else { own.number.to_string() };
        let age = age::human((seen.now - own.created).max(0)).to_string();
        let count = if seen.knows_pods { format!("{ready}/{}", pods.len()) } else { "?".into() };
        let tone = if ready < pods.len() { Tone::Changing } else { Tone::Plain };
        let plain = |text: &str| Piece::new(text, Tone::Plain);
        sheet.row(
            1,
            vec![
                Piece::new(number, Tone::Key),
                Piece::new(age, Tone::Dim),
                Piece::new(count, tone),
                plain(&own.images),
                plain(&own.cause.replace('\n', " ")),
            ],
        );
    }
}

/// How many there shall be; one if nothing is said, as the API server has it.
fn wanted(workload: &Value) -> i64 {
    at(workload, "/spec/replicas").as_i64().unwrap_or(1)
}

/// The condition of a type, if its status is this.
fn condition<'a>(object: &'a Value, kind: &str, status: &str) -> Option<&'a Value> {
    let mut all = list(object, "/status/conditions").iter();
    all.find(|one| text(one, "/type") == kind && text(one, "/status") == status)
}

#[cfg(test)]
mod tests;
