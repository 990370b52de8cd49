//! Drains: a budget that blocks and lets go again, a cancel halfway, nodes one after another, and a server that dies meanwhile.
//!
//! On the embedded cluster, and on the lab that RK9S_CONTRACT names. No other test's pods come to these nodes.

use crate::place::{Place, link, until};
use crate::served::Served;
use rk9s::actions::change::{Do, Note};
use rk9s::actions::{Values, named};
use rk9s::cluster::changes::{self, Outcome, Plan, Progress, Step};
use rk9s::cluster::fault::Class;
use rk9s::cluster::papers::Target;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A namespace, and nodes that only its pods may come to.
struct Yard<'a> {
    place: &'a Place,
    name: String,
}

/// A drain at work.
struct Drain {
    steps: Vec<Step>,
    outcomes: Vec<Option<Outcome>>,
    cancelled: Arc<AtomicBool>,
    progress: mpsc::Receiver<Progress>,
    task: JoinHandle<()>,
}

impl<'a> Yard<'a> {
    async fn make(place: &'a Place, name: &str) -> Self {
        let own = Self { place, name: format!("acting-{}-{name}", std::process::id()) };
        own.create("/api/v1/namespaces", json!({"kind": "Namespace", "metadata": {"name": own.name}})).await;
        own.is("its account is there", &own.own("/api/v1", "serviceaccounts/default"), |_| true).await;
        own
    }

    async fn create(&self, path: &str, object: Value) {
        self.place.create(path, &object).await.unwrap();
    }

    fn own(&self, api: &str, rest: &str) -> String {
        format!("{api}/namespaces/{}/{rest}", self.name)
    }

    /// Waits until the object at this path is so, and reads it.
    async fn is(&self, what: &str, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let look = async || {
            let object: Value = self.place.link.get_json(path).await.map_err(|e| e.to_string())?;
            if is_so(&object) { Ok(object) } else { Err(format!("{what}, not so: {object}")) }
        };
        until(look).await.unwrap()
    }

    async fn node(&self, number: u32) -> Target {
        let name = format!("{}-{number}", self.name);
        let size = json!({"cpu": "4", "memory": "8Gi", "pods": "20"});
        let node = json!({
            "kind": "Node",
            "metadata": {"name": name, "labels": {"acting": self.name}, "annotations": {"kwok.x-k8s.io/node": "fake"}},
            "spec": {"taints": [{"key": "acting", "effect": "NoSchedule"}]},
            "status": {"capacity": size, "allocatable": size, "conditions": [{"type": "Ready", "status": "True"}]},
        });
        self.create("/api/v1/nodes", node).await;
        Target { what: crate::space::kind("nodes"), namespace: None, name }
    }

    async fn open(&self, node: &Target, unschedulable: Value) {
        let patch = json!({"spec": {"unschedulable": unschedulable}});
        self.place.merge(&format!("/api/v1/nodes/{}", node.name), &patch).await.unwrap();
    }

    async fn is_closed(&self, node: &Target) -> bool {
        let node: Value = self.place.link.get_json(&format!("/api/v1/nodes/{}", node.name)).await.unwrap();
        node["spec"]["unschedulable"] == true
    }

    /// A deployment, and what it needs at least: all of its pods are ready on the only node that is open.
    async fn deployment(&self, name: &str, replicas: i64, needs: i64) {
        let labels = json!({"app": name});
        let pod = json!({
            "metadata": {"labels": labels},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "nodeSelector": {"acting": self.name},
                "tolerations": [{"key": "acting", "operator": "Exists"}],
                "containers": [{"name": name, "image": format!("registry.example.com/{name}:1")}],
            },
        });
        let spec = json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod});
        let meta = json!({"name": name});
        let deployment = json!({"kind": "Deployment", "metadata": meta, "spec": spec});
        self.create(&self.own("/apis/apps/v1", "deployments"), deployment).await;
        let budget = json!({"minAvailable": needs, "selector": {"matchLabels": labels}});
        let budget = json!({"kind": "PodDisruptionBudget", "metadata": meta, "spec": budget});
        self.create(&self.own("/apis/policy/v1", "poddisruptionbudgets"), budget).await;
        let path = self.own("/apis/policy/v1", &format!("poddisruptionbudgets/{name}"));
        self.is("its pods are ready", &path, |budget| {
            budget["status"]["currentHealthy"] == replicas
                && budget["status"]["disruptionsAllowed"] == replicas - needs
                && budget["status"]["observedGeneration"] == budget["metadata"]["generation"]
        })
        .await;
    }

    async fn drop_budget(&self, name: &str) {
        let path = self.own("/apis/policy/v1", &format!("poddisruptionbudgets/{name}"));
        self.place.send(&format!("DELETE {path}"), "application/json", &json!({})).await.unwrap();
    }

    /// Its pods on a node that are not about to go, by uid. There are those of DaemonSets beside.
    async fn pods(&self, node: &Target) -> Vec<String> {
        let path = self.own("/api/v1", &format!("pods?fieldSelector=spec.nodeName%3D{}", node.name));
        let list: Value = self.place.link.get_json(&path).await.unwrap();
        let staying =
            list["items"].as_array().unwrap().iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        let mut uids: Vec<String> = staying.map(|pod| pod["metadata"]["uid"].as_str().unwrap().to_owned()).collect();
        uids.sort();
        uids
    }

    async fn plan(&self, nodes: &[&Target]) -> Plan {
        let nodes: Vec<Target> = nodes.iter().map(|node| (*node).clone()).collect();
        let (link, drain) = (&self.place.link, named("drain").unwrap());
        let plan = changes::plan(link, drain, &nodes, Some(&Values::new()), 0).await.unwrap();
        assert_eq!(plan.refused, None);
        plan
    }

    fn drain(&self, plan: Plan) -> Drain {
        let (sink, progress) = mpsc::channel(64);
        let cancelled = Arc::new(AtomicBool::new(false));
        let work = changes::run(self.place.link.clone(), plan.steps.clone(), cancelled.clone(), sink);
        let outcomes = vec![None; plan.steps.len()];
        Drain { steps: plan.steps, outcomes, cancelled, progress, task: tokio::spawn(work) }
    }

    /// Takes back what was done, which leaves these nodes open.
    async fn undo(&self, drain: &Drain, nodes: &[&Target]) {
        let done = drain.steps.iter().zip(&drain.outcomes).filter(|(_, outcome)| **outcome == Some(Outcome::Done));
        let done: Vec<_> = done.map(|(step, _)| (step.target.clone(), step.uid.clone(), step.does.clone())).collect();
        let plan = changes::plan_undo(&self.place.link, &done).await.unwrap();
        assert_eq!((&plan.refused, plan.steps.len()), (&None, nodes.len()));
        let says = |note: &Note| matches!(note, Note::Says(why) if why.contains("evicted pods do not come back"));
        assert_eq!(plan.notes.iter().filter(|note| says(note)).count(), 1, "{:?}", plan.notes);
        let mut undo = self.drain(plan);
        undo.end().await;
        assert!(undo.outcomes.iter().all(|outcome| *outcome == Some(Outcome::Done)), "{:?}", undo.outcomes);
        for node in nodes {
            assert!(!self.is_closed(node).await);
        }
    }

    async fn tidy(&self, nodes: &[&Target]) {
        let nodes = nodes.iter().map(|node| format!("nodes/{}", node.name));
        for path in nodes.chain([format!("namespaces/{}", self.name)]) {
            self.place.send(&format!("DELETE /api/v1/{path}"), "application/json", &json!({})).await.unwrap();
        }
    }
}

impl Drain {
    async fn next(&mut self) -> Option<Progress> {
        let news = tokio::time::timeout(PATIENCE, self.progress.recv()).await.expect("news in time");
        if let Some(Progress::Ended(at, outcome)) = &news {
            assert_eq!(self.outcomes[*at].replace(outcome.clone()), None, "ended twice: {at}");
        }
        news
    }

    /// Waits until a step is told to wait for something with these words, and says which.
    async fn is_blocked(&mut self, words: &str) -> usize {
        loop {
            match self.next().await {
                Some(Progress::Blocked(at, why)) if why.contains(words) => return at,
                Some(_) => {}
                None => panic!("it never waits for {words}: {:?}", self.outcomes),
            }
        }
    }

    async fn end(&mut self) {
        while self.next().await.is_some() {}
        (&mut self.task).await.unwrap();
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// `cordon done`, `evict cancelled`, `await unknown Unreachable`, in the order of the steps.
    fn told(&self) -> Vec<String> {
        let told = self.steps.iter().zip(&self.outcomes).map(|(step, outcome)| {
            let what = match step.does {
                Do::Evict(_) => "evict",
                Do::Await => "await",
                _ => "cordon",
            };
            match outcome.as_ref().expect("every step has an outcome") {
                Outcome::Done => format!("{what} done"),
                Outcome::Cancelled => format!("{what} cancelled"),
                Outcome::Failed(fault) => format!("{what} failed {:?}", fault.class),
                Outcome::Unknown(fault) => format!("{what} unknown {:?}", fault.class),
            }
        });
        told.collect()
    }
}

/// The text of a plan, as the form shows it.
fn shown(plan: &Plan) -> String {
    let lines = plan.preview.lines.iter();
    lines.map(|line| line.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>() + "\n").collect()
}

const NEEDS_2: &str = "The disruption budget web needs 2 healthy pods and has 2 currently";

async fn a_budget_blocks_until_it_is_gone(place: &Place) {
    let yard = Yard::make(place, "held").await;
    let node = yard.node(1).await;
    yard.deployment("web", 2, 2).await;
    let plan = yard.plan(&[&node]).await;
    assert_eq!(shown(&plan).matches("waits for pdb/web (2 healthy, 2 needed)").count(), 2, "{}", shown(&plan));
    let before = yard.pods(&node).await;
    let mut drain = yard.drain(plan);
    let one = drain.is_blocked(NEEDS_2).await;
    while drain.is_blocked(NEEDS_2).await == one {}
    assert_eq!((yard.pods(&node).await, yard.is_closed(&node).await), (before, true));
    yard.drop_budget("web").await;
    drain.end().await;
    assert_eq!(drain.told(), ["cordon done", "evict done", "evict done"]);
    assert_eq!(yard.pods(&node).await, [""; 0]);
    yard.undo(&drain, &[&node]).await;
    yard.tidy(&[&node]).await;
}

/// One pod may go, and nowhere is room for another: the drain hangs halfway, and is cancelled.
async fn a_cancel_leaves_the_rest_where_it_is(place: &Place) {
    let yard = Yard::make(place, "cancelled").await;
    let node = yard.node(1).await;
    yard.deployment("web", 3, 2).await;
    let plan = yard.plan(&[&node]).await;
    let (goes, waits) = (shown(&plan).matches("✓ evict").count(), shown(&plan).matches("waits for pdb/web").count());
    assert_eq!((goes, waits), (1, 2), "{}", shown(&plan));
    let mut drain = yard.drain(plan);
    drain.is_blocked("evicted, and ends").await;
    drain.is_blocked(NEEDS_2).await;
    while !drain.outcomes[1..].contains(&Some(Outcome::Done)) {
        drain.next().await;
    }
    let left = yard.pods(&node).await;
    drain.cancel();
    drain.end().await;
    let mut told = drain.told();
    told[1..].sort();
    assert_eq!(told, ["cordon done", "evict cancelled", "evict cancelled", "evict done"]);
    // Nothing stands in the way of them any more, and nobody asks.
    yard.drop_budget("web").await;
    assert_eq!((left.len(), yard.pods(&node).await), (2, left));
    yard.undo(&drain, &[&node]).await;
    let path = yard.own("/apis/apps/v1", "deployments/web");
    yard.is("its third pod is back", &path, |web| web["status"]["readyReplicas"] == 3).await;
    yard.tidy(&[&node]).await;
}

/// The second has its turn when the pods of the first are ready elsewhere, and is no place for them meanwhile.
async fn nodes_are_drained_one_after_another(place: &Place) {
    let yard = Yard::make(place, "turns").await;
    let one = yard.node(1).await;
    yard.deployment("web", 2, 0).await;
    yard.open(&one, json!(true)).await;
    let two = yard.node(2).await;
    yard.deployment("db", 1, 0).await;
    yard.open(&one, Value::Null).await;
    let plan = yard.plan(&[&one, &two]).await;
    let before = yard.pods(&two).await;
    let mut drain = yard.drain(plan);
    drain.is_blocked("0 of 2 are ready").await;
    assert_eq!((yard.is_closed(&one).await, yard.is_closed(&two).await), (true, true), "as kubectl does");
    assert_eq!((yard.pods(&one).await, yard.pods(&two).await), (Vec::new(), before));
    let three = yard.node(3).await;
    drain.end().await;
    let steps = ["cordon done", "cordon done", "evict done", "evict done", "await done", "evict done"];
    assert_eq!(drain.told(), steps);
    assert_eq!(yard.pods(&two).await, [""; 0]);
    let there = async || if yard.pods(&three).await.len() == 3 { Ok(()) } else { Err("not all are there".to_owned()) };
    until(there).await.unwrap();
    yard.undo(&drain, &[&one, &two]).await;
    yard.tidy(&[&one, &two, &three]).await;
}

async fn all(place: &Place) {
    tokio::join!(
        a_budget_blocks_until_it_is_gone(place),
        a_cancel_leaves_the_rest_where_it_is(place),
        nodes_are_drained_one_after_another(place),
    );
}

#[tokio::test]
async fn drains_on_the_embedded_cluster() {
    let served = Served::start();
    all(&Place::over(link(&served.kubeconfig, None).await)).await;
}

#[tokio::test]
async fn drains_on_a_real_control_plane() {
    let Some(lab) = Place::lab().await else { return };
    all(&lab).await;
}

/// What was let through is told as done, what was asked for as unknown; nothing is said to be well that is not known to be.
#[tokio::test]
async fn a_server_that_dies_in_the_middle_of_a_drain() {
    let served = Served::start();
    let place = Place::over(link(&served.kubeconfig, None).await);
    let yard = Yard::make(&place, "dies").await;
    let node = yard.node(1).await;
    yard.deployment("web", 3, 2).await;
    let mut drain = yard.drain(yard.plan(&[&node]).await);
    while !drain.outcomes[1..].contains(&Some(Outcome::Done)) {
        drain.next().await;
    }
    drop(served);
    drain.end().await;
    let mut told = drain.told();
    told[1..].sort();
    assert_eq!(told, ["cordon done", "evict done", "evict unknown Unreachable", "evict unknown Unreachable"]);
}

/// A pod that was let through and ends when the server dies: it is waited for until that is given up.
#[tokio::test]
async fn a_server_that_dies_while_a_pod_ends() {
    let served = Served::start();
    let place = Place::over(link(&served.kubeconfig, None).await);
    let yard = Yard::make(&place, "ends").await;
    let node = yard.node(1).await;
    yard.deployment("web", 1, 0).await;
    let pods: Value = place.link.get_json(&yard.own("/api/v1", "pods")).await.unwrap();
    let name = pods["items"][0]["metadata"]["name"].as_str().unwrap();
    let keeps = json!({"metadata": {"finalizers": ["example.com/keeps"]}});
    place.merge(&yard.own("/api/v1", &format!("pods/{name}")), &keeps).await.unwrap();
    let mut drain = yard.drain(yard.plan(&[&node]).await);
    drain.is_blocked("evicted, and ends").await;
    drop(served);
    loop {
        match drain.next().await {
            Some(Progress::Blocked(_, why)) if !why.contains("evicted") => break,
            other => assert!(other.is_some(), "{:?}", drain.outcomes),
        }
    }
    drain.cancel();
    drain.end().await;
    assert_eq!(drain.told(), ["cordon done", "evict done"]);
    assert!(place.link.version().await.is_err_and(|fault| fault.class == Class::Unreachable));
}
