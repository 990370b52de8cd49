//! Containers, of a pod and of a pod template (`describeContainers`).

use super::amount::Amount;
use super::sheet::{Cell, Sheet};
use super::tone;
use crate::text::document::{Piece, Tone};
use crate::text::fields::{at, date, flag, go, has, list, map, number, text, words};
use serde_json::Value;

/// Containers under one heading.
pub struct Containers<'a> {
    pub title: &'a str,
    pub specs: &'a [Value],
    pub statuses: &'a [Value],
    /// What fields of the pod are read from; a template has none.
    pub pod: Option<&'a Value>,
}

pub fn write(level: u16, of: &Containers<'_>, sheet: &mut Sheet) {
    if of.specs.is_empty() {
        sheet.field(level, of.title, "<none>");
        return;
    }
    sheet.title(level, of.title);
    for spec in of.specs {
        let name = text(spec, "/name");
        let status = of.statuses.iter().find(|status| text(status, "/name") == name);
        sheet.title(level + 1, name);
        container(level + 2, spec, status, of.pod, sheet);
    }
}

fn container(level: u16, spec: &Value, status: Option<&Value>, pod: Option<&Value>, sheet: &mut Sheet) {
    basics(level, spec, status, sheet);
    for (name, path) in [("Command", "/command"), ("Args", "/args")] {
        let given = words(spec, path);
        if !given.is_empty() {
            sheet.title(level, name);
            given.iter().flat_map(|word| word.split('\n')).for_each(|line| sheet.line(level + 1, line));
        }
    }
    if let Some(status) = status {
        state(level, "State", at(status, "/state"), sheet);
        if has(status, "/lastState/terminated") {
            state(level, "Last State", at(status, "/lastState"), sheet);
        }
        sheet.field(level, "Ready", readiness(status));
        sheet.field(level, "Restart Count", number(status, "/restartCount"));
    }
    resources(level, at(spec, "/resources"), sheet);
    for (name, path) in [("Liveness", "/livenessProbe"), ("Readiness", "/readinessProbe"), ("Startup", "/startupProbe")]
    {
        if has(spec, path) {
            sheet.field(level, name, probe(at(spec, path)));
        }
    }
    sources(level, spec, sheet);
    environment(level, spec, pod, sheet);
    mounts(level, spec, sheet);
}

fn basics(level: u16, spec: &Value, status: Option<&Value>, sheet: &mut Sheet) {
    if let Some(status) = status {
        sheet.field(level, "Container ID", text(status, "/containerID"));
    }
    sheet.field(level, "Image", text(spec, "/image"));
    if let Some(status) = status {
        sheet.field(level, "Image ID", text(status, "/imageID"));
    }
    for (name, path) in [("Port", "/containerPort"), ("Host Port", "/hostPort")] {
        match list(spec, "/ports") {
            [] => sheet.field(level, name, "<none>"),
            [one] => sheet.field(level, name, port(one, path)),
            many => {
                let all: Vec<_> = many.iter().map(|one| port(one, path)).collect();
                sheet.field(level, &format!("{name}s"), all.join(", "));
            }
        }
    }
    if has(spec, "/securityContext/seccompProfile") {
        let profile = at(spec, "/securityContext/seccompProfile");
        sheet.field(level, "SeccompProfile", text(profile, "/type"));
        if text(profile, "/type") == "Localhost" {
            sheet.field(level + 1, "LocalhostProfile", text(profile, "/localhostProfile"));
        }
    }
}

fn port(port: &Value, path: &str) -> String {
    let said = format!("{}/{}", number(port, path), text(port, "/protocol"));
    match text(port, "/name") {
        "" => said,
        name => format!("{said} ({name})"),
    }
}

fn readiness(status: &Value) -> Piece {
    // A container that has done its work is not wrong.
    let done = text(status, "/state/terminated/reason") == "Completed";
    match (flag(status, "/ready"), done) {
        (true, _) => Piece::new("True", Tone::Well),
        (false, true) => "False".piece(),
        (false, false) => Piece::new("False", Tone::Wrong),
    }
}

fn state(level: u16, name: &str, state: &Value, sheet: &mut Sheet) {
    if has(state, "/running") {
        sheet.field(level, name, tone::state("Running"));
        sheet.field(level + 1, "Started", date(state, "/running/startedAt"));
        return;
    }
    if !has(state, "/terminated") {
        let reason = text(state, "/waiting/reason");
        sheet.field(level, name, Piece::new("Waiting", Tone::Changing));
        if !reason.is_empty() {
            sheet.field(level + 1, "Reason", tone::state(reason));
        }
        return;
    }
    let ended = at(state, "/terminated");
    sheet.field(level, name, "Terminated");
    if !text(ended, "/reason").is_empty() {
        sheet.field(level + 1, "Reason", tone::state(text(ended, "/reason")));
    }
    sheet.field_if(level + 1, "Message", text(ended, "/message"));
    let code = number(ended, "/exitCode");
    sheet.field(
        level + 1,
        "Exit Code",
        Piece::new(code.to_string(), if code == 0 { Tone::Plain } else { Tone::Wrong }),
    );
    if number(ended, "/signal") > 0 {
        sheet.field(level + 1, "Signal", number(ended, "/signal"));
    }
    sheet.field(level + 1, "Started", date(ended, "/startedAt"));
    sheet.field(level + 1, "Finished", date(ended, "/finishedAt"));
}

/// Limits and requests, of a container and of a pod as a whole (`describeResources`).
pub fn resources(level: u16, resources: &Value, sheet: &mut Sheet) {
    for (name, path) in [("Limits", "/limits"), ("Requests", "/requests")] {
        let all = map(resources, path);
        if !all.is_empty() {
            sheet.title(level, name);
        }
        for (name, amount) in all {
            sheet.field(level + 1, name, Amount::read(&go(amount)).to_string());
        }
    }
}

/// `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3` (`DescribeProbe`).
fn probe(probe: &Value) -> String {
    let times = [("delay", "/initialDelaySeconds"), ("timeout", "/timeoutSeconds"), ("period", "/periodSeconds")];
    let times = times.map(|(name, path)| format!("{name}={}s", number(probe, path)));
    let (good, bad) = (number(probe, "/successThreshold"), number(probe, "/failureThreshold"));
    let how = format!("{} #success={good} #failure={bad}", times.join(" "));
    if has(probe, "/exec") {
        return format!("exec [{}] {how}", words(probe, "/exec/command").join(" "));
    }
    if has(probe, "/httpGet") {
        return format!("http-get {} {how}", address(at(probe, "/httpGet")));
    }
    if has(probe, "/tcpSocket") {
        let socket = at(probe, "/tcpSocket");
        return format!("tcp-socket {}:{} {how}", text(socket, "/host"), go(at(socket, "/port")));
    }
    if has(probe, "/grpc") {
        return format!("grpc <pod>:{} {} {how}", number(probe, "/grpc/port"), text(probe, "/grpc/service"));
    }
    format!("unknown {how}")
}

fn address(get: &Value) -> String {
    let (host, path) = (text(get, "/host"), text(get, "/path"));
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let scheme = text(get, "/scheme").to_lowercase();
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    let scheme = if scheme.is_empty() { scheme } else { format!("{scheme}:") };
    format!("{scheme}//{host}:{}{slash}{}", go(at(get, "/port")), escaped(path))
}

/// A path in a URL, as Go's `url.URL` writes it.
fn escaped(path: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(escape).collect()
}

fn sources(level: u16, spec: &Value, sheet: &mut Sheet) {
    let all = list(spec, "/envFrom");
    if !all.is_empty() {
        sheet.title(level, "Environment Variables from");
    }
    for source in all {
        let (from, path) = if has(source, "/configMapRef") {
            ("ConfigMap", "/configMapRef")
        } else if has(source, "/secretRef") {
            ("Secret", "/secretRef")
        } else {
            ("", "")
        };
        let of = at(source, path);
        let from = match text(source, "/prefix") {
            "" => from.to_owned(),
            prefix => format!("{from} with prefix '{prefix}'"),
        };
        let optional = format!("Optional: {}", flag(of, "/optional"));
        sheet.row(level + 1, vec![text(of, "/name").piece(), from.piece(), optional.piece()]);
    }
}

fn environment(level: u16, spec: &Value, pod: Option<&Value>, sheet: &mut Sheet) {
    let all = list(spec, "/env");
    if all.is_empty() {
        sheet.field(level, "Environment", "<none>");
        return;
    }
    sheet.title(level, "Environment");
    for one in all {
        let name = Piece::new(format!("{}:", text(one, "/name")), Tone::Key);
        let mut cells = vec![name];
        cells.extend(variable(one, spec, pod));
        sheet.row(level + 1, cells);
    }
}

fn variable(one: &Value, spec: &Value, pod: Option<&Value>) -> Vec<Piece> {
    let from = at(one, "/valueFrom");
    if from.is_null() {
        return vec![text(one, "/value").piece()];
    }
    if has(from, "/fieldRef") {
        let path = text(from, "/fieldRef/fieldPath");
        let value = pod.map_or("", |pod| field(pod, path));
        return vec![format!("{value} ({}:{path})", text(from, "/fieldRef/apiVersion")).piece()];
    }
    if has(from, "/resourceFieldRef") {
        let of = at(from, "/resourceFieldRef");
        let resource = text(of, "/resource");
        return vec![format!("{} ({resource})", resource_field(resource, of, spec)).piece()];
    }
    for (path, place) in [("/secretKeyRef", "in secret"), ("/configMapKeyRef", "of config map")] {
        let of = at(from, path);
        if !of.is_null() {
            let set = format!("<set to the key '{}' {place} '{}'>", text(of, "/key"), text(of, "/name"));
            return vec![Piece::new(set, Tone::Dim), format!("Optional: {}", flag(of, "/optional")).piece()];
        }
    }
    vec![go(from).piece()]
}

/// The fields that kubectl gives the value of; the others are known on the node only.
fn field<'a>(pod: &'a Value, path: &str) -> &'a str {
    match path {
        "metadata.name" => text(pod, "/metadata/name"),
        "metadata.namespace" => text(pod, "/metadata/namespace"),
        _ => "",
    }
}

/// A container's own request or limit, in units of its divisor (`ExtractContainerResourceValue`).
fn resource_field(resource: &str, of: &Value, spec: &Value) -> String {
    let Some((which, name)) = resource.split_once('.') else { return String::new() };
    let known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if !known || !matches!(which, "limits" | "requests") {
        return String::new();
    }
    let all = super::resources::amounts(spec, &format!("/resources/{which}"));
    let amount = all.get(name).copied().unwrap_or_default();
    let divisor = Amount::read(&go(at(of, "/divisor")));
    let divisor = if divisor.is_zero() { Amount::read("1") } else { divisor };
    let (amount, divisor) =
        if name == "cpu" { (amount.milli(), divisor.milli()) } else { (amount.units(), divisor.units()) };
    let value = if divisor == 0 { 0 } else { (amount + divisor - 1) / divisor };
    if value == 0 && matches!(resource, "limits.cpu" | "limits.memory") {
        return "node allocatable".into();
    }
    value.to_string()
}

fn mounts(level: u16, spec: &Value, sheet: &mut Sheet) {
    let mut mounts: Vec<&Value> = list(spec, "/volumeMounts").iter().collect();
    mounts.sort_by_key(|mount| text(mount, "/mountPath"));
    if mounts.is_empty() {
        sheet.field(level, "Mounts", "<none>");
    } else {
        sheet.title(level, "Mounts");
    }
    for mount in mounts {
        let mode = if flag(mount, "/readOnly") { "ro" } else { "rw" };
        let path = match text(mount, "/subPath") {
            "" => String::new(),
            path => format!(",path={path:?}"),
        };
        let said = format!("{} from {} ({mode}{path})", text(mount, "/mountPath"), text(mount, "/name"));
        sheet.line(level + 1, said);
    }
    let mut devices: Vec<&Value> = list(spec, "/volumeDevices").iter().collect();
    devices.sort_by_key(|device| text(device, "/devicePath"));
    if !devices.is_empty() {
        sheet.title(level, "Devices");
    }
    for device in devices {
        sheet.line(level + 1, format!("{} from {}", text(device, "/devicePath"), text(device, "/name")));
    }
}
