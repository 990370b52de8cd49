//! Deployments, as `kubectl describe deployment` (`describeDeployment`).

use super::sheet::{Cell, Sheet};
use super::{Describer, Given, Need, events, metadata, selector, template, tone};
use crate::text::document::{Piece, Tone};
use crate::text::fields::{at, controller, date, go, has, list, number, text, time};
use serde_json::{Map, Value};

pub static DEPLOYMENTS: Describer = Describer {
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    needs: &[Need::ReplicaSets, Need::Events],
    write,
};

fn write(given: &Given<'_>, sheet: &mut Sheet) {
    let deployment = given.object;
    sheet.field(0, "Name", text(deployment, "/metadata/name"));
    sheet.field(0, "Namespace", text(deployment, "/metadata/namespace"));
    sheet.field(0, "CreationTimestamp", date(deployment, "/metadata/creationTimestamp"));
    metadata::labels(0, "Labels", deployment, "/metadata/labels", sheet);
    metadata::annotations(0, deployment, "/metadata/annotations", sheet);
    sheet.field(0, "Selector", selector::of(at(deployment, "/spec/selector")));
    sheet.field(0, "Replicas", replicas(deployment));
    sheet.field(0, "StrategyType", text(deployment, "/spec/strategy/type"));
    sheet.field(0, "MinReadySeconds", number(deployment, "/spec/minReadySeconds"));
    if has(deployment, "/spec/strategy/rollingUpdate") {
        let update = at(deployment, "/spec/strategy/rollingUpdate");
        let (unavailable, surge) = (go(at(update, "/maxUnavailable")), go(at(update, "/maxSurge")));
        sheet.field(0, "RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    template::write(deployment, sheet);
    conditions(deployment, sheet);
    if let Some(sets) = events::read(given.related(Need::ReplicaSets), "ReplicaSets", sheet) {
        replica_sets(deployment, sets, sheet);
    }
    events::write(given, sheet);
}

fn replicas(deployment: &Value) -> Piece {
    let count = |name: &str| number(deployment, &format!("/status/{name}"));
    let unavailable = count("unavailableReplicas");
    let said = format!(
        "{} desired | {} updated | {} total | {} available | {unavailable} unavailable",
        number(deployment, "/spec/replicas"),
        count("updatedReplicas"),
        count("replicas"),
        count("availableReplicas"),
    );
    Piece::new(said, if unavailable > 0 { Tone::Wrong } else { Tone::Plain })
}

fn conditions(deployment: &Value, sheet: &mut Sheet) {
    let all = list(deployment, "/status/conditions");
    if all.is_empty() {
        return;
    }
    sheet.title(0, "Conditions");
    template::heads(sheet, &["Type", "Status", "Reason"]);
    for one in all {
        let kind = text(one, "/type");
        let status = tone::condition(kind, text(one, "/status"));
        sheet.row(1, vec![kind.piece(), status, text(one, "/reason").piece()]);
    }
}

fn replica_sets(deployment: &Value, sets: &[Value], sheet: &mut Sheet) {
    let uid = text(deployment, "/metadata/uid");
    let mut own: Vec<&Value> = sets.iter().filter(|set| is_controlled_by(set, uid)).collect();
    if own.is_empty() {
        return;
    }
    own.sort_by_key(|set| (time(set, "/metadata/creationTimestamp"), text(set, "/metadata/name")));
    let wanted = comparable(at(deployment, "/spec/template"));
    let new = own.iter().position(|set| comparable(at(set, "/spec/template")) == wanted);
    let new = new.map(|at| own.remove(at));
    let said = |sets: &[&Value]| selector::or_none(sets.iter().map(|set| created(set)).collect::<Vec<_>>().join(", "));
    sheet.field(0, "OldReplicaSets", said(&own));
    sheet.field(0, "NewReplicaSet", said(new.as_slice()));
}

fn is_controlled_by(set: &Value, uid: &str) -> bool {
    controller(set).is_some_and(|owner| text(owner, "/uid") == uid)
}

fn created(set: &Value) -> String {
    let (created, wanted) = (number(set, "/status/replicas"), number(set, "/spec/replicas"));
    format!("{} ({created}/{wanted} replicas created)", text(set, "/metadata/name"))
}

/// A pod template without the hash that its replica set adds, and without what is empty: Go's `equalIgnoreHash`.
fn comparable(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    without_empty(template)
}

fn without_empty(value: Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| (key, without_empty(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_empty).collect()),
        other => other,
    }
}
