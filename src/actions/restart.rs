//! Restart: a rollout of the same template, begun by an annotation (`kubectl rollout restart`).

use super::change::{Change, set, step};
use super::{Action, Begins, Given, ROLLED_OUT, Reads, Risk, Values, kubectl_name, nothing_to_ask};
use serde_json::{Value, json};

const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

pub static RESTART: Action = Action {
    id: "restart",
    title: "Restart",
    help: "roll the same template out again",
    key: Some("r"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: ROLLED_OUT,
    fields: nothing_to_ask,
    change,
};

fn change(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    if given.object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        // kubectl's words (polymorphichelpers/objectrestarter.go).
        return Err("can't restart paused deployment (run rollout resume first)".into());
    }
    let at = jiff::Timestamp::from_second(given.now).map_err(|e| e.to_string())?.to_string();
    let path = format!("/spec/template/metadata/annotations/{}", step(RESTARTED));
    Ok(Change::edit(set(given.object, &path, Some(json!(at))), &["rollout", "restart", &kubectl_name(given.target)]))
}
