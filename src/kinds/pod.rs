//! Pods: the columns of `kubectl get pods -o wide`, then revision, resources and images.
//!
//! What the status says is in [`status`], what is wrong in [`reason`], the sums in [`resources`], the fields in [`lean`].

pub mod lean;
pub mod reason;
pub mod resources;
pub mod status;

use super::column::{Column, Live, Stays};
use super::lean::Meta;
use super::resource::{Judgement, Lead, Names, Resource};
use super::{Value, Words};
use lean::Pod;
use resources::Bound::{Limits, Requests};
use resources::Resource::{Cpu, Memory};
use resources::of_pod;
use status::summary;

/// The kind.
pub struct Pods;

impl Resource for Pods {
    type Object = Pod;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "pods",
        singular: "pod",
        kind: "Pod",
        short: &["po"],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<Pod>] = &[
        Column::name(),
        Column::cell("READY", ready).stays(Stays::Long),
        Column::cell("STATUS", |pod, words| Value::text(&summary(pod).status, words)).stays(Stays::Always),
        Column::cell("RESTARTS", |pod, _| Value::Int(summary(pod).restarts.count)).short("RST").stays(Stays::Long),
        Column::cell("LAST", |pod, _| summary(pod).restarts.last().map_or(Value::Blank, Value::Time)),
        Column::age(),
        Column::cell("IP", |pod: &Pod, words| Value::ip(&pod.status.pod_ip, words)).wide().stays(Stays::Short),
        Column::cell("NODE", |pod, words| Value::text(&pod.spec.node_name, words)),
        Column::cell("NOMINATED NODE", |pod: &Pod, words| Value::text(&pod.status.nominated_node_name, words))
            .wide()
            .stays(Stays::Short),
        Column::cell("READINESS GATES", gates).wide().stays(Stays::Short),
        Column::live("REV", Live::Revision).wide(),
        Column::cell("HASH", hash).wide().stays(Stays::Short),
        Column::cell("CPU/R", |pod, _| of_pod(pod, Requests, Cpu)).wide(),
        Column::cell("CPU/L", |pod, _| of_pod(pod, Limits, Cpu)).wide(),
        Column::cell("MEM/R", |pod, _| of_pod(pod, Requests, Memory)).wide(),
        Column::cell("MEM/L", |pod, _| of_pod(pod, Limits, Memory)).wide(),
        Column::live("CPU", Live::CpuUsed).wide(),
        Column::live("%CPU/R", Live::CpuShare("CPU/R")).wide(),
        Column::live("%CPU/L", Live::CpuShare("CPU/L")).wide(),
        Column::live("MEM", Live::MemoryUsed).wide(),
        Column::live("%MEM/R", Live::MemoryShare("MEM/R")).wide(),
        Column::live("%MEM/L", Live::MemoryShare("MEM/L")).wide(),
        Column::cell("IMAGE", images).wide().stays(Stays::Short),
    ];
    const LEAD: Lead = Lead::Containers;

    fn meta(pod: &Pod) -> Option<&Meta> {
        pod.metadata.as_ref()
    }

    fn judge(pod: &Pod, words: &mut Words) -> Judgement {
        reason::judge(pod, words)
    }
}

fn ready(pod: &Pod, _: &mut Words) -> Value {
    let summary = summary(pod);
    Value::Of(summary.ready, summary.wanted)
}

/// Readiness gates that are open, of all; none when the pod has no gates.
fn gates(pod: &Pod, _: &mut Words) -> Value {
    let gates = &pod.spec.readiness_gates;
    if gates.is_empty() {
        return Value::None;
    }
    let open = |name: &str| pod.status.condition(name).is_some_and(|condition| condition.is_true());
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Value::Of(count(gates.iter().filter(|gate| open(&gate.condition_type)).count()), count(gates.len()))
}

/// The hash of the template that the pod was made from: of its ReplicaSet, StatefulSet or DaemonSet.
fn hash(pod: &Pod, words: &mut Words) -> Value {
    let label = |key: &str| pod.metadata.as_ref().and_then(|meta| meta.labels.get(key));
    let hash = label("pod-template-hash").or_else(|| label("controller-revision-hash"));
    // A StatefulSet's is the name of the ControllerRevision, which ends in the hash.
    let hash = hash.and_then(|hash| hash.rsplit('-').next()).unwrap_or_default();
    if hash.is_empty() { Value::Blank } else { Value::text(hash, words) }
}

fn images(pod: &Pod, words: &mut Words) -> Value {
    match pod.spec.containers.as_slice() {
        [only] => Value::text(&only.image, words),
        all => Value::text(&all.iter().map(|c| c.image.as_str()).collect::<Vec<_>>().join(","), words),
    }
}
