//! Which verb a key means in which scope. Read from YAML (`keymaps/default.yaml` is built in):
//! scope, then verb, then its keys.

use super::chord::Chord;
use crate::app::verb::{self, Scope, Verb};
use std::collections::{BTreeMap, HashMap};

/// The bindings in force.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    bindings: HashMap<(Scope, Chord), Verb>,
    /// Each verb's keys, in the order in which the file names them: the first is the one that hints show.
    keys: HashMap<Verb, Vec<Chord>>,
}

/// The default keymap's source, the one place that decides against k9s' letters.
pub const DEFAULT: &str = include_str!("../../keymaps/default.yaml");

impl Keymap {
    /// Reads a keymap. What is wrong in it is told line by line of meaning and left out; the rest works.
    pub fn read(yaml: &str) -> (Self, Vec<String>) {
        let parsed: Result<BTreeMap<String, serde_yaml::Mapping>, _> = serde_yaml::from_str(yaml);
        let scopes = match parsed {
            Ok(scopes) => scopes,
            Err(e) => return (Self::default(), vec![format!("not a keymap: {e}")]),
        };
        let mut map = Self::default();
        let mut wrong = Vec::new();
        for (scope, verbs) in scopes {
            let Some(scope) = Scope::named(&scope) else {
                wrong.push(format!("`{scope}` is no scope; there are {}", Scope::names()));
                continue;
            };
            for (id, keys) in verbs {
                map.bind_all(scope, &id, &keys, &mut wrong);
            }
        }
        (map, wrong)
    }

    fn bind_all(&mut self, scope: Scope, id: &serde_yaml::Value, keys: &serde_yaml::Value, wrong: &mut Vec<String>) {
        let id = id.as_str().unwrap_or_default();
        let Some(verb) = verb::named(id) else {
            wrong.push(format!("`{id}` is no verb (see `?`)"));
            return;
        };
        let one = std::slice::from_ref(keys);
        for key in keys.as_sequence().map_or(one, Vec::as_slice) {
            let text = key.as_str().map_or_else(|| serde_yaml::to_string(key).unwrap_or_default(), str::to_owned);
            match text.trim().parse() {
                Ok(chord) => self.bind(scope, chord, verb, wrong),
                Err(e) => wrong.push(format!("{id}: {e}")),
            }
        }
    }

    fn bind(&mut self, scope: Scope, chord: Chord, verb: Verb, wrong: &mut Vec<String>) {
        if let Some(other) = self.bindings.insert((scope, chord), verb)
            && other != verb
        {
            wrong.push(format!("{chord} means both `{}` and `{}`", other.id(), verb.id()));
        }
        self.keys.entry(verb).or_default().push(chord);
    }

    /// The verb of a key: in the view's own scope first, then everywhere.
    pub fn verb(&self, scope: Scope, chord: Chord) -> Option<Verb> {
        self.bindings.get(&(scope, chord)).or_else(|| self.bindings.get(&(Scope::Global, chord))).copied()
    }

    /// The keys of a verb, the one to show first.
    pub fn keys(&self, verb: Verb) -> &[Chord] {
        self.keys.get(&verb).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_keymap_is_sound_and_reaches_every_verb() {
        let (map, wrong) = Keymap::read(DEFAULT);
        assert_eq!(wrong, Vec::<String>::new());
        for verb in verb::VERBS {
            assert!(!map.keys(verb.verb).is_empty() || verb.line_only, "{} has no key", verb.id);
        }
    }

    #[test]
    fn mistakes_are_told_and_the_rest_works() {
        let (map, wrong) = Keymap::read("table: {down: [j, hyper-x], fly: f, up: j}\nmoon: {}\n");
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        assert!(map.verb(Scope::Table, "j".parse().unwrap()).is_some());
    }
}
