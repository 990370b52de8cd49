//! What happens by itself: controllers, each a page, woken by changes and by the time.
//!
//! A controller is told of an object, looks at the world and brings it one step nearer to what it should be; what it writes wakes others.
//! Nothing here waits or knows the real time: [`Life::step`] does all that is due at `world.now` and says when something is due next, so a test
//! (and the past of the story) runs through days in a moment.

pub mod autoscaler;
pub mod condition;

pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod endpoints;
pub mod furniture;
pub mod garbage;
pub mod history;
pub mod index;
pub mod job;

pub mod namespace;
pub mod own;
pub mod pdb;
pub mod pods;
pub mod quota;
pub mod replicaset;
pub mod selector;
pub mod statefulset;

use super::object::Object;
use super::recent::Seen;
use super::store::{Change, Key, What};
use super::world::World;
use jiff::{SignedDuration, Timestamp};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Deref;

/// The field manager of all that the controllers write: they are one program in a real cluster.
pub const MANAGER: &str = "kube-controller-manager";

/// The controllers of kube-controller-manager that are imitated.
pub fn controllers() -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(deployment::Deployments),
        Box::new(replicaset::ReplicaSets),
        Box::new(daemonset::DaemonSets),
        Box::new(statefulset::StatefulSets),
        Box::new(cronjob::CronJobs),
        Box::new(job::Jobs),
        Box::new(endpoints::Endpoints::default()),
        Box::new(pdb::Budgets::default()),
        Box::new(autoscaler::Autoscalers),
        Box::new(quota::Quotas),
        Box::new(furniture::Furniture),
        Box::new(namespace::Namespaces),
        Box::new(garbage::Garbage::default()),
        Box::new(super::custom::Definitions),
    ]
}

/// A change as controllers are told of it: its objects are parsed when the first of them asks, and once for all.
pub struct News<'a> {
    world: &'a World,
    change: &'a Change,
    after_seen: OnceCell<Seen>,
    before_seen: OnceCell<Seen>,
}

impl<'a> News<'a> {
    pub fn new(world: &'a World, change: &'a Change) -> Self {
        Self { world, change, after_seen: OnceCell::new(), before_seen: OnceCell::new() }
    }

    /// The object after the change; for a deletion its last state.
    pub fn object(&self) -> &Object {
        self.after_seen.get_or_init(|| self.world.recent.glance(&self.change.body).unwrap_or_default())
    }

    /// The object before it, or null.
    pub fn before(&self) -> &Object {
        self.before_seen.get_or_init(|| {
            self.change.before.as_ref().and_then(|body| self.world.recent.glance(body)).unwrap_or_default()
        })
    }

    /// Whether it is a change of this resource.
    pub fn is(&self, id: &str) -> bool {
        &*self.change.key.resource == id
    }
}

impl Deref for News<'_> {
    type Target = Change;
    fn deref(&self) -> &Change {
        self.change
    }
}

/// A controller of the cluster.
pub trait Controller: Send {
    /// Its name as field manager and source of events.
    fn name(&self) -> &'static str;

    /// The objects that it must look at because of a change. It is asked for every change there is, so it tells from the change itself
    /// where it can.
    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key>;

    /// Brings one object nearer to what it should be. The object may be gone. Answers after which time to look at it again although
    /// nothing changes; a later wish replaces an earlier one.
    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration>;
}

/// Which controller, and what it is to look at.
type Task = (usize, Key);

/// All controllers, and what they have yet to do.
pub struct Life {
    controllers: Vec<Box<dyn Controller>>,
    /// The revision up to which changes were looked at.
    seen: u64,
    /// First come, first served, and nothing twice: what wakes a controller fifty times while others work is done once.
    queue: VecDeque<Task>,
    queued: BTreeSet<Task>,
    alarms: BTreeMap<Task, Timestamp>,
    due: BTreeSet<(Timestamp, Task)>,
}

/// More steps than any change takes: what goes beyond is two controllers in a quarrel, and waits for the next call.
const STEPS: usize = 1_000_000;

impl Life {
    pub fn new(controllers: Vec<Box<dyn Controller>>) -> Self {
        Self {
            controllers,
            seen: 0,
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
            alarms: BTreeMap::new(),
            due: BTreeSet::new(),
        }
    }

    /// Does all that is due; when something is due next.
    pub fn step(&mut self, world: &mut World) -> Option<Timestamp> {
        self.ring(world.now);
        for _ in 0..STEPS {
            self.look(world);
            let Some(task) = self.queue.pop_front() else { break };
            self.queued.remove(&task);
            let Some(controller) = self.controllers.get_mut(task.0) else { continue };
            let again = controller.reconcile(world, &task.1);
            self.set_alarm(task, again.and_then(|after| world.now.checked_add(after).ok()));
        }
        self.next()
    }

    /// When something is due next.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Lives on until `end`, from alarm to alarm.
    pub fn run_until(&mut self, world: &mut World, end: Timestamp) {
        while let Some(due) = self.step(world).filter(|due| *due <= end) {
            world.now = due.max(world.now);
        }
        world.now = end.max(world.now);
        self.step(world);
    }

    fn set_alarm(&mut self, task: Task, due: Option<Timestamp>) {
        let before = match due {
            Some(due) => self.alarms.insert(task.clone(), due),
            None => self.alarms.remove(&task),
        };
        if before == due {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, task.clone()));
        }
        if let Some(due) = due {
            self.due.insert((due, task));
        }
    }

    fn ring(&mut self, now: Timestamp) {
        while self.next().is_some_and(|due| due <= now) {
            let Some((_, task)) = self.due.pop_first() else { break };
            self.alarms.remove(&task);
            self.enqueue(task);
        }
    }

    fn look(&mut self, world: &World) {
        let Ok(changes) = world.store.since(self.seen) else { return self.look_anew(world) };
        for change in changes {
            self.seen = change.revision;
            self.tell(world, change);
        }
    }

    /// Changes were forgotten before they were seen: all that there is counts as new, as for an informer that lists again.
    fn look_anew(&mut self, world: &World) {
        for resource in world.catalog.all() {
            for (key, stored) in world.store.list(&resource.id, None, None) {
                let (key, body) = (key.clone(), stored.body.clone());
                self.tell(world, &Change { revision: stored.revision, key, what: What::Added, body, before: None });
            }
        }
        self.seen = world.store.revision();
    }

    fn tell(&mut self, world: &World, change: &Change) {
        let news = News::new(world, change);
        for n in 0..self.controllers.len() {
            let concerned = self.controllers.get(n).map(|own| own.concerned(world, &news)).unwrap_or_default();
            concerned.into_iter().for_each(|key| self.enqueue((n, key)));
        }
    }

    fn enqueue(&mut self, task: Task) {
        if self.queued.insert(task.clone()) {
            self.queue.push_back(task);
        }
    }
}

#[cfg(test)]
mod stub;

#[cfg(test)]
mod tests {
    use super::super::world::Write;
    use super::*;
    use serde_json::json;

    /// Counts how often it looks at anything.
    struct Counter(std::sync::Arc<std::sync::atomic::AtomicUsize>);

    impl Controller for Counter {
        fn name(&self) -> &'static str {
            "counter"
        }
        fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
            vec![Key::new(&"namespaces".into(), "", &news.key.namespace)]
        }
        fn reconcile(&mut self, _: &mut World, _: &Key) -> Option<SignedDuration> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            None
        }
    }

    #[test]
    fn what_many_changes_ask_for_is_done_once_and_what_was_forgotten_is_listed() {
        let count = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
        let (mut world, mut life) = stub::begin(vec![Box::new(Counter(count.clone()))]);
        let seen = || count.load(std::sync::atomic::Ordering::Relaxed);
        for n in 0..5 {
            let map = json!({"metadata": {"namespace": "shop", "name": format!("map-{n}")}});
            world.create("configmaps", map, Write::by("t")).unwrap();
        }
        life.step(&mut world);
        assert_eq!(seen(), 1);
        world.create("configmaps", json!({"metadata": {"namespace": "other", "name": "map"}}), Write::by("t")).unwrap();
        world.store.compact();
        life.step(&mut world);
        assert_eq!(seen(), 3, "both namespaces are looked at again");
        life.step(&mut world);
        assert_eq!(seen(), 3);
    }
}
