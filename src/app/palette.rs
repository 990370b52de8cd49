//! The palette: every verb and command with its key, the aliases and the kinds, in a list that typing narrows. What is not
//! possible now is there all the same, with its reason.

use super::App;
use super::picker::{Does, Entry, Picker};
use super::verb::{Declared, Scope, VERBS};

/// Keys stand in a column of this width, in front of what the verb does.
const KEYS: usize = 12;

impl App {
    pub(super) fn open_palette(&mut self) {
        self.ask_rights();
        let here = self.scope();
        let rank = |scope: Scope| if scope == here { 0 } else { 1 + u8::from(scope != Scope::Global) };
        let mut verbs: Vec<&Declared> = VERBS.iter().collect();
        verbs.sort_by_key(|declared| (declared.motion, rank(declared.scope)));
        let mut entries: Vec<Entry> = verbs.into_iter().map(|declared| self.verb_entry(declared)).collect();
        // What cannot be done now stands behind what can.
        entries.sort_by_key(|entry| matches!(entry.does, Does::Refused(_)));
        let aliases = self.settings.aliases().into_iter().map(|(name, line)| line_entry(&name, &line));
        entries.extend(aliases);
        entries.extend(self.kind_names().into_iter().map(|kind| line_entry(&kind, "go there")));
        self.picker = Some(Picker::palette(entries));
    }

    fn verb_entry(&self, declared: &Declared) -> Entry {
        let key = self.keymap.keys(declared.verb).first().map(ToString::to_string);
        let key = key.unwrap_or_else(|| format!(":{}", declared.id));
        let pad = " ".repeat(KEYS.saturating_sub(crate::text::width::of(&key)));
        let entry =
            |says: &str, does: Does| Entry { label: declared.id.into(), detail: format!("{key}{pad} {says}"), does };
        match self.possible(declared.verb) {
            Ok(()) => entry(declared.help, Does::Verb(declared.verb)),
            Err(why) => entry(&format!("not now: {why}"), Does::Refused(why)),
        }
    }
}

fn line_entry(line: &str, says: &str) -> Entry {
    // A long one would push what it does out of its column, and is the label already.
    let key = Some(format!(":{line}")).filter(|key| crate::text::width::of(key) <= KEYS).unwrap_or_default();
    let pad = " ".repeat(KEYS.saturating_sub(crate::text::width::of(&key)));
    Entry { label: line.into(), detail: format!("{key}{pad} {says}"), does: Does::Line(line.into()) }
}
