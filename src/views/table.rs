//! The table page: header, the rows of the window, and, where there are none, why.

use super::grid::{self, Cell, Line};
use super::layout::{self, GAP, Placed};
use super::{bar, paint};
use crate::app::App;
use crate::app::msg::Now;
use crate::app::session::Link;
use crate::app::subject::{Of, Scope};
use crate::app::table::Table;
use crate::cluster::fault::{Class, Fault};
use crate::kinds::{From, Head};
use crate::store::delta::State;
use crate::store::lens::Way;
use crate::text::width;
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Columns in front of the first cell: the cursor's bar, the mark of health, the `*` of a marked row.
const LEAD: u16 = 3;

pub fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer, now: Now) {
    let Some(table) = app.table() else { return };
    if table.lens.order().is_empty() {
        return nothing(app, table, theme, area, buf);
    }
    let candidates = grid::candidates(table);
    let lines = grid::lines(table, &candidates, now);
    let natural = grid::natural(table, &candidates, &lines);
    let room = area.width.saturating_sub(LEAD + 1);
    let fitted = layout::fit(&table.heads, &candidates, &natural, room);
    let place = |placed: &Placed| candidates.iter().position(|at| *at == placed.head);
    let columns: Vec<(usize, Placed)> = fitted.columns.iter().filter_map(|p| Some((place(p)?, *p))).collect();
    header(table, &columns, &lines, theme, area, buf);
    if fitted.more {
        paint::put(buf, area.right().saturating_sub(1), area.y, "›", 1, theme.dim);
    }
    for (at, line) in (1u16..).zip(&lines) {
        let here = table.cursor.top + usize::from(at) - 1 == table.cursor.at;
        let under = if here { theme.cursor } else { Style::new() };
        row(table, line, &columns, theme, Rect { y: area.y + at, height: 1, ..area }, buf, under);
    }
}

fn header(table: &Table, columns: &[(usize, Placed)], lines: &[Line<'_>], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut x = area.x + LEAD;
    for (cell, placed) in columns {
        let Some(head) = table.heads.get(placed.head) else { continue };
        let sorted = table.lens.sort.by == head.from;
        let arrow = match (sorted, table.lens.sort.way) {
            (false, _) => "",
            (true, Way::Up) => "↑",
            (true, Way::Down) => "↓",
        };
        let title = grid::title(head);
        let text = format!("{title}{arrow}");
        let right = lines.iter().filter_map(|line| line.cells.get(*cell)).any(|cell| cell.right);
        let indent = if right { usize::from(placed.width).saturating_sub(width::of(title)) as u16 } else { 0 };
        let style = if sorted { theme.sorted } else { theme.header };
        paint::put(buf, x + indent, area.y, &text, (placed.width + 1).saturating_sub(indent), style);
        x += placed.width + GAP;
    }
}

fn row(
    table: &Table,
    line: &Line<'_>,
    columns: &[(usize, Placed)],
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    under: Style,
) {
    let row = &line.held.row;
    let marked = table.marks.contains(&row.uid);
    let mut style = theme.health(row.health);
    if marked {
        style = style.add_modifier(Modifier::BOLD);
    }
    if line.held.ghost {
        style = theme.dim.add_modifier(Modifier::CROSSED_OUT);
    }
    if matches!(table.state(), State::Stale { .. }) {
        style = style.add_modifier(Modifier::DIM);
    }
    paint::tint(buf, area, 0, under);
    let here = under != Style::new();
    let style = if here { theme.on_cursor(style) } else { style };
    if here {
        paint::put(buf, area.x, area.y, "▌", 1, style);
    }
    // A mark does not hide what is wrong with the row.
    paint::put(buf, area.x + 1, area.y, &row.health.mark().to_string(), 1, style);
    if marked {
        paint::put(buf, area.x + 2, area.y, "*", 1, if here { theme.on_cursor(theme.marked) } else { theme.marked });
    }
    let mut x = area.x + LEAD;
    for (cell, placed) in columns {
        let (Some(cell), Some(head)) = (line.cells.get(*cell), table.heads.get(placed.head)) else { continue };
        draw_cell(cell, head, *placed, line, theme, style, buf, x, area);
        x += placed.width + GAP;
    }
}

#[allow(clippy::too_many_arguments, reason = "one cell needs its column, its row and its place")]
fn draw_cell(
    cell: &Cell,
    head: &Head,
    placed: Placed,
    line: &Line<'_>,
    theme: &Theme,
    style: Style,
    buf: &mut Buffer,
    x: u16,
    area: Rect,
) {
    let room = placed.width.min(area.right().saturating_sub(x));
    if head.from == From::Name {
        let name = width::cut_middle(&cell.text, usize::from(room));
        paint::put(buf, x, area.y, &name, room, style);
        if *name == *cell.text {
            let found = if style.bg.is_some() { theme.on_cursor(theme.highlight) } else { theme.highlight };
            highlight(line, found, buf, x, area);
        }
        return;
    }
    let own = match cell.faint {
        true if style.bg.is_some() => theme.on_cursor(theme.dim),
        true => style.patch(theme.dim),
        false => style,
    };
    let indent = if cell.right { usize::from(room).saturating_sub(width::of(&cell.text)) as u16 } else { 0 };
    paint::put(buf, x + indent, area.y, &cell.text, room.saturating_sub(indent), own);
}

fn highlight(line: &Line<'_>, found: Style, buf: &mut Buffer, x: u16, area: Rect) {
    let name = &line.held.row.name;
    for at in &line.matched {
        // A wide character takes two columns, a combining one none.
        let before = name.char_indices().nth(*at).and_then(|(byte, _)| name.get(..byte)).map_or(0, width::of);
        let at = x.saturating_add(before as u16);
        let Some(cell) = buf.cell_mut((at, area.y)).filter(|_| at < area.right()) else { break };
        cell.set_style(found);
    }
}

/// No rows to show: say why, and what to do.
fn nothing(app: &App, table: &Table, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let (title, lines) = explain(app, table);
    let style = if matches!(table.state(), State::Live) { theme.dim } else { theme.text };
    paint::line(buf, area, 1, &title, style);
    let mut row = 3;
    for line in lines {
        for part in width::wrap(&line, usize::from(area.width)) {
            paint::line(buf, area, row, &part, if line.starts_with("Said:") { theme.text } else { theme.dim });
            row += 1;
        }
    }
}

fn explain(app: &App, table: &Table) -> (String, Vec<String>) {
    let kind = table.subject.of.name();
    let place = match &table.subject.scope {
        Scope::All => String::new(),
        Scope::In(names) if names.is_empty() => String::new(),
        Scope::In(names) => format!(" in {}", names.join(", ")),
    };
    let Some(session) = app.session() else { return (String::new(), Vec::new()) };
    if let Link::Failed { fault, retry } = &session.link {
        let wait = (retry - app.now.wall).max(0);
        return faulty(format!("No connection to {}", name_of(session.context())), fault, Some(wait));
    }
    if let (Of::Named(name), Some(fault)) = (&table.subject.of, &session.catalog_fault) {
        return faulty(format!("What `{name}` is could not be asked"), fault, None);
    }
    if let (Of::Named(name), Some(catalog)) = (&table.subject.of, &session.catalog) {
        let silent = catalog.missing.join(", ");
        let unasked = (!silent.is_empty()).then(|| format!("These groups of it do not answer: {silent}."));
        return (format!("The server has no kind `{name}`"), unasked.into_iter().collect());
    }
    match table.state() {
        _ if matches!(table.subject.of, Of::Named(_)) => (format!("Looking for {kind} …"), Vec::new()),
        State::Stale { fault, retry, .. } => {
            faulty(format!("No answer from {}", session.connection.server), fault, Some((retry - app.now.wall).max(0)))
        }
        State::Refused(fault) => faulty(format!("{kind} cannot be shown"), fault, None),
        State::Connecting | State::Syncing | State::CatchingUp => (format!("Reading {kind}{place} …"), Vec::new()),
        State::Live if !table.rows.is_empty() => {
            let all = bar::thousands(table.rows.len());
            let why = if table.faults_only { "is unwell" } else { "fits the filter" };
            (format!("None of {all} {kind}{place} {why}"), vec!["Esc shows them all.".into()])
        }
        State::Live if table.subject.scope == Scope::All => (format!("There are no {kind}."), Vec::new()),
        State::Live => {
            let key = app.keymap.keys(crate::app::verb::Verb::AllNamespaces).first();
            let hint =
                key.map(|key| format!("{key} shows all namespaces.")).filter(|_| table.subject.of.is_namespaced());
            let refused = table.refusals().map(|(_, fault)| format!("Not shown: {}: {}", fault.asked, fault.said));
            (format!("There are no {kind}{place}."), refused.chain(hint).collect())
        }
    }
}

fn name_of(context: &str) -> &str {
    if context.is_empty() { "the cluster" } else { context }
}

fn faulty(title: String, fault: &Fault, wait: Option<i64>) -> (String, Vec<String>) {
    let mut lines = vec![format!("Asked: {}", fault.asked), format!("Said:  {}", fault.said)];
    lines.extend(fault.hint.iter().map(|hint| format!("Do:    {hint}")));
    lines.extend(
        wait.map(|wait| if wait == 0 { "Trying …".into() } else { format!("Next try in {wait} s; ^R tries now.") }),
    );
    if fault.class == Class::Terminal {
        lines.push(":login runs it with the terminal lent to it.".into());
    }
    lines.push(":ctx shows the other contexts.".into());
    (title, lines)
}
