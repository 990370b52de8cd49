//! Is it true: every table says what it is.

use super::harness::Console;
use super::things::{self, fault, in_namespace, pod, pods, pods_everywhere, shop};
use rk9s::app::effect::{Ask, Effect};
use rk9s::app::msg::{Answer, Msg};
use rk9s::cluster::fault::Class;
use rk9s::config::{Forced, Settings};
use rk9s::kinds::Word;
use rk9s::store::delta::{Batch, Delta, State};
use rk9s::views::bar;

#[test]
fn the_first_paint_needs_no_network() {
    let mut console = Console::start(pods("shop"));
    let text = console.paint();
    assert!(text.contains("◌ connecting") && text.contains("shop") && text.contains("pods"), "{text}");
    assert!(text.contains("Reading pods in shop …"), "empty is never blank: {text}");
    let effects = console.effects();
    assert!(matches!(effects.as_slice(), [Effect::ReadContexts, Effect::Connect { context: None, .. }]), "{effects:?}");
}

#[test]
fn a_connection_starts_one_watch_and_nothing_waits_for_discovery() {
    let mut console = Console::start(pods("shop"));
    console.effects();
    console.connect("prod-eu");
    let effects = console.effects();
    let [Effect::Watch { want, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(want.namespace.as_deref(), Some("shop"));
    assert_eq!(want.resume, None);
    console.list(shop());
    let asked: Vec<_> = console.effects().into_iter().filter(|effect| matches!(effect, Effect::Ask { .. })).collect();
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Ask { what: Ask::Catalog, .. })), "{asked:?}");
}

#[test]
fn syncing_thousands_counts_as_it_goes() {
    let mut console = Console::start(pods_everywhere());
    console.connect("prod-eu");
    let first = (0..3_500).map(|n| Delta::Put(in_namespace("shop", &format!("web-{n:04}"))));
    console.deltas([Delta::State(State::Syncing), Delta::Begin].into_iter().chain(first).collect());
    let bar = console.bar();
    assert!(bar.contains("◐ syncing 3,500"), "{bar}");
    assert_eq!(console.names()[0], "web-0000", "the first list is shown as it arrives");
    console.deltas(vec![Delta::End, Delta::State(State::Live)]);
    assert!(console.bar().contains("● live 3,500"));
}

#[test]
fn live_counts_what_is_there_and_what_is_not_well() {
    let bar = Console::live(shop()).bar();
    assert!(bar.contains("● live 4") && bar.contains("!1"), "{bar}");
}

#[test]
fn an_empty_namespace_says_so_and_what_to_do() {
    let mut console = Console::live(Vec::new());
    let text = console.paint();
    assert!(text.contains("There are no pods in shop.") && text.contains("0 shows all namespaces."), "{text}");
    assert!(text.contains("● live 0"));
}

#[test]
fn forbidden_is_never_an_empty_table() {
    let mut console = Console::start(pods("shop"));
    console.connect("prod-eu");
    console.deltas(vec![Delta::State(State::Refused(fault(Class::Forbidden)))]);
    let text = console.paint();
    assert!(text.contains("⊘ forbidden: list pods in shop"), "{text}");
    assert!(text.contains("pods cannot be shown"), "{text}");
    assert!(text.contains("connection timed out"), "the server's own words: {text}");
    assert!(!text.contains("no pods"), "{text}");
}

#[test]
fn where_all_is_forbidden_the_readable_namespaces_are_shown() {
    let mut console = Console::start(pods_everywhere());
    console.app.remembered.insert("prod-eu".into(), vec!["web".into()]);
    console.connect("prod-eu");
    let first = console.watch();
    console.effects();
    console.deltas(vec![Delta::State(State::Refused(fault(Class::Forbidden)))]);
    let effects = console.effects();
    let ask = effects.iter().find_map(|effect| match effect {
        Effect::Ask { ask, what: Ask::Readable { plural, known, .. }, .. } => {
            Some((*ask, plural.clone(), known.clone()))
        }
        _ => None,
    });
    let (ask, plural, known) = ask.expect("what may be read is asked");
    assert_eq!((plural.as_str(), known), ("pods", vec!["web".to_owned(), "shop".to_owned()]));
    console.tell(Msg::Answer(ask, Answer::Readable(Ok(vec!["shop".into(), "web".into()]))));
    let effects = console.effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Unwatch(watch) if *watch == first)), "{effects:?}");
    let watched: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::Watch { .. })).collect();
    assert_eq!(watched.len(), 2);
    let feeds: Vec<_> = console.app.table().unwrap().feeds.iter().map(|feed| feed.watch.unwrap()).collect();
    for (watch, name) in feeds.into_iter().zip(["shop", "web"]) {
        console.tell(Msg::Watch(watch, things::listed(vec![in_namespace(name, "a")])));
    }
    let bar = console.bar();
    assert!(bar.contains("◑ 2 of 2 namespaces") && bar.contains("live 2"), "{bar}");
    console.effects();
    console.line("q");
    let seen = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Remember(memory) => Some(memory.namespaces),
        _ => None,
    });
    assert_eq!(seen, Some(vec!["shop".into(), "web".into()]), "and they are remembered");
}

#[test]
fn one_of_several_namespaces_that_is_forbidden_makes_the_table_partial() {
    let mut console = Console::start(rk9s::app::subject::Subject {
        scope: rk9s::app::subject::Scope::In(vec!["shop".into(), "web".into(), "db".into()]),
        ..pods("shop")
    });
    console.connect("prod-eu");
    let feeds: Vec<_> = console.app.table().unwrap().feeds.iter().map(|feed| feed.watch.unwrap()).collect();
    assert_eq!(feeds.len(), 3, "a table is a union of watches");
    console.tell(Msg::Watch(feeds[0], things::listed(vec![in_namespace("shop", "a")])));
    console.tell(Msg::Watch(feeds[1], things::listed(vec![in_namespace("web", "a")])));
    let refused = Delta::State(State::Refused(fault(Class::Forbidden)));
    console.tell(Msg::Watch(feeds[2], things::batch(vec![refused])));
    let bar = console.bar();
    assert!(bar.contains("◑ 2 of 3 namespaces") && bar.contains("live 2"), "the rows that are shown are live: {bar}");
}

#[test]
fn stale_keeps_the_rows_and_says_since_when_and_the_next_try() {
    let mut console = Console::live(shop());
    let stale = State::Stale { since: things::NOON - 60, fault: fault(Class::Timeout), retry: things::NOON + 2 };
    console.deltas(vec![Delta::State(stale)]);
    console.resize(120, 24);
    let since = bar::clock(things::NOON - 60);
    let bar = console.bar();
    assert!(bar.contains(&format!("○ stale since {since}: connection timed out, next try in 2 s")), "{bar}");
    assert_eq!(console.names().len(), 4);
    console.wait(1);
    assert!(console.bar().contains("next try in 1 s"), "the countdown counts");
    console.resize(80, 24);
    let narrow = console.bar();
    assert!(narrow.contains("prod-eu") && narrow.contains("○ stale since"), "{narrow}");
}

#[test]
fn catching_up_shows_the_rows_of_before() {
    let mut console = Console::live(shop());
    console.deltas(vec![Delta::State(State::CatchingUp)]);
    let bar = console.bar();
    assert!(bar.contains("◐ catching up 4"), "{bar}");
    assert_eq!(console.names().len(), 4);
}

#[test]
fn a_list_read_again_leaves_neither_blanks_nor_ghosts() {
    let mut console = Console::live(vec![pod("a"), pod("b")]);
    console.deltas(vec![Delta::Begin, Delta::Put(pod("b"))]);
    assert_eq!(console.names(), ["a", "b"], "nothing vanishes before the list is whole");
    console.deltas(vec![Delta::Put(pod("c")), Delta::End]);
    assert_eq!(console.names(), ["b", "c"]);
}

#[test]
fn an_object_that_cannot_be_read_is_counted() {
    let mut console = Console::live(shop());
    console.deltas(vec![Delta::Unreadable("pods[3]: not a string".into())]);
    assert!(console.bar().contains("1 unreadable"));
}

#[test]
fn a_server_that_fell_silent_is_said_below() {
    let mut console = Console::live(shop());
    let id = console.app.session().unwrap().id;
    console.tell(Msg::Pulse(id, Err(fault(Class::Timeout))));
    assert!(console.foot().contains("no answer: connection timed out"));
    console.effects();
    console.keys("j");
    assert!(console.effects().iter().any(|e| matches!(e, Effect::Nudge(_))), "a key tries again at once");
    console.tell(Msg::Pulse(id, Ok(())));
    assert!(!console.foot().contains("no answer"));
}

#[test]
fn a_credential_that_nothing_renews_tells_what_is_left_of_it() {
    let mut console = Console::live(shop());
    let (id, now) = (console.app.session().unwrap().id, console.app.now.wall);
    for (left, said) in [(23 * 60, "login 23m"), (-5, "login expired")] {
        console.tell(Msg::Lapses(id, Some(now + left)));
        assert!(console.bar().contains(said), "{}", console.bar());
    }
    for well in [None, Some(now + 30 * 86_400)] {
        console.tell(Msg::Lapses(id, well));
        assert!(!console.bar().contains("login"), "{}", console.bar());
    }
}

#[test]
fn news_of_watches_that_are_gone_are_dropped() {
    let mut console = Console::live(shop());
    let gone = rk9s::app::effect::WatchId(9_999);
    console.tell(Msg::Watch(gone, Batch { deltas: vec![Delta::Put(pod("ghost"))], version: Some(Word::new("9")) }));
    assert_eq!(console.names().len(), 4);
    let gone = rk9s::app::effect::SessionId(9_999);
    console.tell(Msg::Connected(gone, Err(fault(Class::Tls))));
    console.tell(Msg::Pulse(gone, Err(fault(Class::Tls))));
    assert!(console.bar().contains("● live 4"));
}

#[test]
fn read_only_is_always_in_sight() {
    let settings = || Settings { forced: Forced::ReadOnly, ..Settings::default() };
    let mut console = Console::with(settings(), pods("shop"));
    assert!(console.bar().contains("RO"), "before the connection, too: {}", console.row(0));
    console.connect("prod-eu");
    console.list(shop());
    for width in [40, 60, 80, 120, 200] {
        console.resize(width, 24);
        let bar = console.bar();
        assert!(bar.split_whitespace().any(|word| word == "RO"), "{width}: {bar}");
        assert!(bar.contains("prod-eu") && bar.contains("live 4"), "{width}: {bar}");
    }
    let stale = State::Stale { since: things::NOON, fault: fault(Class::Timeout), retry: things::NOON + 2 };
    console.deltas(vec![Delta::State(stale)]);
    console.resize(40, 24);
    let bar = console.bar();
    assert!(bar.contains("prod-eu") && bar.contains(" RO ○ stale since"), "{bar}");
    console.line("contexts");
    assert!(console.bar().contains("RO"));
}
