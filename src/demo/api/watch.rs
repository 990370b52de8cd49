//! Watching: what changes after a revision, as the selector sees it, in the form asked for.
//!
//! A watch is plain data that is asked again whenever the world changed or its time came; it holds no connection and copies no object: events
//! of whole objects share the store's bytes. What it must do follows apiserver's storage/cacher and endpoints/handlers/watch.go.

use super::accept::Shape;
use super::query::{self, Listing};
use super::read::{self, parsed};
use super::selector::{Fields, Selector};
use super::{Request, Step};
use crate::demo::catalog::{Resource, Verbs};
use crate::demo::columns::{self, Include};
use crate::demo::object::{Object, put, text};
use crate::demo::refusal::Refusal;
use crate::demo::store::{Change, What};
use crate::demo::world::World;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// A bookmark comes so often.
const BOOKMARK: SignedDuration = SignedDuration::from_mins(1);
/// A watch that names no timeout lives as long as the least that the real server gives.
const LONGEST: SignedDuration = SignedDuration::from_mins(30);

/// See the module.
#[derive(Debug)]
pub struct Watch {
    resource: Arc<Resource>,
    namespace: Option<String>,
    selector: Selector,
    shape: Shape,
    include: Include,
    /// Whether the columns were described.
    described: Described,
    /// Changes up to here are told.
    seen: u64,
    start: Start,
    bookmarks: Option<Timestamp>,
    end: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Described {
    Not,
    Yes,
}

/// What comes before the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Nothing, or it was told.
    Changes,
    /// Everything that is there.
    State,
    /// The same, and a bookmark that says so.
    StateAndMark,
}

/// Begins a watch. What is wrong with its revision it says itself, as an event.
pub fn watch(world: &World, request: &Request<'_>) -> Result<Watch, Refusal> {
    let target = request.target;
    if target.resource.verbs == Verbs::Read {
        return Err(Refusal::method_not_allowed());
    }
    let listing = query::watching(&request.query)?;
    let mut selector = Selector::of(&request.query, &target.resource)?;
    if let Some(name) = &target.name {
        selector.fields = selector.fields.and(Fields::named(name));
    }
    let timeout = listing.timeout.filter(|seconds| *seconds > 0).map_or(LONGEST, SignedDuration::from_secs);
    Ok(Watch {
        resource: target.resource.clone(),
        namespace: target.namespace.clone(),
        selector,
        shape: request.form.shape,
        include: read::include(request)?,
        described: Described::Not,
        seen: listing.version.filter(|version| *version > 0).unwrap_or_else(|| world.store.revision()),
        start: start(&listing),
        bookmarks: listing.bookmarks.then(|| later(world.now, BOOKMARK)),
        end: later(world.now, timeout),
    })
}

fn start(listing: &Listing) -> Start {
    match (listing.initial, listing.version) {
        (Some(true), _) if listing.bookmarks => Start::StateAndMark,
        (Some(true), _) | (None, None | Some(0)) => Start::State,
        _ => Start::Changes,
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(now)
}

impl Watch {
    /// Tells what is new.
    pub fn advance(&mut self, world: &World) -> Step {
        let mut step = Step::default();
        if self.start != Start::Changes {
            self.state(world, &mut step.pieces);
        }
        match world.store.since(self.seen) {
            Err(oldest) => {
                let status = Refusal::expired(self.seen, oldest).status();
                step.pieces.push(line("ERROR", &status));
                step.is_over = true;
                return step;
            }
            Ok(changes) => {
                for change in changes {
                    self.change(world, change, &mut step.pieces);
                }
            }
        }
        self.seen = self.seen.max(world.store.revision());
        if let Some(due) = self.bookmarks.filter(|due| *due <= world.now) {
            step.pieces.push(self.bookmark(world, json!({})));
            self.bookmarks = Some(later(due.max(world.now), BOOKMARK));
        }
        step.is_over = world.now >= self.end;
        step.again = Some(self.bookmarks.map_or(self.end, |due| due.min(self.end)));
        step
    }

    /// Everything that is there.
    fn state(&mut self, world: &World, pieces: &mut Vec<Bytes>) {
        let resource = self.resource.clone();
        let namespace = self.namespace.clone();
        for (key, stored) in world.store.list(&resource.id, namespace.as_deref(), None) {
            if self.selector.takes(key, &stored.body) {
                self.event(world, "ADDED", &stored.body, pieces);
            }
        }
        self.seen = world.store.revision();
        if self.start == Start::StateAndMark {
            pieces.push(self.bookmark(world, json!({"k8s.io/initial-events-end": "true"})));
        }
        self.start = Start::Changes;
    }

    fn change(&mut self, world: &World, change: &Change, pieces: &mut Vec<Bytes>) {
        let key = &change.key;
        let elsewhere = self.namespace.as_deref().is_some_and(|own| own != &*key.namespace);
        if key.resource != self.resource.id || elsewhere || !self.selector.fields.takes_key(key) {
            return;
        }
        let was = change.before.as_ref().filter(|before| self.selector.takes(key, before));
        let is = change.what != What::Deleted && self.selector.takes(key, &change.body);
        match (was, is) {
            (None, true) => self.event(world, "ADDED", &change.body, pieces),
            (Some(_), true) => self.event(world, "MODIFIED", &change.body, pieces),
            (Some(_), false) if change.what == What::Deleted => self.event(world, "DELETED", &change.body, pieces),
            (Some(before), false) => {
                // It left the selection: told as it was when it was in it, at the revision at which it left.
                let mut before = parsed(before);
                put(&mut before, "metadata/resourceVersion", change.revision.to_string());
                let before = serde_json::to_vec(&before).unwrap_or_default().into();
                self.event(world, "DELETED", &before, pieces);
            }
            (None, false) => {}
        }
    }

    fn event(&mut self, world: &World, kind: &str, body: &Bytes, pieces: &mut Vec<Bytes>) {
        match self.shape {
            Shape::Whole => {
                let head = format!("{{\"type\":\"{kind}\",\"object\":");
                pieces.extend([head.into(), body.clone(), Bytes::from_static(b"}\n")]);
            }
            Shape::Metadata(_) => pieces.push(line(kind, &read::metadata(&parsed(body)))),
            Shape::Table => {
                let table = self.table(world, parsed(body));
                pieces.push(line(kind, &table));
            }
        }
    }

    /// A table of one row. Only the first describes its columns.
    fn table(&mut self, world: &World, object: Object) -> Value {
        let version = text(&object, "metadata/resourceVersion").to_owned();
        let mut table = columns::table(world, &self.resource, &[object], self.include);
        put(&mut table, "metadata", json!({"resourceVersion": version}));
        if self.described == Described::Yes {
            put(&mut table, "columnDefinitions", Value::Null);
        }
        self.described = Described::Yes;
        table
    }

    fn bookmark(&mut self, world: &World, annotations: Value) -> Bytes {
        let mut metadata = json!({"resourceVersion": world.store.revision().to_string()});
        if annotations.as_object().is_some_and(|own| !own.is_empty()) {
            put(&mut metadata, "annotations", annotations);
        }
        let object = json!({
            "kind": &*self.resource.kind, "apiVersion": self.resource.api_version(), "metadata": metadata,
        });
        let shown = match self.shape {
            Shape::Whole => object,
            Shape::Metadata(_) => read::metadata(&object),
            Shape::Table => self.table(world, object),
        };
        line("BOOKMARK", &shown)
    }
}

fn line(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n"))
}
