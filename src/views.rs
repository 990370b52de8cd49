//! What the screen shows: the bar above, the page, the line below, and what floats over them. Everything is painted from the
//! app's state as it is; the only thing that painting tells the app is how many rows fit.

pub mod bar;
pub mod bottom;
pub mod chooser;
pub mod float;
pub mod form;
pub mod grid;
pub mod layout;
pub mod log;
pub mod paint;
pub mod paper;
pub mod settings;
pub mod side;
pub mod table;
pub mod text;

use crate::app::App;
use crate::app::page::Page;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Paints the whole screen; returns where the terminal's cursor stands, if it is shown.
pub fn draw(app: &mut App, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    if area.height < 4 || area.width < 20 {
        paint::line(buf, area, 0, "rk9s needs 20x4", theme.error);
        return None;
    }
    buf.set_style(area, theme.base);
    let reason = bottom::has_reason_line(app, area.height);
    let below = bottom::height(app, area.height) + u16::from(reason);
    let [top, page, foot] = split(area, below);
    bar::draw(app, theme, top, buf);
    let now = app.now;
    let (page, beside) = side::split(app, page);
    match app.page() {
        Some(Page::Table(_)) => {
            if let Some(table) = app.table_mut() {
                table.cursor.height = usize::from(page.height.saturating_sub(1));
                let len = table.lens.order().len();
                table.cursor.show(len);
            }
            table::draw(app, theme, page, buf, now);
        }
        Some(Page::Log(_)) => log::draw(app, theme, page, buf),
        Some(Page::Paper(_)) => paper::draw(app, theme, page, buf),
        Some(Page::Text(_)) => text::draw(app, theme, page, buf),
        None => {}
    }
    if let Some(beside) = beside {
        side::draw(app, theme, beside, buf);
    }
    let cursor = bottom::draw(app, theme, foot, buf);
    float::draw(app, theme, area, buf).or_else(|| chooser::draw(app, theme, area, buf)).or(cursor)
}

fn split(area: Rect, below: u16) -> [Rect; 3] {
    let foot = below.min(area.height.saturating_sub(2));
    let page = area.height - 1 - foot;
    [
        Rect { height: 1, ..area },
        Rect { y: area.y + 1, height: page, ..area },
        Rect { y: area.y + 1 + page, height: foot, ..area },
    ]
}
