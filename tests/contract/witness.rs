//! Who says what a table must be: kubectl, or the server itself by the Table that kubectl would print.
//!
//! The second needs no kubectl. It reads the Table with rk9s' own connection, but neither its rows nor its columns.

use crate::lab::Lab;
use crate::table::{Table, split_default, split_restarts};
use rk9s::cluster::catalog::{Catalog, Served};
use rk9s::cluster::connect::{self, Link, Request};
use rk9s::cluster::discovery;
use rk9s::cluster::fault::Class;
use serde_json::Value;
use tokio::runtime::Runtime;

/// Who looks, and where.
#[derive(Clone, Copy)]
pub struct Look {
    pub user: &'static str,
    /// As kubectl and `rk9s snapshot` are told it.
    pub scope: &'static [&'static str],
}

/// What a witness says.
pub enum Told {
    Forbidden,
    Table(Table),
}

pub trait Witness {
    fn tells(&self, kind: &str, look: Look) -> Told;
}

fn told(kind: &str, mut table: Table) -> Told {
    match kind {
        "pods" => split_restarts(&mut table),
        "storageclasses.storage.k8s.io" | "ingressclasses.networking.k8s.io" => split_default(&mut table),
        _ => {}
    }
    Told::Table(table)
}

/// kubectl, as it prints.
impl Witness for Lab {
    fn tells(&self, kind: &str, look: Look) -> Told {
        let answer = self.kubectl(look.user, &[&["get", kind, "-o", "wide", "--chunk-size=0"], look.scope].concat());
        if answer.is_forbidden() { Told::Forbidden } else { told(kind, Table::from_kubectl(&answer.expect("kubectl"))) }
    }
}

/// The server, to one user.
pub struct Server {
    runtime: Runtime,
    link: Link,
    catalog: Catalog,
}

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

impl Server {
    pub fn to(lab: &Lab, user: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request =
            Request { kubeconfig: Some(lab.kubeconfig(user)), context: lab.context(user), ..Request::default() };
        let (link, catalog) = runtime.block_on(async {
            let (link, _) = connect::connect(&request).await.unwrap();
            let catalog = discovery::catalog(&link).await.unwrap();
            (link, catalog)
        });
        Self { runtime, link, catalog }
    }

    /// Every kind that can be shown as a live table.
    pub fn kinds(&self) -> Vec<String> {
        self.catalog.served.iter().filter(|kind| kind.is_listable()).map(Served::full_name).collect()
    }
}

impl Witness for Server {
    fn tells(&self, kind: &str, look: Look) -> Told {
        let served = self.catalog.find(kind).unwrap();
        let namespace = if served.namespaced { look.scope.get(1) } else { None };
        let answer = self.runtime.block_on(self.link.get_json_as::<Value>(&path(served, namespace.copied()), TABLE));
        match answer {
            Ok(value) => told(kind, from_server(&value, served.namespaced && namespace.is_none())),
            Err(fault) if fault.class == Class::Forbidden => Told::Forbidden,
            Err(fault) => panic!("{kind}: {fault}"),
        }
    }
}

fn path(served: &Served, namespace: Option<&str>) -> String {
    let Served { group, version, plural, .. } = served;
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    match namespace {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
        None => format!("{root}/{plural}"),
    }
}

/// A Table as `kubectl get -o wide` would print it, by the rules of k8s.io/cli-runtime/pkg/printers/tableprinter.go.
fn from_server(value: &Value, with_namespace: bool) -> Table {
    let columns = value["columnDefinitions"].as_array().unwrap();
    let mut titles: Vec<String> =
        columns.iter().map(|column| column["name"].as_str().unwrap().to_uppercase()).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in value["rows"].as_array().into_iter().flatten() {
        let mut cells: Vec<String> = row["cells"].as_array().unwrap().iter().map(cell).collect();
        if with_namespace {
            cells.insert(0, row["object"]["metadata"]["namespace"].as_str().unwrap().to_owned());
        }
        rows.push(cells);
    }
    if with_namespace {
        titles.insert(0, "NAMESPACE".to_owned());
    }
    Table { titles, rows }
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let first = text.split(['\n', '\r', '\x0c']).next().unwrap_or_default();
    let text = if first.len() < text.len() { format!("{first}...") } else { text };
    // As it is read from what kubectl printed.
    text.trim_end_matches(' ').to_owned()
}

#[test]
fn a_servers_table_is_read_as_kubectl_prints_it() {
    let value = serde_json::json!({
        "columnDefinitions": [{"name": "Name"}, {"name": "Data", "priority": 1}, {"name": "Message"}],
        "rows": [{"cells": ["a", 2, "first\nsecond"], "object": {"metadata": {"namespace": "shop"}}},
                 {"cells": ["b", null, true], "object": {"metadata": {"namespace": "shop"}}}],
    });
    let table = from_server(&value, true);
    assert_eq!(table.titles, ["NAMESPACE", "NAME", "DATA", "MESSAGE"]);
    assert_eq!(table.rows, [["shop", "a", "2", "first..."], ["shop", "b", "", "true"]]);
}
