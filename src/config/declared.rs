//! Every setting, declared once: name, where it may stand, type, default, and what it is for. Reading, checking, `:settings`
//! and the reference in the README derive from [`SETTINGS`].

use super::value::{Takes, Value};
use crate::text::located;

/// Where a setting may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the top of the file only.
    Top,
    /// Below a context only.
    Context,
    /// At the top, and below a context, which then overrides it there.
    Both,
}

/// A setting's declaration.
#[derive(Debug)]
pub struct Declared {
    pub setting: Setting,
    pub name: &'static str,
    pub place: Place,
    pub takes: Takes,
    /// As it would be written in the file.
    pub default: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

/// `Name "name" Place Takes "default" "doc";` becomes the enum and the table.
macro_rules! settings {
    ($($setting:ident $name:literal $place:ident $takes:ident $(($($with:literal),*))? $default:literal $doc:literal;)*) => {
        /// A setting, by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Setting { $($setting,)* }
        /// All settings, in the order in which `:settings` shows them.
        pub static SETTINGS: &[Declared] = &[$(Declared {
            setting: Setting::$setting, name: $name, place: Place::$place,
            takes: Takes::$takes $((&[$($with),*]))?, default: $default, doc: $doc,
        },)*];
    };
}

settings! {
    Readonly "readonly" Both Flag "false"
        "refuse everything that could change the cluster; `readonly: {allow: […]}` sets this and readonly.allow";
    ReadonlyAllow "readonly.allow" Both Choices("port-forward") "[]"
        "what read-only lets through all the same";
    Protected "protected" Both FlagOrNames "false"
        "a place where changes ask for its name to be typed: the whole context, or these namespaces";
    Confirm "confirm" Both Choice("auto", "always", "typed") "auto"
        "how much a change asks: by what it can damage, always by Enter, or always by typing a name";
    Read "read" Both Choice("auto", "stream", "pages") "auto"
        "how big lists are read: `auto` measures the link, `stream` and `pages` decide";
    Clipboard "clipboard" Both Choice("auto", "osc52", "system", "off") "auto"
        "where copies go: the desktop's clipboard, the terminal's (osc52), or by what is at hand";
    Favourites "favourites" Both Names "[]" "namespaces on the keys 1 to 9";
    Alias "alias" Context Name "" "a short name for the bar and for `:ctx`";
    Colour "colour" Context Colour "" "the colour of the context's name in the bar";
    Theme "theme" Both Name "dark" "the colours: a built-in theme, or one of your themes/NAME.yaml";
    Keymap "keymap" Top Name "default" "the keys: default, k9s, vim, or your keymaps/NAME.yaml; keymap.yaml changes single keys";
    LogsTail "logs.tail" Top Number "1000" "lines of each container that a log begins with";
    LogsSpill "logs.spill" Top Number "256" "megabytes of an open log that a private temporary file holds; then the oldest lines go";
    Aliases "aliases" Top Pairs "{}" "words for the `:` line and what they stand for: `pp: pods -A /crash`";
}

impl Setting {
    pub fn declared(self) -> Option<&'static Declared> {
        SETTINGS.iter().find(|own| own.setting == self)
    }

    /// The value when no file says anything.
    pub fn default_value(self) -> Value {
        let read = self.declared().and_then(|own| own.takes.read(&located::read(own.default).ok()?).ok());
        read.unwrap_or(Value::Text(String::new()))
    }
}

/// The setting of this name.
pub fn named(name: &str) -> Option<&'static Declared> {
    SETTINGS.iter().find(|own| own.name == name)
}

/// The reference of all settings as a Markdown table, for the README.
pub fn reference() -> String {
    let mut text = String::from("| setting | where | takes | default | what it does |\n|---|---|---|---|---|\n");
    for own in SETTINGS {
        let place = match own.place {
            Place::Top => "top",
            Place::Context => "context",
            Place::Both => "top, context",
        };
        let takes = own.takes.name().replace('|', "\\|");
        let default = if own.default.is_empty() { String::new() } else { format!("`{}`", own.default) };
        text.push_str(&format!("| `{}` | {place} | {takes} | {default} | {} |\n", own.name, own.doc));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_default_is_a_value_of_its_type_and_names_are_unique() {
        let names: BTreeSet<_> = SETTINGS.iter().map(|own| own.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
        for own in SETTINGS {
            let value = located::read(own.default).unwrap();
            assert!(own.takes.read(&value).is_ok(), "{}: {}", own.name, own.default);
            assert!(!own.doc.is_empty() && !own.doc.ends_with('.'), "{}", own.name);
        }
    }
}
