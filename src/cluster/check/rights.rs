//! What the user may look at, by one SelfSubjectRulesReview.

use super::report::Report;
use crate::cluster::connect::Link;
use k8s_openapi::api::authorization::v1::{ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec};
use std::io;

/// Group and plural of what most views show.
const KINDS: [(&str, &str); 8] = [
    ("", "pods"),
    ("", "services"),
    ("", "events"),
    ("", "secrets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("", "namespaces"),
    ("", "nodes"),
];
const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

/// Says which kinds may be listed and watched in the link's namespace.
pub async fn rights(link: &Link, report: &mut Report<'_>) -> io::Result<()> {
    let namespace = link.namespace();
    let spec = SelfSubjectRulesReviewSpec { namespace: Some(namespace.to_owned()) };
    let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
    let status = match link.post_json::<SelfSubjectRulesReview>(PATH, &review).await {
        Ok(review) => review.status.unwrap_or_default(),
        Err(fault) => return report.fault("rights", &fault),
    };
    let may = |kind: &&(&str, &str)| ["list", "watch"].iter().all(|verb| allows(&status.resource_rules, verb, **kind));
    let (allowed, denied): (Vec<_>, Vec<_>) = KINDS.iter().partition(may);
    let names = |kinds: &[(&str, &str)]| kinds.iter().map(|(_, plural)| *plural).collect::<Vec<_>>().join(", ");
    if !allowed.is_empty() {
        report.well("rights", &format!("in {namespace} you may see {}", names(&allowed)))?;
    }
    if denied.is_empty() {
        return Ok(());
    }
    let text = format!("in {namespace} you may not see {}", names(&denied));
    match (status.incomplete, allowed.is_empty()) {
        // Webhook authorizers (EKS, GKE, AKS) do not list their rules.
        (true, _) => report.note("rights", &format!("{text}, as far as the server can tell beforehand")),
        (false, true) => report.bad("rights", &text),
        (false, false) => report.note("rights", &text),
    }
}

fn allows(rules: &[ResourceRule], verb: &str, (group, plural): (&str, &str)) -> bool {
    let has = |list: &Option<Vec<String>>, one: &str| list.iter().flatten().any(|own| own == "*" || own == one);
    rules.iter().any(|rule| {
        let everywhere = rule.resource_names.iter().flatten().next().is_none();
        let verbs = rule.verbs.iter().any(|own| own == "*" || own == verb);
        everywhere && verbs && has(&rule.api_groups, group) && has(&rule.resources, plural)
    })
}
