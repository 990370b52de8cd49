//! Services and what leads to them (pkg/printers/internalversion).

use super::cell::{Column, age, cells, grown, labels, name, or, plain, says, selected, some_of, wide};
use crate::demo::object::{self, Object, annotation, at, items, number, text};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

pub const SERVICE: &[Column] =
    &[name(), says("Type"), says("Cluster-IP"), says("External-IP"), says("Port(s)"), age(), wide("Selector")];
pub const ENDPOINTS: &[Column] = &[name(), says("Endpoints"), age()];
pub const SLICE: &[Column] = &[name(), says("AddressType"), says("Ports"), says("Endpoints"), age()];
pub const INGRESS: &[Column] = &[name(), says("Class"), says("Hosts"), says("Address"), says("Ports"), age()];
pub const CLASS: &[Column] = &[name(), says("Controller"), says("Parameters"), age()];
pub const POLICY: &[Column] = &[name(), says("Pod-Selector"), age()];

pub fn service(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![
        object::name(object),
        text(object, "spec/type"),
        or(text(object, "spec/clusterIPs/0"), "<none>"),
        external(object),
        or(&service_ports(object), "<none>"),
        grown(now, object),
        labels(at(object, "spec/selector")),
    ]
}

/// Where a service is reached from outside (`getServiceExternalIP`).
fn external(service: &Object) -> String {
    let own: Vec<&str> = items(service, "spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match text(service, "spec/type") {
        "ClusterIP" | "NodePort" => or(&own.join(","), "<none>").to_owned(),
        "LoadBalancer" => {
            let given = balanced(service);
            let all: Vec<&str> =
                Some(given.as_str()).filter(|given| !given.is_empty()).into_iter().chain(own).collect();
            or(&all.join(","), "<pending>").to_owned()
        }
        "ExternalName" => text(service, "spec/externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

/// What a load balancer gave, in order.
fn balanced(object: &Object) -> String {
    let points = items(object, "status/loadBalancer/ingress").iter();
    let said = points.map(|point| or(text(point, "ip"), text(point, "hostname")));
    let all: BTreeSet<&str> = said.filter(|said| !said.is_empty()).collect();
    all.into_iter().collect::<Vec<_>>().join(",")
}

fn service_ports(service: &Object) -> String {
    let all = items(service, "spec/ports").iter().map(|port| match number(port, "nodePort") {
        0 => format!("{}/{}", number(port, "port"), text(port, "protocol")),
        node => format!("{}:{node}/{}", number(port, "port"), text(port, "protocol")),
    });
    all.collect::<Vec<_>>().join(",")
}

pub fn endpoints(object: &Object, now: Timestamp) -> Vec<Value> {
    let mut all = Vec::new();
    let subsets = items(object, "subsets");
    for subset in subsets {
        let addresses = || items(subset, "addresses").iter().map(|address| text(address, "ip"));
        let ports = items(subset, "ports");
        if ports.is_empty() {
            all.extend(addresses().map(str::to_owned));
        }
        for port in ports {
            all.extend(addresses().map(|ip| host_port(ip, number(port, "port"))));
        }
    }
    let said = if subsets.is_empty() { "<none>".to_owned() } else { some_of(&all) };
    cells![object::name(object), said, grown(now, object)]
}

fn host_port(host: &str, port: i64) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

pub fn slice(object: &Object, now: Timestamp) -> Vec<Value> {
    let port = |port: &Value| match at(port, "port") {
        Value::Null => at(port, "name").as_str().unwrap_or("*").to_owned(),
        number => plain(number, "*"),
    };
    let ports: Vec<String> = items(object, "ports").iter().map(port).collect();
    let addresses = items(object, "endpoints").iter().flat_map(|endpoint| items(endpoint, "addresses"));
    let addresses: Vec<String> = addresses.filter_map(Value::as_str).map(str::to_owned).collect();
    cells![
        object::name(object),
        text(object, "addressType"),
        or(&some_of(&ports), "<unset>"),
        or(&some_of(&addresses), "<unset>"),
        grown(now, object),
    ]
}

pub fn ingress(object: &Object, now: Timestamp) -> Vec<Value> {
    let ports = if items(object, "spec/tls").is_empty() { "80" } else { "80, 443" };
    cells![
        object::name(object),
        at(object, "spec/ingressClassName").as_str().unwrap_or("<none>"),
        hosts(items(object, "spec/rules")),
        balanced(object),
        ports,
        grown(now, object),
    ]
}

/// The first three hosts; what is behind them counts rules, with a host or without (`formatHosts`).
fn hosts(rules: &[Value]) -> String {
    const MOST: usize = 3;
    let named = rules.iter().enumerate().filter(|(_, rule)| !text(rule, "host").is_empty());
    let named: Vec<(usize, &str)> = named.map(|(n, rule)| (n, text(rule, "host"))).take(MOST).collect();
    let shown = named.iter().map(|(_, host)| *host).collect::<Vec<_>>().join(",");
    match named.get(MOST - 1) {
        Some((last, _)) if last + 1 < rules.len() => format!("{shown} + {} more...", rules.len() - MOST),
        _ => or(&shown, "*").to_owned(),
    }
}

pub fn class(object: &Object, now: Timestamp) -> Vec<Value> {
    let default = annotation(object, "ingressclass.kubernetes.io/is-default-class") == "true";
    let said = if default { format!("{} (default)", object::name(object)) } else { object::name(object).to_owned() };
    let parameters = at(object, "spec/parameters");
    let group = at(parameters, "apiGroup").as_str().map(|group| format!(".{group}")).unwrap_or_default();
    let parameters = match parameters {
        Value::Null => "<none>".to_owned(),
        some => format!("{}{group}/{}", text(some, "kind"), text(some, "name")),
    };
    cells![said, text(object, "spec/controller"), parameters, grown(now, object)]
}

pub fn policy(object: &Object, now: Timestamp) -> Vec<Value> {
    cells![object::name(object), selected(object, "spec/podSelector"), grown(now, object)]
}
