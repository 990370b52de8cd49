//! How many terminal columns a text takes, and text made to fit.
//!
//! The unit is the grapheme cluster, so that a combining mark stays with its base. The sum over graphemes is what ratatui puts
//! into a buffer (its `Buffer::set_stringn`), so that what is measured here and what is painted there agree. (But for halfwidth
//! voicing marks, which ratatui 0.30 counts twice; here they take the one column that terminals give them.) Text should be
//! cleaned first ([`super::clean`]): control characters are counted as one column each, not obeyed.

use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What stands for text that was cut.
const ELLIPSIS: &str = "…";

/// The columns that a text takes.
pub fn of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(grapheme).sum() }
}

/// The columns of one grapheme cluster.
fn grapheme(symbol: &str) -> usize {
    if symbol.len() == 1 { 1 } else { symbol.width() }
}

/// The longest beginning of a text that takes at most `width` columns.
pub fn head(text: &str, width: usize) -> &str {
    if text.is_ascii() {
        return text.get(..width).unwrap_or(text);
    }
    let end = fitting(text.grapheme_indices(true).map(|(at, symbol)| (at + symbol.len(), symbol)), width);
    end.and_then(|end| text.get(..end)).unwrap_or("")
}

/// The text without its first `width` columns.
pub fn skip(text: &str, width: usize) -> &str {
    text.get(head(text, width).len()..).unwrap_or_default()
}

/// The longest end of a text that takes at most `width` columns.
fn tail(text: &str, width: usize) -> &str {
    if text.is_ascii() {
        return text.get(text.len().saturating_sub(width)..).unwrap_or(text);
    }
    let start = fitting(text.grapheme_indices(true).rev(), width);
    start.and_then(|start| text.get(start..)).unwrap_or("")
}

/// The last of the positions that are reached within `width` columns.
fn fitting<'a>(symbols: impl Iterator<Item = (usize, &'a str)>, width: usize) -> Option<usize> {
    let mut used = 0;
    symbols
        .take_while(|(_, symbol)| {
            used += grapheme(symbol);
            used <= width
        })
        .last()
        .map(|(at, _)| at)
}

/// The text in at most `width` columns: cut at the end, with `…` for what is missing. Borrowed when it fits.
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if fits(text, width) {
        return Cow::Borrowed(text);
    }
    let Some(room) = width.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned([head(text, room), ELLIPSIS].concat())
}

/// The text in at most `width` columns: cut in the middle, so that both ends can be read. The end is the last part of a
/// generated name (`orders-5c8…-9qwzx`) when that takes no more than half of the room, else half. Borrowed when it fits.
pub fn cut_middle(text: &str, width: usize) -> Cow<'_, str> {
    if fits(text, width) {
        return Cow::Borrowed(text);
    }
    let Some(room) = width.checked_sub(1) else { return Cow::Borrowed("") };
    let half = room / 2;
    let part = text.rfind('-').and_then(|at| text.get(at..)).map(of).filter(|part| *part <= half);
    let end = tail(text, part.unwrap_or(half));
    let start = head(text, room - of(end));
    Cow::Owned([start, ELLIPSIS, end].concat())
}

fn fits(text: &str, width: usize) -> bool {
    // No character takes more columns than bytes.
    text.len() <= width || of(text) <= width
}

/// The text with blanks behind it, so that it takes at least `width` columns.
pub fn pad_end(text: &str, width: usize) -> Cow<'_, str> {
    match width.saturating_sub(of(text)) {
        0 => Cow::Borrowed(text),
        missing => Cow::Owned(format!("{text}{:missing$}", "")),
    }
}

/// The text with blanks before it, so that it takes at least `width` columns.
pub fn pad_start(text: &str, width: usize) -> Cow<'_, str> {
    match width.saturating_sub(of(text)) {
        0 => Cow::Borrowed(text),
        missing => Cow::Owned(format!("{:missing$}{text}", "")),
    }
}

/// The text in lines of at most `width` columns, broken at blanks where possible and at line feeds always; at least one line.
/// A character wider than `width` has a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrap_line(line, width.max(1))).collect()
}

fn wrap_line(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !fits(rest, width) {
        let whole = head(rest, width);
        let at = match rest.get(whole.len()..) {
            // The line ends where a word does.
            Some(next) if next.starts_with(' ') => whole.len(),
            _ => whole
                .rfind(' ')
                .filter(|at| !whole.get(..*at).unwrap_or("").trim_start().is_empty())
                .unwrap_or(whole.len()),
        };
        let at = if at == 0 { rest.graphemes(true).next().map_or(rest.len(), str::len) } else { at };
        let Some((line, next)) = rest.split_at_checked(at) else { break };
        lines.push(line.trim_end_matches(' ').to_owned());
        rest = next.trim_start_matches(' ');
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted() {
        let cases = [
            ("", 0),
            ("orders", 6),
            ("größe", 5),
            ("日本", 4),
            ("e\u{301}", 1),
            ("❤\u{fe0f}", 2),
            ("ﾊﾞ", 2),
            ("…", 1),
            ("●", 1),
        ];
        for (text, want) in cases {
            assert_eq!(of(text), want, "{text}");
        }
    }

    #[test]
    fn the_end_is_cut() {
        let cases = [
            ("orders", 6, "orders"),
            ("orders", 5, "orde…"),
            ("orders", 1, "…"),
            ("orders", 0, ""),
            ("", 0, ""),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("日本語", 2, "…"),
            ("ne\u{301}e", 2, "n…"),
            ("ne\u{301}e\u{301}s", 3, "ne\u{301}…"),
        ];
        for (text, width, want) in cases {
            assert_eq!(cut(text, width), want, "{text} in {width}");
        }
        assert!(matches!(cut("größe", 5), Cow::Borrowed(_)));
    }

    #[test]
    fn the_middle_is_cut_and_the_hash_stays() {
        let cases = [
            ("orders-5c8d7f9b6-9qwzx", 22, "orders-5c8d7f9b6-9qwzx"),
            ("orders-5c8d7f9b6-9qwzx", 17, "orders-5c8…-9qwzx"),
            ("orders-5c8d7f9b6-9qwzx", 13, "orders…-9qwzx"),
            ("orders-5c8d7f9b6-9qwzx", 8, "orde…wzx"),
            ("averylongnamewithoutdash", 9, "aver…dash"),
            ("orders", 3, "o…s"),
            ("orders", 2, "o…"),
            ("orders", 1, "…"),
            ("orders", 0, ""),
            ("日本語日本語", 6, "日…語"),
        ];
        for (text, width, want) in cases {
            assert_eq!(cut_middle(text, width), want, "{text} in {width}");
        }
    }

    #[test]
    fn blanks_fill_up() {
        assert_eq!(pad_end("日", 4), "日  ");
        assert_eq!(pad_start("12", 4), "  12");
        assert_eq!(pad_start("12345", 4), "12345");
    }

    #[test]
    fn lines_are_broken() {
        let cases: [(&str, usize, &[&str]); 8] = [
            ("", 5, &[""]),
            ("cannot read file", 20, &["cannot read file"]),
            ("cannot read file", 11, &["cannot read", "file"]),
            ("cannot read file", 10, &["cannot", "read file"]),
            ("abcdefgh ij", 4, &["abcd", "efgh", "ij"]),
            ("a\n\nb", 4, &["a", "", "b"]),
            ("日本語", 1, &["日", "本", "語"]),
            ("ab   cd", 2, &["ab", "cd"]),
        ];
        for (text, width, want) in cases {
            assert_eq!(wrap(text, width), want, "{text} in {width}");
        }
        assert_eq!(wrap("ab", 0), ["a", "b"], "no room is treated as one column");
    }
}
