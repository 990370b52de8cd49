//! Themes on the screen: the list that shows each at once, the context's own colour, and pictures to judge by.

use super::harness::Console;
use super::things;
use ratatui::style::Color;
use rk9s::app::effect::Effect;
use rk9s::app::msg::Msg;
use rk9s::app::themes::Themes;
use rk9s::config::{Settings, ThemeFile};
use rk9s::theme::{self, library::BUILT_IN};

fn console(settings: &str) -> Console {
    let settings = Settings::of(settings);
    let mut console = Console::with(settings, things::pods("shop"));
    let built_in = BUILT_IN.iter().map(|(name, about, _)| (*name, *about)).collect();
    console.app.themes = Themes { built_in, ..Themes::default() };
    console.connect("prod-eu");
    console.list(things::shop());
    console
}

/// What the app asked to be kept: the theme of the settings, and the one instead of it.
fn kept(console: &mut Console) -> Option<(String, String)> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::KeepTheme { instead_of, name } => Some((instead_of, name)),
        _ => None,
    })
}

#[test]
fn the_cursor_of_the_list_shows_each_theme_at_once() {
    let mut console = console("{}");
    console.line("theme");
    assert!(console.paint().contains("high-contrast"));
    assert_eq!(console.app.theme(), "dark", "it begins with the one on the screen");
    console.keys("down");
    assert_eq!(console.app.theme(), "light");
    console.type_text("nor");
    assert_eq!(console.app.theme(), "nord", "what is typed narrows the list");
    console.keys("esc");
    assert_eq!(console.app.theme(), "dark", "Esc restores");
    assert_eq!(kept(&mut console), None);
    console.line("theme");
    console.keys("down down enter");
    assert_eq!(console.app.theme(), "ansi");
    assert_eq!(kept(&mut console), Some(("dark".into(), "ansi".into())));
    console.line("theme");
    assert_eq!(console.app.theme(), "ansi");
}

#[test]
fn a_line_names_a_theme_and_tab_completes_it() {
    let mut console = console("theme: gruvbox");
    assert_eq!(console.app.theme(), "gruvbox");
    console.keys(":");
    console.type_text("theme drac");
    console.keys("tab enter");
    assert_eq!(console.app.theme(), "dracula");
    assert_eq!(kept(&mut console), Some(("gruvbox".into(), "dracula".into())));
    console.line("theme drcula");
    assert!(console.said().unwrap().contains("no theme `drcula`"));
    assert_eq!(console.app.theme(), "dracula");
}

#[test]
fn a_context_has_a_theme_of_its_own_and_the_command_line_wins() {
    let mut console = console("{theme: nord, contexts: {prod-eu: {theme: high-contrast}}}");
    assert_eq!(console.app.theme(), "high-contrast");
    console.app.themes.chosen.insert("nord".into(), "light".into());
    assert_eq!(console.app.theme(), "high-contrast", "what was chosen elsewhere changes nothing here");
    console.app.themes.forced = Some("dracula".into());
    assert_eq!(console.app.theme(), "dracula");
    console.line("theme gruvbox");
    assert_eq!(console.app.theme(), "gruvbox", "until another is chosen");
}

#[test]
fn a_users_themes_are_offered_and_taken_up_anew() {
    let mut console = console("{}");
    let file = |text: &str| ThemeFile { name: "mine".into(), file: "themes/mine.yaml".into(), text: text.into() };
    console.tell(Msg::Themes(vec![file("palette: {text: red}")]));
    console.line("theme mine");
    let before = console.app.themes.revision;
    console.tell(Msg::Themes(vec![file("palette: {text: blue}")]));
    assert_eq!(console.app.theme(), "mine");
    assert_ne!(console.app.themes.revision, before, "the screen sees that it must read the theme again");
    console.line("theme");
    assert!(console.paint().contains("themes/mine.yaml"));
}

#[test]
fn the_context_stands_on_its_colour() {
    let mut console = console("contexts: {prod-eu: {colour: '#b00020'}}");
    console.paint();
    let at = |x: u16| (console.buffer[(x, 0)].symbol().to_owned(), console.buffer[(x, 0)].bg);
    let red = Color::Rgb(0xb0, 0, 0x20);
    assert_eq!(at(1), ("p".into(), red));
    assert_eq!(at(8), (" ".into(), red), "a blank ends the block");
    assert_ne!(at(9).1, red);
}

#[test]
fn a_theme_with_a_background_covers_the_whole_screen_and_what_floats() {
    let mut console = console("{}");
    console.theme = theme::find("light", &[]).unwrap();
    console.line("theme");
    console.paint();
    let bare = console.buffer.content().iter().filter(|cell| cell.bg == Color::Reset || cell.fg == Color::Reset);
    assert_eq!(bare.count(), 0);
}

/// Each theme's picture goes where `RK9S_SVG_DIR` says.
#[test]
fn every_theme_paints_the_pods_of_the_shop() {
    for (name, ..) in BUILT_IN {
        let mut console = console("{readonly: true}");
        console.theme = theme::find(name, &[]).unwrap();
        console.resize(110, 16);
        console.list(super::readme::pods());
        console.keys("j j j j j space k k");
        let text = console.paint();
        assert!(text.contains("CrashLoopBackOff"), "{name}: {text}");
        super::svg::save_as(&console.buffer, &format!("theme-{name}"));
    }
}
