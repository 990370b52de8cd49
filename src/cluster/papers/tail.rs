//! The last lines of a pod's log, for the side view: of the container that is worst off, and of its run before if it waits to
//! be started again. Read once, not followed.

use super::Target;
use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault};
use crate::describe::Tail;
use crate::store::log::strip;
use http::Request;
use kube::client::Body;
use serde_json::Value;

/// So many lines are read,
const LINES: &str = "5";
/// and no more bytes, however long they are.
const BYTES: &str = "16384";

/// Which log is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Of {
    container: String,
    previous: bool,
}

/// The last lines of the pod's log; nothing if it is no pod, or no container has run yet.
pub async fn tail(link: &Link, target: &Target, object: &Value) -> Option<Tail> {
    if !target.is_pod() {
        return None;
    }
    let of = of(object)?;
    let lines = read(link, target, &of).await.map_err(|fault| fault.said);
    Some(Tail { container: of.container, previous: of.previous, lines })
}

async fn read(link: &Link, target: &Target, of: &Of) -> Result<Vec<String>, Fault> {
    let path = path(target, of);
    let request = Request::get(&path).body(Body::empty());
    let request = request.map_err(|e| Fault::new(Class::Invalid, &path, e.to_string()))?;
    let bytes = link.ask(request).await?;
    Ok(String::from_utf8_lossy(&bytes).lines().map(|line| strip(line).into_owned()).collect())
}

fn path(target: &Target, of: &Of) -> String {
    let plain = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let namespace = plain(target.namespace.as_deref().unwrap_or_default());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("container", of.container.as_str()), ("tailLines", LINES), ("limitBytes", BYTES)]);
    if of.previous {
        query.append_pair("previous", "true");
    }
    format!("/api/v1/namespaces/{namespace}/pods/{}/log?{}", plain(&target.name), query.finish())
}

/// The container that is worst off: the first that is not ready and has not ended well, else the first.
fn of(object: &Value) -> Option<Of> {
    let statuses =
        ["initContainerStatuses", "containerStatuses"].map(|part| object.pointer(&format!("/status/{part}")));
    let all = statuses.into_iter().flatten().filter_map(Value::as_array).flatten();
    let ran = all.filter_map(|status| Some((status, log_of(status)?)));
    let (worst, rest): (Vec<_>, Vec<_>) = ran.partition(|(status, _)| {
        let ended = status.pointer("/state/terminated/exitCode").and_then(Value::as_i64);
        ended.map_or(status.get("ready") != Some(&Value::Bool(true)), |code| code != 0)
    });
    // Of those that are well, the pod's own and not one that prepared it.
    worst.into_iter().next().or_else(|| rest.into_iter().next_back()).map(|(_, of)| of)
}

/// The log that a container has: this run's, or the former one's while it waits; none if it never ran.
fn log_of(status: &Value) -> Option<Of> {
    let waits = status.pointer("/state/waiting").is_some();
    let ran = status.pointer("/lastState/terminated").is_some();
    if waits && !ran || status.get("state").is_none() {
        return None;
    }
    Some(Of { container: status.get("name")?.as_str()?.to_owned(), previous: waits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_container_that_is_worst_off_is_looked_at() {
        let status = |name: &str, ready: bool, state: Value, last: Value| json!({"name": name, "ready": ready, "state": state, "lastState": last});
        let ended = |code: i64| json!({"terminated": {"exitCode": code}});
        let (running, waiting) = (json!({"running": {}}), json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        let pod = |init: Vec<Value>, own: Vec<Value>| json!({"status": {"initContainerStatuses": init, "containerStatuses": own}});
        let is = |object: Value, want: Option<(&str, bool)>| {
            let found = of(&object);
            assert_eq!(found.as_ref().map(|of| (of.container.as_str(), of.previous)), want, "{object}");
        };
        let well = || status("web", true, running.clone(), json!({}));
        is(pod(vec![], vec![well()]), Some(("web", false)));
        is(pod(vec![status("init", true, ended(0), json!({}))], vec![well()]), Some(("web", false)));
        is(pod(vec![], vec![well(), status("side", false, waiting.clone(), ended(1))]), Some(("side", true)));
        is(
            pod(
                vec![status("init", false, waiting.clone(), ended(2))],
                vec![status("web", false, waiting.clone(), json!({}))],
            ),
            Some(("init", true)),
        );
        is(pod(vec![], vec![status("job", false, ended(0), json!({}))]), Some(("job", false)));
        is(pod(vec![], vec![status("web", false, waiting.clone(), json!({}))]), None);
        is(json!({"status": {}}), None);
    }
}
