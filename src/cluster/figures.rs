//! Figures beside rows: pods summed up by node or namespace, warnings by namespace, and what is in use by metrics.k8s.io.
//!
//! They are reduced here, at the edge: what leaves is a sum for each key that has changed, never a pod.

use super::connect::Link;
use super::fault::Fault;
use super::watch::{Count, Form, Maker, Run, Shared, WatchSpec, What};
use crate::kinds::{self, Companion, From, Health, Item, Row, Uid, Value, Word, Words};
use crate::store::delta::{Batch, Delta, Figures, State};
use crate::text::quantity;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often usage is asked for: metrics-server measures no oftener.
const USAGE_EVERY: Duration = Duration::from_secs(30);
/// After a refusal (no metrics served, no right to them) it is asked again as rarely as this.
const REFUSED_EVERY: Duration = Duration::from_secs(120);

/// What is wanted, and of whose rows.
pub struct Want {
    pub companion: Companion,
    /// The plural name of the kind beside whose rows the figures stand.
    pub beside: &'static str,
    pub namespace: Option<String>,
    /// The one pod whose containers are measured.
    pub pod: Option<String>,
}

/// Feeds figures until the receiver of `sink` is gone.
pub async fn watch(link: Link, want: Want, shared: Shared, count: Arc<Count>, sink: mpsc::Sender<Batch>) {
    let (name, fields) = match want.companion {
        Companion::Usage => return usage(link, want, sink).await,
        // A node's pods are those that still need it, as `kubectl describe node` counts them.
        Companion::Pods if want.beside == "nodes" => ("pods", Some("status.phase!=Succeeded,status.phase!=Failed")),
        Companion::Pods | Companion::RevisionPods => ("pods", None),
        Companion::Warnings => ("events", Some("type=Warning")),
        Companion::Revisions => ("replicasets", None),
    };
    let Some(kind) = kinds::find(name) else { return };
    let mut spec = WatchSpec::new(What::Kind(kind), shared);
    spec.namespace = want.namespace.clone();
    spec.fields = fields.map(str::to_owned);
    spec.count = count;
    let receiver = sink.clone();
    let mut run = Run::with_maker(link, spec, Box::new(Sums::new(kind, &want)), sink);
    tokio::select! {
        () = run.forever() => {}
        () = receiver.closed() => {}
    }
}

/// What one object adds to the sum of its key.
#[derive(Clone)]
struct Share {
    key: Word,
    figures: Figures,
    epoch: u32,
}

/// Sums by key, of objects that become rows and are forgotten.
struct Sums {
    kind: &'static dyn kinds::Kind,
    counts: Companion,
    by_node: Option<From>,
    cpu: Option<From>,
    memory: Option<From>,
    revision: Option<From>,
    shares: HashMap<Uid, Share>,
    sums: HashMap<Word, Figures>,
    changed: HashSet<Word>,
    epoch: u32,
    rows: Vec<Row>,
}

impl Sums {
    fn new(kind: &'static dyn kinds::Kind, want: &Want) -> Self {
        let heads = kind.heads();
        let from = |title: &str| heads.iter().find(|head| head.title == title).map(|head| head.from);
        Self {
            kind,
            counts: want.companion,
            by_node: from("NODE").filter(|_| want.beside == "nodes"),
            cpu: from("CPU/R"),
            memory: from("MEM/R"),
            revision: from("REV"),
            shares: HashMap::new(),
            sums: HashMap::new(),
            changed: HashSet::new(),
            epoch: 0,
            rows: Vec::new(),
        }
    }

    fn add(&mut self, row: &Row) {
        self.take(&row.uid);
        let Some(key) = self.key(row) else { return };
        let figures = self.figures(row);
        *self.sums.entry(key.clone()).or_default() += figures;
        self.changed.insert(key.clone());
        self.shares.insert(row.uid.clone(), Share { key, figures, epoch: self.epoch });
    }

    fn figures(&self, row: &Row) -> Figures {
        match self.counts {
            Companion::Warnings => Figures { warnings: 1, ..Figures::default() },
            Companion::Revisions => Figures { revision: amount(row, self.revision), ..Figures::default() },
            Companion::RevisionPods => Figures { pods: 1, ..Figures::default() },
            Companion::Pods | Companion::Usage if row.health == Health::Done => Figures::default(),
            Companion::Pods | Companion::Usage => Figures {
                pods: 1,
                not_well: i64::from(row.health.is_fault()),
                cpu: amount(row, self.cpu),
                memory: amount(row, self.memory),
                ..Figures::default()
            },
        }
    }

    fn take(&mut self, uid: &Uid) {
        let Some(share) = self.shares.remove(uid) else { return };
        if let Some(sum) = self.sums.get_mut(&share.key) {
            *sum -= share.figures;
        }
        self.changed.insert(share.key);
    }

    /// The node or the namespace that an object counts for; none while a pod is on no node. A ReplicaSet counts for itself, a pod
    /// of a stateful or daemon set for the ControllerRevision that it has.
    fn key(&self, row: &Row) -> Option<Word> {
        if self.counts == Companion::RevisionPods {
            let revision = revision_of(row)?;
            return Some(Word::new(&format!("{}/{revision}", &*row.namespace)));
        }
        if self.counts == Companion::Revisions {
            return Some(Word::new(&format!("{}/{}", &*row.namespace, row.name)));
        }
        match self.by_node {
            None => Some(row.namespace.clone()),
            Some(From::Cell(index)) => match row.cell(index) {
                Value::Word(node) => Some(node.clone()),
                _ => None,
            },
            Some(_) => None,
        }
    }
}

/// The name of a pod's ControllerRevision: a StatefulSet's pods have it as a label, a DaemonSet's what follows the set's name.
fn revision_of(row: &Row) -> Option<String> {
    let (owner, hash) = (row.owner.as_ref()?, row.label("controller-revision-hash")?);
    match &*owner.kind {
        "StatefulSet" => Some(hash.to_owned()),
        "DaemonSet" => Some(format!("{}-{hash}", &*owner.name)),
        _ => None,
    }
}

fn amount(row: &Row, from: Option<From>) -> i64 {
    match from {
        Some(From::Cell(index)) => match row.cell(index) {
            Value::Cpu(n) | Value::Bytes(n) | Value::Int(n) => *n,
            _ => 0,
        },
        _ => 0,
    }
}

impl Maker for Sums {
    fn form(&self) -> Form {
        Form::Objects
    }

    fn begin(&mut self, _: &mut Vec<Delta>) {
        self.epoch += 1;
    }

    fn put(&mut self, item: &Item, words: &mut Words, _: &mut Vec<Delta>) -> Result<(), String> {
        let mut rows = std::mem::take(&mut self.rows);
        let made = self.kind.rows(item, words, &mut rows);
        rows.drain(..).for_each(|row| self.add(&row));
        self.rows = rows;
        made
    }

    fn gone(&mut self, item: &Item, words: &mut Words, _: &mut Vec<Delta>) -> Result<(), String> {
        let mut rows = std::mem::take(&mut self.rows);
        let made = self.kind.rows(item, words, &mut rows);
        rows.drain(..).for_each(|row| self.take(&row.uid));
        self.rows = rows;
        made
    }

    fn end(&mut self, _: &mut Vec<Delta>) {
        let old: Vec<Uid> =
            self.shares.iter().filter(|(_, share)| share.epoch != self.epoch).map(|(uid, _)| uid.clone()).collect();
        old.iter().for_each(|uid| self.take(uid));
    }

    fn waits(&self) -> bool {
        !self.changed.is_empty()
    }

    fn settle(&mut self, out: &mut Vec<Delta>) {
        if self.changed.is_empty() {
            return;
        }
        let figures: Vec<_> = self.changed.drain().map(|key| (key.clone(), self.sums.get(&key).copied())).collect();
        self.sums.retain(|_, sum| *sum != Figures::default());
        out.push(Delta::Figures(figures));
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    items: Vec<Measured>,
}

/// A PodMetrics or a NodeMetrics.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Measured {
    metadata: Meta,
    usage: BTreeMap<String, String>,
    containers: Vec<Container>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    name: String,
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    usage: BTreeMap<String, String>,
}

/// Asks for usage again and again. Keys are those of [`crate::store::sight::Companions::usage`].
async fn usage(link: Link, want: Want, sink: mpsc::Sender<Batch>) {
    let path = match (&want.namespace, want.beside) {
        (_, "nodes") => "/apis/metrics.k8s.io/v1beta1/nodes".to_owned(),
        (None, _) => "/apis/metrics.k8s.io/v1beta1/pods".to_owned(),
        (Some(namespace), _) => format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"),
    };
    let mut known: HashSet<Word> = HashSet::new();
    loop {
        let answer: Result<Metrics, Fault> = link.get_json_as(&path, "application/json").await;
        let (deltas, pause) = match answer {
            Ok(metrics) => {
                let figures = measured(metrics, &want);
                let gone = known.iter().filter(|key| !figures.contains_key(*key)).map(|key| (key.clone(), None));
                let deltas: Vec<_> = gone.chain(figures.iter().map(|(key, sum)| (key.clone(), Some(*sum)))).collect();
                known = figures.into_keys().collect();
                (vec![Delta::Figures(deltas), Delta::State(State::Live)], USAGE_EVERY)
            }
            Err(fault) => (vec![Delta::State(State::Refused(fault))], REFUSED_EVERY),
        };
        if sink.send(Batch { deltas, version: None }).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = sink.closed() => return,
        }
    }
}

fn measured(metrics: Metrics, want: &Want) -> HashMap<Word, Figures> {
    let mut figures = HashMap::new();
    for Measured { metadata: Meta { name, namespace }, usage, containers } in metrics.items {
        if want.pod.as_ref().is_some_and(|pod| *pod != name) {
            continue;
        }
        let pod = if namespace.is_empty() { name } else { format!("{namespace}/{name}") };
        if want.beside == "nodes" {
            figures.insert(Word::new(&pod), used(&usage));
            continue;
        }
        for container in containers {
            let used = used(&container.usage);
            let key = if want.beside == "containers" { format!("{namespace}/{}", container.name) } else { pod.clone() };
            *figures.entry(Word::new(&key)).or_default() += used;
        }
    }
    figures
}

fn used(usage: &BTreeMap<String, String>) -> Figures {
    let read = |name: &str, parse: fn(&str) -> Option<i64>| usage.get(name).and_then(|text| parse(text)).unwrap_or(0);
    Figures { cpu: read("cpu", quantity::milli), memory: read("memory", quantity::whole), ..Figures::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, node: &str, phase: &str) -> Item {
        let json = format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{name}"}},"spec":{{"nodeName":"{node}","containers":[
                {{"name":"a","resources":{{"requests":{{"cpu":"250m","memory":"64Mi"}}}}}}]}},"status":{{"phase":"{phase}"}}}}"#
        );
        Item::Json(json.into())
    }

    fn told(sums: &mut Sums) -> Vec<(String, i64, i64)> {
        let mut out = Vec::new();
        sums.settle(&mut out);
        let figures = out.into_iter().flat_map(|delta| match delta {
            Delta::Figures(figures) => figures,
            other => panic!("{other:?}"),
        });
        let mut told: Vec<_> = figures
            .map(|(key, sum)| (key.to_string(), sum.unwrap_or_default().pods, sum.unwrap_or_default().cpu))
            .collect();
        told.sort();
        told
    }

    #[test]
    fn pods_are_summed_by_node_and_follow_every_change() {
        let want = Want { companion: Companion::Pods, beside: "nodes", namespace: None, pod: None };
        let mut sums = Sums::new(kinds::find("pods").unwrap(), &want);
        let mut words = Words::default();
        let none = &mut Vec::new();
        sums.begin(none);
        for item in
            [pod("a", "n1", "Running"), pod("b", "n1", "Running"), pod("c", "n2", "Running"), pod("d", "", "Pending")]
        {
            sums.put(&item, &mut words, none).unwrap();
        }
        sums.end(none);
        assert_eq!(told(&mut sums), [("n1".into(), 2, 500), ("n2".into(), 1, 250)]);
        sums.put(&pod("d", "n2", "Running"), &mut words, none).unwrap();
        sums.gone(&pod("a", "n1", "Running"), &mut words, none).unwrap();
        assert_eq!(told(&mut sums), [("n1".into(), 1, 250), ("n2".into(), 2, 500)]);
        sums.begin(none);
        sums.put(&pod("b", "n1", "Running"), &mut words, none).unwrap();
        sums.end(none);
        assert_eq!(told(&mut sums), [("n1".into(), 1, 250), ("n2".into(), 0, 0)]);
    }

    #[test]
    fn a_replicaset_tells_its_revision_and_takes_it_back() {
        let want = Want { companion: Companion::Revisions, beside: "pods", namespace: None, pod: None };
        let mut sums = Sums::new(kinds::find("replicasets").unwrap(), &want);
        let (mut words, mut out) = (Words::default(), Vec::new());
        let replicaset = |revision: &str| {
            let json = format!(
                r#"{{"metadata":{{"name":"web-1","namespace":"shop","uid":"u","annotations":{{"deployment.kubernetes.io/revision":"{revision}"}}}}}}"#
            );
            Item::Json(json.into())
        };
        for revision in ["3", "14"] {
            sums.put(&replicaset(revision), &mut words, &mut out).unwrap();
        }
        sums.settle(&mut out);
        sums.gone(&replicaset("14"), &mut words, &mut out).unwrap();
        sums.settle(&mut out);
        let [Delta::Figures(there), Delta::Figures(gone)] = out.as_slice() else { panic!("{out:?}") };
        assert_eq!(there.as_slice(), [("shop/web-1".into(), Some(Figures { revision: 14, ..Figures::default() }))]);
        assert_eq!(gone.first().and_then(|(_, figures)| *figures).map_or(0, |figures| figures.revision), 0);
    }

    #[test]
    fn pods_are_counted_for_the_revision_that_they_have() {
        let want =
            Want { companion: Companion::RevisionPods, beside: "controllerrevisions", namespace: None, pod: None };
        let mut sums = Sums::new(kinds::find("pods").unwrap(), &want);
        let (mut words, mut out) = (Words::default(), Vec::new());
        let pod = |name: &str, kind: &str, owner: &str, hash: &str| {
            let json = format!(
                r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{name}","labels":{{"controller-revision-hash":"{hash}"}},
                "ownerReferences":[{{"apiVersion":"apps/v1","kind":"{kind}","name":"{owner}","controller":true}}]}}}}"#
            );
            Item::Json(json.into())
        };
        let pods = [
            pod("db-0", "StatefulSet", "db", "db-7c"),
            pod("db-1", "StatefulSet", "db", "db-7c"),
            pod("log-x", "DaemonSet", "log", "5d"),
            pod("other", "Job", "job", "5d"),
        ];
        pods.iter().for_each(|pod| sums.put(pod, &mut words, &mut out).unwrap());
        assert_eq!(told(&mut sums), [("shop/db-7c".into(), 2, 0), ("shop/log-5d".into(), 1, 0)]);
    }

    #[test]
    fn usage_is_keyed_by_pod() {
        let metrics: Metrics = serde_json::from_str(
            r#"{"items":[{"metadata":{"name":"web","namespace":"shop"},"containers":[
                {"name":"a","usage":{"cpu":"12m","memory":"64Mi"}},{"name":"b","usage":{"cpu":"3000000n","memory":"1Mi"}}]}]}"#,
        )
        .unwrap();
        let want = Want { companion: Companion::Usage, beside: "pods", namespace: None, pod: None };
        let figures = measured(metrics, &want);
        let sum = figures.get("shop/web").unwrap();
        assert_eq!((sum.cpu, sum.memory), (15, 65 << 20));
    }
}
