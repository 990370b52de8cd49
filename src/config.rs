//! Settings: what a user may choose, with their defaults. Plain data; reading files is [`load`]'s business.

pub mod load;

use crate::cluster::watch::ReadChoice;
use std::collections::BTreeMap;

/// The settings in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Refuse everything that could change a cluster.
    pub readonly: bool,
    /// How big lists are read: `auto` measures the link, `stream` and `pages` decide.
    pub read: Read,
    /// Namespaces on the digit keys, unless the context has its own.
    pub favourites: Vec<String>,
    /// The colours, by the name of a theme; `dark` if it does not say.
    pub theme: Option<String>,
    pub contexts: BTreeMap<String, ContextSettings>,
    /// From the command line: `--readonly` cannot be overridden, `--write` overrides the settings above.
    #[serde(skip)]
    pub forced: Forced,
    /// `NO_COLOR` is set.
    #[serde(skip)]
    pub plain: bool,
}

/// Settings of one context.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContextSettings {
    /// A short name for the bar and for `:ctx`.
    pub alias: Option<String>,
    pub readonly: Option<bool>,
    pub read: Option<Read>,
    pub favourites: Vec<String>,
    pub theme: Option<String>,
    /// The colour of the context's name in the bar.
    pub colour: Option<String>,
}

/// A file with a theme, or with one of k9s' skins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeFile {
    /// What it is called by: the file's name without its end.
    pub name: String,
    /// Where it is, for messages.
    pub file: String,
    pub text: String,
}

/// See [`Settings::read`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Read {
    #[default]
    Auto,
    Stream,
    Pages,
}

/// What the command line says about changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forced {
    #[default]
    Nothing,
    ReadOnly,
    Write,
}

impl Settings {
    /// Whether a context may not be changed.
    pub fn is_readonly(&self, context: &str) -> bool {
        match self.forced {
            Forced::ReadOnly => true,
            Forced::Write => false,
            Forced::Nothing => self.context(context).and_then(|c| c.readonly).unwrap_or(self.readonly),
        }
    }

    /// Whether changes there need their place typed.
    pub fn is_protected(&self, _: &str, _: &str) -> bool {
        false
    }

    pub fn context(&self, name: &str) -> Option<&ContextSettings> {
        self.contexts.get(name)
    }

    /// The namespaces on the digit keys of a context.
    pub fn favourites(&self, context: &str) -> &[String] {
        match self.context(context) {
            Some(own) if !own.favourites.is_empty() => &own.favourites,
            _ => &self.favourites,
        }
    }

    /// The theme of a context, by name.
    pub fn theme(&self, context: &str) -> String {
        let own = self.context(context).and_then(|own| own.theme.clone());
        own.or_else(|| self.theme.clone()).unwrap_or_else(|| "dark".into())
    }

    /// The colour of a context's name in the bar, if it has one of its own.
    pub fn colour(&self, context: &str) -> Option<String> {
        self.context(context)?.colour.clone()
    }

    /// How a context's lists are read.
    pub fn read(&self, context: &str) -> ReadChoice {
        match self.context(context).and_then(|c| c.read).unwrap_or(self.read) {
            Read::Auto => ReadChoice::Auto,
            Read::Stream => ReadChoice::Stream,
            Read::Pages => ReadChoice::Pages,
        }
    }

    /// What the bar calls a context: its alias, else the distinguishing tail of long names (`arn:…:cluster/prod-eu`).
    pub fn short_name<'a>(&'a self, context: &'a str) -> &'a str {
        if let Some(alias) = self.context(context).and_then(|c| c.alias.as_deref()) {
            return alias;
        }
        const LONG: usize = 32;
        if context.len() <= LONG {
            return context;
        }
        context.rsplit(['/', ':']).next().unwrap_or(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_settings_and_write_only_over_settings() {
        let mut settings: Settings =
            serde_yaml::from_str("readonly: true\ncontexts: {dev: {readonly: false}}").unwrap();
        assert!(settings.is_readonly("prod") && !settings.is_readonly("dev"));
        settings.forced = Forced::Write;
        assert!(!settings.is_readonly("prod"));
        settings.forced = Forced::ReadOnly;
        assert!(settings.is_readonly("dev"));
    }

    #[test]
    fn long_context_names_show_their_tail() {
        let settings = Settings::default();
        assert_eq!(settings.short_name("arn:aws:eks:eu-central-1:123456789012:cluster/prod-eu"), "prod-eu");
        assert_eq!(settings.short_name("kind-dev"), "kind-dev");
    }
}
