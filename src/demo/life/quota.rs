//! What a namespace uses of its quota (pkg/controller/resourcequota, pkg/quota/v1).
//!
//! It counts, and refuses nothing: that would be admission's. Scopes are left out.

use super::super::object::{Object, at, items, number, put, text};
use super::super::store::{Key, What};
use super::super::world::{World, Write};
use super::{Controller, MANAGER, News, pods};
use crate::text::quantity;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::sync::Arc;

const ID: &str = "resourcequotas";

pub struct Quotas;

impl Controller for Quotas {
    fn name(&self) -> &'static str {
        "resourcequota-controller"
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        if news.is(ID) {
            return vec![news.key.clone()];
        }
        let id: Arc<str> = ID.into();
        let quotas = || world.store.list(&id, Some(&news.key.namespace), None).map(|(key, _)| key.clone());
        if news.key.namespace.is_empty() || news.is("events") || quotas().next().is_none() {
            return Vec::new();
        }
        let is_turn = news.what != What::Modified
            || (news.is("pods") && pods::is_ended(news.before()) != pods::is_ended(news.object()))
            || (news.is("services") && at(news.before(), "spec") != at(news.object(), "spec"));
        if is_turn { quotas().collect() } else { Vec::new() }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let mut quota = world.get(ID, &key.namespace, &key.name)?;
        let hard = at(&quota, "spec/hard").clone();
        let mut pods = world.list("pods", Some(&key.namespace));
        pods.retain(|pod| !pods::is_ended(pod));
        let used: Map<String, Value> = hard
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, _)| Some((name.clone(), used(world, &key.namespace, &pods, name)?.into())))
            .collect();
        put(&mut quota, "status/hard", hard);
        put(&mut quota, "status/used", used);
        // Whoever changed it meanwhile woke this controller again.
        let _ = world.update(ID, quota, Write::status(MANAGER));
        None
    }
}

/// How much of one thing is used, as a quantity; none for what is not counted here.
fn used(world: &World, namespace: &str, pods: &[Object], name: &str) -> Option<String> {
    let asked = |list: &str, resource: &str| {
        let of = |own: &Value| amount(at(own, &format!("resources/{list}/{resource}")), resource);
        let of_pod = |pod: &Object| {
            let main: i64 = items(pod, "spec/containers").iter().map(of).sum();
            main.max(items(pod, "spec/initContainers").iter().map(of).max().unwrap_or_default())
        };
        let sum = pods.iter().map(of_pod).sum();
        Some(if resource == "cpu" {
            quantity::print_cpu(sum).to_string()
        } else {
            quantity::print_bytes(sum).to_string()
        })
    };
    match name {
        "pods" => Some(pods.len().to_string()),
        "cpu" | "requests.cpu" => asked("requests", "cpu"),
        "memory" | "requests.memory" => asked("requests", "memory"),
        "limits.cpu" => asked("limits", "cpu"),
        "limits.memory" => asked("limits", "memory"),
        "requests.storage" => {
            let claims = world.list("persistentvolumeclaims", Some(namespace));
            let sum = claims.iter().map(|own| amount(at(own, "spec/resources/requests/storage"), "storage")).sum();
            Some(quantity::print_bytes(sum).to_string())
        }
        "services.loadbalancers" | "services.nodeports" => Some(services(world, namespace, name).to_string()),
        name => count(world, namespace, name.strip_prefix("count/").unwrap_or(name)),
    }
}

fn services(world: &World, namespace: &str, name: &str) -> i64 {
    let all = world.list("services", Some(namespace));
    let balanced = |own: &&Object| text(own, "spec/type") == "LoadBalancer";
    let ports = |own: &Object| items(own, "spec/ports").iter().filter(|port| number(port, "nodePort") > 0).count();
    match name {
        "services.loadbalancers" => all.iter().filter(balanced).count() as i64,
        _ => all.iter().map(ports).sum::<usize>() as i64,
    }
}

fn count(world: &World, namespace: &str, id: &str) -> Option<String> {
    let id = world.catalog.by_id(id)?.id.clone();
    Some(world.store.list(&id, Some(namespace), None).count().to_string())
}

/// Millicores of cpu, bytes of the rest.
fn amount(value: &Value, resource: &str) -> i64 {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return 0,
    };
    let read = if resource == "cpu" { quantity::milli } else { quantity::whole };
    read(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::stub;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_used_is_counted() {
        let (mut world, mut life) = stub::begin(vec![Box::new(Quotas)]);
        let hard =
            json!({"pods": "10", "requests.cpu": "2", "limits.memory": "1Gi", "count/configmaps": "5", "unknown": "1"});
        let quota = json!({"metadata": {"namespace": "shop", "name": "all"}, "spec": {"hard": hard}});
        world.create(ID, quota, Write::by("t")).unwrap();
        let resources = json!({"requests": {"cpu": "250m"}, "limits": {"memory": "128Mi"}});
        for name in ["a", "b"] {
            let pod = json!({"metadata": {"namespace": "shop", "name": name}, "spec": {"containers": [{"name": "x", "image": "x", "resources": resources}]}});
            world.create("pods", pod, Write::by("t")).unwrap();
        }
        world.create("configmaps", json!({"metadata": {"namespace": "shop", "name": "x"}}), Write::by("t")).unwrap();
        life.step(&mut world);
        let used = at(&world.get(ID, "shop", "all").unwrap(), "status/used").clone();
        assert_eq!(
            used,
            json!({"pods": "2", "requests.cpu": "500m", "limits.memory": "256Mi", "count/configmaps": "1"})
        );
        world.delete("pods", "shop", "a", &Default::default()).unwrap();
        life.step(&mut world);
        assert_eq!(stub::text_of(&world, ID, "all", "status/used/pods"), "1");
    }
}
