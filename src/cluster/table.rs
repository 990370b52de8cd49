//! Server-side Tables as rows: what `kubectl get` would print, by list and by watch.
//!
//! A page is one Table; a watch sends a Table of one row an event, with columns only in the first one. Servers that know no
//! Tables send plain objects, of which name and age are shown. How cells become values is `kinds::table`'s business.

use crate::cluster::watch::{Form, Maker, TableOf};
use crate::kinds::lean::{Meta, null, unreadable};
use crate::kinds::resource::uid;
use crate::kinds::table::{Columns, Definition};
use crate::kinds::{Item, Stays, Value, Words};
use crate::store::delta::Delta;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// A Table, a row of one, or an object: whichever fields are there tell.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Shape<'a> {
    column_definitions: Option<Vec<Definition>>,
    #[serde(borrow)]
    rows: Option<Vec<TableRow<'a>>>,
    cells: Option<Vec<serde_json::Value>>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
    metadata: Option<Meta>,
}

/// metav1.TableRow, with metav1.PartialObjectMetadata as its object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TableRow<'a> {
    cells: Option<Vec<serde_json::Value>>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

impl TableRow<'_> {
    fn meta(&self) -> Result<Option<Meta>, String> {
        let object = self.object.map(|object| serde_json::from_str::<Object>(object.get()));
        object.transpose().map(|object| object.map(|object| object.metadata)).map_err(|e| unreadable(&e))
    }

    fn cells(&self) -> &[serde_json::Value] {
        self.cells.as_deref().unwrap_or_default()
    }

    /// By the name as it is printed, which is the first cell.
    fn is_default(&self) -> bool {
        self.cells().first().and_then(serde_json::Value::as_str).is_some_and(|name| name.ends_with(IS_DEFAULT))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Object {
    #[serde(deserialize_with = "null")]
    metadata: Meta,
}

/// What a Secret's metadata tells of its keys: who manages which of them. The values are not in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Managed {
    metadata: ManagedMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ManagedMeta {
    managed_fields: Vec<ManagedFields>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ManagedFields {
    fields_v1: Fields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "f:data")]
    data: BTreeMap<String, IgnoredAny>,
}

impl Managed {
    /// The keys in alphabetical order, each once.
    fn keys(&self) -> String {
        let fields = self.metadata.managed_fields.iter().flat_map(|entry| entry.fields_v1.data.keys());
        let keys: BTreeSet<&str> = fields.filter_map(|field| field.strip_prefix("f:")).collect();
        keys.into_iter().collect::<Vec<_>>().join(",")
    }
}

/// Whether a column of ours is added to the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Adds {
    #[default]
    Nothing,
    /// The keys of a Secret.
    Keys,
    /// Whether it is the default of its kind.
    Default,
}

/// The kinds of which one may be the default: printers.go writes that behind its name.
const DEFAULTS: [&str; 3] = ["storageclasses", "ingressclasses", "volumeattributesclasses"];
const IS_DEFAULT: &str = " (default)";

/// Makes rows of Tables.
#[derive(Default)]
pub struct Tables {
    columns: Option<Columns>,
    adds: Adds,
    /// Rows in the last list.
    listed: usize,
}

/// Longer tables are not read again for their ages' sake.
const REREAD: usize = 2_000;

impl Tables {
    /// The Tables of a resource. Those of Secrets get a column with their keys, as the values are never read; what the server
    /// says behind a name gets one, too, as a name is no more than that here.
    pub fn of(what: &TableOf) -> Self {
        let adds = match (what.group.as_str(), what.plural.as_str()) {
            ("", "secrets") => Adds::Keys,
            ("storage.k8s.io" | "networking.k8s.io", plural) if DEFAULTS.contains(&plural) => Adds::Default,
            _ => Adds::Nothing,
        };
        Self { adds, ..Self::default() }
    }

    fn define(&mut self, columns: Columns, out: &mut Vec<Delta>) {
        let columns = match self.adds {
            Adds::Nothing => columns,
            Adds::Keys => columns.and("KEYS", Stays::Medium),
            Adds::Default => columns.and("DEFAULT", Stays::Medium),
        };
        if self.columns.as_ref() != Some(&columns) {
            out.push(Delta::Heads(columns.heads().to_vec()));
            self.columns = Some(columns);
        }
    }

    /// The rows in an answer, whatever its shape, after its columns have been taken note of.
    fn rows<'a>(&mut self, item: &'a Item, out: &mut Vec<Delta>) -> Result<Vec<TableRow<'a>>, String> {
        let Item::Json(bytes) = item else { return Err("a Table that is not JSON".into()) };
        let shape: Shape<'a> = serde_json::from_slice(bytes).map_err(|e| unreadable(&e))?;
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
        let object = serde_json::from_slice(bytes).map_err(|e| unreadable(&e))?;
        Ok(vec![TableRow { cells, object: Some(object) }])
    }

    fn own(&self, row: &TableRow<'_>, words: &mut Words) -> Option<Value> {
        let text = match self.adds {
            Adds::Nothing => return None,
            Adds::Default => {
                if row.is_default() {
                    "default".to_owned()
                } else {
                    String::new()
                }
            }
            Adds::Keys => {
                let managed: Option<Managed> = row.object.and_then(|object| serde_json::from_str(object.get()).ok());
                managed.unwrap_or_default().keys()
            }
        };
        Some(if text.is_empty() { Value::Blank } else { Value::text(&text, words) })
    }
}

impl Maker for Tables {
    fn form(&self) -> Form {
        Form::Table
    }

    fn begin(&mut self, out: &mut Vec<Delta>) {
        self.listed = 0;
        out.push(Delta::Begin);
    }

    fn grows_old(&self) -> bool {
        self.listed <= REREAD && self.columns.as_ref().is_some_and(Columns::grow_old)
    }

    fn columns(&mut self, raw: &Bytes, out: &mut Vec<Delta>) -> Result<(), String> {
        let definitions: Vec<Definition> =
            serde_json::from_slice(raw).map_err(|e| format!("columns: {}", unreadable(&e)))?;
        self.define(Columns::new(&definitions), out);
        Ok(())
    }

    fn glance(&mut self, item: &Item, out: &mut Vec<Delta>) {
        // A bookmark may be the first event, and so the one with the columns. What else it holds is no row.
        let _ = self.rows(item, out);
    }

    fn put(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        for row in self.rows(item, out)? {
            self.listed += 1;
            let own = self.own(&row, words);
            let columns = self.columns.as_ref().ok_or("a row before its columns")?;
            out.push(Delta::Put(columns.row(row.cells(), row.meta()?.as_ref(), own, words)));
        }
        Ok(())
    }

    fn gone(&mut self, item: &Item, words: &mut Words, out: &mut Vec<Delta>) -> Result<(), String> {
        for row in self.rows(item, out)? {
            let gone = match (row.meta()?, &self.columns) {
                (Some(meta), _) => uid(&meta),
                (None, Some(columns)) => columns.row(row.cells(), None, None, words).uid,
                (None, None) => return Err("a deleted object without metadata".into()),
            };
            out.push(Delta::Gone(gone));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_keys_and_no_value() {
        let what = TableOf { plural: "secrets".into(), namespaced: true, ..TableOf::default() };
        let json = r#"{"kind":"Table","columnDefinitions":[{"name":"Name","type":"string"},{"name":"Data","type":"string"}],
            "rows":[{"cells":["db",2],"object":{"metadata":{"name":"db","uid":"u","managedFields":[
                {"manager":"kubectl","fieldsV1":{"f:data":{".":{},"f:user":{},"f:password":{}},"f:type":{}}}]}}}]}"#;
        let mut out = Vec::new();
        Tables::of(&what).put(&Item::Json(json.into()), &mut Words::default(), &mut out).unwrap();
        let [Delta::Heads(heads), Delta::Put(row)] = out.as_slice() else { panic!("{out:?}") };
        assert_eq!(heads.last().unwrap().title, "KEYS");
        assert_eq!(row.cell(1).print(0), "password,user");
    }

    #[test]
    fn a_default_class_says_so_beside_its_name() {
        let what = TableOf { group: "storage.k8s.io".into(), plural: "storageclasses".into(), ..TableOf::default() };
        let json = r#"{"kind":"Table","columnDefinitions":[{"name":"Name","type":"string"},{"name":"Provisioner","type":"string"}],
            "rows":[{"cells":["fast","x"],"object":{"metadata":{"name":"fast","uid":"f"}}},
                {"cells":["slow (default)","x"],"object":{"metadata":{"name":"slow","uid":"s"}}}]}"#;
        let mut out = Vec::new();
        Tables::of(&what).put(&Item::Json(json.into()), &mut Words::default(), &mut out).unwrap();
        let [Delta::Heads(heads), Delta::Put(fast), Delta::Put(slow)] = out.as_slice() else { panic!("{out:?}") };
        assert_eq!(heads.last().unwrap().title, "DEFAULT");
        assert_eq!((fast.cell(1).print(0), slow.cell(1).print(0)), (String::new(), "default".to_owned()));
        assert_eq!(&*slow.name, "slow");
    }
}
