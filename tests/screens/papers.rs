//! Documents on the screen: opened, folded, searched, revealed, frozen, left.

use super::harness::Console;
use super::things;
use rk9s::app::effect::{Effect, PaperId};
use rk9s::app::msg::Msg;
use rk9s::cluster::fault::{Class, Fault};
use rk9s::cluster::papers::{Reveal, View, Want};
use rk9s::manifest;
use serde_json::json;

fn secret() -> serde_json::Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "shop", "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:data": {}}}]},
        "data": {"password": "Y2FuYXJ5LXZhbHVl", "user": "c2hvcA=="},
    })
}

/// The last paper that was asked for.
fn opened(console: &mut Console) -> (PaperId, Want) {
    let effects = console.effects();
    let open = effects.into_iter().rev().find_map(|effect| match effect {
        Effect::Open { paper, want, .. } => Some((paper, *want)),
        _ => None,
    });
    open.expect("a paper is read")
}

/// The YAML of the secret, opened on a row of the table.
fn yaml() -> (Console, PaperId) {
    let mut console = Console::live(vec![things::pod("db")]);
    console.keys("y");
    let (id, want) = opened(&mut console);
    assert_eq!((want.view, want.target.name.as_str()), (View::Yaml, "db"));
    let document = manifest::yaml(secret(), &Reveal::Nothing, 0);
    console.tell(Msg::Paper(id, Ok(document)));
    (console, id)
}

#[test]
fn yaml_is_read_folded_and_searched() {
    let (mut console, _) = yaml();
    let text = console.paint();
    assert!(text.contains("managedFields:  ⋯") && !text.contains("manager: kubectl"), "{text}");
    assert!(text.contains("● live") && text.contains("yaml pod/db"), "{text}");
    console.keys("/");
    console.type_text("manager: k");
    console.keys("enter");
    let text = console.paint();
    assert!(text.contains("manager: kubectl"), "the match was in a fold:\n{text}");
    console.keys("esc g");
    assert!(console.paint().contains("yaml pod/db"), "Esc ended the search only");
    console.keys("esc");
    assert!(console.paint().contains("NAME"), "and then the paper");
}

#[test]
fn secrets_are_masked_until_revealed_and_hidden_again_on_leaving() {
    let (mut console, _) = yaml();
    let text = console.paint();
    assert!(text.contains("password: '***'  # 12 bytes") || text.contains("password: \"***\"  # 12 bytes"), "{text}");
    assert!(!text.contains("canary") && !text.contains("Y2FuYXJ5"), "{text}");
    console.keys("/");
    console.type_text("password");
    console.keys("enter");
    console.effects();
    console.keys("c");
    let copied = console.effects();
    assert!(matches!(copied.as_slice(), [Effect::CopyKey { key, .. }] if key == "password"), "{copied:?}");
    console.keys("x");
    let (id, want) = opened(&mut console);
    assert!(want.reveal.shows("password") && !want.reveal.shows("user"));
    console.tell(Msg::Paper(id, Ok(manifest::yaml(secret(), &want.reveal, 0))));
    let text = console.paint();
    assert!(text.contains("# canary-value") && text.contains("SECRET SHOWN") && !text.contains("c2hvcA"), "{text}");
    console.keys(":");
    console.type_text("messages");
    console.keys("enter");
    console.keys("esc");
    let text = console.paint();
    assert!(!text.contains("canary") && !text.contains("SECRET SHOWN"), "{text}");
    assert_eq!(opened(&mut console).1.reveal, Reveal::Nothing);
}

#[test]
fn what_cannot_be_read_says_why_and_keeps_what_was_read() {
    let (mut console, id) = yaml();
    let fault = Fault::new(Class::NotFound, "get pod db in shop", "pods \"db\" not found");
    console.tell(Msg::Paper(id, Err(fault.clone())));
    let text = console.paint();
    assert!(text.contains("not found") && text.contains("password"), "{text}");
    let mut console = Console::live(vec![things::pod("db")]);
    console.keys("y");
    let (id, _) = opened(&mut console);
    assert!(console.paint().contains("Reading yaml pod/db"));
    console.tell(Msg::Paper(id, Err(fault)));
    assert!(console.paint().contains("yaml pod/db cannot be read"));
}

#[test]
fn a_frozen_paper_is_not_read_until_thawed() {
    let (mut console, id) = yaml();
    console.effects();
    console.keys("r");
    assert!(matches!(console.effects().as_slice(), [Effect::Close(closed)] if *closed == id));
    assert!(console.paint().contains("frozen at"));
    console.keys("r");
    opened(&mut console);
}

#[test]
fn long_lines_are_panned_or_wrapped() {
    let (mut console, id) = yaml();
    let object = json!({"kind": "ConfigMap", "data": {"long": format!("start {} end", "x".repeat(200))}});
    console.tell(Msg::Paper(id, Ok(manifest::yaml(object, &Reveal::Nothing, 0))));
    assert!(!console.paint().contains(" end"));
    console.keys("w");
    assert!(console.paint().contains(" end"));
    console.keys("w");
    console.keys(
        "right right right right right right right right right right right right right right right right right right",
    );
    assert!(console.paint().contains(" end"), "{}", console.text());
}

#[test]
fn the_side_view_waits_until_the_cursor_rests_and_the_newest_wins() {
    let mut console = Console::live(vec![things::pod("a"), things::pod("b"), things::pod("c")]);
    console.keys("tab j");
    assert!(console.effects().iter().all(|effect| !matches!(effect, Effect::Open { .. })), "the cursor still moves");
    console.wait(1);
    let (first, want) = opened(&mut console);
    assert_eq!((want.view, want.target.name.as_str()), (View::Brief, "b"));
    console.keys("j");
    console.wait(1);
    let effects = console.effects();
    assert!(matches!(&effects[..], [Effect::Close(closed), Effect::Open { .. }] if *closed == first), "{effects:?}");
    console.tell(Msg::Paper(first, Ok(manifest::yaml(secret(), &Reveal::Nothing, 0))));
    assert!(!console.paint().contains("password"), "what was told of the other row is dropped");
    let Some(Effect::Open { paper, .. }) = effects.last() else { panic!() };
    console.tell(Msg::Paper(*paper, Ok(manifest::yaml(secret(), &Reveal::Nothing, 0))));
    console.resize(200, 50);
    let text = console.paint();
    assert!(text.contains("password") && text.lines().nth(1).unwrap().contains("NAME"), "{text}");
    console.resize(80, 24);
    assert!(console.paint().contains("apiVersion"));
    console.keys("backtab j j");
    assert_eq!(console.cursor().0, "c", "the keys scroll the side view");
    console.keys("esc esc");
    assert!(!console.paint().contains("apiVersion"), "Esc gives the keys back, then closes");
}
