//! A console on the demo's cluster, which stands still: what the app wants is done by the same functions that the engine uses.

use crate::harness::Console;
use crate::things::NOON;
use rk9s::app::effect::{Effect, LogId, PaperId, SessionId, WatchId};
use rk9s::app::log;
use rk9s::app::msg::{Connection, ContextRow, Msg};
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::app::themes::Themes;
use rk9s::app::want::Want;
use rk9s::cluster::connect::{self, Access, Link};
use rk9s::cluster::contexts::ContextInfo;
use rk9s::cluster::papers::View;
use rk9s::cluster::watch::{Count, Shared};
use rk9s::cluster::{changes, papers, pulse};
use rk9s::config::Settings;
use rk9s::demo::life::Life;
use rk9s::demo::server::{Cluster, Connector};
use rk9s::demo::world::World;
use rk9s::demo::{access as users, story};
use rk9s::engine::reads;
use rk9s::store::delta::Batch;
use rk9s::theme::{self, library::BUILT_IN};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedSender};
use tokio::task::AbortHandle;

/// In tokio's paused time: so long after the last news, no more come.
const QUIET: Duration = Duration::from_millis(300);

/// The console, and what runs for it.
pub struct Stage {
    pub console: Console,
    runtime: Runtime,
    cluster: Arc<Cluster>,
    link: Link,
    /// To the context `demo-dev`: the same cluster, where somebody has released orders anew.
    elsewhere: Link,
    shared: Shared,
    _pulse: tokio::sync::watch::Sender<pulse::Pulse>,
    news: Receiver<Msg>,
    tell: Sender<Msg>,
    watches: HashMap<WatchId, AbortHandle>,
    papers: HashMap<PaperId, AbortHandle>,
    logs: HashMap<LogId, UnboundedSender<log::Ask>>,
}

impl Stage {
    /// With a kind of the namespace `shop` on the screen, at this size.
    pub fn open(kind: &str, (width, height): (u16, u16)) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let inside = runtime.enter();
        let (cluster, other) = (still(), still());
        other.act(|world| story::break_rollout(world, "shop", "orders").unwrap());
        let (link, elsewhere) = (linked(&cluster, "demo"), linked(&other, "demo-dev"));
        let (shared, pulse) = Shared::new();
        drop(inside);
        let (tell, news) = mpsc::channel(1024);
        let mut stage = Self {
            console: Console::with(Settings::default(), Subject::new(Of::named(kind, None), Scope::one("shop"))),
            runtime,
            cluster,
            link,
            elsewhere,
            shared,
            _pulse: pulse,
            news,
            tell,
            watches: HashMap::new(),
            papers: HashMap::new(),
            logs: HashMap::new(),
        };
        let built_in = BUILT_IN.iter().map(|(name, about, _)| (*name, *about)).collect();
        stage.console.app.themes = Themes { built_in, ..Themes::default() };
        stage.console.resize(width, height);
        stage.settle();
        stage
    }

    /// Keys, one after the other, each with all that follows from it.
    pub fn keys(&mut self, script: &str) {
        for key in script.split_whitespace() {
            self.console.keys(key);
            self.settle();
        }
    }

    /// A `:` line, run.
    pub fn line(&mut self, text: &str) {
        self.console.line(text);
        self.settle();
    }

    pub fn type_text(&mut self, text: &str) {
        self.console.type_text(text);
        self.settle();
    }

    /// Moves the cursor to the first row whose name begins so.
    pub fn on(&mut self, name: &str) {
        self.keys("g");
        let table = self.console.app.table().expect("a table is on the screen");
        let names = table.lens.order().iter().map(|slot| table.rows.get(*slot).unwrap().row.name.to_string());
        let at = names.collect::<Vec<_>>().iter().position(|own| own.starts_with(name));
        let at = at.unwrap_or_else(|| panic!("no {name} in\n{}", self.console.text()));
        (0..at).for_each(|_| self.keys("j"));
    }

    /// Something is done to the cluster, and nothing follows from it there.
    pub fn happens(&mut self, what: impl FnOnce(&mut World)) {
        self.cluster.act(what);
        self.settle();
    }

    /// Seconds pass for the console, not for the cluster.
    pub fn wait(&mut self, seconds: u64) {
        self.console.wait(seconds);
        self.settle();
    }

    /// The screen, in the theme that the app has now.
    pub fn paint(&mut self) -> String {
        self.console.theme = theme::find(&self.console.app.theme(), &[]).unwrap();
        self.console.paint()
    }

    /// Performs what the app wants and tells it what comes of it, until nothing more does.
    pub fn settle(&mut self) {
        loop {
            self.console.paint();
            for effect in self.console.effects() {
                self.perform(effect);
            }
            let next = self.runtime.block_on(async { tokio::time::timeout(QUIET, self.news.recv()).await });
            let Ok(Some(msg)) = next else { return };
            self.console.tell(msg);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect { session, .. } => self.connect(session),
            Effect::Watch { watch, want, .. } => self.watch(watch, *want),
            Effect::ReadContexts => {
                let row =
                    |name: &str| ContextRow { name: name.into(), current: name == "demo", ..ContextRow::default() };
                self.answer(async move { Msg::Contexts(["demo", "demo-dev"].map(row).to_vec()) });
            }
            Effect::Unwatch(watch) => self.watches.remove(&watch).into_iter().for_each(|task| task.abort()),
            Effect::Open { paper, want, .. } => self.read(paper, *want),
            Effect::Close(paper) => self.papers.remove(&paper).into_iter().for_each(|task| task.abort()),
            Effect::Log { log, ask, .. } => self.ask_log(log, ask),
            Effect::Ask { ask, what, .. } => {
                let link = self.link.clone();
                self.answer(async move { Msg::Answer(ask, reads::answer(&link, what).await) });
            }
            Effect::Plan { form, action, targets, values, .. } => {
                let link = self.link.clone();
                self.answer(async move {
                    let action = rk9s::actions::named(action).unwrap();
                    Msg::Planned(form, changes::plan(&link, action, &targets, values.as_ref(), NOON).await)
                });
            }
            // What the world would be told.
            _ => {}
        }
    }

    fn answer(&self, work: impl Future<Output = Msg> + Send + 'static) -> AbortHandle {
        let tell = self.tell.clone();
        let task = async move { tell.send(work.await).await.unwrap_or_default() };
        self.runtime.spawn(task).abort_handle()
    }

    fn connect(&self, session: SessionId) {
        let connection = Connection {
            context: "demo".into(),
            namespace: "shop".into(),
            server: "http://demo.invalid".into(),
            ..Connection::default()
        };
        self.answer(async move { Msg::Connected(session, Ok(connection)) });
    }

    fn watch(&mut self, id: WatchId, want: Want) {
        let (sink, mut batches) = mpsc::channel::<Batch>(1);
        let count = Arc::new(Count::default());
        let reading = reads::watch(self.link.clone(), want, self.shared.clone(), count, sink);
        let tell = self.tell.clone();
        let task = self.runtime.spawn(async move {
            let forward = async {
                while let Some(batch) = batches.recv().await {
                    tell.send(Msg::Watch(id, batch)).await.unwrap_or_default();
                }
            };
            tokio::join!(reading, forward);
        });
        self.watches.insert(id, task.abort_handle());
    }

    fn read(&mut self, id: PaperId, want: papers::Want) {
        let (sink, mut papers) = mpsc::channel(1);
        let (link, elsewhere, tell) = (self.link.clone(), self.elsewhere.clone(), self.tell.clone());
        let other = matches!(&want.view, View::Diff(other) if other.context.is_some()).then_some(elsewhere);
        let task = self.runtime.spawn(async move {
            let forward = async {
                while let Some(paper) = papers.recv().await {
                    tell.send(Msg::Paper(id, paper)).await.unwrap_or_default();
                }
            };
            tokio::join!(papers::follow((link, other), want, || NOON, sink), forward);
        });
        self.papers.insert(id, task.abort_handle());
    }

    fn ask_log(&mut self, id: LogId, ask: log::Ask) {
        let log::Ask::Open(want) = ask else {
            return self.logs.get(&id).into_iter().for_each(|asks| asks.send(ask.clone()).unwrap_or_default());
        };
        let tell = self.tell.clone();
        let tell = move |news| {
            let tell = tell.clone();
            async move { tell.send(Msg::Log(id, news)).await.is_ok() }
        };
        let (asks, keeping) = rk9s::engine::logs::keep((self.link.clone(), self.shared.clone()), *want, 1 << 20, tell);
        self.runtime.spawn(keeping);
        self.logs.insert(id, asks);
    }
}

/// The demo's cluster at noon. It takes a while to be lived through, so that is done once.
fn world() -> World {
    static NOONS: OnceLock<Mutex<World>> = OnceLock::new();
    let begun = || Mutex::new(story::begin(1, jiff::Timestamp::from_second(NOON).unwrap()).0);
    NOONS.get_or_init(begun).lock().unwrap().clone()
}

/// The demo's cluster, in which no controller does anything.
fn still() -> Arc<Cluster> {
    Cluster::new(world(), Life::new(Vec::new()))
}

fn linked(cluster: &Arc<Cluster>, context: &str) -> Link {
    let info = ContextInfo { name: context.into(), namespace: "shop".into(), ..ContextInfo::default() };
    connect::link_over(Connector::new(cluster.clone()).with_token(&users::token("admin")), info, Access::ReadWrite)
}
