//! Pod specs as the server checks them (k8s.io/kubernetes/pkg/apis/core/validation): containers, ports, variables, resources, probes, volumes,
//! tolerations. Security contexts, affinities and DNS settings are taken as they are.

use super::names;
use super::quantity::Quantity;
use super::wrong::Wrong;
use crate::demo::object::{at, items, number, text};
use serde_json::Value;
use std::collections::BTreeSet;

const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
const RANGE: &str = "must be between 1 and 65535, inclusive";

/// A pod spec at `field`.
pub fn pod_spec(wrong: &mut Wrong, spec: &Value, field: &str) {
    let mounts = volumes(wrong, items(spec, "volumes"), &format!("{field}.volumes"));
    let all = items(spec, "containers");
    if all.is_empty() {
        wrong.required(format!("{field}.containers"), "");
    }
    let mut named = BTreeSet::new();
    for (list, containers) in [("containers", all), ("initContainers", items(spec, "initContainers"))] {
        for (n, one) in containers.iter().enumerate() {
            let field = format!("{field}.{list}[{n}]");
            container(wrong, one, &mounts, &field);
            let name = text(one, "name");
            if !name.is_empty() && !named.insert(name) {
                wrong.duplicate(format!("{field}.name"), &name.into(), "");
            }
        }
    }
    let at_field = |name: &str| format!("{field}.{name}");
    wrong.one_of(spec, "restartPolicy", &at_field("restartPolicy"), &["Always", "OnFailure", "Never"]);
    let policies = &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    wrong.one_of(spec, "dnsPolicy", &at_field("dnsPolicy"), policies);
    names::labels(wrong, at(spec, "nodeSelector"), &at_field("nodeSelector"));
    let account = text(spec, "serviceAccountName");
    for (name, wanted) in [("serviceAccountName", account), ("nodeName", text(spec, "nodeName"))] {
        if !wanted.is_empty() {
            wrong.all(&at_field(name), wanted, names::subdomain(wanted));
        }
    }
    let deadline = at(spec, "activeDeadlineSeconds");
    if deadline.as_i64().is_some_and(|deadline| !(1..=i64::from(i32::MAX)).contains(&deadline)) {
        let why = "must be between 1 and 2147483647, inclusive";
        wrong.invalid(at_field("activeDeadlineSeconds"), deadline, why);
    }
    for name in ["hostname", "subdomain"] {
        let wanted = text(spec, name);
        if !wanted.is_empty() {
            wrong.all(&at_field(name), wanted, names::label(wanted));
        }
    }
    if number(spec, "terminationGracePeriodSeconds") < 0 {
        let why = "must be >= 0; negative values are invalid and will be treated as 1";
        wrong.warnings.push(format!("{}: {why}", at_field("terminationGracePeriodSeconds")));
    }
    for (n, one) in items(spec, "tolerations").iter().enumerate() {
        toleration(wrong, one, &format!("{field}.tolerations[{n}]"));
    }
}

fn container(wrong: &mut Wrong, container: &Value, mounts: &BTreeSet<&str>, field: &str) {
    let at_field = |name: &str| format!("{field}.{name}");
    if wrong.needed(container, "name", &at_field("name")) {
        let name = text(container, "name");
        wrong.all(&at_field("name"), name, names::label(name));
    }
    wrong.needed(container, "image", &at_field("image"));
    let policy = "terminationMessagePolicy";
    wrong.one_of(container, policy, &at_field(policy), &["File", "FallbackToLogsOnError"]);
    ports(wrong, items(container, "ports"), &at_field("ports"));
    for (n, one) in items(container, "env").iter().enumerate() {
        variable(wrong, one, &format!("{field}.env[{n}]"));
    }
    let mut places = BTreeSet::new();
    for (n, mount) in items(container, "volumeMounts").iter().enumerate() {
        let field = format!("{field}.volumeMounts[{n}]");
        if wrong.needed(mount, "name", &format!("{field}.name")) && !mounts.contains(text(mount, "name")) {
            wrong.not_found(format!("{field}.name"), text(mount, "name"));
        }
        if wrong.needed(mount, "mountPath", &format!("{field}.mountPath")) && !places.insert(text(mount, "mountPath")) {
            wrong.text(format!("{field}.mountPath"), text(mount, "mountPath"), "must be unique");
        }
    }
    wrong.one_of(container, "imagePullPolicy", &at_field("imagePullPolicy"), &["Always", "IfNotPresent", "Never"]);
    resources(wrong, at(container, "resources"), &at_field("resources"));
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe(wrong, at(container, name), name, &at_field(name));
    }
}

fn ports(wrong: &mut Wrong, ports: &[Value], field: &str) {
    let mut named = BTreeSet::new();
    for (n, port) in ports.iter().enumerate() {
        let at_field = |name: &str| format!("{field}[{n}].{name}");
        let name = text(port, "name");
        if !name.is_empty() {
            let bad = names::port_name(name);
            if bad.is_empty() && !named.insert(name) {
                wrong.duplicate(at_field("name"), &name.into(), "");
            }
            wrong.all(&at_field("name"), name, bad);
        }
        match number(port, "containerPort") {
            0 => wrong.required(at_field("containerPort"), ""),
            _ => port_number(wrong, at(port, "containerPort"), &at_field("containerPort")),
        }
        if number(port, "hostPort") != 0 {
            port_number(wrong, at(port, "hostPort"), &at_field("hostPort"));
        }
        wrong.one_of(port, "protocol", &at_field("protocol"), &["SCTP", "TCP", "UDP"]);
        let same = |own: &Value| {
            ["containerPort", "protocol", "hostPort", "hostIP"].iter().all(|key| at(own, key) == at(port, key))
        };
        if let Some(first) = ports.iter().take(n).position(same) {
            wrong.warnings.push(format!("{field}[{n}]: duplicate port definition with {field}[{first}]"));
        }
    }
}

/// A port that is a number.
pub fn port_number(wrong: &mut Wrong, port: &Value, field: &str) {
    if !(1..=65_535).contains(&port.as_i64().unwrap_or_default()) {
        wrong.invalid(field, port, RANGE);
    }
}

/// A port that is a number or a name.
pub fn port(wrong: &mut Wrong, port: &Value, field: &str) {
    match port.as_str() {
        Some(name) => wrong.all(field, name, names::port_name(name)),
        None => port_number(wrong, port, field),
    }
}

fn variable(wrong: &mut Wrong, variable: &Value, field: &str) {
    const SOURCES: &[&str] = &["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    if wrong.needed(variable, "name", &format!("{field}.name")) {
        let name = text(variable, "name");
        if !name.chars().all(|c| matches!(c, ' '..='~') && c != '=') {
            let why =
                "a valid environment variable name must consist only of printable ASCII characters other than '='";
            wrong.text(format!("{field}.name"), name, why);
        }
    }
    let source = at(variable, "valueFrom");
    if source.is_null() {
        return;
    }
    let field = format!("{field}.valueFrom");
    let sources = SOURCES.iter().filter(|own| !at(source, own).is_null()).count();
    if sources == 0 {
        let why =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        wrong.text(&field, "", why);
    } else if !text(variable, "value").is_empty() {
        wrong.text(&field, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        wrong.text(&field, "", "may not have more than one field specified at a time");
    }
    for name in ["configMapKeyRef", "secretKeyRef"] {
        if !at(source, name).is_null() {
            wrong.needed(source, &format!("{name}/name"), &format!("{field}.{name}.name"));
            wrong.needed(source, &format!("{name}/key"), &format!("{field}.{name}.key"));
        }
    }
}

fn resources(wrong: &mut Wrong, resources: &Value, field: &str) {
    for list in ["limits", "requests"] {
        for (name, amount) in at(resources, list).as_object().into_iter().flatten() {
            let field = format!("{field}.{list}[{name}]");
            let standard =
                matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
            if !standard && !name.contains('/') {
                wrong.text(&field, name, "must be a standard resource type or fully qualified");
                wrong.text(&field, name, "must be a standard resource for containers");
            }
            let Some(own) = Quantity::of(amount) else { continue };
            if own.nanos < 0 {
                wrong.invalid(&field, amount, "must be greater than or equal to 0");
            }
            let limit = at(resources, "limits").get(name);
            if list == "requests"
                && let Some(limit) = limit.and_then(Quantity::of).filter(|limit| limit.nanos < own.nanos)
            {
                let why = format!("must be less than or equal to {name} limit of {}", limit.written());
                wrong.invalid(field.trim_end_matches(&format!("[{name}]")), amount, why);
            }
        }
    }
}

fn probe(wrong: &mut Wrong, probe: &Value, kind: &str, field: &str) {
    if probe.is_null() {
        return;
    }
    let mut handlers = 0;
    for name in ["exec", "httpGet", "tcpSocket", "grpc"] {
        let handler = at(probe, name);
        if handler.is_null() {
            continue;
        }
        handlers += 1;
        let field = format!("{field}.{name}");
        match name {
            _ if handlers > 1 => wrong.forbidden(&field, "may not specify more than 1 handler type"),
            "exec" if items(handler, "command").is_empty() => wrong.required(format!("{field}.command"), ""),
            "exec" => (),
            "grpc" => port_number(wrong, at(handler, "port"), &format!("{field}.port")),
            _ => port(wrong, at(handler, "port"), &format!("{field}.port")),
        }
    }
    if handlers == 0 {
        wrong.required(field, "must specify a handler type");
    }
    for name in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        wrong.not_negative(probe, name, &format!("{field}.{name}"));
    }
    if kind != "readinessProbe" && !matches!(number(probe, "successThreshold"), 0 | 1) {
        wrong.invalid(format!("{field}.successThreshold"), at(probe, "successThreshold"), "must be 1");
    }
}

/// Checks volumes; answers their names.
fn volumes<'a>(wrong: &mut Wrong, volumes: &'a [Value], field: &str) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (n, volume) in volumes.iter().enumerate() {
        let field = format!("{field}[{n}]");
        let mut sources = ORDER.iter().filter(|source| !at(volume, source).is_null());
        let source = sources.next();
        for other in sources {
            wrong.forbidden(format!("{field}.{other}"), "may not specify more than 1 volume type");
        }
        let needed = match source.copied() {
            Some("configMap") => "configMap/name",
            Some("secret") => "secret/secretName",
            Some("persistentVolumeClaim") => "persistentVolumeClaim/claimName",
            Some("hostPath") => "hostPath/path",
            _ => "",
        };
        if !needed.is_empty() {
            wrong.needed(volume, needed, &format!("{field}.{}", needed.replace('/', ".")));
        }
        if wrong.needed(volume, "name", &format!("{field}.name")) {
            let name = text(volume, "name");
            wrong.all(&format!("{field}.name"), name, self::names::label(name));
            if !names.insert(name) {
                wrong.duplicate(format!("{field}.name"), &name.into(), "");
            }
        }
    }
    names
}

/// Sources of volumes, in the order in which the server looks at them.
const ORDER: &[&str] = &[
    "emptyDir",
    "hostPath",
    "secret",
    "nfs",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
    "csi",
    "ephemeral",
];

fn toleration(wrong: &mut Wrong, toleration: &Value, field: &str) {
    let at_field = |name: &str| format!("{field}.{name}");
    let (key, operator, value) = (text(toleration, "key"), text(toleration, "operator"), text(toleration, "value"));
    if !key.is_empty() {
        wrong.all(&at_field("key"), key, names::qualified(key));
    } else if operator != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        wrong.text(at_field("operator"), operator, why);
    }
    let effect = text(toleration, "effect");
    if !at(toleration, "tolerationSeconds").is_null() && effect != "NoExecute" {
        wrong.text(at_field("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    match operator {
        "" | "Equal" => wrong.all(&at_field("operator"), value, names::value(value)),
        "Exists" if !value.is_empty() => {
            wrong.text(at_field("operator"), value, "value must be empty when `operator` is 'Exists'");
        }
        "Exists" => (),
        _ => wrong.unsupported(at_field("operator"), &operator.into(), &["Equal", "Exists"]),
    }
    if !effect.is_empty() && !EFFECTS.contains(&effect) {
        wrong.unsupported(at_field("effect"), &effect.into(), EFFECTS);
    }
}

/// A node's taints; the server calls them `metadata.taints`.
pub fn taints(wrong: &mut Wrong, taints: &[Value]) {
    for (n, taint) in taints.iter().enumerate() {
        let field = format!("metadata.taints[{n}]");
        let (key, value, effect) = (text(taint, "key"), text(taint, "value"), text(taint, "effect"));
        wrong.all(&format!("{field}.key"), key, names::qualified(key));
        wrong.all(&format!("{field}.value"), value, names::value(value));
        if effect.is_empty() {
            wrong.required(format!("{field}.effect"), "");
        } else if !EFFECTS.contains(&effect) {
            wrong.unsupported(format!("{field}.effect"), &effect.into(), EFFECTS);
        }
        if taints.iter().take(n).any(|own| text(own, "key") == key && text(own, "effect") == effect) {
            let added = at(taint, "timeAdded");
            let said = format!(r#"{{"Key":{key:?},"Value":{value:?},"Effect":{effect:?},"TimeAdded":{added}}}"#);
            wrong.causes.push(crate::demo::refusal::Cause {
                reason: "FieldValueDuplicate",
                message: format!("Duplicate value: {said}: taints must be unique by key and effect pair"),
                field,
            });
        }
    }
}
