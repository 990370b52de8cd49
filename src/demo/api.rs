//! The API: a request in, an answer out, over a world. It waits for nothing and knows no connection.
//!
//! A request is known by who asks, then whether they may, then what is there, in the real server's order. An answer is whole, or a watch or a
//! log that its server goes on asking as the world changes. What is not imitated is refused with the real server's kind of error.

mod accept;
mod body;
mod evict;
mod log;
mod path;
mod plain;
mod protobuf;
mod query;
mod read;
mod remove;
mod scale;
mod selector;
mod strict;
mod token;
mod watch;
mod write;

pub use log::Follow;
pub use plain::is_public;
pub use watch::Watch;

use super::catalog::Catalog;
use super::refusal::Refusal;
use super::world::World;
use crate::demo::access::{self, User};
use crate::demo::custom;
use crate::demo::discovery;
use accept::{Form, Layout};
use bytes::Bytes;
use path::{Route, Target};
use query::Query;
use serde_json::Value;
use std::cell::RefCell;
use strict::Check;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Without its question mark.
    pub query: String,
    pub headers: Headers,
    pub body: Bytes,
}

/// The headers that matter; empty where there is none.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    pub accept: String,
    pub content_type: String,
    pub authorization: Option<String>,
    pub user_agent: String,
    pub impersonate_user: Option<String>,
    pub impersonate_groups: Vec<String>,
}

impl Asked {
    fn query(&self) -> Query {
        Query::parse(&self.query)
    }

    fn layout(&self) -> Layout {
        accept::layout(&self.query(), &self.headers.user_agent)
    }
}

/// What comes of a request.
#[derive(Debug)]
pub enum Answer {
    Whole(Response),
    /// Events, as they come.
    Watch(Box<Watch>),
    /// Lines, as they come.
    Log(Box<Follow>),
}

/// A whole answer.
#[derive(Clone, Debug, Default)]
pub struct Response {
    pub code: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    /// In pieces, which objects of a list share with the store.
    pub body: Vec<Bytes>,
}

/// A piece of what goes on: what there is to send now, and when to ask again although nothing changed.
#[derive(Debug, Default)]
pub struct Step {
    pub pieces: Vec<Bytes>,
    /// The world's time.
    pub again: Option<jiff::Timestamp>,
    pub is_over: bool,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

impl Response {
    fn new(code: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { code, content_type, headers: Vec::new(), body: vec![body.into()] }
    }

    fn text(code: u16, text: impl Into<String>) -> Self {
        Self::new(code, TEXT, text.into())
    }

    /// 404 where not even a `Status` is to be had.
    fn nowhere() -> Self {
        Self::text(404, "404 page not found\n")
    }

    fn json(code: u16, value: &Value, layout: Layout) -> Self {
        let body = match layout {
            Layout::Compact => serde_json::to_vec(value),
            Layout::Pretty => serde_json::to_vec_pretty(value),
        };
        Self::new(code, JSON, body.unwrap_or_default())
    }

    fn compact(value: &Value) -> Self {
        Self::json(200, value, Layout::Compact)
    }

    fn pretty(value: &Value) -> Self {
        Self::json(200, value, Layout::Pretty)
    }

    /// A refusal as its `Status`.
    pub fn refused(refusal: &Refusal, layout: Layout) -> Self {
        let mut status = refusal.status();
        let delay = status.pointer("/details/retryAfterSeconds").and_then(Value::as_u64).unwrap_or_default();
        if delay == 0
            && let Some(details) = status.get_mut("details").and_then(Value::as_object_mut)
        {
            details.remove("retryAfterSeconds");
        }
        let mut response = Self::json(refusal.code, &status, layout);
        if delay > 0 {
            response.headers.push(("Retry-After", delay.to_string()));
        }
        response
    }

    /// 413: a body of more than so many bytes.
    pub fn too_large(most: usize) -> Self {
        let why = format!("Request entity too large: limit is {most}");
        Self::refused(&Refusal::new(413, "RequestEntityTooLarge", why), Layout::Compact)
    }

    /// 401, as for a credential that is not taken.
    pub fn unauthorized() -> Self {
        Self::refused(&Refusal::new(401, "Unauthorized", "Unauthorized"), Layout::Compact)
    }

    /// The length of the body.
    pub fn length(&self) -> usize {
        self.body.iter().map(Bytes::len).sum()
    }
}

/// Answers a request.
pub fn answer(world: &mut World, asked: &Asked) -> Answer {
    match answered(world, asked) {
        Ok(answer) => answer,
        Err(refusal) => Answer::Whole(Response::refused(&refusal, asked.layout())),
    }
}

fn answered(world: &mut World, asked: &Asked) -> Result<Answer, Refusal> {
    let route = path::route(&world.catalog, &asked.path);
    if route == Route::Plain && plain::is_public(&asked.path) {
        return Ok(Answer::Whole(plain::answer(world, asked)));
    }
    let user = user(world, &asked.headers)?;
    if matches!(route, Route::Plain | Route::Nowhere | Route::Discovery) {
        access::may_path(world, &user, &asked.method.to_lowercase(), &asked.path)?;
    }
    match route {
        Route::Plain => Ok(Answer::Whole(plain::answer(world, asked))),
        Route::Nowhere => Ok(Answer::Whole(Response::nowhere())),
        Route::Missing => Err(Refusal::no_such_path()),
        Route::Discovery => Ok(Answer::Whole(discovered(world, asked))),
        Route::Resource(target) => resource(world, asked, &user, &target),
    }
}

fn user(world: &World, headers: &Headers) -> Result<User, Refusal> {
    let impersonate = headers.impersonate_user.as_deref().map(|name| (name, headers.impersonate_groups.as_slice()));
    access::user(world, headers.authorization.as_deref(), impersonate)
}

fn discovered(world: &World, asked: &Asked) -> Response {
    let Some(found) = discovery::answer(world, &asked.path, &asked.headers.accept) else { return Response::nowhere() };
    let mut response = Response::json(200, &found, asked.layout());
    if found.get("kind").is_some_and(|kind| kind == "APIGroupDiscoveryList") {
        response.content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    }
    response
}

/// A request for a resource, by someone.
struct Request<'a> {
    asked: &'a Asked,
    query: Query,
    user: &'a User,
    target: &'a Target,
    verb: &'static str,
    form: Form,
    /// Kinds that a body may be of by mistake.
    catalog: Catalog,
    check: Check,
    /// What the kind's definition says of its objects, if it is a custom one and is written.
    schema: Option<Value>,
    /// What there was to say of what was sent; it goes with the answer, whatever that is.
    warnings: RefCell<Vec<String>>,
}

impl Request<'_> {
    /// Whether there is such a kind.
    fn is_known(&self, api_version: &str, kind: &str) -> bool {
        self.catalog.of_kind(api_version, kind).is_some()
    }
}

/// A header that kubectl shows.
fn warning(text: String) -> (&'static str, String) {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    ("Warning", format!("299 - {text:?}"))
}

fn resource(world: &mut World, asked: &Asked, user: &User, target: &Target) -> Result<Answer, Refusal> {
    let query = asked.query();
    let verb = path::verb(target, &asked.method, &query)?;
    access::may(world, user, &ask(target, verb))?;
    if !path::allows(target, verb) {
        return Err(Refusal::method_not_allowed());
    }
    let form = Form { shape: accept::shape(&asked.headers.accept)?, layout: asked.layout() };
    let check = Check::of(&query, verb)?;
    let is_written = matches!(verb, "create" | "update" | "patch") && target.resource.is_custom();
    let schema = if is_written { custom::schema(world, &target.resource) } else { None };
    let warnings = RefCell::default();
    let request =
        Request { asked, query, user, target, verb, form, catalog: world.catalog.clone(), check, schema, warnings };
    let answer = performed(world, &request);
    let warnings = request.warnings.take();
    if warnings.is_empty() {
        return answer;
    }
    let mut answer = answer.unwrap_or_else(|refusal| Answer::Whole(Response::refused(&refusal, asked.layout())));
    if let Answer::Whole(response) = &mut answer {
        response.headers.splice(0..0, warnings.into_iter().map(warning));
    }
    Ok(answer)
}

fn performed(world: &mut World, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (target, verb) = (request.target, request.verb);
    match (target.subresource.as_str(), verb) {
        ("", "watch") => watch::watch(world, request).map(|watch| Answer::Watch(Box::new(watch))),
        ("", "list") => read::list(world, request).map(Answer::Whole),
        ("" | "status", "get") => read::get(world, request).map(Answer::Whole),
        ("scale", _) => scale::scale(world, request).map(Answer::Whole),
        ("log", _) => log::log(world, request),
        ("eviction", _) => evict::evict(world, request).map(Answer::Whole),
        ("binding", _) => evict::bind(world, request).map(Answer::Whole),
        ("", "create") => write::create(world, request).map(Answer::Whole),
        ("", "delete") => remove::one(world, request).map(Answer::Whole),
        ("", "deletecollection") => remove::all(world, request).map(Answer::Whole),
        ("" | "status" | "finalize", "update") => write::update(world, request).map(Answer::Whole),
        ("" | "status", "patch") => write::patch(world, request).map(Answer::Whole),
        _ => Err(Refusal::no_such_path()),
    }
}

/// What a request needs to be allowed.
fn ask<'a>(target: &'a Target, verb: &'a str) -> access::Ask<'a> {
    // A namespace's own requests are made in it (RequestInfo).
    let namespace = if &*target.resource.id == "namespaces" { target.name() } else { target.namespace() };
    access::Ask {
        verb,
        group: &target.resource.group,
        resource: &target.resource.plural,
        subresource: &target.subresource,
        namespace,
        name: target.name(),
    }
}
