//! Which verb a key, or several keys one after the other, mean in which scope. Read from YAML (`keymaps/*.yaml`, and the
//! user's own): scope, then verb, then its keys. It knows no files; whoever reads them brings their texts.

use super::chord::{Chord, Keys};
use super::default::DEFAULT;
use crate::app::verb::{self, Scope, VERBS, Verb};
use crate::text::located::{self, At, Located, Mistake, Node, hint};
use std::collections::HashMap;

/// The bindings in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// More than one verb only where no kind has two of them.
    bindings: HashMap<(Scope, Keys), Vec<Verb>>,
    /// Each verb's keys, in the order in which the file names them: the first is the one that hints show.
    keys: HashMap<Verb, Vec<Keys>>,
}

/// What keys typed so far come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Verb(Verb),
    /// Others may follow.
    More,
    Nothing,
}

/// The keymaps that need no file.
const BUILT_IN: [&str; 3] = ["default", "k9s", "vim"];

/// A keymap's text and the name of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub file: String,
    pub text: String,
}

/// Where keymaps are found by name: the user's own, before those that are built in.
pub type Own<'a> = &'a dyn Fn(&str) -> Option<Source>;

impl Keymap {
    /// Reads one keymap that stands on built-in ones. What is wrong in it is told with its place and left out; the rest works.
    pub fn read(yaml: &str) -> (Self, Vec<String>) {
        let mut wrong = Vec::new();
        let source = Source { file: "keymap".into(), text: yaml.into() };
        let map = Self::of_source(&source, "none", &|_| None, &mut wrong, &mut Vec::new());
        (map, wrong)
    }

    /// The keymap called `name`, with `over` (the user's `keymap.yaml`) on top.
    pub fn named(name: &str, over: Option<&Source>, own: Own<'_>) -> (Self, Vec<String>) {
        let mut wrong = Vec::new();
        let mut map = Self::find(name, own, &mut wrong, &mut Vec::new()).unwrap_or_else(|| {
            wrong.push(format!("there is no keymap `{name}`{}; `default` holds", hint(name, built_in_names())));
            Self::read(&DEFAULT).0
        });
        if let Some(source) = over {
            map.lay(source, &mut wrong);
        }
        (map, wrong)
    }

    /// Whether there is no keymap of this name: which one may have been meant, or nothing.
    pub fn missing(name: &str, own: Own<'_>) -> Option<String> {
        let known = own(name).is_some() || built_in_names().any(|built_in| built_in == name);
        if known { None } else { Some(hint(name, built_in_names())) }
    }

    fn find(name: &str, own: Own<'_>, wrong: &mut Vec<String>, on_the_way: &mut Vec<String>) -> Option<Self> {
        // A keymap of the user's that is called like a built-in one may stand on that.
        let known = on_the_way.iter().any(|other| other == name);
        if let Some(source) = own(name).filter(|_| !known) {
            on_the_way.push(name.to_owned());
            return Some(Self::of_source(&source, "default", own, wrong, on_the_way));
        }
        let source = Source { file: format!("keymaps/{name}.yaml"), text: built_in(name)?.to_owned() };
        // Built-in ones stand on built-in ones alone.
        Some(Self::of_source(&source, "none", &|_| None, wrong, on_the_way))
    }

    /// A keymap and what it inherits: `default` unless it says otherwise; built-in ones say it always.
    fn of_source(
        source: &Source,
        otherwise: &str,
        own: Own<'_>,
        wrong: &mut Vec<String>,
        on_the_way: &mut Vec<String>,
    ) -> Self {
        let parent = located::read(&source.text).ok().and_then(|root| inherits(&root));
        let (parent, at) = parent.unwrap_or((otherwise.to_owned(), At::default()));
        let mut map = Self::default();
        if parent != "none" {
            map = Self::find(&parent, own, wrong, on_the_way).unwrap_or_else(|| {
                let near = hint(&parent, built_in_names().chain(["none"]));
                wrong.push(Mistake::new(at, format!("there is no keymap `{parent}`{near}")).in_file(&source.file));
                Self::read(&DEFAULT).0
            });
        }
        map.lay(source, wrong);
        map
    }

    /// Lays a keymap over this one: verbs that it names get its keys, and what it binds loses its former meaning.
    fn lay(&mut self, source: &Source, wrong: &mut Vec<String>) {
        let mut mistakes = Vec::new();
        match located::read(&source.text) {
            Err(mistake) => mistakes.push(mistake),
            Ok(root) => self.lay_all(&root, &mut mistakes),
        }
        mistakes.sort_by_key(|mistake| mistake.at);
        wrong.extend(mistakes.iter().map(|mistake| mistake.in_file(&source.file)));
    }

    fn lay_all(&mut self, root: &Located, wrong: &mut Vec<Mistake>) {
        let mut bound: Vec<Bound> = Vec::new();
        for (name, at, verbs) in root.entries("a keymap", wrong) {
            if name == "inherits" {
                continue;
            }
            let Some(scope) = Scope::named(&name) else {
                let near = hint(&name, Scope::names().split(", "));
                wrong.push(Mistake::new(at, format!("`{name}` is no scope; there are {}{near}", Scope::names())));
                continue;
            };
            for (id, at, keys) in verbs.entries(&name, wrong) {
                collect(scope, (&id, at), keys, &mut bound, wrong);
            }
        }
        for verb in bound.iter().map(|bound| bound.verb) {
            self.unbind(verb);
        }
        clashes(&mut bound, wrong);
        for (one, (keys, _)) in bound.iter().flat_map(|one| one.keys.iter().map(move |keys| (one, keys))) {
            self.free(one.scope, keys);
        }
        for one in bound {
            for (keys, _) in one.keys {
                self.bindings.entry((one.scope, keys.clone())).or_default().push(one.verb);
                self.keys.entry(one.verb).or_default().push(keys);
            }
        }
    }

    fn unbind(&mut self, verb: Verb) {
        self.keys.remove(&verb);
        self.bindings.retain(|_, own| {
            own.retain(|own| *own != verb);
            !own.is_empty()
        });
    }

    /// Unbinds what stands in the way of keys: the same, a beginning or a longer one.
    fn free(&mut self, scope: Scope, keys: &Keys) {
        let meets = |own: &Keys| own == keys || own.begins(keys) || keys.begins(own);
        self.bindings.retain(|(other, own), _| *other != scope || !meets(own));
        for (other, all) in &mut self.keys {
            let here = verb::VERBS.iter().any(|declared| declared.verb == *other && declared.scope == scope);
            all.retain(|own| !here || !meets(own));
        }
    }

    /// The verb of some keys: in the view's own scope first, then everywhere.
    pub fn verb(&self, scope: Scope, keys: &Keys) -> Option<Verb> {
        match self.look(scope, &keys.0) {
            Found::Verb(verb) => Some(verb),
            Found::More | Found::Nothing => None,
        }
    }

    /// What keys typed so far come to.
    pub fn look(&self, scope: Scope, typed: &[Chord]) -> Found {
        let typed = Keys(typed.to_vec());
        for scope in [scope, Scope::Global] {
            if let Some(verb) = self.bindings.get(&(scope, typed.clone())).and_then(|verbs| verbs.first()) {
                return Found::Verb(*verb);
            }
            if self.bindings.keys().any(|(other, keys)| *other == scope && typed.begins(keys)) {
                return Found::More;
            }
        }
        Found::Nothing
    }

    /// The verb among those that share some keys that is for a kind.
    pub fn for_kind(&self, scope: Scope, typed: &[Chord], plural: &str) -> Option<Verb> {
        let sharing = self.bindings.get(&(scope, Keys(typed.to_vec())))?;
        sharing.iter().copied().find(|verb| verb.is_for(plural))
    }

    /// What can follow the keys typed so far: the rest of the keys and what they do, in the order of the verbs' table.
    pub fn follow(&self, scope: Scope, typed: &[Chord]) -> Vec<(Keys, Verb)> {
        let before = Keys(typed.to_vec());
        let here = VERBS.iter().filter(|declared| declared.scope == scope || declared.scope == Scope::Global);
        let all = here.flat_map(|declared| self.keys(declared.verb).iter().map(|keys| (keys, declared.verb)));
        let fits = all.filter(|(keys, _)| before.begins(keys));
        fits.map(|(keys, verb)| (Keys(keys.0.iter().skip(typed.len()).copied().collect()), verb)).collect()
    }

    /// The keys of a verb, the one to show first.
    pub fn keys(&self, verb: Verb) -> &[Keys] {
        self.keys.get(&verb).map_or(&[], Vec::as_slice)
    }
}

fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter()
}

fn built_in(name: &str) -> Option<&'static str> {
    match name {
        "default" => Some(&DEFAULT),
        "k9s" => Some(include_str!("../../keymaps/k9s.yaml")),
        "vim" => Some(include_str!("../../keymaps/vim.yaml")),
        _ => None,
    }
}

fn inherits(root: &Located) -> Option<(String, At)> {
    let Node::Map(pairs) = &root.node else { return None };
    let (_, value) = pairs.iter().find(|(key, _)| key.word().as_deref() == Some("inherits"))?;
    Some((value.word()?, value.at))
}

/// A verb with the keys that a file gives it.
struct Bound {
    scope: Scope,
    verb: Verb,
    keys: Vec<(Keys, At)>,
}

/// Reads the keys of one verb; `none` leaves it without any.
fn collect(scope: Scope, (id, at): (&str, At), keys: &Located, bound: &mut Vec<Bound>, wrong: &mut Vec<Mistake>) {
    let Some(declared) = verb::declared(id) else {
        let near = hint(id, VERBS.iter().map(|declared| declared.id));
        wrong.push(Mistake::new(at, format!("`{id}` is no verb (see `?`){near}")));
        return;
    };
    if declared.scope != scope {
        wrong.push(Mistake::new(at, format!("`{id}` stands below `{}`", declared.scope.name())));
        return;
    }
    let Some(words) = keys.words() else {
        wrong.push(Mistake::new(keys.at, format!("{id}: a key, a list of keys, or `none`")));
        return;
    };
    let mut all = Vec::new();
    for (word, at) in words.iter().filter(|(word, _)| word != "none") {
        match word.parse() {
            Ok(keys) => all.push((keys, *at)),
            Err(e) => wrong.push(Mistake::new(*at, format!("{id}: {e}"))),
        }
    }
    bound.push(Bound { scope, verb: declared.verb, keys: all });
}

/// Keys that mean two things in one file: the first of them holds.
fn clashes(bound: &mut [Bound], wrong: &mut Vec<Mistake>) {
    let mut seen: Vec<(Scope, Keys, Verb, At)> = Vec::new();
    for one in bound {
        let (scope, verb) = (one.scope, one.verb);
        one.keys.retain(|(keys, at)| {
            let meets = |own: &Keys| own == keys || own.begins(keys) || keys.begins(own);
            let shares = |own: &Keys, former: Verb| own == keys && verb.never_meets(former);
            let other =
                seen.iter().find(|(other, own, former, _)| *other == scope && meets(own) && !shares(own, *former));
            let Some((_, own, former, place)) = other else {
                seen.push((scope, keys.clone(), verb, *at));
                return true;
            };
            let said = if own == keys {
                format!("{keys} means `{}` already (line {}), not `{}`", former.id(), place.line, verb.id())
            } else {
                format!("{keys} and {own} (`{}`, line {}) get in each other's way", former.id(), place.line)
            };
            wrong.push(Mistake::new(*at, said));
            false
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Keys {
        text.parse().unwrap()
    }

    #[test]
    fn the_built_in_keymaps_are_sound() {
        for name in BUILT_IN {
            let (map, wrong) = Keymap::named(name, None, &|_| None);
            assert_eq!(wrong, Vec::<String>::new(), "{name}");
            for verb in verb::VERBS.iter().filter(|_| name != "k9s") {
                assert!(!map.keys(verb.verb).is_empty() || verb.line_only, "{name}: {} has no key", verb.id);
            }
        }
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_the_rest_works() {
        let text = "table:\n  down: [j, hyper-x]\n  fliter: f\n  up: j\n  quit: Q\n  top: {}\nmoon: {}\n";
        let (map, wrong) = Keymap::read(text);
        let places: Vec<&str> = wrong.iter().filter_map(|said| said.split(": ").next()).collect();
        assert_eq!(places, ["keymap:2:13", "keymap:3:3", "keymap:4:7", "keymap:5:3", "keymap:6:8", "keymap:7:1"]);
        assert!(wrong[1].contains("did you mean `filter`?"), "{wrong:?}");
        assert!(wrong[2].contains("`down` already (line 2), not `up`"), "{wrong:?}");
        assert_eq!(map.verb(Scope::Table, &keys("j")), Some(Verb::Down));
    }

    #[test]
    fn actions_of_different_kinds_share_a_key() {
        let (map, wrong) = Keymap::read("table: {scale: s, suspend-cronjob: s, restart: [r, s], drain: r, top: t}");
        assert_eq!(wrong, ["keymap:1:52: s means `scale` already (line 1), not `restart`"]);
        assert_eq!(map.verb(Scope::Table, &keys("s")), verb::named("scale"));
        let for_kind = |typed: &str, kind| map.for_kind(Scope::Table, &keys(typed).0, kind);
        assert_eq!(for_kind("s", "cronjobs"), verb::named("suspend-cronjob"));
        assert_eq!(for_kind("s", "pods"), None);
        assert_eq!(for_kind("r", "nodes"), verb::named("drain"));
        assert_eq!(
            (map.keys(verb::named("suspend-cronjob").unwrap()), map.keys(verb::named("drain").unwrap())),
            ([keys("s")].as_slice(), [keys("r")].as_slice())
        );
    }

    #[test]
    fn single_verbs_are_changed_and_none_unbinds() {
        let over = Source { file: "keymap.yaml".into(), text: "table: {top: g g, wide: none, faults: j}".into() };
        let (map, wrong) = Keymap::named("default", Some(&over), &|_| None);
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(map.look(Scope::Table, &keys("g").0), Found::More);
        assert_eq!(map.verb(Scope::Table, &keys("g g")), Some(Verb::Top));
        assert_eq!(map.verb(Scope::Table, &keys("home")), None, "the verb has the new keys alone");
        assert!(map.keys(Verb::Wide).is_empty());
        assert_eq!(map.verb(Scope::Table, &keys("j")), Some(Verb::Faults));
        assert_eq!(map.keys(Verb::Down), [keys("down")], "what lost its key does not claim it");
        assert_eq!(map.follow(Scope::Table, &keys("g").0), [(keys("g"), Verb::Top)]);
    }

    #[test]
    fn own_keymaps_inherit() {
        let own = |name: &str| {
            let text = match name {
                "mine" => "inherits: vim\ntable: {mark: m}",
                "default" => "global: {quit: Q}",
                "lost" => "inherits: vmi\n",
                _ => return None,
            };
            Some(Source { file: format!("keymaps/{name}.yaml"), text: text.into() })
        };
        let (map, wrong) = Keymap::named("mine", None, &own);
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(map.verb(Scope::Table, &keys("m")), Some(Verb::Mark));
        assert_eq!(map.verb(Scope::Table, &keys("g g")), Some(Verb::Top));
        let (map, _) = Keymap::named("default", None, &own);
        assert_eq!(map.verb(Scope::Global, &keys("Q")), Some(Verb::Quit));
        assert_eq!(map.verb(Scope::Table, &keys("j")), Some(Verb::Down));
        let (_, wrong) = Keymap::named("lost", None, &own);
        assert_eq!(wrong, ["keymaps/lost.yaml:1:11: there is no keymap `vmi`; did you mean `vim`?"]);
    }
}
