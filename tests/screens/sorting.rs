//! Sorting: by any column, by value, both ways.

use super::harness::Console;
use super::things::{NOON, pod, restarted};
use rk9s::kinds::{Row, Value, Word};
use rk9s::store::delta::Delta;

fn rows() -> Vec<Row> {
    let mut a = restarted("a", 9);
    a.created = NOON - 50;
    a.cells[0] = Value::Of(1, 2);
    let mut b = restarted("b", 10);
    b.created = NOON - 7_200;
    b.cells[0] = Value::Of(10, 10);
    b.cells[1] = Value::Word(Word::new("CrashLoopBackOff"));
    let mut c = restarted("c", 2);
    c.created = NOON - 90;
    c.cells[0] = Value::Of(0, 3);
    c.cells[4] = Value::Ip([10, 0, 0, 10].into());
    vec![b, c, a]
}

#[test]
fn every_column_sorts_by_value_both_ways() {
    for (column, up) in [
        ("NAME", ["a", "b", "c"]),
        ("READY", ["c", "a", "b"]),
        ("STATUS", ["b", "a", "c"]),
        // As numbers: 2 9 10.
        ("RESTARTS", ["c", "a", "b"]),
        // As addresses: 10.0.0.7 is before 10.0.0.10.
        ("IP", ["a", "b", "c"]),
        // The youngest first.
        ("AGE", ["a", "c", "b"]),
    ] {
        let mut console = Console::live(rows());
        console.keys("O");
        console.type_text(&column.to_lowercase());
        console.keys("enter");
        let expected = if column == "NAME" { ["c", "b", "a"] } else { up };
        assert_eq!(console.names(), expected, "{column}: {}", console.text());
        console.keys("shift-up");
        let turned = console.names();
        assert_ne!(turned[0], expected[0], "{column} turned round: {turned:?}");
    }
}

#[test]
fn shift_arrows_walk_the_columns_and_the_title_says_which() {
    let mut console = Console::live(rows());
    assert!(console.paint().contains("NAME↑"));
    console.keys("shift-right");
    assert!(console.paint().contains("READY↑"));
    console.keys("shift-down");
    assert!(console.paint().contains("READY↓"));
    console.keys("shift-left");
    assert!(console.paint().contains("NAME↑"));
    console.keys("shift-left shift-left");
    assert!(console.paint().contains("NAME↑"), "it stops at the first");
}

#[test]
fn letters_sort_by_name_age_and_status_and_turn_round_the_second_time() {
    let mut console = Console::live(rows());
    console.keys("A");
    assert_eq!(console.names(), ["a", "c", "b"]);
    console.keys("A");
    assert_eq!(console.names(), ["b", "c", "a"]);
    console.keys("S");
    assert_eq!(console.names(), ["b", "a", "c"]);
    console.keys("N");
    assert_eq!(console.names(), ["a", "b", "c"]);
}

#[test]
fn new_rows_go_to_their_place() {
    let mut console = Console::live(rows());
    console.keys("A");
    console.wait(3);
    let mut new = pod("z");
    new.created = NOON - 60;
    console.deltas(vec![Delta::Put(new)]);
    assert_eq!(console.names(), ["a", "z", "c", "b"]);
}

#[test]
fn the_cursor_stays_with_its_object_when_the_sort_changes() {
    let mut console = Console::live(rows());
    console.keys("j");
    assert_eq!(console.cursor().0, "b");
    console.keys("A A S N N");
    assert_eq!(console.cursor().0, "b");
}
