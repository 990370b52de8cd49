//! A protobuf list, split into its items while it arrives.

use super::{Garbled, ITEM_LIMIT, ListMeta, MAGIC, Piece, Split};
use crate::kinds::Item;
use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

/// runtime.TypeMeta.
#[derive(Clone, PartialEq, Message)]
struct TypeMeta {
    #[prost(string, tag = "2")]
    kind: String,
}

/// Where in the answer the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Magic,
    /// Between the fields of runtime.Unknown.
    Envelope,
    /// Between the fields of the list, of which so many bytes are to come.
    List(u64),
}

/// The head of a protobuf field.
struct Field {
    number: u64,
    wire: u64,
    /// Bytes of tag and length.
    head: usize,
    /// Bytes of payload behind them.
    length: u64,
}

/// Reads `application/vnd.kubernetes.protobuf` lists.
pub struct Items {
    bytes: BytesMut,
    at: At,
    /// Whether the list itself was there: an answer without one must not pass for an empty list.
    seen: bool,
}

impl Default for Items {
    fn default() -> Self {
        Self { bytes: BytesMut::new(), at: At::Magic, seen: false }
    }
}

impl Split for Items {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Garbled> {
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Piece>, Garbled> {
        loop {
            let before = (self.bytes.len(), self.at);
            let piece = match self.at {
                At::Magic => self.magic().map(|()| None),
                At::Envelope => self.envelope().map(|()| None),
                At::List(0) => {
                    self.at = At::Envelope;
                    Ok(None)
                }
                At::List(left) => self.field_of_list(left),
            }?;
            if piece.is_some() {
                return Ok(piece);
            }
            if before == (self.bytes.len(), self.at) {
                return Ok(None);
            }
        }
    }

    fn end(&mut self) -> Result<(), Garbled> {
        let whole = self.seen && self.bytes.is_empty() && matches!(self.at, At::Envelope | At::List(0));
        if whole { Ok(()) } else { Err(Garbled::new("the list is cut off")) }
    }
}

impl Items {
    fn magic(&mut self) -> Result<(), Garbled> {
        let Some(start) = self.bytes.first_chunk::<4>() else { return Ok(()) };
        if start != MAGIC {
            return Err(Garbled::new("a list without the mark k8s"));
        }
        self.bytes.advance(MAGIC.len());
        self.at = At::Envelope;
        Ok(())
    }

    fn envelope(&mut self) -> Result<(), Garbled> {
        let Some(field) = field(&self.bytes)? else { return Ok(()) };
        if field.number == 2 && field.wire == 2 {
            self.bytes.advance(field.head);
            self.at = At::List(field.length);
            self.seen = true;
            return Ok(());
        }
        let is_type = field.number == 1 && field.wire == 2;
        let Some(payload) = self.payload(&field)? else { return Ok(()) };
        if is_type {
            check_kind(payload)?;
        }
        Ok(())
    }

    fn field_of_list(&mut self, left: u64) -> Result<Option<Piece>, Garbled> {
        let within = self.bytes.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(&self.bytes);
        let all_there = within.len() as u64 == left;
        let Some(field) = field(within)? else {
            return if all_there { Err(Garbled::new("a field longer than its list")) } else { Ok(None) };
        };
        let size = field.length.saturating_add(field.head as u64);
        if size > left {
            return Err(Garbled::new("a field longer than its list"));
        }
        let Some(payload) = self.payload(&field)? else { return Ok(None) };
        self.at = At::List(left - size);
        Ok(match (field.number, field.wire) {
            (1, 2) => Some(Piece::Meta(ListMeta::decode(payload).map_err(|e| Garbled(format!("metadata: {e}")))?)),
            (2, 2) => Some(Piece::Item(Item::Proto(payload))),
            _ => None,
        })
    }

    /// Takes a whole field off the front and gives its payload, once all of it is there.
    fn payload(&mut self, field: &Field) -> Result<Option<Bytes>, Garbled> {
        let length = usize::try_from(field.length).unwrap_or(usize::MAX);
        if length > ITEM_LIMIT {
            return Err(Garbled(format!("an item of {length} bytes")));
        }
        if self.bytes.len() < field.head + length {
            return Ok(None);
        }
        self.bytes.advance(field.head);
        Ok(Some(self.bytes.split_to(length).freeze()))
    }
}

/// A single object, or a Status, must not pass for a list without items.
fn check_kind(type_meta: Bytes) -> Result<(), Garbled> {
    let kind = TypeMeta::decode(type_meta).map_err(|e| Garbled(format!("type: {e}")))?.kind;
    if kind.is_empty() || kind.ends_with("List") {
        Ok(())
    } else {
        Err(Garbled(format!("a {kind:.60} instead of a list")))
    }
}

/// The head of the field at the start of `bytes`; `None` while it is not all there.
fn field(bytes: &[u8]) -> Result<Option<Field>, Garbled> {
    let Some((tag, head)) = varint(bytes)? else { return Ok(None) };
    let rest = bytes.get(head..).unwrap_or_default();
    let (number, wire) = (tag >> 3, tag & 7);
    let (more, length) = match wire {
        0 => match varint(rest)? {
            None => return Ok(None),
            Some((_, size)) => (0, size as u64),
        },
        1 => (0, 8),
        2 => match varint(rest)? {
            None => return Ok(None),
            Some((length, size)) => (size, length),
        },
        5 => (0, 4),
        other => return Err(Garbled(format!("wire type {other}"))),
    };
    Ok(Some(Field { number, wire, head: head + more, length }))
}

/// A varint and its size; `None` while it is not all there.
fn varint(bytes: &[u8]) -> Result<Option<(u64, usize)>, Garbled> {
    let mut value = 0u64;
    for (i, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * i as u32).unwrap_or_default();
        if byte & 0x80 == 0 {
            return Ok(Some((value, i + 1)));
        }
    }
    if bytes.len() < 10 { Ok(None) } else { Err(Garbled::new("a number that does not end")) }
}
