//! READY, STATUS and RESTARTS of a pod, letter by letter as `kubectl get pods` prints them.
//!
//! The rules are those of printPod in Kubernetes' pkg/printers/internalversion/printers.go (1.36). Whether that status
//! is good or bad is not said here.

use super::lean::{ContainerStatus, Pod, Terminated};
use std::borrow::Cow;

/// What kubectl says of a pod in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary<'a> {
    pub status: Cow<'a, str>,
    pub ready: u32,
    /// Main containers and sidecars.
    pub wanted: u32,
    pub restarts: Restarts,
}

/// Restarts that have happened, and when the last ended that made one necessary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restarts {
    pub count: i64,
    /// Seconds since the epoch; 0 when unknown.
    last: i64,
}

impl Restarts {
    fn add(&mut self, container: &ContainerStatus) {
        self.count += i64::from(container.restart_count);
        let ended = container.last_state.terminated.as_ref().and_then(|ended| ended.finished_at);
        self.last = self.last.max(ended.map_or(0, |at| at.seconds));
    }

    /// When the last restart was, in seconds since the epoch; `None` without restarts.
    pub fn last(self) -> Option<i64> {
        (self.count != 0 && self.last != 0).then_some(self.last)
    }

    /// The restarts of one container.
    pub fn of(container: &ContainerStatus) -> Self {
        let mut restarts = Self::default();
        restarts.add(container);
        restarts
    }
}

/// Sums a pod up.
pub fn summary(pod: &Pod) -> Summary<'_> {
    let init = init(pod);
    let mut summary = Summary {
        status: Cow::Borrowed(before_containers(pod)),
        ready: init.ready,
        wanted: wanted(pod),
        restarts: init.restarts,
    };
    let initialized = pod.status.condition("Initialized").is_some_and(|condition| condition.is_true());
    let at_init = init.status.is_some();
    if let Some(status) = init.status {
        summary.status = status;
    }
    if !at_init || initialized {
        summary.restarts = init.sidecar_restarts;
        main(pod, &mut summary);
    }
    if let Some(status) = of_deletion(pod) {
        summary.status = Cow::Borrowed(status);
    }
    summary
}

/// The status that holds as long as no container has anything to say.
fn before_containers(pod: &Pod) -> &str {
    let gated = |c: &super::lean::Condition| c.name == "PodScheduled" && c.reason == "SchedulingGated";
    if pod.status.conditions.iter().any(gated) {
        return "SchedulingGated";
    }
    if pod.status.reason.is_empty() { &pod.status.phase } else { &pod.status.reason }
}

/// The status of a pod that is being deleted.
fn of_deletion(pod: &Pod) -> Option<&'static str> {
    pod.metadata.as_ref()?.deletion_timestamp?;
    if pod.status.reason == "NodeLost" {
        return Some("Unknown");
    }
    (!matches!(pod.status.phase.as_str(), "Failed" | "Succeeded")).then_some("Terminating")
}

fn wanted(pod: &Pod) -> u32 {
    let sidecars = pod.spec.init_containers.iter().filter(|container| container.is_sidecar()).count();
    u32::try_from(pod.spec.containers.len() + sidecars).unwrap_or(u32::MAX)
}

/// What the init containers say.
#[derive(Default)]
struct Init<'a> {
    /// Set while one of them is not done.
    status: Option<Cow<'a, str>>,
    /// Sidecars that are ready.
    ready: u32,
    restarts: Restarts,
    sidecar_restarts: Restarts,
}

/// Reads the init containers up to the first that is not done.
fn init(pod: &Pod) -> Init<'_> {
    let mut init = Init::default();
    for (at, container) in pod.status.init_container_statuses.iter().enumerate() {
        let sidecar =
            pod.spec.init_containers.iter().rfind(|c| c.name == container.name).is_some_and(|c| c.is_sidecar());
        init.restarts.add(container);
        if sidecar {
            init.sidecar_restarts.add(container);
        }
        if container.state.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0) {
            continue;
        }
        if sidecar && container.started {
            init.ready += u32::from(container.ready);
            continue;
        }
        init.status = Some(init_status(pod, at, container));
        break;
    }
    init
}

fn init_status<'a>(pod: &'a Pod, at: usize, container: &'a ContainerStatus) -> Cow<'a, str> {
    if let Some(ended) = &container.state.terminated {
        return format!("Init:{}", end(ended)).into();
    }
    match &container.state.waiting {
        Some(waiting) if !matches!(waiting.reason.as_str(), "" | "PodInitializing") => {
            format!("Init:{}", waiting.reason).into()
        }
        _ => format!("Init:{at}/{}", pod.spec.init_containers.len()).into(),
    }
}

/// Reads the main containers, last to first: the first one in the list has the last word.
fn main<'a>(pod: &'a Pod, summary: &mut Summary<'a>) {
    let mut running = false;
    let mut failure = None;
    for container in pod.status.container_statuses.iter().rev() {
        summary.restarts.add(container);
        let state = &container.state;
        if let Some(waiting) = state.waiting.as_ref().filter(|waiting| !waiting.reason.is_empty()) {
            summary.status = Cow::Borrowed(&waiting.reason);
        } else if let Some(ended) = &state.terminated {
            summary.status = end(ended);
            if ended.exit_code != 0 {
                failure = Some(end(ended));
            }
        } else if container.ready && state.running.is_some() {
            running = true;
            summary.ready += 1;
        }
    }
    if summary.status != "Completed" {
        return;
    }
    let ready = pod.status.conditions.iter().any(|condition| condition.name == "Ready" && condition.is_true());
    summary.status = match failure {
        _ if running && ready => Cow::Borrowed("Running"),
        Some(failure) => failure,
        None if running => Cow::Borrowed("NotReady"),
        None => return,
    };
}

/// How a container ended: the reason given for it, else its signal, else its exit code.
fn end(ended: &Terminated) -> Cow<'_, str> {
    if !ended.reason.is_empty() {
        return Cow::Borrowed(&ended.reason);
    }
    if ended.signal != 0 {
        format!("Signal:{}", ended.signal).into()
    } else {
        format!("ExitCode:{}", ended.exit_code).into()
    }
}

#[cfg(test)]
mod tests;
