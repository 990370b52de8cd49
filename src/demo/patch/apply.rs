//! Server-side apply: what someone applies is theirs; what they no longer apply, and nobody else owns, goes; what others own is a conflict
//! (sigs.k8s.io/structured-merge-diff, merge.Updater).
//!
//! It leaves out what becomes of owners in other versions of a kind, and the schema's check of what is applied.

use super::Force;
use crate::demo::catalog::Resource;
use crate::demo::fields::set::Set;
use crate::demo::fields::{self, Entry, walk};
use crate::demo::object::{self, Object, at, text};
use crate::demo::patch::keys::Schema;
use crate::demo::refusal::Refusal;
use jiff::Timestamp;
use serde_json::{Value, json};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Who applies, and how.
#[derive(Clone, Copy, Debug)]
pub struct Applier<'a> {
    pub manager: &'a str,
    pub subresource: &'a str,
    pub force: Force,
}

/// What an object will be. The applier's entry in `managedFields` is fresh (see `fields::FRESH`).
pub fn applied(
    before: Option<&Object>,
    body: &[u8],
    resource: &Resource,
    applier: Applier<'_>,
    _now: Timestamp,
) -> Result<Object, Refusal> {
    let config = read(body, resource)?;
    super::still_itself(before, &named_as(before, config.clone()), resource)?;
    let schema = Schema::of(&resource.group);
    let mut entries = before.map(fields::entries).unwrap_or_default();
    let applied = walk::fields(&config, schema);
    let mut own = applied.clone();
    fields::forget_own(&mut own);
    if applier.subresource.is_empty() && resource.has("status") {
        own.children.remove("f:status");
    }
    let is_own = |entry: &Entry| entry.is(applier.manager, "Apply", applier.subresource);
    let last = entries.iter().find(|entry| is_own(entry)).map(|entry| entry.fields.clone()).unwrap_or_default();
    entries.retain(|entry| !is_own(entry));

    let live = before.cloned().unwrap_or_else(|| json!({}));
    let mut object = walk::merged(live.clone(), &config, schema);
    let owned = entries.iter().fold(applied, |all, entry| all.union(entry.fields.clone()));
    walk::prune(&mut object, &last, &owned, schema);

    let difference = walk::difference(&live, &object, schema);
    let conflicts = conflicts(&entries, &difference.changed);
    if applier.force == Force::No && !conflicts.is_empty() && !was_applied_by_kubectl(&live, applier, &conflicts) {
        return Err(refused(&conflicts));
    }
    for entry in &mut entries {
        entry.fields = std::mem::take(&mut entry.fields).minus(&difference.changed).minus(&difference.removed);
    }
    entries.push(Entry {
        manager: applier.manager.to_owned(),
        operation: "Apply".to_owned(),
        api_version: resource.api_version(),
        subresource: applier.subresource.to_owned(),
        time: fields::FRESH.to_owned(),
        fields: own,
    });
    fields::put_entries(&mut object, entries);
    keep_in_step(&mut object, &config, applier);
    Ok(object)
}

/// What client-side apply compares with is what was applied last, be it by the server: kubectl's alone
/// (managedfields/internal/lastappliedupdater.go).
fn keep_in_step(object: &mut Object, config: &Object, applier: Applier<'_>) {
    if applier.manager != "kubectl" || object::annotation(object, LAST_APPLIED).is_empty() {
        return;
    }
    let mut config = config.clone();
    let path = format!("metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"));
    object::remove(&mut config, &path);
    object::put(object, &path, format!("{config}\n"));
}

fn read(body: &[u8], resource: &Resource) -> Result<Object, Refusal> {
    let config: Value =
        serde_yaml::from_slice(body).map_err(|error| Refusal::bad_request(format!("error decoding YAML: {error}")))?;
    if !config.is_object() {
        return Err(Refusal::bad_request("error decoding YAML: the body is no object"));
    }
    let (version, kind) = (text(&config, "apiVersion"), text(&config, "kind"));
    if version != resource.api_version() || kind != resource.kind {
        let version = match version {
            "" => "/".to_owned(),
            version => version.to_owned(),
        };
        return Err(Refusal::bad_request(format!("invalid object type: {version}, Kind={kind}")));
    }
    if !at(&config, "metadata/managedFields").is_null() {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    Ok(config)
}

/// What is applied need not say which object it is: the path does.
fn named_as(before: Option<&Object>, mut config: Object) -> Object {
    for path in ["metadata/name", "metadata/namespace"] {
        if let Some(before) = before
            && text(&config, path).is_empty()
            && !text(before, path).is_empty()
        {
            object::put(&mut config, path, text(before, path));
        }
    }
    config
}

/// What others own of what would change, by entry.
fn conflicts<'a>(entries: &'a [Entry], changed: &Set) -> Vec<(&'a Entry, Vec<String>)> {
    let theirs = entries.iter().map(|entry| (entry, entry.fields.common(changed).paths()));
    let mut conflicts: Vec<_> = theirs.filter(|(_, paths)| !paths.is_empty()).collect();
    conflicts.sort_by_key(|(entry, _)| owner(entry));
    conflicts
}

/// `kubectl apply --server-side` takes over what client-side apply has written: those fields are named in its annotation.
fn was_applied_by_kubectl(live: &Object, applier: Applier<'_>, conflicts: &[(&Entry, Vec<String>)]) -> bool {
    let last = object::annotation(live, LAST_APPLIED);
    let Ok(last) = serde_json::from_str::<Value>(last) else { return false };
    let allowed = walk::fields(&last, fields::schema(live)).paths();
    applier.manager == "kubectl" && conflicts.iter().flat_map(|(_, paths)| paths).all(|path| allowed.contains(path))
}

fn owner(entry: &Entry) -> String {
    let part =
        if entry.subresource.is_empty() { String::new() } else { format!(" with subresource {:?}", entry.subresource) };
    let version = if entry.operation == "Update" { format!(" using {}", entry.api_version) } else { String::new() };
    format!("{:?}{part}{version}", entry.manager)
}

/// 409, as managedfields.NewConflictError says it.
fn refused(conflicts: &[(&Entry, Vec<String>)]) -> Refusal {
    let all: Vec<(String, &String)> =
        conflicts.iter().flat_map(|(entry, paths)| paths.iter().map(|path| (owner(entry), path))).collect();
    let message = match all.as_slice() {
        [(owner, path)] => format!("Apply failed with 1 conflict: conflict with {owner}: {path}"),
        all => {
            let told = conflicts.iter().map(|(entry, paths)| {
                let paths: Vec<String> = paths.iter().map(|path| format!("\n- {path}")).collect();
                format!("conflicts with {}:{}", owner(entry), paths.concat())
            });
            let told: Vec<String> = told.collect();
            format!("Apply failed with {} conflicts: {}", all.len(), told.join("\n"))
        }
    };
    let causes: Vec<Value> = all
        .iter()
        .map(|(owner, path)| {
            json!({"reason": "FieldManagerConflict", "message": format!("conflict with {owner}"), "field": path})
        })
        .collect();
    let mut refusal = Refusal::new(409, "Conflict", message);
    refusal.details = json!({ "causes": causes });
    refusal
}
