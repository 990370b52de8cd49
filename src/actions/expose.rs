//! Expose: a service for the pods of a workload, of a pod, or of another service (`kubectl expose`).
//!
//! Name, selector, labels and ports are taken from the object as kubectl takes them (pkg/cmd/expose/expose.go and
//! pkg/polymorphichelpers). kubectl knows no StatefulSets here; they are like the other workloads.

use super::change::{Change, Do};
use super::{Action, Begins, Field, Given, Kind, Reads, Risk, Values, kubectl_name};
use crate::cluster::watch::TableOf;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Workloads with pods that stay, their pods, and services.
const EXPOSED: super::Kinds = &[
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("", "pods"),
    ("", "services"),
    ("", "replicationcontrollers"),
];

pub static EXPOSE: Action = Action {
    id: "expose",
    title: "Expose",
    help: "a service for the pods, or another for a service's",
    key: Some("E"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("get", ""),
    kinds: EXPOSED,
    fields,
    change,
};

const TYPES: [(&str, &str); 4] = [
    ("ClusterIP", "an address inside the cluster"),
    ("NodePort", "and a port on every node"),
    ("LoadBalancer", "and an address outside, if somebody gives one"),
    ("Headless", "no address: DNS names the pods"),
];

/// The longest name that kubectl takes over (DNS1035LabelMaxLength).
const LONGEST: usize = 63;

fn fields(given: &Given<'_>) -> Vec<Field> {
    let types = TYPES.iter().map(|(name, says)| ((*name).to_owned(), (*says).to_owned())).collect();
    let own = default_name(&given.target.name);
    // A service's own name is taken, by itself.
    let name = if is_service(given) { format!("{}-2", own.get(..LONGEST - 2).unwrap_or(own)) } else { own.to_owned() };
    let ports: Vec<String> = ports(given).into_iter().map(|(port, _)| port).collect();
    let text = |name, value| Field { name, kind: Kind::Text, value };
    vec![
        text("name", name),
        Field { name: "type", kind: Kind::Choice(types), value: "ClusterIP".into() },
        text("ports", ports.join(",")),
        text("target port", String::new()),
    ]
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let typed = |name: &str| values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let selector = selector(given)?;
    let own = default_name(&given.target.name);
    let name = typed("name").unwrap_or(own);
    let of_type = typed("type").unwrap_or("ClusterIP");
    let known = ports(given);
    let derived = known.iter().map(|(port, _)| port.as_str()).collect::<Vec<_>>().join(",");
    let wanted = typed("ports").unwrap_or(&derived);
    if wanted.is_empty() && of_type != "Headless" {
        // kubectl's words.
        return Err("couldn't find port via --port flag or introspection".into());
    }
    let spec = spec(selector, of_type, service_ports(wanted, typed("target port"), &known)?);
    let labels =
        given.object.pointer("/metadata/labels").filter(|labels| labels.as_object().is_some_and(some)).cloned();
    let mut meta = Map::from_iter([("name".to_owned(), json!(name))]);
    meta.extend(given.target.namespace.as_ref().map(|namespace| ("namespace".to_owned(), json!(namespace))));
    meta.extend(labels.map(|labels| ("labels".to_owned(), labels)));
    let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec});
    let mut words = vec!["expose".to_owned(), kubectl_name(given.target)];
    words.extend((name != own).then(|| format!("--name={name}")));
    words.extend((!wanted.is_empty()).then(|| format!("--port={wanted}")));
    words.extend(typed("target port").map(|port| format!("--target-port={port}")));
    words.extend(match of_type {
        "ClusterIP" => None,
        "Headless" => Some("--cluster-ip=None".to_owned()),
        other => Some(format!("--type={other}")),
    });
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let what = TableOf::namespaced("", "v1", "services", "Service");
    let change = Change::of(Do::Create { what, object }, &words);
    Ok(match given.target.what.plural.as_str() {
        "statefulsets" => change.say("kubectl's expose takes no statefulsets, or else it would be this line"),
        _ => change,
    })
}

fn some(map: &Map<String, Value>) -> bool {
    !map.is_empty()
}

fn default_name(own: &str) -> &str {
    own.get(..LONGEST).unwrap_or(own)
}

fn is_service(given: &Given<'_>) -> bool {
    given.target.what.plural == "services"
}

fn spec(selector: Value, of_type: &str, ports: Vec<Value>) -> Map<String, Value> {
    let mut spec = Map::from_iter([("selector".to_owned(), selector), ("ports".to_owned(), Value::Array(ports))]);
    match of_type {
        "Headless" => spec.insert("clusterIP".into(), json!("None")),
        other => spec.insert("type".into(), json!(other)),
    };
    spec
}

/// What finds the pods (mapbasedselectorforobject.go). A service selects by equality alone.
fn selector(given: &Given<'_>) -> Result<Value, String> {
    let plural = given.target.what.plural.as_str();
    let kind = given.target.what.kind.to_lowercase();
    let (path, why) = match plural {
        "pods" => ("/metadata/labels", "the pod has no labels and cannot be exposed".to_owned()),
        "services" => ("/spec/selector", "the service has no pod selector set".to_owned()),
        "replicationcontrollers" => ("/spec/selector", "selector must be specified".to_owned()),
        _ => ("/spec/selector/matchLabels", format!("invalid {kind}: no selectors, therefore cannot be exposed")),
    };
    let found = given.object.pointer(path).filter(|labels| labels.as_object().is_some_and(some)).ok_or(why)?;
    let expressions = given.object.pointer("/spec/selector/matchExpressions").and_then(Value::as_array);
    match expressions.filter(|all| !all.is_empty() && path.ends_with("matchLabels")) {
        Some(_) => Err("its selector has expressions, and a service selects by equality alone".into()),
        None => Ok(found.clone()),
    }
}

/// Each port that the object tells of with its protocols, in its order (portsforobject.go, multiprotocolsforobject.go).
fn ports(given: &Given<'_>) -> Vec<(String, Vec<String>)> {
    let all: Vec<&Value> = if is_service(given) {
        given.object.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten().collect()
    } else {
        let path =
            if given.target.what.plural == "pods" { "/spec/containers" } else { "/spec/template/spec/containers" };
        let containers = given.object.pointer(path).and_then(Value::as_array).into_iter().flatten();
        containers.filter_map(|container| container.get("ports")?.as_array()).flatten().collect()
    };
    let key = if is_service(given) { "port" } else { "containerPort" };
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for port in all {
        let Some(number) = port.get(key).and_then(Value::as_i64).map(|number| number.to_string()) else { continue };
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_owned();
        match found.iter_mut().find(|(known, _)| *known == number) {
            Some((_, protocols)) if protocols.contains(&protocol) => {}
            Some((_, protocols)) => protocols.push(protocol),
            None => found.push((number, vec![protocol])),
        }
    }
    found
}

/// The ports of the service. Several are named `port-1`, `port-2`; one port of two protocols becomes two.
fn service_ports(wanted: &str, target: Option<&str>, known: &[(String, Vec<String>)]) -> Result<Vec<Value>, String> {
    let protocols: BTreeMap<&str, &[String]> =
        known.iter().map(|(port, protocols)| (port.as_str(), protocols.as_slice())).collect();
    let all: Vec<&str> = wanted.split(',').map(str::trim).filter(|port| !port.is_empty()).collect();
    let mut made = Vec::new();
    for (at, typed) in all.iter().enumerate() {
        let port: u16 = typed.parse().map_err(|_| format!("`{typed}` is no port"))?;
        let number = target.and_then(|target| target.parse::<u16>().ok());
        let target = match (target, number) {
            (Some(name), None) => json!(name),
            (_, number) => json!(number.unwrap_or(port)),
        };
        let spoken = protocols.get(typed).copied().unwrap_or_default();
        for protocol in spoken.iter().map(String::as_str).chain(spoken.is_empty().then_some("TCP")) {
            let name = match (spoken.len() > 1, all.len() > 1) {
                (true, _) => Some(format!("port-{}-{}", at + 1, protocol.to_lowercase())),
                (false, true) => Some(format!("port-{}", at + 1)),
                (false, false) => None,
            };
            let mut one = json!({"port": port, "protocol": protocol, "targetPort": target});
            if let (Some(name), Some(fields)) = (name, one.as_object_mut()) {
                fields.insert("name".into(), json!(name));
            }
            made.push(one);
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    fn web() -> Value {
        json!({
            "metadata": {"labels": {"team": "shop"}},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"spec": {"containers": [
                    {"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]},
                    {"name": "b", "ports": [{"containerPort": 53, "protocol": "TCP"}, {"containerPort": 80}]},
                ]}},
            },
        })
    }

    fn exposed(
        object: &Value,
        target: &crate::cluster::papers::Target,
        typed: &[(&str, &str)],
    ) -> Result<(Value, String), String> {
        let given = Given { target, object, related: &[], now: 0 };
        let mut values: Values = fields(&given).into_iter().map(|field| (field.name.to_owned(), field.value)).collect();
        values.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let change = change(&given, &values)?;
        let Do::Create { object, what } = change.does else { panic!("a service is created") };
        assert_eq!((what.plural.as_str(), what.group.as_str()), ("services", ""));
        Ok((object, change.kubectl.join(" ")))
    }

    #[test]
    fn the_ports_of_the_containers_are_named_and_keep_their_protocols() {
        let (service, words) = exposed(&web(), &target("apps", "deployments", "Deployment"), &[]).unwrap();
        assert_eq!(words, "expose deployment/web --port=80,53");
        assert_eq!(
            service,
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "web", "namespace": "shop", "labels": {"team": "shop"}},
                "spec": {"type": "ClusterIP", "selector": {"app": "web"}, "ports": [
                    {"name": "port-1", "port": 80, "protocol": "TCP", "targetPort": 80},
                    {"name": "port-2-udp", "port": 53, "protocol": "UDP", "targetPort": 53},
                    {"name": "port-2-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                ]},
            })
        );
    }

    #[test]
    fn one_port_has_no_name_and_goes_where_it_is_told() {
        let of = target("apps", "deployments", "Deployment");
        let typed = [("name", "front"), ("type", "NodePort"), ("ports", "8080"), ("target port", "http")];
        let (service, words) = exposed(&web(), &of, &typed).unwrap();
        assert_eq!(words, "expose deployment/web --name=front --port=8080 --target-port=http --type=NodePort");
        assert_eq!(service["spec"]["ports"], json!([{"port": 8080, "protocol": "TCP", "targetPort": "http"}]));
        assert_eq!((&service["metadata"]["name"], &service["spec"]["type"]), (&json!("front"), &json!("NodePort")));
        assert_eq!(exposed(&web(), &of, &[("ports", "http")]), Err("`http` is no port".into()));
    }

    #[test]
    fn without_ports_only_a_headless_service_is_possible() {
        let pod = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a"}]}});
        let of = target("", "pods", "Pod");
        assert!(exposed(&pod, &of, &[]).unwrap_err().contains("couldn't find port"));
        let (service, words) = exposed(&pod, &of, &[("type", "Headless")]).unwrap();
        assert_eq!(words, "expose pod/web --cluster-ip=None");
        assert_eq!(service["spec"], json!({"clusterIP": "None", "selector": {"app": "web"}, "ports": []}));
    }

    #[test]
    fn what_a_service_cannot_select_is_refused() {
        let mut object = web();
        object["spec"]["selector"]["matchExpressions"] = json!([{"key": "a", "operator": "Exists"}]);
        let of = target("apps", "statefulsets", "StatefulSet");
        assert!(exposed(&object, &of, &[]).unwrap_err().contains("expressions"));
        object["spec"]["selector"] = json!({});
        assert!(exposed(&object, &of, &[]).unwrap_err().contains("invalid statefulset: no selectors"));
        let service = json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}});
        let (second, words) = exposed(&service, &target("", "services", "Service"), &[]).unwrap();
        assert_eq!(
            (words.as_str(), &second["metadata"]["name"]),
            ("expose service/web --name=web-2 --port=80", &json!("web-2"))
        );
    }
}
