//! The events at the end of every description (`DescribeEvents`).

use super::sheet::{Cell, Sheet};
use super::{Given, Need, Related, tone};
use crate::text::document::{Piece, Tone};
use crate::text::fields::{number, since, text, time};
use serde_json::Value;

const HEADS: &[&str] = &["Type", "Reason", "Age", "From", "Message"];

pub fn write(given: &Given<'_>, sheet: &mut Sheet) {
    let Some(events) = read(given.related(Need::Events), "Events", sheet) else { return };
    if events.is_empty() {
        sheet.field(0, "Events", "<none>");
        return;
    }
    let mut events: Vec<&Value> = events.iter().collect();
    events.sort_by_key(|event| time(event, "/lastTimestamp"));
    sheet.title(0, "Events");
    sheet.heads(1, HEADS);
    // kubectl's rule is as long as `Type` under `Age`.
    sheet.row(1, ["----", "------", "----", "----", "-------"].map(|rule| Piece::new(rule, Tone::Dim)).to_vec());
    for event in events {
        sheet.row(1, row(event, given.now));
    }
}

/// What was read for a section. Instead of an empty section there is a line that says why there is nothing.
pub fn read<'a>(related: Related<'a>, section: &str, sheet: &mut Sheet) -> Option<&'a [Value]> {
    match related {
        Related::Read(items) => return Some(items),
        Related::NotYet => sheet.field(0, section, Piece::new("not read yet", Tone::Dim)),
        Related::Unreadable(said) => {
            sheet.field(0, section, Piece::new(format!("cannot be read: {said}"), Tone::Wrong));
        }
    }
    None
}

fn row(event: &Value, now: i64) -> Vec<Piece> {
    let first = if text(event, "/eventTime").is_empty() { "/firstTimestamp" } else { "/eventTime" };
    let first = since(event, first, now);
    let age = if event.get("series").is_some_and(|series| !series.is_null()) {
        let last = since(event, "/series/lastObservedTime", now);
        format!("{last} (x{} over {first})", number(event, "/series/count"))
    } else if number(event, "/count") > 1 {
        format!("{} (x{} over {first})", since(event, "/lastTimestamp", now), number(event, "/count"))
    } else {
        first
    };
    let source = Some(text(event, "/source/component")).filter(|source| !source.is_empty());
    let source = source.unwrap_or_else(|| text(event, "/reportingComponent"));
    let message = text(event, "/message").trim();
    let message = match text(event, "/involvedObject/fieldPath") {
        "" => message.to_owned(),
        path => format!("{path}: {message}"),
    };
    let kind = tone::event(text(event, "/type"));
    let tone = kind.tone;
    let reason = Piece::new(text(event, "/reason"), tone);
    vec![kind, reason, Piece::new(age, Tone::Dim), source.piece(), message.piece()]
}
