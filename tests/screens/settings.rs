//! Settings, keymaps and the palette: what they show, and that changed files hold at once.

use super::harness::Console;
use super::things::{pods, shop};
use rk9s::app::effect::Effect;
use rk9s::app::msg::Msg;
use rk9s::config::Settings;
use rk9s::config::texts::{Source, Texts};

fn config(text: &str) -> Texts {
    Texts { config: Some(Source { file: "config.yaml".into(), text: text.into() }), ..Texts::default() }
}

fn keymap(text: &str) -> Texts {
    Texts { keymap: Some(Source { file: "keymap.yaml".into(), text: text.into() }), ..Texts::default() }
}

fn told(console: &mut Console, texts: Texts) {
    console.tell(Msg::Config(Box::new(texts)));
}

#[test]
fn settings_are_shown_with_their_place_and_what_is_wrong() {
    let mut console = Console::live(shop());
    console.resize(120, 60);
    told(&mut console, config("readonly: maybe\nread: pages\ncontexts: {prod-eu: {alias: eu, favourites: [shop]}}\n"));
    assert!(console.foot().contains("config.yaml:1:11: readonly: `maybe` is neither true nor false; false holds"));
    console.line("settings");
    let text = console.paint();
    for line in [
        " What is wrong in the files",
        "   config.yaml:1:11: readonly: `maybe` is neither true nor false; false holds",
        " Settings in eu",
        "   read            pages  from config.yaml, line 2",
        "   alias           eu  from config.yaml, line 3, for this context",
        "   favourites      [shop]  from config.yaml, line 3, for this context",
        "   theme           dark  from the default",
        "     the colours: a built-in theme, or one of your themes/NAME.yaml. Takes name; default dark.",
        "   config.yaml",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    assert!(console.row(0).starts_with(" eu"));
}

#[test]
fn a_changed_file_holds_at_once_and_read_only_makes_the_connection_anew() {
    let mut console = Console::live(shop());
    told(&mut console, config("favourites: [web]"));
    console.effects();
    told(&mut console, config("favourites: [web]\nreadonly: true"));
    assert_eq!(console.said(), Some("the settings have changed and hold from now on"));
    let effects = console.effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Configure(_))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Connect { .. })), "{effects:?}");
    assert!(console.bar().contains(" RO "));
    told(&mut console, config("favourites: [web\nreadonly: {"));
    assert!(console.said().unwrap().ends_with("the settings stay as they were"));
    assert!(console.bar().contains(" RO "));
    console.keys("1");
    assert!(console.bar().contains("web"));
}

#[test]
fn keys_of_several_show_what_can_follow() {
    let mut console = Console::live(shop());
    told(&mut console, keymap("table: {top: g g, bottom: g e, to-owner: g o}"));
    console.keys("j j g");
    assert_eq!(console.foot(), " g   g top  e bottom  o to-owner");
    console.keys("g");
    assert_eq!(console.cursor().1, 0);
    console.keys("g e");
    assert_eq!(console.cursor().1, 3);
    console.keys("g x");
    assert_eq!(console.said(), Some("g x means nothing here"));
    console.keys("g esc");
    assert_eq!(console.said(), None);
    assert!(console.foot().contains("↵ open"));
    told(&mut console, keymap("table: {top: g, bottom: g g}"));
    assert!(console.said().unwrap().starts_with("keymap.yaml:1:25: g g and g (`top`, line 1)"), "{:?}", console.said());
    console.keys("g");
    assert_eq!(console.cursor().1, 0, "the first of two that clash holds");
}

#[test]
fn vim_and_k9s_keys() {
    let mut console = Console::live(shop());
    told(&mut console, config("keymap: vim"));
    console.keys("G space space");
    assert!(console.paint().contains("Commands"));
    console.keys("esc g g");
    assert_eq!(console.cursor().1, 0);
    told(&mut console, config("keymap: k9s"));
    console.keys("ctrl-a");
    assert!(console.paint().contains("Commands"));
    console.keys("esc");
    for (kind, key, action) in [("deployments", "s", "scale"), ("deployments", "r", "restart"), ("nodes", "r", "drain")]
    {
        console.line(&format!("{kind} -n shop"));
        console.list(shop());
        console.effects();
        console.keys(key);
        let effects = console.effects();
        let planned = |effect: &Effect| matches!(effect, Effect::Plan { action: own, .. } if *own == action);
        assert!(effects.iter().any(planned), "{key} on {kind}: {:?}, {effects:?}", console.said());
        console.keys("esc");
    }
}

#[test]
fn the_palette_lists_every_command_and_greys_with_a_reason() {
    let mut console = Console::live(shop());
    console.resize(100, 24);
    console.keys("ctrl-p");
    let text = console.paint();
    assert!(text.contains("↵            into the row") && text.contains("Commands"), "{text}");
    console.type_text("to-revi");
    let text = console.paint();
    assert!(text.contains("to-revisions  z            not now: only what is rolled out has revisions"), "{text}");
    console.keys("enter");
    assert_eq!(console.said(), Some("only what is rolled out has revisions"));
    console.keys("z");
    assert_eq!(console.said(), Some("only what is rolled out has revisions"), "the key says the same");
    console.keys("ctrl-p");
    console.type_text("sort-age");
    console.keys("enter");
    assert!(console.paint().contains("AGE↑"));
    console.keys("ctrl-p");
    console.type_text("services");
    console.keys("enter");
    assert!(console.bar().contains("services"));
}

#[test]
fn help_greys_what_is_not_possible_below_it() {
    let mut console = Console::live(shop());
    console.resize(120, 160);
    console.keys("?");
    let text = console.paint();
    assert!(
        text.contains("  z                 to the revisions of the workload: only what is rolled out has revisions")
    );
    assert!(text.lines().any(|line| line == "   ^W                more columns, or fewer"), "{text}");
    assert!(text.contains("the context before: there was no other context yet"));
}

#[test]
fn aliases_lead_where_they_say() {
    let settings = Settings::of("aliases: {pp: 'pods -A /crash', dep: apps/v1/deployments, loop: loop, q: pods}");
    let mut console = Console::with(settings, pods("shop"));
    console.connect("prod-eu");
    console.list(shop());
    console.line("pp");
    assert!(console.bar().contains("all›pods") && console.bar().contains("/crash"), "{}", console.bar());
    console.line("dep web");
    assert!(console.bar().contains("web›deployments"), "{}", console.bar());
    let names = console.app.completions("p");
    assert!(names.iter().any(|name| name == "pp"), "{names:?}");
    console.line("loop");
    console.line("q");
    assert!(console.app.quits, "no alias stands for a command");
}

#[test]
fn keys_reach_the_side_view_that_has_them() {
    let mut console = Console::live(shop());
    console.keys("tab");
    console.wait(1);
    console.keys("backtab");
    assert!(console.app.side_has_keys());
    console.keys("j w");
    assert_eq!(console.said(), None, "what is possible in a paper is possible there");
    console.line("line-down");
    assert_eq!(console.said(), None);
}
