//! What happens by itself: controllers, each a page, woken by changes and by the time.
//!
//! A controller is told of an object, looks at the world and brings it one step nearer to what it should be; what it writes wakes others.
//! Nothing here waits or knows the real time: [`Life::step`] does all that is due at `world.now` and says when something is due next, so a test
//! (and the past of the story) runs through days in a moment.

use super::store::{Change, Key};
use super::world::World;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A controller of the cluster.
pub trait Controller: Send {
    /// Its name as field manager and source of events.
    fn name(&self) -> &'static str;

    /// The objects that it must look at because of a change.
    fn concerned(&self, world: &World, change: &Change) -> Vec<Key>;

    /// Brings one object nearer to what it should be. The object may be gone. Answers after which time to look at it again although
    /// nothing changes; a later wish replaces an earlier one.
    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration>;
}

/// All controllers, and what they have yet to do.
pub struct Life {
    controllers: Vec<Box<dyn Controller>>,
    /// The revision up to which changes were looked at.
    seen: u64,
    /// By controller, in order of keys: the same world lives the same life.
    queue: BTreeSet<(usize, Key)>,
    alarms: BTreeMap<(usize, Key), Timestamp>,
}

/// More steps than any change takes: what goes beyond is two controllers in a quarrel, and waits for the next call.
const STEPS: usize = 100_000;

impl Life {
    pub fn new(controllers: Vec<Box<dyn Controller>>) -> Self {
        Self { controllers, seen: 0, queue: BTreeSet::new(), alarms: BTreeMap::new() }
    }

    /// Does all that is due; when something is due next.
    pub fn step(&mut self, world: &mut World) -> Option<Timestamp> {
        self.ring(world.now);
        for _ in 0..STEPS {
            self.look(world);
            let Some((n, key)) = self.queue.pop_first() else { break };
            let Some(controller) = self.controllers.get_mut(n) else { continue };
            let again = controller.reconcile(world, &key);
            match again.and_then(|after| world.now.checked_add(after).ok()) {
                Some(due) => drop(self.alarms.insert((n, key), due)),
                None => drop(self.alarms.remove(&(n, key))),
            }
        }
        self.next()
    }

    /// When something is due next.
    pub fn next(&self) -> Option<Timestamp> {
        self.alarms.values().min().copied()
    }

    /// Lives on until `end`, from alarm to alarm.
    pub fn run_until(&mut self, world: &mut World, end: Timestamp) {
        while let Some(due) = self.step(world).filter(|due| *due <= end) {
            world.now = due.max(world.now);
        }
        world.now = end.max(world.now);
        self.step(world);
    }

    fn ring(&mut self, now: Timestamp) {
        let due: Vec<_> = self.alarms.iter().filter(|(_, due)| **due <= now).map(|(key, _)| key.clone()).collect();
        for key in due {
            self.alarms.remove(&key);
            self.queue.insert(key);
        }
    }

    fn look(&mut self, world: &World) {
        // What was forgotten before it was seen is not missed: the history is longer than any step.
        let from = self.seen.max(world.store.compacted());
        let Ok(changes) = world.store.since(from) else { return };
        for change in changes {
            self.seen = change.revision;
            for (n, controller) in self.controllers.iter().enumerate() {
                self.queue.extend(controller.concerned(world, change).into_iter().map(|key| (n, key)));
            }
        }
    }
}
