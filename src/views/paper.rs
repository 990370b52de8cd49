//! A paper: a document with a cursor, folds, a margin, and what is searched.

use super::paint;
use crate::app::App;
use crate::app::page::Page;
use crate::app::paper::{Paper, Wrap};
use crate::cluster::fault::Fault;
use crate::text::document::Line;
use crate::text::{clean, width};
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

type Pieces = Vec<(String, Style)>;

/// Rows of the screen, each with the number of its line among the visible ones.
type Rows = Vec<(usize, Pieces)>;

pub fn draw(app: &mut App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let key = app.keymap.keys(crate::app::verb::Verb::Refresh).first().map(ToString::to_string).unwrap_or_default();
    let Some(paper) = app.paper_mut() else { return };
    match (paper.document.lines.is_empty(), &paper.fault) {
        (true, Some(fault)) => blank(paper, fault, theme, area, buf, &key),
        _ => draw_in(paper, Cursor::Shown, theme, area, buf),
    }
}

/// Whether the cursor's line is shown: only where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    Shown,
    Hidden,
}

/// Draws the lines of a paper.
pub fn draw_in(paper: &mut Paper, cursor: Cursor, theme: &Theme, area: Rect, buf: &mut Buffer) {
    paper.height = usize::from(area.height).max(1);
    if paper.document.lines.is_empty() {
        let said = paper.fault.as_ref().map_or_else(|| format!("Reading {} …", paper.title()), ToString::to_string);
        let style = if paper.fault.is_some() { theme.error } else { theme.dim };
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        for (row, line) in (0..inner.height).zip(width::wrap(&said, usize::from(inner.width))) {
            paint::line(buf, inner, row, &line, style);
        }
        return;
    }
    let rows = rows(paper, theme, area);
    for (row, (at, pieces)) in (0..area.height).zip(&rows) {
        let under = *at == paper.at && cursor == Cursor::Shown;
        if under {
            paint::tint(buf, area, row, theme.cursor);
        }
        let line = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        let shown: Pieces = pieces
            .iter()
            .map(|(text, style)| {
                (text.clone(), if under && style.bg.is_none() { theme.on_cursor(*style) } else { *style })
            })
            .collect();
        paint::pieces(buf, line, row, &shown);
    }
}

/// The first rows that hold the cursor's line; scrolls as little as that needs.
fn rows(paper: &mut Paper, theme: &Theme, area: Rect) -> Rows {
    paper.top = paper.top.min(paper.at);
    loop {
        let rows = laid_out(paper, theme, area);
        let last = rows.iter().take(usize::from(area.height)).next_back().map_or(0, |(at, _)| *at);
        let whole = rows.len() <= usize::from(area.height) || last > paper.at || paper.top == paper.at;
        if (last >= paper.at && whole) || paper.top >= paper.at {
            return rows;
        }
        // A far jump begins near its end, not one line at a time.
        let far = paper.at.saturating_sub(usize::from(area.height));
        paper.top = (paper.top + 1).max(far);
    }
}

fn laid_out(paper: &Paper, theme: &Theme, area: Rect) -> Rows {
    let mut rows = Rows::new();
    for (at, (number, line)) in paper.visible().enumerate().skip(paper.top) {
        if rows.len() > usize::from(area.height) {
            break;
        }
        let mut pieces = pieces(paper, theme, line);
        if paper.is_folded(number) {
            let hidden = paper.document.block(number).len();
            pieces.push((format!("  ⋯ {hidden} lines"), theme.dim));
        }
        let room = usize::from(area.width).saturating_sub(2);
        match paper.wrap {
            Wrap::Off => rows.push((at, shifted(pieces, paper.left, margin_of(line)))),
            Wrap::On => rows.extend(wrapped(pieces, room).into_iter().map(|row| (at, row))),
        }
    }
    rows
}

fn margin_of(line: &Line) -> usize {
    width::of(&line.margin)
}

/// The line's pieces with the matches of the search in their own style.
fn pieces(paper: &Paper, theme: &Theme, line: &Line) -> Pieces {
    let text = line.text();
    let matches = paper.matches(&text);
    let mut out = Pieces::new();
    if !line.margin.is_empty() {
        out.push((line.margin.clone(), theme.dim));
    }
    let mut at = 0;
    for piece in &line.pieces {
        let end = at + piece.text.len();
        let style = theme.tone(piece.tone);
        let mut from = at;
        for found in matches.iter().filter(|found| found.end > at && found.start < end) {
            let (start, stop) = (found.start.max(at), found.end.min(end));
            out.extend(text.get(from..start).map(|plain| (plain.to_owned(), style)));
            out.extend(text.get(start..stop).map(|found| (found.to_owned(), style.patch(theme.found))));
            from = stop;
        }
        out.extend(text.get(from..end).map(|rest| (rest.to_owned(), style)));
        at = end;
    }
    out.retain(|(text, _)| !text.is_empty());
    out.iter_mut().for_each(|(text, _)| *text = clean::line(&text.replace('\t', "    ")).into_owned());
    out
}

/// The pieces without their first columns; what stands in the margin stays.
fn shifted(pieces: Pieces, left: usize, margin: usize) -> Pieces {
    let mut skip = left;
    let mut kept = margin;
    let cut = pieces.into_iter().filter_map(|(text, style)| {
        if kept > 0 {
            kept = kept.saturating_sub(width::of(&text));
            return Some((text, style));
        }
        let own = width::of(&text);
        if skip >= own {
            skip -= own;
            return None;
        }
        let rest = width::skip(&text, skip);
        skip = 0;
        Some((rest.to_owned(), style))
    });
    cut.collect()
}

/// The pieces broken into rows at the width, between words where that is possible; the rows after the first begin below the last
/// piece, which is the value or the message of a line.
fn wrapped(pieces: Pieces, room: usize) -> Vec<Pieces> {
    let text: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
    if width::of(&text) <= room {
        return vec![pieces];
    }
    let last = pieces.split_last().map_or(0, |(_, before)| before.iter().map(|(text, _)| width::of(text)).sum());
    let blanks = text.len() - text.trim_start().len();
    let below = Some(last).filter(|last| *last > blanks && *last <= room / 2);
    let hang = below.unwrap_or(blanks + 2).min(room / 2);
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let indent = if at == 0 { 0 } else { hang };
        let length = row_of(rest, room.saturating_sub(indent).max(1));
        let mut row = vec![(" ".repeat(indent), Style::default())];
        row.extend(styled(&pieces, at..at + length));
        rows.push(row);
        at += length;
        at += text.get(at..).map_or(0, |next| next.len() - next.trim_start_matches(' ').len());
    }
    rows
}

/// How many bytes of the text go into one row: whole words, if one fits.
fn row_of(text: &str, room: usize) -> usize {
    let fits = width::head(text, room);
    if fits.len() == text.len() || text.get(fits.len()..).is_some_and(|next| next.starts_with(' ')) {
        return fits.len();
    }
    let word = fits.rfind(' ').filter(|at| fits.get(..*at).is_some_and(|before| !before.trim().is_empty()));
    // What is too wide for any row has one of its own.
    word.unwrap_or(fits.len()).max(text.chars().next().map_or(1, char::len_utf8).min(text.len()))
}

/// The part of the pieces that these bytes of their whole text are.
fn styled(pieces: &Pieces, range: std::ops::Range<usize>) -> Pieces {
    let mut begin = 0;
    let mut out = Pieces::new();
    for (text, style) in pieces {
        let end = begin + text.len();
        let (from, to) = (range.start.clamp(begin, end), range.end.clamp(begin, end));
        out.extend(
            text.get(from - begin..to - begin).filter(|part| !part.is_empty()).map(|part| (part.to_owned(), *style)),
        );
        begin = end;
    }
    out
}

fn blank(paper: &Paper, fault: &Fault, theme: &Theme, area: Rect, buf: &mut Buffer, retry: &str) {
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    };
    let mut lines = vec![format!("Asked: {}", fault.asked), format!("Said:  {}", fault.said)];
    lines.extend(fault.hint.iter().map(|hint| format!("Do:    {hint}")));
    lines.push(format!("{retry} tries again now."));
    paint::line(buf, inner, 0, &format!("{} cannot be read", paper.title()), theme.error);
    let broken = lines.iter().flat_map(|line| width::wrap(line, usize::from(inner.width)));
    for (row, line) in (2..inner.height).zip(broken) {
        paint::line(buf, inner, row, &line, theme.text);
    }
}

/// What the bar says of a paper: `● live`, `frozen`, why it could not be read.
pub fn state(app: &App, theme: &Theme) -> Vec<(String, Style)> {
    let Some(Page::Paper(paper)) = app.page() else { return Vec::new() };
    let (text, style) = match (&paper.fault, paper.read, paper.reading) {
        _ if paper.own.is_some() => (String::new(), theme.bar),
        (Some(fault), 0, _) => (format!(" ⊘ {}", fault.said), theme.stale),
        (Some(fault), read, _) => (format!(" ○ as of {}: {}", super::bar::clock(read), fault.said), theme.stale),
        (None, 0, _) => (" ◌ reading".into(), theme.syncing),
        (None, _, Some(_)) => (" ● live".into(), theme.live),
        (None, read, None) => (format!(" ◌ frozen at {}", super::bar::clock(read)), theme.syncing),
    };
    let mut pieces = vec![(text, style)];
    if paper.reveals() {
        pieces.push((" ".into(), theme.bar));
        pieces.push(("SECRET SHOWN".into(), theme.readonly));
    }
    if !paper.find.is_empty() {
        pieces.push((format!("  /{}", paper.find), theme.bar));
    }
    pieces
}
