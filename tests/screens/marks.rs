//! Marks: row, range, all, inverted; counted in the bar; they hold the order.

use super::harness::Console;
use super::things::{pod, shop, uid};
use rk9s::store::delta::Delta;

fn marked(console: &mut Console) -> Vec<String> {
    console.paint();
    let table = console.app.table().unwrap();
    let rows = table.lens.order().iter().map(|slot| &table.rows.get(*slot).unwrap().row);
    rows.filter(|row| table.marks.contains(&row.uid)).map(|row| row.name.to_string()).collect()
}

fn letters() -> Console {
    Console::live(["a", "b", "c", "d", "e", "f"].map(pod).into())
}

#[test]
fn space_marks_and_goes_on_and_again_takes_the_mark_away() {
    let mut console = letters();
    console.keys("space space");
    assert_eq!(marked(&mut console), ["a", "b"]);
    assert_eq!(console.cursor().0, "c");
    assert!(console.bar().contains("*2"));
    assert!(console.row(2).starts_with("  *a"), "{}", console.row(2));
    console.keys("g space");
    assert_eq!(marked(&mut console), ["b"]);
}

#[test]
fn a_range_goes_from_the_last_mark_to_the_cursor_either_way() {
    let mut console = letters();
    console.keys("j space j j ctrl-space");
    assert_eq!(marked(&mut console), ["b", "c", "d", "e"]);
    console.keys("esc G space g j j ctrl-space");
    assert_eq!(marked(&mut console), ["c", "d", "e", "f"]);
}

#[test]
fn all_means_all_that_are_shown() {
    let mut console = Console::live(shop());
    console.keys("/ o r d enter *");
    assert_eq!(marked(&mut console).len(), 2);
    console.keys("~");
    assert_eq!(marked(&mut console).len(), 0, "the others of the shown ones");
    console.keys("space ~");
    assert_eq!(marked(&mut console), ["orders-6f7b9d4c8-lm2vt"]);
}

#[test]
fn escape_removes_marks_before_anything_else() {
    let mut console = Console::live(shop());
    console.keys("/ o r d enter space esc");
    assert_eq!(marked(&mut console).len(), 0);
    assert_eq!(console.names().len(), 2, "the filter is the next step back");
    console.keys("* ctrl-\\");
    assert_eq!(marked(&mut console).len(), 0);
}

#[test]
fn marks_that_a_filter_hides_are_counted_apart() {
    let mut console = Console::live(shop());
    console.keys("* / o r d enter");
    assert!(console.bar().contains("*2 +2 hidden"), "{}", console.row(0));
}

#[test]
fn a_mark_on_an_object_that_is_gone_does_not_count() {
    let mut console = letters();
    console.keys("* ");
    console.deltas(vec![Delta::Gone(uid("b"))]);
    let bar = console.bar();
    assert!(bar.contains("*5"), "five can still be meant: {bar}");
    console.keys("esc");
    console.wait(3);
    assert_eq!(console.names(), ["a", "c", "d", "e", "f"]);
}

#[test]
fn marks_follow_their_objects_through_sort_and_news() {
    let mut console = letters();
    console.keys("space N");
    assert_eq!(marked(&mut console), ["a"]);
    assert_eq!(console.names(), ["f", "e", "d", "c", "b", "a"]);
    console.deltas(vec![Delta::Put(super::things::restarted("a", 3))]);
    assert_eq!(marked(&mut console), ["a"]);
}
