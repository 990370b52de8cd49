//! Whether a pod is well, and one sentence on why not.
//!
//! The sentence holds no age: it must stay the same for as long as the trouble is the same. What the status column already
//! says alone (a pod that merely starts or ends) is not said again.

use super::lean::{ContainerStatus, Pod, Terminated, Waiting};
use super::status::{Summary, summary};
use crate::kinds::resource::Judgement;
use crate::kinds::{Health, Words};

/// Characters of a sentence; termination messages hold up to 4 KiB.
const LONGEST: usize = 200;

/// Judges a pod.
pub fn judge(pod: &Pod, words: &mut Words) -> Judgement {
    let (health, reason) = verdict(pod, &summary(pod));
    judgement(health, &reason, words)
}

/// A judgement with a sentence that is cut and on one line.
pub fn judgement(health: Health, sentence: &str, words: &mut Words) -> Judgement {
    let sentence = cut(sentence);
    Judgement { health, reason: (!sentence.is_empty()).then(|| words.word(&sentence)), link: None }
}

fn verdict(pod: &Pod, summary: &Summary) -> (Health, String) {
    let status = &pod.status;
    match &*summary.status {
        "Unknown" | "NodeLost" => return (Health::Unknown, status.message.clone()),
        "Terminating" => return (Health::Changing, String::new()),
        _ => {}
    }
    match status.phase.as_str() {
        "Succeeded" => return (Health::Done, String::new()),
        "Failed" => return (Health::Wrong, of_failed(pod)),
        "Unknown" => return (Health::Unknown, status.message.clone()),
        _ => {}
    }
    if let Some(waits) = of_scheduling(pod) {
        return waits;
    }
    if let Some(trouble) = troubles(pod).next() {
        return (Health::Wrong, trouble);
    }
    if status.phase != "Running" {
        return (Health::Changing, of_starting(pod));
    }
    of_running(pod, summary)
}

/// What keeps the pod off a node.
fn of_scheduling(pod: &Pod) -> Option<(Health, String)> {
    let scheduled = pod.status.condition("PodScheduled").filter(|condition| condition.status == "False")?;
    // A nominated pod waits for others to make room.
    let wrong = scheduled.reason == "Unschedulable" && pod.status.nominated_node_name.is_empty();
    Some((if wrong { Health::Wrong } else { Health::Changing }, scheduled.message.clone()))
}

/// Why the pod as a whole failed, else which container did.
fn of_failed(pod: &Pod) -> String {
    let status = &pod.status;
    if status.message.is_empty() {
        return troubles(pod).next().unwrap_or_else(|| status.reason.clone());
    }
    if status.reason.is_empty() { status.message.clone() } else { format!("{}: {}", status.reason, status.message) }
}

/// What a pod on its way up waits for, if it says more than the status does.
fn of_starting(pod: &Pod) -> String {
    let waiting = |c: &ContainerStatus| {
        let waiting = c.state.waiting.as_ref().filter(|waiting| !waiting.message.is_empty())?;
        Some(format!("{}: {}", c.name, waiting.message))
    };
    containers(pod).find_map(waiting).unwrap_or_default()
}

fn of_running(pod: &Pod, summary: &Summary) -> (Health, String) {
    let ready = pod.status.condition("Ready");
    if ready.map_or(summary.ready >= summary.wanted, |ready| ready.is_true()) {
        return (Health::Well, String::new());
    }
    // An init container that still runs in a running pod is a sidecar.
    let unready = containers(pod).filter(|c| !c.ready && c.state.running.is_some());
    let names: Vec<&str> = unready.map(|c| c.name.as_str()).collect();
    if names.is_empty() {
        return (Health::Changing, ready.map_or_else(String::new, |ready| ready.message.clone()));
    }
    (Health::Changing, format!("{}: not ready", names.join(", ")))
}

fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses)
}

fn troubles(pod: &Pod) -> impl Iterator<Item = String> {
    containers(pod).filter_map(trouble)
}

/// What is wrong with a container, as `NAME: WHAT, N restarts: MESSAGE`; `None` if nothing is.
pub fn trouble(container: &ContainerStatus) -> Option<String> {
    let state = &container.state;
    let (what, message) = match (&state.waiting, &state.terminated) {
        (Some(waiting), _) if is_fault(&waiting.reason) => {
            of_waiting(waiting, container.last_state.terminated.as_ref())
        }
        (_, Some(ended)) if ended.exit_code != 0 => (end(ended), ended.message.as_str()),
        _ => return None,
    };
    let restarts = match container.restart_count {
        ..=0 => String::new(),
        1 => ", 1 restart".into(),
        n => format!(", {n} restarts"),
    };
    let colon = if message.is_empty() { "" } else { ": " };
    Some(format!("{}: {what}{restarts}{colon}{message}", container.name))
}

/// The kubelet waits for a reason that is no fault only while it starts the container.
fn is_fault(waiting: &str) -> bool {
    !matches!(waiting, "" | "ContainerCreating" | "PodInitializing")
}

/// A container held back after a crash tells of the crash; any other wait tells of itself.
fn of_waiting<'a>(waiting: &'a Waiting, last: Option<&'a Terminated>) -> (String, &'a str) {
    match last {
        Some(last) if waiting.reason == "CrashLoopBackOff" => {
            let message = if last.message.is_empty() { back_off(&waiting.message) } else { &last.message };
            (end(last), message)
        }
        _ => (waiting.reason.clone(), back_off(&waiting.message)),
    }
}

/// The kubelet's message ends in the names of container and pod (`container=api pod=orders-1_shop(UID)`): they are known.
fn back_off(message: &str) -> &str {
    const END: &str = "restarting failed container";
    message.find(END).and_then(|at| message.get(..at + END.len())).unwrap_or(message)
}

/// How a container ended: `OOMKilled`, `signal 9`, `exit 1`.
fn end(ended: &Terminated) -> String {
    match ended.reason.as_str() {
        "" | "Error" | "Completed" if ended.signal != 0 => format!("signal {}", ended.signal),
        "" | "Error" | "Completed" => format!("exit {}", ended.exit_code),
        reason => reason.into(),
    }
}

/// On one line and not too long.
fn cut(sentence: &str) -> String {
    let mut line = String::with_capacity(sentence.len().min(LONGEST));
    for (at, word) in sentence.split_whitespace().enumerate() {
        if line.len() > 4 * LONGEST {
            break;
        }
        line.extend((at > 0).then_some(' '));
        line.push_str(word);
    }
    let Some((end, _)) = line.char_indices().nth(LONGEST) else { return line };
    line.truncate(end);
    line.push('…');
    line
}

#[cfg(test)]
mod tests;
