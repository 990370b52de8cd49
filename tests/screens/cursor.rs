//! The cursor follows its object, and moves by keys.

use super::harness::Console;
use super::things::{pod, restarted, shop, uid};
use rk9s::store::delta::Delta;

fn many(n: usize) -> Console {
    Console::live((0..n).map(|n| pod(&format!("web-{n:03}"))).collect())
}

#[test]
fn keys_move_by_row_page_and_end() {
    let mut console = many(100);
    console.paint();
    for (keys, name) in [
        ("j j", "web-002"),
        ("k", "web-001"),
        ("down up up up", "web-000"),
        ("G", "web-099"),
        ("g", "web-000"),
        ("pgdn", "web-019"),
        ("ctrl-f", "web-038"),
        ("ctrl-b pgup pgup", "web-000"),
        ("end home", "web-000"),
    ] {
        console.keys(keys);
        assert_eq!(console.cursor().0, name, "{keys}");
    }
}

#[test]
fn the_place_in_the_table_is_in_the_bar() {
    let mut console = many(1_204);
    console.keys("j j");
    let bar = console.bar();
    assert!(bar.ends_with("3/1,204"), "{bar}");
}

#[test]
fn rows_above_come_and_go_but_the_cursor_keeps_its_object_and_line() {
    let mut console = many(100);
    console.paint();
    console.keys("pgdn pgdn k k");
    let before = console.cursor();
    console.wait(3);
    console.deltas((0..10).map(|n| Delta::Put(pod(&format!("aaa-{n}")))).collect());
    assert_eq!(console.cursor(), before);
    console.deltas((0..10).map(|n| Delta::Gone(uid(&format!("aaa-{n}")))).collect());
    assert_eq!(console.cursor(), before);
}

#[test]
fn the_cursor_keeps_its_object_when_the_sorted_value_changes() {
    let mut console = Console::live((0..100).map(|n| restarted(&format!("web-{n:02}"), n)).collect());
    console.keys("shift-right shift-right shift-right");
    console.keys("j j j");
    let (name, line) = console.cursor();
    assert_eq!(name, "web-03", "sorted by restarts");
    console.wait(3);
    console.deltas(vec![Delta::Put(restarted("web-03", 40))]);
    assert_eq!(console.cursor(), (name, line), "the rest moved around it");
}

#[test]
fn when_the_object_under_the_cursor_vanishes_its_line_is_kept() {
    let mut console = many(10);
    console.keys("j j j");
    console.wait(3);
    console.deltas(vec![Delta::Gone(uid("web-003"))]);
    assert_eq!(console.cursor(), ("web-004".into(), 3));
}

#[test]
fn the_reason_of_the_row_is_above_the_hints_and_empty_for_a_well_one() {
    let mut console = Console::live(shop());
    let reason = |console: &mut Console| {
        console.paint();
        console.row(22)
    };
    assert_eq!(reason(&mut console), "");
    console.keys("j");
    assert_eq!(
        reason(&mut console).trim_start(),
        "! api exit 1 after 3 s, 17×: cannot read /etc/app/db.yaml: no such file"
    );
}

#[test]
fn an_object_named_after_the_kind_is_looked_for_until_it_is_there() {
    let mut console = many(50);
    console.line("pods/web-044 web");
    console.list((0..40).map(|n| pod(&format!("web-{n:03}"))).collect());
    assert_eq!(console.cursor().0, "web-000");
    console.deltas(vec![Delta::Put(pod("web-044"))]);
    console.wait(3);
    assert_eq!(console.cursor().0, "web-044");
}

#[test]
fn the_cursor_of_an_empty_table_goes_nowhere() {
    let mut console = Console::live(Vec::new());
    console.keys("j k G g pgdn pgup enter space ctrl-space c J o");
    assert!(console.paint().contains("There are no pods"));
}
