//! The few things that are asked first of an object: what its containers do, which conditions are not as they should be, what
//! was said of it (grouped), and its labels and annotations in full. For the side view; kubectl has nothing like it.

use super::sheet::Sheet;
use super::{Given, Need, events, tone};
use crate::text::document::{Document, Piece, Tone};
use crate::text::fields::{number, since, text, time};
use serde_json::Value;
use std::collections::BTreeMap;

/// Conditions for which `False` is good.
const NEGATIVE: &[&str] = &["Pressure", "Unavailable", "Failure", "Failed", "Degraded", "Terminating", "Disruption"];

/// The last lines of a container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    pub container: String,
    /// They are of the run before.
    pub previous: bool,
    /// Or why they cannot be read.
    pub lines: Result<Vec<String>, String>,
}

pub fn brief(given: &Given<'_>, tail: Option<&Tail>) -> Document {
    let mut sheet = Sheet::default();
    for (part, title) in [("initContainerStatuses", "Init containers"), ("containerStatuses", "Containers")] {
        containers(given, part, title, &mut sheet);
    }
    tail.into_iter().for_each(|tail| log(tail, &mut sheet));
    conditions(given, &mut sheet);
    grouped(given, &mut sheet);
    for part in ["labels", "annotations"] {
        let map = given.object.pointer(&format!("/metadata/{part}")).and_then(Value::as_object);
        let Some(map) = map.filter(|map| !map.is_empty()) else { continue };
        sheet.title(0, if part == "labels" { "Labels" } else { "Annotations" });
        for (key, value) in map.iter().filter(|(key, _)| !key.ends_with("last-applied-configuration")) {
            let value = value.as_str().unwrap_or_default().replace('\n', " ");
            sheet.row(1, vec![Piece::new(format!("{key}:"), Tone::Key), Piece::new(value, Tone::Plain)]);
        }
    }
    sheet.finish()
}

fn containers(given: &Given<'_>, part: &str, title: &str, sheet: &mut Sheet) {
    let statuses = given.object.pointer(&format!("/status/{part}")).and_then(Value::as_array);
    let Some(statuses) = statuses.filter(|statuses| !statuses.is_empty()) else { return };
    sheet.title(0, title);
    for status in statuses {
        let restarts = number(status, "/restartCount");
        let times = if restarts > 0 { format!("{restarts}×") } else { String::new() };
        let (state, tone) = state(status.get("state"), given.now);
        let name = Piece::new(text(status, "/name"), Tone::Key);
        sheet.row(1, vec![name, Piece::new(times, Tone::Dim), Piece::new(state, tone)]);
        if restarts > 0 && status.pointer("/lastState/terminated").is_some() {
            let (last, tone) = self::state(status.get("lastState"), given.now);
            sheet.row(1, vec![Piece::new("", Tone::Dim), Piece::new("last", Tone::Dim), Piece::new(last, tone)]);
        }
    }
}

/// What the log said last, when it was read.
fn log(tail: &Tail, sheet: &mut Sheet) {
    let run = if tail.previous { ", the run before" } else { "" };
    sheet.title(0, &format!("Last lines of {}{run}", tail.container));
    match &tail.lines {
        Ok(lines) if lines.is_empty() => sheet.row(1, vec![Piece::new("it has written nothing", Tone::Dim)]),
        Ok(lines) => lines.iter().for_each(|line| sheet.row(1, vec![Piece::new(line.as_str(), Tone::Plain)])),
        Err(why) => sheet.row(1, vec![Piece::new(why.as_str(), Tone::Dim)]),
    }
}

/// `running 3d4h`, `waiting: CrashLoopBackOff`, `exit 1 (Error) 2m ago`.
fn state(state: Option<&Value>, now: i64) -> (String, Tone) {
    let Some(state) = state else { return ("unknown".into(), Tone::Dim) };
    if let Some(running) = state.get("running") {
        return (format!("running {}", since(running, "/startedAt", now)), Tone::Well);
    }
    if let Some(ended) = state.get("terminated") {
        let code = number(ended, "/exitCode");
        let said = [text(ended, "/reason"), text(ended, "/message").trim()];
        let said: Vec<&str> = said.into_iter().filter(|said| !said.is_empty()).collect();
        let tone = if code == 0 { Tone::Dim } else { Tone::Wrong };
        return (format!("exit {code} ({}) {} ago", said.join(": "), since(ended, "/finishedAt", now)), tone);
    }
    let waiting = state.get("waiting").unwrap_or(&Value::Null);
    let message = text(waiting, "/message");
    // `restarting failed container=api pod=api-1_shop(UID)`: the names are on the screen already.
    let known = message.find(" container=").map(|at| at + " container".len());
    let message = known.and_then(|at| message.get(..at)).unwrap_or(message);
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    (format!("waiting: {}{message}", text(waiting, "/reason")), Tone::Changing)
}

fn conditions(given: &Given<'_>, sheet: &mut Sheet) {
    let all = given.object.pointer("/status/conditions").and_then(Value::as_array);
    let Some(all) = all.filter(|all| !all.is_empty()) else { return };
    sheet.title(0, "Conditions");
    for condition in all {
        let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
        let wanted = if NEGATIVE.iter().any(|word| kind.contains(word)) { "False" } else { "True" };
        let done = text(condition, "/reason").contains("Completed");
        let tone = if status == wanted {
            Tone::Well
        } else if done {
            Tone::Dim
        } else {
            Tone::Wrong
        };
        let why = [text(condition, "/reason"), text(condition, "/message").trim()];
        let why: Vec<&str> = why.into_iter().filter(|why| !why.is_empty() && status != wanted).collect();
        let age = since(condition, "/lastTransitionTime", given.now);
        let cells =
            [(kind.to_owned(), Tone::Key), (status.to_owned(), tone), (age, Tone::Dim), (why.join(": "), Tone::Plain)];
        sheet.row(1, cells.map(|(cell, tone)| Piece::new(cell, tone)).to_vec());
    }
}

/// Events by reason, the latest first: `BackOff ×143, 2m  Back-off restarting …`.
fn grouped(given: &Given<'_>, sheet: &mut Sheet) {
    let Some(all) = events::read(given.related(Need::Events), "Events", sheet) else { return };
    if all.is_empty() {
        return sheet.field(0, "Events", "<none>");
    }
    let last = |event: &Value| {
        let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
        times.iter().filter_map(|path| time(event, path)).max().unwrap_or_default()
    };
    let mut groups: BTreeMap<&str, (i64, i64, &Value)> = BTreeMap::new();
    for event in all {
        let count = number(event, "/count").max(number(event, "/series/count")).max(1);
        let at = last(event);
        let group = groups.entry(text(event, "/reason")).or_insert((0, 0, event));
        group.0 += count;
        if at >= group.1 {
            (group.1, group.2) = (at, event);
        }
    }
    let mut groups: Vec<(&str, (i64, i64, &Value))> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (_, at, _))| std::cmp::Reverse(*at));
    sheet.title(0, "Events");
    for (reason, (count, at, event)) in groups {
        let times = if count > 1 { format!("{reason} ×{count}") } else { reason.to_owned() };
        let age = crate::text::age::human((given.now - at).max(0)).to_string();
        let kind = tone::event(text(event, "/type"));
        let message = text(event, "/message").trim().replace('\n', " ");
        sheet.row(1, vec![Piece::new(times, kind.tone), Piece::new(age, Tone::Dim), Piece::new(message, Tone::Plain)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_stands_first_and_events_are_grouped() {
        let object = json!({"kind": "Pod", "metadata": {"labels": {"app": "orders"}},
            "status": {"containerStatuses": [{"name": "api", "restartCount": 17,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "1970-01-01T00:15:00Z"}}}],
                "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}, {"type": "DiskPressure", "status": "False"}]}});
        let event = |at: &str, count| json!({"type": "Warning", "reason": "BackOff", "message": "Back-off", "count": count, "lastTimestamp": at});
        let events = vec![event("1970-01-01T00:10:00Z", 100), event("1970-01-01T00:16:00Z", 43)];
        let related = [(Need::Events, Ok(events))];
        let document = brief(
            &Given { object: &object, related: &related, now: 1_000 },
            Some(&Tail { container: "api".into(), previous: true, lines: Ok(vec!["cannot read db.yaml".into()]) }),
        );
        let text = document.text();
        for part in [
            "api  17×   waiting: CrashLoopBackOff",
            "last  exit 1 (Error) 100s ago",
            "Last lines of api, the run before:\n  cannot read db.yaml\n",
            "BackOff ×143  40s  Back-off",
            "app:  orders",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        let tone = |part: &str| {
            document.lines.iter().flat_map(|line| &line.pieces).find(|piece| piece.text.contains(part)).unwrap().tone
        };
        assert_eq!((tone("BackOff ×"), tone("exit 1")), (Tone::Wrong, Tone::Wrong));
    }
}
