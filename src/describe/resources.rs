//! What a pod asks for and may use: `PodRequests` and `PodLimits` of k8s.io/component-helpers, resource/helpers.go.

use super::amount::Amount;
use crate::text::fields::{at, has, list, map, text};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Amounts by the resource's name.
pub type Amounts = BTreeMap<String, Amount>;

/// Requests or limits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Requests,
    Limits,
}

/// Whether what the kubelet says of containers counts as well as what their specs say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    Spec,
    SpecAndStatus,
}

impl Which {
    fn path(self) -> &'static str {
        match self {
            Self::Requests => "/resources/requests",
            Self::Limits => "/resources/limits",
        }
    }
}

/// A list of resources.
pub fn amounts(value: &Value, path: &str) -> Amounts {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    map(value, path).into_iter().map(|(name, value)| (name.to_owned(), Amount::read(&text(value)))).collect()
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        sum.entry(name.clone()).and_modify(|sum| *sum = sum.add(*amount)).or_insert(*amount);
    }
}

fn largest(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let most = most.entry(name.clone()).or_insert(*amount);
        if amount.compare(*most) == Ordering::Greater {
            *most = *amount;
        }
    }
}

/// What the whole pod requests, or is limited to.
pub fn of_pod(pod: &Value, which: Which, from: From) -> Amounts {
    let mut sum = of_containers(pod, which, from);
    let own = ["requests", "limits"].map(|name| amounts(pod, &format!("/spec/resources/{name}")));
    let is_set = |of: &Amounts| of.keys().any(|name| is_of_pods(name));
    let [requests, limits] = own;
    let counts = if which == Which::Requests { is_set(&requests) } else { is_set(&requests) || is_set(&limits) };
    if counts {
        let own = if which == Which::Requests { requests } else { limits };
        sum.extend(own.into_iter().filter(|(name, _)| is_of_pods(name)));
    }
    for (name, overhead) in amounts(pod, "/spec/overhead") {
        match sum.get_mut(&name) {
            Some(sum) if which == Which::Requests || !sum.is_zero() => *sum = sum.add(overhead),
            None if which == Which::Requests => {
                sum.insert(name, overhead);
            }
            _ => {}
        }
    }
    sum
}

/// Resources that a pod can have as a whole.
fn is_of_pods(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

/// All containers at once; or one init container beside the sidecars before it, where that is more.
fn of_containers(pod: &Value, which: Which, from: From) -> Amounts {
    let mut sum = Amounts::new();
    for container in list(pod, "/spec/containers") {
        add(&mut sum, &of_container(pod, container, which, from));
    }
    let mut sidecars = Amounts::new();
    let mut starting = Amounts::new();
    for container in list(pod, "/spec/initContainers") {
        let mut own = Amounts::new();
        if text(container, "/restartPolicy") == "Always" {
            let sidecar = of_container(pod, container, which, from);
            add(&mut sum, &sidecar);
            add(&mut sidecars, &sidecar);
        } else {
            add(&mut own, &amounts(container, which.path()));
        }
        add(&mut own, &sidecars);
        largest(&mut starting, &own);
    }
    largest(&mut sum, &starting);
    sum
}

fn of_container(pod: &Value, container: &Value, which: Which, from: From) -> Amounts {
    let spec = amounts(container, which.path());
    let name = text(container, "/name");
    let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let mut statuses = statuses.iter().flat_map(|path| list(pod, path));
    let status = statuses.find(|status| text(status, "/name") == name && has(status, "/resources"));
    let Some(status) = status.filter(|_| from == From::SpecAndStatus) else { return spec };
    let mut most = if is_resize_infeasible(pod) { Amounts::new() } else { spec };
    largest(&mut most, &amounts(status, which.path()));
    if which == Which::Requests {
        largest(&mut most, &amounts(status, "/allocatedResources"));
    }
    most
}

fn is_resize_infeasible(pod: &Value) -> bool {
    let mut conditions = list(pod, "/status/conditions").iter();
    let pending = conditions.find(|condition| text(condition, "/type") == "PodResizePending");
    pending.is_some_and(|condition| text(condition, "/reason") == "Infeasible")
}

/// The QoS class of a pod whose kubelet has not told it (`ComputePodQOS`).
pub fn qos(pod: &Value) -> &'static str {
    let computed = |of: &Value, path: &str| {
        let mut all = amounts(of, path);
        all.retain(|name, amount| matches!(name.as_str(), "cpu" | "memory") && amount.units() > 0);
        all
    };
    let spec = at(pod, "/spec");
    let whole = has(spec, "/resources");
    let containers = list(spec, "/containers").iter().chain(list(spec, "/initContainers"));
    let all: Vec<&Value> = if whole { vec![spec] } else { containers.collect() };
    let (mut requests, mut limits, mut guaranteed) = (Amounts::new(), Amounts::new(), true);
    for one in all {
        add(&mut requests, &computed(one, Which::Requests.path()));
        let limit = computed(one, Which::Limits.path());
        guaranteed &= limit.len() == 2 || (whole && !has(one, "/resources/limits"));
        add(&mut limits, &limit);
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    let same = |(name, request): (&String, &Amount)| {
        limits.get(name).is_some_and(|limit| limit.compare(*request) == Ordering::Equal)
    };
    let guaranteed = guaranteed && requests.len() == limits.len() && requests.iter().all(same);
    if guaranteed { "Guaranteed" } else { "Burstable" }
}
