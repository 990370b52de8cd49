//! The side view: right of the table on wide screens, below it on others.

use super::{paint, paper};
use crate::app::App;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// From so many columns on it stands to the right.
const WIDE: u16 = 160;
/// Lines that the table keeps when it stands below.
const TABLE: u16 = 6;

/// The table's part of the page, and the side view's.
pub fn split(app: &App, page: Rect) -> (Rect, Option<Rect>) {
    if app.side.is_none() || app.table().is_none() {
        return (page, None);
    }
    if page.width >= WIDE {
        let side = page.width * 2 / 5;
        let table = Rect { width: page.width - side, ..page };
        return (table, Some(Rect { x: page.x + table.width, width: side, ..page }));
    }
    let side = (page.height / 2).min(page.height.saturating_sub(TABLE));
    if side < 3 {
        return (page, None);
    }
    let table = Rect { height: page.height - side, ..page };
    (table, Some(Rect { y: page.y + table.height, height: side, ..page }))
}

pub fn draw(app: &mut App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let focused = app.side_has_keys();
    let Some(side) = &mut app.side else { return };
    let name = side.paper.as_ref().map(|paper| paper.want.target.name.clone()).unwrap_or_default();
    let beside = area.x > 0;
    let inner = if beside {
        for y in area.y..area.bottom() {
            paint::put(buf, area.x, y, "│", 1, theme.border);
        }
        Rect { x: area.x + 1, width: area.width - 1, ..area }
    } else {
        area
    };
    let rule = "─".repeat(usize::from(inner.width));
    paint::line(buf, inner, 0, if beside { "" } else { &rule }, theme.border);
    let title = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let style = if focused { theme.chosen } else { theme.title };
    paint::line(buf, title, 0, &format!(" {name} "), style);
    let below = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let cursor = if focused { paper::Cursor::Shown } else { paper::Cursor::Hidden };
    match &mut side.paper {
        Some(shown) => paper::draw_in(shown, cursor, theme, below, buf),
        None => drop(paint::line(buf, below, 0, " …", theme.dim)),
    }
}
