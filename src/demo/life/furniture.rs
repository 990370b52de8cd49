//! What every namespace is given, and given again: a service account and the cluster's authority
//! (pkg/controller/serviceaccount, pkg/controller/certificates/rootcacertpublisher).

use super::super::object;
use super::super::store::{Key, What};
use super::super::world::{World, Write};
use super::{Controller, MANAGER, News};
use jiff::SignedDuration;
use serde_json::json;

const ACCOUNT: (&str, &str) = ("serviceaccounts", "default");
const AUTHORITY: (&str, &str) = ("configmaps", "kube-root-ca.crt");
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

pub struct Furniture;

impl Controller for Furniture {
    fn name(&self) -> &'static str {
        "serviceaccount-controller"
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        let is_of = |(id, name): (&str, &str)| news.is(id) && &*news.key.name == name;
        match news.what {
            What::Added if news.is("namespaces") => vec![news.key.clone()],
            What::Deleted if is_of(ACCOUNT) || is_of(AUTHORITY) => {
                vec![Key::new(&"namespaces".into(), "", &news.key.namespace)]
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        world.get("namespaces", "", &key.name).filter(|namespace| !object::is_deleted(namespace))?;
        if world.get(ACCOUNT.0, &key.name, ACCOUNT.1).is_none() {
            let account = json!({"metadata": {"name": ACCOUNT.1, "namespace": &*key.name}});
            // Nobody refuses it but a namespace that ends.
            let _ = world.create(ACCOUNT.0, account, Write::by(MANAGER));
        }
        if world.get(AUTHORITY.0, &key.name, AUTHORITY.1).is_none() {
            let authority = json!({
                "metadata": {"name": AUTHORITY.1, "namespace": &*key.name, "annotations": {"kubernetes.io/description": DESCRIPTION}},
                "data": {"ca.crt": ""},
            });
            let _ = world.create(AUTHORITY.0, authority, Write::by(MANAGER));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::world::Deletion;
    use super::super::stub;
    use super::*;

    #[test]
    fn a_namespace_is_furnished_and_what_is_taken_comes_again() {
        let (mut world, mut life) = stub::begin(vec![Box::new(Furniture)]);
        world.create("namespaces", json!({"metadata": {"name": "shop"}}), Write::by("t")).unwrap();
        life.step(&mut world);
        assert_eq!(stub::names(&world, "configmaps"), ["kube-root-ca.crt"]);
        let first = stub::text_of(&world, "serviceaccounts", "default", "metadata/uid");
        world.delete("serviceaccounts", "shop", "default", &Deletion::default()).unwrap();
        life.step(&mut world);
        let second = stub::text_of(&world, "serviceaccounts", "default", "metadata/uid");
        assert!(!second.is_empty() && first != second);
    }
}
