//! Kinds: what a pod, a node, a service is to rk9s. One file per kind declares its names, the fields it reads, its columns,
//! its health and where Enter leads; kinds never name actions, and nothing here talks to a cluster.
//!
//! Adding a kind is one file and one line in [`KINDS`]. Kinds without a file are shown through the server-side Table
//! ([`table`]).

pub mod column;
pub mod container;
pub mod controllerrevision;
pub mod deployment;
pub mod event;
pub mod lean;
pub mod namespace;
pub mod node;
pub mod pod;
pub mod replicaset;
pub mod resource;
pub mod row;
pub mod service;
pub mod table;
pub mod value;
pub mod words;
pub mod workload;

pub use column::{Companion, From, Head, Live, Stays};
pub use lean::Item;
pub use resource::{Kind, Lead, Names};
pub use row::{Health, Owner, Row, Uid};
pub use value::Value;
pub use words::{Labels, Word, Words};

/// Every kind with a file of its own.
pub static KINDS: &[&dyn Kind] = &[
    &pod::Pods,
    &container::Containers,
    &deployment::Deployments,
    &service::Services,
    &node::Nodes,
    &namespace::Namespaces,
    &replicaset::ReplicaSets,
    &controllerrevision::ControllerRevisions,
    &event::Events,
];

/// The kind called `name` by its plural, singular, short or `Kind` name (any case), or by `plural.group`.
pub fn find(name: &str) -> Option<&'static dyn Kind> {
    let (plain, group) = name.split_once('.').map_or((name, None), |(plain, group)| (plain, Some(group)));
    KINDS.iter().copied().find(|kind| {
        let names = kind.names();
        group.is_none_or(|group| group == names.group) && names.answers_to(plain)
    })
}

impl Names {
    /// Whether `name` is one of the kind's names, case ignored.
    pub fn answers_to(&self, name: &str) -> bool {
        [self.plural, self.singular, self.kind].iter().chain(self.short).any(|own| own.eq_ignore_ascii_case(name))
    }
}
