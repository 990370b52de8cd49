//! Server-side Tables as rows: what `kubectl get` would print, by list and by watch.
//!
//! A page is one Table; a watch sends a Table of one row an event, with columns only in the first one. Servers that know no
//! Tables send plain objects, of which name and age are shown. How cells become values is `kinds::table`'s business.

use crate::cluster::watch::{Form, Maker};
use crate::kinds::lean::{Meta, null};
use crate::kinds::resource::uid;
use crate::kinds::table::{Columns, Definition};
use crate::kinds::{Item, Words};
use crate::store::delta::Delta;
use bytes::Bytes;
use serde::Deserialize;

/// A Table, a row of one, or an object: whichever fields are there tell.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Shape {
    column_definitions: Option<Vec<Definition>>,
    rows: Option<Vec<TableRow>>,
    cells: Option<Vec<serde_json::Value>>,
    object: Option<Object>,
    metadata: Option<Meta>,
}

/// metav1.TableRow, with metav1.PartialObjectMetadata as its object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TableRow {
    cells: Option<Vec<serde_json::Value>>,
    object: Option<Object>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Object {
    #[serde(deserialize_with = "null")]
    metadata: Meta,
}

/// Makes rows of Tables.
#[derive(Default)]
pub struct Tables {
    columns: Option<Columns>,
}

impl Tables {
    fn define(&mut self, columns: Columns, out: &mut Vec<Delta>) {
        if self.columns.as_ref() != Some(&columns) {
            out.push(Delta::Heads(columns.heads().to_vec()));
            self.columns = Some(columns);
        }
    }

    /// The rows in an answer, whatever its shape, after its columns have been taken note of.
    fn rows(&mut self, item: &Item, out: &mut Vec<Delta>) -> Result<Vec<TableRow>, String> {
        let Item::Json(bytes) = item else { return Err("a Table that is not JSON".into()) };
        let shape: Shape = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if let Some(definitions) = shape.column_definitions.filter(|definitions| !definitions.is_empty()) {
            self.define(Columns::new(&definitions), out);
        }
        if let Some(rows) = shape.rows {
            return Ok(rows);
        }
        if shape.cells.is_some() {
            return Ok(vec![TableRow { cells: shape.cells, object: shape.object }]);
        }
        let metadata = shape.metadata.ok_or("neither a Table nor an object")?;
        self.define(Columns::plain(), out);
        let cells = Some(vec![metadata.name.as_str().into(), serde_json::Value::Null]);
        Ok(vec![TableRow { cells, object: Some(Object { metadata }) }])
    }
}

impl Maker for Tables {
    fn form(&self) -> Form {
        Form::Table
    }

    fn columns(&mut self, raw: &Bytes, out: &mut Vec<Delta>) -> Result<(), String> {
        let definitions: Vec<Definition> = serde_json::from_slice(raw).map_err(|e| format!("columns: {e}"))?;
        self.define(Columns::new(&definitions), out);
        Ok(())
    }

    fn glance(&mut self, item: &Item, out: &mut Vec<Delta>) {
        // A bookmark may be the first event, and so the one with the columns. What else it holds is no row.
        let _ = self.rows(item, out);
    }

    fn put(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        for row in self.rows(item, out)? {
            let columns = self.columns.as_ref().ok_or("a row before its columns")?;
            let meta = row.object.as_ref().map(|object| &object.metadata);
            out.push(Delta::Put(columns.row(row.cells.as_deref().unwrap_or_default(), meta, words)));
        }
        Ok(())
    }

    fn gone(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        for row in self.rows(item, out)? {
            let gone = match (&row.object, &self.columns) {
                (Some(object), _) => uid(&object.metadata),
                (None, Some(columns)) => columns.row(row.cells.as_deref().unwrap_or_default(), None, words).uid,
                (None, None) => return Err("a deleted object without metadata".into()),
            };
            out.push(Delta::Gone(gone));
        }
        Ok(())
    }
}
