//! Events: what controllers say of objects, counted when they say it again, forgotten after an hour, as the real ones are.
//!
//! A repeated event is known by object, source, reason and message (client-go's EventCorrelator, without its spam filter).

use super::object::{self, Object, number, put, text};
use super::world::{Deletion, World, Write};
use jiff::SignedDuration;
use serde_json::json;

/// How grave it is: the event's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Normal,
    Warning,
}

/// Events live so long.
const TTL: SignedDuration = SignedDuration::from_hours(1);

/// Says something of an object. `source` is the component; a kubelet's host is the pod's node.
pub fn record(world: &mut World, about: &Object, level: Level, reason: &str, message: &str, source: &str) {
    let namespace = match object::namespace(about) {
        "" => "default",
        namespace => namespace,
    };
    let same = |event: &Object| {
        text(event, "involvedObject/uid") == object::uid(about)
            && text(event, "reason") == reason
            && text(event, "message") == message
            && text(event, "source/component") == source
    };
    let now = object::time(world.now);
    if let Some(mut event) = world.list("events", Some(namespace)).into_iter().find(same) {
        let count = number(&event, "count") + 1;
        put(&mut event, "count", count);
        put(&mut event, "lastTimestamp", now);
        // Nobody else writes events.
        let _ = world.update("events", event, Write::by(source));
        return;
    }
    let name = format!("{}.{:016x}", object::name(about), world.random.u64(..));
    let mut event = json!({
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": {
            "kind": text(about, "kind"), "namespace": object::namespace(about), "name": object::name(about),
            "uid": object::uid(about), "apiVersion": text(about, "apiVersion"),
            "resourceVersion": text(about, "metadata/resourceVersion"),
        },
        "reason": reason, "message": message, "source": {"component": source},
        "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        "type": if level == Level::Warning { "Warning" } else { "Normal" },
        "eventTime": null, "reportingComponent": source, "reportingInstance": "",
    });
    let node = if text(about, "kind") == "Node" { object::name(about) } else { text(about, "spec/nodeName") };
    if source == "kubelet" && !node.is_empty() {
        put(&mut event, "source/host", node);
        put(&mut event, "reportingInstance", node);
    }
    // A namespace that is being deleted takes no more events, and nobody misses them.
    let _ = world.create("events", event, Write::by(source));
}

/// Forgets events that are too old.
pub fn forget(world: &mut World) {
    let oldest = world.now.saturating_sub(TTL).unwrap_or(world.now);
    let old = |event: &Object| object::moment(event, "lastTimestamp").is_some_and(|last| last < oldest);
    for event in world.list("events", None).iter().filter(|event| old(event)) {
        let _ = world.delete("events", object::namespace(event), object::name(event), &Deletion::default());
    }
}
