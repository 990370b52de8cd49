//! The words of `kubectl rollout status` (v1.36, k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go), by which scripts and
//! hands know how a rollout stands.

use super::wanted;
use crate::text::fields::{at, has, list, number, text};
use serde_json::Value;

/// How a rollout stands by these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    Done,
    Waits,
    /// kubectl ends with an error: it went wrong for good, or there is nothing to be said.
    Refused,
}

/// One line without its end. The errors of kubectl begin with `error: ` on its screen.
pub fn status(workload: &Value) -> (String, Stands) {
    match text(workload, "/kind") {
        "Deployment" => deployment(workload),
        "DaemonSet" => daemon_set(workload),
        "StatefulSet" => stateful_set(workload),
        kind => (format!("{kind} rolls nothing out"), Stands::Refused),
    }
}

fn waits(said: String) -> (String, Stands) {
    (said, Stands::Waits)
}

fn is_observed(workload: &Value) -> bool {
    number(workload, "/metadata/generation") <= number(workload, "/status/observedGeneration")
}

fn deployment(deployment: &Value) -> (String, Stands) {
    let name = format!("{:?}", text(deployment, "/metadata/name"));
    let count = |field: &str| number(deployment, &format!("/status/{field}"));
    if !is_observed(deployment) {
        return waits("Waiting for deployment spec update to be observed...".into());
    }
    let timed_out =
        |one: &Value| text(one, "/type") == "Progressing" && text(one, "/reason") == "ProgressDeadlineExceeded";
    if list(deployment, "/status/conditions").iter().any(timed_out) {
        return (format!("deployment {name} exceeded its progress deadline"), Stands::Refused);
    }
    let (updated, all, available) = (count("updatedReplicas"), count("replicas"), count("availableReplicas"));
    let waiting = format!("Waiting for deployment {name} rollout to finish:");
    if has(deployment, "/spec/replicas") && updated < wanted(deployment) {
        return waits(format!("{waiting} {updated} out of {} new replicas have been updated...", wanted(deployment)));
    }
    if all > updated {
        return waits(format!("{waiting} {} old replicas are pending termination...", all - updated));
    }
    if available < updated {
        return waits(format!("{waiting} {available} of {updated} updated replicas are available..."));
    }
    (format!("deployment {name} successfully rolled out"), Stands::Done)
}

/// What kubectl says of anything but a rolling update.
fn only_rolling() -> (String, Stands) {
    ("rollout status is only available for RollingUpdate strategy type".into(), Stands::Refused)
}

fn daemon_set(set: &Value) -> (String, Stands) {
    let name = format!("{:?}", text(set, "/metadata/name"));
    let count = |field: &str| number(set, &format!("/status/{field}"));
    if text(set, "/spec/updateStrategy/type") != "RollingUpdate" {
        return only_rolling();
    }
    if !is_observed(set) {
        return waits("Waiting for daemon set spec update to be observed...".into());
    }
    let wanted = count("desiredNumberScheduled");
    let (updated, available) = (count("updatedNumberScheduled"), count("numberAvailable"));
    let waiting = format!("Waiting for daemon set {name} rollout to finish:");
    if updated < wanted {
        return waits(format!("{waiting} {updated} out of {wanted} new pods have been updated..."));
    }
    if available < wanted {
        return waits(format!("{waiting} {available} of {wanted} updated pods are available..."));
    }
    (format!("daemon set {name} successfully rolled out"), Stands::Done)
}

fn stateful_set(set: &Value) -> (String, Stands) {
    let count = |field: &str| number(set, &format!("/status/{field}"));
    if text(set, "/spec/updateStrategy/type") != "RollingUpdate" {
        return only_rolling();
    }
    if count("observedGeneration") == 0 || !is_observed(set) {
        return waits("Waiting for statefulset spec update to be observed...".into());
    }
    let (wanted, updated, ready) = (wanted(set), count("updatedReplicas"), count("readyReplicas"));
    if has(set, "/spec/replicas") && ready < wanted {
        return waits(format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    if has(set, "/spec/updateStrategy/rollingUpdate") {
        let partition = at(set, "/spec/updateStrategy/rollingUpdate/partition").as_i64();
        let part = partition.filter(|_| has(set, "/spec/replicas")).map(|partition| wanted - partition);
        if let Some(part) = part.filter(|part| updated < *part) {
            let said = "Waiting for partitioned roll out to finish:";
            return waits(format!("{said} {updated} out of {part} new pods have been updated..."));
        }
        return (format!("partitioned roll out complete: {updated} new pods have been updated..."), Stands::Done);
    }
    let (now, then) = (text(set, "/status/currentRevision"), text(set, "/status/updateRevision"));
    if now != then {
        let said = "waiting for statefulset rolling update to complete";
        return waits(format!("{said} {updated} pods at revision {then}..."));
    }
    let current = count("currentReplicas");
    (format!("statefulset rolling update complete {current} pods at revision {now}..."), Stands::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment_of(spec: Value, status: Value) -> Value {
        json!({"kind": "Deployment", "metadata": {"name": "web", "generation": 2}, "spec": spec, "status": status})
    }

    fn set_of(kind: &str, spec: Value, status: Value) -> Value {
        json!({"kind": kind, "metadata": {"name": "db", "generation": 2}, "spec": spec, "status": status})
    }

    #[test]
    fn deployments() {
        let says = |spec, status, said: &str, stands| {
            assert_eq!(status_of(&deployment_of(spec, status)), (said, stands));
        };
        let spec = || json!({"replicas": 3});
        says(
            spec(),
            json!({"observedGeneration": 1}),
            "Waiting for deployment spec update to be observed...",
            Stands::Waits,
        );
        let late = json!({"observedGeneration": 2, "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
        says(spec(), late, r#"deployment "web" exceeded its progress deadline"#, Stands::Refused);
        let waits = |rest: &str| format!(r#"Waiting for deployment "web" rollout to finish: {rest}"#);
        let some = json!({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 4});
        says(spec(), some, &waits("1 out of 3 new replicas have been updated..."), Stands::Waits);
        let old = json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 4});
        says(spec(), old, &waits("1 old replicas are pending termination..."), Stands::Waits);
        let lacks = json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 2});
        says(spec(), lacks, &waits("2 of 3 updated replicas are available..."), Stands::Waits);
        let done = json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3});
        says(spec(), done, r#"deployment "web" successfully rolled out"#, Stands::Done);
    }

    #[test]
    fn daemon_sets() {
        let says = |how: &str, status, said: &str, stands| {
            assert_eq!(
                status_of(&set_of("DaemonSet", json!({"updateStrategy": {"type": how}}), status)),
                (said, stands)
            );
        };
        let only = "rollout status is only available for RollingUpdate strategy type";
        says("OnDelete", json!({}), only, Stands::Refused);
        says("RollingUpdate", json!({}), "Waiting for daemon set spec update to be observed...", Stands::Waits);
        let waits = |rest: &str| format!(r#"Waiting for daemon set "db" rollout to finish: {rest}"#);
        let some = json!({"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 1});
        says("RollingUpdate", some, &waits("1 out of 3 new pods have been updated..."), Stands::Waits);
        let lacks = json!({"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 1});
        says("RollingUpdate", lacks, &waits("1 of 3 updated pods are available..."), Stands::Waits);
        let none = json!({"observedGeneration": 2, "desiredNumberScheduled": 0});
        says("RollingUpdate", none, r#"daemon set "db" successfully rolled out"#, Stands::Done);
    }

    #[test]
    fn stateful_sets() {
        let says = |update: Value, status, said: &str, stands| {
            let spec = json!({"replicas": 3, "updateStrategy": update});
            assert_eq!(status_of(&set_of("StatefulSet", spec, status)), (said, stands));
        };
        let rolling = |partition: i64| json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
        let only = "rollout status is only available for RollingUpdate strategy type";
        says(json!({"type": "OnDelete"}), json!({}), only, Stands::Refused);
        let unseen = "Waiting for statefulset spec update to be observed...";
        says(rolling(0), json!({}), unseen, Stands::Waits);
        let unready = json!({"observedGeneration": 2, "readyReplicas": 2});
        says(rolling(0), unready, "Waiting for 1 pods to be ready...", Stands::Waits);
        let part = json!({"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 1});
        let said = "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...";
        says(rolling(1), part.clone(), said, Stands::Waits);
        says(rolling(2), part, "partitioned roll out complete: 1 new pods have been updated...", Stands::Done);
        let plain = json!({"type": "RollingUpdate"});
        let at = |now: &str| {
            json!({"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 2, "currentReplicas": 3,
                "currentRevision": now, "updateRevision": "db-2"})
        };
        let said = "waiting for statefulset rolling update to complete 2 pods at revision db-2...";
        says(plain.clone(), at("db-1"), said, Stands::Waits);
        says(plain, at("db-2"), "statefulset rolling update complete 3 pods at revision db-2...", Stands::Done);
    }

    fn status_of(workload: &Value) -> (&'static str, Stands) {
        let (said, stands) = status(workload);
        (said.leak(), stands)
    }
}
