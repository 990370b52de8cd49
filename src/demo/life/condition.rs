//! Conditions in an object's status: set so that their times say when they turned, as the controllers of workloads keep them.

use super::super::object::{self, items, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a condition says.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub kind: &'a str,
    /// `True`, `False`, `Unknown`.
    pub status: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
    /// A time beside `lastTransitionTime` that such conditions have: `lastUpdateTime` of deployments, `lastProbeTime` of jobs; or none.
    pub also: &'a str,
}

/// The condition of a kind, or null.
pub fn find<'a>(status: &'a Value, kind: &str) -> &'a Value {
    items(status, "conditions").iter().find(|own| text(own, "type") == kind).unwrap_or(&Value::Null)
}

/// Whether an object's condition of a kind is `True`.
pub fn is_true(status: &Value, kind: &str) -> bool {
    text(find(status, kind), "status") == "True"
}

/// Says it, unless the same status and reason are said already. The time of its turn stays while its status does.
pub fn set(status: &mut Value, now: Timestamp, said: Said<'_>) {
    let before = find(status, said.kind);
    if text(before, "status") == said.status && text(before, "reason") == said.reason {
        return;
    }
    say(status, now, said);
}

/// Says it anew: even the same status and reason get a new message and, where they have one, a new time.
pub fn say(status: &mut Value, now: Timestamp, said: Said<'_>) {
    let before = find(status, said.kind);
    let since = match text(before, "lastTransitionTime") {
        since if !since.is_empty() && text(before, "status") == said.status => since.to_owned(),
        _ => object::time(now),
    };
    let mut condition = json!({"type": said.kind, "status": said.status, "lastTransitionTime": since});
    for (field, value) in [("reason", said.reason), ("message", said.message)] {
        if !value.is_empty() {
            object::put(&mut condition, field, value);
        }
    }
    if !said.also.is_empty() {
        object::put(&mut condition, said.also, object::time(now));
    }
    unset(status, said.kind);
    let mut all = items(status, "conditions").to_vec();
    all.push(condition);
    object::put(status, "conditions", all);
}

/// Says it where it stands among the others, if anything of it is new.
pub fn revise(status: &mut Value, now: Timestamp, said: Said<'_>) {
    let before = find(status, said.kind);
    let same = [("status", said.status), ("reason", said.reason), ("message", said.message)];
    if same.iter().all(|(field, value)| text(before, field) == *value) {
        return;
    }
    let place = items(status, "conditions").iter().position(|own| text(own, "type") == said.kind);
    say(status, now, said);
    if let Some(place) = place
        && let Some(all) = object::place(status, "conditions").as_array_mut()
        && let Some(last) = all.pop()
    {
        all.insert(place, last);
    }
}

/// Says it no more.
pub fn unset(status: &mut Value, kind: &str) {
    let mut all = items(status, "conditions").to_vec();
    all.retain(|own| text(own, "type") != kind);
    match all.is_empty() {
        true => drop(object::remove(status, "conditions")),
        false => object::put(status, "conditions", all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_keeps_the_time_of_its_turn() {
        let (first, later) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-01-01T01:00:00Z".parse().unwrap());
        let said = |status: &'static str, reason: &'static str| Said {
            kind: "Progressing",
            status,
            reason,
            message: "",
            also: "lastUpdateTime",
        };
        let mut status = json!({});
        set(&mut status, first, said("True", "A"));
        set(&mut status, later, said("True", "A"));
        assert_eq!(text(find(&status, "Progressing"), "lastUpdateTime"), "2026-01-01T00:00:00Z");
        set(&mut status, later, said("True", "B"));
        let now = find(&status, "Progressing");
        assert_eq!(text(now, "lastUpdateTime"), "2026-01-01T01:00:00Z");
        assert_eq!(text(now, "lastTransitionTime"), "2026-01-01T00:00:00Z");
        set(&mut status, later, said("False", "B"));
        assert_eq!(text(find(&status, "Progressing"), "lastTransitionTime"), "2026-01-01T01:00:00Z");
        unset(&mut status, "Progressing");
        assert_eq!(status, json!({}));
    }
}
