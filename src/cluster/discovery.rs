//! Which kinds a cluster serves: the aggregated discovery documents, or, on servers without them, one request a group.
//!
//! It reads, once, and keeps nothing.

use super::catalog::{Catalog, Served};
use super::connect::Link;
use super::fault::Fault;
use futures::StreamExt;
use serde::Deserialize;

/// What the server is asked to answer with, best first.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                      application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
/// Groups asked at a time, where each must be asked by itself.
const AT_ONCE: usize = 5;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    kind: String,
    /// Aggregated.
    items: Vec<Group>,
    /// `APIVersions`, the legacy answer of `/api`.
    versions: Vec<serde_json::Value>,
    /// `APIGroupList`, the legacy answer of `/apis`.
    groups: Vec<LegacyGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group {
    metadata: GroupMeta,
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GroupMeta {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
    resources: Vec<Resource>,
    /// `Current`, or `Stale` when an aggregated API did not answer.
    freshness: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Resource {
    resource: String,
    response_kind: Option<Kind>,
    scope: String,
    singular_resource: String,
    verbs: Vec<String>,
    short_names: Vec<String>,
    subresources: Vec<Subresource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subresource {
    subresource: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Kind {
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LegacyGroup {
    name: String,
    versions: Vec<LegacyVersion>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LegacyVersion {
    version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LegacyList {
    resources: Vec<LegacyResource>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct LegacyResource {
    name: String,
    singular_name: String,
    namespaced: bool,
    kind: String,
    verbs: Vec<String>,
    short_names: Vec<String>,
}

/// Everything the server serves, core group first, each kind in its preferred version.
pub async fn catalog(link: &Link) -> Result<Catalog, Fault> {
    let mut catalog = Catalog::default();
    for path in ["/api", "/apis"] {
        let document: Document = link.get_json_as(path, ACCEPT).await?;
        if document.kind == "APIGroupDiscoveryList" {
            aggregated(document, &mut catalog);
        } else {
            legacy(link, document, &mut catalog).await;
        }
    }
    Ok(catalog)
}

/// Versions come in the server's order of preference: the first that serves a kind is the one to use.
fn aggregated(document: Document, catalog: &mut Catalog) {
    for group in document.items {
        for version in group.versions {
            if version.freshness == "Stale" {
                catalog.missing.push(format!("{}/{}", group.metadata.name, version.version));
            }
            for resource in version.resources {
                catalog.add(Served {
                    group: group.metadata.name.clone(),
                    version: version.version.clone(),
                    singular: resource.singular_resource,
                    kind: resource.response_kind.unwrap_or_default().kind,
                    short: resource.short_names,
                    namespaced: resource.scope == "Namespaced",
                    scales: resource.subresources.iter().any(|part| part.subresource == "scale"),
                    verbs: resource.verbs,
                    plural: resource.resource,
                });
            }
        }
    }
}

/// What a group's version has: `apps/v1`, or `v1` of the core group. A version that is not the preferred one is served as well.
pub async fn of_version(link: &Link, version: &str) -> Result<Vec<Served>, Fault> {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let list: LegacyList = link.get_json_as(&path, "application/json").await?;
    Ok(list.served(group, version).collect())
}

async fn legacy(link: &Link, document: Document, catalog: &mut Catalog) {
    let core = document.versions.iter().filter_map(|v| v.as_str()).map(|v| (String::new(), v.to_owned()));
    let groups =
        document.groups.iter().flat_map(|group| group.versions.iter().map(|v| (group.name.clone(), v.version.clone())));
    let asked = futures::stream::iter(core.chain(groups).collect::<Vec<_>>()).map(|(group, version)| async move {
        let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        let list: Result<LegacyList, Fault> = link.get_json_as(&path, "application/json").await;
        (group, version, list)
    });
    let answers: Vec<_> = asked.buffered(AT_ONCE).collect().await;
    for (group, version, list) in answers {
        let Ok(list) = list else {
            catalog.missing.push(format!("{group}/{version}"));
            continue;
        };
        list.served(&group, &version).for_each(|served| catalog.add(served));
    }
}

impl LegacyList {
    /// Without subresources.
    fn served(self, group: &str, version: &str) -> impl Iterator<Item = Served> {
        let scaled: Vec<String> =
            self.resources.iter().filter_map(|part| part.name.strip_suffix("/scale")).map(str::to_owned).collect();
        let whole = self.resources.into_iter().filter(|resource| !resource.name.contains('/'));
        whole.map(move |resource| Served {
            scales: scaled.contains(&resource.name),
            group: group.into(),
            version: version.into(),
            plural: resource.name,
            singular: resource.singular_name,
            kind: resource.kind,
            short: resource.short_names,
            namespaced: resource.namespaced,
            verbs: resource.verbs,
        })
    }
}

impl Catalog {
    /// Adds a kind, unless a preferred version of it is there.
    fn add(&mut self, served: Served) {
        let known = self.served.iter().any(|other| other.plural == served.plural && other.group == served.group);
        if !known {
            self.served.push(served);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_version_wins_and_dead_groups_are_told() {
        let document: Document = serde_json::from_str(
            r#"{"kind":"APIGroupDiscoveryList","items":[
              {"metadata":{"name":"apps"},"versions":[
                {"version":"v1","resources":[{"resource":"deployments","responseKind":{"kind":"Deployment"},"scope":"Namespaced",
                  "singularResource":"deployment","verbs":["list","watch"],"shortNames":["deploy"],
                  "subresources":[{"subresource":"status"},{"subresource":"scale"}]}]},
                {"version":"v1beta1","resources":[{"resource":"deployments","scope":"Namespaced","verbs":[]}]}]},
              {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]}"#,
        )
        .unwrap();
        let mut catalog = Catalog::default();
        aggregated(document, &mut catalog);
        assert_eq!(catalog.served.len(), 1);
        assert_eq!(catalog.find("deploy").unwrap().version, "v1");
        assert!(catalog.find("deploy").unwrap().scales);
        let list =
            r#"{"resources":[{"name":"a","kind":"A"},{"name":"b","kind":"B"},{"name":"b/scale","kind":"Scale"}]}"#;
        let list: LegacyList = serde_json::from_str(list).unwrap();
        let scaled: Vec<(String, bool)> = list.served("x", "v1").map(|served| (served.plural, served.scales)).collect();
        assert_eq!(scaled, [("a".to_owned(), false), ("b".to_owned(), true)]);
        assert_eq!(catalog.find("Deployment.apps").unwrap().plural, "deployments");
        assert_eq!(catalog.missing, ["metrics.k8s.io/v1beta1"]);
    }
}
