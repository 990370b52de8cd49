//! What is read beside an object to describe it: the requests that `kubectl describe` makes, and no others.
//!
//! It says what is asked for; [`crate::describe`] says what is made of the answers.

use super::connect::Link;
use super::fault::{Class, Fault};
use crate::describe::{Need, selector};
use crate::text::fields::text;
use serde_json::Value;

const PAGE: &str = "500";
/// A name that annotations have for the uid under which a static pod's kubelet writes events.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// One request: a path and its parameters, and whether it is a list.
struct Ask {
    path: String,
    query: Vec<(&'static str, String)>,
}

/// What is found for a need. Pages are followed to their end; of several lists the answers are joined. An API that the
/// server does not have has no objects; everything else that fails is the whole need's failure.
pub async fn related(link: &Link, need: Need, object: &Value) -> Result<Vec<Value>, Fault> {
    listed(link, need, object).await.map(|(found, _)| found)
}

/// What is found for a need, and the version of the first list: what changes after it, a watch from there tells.
pub async fn listed(link: &Link, need: Need, object: &Value) -> Result<(Vec<Value>, String), Fault> {
    let (mut found, mut version) = (Vec::new(), None);
    for ask in asks(need, object) {
        match read(link, &ask, &mut found).await {
            // Servers before 1.34 do not know it.
            Err(fault) if fault.class == Class::NotFound && need == Need::ResourceSlices => {}
            read => drop(version.get_or_insert(read?)),
        }
    }
    Ok((found, version.unwrap_or_default()))
}

/// The requests of a need, as paths with their queries. The first page of each: a list's next ones add `continue`.
pub fn paths(need: Need, object: &Value) -> Vec<String> {
    asks(need, object).iter().map(|ask| with_query(ask, "")).collect()
}

async fn read(link: &Link, ask: &Ask, found: &mut Vec<Value>) -> Result<String, Fault> {
    let (mut more, mut version) = (String::new(), None);
    loop {
        let mut answer: Value = link.get_json(&with_query(ask, &more)).await?;
        let version = version.get_or_insert(text(&answer, "/metadata/resourceVersion").to_owned());
        let Some(items) = answer.get_mut("items") else {
            // One object, not a list.
            let version = version.clone();
            found.push(answer);
            return Ok(version);
        };
        if let Value::Array(items) = items.take() {
            found.extend(items);
        }
        let token = answer.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default();
        if token.is_empty() {
            return Ok(version.clone());
        }
        more = token.to_owned();
    }
}

fn with_query(ask: &Ask, more: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&ask.query);
    if !more.is_empty() {
        query.append_pair("continue", more);
    }
    let query = query.finish();
    if query.is_empty() { ask.path.clone() } else { format!("{}?{query}", ask.path) }
}

fn asks(need: Need, object: &Value) -> Vec<Ask> {
    let (name, namespace) = (text(object, "/metadata/name"), text(object, "/metadata/namespace"));
    let list = |path: String, by: &'static str, selector: String| Ask {
        path,
        query: vec![(by, selector), ("limit", PAGE.into())],
    };
    match need {
        Need::Events => events(object),
        Need::NodePods => {
            let of = format!("spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed", escaped(name));
            vec![list("/api/v1/pods".into(), "fieldSelector", of)]
        }
        Need::NodeLease => {
            let path = format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{}", segment(name));
            vec![Ask { path, query: Vec::new() }]
        }
        Need::ResourceSlices => {
            let of = format!("spec.nodeName={}", escaped(name));
            vec![list("/apis/resource.k8s.io/v1/resourceslices".into(), "fieldSelector", of)]
        }
        Need::ReplicaSets => {
            let path = format!("/apis/apps/v1/namespaces/{}/replicasets", segment(namespace));
            let of = object.pointer("/spec/selector").map(selector::of).unwrap_or_default();
            vec![list(path, "labelSelector", of)]
        }
        Need::SelectedPods => {
            let path = format!("/api/v1/namespaces/{}/pods", segment(namespace));
            vec![list(path, "labelSelector", object.pointer("/spec/selector").map(selector::of).unwrap_or_default())]
        }
        Need::Revisions => {
            let kept = if text(object, "/kind") == "Deployment" { "replicasets" } else { "controllerrevisions" };
            let path = format!("/apis/apps/v1/namespaces/{}/{kept}", segment(namespace));
            // The controllers label both with the template's labels.
            vec![list(path, "labelSelector", object.pointer("/spec/selector").map(selector::of).unwrap_or_default())]
        }
        Need::EndpointSlices => {
            let path = format!("/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices", segment(namespace));
            vec![list(path, "labelSelector", format!("kubernetes.io/service-name={name}"))]
        }
    }
}

/// The events about an object, by its name and uid (`searchEvents` of kubectl's describe.go).
fn events(object: &Value) -> Vec<Ask> {
    let (name, namespace) = (text(object, "/metadata/name"), text(object, "/metadata/namespace"));
    let (kind, uid) = (text(object, "/kind"), text(object, "/metadata/uid"));
    let is_core = text(object, "/apiVersion") == "v1";
    let mirrored = object.pointer("/metadata/annotations").and_then(|all| all.get(MIRROR)).and_then(Value::as_str);
    let (kind, uids) = match kind {
        // Whoever writes events about pods does not always say what they are.
        "Pod" if is_core => ("", vec![mirrored.unwrap_or(uid)]),
        // Kubelets take their node's name for its uid.
        "Node" if is_core => (kind, vec![uid, name]),
        _ => (kind, vec![uid]),
    };
    let path = match namespace {
        "" => "/api/v1/events".to_owned(),
        namespace => format!("/api/v1/namespaces/{}/events", segment(namespace)),
    };
    let ask = |uid: &str| {
        let mut fields =
            format!("involvedObject.name={},involvedObject.namespace={}", escaped(name), escaped(namespace));
        for (field, value) in [("kind", kind), ("uid", uid)] {
            if !value.is_empty() {
                fields += &format!(",involvedObject.{field}={}", escaped(value));
            }
        }
        Ask { path: path.clone(), query: vec![("fieldSelector", fields), ("limit", PAGE.into())] }
    };
    uids.into_iter().map(ask).collect()
}

/// A value in a field selector.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

/// A segment of a path.
fn segment(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decoded(need: Need, object: &Value) -> Vec<String> {
        let decode = |path: &String| {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let pairs: Vec<String> =
                form_urlencoded::parse(query.as_bytes()).map(|(key, value)| format!("{key}={value}")).collect();
            format!("{path} {}", pairs.join(" "))
        };
        paths(need, object).iter().map(decode).collect()
    }

    #[test]
    fn the_requests_are_kubectls() {
        let meta = json!({"name": "a", "namespace": "n", "uid": "u"});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta});
        let by_name = "fieldSelector=involvedObject.name=a,involvedObject.namespace=n";
        assert_eq!(
            decoded(Need::Events, &pod),
            [format!("/api/v1/namespaces/n/events {by_name},involvedObject.uid=u limit=500")]
        );
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
            "spec": {"selector": {"matchLabels": {"b": "c"}, "matchExpressions": [
                {"key": "a", "operator": "In", "values": ["y", "x"]}, {"key": "z", "operator": "DoesNotExist"}]}}});
        assert_eq!(
            decoded(Need::Events, &deployment),
            [format!(
                "/api/v1/namespaces/n/events {by_name},involvedObject.kind=Deployment,involvedObject.uid=u limit=500"
            )]
        );
        let sets = "/apis/apps/v1/namespaces/n/replicasets labelSelector=a in (x,y),b=c,!z limit=500";
        assert_eq!(decoded(Need::ReplicaSets, &deployment), [sets]);
        let slices = "/apis/discovery.k8s.io/v1/namespaces/n/endpointslices labelSelector=kubernetes.io/service-name=a limit=500";
        assert_eq!(decoded(Need::EndpointSlices, &deployment), [slices]);
    }

    #[test]
    fn nodes_have_two_uids() {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "uid": "u"}});
        let of = |uid| {
            let by_name = "fieldSelector=involvedObject.name=one,involvedObject.namespace=";
            format!("/api/v1/events {by_name},involvedObject.kind=Node,involvedObject.uid={uid} limit=500")
        };
        assert_eq!(decoded(Need::Events, &node), [of("u"), of("one")]);
        let pods = "fieldSelector=spec.nodeName=one,status.phase!=Succeeded,status.phase!=Failed";
        assert_eq!(decoded(Need::NodePods, &node), [format!("/api/v1/pods {pods} limit=500")]);
        let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/one ";
        assert_eq!(decoded(Need::NodeLease, &node), [lease]);
    }

    #[test]
    fn a_static_pods_events_have_its_mirrors_uid() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "n", "uid": "u", "annotations": {MIRROR: "m"}}});
        assert!(decoded(Need::Events, &pod).concat().contains("involvedObject.uid=m "));
    }
}
