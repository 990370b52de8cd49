//! Pause and resume the rollout of a deployment (`kubectl rollout pause` and `resume`).

use super::change::{Change, set};
use super::{Action, Given, Reads, Risk, Values, kubectl_name, nothing_to_ask};
use crate::cluster::watch::TableOf;
use serde_json::{Value, json};

pub static PAUSE: Action = Action {
    id: "pause",
    title: "Pause or resume",
    risk: Risk::Change,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    applies,
    to: "deployments",
    fields: nothing_to_ask,
    change,
};

fn applies(of: &TableOf) -> bool {
    of.group == "apps" && of.plural == "deployments"
}

fn change(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    let paused = given.object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true);
    let (after, word) = if paused { (None, "resume") } else { (Some(json!(true)), "pause") };
    Ok(Change::edit(set(given.object, "/spec/paused", after), &["rollout", word, &kubectl_name(given.target)]))
}
