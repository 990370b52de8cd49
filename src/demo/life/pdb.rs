//! Disruption budgets: how many pods may go now (pkg/controller/disruption).

use super::super::events::{self, Level};
use super::super::object::{self, Object, at, number, pairs, put, text};
use super::super::recent::Seen;
use super::super::store::Key;
use super::super::world::{World, Write};
use super::index::{Form, Index};
use super::selector::{Round, scaled};
use super::{Controller, MANAGER, News, condition, own, pods};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

const ID: &str = "poddisruptionbudgets.policy";
const SOURCE: &str = "controllermanager";
/// A pod whose eviction was allowed is expected to be gone after this.
const TIMEOUT: SignedDuration = SignedDuration::from_mins(2);

/// Kinds that say how many pods they want, and where they are kept.
const SCALED: [(&str, &str); 3] =
    [("Deployment", "deployments.apps"), ("ReplicaSet", "replicasets.apps"), ("StatefulSet", "statefulsets.apps")];

pub struct Budgets {
    budgets: RefCell<Index>,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { budgets: RefCell::new(Index::new(ID, Form::Selector)) }
    }
}

impl Controller for Budgets {
    fn name(&self) -> &'static str {
        "disruption-controller"
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        let mut budgets = self.budgets.borrow_mut();
        let is_scaled = SCALED.iter().any(|(_, id)| news.is(id))
            && at(news.before(), "spec/replicas") != at(news.object(), "spec/replicas");
        match is_scaled {
            true => world.store.list(&ID.into(), Some(&news.key.namespace), None).map(|(key, _)| key.clone()).collect(),
            false => budgets.hear(world, news),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let budget = world.get(ID, &key.namespace, &key.name)?;
        let pods = self.budgets.borrow().pods(world, key);
        if pods.is_empty() {
            events::record(world, &budget, Level::Normal, "NoPods", "No matching pods found", SOURCE);
        }
        let all: Vec<&Object> = pods.iter().map(|pod| &**pod).filter(|pod| !pods::is_ended(pod)).collect();
        let (disrupted, again) = disrupted(world, &budget, &all);
        match expected(world, &budget, &all) {
            Ok((expected, desired)) => {
                let is_healthy = |pod: &&&Object| {
                    !object::is_deleted(pod) && pods::is_ready(pod) && disrupted.get(object::name(pod)).is_none()
                };
                let healthy = all.iter().filter(is_healthy).count() as i64;
                write(world, budget, [healthy, desired, expected], disrupted);
            }
            Err(why) => fail(world, budget, &why),
        }
        again
    }
}

/// Pods whose eviction was allowed and that are not yet gone; when to look at them again.
fn disrupted(world: &World, budget: &Object, all: &[&Object]) -> (Value, Option<SignedDuration>) {
    let mut still = json!({});
    let mut first: Option<Timestamp> = None;
    for (name, since) in pairs(budget, "status/disruptedPods") {
        let due = since.parse::<Timestamp>().ok().and_then(|since| since.checked_add(TIMEOUT).ok());
        let is_there = all.iter().any(|pod| object::name(pod) == name && !object::is_deleted(pod));
        let Some(due) = due.filter(|due| is_there && *due >= world.now) else { continue };
        first = Some(first.map_or(due, |first| first.min(due)));
        if let Some(still) = still.as_object_mut() {
            still.insert(name.to_owned(), since.into());
        }
    }
    (still, first.map(|due| due.duration_since(world.now) + SignedDuration::from_secs(1)))
}

/// How many pods there should be, and how many of them healthy; or why that cannot be said.
fn expected(world: &World, budget: &Object, all: &[&Object]) -> Result<(i64, i64), String> {
    let (most_gone, least) = (at(budget, "spec/maxUnavailable"), at(budget, "spec/minAvailable"));
    if !most_gone.is_null() {
        let expected = scale(world, all)?;
        let gone = scaled(most_gone, expected, Round::Up).unwrap_or_default();
        return Ok((expected, (expected - gone).max(0)));
    }
    if let Some(least) = least.as_i64() {
        return Ok((all.len() as i64, least));
    }
    let expected = scale(world, all)?;
    Ok((expected, scaled(least, expected, Round::Up).unwrap_or_default()))
}

/// How many pods their controllers want, each counted once. Pods of nobody are left out.
fn scale(world: &World, all: &[&Object]) -> Result<i64, String> {
    let mut sizes = BTreeMap::<String, i64>::new();
    for pod in all {
        let Some(by) = object::controller(pod) else { continue };
        let namespace = object::namespace(pod);
        let Some(owner) = owner(world, namespace, by) else {
            let plural = format!("{}s", text(by, "kind").to_lowercase());
            let group = text(by, "apiVersion").split_once('/').map(|(group, _)| group).unwrap_or_default();
            return Err(format!("{plural}.{group} does not implement the scale subresource"));
        };
        // A deployment speaks for its ReplicaSets.
        let above = object::controller(&owner).and_then(|by| self::owner(world, namespace, by));
        let speaker = above.as_ref().unwrap_or(&owner);
        sizes.insert(object::uid(speaker).to_owned(), own::number_or(speaker, "spec/replicas", 1));
    }
    Ok(sizes.into_values().sum())
}

fn owner(world: &World, namespace: &str, by: &Value) -> Option<Seen> {
    let (_, id) = SCALED.iter().find(|(kind, _)| *kind == text(by, "kind"))?;
    world.look(id, namespace, text(by, "name")).filter(|owner| object::uid(owner) == text(by, "uid"))
}

fn write(world: &mut World, mut budget: Object, [healthy, desired, expected]: [i64; 3], disrupted: Value) {
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let generation = number(&budget, "metadata/generation");
    let status = object::place(&mut budget, "status");
    for (field, count) in [
        ("currentHealthy", healthy),
        ("desiredHealthy", desired),
        ("disruptionsAllowed", allowed),
        ("expectedPods", expected),
        ("observedGeneration", generation),
    ] {
        put(status, field, count);
    }
    match disrupted.as_object().is_some_and(|own| own.is_empty()) {
        true => drop(object::remove(status, "disruptedPods")),
        false => put(status, "disruptedPods", disrupted),
    }
    let (word, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    say(status, world.now, generation, (word, reason, ""));
    // Whoever changed it meanwhile woke this controller again.
    let _ = world.update(ID, budget, Write::status(MANAGER));
}

fn fail(world: &mut World, mut budget: Object, why: &str) {
    let message = format!("Failed to calculate the number of expected pods: {why}");
    events::record(world, &budget, Level::Warning, "CalculateExpectedPodCountFailed", &message, SOURCE);
    let generation = number(&budget, "metadata/generation");
    let status = object::place(&mut budget, "status");
    put(status, "disruptionsAllowed", 0);
    for field in ["currentHealthy", "desiredHealthy", "expectedPods"] {
        let count = number(status, field);
        put(status, field, count);
    }
    put(status, "observedGeneration", generation);
    say(status, world.now, generation, ("False", "SyncFailed", why));
    let _ = world.update(ID, budget, Write::status(MANAGER));
}

fn say(status: &mut Value, now: Timestamp, generation: i64, (word, reason, message): (&str, &str, &str)) {
    let said = condition::Said { kind: "DisruptionAllowed", status: word, reason, message, also: "" };
    condition::revise(status, now, said);
    // It is the only one, of the kind whose message is written even if there is none.
    put(status, "conditions/0/message", message);
    put(status, "conditions/0/observedGeneration", generation);
}

#[cfg(test)]
mod tests {
    use super::super::replicaset::ReplicaSets;
    use super::super::stub::{self, Kubelet, edit};
    use super::*;

    #[test]
    fn a_budget_says_how_many_may_go() {
        let (mut world, mut life) =
            stub::begin(vec![Box::new(ReplicaSets), Box::<Budgets>::default(), Box::new(Kubelet)]);
        let set = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": {
            "replicas": 4, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        }});
        world.create("replicasets.apps", set, Write::by("t")).unwrap();
        let selector = json!({"matchLabels": {"app": "web"}});
        for (name, field, value) in [
            ("most", "maxUnavailable", json!("30%")),
            ("least", "minAvailable", json!(4)),
            ("half", "minAvailable", json!("50%")),
        ] {
            let budget =
                json!({"metadata": {"namespace": "shop", "name": name}, "spec": {"selector": selector, field: value}});
            world.create(ID, budget, Write::by("t")).unwrap();
        }
        stub::live(&mut life, &mut world, 10);
        let status = |world: &World, name: &str| {
            let budget = world.get(ID, "shop", name).unwrap();
            let count = |field: &str| number(&budget, &format!("status/{field}"));
            [count("expectedPods"), count("desiredHealthy"), count("currentHealthy"), count("disruptionsAllowed")]
        };
        assert_eq!(status(&world, "most"), [4, 2, 4, 2]);
        assert_eq!(status(&world, "least"), [4, 4, 4, 0]);
        assert_eq!(status(&world, "half"), [4, 2, 4, 2]);
        assert_eq!(stub::text_of(&world, ID, "least", "status/conditions/0/reason"), "InsufficientPods");
        let pod = stub::names(&world, "pods").remove(0);
        let now = object::time(world.now);
        let mut evicted = world.get(ID, "shop", "most").unwrap();
        put(&mut evicted, "status/disruptedPods", json!({pod: now}));
        world.update(ID, evicted, Write::status("t")).unwrap();
        stub::live(&mut life, &mut world, 1);
        assert_eq!(status(&world, "most"), [4, 2, 3, 1]);
        stub::live(&mut life, &mut world, 200);
        assert_eq!(status(&world, "most"), [4, 2, 4, 2], "it was not taken");
        edit(&mut world, "replicasets.apps", "web", "spec/replicas", 2);
        stub::live(&mut life, &mut world, 10);
        assert_eq!(status(&world, "most"), [2, 1, 2, 1]);
    }

    #[test]
    fn pods_without_a_size_have_no_share() {
        let (mut world, mut life) = stub::begin(vec![Box::<Budgets>::default()]);
        let owner = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "x", "uid": "1", "controller": true});
        let pod = json!({"metadata": {"namespace": "shop", "name": "x-1", "labels": {"app": "x"}, "ownerReferences": [owner]},
            "spec": {"containers": [{"name": "x", "image": "x"}]}});
        world.create("pods", pod, Write::by("t")).unwrap();
        let budget =
            json!({"metadata": {"namespace": "shop", "name": "x"}, "spec": {"maxUnavailable": 1, "selector": {}}});
        world.create(ID, budget, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 1);
        let why = "jobs.batch does not implement the scale subresource";
        assert_eq!(stub::text_of(&world, ID, "x", "status/conditions/0/message"), why);
    }
}
