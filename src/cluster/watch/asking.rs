//! The requests that a watch sends: paths, parameters and the encodings it takes.

use super::What;
use super::habits::Habits;
use crate::cluster::wire::Packing;
use http::Request;
use http::header::{ACCEPT, ACCEPT_ENCODING};
use kube::client::Body;
use std::fmt::Write;

/// What the objects are asked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Objects,
    /// The server-side Table, one row an object.
    Table,
    /// Objects of an API that knows no protobuf and no Table (metrics).
    Json,
}

/// One request of a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A page of a list; without a limit, all of it.
    Page { limit: Option<u32>, token: String, packing: Packing },
    /// A list and its watch in one. At least as new as `from`, when something is known already.
    Stream { from: Option<String> },
    /// What happened after `version`.
    Watch { version: String },
}

/// Where the objects are.
#[derive(Clone, Debug)]
pub struct Place {
    pub path: String,
    selectors: String,
    form: Form,
    /// `pods in shop`: for messages.
    pub name: String,
}

impl Place {
    pub fn new(what: &What, namespace: Option<&str>, labels: Option<&str>, fields: Option<&str>, form: Form) -> Self {
        let at = what.at();
        let mut path = if at.group.is_empty() {
            format!("/api/{}", at.version)
        } else {
            format!("/apis/{}/{}", at.group, at.version)
        };
        let namespace = namespace.filter(|_| at.namespaced);
        if let Some(namespace) = namespace {
            path.push_str("/namespaces/");
            encode(namespace, &mut path);
        }
        path.push('/');
        path.push_str(at.plural);
        let mut selectors = String::new();
        for (name, text) in [("labelSelector", labels), ("fieldSelector", fields)] {
            let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
            selectors.push('&');
            selectors.push_str(name);
            selectors.push('=');
            encode(text, &mut selectors);
        }
        let name = namespace.map_or_else(|| at.plural.to_owned(), |namespace| format!("{} in {namespace}", at.plural));
        Self { path, selectors, form, name }
    }

    pub fn form(&self) -> Form {
        self.form
    }

    /// What a request asks, for messages: `watch pods in shop`.
    pub fn asked(&self, ask: &Ask) -> String {
        let verb = if matches!(ask, Ask::Watch { .. }) { "watch" } else { "list" };
        format!("{verb} {}", self.name)
    }

    /// The request. Watches must not be compressed: servers from 1.37 on compress them event by event.
    pub fn request(&self, ask: &Ask, habits: &Habits) -> Result<Request<Body>, http::Error> {
        let mut uri = format!("{}?", self.path);
        write_parameters(ask, &mut uri);
        uri.push_str(&self.selectors);
        if self.form == Form::Table {
            uri.push_str("&includeObject=Metadata");
        }
        let packing = if matches!(ask, Ask::Page { packing: Packing::Gzip, .. }) { "gzip" } else { "identity" };
        Request::get(uri).header(ACCEPT, self.accept(ask, habits)).header(ACCEPT_ENCODING, packing).body(Body::empty())
    }

    fn accept(&self, ask: &Ask, habits: &Habits) -> &'static str {
        let is_page = matches!(ask, Ask::Page { .. });
        match self.form {
            Form::Table => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
            Form::Objects if habits.protobuf() && is_page => "application/vnd.kubernetes.protobuf,application/json",
            Form::Objects if habits.protobuf() => "application/vnd.kubernetes.protobuf;stream=watch,application/json",
            Form::Objects | Form::Json => "application/json",
        }
    }
}

fn write_parameters(ask: &Ask, uri: &mut String) {
    match ask {
        Ask::Page { limit, token, .. } => {
            // Writing to a String cannot fail.
            let _ = limit.map_or(Ok(()), |limit| write!(uri, "limit={limit}"));
            if !token.is_empty() {
                uri.push_str("&continue=");
                encode(token, uri);
            }
        }
        Ask::Stream { from } => {
            uri.push_str("watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
            uri.push_str("&allowWatchBookmarks=true&resourceVersion=");
            encode(from.as_deref().unwrap_or("0"), uri);
        }
        Ask::Watch { version } => {
            uri.push_str("watch=true&allowWatchBookmarks=true&resourceVersion=");
            encode(version, uri);
        }
    }
}

/// Percent-encodes a value of a query or a segment of a path (RFC 3986: all but the unreserved characters).
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
