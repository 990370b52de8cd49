//! What a pod and a pod template have in common beside containers, and the template itself (`DescribePodTemplate`).

use super::container::{self, Containers};
use super::sheet::Sheet;
use super::{metadata, selector, volumes};
use crate::text::fields::{at, has, list, number, text};
use serde_json::Value;

pub fn write(object: &Value, sheet: &mut Sheet) {
    let template = at(object, "/spec/template");
    let spec = at(template, "/spec");
    sheet.title(0, "Pod Template");
    metadata::labels(1, "Labels", template, "/metadata/labels", sheet);
    if at(template, "/metadata/annotations").as_object().is_some_and(|all| !all.is_empty()) {
        metadata::annotations(1, template, "/metadata/annotations", sheet);
    }
    sheet.field_if(1, "Service Account", text(spec, "/serviceAccountName"));
    let containers = |title, path| Containers { title, specs: list(spec, path), statuses: &[], pod: None };
    if !list(spec, "/initContainers").is_empty() {
        container::write(1, &containers("Init Containers", "/initContainers"), sheet);
    }
    container::write(1, &containers("Containers", "/containers"), sheet);
    volumes::write(1, spec, sheet);
    spread(1, spec, sheet);
    sheet.field_if(1, "Priority Class Name", text(spec, "/priorityClassName"));
    metadata::labels(1, "Node-Selectors", spec, "/nodeSelector", sheet);
    metadata::tolerations(1, spec, sheet);
    scheduling_group(1, spec, sheet);
}

/// How pods are spread, by topology key (`describeTopologySpreadConstraints`).
pub fn spread(level: u16, spec: &Value, sheet: &mut Sheet) {
    let mut all: Vec<&Value> = list(spec, "/topologySpreadConstraints").iter().collect();
    all.sort_by_key(|one| text(one, "/topologyKey"));
    if !all.is_empty() {
        sheet.many(level, "Topology Spread Constraints", all.into_iter().map(constraint));
    }
}

fn constraint(one: &Value) -> String {
    let (key, otherwise) = (text(one, "/topologyKey"), text(one, "/whenUnsatisfiable"));
    let said = format!("{key}:{otherwise} when max skew {} is exceeded", number(one, "/maxSkew"));
    if !has(one, "/labelSelector") {
        return said;
    }
    format!("{said} for selector {}", selector::or_none(selector::of(at(one, "/labelSelector"))))
}

pub fn scheduling_group(level: u16, spec: &Value, sheet: &mut Sheet) {
    if has(spec, "/schedulingGroup") {
        sheet.title(level, "SchedulingGroup");
        sheet.field(level + 1, "PodGroupName", text(spec, "/schedulingGroup/podGroupName"));
    }
}

/// A table's first row and the rule under it.
pub fn heads(sheet: &mut Sheet, heads: &[&str]) {
    sheet.heads(1, heads);
    sheet.rule(1, heads);
}
