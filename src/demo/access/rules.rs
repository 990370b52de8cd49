//! RBAC: the rules that bindings give a user, and what they allow (plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1's evaluation helpers).

use super::{Ask, MASTERS, User};
use crate::demo::object::{self, Object, items, text};
use crate::demo::world::World;
use serde_json::Value;

const ROLES: &str = "roles.rbac.authorization.k8s.io";
const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";
const CLUSTER_BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";

/// What RBAC says of a wish, with its reason: the binding that allows it, or roles that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub is_allowed: bool,
    pub reason: String,
}

/// A role that a user is given: its rules, and the binding that gives it in words.
pub struct Given {
    pub rules: Vec<Value>,
    binding: String,
}

pub fn verdict(world: &World, user: &User, ask: &Ask<'_>) -> Verdict {
    judged(world, user, ask.namespace, |rule| allows(rule, ask))
}

pub fn verdict_on_path(world: &World, user: &User, verb: &str, path: &str) -> Verdict {
    judged(world, user, "", |rule| {
        has(rule, "verbs", verb) && items(rule, "nonResourceURLs").iter().any(|own| covers(own, path))
    })
}

fn judged(world: &World, user: &User, namespace: &str, allows: impl Fn(&Value) -> bool) -> Verdict {
    if user.is_in(MASTERS) {
        return Verdict { is_allowed: true, reason: String::new() };
    }
    let (given, missing) = given(world, user, namespace);
    let by = given.iter().find(|given| given.rules.iter().any(&allows));
    let reason = match (by, missing.as_slice()) {
        (Some(given), _) => format!("RBAC: allowed by {}", given.binding),
        (None, []) => String::new(),
        (None, [one]) => format!("RBAC: {one}"),
        (None, many) => format!("RBAC: [{}]", many.join(", ")),
    };
    Verdict { is_allowed: by.is_some(), reason }
}

/// The roles that a user is given in a namespace (and in the cluster), in the bindings' order; and words about roles that are not there.
pub fn given(world: &World, user: &User, namespace: &str) -> (Vec<Given>, Vec<String>) {
    let mut bindings = world.list(CLUSTER_BINDINGS, None);
    if !namespace.is_empty() {
        bindings.extend(world.list(BINDINGS, Some(namespace)));
    }
    let (mut given, mut missing) = (Vec::new(), Vec::new());
    for binding in &bindings {
        let own = object::namespace(binding);
        let Some(subject) = items(binding, "subjects").iter().find(|subject| is_about(subject, user, own)) else {
            continue;
        };
        let (kind, name) = (text(binding, "roleRef/kind"), text(binding, "roleRef/name"));
        let role = match kind {
            "Role" => world.get(ROLES, own, name),
            _ => world.get(CLUSTER_ROLES, "", name),
        };
        match role {
            Some(role) => given.push(Given {
                rules: items(&role, "rules").to_vec(),
                binding: format!("{} of {kind} {name:?} to {}", described(binding), subject_in_words(subject)),
            }),
            None => missing.push(format!("{}.rbac.authorization.k8s.io {name:?} not found", kind.to_lowercase())),
        }
    }
    (given, missing)
}

fn described(binding: &Object) -> String {
    match object::namespace(binding) {
        "" => format!("ClusterRoleBinding {:?}", object::name(binding)),
        namespace => format!("RoleBinding {:?}", format!("{}/{namespace}", object::name(binding))),
    }
}

fn subject_in_words(subject: &Value) -> String {
    let (kind, name) = (text(subject, "kind"), text(subject, "name"));
    match kind {
        "ServiceAccount" => format!("{kind} {:?}", format!("{name}/{}", text(subject, "namespace"))),
        _ => format!("{kind} {name:?}"),
    }
}

/// `namespace` is the binding's: a service account without one is of that.
fn is_about(subject: &Value, user: &User, namespace: &str) -> bool {
    let name = text(subject, "name");
    match text(subject, "kind") {
        "User" => user.name == name,
        "Group" => user.is_in(name),
        "ServiceAccount" => {
            let own = text(subject, "namespace");
            let own = if own.is_empty() { namespace } else { own };
            user.name == format!("system:serviceaccount:{own}:{name}")
        }
        _ => false,
    }
}

fn allows(rule: &Value, ask: &Ask<'_>) -> bool {
    let names = items(rule, "resourceNames");
    has(rule, "verbs", ask.verb)
        && has(rule, "apiGroups", ask.group)
        && items(rule, "resources").iter().filter_map(Value::as_str).any(|own| is_resource(own, ask))
        && (names.is_empty() || names.iter().any(|own| own == ask.name))
}

/// `*`, `pods`, `pods/log`, `*/scale`.
fn is_resource(own: &str, ask: &Ask<'_>) -> bool {
    let any_with = |sub: &str| own.strip_prefix("*/") == Some(sub);
    own == "*" || own == ask.resource() || (!ask.subresource.is_empty() && any_with(ask.subresource))
}

/// Whether a list of a rule names this one, or all.
fn has(rule: &Value, list: &str, one: &str) -> bool {
    items(rule, list).iter().any(|own| own == "*" || own == one)
}

/// A path, or one that begins so (`/api/*`), or all.
fn covers(own: &Value, path: &str) -> bool {
    let own = own.as_str().unwrap_or_default();
    own == "*" || own == path || own.strip_suffix('*').is_some_and(|begin| path.starts_with(begin))
}
