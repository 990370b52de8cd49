//! A log on the screen: which lines of it, how they are laid out, and how far it is scrolled. The lines are kept elsewhere
//! ([`crate::store::log::Log`]); this page holds the window that it asked for.

use super::effect::{LogId, SessionId};
use super::paper::Wrap;
use crate::cluster::logs::{Run, Span, State, Want, Which};
use crate::store::log::{At, Kind, Look, Shown, Sieve, Totals, View, Way, Window};
use crate::text::{clean, pieces, shell, width};

/// What is asked of whoever keeps a log.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Read it from now on.
    Open(Box<Want>),
    /// Forget it.
    Close,
    /// Tell these lines, and again whenever they change.
    Look(Look),
    /// Nobody looks; lines are kept all the same.
    Rest,
    View(View),
    /// Find the nearest line beyond this one.
    Seek {
        from: u64,
        way: Way,
        sieve: Sieve,
    },
    /// Put a mark after the last line.
    Mark(String),
    /// Leave out what has not come yet, and go on from this moment.
    Now,
    /// Write what the view shows to a private file whose name begins with this.
    Save {
        name: String,
        times: Times,
    },
}

/// What the keeper of a log tells.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Seen(Box<Sight>),
    /// What a search came to.
    Found(Option<u64>),
    Said(Result<String, String>),
}

/// A log as it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    pub totals: Totals,
    /// The containers, and how the stream of each is.
    pub sources: Vec<(String, State)>,
    /// Why the pod cannot be read.
    pub pod: Option<State>,
    /// By how many seconds it is behind, if it cannot keep up.
    pub behind: Option<i64>,
    /// The lines that are looked at, if they may have changed.
    pub window: Option<Window>,
}

/// Whether each line shows when it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    #[default]
    Hidden,
    Shown,
}

/// What a piece of a line is, for whoever gives it a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Text,
    Time,
    Source(u16),
    Mark,
    Found,
}

/// A row of the screen: the line that it belongs to, and its pieces.
pub type Row = (u64, Vec<(String, Tone)>);

/// The page.
#[derive(Debug)]
pub struct LogPage {
    pub session: SessionId,
    pub want: Want,
    /// Who keeps the lines; none before it is opened.
    pub id: Option<LogId>,
    pub sight: Sight,
    pub window: Window,
    /// The line and its row at the top of the screen; none while the end is followed.
    pub top: Option<(u64, usize)>,
    pub wrap: Wrap,
    pub times: Times,
    /// Columns scrolled to the right.
    pub left: usize,
    pub view: View,
    /// What is searched.
    pub find: Option<Sieve>,
    /// The line that was found last.
    pub found: Option<u64>,
    /// Lines there were when it was paused.
    pub paused_at: u64,
    /// Columns and rows, as of the last paint.
    pub width: usize,
    pub height: usize,
}

/// Columns that a container's name may take.
const NAME: usize = 14;

impl LogPage {
    pub fn new(session: SessionId, want: Want) -> Self {
        Self {
            session,
            want,
            id: None,
            sight: Sight::default(),
            window: Window::default(),
            top: None,
            wrap: Wrap::Off,
            times: Times::Hidden,
            left: 0,
            view: View::default(),
            find: None,
            found: None,
            paused_at: 0,
            width: 80,
            height: 20,
        }
    }

    /// `logs pod/orders-5c8d`, and what narrows it.
    pub fn title(&self) -> String {
        let run = if self.want.run == Run::Previous { "previous " } else { "" };
        let container = match (&self.want.which, self.view.only) {
            (Which::One(name), _) => format!(" {name}"),
            (Which::All, Some(only)) => format!(" {}", self.source(only)),
            (Which::All, None) => String::new(),
        };
        format!("{run}logs {}{container}", self.want.pod)
    }

    pub fn source(&self, number: u16) -> &str {
        self.sight.sources.get(usize::from(number)).map_or("", |(name, _)| name.as_str())
    }

    pub fn is_following(&self) -> bool {
        self.top.is_none()
    }

    /// Lines that came since it was paused.
    pub fn news(&self) -> u64 {
        self.sight.totals.next.saturating_sub(self.paused_at)
    }

    /// The lines that the screen needs, and some around them.
    pub fn look(&self) -> Look {
        let slack = self.height.max(10);
        match self.top {
            None => Look { at: At::End, before: slack * 3, after: 0 },
            Some((number, _)) => Look { at: At::Line(number), before: slack * 3, after: slack * 4 },
        }
    }

    /// Takes what the keeper tells.
    pub fn take(&mut self, sight: Sight) {
        let Sight { window, .. } = &sight;
        if let Some(window) = window.clone() {
            self.window = window;
        }
        self.sight = Sight { window: None, ..sight };
    }

    /// A line's pieces: its time, its container where there are several, its text with what is searched.
    pub fn pieces(&self, line: &Shown) -> Vec<(String, Tone)> {
        let mut out = Vec::new();
        if self.times == Times::Shown {
            out.push((format!("{:12} ", clock(line.at)), Tone::Time));
        }
        if line.kind == Kind::Mark {
            out.push((format!("── {} ──", tidy(&line.text)), Tone::Mark));
            return out;
        }
        if self.sight.sources.len() > 1 && self.view.only.is_none() {
            let most = self.sight.sources.iter().map(|(name, _)| width::of(name)).max().unwrap_or(0).min(NAME);
            let name = width::cut_middle(self.source(line.source), most).into_owned();
            out.push((format!("{} ", width::pad_end(&name, most)), Tone::Source(line.source)));
        }
        let found = [&self.find, &self.view.sieve].into_iter().flatten().next();
        let mut from = 0;
        for range in found.map(|sieve| sieve.found(&line.text)).unwrap_or_default() {
            out.extend(line.text.get(from..range.start).map(|text| (tidy(text), Tone::Text)));
            out.extend(line.text.get(range.clone()).map(|text| (tidy(text), Tone::Found)));
            from = range.end;
        }
        out.extend(line.text.get(from..).map(|text| (tidy(text), Tone::Text)));
        out.retain(|(text, _)| !text.is_empty());
        out
    }

    fn rows_of(&self, line: &Shown) -> Vec<Row> {
        let pieces = self.pieces(line);
        match self.wrap {
            Wrap::Off => vec![(line.number, pieces::shift(&pieces, self.left))],
            Wrap::On => pieces::wrap(&pieces, self.width).into_iter().map(|row| (line.number, row)).collect(),
        }
    }

    /// The rows on the screen.
    pub fn rows(&self) -> Vec<Row> {
        let Some((number, row)) = self.top else {
            let mut rows: Vec<Vec<Row>> = Vec::new();
            let mut count = 0;
            for line in self.window.lines.iter().rev() {
                if count >= self.height {
                    break;
                }
                let own = self.rows_of(line);
                count += own.len();
                rows.push(own);
            }
            return rows.into_iter().rev().flatten().skip(count.saturating_sub(self.height)).collect();
        };
        let lines = self.window.lines.iter().skip_while(|line| line.number < number);
        let skip = if self.window.lines.iter().any(|line| line.number == number) { row } else { 0 };
        let mut rows = Vec::new();
        for line in lines {
            rows.extend(self.rows_of(line));
            if rows.len() >= self.height + skip {
                break;
            }
        }
        rows.into_iter().skip(skip).take(self.height).collect()
    }

    /// Scrolls by rows; beyond the last one the end is followed again.
    pub fn scroll(&mut self, rows: isize) {
        if self.top.is_none() && rows >= 0 {
            return;
        }
        // The places of all rows of the window: each line's number and which of its rows.
        let places: Vec<(u64, usize)> = self
            .window
            .lines
            .iter()
            .flat_map(|line| {
                let count = if self.wrap == Wrap::On { self.rows_of(line).len() } else { 1 };
                (0..count).map(move |row| (line.number, row))
            })
            .collect();
        let last = places.len().saturating_sub(self.height);
        let now = self.top.map_or(last, |top| places.partition_point(|place| *place < top));
        let to = now.saturating_add_signed(rows);
        if rows > 0 && to >= last && self.window.ends {
            return self.follow();
        }
        self.pause();
        self.top = places.get(to.min(last)).copied().or(Some((0, 0)));
    }

    /// Stays where it is, whatever comes.
    pub fn pause(&mut self) {
        if self.top.is_some() {
            return;
        }
        let rows = self.rows();
        let first = rows.first().map_or(0, |(number, _)| *number);
        let own = self.window.lines.iter().find(|line| line.number == first);
        let all = own.map_or(1, |line| self.rows_of(line).len());
        let here = rows.iter().filter(|(number, _)| *number == first).count();
        self.top = Some((first, all.saturating_sub(here)));
        self.paused_at = self.sight.totals.next;
    }

    pub fn follow(&mut self) {
        (self.top, self.found) = (None, None);
    }

    pub fn to_start(&mut self) {
        self.pause();
        self.top = Some((self.sight.totals.first.max(self.view.from), 0));
    }

    /// Shows a line that was found, a third down the screen.
    pub fn show(&mut self, number: u64) {
        self.pause();
        self.found = Some(number);
        self.top = Some((number.saturating_sub(self.height as u64 / 3), 0));
    }

    /// The first and the last line on the screen.
    pub fn span(&self) -> Option<(u64, u64)> {
        let rows = self.rows();
        Some((rows.first()?.0, rows.last()?.0))
    }

    /// The lines on the screen as text, whole.
    pub fn text(&self) -> String {
        let Some((first, last)) = self.span() else { return String::new() };
        let lines = self.window.lines.iter().filter(|line| (first..=last).contains(&line.number));
        let text = |line: &Shown| self.pieces(line).into_iter().map(|(text, _)| text).collect::<String>();
        lines.map(text).collect::<Vec<_>>().join("\n")
    }

    /// The kubectl line that shows the same.
    pub fn kubectl(&self, context: &str) -> String {
        let mut words = vec!["kubectl".to_owned()];
        if !context.is_empty() {
            words.extend(["--context".into(), context.into()]);
        }
        words.extend(["-n".into(), self.want.namespace.clone(), "logs".into(), self.want.pod.clone()]);
        match (&self.want.which, self.view.only) {
            (Which::One(name), _) => words.extend(["-c".into(), name.clone()]),
            (Which::All, Some(only)) => words.extend(["-c".into(), self.source(only).into()]),
            (Which::All, None) => words.extend(["--all-containers".into(), "--prefix".into()]),
        }
        match self.want.run {
            Run::Previous => words.push("--previous".into()),
            Run::Current => words.push("--follow".into()),
        }
        match self.want.span {
            Span::Tail(lines) => words.extend(["--tail".into(), lines.to_string()]),
            Span::Seconds(seconds) => words.extend(["--since".into(), format!("{seconds}s")]),
            Span::Whole => {}
        }
        if self.times == Times::Shown {
            words.push("--timestamps".into());
        }
        shell::join(&words)
    }
}

fn tidy(text: &str) -> String {
    clean::line(&text.replace('\t', "    ")).into_owned()
}

/// `14:02:11.123` as the local clock shows it; empty if it is not known.
fn clock(at: i64) -> String {
    if at == 0 {
        return String::new();
    }
    let at = jiff::Timestamp::from_nanosecond(i128::from(at));
    at.map_or_else(
        |_| String::new(),
        |at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%.3f").to_string(),
    )
}
