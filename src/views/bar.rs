//! The bar above: where am I, is it true, who am I. Narrow terminals drop user and version first; context, state and `RO`
//! never.

use super::paint;
use crate::app::App;
use crate::app::msg::Now;
use crate::app::page::Page;
use crate::app::session::Link;
use crate::app::subject::{Of, Scope};
use crate::app::table::Table;
use crate::store::delta::State;
use crate::text::{age, width};
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// On wide screens the state begins here, where the eye finds it whatever the context is called.
const STATE_AT: usize = 60;

/// A credential's end is said a day before: long enough for a certificate's owner to get another.
const LAPSES_SOON: i64 = 24 * 3600;

pub fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    paint::tint(buf, area, 0, theme.bar);
    let wide = area.width >= 100;
    let left = place(app, theme, wide);
    let truth = truth(app, theme);
    let right = who(app, theme, wide);
    let badge = readonly(app, theme);
    let sum = |pieces: &[(String, Style)]| pieces.iter().map(|(text, _)| width::of(text)).sum::<usize>();
    let room = usize::from(area.width);
    let fixed = sum(&truth) + sum(&badge) + 2;
    let left = shorten(left, room.saturating_sub(fixed));
    let used = paint::pieces(buf, area, 0, &left);
    let mut rest = Rect { x: area.x + used, width: area.width - used, ..area };
    if wide {
        let gap = (room / 2)
            .min(STATE_AT)
            .saturating_sub(usize::from(used))
            .min(usize::from(rest.width).saturating_sub(fixed)) as u16;
        rest = Rect { x: rest.x + gap, width: rest.width - gap, ..rest };
    }
    let mut tail = badge;
    tail.extend(truth);
    let used = paint::pieces(buf, rest, 0, &tail);
    let free = usize::from(rest.width.saturating_sub(used));
    let right = if sum(&right) < free { right } else { Vec::new() };
    let start = rest.x + rest.width.saturating_sub(sum(&right) as u16);
    paint::pieces(buf, Rect { x: start, width: area.x + area.width - start, ..area }, 0, &right);
}

/// `context · namespace › view › object`, and the filter.
fn place(app: &App, theme: &Theme, wide: bool) -> Vec<(String, Style)> {
    let context = app.session().map(|session| app.settings.short_name(session.context())).unwrap_or_default();
    let context = if context.is_empty() { "…" } else { context };
    let own = app.session().and_then(|session| app.settings.colour(session.context()));
    let style = own.map_or(theme.context, |colour| theme.context_in(&colour));
    // A colour of its own is a block: it ends with a blank as it begins with one.
    let end = if style.bg == theme.context.bg { "" } else { " " };
    let mut pieces = vec![(format!(" {context}{end}"), style)];
    let arrow = if wide { " › " } else { "›" };
    match app.page() {
        Some(Page::Table(table)) => {
            let dot = if wide { " · " } else { "·" };
            if table.subject.of.is_namespaced() {
                pieces.push((format!("{dot}{}", scope(table)), theme.bar));
            }
            if let Some(through) = &table.subject.through {
                pieces.push((format!("{arrow}{through}"), theme.bar));
            }
            pieces.push((format!("{arrow}{}", table.subject.of.name()), theme.bar));
        }
        Some(Page::Paper(paper)) => {
            let dot = if wide { " · " } else { "·" };
            pieces.extend(paper.want.target.namespace.iter().map(|name| (format!("{dot}{name}"), theme.bar)));
            pieces.push((format!("{arrow}{}", paper.title()), theme.bar));
        }
        Some(Page::Log(log)) => {
            let dot = if wide { " · " } else { "·" };
            pieces.push((format!("{dot}{}", log.want.namespace), theme.bar));
            pieces.push((format!("{arrow}{}", log.title()), theme.bar));
        }
        Some(page) => pieces.push((format!("{arrow}{}", page.title()), theme.bar)),
        None => {}
    }
    pieces
}

fn scope(table: &Table) -> String {
    match &table.subject.scope {
        Scope::All => "all".into(),
        Scope::In(names) if names.is_empty() => "…".into(),
        Scope::In(names) => names.join(","),
    }
}

fn shorten(mut pieces: Vec<(String, Style)>, room: usize) -> Vec<(String, Style)> {
    // The context stays whole; what leads to the view gives way first.
    while pieces.len() > 2 && pieces.iter().map(|(text, _)| width::of(text)).sum::<usize>() > room {
        pieces.remove(1);
    }
    pieces
}

/// The state of what is shown, its counts, the filter.
fn truth(app: &App, theme: &Theme) -> Vec<(String, Style)> {
    let Some(session) = app.session() else { return Vec::new() };
    let (mark, style) = match (&session.link, app.table()) {
        (Link::Failed { .. }, _) => ("○ no connection".into(), theme.stale),
        (Link::Connecting, _) => ("◌ connecting".into(), theme.syncing),
        (Link::Ready, None) if app.log().is_some() => return super::log::state(app, theme),
        (Link::Ready, None) if app.paper().is_some() => return super::paper::state(app, theme),
        (Link::Ready, None) => (String::new(), theme.bar),
        (Link::Ready, Some(table)) => match &table.subject.of {
            Of::Named(name) if session.catalog.is_some() => (format!("⊘ no kind {name}"), theme.stale),
            Of::Named(name) => (format!("◌ looking for {name}"), theme.syncing),
            _ => state(table, app.now, theme),
        },
    };
    let mut pieces = vec![(format!(" {mark}"), style)];
    let Some(table) = app.table() else { return pieces };
    let faults = table.faults();
    if faults > 0 {
        let count = if app.size.0 < 100 { format!("  !{faults}") } else { format!(" · {faults} not well") };
        pieces.push((count, theme.bar.patch(theme.wrong)));
    }
    if table.faults_only {
        pieces.push(("  faults only".into(), theme.bar.patch(theme.changing)));
    }
    if !table.filter_text.is_empty() {
        pieces.push((format!("  /{}", table.filter_text), theme.bar));
    }
    if let Some(labels) = &table.subject.labels {
        pieces.push((format!("  -l {labels}"), theme.bar));
    }
    match table.marked() {
        (0, 0) => {}
        (shown, 0) => pieces.push((format!("  *{shown}"), theme.bar.patch(theme.marked))),
        (shown, hidden) => pieces.push((format!("  *{shown} +{hidden} hidden"), theme.bar.patch(theme.marked))),
    }
    if table.lens.waiting() > 0 {
        pieces.push((format!("  +{} new", table.lens.waiting()), theme.bar));
    }
    if table.unreadable.0 > 0 {
        pieces.push((format!("  {} unreadable", table.unreadable.0), theme.stale));
    }
    pieces
}

/// `● live 1,204` and its kin.
fn state(table: &Table, now: Now, theme: &Theme) -> (String, Style) {
    let count = thousands(table.rows.len());
    match table.state() {
        State::Connecting => ("◌ connecting".into(), theme.syncing),
        State::Syncing => (format!("◐ syncing {count}"), theme.syncing),
        State::CatchingUp => (format!("◐ catching up {count}"), theme.syncing),
        State::Live => match table.partial() {
            Some(partial) => {
                (format!("◑ {} of {} namespaces, live {count}", partial.shown, partial.known), theme.syncing)
            }
            None => (format!("● live {count}"), theme.live),
        },
        State::Refused(fault) => (format!("⊘ {}", refusal(fault)), theme.stale),
        State::Stale { since, fault, retry } => {
            let wait = (retry - now.wall).max(0);
            let next = if wait == 0 { "trying".into() } else { format!("next try in {wait} s") };
            let said = match since {
                0 => format!("○ no answer: {}, {next}", fault.said),
                since => format!("○ stale since {}: {}, {next}", clock(*since), fault.said),
            };
            (said, theme.stale)
        }
    }
}

fn refusal(fault: &crate::cluster::fault::Fault) -> String {
    use crate::cluster::fault::Class;
    match fault.class {
        Class::Forbidden => format!("forbidden: {}", fault.asked),
        Class::NotFound => format!("not served: {}", fault.asked),
        _ => fault.said.clone(),
    }
}

/// The read-only badge.
fn readonly(app: &App, theme: &Theme) -> Vec<(String, Style)> {
    let Some(session) = app.session() else { return Vec::new() };
    if !app.settings.is_readonly(session.context()) {
        return Vec::new();
    }
    vec![(" ".into(), theme.bar), ("RO".into(), theme.readonly)]
}

/// Place in the table, user, server version.
fn who(app: &App, theme: &Theme, wide: bool) -> Vec<(String, Style)> {
    let mut pieces = Vec::new();
    if let Some(table) = app.table().filter(|table| !table.lens.order().is_empty()) {
        pieces
            .push((format!(" {}/{} ", thousands(table.cursor.at + 1), thousands(table.lens.order().len())), theme.bar));
    }
    if let Some(paper) = app.paper() {
        pieces.push((format!(" {}/{} ", thousands(paper.at + 1), thousands(paper.visible().len())), theme.bar));
    }
    let Some(session) = app.session() else { return pieces };
    let left = session.lapses.map(|at| at - app.now.wall).filter(|left| *left < LAPSES_SOON);
    pieces.extend(left.map(|left| (format!(" {} ", lapse(left)), theme.bar.patch(theme.changing))));
    if !wide {
        return pieces;
    }
    for text in [&session.user, &session.version].into_iter().flatten() {
        pieces.push((format!(" {text} "), theme.bar));
    }
    pieces
}

/// What is left of the credential.
fn lapse(left: i64) -> String {
    if left <= 0 { "login expired".into() } else { format!("login {}", age::short(left)) }
}

/// `1204` as `1,204`.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A moment as the local clock shows it.
pub fn clock(at: i64) -> String {
    let zoned = jiff::Timestamp::from_second(at).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    zoned.map_or_else(|_| String::new(), |zoned| zoned.strftime("%H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1204, "1,204"), (1_234_567, "1,234,567")] {
            assert_eq!(super::thousands(n), text);
        }
    }
}
