//! The form of an action: fields, what will happen, the kubectl line, the keys.

use super::paint;
use crate::actions::change::Note;
use crate::actions::{Kind, Risk};
use crate::app::App;
use crate::app::form::{Filled, Form, Of};
use crate::text::document::Fold;
use crate::text::width;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

type Pieces = Vec<(String, Style)>;

/// Names of fields take so many columns.
const NAME: usize = 14;

pub fn draw(app: &App, form: &Form, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let room = super::float::room(area).saturating_sub(4);
    let (fields, caret) = fields(form, theme);
    let below = below(app, form, theme, usize::from(room));
    let preview = preview(form, theme);
    let fixed = (fields.len() + below.len() + 1) as u16;
    let space = area.height.saturating_sub(fixed + 4).min((preview.len() as u16).max(1));
    let inner = super::float::frame(area, fixed + space, &form.title(), keys(form), theme, buf);
    let mut row = 0;
    for line in &fields {
        paint::pieces(buf, inner, row, line);
        row += 1;
    }
    let top = form.top.min(preview.len().saturating_sub(usize::from(space)));
    for line in preview.iter().skip(top).take(usize::from(space)) {
        paint::pieces(buf, inner, row, line);
        row += 1;
    }
    row += 1;
    for line in &below {
        paint::pieces(buf, inner, row, line);
        row += 1;
    }
    if let Some((_, typed)) = &form.guard {
        let y = inner.y + row.saturating_sub(1);
        return Some((inner.x + width::of(&typed.text()) as u16, y));
    }
    caret.map(|(x, y)| (inner.x + x, inner.y + y))
}

/// The lines of the fields, and where the caret stands.
fn fields(form: &Form, theme: &Theme) -> (Vec<Pieces>, Option<(u16, u16)>) {
    let mut lines = Vec::new();
    let mut caret = None;
    for (at, field) in form.fields.iter().enumerate() {
        let own = at == form.at;
        let name = format!("{:NAME$}", field.name);
        let value = field.line.text();
        if own && !matches!(field.kind, Kind::Choice(_)) {
            caret = Some(((NAME + 1 + width::of(&field.line.before())) as u16, lines.len() as u16));
        }
        let style = if own { theme.chosen } else { theme.text };
        let mut line = vec![(name, theme.key), (format!("[{value}]"), style)];
        if own {
            line.push((format!("   {}", hint(field)), theme.dim));
        }
        lines.push(line);
        match &field.kind {
            Kind::Choice(all) if own => {
                lines.extend(choices(all.iter(), all.iter().position(|(choice, _)| *choice == value), theme));
            }
            Kind::Known(_) if own => lines.extend(choices(field.fitting().into_iter(), field.completed(), theme)),
            _ => {}
        }
    }
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    (lines, caret)
}

/// What can be chosen, around what is.
fn choices<'a>(
    all: impl Iterator<Item = &'a (String, String)> + Clone,
    chosen: Option<usize>,
    theme: &Theme,
) -> Vec<Pieces> {
    const SHOWN: usize = 8;
    let first = chosen.unwrap_or_default().saturating_sub(SHOWN - 1);
    let shown = all.enumerate().skip(first).take(SHOWN);
    let wide = shown.clone().map(|(_, (choice, _))| width::of(choice)).max().unwrap_or_default();
    let line = |(at, (choice, says)): (usize, &(String, String))| {
        let own = chosen == Some(at);
        let pad = " ".repeat(wide.saturating_sub(width::of(choice)));
        vec![
            (format!("  {} {choice}{pad}", if own { "▌" } else { " " }), if own { theme.chosen } else { theme.text }),
            (format!("  {says}"), if own { theme.text } else { theme.dim }),
        ]
    };
    shown.map(line).collect()
}

fn hint(field: &Filled) -> &'static str {
    match field.kind {
        Kind::Number => "first digit replaces · + − step",
        Kind::Numbers => "one for all, or one each in their order · + −",
        Kind::Text => "",
        Kind::Known(_) => "⇥ completes from what is in use",
        Kind::Choice(_) => "← → choose",
    }
}

fn preview(form: &Form, theme: &Theme) -> Vec<Pieces> {
    let Some(plan) = &form.plan else {
        let said = form.fault.as_ref().map_or("asking the server what would happen …".to_owned(), ToString::to_string);
        return vec![vec![(said, if form.fault.is_some() { theme.error } else { theme.dim })]];
    };
    let lines = plan.preview.lines.iter().enumerate().filter(|(_, line)| line.depth == 0);
    lines
        .map(|(at, line)| {
            let mut pieces: Pieces =
                line.pieces.iter().map(|piece| (piece.text.clone(), theme.tone(piece.tone))).collect();
            if line.fold == Fold::Closed {
                pieces.push((format!("  ⋯ {} lines", plan.preview.block(at).len()), theme.dim));
            }
            pieces
        })
        .collect()
}

/// Notes, refusal, kubectl lines, what must be typed.
fn below(app: &App, form: &Form, theme: &Theme, room: usize) -> Vec<Pieces> {
    const MOST: usize = 4;
    let mut lines: Vec<Pieces> = Vec::new();
    let notes = form.plan.iter().flat_map(|plan| &plan.notes);
    for note in notes.take(MOST) {
        let (text, style) = match note {
            Note::Says(text) => (format!("  {text}"), theme.dim),
            Note::Warns(text) => (format!("! {text}"), theme.changing),
        };
        lines.extend(width::wrap(&text, room).into_iter().map(|line| vec![(line, style)]));
    }
    if let Some(why) = form.refusal().filter(|_| form.plan.is_some()) {
        lines.extend(width::wrap(&format!("⊘ {why}"), room).into_iter().map(|line| vec![(line, theme.error)]));
    }
    if let Some(plan) = &form.plan {
        let all: Vec<String> = plan.kubectl.iter().map(|kubectl| app.kubectl_line(kubectl)).collect();
        for line in all.iter().take(2) {
            lines.extend(
                width::wrap(&format!("$ {line}"), room).into_iter().take(3).map(|line| vec![(line, theme.dim)]),
            );
        }
        if all.len() > 2 {
            lines.push(vec![(format!("  … and {} more", all.len() - 2), theme.dim)]);
        }
    }
    if let Some((word, typed)) = &form.guard {
        lines.push(vec![(format!("! this context is protected: type {word} and ↵"), theme.error)]);
        lines.push(vec![(typed.text(), theme.prompt)]);
    }
    lines
}

fn keys(form: &Form) -> &'static str {
    if matches!(form.of, Of::Undo { .. }) {
        return " ↵ take it back  c copy command  esc leave ";
    }
    match (form.risk(), form.is_typing()) {
        (Risk::Change, true) => " ↵ apply  esc leave  afterwards: U takes it back ",
        (Risk::Change, false) => " ↵ apply  c copy command  esc leave  afterwards: U takes it back ",
        (Risk::Destroy, true) => " ↵ do it  esc leave ",
        (Risk::Destroy, false) => " y or ↵ do it  c copy command  esc leave ",
    }
}
