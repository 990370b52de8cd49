//! `rk9s snapshot`: a table printed once, by the same watches, rows and columns as the console's.

use super::Failure;
use crate::app::contexts;
use crate::app::effect::SessionId;
use crate::app::line::Go;
use crate::app::subject::{Of, Scope, Subject};
use crate::app::table::Table;
use crate::app::want::{Source, Want};
use crate::cluster::connect::{self, Link, Request};
use crate::cluster::watch::{self, Count, ReadChoice, Shared, WatchSpec};
use crate::cluster::{discovery, objects};
use crate::config::Settings;
use crate::store::delta::{Batch, Delta, State};
use crate::text::{clean, width};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How a snapshot is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    Wide,
    Csv,
    Json,
    Yaml,
}

/// What to print, and how.
pub struct Snapshot {
    pub request: Request,
    pub settings: Settings,
    pub go: Go,
    pub output: Option<Output>,
    pub reveal: bool,
    /// Seconds.
    pub timeout: u64,
}

/// Prints the table; a list that fails is an error, never an empty table.
pub async fn run(snapshot: Snapshot) -> Result<(), Failure> {
    let limit = Duration::from_secs(snapshot.timeout);
    match tokio::time::timeout(limit, print(&snapshot)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new(format!("no whole answer within {} s (--timeout allows more)", limit.as_secs()))),
    }
}

async fn print(snapshot: &Snapshot) -> Result<(), Failure> {
    if Of::named(&snapshot.go.kind, None) == Of::Contexts {
        return print_contexts(snapshot).await;
    }
    let mut request = snapshot.request.clone();
    if snapshot.go.context.is_some() {
        request.context = snapshot.go.context.clone();
    }
    let (link, connection) = connect::connect(&request).await.map_err(|fault| Failure::new(fault.to_string()))?;
    let mut subject = super::subject(&snapshot.go);
    if let Of::Named(name) = &subject.of {
        let catalog = discovery::catalog(&link).await.map_err(|fault| Failure::new(fault.to_string()))?;
        let served = catalog.find(name).ok_or_else(|| Failure::new(format!("the server has no kind `{name}`")))?;
        subject.of = Of::Served(served.clone());
    }
    if subject.scope == Scope::In(Vec::new()) {
        let own = connection.namespace.as_str();
        subject.scope = if subject.of.is_namespaced() {
            Scope::one(if own.is_empty() { "default" } else { own })
        } else {
            Scope::All
        };
    }
    subject.fields = snapshot.go.name.as_ref().map(|name| format!("metadata.name={name}"));
    match snapshot.output {
        Some(Output::Json | Output::Yaml) => {
            let form = if snapshot.output == Some(Output::Json) { objects::Form::Json } else { objects::Form::Yaml };
            let secrets = if snapshot.reveal { objects::Secrets::Shown } else { objects::Secrets::Masked };
            let text = objects::print(&link, &queries(&subject), form, secrets).await;
            write(&text.map_err(|fault| Failure::new(fault.to_string()))?)
        }
        _ => {
            let mut table = Table::new(SessionId(0), subject);
            table.grouped = false;
            table.wide = matches!(snapshot.output, Some(Output::Wide | Output::Csv));
            fill(&mut table, &link, &snapshot.settings).await?;
            print_rows(&table, snapshot.output)
        }
    }
}

/// The kubeconfig's contexts: no cluster is asked.
async fn print_contexts(snapshot: &Snapshot) -> Result<(), Failure> {
    let mut table = Table::new(SessionId(0), Subject::new(Of::Contexts, Scope::All));
    let rows = connect::contexts(&snapshot.request).await;
    let puts = rows.iter().map(|row| Delta::Put(contexts::row(row, if row.current { "current" } else { "" })));
    let deltas = [Delta::Begin].into_iter().chain(puts).chain([Delta::End]).collect();
    table.apply(0, Batch { deltas, version: None }, now());
    table.settle(now());
    print_rows(&table, snapshot.output)
}

fn print_rows(table: &Table, output: Option<Output>) -> Result<(), Failure> {
    let lines = rows(table);
    write(&if output == Some(Output::Csv) { csv(&lines)? } else { aligned(&lines) })
}

/// The requests behind a subject, for whole objects.
fn queries(subject: &Subject) -> Vec<objects::Query> {
    let wants = subject.watches(ReadChoice::default()).into_iter();
    let query = |want: Want| match want.source {
        Source::Rows(what) => {
            let Want { namespace, labels, fields, .. } = want;
            Some(objects::Query { what, namespace, labels, fields })
        }
        Source::Figures(..) | Source::Cells(..) => None,
    };
    wants.filter_map(query).collect()
}

/// Runs the table's watches until each has listed, or one says that it cannot.
async fn fill(table: &mut Table, link: &Link, settings: &Settings) -> Result<(), Failure> {
    let (shared, _pulse) = Shared::new();
    let (sink, mut source) = mpsc::channel::<(usize, Batch)>(16);
    let mut tasks = JoinSet::new();
    let wants = table.subject.watches(settings.read(""));
    let mut waiting = wants.len();
    for (at, want) in wants.into_iter().enumerate() {
        table.feeds.push(crate::app::table::Feed::new(crate::app::table::Brings::Rows, want.namespace.clone()));
        let Source::Rows(what) = want.source else { continue };
        let spec = WatchSpec {
            what,
            namespace: want.namespace,
            labels: want.labels,
            fields: want.fields,
            resume: None,
            read: want.read,
            shared: shared.clone(),
            count: Arc::new(Count::default()),
        };
        let (own, mut batches) = mpsc::channel(1);
        let (link, sink) = (link.clone(), sink.clone());
        crate::engine::spawn_in(&mut tasks, async move {
            let forward = async {
                while let Some(batch) = batches.recv().await {
                    if sink.send((at, batch)).await.is_err() {
                        return;
                    }
                }
            };
            tokio::join!(watch::watch(link, spec, own), forward);
        });
    }
    while waiting > 0 {
        let Some((at, batch)) = source.recv().await else { break };
        let refused = batch.deltas.iter().find_map(|delta| match delta {
            Delta::State(State::Refused(fault) | State::Stale { fault, .. }) => Some(fault.clone()),
            _ => None,
        });
        if let Some(fault) = refused {
            return Err(Failure::new(fault.to_string()));
        }
        waiting -= usize::from(batch.deltas.contains(&Delta::End));
        table.apply(at, batch, now());
    }
    table.settle(now());
    Ok(())
}

fn now() -> crate::app::msg::Now {
    crate::app::msg::Now { wall: jiff::Timestamp::now().as_second(), mono: 1 }
}

/// Titles, then the cells of each row.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let sight = table.sight(now());
    let shown: Vec<_> = table
        .heads
        .iter()
        .filter(|head| {
            !head.is_hidden() && (table.wide || !head.wide) && !matches!(head.from, crate::kinds::From::Live(_))
        })
        .collect();
    let titles = shown.iter().map(|head| head.title.clone()).collect();
    let held = table.lens.order().iter().filter_map(|slot| table.rows.get(*slot));
    let lines = held.map(|held| {
        let cell = |head: &&crate::kinds::Head| {
            let mut text = String::new();
            sight.write(&held.row, head.from, &mut text);
            clean::line(&text).into_owned()
        };
        shown.iter().map(cell).collect()
    });
    std::iter::once(titles).chain(lines).collect()
}

fn csv(lines: &[Vec<String>]) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |e: csv::Error| Failure::new(e.to_string());
    lines.iter().try_for_each(|line| writer.write_record(line)).map_err(wrong)?;
    let bytes = writer.into_inner().map_err(|e| Failure::new(e.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Columns three blanks apart, as kubectl prints.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|at| lines.iter().filter_map(|line| line.get(at)).map(|cell| width::of(cell)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width.saturating_sub(width::of(cell)) + 3));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// Writes to standard output; a reader that has gone (`| head`) is no failure.
fn write(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(format!("standard output: {e}"))),
        _ => Ok(()),
    }
}
