//! Pause and resume the rollout of a deployment (`kubectl rollout pause` and `resume`).

use super::change::{Change, set};
use super::{Action, Begins, Given, Reads, Risk, Values, kubectl_name, nothing_to_ask};
use serde_json::{Value, json};

pub static PAUSE: Action = Action {
    id: "pause",
    title: "Pause or resume",
    help: "pause a rollout, or resume it",
    key: None,
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: &[("apps", "deployments")],
    fields: nothing_to_ask,
    change,
};

fn change(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    let paused = given.object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true);
    let (after, word, title) = if paused { (None, "resume", "Resume") } else { (Some(json!(true)), "pause", "Pause") };
    let sets = set(given.object, "/spec/paused", after);
    Ok(Change::edit(sets, &["rollout", word, &kubectl_name(given.target)]).named(title))
}
