//! Cells that the user added by a path into the object: a watch of the whole objects, reduced here, at the edge, to the wanted
//! values by uid. It runs only while such a column is on the screen. Secrets are never read for it: their values would be.

use super::connect::Link;
use super::watch::{Count, Form, Maker, Run, Shared, WatchSpec, What};
use crate::kinds::{Item, Uid, Value, Words};
use crate::store::delta::{Batch, Delta};
use crate::text::path::Path;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What is wanted of which objects.
pub struct Want {
    pub what: What,
    pub namespace: Option<String>,
    pub labels: Option<String>,
    pub fields: Option<String>,
    pub paths: Vec<String>,
}

/// Feeds cells until the receiver of `sink` is gone.
pub async fn watch(link: Link, want: Want, shared: Shared, count: Arc<Count>, sink: mpsc::Sender<Batch>) {
    let mut spec = WatchSpec::new(want.what, shared);
    (spec.namespace, spec.labels, spec.fields, spec.count) = (want.namespace, want.labels, want.fields, count);
    let receiver = sink.clone();
    let mut run = Run::with_maker(link, spec, Box::new(Cells::new(&want.paths)), sink);
    tokio::select! {
        () = run.forever() => {}
        () = receiver.closed() => {}
    }
}

struct Cells {
    paths: Vec<Option<Path>>,
    known: HashSet<Uid>,
    listed: HashSet<Uid>,
}

impl Cells {
    fn new(paths: &[String]) -> Self {
        let paths = paths.iter().map(|path| Path::parse(path)).collect();
        Self { paths, known: HashSet::new(), listed: HashSet::new() }
    }
}

fn object(item: &Item) -> Result<(Uid, serde_json::Value), String> {
    let Item::Json(bytes) = item else { return Err("an object that is not JSON".into()) };
    let object: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| crate::kinds::lean::unreadable(&e))?;
    let uid = object.pointer("/metadata/uid").and_then(serde_json::Value::as_str).ok_or("an object without a uid")?;
    Ok((Uid::parse(uid), object))
}

/// A value as a cell: one line, and of lists and maps their JSON.
fn cell(value: Option<&serde_json::Value>, words: &mut Words) -> Value {
    match value {
        None | Some(serde_json::Value::Null) => Value::None,
        Some(serde_json::Value::String(text)) => Value::text(text.lines().next().unwrap_or_default(), words),
        Some(serde_json::Value::Number(number)) if number.is_i64() => Value::Int(number.as_i64().unwrap_or_default()),
        Some(other) => Value::text(&other.to_string(), words),
    }
}

impl Maker for Cells {
    fn form(&self) -> Form {
        Form::Json
    }

    fn begin(&mut self, _: &mut Vec<Delta>) {
        self.listed.clear();
    }

    fn put(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        let (uid, object) = object(item)?;
        let cells = self.paths.iter().map(|path| cell(path.as_ref().and_then(|path| path.first(&object)), words));
        let cells = cells.collect();
        self.known.insert(uid.clone());
        self.listed.insert(uid.clone());
        out.push(Delta::Cells(uid, Some(cells)));
        Ok(())
    }

    fn gone(&mut self, item: &Item, _: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        let (uid, _) = object(item)?;
        self.known.remove(&uid);
        out.push(Delta::Cells(uid, None));
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<Delta>) {
        let listed = std::mem::take(&mut self.listed);
        let gone: Vec<Uid> = self.known.difference(&listed).cloned().collect();
        gone.iter().for_each(|uid| {
            self.known.remove(uid);
        });
        out.extend(gone.into_iter().map(|uid| Delta::Cells(uid, None)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_the_wanted_cells_and_what_is_gone_is_told() {
        let item = |uid: &str, rest: &str| Item::Json(format!(r#"{{"metadata":{{"uid":"{uid}"{rest}}}}}"#).into());
        let mut cells = Cells::new(&[".metadata.annotations['a/b']".into(), ".metadata.generation".into(), "[".into()]);
        let (mut words, mut out) = (Words::default(), Vec::new());
        cells.begin(&mut out);
        cells.put(&item("u", r#","annotations":{"a/b":"x\ny"},"generation":3"#), &mut words, &mut out).unwrap();
        cells.end(&mut out);
        let want: Box<[Value]> = [Value::text("x", &mut words), Value::Int(3), Value::None].into();
        assert_eq!(out, [Delta::Cells(Uid::parse("u"), Some(want))]);
        out.clear();
        cells.begin(&mut out);
        cells.put(&item("v", ""), &mut words, &mut out).unwrap();
        cells.end(&mut out);
        assert_eq!(out.last(), Some(&Delta::Cells(Uid::parse("u"), None)));
    }
}
