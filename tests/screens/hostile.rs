//! Text from the API is hostile: it reaches the screen only as what can be seen, and columns stay in line.

use super::harness::Console;
use super::things::{NOON, pod, shop};
use rk9s::app::msg::Msg;
use rk9s::cluster::fault::{Class, Fault};
use rk9s::kinds::{Health, Row, Value, Word};
use rk9s::store::delta::{Delta, State};

/// ESC, a bell, a direction override, a zero-width joiner, a tag, C1's CSI, a line feed.
const HOSTILE: &str = "a\x1b[31m\x07\u{202e}\u{200d}\u{e0041}\u{9b}\nb";

fn assert_clean(console: &Console, when: &str) {
    for cell in console.buffer.content() {
        let hostile = cell.symbol().chars().find(|c| rk9s::text::clean::is_hostile(*c));
        assert_eq!(hostile, None, "{when}");
    }
}

fn hostile_row() -> Row {
    let mut row = pod(HOSTILE);
    row.namespace = Word::new(HOSTILE);
    row.health = Health::Wrong;
    row.reason = Some(Word::new(HOSTILE));
    for cell in &mut row.cells {
        *cell = Value::Word(Word::new(HOSTILE));
    }
    row
}

#[test]
fn nothing_hostile_reaches_a_cell() {
    let mut console = Console::live(vec![hostile_row(), pod("z")]);
    console.resize(200, 50);
    console.paint();
    assert_clean(&console, "rows and reason");
    assert!(console.row(2).contains('␛'), "it is shown, not dropped: {}", console.row(2));
    console.keys("C");
    console.paint();
    assert_clean(&console, "what can be copied");
    console.keys("esc /");
    console.paste(HOSTILE);
    console.paint();
    assert_clean(&console, "the prompt");
    console.keys("esc");
    console.tell(Msg::Notice(Err(HOSTILE.into())));
    console.paint();
    assert_clean(&console, "messages");
    console.line("messages");
    console.paint();
    assert_clean(&console, "the page of messages");
    console.keys("esc");
    let fault = Fault {
        class: Class::Other,
        asked: HOSTILE.into(),
        said: HOSTILE.into(),
        hint: Some(HOSTILE.into()),
        code: None,
        retry_after: None,
    };
    console.deltas(vec![Delta::State(State::Stale { since: NOON, fault: fault.clone(), retry: NOON + 5 })]);
    console.paint();
    assert_clean(&console, "what a server said");
    let id = console.app.session().unwrap().id;
    console.tell(Msg::Pulse(id, Err(fault.clone())));
    console.line(&format!("ctx {}", "x"));
    let id = console.app.session().unwrap().id;
    console.tell(Msg::Connected(id, Err(fault)));
    console.paint();
    assert_clean(&console, "no connection");
}

#[test]
fn hostile_contexts_and_namespaces_are_shown_as_they_are() {
    let mut console = Console::live(shop());
    console.connect(HOSTILE);
    let context =
        rk9s::app::msg::ContextRow { name: HOSTILE.into(), broken: Some(HOSTILE.into()), ..Default::default() };
    console.tell(Msg::Contexts(vec![context]));
    console.line("ctx");
    console.resize(160, 24);
    console.paint();
    assert_clean(&console, "contexts");
}

/// The columns (of the screen) at which the cells of a row begin, by the text that begins them.
fn column_of(console: &Console, y: u16, needle: &str) -> u16 {
    let row: Vec<&str> = (0..console.buffer.area.width).map(|x| console.buffer[(x, y)].symbol()).collect();
    let at = (0..row.len()).find(|at| row[*at..].concat().starts_with(needle));
    at.unwrap_or_else(|| panic!("no {needle} in {}", console.row(y))) as u16
}

#[test]
fn wide_and_combining_characters_keep_the_columns_in_line() {
    let names = ["plain", "日本語のポッド", "e\u{301}te\u{301}", "🦀🦀", "한국어", "ﾊﾝｶｸ"];
    let mut console = Console::live(names.map(pod).into());
    console.resize(120, 24);
    console.paint();
    let title = column_of(&console, 1, "READY");
    for y in 2..2 + names.len() as u16 {
        assert_eq!(column_of(&console, y, "1/1"), title, "{}", console.row(y));
    }
}

#[test]
fn names_that_are_too_long_are_cut_in_the_middle_and_keep_their_end() {
    let long = format!("{}-7d9f6c5b8-2xk4p", "checkout-service".repeat(6));
    let wide = format!("{}-9qwzx", "注文".repeat(40));
    let mut console = Console::live(vec![pod(&long), pod(&wide)]);
    console.paint();
    for (y, end) in [(2, "-2xk4p"), (3, "-9qwzx")] {
        let row = console.row(y);
        assert!(row.contains(&format!("…{end}")) || row.contains(end) && row.contains('…'), "{row}");
        assert_eq!(column_of(&console, y, "Running"), column_of(&console, 1, "STATUS"));
    }
}

#[test]
fn a_filter_highlights_the_right_cells_of_wide_names() {
    let mut console = Console::live(vec![pod("日本-web")]);
    console.keys("/ w e b enter j");
    console.paint();
    let highlight = rk9s::theme::find("dark", &[]).unwrap().highlight.fg;
    let lit: String = (0..20)
        .map(|x| &console.buffer[(x, 2)])
        .filter(|cell| Some(cell.fg) == highlight)
        .map(|cell| cell.symbol())
        .collect();
    assert_eq!(lit, "web");
}
