//! Roles and the styles they have. Everything that paints asks for a role; only here are there colours.
//!
//! A theme is YAML (`themes/*.yaml`): a palette of names, and for each role `FOREGROUND [on BACKGROUND] [bold] [dim]
//! [italic] [underline] [reverse]`. What it does not say it inherits. k9s' skins become themes, too.

pub mod colour;
pub mod depth;
pub mod library;
pub mod skin;
mod source;

use crate::kinds::Health;
use crate::text::document::Tone;
use depth::Depth;
pub use library::find;
use ratatui::style::{Modifier, Style};

/// A coloured text on the cursor's row has at least this contrast, or the cursor's own foreground.
const LEGIBLE: f32 = 3.0;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident;)*) => {
        /// A style for everything that can be on the screen.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Theme {
            $($(#[$doc])* pub $role: Style,)*
            /// How many colours it is meant for.
            pub depth: Depth,
        }

        impl Theme {
            fn from_roles(mut style: impl FnMut(&str) -> Style) -> Self {
                Self { $($role: style(stringify!($role)),)* depth: Depth::True }
            }

            /// The theme with another style for every role.
            pub fn map(self, mut style: impl FnMut(Style) -> Style) -> Self {
                Self { $($role: style(self.$role),)* depth: self.depth }
            }

            /// Every role by its name.
            pub fn roles(&self) -> Vec<(&'static str, Style)> {
                vec![$((stringify!($role), self.$role),)*]
            }
        }
    };
}

roles! {
    /// The screen itself: what stands behind everything that has no background of its own.
    base;
    /// Ordinary text.
    text;
    /// Text that matters less: `<none>`, ages, separators.
    dim;
    /// The bar above.
    bar;
    /// The context in the bar.
    context;
    /// Column titles.
    header;
    /// The title of the column that orders the table.
    sorted;
    /// The row under the cursor.
    cursor;
    /// A marked row.
    marked;
    /// Rows by health.
    wrong; changing; unknown; done;
    /// The part of a name that a filter matched.
    highlight;
    /// States in the bar.
    live; syncing; stale;
    /// The read-only badge.
    readonly;
    /// Keys, and what they do, in the line below and in help.
    key; hint;
    /// The prompt and its completion.
    prompt; completion;
    /// Messages.
    error; notice;
    /// Frames and titles of what floats.
    border; title;
    /// The chosen entry of a list that floats.
    chosen;
    /// Documents: names of fields, headings, values that are as they should be, lines of a diff, hidden secret values.
    field; heading; well; added; removed; masked;
    /// What a search in a text found.
    found;
    /// Sources of merged lines (pods, containers), in turn.
    source1; source2; source3; source4; source5; source6;
}

/// A theme that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum BadTheme {
    #[error("not a theme: {0}")]
    Yaml(#[from] serde_yaml::Error),
    /// Everything that is wrong in a theme that is YAML.
    #[error("{}", .0.iter().map(|wrong| wrong.said.as_str()).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<Wrong>),
    /// The same, each with its file, line and column.
    #[error("{0}")]
    Placed(String),
}

/// Something wrong in a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Names that lead to it in the file.
    pub path: Vec<String>,
    pub said: String,
}

impl BadTheme {
    /// One thing that is wrong.
    fn one(path: &str, said: impl Into<String>) -> Self {
        Self::Wrong(vec![Wrong { path: vec![path.into()], said: said.into() }])
    }
}

impl Theme {
    /// The theme without colours, for `NO_COLOR`: attributes stay, so marks and the cursor are still seen.
    pub fn without_colour(self) -> Self {
        let plain = |style: Style| Style { fg: None, bg: None, ..style };
        Self {
            cursor: Style::new().add_modifier(Modifier::REVERSED),
            chosen: Style::new().add_modifier(Modifier::REVERSED),
            bar: plain(self.bar).add_modifier(Modifier::REVERSED),
            context: plain(self.context).add_modifier(Modifier::REVERSED | Modifier::BOLD),
            readonly: plain(self.readonly).add_modifier(Modifier::REVERSED | Modifier::BOLD),
            header: plain(self.header).add_modifier(Modifier::BOLD),
            sorted: plain(self.sorted).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            highlight: plain(self.highlight).add_modifier(Modifier::UNDERLINED),
            error: plain(self.error).add_modifier(Modifier::BOLD),
            wrong: plain(self.wrong).add_modifier(Modifier::BOLD),
            heading: plain(self.heading).add_modifier(Modifier::BOLD),
            removed: plain(self.removed).add_modifier(Modifier::BOLD),
            found: Style::new().add_modifier(Modifier::REVERSED),
            ..Self::default()
        }
    }

    /// A style on the row under the cursor: its own foreground where it can be read there.
    pub fn on_cursor(&self, style: Style) -> Style {
        if self.cursor.add_modifier.contains(Modifier::REVERSED) {
            // A foreground of its own would be a background: a patchwork.
            return style.patch(self.cursor);
        }
        let own = style.patch(Style { fg: None, ..self.cursor });
        let contrast = own.fg.zip(own.bg).and_then(|(ink, paper)| colour::contrast(ink, paper));
        match contrast {
            Some(contrast) if contrast < LEGIBLE => Style { fg: self.cursor.fg, ..own },
            _ => own,
        }
    }

    /// The context in the bar, on a colour of its own, by any of the names that a theme may use.
    pub fn context_in(&self, colour: &str) -> Style {
        let Some(own) = colour::read(colour).filter(|_| self.depth > Depth::Mono) else { return self.context };
        let paper = self.depth.nearest(own);
        Style::new().fg(colour::ink_on(paper)).bg(paper).add_modifier(Modifier::BOLD)
    }

    /// The style of a row by its health.
    pub fn health(&self, health: Health) -> Style {
        match health {
            Health::Well => self.text,
            Health::Done => self.done,
            Health::Changing => self.changing,
            Health::Unknown => self.unknown,
            Health::Wrong => self.wrong,
        }
    }

    /// The style of a piece of a document.
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.text,
            Tone::Dim => self.dim,
            Tone::Key => self.field,
            Tone::Title => self.heading,
            Tone::Well => self.well,
            Tone::Changing => self.changing,
            Tone::Wrong => self.wrong,
            Tone::Added => self.added,
            Tone::Removed => self.removed,
            Tone::Masked => self.masked,
        }
    }

    /// The style of the `n`th source of merged lines.
    pub fn source(&self, n: usize) -> Style {
        match n % 6 {
            0 => self.source1,
            1 => self.source2,
            2 => self.source3,
            3 => self.source4,
            4 => self.source5,
            _ => self.source6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    #[test]
    fn what_cannot_be_read_on_the_cursor_takes_its_foreground() {
        let theme =
            Theme { cursor: Style::new().fg(Color::Black).bg(Color::Rgb(0, 255, 255)), ..find("dark", &[]).unwrap() };
        let on = |fg| theme.on_cursor(Style::new().fg(fg).add_modifier(Modifier::BOLD));
        assert_eq!(on(Color::White).fg, Some(Color::Black));
        assert_eq!(on(Color::Rgb(120, 0, 0)).fg, Some(Color::Rgb(120, 0, 0)));
        assert_eq!(on(Color::White).bg, theme.cursor.bg);
        assert!(on(Color::White).add_modifier.contains(Modifier::BOLD));
    }

    #[test]
    fn a_context_stands_on_its_colour_as_far_as_the_terminal_has_it() {
        let theme = find("dark", &[]).unwrap();
        let red = theme.context_in("#b00020");
        assert_eq!((red.fg, red.bg), (Some(Color::White), Some(Color::Rgb(0xb0, 0, 0x20))));
        assert_eq!(theme.context_in("hotpink").fg, Some(Color::Black));
        assert_eq!(theme.context_in("no colour"), theme.context);
        let few = depth::downgrade(theme.clone(), Depth::Sixteen);
        assert_eq!(few.context_in("#b00020").bg, Some(Color::Red));
        let none = depth::downgrade(theme, Depth::Mono);
        assert_eq!(none.context_in("red"), none.context);
    }
}
