//! How many colours a terminal has, and a theme brought down to them.

use super::{Theme, colour};
use anstyle_lossy::palette::VGA;
use ratatui::style::{Color, Modifier, Style};

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none are wanted.
    Mono,
    /// Its own sixteen.
    Sixteen,
    /// xterm's 256.
    Indexed,
    #[default]
    True,
}

/// Terminals that have all colours and may reach us without saying so in `COLORTERM`, as over SSH.
const TRUE: [&str; 7] = ["kitty", "alacritty", "wezterm", "ghostty", "foot", "contour", "direct"];
/// Terminals that have none.
const MONO: [&str; 4] = ["vt100", "vt102", "vt220", "mono"];

/// What lines are told apart by where the colours do not suffice.
const LEGIBLE: f32 = 3.0;

impl Depth {
    /// What the environment says: `COLORTERM` where it is set, else the name of the terminal.
    pub fn of(colorterm: &str, term: &str) -> Self {
        if matches!(colorterm, "truecolor" | "24bit") || TRUE.iter().any(|name| term.contains(name)) {
            return Self::True;
        }
        if MONO.iter().any(|name| term.contains(name)) {
            return Self::Mono;
        }
        if term.contains("256color") || !colorterm.is_empty() { Self::Indexed } else { Self::Sixteen }
    }

    /// The nearest colour that there is.
    pub fn nearest(self, colour: Color) -> Color {
        let rgb = match colour {
            Color::Rgb(r, g, b) => anstyle::RgbColor(r, g, b),
            Color::Indexed(index) if self == Self::Sixteen && index > 15 => {
                anstyle_lossy::xterm_to_rgb(anstyle::Ansi256Color(index), VGA)
            }
            other => return other,
        };
        match self {
            Self::True => colour,
            Self::Indexed => Color::Indexed(anstyle_lossy::rgb_to_xterm(rgb).0),
            Self::Sixteen => named(anstyle_lossy::rgb_to_ansi(rgb, VGA)),
            Self::Mono => Color::Reset,
        }
    }
}

fn named(colour: anstyle::AnsiColor) -> Color {
    let index = anstyle::Ansi256Color::from(colour).0;
    colour::SIXTEEN.get(usize::from(index)).copied().unwrap_or(Color::Reset)
}

/// The theme in the colours that the terminal has. What would be lost in its surroundings is black, white or reversed instead.
pub fn downgrade(theme: Theme, depth: Depth) -> Theme {
    match depth {
        Depth::True => return theme,
        Depth::Mono => return Theme { depth, ..theme.without_colour() },
        Depth::Sixteen | Depth::Indexed => {}
    }
    let ground = theme.base.bg.map(|paper| depth.nearest(paper));
    let mut theme = theme.map(|style| {
        let style =
            Style { fg: style.fg.map(|fg| depth.nearest(fg)), bg: style.bg.map(|bg| depth.nearest(bg)), ..style };
        legible(style, ground)
    });
    theme.depth = depth;
    for style in [&mut theme.cursor, &mut theme.chosen] {
        if style.bg == ground {
            *style = Style { fg: theme.base.fg, bg: None, ..*style }.add_modifier(Modifier::REVERSED);
        }
    }
    theme
}

/// The style with a foreground that is seen on its background.
fn legible(style: Style, ground: Option<Color>) -> Style {
    let (Some(ink), Some(paper)) = (style.fg, style.bg.or(ground)) else { return style };
    match colour::contrast(ink, paper) {
        Some(contrast) if contrast < LEGIBLE => style.fg(colour::ink_on(paper)),
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (colorterm, term, depth) in [
            ("truecolor", "xterm-256color", Depth::True),
            ("24bit", "screen", Depth::True),
            ("", "xterm-kitty", Depth::True),
            ("", "xterm-direct", Depth::True),
            ("", "xterm-256color", Depth::Indexed),
            ("", "tmux-256color", Depth::Indexed),
            ("1", "rxvt", Depth::Indexed),
            ("", "linux", Depth::Sixteen),
            ("", "xterm", Depth::Sixteen),
            ("", "", Depth::Sixteen),
            ("", "vt220", Depth::Mono),
            ("", "xterm-mono", Depth::Mono),
        ] {
            assert_eq!(Depth::of(colorterm, term), depth, "{colorterm} {term}");
        }
    }

    #[test]
    fn the_nearest_colour_is_taken() {
        let orange = Color::Rgb(0xff, 0xaf, 0x00);
        assert_eq!(Depth::True.nearest(orange), orange);
        assert_eq!(Depth::Indexed.nearest(orange), Color::Indexed(214), "xterm's own 214 is exactly this");
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(0xff, 0x50, 0x58)), Color::LightRed);
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(3, 2, 1)), Color::Black);
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(231)), Color::White);
        for depth in [Depth::Sixteen, Depth::Indexed] {
            assert_eq!(depth.nearest(Color::Reset), Color::Reset);
            assert_eq!(depth.nearest(Color::Green), Color::Green);
        }
    }
}
