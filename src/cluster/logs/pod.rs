//! What a log's reader must know of a pod: its containers, and which run each is in.

use super::Want;
use crate::cluster::connect::Link;
use crate::cluster::fault::Fault;
use serde::Deserialize;

/// A pod, with the few fields that matter here (core/v1, Pod).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    uid: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    restart_policy: String,
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    ephemeral_containers: Vec<Container>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Container {
    name: String,
    restart_policy: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    phase: String,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
    ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    restart_count: u32,
    state: ContainerState,
    last_state: ContainerState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    running: Option<Running>,
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Debug, Deserialize)]
struct Running {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Terminated {
    exit_code: i32,
    reason: String,
}

/// A container at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// How often it has been restarted; it grows with each run.
    pub restarts: u32,
    pub running: bool,
    /// Why it does not run.
    pub waiting: String,
    /// How its last run ended: `exit 1 (Error)`.
    pub ended: Option<String>,
    /// It will not run again.
    pub over: bool,
}

/// Reads the pod.
pub async fn read(link: &Link, want: &Want) -> Result<Pod, Fault> {
    link.get_json(&path(want)).await
}

/// The pod's path; names of pods and namespaces need no encoding, and others are refused by the server.
pub fn path(want: &Want) -> String {
    let plain = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("/api/v1/namespaces/{}/pods/{}", plain(&want.namespace), plain(&want.pod))
}

impl Pod {
    pub fn uid(&self) -> &str {
        &self.metadata.uid
    }

    /// Its containers, in the order in which they start.
    pub fn names(&self) -> Vec<String> {
        let spec = &self.spec;
        let all = spec.init_containers.iter().chain(&spec.containers).chain(&spec.ephemeral_containers);
        all.map(|container| container.name.clone()).collect()
    }

    /// How a container is.
    pub fn container(&self, name: &str) -> Option<Moment> {
        let status = &self.status;
        let mut all = status
            .init_container_statuses
            .iter()
            .chain(&status.container_statuses)
            .chain(&status.ephemeral_container_statuses);
        let own = all.find(|own| own.name == name)?;
        let (state, last) = (&own.state, &own.last_state);
        let ended = state.terminated.as_ref().or(last.terminated.as_ref());
        let waiting = state.waiting.as_ref().map(|waiting| waiting.reason.clone()).unwrap_or_default();
        Some(Moment {
            restarts: own.restart_count,
            running: state.running.is_some(),
            waiting: if waiting.is_empty() { "waiting".into() } else { waiting },
            ended: ended.map(Terminated::text),
            over: state.terminated.as_ref().is_some_and(|ended| self.is_over(name, ended)),
        })
    }

    /// Whether a container that has ended will not be started again (kubelet's `ShouldContainerBeRestarted`).
    fn is_over(&self, name: &str, ended: &Terminated) -> bool {
        if matches!(self.status.phase.as_str(), "Succeeded" | "Failed") {
            return true;
        }
        let init = self.spec.init_containers.iter().find(|own| own.name == name);
        let policy = match init {
            Some(own) if !own.restart_policy.is_empty() => &own.restart_policy,
            // An init container runs until it ends well.
            Some(_) if ended.exit_code == 0 => return true,
            _ if self.spec.ephemeral_containers.iter().any(|own| own.name == name) => return true,
            _ => &self.spec.restart_policy,
        };
        policy == "Never" || (policy == "OnFailure" && ended.exit_code == 0)
    }
}

impl Terminated {
    fn text(&self) -> String {
        let reason = if self.reason.is_empty() { String::new() } else { format!(" ({})", self.reason) };
        format!("exit {}{reason}", self.exit_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn moment(policy: &str, status: serde_json::Value) -> Moment {
        let pod = json!({
            "spec": {"restartPolicy": policy, "containers": [{"name": "api"}], "initContainers": [{"name": "wait"}]},
            "status": {"phase": "Running", "containerStatuses": [status]},
        });
        let pod: Pod = serde_json::from_value(pod).unwrap();
        assert_eq!(pod.names(), ["wait", "api"]);
        pod.container("api").unwrap()
    }

    #[test]
    fn a_crash_loop_goes_on_and_a_job_is_over() {
        let ended = json!({"exitCode": 1, "reason": "Error"});
        let waits = json!({"name": "api", "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}});
        let waiting = moment("Always", waits);
        assert_eq!((waiting.restarts, waiting.running, waiting.over), (3, false, false));
        assert_eq!((waiting.waiting.as_str(), waiting.ended.as_deref()), ("CrashLoopBackOff", Some("exit 1 (Error)")));
        for (policy, code, over) in
            [("Never", 1, true), ("OnFailure", 1, false), ("OnFailure", 0, true), ("Always", 0, false)]
        {
            let ended = json!({"name": "api", "state": {"terminated": {"exitCode": code}}});
            assert_eq!(moment(policy, ended).over, over, "{policy} {code}");
        }
        assert!(moment("Always", json!({"name": "api", "state": {"running": {}}})).running);
    }
}
