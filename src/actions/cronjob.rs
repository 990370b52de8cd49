//! CronJobs: suspend, resume, and run once now (`kubectl create job --from=cronjob/…`).

use super::change::{Change, Do, set};
use super::{Action, Begins, Given, Reads, Risk, Values, nothing_to_ask};
use crate::cluster::watch::TableOf;
use serde_json::{Value, json};

const CRONJOBS: super::Kinds = &[("batch", "cronjobs")];

pub static SUSPEND: Action = Action {
    id: "suspend-cronjob",
    title: "Suspend or resume",
    help: "suspend a CronJob, or resume it",
    key: Some("P"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: CRONJOBS,
    fields: nothing_to_ask,
    change: suspend,
};

pub static TRIGGER: Action = Action {
    id: "trigger",
    title: "Run once now",
    help: "run a CronJob once now",
    key: Some("t"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("get", ""),
    kinds: CRONJOBS,
    fields: nothing_to_ask,
    change: trigger,
};

fn suspend(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    let suspended = given.object.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true);
    let patch = format!("{{\"spec\":{{\"suspend\":{}}}}}", !suspended);
    let words = ["patch", &format!("cronjob/{}", given.target.name), "-p", &patch];
    let title = if suspended { "Resume" } else { "Suspend" };
    Ok(Change::edit(set(given.object, "/spec/suspend", Some(json!(!suspended))), &words).named(title))
}

/// As kubectl makes it (create_job.go): the template's labels and annotations, an annotation, and the cronjob as owner.
fn trigger(given: &Given<'_>, _: &Values) -> Result<Change, String> {
    let template = given.object.pointer("/spec/jobTemplate").ok_or("it has no template of a job")?;
    let own = &given.target.name;
    let name = format!("{}-manual-{}", own.get(..own.len().min(40)).unwrap_or(own), given.now);
    let mut annotations = template.pointer("/metadata/annotations").cloned().unwrap_or_else(|| json!({}));
    if let Some(map) = annotations.as_object_mut() {
        map.insert("cronjob.kubernetes.io/instantiate".into(), "manual".into());
    }
    let uid = given.object.pointer("/metadata/uid").cloned().unwrap_or_default();
    let object = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": given.target.namespace,
            "labels": template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({})),
            "annotations": annotations,
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": own, "uid": uid, "controller": true}],
        },
        "spec": template.get("spec").cloned().unwrap_or_default(),
    });
    let what = TableOf::namespaced("batch", "v1", "jobs", "Job");
    let words = ["create", "job", &name, &format!("--from=cronjob/{own}")];
    Ok(Change::of(Do::Create { what, object: without_nulls(object) }, &words))
}

fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}
