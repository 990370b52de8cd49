//! The `:` line: completion, kinds, contexts, what is wrong with a line; pasting; history.

use super::harness::Console;
use super::things::{pod, pods, shop};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use rk9s::app::effect::{Ask, AskId, Effect};
use rk9s::app::msg::{Answer, ContextRow, Msg};
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::cluster::catalog::{Catalog, Served};
use rk9s::cluster::fault::{Class, Fault};

fn served(plural: &str, group: &str, namespaced: bool) -> Served {
    let singular = plural.trim_end_matches('s').to_owned();
    Served {
        scales: false,
        group: group.into(),
        version: "v1".into(),
        plural: plural.into(),
        kind: singular.clone(),
        singular,
        short: Vec::new(),
        namespaced,
        verbs: ["list", "watch"].map(String::from).into(),
    }
}

/// Answers the question for what the server serves.
fn answer_catalog(console: &mut Console) {
    let ask: Option<AskId> = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask { ask, what: Ask::Catalog, .. } => Some(ask),
        _ => None,
    });
    let kinds = [("widgets", "a.example.com", true), ("widgetsets", "b.example.com", true), ("zones", "dns.io", false)];
    let served = kinds.map(|(plural, group, namespaced)| served(plural, group, namespaced)).into();
    let catalog = Catalog { served, ..Catalog::default() };
    console.tell(Msg::Answer(ask.expect("discovery is asked"), Answer::Catalog(Ok(catalog))));
}

fn known() -> Console {
    let mut console = Console::live(shop());
    answer_catalog(&mut console);
    let context = |name: &str| ContextRow { name: name.into(), ..ContextRow::default() };
    console.tell(Msg::Contexts(vec![context("prod-eu"), context("dev")]));
    console
}

#[test]
fn completions_follow_what_is_typed_and_tab_takes_them() {
    let mut console = known();
    console.keys(": w i d");
    let foot = console.foot();
    assert!(foot.starts_with(":wid") && foot.contains("widgets") && foot.contains("widgetsets"), "{foot}");
    console.keys("tab");
    assert!(console.foot().starts_with(":widgets"));
    console.keys("tab");
    assert!(console.foot().starts_with(":widgetsets"));
    console.keys("backtab enter");
    assert_eq!(console.app.table().unwrap().subject.of.name(), "widgets.a.example.com");
    console.keys(":");
    console.type_text("ctx d");
    assert!(console.foot().contains("dev"));
    console.keys("tab enter");
    assert!(console.bar().contains("dev"));
}

#[test]
fn an_unknown_kind_is_an_error_with_the_view_left_alone() {
    let mut console = known();
    console.line("gadgets");
    let said = console.said().unwrap_or_default().to_owned();
    assert!(said.contains("the server has no kind `gadgets`"), "{said}");
    assert_eq!(console.names().len(), 4);
}

#[test]
fn before_discovery_an_unknown_kind_is_looked_for() {
    let mut console = Console::live(shop());
    console.line("gadgets");
    assert!(console.paint().contains("Looking for gadgets …"));
    assert!(console.bar().contains("◌ looking for gadgets"));
    answer_catalog(&mut console);
    let text = console.paint();
    assert!(!text.contains("Looking for"), "an answer without it ends the search: {text}");
    assert!(text.contains("The server has no kind `gadgets`") && text.contains("⊘ no kind gadgets"), "{text}");
}

#[test]
fn a_kind_asked_for_before_discovery_opens_when_it_is_known() {
    let mut console = Console::live(shop());
    console.line("widgets");
    answer_catalog(&mut console);
    let effects = console.effects();
    assert!(effects.iter().any(|e| matches!(e, Effect::Watch { .. })), "{effects:?}");
    assert!(console.bar().contains("widgets.a.example.com"));
}

/// The first page of a context may be of a kind that only the server knows: then no list comes before the question.
#[test]
fn a_kind_that_the_first_page_names_is_asked_for_and_again_after_a_failure() {
    let mut console = Console::start(Subject::new(Of::named("widgets", None), Scope::one("shop")));
    console.connect("prod-eu");
    let asked = |console: &mut Console| {
        console.effects().into_iter().find_map(|effect| match effect {
            Effect::Ask { ask, what: Ask::Catalog, .. } => Some(ask),
            _ => None,
        })
    };
    let first = asked(&mut console).expect("discovery is asked");
    let fault = Fault::new(Class::Unreachable, "get /apis", "connection refused");
    console.tell(Msg::Answer(first, Answer::Catalog(Err(fault))));
    assert!(console.paint().contains("What `widgets` is could not be asked"));
    assert_eq!(asked(&mut console), None, "not again and again by itself");
    console.keys("ctrl-r");
    assert!(console.paint().contains("Looking for widgets …"));
    assert!(asked(&mut console).is_some());
}

#[test]
fn an_ambiguous_prefix_names_the_candidates_and_a_unique_one_runs() {
    let mut console = known();
    console.line("widg");
    let said = console.said().unwrap_or_default();
    assert!(said.contains("`widg` could be widgets, widgetsets"), "{said}");
    console.line("zon");
    assert_eq!(console.app.table().unwrap().subject.of.name(), "zones.dns.io");
    assert_eq!(console.app.table().unwrap().subject.scope, Scope::All, "zones are in no namespace");
    console.line("widgets");
    let scope = console.app.table().unwrap().subject.scope.clone();
    assert_eq!(scope, Scope::one("shop"), "back in the namespace of before");
}

#[test]
fn a_whole_line_is_understood() {
    let mut console = known();
    console.effects();
    console.line("po web -l app=web @dev /cart");
    let effects = console.effects();
    assert!(effects.iter().any(|e| matches!(e, Effect::Connect { context: Some(name), .. } if name == "dev")));
    console.connect("dev");
    let table = console.app.table().unwrap();
    assert_eq!((&table.subject.scope, table.filter_text.as_str()), (&Scope::one("web"), "cart"));
    assert_eq!(table.subject.labels.as_deref(), Some("app=web"));
    console.keys("esc esc");
    assert!(console.bar().contains("dev"), "Esc does not leave the context");
}

#[test]
fn what_is_wrong_with_a_line_is_said() {
    for (line, says) in [
        ("po a b", "one word too many"),
        ("po -n", "-n needs a namespace"),
        ("po -x", "-x means nothing here"),
        ("po 'a", "a quote is not closed"),
    ] {
        let mut console = known();
        console.line(line);
        let said = console.said().unwrap_or_default();
        assert!(said.contains(says), "{line}: {said}");
        assert_eq!(console.names().len(), 4);
    }
}

#[test]
fn lines_of_before_come_back_with_up() {
    let mut console = known();
    console.line("zones");
    console.line("widgets");
    console.keys(": up");
    assert!(console.foot().starts_with(":widgets"));
    console.keys("up");
    assert!(console.foot().starts_with(":zones"));
    console.keys("down down");
    assert_eq!(console.app.prompt.as_ref().unwrap().line.text(), "");
    console.keys("backspace");
    assert!(console.app.prompt.is_none(), "backspace on nothing leaves");
}

#[test]
fn pasted_text_never_acts_as_keys() {
    let mut console = known();
    console.effects();
    console.paste(":q\nGGGc");
    assert_eq!(console.cursor().0, "cart-7d9f6c5b8-2xk4p");
    assert!(console.effects().is_empty() && !console.app.quits);
    console.keys(":");
    console.paste("q\n");
    assert!(!console.app.quits, "a newline in a paste is no Enter");
    assert!(console.foot().starts_with(":q"));
    console.keys("esc C");
    console.paste("kubectl\n");
    assert!(!console.effects().iter().any(|e| matches!(e, Effect::Copy(_))));
}

#[test]
fn alt_and_a_key_is_escape_and_the_key() {
    let mut console = known();
    console.keys("/ o r d enter");
    let alt_g = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::ALT);
    console.tell(Msg::Term(Event::Key(alt_g)));
    assert_eq!(console.names().len(), 4, "Esc took the filter away");
    assert_eq!(console.cursor().0, "report-29381120-x8k2m", "and G went to the end");
    console.keys(": alt-j");
    assert!(console.app.prompt.is_none(), "Esc left the prompt");
    console.keys("C alt-g");
    assert!(console.app.picker.is_none(), "Esc left the list");
    assert_eq!(console.cursor().0, "cart-7d9f6c5b8-2xk4p");
}

#[test]
fn history_goes_back_and_forth() {
    let mut console = known();
    console.line("zones");
    console.line("widgets");
    let name = |console: &Console| console.app.table().unwrap().subject.of.name();
    console.keys("[");
    assert_eq!(name(&console), "zones.dns.io");
    console.keys("[");
    assert_eq!(name(&console), "pods");
    console.keys("[");
    assert_eq!(console.said(), Some("there is no such view in the history"));
    console.keys("] ]");
    assert_eq!(name(&console), "widgets.a.example.com");
    console.keys("[");
    console.line("pods web");
    console.keys("]");
    assert_eq!(console.said(), Some("there is no such view in the history"), "a new way cuts the old one off");
}

#[test]
fn the_history_knows_the_namespace_and_the_filter() {
    let mut console = Console::start(pods("shop"));
    console.connect("prod-eu");
    console.list(vec![pod("a")]);
    console.line("pods web -l app=x");
    console.line("pods db");
    console.keys("[");
    let subject = &console.app.table().unwrap().subject;
    assert_eq!((subject.scope.clone(), subject.labels.as_deref()), (Scope::one("web"), Some("app=x")));
}

#[test]
fn leaving_is_colon_q_or_control_c_and_q_is_escape() {
    let mut console = known();
    console.keys("q q q esc");
    assert!(!console.app.quits, "q does nothing at the root");
    console.keys(": ctrl-c");
    assert!(!console.app.quits, "in a prompt it leaves the prompt");
    console.line("q");
    assert!(console.app.quits);
    let effects = console.effects();
    assert!(matches!(effects.last(), Some(Effect::Quit)), "{effects:?}");
    let remembered =
        effects.iter().any(|e| matches!(e, Effect::Remember(m) if m.context == "prod-eu" && m.view == "pods -n shop"));
    assert!(remembered, "{effects:?}");
    let mut console = known();
    console.keys("ctrl-c");
    assert!(console.app.quits);
}
