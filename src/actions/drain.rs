//! Drain: cordon a node and evict its pods, by kubectl's rules (k8s.io/kubectl/pkg/drain/filters.go).
//!
//! Pods of DaemonSets and mirror pods stay. What kubectl would refuse blocks the plan until an option resolves it. Budgets are
//! only told of here: the server keeps them, and an eviction that it refuses is asked again until it is let through.

use super::change::{Budgets, Change, Do, Eviction, Part, set};
use super::{Action, Begins, Field, Given, Kind, NODES, Reads, Risk, Values};
use crate::cluster::papers::Target;
use crate::cluster::watch::TableOf;
use crate::describe::selector;
use crate::text::document::Tone;
use crate::text::fields::{at, controller, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MIRROR: &str = "kubernetes.io/config.mirror";

pub static DRAIN: Action = Action {
    id: "drain",
    title: "Drain",
    help: "close nodes and evict their pods",
    key: Some("D"),
    risk: Risk::Destroy,
    begins: Begins::Form,
    reads: Reads::NodePods,
    needs: ("patch", ""),
    kinds: NODES,
    fields,
    change,
};

fn fields(_: &Given<'_>) -> Vec<Field> {
    let choice = |name, all: [(&str, &str); 2]| {
        let all = all.map(|(value, says)| (value.to_owned(), says.to_owned()));
        let value = all.first().map(|(value, _)| value.clone()).unwrap_or_default();
        Field { name, value, kind: Kind::Choice(all.to_vec()) }
    };
    let text = |name| Field { name, kind: Kind::Text, value: String::new() };
    vec![
        choice(EMPTYDIR, [("keep", "refuse while pods would lose emptyDir data"), ("lose", "--delete-emptydir-data")]),
        choice(
            UNMANAGED,
            [("keep", "refuse while pods have no controller"), ("evict", "nobody brings them back: --force")],
        ),
        choice(
            BUDGETS,
            [("wait", "evict, and wait for the budgets"), ("pass", "delete, whatever they say: --disable-eviction")],
        ),
        // kubectl asks for the word on nearly every node there is; here it is taken for said.
        choice(
            DAEMONSETS,
            [("stay", "their pods are left alone: --ignore-daemonsets"), ("refuse", "as kubectl without that option")],
        ),
        text(GRACE),
        text(TIMEOUT),
        text(SKIP),
        text(PODS),
    ]
}

const DAEMONSETS: &str = "daemonsets";
const EMPTYDIR: &str = "emptydir";
const UNMANAGED: &str = "unmanaged";
const BUDGETS: &str = "budgets";
/// Seconds, instead of each pod's own.
const GRACE: &str = "grace";
/// `90s`, `5m`; for ever if empty.
const TIMEOUT: &str = "timeout";
/// Pods that have been ending for longer than so many seconds are left alone.
const SKIP: &str = "skip ending";
/// A label selector: the others stay.
const PODS: &str = "pods";

/// The options, as they are filled in.
struct Options {
    ignores: bool,
    loses: bool,
    forces: bool,
    eviction: Eviction,
    skip: Option<i64>,
    words: Vec<String>,
}

impl Options {
    fn read(node: &str, values: &Values) -> Result<Self, String> {
        let chosen = |name: &str, value: &str| values.get(name).is_some_and(|own| own == value);
        let typed = |name: &str| values.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let seconds = |name: &str| typed(name).map(seconds).transpose().map_err(|why| format!("{name}: {why}"));
        let ignores = !chosen(DAEMONSETS, "refuse");
        let (loses, forces, passes) = (chosen(EMPTYDIR, "lose"), chosen(UNMANAGED, "evict"), chosen(BUDGETS, "pass"));
        let (grace, timeout, skip) = (seconds(GRACE)?, seconds(TIMEOUT)?, seconds(SKIP)?);
        let words = [
            Some("drain".to_owned()),
            Some(node.to_owned()),
            ignores.then(|| "--ignore-daemonsets".to_owned()),
            loses.then(|| "--delete-emptydir-data".to_owned()),
            forces.then(|| "--force".to_owned()),
            passes.then(|| "--disable-eviction".to_owned()),
            grace.map(|grace| format!("--grace-period={grace}")),
            timeout.map(|timeout| format!("--timeout={timeout}s")),
            skip.map(|skip| format!("--skip-wait-for-delete-timeout={skip}")),
            typed(PODS).map(|pods| format!("--pod-selector={pods}")),
        ];
        let budgets = if passes { Budgets::Passed } else { Budgets::Kept };
        let words = words.into_iter().flatten().collect();
        Ok(Self { ignores, loses, forces, eviction: Eviction { grace, timeout, budgets }, skip, words })
    }
}

/// `30`, `30s`, `5m`: seconds.
fn seconds(text: &str) -> Result<i64, String> {
    let plain = text.parse::<i64>().ok();
    let span = || text.parse::<jiff::SignedDuration>().ok().map(|span| span.as_secs());
    let seconds = plain.or_else(span).filter(|seconds| *seconds >= 0);
    seconds.ok_or_else(|| format!("`{text}` is no time: write 30, 30s or 5m"))
}

/// What becomes of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Goes,
    /// It goes, and this is lost with it.
    Costs(&'static str),
    /// It stays, and why.
    Stays(&'static str),
    OfDaemonSet,
    LosesData,
    Unmanaged,
}

/// kubectl's filters, in their order: DaemonSets, mirror pods, local storage, pods without a controller.
fn fate(pod: &Value, options: &Options, now: i64) -> Fate {
    let controller = controller(pod);
    let ended = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
    if pod.pointer("/metadata/annotations").is_some_and(|notes| notes.get(MIRROR).is_some()) {
        return Fate::Stays("mirror pod");
    }
    let ends_since = text(pod, "/metadata/deletionTimestamp").parse::<jiff::Timestamp>().ok();
    if let (Some(since), Some(skip)) = (ends_since, options.skip)
        && now - since.as_second() > skip
    {
        return Fate::Stays("has been ending for long");
    }
    if ended {
        return Fate::Goes;
    }
    if controller.is_some_and(|owner| text(owner, "/kind") == "DaemonSet") {
        return if options.ignores { Fate::Stays("DaemonSet") } else { Fate::OfDaemonSet };
    }
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
    let has_data = volumes.into_iter().flatten().any(|volume| volume.get("emptyDir").is_some());
    match (has_data, controller) {
        (true, _) if !options.loses => Fate::LosesData,
        (_, None) if !options.forces => Fate::Unmanaged,
        (_, None) => Fate::Costs("nobody brings it back"),
        (true, _) => Fate::Costs("its emptyDir data is lost"),
        (false, _) => Fate::Goes,
    }
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let options = Options::read(&given.target.name, values)?;
    let of_kind = |kind: &'static str| given.related.iter().filter(move |item| text(item, "/kind") == kind);
    let mut budgets = Allowed::of(of_kind("PodDisruptionBudget"));
    let pods: Vec<(&Value, Fate)> = of_kind("Pod").map(|pod| (pod, fate(pod, &options, given.now))).collect();
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    let mut change = Change::edit(set(given.object, "/spec/unschedulable", Some(json!(true))), &words);
    change.parts = pods.iter().map(|(pod, fate)| part(pod, fate, &options, &mut budgets)).collect();
    let going = change.parts.iter().filter(|part| part.does.is_some()).count();
    let staying = pods.len() - going;
    let asks = if options.eviction.budgets == Budgets::Kept { "evicted" } else { "deleted, and no budget is asked" };
    change.then = owners(&change.parts, &pods);
    change.parts.sort_by_key(concern);
    change.blocked = refusal(&pods);
    Ok(change.say(format!("{going} pods are {asks}, {staying} stay; no pod is sent away before the node is closed")))
}

/// What needs a look comes first, what stays last.
fn concern(part: &Part) -> u8 {
    match (part.tone, part.does.is_some()) {
        (Tone::Wrong, _) => 0,
        (Tone::Changing, _) => 1,
        (_, true) => 2,
        (_, false) => 3,
    }
}

/// What kubectl would say no to, and what resolves it.
fn refusal(pods: &[(&Value, Fate)]) -> Option<String> {
    let count = |fate: Fate| pods.iter().filter(|(_, own)| *own == fate).count();
    let daemons = (count(Fate::OfDaemonSet), "are of DaemonSets (daemonsets: stay)");
    let losing = (count(Fate::LosesData), "would lose emptyDir data (emptydir: lose)");
    let alone = (count(Fate::Unmanaged), "have no controller to bring them back (unmanaged: evict)");
    let said = [daemons, losing, alone].into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, why)| format!("{count} {why}")).collect();
    (!said.is_empty()).then(|| format!("kubectl would refuse this node: {}", said.join(", ")))
}

fn part(pod: &Value, fate: &Fate, options: &Options, budgets: &mut Allowed<'_>) -> Part {
    let target = Target {
        what: TableOf::namespaced("", "v1", "pods", "Pod"),
        namespace: Some(text(pod, "/metadata/namespace").into()),
        name: text(pod, "/metadata/name").into(),
    };
    let goes = matches!(fate, Fate::Goes | Fate::Costs(_));
    let waits = (goes && options.eviction.budgets == Budgets::Kept).then(|| budgets.ask(pod)).flatten();
    let (says, tone) = match (waits, fate) {
        (Some(said), _) => (format!("~ {said}"), Tone::Changing),
        (None, Fate::Goes) => ("✓ evict".to_owned(), Tone::Well),
        (None, Fate::Costs(what)) => (format!("! evict: {what}"), Tone::Changing),
        (None, Fate::Stays(why)) => (format!("· stays: {why}"), Tone::Dim),
        (None, Fate::OfDaemonSet) => ("! would be put back by its DaemonSet".to_owned(), Tone::Wrong),
        (None, Fate::LosesData) => ("! would lose its emptyDir data".to_owned(), Tone::Wrong),
        (None, Fate::Unmanaged) => ("! has no controller: nobody would bring it back".to_owned(), Tone::Wrong),
    };
    let does = goes.then_some(Do::Evict(options.eviction));
    Part { target, uid: text(pod, "/metadata/uid").into(), does, says, tone }
}

/// The workloads whose pods go: they are waited for before the next node has its turn.
fn owners(parts: &[Part], pods: &[(&Value, Fate)]) -> Vec<Part> {
    let mut seen = BTreeSet::new();
    let going = parts.iter().zip(pods).filter(|(part, _)| part.does.is_some());
    going
        .filter_map(|(part, (pod, _))| {
            let owner = controller(pod)?;
            let plural = match text(owner, "/kind") {
                "ReplicaSet" => "replicasets",
                "StatefulSet" => "statefulsets",
                _ => return None,
            };
            let what = TableOf::namespaced("apps", "v1", plural, text(owner, "/kind"));
            let name = text(owner, "/name").to_owned();
            let uid = text(owner, "/uid").to_owned();
            seen.insert(uid.clone()).then(|| Part {
                target: Target { what, namespace: part.target.namespace.clone(), name },
                uid,
                does: Some(Do::Await),
                says: String::new(),
                tone: Tone::Dim,
            })
        })
        .collect()
}

/// How many pods each budget still lets go.
struct Allowed<'a>(Vec<(&'a Value, i64)>);

impl<'a> Allowed<'a> {
    fn of(budgets: impl Iterator<Item = &'a Value>) -> Self {
        let left = |budget: &Value| budget.pointer("/status/disruptionsAllowed").and_then(Value::as_i64).unwrap_or(0);
        Self(budgets.map(|budget| (budget, left(budget))).collect())
    }

    /// Takes one from the pod's budget; if there is none left, says what it waits for.
    fn ask(&mut self, pod: &Value) -> Option<String> {
        let (budget, left) = self.0.iter_mut().find(|(budget, _)| is_for(budget, pod))?;
        if *left > 0 {
            *left -= 1;
            return None;
        }
        let number = |path: &str| budget.pointer(path).and_then(Value::as_i64).unwrap_or(0);
        let (healthy, wanted) = (number("/status/currentHealthy"), number("/status/desiredHealthy"));
        let name = text(budget, "/metadata/name");
        Some(format!("waits for pdb/{name} ({healthy} healthy, {wanted} needed)"))
    }
}

/// Whether a budget's selector means the pod.
fn is_for(budget: &Value, pod: &Value) -> bool {
    text(budget, "/metadata/namespace") == text(pod, "/metadata/namespace")
        && selector::takes(at(budget, "/spec/selector"), at(pod, "/metadata/labels"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    fn pod(name: &str, owner: Option<&str>, extra: Value) -> Value {
        let mut pod = json!({"kind": "Pod", "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"app": name}}, "spec": {}});
        if let Some(kind) = owner {
            pod["metadata"]["ownerReferences"] = json!([{"kind": kind, "controller": true}]);
        }
        for (path, value) in extra.as_object().unwrap() {
            pod["spec"][path] = value.clone();
        }
        pod
    }

    #[test]
    fn kubectls_rules_hold_and_budgets_are_told() {
        let node = target("", "nodes", "Node");
        let object = json!({"metadata": {"uid": "n"}, "spec": {}});
        let related = [
            pod("web", Some("ReplicaSet"), json!({})),
            pod("agent", Some("DaemonSet"), json!({})),
            pod("cache", Some("ReplicaSet"), json!({"volumes": [{"emptyDir": {}}]})),
            pod("alone", None, json!({})),
            json!({"kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"selector": {"matchLabels": {"app": "web"}}}, "status": {"disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2}}),
        ];
        let given = Given { target: &node, object: &object, related: &related, now: 0 };
        let asked = |pairs: &[(&str, &str)]| {
            let values = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            change(&given, &values).unwrap()
        };
        let plain = asked(&[]);
        let blocked = plain.blocked.unwrap();
        assert!(blocked.contains("1 would lose emptyDir data"), "{blocked}");
        assert!(blocked.contains("1 have no controller"), "{blocked}");
        let says: Vec<&str> = plain.parts.iter().map(|part| part.says.as_str()).collect();
        let first: Vec<char> = says.iter().filter_map(|says| says.chars().next()).collect();
        assert_eq!(first, ['!', '!', '~', '·'], "what needs a look comes first");
        assert_eq!(says[2], "~ waits for pdb/web (2 healthy, 2 needed)");
        assert_eq!(says[3], "· stays: DaemonSet");
        let strict = asked(&[("daemonsets", "refuse")]);
        assert!(strict.blocked.unwrap().contains("1 are of DaemonSets"));
        assert!(!strict.kubectl.contains(&"--ignore-daemonsets".to_owned()));
        let all = asked(&[("emptydir", "lose"), ("unmanaged", "evict"), ("grace", "5"), ("timeout", "2m")]);
        assert_eq!(all.blocked, None);
        let eviction = Eviction { grace: Some(5), timeout: Some(120), budgets: Budgets::Kept };
        assert_eq!(all.parts.iter().filter(|part| part.does == Some(Do::Evict(eviction))).count(), 3);
        let line = "drain web --ignore-daemonsets --delete-emptydir-data --force --grace-period=5 --timeout=120s";
        assert_eq!(all.kubectl.join(" "), line);
        assert_eq!(all.then.len(), 1, "one owner has a uid and a name");
        let passing = asked(&[("emptydir", "lose"), ("unmanaged", "evict"), ("budgets", "pass")]);
        assert!(passing.parts.iter().all(|part| !part.says.contains("waits")));
    }

    #[test]
    fn a_budget_lets_so_many_go_and_the_next_waits() {
        let budget = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "x"]}]}},
            "status": {"disruptionsAllowed": 1, "currentHealthy": 3, "desiredHealthy": 2}});
        let mut allowed = Allowed::of(std::iter::once(&budget));
        let web = pod("web", Some("ReplicaSet"), json!({}));
        assert_eq!(allowed.ask(&web), None);
        assert_eq!(allowed.ask(&web).unwrap(), "waits for pdb/web (3 healthy, 2 needed)");
        assert_eq!(allowed.ask(&pod("other", None, json!({}))), None, "it is not for this one");
    }

    #[test]
    fn times_are_read_as_kubectl_reads_them() {
        assert_eq!((seconds("30"), seconds("5m"), seconds("1h30m")), (Ok(30), Ok(300), Ok(5400)));
        assert!(seconds("soon").is_err() && seconds("-1").is_err());
    }
}
