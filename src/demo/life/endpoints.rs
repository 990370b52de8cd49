//! Where a service's pods are: its Endpoints and EndpointSlices (pkg/controller/endpoint, k8s.io/endpointslice).
//!
//! One family of addresses, IPv4; no topology hints. Slices are filled in order of the pods' names.

use super::super::object::{self, Object, at, flag, items, put, text};
use super::super::recent::Seen;
use super::super::store::Key;
use super::super::world::{Deletion, World, Write};
use super::index::{Form, Index};
use super::{Controller, MANAGER, News, own, pods};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

const ID: &str = "services";
const SLICES: &str = "endpointslices.discovery.k8s.io";
const SLICES_BY: &str = "endpointslice-controller.k8s.io";
const HEADLESS: &str = "service.kubernetes.io/headless";
const CHANGED: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// Endpoints in one slice.
const FULL: usize = 100;

pub struct Endpoints {
    services: RefCell<Index>,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self { services: RefCell::new(Index::new(ID, Form::Labels)) }
    }
}

impl Controller for Endpoints {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        self.services.borrow_mut().hear(world, news)
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let Some(service) = world.look(ID, &key.namespace, &key.name) else {
            // Its slices are its own and go as garbage does; its Endpoints have but its name.
            let _ = world.delete("endpoints", &key.namespace, &key.name, &Deletion::default());
            return None;
        };
        let selects = at(&service, "spec/selector").as_object().is_some_and(|own| !own.is_empty());
        if text(&service, "spec/type") == "ExternalName" || !selects {
            return None;
        }
        let places = places(world, &service, self.services.borrow().pods(world, key));
        write_endpoints(world, &service, &places);
        write_slices(world, &service, &places);
        None
    }
}

/// Where one pod serves.
struct Place {
    address: String,
    is_ready: bool,
    is_leaving: bool,
    node: String,
    zone: String,
    hostname: String,
    target: Value,
    /// As slices write them.
    ports: Vec<Value>,
}

fn places(world: &World, service: &Object, all: Vec<Seen>) -> Vec<Place> {
    let mut zones = BTreeMap::<String, String>::new();
    let with_address = all.into_iter().filter(|pod| !pods::is_ended(pod) && !address(pod).is_empty());
    with_address
        .map(|pod| {
            let node = text(&pod, "spec/nodeName").to_owned();
            let zone = zones.entry(node.clone()).or_insert_with(|| zone(world, &node)).clone();
            let in_service = text(&pod, "spec/subdomain") == object::name(service);
            Place {
                address: address(&pod).to_owned(),
                is_ready: pods::is_ready(&pod),
                is_leaving: object::is_deleted(&pod),
                node,
                zone,
                hostname: if in_service { text(&pod, "spec/hostname").to_owned() } else { String::new() },
                target: json!({
                    "kind": "Pod", "namespace": object::namespace(&pod), "name": object::name(&pod), "uid": object::uid(&pod),
                }),
                ports: items(service, "spec/ports").iter().filter_map(|port| target_port(port, &pod)).collect(),
            }
        })
        .collect()
}

fn address(pod: &Object) -> &str {
    match text(pod, "status/podIPs/0/ip") {
        "" => text(pod, "status/podIP"),
        address => address,
    }
}

fn zone(world: &World, node: &str) -> String {
    let node = world.look("nodes", "", node).unwrap_or_default();
    object::label(&node, "topology.kubernetes.io/zone").to_owned()
}

/// A service's port on a pod: the number it names, or that of the container's port of this name; none, if the pod has no such port.
fn target_port(port: &Value, pod: &Object) -> Option<Value> {
    let protocol = match text(port, "protocol") {
        "" => "TCP",
        protocol => protocol,
    };
    let number = match at(port, "targetPort") {
        Value::String(name) => named_port(pod, name, protocol)?,
        Value::Null => at(port, "port").as_i64()?,
        number => number.as_i64()?,
    };
    let mut own = json!({"name": text(port, "name"), "port": number, "protocol": protocol});
    if !text(port, "appProtocol").is_empty() {
        put(&mut own, "appProtocol", text(port, "appProtocol"));
    }
    Some(own)
}

fn named_port(pod: &Object, name: &str, protocol: &str) -> Option<i64> {
    let sidecars = items(pod, "spec/initContainers").iter().filter(|own| text(own, "restartPolicy") == "Always");
    let mut ports = items(pod, "spec/containers").iter().chain(sidecars).flat_map(|own| items(own, "ports"));
    let is_it = |port: &&Value| {
        text(port, "name") == name && matches!(text(port, "protocol"), own if own == protocol || own.is_empty())
    };
    at(ports.find(is_it)?, "containerPort").as_i64()
}

fn is_published(service: &Object) -> bool {
    flag(service, "spec/publishNotReadyAddresses")
}

/// The service's own labels, and whether it has an address.
fn labels(service: &Object) -> Value {
    let mut labels = json!({});
    for (key, value) in object::pairs(service, "metadata/labels") {
        put_label(&mut labels, key, value);
    }
    if matches!(text(service, "spec/clusterIP"), "" | "None") {
        put_label(&mut labels, HEADLESS, "");
    }
    labels
}

fn put_label(labels: &mut Value, key: &str, value: &str) {
    if let Some(labels) = labels.as_object_mut() {
        labels.insert(key.to_owned(), value.into());
    }
}

/// Writes the object, new or changed; a time of the change is put into it only if it is one.
fn write(world: &mut World, id: &str, before: Option<&Object>, mut after: Object) {
    let changed = json!({CHANGED: object::time(world.now)});
    // What is refused was changed by somebody, which wakes this controller again, or its namespace ends.
    match before {
        None => {
            put(&mut after, "metadata/annotations", changed);
            let _ = world.create(id, after, Write::by(MANAGER));
        }
        Some(before) if *before == after => {}
        Some(_) => {
            put(&mut after, "metadata/annotations", changed);
            let _ = world.write(id, after, Write::by(MANAGER));
        }
    }
}

fn write_endpoints(world: &mut World, service: &Object, places: &[Place]) {
    let (namespace, name) = (object::namespace(service), object::name(service));
    let before = world.look("endpoints", namespace, name);
    let mut labels = labels(service);
    put_label(&mut labels, "endpoints.kubernetes.io/managed-by", "endpoint-controller");
    let mut after =
        before.as_deref().cloned().unwrap_or_else(|| json!({"metadata": {"namespace": namespace, "name": name}}));
    put(&mut after, "metadata/labels", labels);
    match subsets(service, places) {
        subsets if subsets.is_empty() => drop(object::remove(&mut after, "subsets")),
        subsets => put(&mut after, "subsets", subsets),
    }
    write(world, "endpoints", before.as_deref(), after);
}

/// Addresses with the same ports, in order of addresses (pkg/api/v1/endpoints.RepackSubsets).
fn subsets(service: &Object, places: &[Place]) -> Vec<Value> {
    let is_portless = items(service, "spec/ports").is_empty();
    let mut by_ports = BTreeMap::<String, (&[Value], [Vec<&Place>; 2])>::new();
    for place in places.iter().filter(|place| !place.is_leaving || is_published(service)) {
        if place.ports.is_empty() && !is_portless {
            continue;
        }
        let key = Value::from(place.ports.as_slice()).to_string();
        let [ready, waiting] = &mut by_ports.entry(key).or_insert((&place.ports, Default::default())).1;
        if place.is_ready || is_published(service) { ready.push(place) } else { waiting.push(place) }
    }
    let subset = |(ports, [ready, waiting]): (&[Value], [Vec<&Place>; 2])| {
        let mut subset = json!({});
        for (field, mut places) in [("addresses", ready), ("notReadyAddresses", waiting)] {
            places.sort_by_key(|place| place.address.parse::<std::net::IpAddr>().ok());
            if !places.is_empty() {
                put(&mut subset, field, places.into_iter().map(endpoint_address).collect::<Vec<_>>());
            }
        }
        if !ports.is_empty() {
            let ports = ports.iter().cloned().map(|mut port| {
                if text(&port, "name").is_empty() {
                    object::remove(&mut port, "name");
                }
                port
            });
            put(&mut subset, "ports", ports.collect::<Vec<_>>());
        }
        subset
    };
    by_ports.into_values().map(subset).collect()
}

fn endpoint_address(place: &Place) -> Value {
    let mut address = json!({"ip": place.address, "targetRef": place.target});
    for (field, value) in [("nodeName", &place.node), ("hostname", &place.hostname)] {
        if !value.is_empty() {
            put(&mut address, field, value.as_str());
        }
    }
    address
}

fn endpoint(place: &Place, service: &Object) -> Value {
    let is_ready = is_published(service) || (place.is_ready && !place.is_leaving);
    let mut endpoint = json!({
        "addresses": [place.address], "targetRef": place.target,
        "conditions": {"ready": is_ready, "serving": place.is_ready, "terminating": place.is_leaving},
    });
    for (field, value) in [("nodeName", &place.node), ("zone", &place.zone), ("hostname", &place.hostname)] {
        if !value.is_empty() {
            put(&mut endpoint, field, value.as_str());
        }
    }
    endpoint
}

fn write_slices(world: &mut World, service: &Object, places: &[Place]) {
    let mut by_ports = BTreeMap::<String, (&[Value], Vec<Value>)>::new();
    for place in places {
        let key = Value::from(place.ports.as_slice()).to_string();
        by_ports.entry(key).or_insert((&place.ports, Vec::new())).1.push(endpoint(place, service));
    }
    let mut wanted: Vec<(Value, Value)> = Vec::new();
    for (ports, endpoints) in by_ports.into_values() {
        wanted.extend(endpoints.chunks(FULL).map(|some| (Value::from(ports), Value::from(some))));
    }
    if wanted.is_empty() {
        // A service without pods has one slice that says so.
        wanted.push((Value::Null, Value::Null));
    }
    let mut before = own::all(world, SLICES, service);
    before.retain(|slice| object::label(slice, "endpointslice.kubernetes.io/managed-by") == SLICES_BY);
    own::by_age(&mut before);
    let mut before = before.into_iter();
    let mut labels = labels(service);
    put_label(&mut labels, "kubernetes.io/service-name", object::name(service));
    put_label(&mut labels, "endpointslice.kubernetes.io/managed-by", SLICES_BY);
    for (ports, endpoints) in wanted {
        let before = before.next();
        let mut after = before.clone().unwrap_or_else(|| {
            json!({"addressType": "IPv4", "metadata": {
                "namespace": object::namespace(service), "generateName": format!("{}-", object::name(service)),
                "ownerReferences": [own::reference(service)],
            }})
        });
        put(&mut after, "metadata/labels", labels.clone());
        put(&mut after, "ports", ports);
        put(&mut after, "endpoints", endpoints);
        write(world, SLICES, before.as_ref(), after);
    }
    for slice in before {
        let _ = world.delete(SLICES, object::namespace(&slice), object::name(&slice), &Deletion::default());
    }
}

#[cfg(test)]
mod tests {
    use super::super::stub::{self, Kubelet, edit};
    use super::*;

    #[test]
    fn a_service_knows_where_its_pods_serve() {
        let (mut world, mut life) = stub::begin(vec![Box::<Endpoints>::default(), Box::new(Kubelet)]);
        let node = json!({"metadata": {"name": "node-1", "labels": {"topology.kubernetes.io/zone": "a"}}});
        world.create("nodes", node, Write::by("t")).unwrap();
        let service = json!({"metadata": {"namespace": "shop", "name": "web", "labels": {"team": "x"}}, "spec": {
            "selector": {"app": "web"}, "clusterIP": "10.96.0.1", "ports": [{"name": "http", "port": 80, "targetPort": "main"}],
        }});
        world.create(ID, service, Write::by("t")).unwrap();
        stub::live(&mut life, &mut world, 1);
        assert_eq!(at(&world.list(SLICES, None)[0], "endpoints"), &Value::Null);
        for (name, image, port) in
            [("good", "web:1", "main"), ("sick", "web:broken", "main"), ("other", "web:1", "metrics")]
        {
            let ports = json!([{"name": port, "containerPort": 8080}]);
            let pod = json!({"metadata": {"namespace": "shop", "name": name, "labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image, "ports": ports}]}});
            world.create("pods", pod, Write::by("t")).unwrap();
        }
        stub::live(&mut life, &mut world, 10);
        let endpoints = world.get("endpoints", "shop", "web").unwrap();
        assert_eq!(text(&endpoints, "subsets/0/addresses/0/targetRef/name"), "good");
        assert_eq!(text(&endpoints, "subsets/0/notReadyAddresses/0/targetRef/name"), "sick");
        assert_eq!(at(&endpoints, "subsets/0/ports"), &json!([{"name": "http", "port": 8080, "protocol": "TCP"}]));
        assert_eq!(items(&endpoints, "subsets").len(), 1, "a pod without the named port serves nowhere");
        let slices = world.list(SLICES, None);
        let slice = slices.iter().find(|slice| !items(slice, "ports").is_empty()).unwrap();
        assert_eq!(object::label(slice, "kubernetes.io/service-name"), "web");
        assert_eq!(text(slice, "endpoints/0/zone"), "a");
        assert_eq!(
            at(slice, "endpoints/1/conditions"),
            &json!({"ready": false, "serving": false, "terminating": false})
        );

        edit(&mut world, ID, "web", "spec/publishNotReadyAddresses", true);
        stub::live(&mut life, &mut world, 1);
        let endpoints = world.get("endpoints", "shop", "web").unwrap();
        assert_eq!(items(&endpoints, "subsets/0/addresses").len(), 2);
        edit(&mut world, "pods", "good", "metadata/labels/app", "none");
        edit(&mut world, "pods", "sick", "metadata/labels/app", "none");
        stub::live(&mut life, &mut world, 1);
        assert_eq!(at(&world.get("endpoints", "shop", "web").unwrap(), "subsets"), &Value::Null);
        world.delete(ID, "shop", "web", &Deletion::default()).unwrap();
        stub::live(&mut life, &mut world, 1);
        assert_eq!(world.get("endpoints", "shop", "web"), None);
    }
}
