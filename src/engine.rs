//! The loop: the one place that waits, spawns and paints.
//!
//! Keys are painted at once; data at most every [`FRAME`]; and once a second while something on the screen depends on the
//! time. An idle console does nothing. The loop ends only because the user, or the terminal, asked.

mod clipboard;
mod editor;
mod files;
mod input;
mod jobs;
mod journal;
pub mod logs;
mod manifests;
mod perform;
pub mod reads;
mod signals;
pub mod spill;
mod tasks;
mod terminal;

use crate::app::App;
use crate::app::effect::WatchId;
use crate::app::msg::{Msg, Now};
use crate::app::subject::Subject;
use crate::cluster::connect::{self, Request};
use crate::store::delta::Batch;
use crate::theme::depth::{self, Depth};
use crate::theme::{self, Theme};
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
    /// How many colours the terminal has.
    pub depth: Depth,
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
    /// Makes troubles happen in the embedded cluster.
    pub causes: Option<Causes>,
}

/// Makes a trouble of that name happen, and says what was done or why not.
pub type Causes = Box<dyn Fn(&str) -> Result<String, String> + Send>;

/// Runs the console until the user leaves.
pub async fn run(start: Start) -> io::Result<()> {
    let mut console = Console::start(start)?;
    while !console.app.quits {
        let happened = console.wait().await;
        console.take(happened)?;
        console.lend().await?;
        console.edit().await?;
        let now = console.clock.now();
        console.performer.report_costs(&mut console.app, now);
    }
    console.performer.stop();
    Ok(())
}

/// Everything that the loop holds.
struct Console {
    app: App,
    screen: Screen,
    painter: Painter,
    performer: Performer,
    clock: Clock,
    signals: signals::Signals,
    input: Input,
    replies: mpsc::Receiver<Reply>,
    batches: mpsc::Receiver<(WatchId, Batch)>,
}

impl Console {
    /// Paints the first frame, before any network.
    fn start(start: Start) -> io::Result<Self> {
        let clock = Clock::start();
        let Start { mut app, depth, context, first, filter, seek, request, notices, causes } = start;
        let screen = Screen::enter()?;
        app.size = screen.size();
        let (replies_in, replies) = mpsc::channel(256);
        // Small on purpose: a slow screen slows the readers, and nothing piles up.
        let (batches_in, batches) = mpsc::channel(BATCHES);
        let mut performer = Performer::new(request, app.settings.clone(), causes, (replies_in, batches_in));
        app.process = performer.tasks().jobs.process.clone();
        performer.tasks().read_journal();
        let (signals, input) = (signals::listen()?, input::listen(performer.tasks()));
        let effects = app.start(context, first, clock.now());
        app.set_filter(&filter);
        if let Some(table) = app.table_mut() {
            table.seek = seek;
        }
        let painter = Painter::new(depth);
        let mut console = Self { app, screen, painter, performer, clock, signals, input, replies, batches };
        for notice in notices {
            console.step(Msg::Notice(Err(notice)));
        }
        console.paint()?;
        console.performer.perform(effects, &mut console.screen);
        Ok(console)
    }

    async fn wait(&mut self) -> Happened {
        let wake = self.app.wakes_at().map(|at| self.clock.at(at));
        tokio::select! {
            biased;
            signal = self.signals.next() => Happened::Signal(signal),
            event = self.input.recv() => Happened::Input(event),
            Some(reply) = self.replies.recv() => Happened::Reply(Box::new(reply)),
            Some(first) = self.batches.recv() => Happened::Data(first),
            () = until(self.painter.due) => Happened::Frame,
            () = until(wake) => Happened::Time,
        }
    }

    fn take(&mut self, happened: Happened) -> io::Result<()> {
        match happened {
            Happened::Input(Some(event)) => {
                self.keys(event);
                self.paint()?;
            }
            // The terminal is gone: nobody is there to ask.
            Happened::Input(None) | Happened::Signal(Signal::Leave) => self.step(Msg::Leave),
            Happened::Signal(Signal::Stop) => {
                self.screen.stop_process();
                self.paint()?;
            }
            Happened::Reply(reply) => {
                if let Some(msg) = self.performer.take(*reply, &mut self.screen) {
                    self.step(msg);
                    self.paint()?;
                }
            }
            Happened::Time => {
                self.step(Msg::Tick);
                self.paint()?;
            }
            Happened::Data(first) => self.data(first),
            Happened::Frame => self.paint()?,
        }
        Ok(())
    }

    fn step(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.clock.now());
        let context = self.app.session().map(|session| session.context()).unwrap_or_default();
        self.performer.clipboard = self.app.settings.clipboard(context);
        self.performer.perform(effects, &mut self.screen);
    }

    /// Takes a key and all that are already waiting behind it, so that a held key costs one frame and not many.
    fn keys(&mut self, first: Event) {
        self.step(Msg::Term(first));
        while let Ok(event) = self.input.try_recv() {
            if self.app.quits {
                return;
            }
            self.app.settle(self.clock.now());
            self.step(Msg::Term(event));
        }
    }

    fn data(&mut self, first: (WatchId, Batch)) {
        self.step(Msg::Watch(first.0, first.1));
        for _ in 1..BATCHES {
            let Ok((watch, batch)) = self.batches.try_recv() else { break };
            self.step(Msg::Watch(watch, batch));
        }
        self.painter.soon();
    }

    /// Lends the terminal to a credential plugin, if one asked for it. Nobody else may read it meanwhile.
    async fn lend(&mut self) -> io::Result<()> {
        let Some((session, request)) = self.performer.lends() else { return Ok(()) };
        self.input.close();
        let result = self.screen.lend(connect::connect(&request)).await;
        self.input = input::listen(self.performer.tasks());
        if let Some(msg) = self.performer.take(Reply::Linked(session, result), &mut self.screen) {
            self.step(msg);
        }
        self.paint()
    }

    /// Lends the terminal to the user's editor, if a text is to be edited.
    async fn edit(&mut self) -> io::Result<()> {
        let Some((session, target, page)) = self.performer.edits.take() else { return Ok(()) };
        self.input.close();
        let result = self.screen.lend(editor::run(page.text())).await;
        self.input = input::listen(self.performer.tasks());
        self.step(Msg::Edited(session, target, result));
        self.paint()
    }

    fn paint(&mut self) -> io::Result<()> {
        self.painter.paint(&mut self.app, &mut self.screen, self.clock.now())
    }
}

enum Happened {
    Signal(Signal),
    Input(Option<Event>),
    Reply(Box<Reply>),
    Data((WatchId, Batch)),
    Frame,
    Time,
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Decides when to paint.
struct Painter {
    depth: Depth,
    theme: Theme,
    /// Which theme that is: its name, and the revision of the files.
    shows: Option<(String, u32)>,
    last: Option<Instant>,
    due: Option<Instant>,
}

impl Painter {
    fn new(depth: Depth) -> Self {
        Self { depth, theme: Theme::default(), shows: None, last: None, due: None }
    }

    /// Takes the theme that the app wants. One that cannot be used is told, and the last one stays.
    fn dress(&mut self, app: &mut App, now: Now) {
        let wants = (app.theme(), app.themes.revision);
        if self.shows.as_ref() == Some(&wants) {
            return;
        }
        let first = self.shows.is_none();
        let found = theme::find(&wants.0, &app.themes.files);
        self.shows = Some(wants);
        match found {
            Ok(theme) => self.theme = depth::downgrade(theme, self.depth),
            Err(wrong) => {
                if first && let Ok(theme) = theme::find("dark", &[]) {
                    self.theme = depth::downgrade(theme, self.depth);
                }
                // What the settings name wrongly has been told with its place.
                let told = format!("there is no theme `{}`", app.theme());
                if !app.mistakes.iter().any(|mistake| mistake.contains(&told)) {
                    app.update(Msg::Notice(Err(wrong.to_string())), now);
                }
            }
        }
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
        self.dress(app, now);
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
