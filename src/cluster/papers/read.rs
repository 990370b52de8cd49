//! Reading an object and making the document that was wanted of it.

use super::changes::Seen;
use super::{Target, View, Want, history};
use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::related::listed;
use crate::cluster::watch::What;
use crate::describe::{self, Given, Need, revision};
use crate::manifest::diff::{self, Side};
use crate::manifest::{self, secret};
use crate::text::document::{Document, Line, Tone};
use serde_json::{Value, json};

/// The document and what it was made from.
pub async fn document(link: &Link, other: &Link, want: &Want, now: i64) -> Result<(Document, Seen), Fault> {
    if want.view == View::Changes {
        return history::document(link, &want.target, now).await.map(|document| (document, Seen::default()));
    }
    let object = object(link, &want.target).await?;
    let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut seen = Seen { object: version, ..Seen::default() };
    let document = match &want.view {
        View::Blame => manifest::blame(object, &want.reveal, now),
        View::Applied => {
            manifest::applied(&object).map_or_else(not_applied, |applied| manifest::yaml(applied, &want.reveal, now))
        }
        View::Keys => secret::keys(&object, &want.reveal, now),
        View::Drift => manifest::applied(&object).map_or_else(not_applied, |applied| diff::drift(applied, object)),
        View::Diff(against) => {
            let theirs = self::object(other, &against.target).await?;
            let context = against.context.as_deref();
            // Of revisions it is their templates that tell them apart.
            match revision::compared(&object, &theirs).filter(|_| context.is_none()) {
                Some([left, right]) => diff::of(template(left), template(right)),
                None => diff::of(side(&want.target, None, object), side(&against.target, context, theirs)),
            }
        }
        View::Rollout => super::rollout::document(link, &object, now, &mut seen).await,
        View::Describe => described(link, want, &object, now, &mut seen).await,
        View::Brief => {
            let (events, tail) =
                futures::join!(listed(link, Need::Events, &object), super::tail::tail(link, &want.target, &object));
            let events = events.map_err(|fault| fault.to_string());
            seen.events = events.as_ref().ok().map(|(_, version)| version.clone());
            let events = events.map(|(events, _)| events);
            describe::brief(&Given { object: &object, related: &[(Need::Events, events)], now }, tail.as_ref())
        }
        View::Yaml | View::Changes => manifest::yaml(object, &want.reveal, now),
    };
    Ok((document, seen))
}

/// The description, with all that it needs read at once.
async fn described(link: &Link, want: &Want, object: &Value, now: i64, seen: &mut Seen) -> Document {
    let of = &want.target.what;
    let needs = describe::needs(&of.group, &of.plural);
    let read = needs.iter().map(|need| async move {
        let found = listed(link, *need, object).await.map_err(|fault| fault.to_string());
        (*need, found)
    });
    let mut related = Vec::with_capacity(needs.len());
    for (need, found) in futures::future::join_all(read).await {
        if let (Need::Events, Ok((_, version))) = (need, &found) {
            seen.events = Some(version.clone());
        }
        related.push((need, found.map(|(items, _)| items)));
    }
    describe::describe(&Given { object, related: &related, now })
}

/// The object as the server has it now.
pub async fn object(link: &Link, target: &Target) -> Result<Value, Fault> {
    link.get_json(&path(target)).await
}

/// Its scale subresource, with the count that the server leaves out if it is 0 (autoscaling/v1 ScaleSpec: omitempty).
pub async fn scale(link: &Link, target: &Target) -> Result<Value, Fault> {
    let mut scale: Value = link.get_json(&format!("{}/scale", path(target))).await?;
    if scale.pointer("/spec/replicas").is_none()
        && let Some(fields) = scale.as_object_mut()
    {
        fields.insert("spec".into(), json!({"replicas": 0}));
    }
    Ok(scale)
}

fn path(target: &Target) -> String {
    let collection = What::Table(target.what.clone()).path(target.namespace.as_deref());
    let name: String = form_urlencoded::byte_serialize(target.name.as_bytes()).collect();
    format!("{collection}/{name}")
}

/// One value of a Secret or a ConfigMap, as bytes.
pub async fn secret(link: &Link, target: &Target, key: &str) -> Result<Vec<u8>, Fault> {
    let object = object(link, target).await?;
    secret::value(&object, key).ok_or_else(|| {
        Fault::new(Class::NotFound, format!("read {key} of {}", target.name), "it has no such key (any more)")
    })
}

fn template((title, template): (String, Value)) -> Side {
    Side { title, object: template }
}

fn not_applied() -> Document {
    let why = "`kubectl apply` keeps no copy here: it was made otherwise, or server-side";
    Document { lines: vec![Line::toned(why, Tone::Dim)] }
}

fn side(target: &Target, context: Option<&str>, object: Value) -> Side {
    let namespace = target.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
    let context = context.map(|context| format!(" @{context}")).unwrap_or_default();
    Side { title: format!("{} {namespace}{}{context}", target.what.kind.to_lowercase(), target.name), object }
}
