//! The shapes of the API's paths, and requests in words.
//!
//! As the API server takes them apart (`k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`), but stricter: a path that is
//! encoded, dotted, doubled or otherwise unusual has no shape here.

use http::{Method, Uri};

/// A path, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path<'a> {
    /// Version, health and schemas.
    Info,
    /// What is served: `/api`, `/apis`, a group, a version.
    Discovery,
    Resource(Resource<'a>),
}

/// A path to objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Empty for the core group.
    pub group: &'a str,
    pub version: &'a str,
    pub namespace: Option<&'a str>,
    /// The plural.
    pub resource: &'a str,
    pub name: Option<&'a str>,
    pub subresource: Option<&'a str>,
}

/// Subresources of a namespace; anything else after its name is a resource in it.
const OF_NAMESPACES: [&str; 2] = ["status", "finalize"];
/// Words that the server takes as verbs where a resource is expected.
const VERBS: [&str; 2] = ["proxy", "watch"];

impl<'a> Path<'a> {
    /// Nothing for what has no known shape.
    pub fn parse(path: &'a str) -> Option<Self> {
        let mut segments = Vec::with_capacity(8);
        for segment in path.strip_prefix('/')?.split('/') {
            segments.push(plain(segment)?);
        }
        match segments.as_slice() {
            ["version" | "livez" | "readyz" | "healthz"] | ["livez" | "readyz" | "healthz", _] => Some(Path::Info),
            ["openapi", "v2"] | ["openapi", "v3", ..] => Some(Path::Info),
            ["api"] | ["api", _] | ["apis"] | ["apis", _] | ["apis", _, _] => Some(Path::Discovery),
            ["api", version, rest @ ..] => Resource::parse("", version, rest).map(Path::Resource),
            ["apis", group, version, rest @ ..] => Resource::parse(group, version, rest).map(Path::Resource),
            _ => None,
        }
    }
}

impl<'a> Resource<'a> {
    fn parse(group: &'a str, version: &'a str, rest: &[&'a str]) -> Option<Self> {
        let (namespace, rest) = match rest {
            ["namespaces", _, sub, ..] if OF_NAMESPACES.contains(sub) => (None, rest),
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
            _ => (None, rest),
        };
        let (resource, name, subresource) = match rest {
            [resource] => (*resource, None, None),
            [resource, name] => (*resource, Some(*name), None),
            [resource, name, sub] => (*resource, Some(*name), Some(*sub)),
            _ => return None,
        };
        if VERBS.contains(&resource) {
            return None;
        }
        Some(Self { group, version, namespace, resource, name, subresource })
    }
}

/// A segment without anything that a server or proxy on the way could read in another way.
fn plain(segment: &str) -> Option<&str> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'~' | b'@');
    let is_safe = !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
    is_safe.then_some(segment)
}

/// A request in words: `list pods in shop`, `watch deployments.apps`, `get node n1`.
pub fn describe(method: &Method, uri: &Uri) -> String {
    let Some(Path::Resource(resource)) = Path::parse(uri.path()) else {
        return format!("{} {}", method.as_str().to_lowercase(), uri.path());
    };
    let watches = uri.query().is_some_and(|query| query.split('&').any(|p| p == "watch=true" || p == "watch=1"));
    let verb = match (method.as_str(), resource.name) {
        ("GET", None) if watches => "watch",
        ("GET" | "HEAD", None) => "list",
        ("GET" | "HEAD", Some(_)) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", None) => "delete all",
        ("DELETE", Some(_)) => "delete",
        (other, _) => other,
    };
    let mut words = format!("{verb} {}", resource.resource);
    if !resource.group.is_empty() {
        words = format!("{words}.{}", resource.group);
    }
    if let Some(name) = resource.name {
        let one = resource.group.is_empty().then(|| words.strip_suffix('s').map(str::to_owned)).flatten();
        words = format!("{} {name}", one.unwrap_or(words));
    }
    if let Some(sub) = resource.subresource {
        words = format!("{words} ({sub})");
    }
    match resource.namespace {
        Some(namespace) => format!("{words} in {namespace}"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(method: Method, uri: &str) -> String {
        describe(&method, &uri.parse().unwrap())
    }

    #[test]
    fn requests_are_told_in_words() {
        assert_eq!(words(Method::GET, "/api/v1/namespaces/shop/pods?limit=500"), "list pods in shop");
        assert_eq!(words(Method::GET, "/api/v1/pods?watch=true&x=1"), "watch pods");
        assert_eq!(words(Method::GET, "/api/v1/namespaces/shop"), "get namespace shop");
        assert_eq!(words(Method::GET, "/api/v1/namespaces/shop/pods/a/log"), "get pod a (log) in shop");
        assert_eq!(words(Method::PATCH, "/apis/apps/v1/namespaces/a/deployments/b"), "patch deployments.apps b in a");
        assert_eq!(words(Method::GET, "/version"), "get /version");
    }

    #[test]
    fn a_namespace_is_a_resource_and_a_place() {
        let resource = |path| match Path::parse(path) {
            Some(Path::Resource(resource)) => {
                (resource.namespace, resource.resource, resource.name, resource.subresource)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(resource("/api/v1/namespaces"), (None, "namespaces", None, None));
        assert_eq!(resource("/api/v1/namespaces/a"), (None, "namespaces", Some("a"), None));
        assert_eq!(resource("/api/v1/namespaces/a/finalize"), (None, "namespaces", Some("a"), Some("finalize")));
        assert_eq!(resource("/api/v1/namespaces/a/pods"), (Some("a"), "pods", None, None));
        assert_eq!(Path::parse("/api/v1/namespaces/a/status/b"), None);
    }
}
