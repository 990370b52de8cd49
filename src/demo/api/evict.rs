//! `pods/eviction` and `pods/binding`: a pod deleted as its disruption budget allows, a pod put on a node.
//!
//! The steps and words are those of pkg/registry/core/pod/storage/eviction.go and storage.go.

use super::body::{self, Kind};
use super::remove::deletion;
use super::selector::of_object;
use super::write::{self, success};
use super::{Request, Response};
use crate::demo::nodes;
use crate::demo::object::{self, Object, at, items, number, put, text};
use crate::demo::refusal::Refusal;
use crate::demo::world::{Dry, World, Write};
use serde_json::{Value, json};

const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
const PDB: (&str, &str) = ("policy", "poddisruptionbudget");

/// POST of an eviction.
pub fn evict(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let eviction = body::object(request, Kind { group: "policy", version: "v1", kind: "Eviction" })?;
    let name = request.target.name();
    if object::name(&eviction) != name {
        return Err(Refusal::bad_request("name in URL does not match name in Eviction object"));
    }
    let (mut how, _) = deletion(at(&eviction, "deleteOptions"))?;
    if how.dry == Dry::Kept {
        how.dry = request.query.dry("CreateOptions")?;
    }
    let pod = write::there(world, request)?;
    if !ignores_budgets(&pod) {
        check(world, &pod, how.dry)?;
    }
    if how.dry == Dry::Kept {
        condition(world, &pod)?;
        // The condition made a new version of what was asked for.
        how.resource_version = None;
    }
    world.delete("pods", object::namespace(&pod), name, &how)?;
    let mut done = success(Value::Null);
    put(&mut done, "code", 201);
    Ok(Response::json(201, &done, request.form.layout))
}

fn ignores_budgets(pod: &Object) -> bool {
    matches!(text(pod, "status/phase"), "Succeeded" | "Failed" | "Pending") || object::is_deleted(pod)
}

/// Whether the pod's budget allows it; if so, the budget has one less to give.
fn check(world: &mut World, pod: &Object, dry: Dry) -> Result<(), Refusal> {
    let mut budgets = world.list("poddisruptionbudgets.policy", Some(object::namespace(pod)));
    budgets.retain(|budget| of_object(at(budget, "spec/selector"), pod));
    let Some(mut budget) = budgets.pop() else { return Ok(()) };
    if !budgets.is_empty() {
        let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(Refusal::new(500, "", why));
    }
    let (healthy, needed) = (number(&budget, "status/currentHealthy"), number(&budget, "status/desiredHealthy"));
    if !is_ready(pod) {
        let always = text(&budget, "spec/unhealthyPodEvictionPolicy") == "AlwaysAllow";
        if always || (healthy >= needed && needed > 0) {
            return Ok(());
        }
    }
    allowed(&budget, healthy, needed)?;
    if dry == Dry::Run {
        return Ok(());
    }
    let left = number(&budget, "status/disruptionsAllowed") - 1;
    put(&mut budget, "status/disruptionsAllowed", left);
    let pod = object::name(pod).replace('~', "~0").replace('/', "~1");
    put(&mut budget, &format!("status/disruptedPods/{pod}"), object::time(world.now));
    world.update("poddisruptionbudgets.policy", budget, Write::status("kube-apiserver"))?;
    Ok(())
}

fn allowed(budget: &Object, healthy: i64, needed: i64) -> Result<(), Refusal> {
    let name = object::name(budget);
    let refused = |message: String, after: u32| {
        Err(Refusal::too_many(VIOLATES, json!([{"reason": "DisruptionBudget", "message": message}]), after))
    };
    if number(budget, "status/observedGeneration") < number(budget, "metadata/generation") {
        return refused(format!("The disruption budget {name} is still being processed by the server."), 10);
    }
    let allowed = number(budget, "status/disruptionsAllowed");
    if allowed < 0 {
        return Err(Refusal::forbidden(PDB, name, "pdb disruptions allowed is negative"));
    }
    if allowed > 0 {
        return Ok(());
    }
    let condition = items(budget, "status/conditions").iter().find(|own| text(own, "type") == "DisruptionAllowed");
    let why = condition.filter(|own| text(own, "status") == "False" && !text(own, "message").is_empty());
    refused(
        match why {
            Some(own) if text(own, "reason") == "SyncFailed" => {
                let why = text(own, "message");
                format!(
                    "The disruption budget {name} does not allow evicting pods currently because it failed sync: {why}"
                )
            }
            _ if healthy <= needed => {
                format!("The disruption budget {name} needs {needed} healthy pods and has {healthy} currently")
            }
            Some(own) => format!(
                "The disruption budget {name} does not allow evicting pods currently ({}): {}",
                text(own, "reason"),
                text(own, "message")
            ),
            None => format!("The disruption budget {name} does not allow evicting pods currently"),
        },
        0,
    )
}

fn is_ready(pod: &Object) -> bool {
    let is_ready = |own: &Value| text(own, "type") == "Ready" && text(own, "status") == "True";
    items(pod, "status/conditions").iter().any(is_ready)
}

/// Says in the pod's status why it goes.
fn condition(world: &mut World, pod: &Object) -> Result<(), Refusal> {
    let mut pod = pod.clone();
    let now = object::time(world.now);
    set_condition(
        &mut pod,
        json!({
            "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting", "lastTransitionTime": now,
        }),
    );
    world.update("pods", pod, Write::status("kube-apiserver")).map(drop)
}

fn set_condition(pod: &mut Object, condition: Value) {
    let mut all = items(pod, "status/conditions").to_vec();
    match all.iter_mut().find(|own| text(own, "type") == text(&condition, "type")) {
        Some(own) if text(own, "status") == text(&condition, "status") => return,
        Some(own) => *own = condition,
        None => all.push(condition),
    }
    put(pod, "status/conditions", all);
}

/// POST of a binding: the pod's node.
pub fn bind(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let binding = body::object(request, Kind { group: "", version: "v1", kind: "Binding" })?;
    let node = text(&binding, "target/name").to_owned();
    let mut pod = write::there(world, request)?;
    let (name, own) = (request.target.name(), text(&pod, "spec/nodeName"));
    let refused = |why: String| Err(Refusal::conflict(("", "pods/binding"), name, why));
    if object::is_deleted(&pod) {
        return refused(format!("pod {name} is being deleted, cannot be assigned to a host"));
    }
    if !own.is_empty() {
        return refused(format!("pod {name} is already assigned to node {own:?}"));
    }
    nodes::place_pod(world, &mut pod, &node);
    let dry = request.query.dry("CreateOptions")?;
    let manager = write::manager(request)?;
    let mut pod = world.update("pods", pod, Write { manager: &manager, subresource: "binding", dry })?;
    let now = object::time(world.now);
    set_condition(
        &mut pod,
        json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now}),
    );
    if dry == Dry::Kept {
        world.update("pods", pod, Write { manager: &manager, subresource: "status", dry })?;
    }
    let mut done = success(Value::Null);
    put(&mut done, "code", 201);
    Ok(Response::json(201, &done, request.form.layout))
}
