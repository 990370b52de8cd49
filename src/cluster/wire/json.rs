//! JSON: newline-delimited watch events, and lists or Tables a page at a time.

use super::{Change, Garbled, ITEM_LIMIT, ListMeta, PAGE_LIMIT, Piece, Split};
use crate::kinds::Item;
use crate::kinds::lean::unreadable;
use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::VecDeque;

/// metav1.WatchEvent.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type", borrow)]
    change: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// Reads a JSON watch stream, an event a line.
#[derive(Default)]
pub struct Lines {
    bytes: BytesMut,
    /// So many bytes are known to hold no newline.
    searched: usize,
}

impl Split for Lines {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Garbled> {
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Piece>, Garbled> {
        loop {
            let fresh = self.bytes.get(self.searched..).unwrap_or_default();
            let Some(end) = memchr(b'\n', fresh).map(|at| self.searched + at) else {
                self.searched = self.bytes.len();
                return if self.searched > ITEM_LIMIT {
                    Err(Garbled::new("a line that does not end"))
                } else {
                    Ok(None)
                };
            };
            self.searched = 0;
            let line = self.bytes.split_to(end).freeze();
            self.bytes.advance(1);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return event(&line).map(Some);
        }
    }

    fn end(&mut self) -> Result<(), Garbled> {
        if self.bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        // The last line may lack its newline; if it is cut off it does not parse.
        if serde_json::from_slice::<Line>(&self.bytes).is_err() {
            return Err(Garbled::new("it stops in the middle of a line"));
        }
        self.bytes.extend_from_slice(b"\n");
        self.searched = 0;
        Ok(())
    }
}

fn event(line: &Bytes) -> Result<Piece, Garbled> {
    let event: Line =
        serde_json::from_slice(line).map_err(|e| Garbled(format!("a line that is no event: {}", unreadable(&e))))?;
    let object = Item::Json(line.slice_ref(event.object.get().as_bytes()));
    Ok(Piece::Event(Change::parse(&event.change)?, object))
}

/// A list or a Table.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    #[serde(default, deserialize_with = "crate::kinds::lean::null")]
    metadata: ListMeta,
    #[serde(borrow, default, deserialize_with = "present")]
    items: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default, deserialize_with = "present")]
    rows: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    column_definitions: Option<&'a RawValue>,
}

/// A list without items has `"items": null` or `[]`; what has no such field at all is no list.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<&'a RawValue>>, D::Error> {
    Ok(Some(Option::<Vec<&'a RawValue>>::deserialize(d)?.unwrap_or_default()))
}

/// Reads a JSON list or Table; its items come out after the end.
#[derive(Default)]
pub struct Page {
    bytes: BytesMut,
    pieces: VecDeque<Piece>,
}

impl Split for Page {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Garbled> {
        if self.bytes.len() + chunk.len() > PAGE_LIMIT {
            return Err(Garbled(format!("a list of more than {PAGE_LIMIT} bytes")));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Piece>, Garbled> {
        Ok(self.pieces.pop_front())
    }

    fn end(&mut self) -> Result<(), Garbled> {
        let bytes = std::mem::take(&mut self.bytes).freeze();
        let whole: Whole = serde_json::from_slice(&bytes)
            .map_err(|e| Garbled(format!("a list that does not parse: {}", unreadable(&e))))?;
        if whole.items.is_none() && whole.rows.is_none() {
            return Err(Garbled::new("an answer that is no list"));
        }
        let cut = |raw: &RawValue| bytes.slice_ref(raw.get().as_bytes());
        self.pieces.push_back(Piece::Meta(whole.metadata));
        self.pieces.extend(whole.column_definitions.map(|raw| Piece::Columns(cut(raw))));
        let items = whole.items.into_iter().chain(whole.rows).flatten();
        self.pieces.extend(items.map(|raw| Piece::Item(Item::Json(cut(raw)))));
        Ok(())
    }
}
