//! The settings at work: taking in files that have changed, and what follows from it for sessions and keys.

use super::App;
use super::effect::Effect;
use crate::config::texts::{Config, Texts};
use crate::text::located::{Mistake, hint};

impl App {
    /// The files of the configuration are there, or anew: what is wrong in them keeps what was in force.
    pub fn configure(&mut self, texts: &Texts) {
        let before = Config {
            settings: self.settings.clone(),
            keymap: self.keymap.clone(),
            columns: self.columns.clone(),
            ..Config::default()
        };
        let mut after = texts.config(&before);
        after.mistakes.extend(self.lost_themes(texts, &after.settings));
        let news = after.mistakes.iter().find(|mistake| !self.mistakes.contains(mistake)).cloned();
        let more = after.mistakes.len().saturating_sub(1);
        let changed = after.settings != before.settings || after.keymap != before.keymap;
        let opened = self.config_files.is_some();
        (self.mistakes, self.config_files) = (after.mistakes, Some(after.files));
        self.pending.clear();
        self.keymap = after.keymap;
        self.columns = after.columns;
        // A list that is open goes on with what it shows.
        if self.chooser.is_none() {
            self.dress();
        }
        self.settings = after.settings;
        match news {
            Some(mistake) if more > 0 => self.say(Err(format!("{mistake} ({more} more: `:settings` shows them)"))),
            Some(mistake) => self.say(Err(mistake)),
            None if opened && changed => self.say(Ok("the settings have changed and hold from now on".into())),
            None => {}
        }
        if changed {
            self.out.push(Effect::Configure(Box::new(self.settings.clone())));
            self.connect_where_rights_changed(&before.settings);
        }
    }

    /// The settings name themes that there are not: the last one stays on the screen.
    fn lost_themes(&self, texts: &Texts, settings: &crate::config::Settings) -> Vec<String> {
        let names = self.themes.names();
        let file = texts.config.as_ref().map(|source| source.file.as_str()).unwrap_or_default();
        let lost = settings.themes().into_iter().filter(|(name, _)| !names.is_empty() && !names.contains(name));
        lost.map(|(name, at)| {
            let near = hint(&name, names.iter().map(String::as_str));
            Mistake::new(at, format!("theme: there is no theme `{name}`{near}")).in_file(file)
        })
        .collect()
    }

    /// Read-only is a matter of the connection: it is made anew where the settings now say otherwise.
    fn connect_where_rights_changed(&mut self, before: &crate::config::Settings) {
        let now = &self.settings;
        let rights = |settings: &crate::config::Settings, context: &str| {
            (settings.is_readonly(context), settings.readonly_allows(context, "port-forward"))
        };
        for session in &self.sessions {
            let context = session.context();
            if !context.is_empty() && rights(before, context) != rights(now, context) {
                self.out.push(Effect::Connect { session: session.id, context: Some(context.to_owned()) });
            }
        }
    }
}
