//! Cordon and uncordon: whether the scheduler may use a node (`kubectl cordon` and `uncordon`).

use super::change::{Change, set};
use super::{Action, Begins, Given, NODES, Reads, Risk, Values, nothing_to_ask};
use serde_json::{Value, json};

pub static CORDON: Action = Action {
    id: "cordon",
    title: "Cordon or uncordon",
    help: "close a node for new pods, or open it",
    key: Some("m"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: NODES,
    fields: nothing_to_ask,
    change,
};

fn change(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    let closed = given.object.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true);
    let (after, word, title) =
        if closed { (None, "uncordon", "Uncordon") } else { (Some(json!(true)), "cordon", "Cordon") };
    let sets = set(given.object, "/spec/unschedulable", after);
    Ok(Change::edit(sets, &[word, &given.target.name]).named(title))
}
