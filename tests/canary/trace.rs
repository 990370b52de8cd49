//! Values that must not get out, and the forms in which they could: as they are, as base64 at any place in it, as hex.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One value.
pub const TEXT: &str = "canary-Wq7-feather-0451";
/// Another one beside it, which stays hidden when the first is revealed.
pub const OTHER: &str = "canary-Zk2-plumage-8839";
/// The value of the second Secret that has the same key.
pub const THEIRS: &str = "canary-Hx5-warbler-6127";
/// A value that is no text, but has one in it.
pub const INNER: &str = "canary-Bn9-yellow-3310";

/// The bytes around [`INNER`].
pub fn binary() -> Vec<u8> {
    [&[0xff, 0xfe, 0x00], INNER.as_bytes(), &[0x80]].concat()
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// How a value looks in the forms in which it could get out. Blanks do not count.
fn forms(value: &str) -> Vec<String> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    // In the midst of something longer, base64 has three looks; what its neighbours change is left out.
    let within = (0..3).map(|before| {
        let encoded = base64(&[&vec![0; before], value.as_bytes()].concat());
        let whole = (before + value.len()) / 3 * 4;
        encoded[if before == 0 { 0 } else { 4 }..whole].to_owned()
    });
    [value.to_owned(), hex.clone(), hex.to_uppercase()].into_iter().chain(within).collect()
}

/// The values of which there is a trace in a text.
pub fn found(text: &str) -> Vec<&'static str> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    [TEXT, OTHER, THEIRS, INNER]
        .into_iter()
        .filter(|value| forms(value).iter().any(|form| text.contains(form)))
        .collect()
}

/// Fails if there is a trace of any value.
pub fn none(what: &str, text: &str) {
    assert!(!text.trim().is_empty(), "{what} is empty: nothing was proved");
    assert_eq!(found(text), Vec::<&str>::new(), "{what} tells:\n{text}");
}
