//! Pages: Enter leads on, Esc leads back to what was left, and the watches follow.

use super::harness::Console;
use super::things::{self, Things, in_namespace, pod, pods, shop};
use rk9s::app::effect::{Ask, Effect, WatchId};
use rk9s::app::msg::{Answer, Msg};
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::config::Settings;
use rk9s::kinds::{Head, Item, Kind, Lead, Names, Owner, Row, Word, Words};
use rk9s::store::delta::{Delta, State};

/// A kind whose rows lead to pods in some way.
struct Leading(Names, Lead);

impl Kind for Leading {
    fn names(&self) -> &'static Names {
        match self.0.plural {
            "nodes" => &NODES.0,
            "namespaces" => &NAMESPACES.0,
            _ => &DEPLOYMENTS.0,
        }
    }
    fn heads(&self) -> Vec<Head> {
        Things.heads()
    }
    fn lead(&self) -> Lead {
        self.1
    }
    fn rows(&self, _: &Item, _: &mut Words, _: &mut Vec<Row>) -> Result<(), String> {
        Err("rows are built by hand here".into())
    }
}

const fn names(plural: &'static str, singular: &'static str, namespaced: bool) -> Names {
    Names { group: "", version: "v1", plural, singular, kind: singular, short: &[], namespaced }
}

static NODES: Leading = Leading(names("nodes", "node", false), Lead::NodePods);
static NAMESPACES: Leading = Leading(names("namespaces", "namespace", false), Lead::NamespacePods);
static DEPLOYMENTS: Leading = Leading(names("deployments", "deployment", true), Lead::SelectedPods);

fn on(kind: &'static dyn Kind, row: Row) -> Console {
    let of = Of::Known(kind);
    let scope = if of.is_namespaced() { Scope::one("shop") } else { Scope::All };
    let mut console = Console::start(Subject::new(of, scope));
    console.connect("prod-eu");
    console.list(vec![row]);
    console.effects();
    console
}

/// What the only watch that was started asks for: namespace, labels, fields.
fn wanted(console: &mut Console) -> (Option<String>, Option<String>, Option<String>) {
    let watches: Vec<_> = console
        .effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Watch { want, .. } if matches!(want.source, rk9s::app::want::Source::Rows(_)) => Some(want),
            _ => None,
        })
        .collect();
    assert_eq!(watches.len(), 1, "{watches:?}");
    let want = watches.into_iter().next().unwrap();
    (want.namespace, want.labels, want.fields)
}

fn ended(console: &mut Console) -> Vec<WatchId> {
    let effects = console.effects();
    effects.into_iter().filter_map(|e| if let Effect::Unwatch(id) = e { Some(id) } else { None }).collect()
}

#[test]
fn enter_leads_to_the_pods_below() {
    let cluster = |name: &str| Row { namespace: Word::default(), ..pod(name) };
    let mut console = on(&NODES, cluster("node-b1"));
    console.keys("enter");
    assert_eq!(wanted(&mut console), (None, None, Some("spec.nodeName=node-b1".into())));
    console.resize(120, 24);
    let bar = console.bar();
    assert!(bar.contains("all › node/node-b1 › pods"), "{bar}");

    let mut console = on(&NAMESPACES, cluster("shop"));
    console.keys("enter");
    assert_eq!(wanted(&mut console), (Some("shop".into()), None, None));

    let mut console = on(&DEPLOYMENTS, Row { link: Some(Word::new("app=orders")), ..pod("orders") });
    console.keys("enter");
    assert_eq!(wanted(&mut console), (Some("shop".into()), Some("app=orders".into()), None));

    let mut console = on(&DEPLOYMENTS, pod("orders"));
    console.keys("enter");
    assert_eq!(console.said(), Some("orders selects no pods"));
}

#[test]
fn a_pod_leads_to_its_containers() {
    let mut console = Console::live(vec![pod("web")]);
    console.effects();
    console.keys("enter");
    assert_eq!(wanted(&mut console), (Some("shop".into()), None, Some("metadata.name=web".into())));
    console.resize(120, 24);
    let bar = console.bar();
    assert!(bar.contains("shop › pod/web › containers"), "{bar}");
    console.keys("esc");
    assert_eq!(console.cursor().0, "web");
}

#[test]
fn escape_leads_back_to_the_same_cursor_filter_and_scroll() {
    let rows = (0..90).map(|n| pod(&format!("web-{n:02}"))).chain([pod("other")]).collect();
    let mut console = Console::live(rows);
    console.keys("/ w e b - enter pgdn pgdn k k k right A A");
    let (before, names) = (console.cursor(), console.names());
    console.line("pods web");
    console.list(vec![in_namespace("web", "x")]);
    assert_eq!(console.names(), ["x"]);
    console.keys("esc");
    assert_eq!(console.names(), names);
    assert_eq!(console.cursor(), before);
    assert!(console.bar().contains("/web-"));
    assert_eq!(console.app.table().unwrap().scroll, 1);
}

#[test]
fn a_page_that_was_left_is_watched_for_thirty_seconds_more() {
    let mut console = Console::live(shop());
    let below = console.watch();
    console.line("pods web");
    let above = console.watch();
    assert_ne!(below, above);
    console.list(Vec::new());
    console.effects();
    console.wait(29);
    assert_eq!(ended(&mut console), []);
    let wakes = console.app.wakes_at().unwrap();
    assert!(wakes <= console.now.mono + 1_000, "it asks to be woken for that");
    console.wait(1);
    assert_eq!(ended(&mut console), [below]);
    console.tell(Msg::Watch(below, things::listed(vec![pod("late")])));
    console.keys("esc");
    assert_eq!(console.names().len(), 4, "late news of the ended watch are dropped; the rows were kept");
}

#[test]
fn a_page_on_the_way_back_resumes_where_it_stopped() {
    let mut console = Console::live(shop());
    console.line("pods web");
    console.wait(31);
    console.effects();
    console.keys("esc");
    let effects = console.effects();
    let resumed = effects.iter().find_map(|effect| match effect {
        Effect::Watch { want, .. } => Some(want.resume.clone()),
        _ => None,
    });
    assert_eq!(resumed, Some(Some(Word::new("41"))), "{effects:?}");
    assert_eq!(console.names().len(), 4);
    let bar = console.bar();
    assert!(!bar.contains("● live"), "nobody has looked for a while: {bar}");
    console.deltas(vec![Delta::State(State::CatchingUp)]);
    assert!(console.bar().contains("◐ catching up 4"));
    console.deltas(vec![Delta::State(State::Live)]);
    assert!(console.bar().contains("● live 4"));
}

#[test]
fn a_page_whose_list_was_never_whole_reads_again() {
    let mut console = Console::start(pods("shop"));
    console.connect("prod-eu");
    console.deltas(vec![Delta::State(State::Syncing), Delta::Begin, Delta::Put(pod("a"))]);
    console.line("pods web");
    console.wait(31);
    console.effects();
    console.keys("esc");
    let effects = console.effects();
    assert!(effects.iter().any(|e| matches!(e, Effect::Watch { want, .. } if want.resume.is_none())), "{effects:?}");
}

#[test]
fn coming_back_soon_goes_on_with_the_same_watch() {
    let mut console = Console::live(shop());
    let watch = console.watch();
    console.line("pods web");
    console.list(vec![in_namespace("web", "x")]);
    console.tell(Msg::Watch(watch, things::batch(vec![Delta::Put(pod("while-away"))])));
    console.keys("esc");
    console.wait(3);
    assert_eq!(console.watch(), watch);
    assert_eq!(console.names().len(), 5);
    assert!(console.bar().contains("● live 5"));
    console.effects();
    console.line("pods web");
    let effects = console.effects();
    assert!(!effects.iter().any(|e| matches!(e, Effect::Watch { .. })), "and so does the one above: {effects:?}");
    assert_eq!(console.names(), ["x"]);
}

#[test]
fn a_filter_of_a_page_is_left_before_the_page() {
    let mut console = Console::live(shop());
    console.line("pods web");
    console.list(vec![in_namespace("web", "x")]);
    console.keys("/ x enter ctrl-z");
    console.keys("esc");
    assert_eq!(console.app.table().unwrap().filter_text, "", "one step");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::one("web"));
    console.keys("esc");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::one("shop"));
    console.keys("esc q esc");
    assert_eq!(console.names().len(), 4, "there is nothing below the root");
}

#[test]
fn the_owner_and_the_node_are_one_key_away() {
    let owner = Owner { api_version: Word::new("apps/v1"), kind: Word::new("ReplicaSet"), name: Word::new("web-5c8d") };
    let mut console = Console::live(vec![Row { owner: Some(owner.into()), ..pod("web-5c8d-x") }]);
    // What is for the owner says where that is.
    for (key, way) in [
        ("s", "; J leads to its owner"),
        ("Z", "; J leads to its owner"),
        ("D", "; o leads to its node"),
        ("t", "not for pods"),
    ] {
        console.keys(key);
        let said = console.said().unwrap_or_default();
        assert!(said.ends_with(way), "{key}: {said}");
    }
    console.keys("J");
    let table = console.app.table().unwrap();
    assert!(table.subject.of.name().to_lowercase().starts_with("replicaset"), "{:?}", table.subject);
    assert_eq!(table.seek.as_deref(), Some("web-5c8d"));
    console.keys("esc o");
    let table = console.app.table().unwrap();
    assert_eq!((table.subject.of.name().as_str(), table.seek.as_deref()), ("nodes", Some("node-a2")));
    let mut console = Console::live(vec![pod("alone")]);
    console.keys("J");
    assert_eq!(console.said(), Some("nothing owns alone"));
}

#[test]
fn digits_and_the_picker_go_to_namespaces() {
    let settings = Settings::of("favourites: [web]");
    let mut console = Console::with(settings, pods("shop"));
    console.connect("prod-eu");
    console.list(shop());
    console.keys("1");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::one("web"));
    console.keys("0");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::All);
    assert!(console.bar().contains("·all›pods"));
    console.keys("2");
    assert!(console.said().is_some_and(|said| said.contains("no favourite namespace 2")), "{:?}", console.said());
    console.effects();
    console.keys("ctrl-n");
    let ask = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask { ask, what: Ask::Namespaces, .. } => Some(ask),
        _ => None,
    });
    assert!(console.paint().contains("all namespaces"), "it opens at once");
    console.tell(Msg::Answer(ask.unwrap(), Answer::Namespaces(Ok(vec!["db".into(), "shop".into(), "web".into()]))));
    assert!(console.paint().contains("db"));
    console.type_text("sho");
    console.keys("enter");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::one("shop"));
}

#[test]
fn namespaces_that_may_not_be_listed_leave_the_picker_usable() {
    let mut console = Console::live(shop());
    console.effects();
    console.keys("ctrl-n");
    let Some(Effect::Ask { ask, .. }) = console.effects().pop() else { panic!("the namespaces are asked for") };
    console.tell(Msg::Answer(ask, Answer::Namespaces(Err(things::fault(rk9s::cluster::fault::Class::Forbidden)))));
    console.keys("enter");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::All);
}

#[test]
fn history_brings_the_pods_of_a_node_back_and_not_all_pods() {
    let mut console = on(&NODES, Row { namespace: Word::default(), ..pod("node-b1") });
    console.keys("enter");
    console.line("contexts");
    console.effects();
    console.keys("[");
    let fields = console.app.table().unwrap().subject.fields.clone();
    assert_eq!(fields.as_deref(), Some("spec.nodeName=node-b1"));
}

#[test]
fn help_messages_and_net_are_pages() {
    let mut console = Console::live(shop());
    console.keys("?");
    let text = console.paint();
    assert!(text.contains("In tables") && text.contains("down one row"), "{text}");
    console.keys("G");
    assert!(console.paint().contains("@CONTEXT"), "it scrolls to the end");
    console.keys("g ?");
    assert_eq!(console.names().len(), 4, "the same key closes it");
    console.line("messages");
    assert!(console.paint().contains("Nothing was said yet."));
    console.keys("esc");
    console.tell(Msg::Notice(Err("the settings: no".into())));
    console.line("messages");
    assert!(console.paint().contains("the settings: no"));
    console.keys("esc");
    console.line("net");
    let text = console.paint();
    assert!(text.contains("prod-eu  https://prod-eu:6443") && text.contains("pods in shop") && text.contains("live"));
    console.keys("q");
    assert_eq!(console.names().len(), 4);
}

#[test]
fn a_long_message_grows_upward_to_three_lines_and_a_key_ends_it() {
    let mut console = Console::live(shop());
    let long = "the server said so ".repeat(12);
    console.tell(Msg::Notice(Err(long)));
    console.paint();
    let said: Vec<String> = (20..24).map(|y| console.row(y)).collect();
    assert!(said[1..].iter().all(|row| row.contains("server")), "{said:?}");
    console.keys("j");
    assert!(console.foot().contains("help"));
}
