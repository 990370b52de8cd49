//! Pages of text, made from the state when painted: help, messages, what is watched.

use super::{bar, paint};
use crate::app::App;
use crate::app::job::{State, told};
use crate::app::page::{Page, Topic};
use crate::app::table::{Brings, Table};
use crate::app::verb::{Scope, VERBS};
use crate::cluster::changes::Outcome;
use crate::store::delta::State as Fed;
use crate::text::width;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

type Pieces = Vec<(String, Style)>;

pub fn draw(app: &mut App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(Page::Text(text)) = app.page() else { return };
    let (topic, mut top) = (text.topic, text.top);
    let lines = match topic {
        Topic::Help => help(app, theme),
        Topic::Messages => messages(app, theme, area.width),
        Topic::Net => net(app, theme),
        Topic::Running => jobs(app, theme),
        Topic::Settings => super::settings::lines(app, theme, area.width),
    };
    top = top.min(lines.len().saturating_sub(usize::from(area.height)));
    for (row, line) in (0..area.height).zip(lines.iter().skip(top)) {
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        paint::pieces(buf, inner, row, line);
    }
    app.measured_text(top, usize::from(area.height), lines.len());
}

/// Every verb with its keys, by scope.
fn help(app: &App, theme: &Theme) -> Vec<Pieces> {
    let below = if app.session().is_some() { "" } else { " (no session)" };
    let mut lines = Vec::new();
    for (scope, title) in [
        (Scope::Table, "In tables"),
        (Scope::Paper, "In an object's text"),
        (Scope::Log, "In logs"),
        (Scope::Text, "In texts"),
        (Scope::Global, "Everywhere"),
    ] {
        lines.push(vec![(format!("{title}{below}"), theme.title)]);
        for verb in VERBS.iter().filter(|verb| verb.scope == scope) {
            let keys: Vec<String> = app.keymap.keys(verb.verb).iter().map(ToString::to_string).collect();
            let keys = if keys.is_empty() { format!(":{}", verb.id) } else { keys.join("  ") };
            let pad = " ".repeat(18usize.saturating_sub(width::of(&keys)));
            lines.push(match possible(app, verb.verb) {
                Ok(()) => vec![(format!("  {keys}{pad}"), theme.key), (verb.help.into(), theme.text)],
                Err(why) => vec![(format!("  {keys}{pad}{}: {why}", verb.help), theme.dim)],
            });
        }
        lines.push(Vec::new());
    }
    lines.push(vec![("The : line".into(), theme.title)]);
    for (form, does) in [
        ("KIND[/NAME] [NS]", "a kind, in a namespace, with the cursor on an object; short names as in kubectl"),
        ("-n NS[,NS…]  -A", "in these namespaces; in all"),
        ("-l SELECTOR", "only what the server finds by labels"),
        ("/FILTER", "only rows that fit (see the README for its grammar)"),
        ("@CONTEXT", "in another context"),
        ("ctx [NAME]  ns [NAME]", "contexts and namespaces: all, or go to one"),
    ] {
        let pad = " ".repeat(24usize.saturating_sub(width::of(form)));
        lines.push(vec![(format!("  {form}{pad}"), theme.key), (does.into(), theme.text)]);
    }
    lines
}

/// Whether a verb can do something on the page from which help was asked for.
fn possible(app: &App, verb: crate::app::verb::Verb) -> Result<(), String> {
    let stack = app.session().and_then(|session| app.stacks.get(&session.id));
    let below =
        stack.into_iter().flatten().rev().find(|page| !matches!(page, Page::Text(text) if text.topic == Topic::Help));
    if verb.scope() == Scope::Text { Ok(()) } else { app.possible_on(below, verb) }
}

fn messages(app: &App, theme: &Theme, room: u16) -> Vec<Pieces> {
    if app.notices.is_empty() {
        return vec![vec![("Nothing was said yet.".into(), theme.dim)]];
    }
    let mut lines = Vec::new();
    for notice in app.notices.iter().rev() {
        let style = if notice.is_error { theme.error } else { theme.notice };
        let text = format!("{}  {}", bar::clock(notice.at), notice.text);
        lines.extend(
            width::wrap(&text, usize::from(room).saturating_sub(2)).into_iter().map(|line| vec![(line, style)]),
        );
    }
    lines
}

/// Every job of this process with its steps, the newest first.
fn jobs(app: &App, theme: &Theme) -> Vec<Pieces> {
    let mut lines = Vec::new();
    for job in app.jobs.iter().rev() {
        let so_far = format!("  {} of {}  {}", job.ended(), job.steps.len(), bar::clock(job.began));
        lines.push(vec![(job.title.clone(), theme.title), (format!("{so_far}  @{}", job.context), theme.dim)]);
        for (name, state) in &job.steps {
            let (said, style) = match state {
                State::Waiting => ("waits".into(), theme.dim),
                State::Running => ("sent".into(), theme.changing),
                State::Blocked(why) => (why.clone(), theme.changing),
                State::Held(left) => (format!("the server is busy, {left} tries left"), theme.changing),
                State::Ended(Outcome::Done) => (told(&Outcome::Done), theme.well),
                State::Ended(outcome) => (told(outcome), theme.wrong),
            };
            lines.push(vec![(format!("  {name}  "), theme.text), (said, style)]);
        }
    }
    if lines.is_empty() {
        lines.push(vec![("Nothing was changed by this rk9s yet.".into(), theme.dim)]);
    }
    lines
}

/// What is watched, how it is, and what it has cost.
fn net(app: &App, theme: &Theme) -> Vec<Pieces> {
    let mut lines = Vec::new();
    for session in &app.sessions {
        let server = &session.connection.server;
        lines.push(vec![(session.context().to_owned(), theme.title), (format!("  {server}"), theme.dim)]);
        let tables = app.stacks.get(&session.id).into_iter().flatten().filter_map(Page::table);
        let attic = app.attic.iter().filter(|table| table.session == session.id);
        let before = lines.len();
        tables.chain(attic).for_each(|table| watches(app, table, theme, &mut lines));
        if lines.len() == before {
            lines.push(vec![("  nothing is watched".into(), theme.dim)]);
        }
        lines.push(Vec::new());
    }
    lines
}

fn watches(app: &App, table: &Table, theme: &Theme, lines: &mut Vec<Pieces>) {
    for feed in table.feeds.iter().filter(|feed| feed.watch.is_some()) {
        let what = match feed.brings {
            Brings::Rows => table.subject.of.name(),
            Brings::Cells => format!("{} for {}", table.paths.join(" "), table.subject.of.name()),
            Brings::Figures(companion) => format!("{companion:?} for {}", table.subject.of.name()).to_lowercase(),
        };
        let place = feed.namespace.as_deref().unwrap_or("all namespaces");
        let state = match &feed.state {
            Fed::Connecting => "connecting".into(),
            Fed::Syncing => "syncing".into(),
            Fed::Live => "live".into(),
            Fed::CatchingUp => "catching up".into(),
            Fed::Refused(fault) => format!("refused: {fault}"),
            Fed::Stale { fault, .. } => format!("stale: {fault}"),
        };
        let cost = feed.watch.and_then(|watch| app.costs.get(&watch)).map(|cost| cost.to_string()).unwrap_or_default();
        lines.push(vec![(format!("  {what} in {place}"), theme.text), (format!("  {state}  {cost}"), theme.dim)]);
    }
}
