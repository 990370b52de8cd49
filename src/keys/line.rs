//! Editing one line of text: the model behind the `:` and `/` prompts. It knows characters, not the screen.

use super::chord::Chord;
use crossterm::event::{KeyCode, KeyModifiers};

/// A line and the place of its cursor, counted in characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    chars: Vec<char>,
    cursor: usize,
}

/// What a key did to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    Changed,
    Moved,
    /// The key means nothing to a line.
    Passed,
}

impl Line {
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        Self { cursor: chars.len(), chars }
    }

    pub fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// The text before the cursor.
    pub fn before(&self) -> String {
        self.chars.iter().take(self.cursor).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// Inserts text at the cursor; control characters (pasted newlines) become blanks.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars() {
            let c = if c.is_control() { ' ' } else { c };
            self.chars.insert(self.cursor.min(self.chars.len()), c);
            self.cursor += 1;
        }
    }

    /// Applies an editing key, as readline binds them.
    pub fn key(&mut self, chord: Chord) -> Edit {
        if let Some(c) = chord.typed() {
            self.insert(c.encode_utf8(&mut [0; 4]));
            return Edit::Changed;
        }
        let ctrl = chord.modifiers.contains(KeyModifiers::CONTROL);
        match chord.code {
            KeyCode::Backspace => self.erase(self.cursor.saturating_sub(1), self.cursor),
            KeyCode::Delete => self.erase(self.cursor, self.cursor + 1),
            KeyCode::Char('u') if ctrl => self.erase(0, self.cursor),
            KeyCode::Char('k') if ctrl => self.erase(self.cursor, self.chars.len()),
            KeyCode::Char('w') if ctrl => self.erase(self.word_start(), self.cursor),
            KeyCode::Left => self.go(self.cursor.saturating_sub(1)),
            KeyCode::Right => self.go(self.cursor + 1),
            KeyCode::Home => self.go(0),
            KeyCode::Char('a') if ctrl => self.go(0),
            KeyCode::End => self.go(self.chars.len()),
            KeyCode::Char('e') if ctrl => self.go(self.chars.len()),
            _ => Edit::Passed,
        }
    }

    fn erase(&mut self, from: usize, to: usize) -> Edit {
        let to = to.min(self.chars.len());
        if from >= to {
            return Edit::Moved;
        }
        self.chars.drain(from..to);
        self.cursor = from;
        Edit::Changed
    }

    fn go(&mut self, to: usize) -> Edit {
        self.cursor = to.min(self.chars.len());
        Edit::Moved
    }

    fn word_start(&self) -> usize {
        let before: Vec<char> = self.chars.iter().take(self.cursor).copied().collect();
        let word_end = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1);
        before.iter().take(word_end).rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> Line {
        let mut line = Line::default();
        keys.iter().for_each(|key| {
            line.key(key.parse().unwrap());
        });
        line
    }

    #[test]
    fn readline_keys_edit() {
        assert_eq!(typed(&["a", "b", "left", "x"]).text(), "axb");
        assert_eq!(typed(&["a", "space", "b", "c", "ctrl-w"]).text(), "a ");
        assert_eq!(typed(&["a", "b", "ctrl-a", "delete"]).text(), "b");
        assert_eq!(typed(&["a", "b", "left", "ctrl-u"]).text(), "b");
    }

    #[test]
    fn pasted_newlines_do_not_act_as_enter() {
        let mut line = Line::default();
        line.insert("a\nb");
        assert_eq!(line.text(), "a b");
    }
}
