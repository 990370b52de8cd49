//! Services, as `kubectl describe service` (`describeService`).

use super::sheet::{Cell, Sheet};
use super::{Describer, Given, Need, Related, events, metadata, selector};
use crate::text::document::{Piece, Tone};
use crate::text::fields::{at, go, has, list, number, text, words};
use serde_json::Value;

pub static SERVICES: Describer =
    Describer { group: "", kind: "Service", plural: "services", needs: &[Need::EndpointSlices, Need::Events], write };

/// So many endpoints are named.
const NAMED: usize = 3;

fn write(given: &Given<'_>, sheet: &mut Sheet) {
    let service = given.object;
    sheet.field(0, "Name", text(service, "/metadata/name"));
    sheet.field(0, "Namespace", text(service, "/metadata/namespace"));
    metadata::labels(0, "Labels", service, "/metadata/labels", sheet);
    metadata::annotations(0, service, "/metadata/annotations", sheet);
    sheet.field(0, "Selector", selector::or_none(selector::labels(service, "/spec/selector")));
    sheet.field(0, "Type", text(service, "/spec/type"));
    addresses(service, sheet);
    for port in list(service, "/spec/ports") {
        ports(port, given.related(Need::EndpointSlices), sheet);
    }
    sheet.field(0, "Session Affinity", text(service, "/spec/sessionAffinity"));
    sheet.field_if(0, "External Traffic Policy", text(service, "/spec/externalTrafficPolicy"));
    sheet.field_if(0, "Internal Traffic Policy", text(service, "/spec/internalTrafficPolicy"));
    if number(service, "/spec/healthCheckNodePort") != 0 {
        sheet.field(0, "HealthCheck NodePort", number(service, "/spec/healthCheckNodePort"));
    }
    sheet.field_if(0, "LoadBalancer Source Ranges", &words(service, "/spec/loadBalancerSourceRanges").join(","));
    sheet.field_if(0, "Traffic Distribution", text(service, "/spec/trafficDistribution"));
    events::write(given, sheet);
}

fn addresses(service: &Value, sheet: &mut Sheet) {
    let joined = |path| words(service, path).join(",");
    sheet.field_if(0, "IP Family Policy", text(service, "/spec/ipFamilyPolicy"));
    sheet.field(0, "IP Families", selector::or_none(joined("/spec/ipFamilies")));
    sheet.field(0, "IP", text(service, "/spec/clusterIP"));
    sheet.field(0, "IPs", selector::or_none(joined("/spec/clusterIPs")));
    sheet.field_if(0, "External IPs", &joined("/spec/externalIPs"));
    sheet.field_if(0, "Desired LoadBalancer IP", text(service, "/spec/loadBalancerIP"));
    sheet.field_if(0, "External Name", text(service, "/spec/externalName"));
    let ingress: Vec<String> = list(service, "/status/loadBalancer/ingress").iter().map(ingress).collect();
    sheet.field_if(0, "LoadBalancer Ingress", &ingress.join(", "));
}

fn ingress(one: &Value) -> String {
    match (text(one, "/ip"), text(one, "/ipMode")) {
        ("", _) => text(one, "/hostname").to_owned(),
        (ip, "") => ip.to_owned(),
        (ip, mode) => format!("{ip} ({mode})"),
    }
}

fn ports(port: &Value, slices: Related<'_>, sheet: &mut Sheet) {
    let protocol = text(port, "/protocol");
    let name = Some(text(port, "/name")).filter(|name| !name.is_empty()).unwrap_or("<unset>");
    let named = |title: &str, number: i64| {
        vec![Piece::new(format!("{title}:"), Tone::Key), name.piece(), format!("{number}/{protocol}").piece()]
    };
    sheet.row(0, named("Port", number(port, "/port")));
    sheet.field(0, "TargetPort", format!("{}/{protocol}", go(at(port, "/targetPort"))));
    sheet.field_if(0, "AppProtocol", text(port, "/appProtocol"));
    if number(port, "/nodePort") != 0 {
        sheet.row(0, named("NodePort", number(port, "/nodePort")));
    }
    if let Some(slices) = events::read(slices, "Endpoints", sheet) {
        sheet.field(0, "Endpoints", endpoints(slices, text(port, "/name")));
    }
}

/// The ready endpoints behind a port, by the name they share (`formatEndpointSlices`).
fn endpoints(slices: &[Value], name: &str) -> String {
    if slices.is_empty() {
        return "<none>".into();
    }
    let mut all = Vec::new();
    for slice in slices {
        let ready = list(slice, "/endpoints").iter().filter(|one| at(one, "/conditions/ready") != &Value::Bool(false));
        let addresses: Vec<&str> = ready.map(|one| text(one, "/addresses/0")).collect();
        match list(slice, "/ports") {
            // Headless services need none.
            [] => all.extend(addresses.iter().map(|address| (*address).to_owned())),
            ports => {
                let ports = ports.iter().filter(|port| text(port, "/name") == name);
                all.extend(ports.flat_map(|port| addresses.iter().map(|address| joined(address, port))));
            }
        }
    }
    let said = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(",");
    if all.len() > NAMED { format!("{said} + {} more...", all.len() - NAMED) } else { said }
}

fn joined(address: &str, port: &Value) -> String {
    let number = if has(port, "/port") { number(port, "/port") } else { 0 };
    if address.contains(':') { format!("[{address}]:{number}") } else { format!("{address}:{number}") }
}
