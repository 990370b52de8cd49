//! Every size of screen, from none to huge, and as many rows as there are.

use super::harness::Console;
use super::things::{pod, pods, shop};
use rk9s::cluster::fault::Class;
use rk9s::kinds::Row;
use rk9s::store::delta::{Delta, State};

/// The same key script on every size: nothing may panic, and nothing may be written past an edge.
const SCRIPT: &[&str] = &[
    "j",
    "ctrl-w",
    "/ o r",
    "esc",
    "C",
    "esc",
    "O j",
    "esc",
    ": p o",
    "esc",
    "?",
    "pgdn esc",
    "right right G",
    "left left g",
    "l",
    "t w m",
    "esc",
];

fn widths() -> impl Iterator<Item = u16> {
    (40..=120).step_by(7).chain((120..=300).step_by(30))
}

#[test]
fn every_size_is_painted() {
    for width in widths() {
        for height in [10, 11, 12, 16, 24, 50, 100] {
            let mut console = Console::live(shop());
            console.resize(width, height);
            for keys in SCRIPT {
                console.keys(keys);
                let text = console.paint();
                assert_eq!(text.lines().count(), usize::from(height));
                assert!(text.lines().all(|line| rk9s::text::width::of(line) <= usize::from(width)), "{text}");
            }
            let text = console.paint();
            assert!(text.contains("prod-eu") && text.contains("live 4"), "{width}x{height}: {text}");
            assert!(text.contains("cart-"), "{width}x{height}: {text}");
        }
    }
}

#[test]
fn sizes_too_small_to_work_in_are_painted_too() {
    for (width, height) in [(1, 1), (2, 30), (19, 3), (20, 4), (39, 9), (200, 3), (20, 5)] {
        let mut console = Console::live(shop());
        console.resize(width, height);
        for keys in SCRIPT {
            console.keys(keys);
            console.paint();
        }
        console.deltas(vec![Delta::State(State::Refused(super::things::fault(Class::Forbidden)))]);
        console.paint();
    }
}

#[test]
fn a_resize_storm_ends_with_the_right_screen() {
    let mut console = Console::live((0..100).map(|n| pod(&format!("web-{n:02}"))).collect());
    console.keys("pgdn j");
    let name = console.cursor().0;
    let before = console.text();
    for n in 0..200u16 {
        console.resize(40 + (n * 37) % 200, 10 + (n * 13) % 60);
        console.paint();
    }
    console.resize(80, 24);
    assert_eq!(console.cursor().0, name);
    assert_eq!(console.text().lines().next(), before.lines().next());
    assert_eq!(console.text().lines().last(), before.lines().last());
}

#[test]
fn hints_are_whole_and_help_is_always_among_them() {
    for width in widths() {
        let mut console = Console::live(shop());
        console.resize(width, 24);
        let foot = console.foot();
        assert!(foot.ends_with("? help") && !foot.contains('…'), "{width}: {foot}");
    }
}

#[test]
fn no_row_and_fifty_thousand_are_the_same_to_the_painter() {
    let mut console = Console::start(pods("shop"));
    console.connect("prod-eu");
    console.list(Vec::new());
    assert!(console.bar().contains("● live 0"));
    let rows: Vec<Row> = (0..50_000).map(|n| pod(&format!("web-{n:05}"))).collect();
    console.deltas([Delta::Begin].into_iter().chain(rows.into_iter().map(Delta::Put)).chain([Delta::End]).collect());
    assert!(console.bar().contains("● live 50,000"));
    console.keys("G");
    assert_eq!(console.cursor(), ("web-49999".into(), 19));
    assert!(console.bar().ends_with("50,000/50,000"));
    console.keys("/");
    console.type_text("web-0000");
    assert_eq!(console.names().len(), 10);
    console.keys("esc A N N");
    assert_eq!(console.cursor().0, "web-49999", "the cursor kept its object");
}
