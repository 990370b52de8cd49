//! ReplicaSets: so many pods of a template, and the count of those that are there (pkg/controller/replicaset).
//!
//! Expectations are not kept: this world shows its changes at once. Pods of foreign names are not adopted ([`own`]).

use super::super::object::{self, Object, at, number, put};
use super::super::recent::Seen;
use super::super::refusal::Refusal;
use super::super::store::Key;
use super::super::world::{World, Write};
use super::{Controller, MANAGER, News, condition, own, pods, selector};
use jiff::SignedDuration;
use std::sync::Arc;

const ID: &str = "replicasets.apps";
const SOURCE: &str = "replicaset-controller";
/// Pods that are made or taken away at once.
const BURST: usize = 500;
/// When pods that were refused are tried again.
const RETRY: SignedDuration = SignedDuration::from_secs(10);

pub struct ReplicaSets;

impl Controller for ReplicaSets {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        match &*news.key.resource {
            ID => vec![news.key.clone()],
            "pods" if pods::is_turn(news) => own::owners(news, "ReplicaSet", ID),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let set = world.look(ID, &key.namespace, &key.name)?;
        let all = own::view(world, "pods", &set);
        let (mut active, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|pod: &Seen| pods::is_active(pod));
        release(world, &set, &mut active);
        let leaving = rest.iter().filter(|pod| object::is_deleted(pod) && !pods::is_ended(pod)).count();
        let managed = if object::is_deleted(&set) { Ok(()) } else { manage(world, &set, &mut active) };
        let failed = managed.is_err();
        write_status(world, &set, &active, leaving, managed.err());
        if failed {
            return Some(RETRY);
        }
        pods::next_available(&active, number(&set, "spec/minReadySeconds"), world.now)
    }
}

/// Lets go of pods whose labels it no longer selects.
fn release(world: &mut World, set: &Object, active: &mut Vec<Seen>) {
    let is_own = |pod: &Object| selector::matches(at(set, "spec/selector"), at(pod, "metadata/labels"));
    for pod in active.extract_if(.., |pod| !is_own(pod)) {
        let mut pod = Arc::unwrap_or_clone(pod);
        let mut owners = object::items(&pod, "metadata/ownerReferences").to_vec();
        owners.retain(|owner| object::text(owner, "uid") != object::uid(set));
        put(&mut pod, "metadata/ownerReferences", owners);
        // It may be gone by now, and then there is nothing to let go.
        let _ = world.write("pods", pod, Write::by(MANAGER));
    }
}

/// Creates what is missing, or deletes what is too many: the least useful first.
fn manage(world: &mut World, set: &Object, active: &mut Vec<Seen>) -> Result<(), Refusal> {
    let wanted = usize::try_from(own::number_or(set, "spec/replicas", 1)).unwrap_or_default();
    for _ in 0..wanted.saturating_sub(active.len()).min(BURST) {
        let pod = pods::from_template(at(set, "spec/template"), set);
        active.push(Arc::new(pods::create(world, pod, set, SOURCE)?));
    }
    let many = active.len().saturating_sub(wanted).min(BURST);
    if many > 0 {
        pods::order_of_deletion(active, world.now);
        active.drain(..many).for_each(|pod| pods::delete(world, &pod, set, SOURCE));
    }
    Ok(())
}

fn write_status(world: &mut World, set: &Object, active: &[Seen], leaving: usize, refused: Option<Refusal>) {
    let template = at(set, "spec/template/metadata/labels");
    let min_ready = number(set, "spec/minReadySeconds");
    let count = |counts: &dyn Fn(&Object) -> bool| active.iter().filter(|pod| counts(pod)).count() as i64;
    let mut after = set.clone();
    let status = object::place(&mut after, "status");
    put(status, "replicas", active.len());
    own::counts(
        status,
        &[
            ("fullyLabeledReplicas", count(&|pod| selector::fits(template, at(pod, "metadata/labels")))),
            ("readyReplicas", count(&pods::is_ready)),
            ("availableReplicas", count(&|pod| pods::is_available(pod, min_ready, world.now))),
            ("observedGeneration", number(set, "metadata/generation")),
        ],
    );
    put(status, "terminatingReplicas", leaving);
    match refused {
        Some(refused) => condition::set(
            status,
            world.now,
            condition::Said {
                kind: "ReplicaFailure",
                status: "True",
                reason: "FailedCreate",
                message: &refused.message,
                also: "",
            },
        ),
        None => condition::unset(status, "ReplicaFailure"),
    }
    // Whoever changed it meanwhile woke this controller again.
    let _ = world.write(ID, after, Write::status(MANAGER));
}

#[cfg(test)]
mod tests {
    use super::super::stub::{self, Kubelet, text_of};
    use super::*;
    use serde_json::json;

    fn set(replicas: i64) -> Object {
        json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        }})
    }

    #[test]
    fn it_keeps_as_many_pods_as_it_says_and_counts_them() {
        let (mut world, mut life) = stub::begin(vec![Box::new(ReplicaSets), Box::new(Kubelet)]);
        world.create(ID, set(3), Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 10);
        let now = world.get(ID, "shop", "web").unwrap();
        assert_eq!(
            at(&now, "status"),
            &json!({"replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
                    "observedGeneration": 1, "terminatingReplicas": 0})
        );
        let mut fewer = now;
        put(&mut fewer, "spec/replicas", 1);
        world.update(ID, fewer, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 60);
        assert_eq!(world.list("pods", None).len(), 1);
        let said = stub::said(&world, "ReplicaSet");
        assert_eq!(said.iter().filter(|line| line.starts_with("SuccessfulCreate Created pod: web-")).count(), 3);
        assert_eq!(said.iter().filter(|line| line.starts_with("SuccessfulDelete Deleted pod: web-")).count(), 2);
    }

    #[test]
    fn the_least_useful_pod_goes_first() {
        let (mut world, mut life) = stub::begin(vec![Box::new(ReplicaSets), Box::new(Kubelet)]);
        world.create(ID, set(2), Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 10);
        let good: Vec<String> = world.list("pods", None).iter().map(|pod| object::name(pod).to_owned()).collect();
        let scale = |world: &mut World, to: i64, image: &str| {
            let mut set = world.get(ID, "shop", "web").unwrap();
            put(&mut set, "spec/replicas", to);
            put(&mut set, "spec/template/spec/containers/0/image", image);
            world.update(ID, set, Write::by("t")).unwrap();
        };
        scale(&mut world, 4, "web:broken");
        stub::live(&mut life, &mut world, 10);
        assert_eq!(number(&world.get(ID, "shop", "web").unwrap(), "status/readyReplicas"), 2);
        scale(&mut world, 2, "web:broken");
        stub::live(&mut life, &mut world, 60);
        let left: Vec<String> = world.list("pods", None).iter().map(|pod| object::name(pod).to_owned()).collect();
        assert_eq!(left, good);
    }

    #[test]
    fn available_is_who_was_ready_for_long_enough_and_labels_decide_whose_a_pod_is() {
        let (mut world, mut life) = stub::begin(vec![Box::new(ReplicaSets), Box::new(Kubelet)]);
        let mut slow = set(1);
        put(&mut slow, "spec/minReadySeconds", 30);
        world.create(ID, slow, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 10);
        let available = |world: &World| number(&world.get(ID, "shop", "web").unwrap(), "status/availableReplicas");
        assert_eq!(available(&world), 0);
        stub::live(&mut life, &mut world, 30);
        assert_eq!(available(&world), 1);
        let mut pod = world.list("pods", None).remove(0);
        put(&mut pod, "metadata/labels/app", "debug");
        let (freed, mut pod) = (object::name(&pod).to_owned(), pod);
        put(&mut pod, "metadata/resourceVersion", "");
        world.update("pods", pod, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 10);
        assert_eq!(world.list("pods", None).len(), 2);
        assert!(own::is_free(&world.get("pods", "shop", &freed).unwrap()));
        assert_eq!(text_of(&world, "pods", &freed, "metadata/labels/app"), "debug");
    }
}
