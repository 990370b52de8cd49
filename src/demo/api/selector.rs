//! Label and field selectors: which objects of a list or watch are meant.
//!
//! The grammar and the words of its slips are those of k8s.io/apimachinery's pkg/labels and pkg/fields; which fields a kind knows is in each
//! group's conversion.go. Bodies are parsed only where a selector must look into them.

mod fields;
mod labels;

pub use fields::Fields;
pub use labels::{Labels, of_object};

use super::query::Query;
use crate::demo::catalog::Resource;
use crate::demo::object::at;
use crate::demo::refusal::Refusal;
use crate::demo::store::Key;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Both selectors of a request.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    pub labels: Labels,
    pub fields: Fields,
}

/// What of an object a label selector sees.
#[derive(Deserialize)]
struct Face {
    #[serde(default)]
    metadata: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

impl Selector {
    /// `labelSelector` and `fieldSelector` of a query.
    pub fn of(query: &Query, resource: &Resource) -> Result<Self, Refusal> {
        let labels = Labels::parse(query.get("labelSelector").unwrap_or_default())?;
        let fields = Fields::parse(query.get("fieldSelector").unwrap_or_default(), resource)?;
        Ok(Self { labels, fields })
    }

    /// Whether it takes everything.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is meant.
    pub fn takes(&self, key: &Key, body: &Bytes) -> bool {
        if !self.fields.takes_key(key) || !self.fields.may_be_in(body) {
            return false;
        }
        if !self.labels.is_empty() {
            let Ok(face) = serde_json::from_slice::<Face>(body) else { return false };
            let own = face.metadata.labels.unwrap_or_default();
            if !self.labels.takes(|key| own.get(key).map(String::as_str)) {
                return false;
            }
        }
        if !self.fields.looks_inside() {
            return true;
        }
        let Ok(object) = serde_json::from_slice::<Value>(body) else { return false };
        self.fields.takes(|path| value(&object, path))
    }
}

/// A field as its selectors see it: truth and numbers as text, what is missing as nothing.
fn value(object: &Value, path: &str) -> String {
    match at(object, &path.replace('.', "/")) {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
