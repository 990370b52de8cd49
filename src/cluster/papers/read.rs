//! Reading an object and making the document that was wanted of it.

use super::{Target, View, Want};
use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::watch::What;
use crate::manifest::{self, secret};
use crate::text::document::{Document, Line, Tone};
use serde_json::Value;

/// The document and the version of the object that it shows.
pub async fn document(link: &Link, want: &Want, now: i64) -> Result<(Document, String), Fault> {
    let object = object(link, &want.target).await?;
    let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    let document = match &want.view {
        View::Yaml => manifest::yaml(object, &want.reveal, now),
        View::Blame => manifest::blame(object, &want.reveal, now),
        View::Applied => applied(&object, want, now),
        View::Keys => secret::keys(&object, &want.reveal, now),
        View::Describe => manifest::yaml(object, &want.reveal, now),
    };
    Ok((document, version))
}

/// The object as the server has it now.
pub async fn object(link: &Link, target: &Target) -> Result<Value, Fault> {
    let collection = What::Table(target.what.clone()).path(target.namespace.as_deref());
    let name: String = form_urlencoded::byte_serialize(target.name.as_bytes()).collect();
    link.get_json(&format!("{collection}/{name}")).await
}

/// One value of a Secret or a ConfigMap, as bytes.
pub async fn secret(link: &Link, target: &Target, key: &str) -> Result<Vec<u8>, Fault> {
    let object = object(link, target).await?;
    secret::value(&object, key).ok_or_else(|| {
        Fault::new(Class::NotFound, format!("read {key} of {}", target.name), "it has no such key (any more)")
    })
}

fn applied(object: &Value, want: &Want, now: i64) -> Document {
    match manifest::applied(object) {
        Some(applied) => manifest::yaml(applied, &want.reveal, now),
        None => {
            let why =
                "`kubectl apply` keeps no copy here: the object was made in another way, or applied by the server";
            Document { lines: vec![Line::toned(why, Tone::Dim)] }
        }
    }
}
