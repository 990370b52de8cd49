//! One key with its modifiers, as text (`ctrl-w`, `shift-right`, `J`) and as the terminal reports it.
//!
//! Letters carry Shift in their case, so `shift-j` is written `J`. An unbound Alt+key is Escape and then the key, because
//! that is what tmux and ssh make of a quick Escape; [`Chord::without_alt`] gives the second half.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;
use std::str::FromStr;

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

/// Names of keys that are not characters, used to read and to print.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

impl Chord {
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// The chord of a key event. Shift is dropped from characters: their case says it.
    pub fn of(event: &KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT);
        let mut code = event.code;
        if let KeyCode::Char(c) = code {
            if modifiers.contains(KeyModifiers::CONTROL) {
                code = KeyCode::Char(c.to_ascii_lowercase());
            } else if modifiers.contains(KeyModifiers::SHIFT) {
                code = KeyCode::Char(c.to_uppercase().next().unwrap_or(c));
            }
            modifiers.remove(KeyModifiers::SHIFT);
        }
        if code == KeyCode::BackTab {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self { code, modifiers }
    }

    /// The key behind an Alt, if there is one.
    pub fn without_alt(self) -> Option<Self> {
        let plain = Self { modifiers: self.modifiers - KeyModifiers::ALT, ..self };
        self.modifiers.contains(KeyModifiers::ALT).then_some(plain)
    }

    /// The character that this key types into a line, if any.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

/// One key or several, pressed one after the other: `g`, `g g`, `space f`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keys(pub Vec<Chord>);

impl Keys {
    /// Whether these are typed on the way to `other`.
    pub fn begins(&self, other: &Self) -> bool {
        self.0.len() < other.0.len() && other.0.starts_with(&self.0)
    }
}

impl FromStr for Keys {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let chords: Vec<Chord> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        if chords.is_empty() { Err(UnknownKey(text.into())) } else { Ok(Self(chords)) }
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, chord) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            chord.fmt(f)?;
        }
        Ok(())
    }
}

/// A chord that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no key: write a character, a name such as `enter` or `pgdn`, or either after `ctrl-`, `alt-`, `shift-`"
)]
pub struct UnknownKey(pub String);

impl FromStr for Chord {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.into());
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (modifier, tail) = match rest.split_once('-') {
                Some(("ctrl", tail)) => (KeyModifiers::CONTROL, tail),
                Some(("alt", tail)) => (KeyModifiers::ALT, tail),
                Some(("shift", tail)) => (KeyModifiers::SHIFT, tail),
                _ => break,
            };
            modifiers |= modifier;
            rest = tail;
        }
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == rest) {
            return Ok(Self { code: *code, modifiers });
        }
        if let Some(n) = rest.strip_prefix('f').and_then(|n| n.parse().ok()) {
            return Ok(Self { code: KeyCode::F(n), modifiers });
        }
        let mut chars = rest.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return Err(unknown()) };
        Ok(Self { code: KeyCode::Char(c), modifiers })
    }
}

impl fmt::Display for Chord {
    /// As hints show it: `^W`, `⇧→`, `↵`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("^")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("M-")?;
        }
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            f.write_str("⇧")?;
        }
        let ctrl = self.modifiers.contains(KeyModifiers::CONTROL);
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) if ctrl => write!(f, "{}", c.to_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::Enter => f.write_str("↵"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::F(n) => write!(f, "F{n}"),
            code => f.write_str(NAMED.iter().find(|(_, named)| *named == code).map_or("?", |(name, _)| name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        for (text, shown) in [
            ("ctrl-w", "^W"),
            ("shift-right", "⇧→"),
            ("J", "J"),
            ("enter", "↵"),
            ("-", "-"),
            ("f5", "F5"),
            ("ctrl-space", "^space"),
        ] {
            assert_eq!(text.parse::<Chord>().unwrap().to_string(), shown, "{text}");
        }
        assert!("hyper-x".parse::<Chord>().is_err());
        assert!("".parse::<Chord>().is_err());
    }

    #[test]
    fn shift_is_in_the_case_of_letters() {
        let event = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::SHIFT);
        assert_eq!(Chord::of(&event), "J".parse().unwrap());
    }

    #[test]
    fn alt_is_escape_and_the_key() {
        let chord: Chord = "alt-q".parse().unwrap();
        assert_eq!(chord.without_alt(), Some("q".parse().unwrap()));
    }
}
