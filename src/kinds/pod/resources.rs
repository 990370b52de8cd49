//! What a pod asks for and what it may use: the scheduler's sums over its containers.
//!
//! The rules are PodRequests and PodLimits of k8s.io/component-helpers/resource/helpers.go (1.36), from the spec alone: what
//! a resize in progress has reached is not looked at. Each quantity is rounded before it is added, where Kubernetes adds
//! first; below a milli-core or a byte that differs.

use super::lean::{Container, Pod, Resources};
use crate::kinds::Value;
use crate::kinds::lean::Quantity;
use crate::text::quantity;
use std::collections::BTreeMap;

type List = BTreeMap<String, Quantity>;

/// A resource that has columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Cpu,
    Memory,
}

/// Which of the two amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Requests,
    Limits,
}

impl Resource {
    /// Milli-cores or bytes; `None` when the list does not name the resource.
    fn amount(self, list: &List) -> Option<i64> {
        match self {
            Self::Cpu => quantity::milli(&list.get("cpu")?.text),
            Self::Memory => quantity::whole(&list.get("memory")?.text),
        }
    }

    fn value(self, amount: Option<i64>) -> Value {
        match (self, amount) {
            (_, None) => Value::Blank,
            (Self::Cpu, Some(milli)) => Value::Cpu(milli),
            (Self::Memory, Some(bytes)) => Value::Bytes(bytes),
        }
    }
}

impl Bound {
    fn list(self, resources: &Resources) -> &List {
        match self {
            Self::Requests => &resources.requests,
            Self::Limits => &resources.limits,
        }
    }
}

/// A container's own amount, blank when it has none.
pub fn of_container(container: &Container, bound: Bound, resource: Resource) -> Value {
    resource.value(own(container, bound, resource))
}

/// A pod's effective amount, blank when nothing in it has one.
pub fn of_pod(pod: &Pod, bound: Bound, resource: Resource) -> Value {
    let whole = pod.spec.resources.as_ref().and_then(|resources| resource.amount(bound.list(resources)));
    let sum = whole.or_else(|| of_containers(pod, bound, resource));
    let overhead = resource.amount(&pod.spec.overhead);
    resource.value(match bound {
        Bound::Requests => plus(sum, overhead),
        // No limit stays no limit.
        Bound::Limits => sum.map(|sum| if sum == 0 { 0 } else { sum.saturating_add(overhead.unwrap_or(0)) }),
    })
}

/// All that runs together in the end, or what an init container needs beside the sidecars started before it, if more.
fn of_containers(pod: &Pod, bound: Bound, resource: Resource) -> Option<i64> {
    let mut sidecars = None;
    let mut peak = None;
    for container in &pod.spec.init_containers {
        let now = plus(sidecars, own(container, bound, resource));
        if container.is_sidecar() {
            sidecars = now;
        }
        peak = peak.max(now);
    }
    let main = pod.spec.containers.iter().fold(sidecars, |sum, container| plus(sum, own(container, bound, resource)));
    main.max(peak)
}

fn own(container: &Container, bound: Bound, resource: Resource) -> Option<i64> {
    resource.amount(bound.list(container.resources.as_ref()?))
}

fn plus(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests;
