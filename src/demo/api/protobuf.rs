//! Bodies that kubectl posts as protobuf (`kubectl create`, access reviews, evictions), read as the JSON they stand for. Nothing is written so.
//!
//! The fields are those of `generated.proto` in k8s.io/api and k8s.io/apimachinery 0.36, as far as kubectl sends them, one message a line:
//! `number name type`, where a type is `s`tring, `b`ytes, `i`nteger, `t`ruth or a message, `*` repeated, `%` a map by text. A body with
//! anything else in it is not read in part: it is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use prost::encoding::{WireType, decode_key, decode_varint};
use serde_json::{Map, Value, json};

const FIELDS: &str = include_str!("protobuf/fields.txt");

/// Deeper than any object is.
const DEEPEST: usize = 32;

/// Numbers and truths that mean something when they are zero or false: the API has them as pointers. Others are as good as missing.
const KEPT: &[&str] = &[
    "activeDeadlineSeconds",
    "allocateLoadBalancerNodePorts",
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "backoffLimit",
    "completions",
    "defaultMode",
    "enableServiceLinks",
    "failedJobsHistoryLimit",
    "gracePeriodSeconds",
    "maxSurge",
    "mode",
    "orphanDependents",
    "parallelism",
    "priority",
    "replicas",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsUser",
    "successfulJobsHistoryLimit",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "ttlSecondsAfterFinished",
    "value",
];

/// Reads a body; none where it is not protobuf of the API or holds what is not known here.
pub fn object(body: &[u8]) -> Option<Value> {
    let mut kind = (String::new(), String::new());
    let mut raw: &[u8] = &[];
    for field in Fields(body.strip_prefix(b"k8s\0")?) {
        match field? {
            (1, Raw::Bytes(types)) => kind = type_meta(types)?,
            (2, Raw::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let (api_version, kind) = kind;
    let mut object = message(&kind, raw, 0)?;
    let own = object.as_object_mut()?;
    own.insert("apiVersion".to_owned(), api_version.into());
    own.insert("kind".to_owned(), kind.into());
    Some(object)
}

fn type_meta(bytes: &[u8]) -> Option<(String, String)> {
    let mut found = (String::new(), String::new());
    for field in Fields(bytes) {
        match field? {
            (1, Raw::Bytes(version)) => found.0 = text(version)?,
            (2, Raw::Bytes(kind)) => found.1 = text(kind)?,
            _ => {}
        }
    }
    Some(found)
}

/// A field as it is on the wire.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message. What cannot be read is none, and the last.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u32, Raw<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn read(&mut self) -> Option<(u32, Raw<'a>)> {
        let (number, wire) = decode_key(&mut self.0).ok()?;
        let value = decode_varint(&mut self.0).ok()?;
        match wire {
            WireType::Varint => Some((number, Raw::Number(value))),
            WireType::LengthDelimited => {
                let (bytes, rest) = self.0.split_at_checked(usize::try_from(value).ok()?)?;
                self.0 = rest;
                Some((number, Raw::Bytes(bytes)))
            }
            _ => None,
        }
    }
}

/// The name and type of a message's field.
fn known(name: &str, number: u32) -> Option<(&'static str, &'static str)> {
    let line = FIELDS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
    line.split(", ").find_map(|field| {
        let (own, rest) = field.split_once(' ')?;
        (own.parse() == Ok(number)).then(|| rest.split_once(' ')).flatten()
    })
}

fn is_known(name: &str) -> bool {
    FIELDS.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(": ")))
}

fn message(name: &str, bytes: &[u8], depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    match name {
        "Time" | "MicroTime" => return time(bytes),
        "Quantity" => return one(bytes, 1).map(|raw| raw.and_then(as_text).unwrap_or_default().into()),
        "IntOrString" => return int_or_string(bytes),
        "FieldsV1" | "RawExtension" => {
            let raw = one(bytes, 1)?.and_then(|raw| if let Raw::Bytes(raw) = raw { Some(raw) } else { None });
            return serde_json::from_slice(raw.unwrap_or(b"{}")).ok();
        }
        "ExtraValue" => {
            let all: Option<Vec<String>> = Fields(bytes).map(|field| as_text(field?.1)).collect();
            return all.map(Into::into);
        }
        name if !is_known(name) => return None,
        _ => {}
    }
    let mut object = Map::new();
    for field in Fields(bytes) {
        let (number, raw) = field?;
        let (field, sort) = known(name, number)?;
        if let Some(sort) = sort.strip_prefix('*') {
            let item = value(sort, raw, depth)?;
            match object.entry(field).or_insert_with(|| json!([])) {
                Value::Array(items) => items.push(item),
                _ => return None,
            }
        } else if let Some(sort) = sort.strip_prefix('%') {
            let Raw::Bytes(entry) = raw else { return None };
            let key = one(entry, 1)?.map_or(Some(String::new()), as_text)?;
            let item = match one(entry, 2)? {
                Some(raw) => value(sort, raw, depth)?,
                None => json!(""),
            };
            object.entry(field).or_insert_with(|| json!({})).as_object_mut()?.insert(key, item);
        } else {
            let item = value(sort, raw, depth)?;
            let nothing = item.is_null() || item == "" || ((item == 0 || item == false) && !KEPT.contains(&field));
            if !nothing {
                object.insert(field.to_owned(), item);
            }
        }
    }
    Some(object.into())
}

fn value(sort: &str, raw: Raw<'_>, depth: usize) -> Option<Value> {
    match (sort, raw) {
        ("s", Raw::Bytes(bytes)) => text(bytes).map(Into::into),
        ("b", Raw::Bytes(bytes)) => Some(STANDARD.encode(bytes).into()),
        // Negative numbers are written as the 64 bits they are.
        ("i", Raw::Number(number)) => Some(number.cast_signed().into()),
        ("t", Raw::Number(number)) => Some((number != 0).into()),
        (name, Raw::Bytes(bytes)) => message(name, bytes, depth + 1),
        _ => None,
    }
}

/// The last of a message's fields with that number.
fn one(bytes: &[u8], wanted: u32) -> Option<Option<Raw<'_>>> {
    let mut found = None;
    for field in Fields(bytes) {
        let (number, raw) = field?;
        if number == wanted {
            found = Some(raw);
        }
    }
    Some(found)
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn as_text(raw: Raw<'_>) -> Option<String> {
    if let Raw::Bytes(bytes) = raw { text(bytes) } else { None }
}

fn as_number(raw: Option<Raw<'_>>) -> i64 {
    if let Some(Raw::Number(number)) = raw { number.cast_signed() } else { 0 }
}

/// A moment; one without any field is none.
fn time(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return Some(Value::Null);
    }
    let (seconds, nanos) = (as_number(one(bytes, 1)?), as_number(one(bytes, 2)?));
    let at = Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()?;
    Some(at.to_string().into())
}

fn int_or_string(bytes: &[u8]) -> Option<Value> {
    if as_number(one(bytes, 1)?) == 0 {
        return Some(as_number(one(bytes, 2)?).into());
    }
    Some(one(bytes, 3)?.map_or(Some(String::new()), as_text)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn sent(kind: &str, raw: &[u8]) -> Vec<u8> {
        let types = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
        [b"k8s\0".to_vec(), field(1, &types), field(2, raw)].concat()
    }

    #[test]
    fn what_is_known_is_read_and_what_is_not_is_refused() {
        let metadata = field(1, &[field(1, b"one"), field(8, b"")].concat());
        let data = field(2, &[field(1, b"a"), field(2, b"b")].concat());
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "b"}});
        assert_eq!(object(&sent("ConfigMap", &[metadata.clone(), data].concat())), Some(map));
        assert_eq!(object(&sent("ConfigMap", &field(15, b"x"))), None, "a field that nobody knows");
        assert_eq!(object(&sent("Unheard", &metadata)), None);
        assert_eq!(object(b"{}"), None);
        assert_eq!(object(&sent("ConfigMap", &[10, 200])), None, "cut off");
    }

    #[test]
    fn every_type_in_the_table_is_there() {
        let special = ["Time", "MicroTime", "Quantity", "IntOrString", "FieldsV1", "RawExtension"];
        let mut looked = 0;
        for line in FIELDS.lines() {
            for field in line.split_once(": ").unwrap().1.split(", ") {
                let sort = field.rsplit(' ').next().unwrap().trim_start_matches(['*', '%']);
                let there = matches!(sort, "s" | "b" | "i" | "t") || special.contains(&sort) || is_known(sort);
                assert!(there, "{line}: {sort}");
                looked += 1;
            }
        }
        assert!(looked > 500, "{looked} fields");
    }
}
