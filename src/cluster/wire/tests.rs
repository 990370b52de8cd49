//! Any chunking gives the same pieces; what is cut off or hostile gives an error, never a panic and no great allocation.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

/// An object in its envelope.
fn enveloped(kind: &str, raw: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), field(1, &type_meta), field(2, raw), field(3, b""), field(4, b"")].concat()
}

fn frame(change: &str, object: &[u8]) -> Vec<u8> {
    let event = [field(1, change.as_bytes()), field(2, &field(1, &enveloped("Pod", object)))].concat();
    [(event.len() as u32).to_be_bytes().to_vec(), event].concat()
}

fn list_meta(more: &str) -> Vec<u8> {
    [field(2, b"77"), field(3, more.as_bytes()), vec![4 << 3, 9]].concat()
}

/// A list with its metadata before or behind its items.
fn list(items: &[Vec<u8>], meta_first: bool) -> Vec<u8> {
    let mut fields: Vec<_> = items.iter().map(|item| field(2, item)).collect();
    fields.insert(if meta_first { 0 } else { items.len() }, field(1, &list_meta("next")));
    enveloped("PodList", &fields.concat())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Several members, as servers that flush event by event send.
    let (a, b) = bytes.split_at(bytes.len() / 2);
    [a, b]
        .iter()
        .flat_map(|part| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(part).unwrap();
            encoder.finish().unwrap()
        })
        .collect()
}

/// A piece as something that can be compared.
fn plain(piece: Piece) -> String {
    match piece {
        Piece::Event(change, Item::Proto(bytes) | Item::Json(bytes)) => format!("{change:?} {bytes:?}"),
        Piece::Item(Item::Proto(bytes) | Item::Json(bytes)) => format!("item {bytes:?}"),
        other => format!("{other:?}"),
    }
}

/// Everything in `bytes`, fed in chunks of the given sizes.
fn read(mut decoder: Decoder, bytes: &[u8], sizes: &[usize]) -> Result<Vec<String>, Garbled> {
    let (mut rest, mut pieces, mut sizes) = (bytes, Vec::new(), sizes.iter().cycle());
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(sizes.next().copied().unwrap_or(1).clamp(1, rest.len()));
        rest = after;
        decoder.push(chunk)?;
        while let Some(piece) = decoder.next()? {
            pieces.push(plain(piece));
        }
    }
    decoder.end();
    while let Some(piece) = decoder.next()? {
        pieces.push(plain(piece));
    }
    Ok(pieces)
}

fn json_list(items: &[Vec<u8>]) -> Vec<u8> {
    let items: Vec<_> =
        items.iter().map(|item| serde_json::json!({"metadata": {"name": String::from_utf8_lossy(item)}})).collect();
    serde_json::json!({"kind": "PodList", "items": items, "metadata": {"continue": "x", "resourceVersion": "5"}})
        .to_string()
        .into()
}

fn json_lines(items: &[Vec<u8>]) -> Vec<u8> {
    let line = |item: &Vec<u8>| {
        format!("{}\n", serde_json::json!({"type": "ADDED", "object": {"spec": String::from_utf8_lossy(item)}}))
    };
    items.iter().map(line).collect::<String>().into()
}

/// One of the four forms: its bytes and its reader.
fn form(which: usize, items: &[Vec<u8>], packing: Packing) -> (Vec<u8>, Decoder) {
    let changes = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];
    let frames = || items.iter().zip(changes.iter().cycle()).flat_map(|(item, change)| frame(change, item)).collect();
    let (bytes, decoder): (Vec<u8>, _) = match which {
        0 => (frames(), Decoder::new(Frames::default(), packing)),
        1 => (list(items, items.len().is_multiple_of(2)), Decoder::new(Items::default(), packing)),
        2 => (json_lines(items), Decoder::new(Lines::default(), packing)),
        _ => (json_list(items), Decoder::new(Page::default(), packing)),
    };
    if packing == Packing::Gzip { (gzip(&bytes), decoder) } else { (bytes, decoder) }
}

fn items() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..12)
}

fn packing() -> impl Strategy<Value = Packing> {
    prop_oneof![Just(Packing::Identity), Just(Packing::Gzip)]
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_pieces(items in items(), which in 0usize..4, packing in packing(),
            sizes in prop::collection::vec(1usize..400, 1..20)) {
        let (bytes, decoder) = form(which, &items, packing);
        let whole = read(form(which, &items, packing).1, &bytes, &[bytes.len()]).unwrap();
        let events = whole.iter().filter(|piece| !piece.starts_with("Meta")).count();
        prop_assert_eq!(events, items.len());
        prop_assert_eq!(read(decoder, &bytes, &sizes).unwrap(), whole);
    }

    #[test]
    fn what_is_cut_off_is_an_error_or_a_beginning(items in items(), which in 0usize..4, packing in packing(), at in 0.0f64..1.0) {
        let (bytes, decoder) = form(which, &items, packing);
        let whole = read(form(which, &items, packing).1, &bytes, &[7]).unwrap();
        let cut = &bytes[..(bytes.len() as f64 * at) as usize];
        if let Ok(pieces) = read(decoder, cut, &[7]) {
            // A stream may end between two events; a list may lack only fields behind it that say nothing.
            prop_assert!(whole.starts_with(&pieces));
            prop_assert!(which % 2 == 0 || pieces == whole);
        }
    }

    #[test]
    fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600), which in 0usize..4, packing in packing()) {
        let _ = read(form(which, &[], packing).1, &bytes, &[5, 100]);
    }

    #[test]
    fn a_flipped_byte_never_panics(items in items(), which in 0usize..4, packing in packing(), at in 0.0f64..1.0, to: u8) {
        let (mut bytes, decoder) = form(which, &items, packing);
        let at = (bytes.len() as f64 * at) as usize;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        let _ = read(decoder, &bytes, &[64]);
    }
}

/// The error for `bytes`, which must not need more than what is there.
fn error(split: impl Split + 'static, bytes: &[u8]) -> String {
    read(Decoder::new(split, Packing::Identity), bytes, &[9]).unwrap_err().0
}

#[test]
fn hostile_lengths_are_refused() {
    assert_eq!(error(Frames::default(), &[0xff; 64]), "a frame of 4294967295 bytes");
    // An item of 2^62 bytes.
    let huge = [&[2 << 3 | 2][..], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]].concat();
    let with_huge_list = [MAGIC, &[2 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], &huge].concat();
    assert!(error(Items::default(), &with_huge_list).starts_with("an item of"));
    // A varint of eleven bytes, and a negative length.
    assert_eq!(error(Items::default(), &[MAGIC, &[0xff; 12]].concat()), "a number that does not end");
    let negative =
        [MAGIC, &[2 << 3 | 2, 20], &[2 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]].concat();
    assert_eq!(error(Items::default(), &negative), "a field longer than its list");
    // A field that reaches past the end of its list.
    assert_eq!(
        error(Items::default(), &[MAGIC, &[2 << 3 | 2, 3, 2 << 3 | 2, 5, 1]].concat()),
        "a field longer than its list"
    );
    // A group, which no list has.
    assert_eq!(error(Items::default(), &[MAGIC, &[2 << 3 | 2, 3, 1 << 3 | 3, 5, 1]].concat()), "wire type 3");
}

#[test]
fn what_is_no_list_is_never_an_empty_one() {
    assert_eq!(error(Items::default(), &enveloped("Status", b"")), "a Status instead of a list");
    assert_eq!(error(Items::default(), b""), "the list is cut off");
    assert_eq!(error(Items::default(), MAGIC), "the list is cut off");
    assert_eq!(error(Items::default(), b"<html>"), "a list without the mark k8s");
    assert_eq!(error(Page::default(), br#"{"kind":"Status","metadata":{}}"#), "an answer that is no list");
    assert!(error(Page::default(), b"<html>").starts_with("a list that does not parse"));
    let empty = read(Decoder::new(Page::default(), Packing::Identity), br#"{"items":null}"#, &[99]).unwrap();
    assert_eq!(empty.len(), 1, "{empty:?}");
}

#[test]
fn a_gzip_bomb_is_unpacked_in_portions() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&frame("ADDED", b"x")).unwrap();
    encoder.write_all(&u32::MAX.to_be_bytes()).unwrap();
    encoder.write_all(&vec![0u8; 16 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let mut decoder = Decoder::new(Frames::default(), Packing::Gzip);
    decoder.push(&bomb).unwrap();
    assert!(decoder.next().unwrap().is_some());
    assert!(decoder.next().is_err(), "4 GiB are no event");
    assert!(!decoder.packed.is_empty(), "and the rest was not unpacked");
}

#[test]
fn a_line_that_does_not_end_is_refused() {
    let mut lines = Lines::default();
    lines.push(&vec![b' '; ITEM_LIMIT]).unwrap();
    assert!(lines.next().unwrap().is_none());
    lines.push(b" ").unwrap();
    assert!(lines.next().is_err());
}
