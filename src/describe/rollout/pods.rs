//! Why a pod is not ready, as far as its status and the events about it say so.

use super::workload::{ago, gates};
use super::{Seen, condition};
use crate::text::age;
use crate::text::document::Tone;
use crate::text::fields::{at, flag, has, list, number, since, text, time, words};
use serde_json::Value;

/// Whether the pod takes part: its condition says so, and it is not leaving.
pub fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready", "True").is_some()
}

/// Whether it has been ready for as long as its workload asks.
pub fn is_available(seen: &Seen<'_>, pod: &Value) -> bool {
    let least = number(seen.workload, "/spec/minReadySeconds");
    let since = condition(pod, "Ready", "True").map(|ready| time(ready, "/lastTransitionTime"));
    since.is_some_and(|since| least == 0 || since.is_some_and(|since| since + least <= seen.now))
}

/// One sentence, and how bad it is.
pub fn why(seen: &Seen<'_>, pod: &Value) -> (String, Tone) {
    let found = leaving(seen, pod)
        .or_else(|| unscheduled(pod))
        .or_else(|| ended(pod))
        .or_else(|| node(seen, pod).map(|said| (said, Tone::Wrong)))
        .or_else(|| containers(seen, pod))
        .or_else(|| gate(pod))
        .or_else(|| probe(seen, pod))
        .or_else(|| young(seen, pod));
    found.unwrap_or_else(|| unexplained(seen, pod))
}

fn leaving(seen: &Seen<'_>, pod: &Value) -> Option<(String, Tone)> {
    let asked = time(pod, "/metadata/deletionTimestamp")?;
    // The time is when the grace ends.
    let since = asked - number(pod, "/metadata/deletionGracePeriodSeconds");
    let finalizers = words(pod, "/metadata/finalizers");
    let held = if finalizers.is_empty() { String::new() } else { format!(", held by {}", finalizers.join(", ")) };
    let tone = if held.is_empty() && asked >= seen.now { Tone::Changing } else { Tone::Wrong };
    let node = node(seen, pod).map(|said| format!("; {said}")).unwrap_or_default();
    Some((format!("terminating for {}{held}{node}", age::human((seen.now - since).max(0))), tone))
}

/// What its node says of itself, if that is not ready: nothing that the pod says is of today then.
fn node(seen: &Seen<'_>, pod: &Value) -> Option<String> {
    let name = text(pod, "/spec/nodeName");
    let node = seen.nodes.iter().find(|node| text(node, "/metadata/name") == name)?;
    let ready = list(node, "/status/conditions").iter().find(|one| text(one, "/type") == "Ready")?;
    if text(ready, "/status") == "True" {
        return None;
    }
    let since = since(ready, "/lastTransitionTime", seen.now);
    Some(format!("its node is not ready for {since}: {}", with(text(ready, "/reason"), text(ready, "/message"))))
}

fn unscheduled(pod: &Value) -> Option<(String, Tone)> {
    let one = condition(pod, "PodScheduled", "False")?;
    let said = match (text(one, "/reason"), gates(pod)) {
        ("SchedulingGated", gates) => format!("not scheduled: held by scheduling gate {}", gates.join(", ")),
        (reason, _) => format!("{}: {}", reason.to_lowercase(), text(one, "/message")),
    };
    Some((said, Tone::Wrong))
}

/// Evicted, refused by its node, or failed.
fn ended(pod: &Value) -> Option<(String, Tone)> {
    let phase = text(pod, "/status/phase");
    if phase != "Failed" {
        return None;
    }
    let reason = Some(text(pod, "/status/reason")).filter(|reason| !reason.is_empty()).unwrap_or(phase);
    Some((with(reason, text(pod, "/status/message")), Tone::Wrong))
}

/// The first container that waits for something, or has ended badly: those that prepare the pod come first.
fn containers(seen: &Seen<'_>, pod: &Value) -> Option<(String, Tone)> {
    let parts = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let all = parts.iter().flat_map(|part| list(pod, part));
    let found: Vec<(String, Tone)> = all.filter_map(|status| container(seen, pod, status)).collect();
    let worst = found.iter().position(|(_, tone)| *tone == Tone::Wrong).unwrap_or(0);
    found.into_iter().nth(worst)
}

fn container(seen: &Seen<'_>, pod: &Value, status: &Value) -> Option<(String, Tone)> {
    let name = text(status, "/name");
    if has(status, "/state/terminated") {
        let code = number(status, "/state/terminated/exitCode");
        return (code != 0).then(|| (format!("{name} {}", exit(status, "/state/terminated", seen.now)), Tone::Wrong));
    }
    if !has(status, "/state/waiting") {
        return None;
    }
    let reason = text(status, "/state/waiting/reason");
    match reason {
        "ContainerCreating" | "PodInitializing" | "" => {
            let warned = |event: &Value| text(event, "/type") == "Warning";
            let warning = seen.event(text(pod, "/metadata/uid"), warned)?;
            Some((format!("{name} waits: {warning}"), Tone::Wrong))
        }
        "CrashLoopBackOff" => {
            let last = exit(status, "/lastState/terminated", seen.now);
            let restarts = number(status, "/restartCount");
            Some((format!("{name} CrashLoopBackOff: {last}, {restarts} restarts"), Tone::Wrong))
        }
        _ => Some((format!("{name} {}", with(reason, text(status, "/state/waiting/message"))), Tone::Wrong)),
    }
}

/// `exit 1 (Error: message) 2m ago`.
fn exit(status: &Value, path: &str, now: i64) -> String {
    let ended = at(status, path);
    let said = with(text(ended, "/reason"), text(ended, "/message").trim());
    let when = ago(ended, "/finishedAt", now);
    format!("exit {} ({said}) {when}", number(ended, "/exitCode")).trim_end().to_owned()
}

/// Conditions that the pod itself asks for, and that somebody has to set.
fn gate(pod: &Value) -> Option<(String, Tone)> {
    condition(pod, "ContainersReady", "True")?;
    let mut gates = list(pod, "/spec/readinessGates").iter().map(|gate| text(gate, "/conditionType"));
    let closed = gates.find(|gate| condition(pod, gate, "True").is_none())?;
    Some((format!("readiness gate {closed} is not True"), Tone::Wrong))
}

/// It runs and is not ready: what its probes said last, or whoever else warned of it.
fn probe(seen: &Seen<'_>, pod: &Value) -> Option<(String, Tone)> {
    if is_ready(pod) {
        return None;
    }
    let uid = text(pod, "/metadata/uid");
    let failed = |event: &Value| text(event, "/reason") == "Unhealthy";
    let warned = |event: &Value| text(event, "/type") == "Warning" && text(pod, "/status/phase") == "Running";
    let said = seen.event(uid, failed).or_else(|| seen.event(uid, warned))?;
    let unready = list(pod, "/status/containerStatuses").iter().find(|status| !flag(status, "/ready"));
    let name = unready.map(|status| text(status, "/name")).unwrap_or_default();
    Some((format!("{name} is not ready: {said}").trim_start().to_owned(), Tone::Wrong))
}

fn young(seen: &Seen<'_>, pod: &Value) -> Option<(String, Tone)> {
    let ready = condition(pod, "Ready", "True")?;
    let least = number(seen.workload, "/spec/minReadySeconds");
    let since = seen.now - time(ready, "/lastTransitionTime").unwrap_or(seen.now);
    Some((format!("ready for {}, and minReadySeconds is {least}", age::human(since.max(0))), Tone::Changing))
}

/// Nothing says why.
fn unexplained(seen: &Seen<'_>, pod: &Value) -> (String, Tone) {
    let made = ago(pod, "/metadata/creationTimestamp", seen.now);
    let unready = condition(pod, "Ready", "False").filter(|_| text(pod, "/status/phase") == "Running");
    if let Some(unready) = unready.filter(|one| !text(one, "/message").is_empty()) {
        let said = with(text(unready, "/reason"), text(unready, "/message"));
        return (format!("it runs and is not ready: {said}"), Tone::Changing);
    }
    let said = match (text(pod, "/status/phase"), text(pod, "/spec/nodeName")) {
        ("Running", _) => "it runs and is not ready; no event says why".to_owned(),
        (_, "") => "it is not scheduled yet".to_owned(),
        (_, node) => format!("it has not started on {node}; no event says why"),
    };
    (format!("{said} (made {made})"), Tone::Changing)
}

fn with(reason: &str, message: &str) -> String {
    if message.is_empty() { reason.to_owned() } else { format!("{reason}: {}", message.replace('\n', " ")) }
}
