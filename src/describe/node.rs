//! Nodes, as `kubectl describe node` (`describeNode`).

use super::amount::Amount;
use super::resources::{self, Amounts, From, Which};
use super::sheet::{Cell, Sheet};
use super::{Describer, Given, Need, Related, events, metadata, selector, template, tone};
use crate::text::document::{Piece, Tone};
use crate::text::fields::{at, date, flag, go, has, list, map, pairs, since, text, words};
use serde_json::Value;
use std::collections::BTreeMap;

pub static NODES: Describer = Describer {
    group: "",
    kind: "Node",
    plural: "nodes",
    needs: &[Need::NodeLease, Need::ResourceSlices, Need::NodePods, Need::Events],
    write,
};

/// So many pools of devices are named.
const POOLS: usize = 10;

fn write(given: &Given<'_>, sheet: &mut Sheet) {
    let node = given.object;
    sheet.field(0, "Name", text(node, "/metadata/name"));
    sheet.field(0, "Roles", selector::or_none(roles(node).join(",")));
    metadata::labels(0, "Labels", node, "/metadata/labels", sheet);
    metadata::annotations(0, node, "/metadata/annotations", sheet);
    sheet.field(0, "CreationTimestamp", date(node, "/metadata/creationTimestamp"));
    metadata::taints(node, sheet);
    let cordoned = flag(node, "/spec/unschedulable");
    let tone = if cordoned { Tone::Changing } else { Tone::Plain };
    sheet.field(0, "Unschedulable", Piece::new(cordoned.to_string(), tone));
    lease(given.related(Need::NodeLease), sheet);
    conditions(node, sheet);
    sheet.title(0, "Addresses");
    for one in list(node, "/status/addresses") {
        sheet.field(1, text(one, "/type"), text(one, "/address"));
    }
    amounts(node, "Capacity", "/status/capacity", sheet);
    amounts(node, "Allocatable", "/status/allocatable", sheet);
    match given.related(Need::ResourceSlices) {
        // Few nodes have any; that they were read is no news.
        Related::NotYet => {}
        Related::Read(slices) => pools(slices, sheet),
        unreadable => {
            events::read(unreadable, "Node-Local ResourceSlices", sheet);
        }
    }
    system(node, sheet);
    sheet.field_if(0, "PodCIDR", text(node, "/spec/podCIDR"));
    sheet.field_if(0, "PodCIDRs", &words(node, "/spec/podCIDRs").join(","));
    sheet.field_if(0, "ProviderID", text(node, "/spec/providerID"));
    if let Some(pods) = events::read(given.related(Need::NodePods), "Non-terminated Pods", sheet) {
        let allocatable = allocatable(node);
        each_pod(pods, &allocatable, given.now, sheet);
        all_pods(pods, &allocatable, sheet);
    }
    events::write(given, sheet);
}

/// `findNodeRoles`
fn roles(node: &Value) -> Vec<&str> {
    let labels = pairs(node, "/metadata/labels").into_iter();
    let roles = labels.filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) => Some(role),
        None => (key == "kubernetes.io/role").then_some(value),
    });
    let mut roles: Vec<&str> = roles.filter(|role| !role.is_empty()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn lease(lease: Related<'_>, sheet: &mut Sheet) {
    let Some(found) = events::read(lease, "Lease", sheet) else { return };
    let Some(lease) = found.first() else {
        sheet.field(0, "Lease", "<none>");
        return;
    };
    sheet.title(0, "Lease");
    let or_unset = |path: &str, said: String| if has(lease, path) { said } else { "<unset>".into() };
    sheet.field(1, "HolderIdentity", or_unset("/spec/holderIdentity", go(at(lease, "/spec/holderIdentity"))));
    for (name, path) in [("AcquireTime", "/spec/acquireTime"), ("RenewTime", "/spec/renewTime")] {
        sheet.field(1, name, or_unset(path, date(lease, path)));
    }
}

fn conditions(node: &Value, sheet: &mut Sheet) {
    let all = list(node, "/status/conditions");
    if all.is_empty() {
        return;
    }
    sheet.title(0, "Conditions");
    template::heads(sheet, &["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"]);
    for one in all {
        let kind = text(one, "/type");
        let times = ["/lastHeartbeatTime", "/lastTransitionTime"].map(|path| date(one, path).piece());
        let mut cells = vec![kind.piece(), tone::condition(kind, text(one, "/status"))];
        cells.extend(times);
        cells.extend([text(one, "/reason").piece(), text(one, "/message").piece()]);
        sheet.row(1, cells);
    }
}

fn amounts(node: &Value, name: &str, path: &str, sheet: &mut Sheet) {
    let all = map(node, path);
    if all.is_empty() {
        return;
    }
    sheet.title(0, name);
    for (name, amount) in all {
        sheet.field(1, name, Amount::read(&go(amount)).to_string());
    }
}

/// Devices by driver and pool (`describeNodeResourceSlices`).
fn pools(slices: &[Value], sheet: &mut Sheet) {
    let mut pools: BTreeMap<String, (&Value, usize, usize)> = BTreeMap::new();
    for slice in slices {
        let key = format!("{}/{}", text(slice, "/spec/driver"), text(slice, "/spec/pool/name"));
        let pool = pools.entry(key).or_insert((slice, 0, 0));
        pool.1 += 1;
        pool.2 += list(slice, "/spec/devices").len();
    }
    if pools.is_empty() {
        return;
    }
    sheet.title(0, "Node-Local ResourceSlices");
    template::heads(sheet, &["Driver", "Pool", "Slices", "Devices"]);
    for (slice, slices, devices) in pools.values().take(POOLS) {
        let names = ["/spec/driver", "/spec/pool/name"].map(|path| text(slice, path).piece());
        sheet.row(1, names.into_iter().chain([slices, devices].map(|count| count.to_string().piece())).collect());
    }
    if pools.len() > POOLS {
        sheet.line(1, format!("...and {} more pools", pools.len() - POOLS));
    }
}

fn system(node: &Value, sheet: &mut Sheet) {
    sheet.title(0, "System Info");
    let fields = [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ];
    for (name, field) in fields {
        sheet.field(1, name, text(node, &format!("/status/nodeInfo/{field}")));
    }
}

fn allocatable(node: &Value) -> Amounts {
    let allocatable = resources::amounts(node, "/status/allocatable");
    if allocatable.is_empty() { resources::amounts(node, "/status/capacity") } else { allocatable }
}

fn of(amounts: &Amounts, name: &str) -> Amount {
    amounts.get(name).copied().unwrap_or_default()
}

/// `100m (5%)`: of what the node has to give; of nothing it is 0%.
fn share(amount: Amount, name: &str, allocatable: &Amounts) -> Piece {
    let whole = of(allocatable, name);
    let (part, whole) = if name == "cpu" { (amount.milli(), whole.milli()) } else { (amount.units(), whole.units()) };
    let percent = if whole == 0 { 0 } else { part * 100 / whole };
    let tone = if percent > 100 { Tone::Changing } else { Tone::Plain };
    Piece::new(format!("{amount} ({percent}%)"), tone)
}

fn each_pod(pods: &[Value], allocatable: &Amounts, now: i64, sheet: &mut Sheet) {
    let count = Piece::new(format!("({} in total)", pods.len()), Tone::Plain);
    sheet.row(0, vec![Piece::new("Non-terminated Pods:", Tone::Title), count]);
    let heads = ["Namespace", "Name", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age"];
    template::heads(sheet, &heads);
    for pod in pods {
        let requests = resources::of_pod(pod, Which::Requests, From::SpecAndStatus);
        let limits = resources::of_pod(pod, Which::Limits, From::SpecAndStatus);
        let mut cells = vec![text(pod, "/metadata/namespace").piece(), text(pod, "/metadata/name").piece()];
        for name in ["cpu", "memory"] {
            cells.extend([&requests, &limits].map(|amounts| share(of(amounts, name), name, allocatable)));
        }
        cells.push(Piece::new(since(pod, "/metadata/creationTimestamp", now), Tone::Dim));
        sheet.row(1, cells);
    }
}

fn all_pods(pods: &[Value], allocatable: &Amounts, sheet: &mut Sheet) {
    let sum = |which| {
        let mut sum = Amounts::new();
        for (name, amount) in pods.iter().flat_map(|pod| resources::of_pod(pod, which, From::Spec)) {
            sum.entry(name).and_modify(|sum| *sum = sum.add(amount)).or_insert(amount);
        }
        sum
    };
    let (requests, limits) = (sum(Which::Requests), sum(Which::Limits));
    sheet.title(0, "Allocated resources");
    sheet.line(1, Piece::new("(Total limits may be over 100 percent, i.e., overcommitted.)", Tone::Dim));
    template::heads(sheet, &["Resource", "Requests", "Limits"]);
    let standard = ["cpu", "memory", "ephemeral-storage"];
    let huge = allocatable.keys().map(String::as_str).filter(|name| name.starts_with("hugepages-"));
    for name in standard.into_iter().chain(huge) {
        let shares = [&requests, &limits].map(|amounts| share(of(amounts, name), name, allocatable));
        sheet.row(1, [name.piece()].into_iter().chain(shares).collect());
    }
    let extended = allocatable.keys().map(String::as_str);
    for name in extended.filter(|name| !standard.contains(name) && !name.starts_with("hugepages-") && *name != "pods") {
        let sums = [&requests, &limits].map(|amounts| of(amounts, name).to_string().piece());
        sheet.row(1, [name.piece()].into_iter().chain(sums).collect());
    }
}
