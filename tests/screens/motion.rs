//! Nothing jumps: the order waits after a key and while marks exist, and then catches up.

use super::harness::Console;
use super::things::{pod, restarted, uid};
use ratatui::style::Modifier;
use rk9s::store::delta::Delta;

fn live() -> Console {
    let mut console = Console::live(["b", "d", "f"].map(pod).into());
    console.wait(10);
    console.paint();
    console
}

#[test]
fn after_a_key_new_rows_wait_and_are_counted() {
    let mut console = live();
    console.keys("j");
    console.deltas(vec![Delta::Put(pod("a")), Delta::Put(pod("c"))]);
    assert_eq!(console.names(), ["b", "d", "f"]);
    let bar = console.bar();
    assert!(bar.contains("+2 new") && bar.contains("live 5"), "{bar}");
    assert!(console.app.wakes_at().is_some_and(|at| at <= console.now.mono + 2_000), "it asks to be woken");
    console.wait(2);
    assert_eq!(console.names(), ["a", "b", "c", "d", "f"]);
    assert!(!console.bar().contains("new"));
    assert_eq!(console.cursor().0, "d");
}

#[test]
fn rows_that_vanish_meanwhile_are_struck_and_leave_later() {
    let mut console = live();
    console.keys("j");
    console.deltas(vec![Delta::Gone(uid("d"))]);
    assert_eq!(console.names(), ["b", "d", "f"]);
    assert!(console.bar().contains("live 2"), "but they no longer count");
    let struck = |console: &Console, y| console.buffer[(3, y)].modifier.contains(Modifier::CROSSED_OUT);
    assert!(struck(&console, 3) && !struck(&console, 2));
    assert!(console.row(22).contains("d is gone"), "{}", console.text());
    console.keys("enter");
    assert_eq!(console.said(), Some("d is gone"), "what is gone is not opened");
    console.wait(2);
    assert_eq!(console.names(), ["b", "f"]);
}

#[test]
fn values_change_in_place_while_the_order_waits() {
    let mut console = live();
    console.keys("shift-right shift-right shift-right");
    console.deltas(vec![Delta::Put(restarted("b", 9))]);
    let text = console.paint();
    assert_eq!(console.names(), ["b", "d", "f"]);
    assert!(text.contains('9'), "{text}");
    console.wait(2);
    assert_eq!(console.names(), ["d", "f", "b"]);
}

#[test]
fn a_row_that_comes_back_while_the_order_waits_is_no_ghost() {
    let mut console = live();
    console.keys("j");
    console.deltas(vec![Delta::Gone(uid("f"))]);
    console.paint();
    console.deltas(vec![Delta::Put(pod("f"))]);
    assert!(console.bar().contains("live 3"));
    console.wait(2);
    assert_eq!(console.names(), ["b", "d", "f"]);
}

#[test]
fn a_row_that_came_and_went_meanwhile_leaves_nothing() {
    let mut console = live();
    console.keys("j");
    console.deltas(vec![Delta::Put(pod("a")), Delta::Gone(uid("a"))]);
    assert!(!console.bar().contains("new"));
    console.wait(2);
    assert_eq!(console.names(), ["b", "d", "f"]);
}

#[test]
fn marks_hold_the_order_until_they_are_gone() {
    let mut console = live();
    console.keys("space");
    console.deltas(vec![Delta::Put(pod("a"))]);
    console.wait(60);
    assert_eq!(console.names(), ["b", "d", "f"]);
    assert!(console.bar().contains("+1 new"));
    console.keys("esc");
    console.wait(2);
    assert_eq!(console.names(), ["a", "b", "d", "f"]);
}

#[test]
fn a_list_read_again_while_the_order_waits_comes_out_right() {
    let mut console = live();
    console.keys("j");
    console.deltas(vec![Delta::Begin, Delta::Put(pod("d")), Delta::Put(pod("z")), Delta::End]);
    assert_eq!(console.names(), ["b", "d", "f"]);
    console.wait(2);
    assert_eq!(console.names(), ["d", "z"]);
    assert!(console.bar().contains("live 2"));
}

#[test]
fn the_first_list_never_waits() {
    let mut console = Console::start(super::things::pods("shop"));
    console.connect("prod-eu");
    console.keys("j j");
    console.deltas(vec![Delta::Begin, Delta::Put(pod("b"))]);
    assert_eq!(console.names(), ["b"]);
    console.deltas(vec![Delta::Put(pod("a")), Delta::End]);
    assert_eq!(console.names(), ["a", "b"]);
}

#[test]
fn an_idle_table_asks_to_be_woken_only_for_ages() {
    let console = live();
    let pause = |console: &Console| console.app.wakes_at().map(|at| at - console.now.mono);
    assert!(pause(&console) > Some(10_000), "ages of an hour read the same for a minute");
    let mut young = live();
    let mut row = pod("new");
    row.created = young.now.wall - 5;
    young.deltas(vec![Delta::Put(row)]);
    young.paint();
    assert_eq!(pause(&young), Some(1_000), "young ages count seconds");
    let mut empty = Console::live(Vec::new());
    empty.wait(60);
    empty.paint();
    assert_eq!(empty.app.wakes_at(), None, "nothing here depends on the time");
}
