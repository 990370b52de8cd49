//! Settings: what a user may choose, with their defaults. Plain data; reading files is [`load`]'s business.

pub mod columns;
pub mod declared;
pub mod load;
pub mod read;
pub mod texts;
pub mod value;

use crate::cluster::watch::ReadChoice;
use crate::text::located::At;
pub use declared::{SETTINGS, Setting};
use std::collections::BTreeMap;
pub use value::Value;

/// The settings in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What the top of the file says.
    pub top: Values,
    /// What it says of single contexts.
    pub contexts: BTreeMap<String, Values>,
    /// k9s' `aliases.yaml`.
    pub foreign_aliases: BTreeMap<String, String>,
    /// From the command line: `--readonly` cannot be overridden, `--write` overrides the settings above.
    pub forced: Forced,
    /// `NO_COLOR` is set.
    pub plain: bool,
}

/// The settings that a part of the file gives, with their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<Setting, (Value, At)>);

/// A file with a theme, or with one of k9s' skins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeFile {
    /// What it is called by: the file's name without its end.
    pub name: String,
    /// Where it is, for messages.
    pub file: String,
    pub text: String,
}

impl Values {
    pub fn get(&self, setting: Setting) -> Option<&Value> {
        self.0.get(&setting).map(|(value, _)| value)
    }

    /// Where in the file it stands.
    pub fn place(&self, setting: Setting) -> Option<At> {
        self.0.get(&setting).map(|(_, at)| *at)
    }

    pub fn set(&mut self, setting: Setting, value: Value, at: At) {
        self.0.insert(setting, (value, at));
    }
}

/// What the command line says about changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forced {
    #[default]
    Nothing,
    ReadOnly,
    Write,
}

/// Where a copied text goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clipboard {
    /// By the terminal over SSH, else by the desktop's clipboard.
    #[default]
    Auto,
    Osc52,
    System,
    Off,
}

/// How much a change asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confirm {
    #[default]
    Auto,
    Always,
    Typed,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    Top(At),
    Context(At),
    CommandLine,
}

impl Settings {
    /// The settings of a text; what is wrong in it is left out.
    pub fn of(text: &str) -> Self {
        read::read(text, &Self::default()).0
    }

    /// A setting outside any context.
    pub fn everywhere(&self, setting: Setting) -> Value {
        self.top.get(setting).cloned().unwrap_or_else(|| setting.default_value())
    }

    /// A setting as it holds in a context.
    pub fn value(&self, context: &str, setting: Setting) -> Value {
        let own = self.contexts.get(context).and_then(|own| own.get(setting)).cloned();
        own.unwrap_or_else(|| self.everywhere(setting))
    }

    /// Where the value of a setting in a context comes from.
    pub fn origin(&self, context: &str, setting: Setting) -> Origin {
        if setting == Setting::Readonly && self.forced != Forced::Nothing {
            return Origin::CommandLine;
        }
        let own = self.contexts.get(context).and_then(|own| own.place(setting)).map(Origin::Context);
        own.or_else(|| self.top.place(setting).map(Origin::Top)).unwrap_or(Origin::Default)
    }

    fn flag(&self, context: &str, setting: Setting) -> bool {
        self.value(context, setting) == Value::Flag(true)
    }

    fn number(&self, setting: Setting) -> u32 {
        self.text("", setting).parse().unwrap_or_default()
    }

    /// Lines of each container that a log begins with.
    pub fn logs_tail(&self) -> u32 {
        self.number(Setting::LogsTail)
    }

    /// Megabytes of an open log that a temporary file holds.
    pub fn logs_spill(&self) -> u32 {
        self.number(Setting::LogsSpill)
    }

    fn text(&self, context: &str, setting: Setting) -> String {
        match self.value(context, setting) {
            Value::Text(text) => text,
            _ => String::new(),
        }
    }

    fn names(&self, context: &str, setting: Setting) -> Vec<String> {
        match self.value(context, setting) {
            Value::Names(names) => names,
            _ => Vec::new(),
        }
    }

    /// Whether a context may not be changed.
    pub fn is_readonly(&self, context: &str) -> bool {
        match self.forced {
            Forced::ReadOnly => true,
            Forced::Write => false,
            Forced::Nothing => self.flag(context, Setting::Readonly),
        }
    }

    /// Whether read-only lets this through (`port-forward`) in a context.
    pub fn readonly_allows(&self, context: &str, what: &str) -> bool {
        self.names(context, Setting::ReadonlyAllow).iter().any(|own| own == what)
    }

    /// Whether changes in a namespace of a context (or outside any) ask for a name to be typed.
    pub fn is_protected(&self, context: &str, namespace: &str) -> bool {
        match self.value(context, Setting::Protected) {
            Value::Flag(flag) => flag,
            Value::Names(names) => names.iter().any(|own| own == namespace),
            _ => false,
        }
    }

    /// How much changes ask in a context.
    pub fn confirm(&self, context: &str) -> Confirm {
        match self.text(context, Setting::Confirm).as_str() {
            "always" => Confirm::Always,
            "typed" => Confirm::Typed,
            _ => Confirm::Auto,
        }
    }

    /// Where copies go in a context.
    pub fn clipboard(&self, context: &str) -> Clipboard {
        match self.text(context, Setting::Clipboard).as_str() {
            "osc52" => Clipboard::Osc52,
            "system" => Clipboard::System,
            "off" => Clipboard::Off,
            _ => Clipboard::Auto,
        }
    }

    /// The namespaces on the digit keys of a context.
    pub fn favourites(&self, context: &str) -> Vec<String> {
        self.names(context, Setting::Favourites)
    }

    /// The theme of a context, by name.
    pub fn theme(&self, context: &str) -> String {
        self.text(context, Setting::Theme)
    }

    /// The themes that a file names, and where.
    pub fn themes(&self) -> Vec<(String, At)> {
        let named = |values: &Values| match (values.get(Setting::Theme), values.place(Setting::Theme)) {
            (Some(Value::Text(name)), Some(at)) => Some((name.clone(), at)),
            _ => None,
        };
        [&self.top].into_iter().chain(self.contexts.values()).filter_map(named).collect()
    }

    /// The colour of a context's name in the bar, if it has one of its own: a terminal's name for it, or `#rrggbb`.
    pub fn colour(&self, context: &str) -> Option<String> {
        Some(self.text(context, Setting::Colour)).filter(|colour| !colour.is_empty())
    }

    /// The keymap, by name.
    pub fn keymap(&self) -> String {
        self.text("", Setting::Keymap)
    }

    /// What a word of the `:` line stands for.
    pub fn alias(&self, word: &str) -> Option<String> {
        let own = match self.everywhere(Setting::Aliases) {
            Value::Pairs(pairs) => pairs.get(word).cloned(),
            _ => None,
        };
        own.or_else(|| self.foreign_aliases.get(word).cloned())
    }

    /// Every alias with what it stands for, in alphabetical order.
    pub fn aliases(&self) -> BTreeMap<String, String> {
        let mut all = self.foreign_aliases.clone();
        if let Value::Pairs(own) = self.everywhere(Setting::Aliases) {
            all.extend(own);
        }
        all
    }

    /// How a context's lists are read.
    pub fn read(&self, context: &str) -> ReadChoice {
        match self.text(context, Setting::Read).as_str() {
            "stream" => ReadChoice::Stream,
            "pages" => ReadChoice::Pages,
            _ => ReadChoice::Auto,
        }
    }

    /// The alias of a context.
    pub fn context_alias(&self, context: &str) -> Option<&str> {
        match self.contexts.get(context)?.get(Setting::Alias)? {
            Value::Text(alias) if !alias.is_empty() => Some(alias),
            _ => None,
        }
    }

    /// The contexts that have an alias, with it.
    pub fn context_aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.contexts.keys().filter_map(|context| Some((context.as_str(), self.context_alias(context)?)))
    }

    /// What the bar calls a context: its alias, else the distinguishing tail of long names (`arn:…:cluster/prod-eu`).
    pub fn short_name<'a>(&'a self, context: &'a str) -> &'a str {
        if let Some(alias) = self.context_alias(context) {
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
        let mut settings = Settings::of("readonly: true\ncontexts: {dev: {readonly: false}}");
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

    #[test]
    fn both_forms_of_what_read_only_allows() {
        for text in ["readonly: {allow: [port-forward]}", "readonly: true\nreadonly.allow: port-forward"] {
            let settings = Settings::of(text);
            assert!(settings.is_readonly("prod") && settings.readonly_allows("prod", "port-forward"), "{text}");
        }
    }
}
