//! `:settings`: every setting with its value on this context, where that comes from, and what it is for; first what is wrong.

use crate::app::App;
use crate::config::{Origin, SETTINGS};
use crate::text::width;
use crate::theme::Theme;
use ratatui::style::Style;

type Pieces = Vec<(String, Style)>;

pub fn lines(app: &App, theme: &Theme, room: u16) -> Vec<Pieces> {
    let room = usize::from(room).saturating_sub(2);
    let context = app.session().map(|session| session.context().to_owned()).unwrap_or_default();
    let mut lines = wrong(app, theme, room);
    lines.push(vec![(format!("Settings in {}", app.settings.short_name(&context)), theme.title)]);
    for own in SETTINGS {
        let value = app.settings.value(&context, own.setting);
        let value = match own.setting {
            crate::config::Setting::Readonly => app.settings.is_readonly(&context).to_string(),
            _ => value.to_string(),
        };
        let from = match app.settings.origin(&context, own.setting) {
            Origin::Default => "the default".to_owned(),
            Origin::Top(at) => format!("config.yaml, line {}", at.line),
            Origin::Context(at) => format!("config.yaml, line {}, for this context", at.line),
            Origin::CommandLine => "the command line".to_owned(),
        };
        let pad = " ".repeat(16usize.saturating_sub(width::of(own.name)));
        lines.push(vec![
            (format!("  {}{pad}", own.name), theme.key),
            (value, theme.text),
            (format!("  from {from}"), theme.dim),
        ]);
        let default = if own.default.is_empty() { "none" } else { own.default };
        let doc = format!("{}. Takes {}; default {default}.", own.doc, own.takes.name());
        lines.extend(
            width::wrap(&doc, room.saturating_sub(4)).into_iter().map(|l| vec![(format!("    {l}"), theme.dim)]),
        );
    }
    lines.push(Vec::new());
    lines.push(vec![("Files".into(), theme.title)]);
    let files = app.config_files.iter().flatten();
    lines.extend(files.map(|file| vec![(format!("  {file}"), theme.text)]));
    if app.config_files.as_ref().is_none_or(Vec::is_empty) {
        lines.push(vec![("  none: the defaults hold; `rk9s info` says where they are looked for".into(), theme.dim)]);
    }
    lines
}

fn wrong(app: &App, theme: &Theme, room: usize) -> Vec<Pieces> {
    if app.mistakes.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![vec![("What is wrong in the files".into(), theme.title)]];
    for mistake in &app.mistakes {
        let wrapped = width::wrap(mistake, room.saturating_sub(2));
        lines.extend(wrapped.into_iter().map(|line| vec![(format!("  {line}"), theme.error)]));
    }
    lines.push(Vec::new());
    lines
}
