//! Bytes of an answer, as they arrive, into objects: watch frames and lists, protobuf and JSON, gzipped or not.
//!
//! A [`Decoder`] is fed chunks of any size and gives [`Piece`]s; it holds at most one item, except for JSON lists, which are
//! read a page at a time. Lengths are never trusted: nothing is reserved before it arrives, and an item past
//! [`ITEM_LIMIT`] ends the reading. What an item means is not known here.

mod frames;
mod json;
mod list;
#[cfg(test)]
mod tests;

use crate::kinds::Item;
use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use prost::Message;
use serde::Deserialize;
use std::io::Write;

pub use frames::Frames;
pub use json::{Lines, Page};
pub use list::Items;

/// The largest object that is read. etcd refuses more than 1.5 MiB by default; aggregated servers have no such limit.
pub const ITEM_LIMIT: usize = 64 << 20;
/// The largest JSON page that is read: a server that ignores `limit` sends all that it has.
const PAGE_LIMIT: usize = 512 << 20;
/// Compressed bytes are unpacked in portions, so that no chunk can grow past a few megabytes at once.
const PORTION: usize = 8 << 10;

/// What an answer is made of.
#[derive(Clone, Debug)]
pub enum Piece {
    /// An event of a watch.
    Event(Change, Item),
    /// An item of a list, or a row of a Table.
    Item(Item),
    /// The metadata of a list; it may come before or after its items.
    Meta(ListMeta),
    /// The `columnDefinitions` of a Table, as JSON.
    Columns(Bytes),
}

/// metav1.WatchEvent's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

impl Change {
    fn parse(text: &str) -> Result<Self, Garbled> {
        Ok(match text {
            "ADDED" => Self::Added,
            "MODIFIED" => Self::Modified,
            "DELETED" => Self::Deleted,
            "BOOKMARK" => Self::Bookmark,
            "ERROR" => Self::Error,
            other => return Err(Garbled(format!("an event of unknown type {:.40}", format!("{other:?}")))),
        })
    }
}

/// metav1.ListMeta.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListMeta {
    #[prost(string, tag = "2")]
    #[serde(deserialize_with = "crate::kinds::lean::null")]
    pub resource_version: String,
    /// The token that asks for the next page; empty on the last one.
    #[prost(string, tag = "3")]
    #[serde(rename = "continue", deserialize_with = "crate::kinds::lean::null")]
    pub more: String,
    /// Items behind this page, when the server counts them (it does not with a selector).
    #[prost(int64, optional, tag = "4")]
    pub remaining_item_count: Option<i64>,
}

/// Bytes that are not what they should be; the text says in which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbled(pub String);

impl Garbled {
    fn new(text: &str) -> Self {
        Self(text.into())
    }
}

/// Splits the bytes of one answer. After `end`, which comes when nothing more does, what is left comes out of `next`.
pub trait Split: Send {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Garbled>;
    fn next(&mut self) -> Result<Option<Piece>, Garbled>;
    /// The answer is complete; an error if it stops in the middle of something.
    fn end(&mut self) -> Result<(), Garbled>;
}

/// How the bytes of an answer are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Identity,
    Gzip,
}

/// Reads one answer.
pub struct Decoder {
    split: Box<dyn Split>,
    gunzip: Option<MultiGzDecoder<Vec<u8>>>,
    packed: BytesMut,
    /// The answer is complete.
    ended: bool,
    /// And so the splitter has been told.
    told: bool,
}

impl Decoder {
    pub fn new(split: impl Split + 'static, packing: Packing) -> Self {
        let gunzip = (packing == Packing::Gzip).then(|| MultiGzDecoder::new(Vec::new()));
        Self { split: Box::new(split), gunzip, packed: BytesMut::new(), ended: false, told: false }
    }

    /// Takes the next bytes. Pieces are to be taken with [`Self::next`] before more is pushed.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Garbled> {
        if self.gunzip.is_none() {
            return self.split.push(chunk);
        }
        self.packed.extend_from_slice(chunk);
        Ok(())
    }

    /// The answer is complete. What is left comes out of [`Self::next`], or an error if it is cut off.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next piece, if all of it has arrived.
    pub fn next(&mut self) -> Result<Option<Piece>, Garbled> {
        loop {
            if let Some(piece) = self.split.next()? {
                return Ok(Some(piece));
            }
            if !self.packed.is_empty() {
                self.unpack()?;
            } else if !self.ended || self.told {
                return Ok(None);
            } else if let Some(mut gunzip) = self.gunzip.take() {
                gunzip.try_finish().map_err(|e| Garbled(format!("gzip: {e}")))?;
                self.split.push(gunzip.get_ref())?;
            } else {
                self.told = true;
                self.split.end()?;
            }
        }
    }

    fn unpack(&mut self) -> Result<(), Garbled> {
        let portion = self.packed.split_to(self.packed.len().min(PORTION));
        let Some(gunzip) = self.gunzip.as_mut() else { return Ok(()) };
        gunzip.write_all(&portion).map_err(|e| Garbled(format!("gzip: {e}")))?;
        self.split.push(gunzip.get_ref())?;
        gunzip.get_mut().clear();
        Ok(())
    }
}

/// The four bytes in front of every protobuf object of the API (apimachinery's serializer/protobuf).
const MAGIC: &[u8] = b"k8s\0";

/// runtime.Unknown: the envelope of an object in protobuf.
#[derive(Clone, PartialEq, Message)]
struct Unknown {
    #[prost(bytes = "bytes", tag = "2")]
    raw: Bytes,
}

/// Takes an object out of its protobuf envelope.
pub fn unwrap(bytes: &Bytes) -> Result<Bytes, Garbled> {
    let Some(body) = bytes.strip_prefix(MAGIC) else { return Err(Garbled::new("an object without the mark k8s")) };
    let unknown = Unknown::decode(bytes.slice_ref(body)).map_err(|e| Garbled(e.to_string()))?;
    Ok(unknown.raw)
}
