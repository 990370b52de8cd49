//! What the user may look at, by one SelfSubjectRulesReview.

use super::report::Report;
use crate::cluster::connect::Link;
use crate::cluster::rights;
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

/// Says which kinds may be listed and watched in the link's namespace.
pub async fn rights(link: &Link, report: &mut Report<'_>) -> io::Result<()> {
    let namespace = link.namespace();
    let rights = match rights::rights(link, namespace).await {
        Ok(rights) => rights,
        Err(fault) => return report.fault("rights", &fault),
    };
    let may = |(group, plural): &&(&str, &str)| ["list", "watch"].iter().all(|verb| rights.allow(verb, group, plural));
    let (allowed, denied): (Vec<_>, Vec<_>) = KINDS.iter().partition(may);
    let names = |kinds: &[(&str, &str)]| kinds.iter().map(|(_, plural)| *plural).collect::<Vec<_>>().join(", ");
    if !allowed.is_empty() {
        report.well("rights", &format!("in {namespace} you may see {}", names(&allowed)))?;
    }
    if denied.is_empty() {
        return Ok(());
    }
    let text = format!("in {namespace} you may not see {}", names(&denied));
    match (!rights.complete, allowed.is_empty()) {
        // Webhook authorizers (EKS, GKE, AKS) do not list their rules.
        (true, _) => report.note("rights", &format!("{text}, as far as the server can tell beforehand")),
        (false, true) => report.bad("rights", &text),
        (false, false) => report.note("rights", &text),
    }
}
