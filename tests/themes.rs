#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! Themes as they are seen: what can be read on what, what is told apart without some cones, what is left of it on terminals with
//! fewer colours, and k9s' skins.

#[path = "themes/cones.rs"]
mod cones;
#[path = "themes/contrast.rs"]
mod contrast;
#[path = "themes/depths.rs"]
mod depths;
#[path = "themes/skins.rs"]
mod skins;

use ratatui::style::{Color, Modifier, Style};
use rk9s::theme::library::BUILT_IN;
use rk9s::theme::{self, Theme};

/// Every built-in theme.
pub fn all() -> impl Iterator<Item = (&'static str, Theme)> {
    BUILT_IN.iter().map(|(name, ..)| (*name, theme::find(name, &[]).unwrap()))
}

/// Where nothing says otherwise, the terminal is taken to be light grey on black.
const GROUND: (Color, Color) = (Color::Rgb(0xcc, 0xcc, 0xcc), Color::Rgb(0, 0, 0));

/// Foreground and background as they are seen.
pub fn seen(theme: &Theme, style: Style) -> (Color, Color) {
    let own = |colour: Option<Color>, base: Option<Color>, ground| {
        let colour = colour.or(base).unwrap_or(Color::Reset);
        if colour == Color::Reset { ground } else { colour }
    };
    let (ink, paper) = (own(style.fg, theme.base.fg, GROUND.0), own(style.bg, theme.base.bg, GROUND.1));
    if style.add_modifier.contains(Modifier::REVERSED) { (paper, ink) } else { (ink, paper) }
}

/// The contrast with which a style is seen.
pub fn contrast_of(theme: &Theme, style: Style) -> f32 {
    let (ink, paper) = seen(theme, style);
    theme::colour::contrast(ink, paper).unwrap()
}
