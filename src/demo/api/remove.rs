//! Deleting: one object or all that are selected, at once or as finalizers and grace periods let them go.

use super::body::{self, Kind};
use super::query::{bad, cause, dry};
use super::selector::Selector;
use super::write::success;
use super::{Request, Response, read};
use crate::demo::catalog::Resource;
use crate::demo::object::{self, Object, flag, items, text};
use crate::demo::refusal::Refusal;
use crate::demo::world::{Deleted, Deletion, Propagation, World};
use serde_json::{Value, json};

/// Kinds whose deletion answers with the object even if it is gone at once (`ReturnDeletedObject` of their stores).
const TELLS_OBJECT: &[&str] = &[
    "namespaces",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "resourcequotas",
    "serviceaccounts",
    "services",
    "storageclasses.storage.k8s.io",
];

/// Jobs alone keep what they own, unless told otherwise (batch/v1's strategy, and its warning).
const KEEPS: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

/// DELETE of one object.
pub fn one(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let target = request.target;
    let resource = &target.resource;
    let (how, warnings) = options(request)?;
    let deleted = world.delete(&resource.id, target.namespace(), target.name(), &how)?;
    let mut response = match deleted {
        Deleted::Gone(object) if !TELLS_OBJECT.contains(&&*resource.id) => {
            let mut details = json!({"name": target.name(), "kind": &*resource.plural, "uid": object::uid(&object)});
            if !resource.group.is_empty() {
                object::put(&mut details, "group", &*resource.group);
            }
            Response::json(200, &success(details), request.form.layout)
        }
        Deleted::Gone(object) | Deleted::Going(object) => read::shown(world, request, 200, object)?,
    };
    response.headers.extend(warnings.into_iter().map(super::warning));
    Ok(response)
}

/// DELETE of all that are selected; what was there is the answer.
pub fn all(world: &mut World, request: &Request<'_>) -> Result<Response, Refusal> {
    let target = request.target;
    let resource = &target.resource;
    let (how, warnings) = options(request)?;
    let selector = Selector::of(&request.query, resource)?;
    let found: Vec<Object> = {
        let all = world.store.list(&resource.id, target.namespace.as_deref(), None);
        all.filter(|(key, stored)| selector.takes(key, &stored.body))
            .map(|(_, stored)| read::parsed(&stored.body))
            .collect()
    };
    for own in &found {
        world.delete(&resource.id, object::namespace(own), object::name(own), &how)?;
    }
    let list = json!({
        "kind": format!("{}List", resource.kind), "apiVersion": resource.api_version(),
        "metadata": {"resourceVersion": world.store.revision().to_string()}, "items": found,
    });
    let mut response = Response::json(200, &list, request.form.layout);
    response.headers.extend(warnings.into_iter().map(super::warning));
    Ok(response)
}

/// `DeleteOptions` from the body, or from the query where there is none.
fn options(request: &Request<'_>) -> Result<(Deletion, Vec<String>), Refusal> {
    let options = if request.asked.body.is_empty() {
        from_query(request)?
    } else {
        body::object(request, Kind { group: "", version: "v1", kind: "DeleteOptions" })?
    };
    let (mut how, propagation) = deletion(&options)?;
    let resource: &Resource = &request.target.resource;
    let keeps = &*resource.id == "jobs.batch" && propagation == Asked::Nothing;
    if keeps {
        how.propagation = Propagation::Orphan;
    }
    Ok((how, keeps.then(|| KEEPS.to_owned()).into_iter().collect()))
}

fn from_query(request: &Request<'_>) -> Result<Value, Refusal> {
    let query = &request.query;
    let mut options = json!({});
    if let Some(grace) = query.number("gracePeriodSeconds")? {
        object::put(&mut options, "gracePeriodSeconds", grace);
    }
    if let Some(policy) = query.get("propagationPolicy") {
        object::put(&mut options, "propagationPolicy", policy);
    }
    if query.has("orphanDependents") {
        object::put(&mut options, "orphanDependents", query.flag("orphanDependents"));
    }
    let dry: Vec<&str> = query.all("dryRun").collect();
    if !dry.is_empty() {
        object::put(&mut options, "dryRun", dry);
    }
    Ok(options)
}

/// Whether anything was said of what the object owns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Nothing,
    Something,
}

/// What `DeleteOptions` say.
pub fn deletion(options: &Value) -> Result<(Deletion, Asked), Refusal> {
    let policy = text(options, "propagationPolicy");
    let orphans = options.get("orphanDependents").is_some_and(|own| !own.is_null());
    if orphans && !policy.is_empty() {
        let message = format!("Invalid value: {policy:?}: orphanDependents and deletionPropagation cannot be both set");
        return Err(bad("DeleteOptions", vec![cause("FieldValueInvalid", "propagationPolicy", message)]));
    }
    let propagation = match policy {
        "" if flag(options, "orphanDependents") => Propagation::Orphan,
        "" | "Background" => Propagation::Background,
        "Foreground" => Propagation::Foreground,
        "Orphan" => Propagation::Orphan,
        other => {
            let message = format!(
                "Unsupported value: {other:?}: supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
            );
            return Err(bad("DeleteOptions", vec![cause("FieldValueNotSupported", "propagationPolicy", message)]));
        }
    };
    let some = |path: &str| Some(text(options, path).to_owned()).filter(|own| !own.is_empty());
    let how = Deletion {
        grace: body::number(options, "gracePeriodSeconds", "DeleteOptions")?,
        propagation,
        uid: some("preconditions/uid"),
        resource_version: some("preconditions/resourceVersion"),
        dry: dry("DeleteOptions", items(options, "dryRun").iter().filter_map(Value::as_str))?,
    };
    Ok((how, if orphans || !policy.is_empty() { Asked::Something } else { Asked::Nothing }))
}
