//! A theme's YAML: a palette, roles, and the theme that it inherits from. It resolves names; it reads no file.

use super::{BadTheme, Theme, Wrong, colour};
use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;

/// What a theme's file says.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The theme that has what this one does not; `dark` if it does not say.
    #[serde(default)]
    pub inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, String>,
}

impl Source {
    /// Reads the text of a theme.
    pub fn read(yaml: &str) -> Result<Self, BadTheme> {
        Ok(serde_yaml::from_str(yaml)?)
    }

    /// What it does not say, `parent` says.
    pub fn over(self, parent: Self) -> Self {
        let merged = |mut parent: BTreeMap<String, String>, own| {
            parent.extend(own);
            parent
        };
        Self {
            inherits: parent.inherits,
            palette: merged(parent.palette, self.palette),
            roles: merged(parent.roles, self.roles),
        }
    }

    /// The theme; every wrong or missing role is named in the error.
    pub fn theme(mut self) -> Result<Theme, BadTheme> {
        let mut wrong = Vec::new();
        let tell = |part: &str, name: &str, said| Wrong { path: vec![part.into(), name.into()], said };
        for (name, value) in &self.palette {
            if colour::read(value).is_none() {
                wrong.push(tell("palette", name, format!("palette `{name}`: `{value}` is no colour")));
            }
        }
        let theme = Theme::from_roles(|role| match self.roles.remove(role) {
            None => {
                wrong.push(tell("roles", role, format!("role `{role}` is missing")));
                Style::new()
            }
            Some(text) => style(&text, &self.palette).unwrap_or_else(|word| {
                let said = format!("role `{role}`: `{word}` is no colour and no attribute");
                wrong.push(tell("roles", role, said));
                Style::new()
            }),
        });
        wrong.extend(self.roles.keys().map(|role| tell("roles", role, format!("there is no role `{role}`"))));
        if wrong.is_empty() { Ok(theme) } else { Err(BadTheme::Wrong(wrong)) }
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
                style = style.bg(named(name, palette).ok_or(name)?);
                continue;
            }
            name => {
                style = style.fg(named(name, palette).ok_or(name)?);
                continue;
            }
        };
        style = style.add_modifier(attribute);
    }
    Ok(style)
}

fn named(name: &str, palette: &BTreeMap<String, String>) -> Option<Color> {
    match palette.get(name) {
        // A wrong value is told of once, where it stands.
        Some(value) => Some(colour::read(value).unwrap_or(Color::Reset)),
        None => colour::read(name),
    }
}
