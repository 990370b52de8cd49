//! One field of a form as it is being filled in: what its keys do, and what completes it.

use crate::actions::{Field, Kind};
use crate::keys::Chord;
use crate::keys::line::{Edit, Line};
use crossterm::event::KeyCode;

/// A field as it is being filled in.
#[derive(Clone, Debug)]
pub struct Filled {
    pub name: &'static str,
    pub kind: Kind,
    pub line: Line,
    /// Nothing was typed yet: the first digit replaces what is there.
    pristine: bool,
    /// What was typed when completing began, and which of what fits it stands there now.
    completing: Option<(String, usize)>,
}

impl Filled {
    /// A field as it starts.
    pub fn of(field: &Field) -> Self {
        Self {
            name: field.name,
            kind: field.kind.clone(),
            line: Line::new(&field.value),
            pristine: true,
            completing: None,
        }
    }

    /// What is in use and fits what was typed: first what begins so.
    pub fn fitting(&self) -> Vec<&(String, String)> {
        let Kind::Known(all) = &self.kind else { return Vec::new() };
        let now = self.line.text();
        let typed = self.completing.as_ref().map_or(now.as_str(), |(typed, _)| typed);
        let (begins, others): (Vec<_>, Vec<_>) = all.iter().partition(|(value, _)| value.starts_with(typed));
        begins.into_iter().chain(others.into_iter().filter(|(value, _)| value.contains(typed))).collect()
    }

    /// Which of [`Filled::fitting`] stands in the line.
    pub fn completed(&self) -> Option<usize> {
        self.completing.as_ref().map(|(_, at)| *at)
    }

    pub(super) fn complete(&mut self, step: isize) -> bool {
        let fitting = self.fitting();
        let count = fitting.len();
        let at = match (self.completed(), step > 0) {
            (Some(at), true) => (at + 1) % count.max(1),
            (Some(at), false) => at.checked_sub(1).unwrap_or(count.saturating_sub(1)),
            (None, true) => 0,
            (None, false) => count.saturating_sub(1),
        };
        let Some((value, _)) = fitting.get(at) else { return false };
        let line = Line::new(value);
        let typed = self.completing.take().map_or_else(|| self.line.text(), |(typed, _)| typed);
        (self.line, self.completing) = (line, Some((typed, at)));
        true
    }

    /// Whether the text went into the field.
    pub(super) fn paste(&mut self, text: &str) -> bool {
        let takes_text = matches!(self.kind, Kind::Text | Kind::Known(_));
        if takes_text {
            (self.pristine, self.completing) = (false, None);
            self.line.insert(text);
        }
        takes_text
    }

    /// Whether the key changed the value.
    pub(super) fn fill(&mut self, chord: Chord) -> bool {
        match (&self.kind, chord.code) {
            (Kind::Choice(all), KeyCode::Left | KeyCode::Right | KeyCode::Char(' ')) => {
                let at = all.iter().position(|(value, _)| *value == self.line.text()).unwrap_or(0);
                let next = if chord.code == KeyCode::Left {
                    at.checked_sub(1).unwrap_or(all.len().saturating_sub(1))
                } else {
                    (at + 1) % all.len().max(1)
                };
                let Some((value, _)) = all.get(next) else { return false };
                self.line = Line::new(value);
                true
            }
            (Kind::Choice(_), _) => false,
            (Kind::Number | Kind::Numbers, KeyCode::Char(sign @ ('+' | '-'))) => {
                let step = if sign == '+' { 1 } else { -1 };
                let each = |number: &str| (number.parse::<i64>().unwrap_or(0) + step).max(0).to_string();
                let text = self.line.text();
                let all: Vec<String> = match self.kind {
                    Kind::Numbers => text.split_whitespace().map(each).collect(),
                    _ => vec![each(&text)],
                };
                self.line = Line::new(&all.join(" "));
                self.pristine = false;
                true
            }
            (Kind::Number, KeyCode::Char(c)) if !c.is_ascii_digit() => false,
            (Kind::Numbers, KeyCode::Char(c)) if !c.is_ascii_digit() && c != ' ' => false,
            _ => {
                if self.pristine && matches!(self.kind, Kind::Number | Kind::Numbers) && chord.typed().is_some() {
                    self.line = Line::default();
                }
                self.pristine = false;
                self.completing = None;
                self.line.key(chord) == Edit::Changed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stepped_each_and_never_below_none() {
        let stepped = |kind: Kind, value: &str, keys: &str| {
            let mut field = Filled::of(&Field { name: "replicas", kind, value: value.into() });
            keys.chars().for_each(|key| assert!(field.fill(Chord::plain(KeyCode::Char(key)))));
            field.line.text()
        };
        assert_eq!(stepped(Kind::Number, "1", "+"), "2");
        assert_eq!(stepped(Kind::Number, "1", "--"), "0");
        assert_eq!(stepped(Kind::Number, "", "+"), "1");
        assert_eq!(stepped(Kind::Numbers, "0 3", "-"), "0 2");
        assert_eq!(stepped(Kind::Numbers, "3", "+1"), "41", "what was stepped is not replaced by a digit");
    }
}
