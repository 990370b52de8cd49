//! Roles and the styles they have. Everything that paints asks for a role; only here are there colours.
//!
//! A theme is YAML (`themes/*.yaml`): a palette of names, and for each role `FOREGROUND [on BACKGROUND] [bold] [dim]
//! [italic] [underline] [reverse]`. A missing role is an error, found when the theme is loaded.

use crate::kinds::Health;
use crate::text::document::Tone;
use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;

/// The built-in theme's source.
pub const DARK: &str = include_str!("../themes/dark.yaml");

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident;)*) => {
        /// A style for everything that can be on the screen.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Theme { $($(#[$doc])* pub $role: Style,)* }

        impl Theme {
            fn from_roles(mut style: impl FnMut(&str) -> Style) -> Self {
                Self { $($role: style(stringify!($role)),)* }
            }
        }
    };
}

roles! {
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
    #[error("{0}")]
    Roles(String),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    #[serde(default)]
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, String>,
}

impl Theme {
    /// Reads a theme; every wrong or missing role is named in the error.
    pub fn read(yaml: &str) -> Result<Self, BadTheme> {
        let mut source: Source = serde_yaml::from_str(yaml)?;
        let mut wrong = Vec::new();
        let theme = Self::from_roles(|role| match source.roles.remove(role) {
            None => {
                wrong.push(format!("role `{role}` is missing"));
                Style::new()
            }
            Some(text) => style(&text, &source.palette).unwrap_or_else(|word| {
                wrong.push(format!("role `{role}`: `{word}` is no colour and no attribute"));
                Style::new()
            }),
        });
        wrong.extend(source.roles.keys().map(|role| format!("there is no role `{role}`")));
        if wrong.is_empty() { Ok(theme) } else { Err(BadTheme::Roles(wrong.join("; "))) }
    }

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

/// Reads `FOREGROUND [on BACKGROUND] [ATTRIBUTE…]`; the error is the word that means nothing.
fn style<'a>(text: &'a str, palette: &BTreeMap<String, String>) -> Result<Style, &'a str> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let attribute = match word {
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            "on" => {
                let name = words.next().ok_or(word)?;
                style = style.bg(colour(name, palette).ok_or(name)?);
                continue;
            }
            name => {
                style = style.fg(colour(name, palette).ok_or(name)?);
                continue;
            }
        };
        style = style.add_modifier(attribute);
    }
    Ok(style)
}

fn colour(name: &str, palette: &BTreeMap<String, String>) -> Option<Color> {
    match palette.get(name) {
        Some(value) => value.parse().ok(),
        None if name == "default" => Some(Color::Reset),
        None => name.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_theme_is_whole() {
        Theme::read(DARK).unwrap();
    }

    #[test]
    fn mistakes_are_named() {
        let error = Theme::read("roles: {text: mauve-ish, moon: red}").unwrap_err().to_string();
        assert!(
            error.contains("`mauve-ish`") && error.contains("`moon`") && error.contains("`cursor` is missing"),
            "{error}"
        );
    }
}
