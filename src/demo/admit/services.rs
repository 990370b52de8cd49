//! What the cluster gives a service: its addresses out of 10.96.0.0/16 and its node ports, by a rule of its own that needs no dice.

use super::{hash, text_default};
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
