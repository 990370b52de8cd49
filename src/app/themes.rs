//! Which theme is on the screen: chosen by the settings, the command line, or from a list that shows each at once.
//!
//! Themes are names and texts here; what they look like is the screen's affair.

use super::App;
use super::effect::Effect;
use super::picker::{Does, Entry, Picker};
use crate::config::ThemeFile;
use std::collections::BTreeMap;

/// The themes that there are, and what was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Themes {
    /// Names of the built-in themes, and what they are for.
    pub built_in: Vec<(&'static str, &'static str)>,
    pub files: Vec<ThemeFile>,
    /// Counts the times that the files were read.
    pub revision: u32,
    /// From the command line, for this run.
    pub forced: Option<String>,
    /// What was chosen from the list, by the theme that the settings name.
    pub chosen: BTreeMap<String, String>,
}

impl Themes {
    /// The name of every theme, once, with what is known of it.
    fn offered(&self) -> Vec<(String, String)> {
        let own = |name: &str| self.files.iter().find(|file| file.name == name);
        let built_in = self.built_in.iter().map(|(name, about)| {
            let about = own(name).map_or((*about).to_owned(), |file| file.file.clone());
            ((*name).to_owned(), about)
        });
        let mut all: Vec<(String, String)> = built_in.collect();
        for file in &self.files {
            if !all.iter().any(|(name, _)| *name == file.name) {
                all.push((file.name.clone(), file.file.clone()));
            }
        }
        all
    }

    /// The name of every theme.
    pub fn names(&self) -> Vec<String> {
        self.offered().into_iter().map(|(name, _)| name).collect()
    }
}

impl App {
    /// The theme to paint with. While the list of themes floats, it is the one under its cursor.
    pub fn theme(&self) -> String {
        if let Some(Does::Theme(name)) = self.picker.as_ref().and_then(Picker::current).map(|entry| &entry.does) {
            return name.clone();
        }
        self.themes.forced.clone().unwrap_or_else(|| self.chosen_theme())
    }

    /// What the settings name for the context on the screen, or what was chosen instead of it.
    fn chosen_theme(&self) -> String {
        let named = self.named_theme();
        self.themes.chosen.get(&named).cloned().unwrap_or(named)
    }

    fn named_theme(&self) -> String {
        self.settings.theme(self.session().map(|session| session.context()).unwrap_or_default())
    }

    /// Floats the list of themes over the page, so that each is seen on what is shown.
    pub(super) fn pick_theme(&mut self) {
        let (now, offered) = (self.theme(), self.themes.offered());
        let entries = offered.into_iter().map(|(label, detail)| {
            let does = Does::Theme(label.clone());
            Entry { label, detail, does }
        });
        self.picker = Some(Picker::themes(entries.collect(), &now));
    }

    /// Keeps a theme, for later runs too: wherever the settings name the one that it replaces.
    pub(super) fn choose_theme(&mut self, name: &str) {
        if !self.themes.names().iter().any(|own| own == name) {
            return self.say(Err(format!("there is no theme `{name}`: `:theme` shows them all")));
        }
        let instead_of = self.named_theme();
        self.themes.chosen.insert(instead_of.clone(), name.to_owned());
        self.themes.forced = self.themes.forced.take().map(|_| name.to_owned());
        self.out.push(Effect::KeepTheme { instead_of, name: name.to_owned() });
    }

    /// The files of themes are there, or have changed.
    pub(super) fn take_themes(&mut self, files: Vec<ThemeFile>) {
        self.themes.files = files;
        self.themes.revision += 1;
    }
}
