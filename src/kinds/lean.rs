//! Lean objects: only the fields that a table needs, read alike from protobuf and from JSON.
//!
//! Each kind's struct derives both `prost::Message` and `serde::Deserialize`. Tags are those of the API group's
//! generated.proto (Go module k8s.io/api); both decoders skip fields that are not named. An absent protobuf scalar is its
//! default, so every struct is `#[serde(default)]`, and a JSON `null` reads as the default, too ([`null`]).
//! Nothing here knows lists, streams or rows.

use prost::Message;
use prost::bytes::Bytes;
use serde::de::{DeserializeOwned, Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One object as it came over the wire.
#[derive(Clone, Debug)]
pub enum Item {
    /// The bare message, without the `k8s\0` envelope.
    Proto(Bytes),
    /// A JSON text.
    Json(Bytes),
}

impl Item {
    /// Reads a lean object; the error is one sentence on what does not parse.
    pub fn read<T: Message + Default + DeserializeOwned>(&self) -> Result<T, String> {
        match self {
            Self::Proto(bytes) => T::decode(bytes.clone()).map_err(|e| e.to_string()),
            Self::Json(bytes) => serde_json::from_slice(bytes).map_err(|e| unreadable(&e)),
        }
    }
}

/// Where a JSON text does not parse. The error's own words would repeat the value that is there, which may be secret.
pub fn unreadable(error: &serde_json::Error) -> String {
    let what = if error.is_data() { "holds something unexpected" } else { "is not whole JSON" };
    format!("it {what} (line {}, column {})", error.line(), error.column())
}

/// Reads `null` as the default, as the API server's own decoder does.
pub fn null<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(d)?.unwrap_or_default())
}

/// metav1.ObjectMeta.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub name: String,
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub namespace: String,
    #[prost(string, tag = "5")]
    #[serde(deserialize_with = "null")]
    pub uid: String,
    #[prost(string, tag = "6")]
    #[serde(deserialize_with = "null")]
    pub resource_version: String,
    #[prost(message, optional, tag = "8")]
    pub creation_timestamp: Option<Time>,
    #[prost(message, optional, tag = "9")]
    pub deletion_timestamp: Option<Time>,
    #[prost(int64, optional, tag = "10")]
    pub deletion_grace_period_seconds: Option<i64>,
    #[prost(btree_map = "string, string", tag = "11")]
    #[serde(deserialize_with = "null")]
    pub labels: BTreeMap<String, String>,
    #[prost(message, repeated, tag = "12")]
    #[serde(deserialize_with = "annotations")]
    pub annotations: Vec<Annotation>,
    #[prost(message, repeated, tag = "13")]
    #[serde(deserialize_with = "null")]
    pub owner_references: Vec<OwnerReference>,
    #[prost(string, repeated, tag = "14")]
    #[serde(deserialize_with = "null")]
    pub finalizers: Vec<String>,
}

impl Meta {
    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let found = self.annotations.iter().find(|own| own.key == key.as_bytes())?;
        std::str::from_utf8(&found.value).ok()
    }
}

/// An annotation: an entry of a `map<string, string>`. They can be long and are seldom read, so protobuf's are not copied.
#[derive(Clone, PartialEq, Message)]
pub struct Annotation {
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

fn annotations<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Annotation>, D::Error> {
    let map = Option::<BTreeMap<String, Option<String>>>::deserialize(d)?.unwrap_or_default();
    let entry = |(key, value): (String, Option<String>)| Annotation {
        key: key.into(),
        value: value.unwrap_or_default().into(),
    };
    Ok(map.into_iter().map(entry).collect())
}

/// metav1.OwnerReference.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnerReference {
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "null")]
    pub kind: String,
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "null")]
    pub name: String,
    #[prost(string, tag = "5")]
    #[serde(deserialize_with = "null")]
    pub api_version: String,
    #[prost(bool, tag = "6")]
    #[serde(deserialize_with = "null")]
    pub controller: bool,
}

/// metav1.Time and MicroTime: seconds since the epoch (a `Timestamp` message, or RFC 3339 text).
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Time {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(d)?;
        let at: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Self { seconds: at.as_second() })
    }
}

/// resource.Quantity: its text. JSON may hold a bare number.
#[derive(Clone, PartialEq, Message)]
pub struct Quantity {
    #[prost(string, tag = "1")]
    pub text: String,
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Int(i64),
            Float(f64),
        }
        let text = match Form::deserialize(d)? {
            Form::Text(text) => text,
            Form::Int(n) => n.to_string(),
            Form::Float(n) => n.to_string(),
        };
        Ok(Self { text })
    }
}

/// intstr.IntOrString: kind 0 is the number, kind 1 the text.
#[derive(Clone, PartialEq, Message)]
pub struct IntOrString {
    #[prost(int64, tag = "1")]
    pub kind: i64,
    #[prost(int32, tag = "2")]
    pub int: i32,
    #[prost(string, tag = "3")]
    pub text: String,
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Int(i32),
            Text(String),
        }
        Ok(match Form::deserialize(d)? {
            Form::Int(int) => Self { kind: 0, int, text: String::new() },
            Form::Text(text) => Self { kind: 1, int: 0, text },
        })
    }
}

/// Something of which only the presence or the number matters.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Counted {}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(d).map(|_| Self {})
    }
}
