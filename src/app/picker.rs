//! A list that floats, to pick one entry from: namespaces, columns, what to copy. Typing narrows it.

use super::App;
use super::log::LogPage;
use super::table::Table;
use crate::cluster::papers::Want;
use crate::keys::Chord;
use crate::keys::line::Line;
use crate::text::fuzzy::Fuzzy;
use crossterm::event::KeyCode;

/// What picking an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Show the same kind in the namespace; `None` in all.
    Namespace(Option<String>),
    /// Sort by the column of this title.
    Sort(String),
    Copy(String),
    /// Show this container's lines only; all if none.
    Source(Option<u16>),
    /// Keep the theme that is shown while the cursor is here.
    Theme(String),
    /// Read a paper.
    Read(Box<Want>),
    /// Run a `:` line.
    Line(String),
    /// Cause a trouble of the demo cluster.
    Cause(String),
    Verb(super::verb::Verb),
    /// It cannot be done now, for this reason.
    Refused(String),
}

/// By so much what is seldom wanted fits worse: about what a letter that fits is worth twice.
const SELDOM: i64 = 60;

impl Does {
    fn is_seldom_wanted(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Verb(verb) => super::verb::VERBS.iter().any(|declared| declared.verb == *verb && declared.motion),
            _ => false,
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub label: String,
    pub detail: String,
    pub does: Does,
}

/// An open list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picker {
    pub title: String,
    entries: Vec<Entry>,
    pub typed: Line,
    pub at: usize,
    narrows: Narrows,
}

/// Which entries stay when something is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Narrows {
    /// Those whose label has the text.
    #[default]
    ByText,
    /// Those that have the letters in their order, the best first.
    ByLetters,
}

impl Picker {
    fn new(title: &str, entries: Vec<Entry>) -> Self {
        Self { title: title.into(), entries, typed: Line::default(), at: 0, narrows: Narrows::default() }
    }

    pub fn palette(entries: Vec<Entry>) -> Self {
        Self { narrows: Narrows::ByLetters, ..Self::new("Commands", entries) }
    }

    pub fn namespaces(names: &[String]) -> Self {
        let all = Entry { label: "all namespaces".into(), detail: String::new(), does: Does::Namespace(None) };
        let mut picker = Self::new("Namespace", vec![all]);
        picker.learn_namespaces(names);
        picker
    }

    /// The namespaces are known now, or anew.
    pub fn learn_namespaces(&mut self, names: &[String]) {
        if !self.entries.iter().all(|entry| matches!(entry.does, Does::Namespace(_))) {
            return;
        }
        self.entries.truncate(1);
        self.entries.extend(names.iter().map(|name| Entry {
            label: name.clone(),
            detail: String::new(),
            does: Does::Namespace(Some(name.clone())),
        }));
    }

    /// Any entries.
    pub fn of(title: &str, entries: Vec<Entry>) -> Self {
        Self::new(title, entries)
    }

    pub fn demo(entries: &[Entry]) -> Self {
        Self::new("Demo", entries.to_vec())
    }

    /// Themes, the cursor on the one that is on the screen.
    pub fn themes(entries: Vec<Entry>, now: &str) -> Self {
        let at = entries.iter().position(|entry| entry.label == now).unwrap_or(0);
        Self { at, ..Self::new("Theme", entries) }
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.shown().get(self.at).copied()
    }

    pub fn columns(table: &Table) -> Self {
        let entries = table.heads.iter().map(|head| Entry {
            label: head.title.clone(),
            detail: if head.wide { "wide".into() } else { String::new() },
            does: Does::Sort(head.title.clone()),
        });
        Self::new("Sort by", entries.collect())
    }

    pub fn sources(log: &LogPage) -> Self {
        let entry = |label: &str, only| Entry { label: label.into(), detail: String::new(), does: Does::Source(only) };
        let all = [entry("all containers", None)];
        let own = (0..).zip(&log.sight.sources).map(|(number, (name, _))| entry(name, Some(number)));
        Self::new("Container", all.into_iter().chain(own).collect())
    }

    pub fn copies(copies: Vec<(&'static str, String)>) -> Self {
        let entries = copies.into_iter().map(|(label, text)| Entry {
            label: label.into(),
            detail: text.clone(),
            does: Does::Copy(text),
        });
        Self::new("Copy", entries.collect())
    }

    /// The entries that fit what was typed.
    pub fn shown(&self) -> Vec<&Entry> {
        let typed = self.typed.text().to_lowercase();
        if self.narrows == Narrows::ByLetters && !typed.is_empty() {
            return self.ranked(&typed);
        }
        self.entries.iter().filter(|entry| entry.label.to_lowercase().contains(&typed)).collect()
    }
}

impl Picker {
    /// What the label has counts more than what the detail has; what cannot be done now, and what hands know without looking,
    /// comes after what fits as well.
    fn ranked(&self, typed: &str) -> Vec<&Entry> {
        let fuzzy = Fuzzy::new(typed);
        let score = |entry: &Entry| {
            let label = fuzzy.score(&entry.label).map(|score| score * 2 - entry.label.len() as i64);
            let best = label.into_iter().chain(fuzzy.score(&entry.detail.to_lowercase())).max();
            best.map(|score| if entry.does.is_seldom_wanted() { score - SELDOM } else { score })
        };
        let mut scored: Vec<(i64, &Entry)> =
            self.entries.iter().filter_map(|entry| Some((score(entry)?, entry))).collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, entry)| entry).collect()
    }
}

impl App {
    pub(super) fn picker_key(&mut self, chord: Chord) {
        let Some(picker) = &mut self.picker else { return };
        let last = picker.shown().len().saturating_sub(1);
        match chord.code {
            KeyCode::Esc => self.picker = None,
            KeyCode::Char('c') if !chord.modifiers.is_empty() => self.picker = None,
            KeyCode::Enter => self.pick(),
            KeyCode::Down | KeyCode::Tab => picker.at = (picker.at + 1).min(last),
            KeyCode::Up | KeyCode::BackTab => picker.at = picker.at.saturating_sub(1),
            KeyCode::PageDown => picker.at = (picker.at + 10).min(last),
            KeyCode::PageUp => picker.at = picker.at.saturating_sub(10),
            _ => {
                picker.typed.key(chord);
                picker.at = 0;
            }
        }
    }

    fn pick(&mut self) {
        let Some(picker) = self.picker.take() else { return };
        let Some(entry) = picker.shown().get(picker.at).map(|entry| (*entry).clone()) else { return };
        match entry.does {
            Does::Namespace(namespace) => self.go_namespace(namespace.as_deref()),
            Does::Sort(title) => self.sort_by(&title),
            Does::Theme(name) => self.choose_theme(&name),
            Does::Read(want) => self.open_paper(*want),
            Does::Line(line) => self.run_line(&line),
            Does::Verb(verb) => self.act(verb),
            Does::Refused(why) => self.say(Err(why)),
            Does::Cause(name) => self.out.push(super::effect::Effect::Cause(name)),
            Does::Source(only) => self.view_log(|view| view.only = only),
            Does::Copy(text) => self.out.push(super::effect::Effect::Copy(text)),
        }
    }
}
