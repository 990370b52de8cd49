//! A pod's status as its kubelet writes it (pkg/kubelet/kubelet_pods.go, status/generate.go).

use super::body::Body;
use super::container::{Container, Ending, Restart, Role, Step, full_image};
use crate::demo::object::{self, Object, at, items, number, put, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The status of a pod that has come so far. Conditions of others stay.
pub fn status(pod: &Object, body: &Body, now: Timestamp) -> Value {
    let mut status = at(pod, "status").clone();
    let phase = phase(body);
    put(&mut status, "phase", phase);
    put(&mut status, "observedGeneration", number(pod, "metadata/generation").max(1));
    put(&mut status, "startTime", object::time(body.start));
    if !body.host_ip.is_empty() {
        put(&mut status, "hostIP", body.host_ip.as_str());
        put(&mut status, "hostIPs", json!([{"ip": body.host_ip}]));
    }
    if !body.ip.is_empty() {
        put(&mut status, "podIP", body.ip.as_str());
        put(&mut status, "podIPs", json!([{"ip": body.ip}]));
    }
    if text(&status, "qosClass").is_empty() {
        put(&mut status, "qosClass", qos(pod));
    }
    let (inits, mains): (Vec<_>, Vec<_>) = body.containers.iter().partition(|own| own.role != Role::Main);
    for (field, own) in [("initContainerStatuses", inits), ("containerStatuses", mains)] {
        if !own.is_empty() {
            let statuses: Vec<Value> = own.into_iter().map(|own| container(pod, body, own)).collect();
            put(&mut status, field, statuses);
        }
    }
    put(&mut status, "conditions", conditions(pod, body, phase, now));
    status
}

/// kubelet's `getPhase`.
pub fn phase(body: &Body) -> &'static str {
    let inits = body.containers.iter().filter(|own| own.role != Role::Main);
    let done = |own: &Container| own.lets_others_begin() || (own.role == Role::Sidecar && own.started.is_some());
    let (mut uninitialised, mut failed_init) = (false, false);
    for own in inits.filter(|own| !done(own)) {
        failed_init |= own.role == Role::Init && own.has_ended() && body.restart == Restart::Never;
        uninitialised = true;
    }
    if failed_init {
        return "Failed";
    }
    let mains = || body.containers.iter().filter(|own| own.role == Role::Main);
    let never_ran = |own: &Container| own.step != Step::Running && own.end.is_none() && own.last.is_none();
    if uninitialised || mains().any(never_ran) {
        // What is stopped before it began has failed.
        let stopped = body.containers.iter().all(|own| own.stopping) && body.is_stopped();
        return if stopped { "Failed" } else { "Pending" };
    }
    if mains().any(|own| own.step == Step::Running) || !mains().all(Container::has_ended) {
        return "Running";
    }
    match mains().all(|own| own.end.as_ref().is_some_and(|end| end.code == 0)) {
        true => "Succeeded",
        false => "Failed",
    }
}

/// By its requests and limits (pkg/apis/core/v1/helper/qos).
pub fn qos(pod: &Object) -> &'static str {
    let all = || items(pod, "spec/containers").iter().chain(items(pod, "spec/initContainers"));
    let none = |own: &Object| {
        ["requests", "limits"].iter().all(|kind| {
            let resources = at(own, &format!("resources/{kind}"));
            resources.get("cpu").is_none() && resources.get("memory").is_none()
        })
    };
    let full = |own: &Object| {
        ["cpu", "memory"].iter().all(|name| {
            let limit = at(own, &format!("resources/limits/{name}"));
            let request = at(own, &format!("resources/requests/{name}"));
            !limit.is_null() && (request.is_null() || request == limit)
        })
    };
    if all().all(none) {
        return "BestEffort";
    }
    if all().all(full) { "Guaranteed" } else { "Burstable" }
}

fn container(pod: &Object, body: &Body, own: &Container) -> Value {
    let mut status = json!({
        "name": own.name, "image": own.image, "imageID": "", "restartCount": own.restarts,
        "ready": is_ready(own), "started": own.step == Step::Running,
        "state": state(body, own), "lastState": {},
    });
    if let Some(last) = &own.last {
        put(&mut status, "lastState/terminated", terminated(own, last));
    }
    if own.started.is_some() {
        put(&mut status, "image", full_image(&own.image));
        put(&mut status, "imageID", own.image_id());
        let begins_anew = matches!(own.step, Step::Starting | Step::Waiting | Step::Pulling);
        let run = own.restarts - i64::from(begins_anew);
        put(&mut status, "containerID", own.id(run.max(0)));
    }
    let specs = items(pod, "spec/containers").iter().chain(items(pod, "spec/initContainers"));
    let resources = specs.into_iter().find(|spec| text(spec, "name") == own.name).map(|spec| at(spec, "resources"));
    if let Some(resources) = resources.filter(|resources| resources.as_object().is_some_and(|own| !own.is_empty())) {
        put(&mut status, "resources", resources.clone());
        if let Some(requests) = resources.get("requests") {
            put(&mut status, "allocatedResources", requests.clone());
        }
    }
    status
}

/// An init container is ready when it has done its work.
fn is_ready(own: &Container) -> bool {
    match own.role {
        Role::Init => own.lets_others_begin(),
        _ => own.ready && own.step == Step::Running,
    }
}

fn state(body: &Body, own: &Container) -> Value {
    let waiting = |reason: &str, message: String| match message.as_str() {
        "" => json!({"waiting": {"reason": reason}}),
        message => json!({"waiting": {"reason": reason, "message": message}}),
    };
    let has_inits = body.containers.iter().any(|own| own.role != Role::Main);
    let creating = || match has_inits {
        true => waiting("PodInitializing", String::new()),
        false => waiting("ContainerCreating", String::new()),
    };
    let backing_off = || {
        waiting(
            "ImagePullBackOff",
            format!("Back-off pulling image {:?}: ErrImagePull: {}", own.image, own.pull_error()),
        )
    };
    match own.step {
        Step::Running => json!({"running": {"startedAt": own.started.map(object::time)}}),
        Step::Ended => own.end.as_ref().map_or_else(creating, |end| json!({"terminated": terminated(own, end)})),
        Step::BackOff => {
            let wait = match (own.backoff / 60, own.backoff % 60) {
                (0, seconds) => format!("{seconds}s"),
                (minutes, seconds) => format!("{minutes}m{seconds}s"),
            };
            let message = format!("back-off {wait} restarting failed container={} pod={}", own.name, body.named);
            waiting("CrashLoopBackOff", message)
        }
        Step::PullFailed => waiting("ErrImagePull", own.pull_error()),
        Step::PullBackOff => backing_off(),
        Step::Pulling if own.failed_pulls > 0 => backing_off(),
        Step::Starting | Step::Pulling | Step::Waiting => match &own.last {
            // Between two runs the last one's end is what there is.
            Some(last) => json!({"terminated": terminated(own, last)}),
            None => creating(),
        },
    }
}

fn terminated(own: &Container, end: &Ending) -> Value {
    json!({
        "exitCode": end.code, "reason": end.reason, "containerID": own.id(end.run),
        "startedAt": object::time(end.started), "finishedAt": object::time(end.finished),
    })
}

fn conditions(pod: &Object, body: &Body, phase: &str, now: Timestamp) -> Vec<Value> {
    let named = |which: &dyn Fn(&Container) -> bool| -> String {
        let names: Vec<&str> = body.containers.iter().filter(|own| which(own)).map(|own| own.name.as_str()).collect();
        names.join(" ")
    };
    let unready = named(&|own| own.role != Role::Init && !is_ready(own));
    let incomplete = named(&|own| own.role != Role::Main && !own.lets_others_begin());
    let unready = match (phase, unready.as_str()) {
        ("Succeeded", _) => Some(("PodCompleted", String::new())),
        ("Failed", _) => Some(("PodFailed", String::new())),
        (_, "") => None,
        (_, names) => Some(("ContainersNotReady", format!("containers with unready status: [{names}]"))),
    };
    let initialised = match (phase, incomplete.as_str()) {
        ("Succeeded", _) => Some(("PodCompleted", String::new())),
        (_, "") => None,
        (_, names) => Some(("ContainersNotInitialized", format!("containers with incomplete status: [{names}]"))),
    };
    let is_initialised = phase == "Succeeded" || initialised.is_none();
    let own = [
        ("PodReadyToStartContainers", body.has_sandbox(), None),
        ("Initialized", is_initialised, initialised),
        ("Ready", unready.is_none(), unready.clone()),
        ("ContainersReady", unready.is_none(), unready),
        ("PodScheduled", true, None),
    ];
    let before = items(pod, "status/conditions");
    let generation = number(pod, "metadata/generation").max(1);
    let mut all: Vec<Value> = own
        .into_iter()
        .map(|(kind, holds, why)| condition(before, kind, holds, why, generation, changed(body, kind, holds, now)))
        .collect();
    let others = before.iter().filter(|other| !all.iter().any(|own| text(own, "type") == text(other, "type")));
    let others: Vec<Value> = others.cloned().collect();
    all.extend(others);
    all
}

/// When a condition changed that is seen now: at the step that changed it.
fn changed(body: &Body, kind: &str, holds: bool, now: Timestamp) -> Timestamp {
    match (kind, holds) {
        ("PodReadyToStartContainers", true) => body.sandbox,
        ("Ready" | "ContainersReady", true) => {
            body.containers.iter().filter_map(Container::ready_since).max().unwrap_or(now)
        }
        ("Ready" | "ContainersReady", false) => body
            .containers
            .iter()
            .filter_map(|own| own.end.as_ref())
            .map(|end| end.finished)
            .max()
            .unwrap_or(body.start),
        ("Initialized", true) => {
            let inits = body.containers.iter().filter(|own| own.role == Role::Init);
            inits.filter_map(|own| own.end.as_ref()).map(|end| end.finished).max().unwrap_or(body.start)
        }
        _ => body.start,
    }
}

fn condition(
    before: &[Value],
    kind: &str,
    holds: bool,
    why: Option<(&str, String)>,
    generation: i64,
    changed: Timestamp,
) -> Value {
    let word = if holds { "True" } else { "False" };
    let same = before.iter().find(|old| text(old, "type") == kind && text(old, "status") == word);
    let since = same.map(|old| text(old, "lastTransitionTime")).filter(|since| !since.is_empty());
    let since = since.map_or_else(|| object::time(changed), str::to_owned);
    let mut condition = json!({
        "type": kind, "status": word, "lastProbeTime": null, "lastTransitionTime": since,
        "observedGeneration": generation,
    });
    if let Some((reason, message)) = why {
        put(&mut condition, "reason", reason);
        if !message.is_empty() {
            put(&mut condition, "message", message);
        }
    }
    condition
}
