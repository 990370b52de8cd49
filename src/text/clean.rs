//! Hostile text made visible.
//!
//! Names, messages and statuses come from whoever can write to the cluster. What could steer the terminal (ESC and the
//! other controls), turn the reading direction, hide text or break the line is replaced by something that can be seen. Wide
//! and combining characters stay. It changes nothing else and does not cut: that is [`super::width`]'s.

use std::borrow::Cow;
use std::fmt::Write;

/// The text as one line that is safe to print. C0 controls and DEL become their pictures (`␛`, `␊`, `␉`), everything else
/// that is not shown becomes its code point (`\u{202e}`). Clean text is borrowed.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hostile(c) { show(c, &mut clean) } else { clean.push(c) }
    }
    Cow::Owned(clean)
}

fn show(c: char, out: &mut String) {
    let picture = match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32),
        '\x7f' => Some('␡'),
        _ => None,
    };
    match picture {
        Some(picture) => out.push(picture),
        // Writing to a String cannot fail.
        None => drop(write!(out, "\\u{{{:x}}}", c as u32)),
    }
}

/// Whether a character acts on the terminal or the reader without being seen: controls, and what Unicode calls default
/// ignorable (direction marks, joiners, fillers, tags), separators and annotations. Variation selectors 1 to 16 choose between
/// forms of a visible character and are let through, as combining characters are.
pub fn is_hostile(c: char) -> bool {
    match c {
        ' '..='~' => false,
        _ if c.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' => true,
        // Fillers and inherent vowels that print as nothing, Mongolian selectors.
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}' => true,
        // Zero-width characters, direction marks, line and paragraph separators, embeddings, overrides, isolates.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        // The byte order mark, reserved ignorables, annotations.
        '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        // Shorthand and musical format controls.
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        // Tags and the second set of variation selectors, in which text can be smuggled.
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_borrowed() {
        for text in ["", "orders-5c8d7f9b6-9qwzx", "größer", "日本語", "e\u{301}", "❤\u{fe0f}", "مرحبا", "◐ syncing …"]
        {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn what_is_hidden_is_shown() {
        let cases = [
            ("\x1b[31mred", "␛[31mred"),
            ("a\nb\tc\r", "a␊b␉c␍"),
            ("\0", "␀"),
            ("\x7f", "␡"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{85}", "\\u{85}"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("pay\u{200b}ments", "pay\\u{200b}ments"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("\u{feff}x", "\\u{feff}x"),
            ("x\u{e0041}", "x\\u{e0041}"),
            ("\u{3164}", "\\u{3164}"),
            ("é\x1b", "é␛"),
        ];
        for (text, want) in cases {
            assert_eq!(line(text), want, "{text:?}");
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        let once = line("\x1b\u{202e}\u{9b}\n").into_owned();
        assert_eq!(line(&once), once);
    }
}
