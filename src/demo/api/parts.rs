//! What the API takes from its neighbours, in one place: patches, tables, discovery, access, metrics, logs.
//!
//! For now the simplest true thing of each; whatever is not there is refused, never answered wrongly.

use crate::demo::catalog::Resource;
use crate::demo::object::Object;
use crate::demo::refusal::Refusal;
use crate::demo::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

pub mod access {
    //! Who asks, and whether they may.
    use super::*;

    /// Who asks.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct User {
        pub name: String,
        pub groups: Vec<String>,
    }

    /// What is asked for, as a rule of RBAC names it.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Ask<'a> {
        pub verb: &'a str,
        pub group: &'a str,
        pub resource: &'a str,
        pub subresource: &'a str,
        pub namespace: &'a str,
        pub name: &'a str,
    }

    /// The user of a request, by its credential and the `Impersonate-` headers.
    pub fn user(_: &World, _: Option<&str>, impersonate: Option<(&str, &[String])>) -> Result<User, Refusal> {
        let (name, groups) = impersonate.map_or(("admin", vec!["system:masters".to_owned()]), |(n, g)| (n, g.to_vec()));
        Ok(User { name: name.to_owned(), groups })
    }

    pub fn may(_: &World, _: &User, _: &Ask<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Whether a user may ask for a path that is no resource; `verb` is the method in small letters.
    pub fn may_path(_: &World, _: &User, _: &str, _: &str) -> Result<(), Refusal> {
        Ok(())
    }

    /// Answers one of the `…Review` resources.
    pub fn review(_: &World, _: &User, resource: &Resource, _: &str, mut body: Object) -> Result<Object, Refusal> {
        if &*resource.plural != "selfsubjectaccessreviews" {
            return Err(Refusal::no_such_path());
        }
        crate::demo::object::put(&mut body, "status", json!({"allowed": true}));
        Ok(body)
    }
}

pub mod columns {
    //! Server-side tables.
    use super::*;

    /// What of each object is in its row.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Include {
        None,
        Metadata,
        Object,
    }

    pub fn table(_: &World, _: &Resource, objects: &[Object], _: Include) -> Value {
        let name = json!({"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0});
        let rows: Vec<Value> =
            objects.iter().map(|own| json!({"cells": [crate::demo::object::name(own)], "object": own})).collect();
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": [name], "rows": rows})
    }
}

pub mod discovery {
    //! What is served.
    use super::*;

    pub fn answer(world: &World, path: &str, _: &str) -> Option<Value> {
        let (group, version) = match path.trim_matches('/') {
            "api" => return Some(json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})),
            "apis" => return Some(groups(world)),
            "api/v1" => ("", "v1"),
            path => path.strip_prefix("apis/")?.split_once('/')?,
        };
        let own: Vec<&Resource> = world
            .catalog
            .all()
            .iter()
            .map(|own| &**own)
            .filter(|own| own.group == group && own.version == version)
            .collect();
        let resources: Vec<Value> = own.iter().flat_map(|own| rows(own)).collect();
        let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        (!own.is_empty()).then(|| json!({"kind": "APIResourceList", "groupVersion": name, "resources": resources}))
    }

    fn rows(own: &Resource) -> Vec<Value> {
        let row = |name: String| {
            json!({"name": name, "singularName": own.singular, "namespaced": own.namespaced, "kind": own.kind,
                "verbs": own.verbs.names(), "shortNames": own.short, "categories": own.categories})
        };
        let below = own.subresources.iter().map(|sub| row(format!("{}/{sub}", own.plural)));
        std::iter::once(row(own.plural.to_string())).chain(below).collect()
    }

    fn groups(world: &World) -> Value {
        let mut groups: Vec<Value> = Vec::new();
        for own in world.catalog.all().iter().filter(|own| !own.group.is_empty()) {
            let version = json!({"groupVersion": own.api_version(), "version": own.version});
            let group = json!({"name": own.group, "versions": [version], "preferredVersion": version});
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }
}

pub mod openapi {
    //! Schemas.
    use super::*;

    pub fn answer(_: &World, _: &str) -> Option<Value> {
        None
    }
}

pub mod metrics {
    //! What is measured.
    use super::*;

    pub fn read(_: &World, _: &Resource, _: Option<&str>, _: Option<&str>) -> Result<Value, Refusal> {
        Err(Refusal::no_such_path())
    }
}

pub mod logs {
    //! What containers print.
    use super::*;

    /// What is asked of a log.
    #[derive(Clone, Debug, Default)]
    pub struct Ask {
        pub container: String,
        pub previous: bool,
        pub since: Option<Timestamp>,
        pub tail: Option<usize>,
        pub timestamps: bool,
        pub limit: Option<usize>,
    }

    /// A line of a log, without its end.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Line {
        pub at: Timestamp,
        pub text: String,
    }

    pub fn lines(_: &World, _: &Object, _: &Ask) -> Result<Vec<Line>, Refusal> {
        Ok(Vec::new())
    }

    /// When the next line comes.
    pub fn next(_: &World, _: &Object, _: &str, _: Timestamp) -> Option<Timestamp> {
        None
    }
}

pub mod patch {
    //! Patches.
    use super::*;

    /// Whether an apply takes fields from other managers.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Force {
        No,
        Yes,
    }

    /// How a patch is written.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Kind {
        Merge,
        Json,
        Strategic,
        Apply { force: Force },
    }

    impl Kind {
        pub fn of(content_type: &str) -> Option<Self> {
            (content_type == "application/merge-patch+json").then_some(Self::Merge)
        }
    }

    pub fn patched(
        _: Kind,
        before: Option<&Object>,
        body: &[u8],
        _: &Resource,
        _: &str,
        _: Timestamp,
    ) -> Result<Object, Refusal> {
        let patch: Value = serde_json::from_slice(body)
            .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
        let mut object = before.cloned().unwrap_or_default();
        merge(&mut object, patch);
        Ok(object)
    }

    /// RFC 7396.
    fn merge(target: &mut Value, patch: Value) {
        let Value::Object(patch) = patch else { return *target = patch };
        if !target.is_object() {
            *target = json!({});
        }
        for (key, value) in patch {
            match value {
                Value::Null => drop(target.as_object_mut().and_then(|own| own.remove(&key))),
                value => merge(&mut target[key], value),
            }
        }
    }
}
