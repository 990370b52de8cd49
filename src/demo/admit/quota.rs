//! Resource quotas: what a namespace may hold, asked when something is created (k8s.io/apiserver/pkg/admission/plugin/resourcequota).
//!
//! What is used is counted when it is asked for; nobody writes it into a quota's status. Scopes, and quotas of storage, are not looked at.

use super::quantity::Quantity;
use crate::demo::catalog::Resource;
use crate::demo::object::{self, Object, at, items, text};
use crate::demo::refusal::Refusal;
use crate::demo::world::World;
use std::collections::BTreeMap;

type Amounts = BTreeMap<String, Quantity>;

/// Refuses what would be too much.
pub fn check(world: &World, resource: &Resource, object: &Object) -> Result<(), Refusal> {
    let namespace = object::namespace(object);
    for quota in world.list("resourcequotas", Some(namespace)) {
        let hard: Amounts = amounts(&quota, "spec/hard");
        let asked = asked(&hard, resource, object);
        if asked.is_empty() {
            continue;
        }
        let name = object::name(&quota);
        let refused = |why: String| Err(Refusal::forbidden(resource.of(), object::name(object), why));
        let missing = missing(&hard, resource, object);
        if !missing.is_empty() {
            return refused(format!("failed quota: {name}: must specify {}", missing.join("; ")));
        }
        let others = world.list(&resource.id, Some(namespace));
        let used = |what: &str| {
            let own = others.iter().filter(|own| is_counted(own)).flat_map(|own| one(what, resource, own));
            own.reduce(Quantity::plus).unwrap_or_default()
        };
        let over: Vec<_> = asked
            .iter()
            .filter_map(|(what, amount)| {
                let (limit, used) = (*hard.get(what)?, used(what));
                (used.plus(*amount).nanos > limit.nanos).then_some((what, *amount, used, limit))
            })
            .collect();
        if !over.is_empty() {
            let told = |pick: fn(&(&String, Quantity, Quantity, Quantity)) -> Quantity| {
                let all: Vec<String> = over.iter().map(|own| format!("{}={}", own.0, pick(own).written())).collect();
                all.join(",")
            };
            let (asked, used, limit) = (told(|own| own.1), told(|own| own.2), told(|own| own.3));
            return refused(format!("exceeded quota: {name}, requested: {asked}, used: {used}, limited: {limit}"));
        }
    }
    Ok(())
}

fn amounts(object: &Object, path: &str) -> Amounts {
    let pairs = at(object, path).as_object().into_iter().flatten();
    pairs.filter_map(|(name, amount)| Some((name.clone(), Quantity::of(amount)?))).collect()
}

/// What of a quota an object would use.
fn asked(hard: &Amounts, resource: &Resource, object: &Object) -> Amounts {
    hard.keys().filter_map(|what| Some((what.clone(), one(what, resource, object)?))).collect()
}

fn one(what: &str, resource: &Resource, object: &Object) -> Option<Quantity> {
    let counted = what.strip_prefix("count/").unwrap_or(what);
    if counted == &*resource.id {
        return Quantity::read("1");
    }
    if &*resource.id != "pods" {
        return None;
    }
    let path = path(what)?;
    items(object, "spec/containers").iter().filter_map(|own| Quantity::of(at(own, &path))).reduce(Quantity::plus)
}

/// Where a container says it.
fn path(what: &str) -> Option<String> {
    match what {
        "cpu" | "memory" => Some(format!("resources/requests/{what}")),
        "requests.cpu" | "requests.memory" | "limits.cpu" | "limits.memory" => {
            Some(format!("resources/{}", what.replace('.', "/")))
        }
        _ => None,
    }
}

/// What each container must say where a quota counts it.
fn missing(hard: &Amounts, resource: &Resource, object: &Object) -> Vec<String> {
    if &*resource.id != "pods" {
        return Vec::new();
    }
    let counted = hard.keys().filter_map(|what| Some((what, path(what)?)));
    let all = counted.filter_map(|(what, path)| {
        let silent = items(object, "spec/containers").iter().filter(|own| at(own, &path).is_null());
        let names: Vec<&str> = silent.map(|own| text(own, "name")).collect();
        (!names.is_empty()).then(|| format!("{what} for: {}", names.join(",")))
    });
    all.collect()
}

/// A pod that has ended uses nothing.
fn is_counted(object: &Object) -> bool {
    !(text(object, "kind") == "Pod" && matches!(text(object, "status/phase"), "Succeeded" | "Failed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::Write;
    use serde_json::{Value, json};

    /// As kube-apiserver 1.36.3 answered.
    #[test]
    fn too_much_is_refused_in_the_servers_words() {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let hard = json!({"pods": 1, "requests.cpu": 1, "limits.memory": "1Gi"});
        let quota = json!({"metadata": {"namespace": "shop", "name": "q"}, "spec": {"hard": hard}});
        world.create("resourcequotas", quota, Write::by("t")).unwrap();
        let mut create = |name: &str, resources: Value| {
            let pod = json!({"metadata": {"namespace": "shop", "name": name}, "spec": {"containers": [
                {"name": "c", "image": "i:1", "resources": resources},
            ]}});
            world.create("pods", pod, Write::by("t")).map(drop).map_err(|refusal| (refusal.code, refusal.message))
        };
        let refused = |why: &str| Err((403, why.to_owned()));
        let why = r#"pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c"#;
        assert_eq!(create("p", json!({})), refused(why));
        let why = r#"pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1"#;
        assert_eq!(create("p", json!({"requests": {"cpu": 2}, "limits": {"memory": "1Gi"}})), refused(why));
        let small = json!({"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}});
        assert_eq!(create("p", small.clone()), Ok(()));
        let why = r#"pods "p2" is forbidden: exceeded quota: q, requested: limits.memory=1Gi,pods=1, used: limits.memory=1Gi,pods=1, limited: limits.memory=1Gi,pods=1"#;
        assert_eq!(create("p2", small), refused(why));
    }
}
