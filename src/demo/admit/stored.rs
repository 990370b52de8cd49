//! What only stores: ConfigMaps, Secrets, claims and storage classes, as the server checks them.

use super::names;
use super::quantity::Quantity;
use super::wrong::Wrong;
use crate::demo::object::{self, Object, at, items, text};
use base64::Engine;
use serde_json::Value;

pub fn config_map(wrong: &mut Wrong, object: &Object) {
    let binary = at(object, "binaryData");
    for (key, _) in object::pairs(object, "data") {
        wrong.all(&format!("data[{key}]"), key, names::data_key(key));
        if binary.get(key).is_some() {
            wrong.text(format!("data[{key}]"), key, "duplicate of key present in binaryData");
        }
    }
    for (key, _) in object::pairs(object, "binaryData") {
        wrong.all(&format!("binaryData[{key}]"), key, names::data_key(key));
    }
}

pub fn secret(wrong: &mut Wrong, object: &Object) {
    for (key, _) in object::pairs(object, "data") {
        wrong.all(&format!("data[{key}]"), key, names::data_key(key));
    }
    let has = |key: &str| at(object, "data").get(key).is_some();
    let needed: &[&str] = match text(object, "type") {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        // One of them is enough.
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => &["username", "password"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| !has(key)) {
        wrong.required(format!("data[{key}]"), "");
    }
}

/// Why a secret can't be read: data that is no base64.
pub fn unreadable(secret: &Object) -> Option<&'static str> {
    let bad = |value: &str| base64::engine::general_purpose::STANDARD.decode(value).is_err();
    object::pairs(secret, "data").any(|(_, value)| bad(value)).then_some("illegal base64 data at input byte 0")
}

/// Why a ConfigMap can't be read: data that is no text.
pub fn not_texts(map: &Object) -> Option<&'static str> {
    let value = at(map, "data").as_object()?.values().find(|value| !value.is_string())?;
    Some(match value {
        Value::Bool(_) => "json: cannot unmarshal bool into Go struct field ConfigMap.data of type string",
        Value::Number(_) => "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        Value::Array(_) => "json: cannot unmarshal array into Go struct field ConfigMap.data of type string",
        _ => "json: cannot unmarshal object into Go struct field ConfigMap.data of type string",
    })
}

/// A claim's spec, at `field`.
pub fn claim(wrong: &mut Wrong, spec: &Value, field: &str) {
    const MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    let modes = items(spec, "accessModes");
    if modes.is_empty() {
        wrong.required(format!("{field}.accessModes"), "at least 1 access mode is required");
    }
    for mode in modes.iter().filter(|mode| mode.as_str().is_none_or(|mode| !MODES.contains(&mode))) {
        wrong.unsupported(format!("{field}.accessModes"), mode, MODES);
    }
    let storage = at(spec, "resources/requests/storage");
    match Quantity::of(storage) {
        None => wrong.required(format!("{field}.resources[storage]"), ""),
        Some(own) if own.nanos <= 0 => {
            wrong.invalid(format!("{field}.resources[storage]"), storage, "must be greater than zero");
        }
        Some(_) => (),
    }
    let class = text(spec, "storageClassName");
    if !class.is_empty() {
        wrong.all(&format!("{field}.storageClassName"), class, names::subdomain(class));
    }
}

pub fn class(wrong: &mut Wrong, object: &Object) {
    wrong.needed(object, "provisioner", "provisioner");
    wrong.one_of(object, "reclaimPolicy", "reclaimPolicy", &["Delete", "Retain"]);
    wrong.one_of(object, "volumeBindingMode", "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]);
}
