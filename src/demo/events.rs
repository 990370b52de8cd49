//! Events: what controllers say of objects, counted when they say it again, forgotten after an hour, as the real ones are.
//!
//! A repeated event is known by object, source, reason and message (client-go's EventCorrelator, without its spam filter): they make its name,
//! so that finding it costs nothing.

use super::life::{Controller, News};
use super::object::{self, Object, number, put, text};
use super::store::{Key, What};
use super::world::{Deletion, World, Write};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How grave it is: the event's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Normal,
    Warning,
}

/// Events live so long.
const TTL: SignedDuration = SignedDuration::from_hours(1);

/// What is said.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub level: Level,
    pub reason: &'a str,
    pub message: &'a str,
    /// The component; a kubelet's host is the pod's node.
    pub source: &'a str,
    /// The part of the object it is about, such as `spec.containers{web}`; or empty.
    pub field: &'a str,
    /// When it happened: now, or a little before.
    pub at: Timestamp,
    /// How many times at once; at least one.
    pub times: i64,
}

/// Events from before this are not kept: they are forgotten before anybody looks.
pub fn seen_from(world: &World) -> Timestamp {
    world.present.saturating_sub(TTL).unwrap_or(world.present)
}

/// Says something of an object now.
pub fn record(world: &mut World, about: &Object, level: Level, reason: &str, message: &str, source: &str) {
    let said = Said { level, reason, message, source, field: "", at: world.now, times: 1 };
    say(world, about, said);
}

/// Says something of an object.
pub fn say(world: &mut World, about: &Object, said: Said<'_>) {
    if said.at < seen_from(world) {
        return;
    }
    let namespace = match object::namespace(about) {
        "" => "default",
        namespace => namespace,
    };
    let name = format!("{}.{:016x}", object::name(about), fingerprint(about, said));
    let at = object::time(said.at);
    if let Some(mut event) = world.get("events", namespace, &name) {
        let count = number(&event, "count") + said.times;
        put(&mut event, "count", count);
        put(&mut event, "lastTimestamp", at);
        // Nobody else writes events.
        let _ = world.write("events", event, Write::by(said.source));
        return;
    }
    // A namespace that is being deleted takes no more events, and nobody misses them.
    let _ = world.create("events", event(about, said, namespace, &name), Write::by(said.source));
}

fn event(about: &Object, said: Said<'_>, namespace: &str, name: &str) -> Object {
    let at = object::time(said.at);
    let mut event = json!({
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": {
            "kind": text(about, "kind"), "namespace": object::namespace(about), "name": object::name(about),
            "uid": object::uid(about), "apiVersion": text(about, "apiVersion"),
            "resourceVersion": text(about, "metadata/resourceVersion"),
        },
        "reason": said.reason, "message": said.message, "source": {"component": said.source},
        "firstTimestamp": at, "lastTimestamp": at, "count": said.times.max(1),
        "type": if said.level == Level::Warning { "Warning" } else { "Normal" },
        "eventTime": null, "reportingComponent": said.source, "reportingInstance": "",
    });
    if object::namespace(about).is_empty() {
        object::remove(&mut event, "involvedObject/namespace");
    }
    if !said.field.is_empty() {
        put(&mut event, "involvedObject/fieldPath", said.field);
    }
    let node = if text(about, "kind") == "Node" { object::name(about) } else { text(about, "spec/nodeName") };
    if said.source == "kubelet" && !node.is_empty() {
        put(&mut event, "source/host", node);
        put(&mut event, "reportingInstance", node);
    }
    event
}

fn fingerprint(about: &Object, said: Said<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (object::uid(about), said.source, said.reason, said.message, said.field).hash(&mut hasher);
    hasher.finish()
}

/// Forgets events an hour after they were last said, as the API server's lease does.
#[derive(Debug, Default)]
pub struct Forgetting;

impl Controller for Forgetting {
    fn name(&self) -> &'static str {
        "kube-apiserver"
    }

    fn concerned(&self, _: &World, change: &News<'_>) -> Vec<Key> {
        let made = &*change.key.resource == "events" && change.what == What::Added;
        made.then(|| change.key.clone()).into_iter().collect()
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let event = world.get("events", &key.namespace, &key.name)?;
        let last = object::moment(&event, "lastTimestamp").unwrap_or(world.now);
        let left = TTL.saturating_sub(world.now.duration_since(last));
        if left.is_positive() {
            return Some(left);
        }
        let _ = world.delete("events", &key.namespace, &key.name, &Deletion::default());
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::life::Life;

    #[test]
    fn what_is_said_again_is_counted_and_forgotten_after_an_hour() {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let pod =
            json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"namespace": "shop", "name": "web", "uid": "u"}});
        let mut life = Life::new(vec![Box::new(Forgetting)]);
        for message in ["one", "two", "one"] {
            record(&mut world, &pod, Level::Warning, "BackOff", message, "kubelet");
        }
        let mut counts: Vec<_> =
            world.list("events", Some("shop")).iter().map(|event| number(event, "count")).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 2]);
        life.run_until(&mut world, "2026-01-01T00:59:00Z".parse().unwrap());
        record(&mut world, &pod, Level::Warning, "BackOff", "one", "kubelet");
        life.run_until(&mut world, "2026-01-01T01:30:00Z".parse().unwrap());
        let left = world.list("events", None);
        assert_eq!((left.len(), left.first().map(|event| number(event, "count"))), (1, Some(3)));
        life.run_until(&mut world, "2026-01-01T02:00:00Z".parse().unwrap());
        assert!(world.list("events", None).is_empty());
        world.present = "2026-01-02T03:00:00Z".parse().unwrap();
        record(&mut world, &pod, Level::Normal, "Old", "one", "kubelet");
        assert!(world.list("events", None).is_empty(), "nobody will see it");
    }
}
