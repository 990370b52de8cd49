//! The list of a table's columns: which are shown, in which order, and a line to add one.

use super::{float, paint};
use crate::app::App;
use crate::app::columns::Chooser;
use crate::config::columns::{Shown, Source};
use crate::text::width;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const TALLEST: u16 = 18;
const KEYS: &str = " space show  w wide  J K move  a add  x remove  r reset  esc done ";
const ADDING: &str = " LABEL, .PATH, TITLE:.PATH, annotation KEY   ↵ add  esc leave ";

pub fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let chooser = app.chooser.as_ref()?;
    let kind = app.table().map(|table| table.subject.of.name()).unwrap_or_default();
    let below = u16::from(chooser.adding.is_some() || chooser.wrong.is_some());
    let rows = (chooser.columns.len() as u16).clamp(1, TALLEST.min(area.height.saturating_sub(4)).max(1));
    let keys = if chooser.adding.is_some() { ADDING } else { KEYS };
    let inner = float::frame(area, rows + below, &format!("Columns of {kind}"), keys, theme, buf);
    let shown = usize::from(inner.height.saturating_sub(below)).max(1);
    let top = (chooser.at + 1).saturating_sub(shown);
    for (row, (at, column)) in (0u16..).zip(chooser.columns.iter().enumerate().skip(top).take(shown)) {
        let here = at == chooser.at && chooser.adding.is_none();
        let (mark, plain) = match column.shown {
            Shown::Always => ("✓", theme.text),
            Shown::Wide => ("w", theme.text),
            Shown::Never => (" ", theme.dim),
        };
        let style = if here { theme.chosen } else { plain };
        if here {
            paint::tint(buf, inner, row, theme.chosen);
        }
        let from = match &column.source {
            Source::Own => String::new(),
            Source::Label(key) => format!("label {key}"),
            Source::Path(path) => path.clone(),
        };
        let pad = " ".repeat(24usize.saturating_sub(width::of(&column.title)));
        let detail = if here { style } else { theme.dim };
        paint::pieces(buf, inner, row, &[(format!("{mark} {}{pad} ", column.title), style), (from, detail)]);
    }
    foot(chooser, theme, inner, buf)
}

/// The line being typed, or what is wrong with it.
fn foot(chooser: &Chooser, theme: &Theme, inner: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let row = inner.height.saturating_sub(1);
    let typed = chooser.adding.as_ref().map(|line| line.text()).unwrap_or_default();
    let mut pieces = Vec::new();
    if chooser.adding.is_some() {
        pieces.push((format!("+{typed}"), theme.prompt));
    }
    pieces.extend(chooser.wrong.iter().map(|wrong| (format!("  {wrong}"), theme.error)));
    paint::pieces(buf, inner, row, &pieces);
    let line = chooser.adding.as_ref()?;
    let x = inner.x + 1 + width::of(&line.before()) as u16;
    Some((x.min(inner.right()), inner.y + row))
}
