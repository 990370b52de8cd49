//! Pods as `kubectl get pods` shows them (`printPod` of Kubernetes' pkg/printers/internalversion).

use super::cell::{Column, age, between, cells, grown, name, or, says, wide};
use crate::demo::object::{self, Object, at, flag, items, moment, number, text};
use jiff::Timestamp;
use serde_json::{Value, json};

pub const COLUMNS: &[Column] = &[
    name(),
    says("Ready"),
    says("Status"),
    says("Restarts"),
    age(),
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

pub fn row(pod: &Object, now: Timestamp) -> Vec<Value> {
    let sum = Sum::of(pod);
    let restarts = match sum.last_restart {
        Some(last) if sum.restarts != 0 => format!("{} ({} ago)", sum.restarts, between(last, now)),
        _ => sum.restarts.to_string(),
    };
    cells![
        object::name(pod),
        format!("{}/{}", sum.ready, sum.total),
        sum.reason,
        restarts,
        grown(now, pod),
        or(text(pod, "status/podIPs/0/ip"), "<none>"),
        or(text(pod, "spec/nodeName"), "<none>"),
        or(text(pod, "status/nominatedNodeName"), "<none>"),
        gates(pod),
    ]
}

/// What a Table says of rows that have ended, so that they can be left out.
pub fn conditions(pod: &Object) -> Option<Value> {
    let (reason, message) = match text(pod, "status/phase") {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

/// What the containers' states add up to.
struct Sum {
    reason: String,
    ready: usize,
    total: usize,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

/// Restarts of some containers, and the last of them.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i64,
    last: Option<Timestamp>,
}

impl Restarts {
    fn add(&mut self, status: &Value) {
        self.count += number(status, "restartCount");
        self.last = self.last.max(moment(status, "lastState/terminated/finishedAt"));
    }
}

impl Sum {
    fn of(pod: &Object) -> Self {
        let reason = or(text(pod, "status/reason"), text(pod, "status/phase")).to_owned();
        let inits = items(pod, "spec/initContainers");
        let sidecars = inits.iter().filter(|init| is_sidecar(init)).count();
        let total = items(pod, "spec/containers").len() + sidecars;
        let mut sum = Self { reason, ready: 0, total, restarts: 0, last_restart: None };
        let is_gate = |own: &Value| text(own, "type") == "PodScheduled" && text(own, "reason") == "SchedulingGated";
        if items(pod, "status/conditions").iter().any(is_gate) {
            "SchedulingGated".clone_into(&mut sum.reason);
        }
        let (all, of_sidecars, initializing) = sum.init(pod, inits);
        let mut restarts = all;
        if !initializing || is_true(pod, "Initialized") {
            restarts = of_sidecars;
            sum.run(pod, &mut restarts);
        }
        (sum.restarts, sum.last_restart) = (restarts.count, restarts.last);
        sum.end(pod);
        sum
    }

    /// Goes through the init containers up to the first that is not done: restarts of all and of sidecars; whether one is not done.
    fn init(&mut self, pod: &Object, inits: &[Value]) -> (Restarts, Restarts, bool) {
        let (mut all, mut of_sidecars) = (Restarts::default(), Restarts::default());
        for (n, status) in items(pod, "status/initContainerStatuses").iter().enumerate() {
            let sidecar = inits.iter().any(|init| text(init, "name") == text(status, "name") && is_sidecar(init));
            all.add(status);
            if sidecar {
                of_sidecars.add(status);
            }
            let ended = at(status, "state/terminated");
            if !ended.is_null() && number(ended, "exitCode") == 0 {
                continue;
            }
            if sidecar && flag(status, "started") {
                self.ready += usize::from(flag(status, "ready"));
                continue;
            }
            let waits = text(status, "state/waiting/reason");
            self.reason = if !ended.is_null() {
                format!("Init:{}", how_it_ended(ended))
            } else if !waits.is_empty() && waits != "PodInitializing" {
                format!("Init:{waits}")
            } else {
                format!("Init:{n}/{}", inits.len())
            };
            return (all, of_sidecars, true);
        }
        (all, of_sidecars, false)
    }

    /// Goes through the containers, last to first: the first one's state counts most.
    fn run(&mut self, pod: &Object, restarts: &mut Restarts) {
        let mut has_running = false;
        let mut error = String::new();
        for status in items(pod, "status/containerStatuses").iter().rev() {
            restarts.add(status);
            let (waits, ended) = (text(status, "state/waiting/reason"), at(status, "state/terminated"));
            if !waits.is_empty() {
                waits.clone_into(&mut self.reason);
            } else if !ended.is_null() {
                self.reason = how_it_ended(ended);
                if number(ended, "exitCode") != 0 {
                    error.clone_from(&self.reason);
                }
            } else if flag(status, "ready") && !at(status, "state/running").is_null() {
                has_running = true;
                self.ready += 1;
            }
        }
        if self.reason != "Completed" {
            return;
        }
        if has_running && is_true(pod, "Ready") {
            "Running".clone_into(&mut self.reason);
        } else if !error.is_empty() {
            self.reason = error;
        } else if has_running {
            "NotReady".clone_into(&mut self.reason);
        }
    }

    fn end(&mut self, pod: &Object) {
        if !object::is_deleted(pod) {
            return;
        }
        if text(pod, "status/reason") == "NodeLost" {
            "Unknown".clone_into(&mut self.reason);
        } else if !matches!(text(pod, "status/phase"), "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut self.reason);
        }
    }
}

fn is_sidecar(init: &Value) -> bool {
    text(init, "restartPolicy") == "Always"
}

fn how_it_ended(ended: &Value) -> String {
    let (reason, signal) = (text(ended, "reason"), number(ended, "signal"));
    if !reason.is_empty() {
        reason.to_owned()
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{}", number(ended, "exitCode"))
    }
}

fn is_true(pod: &Object, condition: &str) -> bool {
    let mut all = items(pod, "status/conditions").iter();
    all.any(|own| text(own, "type") == condition && text(own, "status") == "True")
}

fn gates(pod: &Object) -> String {
    let gates = items(pod, "spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let open = gates.iter().filter(|gate| is_true(pod, text(gate, "conditionType"))).count();
    format!("{open}/{}", gates.len())
}
