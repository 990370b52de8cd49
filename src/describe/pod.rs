//! Pods, as `kubectl describe pod` (`describePod`).

use super::container::{self, Containers};
use super::sheet::{Cell, Sheet};
use super::{Describer, Given, Need, events, metadata, resources, template, tone, volumes};
use crate::text::document::{Piece, Tone};
use crate::text::fields::{at, date, has, list, number, since, text};
use serde_json::Value;

pub static PODS: Describer = Describer { group: "", kind: "Pod", plural: "pods", needs: &[Need::Events], write };

fn write(given: &Given<'_>, sheet: &mut Sheet) {
    let pod = given.object;
    let spec = at(pod, "/spec");
    identity(pod, sheet);
    metadata::labels(0, "Labels", pod, "/metadata/labels", sheet);
    metadata::annotations(0, pod, "/metadata/annotations", sheet);
    status(pod, given.now, sheet);
    addresses(pod, sheet);
    if has(spec, "/resources") {
        sheet.title(0, "Resources");
        container::resources(1, at(spec, "/resources"), sheet);
    }
    containers(pod, sheet);
    conditions(pod, sheet);
    volumes::write(0, spec, sheet);
    let qos = Some(text(pod, "/status/qosClass")).filter(|class| !class.is_empty());
    sheet.field(0, "QoS Class", qos.unwrap_or_else(|| resources::qos(pod)));
    metadata::labels(0, "Node-Selectors", spec, "/nodeSelector", sheet);
    metadata::tolerations(0, spec, sheet);
    template::spread(0, spec, sheet);
    template::scheduling_group(0, spec, sheet);
    events::write(given, sheet);
}

fn identity(pod: &Value, sheet: &mut Sheet) {
    sheet.field(0, "Name", text(pod, "/metadata/name"));
    sheet.field(0, "Namespace", text(pod, "/metadata/namespace"));
    if has(pod, "/spec/priority") {
        sheet.field(0, "Priority", number(pod, "/spec/priority"));
    }
    sheet.field_if(0, "Priority Class Name", text(pod, "/spec/priorityClassName"));
    sheet.field_if(0, "Runtime Class Name", text(pod, "/spec/runtimeClassName"));
    sheet.field_if(0, "Service Account", text(pod, "/spec/serviceAccountName"));
    match text(pod, "/spec/nodeName") {
        "" => sheet.field(0, "Node", "<none>"),
        node => sheet.field(0, "Node", format!("{node}/{}", text(pod, "/status/hostIP"))),
    }
    if has(pod, "/status/startTime") {
        sheet.field(0, "Start Time", date(pod, "/status/startTime"));
    }
}

fn status(pod: &Value, now: i64, sheet: &mut Sheet) {
    let phase = text(pod, "/status/phase");
    if has(pod, "/metadata/deletionTimestamp") && !matches!(phase, "Failed" | "Succeeded") {
        let lasts = since(pod, "/metadata/deletionTimestamp", now);
        sheet.field(0, "Status", tone::state(&format!("Terminating (lasts {lasts})")));
        let grace = number(pod, "/metadata/deletionGracePeriodSeconds");
        sheet.field(0, "Termination Grace Period", format!("{grace}s"));
    } else {
        sheet.field(0, "Status", tone::state(phase));
    }
    if !text(pod, "/status/reason").is_empty() {
        sheet.field(0, "Reason", tone::state(text(pod, "/status/reason")));
    }
    sheet.field_if(0, "Message", text(pod, "/status/message"));
    let profile = at(pod, "/spec/securityContext/seccompProfile");
    if !profile.is_null() {
        sheet.field(0, "SeccompProfile", text(profile, "/type"));
        if text(profile, "/type") == "Localhost" {
            sheet.field(0, "LocalhostProfile", text(profile, "/localhostProfile"));
        }
    }
}

fn addresses(pod: &Value, sheet: &mut Sheet) {
    sheet.field(0, "IP", text(pod, "/status/podIP"));
    match list(pod, "/status/podIPs") {
        [] => sheet.field(0, "IPs", "<none>"),
        all => {
            sheet.title(0, "IPs");
            all.iter().for_each(|one| sheet.field(1, "IP", text(one, "/ip")));
        }
    }
    if let Some(controller) = metadata::controller(pod) {
        sheet.field(0, "Controlled By", controller);
    }
    sheet.field_if(0, "NominatedNodeName", text(pod, "/status/nominatedNodeName"));
}

fn containers(pod: &Value, sheet: &mut Sheet) {
    let groups = [
        ("Init Containers", "/spec/initContainers", "/status/initContainerStatuses"),
        ("Containers", "/spec/containers", "/status/containerStatuses"),
        ("Ephemeral Containers", "/spec/ephemeralContainers", "/status/ephemeralContainerStatuses"),
    ];
    for (title, specs, statuses) in groups {
        let specs = list(pod, specs);
        if !specs.is_empty() || title == "Containers" {
            let of = Containers { title, specs, statuses: list(pod, statuses), pod: Some(pod) };
            container::write(0, &of, sheet);
        }
    }
}

fn conditions(pod: &Value, sheet: &mut Sheet) {
    let conditions = list(pod, "/status/conditions");
    let gates = list(pod, "/spec/readinessGates");
    if !gates.is_empty() {
        sheet.title(0, "Readiness Gates");
        sheet.heads(1, &["Type", "Status"]);
    }
    for gate in gates {
        let kind = text(gate, "/conditionType");
        let found = conditions.iter().find(|condition| text(condition, "/type") == kind);
        let status = match found.map(|condition| text(condition, "/status")) {
            None => "<none>".piece(),
            Some("False") => Piece::new("False", Tone::Wrong),
            Some(status) => status.piece(),
        };
        sheet.row(1, vec![kind.piece(), status]);
    }
    if conditions.is_empty() {
        return;
    }
    sheet.title(0, "Conditions");
    sheet.heads(1, &["Type", "Status"]);
    // A pod that has done its work is not ready, and well.
    let done = text(pod, "/status/phase") == "Succeeded";
    for condition in conditions {
        let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
        let status = if done { status.piece() } else { tone::condition(kind, status) };
        sheet.row(1, vec![kind.piece(), status]);
    }
}
