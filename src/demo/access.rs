//! Who asks, and whether they may: bearer tokens of constant users, impersonation, RBAC from the roles and bindings in the store.
//!
//! As in the real server, `system:masters` may everything without being asked for a role. There is no other authorizer, no token of a
//! service account, and no check that a role gives no more than its writer has.

mod review;
mod rules;

pub use review::review;

use super::object::Object;
use super::refusal::Refusal;
use super::world::World;
use serde_json::json;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub groups: Vec<String>,
}

/// What is asked for, as a rule of RBAC names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ask<'a> {
    pub verb: &'a str,
    /// Empty for the core group.
    pub group: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    /// Empty at the cluster's scope. A namespace itself is asked for in itself.
    pub namespace: &'a str,
    /// Empty for lists and creation.
    pub name: &'a str,
}

/// The users there are, with their groups.
const USERS: [(&str, &[&str]); 3] =
    [("admin", &["system:masters", AUTHENTICATED]), ("dev", &[AUTHENTICATED]), ("viewer", &[AUTHENTICATED])];

const AUTHENTICATED: &str = "system:authenticated";
const MASTERS: &str = "system:masters";

/// Roles and bindings that the cluster begins with: a real server's, and those of the demo's users.
const ROLES: &str = include_str!("access/roles.yaml");

/// The bearer token of a user: no secret, there is nothing behind it.
pub fn token(user: &str) -> String {
    format!("rk9s-demo-{user}")
}

/// The names of the users there are.
pub fn users() -> impl Iterator<Item = &'static str> {
    USERS.iter().map(|(name, _)| *name)
}

/// The roles and bindings to begin with, for the stores of their kinds.
pub fn roles() -> Vec<Object> {
    use serde::Deserialize;
    serde_yaml::Deserializer::from_str(ROLES).filter_map(|one| Object::deserialize(one).ok()).collect()
}

/// 401, as the server says it and says no more.
pub fn unauthorized() -> Refusal {
    Refusal::new(401, "Unauthorized", "Unauthorized")
}

/// The user of a request, by its `Authorization` header, or the one they act as (`Impersonate-User` and `Impersonate-Group`), if they may.
/// Without a credential it is `system:anonymous`.
///
/// # Errors
/// 401 for a credential of nobody; 403 for acting as another without the right to.
pub fn user(
    world: &World,
    authorization: Option<&str>,
    impersonate: Option<(&str, &[String])>,
) -> Result<User, Refusal> {
    let own = match authorization {
        None => User::new("system:anonymous", &["system:unauthenticated"]),
        Some(header) => known(header).ok_or_else(unauthorized)?,
    };
    match impersonate {
        Some((name, groups)) => acting(world, &own, name, groups),
        None => Ok(own),
    }
}

fn known(header: &str) -> Option<User> {
    let (scheme, given) = header.trim().split_once(' ')?;
    let mut all = USERS.iter().filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    let (name, groups) = all.find(|(name, _)| token(name) == given.trim())?;
    Some(User::new(name, groups))
}

/// The user that another acts as (`WithImpersonation` in k8s.io/apiserver).
fn acting(world: &World, own: &User, name: &str, groups: &[String]) -> Result<User, Refusal> {
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    let ask = Ask { verb: "impersonate", ..Ask::default() };
    may(
        world,
        own,
        &match account {
            Some((namespace, name)) => Ask { resource: "serviceaccounts", namespace, name, ..ask },
            None => Ask { resource: "users", name, ..ask },
        },
    )?;
    for group in groups {
        may(world, own, &Ask { resource: "groups", name: group, ..ask })?;
    }
    let mut user = User { name: name.to_owned(), groups: groups.to_vec() };
    if let (Some((namespace, _)), true) = (account, groups.is_empty()) {
        user.groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
    }
    if name != "system:anonymous" && !user.is_in(AUTHENTICATED) {
        user.groups.push(AUTHENTICATED.to_owned());
    }
    Ok(user)
}

impl User {
    fn new(name: &str, groups: &[&str]) -> Self {
        Self { name: name.to_owned(), groups: groups.iter().map(|group| (*group).to_owned()).collect() }
    }

    fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }
}

impl Ask<'_> {
    /// `pods`, `pods/log`.
    fn resource(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

/// Whether a user may do something to a resource.
///
/// # Errors
/// 403 in the server's words (`responsewriters.ForbiddenStatusError`).
pub fn may(world: &World, user: &User, ask: &Ask<'_>) -> Result<(), Refusal> {
    let verdict = rules::verdict(world, user, ask);
    if verdict.is_allowed {
        return Ok(());
    }
    let scope = match ask.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let why = format!(
        "User {:?} cannot {} resource {:?} in API group {:?} {scope}{}",
        user.name,
        ask.verb,
        ask.resource(),
        ask.group,
        because(&verdict.reason),
    );
    Err(Refusal::forbidden((ask.group, ask.resource), ask.name, why))
}

/// Whether a user may ask for a path that is no resource: `/version`, `/healthz`, discovery. `verb` is the method in small letters.
///
/// # Errors
/// 403 in the server's words.
pub fn may_path(world: &World, user: &User, verb: &str, path: &str) -> Result<(), Refusal> {
    let verdict = rules::verdict_on_path(world, user, verb, path);
    if verdict.is_allowed {
        return Ok(());
    }
    let why = because(&verdict.reason);
    let message = format!("forbidden: User {:?} cannot {verb} path {path:?}{why}", user.name);
    let mut refusal = Refusal::new(403, "Forbidden", message);
    refusal.details = json!({});
    Err(refusal)
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

#[cfg(test)]
mod tests;
