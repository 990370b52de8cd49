//! No connection: a screen that says what was asked, what was said, what to do; and switching contexts.

use super::harness::Console;
use super::things::{self, fault, pod, pods, shop};
use rk9s::app::effect::Effect;
use rk9s::app::msg::{ContextRow, Msg};
use rk9s::cluster::fault::{Class, Fault};

const CLASSES: [Class; 6] =
    [Class::Unreachable, Class::Tls, Class::Credentials, Class::Timeout, Class::Forbidden, Class::Other];

fn failed(class: Class) -> Console {
    let mut console = Console::start(pods("shop"));
    let id = console.app.session().unwrap().id;
    let fault = Fault {
        asked: "connect to https://10.0.0.1:6443".into(),
        said: format!("{class:?} trouble"),
        hint: Some("check the kubeconfig".into()),
        ..fault(class)
    };
    console.tell(Msg::Connected(id, Err(fault)));
    console
}

#[test]
fn each_class_of_fault_says_what_was_asked_what_was_said_and_what_to_do() {
    for class in CLASSES {
        let text = failed(class).paint();
        assert!(text.contains("○ no connection"), "{text}");
        assert!(text.contains("No connection to the cluster"), "{text}");
        assert!(text.contains("Asked: connect to https://10.0.0.1:6443"), "{text}");
        assert!(text.contains(&format!("Said:  {class:?} trouble")), "{text}");
        assert!(text.contains("Do:    check the kubeconfig"), "{text}");
        assert!(text.contains("Next try in 2 s; ^R tries now."), "{text}");
        assert!(text.contains(":ctx shows the other contexts."), "{text}");
    }
}

#[test]
fn it_keeps_retrying_and_a_key_tries_now() {
    let mut console = failed(Class::Unreachable);
    console.effects();
    console.wait(1);
    assert!(console.paint().contains("Next try in 1 s"));
    assert_eq!(console.effects().len(), 0);
    console.wait(1);
    let effects = console.effects();
    assert!(matches!(effects.as_slice(), [Effect::Connect { context: None, .. }]), "{effects:?}");
    assert!(console.bar().contains("◌ connecting"));
    let id = console.app.session().unwrap().id;
    console.tell(Msg::Connected(id, Err(fault(Class::Unreachable))));
    assert!(console.paint().contains("Next try in 2 s"), "someone may be waiting");
    console.wait(130);
    console.tell(Msg::Connected(id, Err(fault(Class::Unreachable))));
    assert!(console.paint().contains("Next try in 30 s"), "after two minutes nobody is");
    console.keys("j");
    assert!(console.paint().contains("Next try in 2 s"), "now someone is");
    console.effects();
    console.keys("ctrl-r");
    assert!(console.effects().iter().any(|effect| matches!(effect, Effect::Connect { .. })));
}

#[test]
fn contexts_can_be_asked_whether_they_answer() {
    let mut console = Console::live(Vec::new());
    let contexts = ["dev", "prod-eu"].map(|name| ContextRow { name: name.into(), ..ContextRow::default() });
    console.resize(120, 24);
    console.tell(Msg::Contexts(contexts.to_vec()));
    console.line("ctx");
    console.effects();
    console.keys("R");
    assert!(matches!(console.effects().as_slice(), [Effect::Reach(name)] if name == "dev"));
    assert!(console.paint().contains("asking …"));
    console.tell(Msg::Reached("dev".into(), Ok(7)));
    assert!(console.paint().contains("answers in 7 ms"));
    console.tell(Msg::Reached("dev".into(), Err(fault(Class::Unreachable))));
    let text = console.paint();
    assert!(text.contains("no answer: connection timed out"), "{text}");
}

#[test]
fn when_the_connection_is_there_the_table_is_read() {
    let mut console = failed(Class::Unreachable);
    console.effects();
    console.connect("prod-eu");
    assert!(matches!(console.effects().as_slice(), [Effect::Watch { .. }]));
    console.list(shop());
    assert!(console.bar().contains("● live 4"));
}

fn contexts() -> Msg {
    let context = |name: &str| ContextRow { name: name.into(), cluster: name.into(), ..ContextRow::default() };
    let broken = ContextRow { broken: Some("the certificate is no PEM".into()), ..context("old") };
    Msg::Contexts(vec![ContextRow { current: true, ..context("prod-eu") }, context("dev"), broken])
}

#[test]
fn contexts_can_be_left_for_another_from_a_dead_one() {
    let mut console = failed(Class::Unreachable);
    console.tell(contexts());
    console.effects();
    console.line("ctx dev");
    let effects = console.effects();
    let connects = effects.iter().any(|e| matches!(e, Effect::Connect { context: Some(name), .. } if name == "dev"));
    assert!(connects, "{effects:?}");
    let text = console.paint();
    assert!(text.lines().next().unwrap().contains("dev"), "shown within a frame: {text}");
}

#[test]
fn the_contexts_are_a_table_also_without_a_connection() {
    let mut console = failed(Class::Unreachable);
    console.tell(contexts());
    console.line("ctx");
    let text = console.paint();
    assert!(text.contains("dev") && text.contains("old") && text.contains("broken"), "{text}");
    assert!(text.contains("CLUSTER") && text.contains("STATE"), "{text}");
    // The cursor is on the first by name: dev.
    console.effects();
    console.keys("enter");
    let effects = console.effects();
    assert!(effects.iter().any(|e| matches!(e, Effect::Connect { context: Some(name), .. } if name == "dev")));
}

#[test]
fn a_broken_context_is_refused_with_its_reason_and_disturbs_nothing() {
    let mut console = Console::live(shop());
    console.tell(contexts());
    console.line("ctx old");
    assert_eq!(console.said(), Some("context old cannot be used: the certificate is no PEM"));
    assert!(console.bar().contains("● live 4"));
}

#[test]
fn switching_is_instant_and_minus_goes_back_to_a_warm_session() {
    let mut console = Console::live(shop());
    console.tell(contexts());
    console.effects();
    console.line("ctx dev");
    let bar = console.bar();
    assert!(bar.contains("dev") && bar.contains("◌ connecting"), "{bar}");
    console.connect("dev");
    console.list(vec![pod("only-in-dev")]);
    assert_eq!(console.names(), ["only-in-dev"]);
    console.effects();
    console.keys("-");
    let bar = console.bar();
    assert!(bar.contains("prod-eu") && bar.contains("live 4"), "{bar}");
    let effects = console.effects();
    assert!(!effects.iter().any(|e| matches!(e, Effect::Connect { .. })), "it is warm: {effects:?}");
    console.keys("-");
    assert_eq!(console.names(), ["only-in-dev"], "and there again");
}

#[test]
fn a_late_answer_of_the_session_left_does_not_move_the_screen() {
    let mut console = Console::start(pods("shop"));
    let first = console.app.session().unwrap().id;
    console.tell(contexts());
    console.line("ctx dev");
    console.connect("dev");
    console.list(vec![pod("only-in-dev")]);
    console.tell(Msg::Connected(first, Err(fault(Class::Unreachable))));
    console.wait(60);
    assert!(console.bar().contains("dev") && console.bar().contains("● live 1"), "{}", console.row(0));
}

#[test]
fn the_last_three_stay_warm_and_the_fourth_is_let_go() {
    let mut console = Console::live(shop());
    let first = console.app.session().unwrap().id;
    let watch = console.watch();
    for name in ["b", "c", "d"] {
        console.line(&format!("ctx {name}"));
        console.connect(name);
    }
    let gone = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::Disconnect(id) if *id == first));
    assert!(!gone(&console.effects()));
    console.line("ctx e");
    let effects = console.effects();
    assert!(gone(&effects), "{effects:?}");
    assert!(effects.iter().any(|e| matches!(e, Effect::Unwatch(id) if *id == watch)), "{effects:?}");
    console.tell(Msg::Watch(watch, things::listed(vec![pod("late")])));
    assert!(!console.paint().contains("late"));
}

#[test]
fn no_former_context_is_said() {
    let mut console = Console::live(shop());
    console.keys("-");
    assert_eq!(console.said(), Some("there was no other context yet"));
}
