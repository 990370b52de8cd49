//! What the user may do in a namespace, by one SelfSubjectRulesReview.
//!
//! It is complete only where the server says so: webhook authorizers (EKS, GKE, AKS) do not list their rules. What is unknown is
//! allowed to be tried.

use super::connect::Link;
use super::fault::Fault;
use k8s_openapi::api::authorization::v1::{ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec};

const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

/// The rules that hold for the user in a namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    pub rules: Vec<ResourceRule>,
    /// Whether what no rule allows is forbidden.
    pub complete: bool,
}

/// Asks for the rights in a namespace.
pub async fn rights(link: &Link, namespace: &str) -> Result<Rights, Fault> {
    let spec = SelfSubjectRulesReviewSpec { namespace: Some(namespace.to_owned()) };
    let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
    let review: SelfSubjectRulesReview = link.post_json(PATH, &review).await?;
    let status = review.status.unwrap_or_default();
    Ok(Rights { rules: status.resource_rules, complete: !status.incomplete })
}

impl Rights {
    /// Whether a rule allows a verb on all objects of `pods` or `deployments/scale`.
    pub fn allow(&self, verb: &str, group: &str, resource: &str) -> bool {
        self.rules.iter().any(|rule| {
            let everywhere = rule.resource_names.iter().flatten().next().is_none();
            everywhere && is_about(rule, verb, group, resource)
        })
    }

    /// Whether it is known that the verb is allowed on none, not even on one by its name.
    pub fn forbid(&self, verb: &str, group: &str, resource: &str) -> bool {
        self.complete && !self.rules.iter().any(|rule| is_about(rule, verb, group, resource))
    }
}

/// By the rules of RBAC (`rbac/v1 PolicyRule`): `*` is everything, `*/scale` that part of every kind.
fn is_about(rule: &ResourceRule, verb: &str, group: &str, resource: &str) -> bool {
    let has = |list: &Option<Vec<String>>, one: &str| list.iter().flatten().any(|own| own == "*" || own == one);
    let of_all = resource.split_once('/').map(|(_, part)| format!("*/{part}"));
    let resources = has(&rule.resources, resource) || of_all.is_some_and(|part| has(&rule.resources, &part));
    resources && has(&rule.api_groups, group) && rule.verbs.iter().any(|own| own == "*" || own == verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(verb: &str, group: &str, resource: &str, names: &[&str]) -> ResourceRule {
        let own = |text: &str| Some(vec![text.to_owned()]);
        let names =
            Some(names.iter().map(|name| (*name).to_owned()).collect()).filter(|names: &Vec<String>| !names.is_empty());
        ResourceRule {
            verbs: vec![verb.into()],
            api_groups: own(group),
            resources: own(resource),
            resource_names: names,
        }
    }

    #[test]
    fn what_no_rule_allows_is_forbidden_only_if_all_rules_are_known() {
        let rules =
            vec![rule("get", "", "pods", &[]), rule("*", "apps", "*/scale", &[]), rule("patch", "", "nodes", &["one"])];
        let rights = Rights { rules, complete: true };
        assert!(rights.allow("get", "", "pods") && rights.allow("patch", "apps", "deployments/scale"));
        assert!(rights.forbid("patch", "apps", "deployments") && rights.forbid("delete", "", "pods"));
        assert!(!rights.allow("patch", "", "nodes") && !rights.forbid("patch", "", "nodes"), "one of them may be");
        assert!(!Rights { complete: false, ..rights }.forbid("delete", "", "pods"));
    }
}
