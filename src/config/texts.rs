//! The files of a user's configuration as texts, and what comes of them together. It reads no file: [`super::load`] does.

use super::columns::Choices;
use super::value::Value;
use super::{Setting, Settings, read};
use crate::keys::Keymap;
pub use crate::keys::keymap::Source;
use crate::text::located::{Mistake, NO_YAML};
use std::collections::BTreeMap;

/// Every file that configures rk9s, where it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub config: Option<Source>,
    /// k9s' `aliases.yaml`.
    pub aliases: Option<Source>,
    /// k9s' `views.yaml`.
    pub views: Option<Source>,
    /// Single keys over the keymap that the settings name.
    pub keymap: Option<Source>,
    /// `keymaps/NAME.yaml` by name.
    pub keymaps: BTreeMap<String, Source>,
    /// What was chosen of columns, from the state directory.
    pub columns: String,
}

/// What is in force, and what is wrong in the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    pub settings: Settings,
    pub keymap: Keymap,
    pub columns: Choices,
    /// Each with file, line and column.
    pub mistakes: Vec<String>,
    /// The files that were read.
    pub files: Vec<String>,
}

impl Texts {
    /// What the texts come to. What is wrong in one keeps what `before` had there.
    pub fn config(&self, before: &Config) -> Config {
        let mut mistakes = Vec::new();
        let mut settings = match &self.config {
            Some(source) => {
                let (settings, wrong) = read::read(&source.text, &before.settings);
                mistakes.extend(wrong.iter().map(|mistake| mistake.in_file(&source.file)));
                settings
            }
            None => Settings { forced: before.settings.forced, plain: before.settings.plain, ..Settings::default() },
        };
        settings.foreign_aliases = match &self.aliases {
            Some(source) => {
                let (aliases, wrong) = read::aliases(&source.text);
                let unread = unread(&wrong);
                mistakes.extend(wrong.iter().map(|mistake| mistake.in_file(&source.file)));
                if unread { before.settings.foreign_aliases.clone() } else { aliases }
            }
            None => BTreeMap::new(),
        };
        let keymap = self.keys(&mut settings, before, &mut mistakes);
        let columns = self.choices(before, &mut mistakes);
        Config { settings, keymap, columns, mistakes, files: self.files() }
    }

    /// The keys; a keymap that there is not, and a file that is no YAML, leave those that were.
    fn keys(&self, settings: &mut Settings, before: &Config, mistakes: &mut Vec<String>) -> Keymap {
        let own = |name: &str| self.keymaps.get(name).cloned();
        let name = settings.keymap();
        if let Some(near) = Keymap::missing(&name, &own) {
            let kept = before.settings.keymap();
            let at = settings.top.place(Setting::Keymap).unwrap_or_default();
            let said = format!("keymap: there is no keymap `{name}`{near}; {kept} holds");
            let file = self.config.as_ref().map_or("config.yaml", |source| &source.file);
            mistakes.push(Mistake::new(at, said).in_file(file));
            settings.top.set(Setting::Keymap, Value::Text(kept), at);
        }
        let (keymap, wrong) = Keymap::named(&settings.keymap(), self.keymap.as_ref(), &own);
        let unread = wrong.iter().any(|said| said.contains(NO_YAML));
        mistakes.extend(wrong);
        if unread && before.keymap != Keymap::default() { before.keymap.clone() } else { keymap }
    }

    /// What was chosen on the screen comes before k9s' file. Nobody wrote the former by hand: what is wrong in it is not told.
    fn choices(&self, before: &Config, mistakes: &mut Vec<String>) -> Choices {
        let foreign = self.views.as_ref().map(|source| {
            let (choices, wrong) = Choices::read(&source.text);
            let unread = unread(&wrong);
            mistakes.extend(wrong.iter().map(|mistake| mistake.in_file(&source.file)));
            if unread { before.columns.clone() } else { choices }
        });
        foreign.unwrap_or_default().under(Choices::read(&self.columns).0)
    }

    fn files(&self) -> Vec<String> {
        let own = [&self.config, &self.aliases, &self.views, &self.keymap].into_iter().flatten();
        own.chain(self.keymaps.values()).map(|source| source.file.clone()).collect()
    }
}

/// Whether nothing of the file could be read.
fn unread(wrong: &[Mistake]) -> bool {
    wrong.iter().any(|mistake| mistake.said.starts_with(NO_YAML))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    fn texts(config: &str) -> Texts {
        Texts { config: Some(Source { file: "config.yaml".into(), text: config.into() }), ..Texts::default() }
    }

    /// Every kind of mistake in one file: each is told with its place, and all else holds.
    #[test]
    fn a_file_with_every_kind_of_mistake() {
        let before = texts("readonly: true\ncontexts: {prod: {clipboard: osc52}}").config(&Config::default());
        assert_eq!(before.mistakes, Vec::<String>::new());
        let text = "\
readonly: maybe
favorites: [shop]
read: fast
favourites: {a: b}
alias: x
readonly.allow: [port-forwrd]
keymap: vmi
theme: [a, b]
contexts:
  prod:
    clipboard: of
    colour: rde
    keymap: vim
    read: stream
    read: pages
    protected: {a: 1}
  dev: 3
  7:
    favourites: [web]
aliases: {pp: [pods], 1: pods}
";
        let after = texts(text).config(&before);
        let want = [
            "config.yaml:1:11: readonly: `maybe` is neither true nor false; true holds",
            "config.yaml:2:1: there is no setting `favorites`; did you mean `favourites`?",
            "config.yaml:3:7: read: `fast` is none of auto, stream, pages; auto holds",
            "config.yaml:4:13: favourites: a map is no list of names; [] holds",
            "config.yaml:5:1: `alias` stands below a context: `contexts: {NAME: {…}}`",
            "config.yaml:6:18: readonly.allow: `port-forwrd` is none of port-forward; did you mean `port-forward`?; [] holds",
            "config.yaml:8:8: theme: a list is no name; dark holds",
            "config.yaml:15:5: `read` is given twice, first in line 14",
            "config.yaml:11:16: clipboard: `of` is none of auto, osc52, system, off; did you mean `off`?; osc52 holds",
            "config.yaml:12:13: colour: `rde` is no colour: write #rrggbb or one of black, red, green, yellow, blue, magenta, \
             cyan, gray, darkgray, lightred, lightgreen, lightyellow, lightblue, lightmagenta, lightcyan, white; \
             did you mean `red`?; (none) holds",
            "config.yaml:13:5: `keymap` stands at the top, not below a context",
            "config.yaml:16:16: protected: a map is no list of names; false holds",
            "config.yaml:17:8: context dev is a map of names and values",
            "config.yaml:20:11: aliases: what `pp` stands for is a text; {} holds",
            "config.yaml:7:9: keymap: there is no keymap `vmi`; did you mean `vim`?; default holds",
        ];
        for (said, want) in after.mistakes.iter().zip(want) {
            assert_eq!(said, want);
        }
        assert_eq!(after.mistakes.len(), want.len());
        assert!(after.settings.is_readonly("prod"), "the last good value");
        assert_eq!(after.settings.value("prod", Setting::Read).to_string(), "pages");
        assert_eq!(after.settings.favourites("7"), ["web"]);
        assert_eq!(after.keymap, before.keymap);
    }

    #[test]
    fn a_file_that_is_no_yaml_changes_nothing() {
        let before = texts("favourites: [shop]").config(&Config::default());
        let after = texts("favourites: [shop\nread: {").config(&before);
        assert_eq!(after.settings, before.settings);
        assert!(after.mistakes[0].ends_with("the settings stay as they were"), "{:?}", after.mistakes);
        let gone = Texts::default().config(&before);
        assert_eq!(gone.settings, Settings::default(), "without a file the defaults hold");
    }

    /// The same in the other files: what was in force stays, but for what the file itself says of single things.
    #[test]
    fn other_files_that_are_no_yaml_change_nothing() {
        let source = |file: &str, text: &str| Some(Source { file: file.into(), text: text.into() });
        let good = Texts {
            aliases: source("aliases.yaml", "aliases: {dp: deploy}"),
            views: source("views.yaml", "views: {v1/pods: {columns: [NAME, AGE]}}"),
            keymap: source("keymap.yaml", "table: {top: T}"),
            keymaps: [(
                "mine".to_owned(),
                Source { file: "keymaps/mine.yaml".into(), text: "table: {bottom: B}".into() },
            )]
            .into(),
            ..texts("keymap: mine")
        };
        let before = good.config(&Config::default());
        assert_eq!(before.mistakes, Vec::<String>::new());
        let broken = |text: &str| source("x.yaml", text);
        for (what, texts) in [
            ("aliases", Texts { aliases: broken("aliases: {"), ..good.clone() }),
            ("views", Texts { views: broken("views: ["), ..good.clone() }),
            ("keymap", Texts { keymap: broken("table: {"), ..good.clone() }),
            ("keymaps", Texts { keymaps: [("mine".to_owned(), broken("table: {").unwrap())].into(), ..good.clone() }),
        ] {
            let after = texts.config(&before);
            assert_eq!(after.mistakes.len(), 1, "{what}: {:?}", after.mistakes);
            assert!(
                after.mistakes[0].starts_with("x.yaml:1:") && after.mistakes[0].contains(NO_YAML),
                "{:?}",
                after.mistakes
            );
            assert_eq!(
                (&after.settings, &after.keymap, &after.columns),
                (&before.settings, &before.keymap, &before.columns)
            );
        }
        let lost = Texts { config: texts("keymap: yours").config, ..good };
        let after = lost.config(&before);
        assert_eq!(after.mistakes, ["config.yaml:1:9: keymap: there is no keymap `yours`; mine holds"]);
        assert_eq!(after.keymap, before.keymap);
    }

    #[test]
    fn k9s_aliases_are_read_as_they_are() {
        let text = "aliases:\n  dp: deployments\n  pp: v1/pods\n  fred: pod kube-system app=fred\n  x:\n";
        let texts = Texts {
            aliases: Some(Source { file: "aliases.yaml".into(), text: text.into() }),
            ..texts("aliases: {dp: po}")
        };
        let config = texts.config(&Config::default());
        assert_eq!(config.settings.alias("pp").as_deref(), Some("v1/pods"));
        assert_eq!(config.settings.alias("dp").as_deref(), Some("po"), "one's own come first");
        assert_eq!(config.mistakes, ["aliases.yaml:5:3: what `x` stands for is a text"]);
    }
}
