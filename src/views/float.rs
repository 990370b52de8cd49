//! What floats over the page: a list to pick from. Below 100 columns it takes the whole width.

use super::paint;
use crate::app::App;
use crate::app::picker::{Does, Picker};
use crate::text::width;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

/// Entries that a list shows at once; on tall screens, as many as half of it has room for.
const TALLEST: u16 = 14;
const WIDEST: u16 = 100;
/// Details begin in one column, unless a label is longer.
const LABEL: usize = 40;
/// Of a detail at least so much is shown, or nothing.
const LEAST: usize = 12;

pub fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    if let Some(form) = &app.form {
        return super::form::draw(app, form, theme, area, buf);
    }
    Some(draw_picker(app.picker.as_ref()?, theme, area, buf))
}

fn draw_picker(picker: &Picker, theme: &Theme, area: Rect, buf: &mut Buffer) -> (u16, u16) {
    let shown = picker.shown();
    let height =
        (shown.len() as u16).clamp(1, TALLEST.max(area.height / 2).min(area.height.saturating_sub(4)).max(1)) + 3;
    let inner = frame(area, height - 2, &picker.title, " ↵ pick  esc leave ", theme, buf);
    let typed = picker.typed.text();
    paint::line(buf, inner, 0, &format!("/{typed}"), theme.prompt);
    if shown.is_empty() {
        paint::line(buf, inner, 1, "nothing fits", theme.dim);
    }
    let rows = usize::from(inner.height.saturating_sub(1)).max(1);
    let top = (picker.at + 1).saturating_sub(rows);
    let column = shown.iter().map(|entry| width::of(&entry.label)).max().unwrap_or(0).min(LABEL) as u16;
    for (row, (at, entry)) in (1u16..inner.height).zip(shown.iter().enumerate().skip(top)) {
        let refused = matches!(entry.does, Does::Refused(_));
        let style = if refused { theme.dim } else { theme.text };
        let style = if at == picker.at { theme.chosen } else { style };
        if at == picker.at {
            paint::tint(buf, inner, row, theme.chosen);
        }
        let used = paint::line(buf, inner, row, &entry.label, style).max(column);
        let rest = Rect { x: inner.x + used + 2, width: inner.width.saturating_sub(used + 2), ..inner };
        // A few letters of it would say nothing.
        let shown = if width::of(&entry.detail).min(LEAST) <= usize::from(rest.width) { &*entry.detail } else { "" };
        let detail = width::cut(shown, usize::from(rest.width));
        paint::line(buf, rest, row, &detail, if at == picker.at { style } else { theme.dim });
    }
    ((inner.x + 1 + width::of(&picker.typed.before()) as u16).min(inner.right()), inner.y)
}

/// How wide what floats is: all of a narrow screen.
pub fn room(area: Rect) -> u16 {
    if area.width < 100 { area.width } else { WIDEST.min(area.width - 8) }
}

/// Clears a place for so many lines and draws the frame around it; returns what is inside.
pub fn frame(area: Rect, lines: u16, title: &str, keys: &str, theme: &Theme, buf: &mut Buffer) -> Rect {
    let height = lines + 2;
    let room = room(area);
    let frame = Rect {
        x: area.x + (area.width - room) / 2,
        y: area.y + area.height.saturating_sub(height) / 3,
        width: room,
        height: height.min(area.height),
    };
    Clear.render(frame, buf);
    buf.set_style(frame, theme.base);
    border(frame, title, keys, theme, buf);
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

fn border(frame: Rect, title: &str, keys: &str, theme: &Theme, buf: &mut Buffer) {
    let (right, bottom) = (frame.right().saturating_sub(1), frame.bottom().saturating_sub(1));
    for y in frame.y..frame.bottom() {
        for x in [frame.x, right] {
            set(buf, x, y, "│", theme);
        }
    }
    for x in frame.x..frame.right() {
        for y in [frame.y, bottom] {
            set(buf, x, y, "─", theme);
        }
    }
    for (x, y, corner) in [(frame.x, frame.y, "╭"), (right, frame.y, "╮"), (frame.x, bottom, "╰"), (right, bottom, "╯")]
    {
        set(buf, x, y, corner, theme);
    }
    paint::put(buf, frame.x + 2, frame.y, &format!(" {title} "), frame.width.saturating_sub(4), theme.title);
    paint::put(buf, frame.x + 2, bottom, keys, frame.width.saturating_sub(4), theme.hint);
}

fn set(buf: &mut Buffer, x: u16, y: u16, symbol: &str, theme: &Theme) {
    if let Some(cell) = buf.cell_mut(Position { x, y }) {
        cell.set_symbol(symbol).set_style(theme.border);
    }
}
