//! Copying: what leaves for the clipboard, text by text, and that a locator leads back.

use super::harness::Console;
use super::things::{in_namespace, pod, pods_everywhere, shop};
use rk9s::app::effect::Effect;
use rk9s::app::line::{self, Line};
use rk9s::app::msg::Msg;
use rk9s::app::subject::Scope;

/// Picks the entry that `typed` leads to from the list of copies.
fn copy(console: &mut Console, typed: &str) -> String {
    console.effects();
    console.keys("C");
    assert!(console.paint().contains(" Copy "));
    console.type_text(typed);
    console.keys("enter");
    console.copied().unwrap_or_else(|| panic!("nothing copied by {typed}"))
}

#[test]
fn a_row_can_be_copied_in_every_form() {
    let mut console = Console::live(shop());
    console.keys("j");
    assert_eq!(copy(&mut console, "name"), "orders-5c8d7f9b6-9qwzx");
    assert_eq!(copy(&mut console, "namespace/"), "shop/orders-5c8d7f9b6-9qwzx");
    assert_eq!(
        copy(&mut console, "row"),
        "orders-5c8d7f9b6-9qwzx\t1/2\tCrashLoopBackOff\t17\t2m\t10.0.0.7\tnode-a2\t6h\tshop/web:1.0"
    );
    assert_eq!(
        copy(&mut console, "kubectl"),
        "kubectl --context prod-eu -n shop get pods orders-5c8d7f9b6-9qwzx -o wide"
    );
    console.keys("shift-right shift-right");
    assert_eq!(copy(&mut console, "cell"), "CrashLoopBackOff");
}

#[test]
fn c_copies_the_names_of_all_marked_rows() {
    let mut console = Console::live(vec![pod("a"), pod("b"), pod("c")]);
    console.keys("c");
    assert_eq!(console.copied().as_deref(), Some("a"));
    console.keys("space j space c");
    assert_eq!(console.copied().as_deref(), Some("a\nc"));
}

#[test]
fn rows_that_a_filter_hides_are_not_copied() {
    let mut console = Console::live(vec![pod("a"), pod("b"), pod("c")]);
    console.keys("* / b enter c");
    assert_eq!(console.copied().as_deref(), Some("b"));
}

#[test]
fn a_locator_leads_back_to_the_view() {
    let mut console = Console::start(pods_everywhere());
    console.connect("prod-eu");
    console.list(vec![in_namespace("shop", "a b"), in_namespace("web", "x")]);
    console.keys("/");
    console.type_text("rst<5 a|x");
    console.keys("enter");
    let locator = copy(&mut console, "locator");
    let Ok(Line::Go(go)) = line::read(&locator) else { panic!("{locator}") };
    assert_eq!((go.kind.as_str(), go.scope), ("pods", Some(Scope::All)));
    assert_eq!((go.context.as_deref(), go.filter.as_str()), (Some("prod-eu"), "rst<5 a|x"));
}

#[test]
fn a_locator_keeps_contexts_and_selectors_that_a_shell_would_split() {
    let mut console = Console::start(rk9s::app::subject::Subject {
        labels: Some("app in (web, db)".into()),
        ..super::things::pods("shop")
    });
    console.connect("my cluster (eu)");
    console.list(shop());
    let locator = copy(&mut console, "locator");
    let Ok(Line::Go(go)) = line::read(&locator) else { panic!("{locator}") };
    assert_eq!(go.labels.as_deref(), Some("app in (web, db)"), "{locator}");
    assert_eq!(go.context.as_deref(), Some("my cluster (eu)"), "{locator}");
    assert_eq!(go.scope, Some(Scope::one("shop")));
}

#[test]
fn where_a_copy_went_is_said() {
    let mut console = Console::live(shop());
    console.tell(Msg::Copied(Ok("the clipboard: a".into())));
    assert_eq!(console.foot(), " copied to the clipboard: a");
    console.tell(Msg::Copied(Err("no clipboard".into())));
    assert_eq!(console.foot(), " no clipboard");
    console.keys("j");
    assert!(console.foot().contains("filter"), "the next key brings the hints back");
}

#[test]
fn nothing_to_copy_is_said() {
    let mut console = Console::live(Vec::new());
    console.effects();
    console.keys("c");
    assert_eq!(console.said(), Some("there is no row to copy"));
    console.keys("C");
    assert!(!console.effects().iter().any(|e| matches!(e, Effect::Copy(_))));
    assert!(console.app.picker.is_none());
    assert_eq!(console.said(), Some("there is no row to copy"));
}
