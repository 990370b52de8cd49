//! What the cluster gives a service: its addresses out of 10.96.0.0/16 and its node ports, by a rule of its own that needs no dice.

use super::wrong::Wrong;
use super::{containers, hash, names, text_default};
use crate::demo::object::{self, Object, at, items, number, put, text};
use crate::demo::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FIRST_PORT: i64 = 30_000;
const PORTS: i64 = 2_768;

/// Keeps what a service was given before, where its new state doesn't say otherwise (registry/core/service: patchAllocatedValues).
pub fn keep(before: &Object, object: &mut Object) {
    if text(object, "spec/type") == "ExternalName" {
        for given in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            object::remove(object, &format!("spec/{given}"));
        }
        return;
    }
    let kept = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"];
    for given in kept.map(|given| format!("spec/{given}")) {
        if matches!(at(object, &given), Value::Null) || text(object, &given).is_empty() && given.ends_with("clusterIP")
        {
            let own = at(before, &given).clone();
            match own {
                Value::Null => drop(object::remove(object, &given)),
                own => put(object, &given, own),
            }
        }
    }
    let was = text(before, "spec/type");
    let is = text(object, "spec/type").to_owned();
    let ports = items(before, "spec/ports").to_vec();
    let reached = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    super::each(object, "spec/ports", |port| {
        let same =
            |own: &&Value| at(own, "port") == at(port, "port") && text(own, "protocol") == text(port, "protocol");
        let given = ports.iter().find(same).map(|own| number(own, "nodePort")).unwrap_or_default();
        if reached(was) && reached(&is) && given != 0 && number(port, "nodePort") == 0 {
            put(port, "nodePort", given);
        }
        if reached(was) && !reached(&is) && given == number(port, "nodePort") {
            object::remove(port, "nodePort");
        }
    });
    if reached(was) && !reached(&is) {
        object::remove(object, "spec/externalTrafficPolicy");
        object::remove(object, "spec/allocateLoadBalancerNodePorts");
    }
}

/// Gives a service what it still needs.
pub fn allocate(world: &World, object: &mut Object) {
    if text(object, "spec/type") == "ExternalName" {
        return;
    }
    let others = world.list("services", None);
    if text(object, "spec/clusterIP").is_empty() {
        let first = items(object, "spec/clusterIPs").first().and_then(Value::as_str).map(str::to_owned);
        let address = first.unwrap_or_else(|| address(&others, object));
        put(object, "spec/clusterIP", address);
    }
    let address = text(object, "spec/clusterIP").to_owned();
    super::default(object, "spec/clusterIPs", json!([address]));
    super::default(object, "spec/ipFamilies", json!(["IPv4"]));
    text_default(object, "spec/ipFamilyPolicy", "SingleStack");
    let reached = match text(object, "spec/type") {
        "NodePort" => true,
        "LoadBalancer" => at(object, "spec/allocateLoadBalancerNodePorts").as_bool() != Some(false),
        _ => false,
    };
    if reached {
        node_ports(&others, object);
    }
}

fn address(others: &[Object], object: &Object) -> String {
    match (object::namespace(object), object::name(object)) {
        ("default", "kubernetes") => return "10.96.0.1".to_owned(),
        ("kube-system", "kube-dns") => return "10.96.0.10".to_owned(),
        _ => (),
    }
    let taken: BTreeSet<&str> = others.iter().map(|other| text(other, "spec/clusterIP")).collect();
    let start = hash(&format!("{}/{}", object::namespace(object), object::name(object)));
    // The first 256 are for addresses that are asked for, as in the real allocator.
    let candidates = (0..65_000).map(|n| 256 + start.wrapping_add(n) % 65_000);
    let mut free =
        candidates.map(|n| format!("10.96.{}.{}", n / 256, n % 256)).filter(|own| !taken.contains(own.as_str()));
    free.next().unwrap_or_default()
}

fn node_ports(others: &[Object], object: &mut Object) {
    let ports = others.iter().flat_map(|other| items(other, "spec/ports")).chain(items(object, "spec/ports"));
    let mut taken: BTreeSet<i64> = ports.map(|port| number(port, "nodePort")).collect();
    let seed = format!("{}/{}", object::namespace(object), object::name(object));
    super::each(object, "spec/ports", |port| {
        if number(port, "nodePort") != 0 {
            return;
        }
        let start =
            i64::try_from(hash(&format!("{seed}:{}", number(port, "port"))) % PORTS.unsigned_abs()).unwrap_or_default();
        let mut candidates = (0..PORTS).map(|n| FIRST_PORT + (start + n) % PORTS);
        if let Some(free) = candidates.find(|own| !taken.contains(own)) {
            taken.insert(free);
            put(port, "nodePort", free);
        }
    });
}

/// As the server checks a service (core/validation: ValidateService).
pub fn check(wrong: &mut Wrong, object: &Object) {
    const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    let kind = text(object, "spec/type");
    let headless = text(object, "spec/clusterIP") == "None";
    let all = items(object, "spec/ports");
    if all.is_empty() && !headless && kind != "ExternalName" {
        wrong.required("spec.ports", "");
    }
    if kind == "LoadBalancer" && headless {
        wrong.text("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services");
    }
    if kind == "ExternalName" && wrong.needed(object, "spec/externalName", "spec.externalName") {
        let name = text(object, "spec/externalName");
        wrong.all("spec.externalName", name, names::subdomain(name.trim_end_matches('.')));
    }
    let mut named = BTreeSet::new();
    for (n, port) in all.iter().enumerate() {
        let field = |name: &str| format!("spec.ports[{n}].{name}");
        let name = text(port, "name");
        if name.is_empty() && all.len() > 1 {
            wrong.required(field("name"), "");
        } else if !name.is_empty() {
            wrong.all(&field("name"), name, names::label(name));
            if !named.insert(name) {
                wrong.duplicate(field("name"), &name.into(), "");
            }
        }
        containers::port_number(wrong, at(port, "port"), &field("port"));
        wrong.one_of(port, "protocol", &field("protocol"), &["SCTP", "TCP", "UDP"]);
        containers::port(wrong, at(port, "targetPort"), &field("targetPort"));
    }
    names::labels(wrong, at(object, "spec/selector"), "spec.selector");
    wrong.one_of(object, "spec/sessionAffinity", "spec.sessionAffinity", &["ClientIP", "None"]);
    address_form(wrong, object);
    if !TYPES.contains(&kind) {
        wrong.unsupported("spec.type", &kind.into(), TYPES);
    }
    for (n, port) in all.iter().enumerate() {
        if kind == "ClusterIP" && number(port, "nodePort") != 0 {
            let why = "may not be used when `type` is 'ClusterIP'";
            wrong.forbidden(format!("spec.ports[{n}].nodePort"), why);
        }
        let same = |own: &Value| at(own, "port") == at(port, "port") && text(own, "protocol") == text(port, "protocol");
        if all.iter().take(n).any(same) {
            let (protocol, number) = (text(port, "protocol"), number(port, "port"));
            let said = format!(
                r#"{{"Name":"","Protocol":{protocol:?},"AppProtocol":null,"Port":{number},"TargetPort":0,"NodePort":0}}"#
            );
            wrong.causes.push(crate::demo::refusal::Cause {
                reason: "FieldValueDuplicate",
                message: format!("Duplicate value: {said}"),
                field: format!("spec.ports[{n}]"),
            });
        }
    }
    let outside = "externalTrafficPolicy";
    if !text(object, "spec/externalTrafficPolicy").is_empty()
        && !matches!(kind, "NodePort" | "LoadBalancer")
        && items(object, "spec/externalIPs").is_empty()
    {
        let value = at(object, "spec/externalTrafficPolicy");
        wrong.invalid(format!("spec.{outside}"), value, "may only be set for externally-accessible services");
    }
}

fn address_form(wrong: &mut Wrong, object: &Object) {
    let address = text(object, "spec/clusterIP");
    if matches!(address, "" | "None") {
        return;
    }
    if address.parse::<std::net::IpAddr>().is_err() {
        let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        wrong.text("spec.clusterIPs[0]", address, why);
    } else if !address.starts_with("10.96.") {
        let why = format!(
            "failed to allocate IP {address}: the provided IP ({address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
        );
        wrong.invalid("spec.clusterIPs", &json!([address]), why);
    }
}
