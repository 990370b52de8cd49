//! The line below, and the reason line above it. One line for prompt, then messages, then hints, in that order of
//! precedence; an error grows upward to three lines until a key.

use super::paint;
use crate::app::App;
use crate::app::job::Job;
use crate::app::prompt::{For, Part, Prompt};
use crate::app::verb::{self, VERBS};
use crate::store::rows::Held;
use crate::text::{age, width};
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines that a message may take.
const TALLEST: usize = 3;

/// How many lines the prompt, the message or the hints need.
pub fn height(app: &App, screen: u16) -> u16 {
    if app.prompt.is_some() || !app.pending.is_empty() || !app.shows_notice || screen < 8 {
        return 1;
    }
    let text = app.notices.last().map(|notice| notice.text.as_str()).unwrap_or_default();
    width::wrap(text, usize::from(app.size.0).saturating_sub(1)).len().clamp(1, TALLEST) as u16
}

/// Whether the reason line has something to say or the screen can spare a line, so that it does not come and go.
pub fn has_reason_line(app: &App, screen: u16) -> bool {
    screen >= 12 && app.table().is_some()
}

pub fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let mut area = area;
    if has_reason_line(app, app.size.1) {
        reason(app, theme, area, buf);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    if let Some(prompt) = &app.prompt {
        return Some(draw_prompt(prompt, theme, area, buf));
    }
    if !app.pending.is_empty() {
        which_key(app, theme, area, buf);
        return None;
    }
    if let Some(notice) = app.notices.last().filter(|_| app.shows_notice) {
        let style = if notice.is_error { theme.error } else { theme.notice };
        for (row, line) in (0u16..).zip(width::wrap(&notice.text, usize::from(area.width).saturating_sub(1))) {
            paint::line(buf, area, row, &format!(" {line}"), style);
        }
        return None;
    }
    hints(app, theme, area, buf);
    None
}

/// One sentence on what is wrong with the row under the cursor.
fn reason(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(held) = app.table().and_then(|table| table.current()) else { return };
    let text = reason_of(held, app.now.wall);
    if text.is_empty() {
        return;
    }
    let style = if held.ghost { theme.dim } else { theme.health(held.row.health) };
    paint::line(buf, area, 0, &format!(" {} {text}", held.row.health.mark()), style);
}

fn reason_of(held: &Held, now: i64) -> String {
    if held.ghost {
        return format!("{} is gone", held.row.name);
    }
    let mut parts = Vec::new();
    if let Some(since) = held.row.deleting {
        parts.push(format!("deleting {}", age::human((now - since).max(0))));
    }
    parts.extend(held.row.reason.as_deref().map(str::to_owned));
    parts.join(", ")
}

fn draw_prompt(prompt: &Prompt, theme: &Theme, area: Rect, buf: &mut Buffer) -> (u16, u16) {
    let sign = match prompt.of {
        For::Command => ":",
        For::Log { part: Part::Find, .. } => "find ",
        For::Filter { .. } | For::Log { .. } | For::Find { .. } => "/",
    };
    let text = prompt.line.text();
    let mut x = paint::put(buf, area.x, area.y, sign, area.width, theme.prompt);
    x += paint::put(buf, area.x + x, area.y, &text, area.width.saturating_sub(x), theme.prompt);
    if prompt.of == For::Command {
        completions(prompt, theme, Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area }, buf);
    }
    if let Some(wrong) = &prompt.wrong {
        paint::put(buf, area.x + x + 2, area.y, wrong, area.width.saturating_sub(x + 2), theme.error);
    }
    let before = width::of(&prompt.line.before()) as u16;
    ((area.x + width::of(sign) as u16 + before).min(area.right().saturating_sub(1)), area.y)
}

fn completions(prompt: &Prompt, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut x = 3;
    for (at, line) in prompt.completions.iter().enumerate() {
        let word = line.rsplit(' ').next().unwrap_or(line);
        if x + width::of(word) as u16 > area.width {
            break;
        }
        let style = if prompt.chosen == Some(at) { theme.chosen } else { theme.completion };
        x += paint::put(buf, area.x + x, area.y, word, area.width.saturating_sub(x), style) + 2;
    }
}

/// What can follow the keys typed so far: as many as fit.
fn which_key(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let typed = crate::keys::Keys(app.pending.clone());
    let mut pieces = vec![(format!(" {typed} "), theme.prompt)];
    let mut room = usize::from(area.width).saturating_sub(width::of(&typed.to_string()) + 3);
    let follow = app.keymap.follow(app.scope(), &app.pending);
    let all = follow.len();
    for (at, (keys, verb)) in follow.into_iter().enumerate() {
        let (key, id) = (format!("  {keys}"), format!(" {}", verb.id()));
        let wide = width::of(&key) + width::of(&id);
        if wide + 4 > room && at + 1 < all || wide > room {
            pieces.push((format!("  +{}", all - at), theme.dim));
            break;
        }
        room -= wide;
        let possible = app.possible(verb).is_ok();
        pieces.push((key, if possible { theme.key } else { theme.dim }));
        pieces.push((id, if possible { theme.hint } else { theme.dim }));
    }
    paint::pieces(buf, area, 0, &pieces);
}

/// Keys that work here and what they do: whole hints, as many as fit; those that work everywhere go last.
fn hints(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let everywhere = hints_of(app, verb::Scope::Global);
    let mut room = usize::from(area.width).saturating_sub(1);
    let wide = |hint: &(String, &str)| width::of(&hint.0) + width::of(hint.1) + 3;
    room = room.saturating_sub(everywhere.iter().map(wide).sum());
    let mut here = hints_of(app, app.scope());
    here.retain(|hint| {
        let fits = wide(hint) <= room;
        room = if fits { room - wide(hint) } else { 0 };
        fits
    });
    let mut pieces = vec![(" ".to_owned(), theme.hint)];
    for (key, hint) in here.into_iter().chain(everywhere) {
        pieces.extend([(key, theme.key), (format!(" {hint}  "), theme.hint)]);
    }
    paint::pieces(buf, area, 0, &pieces);
    let running: Vec<&Job> = app.jobs.iter().filter(|job| job.runs()).collect();
    if !running.is_empty() {
        let (ended, all) =
            running.iter().fold((0, 0), |(ended, all), job| (ended + job.ended(), all + job.steps.len()));
        let text = format!(" {} running ▸ {}% ", running.len(), ended * 100 / all.max(1));
        let x = area.right().saturating_sub(width::of(&text) as u16);
        paint::put(buf, x, area.y, &text, area.width, theme.changing);
    }
    let now = app.session().and_then(|session| session.silent.as_ref());
    if let Some(fault) = now {
        let text = format!(" no answer: {} ", fault.said);
        let x = area.right().saturating_sub(width::of(&text) as u16);
        paint::put(buf, x, area.y, &text, area.width, theme.error);
    }
}

/// The keys of a scope that are hinted at, with what they do. Of a paper, only what its text can have done to it: that does not
/// change under the cursor.
fn hints_of(app: &App, scope: verb::Scope) -> Vec<(String, &'static str)> {
    let verbs = VERBS.iter().filter(|verb| !verb.hint.is_empty() && verb.scope == scope);
    let verbs = verbs.filter(|verb| scope != verb::Scope::Paper || app.possible(verb.verb).is_ok());
    verbs.filter_map(|verb| Some((app.keymap.keys(verb.verb).first()?.to_string(), verb.hint))).collect()
}
