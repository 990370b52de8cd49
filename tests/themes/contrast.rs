//! WCAG's contrast of every role on its background, on the cursor's row and in the bar.

use super::{all, contrast_of};
use ratatui::style::{Color, Modifier, Style};
use rk9s::theme::{Theme, colour};

/// Roles that matter less: they need to be read, not to be seen.
const FAINT: [&str; 6] = ["dim", "done", "header", "hint", "completion", "border"];

/// What is asked of a theme: of ordinary roles, and of faint ones.
fn demands(name: &str) -> (f32, f32) {
    if name == "high-contrast" { (7.0, 7.0) } else { (4.5, 3.0) }
}

/// The styles that views make of two roles.
fn combined(theme: &Theme) -> Vec<(String, Style)> {
    let mut all = Vec::new();
    for (name, style) in [("wrong", theme.wrong), ("changing", theme.changing), ("marked", theme.marked)] {
        all.push((format!("{name} in the bar"), theme.bar.patch(style)));
    }
    let rows = ["text", "dim", "wrong", "changing", "unknown", "done", "marked", "highlight", "field", "masked"];
    for (name, style) in theme.roles().into_iter().filter(|(name, _)| rows.contains(name)) {
        all.push((format!("{name} under the cursor"), theme.on_cursor(style)));
    }
    all
}

#[test]
fn every_role_can_be_read() {
    let mut wrong = Vec::new();
    for (name, theme) in all().filter(|(name, _)| *name != "ansi") {
        let (plain, faint) = demands(name);
        for (role, style) in theme.roles() {
            let least = if FAINT.contains(&role) { faint } else { plain };
            let contrast = contrast_of(&theme, style);
            if contrast < least {
                wrong.push(format!("{name}: {role} has {contrast:.2} of {least}"));
            }
        }
        for (what, style) in combined(&theme) {
            let is_text = what == "text under the cursor" || what.ends_with("bar");
            let least = if is_text { plain } else { faint };
            let contrast = contrast_of(&theme, style);
            if contrast < least {
                wrong.push(format!("{name}: {what} has {contrast:.2} of {least}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cursor_is_seen() {
    for (name, theme) in all().filter(|(name, _)| *name != "ansi") {
        let (_, row) = super::seen(&theme, theme.cursor);
        let (_, ground) = super::seen(&theme, theme.base);
        let contrast = colour::contrast(row, ground).unwrap();
        assert!(contrast >= 1.25, "{name}: the cursor's row differs from the others by {contrast:.2}");
    }
}

/// What the sixteen look like is the terminal's affair. So this theme uses those alone that are meant to be read on the
/// background, and never a background.
#[test]
fn ansi_leaves_the_looks_to_the_terminal() {
    use Color::{Cyan, Green, Magenta, Red, Reset, Yellow};
    let (_, theme) = all().find(|(name, _)| *name == "ansi").unwrap();
    for (role, style) in theme.roles() {
        let ink = style.fg.unwrap_or(Reset);
        assert!([Reset, Red, Green, Yellow, Magenta, Cyan].contains(&ink), "{role}: {ink}");
        assert_eq!(style.bg.unwrap_or(Reset), Reset, "{role}");
    }
    for (role, style) in [("cursor", theme.cursor), ("chosen", theme.chosen), ("found", theme.found)] {
        assert!(style.add_modifier.contains(Modifier::REVERSED), "{role}");
    }
}
