//! A namespace of its own for one side of one act, what is in it, and how that compares with the other side's.

use crate::acts::Act;
use crate::place::{Place, until};
use crate::plain;
use regex::Regex;
use rk9s::actions::undo::recreatable;
use rk9s::cluster::fault::Class;
use rk9s::cluster::papers::Target;
use rk9s::cluster::watch::TableOf;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

/// What is compared: kinds by group, version and plural.
const KINDS: &[(&str, &str, &str)] = &[
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "StatefulSet"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "ReplicaSet"),
    ("apps", "v1", "ControllerRevision"),
    ("", "v1", "ReplicationController"),
    ("", "v1", "Pod"),
    ("", "v1", "Service"),
    ("", "v1", "ConfigMap"),
    ("", "v1", "Secret"),
    ("batch", "v1", "CronJob"),
    ("batch", "v1", "Job"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler"),
    ("policy", "v1", "PodDisruptionBudget"),
    ("", "v1", "Node"),
    ("", "v1", "Namespace"),
];

pub struct Space<'a> {
    pub place: &'a Place,
    /// Of the namespace, and of its node.
    pub name: String,
    /// The fields of objects as they were seen before, by uid and version: looking again costs little.
    seen: Mutex<BTreeMap<(String, String), Vec<String>>>,
}

/// The kind with this plural.
pub fn kind(plural: &str) -> TableOf {
    let found = KINDS.iter().map(|(group, version, kind)| of(group, version, kind));
    found.into_iter().find(|of| of.plural == plural).unwrap_or_else(|| panic!("{plural} is not in KINDS"))
}

fn of(group: &str, version: &str, kind: &str) -> TableOf {
    let plural = format!("{}s", kind.to_lowercase());
    TableOf { namespaced: !matches!(kind, "Node" | "Namespace"), ..TableOf::namespaced(group, version, &plural, kind) }
}

/// The documents of `stage.yaml` by `plural/name`, for a namespace of this name.
fn stage(space: &str) -> BTreeMap<String, Value> {
    let text = include_str!("stage.yaml").replace("{space}", space);
    let documents = serde_yaml::Deserializer::from_str(&text);
    let documents = documents.map(|document| Value::deserialize(document).unwrap());
    let key = |object: &Value| {
        let kind = object["kind"].as_str().unwrap().to_lowercase();
        format!("{kind}s/{}", object["metadata"]["name"].as_str().unwrap())
    };
    documents.map(|object| (key(&object), object)).collect()
}

impl<'a> Space<'a> {
    pub async fn make(place: &'a Place, name: String) -> Result<Self, String> {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        place.create("/api/v1/namespaces", &namespace).await.map_err(|e| e.to_string())?;
        let own = Self { place, name, seen: Mutex::default() };
        // Pods are admitted when it is there.
        let account = format!("/api/v1/namespaces/{}/serviceaccounts/default", own.name);
        until(async || place.link.get_json::<Value>(&account).await.map_err(|e| e.to_string())).await?;
        Ok(own)
    }

    /// The same as another link sees it.
    pub fn seen_from<'b>(&self, place: &'b Place) -> Space<'b> {
        Space { place, name: self.name.clone(), seen: Mutex::default() }
    }

    /// What an act needs, at rest.
    pub async fn prepare(&self, act: &Act) -> Result<(), String> {
        for what in [&act.on].into_iter().chain(act.beside).filter(|what| !what.starts_with("namespaces/")) {
            self.set(what).await?;
        }
        self.rests().await?;
        for patch in act.before {
            let patch: Value = serde_json::from_str(patch).unwrap();
            let said = self.place.merge(&self.path(&self.target(act.on)), &patch).await;
            said.map_err(|e| format!("prepared: {e}"))?;
            self.rests().await?;
        }
        Ok(())
    }

    /// Waits until whoever looks after its objects has done so.
    pub async fn rests(&self) -> Result<(), String> {
        until(async || self.objects().await.map(drop)).await
    }

    /// Puts an object of the stage there.
    pub async fn set(&self, what: &str) -> Result<(), String> {
        let mut object = stage(&self.name).remove(what).ok_or_else(|| format!("stage.yaml has no {what}"))?;
        let target = self.target(what);
        object["metadata"]["name"] = json!(target.name);
        self.place.create(&self.collection(&target.what), &object).await.map(drop).map_err(|e| e.to_string())
    }

    pub fn target(&self, on: &str) -> Target {
        let (plural, name) = on.split_once('/').unwrap();
        let what = kind(plural);
        let name = if what.namespaced { name.to_owned() } else { self.name.clone() };
        Target { namespace: what.namespaced.then(|| self.name.clone()), what, name }
    }

    fn collection(&self, what: &TableOf) -> String {
        let namespace = what.namespaced.then_some(self.name.as_str());
        rk9s::cluster::watch::What::Table(what.clone()).path(namespace)
    }

    pub fn path(&self, target: &Target) -> String {
        format!("{}/{}", self.collection(&target.what), target.name)
    }

    /// The object, if it is there and is not about to go.
    pub async fn read(&self, target: &Target) -> Result<Option<Value>, String> {
        match self.place.link.get_json::<Value>(&self.path(target)).await {
            Ok(object) => Ok(Some(object).filter(|object| object["metadata"]["deletionTimestamp"].is_null())),
            Err(fault) if fault.class == Class::NotFound => Ok(None),
            Err(fault) => Err(fault.to_string()),
        }
    }

    /// Waits until an object that was deleted has gone.
    pub async fn goes(&self, target: &Target) -> Result<(), String> {
        let path = self.path(target);
        until(async || match self.place.link.get_json::<Value>(&path).await {
            Err(fault) if fault.class == Class::NotFound => Ok(()),
            other => Err(format!("{target:?} does not go: {other:?}")),
        })
        .await
    }

    /// Deletes the object and makes it again: another of the same name. Its uid.
    pub async fn replace(&self, target: &Target, like: &Value) -> Result<String, String> {
        let path = self.path(target);
        let now = json!({"gracePeriodSeconds": 0, "propagationPolicy": "Background"});
        match self.place.send(&format!("DELETE {path}"), "application/json", &now).await {
            Err(fault) if fault.class != Class::NotFound => return Err(fault.to_string()),
            _ => {}
        }
        let object = recreatable(like);
        let collection = self.collection(&target.what);
        let made = until(async || self.place.create(&collection, &object).await.map_err(|e| e.to_string())).await?;
        Ok(made["metadata"]["uid"].as_str().unwrap().to_owned())
    }

    /// Everything in it, or what has not come to rest.
    async fn objects(&self) -> Result<Vec<(&'static str, Value)>, String> {
        let mut objects = Vec::new();
        for (group, version, kind) in KINDS {
            let what = of(group, version, kind);
            let path = match *kind {
                // The one that was made; its own has only what makes it another.
                "Namespace" => format!("{}/{}-made", self.collection(&what), self.name),
                "Node" => format!("{}/{}", self.collection(&what), self.name),
                _ => self.collection(&what),
            };
            let mut found: Value = match self.place.link.get_json(&path).await {
                Ok(found) => found,
                // Not served there, or no node is needed.
                Err(fault) if fault.class == Class::NotFound => continue,
                Err(fault) => return Err(fault.to_string()),
            };
            let items = match found.get_mut("items") {
                Some(items) => std::mem::take(items.as_array_mut().unwrap()),
                None => vec![found],
            };
            for item in items {
                is_at_rest(kind, &item)?;
                objects.push((*kind, item));
            }
        }
        Ok(objects)
    }

    /// A line a field.
    fn fields(&self, objects: &[(&'static str, Value)]) -> Vec<String> {
        let mut seen = self.seen.lock().unwrap();
        let mut lines = Vec::new();
        for (kind, object) in objects {
            let [uid, version] = ["uid", "resourceVersion"].map(|key| object["metadata"][key].to_string());
            lines.extend_from_slice(seen.entry((uid, version)).or_insert_with(|| self.of_object(kind, object)));
        }
        lines.sort();
        lines
    }

    /// The fields of one object, but for what tells it from its double.
    fn of_object(&self, kind: &str, object: &Value) -> Vec<String> {
        let mut object = object.clone();
        let meta = object["metadata"].as_object_mut().unwrap();
        for own in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
            meta.remove(own);
        }
        if let Some(labels) = meta.get_mut("labels").and_then(Value::as_object_mut) {
            // Pods get the labels of their node's place.
            labels.retain(|key, _| !key.starts_with("topology.kubernetes.io/"));
        }
        let name = format!(" {}", meta["name"].as_str().unwrap().replace(&self.name, "<space>"));
        let name = plain::text(&name).concat();
        let fields = plain::fields(&object).into_iter();
        // The scheduler's: it may stumble over a pod that came back by its name.
        let fields = fields.filter(|field| kind != "Pod" || !field.starts_with(".status.conditions[PodScheduled]"));
        let lines = fields.map(|field| format!("{kind}{name} {}", field.replace(&self.name, "<space>")));
        lines.map(|line| MADE.replace_all(&line, "<made>").into_owned()).collect()
    }
}

/// A job that was made by hand is named after the second; a container has an id.
static MADE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"-manual-\d+|nodePort=\d+|containerd://[0-9a-f]{64}").unwrap());

/// Whether whoever looks after the object has done so.
fn is_at_rest(kind: &str, object: &Value) -> Result<(), String> {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let name = format!("{kind} {}", object["metadata"]["name"]);
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Err(format!("{name} is about to go"));
    }
    let seen = object
        .pointer("/status/observedGeneration")
        .is_none_or(|_| number("/status/observedGeneration") >= number("/metadata/generation"));
    let counts = match kind {
        "Deployment" | "StatefulSet" => &["replicas", "updatedReplicas", "availableReplicas"][..],
        "ReplicaSet" | "ReplicationController" => &["replicas", "availableReplicas"],
        _ => &[],
    };
    let wanted = number("/spec/replicas");
    let paused = object.pointer("/spec/paused") == Some(&json!(true));
    let there = counts.iter().all(|count| number(&format!("/status/{count}")) == wanted) || paused;
    let has_begun = counts.is_empty() || object.pointer("/status/observedGeneration").is_some();
    let is_ready = match kind {
        "Pod" => object.pointer("/status/containerStatuses/0/ready") == Some(&json!(true)),
        // A cordoned one keeps that taint.
        "Node" => object["spec"]["taints"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|taint| !is_of_controller(taint) || taint["key"] == "node.kubernetes.io/unschedulable"),
        _ => true,
    };
    if seen && there && has_begun && is_ready {
        return Ok(());
    }
    Err(format!("{name} does not come to rest: {}", object["status"]))
}

/// Waits until both spaces have come to rest and have the same in them, field by field.
pub async fn alike(ours: &Space<'_>, theirs: &Space<'_>) -> Result<(), String> {
    until(async || {
        let (one, other) = (ours.objects().await?, theirs.objects().await?);
        let apart = apart(&ours.fields(&one), &theirs.fields(&other));
        if apart.is_empty() { Ok(()) } else { Err(apart.into_iter().take(LINES).collect::<Vec<_>>().join("\n  ")) }
    })
    .await
}

/// So many lines of a difference are told.
const LINES: usize = 12;

/// Lines that only one side has: `-` is rk9s', `+` kubectl's.
pub fn apart(ours: &[String], theirs: &[String]) -> Vec<String> {
    let mut count: BTreeMap<&str, i32> = BTreeMap::new();
    ours.iter().for_each(|line| *count.entry(line).or_default() += 1);
    theirs.iter().for_each(|line| *count.entry(line).or_default() -= 1);
    let signed = count.into_iter().filter(|(_, count)| *count != 0);
    signed.map(|(line, count)| format!("{}{line}", if count > 0 { '-' } else { '+' })).collect()
}

/// Of the node's state.
pub fn is_of_controller(taint: &Value) -> bool {
    taint["key"].as_str().is_some_and(|key| key.starts_with("node.kubernetes.io/"))
}

/// What of an object is not the server's own: what must be so again when a change was taken back.
pub fn wanted(object: &Value) -> Vec<String> {
    let mut object = recreatable(object);
    if let Some(notes) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        // Controllers and strategies count on.
        notes.remove("deployment.kubernetes.io/revision");
        notes.remove("deprecated.daemonset.template.generation");
    }
    // What a cordoned node's controller writes, after a while.
    if let Some(taints) = object.pointer_mut("/spec/taints").and_then(Value::as_array_mut) {
        taints.retain(|taint| !is_of_controller(taint));
    }
    plain::fields(&object)
}

/// The two sides of an act, with what it needs in both.
pub async fn pair<'a>(place: &'a Place, act: &Act) -> Result<(Space<'a>, Space<'a>), String> {
    let name = |side: &str| format!("acting-{}-{}-{side}", std::process::id(), act.name);
    let sides = futures::future::try_join(Space::make(place, name("a")), Space::make(place, name("b"))).await?;
    for side in [&sides.0, &sides.1] {
        for what in [&act.on].into_iter().chain(act.beside).filter(|what| !what.starts_with("namespaces/")) {
            side.set(what).await?;
        }
    }
    alike(&sides.0, &sides.1).await?;
    for patch in act.before {
        for side in [&sides.0, &sides.1] {
            let patch: Value = serde_json::from_str(patch).unwrap();
            let said = side.place.merge(&side.path(&side.target(act.on)), &patch).await;
            said.map_err(|e| format!("prepared: {e}"))?;
        }
        alike(&sides.0, &sides.1).await?;
    }
    Ok(sides)
}
