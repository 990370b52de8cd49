//! Colours in logs: taken out. Nothing else is: any other escape sequence stays and is made visible by whoever paints it.

use memchr::memchr;
use std::borrow::Cow;

/// The text without SGR sequences (`ESC [ … m`: colours, bold, underline).
pub fn strip(text: &str) -> Cow<'_, str> {
    if memchr(0x1b, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('\x1b');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match behind(part) {
            Some(rest) => out.push_str(rest),
            None => out.extend(["\x1b", part]),
        }
    }
    Cow::Owned(out)
}

/// What stands behind the sequence that a part begins with, if it is SGR.
fn behind(part: &str) -> Option<&str> {
    let parameters = part.strip_prefix('[')?;
    let rest = parameters.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ';' | ':'));
    rest.strip_prefix('m')
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn colours_go_and_the_rest_stays() {
        let cases = [
            ("plain", "plain"),
            ("\x1b[31mred\x1b[0m", "red"),
            ("\x1b[1;38;5;196mERROR\x1b[m: no", "ERROR: no"),
            ("\x1b[38:2::1:2:3mx", "x"),
            ("\x1b[2J", "\x1b[2J"),
            ("\x1b]0;title\x07", "\x1b]0;title\x07"),
            ("a\x1b", "a\x1b"),
            ("\x1b[31", "\x1b[31"),
            ("é\x1b[0mé", "éé"),
        ];
        for (text, want) in cases {
            assert_eq!(strip(text), want, "{text:?}");
        }
    }
}
