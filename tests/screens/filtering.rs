//! The filter: as it is typed, taken back by Esc, never in the way when it does not parse; and faults-only.

use super::harness::Console;
use super::things::{pod, shop, uid};
use rk9s::app::effect::Effect;
use rk9s::store::delta::Delta;

#[test]
fn a_filter_works_as_it_is_typed_and_stands_in_the_bar() {
    let mut console = Console::live(shop());
    console.keys("/");
    console.type_text("ord");
    assert_eq!(console.names(), ["orders-5c8d7f9b6-9qwzx", "orders-6f7b9d4c8-lm2vt"]);
    assert_eq!(console.foot(), "/ord");
    assert_eq!(console.caret, Some((4, 23)), "the terminal's cursor is where one types");
    console.keys("enter");
    let bar = console.bar();
    assert!(bar.contains("● live 4") && bar.contains("/ord") && bar.ends_with("1/2"), "{bar}");
    assert_eq!(console.caret, None);
}

#[test]
fn escape_while_typing_brings_the_filter_of_before_back() {
    let mut console = Console::live(shop());
    console.keys("/ c a r t enter");
    assert_eq!(console.names(), ["cart-7d9f6c5b8-2xk4p"]);
    console.keys("/ ctrl-u o r d");
    assert_eq!(console.names().len(), 2);
    console.keys("esc");
    assert_eq!(console.names(), ["cart-7d9f6c5b8-2xk4p"]);
    console.keys("esc");
    assert_eq!(console.names().len(), 4, "Esc on the page takes the filter away");
}

#[test]
fn a_bad_expression_says_where_and_leaves_the_rows_alone() {
    let mut console = Console::live(shop());
    console.keys("/ o r d enter");
    for bad in ["re:[", "rst>many", "ord)", "status="] {
        console.keys("/");
        console.keys("ctrl-u");
        let before = console.names();
        console.paste(bad);
        console.keys("enter");
        let said = console.foot();
        assert!(said.starts_with(&format!("/{bad}  at ")), "the prompt stays, and says where: {said}");
        assert_eq!(console.names(), before, "{bad}");
        assert!(!console.row(0).contains(bad), "the bar names the filter in force: {}", console.row(0));
        console.keys("esc");
        assert!(console.bar().contains("/ord "));
    }
    console.keys("/ ctrl-u");
    console.type_text("-l app in (a");
    console.keys("enter");
    assert!(console.foot().contains("  at "), "a selector is checked before the server is asked");
    console.keys("esc");
    assert_eq!(console.app.notices.len(), 0);
    console.line("pods /re:[");
    assert!(console.said().is_some_and(|said| said.starts_with("filter, at ")), "{:?}", console.said());
}

#[test]
fn what_is_not_yet_a_filter_is_no_mistake_while_it_is_typed() {
    let mut console = Console::live(shop());
    console.keys("/");
    for c in "status=running".chars() {
        console.type_text(&c.to_string());
        assert_eq!(console.said(), None, "after {c}");
    }
    assert_eq!(console.names(), ["cart-7d9f6c5b8-2xk4p"]);
}

#[test]
fn columns_numbers_and_labels_can_be_compared() {
    for (filter, rows) in
        [("rst>3", 1), ("status=Completed", 1), ("app=web", 4), ("app=db", 0), ("!crash", 3), ("age<1m", 1)]
    {
        let mut console = Console::live(shop());
        console.keys("/");
        console.type_text(filter);
        console.keys("enter");
        assert_eq!(console.names().len(), rows, "{filter}");
    }
}

#[test]
fn nothing_that_fits_is_said_with_the_way_out() {
    let mut console = Console::live(shop());
    console.keys("/ x y z enter");
    let text = console.paint();
    assert!(text.contains("None of 4 pods in shop fits the filter") && text.contains("Esc shows them all."), "{text}");
}

#[test]
fn rows_that_come_change_and_go_are_filtered_too() {
    let mut console = Console::live(shop());
    console.keys("/ o r d enter");
    console.wait(3);
    console.deltas(vec![Delta::Put(pod("order-new")), Delta::Put(pod("web"))]);
    assert_eq!(console.names(), ["order-new", "orders-5c8d7f9b6-9qwzx", "orders-6f7b9d4c8-lm2vt"]);
    console.deltas(vec![Delta::Gone(uid("orders-5c8d7f9b6-9qwzx")), Delta::Gone(uid("web"))]);
    assert_eq!(console.names(), ["order-new", "orders-6f7b9d4c8-lm2vt"]);
}

#[test]
fn a_selector_goes_to_the_server_on_enter_and_the_rows_stay_meanwhile() {
    let mut console = Console::live(shop());
    console.effects();
    console.keys("/");
    console.type_text("-l app=web");
    assert_eq!(console.effects().len(), 0, "not while it is typed");
    assert_eq!(console.names().len(), 4);
    console.keys("enter");
    let effects = console.effects();
    let asked =
        effects.iter().any(|e| matches!(e, Effect::Watch { want, .. } if want.labels.as_deref() == Some("app=web")));
    assert!(asked, "{effects:?}");
    assert_eq!(console.names().len(), 4, "rows are kept until the answer is there");
    console.list(vec![pod("cart-7d9f6c5b8-2xk4p")]);
    assert_eq!(console.names(), ["cart-7d9f6c5b8-2xk4p"]);
    assert!(console.bar().contains("-l app=web"));
    console.keys("esc");
    assert_eq!(console.names().len(), 4, "one step back");
}

#[test]
fn faults_only_is_one_key_and_escape_ends_it() {
    let mut console = Console::live(shop());
    console.keys("ctrl-z");
    assert_eq!(console.names(), ["orders-5c8d7f9b6-9qwzx"]);
    assert!(console.bar().contains("faults only"));
    console.wait(3);
    console.deltas(vec![Delta::Gone(uid("orders-5c8d7f9b6-9qwzx"))]);
    let text = console.paint();
    assert!(text.contains("None of 3 pods in shop is unwell"), "{text}");
    console.keys("esc");
    assert_eq!(console.names().len(), 3);
}

#[test]
fn matched_characters_of_names_are_highlighted() {
    let mut console = Console::live(shop());
    console.keys("/ o r d enter j");
    console.paint();
    let theme = rk9s::theme::find("dark", &[]).unwrap();
    let styles: Vec<_> = (3..7).map(|x| console.buffer[(x, 2)].fg).collect();
    assert_eq!(Some(styles[0]), theme.highlight.fg);
    assert_ne!(Some(styles[3]), theme.highlight.fg);
}
