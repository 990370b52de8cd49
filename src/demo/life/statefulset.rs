//! StatefulSets: pods with names of their own, in their order (pkg/controller/statefulset).
//!
//! Claims are made from templates and never deleted; `maxUnavailable` of an update is one.

mod pod;

use super::super::object::{self, Object, at, number, put, text};
use super::super::store::Key;
use super::super::world::{World, Write};
use super::history::History;
use super::{Controller, MANAGER, News, own, pods};
use jiff::SignedDuration;
use std::collections::BTreeMap;

const ID: &str = "statefulsets.apps";
const SOURCE: &str = "statefulset-controller";
const REVISION: &str = "controller-revision-hash";

pub struct StatefulSets;

impl Controller for StatefulSets {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        match &*news.key.resource {
            ID => vec![news.key.clone()],
            "pods" if pods::is_turn(news) => own::owners(news, "StatefulSet", ID),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let set = world.get(ID, &key.namespace, &key.name)?;
        let history = History::of(world, &set, at(&set, "spec/selector/matchLabels"), "controller.kubernetes.io/hash")?;
        let current = history.named(text(&set, "status/currentRevision")).unwrap_or(&history.newest).clone();
        let mut look = Look { world, current, newest: history.newest.clone(), set };
        if !object::is_deleted(&look.set) {
            look.step();
        }
        let all = look.pods();
        look.write_status(&all);
        let is_live = |revision: &Object| {
            object::name(revision) == object::name(&look.current)
                || all.values().any(|pod| object::label(pod, REVISION) == object::name(revision))
        };
        history.forget(look.world, &look.set, is_live);
        let all: Vec<Object> = all.into_values().collect();
        pods::next_available(&all, number(&look.set, "spec/minReadySeconds"), look.world.now)
    }
}

/// A set while it is looked at, with the revisions that its pods have and shall have.
struct Look<'w> {
    world: &'w mut World,
    set: Object,
    current: Object,
    newest: Object,
}

impl Look<'_> {
    fn start(&self) -> i64 {
        number(&self.set, "spec/ordinals/start")
    }

    fn end(&self) -> i64 {
        self.start() + own::number_or(&self.set, "spec/replicas", 1)
    }

    /// Its pods by their ordinals.
    fn pods(&self) -> BTreeMap<i64, Object> {
        let all = own::all(self.world, "pods", &self.set).into_iter();
        all.filter_map(|pod| Some((object::name(&pod).rsplit_once('-')?.1.parse().ok()?, pod))).collect()
    }

    fn is_available(&self, pod: &Object) -> bool {
        let min_ready = number(&self.set, "spec/minReadySeconds");
        pods::is_active(pod)
            && text(pod, "status/phase") == "Running"
            && pods::is_available(pod, min_ready, self.world.now)
    }

    /// Makes what is missing, then takes away what is too much, then brings one pod up to date; in order each waits for those before.
    fn step(&mut self) {
        let in_order = text(&self.set, "spec/podManagementPolicy") != "Parallel";
        if self.fill(in_order) && self.shrink(in_order) && text(&self.set, "spec/updateStrategy/type") != "OnDelete" {
            self.update();
        }
    }

    /// Whether all that should be there is there and, if they go in order, serves.
    fn fill(&mut self, in_order: bool) -> bool {
        let all = self.pods();
        for ordinal in self.start()..self.end() {
            match all.get(&ordinal) {
                Some(pod) if pods::is_ended(pod) => {
                    if !object::is_deleted(pod) {
                        pod::delete(self.world, &self.set, pod);
                    }
                    return false;
                }
                Some(pod) if in_order && !self.is_available(pod) => return false,
                Some(_) => {}
                None => {
                    let revision = if self.is_held_back(ordinal) { &self.current } else { &self.newest };
                    if !pod::create(self.world, &self.set, revision, ordinal) || in_order {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Below the partition pods keep the current revision.
    fn is_held_back(&self, ordinal: i64) -> bool {
        ordinal < self.start() + number(&self.set, "spec/updateStrategy/rollingUpdate/partition")
    }

    /// Takes the last away first. A pod that does not serve holds up the others, unless it is the first that does not.
    fn shrink(&mut self, in_order: bool) -> bool {
        let all = self.pods();
        let first_idle = all.iter().find(|(_, pod)| !self.is_available(pod)).map(|(ordinal, _)| *ordinal);
        let kept = self.start()..self.end();
        let too_many = all.iter().rev().filter(|(ordinal, _)| !kept.contains(*ordinal));
        for (ordinal, pod) in too_many {
            if object::is_deleted(pod) {
                if in_order {
                    return false;
                }
                continue;
            }
            if !in_order || self.is_available(pod) || first_idle == Some(*ordinal) {
                pod::delete(self.world, &self.set, pod);
            }
            if in_order {
                return false;
            }
        }
        true
    }

    /// Takes the last pod of another revision away, when those behind it serve.
    fn update(&mut self) {
        let all = self.pods();
        for ordinal in (self.start()..self.end()).rev().take_while(|ordinal| !self.is_held_back(*ordinal)) {
            let Some(pod) = all.get(&ordinal) else { return };
            if object::label(pod, REVISION) != object::name(&self.newest) && !object::is_deleted(pod) {
                return pod::delete(self.world, &self.set, pod);
            }
            if !self.is_available(pod) {
                return;
            }
        }
    }

    fn write_status(&mut self, all: &BTreeMap<i64, Object>) {
        let is_of = |pod: &Object, revision: &Object| {
            !object::is_deleted(pod) && object::label(pod, REVISION) == object::name(revision)
        };
        let count = |counts: &dyn Fn(&Object) -> bool| all.values().filter(|pod| counts(pod)).count() as i64;
        let is_ready = |pod: &Object| text(pod, "status/phase") == "Running" && pods::is_ready(pod);
        let wanted = own::number_or(&self.set, "spec/replicas", 1);
        let (ready, updated) = (count(&is_ready), count(&|pod| is_of(pod, &self.newest)));
        let is_complete = [ready, updated, all.len() as i64].iter().all(|count| *count == wanted);
        if is_complete && text(&self.set, "spec/updateStrategy/type") != "OnDelete" {
            self.current = self.newest.clone();
        }
        let mut after = self.set.clone();
        let status = object::place(&mut after, "status");
        put(status, "replicas", all.len());
        put(status, "availableReplicas", count(&|pod| self.is_available(pod)));
        put(status, "collisionCount", 0);
        put(status, "currentRevision", object::name(&self.current));
        put(status, "updateRevision", object::name(&self.newest));
        own::counts(
            status,
            &[
                ("observedGeneration", number(&self.set, "metadata/generation")),
                ("readyReplicas", ready),
                ("currentReplicas", count(&|pod| is_of(pod, &self.current))),
                ("updatedReplicas", updated),
            ],
        );
        // Whoever changed it meanwhile woke this controller again.
        let _ = self.world.update(ID, after, Write::status(MANAGER));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Life;
    use super::super::stub::{self, Kubelet, edit};
    use super::*;
    use serde_json::json;

    fn begin(policy: &str) -> (World, Life) {
        let (mut world, life) = stub::begin(vec![Box::new(StatefulSets), Box::new(Kubelet)]);
        let set = json!({"metadata": {"namespace": "shop", "name": "db"}, "spec": {
            "replicas": 3, "serviceName": "db", "podManagementPolicy": policy, "selector": {"matchLabels": {"app": "db"}},
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db:1"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
        }});
        world.create(ID, set, Write::by("t")).unwrap();
        (world, life)
    }

    fn images(world: &World) -> Vec<String> {
        world.list("pods", None).iter().map(|pod| text(pod, "spec/containers/0/image").to_owned()).collect()
    }

    const IMAGE: &str = "spec/template/spec/containers/0/image";

    #[test]
    fn pods_come_one_after_the_other_with_names_and_claims() {
        let (mut world, mut life) = begin("OrderedReady");
        stub::live(&mut life, &mut world, 1);
        assert_eq!(stub::names(&world, "pods"), ["db-0"]);
        stub::live(&mut life, &mut world, 20);
        assert_eq!(stub::names(&world, "pods"), ["db-0", "db-1", "db-2"]);
        assert_eq!(stub::names(&world, "persistentvolumeclaims"), ["data-db-0", "data-db-1", "data-db-2"]);
        let pod = world.get("pods", "shop", "db-1").unwrap();
        assert_eq!((text(&pod, "spec/hostname"), text(&pod, "spec/subdomain")), ("db-1", "db"));
        assert_eq!(object::label(&pod, "apps.kubernetes.io/pod-index"), "1");
        assert_eq!(text(&pod, "spec/volumes/0/persistentVolumeClaim/claimName"), "data-db-1");
        let set = world.get(ID, "shop", "db").unwrap();
        assert_eq!(number(&set, "status/currentReplicas"), 3);
        assert_eq!(text(&set, "status/currentRevision"), object::label(&pod, REVISION));
        assert!(
            stub::said(&world, "StatefulSet")
                .contains(&"SuccessfulCreate create Pod db-2 in StatefulSet db successful".to_owned())
        );
        edit(&mut world, ID, "db", "spec/replicas", 1);
        stub::live(&mut life, &mut world, 1);
        assert!(object::is_deleted(&world.get("pods", "shop", "db-2").unwrap()));
        assert!(!object::is_deleted(&world.get("pods", "shop", "db-1").unwrap()));
        stub::live(&mut life, &mut world, 20);
        assert_eq!(stub::names(&world, "pods"), ["db-0"]);
        assert_eq!(stub::names(&world, "persistentvolumeclaims").len(), 3);
    }

    #[test]
    fn an_update_begins_at_the_end_and_stops_at_the_partition_and_at_what_is_broken() {
        let (mut world, mut life) = begin("Parallel");
        stub::live(&mut life, &mut world, 1);
        assert_eq!(stub::names(&world, "pods").len(), 3);
        stub::live(&mut life, &mut world, 10);
        edit(&mut world, ID, "db", "spec/updateStrategy", json!({"rollingUpdate": {"partition": 1}}));
        edit(&mut world, ID, "db", IMAGE, "db:2");
        stub::live(&mut life, &mut world, 60);
        assert_eq!(images(&world), ["db:1", "db:2", "db:2"]);
        let set = world.get(ID, "shop", "db").unwrap();
        assert_ne!(text(&set, "status/currentRevision"), text(&set, "status/updateRevision"));
        assert_eq!((number(&set, "status/currentReplicas"), number(&set, "status/updatedReplicas")), (1, 2));
        edit(&mut world, ID, "db", "spec/updateStrategy", json!({}));
        edit(&mut world, ID, "db", IMAGE, "db:broken");
        stub::live(&mut life, &mut world, 60);
        assert_eq!(images(&world), ["db:1", "db:2", "db:broken"]);
    }
}
