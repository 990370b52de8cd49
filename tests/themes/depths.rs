//! Every theme on terminals with 256, 16 and no colours.

use super::{all, contrast_of, seen};
use ratatui::style::{Color, Modifier};
use rk9s::theme::depth::{Depth, downgrade};

#[test]
fn what_is_left_with_fewer_colours_can_be_read() {
    for depth in [Depth::Indexed, Depth::Sixteen] {
        for (name, theme) in all().filter(|(name, _)| *name != "ansi") {
            let theme = downgrade(theme, depth);
            for (role, style) in theme.roles() {
                let contrast = contrast_of(&theme, style);
                assert!(contrast >= 2.9, "{name} at {depth:?}: {role} has {contrast:.2}");
                for colour in [style.fg, style.bg].into_iter().flatten() {
                    assert!(!matches!(colour, Color::Rgb(..)), "{name} at {depth:?}: {role}");
                    assert!(depth > Depth::Sixteen || !matches!(colour, Color::Indexed(_)), "{name}: {role}");
                }
            }
            let row = seen(&theme, theme.cursor);
            assert!(row.1 != seen(&theme, theme.base).1, "{name} at {depth:?}: no cursor");
        }
    }
}

#[test]
fn all_colours_are_left_alone_and_ansi_is_the_same_everywhere() {
    for (name, theme) in all() {
        assert_eq!(downgrade(theme.clone(), Depth::True), theme, "{name}");
        if name == "ansi" {
            for depth in [Depth::Sixteen, Depth::Indexed] {
                assert_eq!(downgrade(theme.clone(), depth).roles(), theme.roles());
            }
        }
    }
}

#[test]
fn without_colours_attributes_tell_what_matters() {
    for (name, theme) in all() {
        let theme = downgrade(theme, Depth::Mono);
        for (role, style) in theme.roles() {
            assert!(style.fg.is_none() && style.bg.is_none(), "{name}: {role}");
        }
        for style in [theme.cursor, theme.chosen, theme.bar, theme.found] {
            assert!(style.add_modifier.contains(Modifier::REVERSED), "{name}");
        }
        for style in [theme.wrong, theme.error, theme.removed, theme.heading] {
            assert!(style.add_modifier.contains(Modifier::BOLD), "{name}");
        }
    }
}
