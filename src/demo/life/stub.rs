//! For the tests of controllers: a small world, a kubelet that needs two seconds for anything, and what was said in events.

use super::super::object::{self, Object, at, put, text};
use super::super::store::Key;
use super::super::world::{Deletion, World, Write};
use super::{Controller, Life, News, condition};
use jiff::SignedDuration;
use serde_json::json;

/// A world with nothing in it, and its life.
pub fn begin(controllers: Vec<Box<dyn Controller>>) -> (World, Life) {
    (World::new(7, "2026-01-01T00:00:00Z".parse().unwrap()), Life::new(controllers))
}

/// Lives on for so many seconds.
pub fn live(life: &mut Life, world: &mut World, seconds: i64) {
    let end = world.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    life.run_until(world, end);
}

/// Reason and message of the events about objects of a kind.
pub fn said(world: &World, kind: &str) -> Vec<String> {
    let mut events = world.list("events", None);
    events.retain(|event| text(event, "involvedObject/kind") == kind);
    events.sort_by_key(|event| text(event, "metadata/resourceVersion").parse::<u64>().unwrap());
    events.iter().map(|event| format!("{} {}", text(event, "reason"), text(event, "message"))).collect()
}

/// A text of an object in the namespace `shop`.
pub fn text_of(world: &World, id: &str, name: &str, path: &str) -> String {
    world.get(id, "shop", name).map(|object| text(&object, path).to_owned()).unwrap_or_default()
}

/// Names of a resource's objects.
pub fn names(world: &World, id: &str) -> Vec<String> {
    world.list(id, None).iter().map(|object| object::name(object).to_owned()).collect()
}

/// Changes an object as a user does.
pub fn edit(world: &mut World, id: &str, name: &str, path: &str, value: impl Into<serde_json::Value>) {
    let mut object = world.get(id, "shop", name).unwrap();
    put(&mut object, path, value);
    world.update(id, object, Write::by("user")).unwrap();
}

/// Puts pods on a node and makes them run: ready after two seconds, unless the image says `broken`; ended at once, if it says `done` or
/// `fails`; gone two seconds after they are deleted.
pub struct Kubelet;

impl Controller for Kubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }
    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        if news.is("pods") { vec![news.key.clone()] } else { Vec::new() }
    }
    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let wait = SignedDuration::from_secs(2);
        let mut pod = world.get("pods", &key.namespace, &key.name)?;
        if text(&pod, "spec/nodeName").is_empty() {
            put(&mut pod, "spec/nodeName", "node-1");
            pod = world.update("pods", pod, Write::by("scheduler")).unwrap();
        }
        let now = world.now;
        if let Some(deadline) = object::moment(&pod, "metadata/deletionTimestamp") {
            let grace = object::number(&pod, "metadata/deletionGracePeriodSeconds");
            let since = deadline.checked_sub(SignedDuration::from_secs(grace)).unwrap();
            if now.duration_since(since) < wait {
                return Some(wait);
            }
            let how = Deletion { grace: Some(0), ..Deletion::default() };
            world.delete("pods", &key.namespace, &key.name, &how).unwrap();
            return None;
        }
        if matches!(text(&pod, "status/phase"), "Succeeded" | "Failed")
            || condition::is_true(at(&pod, "status"), "Ready")
        {
            return None;
        }
        let Some(since) = object::moment(&pod, "status/startTime") else {
            put(&mut pod, "status/phase", "Pending");
            put(&mut pod, "status/startTime", object::time(now));
            world.update("pods", pod, Write::status("kubelet")).unwrap();
            return Some(wait);
        };
        if now.duration_since(since) < wait {
            return Some(wait);
        }
        run(&mut pod, now);
        world.update("pods", pod, Write::status("kubelet")).unwrap();
        None
    }
}

fn run(pod: &mut Object, now: jiff::Timestamp) {
    let image = text(pod, "spec/containers/0/image").to_owned();
    let (phase, ready) = match image.as_str() {
        image if image.contains("done") => ("Succeeded", "False"),
        image if image.contains("fails") => ("Failed", "False"),
        image if image.contains("broken") => ("Running", "False"),
        _ => ("Running", "True"),
    };
    put(pod, "status/phase", phase);
    put(pod, "status/podIP", "10.0.0.1");
    put(pod, "status/podIPs", json!([{"ip": "10.0.0.1"}]));
    let said = condition::Said { kind: "Ready", status: ready, reason: "", message: "", also: "" };
    condition::set(object::place(pod, "status"), now, said);
}
