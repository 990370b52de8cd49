//! What the user may read, where that decides what can be shown.

use super::connect::{Link, METADATA};
use super::fault::{Class, Fault};
use futures::StreamExt;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use serde::Deserialize;

/// Namespaces probed at a time.
const AT_ONCE: usize = 10;
/// More are not probed: their watches would not be started either.
const MOST: usize = 500;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Names {
    items: Vec<Item>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    metadata: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    name: String,
}

/// The names of all namespaces, sorted.
pub async fn namespaces(link: &Link) -> Result<Vec<String>, Fault> {
    let list: Names = link.get_json_as("/api/v1/namespaces", METADATA).await?;
    let mut names: Vec<String> = list.items.into_iter().map(|item| item.metadata.name).collect();
    names.sort();
    Ok(names)
}

/// The namespaces in which a kind may be listed: of all, if they may be listed, else of those that are `known`.
pub async fn readable(link: &Link, group: &str, plural: &str, known: Vec<String>) -> Result<Vec<String>, Fault> {
    let mut candidates = match namespaces(link).await {
        Ok(names) => names,
        Err(fault) if fault.class == Class::Forbidden => known,
        Err(fault) => return Err(fault),
    };
    candidates.dedup();
    let probes = futures::stream::iter(candidates.into_iter().take(MOST)).map(|namespace| async move {
        let allowed = may_list(link, group, plural, &namespace).await;
        (namespace, allowed)
    });
    let answers: Vec<(String, Result<bool, Fault>)> = probes.buffered(AT_ONCE).collect().await;
    // A probe that fails is not a no: the watch itself will tell.
    Ok(answers.into_iter().filter(|(_, allowed)| *allowed != Ok(false)).map(|(namespace, _)| namespace).collect())
}

/// Whether a kind may be listed in a namespace, by a SelfSubjectAccessReview.
async fn may_list(link: &Link, group: &str, plural: &str, namespace: &str) -> Result<bool, Fault> {
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: Some(group.into()),
                resource: Some(plural.into()),
                namespace: Some(namespace.into()),
                verb: Some("list".into()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer: SelfSubjectAccessReview = link.post_json(path, &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}
