//! OpenAPI v3: which kinds may be patched how, that they know `fieldValidation` and `dryRun`, and what fields they have: built-in kinds by
//! `schema`, custom ones by their definition.
//!
//! There is no v2; its path is nobody's, and kubectl does without.

use super::catalog::{Resource, Verbs};
use super::object::{place, put};
use super::schema::{self, Definition};
use super::world::World;
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

const ROOT: &str = "/openapi/v3";

/// The answer to a path below `/openapi`.
pub fn answer(world: &World, path: &str) -> Option<Value> {
    let path = path.trim_end_matches('/');
    if path == ROOT {
        return Some(index(world));
    }
    let asked = path.strip_prefix(ROOT)?.strip_prefix('/')?;
    let versions = versions(world);
    versions.into_iter().find(|version| *version == asked).map(|version| document(world, &version))
}

/// `api/v1`, `apis/apps/v1` …, each once.
fn versions(world: &World) -> Vec<String> {
    let mut versions = Vec::new();
    for resource in world.catalog.all() {
        let version = base(resource);
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

fn base(resource: &Resource) -> String {
    let root = if resource.group.is_empty() { "api" } else { "apis" };
    format!("{root}/{}", resource.api_version())
}

/// Where each document is. Its hash is a part of its address, so that clients may keep it for ever.
fn index(world: &World) -> Value {
    let mut paths = Map::new();
    for version in versions(world) {
        let mut hash = DefaultHasher::new();
        edition(world, &version).hash(&mut hash);
        let url = format!("{ROOT}/{version}?hash={:016X}", hash.finish());
        paths.insert(version, json!({"serverRelativeURL": url}));
    }
    json!({"paths": paths})
}

/// What a document comes from: that of built-in kinds never changes, and is not made to be told from others.
fn edition(world: &World, version: &str) -> Vec<u8> {
    let is_custom = world.catalog.all().iter().any(|own| own.is_custom() && base(own) == version);
    if is_custom { document(world, version).to_string().into_bytes() } else { schema::edition().to_vec() }
}

fn document(world: &World, version: &str) -> Value {
    let (mut paths, mut schemas, mut kinds) = (Map::new(), Map::new(), Vec::new());
    for resource in world.catalog.all().iter().filter(|own| base(own) == version) {
        add_paths(&mut paths, resource);
        match custom_schema(world, resource) {
            Some(schema) => drop(schemas.insert(schema_name(resource), schema)),
            None => kinds.extend(own_schemas(resource)),
        }
    }
    schemas.extend(schema::document::schemas(kinds));
    json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.3"},
        "paths": paths, "components": {"schemas": schemas},
    })
}

fn add_paths(paths: &mut Map<String, Value>, resource: &Resource) {
    let scope = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
    let all = format!("/{}{scope}/{}", base(resource), resource.plural);
    let one = format!("{all}/{{name}}");
    let own = gvk(&resource.group, &resource.version, &resource.kind);
    let collection: &[Method] = match resource.verbs {
        Verbs::All => &[Method::List, Method::Post, Method::DeleteAll],
        Verbs::Create => &[Method::Post],
        Verbs::Read => &[Method::List],
    };
    paths.insert(all.clone(), operations(collection, &own, resource));
    let item: &[Method] = match resource.verbs {
        Verbs::All => &[Method::Get, Method::Put, Method::Patch, Method::Delete],
        Verbs::Read => &[Method::Get],
        Verbs::Create => return,
    };
    paths.insert(one.clone(), operations(item, &own, resource));
    for sub in &resource.subresources {
        let (kind, methods): (Value, &[Method]) = match sub.as_ref() {
            "scale" => (gvk("autoscaling", "v1", "Scale"), &[Method::Get, Method::Put, Method::Patch]),
            "status" => (own.clone(), &[Method::Get, Method::Put, Method::Patch]),
            "finalize" => (own.clone(), &[Method::Put]),
            "eviction" => (gvk("policy", "v1", "Eviction"), &[Method::Post]),
            "binding" => (gvk("", "v1", "Binding"), &[Method::Post]),
            _ => (own.clone(), &[Method::Get]),
        };
        paths.insert(format!("{one}/{sub}"), operations(methods, &kind, resource));
    }
}

fn gvk(group: &str, version: &str, kind: &str) -> Value {
    json!({"group": group, "version": version, "kind": kind})
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Get,
    List,
    Post,
    Put,
    Patch,
    Delete,
    DeleteAll,
}

impl Method {
    /// As in a path's operations, and as `x-kubernetes-action`.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Get => ("get", "get"),
            Self::List => ("get", "list"),
            Self::Post => ("post", "post"),
            Self::Put => ("put", "put"),
            Self::Patch => ("patch", "patch"),
            Self::Delete => ("delete", "delete"),
            Self::DeleteAll => ("delete", "deletecollection"),
        }
    }

    fn parameters(self) -> &'static [(&'static str, &'static str)] {
        const DRY: (&str, &str) = ("dryRun", "string");
        const MANAGER: (&str, &str) = ("fieldManager", "string");
        const CHECK: (&str, &str) = ("fieldValidation", "string");
        match self {
            Self::Get | Self::List => &[],
            Self::Post | Self::Put => &[DRY, MANAGER, CHECK],
            Self::Patch => &[DRY, MANAGER, CHECK, ("force", "boolean")],
            Self::Delete | Self::DeleteAll => {
                &[DRY, ("gracePeriodSeconds", "integer"), ("propagationPolicy", "string")]
            }
        }
    }
}

fn operations(methods: &[Method], gvk: &Value, resource: &Resource) -> Value {
    let mut all = json!({});
    for method in methods {
        let (name, action) = method.names();
        let parameters: Vec<Value> = method
            .parameters()
            .iter()
            .map(|(name, kind)| json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}}))
            .collect();
        let mut operation = json!({
            "parameters": parameters, "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk,
        });
        if let Some(content) = body(*method, resource) {
            put(&mut operation, "requestBody", json!({"content": content, "required": true}));
        }
        put(&mut all, name, operation);
    }
    all
}

/// The content types that a method takes. Custom kinds know no strategic patch.
fn body(method: Method, resource: &Resource) -> Option<Value> {
    let types: &[&str] = match method {
        Method::Post | Method::Put => &["*/*"],
        Method::Patch => &[
            "application/apply-patch+yaml",
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
        ],
        _ => return None,
    };
    let custom = resource.is_custom();
    let taken = types.iter().filter(|own| !custom || !own.contains("strategic"));
    Some(Value::Object(taken.map(|own| ((*own).to_owned(), json!({"schema": {"type": "object"}}))).collect()))
}

/// `com.example.v1.Certificate`.
fn schema_name(resource: &Resource) -> String {
    let group: Vec<&str> = resource.group.rsplit('.').collect();
    format!("{}.{}.{}", group.join("."), resource.version, resource.kind)
}

/// The definitions of a built-in kind, of its list and of what its subresources take.
fn own_schemas(resource: &Resource) -> Vec<Definition> {
    let mut all = vec![
        schema::kind(&resource.group, &resource.version, &resource.kind),
        schema::kind(&resource.group, &resource.version, &format!("{}List", resource.kind)),
        schema::named("m/apis.meta.v1.DeleteOptions"),
    ];
    for sub in &resource.subresources {
        all.push(match sub.as_ref() {
            "scale" => schema::kind("autoscaling", "v1", "Scale"),
            "eviction" => schema::kind("policy", "v1", "Eviction"),
            "binding" => schema::kind("", "v1", "Binding"),
            _ => None,
        });
    }
    all.into_iter().flatten().collect()
}

/// The schema that a custom kind's definition gives it.
fn custom_schema(world: &World, resource: &Resource) -> Option<Value> {
    if !resource.is_custom() {
        return None;
    }
    let mut schema = super::custom::schema(world, resource).unwrap_or_default();
    put(&mut schema, "type", "object");
    for (field, kind) in [("apiVersion", "string"), ("kind", "string"), ("metadata", "object")] {
        put(place(&mut schema, "properties"), field, json!({"type": kind}));
    }
    let gvk = gvk(&resource.group, &resource.version, &resource.kind);
    put(&mut schema, "x-kubernetes-group-version-kind", vec![gvk]);
    Some(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::custom;
    use crate::demo::object::{at, items, text};
    use crate::demo::world::Write;

    fn world() -> World {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let definition: Value = serde_yaml::from_str(custom::CERTIFICATES).unwrap();
        custom::serve(&mut world, &definition);
        world.create(custom::DEFINITIONS, definition, Write::by("test")).unwrap();
        world
    }

    /// Asks as kubectl's query parameter verifier does: the first PATCH that names the kind must know the parameter.
    #[test]
    fn every_kind_that_is_kept_may_be_checked_and_tried() {
        let world = world();
        for resource in world.catalog.all().iter().filter(|own| own.verbs == Verbs::All) {
            let document = answer(&world, &format!("{ROOT}/{}", base(resource))).unwrap();
            let own = gvk(&resource.group, &resource.version, &resource.kind);
            let paths = at(&document, "paths").as_object().unwrap().values();
            let patches = paths.map(|path| at(path, "patch"));
            let patches: Vec<&Value> =
                patches.filter(|patch| *at(patch, "x-kubernetes-group-version-kind") == own).collect();
            assert!(!patches.is_empty(), "{}", resource.id);
            for patch in patches {
                let names: Vec<&str> = items(patch, "parameters").iter().map(|own| text(own, "name")).collect();
                assert!(names.contains(&"fieldValidation") && names.contains(&"dryRun"), "{}", resource.id);
                let strategic = at(patch, "requestBody/content").get("application/strategic-merge-patch+json");
                assert_eq!(strategic.is_some(), resource.group != "example.com", "{}", resource.id);
            }
        }
    }

    #[test]
    fn the_index_names_every_document_and_custom_kinds_have_their_schema() {
        let world = world();
        let index = answer(&world, ROOT).unwrap();
        let paths = at(&index, "paths").as_object().unwrap();
        assert!(paths.contains_key("api/v1") && paths.contains_key("apis/apps/v1"));
        for (name, path) in paths {
            let url = text(path, "serverRelativeURL").split_once('?').unwrap().0.to_owned();
            assert_eq!(url, format!("{ROOT}/{name}"));
            assert!(answer(&world, &url).is_some(), "{url}");
        }
        let custom = answer(&world, "/openapi/v3/apis/example.com/v1").unwrap();
        let schema = at(&custom, "components/schemas/com.example.v1.Certificate");
        assert_eq!(text(schema, "properties/spec/properties/secretName/type"), "string");
        assert_eq!(text(schema, "x-kubernetes-group-version-kind/0/kind"), "Certificate");
        assert_eq!((answer(&world, "/openapi/v2"), answer(&world, "/openapi/v3/apis/nope/v1")), (None, None));
    }
}
