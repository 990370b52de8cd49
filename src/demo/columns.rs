//! Server-side Tables (meta.k8s.io/v1): columns and cells as Kubernetes 1.36's printers make them.
//!
//! A column's description is left empty: kubectl does not show it. Quantities are shown as they are stored. Kinds that the real server can
//! make no Table of (metrics.k8s.io) have none here either.

mod cell;
mod cluster;
mod custom;
mod network;
mod pod;
#[cfg(test)]
mod tests;
mod workload;

pub use cell::Column;

use super::catalog::{Resource, Verbs};
use super::object::{Object, at, put};
use super::world::World;
use custom::Printer;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What of each object a row carries (`includeObject`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Include {
    None,
    #[default]
    Metadata,
    Object,
}

type Row = fn(&Object, Timestamp) -> Vec<Value>;

/// How the objects of a resource are shown.
enum Shown {
    BuiltIn(&'static [Column], Row),
    Custom(Printer),
}

/// Columns and rows of a built-in resource, by the store's name for it.
fn built_in(id: &str) -> Option<(&'static [Column], Row)> {
    Some(match id {
        "pods" => (pod::COLUMNS, pod::row),
        "deployments.apps" => (workload::DEPLOYMENT, workload::deployment),
        "replicasets.apps" => (workload::REPLICASET, workload::replicaset),
        "statefulsets.apps" => (workload::STATEFULSET, workload::statefulset),
        "daemonsets.apps" => (workload::DAEMONSET, workload::daemonset),
        "controllerrevisions.apps" => (workload::REVISION, workload::revision),
        "jobs.batch" => (workload::JOB, workload::job),
        "cronjobs.batch" => (workload::CRONJOB, workload::cronjob),
        "poddisruptionbudgets.policy" => (workload::BUDGET, workload::budget),
        "horizontalpodautoscalers.autoscaling" => (workload::AUTOSCALER, workload::autoscaler),
        "services" => (network::SERVICE, network::service),
        "endpoints" => (network::ENDPOINTS, network::endpoints),
        "endpointslices.discovery.k8s.io" => (network::SLICE, network::slice),
        "ingresses.networking.k8s.io" => (network::INGRESS, network::ingress),
        "ingressclasses.networking.k8s.io" => (network::CLASS, network::class),
        "networkpolicies.networking.k8s.io" => (network::POLICY, network::policy),
        "nodes" => (cluster::NODE, cluster::node),
        "namespaces" => (cluster::NAMESPACE, cluster::namespace),
        "events" => (cluster::EVENT, cluster::event),
        "configmaps" => (cluster::CONFIGMAP, cluster::configmap),
        "secrets" => (cluster::SECRET, cluster::secret),
        "serviceaccounts" => (cluster::AGED, cluster::aged),
        "persistentvolumes" => (cluster::VOLUME, cluster::volume),
        "persistentvolumeclaims" => (cluster::CLAIM, cluster::claim),
        "storageclasses.storage.k8s.io" => (cluster::STORAGE_CLASS, cluster::storage_class),
        "priorityclasses.scheduling.k8s.io" => (cluster::PRIORITY_CLASS, cluster::priority_class),
        "resourcequotas" => (cluster::QUOTA, cluster::quota),
        "leases.coordination.k8s.io" => (cluster::LEASE, cluster::lease),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            (cluster::BINDING, cluster::binding)
        }
        "roles.rbac.authorization.k8s.io"
        | "clusterroles.rbac.authorization.k8s.io"
        | "limitranges"
        | "customresourcedefinitions.apiextensions.k8s.io" => (cluster::DEFAULT, cluster::default),
        _ => return None,
    })
}

impl Shown {
    fn of(world: &World, resource: &Resource) -> Self {
        if let Some((columns, row)) = built_in(&resource.id) {
            return Self::BuiltIn(columns, row);
        }
        match world.get(super::custom::DEFINITIONS, "", &resource.id) {
            Some(definition) => Self::Custom(Printer::of(&definition, &resource.version)),
            None => Self::BuiltIn(cluster::AGED, cluster::aged),
        }
    }

    fn columns(&self) -> Cow<'_, [Column]> {
        match self {
            Self::BuiltIn(columns, _) => Cow::Borrowed(columns),
            Self::Custom(printer) => Cow::Borrowed(&printer.columns),
        }
    }

    fn row(&self, object: &Object, now: Timestamp) -> Vec<Value> {
        match self {
            Self::BuiltIn(_, row) => row(object, now),
            Self::Custom(printer) => printer.row(object, now),
        }
    }
}

/// Whether a Table can be made of it; the server answers 406 where it can not.
pub fn has_table(resource: &Resource) -> bool {
    resource.verbs == Verbs::All
}

/// A Table of objects. Its metadata (resourceVersion, continue, remainingItemCount) is the caller's business and left empty.
pub fn table(world: &World, resource: &Resource, objects: &[Object], include: Include) -> Value {
    let shown = Shown::of(world, resource);
    let rows: Vec<Value> = objects.iter().map(|object| row(&shown, world, resource, object, include)).collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {},
        "columnDefinitions": definitions(&shown), "rows": rows,
    })
}

/// A Table's definitions.
fn definitions(shown: &Shown) -> Vec<Value> {
    let each = |column: &Column| {
        json!({
            "name": column.name, "type": column.kind, "format": column.format, "description": "",
            "priority": column.priority,
        })
    };
    shown.columns().iter().map(each).collect()
}

fn row(shown: &Shown, world: &World, resource: &Resource, object: &Object, include: Include) -> Value {
    let carried = match include {
        Include::None => Value::Null,
        Include::Metadata => json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": at(object, "metadata"),
        }),
        Include::Object => object.clone(),
    };
    let mut row = json!({"cells": shown.row(object, world.now), "object": carried});
    if &*resource.id == "pods"
        && let Some(conditions) = pod::conditions(object)
    {
        put(&mut row, "conditions", conditions);
    }
    row
}
