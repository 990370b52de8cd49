//! Custom kinds: a CustomResourceDefinition that is there is served, one that goes takes its objects with it
//! (the controllers of k8s.io/apiextensions-apiserver).
//!
//! One version of each is served: the stored one, if it is served at all. Nothing is converted; `schema::custom` holds what users
//! send against the schema.

use super::catalog::{self, Resource, Verbs};
use super::life::{Controller, News};
use super::object::{self, Object, at, flag, items, put, text};
use super::store::Key;
use super::world::{Deletion, World, Write};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The store's name for CustomResourceDefinitions.
pub const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// A definition for the story, in YAML: `certificates.example.com`, shown as READY, SECRET and AGE.
pub const CERTIFICATES: &str = include_str!("custom/certificates.yaml");

/// Holds a definition until its objects are gone.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What a definition defines; nothing if it serves no version.
pub fn resource(definition: &Object) -> Option<Resource> {
    let names = at(definition, "spec/names");
    let version = served(definition)?;
    let (group, plural, kind) = (text(definition, "spec/group"), text(names, "plural"), text(names, "kind"));
    let list =
        |path: &str| items(names, path).iter().filter_map(Value::as_str).map(|own| own.to_owned().into()).collect();
    let singular = match text(names, "singular") {
        "" => kind.to_lowercase(),
        own => own.to_owned(),
    };
    let has = |own: &&str| at(version, "subresources").get(*own).is_some();
    Some(Resource {
        group: group.to_owned().into(),
        version: text(version, "name").to_owned().into(),
        plural: plural.to_owned().into(),
        singular: singular.into(),
        kind: kind.to_owned().into(),
        short: list("shortNames"),
        categories: list("categories"),
        namespaced: text(definition, "spec/scope") == "Namespaced",
        verbs: Verbs::All,
        subresources: ["scale", "status"].into_iter().filter(has).map(Into::into).collect(),
        id: catalog::id(group, plural),
    })
}

/// The version that is served.
fn served(definition: &Object) -> Option<&Value> {
    let served = || items(definition, "spec/versions").iter().filter(|version| flag(version, "served"));
    served().find(|version| flag(version, "storage")).or_else(|| served().next())
}

/// What the definition of a custom kind says of its objects.
pub fn schema(world: &World, resource: &Resource) -> Option<Value> {
    version(world, resource)?.get("schema")?.get("openAPIV3Schema").cloned()
}

/// Where a custom kind has what its scale tells: `specReplicasPath` and the like, as `spec/size`.
pub fn scale_path(world: &World, resource: &Resource, name: &str) -> Option<String> {
    let version = version(world, resource)?;
    let path = text(at(&version, "subresources/scale"), name).trim_start_matches('.').replace('.', "/");
    Some(path).filter(|path| !path.is_empty())
}

/// The version of a definition that a resource is served in.
fn version(world: &World, resource: &Resource) -> Option<Value> {
    let definition = world.get(DEFINITIONS, "", &resource.id)?;
    items(&definition, "spec/versions").iter().find(|own| text(own, "name") == resource.version).cloned()
}

/// Serves what a definition defines, from now on; whether its names could be accepted.
pub fn serve(world: &mut World, definition: &Object) -> bool {
    let Some(resource) = resource(definition) else { return false };
    let is_own = *resource.id == *object::name(definition) && !resource.group.is_empty();
    if !is_own || !resource.is_custom() {
        return false;
    }
    if world.catalog.by_id(&resource.id).is_none_or(|known| **known != resource) {
        world.catalog.add(resource);
    }
    true
}

/// Keeps the catalog as the definitions say.
#[derive(Debug, Default)]
pub struct Definitions;

impl Controller for Definitions {
    fn name(&self) -> &'static str {
        "kube-apiserver"
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        if news.is(DEFINITIONS) { vec![news.key.clone()] } else { Vec::new() }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let Some(definition) = world.get(DEFINITIONS, "", &key.name) else {
            if world.catalog.by_id(&key.name).is_some_and(|own| own.is_custom()) {
                world.catalog.remove(&key.name);
            }
            return None;
        };
        if object::is_deleted(&definition) {
            return self.end(world, definition);
        }
        let accepted = serve(world, &definition);
        self.write(world, definition, accepted);
        None
    }
}

impl Definitions {
    /// Says that the names are accepted and holds the definition, once.
    fn write(&self, world: &mut World, mut definition: Object, accepted: bool) {
        let mut finalizers = items(&definition, "metadata/finalizers").to_vec();
        if accepted && !finalizers.iter().any(|own| own == CLEANUP) {
            finalizers.push(json!(CLEANUP));
            put(&mut definition, "metadata/finalizers", finalizers);
            // A write that loses against another is made again: that other one wakes this controller.
            let Ok(held) = world.update(DEFINITIONS, definition, Write::by(self.name())) else { return };
            definition = held;
        }
        let names = json!({
            "True": [("NamesAccepted", "NoConflicts", "no conflicts found"),
                     ("Established", "InitialNamesAccepted", "the initial names have been accepted")],
            "False": [("NamesAccepted", "NameConflict", "the names are taken or are not the definition's own"),
                      ("Established", "NotAccepted", "not all names are accepted")],
        });
        let status = if accepted { "True" } else { "False" };
        let known = items(&definition, "status/conditions");
        let conditions: Vec<Value> = items(&names, status)
            .iter()
            .map(|said| {
                let (kind, reason, message) = (text(said, "0"), text(said, "1"), text(said, "2"));
                let same = |own: &&Value| text(own, "type") == kind && text(own, "status") == status;
                let since = known.iter().find(same).map(|own| text(own, "lastTransitionTime").to_owned());
                json!({
                    "type": kind, "status": status, "reason": reason, "message": message,
                    "lastTransitionTime": since.unwrap_or_else(|| object::time(world.now)),
                })
            })
            .collect();
        put(&mut definition, "status/conditions", conditions);
        if accepted {
            let accepted = at(&definition, "spec/names").clone();
            put(&mut definition, "status/acceptedNames", accepted);
        }
        let stored = items(&definition, "spec/versions").iter().find(|version| flag(version, "storage"));
        let stored: Vec<Value> = stored.map(|version| at(version, "name").clone()).into_iter().collect();
        put(&mut definition, "status/storedVersions", stored);
        drop(world.update(DEFINITIONS, definition, Write::status(self.name())));
    }

    /// Deletes a definition's objects, and lets it go when none is left.
    fn end(&self, world: &mut World, mut definition: Object) -> Option<SignedDuration> {
        let finalizers = items(&definition, "metadata/finalizers");
        let others: Vec<Value> = finalizers.iter().filter(|own| *own != CLEANUP).cloned().collect();
        if others.len() == finalizers.len() {
            return None;
        }
        let id = object::name(&definition).to_owned();
        for own in world.list(&id, None) {
            drop(world.delete(&id, object::namespace(&own), object::name(&own), &Deletion::default()));
        }
        if !world.list(&id, None).is_empty() {
            return Some(SignedDuration::from_secs(1));
        }
        put(&mut definition, "metadata/finalizers", others);
        drop(world.update(DEFINITIONS, definition, Write::by(self.name())));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::columns::{self, Include};
    use crate::demo::life::Life;

    fn certificates() -> Object {
        serde_yaml::from_str(CERTIFICATES).unwrap()
    }

    fn lived() -> (World, Life) {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let mut life = Life::new(vec![Box::new(Definitions)]);
        world.create(DEFINITIONS, certificates(), Write::by("test")).unwrap();
        life.step(&mut world);
        (world, life)
    }

    #[test]
    fn a_definition_is_served_and_shown_as_it_says() {
        let (mut world, _) = lived();
        let definition = world.get(DEFINITIONS, "", "certificates.example.com").unwrap();
        let conditions = items(&definition, "status/conditions");
        assert!(conditions.len() == 2 && conditions.iter().all(|own| text(own, "status") == "True"), "{conditions:?}");
        assert_eq!(text(&definition, "status/acceptedNames/kind"), "Certificate");
        let resource = world.catalog.find("example.com", "v1", "certificates").unwrap().clone();
        assert!(resource.has("status") && resource.namespaced && resource.short == ["cert", "certs"]);
        let web = json!({
            "metadata": {"namespace": "shop", "name": "web"}, "spec": {"secretName": "web-tls", "issuerRef": {"name": "ca"}},
        });
        let made = world.create(&resource.id, web, Write::by("test")).unwrap();
        let mut ready = made.clone();
        put(&mut ready, "status/conditions", vec![json!({"type": "Ready", "status": "True", "message": "up to date"})]);
        let ready = world.update(&resource.id, ready, Write::status("test")).unwrap();
        let table = columns::table(&world, &resource, &[made, ready], Include::None);
        assert_eq!(*at(&table, "rows/0/cells"), json!(["web", null, "web-tls", "ca", null, "0s"]));
        assert_eq!(*at(&table, "rows/1/cells"), json!(["web", "True", "web-tls", "ca", "up to date", "0s"]));
    }

    #[test]
    fn a_definition_that_goes_takes_its_objects_with_it() {
        let (mut world, mut life) = lived();
        let id = "certificates.example.com";
        for (name, finalizers) in [("a", json!([])), ("held", json!(["example.com/hold"]))] {
            let own = json!({"metadata": {"namespace": "shop", "name": name, "finalizers": finalizers}});
            world.create(id, own, Write::by("test")).unwrap();
        }
        world.delete(DEFINITIONS, "", id, &Deletion::default()).unwrap();
        let again = life.step(&mut world);
        assert_eq!(world.list(id, None).len(), 1, "one is held");
        assert!(again.is_some() && world.catalog.by_id(id).is_some());
        let mut held = world.get(id, "shop", "held").unwrap();
        object::remove(&mut held, "metadata/finalizers");
        world.update(id, held, Write::by("test")).unwrap();
        let later = again.unwrap();
        life.run_until(&mut world, later);
        assert_eq!((world.get(DEFINITIONS, "", id), world.catalog.by_id(id)), (None, None));
    }

    #[test]
    fn names_that_are_taken_are_not_accepted() {
        let (mut world, mut life) = lived();
        let mut taken = certificates();
        put(&mut taken, "metadata/name", "deployments.apps");
        put(&mut taken, "spec/group", "apps");
        put(&mut taken, "spec/names/plural", "deployments");
        world.create(DEFINITIONS, taken, Write::by("test")).unwrap();
        life.step(&mut world);
        let taken = world.get(DEFINITIONS, "", "deployments.apps").unwrap();
        assert_eq!(text(&taken, "status/conditions/0/status"), "False");
        assert_eq!(world.catalog.by_id("deployments.apps").unwrap().kind, "Deployment");
        world.delete(DEFINITIONS, "", "deployments.apps", &Deletion::default()).unwrap();
        life.step(&mut world);
        assert!(world.catalog.by_id("deployments.apps").is_some());
    }
}
