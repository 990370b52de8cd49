//! The loop: the one place that waits, spawns and paints.
//!
//! Keys are painted at once; data at most every [`FRAME`]; and once a second while something on the screen depends on the
//! time. An idle console does nothing. The loop ends only because the user, or the terminal, asked.

mod clipboard;
mod files;
mod input;
mod perform;
mod signals;
mod tasks;
mod terminal;

use crate::app::App;
use crate::app::effect::WatchId;
use crate::app::msg::{Msg, Now};
use crate::app::subject::Subject;
use crate::cluster::connect::{self, Request};
use crate::store::delta::Batch;
use crate::theme::Theme;
use crate::views;
use crossterm::event::Event;
use input::Input;
use perform::Performer;
use signals::Signal;
use std::io;
use std::time::Duration;
use tasks::Reply;
use terminal::Screen;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Data is painted at most so often.
const FRAME: Duration = Duration::from_millis(50);
/// Batches taken before the loop looks at the keys again.
const BATCHES: usize = 64;

/// What the engine is started with.
pub struct Start {
    pub app: App,
    pub theme: Theme,
    /// The context asked for on the command line.
    pub context: Option<String>,
    pub first: Subject,
    /// A filter and an object's name from the command line.
    pub filter: String,
    pub seek: Option<String>,
    /// Where kubeconfigs are and what overrides them.
    pub request: Request,
    /// Said at once: problems with settings.
    pub notices: Vec<String>,
}

/// Runs the console until the user leaves.
pub async fn run(start: Start) -> io::Result<()> {
    let clock = Clock::start();
    let Start { mut app, theme, context, first, filter, seek, request, notices } = start;
    let mut screen = Screen::enter()?;
    app.size = screen.size();
    let (replies_in, mut replies) = mpsc::channel(256);
    // Small on purpose: a slow screen slows the readers, and nothing piles up.
    let (batches_in, mut batches) = mpsc::channel::<(WatchId, Batch)>(BATCHES);
    let mut performer = Performer::new(request, app.settings.clone(), replies_in, batches_in);
    let mut signals = signals::listen()?;
    let mut input = input::listen(performer.tasks());

    let effects = app.start(context, first, clock.now());
    aim(&mut app, &filter, seek, notices);
    let mut painter = Painter::new(theme);
    painter.paint(&mut app, &mut screen, clock.now())?;
    performer.perform(effects, &mut screen);

    while !app.quits {
        let wake = app.wakes_at().map(|at| clock.at(at));
        let happened = tokio::select! {
            biased;
            signal = signals.next() => Happened::Signal(signal),
            event = input.recv() => Happened::Input(event),
            Some(reply) = replies.recv() => Happened::Now(performer.take(reply)),
            Some(first) = batches.recv() => Happened::Data(first),
            () = until(painter.due) => Happened::Frame,
            () = until(wake) => Happened::Soon(Msg::Tick),
        };
        let now = clock.now();
        match happened {
            Happened::Input(Some(event)) => {
                keys(&mut app, &mut performer, &mut screen, &mut input, event, now);
                painter.paint(&mut app, &mut screen, clock.now())?;
            }
            // The terminal is gone: nobody is there to ask.
            Happened::Input(None) | Happened::Signal(Signal::Leave) => {
                step(&mut app, &mut performer, &mut screen, Msg::Leave, now);
            }
            Happened::Signal(Signal::Stop) => {
                screen.stop_process();
                painter.paint(&mut app, &mut screen, clock.now())?;
            }
            Happened::Now(None) => {}
            Happened::Now(Some(msg)) | Happened::Soon(msg) => {
                step(&mut app, &mut performer, &mut screen, msg, now);
                painter.paint(&mut app, &mut screen, clock.now())?;
            }
            Happened::Data(first) => {
                let waiting = std::iter::from_fn(|| batches.try_recv().ok()).take(BATCHES - 1);
                for (watch, batch) in std::iter::once(first).chain(waiting) {
                    step(&mut app, &mut performer, &mut screen, Msg::Watch(watch, batch), now);
                }
                painter.soon();
            }
            Happened::Frame => painter.paint(&mut app, &mut screen, now)?,
        }
        if let Some((session, request)) = performer.lends() {
            // Nobody may read the terminal while the plugin has it.
            drop(input);
            let linked = screen.lend(connect::connect(&request)).await;
            input = input::listen(performer.tasks());
            let msg = performer.take(Reply::Linked(session, linked));
            msg.into_iter().for_each(|msg| step(&mut app, &mut performer, &mut screen, msg, clock.now()));
            painter.paint(&mut app, &mut screen, clock.now())?;
        }
        performer.report_costs(&mut app, clock.now());
    }
    performer.remember_last(&mut app);
    Ok(())
}

/// What the command line wants beside the view: its filter, and the object to put the cursor on; and what is wrong with
/// the settings.
fn aim(app: &mut App, filter: &str, seek: Option<String>, notices: Vec<String>) {
    app.set_filter(filter);
    if let Some(table) = app.table_mut() {
        table.seek = seek;
    }
    notices.into_iter().for_each(|notice| app.say(Err(notice)));
}

enum Happened {
    Input(Option<Event>),
    Signal(Signal),
    /// Something to be painted at once.
    Now(Option<Msg>),
    Soon(Msg),
    Data((WatchId, Batch)),
    Frame,
}

fn step(app: &mut App, performer: &mut Performer, screen: &mut Screen, msg: Msg, now: Now) {
    let effects = app.update(msg, now);
    performer.perform(effects, screen);
}

/// Takes a key and all that are already waiting behind it, so that a held key costs one frame and not many.
fn keys(app: &mut App, performer: &mut Performer, screen: &mut Screen, input: &mut Input, first: Event, now: Now) {
    step(app, performer, screen, Msg::Term(first), now);
    while let Ok(event) = input.try_recv() {
        if app.quits {
            break;
        }
        app.settle(now);
        step(app, performer, screen, Msg::Term(event), now);
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Decides when to paint.
struct Painter {
    theme: Theme,
    last: Option<Instant>,
    due: Option<Instant>,
}

impl Painter {
    fn new(theme: Theme) -> Self {
        Self { theme, last: None, due: None }
    }

    /// Something changed that may wait for the next frame.
    fn soon(&mut self) {
        let next = self.last.map_or_else(Instant::now, |last| last + FRAME);
        self.due.get_or_insert(next);
    }

    fn paint(&mut self, app: &mut App, screen: &mut Screen, now: Now) -> io::Result<()> {
        self.due = None;
        self.last = Some(Instant::now());
        app.settle(now);
        screen.draw(|area, buf| views::draw(app, &self.theme, area, buf))
    }
}

/// The two clocks of [`Now`].
struct Clock {
    start: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { start: Instant::now() }
    }
    fn now(&self) -> Now {
        // One more than elapsed, so that zero can mean never.
        let mono = self.start.elapsed().as_millis() as u64 + 1;
        Now { wall: jiff::Timestamp::now().as_second(), mono }
    }
    fn at(&self, mono: u64) -> Instant {
        self.start + Duration::from_millis(mono)
    }
}

/// Starts a task in a set, for commands that run without the console.
pub fn spawn_in(set: &mut tokio::task::JoinSet<()>, task: impl Future<Output = ()> + Send + 'static) {
    set.spawn(task);
}
