//! Pods and pod templates as the server completes them (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go), and what admission adds to a new pod:
//! its service account and token, tolerations, priority, class of service.
//!
//! Limit ranges are not looked at, nor are sidecars injected.

use super::quantity::Quantity;
use super::{default, each, text_default};
use crate::demo::object::{self, Object, at, flag, items, place, put, text};
use crate::demo::refusal::Refusal;
use crate::demo::world::World;
use serde_json::{Value, json};

/// What a template and a pod have in common: the pod spec.
pub fn template(spec: &mut Value) {
    text_default(spec, "dnsPolicy", "ClusterFirst");
    text_default(spec, "restartPolicy", "Always");
    default(spec, "securityContext", json!({}));
    default(spec, "terminationGracePeriodSeconds", 30);
    text_default(spec, "schedulerName", "default-scheduler");
    let account = [text(spec, "serviceAccountName"), text(spec, "serviceAccount")];
    let account = account.into_iter().find(|account| !account.is_empty()).map(str::to_owned);
    if let Some(account) = account {
        put(spec, "serviceAccountName", account.as_str());
        put(spec, "serviceAccount", account);
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
}

/// What only a pod gets, not yet a template.
pub fn pod(object: &mut Object) {
    let spec = place(object, "spec");
    default(spec, "enableServiceLinks", true);
    for list in ["containers", "initContainers"] {
        each(spec, list, |container| {
            let limits = at(container, "resources/limits").clone();
            for (name, limit) in limits.as_object().into_iter().flatten() {
                default(container, &format!("resources/requests/{}", name.replace('/', "~1")), limit.clone());
            }
        });
    }
    if flag(spec, "hostNetwork") {
        each(spec, "containers", |container| {
            each(container, "ports", |port| {
                let own = at(port, "containerPort").clone();
                default(port, "hostPort", own);
            });
        });
    }
}

fn container(container: &mut Value) {
    let tag = tag(text(container, "image"));
    text_default(container, "imagePullPolicy", if tag == Some("latest") { "Always" } else { "IfNotPresent" });
    text_default(container, "terminationMessagePath", "/dev/termination-log");
    text_default(container, "terminationMessagePolicy", "File");
    default(container, "resources", json!({}));
    for list in ["resources/limits", "resources/requests"] {
        quantities(container, list);
    }
    each(container, "ports", |port| text_default(port, "protocol", "TCP"));
    each(container, "env", |env| {
        if text(env, "value").is_empty() {
            object::remove(env, "value");
        }
        field_ref(env, "valueFrom/fieldRef");
    });
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if at(container, probe).is_null() {
            continue;
        }
        let probe = place(container, probe);
        for (name, number) in
            [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
        {
            if object::number(probe, name) == 0 {
                put(probe, name, number);
            }
        }
        http_get(probe);
        if !at(probe, "grpc").is_null() {
            default(probe, "grpc/service", "");
        }
    }
    for hook in ["lifecycle/postStart", "lifecycle/preStop"] {
        if !at(container, hook).is_null() {
            http_get(place(container, hook));
        }
    }
}

fn http_get(handler: &mut Value) {
    if !at(handler, "httpGet").is_null() {
        text_default(handler, "httpGet/path", "/");
        text_default(handler, "httpGet/scheme", "HTTP");
    }
}

fn field_ref(value: &mut Value, path: &str) {
    if !at(value, path).is_null() {
        text_default(value, &format!("{path}/apiVersion"), "v1");
    }
}

fn volume(volume: &mut Value) {
    let has_source = volume.as_object().is_some_and(|fields| fields.keys().any(|key| key != "name"));
    if !has_source {
        put(volume, "emptyDir", json!({}));
    }
    for source in ["secret", "configMap", "projected", "downwardAPI"] {
        if !at(volume, source).is_null() {
            default(volume, &format!("{source}/defaultMode"), 0o644);
        }
    }
    if !at(volume, "hostPath").is_null() {
        default(volume, "hostPath/type", "");
    }
    each(volume, "downwardAPI/items", |item| field_ref(item, "fieldRef"));
    each(volume, "projected/sources", |source| {
        each(source, "downwardAPI/items", |item| field_ref(item, "fieldRef"));
        if !at(source, "serviceAccountToken").is_null() {
            default(source, "serviceAccountToken/expirationSeconds", 3600);
        }
    });
    if !at(volume, "ephemeral/volumeClaimTemplate").is_null() {
        text_default(volume, "ephemeral/volumeClaimTemplate/spec/volumeMode", "Filesystem");
    }
}

/// The tag of an image, `latest` when it has neither tag nor digest.
fn tag(image: &str) -> Option<&str> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or_default();
    last.split_once(':').map(|(_, tag)| tag).or_else(|| digest.is_none().then_some("latest"))
}

/// Writes the quantities of a map in the API's own way; what is none stays as it is.
pub fn quantities(object: &mut Value, path: &str) {
    if at(object, path).is_null() {
        return;
    }
    for value in place(object, path).as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        if let Some(quantity) = Quantity::of(value) {
            *value = quantity.written().into();
        }
    }
}

/// What admission adds to a pod that is created.
pub fn begin(world: &World, pod: &mut Object) -> Result<(), Refusal> {
    let of = ("", "pods");
    if object::annotation(pod, "kubernetes.io/config.mirror").is_empty() {
        account(world, pod)?;
    }
    priority(world, pod).map_err(|why| Refusal::forbidden(of, object::name(pod), why))?;
    tolerate(pod);
    text_default(pod, "status/phase", "Pending");
    let class = quality(pod);
    default(pod, "status/qosClass", class);
    Ok(())
}

fn account(world: &World, pod: &mut Object) -> Result<(), Refusal> {
    text_default(pod, "spec/serviceAccountName", "default");
    let name = text(pod, "spec/serviceAccountName").to_owned();
    put(pod, "spec/serviceAccount", name.as_str());
    let namespace = object::namespace(pod);
    let found = world.get("serviceaccounts", namespace, &name);
    if found.is_none() && name != "default" {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount {name:?} not found");
        return Err(Refusal::forbidden(("", "pods"), object::name(pod), why));
    }
    let found = found.unwrap_or_default();
    let secrets = items(&found, "imagePullSecrets").to_vec();
    if items(pod, "spec/imagePullSecrets").is_empty() && !secrets.is_empty() {
        put(pod, "spec/imagePullSecrets", secrets);
    }
    let said = [at(pod, "spec/automountServiceAccountToken"), at(&found, "automountServiceAccountToken")];
    if said.into_iter().find_map(Value::as_bool) != Some(false) {
        token(pod);
    }
    Ok(())
}

/// The volume with the service account's token, mounted where a container has nothing yet.
fn token(pod: &mut Object) {
    const PLACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
    if items(pod, "spec/volumes").iter().any(|volume| text(volume, "name").starts_with("kube-api-access-")) {
        return;
    }
    let name = format!("kube-api-access-{}", letters(object::uid(pod)));
    let mut needed = false;
    for list in ["spec/initContainers", "spec/containers"] {
        each(pod, list, |container| {
            let mut mounts = items(container, "volumeMounts").to_vec();
            if !mounts.iter().any(|mount| text(mount, "mountPath") == PLACE) {
                mounts.push(json!({"name": name, "mountPath": PLACE, "readOnly": true}));
                put(container, "volumeMounts", mounts);
                needed = true;
            }
        });
    }
    if needed {
        let mut volumes = items(pod, "spec/volumes").to_vec();
        volumes.push(json!({"name": name, "projected": {"defaultMode": 0o644, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
        ]}}));
        put(pod, "spec/volumes", volumes);
    }
}

/// Five letters of a generated name, made of a uid: the same pod has always the same.
fn letters(uid: &str) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let hash = super::hash(uid);
    let letter = |n: u32| ALPHABET.get(usize::try_from((hash >> (n * 8)) & 0xff).unwrap_or_default() % ALPHABET.len());
    (0..5).filter_map(letter).map(|byte| char::from(*byte)).collect()
}

fn priority(world: &World, pod: &mut Object) -> Result<(), String> {
    let mut name = text(pod, "spec/priorityClassName").to_owned();
    let mut class = json!({"value": 0, "preemptionPolicy": "PreemptLowerPriority"});
    if name.is_empty() {
        let all = world.list("priorityclasses.scheduling.k8s.io", None);
        if let Some(own) = all.into_iter().find(|class| flag(class, "globalDefault")) {
            name = object::name(&own).to_owned();
            put(pod, "spec/priorityClassName", name.as_str());
            class = own;
        }
    } else if let Some(own) = world.get("priorityclasses.scheduling.k8s.io", "", &name) {
        class = own;
    } else if let Some((_, value)) = SYSTEM.iter().find(|(own, _)| *own == name) {
        put(&mut class, "value", *value);
    } else {
        return Err(format!("no PriorityClass with name {name} was found"));
    }
    default(pod, "spec/priority", at(&class, "value").clone());
    default(pod, "spec/preemptionPolicy", at(&class, "preemptionPolicy").clone());
    Ok(())
}

const SYSTEM: &[(&str, i64)] = &[("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

/// A pod stays five minutes on a node that is away, unless it says otherwise (DefaultTolerationSeconds).
pub fn tolerate(pod: &mut Object) {
    let mut own = items(pod, "spec/tolerations").to_vec();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let named = |one: &Value| text(one, "key") == key || text(one, "key").is_empty();
        let effect = |one: &Value| matches!(text(one, "effect"), "" | "NoExecute");
        if !own.iter().any(|one| named(one) && effect(one)) {
            own.push(json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300}));
        }
    }
    put(pod, "spec/tolerations", own);
}

/// The class of service (pkg/apis/core/v1/helper/qos).
pub fn quality(pod: &Object) -> &'static str {
    let containers = || items(pod, "spec/containers").iter().chain(items(pod, "spec/initContainers"));
    let amount = |container: &Value, path: &str| Quantity::of(at(container, path)).map(|quantity| quantity.nanos);
    let mut asked = false;
    let mut guaranteed = true;
    for container in containers() {
        for resource in ["cpu", "memory"] {
            let limit = amount(container, &format!("resources/limits/{resource}"));
            let request = amount(container, &format!("resources/requests/{resource}"));
            asked |= limit.or(request).is_some_and(|amount| amount > 0);
            guaranteed &= limit.is_some_and(|limit| limit > 0) && request.is_none_or(|request| Some(request) == limit);
        }
    }
    match (asked, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
