//! The subresource `scale`: how many replicas there are and shall be, as a `Scale` of autoscaling/v1, whatever the object is.

use super::body::{self, Kind};
use super::query::cause;
use super::{Request, Response, strict, write};
use crate::demo::catalog::{Catalog, Resource};
use crate::demo::custom;
use crate::demo::object::{self, Object, at, items, number, pairs, put, text};
use crate::demo::patch;
use crate::demo::refusal::Refusal;
use crate::demo::world::{World, Write};
use serde_json::{Value, json};

/// GET, PUT or PATCH.
pub fn scale(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let before = write::there(world, request)?;
    let places = Places::of(world, &request.target.resource);
    let shown = of(&before, &places);
    let (wanted, manager, dry) = match request.verb {
        "get" => return Ok(Response::json(200, &shown, request.form.layout)),
        "update" => {
            let mut wanted = body::object(request, Kind { group: "autoscaling", version: "v1", kind: "Scale" })?;
            body::place(request, &mut wanted)?;
            (wanted, write::manager(request)?, request.query.dry("UpdateOptions")?)
        }
        _ => {
            let (kind, manager) = write::patching(request)?;
            let resource = resource(&world.catalog);
            if matches!(kind, patch::Kind::Apply { .. }) {
                strict::applying(request, Kind::of(&resource))?;
            }
            let wanted = patch::patched(kind, Some(&shown), &request.asked.body, &resource, &manager, world.now)?;
            let wanted = strict::patched(request, kind, Kind::of(&resource), wanted)?;
            (wanted, manager, request.query.dry("PatchOptions")?)
        }
    };
    let replicas = body::number(&wanted, "spec/replicas", "ScaleSpec")?.unwrap_or(0);
    if replicas < 0 {
        let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
        let cause = cause("FieldValueInvalid", "spec.replicas", message);
        return Err(Refusal::invalid(("autoscaling", "Scale"), request.target.name(), vec![cause]));
    }
    let mut object = before;
    put(&mut object, &places.spec, replicas);
    // Who says which version it has seen must have seen the last.
    let version = text(&wanted, "metadata/resourceVersion");
    if !version.is_empty() {
        put(&mut object, "metadata/resourceVersion", version);
    }
    let write = Write { manager: &manager, subresource: "scale", dry };
    let updated = world.update(&request.target.resource.id, object, write)?;
    Ok(Response::json(200, &of(&updated, &places), request.form.layout))
}

/// Where an object has what its scale tells.
struct Places {
    spec: String,
    status: String,
    /// Of a selector that is written as text already.
    selector: Option<String>,
}

impl Places {
    /// Custom kinds say where; all others have it in the same places.
    fn of(world: &World, resource: &Resource) -> Self {
        let own = |name: &str| custom::scale_path(world, resource, name).filter(|_| resource.is_custom());
        Self {
            spec: own("specReplicasPath").unwrap_or_else(|| "spec/replicas".into()),
            status: own("statusReplicasPath").unwrap_or_else(|| "status/replicas".into()),
            selector: own("labelSelectorPath"),
        }
    }
}

fn of(object: &Object, places: &Places) -> Value {
    let mut metadata =
        json!({"name": object::name(object), "namespace": object::namespace(object), "uid": object::uid(object)});
    for own in ["resourceVersion", "creationTimestamp"] {
        put(&mut metadata, own, text(object, &format!("metadata/{own}")));
    }
    let mut status = json!({"replicas": number(object, &places.status)});
    let selector = match &places.selector {
        Some(path) => text(object, path).to_owned(),
        None => selector(at(object, "spec/selector")),
    };
    if !selector.is_empty() {
        put(&mut status, "selector", selector);
    }
    // None are left out, in the spec alone (autoscaling/v1 ScaleSpec: omitempty).
    let spec = match number(object, &places.spec) {
        0 => json!({}),
        replicas => json!({"replicas": replicas}),
    };
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
}

/// A structured selector as text (metav1.FormatLabelSelector, sorted by key).
fn selector(own: &Value) -> String {
    let mut all: Vec<(String, String)> =
        pairs(own, "matchLabels").map(|(key, value)| (key.to_owned(), format!("{key}={value}"))).collect();
    for expression in items(own, "matchExpressions") {
        let key = text(expression, "key");
        let mut values: Vec<&str> = items(expression, "values").iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let written = match text(expression, "operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        all.push((key.to_owned(), written));
    }
    all.sort();
    all.into_iter().map(|own| own.1).collect::<Vec<_>>().join(",")
}

/// What a patch of a scale is a patch of: no resource of its own, so one is made in the likeness of another.
fn resource(catalog: &Catalog) -> Resource {
    let like = catalog.by_id("deployments.apps").map(|own| Resource::clone(own));
    let mut resource = like.unwrap_or_else(|| Resource {
        group: "".into(),
        version: "v1".into(),
        plural: "".into(),
        singular: "".into(),
        kind: "".into(),
        short: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: crate::demo::catalog::Verbs::All,
        subresources: Vec::new(),
        id: "".into(),
    });
    resource.group = "autoscaling".into();
    resource.version = "v1".into();
    resource.plural = "scales".into();
    resource.singular = "scale".into();
    resource.kind = "Scale".into();
    resource.subresources = Vec::new();
    resource.id = "scales.autoscaling".into();
    resource
}
