//! Text into cells: hostile text made visible, cut to the width, styled. The only way in which text reaches the buffer.

use crate::text::{clean, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Writes `text` at column `x`, at most `room` columns wide; returns the columns used.
pub fn put(buf: &mut Buffer, x: u16, y: u16, text: &str, room: u16, style: Style) -> u16 {
    if room == 0 || !buf.area.contains((x, y).into()) {
        return 0;
    }
    let clean = clean::line(text);
    let cut = width::cut(&clean, usize::from(room));
    let (end, _) = buf.set_stringn(x, y, &cut, usize::from(room), style);
    end.saturating_sub(x)
}

/// Writes a line of an area from its left edge.
pub fn line(buf: &mut Buffer, area: Rect, row: u16, text: &str, style: Style) -> u16 {
    if row >= area.height {
        return 0;
    }
    put(buf, area.x, area.y + row, text, area.width, style)
}

/// Pieces one after another on a line of an area.
pub fn pieces(buf: &mut Buffer, area: Rect, row: u16, pieces: &[(String, Style)]) -> u16 {
    let mut used = 0;
    for (text, style) in pieces {
        if used >= area.width || row >= area.height {
            break;
        }
        used += put(buf, area.x + used, area.y + row, text, area.width - used, *style);
    }
    used
}

/// Sets the style of a whole line of an area, text kept.
pub fn tint(buf: &mut Buffer, area: Rect, row: u16, style: Style) {
    if row < area.height {
        buf.set_style(Rect { y: area.y + row, height: 1, ..area }, style);
    }
}
