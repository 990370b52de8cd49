//! Steps that wait: an eviction that is let through and the pod's end, and a workload that has all its replicas again.
//!
//! By kubectl's rules (k8s.io/kubectl/pkg/drain/drain.go): an eviction that a budget refuses is asked again every five seconds,
//! and a pod is gone when there is none of its name and uid. A cancel ends the waiting; what was let through stays evicted.

use super::request::Mode;
use super::run::{Outcome, Progress, Turn};
use super::{Class, Fault, object, text};
use crate::actions::change::Do;
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Between two evictions of a pod that a budget protects.
const AGAIN: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Carries out a step that waits, to its end.
pub(super) async fn wait(turn: &Turn<'_>) -> Outcome {
    let limit = match &turn.step.does {
        Do::Evict(eviction) => eviction.timeout.and_then(|seconds| u64::try_from(seconds).ok()),
        _ => None,
    };
    let until = limit.map(|seconds| (seconds, Instant::now() + Duration::from_secs(seconds)));
    let work = async {
        match turn.step.does {
            Do::Evict(_) => evict(turn).await,
            _ => ready(turn).await,
        }
    };
    let Some((seconds, until)) = until else { return work.await };
    let late = || Fault::new(Class::Timeout, "evict", format!("not gone within {seconds} s (timeout)"));
    tokio::time::timeout_at(until, work).await.unwrap_or_else(|_| Outcome::Failed(late()))
}

async fn evict(turn: &Turn<'_>) -> Outcome {
    loop {
        let sent = match turn.step.request.request(Mode::Earnest) {
            Ok(request) => turn.link.send(request).await,
            Err(fault) => return Outcome::Failed(fault),
        };
        let Err(fault) = sent else { return gone(turn).await };
        match fault.class {
            // Another pod has its name by now.
            Class::NotFound | Class::Conflict => return Outcome::Done,
            Class::Throttled => turn.tell(waits(&fault.said)).await,
            Class::Unreachable | Class::Timeout => return Outcome::Unknown(fault),
            _ => return Outcome::Failed(fault),
        }
        if turn.pause(AGAIN).await == Pause::Cancelled {
            return Outcome::Cancelled;
        }
    }
}

/// The budget's own words, if the server names it: they say more.
fn waits(said: &str) -> String {
    let budget = said.find("The disruption budget").and_then(|at| said.get(at..));
    format!("waits: {}", budget.unwrap_or(said))
}

/// Waits until the pod is no more.
async fn gone(turn: &Turn<'_>) -> Outcome {
    turn.tell("evicted, and ends".into()).await;
    loop {
        match turn.look().await {
            Ok(pod) if text(&pod, "/metadata/uid") == turn.step.uid => {}
            Ok(_) => return Outcome::Done,
            Err(fault) if fault.class == Class::NotFound => return Outcome::Done,
            Err(fault) if fault.class == Class::Unreachable => turn.tell(fault.to_string()).await,
            Err(fault) => return Outcome::Unknown(fault),
        }
        if turn.pause(LOOK).await == Pause::Cancelled {
            return Outcome::Done;
        }
    }
}

/// Waits until a workload has all its replicas ready.
async fn ready(turn: &Turn<'_>) -> Outcome {
    loop {
        match turn.look().await {
            Ok(workload) => {
                let number = |path: &str| workload.pointer(path).and_then(Value::as_i64);
                let (wanted, ready) = (number("/spec/replicas").unwrap_or(1), number("/status/readyReplicas"));
                let ready = ready.unwrap_or(0);
                let seen = number("/status/observedGeneration") >= number("/metadata/generation");
                if seen && ready >= wanted && number("/status/replicas").is_none_or(|all| all <= wanted.max(ready)) {
                    return Outcome::Done;
                }
                turn.tell(format!("{ready} of {wanted} are ready")).await;
            }
            Err(fault) if fault.class == Class::NotFound => return Outcome::Done,
            Err(fault) if fault.class == Class::Unreachable => turn.tell(fault.to_string()).await,
            Err(fault) => return Outcome::Failed(fault),
        }
        if turn.pause(LOOK).await == Pause::Cancelled {
            return Outcome::Cancelled;
        }
    }
}

#[derive(PartialEq, Eq)]
enum Pause {
    Over,
    Cancelled,
}

impl Turn<'_> {
    async fn tell(&self, what: String) {
        let _ = self.out.send(Progress::Blocked(self.at, what)).await;
    }

    async fn look(&self) -> Result<Value, Fault> {
        object(self.link, &self.step.target).await
    }

    async fn pause(&self, time: Duration) -> Pause {
        const SLICE: Duration = Duration::from_millis(250);
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.cancelled.load(Ordering::Relaxed) {
                return Pause::Cancelled;
            }
            tokio::time::sleep(SLICE).await;
        }
        Pause::Over
    }
}
