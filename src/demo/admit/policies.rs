//! Budgets, autoscalers, ingresses and rights, as the server checks them.

use super::wrong::Wrong;
use super::{names, workloads};
use crate::demo::object::{Object, at, items, number, text};
use crate::demo::refusal::Cause;
use serde_json::Value;

pub fn disruption_budget(wrong: &mut Wrong, object: &Object) {
    let spec = at(object, "spec");
    let (least, most) = (at(spec, "minAvailable"), at(spec, "maxUnavailable"));
    if !least.is_null() && !most.is_null() {
        let (selector, policy) = (at(spec, "selector"), at(spec, "unhealthyPodEvictionPolicy"));
        wrong.causes.push(Cause {
            reason: "FieldValueInvalid",
            message: format!(
                r#"Invalid value: {{"MinAvailable":{least},"Selector":{selector},"MaxUnavailable":{most},"UnhealthyPodEvictionPolicy":{policy}}}: minAvailable and maxUnavailable cannot be both set"#
            ),
            field: "spec".to_owned(),
        });
    }
    for (name, value) in [("minAvailable", least), ("maxUnavailable", most)] {
        workloads::amount(wrong, value, &format!("spec.{name}"));
        workloads::not_over_all(wrong, value, &format!("spec.{name}"));
    }
    names::selector(wrong, at(spec, "selector"), "spec.selector");
}

pub fn autoscaler(wrong: &mut Wrong, object: &Object) {
    let spec = at(object, "spec");
    let (least, most) = (at(spec, "minReplicas").as_i64(), number(spec, "maxReplicas"));
    if least.is_some_and(|least| least < 1) {
        wrong.invalid("spec.minReplicas", at(spec, "minReplicas"), "must be greater than or equal to 1");
    }
    if most < 1 {
        wrong.required("spec.maxReplicas", "must be set and greater than 0");
    }
    if least.is_some_and(|least| most < least) {
        wrong.invalid("spec.maxReplicas", &most.into(), "must be greater than or equal to `minReplicas`");
    }
    let target = at(spec, "scaleTargetRef");
    wrong.needed(target, "kind", "spec.scaleTargetRef.kind");
    wrong.needed(target, "name", "spec.scaleTargetRef.name");
    if !text(target, "apiVersion").contains('/') && text(target, "kind") != "ReplicationController" {
        let version = text(target, "apiVersion");
        wrong.text("spec.scaleTargetRef.apiVersion", version, "apiVersion must specify API group");
    }
    if least == Some(0) {
        let why = "must specify at least one Object or External metric to support scaling to zero replicas";
        wrong.forbidden("spec.metrics", why);
    }
}

pub fn ingress(wrong: &mut Wrong, object: &Object) {
    let rules = items(object, "spec/rules");
    let other = at(object, "spec/defaultBackend");
    if rules.is_empty() && other.is_null() {
        wrong.invalid("spec", &Value::Null, "either `defaultBackend` or `rules` must be specified");
    }
    if !other.is_null() {
        backend(wrong, other, "spec.defaultBackend");
    }
    for (n, rule) in rules.iter().enumerate() {
        let field = format!("spec.rules[{n}]");
        let host = text(rule, "host");
        if !host.is_empty() && !host.starts_with("*.") {
            wrong.all(&format!("{field}.host"), host, names::subdomain(host));
        }
        let paths = items(rule, "http/paths");
        if paths.is_empty() && !at(rule, "http").is_null() {
            wrong.required(format!("{field}.http.paths"), "");
        }
        for (n, path) in paths.iter().enumerate() {
            http_path(wrong, path, &format!("{field}.http.paths[{n}]"));
        }
    }
}

fn http_path(wrong: &mut Wrong, path: &Value, field: &str) {
    let kind = at(path, "pathType");
    let absolute = text(path, "path").starts_with('/');
    match kind.as_str() {
        None => wrong.required(format!("{field}.pathType"), "pathType must be specified"),
        Some("ImplementationSpecific") if text(path, "path").is_empty() || absolute => (),
        Some("Exact" | "Prefix") if absolute => (),
        Some("Exact" | "Prefix" | "ImplementationSpecific") => {
            wrong.text(format!("{field}.path"), text(path, "path"), "must be an absolute path");
        }
        Some(_) => {
            wrong.unsupported(format!("{field}.pathType"), kind, &["Exact", "ImplementationSpecific", "Prefix"]);
        }
    }
    backend(wrong, at(path, "backend"), &format!("{field}.backend"));
}

fn backend(wrong: &mut Wrong, backend: &Value, field: &str) {
    let service = at(backend, "service");
    if service.is_null() {
        if at(backend, "resource").is_null() {
            wrong.text(field, "", "resource or service backend is required");
        }
        return;
    }
    if wrong.needed(service, "name", &format!("{field}.service.name")) {
        let name = text(service, "name");
        wrong.all(&format!("{field}.service.name"), name, names::label(name));
    }
    if text(service, "port/name").is_empty() && number(service, "port/number") == 0 {
        wrong.required(field, "port name or number is required");
    }
}

pub fn role(wrong: &mut Wrong, object: &Object) {
    let namespaced = text(object, "kind") == "Role";
    for (n, rule) in items(object, "rules").iter().enumerate() {
        let field = format!("rules[{n}]");
        if items(rule, "verbs").is_empty() {
            wrong.required(format!("{field}.verbs"), "verbs must contain at least one value");
        }
        let paths = at(rule, "nonResourceURLs");
        let has_paths = !items(rule, "nonResourceURLs").is_empty();
        if has_paths {
            let field = format!("{field}.nonResourceURLs");
            if namespaced {
                wrong.invalid(&field, paths, "namespaced rules cannot apply to non-resource URLs");
            }
            if ["apiGroups", "resources", "resourceNames"].iter().any(|own| !items(rule, own).is_empty()) {
                wrong.invalid(&field, paths, "rules cannot apply to both regular resources and non-resource URLs");
            }
            continue;
        }
        if items(rule, "apiGroups").is_empty() {
            wrong.required(format!("{field}.apiGroups"), "resource rules must supply at least one api group");
        }
        if items(rule, "resources").is_empty() {
            wrong.required(format!("{field}.resources"), "resource rules must supply at least one resource");
        }
    }
}

pub fn binding(wrong: &mut Wrong, object: &Object) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let role = at(object, "roleRef");
    if text(role, "apiGroup") != GROUP {
        wrong.unsupported("roleRef.apiGroup", at(role, "apiGroup"), &[GROUP]);
    }
    let kinds: &[&str] =
        if text(object, "kind") == "RoleBinding" { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&text(role, "kind")) {
        wrong.unsupported("roleRef.kind", &text(role, "kind").into(), kinds);
    }
    if wrong.needed(role, "name", "roleRef.name") {
        wrong.all("roleRef.name", text(role, "name"), names::path_segment(text(role, "name")));
    }
    for (n, subject) in items(object, "subjects").iter().enumerate() {
        let field = format!("subjects[{n}]");
        wrong.needed(subject, "name", &format!("{field}.name"));
        match text(subject, "kind") {
            "User" | "Group" => (),
            "ServiceAccount" if text(object, "kind") == "ClusterRoleBinding" => {
                wrong.needed(subject, "namespace", &format!("{field}.namespace"));
            }
            "ServiceAccount" => (),
            other => wrong.unsupported(format!("{field}.kind"), &other.into(), &["ServiceAccount", "User", "Group"]),
        }
    }
}
