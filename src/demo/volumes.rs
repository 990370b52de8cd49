//! Volumes: a claim is given one of its class at once; a claim of a class that is not there waits, and says so.
//!
//! No volume is ever looked for among those that are there, and all are bound before a pod wants them. What is deleted while a pod or a
//! claim uses it stays until then (the protection controllers).

use super::events::{self, Level};
use super::life::{Controller, News};
use super::object::{self, Object, at, put, text};
use super::store::{Key, What};
use super::world::{Deletion, World, Write};
use jiff::SignedDuration;
use serde_json::json;

const CLAIMS: &str = "persistentvolumeclaims";
const VOLUMES: &str = "persistentvolumes";
const SOURCE: &str = "persistentvolume-controller";
const MANAGER: &str = "kube-controller-manager";
/// How often a claim that cannot be served is tried.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// See the module.
#[derive(Debug)]
pub struct Volumes;

impl Controller for Volumes {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, world: &World, news: &News<'_>) -> Vec<Key> {
        match (&*news.key.resource, news.what) {
            (CLAIMS | VOLUMES, _) => vec![news.key.clone()],
            ("pods", What::Deleted) => {
                let id = CLAIMS.into();
                let claims = world.store.list(&id, Some(&news.key.namespace), None);
                claims.filter(|(_, claim)| is_going(&claim.body)).map(|(key, _)| key.clone()).collect()
            }
            ("storageclasses.storage.k8s.io", What::Added) => {
                world.store.list(&CLAIMS.into(), None, None).map(|(key, _)| key.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        if &*key.resource == VOLUMES {
            let volume = world.get(VOLUMES, "", &key.name).filter(object::is_deleted)?;
            let claim = at(&volume, "spec/claimRef");
            if world.get(CLAIMS, text(claim, "namespace"), text(claim, "name")).is_none() {
                unprotect(world, volume, "kubernetes.io/pv-protection");
            }
            return None;
        }
        let Some(claim) = world.get(CLAIMS, &key.namespace, &key.name) else {
            release(world, key);
            return None;
        };
        if object::is_deleted(&claim) {
            if !is_mounted(world, key) {
                unprotect(world, claim, "kubernetes.io/pvc-protection");
            }
            return None;
        }
        if text(&claim, "status/phase") == "Bound" {
            return None;
        }
        let Some(class) = class(world, &claim) else { return Some(wait(world, claim)) };
        bind(world, claim, &class);
        None
    }
}

fn is_going(body: &[u8]) -> bool {
    memchr::memmem::find(body, b"\"deletionTimestamp\"").is_some()
}

fn is_mounted(world: &World, claim: &Key) -> bool {
    let mounts = |pod: &Object| {
        let volumes = object::items(pod, "spec/volumes");
        volumes.iter().any(|volume| text(volume, "persistentVolumeClaim/claimName") == &*claim.name)
    };
    world.list("pods", Some(&claim.namespace)).iter().any(mounts)
}

fn unprotect(world: &mut World, mut object: Object, finalizer: &str) {
    let mut finalizers = object::items(&object, "metadata/finalizers").to_vec();
    let all = finalizers.len();
    finalizers.retain(|own| own != finalizer);
    if finalizers.len() < all {
        let id = if text(&object, "kind") == "PersistentVolume" { VOLUMES } else { CLAIMS };
        put(&mut object, "metadata/finalizers", finalizers);
        // It was read just now.
        let _ = world.update(id, object, Write::by(MANAGER));
    }
}

/// Its class, or the default one.
fn class(world: &World, claim: &Object) -> Option<Object> {
    let id = "storageclasses.storage.k8s.io";
    match at(claim, "spec/storageClassName").as_str() {
        Some(name) => world.get(id, "", name),
        None => world
            .list(id, None)
            .into_iter()
            .find(|class| object::annotation(class, "storageclass.kubernetes.io/is-default-class") == "true"),
    }
}

fn wait(world: &mut World, mut claim: Object) -> SignedDuration {
    let message = match text(&claim, "spec/storageClassName") {
        "" => "no persistent volumes available for this claim and no storage class is set".to_owned(),
        name => format!("storageclass.storage.k8s.io {name:?} not found"),
    };
    let (level, reason) = match text(&claim, "spec/storageClassName") {
        "" => (Level::Normal, "FailedBinding"),
        _ => (Level::Warning, "ProvisioningFailed"),
    };
    events::record(world, &claim, level, reason, &message, SOURCE);
    if text(&claim, "status/phase") != "Pending" {
        put(&mut claim, "status/phase", "Pending");
        // It was read just now.
        let _ = world.update(CLAIMS, claim, Write::status(MANAGER));
    }
    AGAIN.max(events::seen_from(world).duration_since(world.now))
}

fn bind(world: &mut World, mut claim: Object, class: &Object) {
    let name = format!("pvc-{}", object::uid(&claim));
    let capacity = json!({"storage": at(&claim, "spec/resources/requests/storage")});
    let volume = json!({
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": text(class, "provisioner")}},
        "spec": {
            "capacity": capacity, "accessModes": at(&claim, "spec/accessModes"), "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": text(class, "reclaimPolicy"), "storageClassName": object::name(class),
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": object::namespace(&claim),
                "name": object::name(&claim), "uid": object::uid(&claim),
            },
            "csi": {"driver": text(class, "provisioner"), "volumeHandle": name, "fsType": "ext4"},
        },
        "status": {"phase": "Bound"},
    });
    // There already, if a write after it failed.
    let _ = world.create(VOLUMES, volume, Write::by("csi-provisioner"));
    let message = format!("Successfully provisioned volume {name}");
    events::record(world, &claim, Level::Normal, "ProvisioningSucceeded", &message, text(class, "provisioner"));
    put(&mut claim, "spec/volumeName", name);
    put(&mut claim, "spec/storageClassName", object::name(class));
    put(&mut claim, "metadata/annotations/pv.kubernetes.io~1bind-completed", "yes");
    put(&mut claim, "metadata/annotations/pv.kubernetes.io~1bound-by-controller", "yes");
    let Ok(mut claim) = world.update(CLAIMS, claim, Write::by(MANAGER)) else { return };
    let modes = at(&claim, "spec/accessModes").clone();
    put(&mut claim, "status", json!({"phase": "Bound", "accessModes": modes, "capacity": capacity}));
    let _ = world.update(CLAIMS, claim, Write::status(MANAGER));
}

/// What becomes of the volume of a claim that is gone.
fn release(world: &mut World, key: &Key) {
    let own = |volume: &Object| {
        text(volume, "spec/claimRef/namespace") == &*key.namespace && text(volume, "spec/claimRef/name") == &*key.name
    };
    for mut volume in world.list(VOLUMES, None).into_iter().filter(own) {
        if text(&volume, "spec/persistentVolumeReclaimPolicy") == "Delete" {
            let _ = world.delete(VOLUMES, "", object::name(&volume), &Deletion::default());
        } else if text(&volume, "status/phase") == "Bound" {
            put(&mut volume, "status/phase", "Released");
            let _ = world.update(VOLUMES, volume, Write::status(MANAGER));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::life::Life;

    #[test]
    fn claims_are_bound_when_their_class_is_there() {
        let mut world = World::new(1, "2026-01-01T00:00:00Z".parse().unwrap());
        let mut life = Life::new(vec![Box::new(Volumes)]);
        let claim = json!({
            "metadata": {"namespace": "data", "name": "warehouse"},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}},
        });
        world.create(CLAIMS, claim, Write::by("t")).unwrap();
        life.step(&mut world);
        let phase = |world: &World| text(&world.get(CLAIMS, "data", "warehouse").unwrap(), "status/phase").to_owned();
        assert_eq!(phase(&world), "Pending");
        let said = world.list("events", None);
        assert_eq!(text(&said[0], "message"), "storageclass.storage.k8s.io \"fast\" not found");
        let class = json!({"metadata": {"name": "fast"}, "provisioner": "disk.example.com", "reclaimPolicy": "Delete"});
        world.create("storageclasses.storage.k8s.io", class, Write::by("t")).unwrap();
        life.step(&mut world);
        assert_eq!((phase(&world).as_str(), world.list(VOLUMES, None).len()), ("Bound", 1));
        world.delete(CLAIMS, "data", "warehouse", &Deletion::default()).unwrap();
        life.step(&mut world);
        assert!(world.list(VOLUMES, None).is_empty());
    }
}
