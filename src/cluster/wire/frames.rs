//! A protobuf watch stream: frames of a big-endian length and a WatchEvent.

use super::{Change, Garbled, ITEM_LIMIT, Piece, Split, unwrap};
use crate::kinds::Item;
use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

/// metav1.WatchEvent.
#[derive(Clone, PartialEq, Message)]
struct WatchEvent {
    #[prost(string, tag = "1")]
    change: String,
    #[prost(message, optional, tag = "2")]
    object: Option<RawExtension>,
}

/// runtime.RawExtension.
#[derive(Clone, PartialEq, Message)]
struct RawExtension {
    #[prost(bytes = "bytes", tag = "1")]
    raw: Bytes,
}

/// Reads `application/vnd.kubernetes.protobuf;stream=watch`.
#[derive(Default)]
pub struct Frames {
    bytes: BytesMut,
}

impl Split for Frames {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Garbled> {
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Piece>, Garbled> {
        let Some(length) = self.bytes.first_chunk().map(|four| u32::from_be_bytes(*four) as usize) else {
            return Ok(None);
        };
        if length > ITEM_LIMIT {
            return Err(Garbled(format!("a frame of {length} bytes")));
        }
        if self.bytes.len() < 4 + length {
            return Ok(None);
        }
        self.bytes.advance(4);
        let frame = self.bytes.split_to(length).freeze();
        let event = WatchEvent::decode(frame).map_err(|e| Garbled(format!("a frame: {e}")))?;
        let change = Change::parse(&event.change)?;
        let object = event.object.ok_or_else(|| Garbled::new("an event without an object"))?;
        Ok(Some(Piece::Event(change, Item::Proto(unwrap(&object.raw)?))))
    }

    fn end(&mut self) -> Result<(), Garbled> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Garbled::new("it stops in the middle of a frame")) }
    }
}
