//! A log: the lines on the screen, and what the bar says of it.

use super::bar::thousands;
use super::paint;
use crate::app::App;
use crate::app::log::{LogPage, Tone};
use crate::app::verb::Verb;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::logs::State;
use crate::text::{age, width};
use crate::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub fn draw(app: &mut App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let retry = app.keymap.keys(Verb::Refresh).first().map(ToString::to_string).unwrap_or_default();
    let Some(log) = app.log_mut() else { return };
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    (log.width, log.height) = (usize::from(inner.width), usize::from(area.height).max(1));
    if log.window.lines.is_empty() {
        return blank(log, theme, inner, buf, &retry);
    }
    for (row, (number, pieces)) in (0..area.height).zip(log.rows()) {
        let found = log.found == Some(number);
        if found {
            paint::tint(buf, area, row, theme.cursor);
        }
        let styled = |(text, tone): (String, Tone)| {
            let style = style(theme, tone);
            (text, if found { theme.cursor.patch(style) } else { style })
        };
        let pieces: Vec<(String, Style)> = pieces.into_iter().map(styled).collect();
        paint::pieces(buf, inner, row, &pieces);
    }
}

fn style(theme: &Theme, tone: Tone) -> Style {
    match tone {
        Tone::Text => theme.text,
        Tone::Time | Tone::Mark => theme.dim,
        Tone::Found => theme.highlight,
        Tone::Source(number) => match number % 5 {
            0 => theme.key,
            1 => theme.changing,
            2 => theme.unknown,
            3 => theme.prompt,
            _ => theme.marked,
        },
    }
}

/// Empty is never blank: why there are no lines.
fn blank(log: &LogPage, theme: &Theme, area: Rect, buf: &mut Buffer, retry: &str) {
    let area = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(1),
    };
    if let Some(fault) = refusal(log) {
        let mut lines = vec![format!("Asked: {}", fault.asked), format!("Said:  {}", fault.said)];
        lines.extend(fault.hint.iter().map(|hint| format!("Do:    {hint}")));
        lines.push(format!("{retry} tries again now."));
        paint::line(buf, area, 0, &format!("{} cannot be read", log.title()), theme.error);
        let broken = lines.iter().flat_map(|line| width::wrap(line, usize::from(area.width)));
        for (row, line) in (2..area.height).zip(broken) {
            paint::line(buf, area, row, &line, theme.text);
        }
        return;
    }
    let said = match (&log.view.sieve, log.sight.totals.next) {
        (_, 0) => states(log).unwrap_or_else(|| "Nothing was written yet.".into()),
        (Some(sieve), lines) => {
            let lines = thousands(lines as usize);
            let so_far = if log.sight.totals.sifted { "" } else { " so far" };
            format!("None of {lines} lines fits `{}`{so_far}. Esc shows all.", sieve.typed())
        }
        (None, _) => "No lines since then. What comes next is shown here.".into(),
    };
    for (row, line) in (0..area.height).zip(width::wrap(&said, usize::from(area.width))) {
        paint::line(buf, area, row, &line, theme.dim);
    }
}

/// Why there is no log at all.
fn refusal(log: &LogPage) -> Option<&Fault> {
    let states = log.sight.sources.iter().map(|(_, state)| state).chain(&log.sight.pod);
    let faults: Option<Vec<&Fault>> = states
        .map(|state| match state {
            State::Refused(fault) => Some(fault),
            _ => None,
        })
        .collect();
    faults?.first().copied()
}

/// What the containers without lines are doing.
fn states(log: &LogPage) -> Option<String> {
    if let Some(State::Retrying(why)) = &log.sight.pod {
        return Some(format!("The pod cannot be read: {why}. It is tried again."));
    }
    let words = log.sight.sources.iter().filter_map(|(name, state)| {
        let said = match state {
            State::Opening | State::Reading => "is being read".into(),
            State::Following => return None,
            State::Waiting(why) => format!("waits: {why}"),
            State::Retrying(why) => format!("cannot be read: {why}; it is tried again"),
            State::Ended(why) => why.clone(),
            State::Refused(fault) => fault.said.clone(),
        };
        Some(if name.is_empty() { said } else { format!("{name} {said}") })
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| format!("Nothing was written yet. {}", words.join("; ")))
}

/// What the bar says of a log: `● following 12,304 lines`, `paused`, `2m14s behind`, why nothing comes.
pub fn state(app: &App, theme: &Theme) -> Vec<(String, Style)> {
    let Some(log) = app.log() else { return Vec::new() };
    let (mut mark, mut style) = stream(log, theme);
    if let Some(seconds) = log.sight.behind {
        let key = app.keymap.keys(Verb::LogNow).first().map(ToString::to_string).unwrap_or_default();
        (mark, style) = (format!("◐ {} behind ({key} to now) ·", age::human(seconds)), theme.syncing);
    }
    let mut pieces = vec![(format!(" {mark} {}", lines(log)), style)];
    if !log.is_following() && log.news() > 0 {
        pieces.push((format!("  +{} new", thousands(log.news() as usize)), theme.bar));
    }
    let totals = &log.sight.totals;
    if totals.dropped > 0 {
        let text = format!("  oldest {} gone (logs.spill)", thousands(totals.dropped as usize));
        pieces.push((text, theme.bar.patch(theme.changing)));
    }
    pieces.extend(totals.trouble.iter().map(|why| (format!("  {why}"), theme.stale)));
    if let Some(sieve) = &log.view.sieve {
        let so_far = if totals.sifted { "" } else { "…" };
        pieces.push((format!("  /{} {}{so_far}", sieve.typed(), thousands(totals.fitting as usize)), theme.bar));
    }
    pieces.extend(log.find.iter().map(|find| (format!("  find {}", find.typed()), theme.bar)));
    pieces
}

fn lines(log: &LogPage) -> String {
    let count = (log.sight.totals.next - log.sight.totals.dropped) as usize;
    format!("{} line{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// The worst of what the streams are.
fn stream(log: &LogPage, theme: &Theme) -> (String, Style) {
    let states: Vec<&State> = log.sight.pod.iter().chain(log.sight.sources.iter().map(|(_, state)| state)).collect();
    let find = |wanted: fn(&State) -> bool| states.iter().find(|state| wanted(state)).copied();
    if let Some(State::Retrying(why)) = find(|state| matches!(state, State::Retrying(_))) {
        return (format!("○ cut off: {why}, trying again ·"), theme.stale);
    }
    if let Some(State::Refused(fault)) = find(|state| matches!(state, State::Refused(_))) {
        let why = if fault.class == Class::Forbidden { "forbidden" } else { &fault.said };
        return (format!("⊘ {why} ·"), theme.stale);
    }
    if states.is_empty() || states.iter().all(|state| **state == State::Opening) {
        return ("◌ opening ·".into(), theme.syncing);
    }
    if states.iter().all(|state| matches!(state, State::Ended(_))) {
        return ("◌ ended ·".into(), theme.syncing);
    }
    if !log.is_following() {
        return ("◌ paused ·".into(), theme.syncing);
    }
    let flows = find(|state| matches!(state, State::Reading | State::Following)).is_some();
    if !flows && let Some(State::Waiting(why)) = find(|state| matches!(state, State::Waiting(_))) {
        return (format!("◌ waits: {why} ·"), theme.syncing);
    }
    ("● following".into(), theme.live)
}
