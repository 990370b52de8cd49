//! Containers: the rows of a pod's containers, made from the pod.
//!
//! There is no such resource in the API: the pods are watched, and each gives one row per container, in the order in which
//! they start: init containers and sidecars, main containers, ephemeral ones. A row's owner is its pod.

use super::column::{self, Column, Head, Live, Stays};
use super::lean::Item;
use super::pod::lean::{Container, ContainerStatus, Pod};
use super::pod::resources::Bound::{Limits, Requests};
use super::pod::resources::Resource::{Cpu, Memory};
use super::pod::resources::of_container;
use super::pod::status::Restarts;
use super::pod::{Pods, reason};
use super::resource::{self, Judgement, Kind, Lead, Names, Resource};
use super::row::{Health, Owner, Row, Uid};
use super::{Value, Word, Words};

/// The kind.
pub struct Containers;

const NAMES: Names = Names {
    group: "",
    version: "v1",
    plural: "containers",
    singular: "container",
    kind: "Container",
    short: &["co"],
    namespaced: true,
};

/// When and how long a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Main,
    Init,
    Sidecar,
    Ephemeral,
}

impl Role {
    fn text(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// A container as the pod asks for it, and what has become of it.
struct Shown {
    role: Role,
    spec: Container,
    /// All unset as long as the kubelet has not seen the container.
    status: ContainerStatus,
}

const COLUMNS: &[Column<Shown>] = &[
    Column::name(),
    Column::cell("TYPE", |shown: &Shown, words| Value::text(shown.role.text(), words)),
    Column::cell("READY", |shown: &Shown, words| Value::text(if shown.status.ready { "true" } else { "false" }, words))
        .stays(Stays::Long),
    Column::cell("STATE", |shown: &Shown, words| Value::text(state(&shown.status), words)).stays(Stays::Always),
    Column::cell("RESTARTS", |shown: &Shown, _| Value::Int(Restarts::of(&shown.status).count))
        .short("RST")
        .stays(Stays::Long),
    Column::cell("LAST", |shown: &Shown, _| Restarts::of(&shown.status).last().map_or(Value::Blank, Value::Time)),
    Column::cell("CPU/R", |shown: &Shown, _| of_container(&shown.spec, Requests, Cpu)),
    Column::cell("CPU/L", |shown: &Shown, _| of_container(&shown.spec, Limits, Cpu)),
    Column::cell("MEM/R", |shown: &Shown, _| of_container(&shown.spec, Requests, Memory)),
    Column::cell("MEM/L", |shown: &Shown, _| of_container(&shown.spec, Limits, Memory)),
    Column::live("CPU", Live::CpuUsed).wide(),
    Column::live("%CPU/R", Live::CpuShare("CPU/R")).wide(),
    Column::live("%CPU/L", Live::CpuShare("CPU/L")).wide(),
    Column::live("MEM", Live::MemoryUsed).wide(),
    Column::live("%MEM/R", Live::MemoryShare("MEM/R")).wide(),
    Column::live("%MEM/L", Live::MemoryShare("MEM/L")).wide(),
    Column::cell("PORTS", ports).stays(Stays::Short),
    Column::cell("IMAGE", |shown: &Shown, words| Value::text(&shown.spec.image, words)).stays(Stays::Short),
    Column::age(),
];

impl Kind for Containers {
    fn names(&self) -> &'static Names {
        &NAMES
    }
    fn source(&self) -> &'static Names {
        const { &Pods::NAMES }
    }
    fn heads(&self) -> Vec<Head> {
        column::heads(COLUMNS)
    }
    fn lead(&self) -> Lead {
        Lead::Nowhere
    }
    fn rows(&self, item: &Item, words: &mut Words, out: &mut Vec<Row>) -> Result<(), String> {
        let mut pod: Pod = item.read()?;
        let containers = containers(&mut pod);
        let meta = pod.metadata.as_ref().ok_or("no metadata")?;
        let owner = Owner { api_version: words.word("v1"), kind: words.word("Pod"), name: words.word(&meta.name) };
        let owner = words.owner(owner);
        for shown in containers {
            let cells = column::cells(COLUMNS, &shown, words);
            let judgement = judge(&shown, &pod, words);
            out.push(Row {
                uid: Uid::Text(Word::new(&format!("{}/{}", resource::uid(meta), shown.spec.name))),
                name: shown.spec.name.as_str().into(),
                created: started(&shown.status),
                owner: Some(owner.clone()),
                ..resource::row(meta, judgement, cells, words)
            });
        }
        Ok(())
    }
}

/// Takes the containers and their statuses out of the pod.
fn containers(pod: &mut Pod) -> Vec<Shown> {
    let (spec, status) = (&mut pod.spec, &mut pod.status);
    let init_role = |spec: &Container| if spec.is_sidecar() { Role::Sidecar } else { Role::Init };
    let ephemeral = std::mem::take(&mut spec.ephemeral_containers).into_iter().filter_map(|container| container.common);
    let mut all = Vec::new();
    all.extend(paired(std::mem::take(&mut spec.init_containers), &mut status.init_container_statuses, init_role));
    all.extend(paired(std::mem::take(&mut spec.containers), &mut status.container_statuses, |_| Role::Main));
    all.extend(paired(ephemeral.collect(), &mut status.ephemeral_container_statuses, |_| Role::Ephemeral));
    all
}

fn paired(
    specs: Vec<Container>,
    statuses: &mut [ContainerStatus],
    role: impl Fn(&Container) -> Role,
) -> impl Iterator<Item = Shown> {
    specs.into_iter().map(move |spec| {
        let status = statuses.iter_mut().find(|status| status.name == spec.name).map(std::mem::take);
        Shown { role: role(&spec), spec, status: status.unwrap_or_default() }
    })
}

/// The state in a word: the reason given for it, else its name; empty before the kubelet has seen the container.
fn state(status: &ContainerStatus) -> &str {
    let state = &status.state;
    let (reason, name) = match (&state.terminated, &state.running, &state.waiting) {
        (Some(ended), _, _) => (ended.reason.as_str(), "Terminated"),
        (None, Some(_), _) => ("", "Running"),
        (None, None, Some(waiting)) => (waiting.reason.as_str(), "Waiting"),
        (None, None, None) => ("", ""),
    };
    if reason.is_empty() { name } else { reason }
}

/// When the container last started, in seconds since the epoch; 0 if it has not.
fn started(status: &ContainerStatus) -> i64 {
    let state = &status.state;
    let running = state.running.and_then(|running| running.started_at);
    running.or_else(|| state.terminated.as_ref()?.started_at).map_or(0, |at| at.seconds)
}

fn judge(shown: &Shown, pod: &Pod, words: &mut Words) -> Judgement {
    let state = &shown.status.state;
    if pod.metadata.as_ref().is_some_and(|meta| meta.deletion_timestamp.is_some()) {
        return Judgement { health: Health::Changing, ..Judgement::well() };
    }
    if let Some(trouble) = reason::trouble(&shown.status) {
        return reason::judgement(Health::Wrong, &trouble, words);
    }
    let health = match (&state.running, &state.terminated) {
        (_, Some(_)) => Health::Done,
        // Nothing asks whether an ephemeral container is ready.
        (Some(_), _) if shown.status.ready || shown.role == Role::Ephemeral => Health::Well,
        (Some(_), _) if matches!(shown.role, Role::Main | Role::Sidecar) => {
            return reason::judgement(Health::Changing, &format!("{}: not ready", shown.spec.name), words);
        }
        _ => Health::Changing,
    };
    Judgement { health, ..Judgement::well() }
}

/// `8080/TCP,53/UDP`, as kubectl prints a service's.
fn ports(shown: &Shown, words: &mut Words) -> Value {
    let port = |port: &super::pod::lean::ContainerPort| {
        let protocol = if port.protocol.is_empty() { "TCP" } else { &port.protocol };
        format!("{}/{protocol}", port.container_port)
    };
    let ports: Vec<String> = shown.spec.ports.iter().map(port).collect();
    if ports.is_empty() { Value::Blank } else { Value::text(&ports.join(","), words) }
}
