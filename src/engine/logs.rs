//! Keepers of logs: each is a task that reads the streams of one log, keeps its lines, and tells the app what it looks at.
//!
//! Lines are taken in whatever the screen does; the app is told at most every [`FRAME`], and nothing while nobody looks.

mod gather;
mod write;

use crate::app::effect::LogId;
use crate::app::log::{Ask, News, Sight};
use crate::cluster::connect::Link;
use crate::cluster::logs::{self, Piece, Span, State, Want};
use crate::cluster::watch::Shared;
use crate::store::log::{At, Kind, Line, Log, Look, Seek, Sieve, View, Way, Window};
use crate::text::age;
use gather::Gather;
use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// The app is told at most so often.
const FRAME: Duration = Duration::from_millis(50);
/// Batches between a reader and its keeper: more slow the reader down.
const ROOM: usize = 8;
/// Batches taken before it is looked whether something else is to be done.
const AT_ONCE: usize = 16;
/// Blocks that are sifted before that.
const SLICE: usize = 32;
/// Who has been catching up for so long, with lines that are older than the other, is behind.
const LATE: Duration = Duration::from_secs(3);
const OLD: i64 = 5;
const SECOND: i64 = 1_000_000_000;
/// No node's clock is taken to be wrong by more.
const MOST_SKEW: i64 = 60 * SECOND;

/// The keepers at work.
#[derive(Default)]
pub struct Logs(HashMap<LogId, (mpsc::UnboundedSender<Ask>, AbortHandle)>);

impl Logs {
    pub fn insert(&mut self, id: LogId, asks: mpsc::UnboundedSender<Ask>, task: AbortHandle) {
        self.0.insert(id, (asks, task));
    }

    pub fn ask(&mut self, id: LogId, ask: Ask) {
        if ask == Ask::Close {
            self.0.remove(&id).into_iter().for_each(|(_, task)| task.abort());
        } else if let Some((asks, _)) = self.0.get(&id) {
            // A keeper that is gone has nothing to tell.
            let _ = asks.send(ask);
        }
    }
}

/// A log to be kept: where to ask for things, and the task, which ends when that is dropped. `spill` is in bytes; `tell`
/// answers whether anybody listens.
pub fn keep<T, F>(
    (link, shared): (Link, Shared),
    want: Want,
    spill: u64,
    tell: T,
) -> (mpsc::UnboundedSender<Ask>, impl Future<Output = ()> + Send)
where
    T: Fn(News) -> F + Send + Sync + 'static,
    F: Future<Output = bool> + Send,
{
    let (asks, asked) = mpsc::unbounded_channel();
    let keeper = Keeper::new((link, shared), want, spill);
    (asks, keeper.run(asked, tell))
}

type Reading = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One log being kept.
struct Keeper {
    link: (Link, Shared),
    want: Want,
    log: Log,
    gather: Gather,
    reading: Option<Reading>,
    pieces: mpsc::Receiver<Piece>,
    sources: Vec<Source>,
    pod: Option<State>,
    look: Option<Look>,
    /// The window that was told last is not what it was.
    stale: bool,
    /// When the app is to be told.
    due: Option<Instant>,
    told: Instant,
    seek: Option<(u64, Way, Sieve)>,
    sifts: bool,
}

/// A container's stream.
struct Source {
    name: String,
    state: State,
    /// Since when lines have been coming without a pause.
    busy: Option<Instant>,
    /// When its newest line was written.
    newest: i64,
    /// By how much the node's clock is behind, as lines show that came when nothing else was to come.
    skew: i64,
}

impl Keeper {
    fn new(link: (Link, Shared), want: Want, spill: u64) -> Self {
        let (reading, pieces) = begin(&link, want.clone());
        Self {
            link,
            want,
            log: Log::new(Box::<super::spill::TempSpill>::default(), spill),
            gather: Gather::default(),
            reading: Some(reading),
            pieces,
            sources: Vec::new(),
            pod: None,
            look: None,
            stale: true,
            due: None,
            told: Instant::now(),
            seek: None,
            sifts: false,
        }
    }

    async fn run<T, F>(mut self, mut asked: mpsc::UnboundedReceiver<Ask>, tell: T)
    where
        T: Fn(News) -> F + Send + Sync,
        F: Future<Output = bool> + Send,
    {
        let mut flows = true;
        loop {
            let (due, release) = (self.due, self.gather.until());
            let works = self.sifts || self.seek.is_some();
            let news = tokio::select! {
                biased;
                ask = asked.recv() => match ask {
                    Some(ask) => {
                        flows |= ask == Ask::Now;
                        self.obey(ask)
                    }
                    None => return,
                },
                () = until(due) => Some(self.sight()),
                () = until(release) => self.release(),
                piece = self.pieces.recv(), if flows => {
                    flows = piece.is_some();
                    piece.and_then(|piece| self.take_some(piece))
                }
                () = finished(&mut self.reading) => None,
                () = std::future::ready(()), if works => {
                    tokio::task::yield_now().await;
                    self.work()
                }
            };
            if let Some(news) = news
                && !tell(news).await
            {
                return;
            }
        }
    }

    /// Does what the app asks; some of it is answered at once.
    fn obey(&mut self, ask: Ask) -> Option<News> {
        match ask {
            Ask::Open(_) | Ask::Close => None,
            Ask::Look(look) => {
                let changed = self.look != Some(look);
                self.look = Some(look);
                self.stale |= changed;
                self.due = Some(Instant::now());
                None
            }
            Ask::Rest => {
                (self.look, self.due) = (None, None);
                None
            }
            Ask::View(view) => {
                self.show(view);
                None
            }
            Ask::Seek { from, way, sieve } => {
                self.seek = Some((from, way, sieve));
                None
            }
            Ask::Mark(text) => {
                self.mark(text);
                None
            }
            Ask::Now => self.jump(),
            Ask::Save { name, times } => {
                let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
                Some(News::Said(write::save(&mut self.log, &name, times, &names)))
            }
        }
    }

    fn show(&mut self, view: View) {
        self.log.set_view(view);
        self.sifts = true;
        self.stale = true;
        self.due = Some(Instant::now());
    }

    /// Takes a piece and those that are already waiting behind it.
    fn take_some(&mut self, first: Piece) -> Option<News> {
        self.take(first);
        for _ in 1..AT_ONCE {
            let Ok(piece) = self.pieces.try_recv() else { break };
            self.take(piece);
        }
        None
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Sources(names) => {
                let state = State::Opening;
                let known = |name: &String| self.sources.iter().any(|source| source.name == *name);
                if !names.iter().all(known) || self.sources.is_empty() {
                    let new = |name| Source { name, state: state.clone(), busy: None, newest: 0, skew: 0 };
                    self.sources = names.into_iter().map(new).collect();
                    self.gather.begin(self.sources.len());
                }
                self.pod = None;
            }
            Piece::Pod(state) => self.pod = Some(state),
            Piece::State(number, state) => {
                if let Some(source) = self.sources.get_mut(usize::from(number)) {
                    source.busy = (state == State::Reading).then(|| source.busy.unwrap_or_else(Instant::now));
                    source.state = state;
                }
                let settled = |source: &Source| !matches!(source.state, State::Opening | State::Reading);
                if self.sources.iter().all(settled) {
                    self.release();
                }
            }
            Piece::Lines(lines) => self.take_lines(lines),
        }
        self.changed();
    }

    fn take_lines(&mut self, lines: Vec<Line>) {
        if let Some(last) = lines.last()
            && let Some(source) = self.sources.get_mut(usize::from(last.source))
        {
            source.newest = source.newest.max(last.at);
            source.busy.get_or_insert_with(Instant::now);
            if source.state == State::Following {
                source.skew = (wall() - last.at).clamp(0, MOST_SKEW);
                source.state = State::Reading;
            }
        }
        if let Some(lines) = self.gather.take(lines) {
            lines.iter().for_each(|line| self.log.push(line));
        }
    }

    /// Lines that waited for those of other containers wait no longer.
    fn release(&mut self) -> Option<News> {
        let lines = self.gather.end();
        lines.iter().for_each(|line| self.log.push(line));
        self.changed();
        None
    }

    fn changed(&mut self) {
        if self.look.is_some() {
            self.due.get_or_insert(self.told + FRAME);
        }
    }

    fn mark(&mut self, text: String) {
        self.release();
        self.log.push(&Line { at: wall(), source: 0, kind: Kind::Mark, text });
        self.changed();
    }

    /// Leaves out what has not come yet.
    fn jump(&mut self) -> Option<News> {
        let Some(behind) = self.behind() else {
            return Some(News::Said(Err("the log is not behind".into())));
        };
        let want = Want { span: Span::Seconds(1), ..self.want.clone() };
        let (reading, pieces) = begin(&self.link, want);
        (self.reading, self.pieces) = (Some(reading), pieces);
        self.sources.iter_mut().for_each(|source| (source.state, source.busy) = (State::Opening, None));
        self.mark(format!("gap: {} of the log left out, to be at this moment", age::human(behind)));
        None
    }

    /// By how many seconds the streams are behind, if one of them is.
    fn behind(&self) -> Option<i64> {
        let now = wall();
        let late = self.sources.iter().filter(|source| source.busy.is_some_and(|since| since.elapsed() >= LATE));
        let lags = late.filter(|source| source.newest > 0).map(|source| (now - source.newest - source.skew) / SECOND);
        lags.max().filter(|lag| *lag >= OLD)
    }

    /// What the app is told.
    fn sight(&mut self) -> News {
        self.due = None;
        self.told = Instant::now();
        let window = self.window();
        News::Seen(Box::new(Sight {
            totals: self.log.totals(),
            sources: self.sources.iter().map(|source| (source.name.clone(), source.state.clone())).collect(),
            pod: self.pod.clone(),
            behind: self.behind(),
            window,
        }))
    }

    /// The lines that are looked at, unless they are what was told last.
    fn window(&mut self) -> Option<Window> {
        let look = self.look?;
        let fixed = !self.stale && matches!(look.at, At::Line(_));
        if fixed {
            return None;
        }
        let window = self.log.window(look);
        // A window that has room for more may get more.
        self.stale = window.ends || self.sifts;
        Some(window)
    }

    /// A slice of what takes long: sifting for a new view, searching.
    fn work(&mut self) -> Option<News> {
        if self.sifts {
            self.sifts = self.log.sift(SLICE);
            self.stale = true;
            self.changed();
        }
        let (from, way, sieve) = self.seek.take()?;
        match self.log.seek(from, way, &sieve) {
            Seek::Found(number) => Some(News::Found(Some(number))),
            Seek::Nowhere => Some(News::Found(None)),
            Seek::Resume(from) => {
                self.seek = Some((from, way, sieve));
                None
            }
        }
    }
}

fn begin((link, shared): &(Link, Shared), want: Want) -> (Reading, mpsc::Receiver<Piece>) {
    let (sink, pieces) = mpsc::channel(ROOM);
    (Box::pin(logs::follow(link.clone(), want, shared.clone(), sink)), pieces)
}

/// Nanoseconds since the epoch.
fn wall() -> i64 {
    i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or_default()
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Drives the streams; ends once they have, and then no more.
async fn finished(reading: &mut Option<Reading>) {
    match reading {
        Some(own) => own.as_mut().await,
        None => std::future::pending().await,
    }
    *reading = None;
}
