//! The path of a request: which resource, where, which object, which part of it (apiserver's RequestInfo, and its routes).
//!
//! It knows the catalog, but not whether anything is there.

use super::query::Query;
use crate::demo::catalog::{Catalog, Resource, Verbs};
use crate::demo::refusal::Refusal;
use std::sync::Arc;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    Resource(Target),
    /// A group and version alone, or what is above them.
    Discovery,
    /// Anything that is not the API's: versions, health, schemas.
    Plain,
    /// A group or version that is not served: told in plain text.
    Nowhere,
    /// Nothing there in a group and version that is served.
    Missing,
}

/// A resource, or one of its objects, or a part of that.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub resource: Arc<Resource>,
    /// None for what belongs to no namespace, and for all namespaces.
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// Empty for the object itself.
    pub subresource: String,
    /// The old form of a watch: `/api/v1/watch/pods`.
    pub watch: bool,
}

impl Target {
    /// The namespace, or nothing.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

/// What is done with a resource: the verb of access rules.
pub fn verb(target: &Target, method: &str, query: &Query) -> Result<&'static str, Refusal> {
    let verb = match (method, target.name.is_some()) {
        ("GET", _) if target.watch || query.flag("watch") => "watch",
        ("GET", true) => "get",
        ("GET", false) => "list",
        ("POST", _) => "create",
        ("PUT", true) => "update",
        ("PATCH", true) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => return Err(Refusal::method_not_allowed()),
    };
    Ok(verb)
}

/// Whether the resource has that verb at that place.
pub fn allows(target: &Target, verb: &str) -> bool {
    let own = target.resource.verbs;
    let everywhere = target.resource.namespaced && target.namespace.is_none();
    match target.subresource.as_str() {
        "" if own == Verbs::Create => verb == "create" && target.name.is_none() && !everywhere,
        "" if own == Verbs::Read => matches!(verb, "get" | "list"),
        "" if target.name.is_some() => matches!(verb, "get" | "watch" | "update" | "patch" | "delete"),
        "" => match verb {
            // Namespaces are deleted one by one.
            "deletecollection" if &*target.resource.id == "namespaces" => false,
            "create" | "deletecollection" => !everywhere,
            verb => matches!(verb, "list" | "watch"),
        },
        "status" | "scale" => matches!(verb, "get" | "update" | "patch"),
        "log" => verb == "get",
        "finalize" => verb == "update",
        _ => verb == "create",
    }
}

/// Reads a path.
pub fn route(catalog: &Catalog, path: &str) -> Route {
    let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (group, version, rest) = match segments.as_slice() {
        ["api"] | ["apis"] => return Route::Discovery,
        ["apis", group] if catalog.all().iter().any(|own| own.group == *group) => return Route::Discovery,
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        ["apis", ..] => return Route::Nowhere,
        _ => return Route::Plain,
    };
    if !catalog.all().iter().any(|own| own.group == group && own.version == version) {
        return Route::Nowhere;
    }
    if rest.is_empty() {
        return Route::Discovery;
    }
    target(catalog, group, version, rest).map_or(Route::Missing, Route::Resource)
}

fn target(catalog: &Catalog, group: &str, version: &str, rest: &[&str]) -> Option<Target> {
    let (watch, rest) = match rest {
        ["watch", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (namespace, rest) = match rest {
        ["namespaces", _, "status" | "finalize"] => (None, rest),
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        rest => (None, rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, None, ""),
        [plural, name] => (*plural, Some((*name).to_owned()), ""),
        [plural, name, subresource] => (*plural, Some((*name).to_owned()), *subresource),
        _ => return None,
    };
    let resource = catalog.find(group, version, plural)?.clone();
    let misplaced = if resource.namespaced { name.is_some() && namespace.is_none() } else { namespace.is_some() };
    let known = subresource.is_empty() || resource.has(subresource);
    let subresource = subresource.to_owned();
    (!misplaced && known).then_some(Target { resource, namespace, name, subresource, watch })
}

/// Without percent signs.
fn decoded(part: &str) -> String {
    if !part.contains('%') {
        return part.to_owned();
    }
    // The decoder of queries, with what only queries know made literal.
    let part = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> String {
        match route(&Catalog::default(), path) {
            Route::Resource(own) => {
                let name = own.name.clone().unwrap_or_else(|| "-".to_owned());
                format!("{} {} {name} {}", own.resource.id, own.namespace(), own.subresource)
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn paths_lead_where_the_real_ones_do() {
        assert_eq!(told("/api/v1/pods"), "pods  - ");
        assert_eq!(told("/api/v1/namespaces/shop/pods/web/log"), "pods shop web log");
        assert_eq!(told("/api/v1/namespaces/shop"), "namespaces  shop ");
        assert_eq!(told("/api/v1/namespaces/shop/finalize"), "namespaces  shop finalize");
        assert_eq!(told("/apis/apps/v1/namespaces/shop/deployments/web/scale"), "deployments.apps shop web scale");
        assert_eq!(
            told("/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"),
            "clusterroles.rbac.authorization.k8s.io  system:node "
        );
        for missing in ["/api/v1/pods/x", "/api/v1/namespaces/shop/nodes", "/api/v1/nope", "/apis/apps/v1/namespaces/x"]
        {
            assert_eq!(told(missing), "Missing", "{missing}");
        }
        assert_eq!((told("/apis/nope/v1/x"), told("/apis/apps/v1beta1")), ("Nowhere".into(), "Nowhere".into()));
        assert_eq!((told("/apis/apps"), told("/version")), ("Discovery".into(), "Plain".into()));
    }
}
