//! Discovery: what is served, said of the catalog, in both forms: aggregated (apidiscovery.k8s.io/v2) and one answer per group and version.
//!
//! Storage version hashes and the aggregated form's v2beta1 are left out. A path that no group has is nobody's: nothing is answered.

use super::catalog::Resource;
use super::object::put;
use super::world::World;
use serde_json::{Value, json};
use std::sync::Arc;

/// What an aggregated answer calls itself; clients look for it.
pub const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The content type of the answer to this path and `Accept` header.
pub fn content_type(path: &str, accept: &str) -> &'static str {
    if is_aggregated(path, accept) { AGGREGATED } else { "application/json" }
}

/// The answer to a path of discovery: `/api`, `/apis`, `/api/v1`, `/apis/apps`, `/apis/apps/v1`.
pub fn answer(world: &World, path: &str, accept: &str) -> Option<Value> {
    let steps: Vec<&str> = path.trim_matches('/').split('/').collect();
    match steps.as_slice() {
        ["api"] if is_aggregated(path, accept) => Some(aggregated(&groups(world, Core::Only))),
        ["apis"] if is_aggregated(path, accept) => Some(aggregated(&groups(world, Core::Not))),
        ["api"] => Some(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
        })),
        ["apis"] => {
            let groups: Vec<Value> = groups(world, Core::Not).iter().map(Group::named).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["api", version] => version_list(world, "", version),
        ["apis", group] => {
            let groups = groups(world, Core::Not);
            let mut answer = groups.iter().find(|own| own.name == *group)?.named();
            put(&mut answer, "kind", "APIGroup");
            put(&mut answer, "apiVersion", "v1");
            Some(answer)
        }
        ["apis", group, version] => version_list(world, group, version),
        _ => None,
    }
}

fn is_aggregated(path: &str, accept: &str) -> bool {
    let asks = |media: &str| {
        let mut parts = media.split(';').map(str::trim);
        parts.next() == Some("application/json") && {
            let parts: Vec<&str> = parts.collect();
            ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"].iter().all(|part| parts.contains(part))
        }
    };
    matches!(path.trim_matches('/'), "api" | "apis") && accept.split(',').any(asks)
}

/// A group and its resources by version, in the catalog's order.
struct Group<'a> {
    name: &'a str,
    versions: Vec<(&'a str, Vec<&'a Resource>)>,
}

/// Which groups.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Core {
    Only,
    Not,
}

fn groups(world: &World, core: Core) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for resource in world.catalog.all().iter().map(Arc::as_ref) {
        if resource.group.is_empty() != (core == Core::Only) {
            continue;
        }
        let at = groups.iter().position(|own| own.name == resource.group).unwrap_or_else(|| {
            groups.push(Group { name: &resource.group, versions: Vec::new() });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(at) else { continue };
        match group.versions.iter_mut().find(|(version, _)| *version == resource.version) {
            Some((_, resources)) => resources.push(resource),
            None => group.versions.push((&resource.version, vec![resource])),
        }
    }
    groups
}

impl Group<'_> {
    fn named(&self) -> Value {
        let version = |name: &str| json!({"groupVersion": format!("{}/{name}", self.name), "version": name});
        let versions: Vec<Value> = self.versions.iter().map(|(name, _)| version(name)).collect();
        json!({"name": self.name, "preferredVersion": versions.first(), "versions": versions})
    }
}

fn aggregated(groups: &[Group<'_>]) -> Value {
    let version = |(name, resources): &(&str, Vec<&Resource>)| {
        let resources: Vec<Value> = resources.iter().map(|resource| aggregated_resource(resource)).collect();
        json!({"version": name, "resources": resources, "freshness": "Current"})
    };
    let items: Vec<Value> = groups
        .iter()
        .map(|group| {
            let metadata = if group.name.is_empty() { json!({}) } else { json!({"name": group.name}) };
            json!({"metadata": metadata, "versions": group.versions.iter().map(version).collect::<Vec<_>>()})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_resource(resource: &Resource) -> Value {
    let scope = if resource.namespaced { "Namespaced" } else { "Cluster" };
    let mut said = json!({
        "resource": resource.plural, "responseKind": response(("", ""), &resource.kind), "scope": scope,
        "singularResource": resource.singular, "verbs": resource.verb_names(),
    });
    add_names(&mut said, resource);
    let subresources: Vec<Value> = subresources(resource)
        .map(|own| {
            let kind = response(own.group_version, &own.kind);
            json!({"subresource": own.name, "responseKind": kind, "verbs": own.verbs})
        })
        .collect();
    if !subresources.is_empty() {
        put(&mut said, "subresources", subresources);
    }
    said
}

/// Group and version are named where they are others than the resource's own.
fn response((group, version): (&str, &str), kind: &str) -> Value {
    json!({"group": group, "version": version, "kind": kind})
}

fn add_names(said: &mut Value, resource: &Resource) {
    for (field, names) in [("shortNames", &resource.short), ("categories", &resource.categories)] {
        if !names.is_empty() {
            put(said, field, json!(names));
        }
    }
}

/// A subresource as discovery names it.
struct Subresource<'a> {
    name: &'a str,
    /// Empty where it is the resource's own.
    group_version: (&'static str, &'static str),
    kind: String,
    verbs: &'static [&'static str],
}

fn subresources(resource: &Resource) -> impl Iterator<Item = Subresource<'_>> {
    const CHANGE: &[&str] = &["get", "patch", "update"];
    let mut names: Vec<&str> = resource.subresources.iter().map(AsRef::as_ref).collect();
    names.sort_unstable();
    names.into_iter().map(|name| {
        let (group_version, kind, verbs): (_, &str, &'static [&'static str]) = match name {
            "scale" => (("autoscaling", "v1"), "Scale", CHANGE),
            "eviction" => (("policy", "v1"), "Eviction", &["create"]),
            "binding" => (("", ""), "Binding", &["create"]),
            "log" => (("", ""), &resource.kind, &["get"]),
            "finalize" => (("", ""), &resource.kind, &["update"]),
            _ => (("", ""), &resource.kind, CHANGE),
        };
        Subresource { name, group_version, kind: kind.to_owned(), verbs }
    })
}

fn version_list(world: &World, group: &str, version: &str) -> Option<Value> {
    let all = world.catalog.all().iter().filter(|own| own.group == group && own.version == version);
    let resources: Vec<Value> = all.flat_map(|resource| listed(resource)).collect();
    if resources.is_empty() {
        return None;
    }
    if group.is_empty() {
        return Some(json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources}));
    }
    let group_version = format!("{group}/{version}");
    Some(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources,
    }))
}

/// A resource and its subresources, as the lists by version name them.
fn listed(resource: &Resource) -> Vec<Value> {
    let mut own = json!({
        "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
        "kind": resource.kind, "verbs": resource.verb_names(),
    });
    add_names(&mut own, resource);
    let below = subresources(resource).map(|sub| {
        let mut said = json!({
            "name": format!("{}/{}", resource.plural, sub.name), "singularName": "",
            "namespaced": resource.namespaced, "kind": sub.kind, "verbs": sub.verbs,
        });
        let (group, version) = sub.group_version;
        if !version.is_empty() {
            put(&mut said, "group", group);
            put(&mut said, "version", version);
        }
        said
    });
    std::iter::once(own).chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::object::{items, text};

    const V2: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

    fn world() -> World {
        World::new(1, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    /// What a real kube-apiserver 1.36 said, without resources and subresources that are not served here.
    #[test]
    fn discovery_is_the_real_servers() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/demo/discovery.json");
        let real: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut world = world();
        for metrics in ["nodes.metrics.k8s.io", "pods.metrics.k8s.io"] {
            world.catalog.remove(metrics); // the server it was recorded from has no metrics
        }
        for (path, real) in real.as_object().unwrap() {
            let (path, accept) = path.strip_suffix("@v2").map_or((path.as_str(), ""), |path| (path, V2));
            let ours = answer(&world, path, accept).unwrap();
            if accept.is_empty() {
                assert_eq!(&ours, real, "{path}");
                continue;
            }
            for (ours, real) in items(&ours, "items").iter().zip(items(real, "items")) {
                assert_eq!(ours, real, "{path} {}", text(real, "metadata/name"));
            }
            assert_eq!(&ours, real, "{path}");
        }
    }

    #[test]
    fn what_is_not_served_is_not_answered() {
        let world = world();
        for path in ["/apis/nope", "/apis/apps/v9", "/api/v2", "/api/v1/pods", "/version"] {
            assert_eq!(answer(&world, path, ""), None, "{path}");
        }
        assert_eq!(content_type("/apis", V2), AGGREGATED);
        assert_eq!(content_type("/apis/apps", V2), "application/json");
        assert_eq!(content_type("/apis", "application/json"), "application/json");
    }
}
