//! `describe`: an object, and what was read about it, as a text to be read.
//!
//! For pods, nodes, deployments and services it has the sections, the order and the words of `kubectl describe` (v1.36,
//! k8s.io/kubectl/pkg/describe/describe.go); every other kind is written field by field, as kubectl writes kinds that it
//! does not know. It reads nothing and has no clock: objects and the time come in. Values of Secrets do not come out.
//!
//! Adding a kind is one file and one line in [`DESCRIBERS`].

mod amount;
mod brief;
mod container;
mod deployment;
mod events;
mod generic;
mod label;
mod metadata;
mod node;
mod pod;
mod resources;
pub mod revision;
pub mod rollout;
pub mod selector;
mod service;
mod sheet;
mod template;
mod tone;
mod volumes;

use crate::text::document::Document;
use crate::text::fields::text;
pub use brief::{Tail, brief};
use serde_json::Value;
use sheet::Sheet;

/// What else must be read to describe an object. What is asked for it is in `cluster::related`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// The events about the object.
    Events,
    /// The pods on the node that have not ended.
    NodePods,
    /// The lease by which the node's kubelet says that it lives: one object.
    NodeLease,
    /// Devices that only the node has.
    ResourceSlices,
    /// Those that the deployment's selector selects.
    ReplicaSets,
    /// Those of the service.
    EndpointSlices,
    /// The pods that a workload's selector selects.
    SelectedPods,
    /// Where a workload's templates are kept: ReplicaSets of a deployment, ControllerRevisions of others.
    Revisions,
}

/// All that a description is made from.
pub struct Given<'a> {
    /// As the server sent it, with `apiVersion` and `kind`.
    pub object: &'a Value,
    /// What was found for each need, or why it cannot be read. A need that is missing has not been read yet.
    pub related: &'a [(Need, Result<Vec<Value>, String>)],
    /// Seconds since the epoch.
    pub now: i64,
}

/// What has become of a need.
#[derive(Clone, Copy)]
enum Related<'a> {
    NotYet,
    Unreadable(&'a str),
    Read(&'a [Value]),
}

impl Given<'_> {
    fn related(&self, need: Need) -> Related<'_> {
        match self.related.iter().find(|(of, _)| *of == need) {
            None => Related::NotYet,
            Some((_, Err(said))) => Related::Unreadable(said),
            Some((_, Ok(items))) => Related::Read(items),
        }
    }
}

/// How one kind is described.
struct Describer {
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    needs: &'static [Need],
    write: fn(&Given<'_>, &mut Sheet),
}

static DESCRIBERS: &[&Describer] =
    &[&pod::PODS, &node::NODES, &deployment::DEPLOYMENTS, &service::SERVICES, &generic::CORE_EVENTS, &generic::EVENTS];

/// What must be read to describe an object of the kind, besides the object. `plural` is the kind's name in paths.
pub fn needs(group: &str, plural: &str) -> &'static [Need] {
    let found = DESCRIBERS.iter().find(|one| one.group == group && one.plural == plural);
    found.map_or(generic::NEEDS, |one| one.needs)
}

/// The description. Nothing in it fails: what an object lacks is `<none>` or left out, as kubectl does it.
pub fn describe(given: &Given<'_>) -> Document {
    let version = text(given.object, "/apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let kind = text(given.object, "/kind");
    let found = DESCRIBERS.iter().find(|one| one.group == group && one.kind == kind);
    let mut sheet = Sheet::default();
    found.map_or(generic::write as fn(&Given<'_>, &mut Sheet), |one| one.write)(given, &mut sheet);
    sheet.finish()
}
