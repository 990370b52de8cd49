//! Reading: one object, or a list of them, now or as it was at a revision, in the form asked for.
//!
//! Lists are put together from the store's own bytes; only tables, metadata and selectors parse objects.

use super::accept::{self, Form, Layout, Many, Shape};
use super::query::{self, Listing, Match};
use super::selector::Selector;
use super::token::Place;
use super::{JSON, Request, Response};
use crate::demo::catalog::{Resource, Verbs};
use crate::demo::columns::{self, Include};
use crate::demo::metrics;
use crate::demo::object::{self, Object, put, text};
use crate::demo::refusal::Refusal;
use crate::demo::store::{Key, Store};
use crate::demo::world::World;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One object, or its status, which reads as the whole object.
pub fn get(world: &World, request: &Request<'_>) -> Result<Response, Refusal> {
    let target = request.target;
    let resource = &target.resource;
    if resource.verbs == Verbs::Read {
        let found = metrics::read(world, resource, target.namespace.as_deref(), target.name.as_deref())?;
        return Ok(Response::json(200, &found, request.form.layout));
    }
    let key = Key::new(&resource.id, target.namespace(), target.name());
    let Some(stored) = world.store.get(&key) else {
        return Err(Refusal::not_found(resource.of(), target.name()));
    };
    if request.form == (Form { shape: Shape::Whole, layout: Layout::Compact }) {
        return Ok(Response::new(200, JSON, stored.body.clone()));
    }
    shown(world, request, 200, parsed(&stored.body))
}

/// One object in the form asked for.
pub fn shown(world: &World, request: &Request<'_>, code: u16, object: Object) -> Result<Response, Refusal> {
    let value = match request.form.shape {
        Shape::Whole => object,
        Shape::Table => {
            let version = text(&object, "metadata/resourceVersion").to_owned();
            let mut table = columns::table(world, &request.target.resource, &[object], include(request)?);
            put(&mut table, "metadata", json!({"resourceVersion": version}));
            table
        }
        Shape::Metadata(Many::One) => metadata(&object),
        Shape::Metadata(Many::List) => {
            let kind = &request.target.resource.kind;
            let why =
                format!("you requested PartialObjectMetadataList, but the requested object is not a list (*{kind})");
            return Err(accept::not_acceptable(&why));
        }
    };
    Ok(Response::json(code, &value, request.form.layout))
}

/// An object's metadata as an object of its own.
pub fn metadata(object: &Object) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}

/// What of each object a table has with its rows.
pub fn include(request: &Request<'_>) -> Result<Include, Refusal> {
    match request.query.get("includeObject") {
        None | Some("Metadata") => Ok(Include::Metadata),
        Some("None") => Ok(Include::None),
        Some("Object") => Ok(Include::Object),
        Some(other) => Err(Refusal::bad_request(format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be 'Metadata', 'Object', 'None', or empty"
        ))),
    }
}

/// The objects of a resource that are selected, page by page.
pub fn list(world: &World, request: &Request<'_>) -> Result<Response, Refusal> {
    let resource = &request.target.resource;
    let listing = query::listing(&request.query)?;
    let selector = Selector::of(&request.query, resource)?;
    if let Shape::Metadata(Many::One) = request.form.shape {
        let why =
            format!("you requested PartialObjectMetadata, but the requested object is a list (*{}List)", resource.kind);
        return Err(accept::not_acceptable(&why));
    }
    if resource.verbs == Verbs::Read {
        let mut found = metrics::read(world, resource, request.target.namespace.as_deref(), None)?;
        if let Some(items) = found.get_mut("items").and_then(Value::as_array_mut) {
            items.retain(|item| selector.takes(&key_of(resource, item), &bytes_of(item)));
        }
        return Ok(Response::json(200, &found, request.form.layout));
    }
    let (revision, after) = match begin(world, request, &listing)? {
        Begin::At(revision, after) => (revision, after),
        Begin::Refused(response) => return Ok(response),
    };
    let page = page(world, request, &listing, &selector, (revision, after));
    written(world, request, page)
}

enum Begin {
    /// Of which revision, behind which key.
    At(u64, Option<Key>),
    Refused(Response),
}

/// Of which revision a list is, and where it begins.
fn begin(world: &World, request: &Request<'_>, listing: &Listing) -> Result<Begin, Refusal> {
    let (now, oldest) = (world.store.revision(), world.store.compacted());
    if let Some(token) = &listing.token {
        let place = Place::read(token, request.target)?;
        let revision = place.revision.unwrap_or(now);
        if revision < oldest {
            return Ok(Begin::Refused(gone(request, place.after)));
        }
        return Ok(Begin::At(revision.min(now), Some(place.after)));
    }
    let asked = listing.version.unwrap_or(0);
    if asked > now {
        let message = format!("Too large resource version: {asked}, current: {now}");
        let mut refusal = Refusal::new(504, "Timeout", message);
        let cause = json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"});
        refusal.details = json!({"causes": [cause], "retryAfterSeconds": 1});
        return Err(refusal);
    }
    // Without a match, a limited list of a version is exactly of that version (documented as the legacy rule).
    let exact =
        listing.matching == Some(Match::Exact) || (listing.matching.is_none() && listing.limit > 0 && asked > 0);
    if !exact {
        return Ok(Begin::At(now, None));
    }
    if asked < oldest {
        return Err(Refusal::new(410, "Expired", "The resourceVersion for the provided list is too old."));
    }
    Ok(Begin::At(asked, None))
}

/// 410 for a page whose revision is forgotten, with a token that goes on with what is there now.
fn gone(request: &Request<'_>, after: Key) -> Response {
    let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without \
        the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with \
        the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the \
        first chunk was returned and now may show up in the list.";
    let mut status = Refusal::new(410, "Expired", message).status();
    let token = Place { revision: None, after }.written(request.target);
    put(&mut status, "metadata", json!({ "continue": token }));
    Response::json(410, &status, request.form.layout)
}

/// A page of a list.
struct Page {
    bodies: Vec<Bytes>,
    metadata: Value,
}

fn page(
    world: &World,
    request: &Request<'_>,
    listing: &Listing,
    selector: &Selector,
    (revision, after): (u64, Option<Key>),
) -> Page {
    // The watch cache, which answers lists of any version, knows no pages.
    let any = listing.version == Some(0) && listing.token.is_none();
    let limit = if listing.limit == 0 || any { usize::MAX } else { listing.limit };
    let resource = &request.target.resource;
    let namespace = request.target.namespace.as_deref();
    let now = world.store.list(&resource.id, namespace, after.as_ref());
    let now = now.map(|(key, stored)| (key, &stored.body));
    let past = past(&world.store, &resource.id, revision);
    let objects: Box<dyn Iterator<Item = (&Key, &Bytes)>> = if past.is_empty() {
        Box::new(now)
    } else {
        let inside = |key: &Key| {
            namespace.is_none_or(|own| own == &*key.namespace) && after.as_ref().is_none_or(|after| key > after)
        };
        let mut all: BTreeMap<&Key, &Bytes> = now.filter(|(key, _)| !past.contains_key(key)).collect();
        all.extend(past.iter().filter(|(key, _)| inside(key)).filter_map(|(key, body)| Some((*key, (*body)?))));
        Box::new(all.into_iter())
    };
    let mut selected = objects.filter(|(key, body)| selector.takes(key, body)).peekable();
    let (mut bodies, mut last) = (Vec::new(), None);
    while bodies.len() < limit
        && let Some((key, body)) = selected.next()
    {
        bodies.push(body.clone());
        last = Some(key.clone());
    }
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if let Some(after) = last.filter(|_| selected.peek().is_some()) {
        put(&mut metadata, "continue", Place { revision: Some(revision), after }.written(request.target));
        if selector.is_empty() {
            put(&mut metadata, "remainingItemCount", selected.count());
        }
    }
    Page { bodies, metadata }
}

/// What was different at a revision: the objects of a resource that changed since, as they were then.
fn past<'a>(store: &'a Store, resource: &str, revision: u64) -> BTreeMap<&'a Key, Option<&'a Bytes>> {
    let mut past = BTreeMap::new();
    for change in store.since(revision).into_iter().flatten().filter(|change| *change.key.resource == *resource) {
        past.entry(&change.key).or_insert(change.before.as_ref());
    }
    past
}

/// A page in the form asked for.
fn written(world: &World, request: &Request<'_>, page: Page) -> Result<Response, Refusal> {
    let resource = &request.target.resource;
    match request.form.shape {
        Shape::Whole => Ok(whole(request, page, &stripped(world, resource))),
        Shape::Table => {
            let include = include(request)?;
            let mut table = columns::table(world, resource, &[], include);
            object::remove(&mut table, "rows");
            put(&mut table, "metadata", page.metadata);
            let rows = page.bodies.chunks(CROWD).flat_map(|bodies| {
                let objects: Vec<Object> = bodies.iter().map(parsed).collect();
                match object::remove(&mut columns::table(world, resource, &objects, include), "rows") {
                    Some(Value::Array(rows)) => rows,
                    _ => Vec::new(),
                }
            });
            Ok(listed(request, &table, "rows", rows))
        }
        Shape::Metadata(_) => {
            let items = page.bodies.iter().map(|body| metadata(&parsed(body)));
            let list = json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": page.metadata,
            });
            Ok(listed(request, &list, "items", items))
        }
    }
}

/// Objects that are parsed at once for a Table.
const CROWD: usize = 100;
/// Bytes of a list that are sent at once.
const PIECE: usize = 64 * 1024;

/// What a list says of itself, and then its items, of which one at a time is more than bytes.
fn listed(request: &Request<'_>, head: &Value, field: &str, items: impl Iterator<Item = Value>) -> Response {
    let head = head.to_string();
    let mut piece = format!("{},\"{field}\":[", head.strip_suffix('}').unwrap_or_default());
    let mut body = Vec::new();
    for (n, item) in items.enumerate() {
        if n > 0 {
            piece.push(',');
        }
        // A `String` takes all that is written.
        let _ = write!(piece, "{item}");
        if piece.len() > PIECE {
            body.push(Bytes::from(std::mem::take(&mut piece)));
        }
    }
    piece.push_str("]}");
    body.push(Bytes::from(piece));
    laid_out(request, Response { code: 200, content_type: JSON, headers: Vec::new(), body })
}

/// Indents what was put together without.
fn laid_out(request: &Request<'_>, response: Response) -> Response {
    if request.form.layout == Layout::Compact {
        return response;
    }
    let value: Value = serde_json::from_slice(&response.body.concat()).unwrap_or_default();
    Response::pretty(&value)
}

/// How the bytes of a resource's objects begin, if its lists leave that out: those of custom resources do not.
fn stripped(world: &World, resource: &Resource) -> Option<String> {
    let begin = || format!("{{\"apiVersion\":\"{}\",\"kind\":\"{}\",", resource.api_version(), resource.kind);
    (!is_custom(world, resource)).then(begin)
}

/// Whether a definition made the resource.
pub fn is_custom(world: &World, resource: &Resource) -> bool {
    let definition = Key::new(&"customresourcedefinitions.apiextensions.k8s.io".into(), "", &resource.id);
    world.store.get(&definition).is_some()
}

fn whole(request: &Request<'_>, page: Page, begin: &Option<String>) -> Response {
    let resource = &request.target.resource;
    let head = format!(
        "{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",\"metadata\":{},\"items\":[",
        resource.kind,
        resource.api_version(),
        page.metadata
    );
    let mut body = vec![Bytes::from(head)];
    for (n, item) in page.bodies.into_iter().enumerate() {
        let begin = begin.as_deref().filter(|begin| item.starts_with(begin.as_bytes()));
        match (begin, n) {
            (Some(begin), 0) => body.extend([Bytes::from_static(b"{"), item.slice(begin.len()..)]),
            (Some(begin), _) => body.extend([Bytes::from_static(b",{"), item.slice(begin.len()..)]),
            (None, 0) => body.push(item),
            (None, _) => body.extend([Bytes::from_static(b","), item]),
        }
    }
    body.push(Bytes::from_static(b"]}"));
    laid_out(request, Response { code: 200, content_type: JSON, headers: Vec::new(), body })
}

/// The object that was serialised.
pub fn parsed(body: &Bytes) -> Object {
    serde_json::from_slice(body).unwrap_or_default()
}

fn key_of(resource: &Resource, object: &Object) -> Key {
    Key::new(&resource.id, text(object, "metadata/namespace"), text(object, "metadata/name"))
}

fn bytes_of(object: &Object) -> Bytes {
    serde_json::to_vec(object).unwrap_or_default().into()
}
