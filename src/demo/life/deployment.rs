//! Deployments: rollouts from one ReplicaSet to another (pkg/controller/deployment): which step is next, and scaling.
//!
//! The ReplicaSets and their revisions are `sets`' business, what is said of the rollout `progress`'s. A rollback is a user's patch of the
//! template to an older one, whose ReplicaSet is then found again.

mod progress;
mod sets;

use super::super::object::{self, Object, at, flag, number, text};
use super::super::recent::Seen;
use super::super::store::Key;
use super::super::world::World;
use super::own::number_or;
use super::selector::{Round, scaled};
use super::{Controller, News, own};
use jiff::SignedDuration;
use serde_json::json;

const ID: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";
const SOURCE: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISIONS: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";

pub struct Deployments;

impl Controller for Deployments {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        match &*news.key.resource {
            ID => vec![news.key.clone()],
            SETS => own::owners(news, "Deployment", ID),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let deployment = world.get(ID, &key.namespace, &key.name)?;
        let mut rollout = Rollout::of(world, deployment);
        if object::is_deleted(&rollout.deployment) {
            return rollout.write_status();
        }
        rollout.note_pause();
        if flag(&rollout.deployment, "spec/paused") || rollout.is_scaled() {
            rollout.adopt_new();
            rollout.scale();
            if flag(&rollout.deployment, "spec/paused") {
                rollout.clean_up();
            }
            return rollout.write_status();
        }
        match text(&rollout.deployment, "spec/strategy/type") {
            "Recreate" => rollout.recreate(),
            _ => rollout.roll(),
        }
        rollout.write_progress()
    }
}

/// A deployment with its ReplicaSets, while it is looked at.
struct Rollout<'w> {
    world: &'w mut World,
    deployment: Object,
    /// From the oldest to the newest.
    sets: Vec<Seen>,
    /// Which of them has the deployment's template.
    new: Option<usize>,
}

fn size(set: &Object) -> i64 {
    number_or(set, "spec/replicas", 1)
}

fn available(set: &Object) -> i64 {
    number(set, "status/availableReplicas")
}

impl Rollout<'_> {
    fn replicas(&self) -> i64 {
        number_or(&self.deployment, "spec/replicas", 1)
    }

    fn is_rolling(&self) -> bool {
        text(&self.deployment, "spec/strategy/type") != "Recreate"
    }

    /// maxSurge and maxUnavailable; not both are zero (deploymentutil.ResolveFenceposts).
    fn fences(&self) -> (i64, i64) {
        if !self.is_rolling() {
            return (0, 0);
        }
        let quarter = json!("25%");
        let share = |field: &str, round: Round| {
            let value = at(&self.deployment, &format!("spec/strategy/rollingUpdate/{field}"));
            scaled(if value.is_null() { &quarter } else { value }, self.replicas(), round).unwrap_or_default()
        };
        match (share("maxSurge", Round::Up), share("maxUnavailable", Round::Down)) {
            (0, 0) => (0, 1.min(self.replicas())),
            (surge, unavailable) => (surge, unavailable.min(self.replicas())),
        }
    }

    /// With the most pods that it may have.
    fn max_replicas(&self) -> i64 {
        self.replicas() + self.fences().0
    }

    fn total(&self) -> i64 {
        self.sets.iter().map(|set| size(set)).sum()
    }

    /// The places of the sets that are not the new one, the oldest first.
    fn old(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|n| Some(*n) != self.new).collect()
    }

    fn size_at(&self, n: usize) -> i64 {
        self.sets.get(n).map(|set| size(set)).unwrap_or_default()
    }

    fn available_at(&self, n: usize) -> i64 {
        self.sets.get(n).map(|set| available(set)).unwrap_or_default()
    }

    /// How many pods the new set may have now (deploymentutil.NewRSNewReplicas).
    fn next_size(&self) -> i64 {
        let now = self.new.map(|n| self.size_at(n)).unwrap_or_default();
        if !self.is_rolling() || now > self.replicas() {
            return self.replicas();
        }
        let room = self.max_replicas() - self.total();
        now + room.min(self.replicas() - now).max(0)
    }

    /// One step of a rolling update: the new set up if it can be, else the old ones down.
    fn roll(&mut self) {
        let Some(new) = self.take_new() else { return };
        if self.resize(new, self.next_size()) || self.shrink_old(new) {
            return;
        }
        if progress::is_complete(&self.deployment, at(&self.deployment, "status")) {
            self.clean_up();
        }
    }

    /// Takes pods of old sets away: first those that serve nobody, then as many as availability allows.
    fn shrink_old(&mut self, new: usize) -> bool {
        let least = self.replicas() - self.fences().1;
        let waiting = self.size_at(new) - self.available_at(new);
        let mut room = self.total() - least - waiting;
        let old: Vec<usize> = self.old().into_iter().filter(|n| self.size_at(*n) > 0).collect();
        if room <= 0 || old.is_empty() {
            return false;
        }
        let mut is_any = false;
        for n in &old {
            let idle = (self.size_at(*n) - self.available_at(*n)).max(0).min(room);
            is_any |= idle > 0 && self.resize(*n, self.size_at(*n) - idle);
            room -= idle;
        }
        let mut spare = self.sets.iter().map(|set| available(set)).sum::<i64>() - least;
        for n in &old {
            let many = self.size_at(*n).min(spare).max(0);
            is_any |= many > 0 && self.resize(*n, self.size_at(*n) - many);
            spare -= many;
        }
        is_any
    }

    /// All old pods go before a new one comes.
    fn recreate(&mut self) {
        self.adopt_new();
        let mut is_any = false;
        for n in self.old() {
            is_any |= self.resize(n, 0);
        }
        let still = |n: usize| {
            let set = self.sets.get(n);
            set.map(|set| number(set, "status/replicas") + number(set, "status/terminatingReplicas"))
                .unwrap_or_default()
        };
        if is_any || self.old().into_iter().map(still).sum::<i64>() > 0 {
            return;
        }
        let Some(new) = self.take_new() else { return };
        self.resize(new, self.replicas());
        if progress::is_complete(&self.deployment, at(&self.deployment, "status")) {
            self.clean_up();
        }
    }

    /// Whether a user changed `replicas` since the sets were sized.
    fn is_scaled(&self) -> bool {
        let stale = |set: &&Seen| size(set) > 0 && sets::note(set, DESIRED).is_some_and(|was| was != self.replicas());
        self.sets.iter().any(|set| stale(&set))
    }

    /// Scales without hastening the rollout: the one active set, or all by their share.
    fn scale(&mut self) {
        let active: Vec<usize> = (0..self.sets.len()).filter(|n| self.size_at(*n) > 0).collect();
        match active.as_slice() {
            [] => {
                let newest = self.new.or_else(|| self.sets.len().checked_sub(1));
                newest.map(|n| self.resize(n, self.replicas()));
            }
            [one] => {
                self.resize(*one, self.replicas());
            }
            _ if self.is_saturated() => {
                for n in self.old() {
                    self.resize(n, 0);
                }
            }
            _ if self.is_rolling() => self.scale_by_share(active),
            _ => {}
        }
    }

    fn is_saturated(&self) -> bool {
        let (Some(n), wanted) = (self.new, self.replicas()) else { return false };
        let desired = self.sets.get(n).and_then(|set| sets::note(set, DESIRED));
        self.size_at(n) == wanted && desired == Some(wanted) && self.available_at(n) == wanted
    }

    /// The largest first, and it takes what rounding leaves (Deployment's proportional scaling).
    fn scale_by_share(&mut self, mut active: Vec<usize>) {
        let allowed = if self.replicas() > 0 { self.max_replicas() } else { 0 };
        let change = allowed - self.total();
        active.sort_by_key(|n| (-self.size_at(*n), if change > 0 { usize::MAX - *n } else { *n }));
        let mut left = change;
        let mut sizes: Vec<i64> = Vec::new();
        for n in &active {
            let share = if change == 0 { 0 } else { self.share(*n) };
            let share = if change > 0 { share.min(left) } else { share.max(left) };
            left -= share;
            sizes.push(self.size_at(*n) + share);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + left).max(0);
        }
        for (n, size) in active.into_iter().zip(sizes) {
            self.force_size(n, size);
        }
    }

    /// By how much a set grows when all grow alike (deploymentutil.getReplicaSetFraction).
    fn share(&self, n: usize) -> i64 {
        let now = self.size_at(n);
        if self.replicas() == 0 {
            return -now;
        }
        let before = self.sets.get(n).and_then(|set| sets::note(set, MAX)).filter(|max| *max > 0);
        match before.unwrap_or_else(|| number(&self.deployment, "status/replicas")) {
            0 => 0,
            before => (now as f64 * self.max_replicas() as f64 / before as f64).round() as i64 - now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::object::put;
    use super::super::super::world::Write;
    use super::super::stub::{self, Kubelet, edit};
    use super::super::{Life, condition, replicaset::ReplicaSets};
    use super::*;

    fn begin(strategy: serde_json::Value) -> (World, Life) {
        let (mut world, life) = stub::begin(vec![Box::new(Deployments), Box::new(ReplicaSets), Box::new(Kubelet)]);
        let web = json!({"metadata": {"namespace": "shop", "name": "web", "annotations": {"kubernetes.io/change-cause": "first"}}, "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "strategy": strategy, "progressDeadlineSeconds": 60,
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        }});
        world.create(ID, web, Write::by("t")).unwrap();
        (world, life)
    }

    fn web(world: &World) -> Object {
        world.get(ID, "shop", "web").unwrap()
    }

    fn reason(world: &World, kind: &str) -> String {
        text(condition::find(at(&web(world), "status"), kind), "reason").to_owned()
    }

    /// Revision and size of the sets, by revision.
    fn revisions(world: &World) -> Vec<(i64, i64)> {
        let mut all: Vec<_> =
            world.list(SETS, None).iter().map(|set| (sets::note(set, REVISION).unwrap(), size(set))).collect();
        all.sort_unstable();
        all
    }

    const IMAGE: &str = "spec/template/spec/containers/0/image";

    #[test]
    fn a_rollout_goes_from_one_set_to_another_within_its_fences() {
        let (mut world, mut life) =
            begin(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}));
        stub::live(&mut life, &mut world, 20);
        let status = at(&web(&world), "status").clone();
        assert_eq!((number(&status, "availableReplicas"), number(&status, "updatedReplicas")), (3, 3));
        assert_eq!(number(&status, "terminatingReplicas"), 0);
        let progressing = condition::find(&status, "Progressing");
        let set = stub::names(&world, SETS).remove(0);
        assert_eq!(text(progressing, "message"), format!("ReplicaSet {set:?} has successfully progressed."));
        assert_eq!(reason(&world, "Available"), "MinimumReplicasAvailable");

        edit(&mut world, ID, "web", IMAGE, "web:2");
        let mut most = 0;
        for _ in 0..30 {
            stub::live(&mut life, &mut world, 1);
            let pods = world.list("pods", None);
            let alive = |pod: &&Object| !object::is_deleted(pod);
            most = most.max(pods.iter().filter(alive).count());
            assert!(number(&web(&world), "status/availableReplicas") >= 3);
        }
        assert_eq!(most, 4);
        assert_eq!(revisions(&world), [(1, 0), (2, 3)]);
        assert_eq!(object::annotation(&web(&world), REVISION), "2");
        assert_eq!(reason(&world, "Progressing"), "NewReplicaSetAvailable");
        let said = stub::said(&world, "Deployment");
        assert_eq!(said.first().unwrap(), &format!("ScalingReplicaSet Scaled up replica set {set} from 0 to 3"));
        assert!(said.contains(&format!("ScalingReplicaSet Scaled down replica set {set} from 3 to 2")), "{said:?}");
    }

    #[test]
    fn a_broken_rollout_times_out_and_an_older_template_finds_its_set_again() {
        let (mut world, mut life) = begin(json!({}));
        stub::live(&mut life, &mut world, 20);
        edit(&mut world, ID, "web", "metadata/annotations/kubernetes.io~1change-cause", "second");
        edit(&mut world, ID, "web", IMAGE, "web:broken");
        stub::live(&mut life, &mut world, 30);
        assert_eq!(reason(&world, "Progressing"), "ReplicaSetUpdated");
        stub::live(&mut life, &mut world, 60);
        assert_eq!(reason(&world, "Progressing"), "ProgressDeadlineExceeded");
        assert_eq!(revisions(&world), [(1, 3), (2, 1)]);
        edit(&mut world, ID, "web", IMAGE, "web:1");
        stub::live(&mut life, &mut world, 30);
        assert_eq!(revisions(&world), [(2, 0), (3, 3)]);
        assert_eq!(reason(&world, "Progressing"), "NewReplicaSetAvailable");
        let sets = world.list(SETS, None);
        let now = sets.iter().find(|set| size(set) == 3).unwrap();
        assert_eq!(object::annotation(now, REVISIONS), "1");
        assert_eq!(object::annotation(now, "kubernetes.io/change-cause"), "second");
        assert_eq!(object::annotation(&web(&world), REVISION), "3");
    }

    #[test]
    fn scaling_pausing_and_history() {
        let (mut world, mut life) = begin(json!({}));
        stub::live(&mut life, &mut world, 20);
        edit(&mut world, ID, "web", "spec/paused", true);
        edit(&mut world, ID, "web", IMAGE, "web:2");
        edit(&mut world, ID, "web", "spec/replicas", 5);
        stub::live(&mut life, &mut world, 20);
        assert_eq!(reason(&world, "Progressing"), "DeploymentPaused");
        assert_eq!(revisions(&world), [(1, 5)]);
        edit(&mut world, ID, "web", "spec/revisionHistoryLimit", 1);
        edit(&mut world, ID, "web", "spec/paused", false);
        stub::live(&mut life, &mut world, 40);
        assert_eq!(revisions(&world), [(1, 0), (2, 5)]);
        edit(&mut world, ID, "web", IMAGE, "web:3");
        stub::live(&mut life, &mut world, 40);
        assert_eq!(revisions(&world), [(2, 0), (3, 5)]);
        edit(&mut world, ID, "web", "spec/replicas", 0);
        stub::live(&mut life, &mut world, 40);
        assert!(world.list("pods", None).is_empty());
    }

    #[test]
    fn a_rollout_that_is_scaled_grows_on_both_sides() {
        let (mut world, mut life) = begin(json!({"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 0}}));
        edit(&mut world, ID, "web", "spec/replicas", 4);
        stub::live(&mut life, &mut world, 20);
        edit(&mut world, ID, "web", IMAGE, "web:broken");
        stub::live(&mut life, &mut world, 20);
        assert_eq!(revisions(&world), [(1, 4), (2, 2)]);
        edit(&mut world, ID, "web", "spec/replicas", 8);
        stub::live(&mut life, &mut world, 20);
        assert_eq!(revisions(&world), [(1, 8), (2, 4)]);
    }

    #[test]
    fn recreate_waits_until_the_old_pods_are_gone() {
        let (mut world, mut life) = begin(json!({"type": "Recreate"}));
        stub::live(&mut life, &mut world, 20);
        edit(&mut world, ID, "web", IMAGE, "web:2");
        stub::live(&mut life, &mut world, 1);
        assert!(world.list("pods", None).iter().all(object::is_deleted));
        assert_eq!(revisions(&world), [(1, 0)]);
        stub::live(&mut life, &mut world, 20);
        assert_eq!(revisions(&world), [(1, 0), (2, 3)]);
        let mut gone = web(&world);
        put(&mut gone, "spec/template/metadata/creationTimestamp", serde_json::Value::Null);
        world.update(ID, gone, Write::by("user")).unwrap();
        stub::live(&mut life, &mut world, 20);
        assert_eq!(revisions(&world), [(1, 0), (2, 3)], "nothing that is empty makes a revision");
    }
}
