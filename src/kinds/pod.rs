//! stub until the kinds branch is merged
use super::column::Column;
use super::lean::*;
use super::resource::*;
use super::*;
use serde::Deserialize;
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Pod {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Meta>,
    #[prost(message, optional, tag = "2")]
    pub spec: Option<Spec>,
    #[prost(message, optional, tag = "3")]
    pub status: Option<Status>,
}
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct Status {
    #[prost(string, tag = "1")]
    pub phase: String,
}
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spec {
    #[prost(string, tag = "10")]
    pub node_name: String,
}
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
        Column::cell("STATUS", |p, w| Value::text(p.status.as_ref().map_or("", |s| &s.phase), w)),
        Column::cell("NODE", |p, w| Value::text(p.spec.as_ref().map_or("", |s| &s.node_name), w)),
        Column::age(),
    ];
    const LEAD: Lead = Lead::Containers;
    fn meta(o: &Pod) -> Option<&Meta> {
        o.metadata.as_ref()
    }
    fn judge(_o: &Pod, _w: &mut Words) -> Judgement {
        Judgement::well()
    }
}
