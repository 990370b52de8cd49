//! Cordon and uncordon: whether the scheduler may use a node (`kubectl cordon` and `uncordon`).

use super::change::{Change, set};
use super::{Action, Given, Reads, Risk, Values, nothing_to_ask};
use crate::cluster::watch::TableOf;
use serde_json::{Value, json};

pub static CORDON: Action = Action {
    id: "cordon",
    title: "Cordon or uncordon",
    risk: Risk::Change,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    applies,
    to: "nodes",
    fields: nothing_to_ask,
    change,
};

fn applies(of: &TableOf) -> bool {
    of.group.is_empty() && of.plural == "nodes"
}

fn change(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    let closed = given.object.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true);
    let (after, word) = if closed { (None, "uncordon") } else { (Some(json!(true)), "cordon") };
    Ok(Change::edit(set(given.object, "/spec/unschedulable", after), &[word, &given.target.name]))
}
