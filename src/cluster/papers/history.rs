//! What changed lately, from what the API keeps anyway: managedFields' times, creations and deletions, revisions, events.
//!
//! Nothing is recorded: what was deleted and left no event is not known, and only a manager's last change is.

use super::Target;
use crate::cluster::connect::{Link, METADATA};
use crate::cluster::fault::Fault;
use crate::cluster::watch::{TableOf, What};
use crate::text::age;
use crate::text::document::{Document, Line, Piece, Tone};
use crate::text::fields::text;
use futures::StreamExt;
use serde_json::Value;

/// How far back it looks, in seconds.
const BACK: i64 = 30 * 60;
/// Requests at a time.
const AT_ONCE: usize = 4;
const REVISION: &str = "deployment.kubernetes.io/revision";

/// Whose changes are looked for in a namespace. Of Secrets, as of all, only metadata is read.
const KINDS: &[&str] = &[
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "services",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "pods",
    "ingresses",
    "horizontalpodautoscalers",
    "poddisruptionbudgets",
    "rolebindings",
];

/// One thing that happened.
struct Change {
    at: i64,
    about: String,
    text: String,
    tone: Tone,
}

/// The changes of an object, or of its namespace if the target has no name; newest first.
pub async fn document(link: &Link, target: &Target, now: i64) -> Result<Document, Fault> {
    let namespace = target.namespace.as_deref();
    let lists = futures::stream::iter(kinds_of(target)).map(|what| async move {
        let path = format!("{}?limit=2000", What::Table(what.clone()).path(namespace));
        (what.kind.clone(), link.get_json_as::<Value>(&path, METADATA).await)
    });
    let lists: Vec<(String, Result<Value, Fault>)> = lists.buffered(AT_ONCE).collect().await;
    let mut changes = Vec::new();
    let mut unread = Vec::new();
    for (kind, list) in lists {
        match list {
            Ok(list) => {
                let items = list.get("items").and_then(Value::as_array);
                let items = items.into_iter().flatten().filter(|item| concerns(item, &kind, target));
                items.for_each(|item| of_object(&kind, item, now - BACK, &mut changes));
            }
            Err(fault) => unread.push(fault),
        }
    }
    match events(link, target).await {
        Ok(list) => {
            let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
            changes.extend(items.filter_map(|event| of_event(event, now - BACK)));
        }
        Err(fault) => unread.push(fault),
    }
    if let (true, Some(fault)) = (changes.is_empty(), unread.first()) {
        return Err(fault.clone());
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.at));
    Ok(written(&changes, &unread, now))
}

fn kinds_of(target: &Target) -> Vec<TableOf> {
    let all = KINDS.iter().filter_map(|plural| TableOf::known(plural));
    if target.name.is_empty() {
        return all.collect();
    }
    let own = std::iter::once(target.what.clone());
    let below = |of: &TableOf| {
        (target.what.plural == "deployments" && of.plural == "replicasets")
            || (of.plural == "pods" && target.what.plural == "replicasets")
    };
    own.chain(all.filter(below)).collect()
}

/// Whether an item is the object, or belongs to it.
fn concerns(item: &Value, kind: &str, target: &Target) -> bool {
    if target.name.is_empty() {
        return true;
    }
    let owned = item.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    (kind == target.what.kind && text(item, "/metadata/name") == target.name)
        || owned
            .into_iter()
            .any(|owner| text(owner, "/kind") == target.what.kind && text(owner, "/name") == target.name)
}

fn of_object(kind: &str, item: &Value, since: i64, out: &mut Vec<Change>) {
    let about = format!("{}/{}", kind.to_lowercase(), text(item, "/metadata/name"));
    let mut push = |at: i64, text: String, tone: Tone| {
        if at >= since {
            out.push(Change { at, about: about.clone(), text, tone });
        }
    };
    let created = time(item, "/metadata/creationTimestamp");
    let revision = item.pointer("/metadata/annotations").and_then(|notes| notes.get(REVISION)).and_then(Value::as_str);
    let what = match (kind, revision) {
        ("ReplicaSet", Some(revision)) => format!("created: revision {revision} begins"),
        _ => "created".into(),
    };
    push(created, what, Tone::Well);
    push(time(item, "/metadata/deletionTimestamp"), "is being deleted".into(), Tone::Changing);
    for entry in item.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten() {
        let at = time(entry, "/time");
        // Controllers write status all the time, and the first entry is the creation.
        if text(entry, "/subresource") == "status" || at <= created {
            continue;
        }
        let part = match text(entry, "/subresource") {
            "" => String::new(),
            part => format!(" ({part})"),
        };
        push(at, format!("changed by {}{part}: {}", text(entry, "/manager"), fields(entry)), Tone::Changing);
    }
}

/// The fields that a manager has, three steps deep, without what everybody has.
fn fields(entry: &Value) -> String {
    const MOST: usize = 4;
    let mut paths = Vec::new();
    walk(entry.get("fieldsV1").unwrap_or(&Value::Null), String::new(), 3, &mut paths);
    let more = paths.len().saturating_sub(MOST);
    let mut said = paths.into_iter().take(MOST).collect::<Vec<_>>().join(", ");
    if more > 0 {
        said.push_str(&format!(" and {more} more"));
    }
    said
}

fn walk(fields: &Value, path: String, depth: usize, out: &mut Vec<String>) {
    let below: Vec<(&str, &Value)> = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, below)| Some((name.strip_prefix("f:")?, below)))
        .collect();
    if below.is_empty() || depth == 0 {
        return out.push(path);
    }
    for (name, below) in below {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        walk(below, path, depth - 1, out);
    }
}

async fn events(link: &Link, target: &Target) -> Result<Value, Fault> {
    let events = TableOf::namespaced("", "v1", "events", "Event");
    let path = What::Table(events).path(target.namespace.as_deref());
    if target.name.is_empty() {
        return link.get_json(&format!("{path}?limit=2000")).await;
    }
    let fields = format!("involvedObject.kind={},involvedObject.name={}", target.what.kind, target.name);
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("fieldSelector", &fields).finish();
    link.get_json(&format!("{path}?{query}")).await
}

fn of_event(event: &Value, since: i64) -> Option<Change> {
    let at = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let at = at.iter().map(|path| time(event, path)).find(|at| *at > 0)?;
    let count = event.pointer("/series/count").or(event.get("count")).and_then(Value::as_i64).unwrap_or(1);
    let times = if count > 1 { format!(" ×{count}") } else { String::new() };
    let about =
        format!("{}/{}", text(event, "/involvedObject/kind").to_lowercase(), text(event, "/involvedObject/name"));
    let said = format!("{}{times}: {}", text(event, "/reason"), text(event, "/message").trim());
    let tone = if text(event, "/type") == "Warning" { Tone::Wrong } else { Tone::Plain };
    (at >= since).then_some(Change { at, about, text: said, tone })
}

fn written(changes: &[Change], unread: &[Fault], now: i64) -> Document {
    const WIDEST: usize = 48;
    let column = changes.iter().map(|change| change.about.chars().count()).max().unwrap_or(0).min(WIDEST);
    let mut lines: Vec<Line> =
        unread.iter().map(|fault| Line::toned(format!("not read: {fault}"), Tone::Wrong)).collect();
    if changes.is_empty() {
        lines.push(Line::toned(
            format!("Nothing is known to have changed in the last {} minutes.", BACK / 60),
            Tone::Dim,
        ));
    }
    lines.extend(changes.iter().map(|change| {
        let age = age::short((now - change.at).max(0)).to_string();
        let pieces = [
            Piece::new(format!("{age:>6}  "), Tone::Dim),
            Piece::new(format!("{:column$}  ", change.about), Tone::Key),
            Piece::new(change.text.replace('\n', " "), change.tone),
        ];
        Line::new(0, pieces.into())
    }));
    Document { lines }
}

fn time(value: &Value, path: &str) -> i64 {
    text(value, path).parse::<jiff::Timestamp>().map_or(0, |at| at.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_newest_first_and_status_is_not_one() {
        let item = json!({"metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [
            {"manager": "kubectl", "time": "2026-01-01T11:50:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:x": {}}}}}},
            {"manager": "kube-controller-manager", "subresource": "status", "time": "2026-01-01T11:59:00Z", "fieldsV1": {"f:status": {}}},
        ]}});
        let now = "2026-01-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        let mut changes = Vec::new();
        of_object("Deployment", &item, now - BACK, &mut changes);
        let event = json!({"reason": "BackOff", "message": "Back-off", "type": "Warning", "count": 3, "lastTimestamp": "2026-01-01T11:58:00Z",
            "involvedObject": {"kind": "Pod", "name": "web-1"}});
        changes.extend(of_event(&event, now - BACK));
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        let text = written(&changes, &[], now).text();
        assert_eq!(
            text,
            "    2m  pod/web-1       BackOff ×3: Back-off\n   10m  deployment/web  changed by kubectl: spec.replicas, spec.template.spec\n"
        );
        assert!(written(&[], &[], now).text().contains("Nothing is known"));
    }
}
