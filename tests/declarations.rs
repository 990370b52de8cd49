#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! Everything declared once must be declared well: verbs, keys and kinds.

use rk9s::actions::ACTIONS;
use rk9s::app::line::{self, Line};
use rk9s::app::verb::{self, Scope, VERBS};
use rk9s::keys::Keymap;
use rk9s::keys::Keys;
use rk9s::keys::default::DEFAULT;
use rk9s::kinds::{From, Head, KINDS, Stays};
use rk9s::text::width;
use std::collections::{BTreeMap, HashMap, HashSet};

fn keymap() -> Keymap {
    let (map, wrong) = Keymap::read(&DEFAULT);
    assert_eq!(wrong, Vec::<String>::new());
    map
}

#[test]
fn verbs_have_an_id_help_and_a_key_or_a_line() {
    let map = keymap();
    let mut ids = HashSet::new();
    for declared in VERBS.iter() {
        let id = declared.id;
        assert!(ids.insert(id), "{id} is declared twice");
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{id} is hard to type");
        assert!(!declared.help.is_empty() && width::of(declared.help) <= 60, "{id}: help is one line");
        assert!(
            !declared.help.ends_with('.') && !declared.help.starts_with(char::is_uppercase),
            "{id}: {}",
            declared.help
        );
        assert!(width::of(declared.hint) <= 10, "{id}: a hint is a word: {}", declared.hint);
        assert!(declared.line_only || !map.keys(declared.verb).is_empty(), "{id} cannot be reached");
        assert!(declared.hint.is_empty() || !map.keys(declared.verb).is_empty(), "{id} is hinted at without a key");
        assert_eq!(line::read(id), Ok(Line::Verb(declared.verb)), "`:{id}` runs it");
        assert_eq!(verb::named(id), Some(declared.verb));
    }
}

#[test]
fn no_command_hides_a_kind() {
    // `:jobs` goes to Kubernetes' own.
    for verb in VERBS.iter() {
        assert!(rk9s::kinds::find(verb.id).is_none(), "`:{}` is a kind", verb.id);
    }
    let served = std::fs::read_to_string("tests/fixtures/demo/discovery.json").unwrap();
    for verb in VERBS.iter() {
        assert!(!served.contains(&format!("\"resource\":\"{}\"", verb.id)), "`:{}` is a kind", verb.id);
    }
}

#[test]
fn no_two_verbs_of_a_scope_have_the_same_help() {
    let helps: HashSet<_> = VERBS.iter().map(|declared| (declared.scope, declared.help)).collect();
    assert_eq!(helps.len(), VERBS.len());
}

#[test]
fn a_key_means_one_thing_in_a_scope_and_nothing_hides_a_global_one() {
    let map = keymap();
    let mut meant: HashMap<(Scope, Keys), &str> = HashMap::new();
    for declared in VERBS.iter() {
        for chord in map.keys(declared.verb) {
            // Only actions that are never for the same kind share one.
            let before = meant.insert((declared.scope, chord.clone()), declared.id);
            let shares = |before: &str| verb::named(before).unwrap().never_meets(declared.verb);
            assert!(before.is_none_or(shares), "{chord} in {:?}: {before:?} and {}", declared.scope, declared.id);
            let bound = map.verb(declared.scope, chord).unwrap();
            assert!(bound == declared.verb || bound.never_meets(declared.verb), "{chord} is bound in its own scope");
        }
    }
    for ((scope, chord), id) in &meant {
        let global = meant.get(&(Scope::Global, chord.clone()));
        assert!(*scope == Scope::Global || global.is_none(), "{chord} is {id} in {scope:?} and {global:?} elsewhere");
    }
}

#[test]
fn keys_that_terminals_cannot_tell_apart_are_not_bound_apart() {
    let map = keymap();
    let chords: HashSet<String> = VERBS.iter().flat_map(|v| map.keys(v.verb)).map(ToString::to_string).collect();
    for (a, b) in [("^I", "tab"), ("^M", "↵"), ("^[", "esc"), ("^H", "backspace")] {
        assert!(!chords.contains(a), "{a} is {b} in most terminals");
    }
    assert!(!chords.iter().any(|chord| chord.starts_with("M-")), "Alt is Escape and the key");
}

#[test]
fn the_digits_are_the_favourites_in_order() {
    let map = keymap();
    for n in 1..=9 {
        let chord: Keys = n.to_string().parse().unwrap();
        assert_eq!(map.verb(Scope::Table, &chord).unwrap().favourite(), Some(n));
    }
}

#[test]
fn the_hints_of_each_scope_fit_a_screen_of_eighty_columns_with_help_and_command() {
    let map = keymap();
    let hinted = |scope| VERBS.iter().filter(move |v| v.scope == scope && !v.hint.is_empty());
    let long = |scope| {
        hinted(scope).map(|v| width::of(&map.keys(v.verb)[0].to_string()) + width::of(v.hint) + 3).sum::<usize>()
    };
    let everywhere: Vec<&str> = hinted(Scope::Global).map(|v| v.id).collect();
    assert_eq!(everywhere, ["command", "help"]);
    for scope in [Scope::Table, Scope::Text] {
        assert!(long(scope) + long(Scope::Global) <= 90, "{scope:?}: {} columns of hints", long(scope));
    }
}

#[test]
fn names_of_kinds_are_unique_and_no_verb_has_one() {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for kind in KINDS {
        let names = kind.names();
        let mut own: Vec<String> = [names.plural, names.singular, names.kind]
            .into_iter()
            .chain(names.short.iter().copied())
            .map(str::to_lowercase)
            .collect();
        own.sort();
        own.dedup();
        for name in own {
            let before = taken.insert(name.clone(), names.plural);
            assert_eq!(before, None, "`{name}` also means {}", names.plural);
            assert!(
                matches!(line::read(&name), Ok(Line::Go(_)) | Ok(Line::Namespace(None))),
                "`:{name}` opens the kind"
            );
            assert_eq!(rk9s::kinds::find(&name).map(|found| found.names().plural), Some(names.plural));
        }
        assert!(!names.version.is_empty() && !names.kind.is_empty());
    }
}

#[test]
fn columns_are_titled_once_and_what_names_a_row_never_gives_way() {
    for kind in KINDS {
        let plural = kind.names().plural;
        let heads = kind.heads();
        let mut titles = HashSet::new();
        for head in &heads {
            assert!(titles.insert(head.title.clone()), "{plural}: {} twice", head.title);
            assert!(head.short.is_empty() || titles.insert(head.short.clone()), "{plural}: {} twice", head.short);
            assert_eq!(head.title, head.title.to_uppercase(), "{plural}");
            assert!(width::of(&head.short) <= width::of(&head.title), "{plural}: {} is not shorter", head.short);
        }
        // Events go by their object: kubectl shows no name of theirs, either.
        let names = |head: &&Head| head.from == From::Name || plural == "events" && head.title == "OBJECT";
        let name = heads.iter().find(names);
        assert!(name.is_some_and(|head| head.stays == Stays::Always && !head.wide), "{plural}: {name:?}");
    }
}

/// `UPDATE=1` writes the tables anew.
#[test]
fn the_tables_of_the_readme_are_what_is_declared() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let tables = [("settings", rk9s::config::declared::reference()), ("actions", rk9s::actions::reference())];
    for (name, table) in tables {
        let (before, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
        let (told, after) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
        assert!(is_updated() || told == table, "{name}: UPDATE=1 writes it");
        text = format!("{before}<!-- {name} -->\n{table}<!-- /{name} -->{after}");
    }
    if is_updated() {
        std::fs::write(&path, text).unwrap();
    }
}

/// `UPDATE=1` writes them anew.
#[test]
fn the_default_keymap_has_the_keys_that_actions_declare() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("keymaps/default.yaml");
    if is_updated() {
        std::fs::write(&path, DEFAULT.as_str()).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == *DEFAULT, "UPDATE=1 writes it");
}

fn is_updated() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// The demo's cluster has none of these.
const UNSERVED: [(&str, &str); 1] = [("", "replicationcontrollers")];

/// What is called otherwise there would never be under the cursor.
#[test]
fn actions_are_for_kinds_that_there_are() {
    let catalog = rk9s::demo::catalog::Catalog::default();
    let served = |kind: &(&str, &str)| catalog.all().iter().any(|own| (&*own.group, &*own.plural) == *kind);
    for action in ACTIONS {
        let unknown: Vec<_> = action.kinds.iter().filter(|kind| !served(kind) && !UNSERVED.contains(kind)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", action.id);
    }
}
