//! A kind for tests: any object, by its metadata alone.

use prost::Message;
use rk9s::kinds::column::Column;
use rk9s::kinds::lean::Meta;
use rk9s::kinds::resource::{Judgement, Names, Resource};
use rk9s::kinds::{Kind, Words};
use serde::Deserialize;

/// Anything with metadata.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Thing {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Meta>,
}

/// Things in namespaces, called pods.
pub struct Pods;
/// Things without, called nodes.
pub struct Nodes;

pub static PODS: &dyn Kind = &Pods;
pub static NODES: &dyn Kind = &Nodes;

const fn names(plural: &'static str, singular: &'static str, kind: &'static str, namespaced: bool) -> Names {
    Names { group: "", version: "v1", plural, singular, kind, short: &[], namespaced }
}

impl Resource for Pods {
    type Object = Thing;
    const NAMES: Names = names("pods", "pod", "Pod", true);
    const COLUMNS: &'static [Column<Thing>] = &[Column::name(), Column::age()];
    fn meta(object: &Thing) -> Option<&Meta> {
        object.metadata.as_ref()
    }
    fn judge(_: &Thing, _: &mut Words) -> Judgement {
        Judgement::well()
    }
}

impl Resource for Nodes {
    type Object = Thing;
    const NAMES: Names = names("nodes", "node", "Node", false);
    const COLUMNS: &'static [Column<Thing>] = &[Column::name(), Column::age()];
    fn meta(object: &Thing) -> Option<&Meta> {
        object.metadata.as_ref()
    }
    fn judge(_: &Thing, _: &mut Words) -> Judgement {
        Judgement::well()
    }
}
