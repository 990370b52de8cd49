//! Effects become work: the only bridge from the app's wishes to the cluster, the clipboard and the files.

use super::clipboard;
use super::tasks::{Reply, Tasks};
use super::terminal::Screen;
use crate::app::effect::{Effect, Memory, SessionId, WatchId};
use crate::app::msg::{Msg, Now};
use crate::app::page::{Page, Topic};
use crate::app::{App, edit};
use crate::cluster::connect::{ExecMode, Request};
use crate::cluster::papers::Target;
use crate::config::columns::file_with;
use crate::config::{Clipboard, Settings, load};
use crate::store::delta::Batch;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// So many namespaces are remembered for a context.
const MOST_NAMESPACES: usize = 50;
/// How often `:net` learns the costs anew, in milliseconds.
const COSTS_EVERY: u64 = 500;

/// Performs effects.
pub struct Performer {
    tasks: Tasks,
    own: mpsc::Sender<Reply>,
    costs_at: u64,
    /// The session whose credential plugin shall have the terminal.
    lends: Option<(SessionId, Option<String>)>,
    /// What the user's editor shall have the terminal for.
    pub edits: Option<(SessionId, Target, edit::Page)>,
    causes: Option<super::Causes>,
    /// Where copies go in the context on the screen.
    pub clipboard: Clipboard,
}

impl Performer {
    pub fn new(
        request: Request,
        settings: Settings,
        causes: Option<super::Causes>,
        (replies, batches): (mpsc::Sender<Reply>, mpsc::Sender<(WatchId, Batch)>),
    ) -> Self {
        let mut tasks = Tasks::new(request, settings, replies.clone(), batches);
        tasks.watch_files();
        Self { tasks, own: replies, costs_at: 0, lends: None, edits: None, causes, clipboard: Clipboard::default() }
    }

    /// The terminal is wanted by a credential plugin: how to connect then, and for which session.
    pub fn lends(&mut self) -> Option<(SessionId, Request)> {
        let (session, context) = self.lends.take()?;
        Some((session, Request { exec: ExecMode::Lent, ..self.tasks.request_for(context) }))
    }

    /// The tasks, for those that the loop itself needs.
    pub fn tasks(&mut self) -> &mut Tasks {
        &mut self.tasks
    }

    /// Performs effects in order.
    pub fn perform(&mut self, effects: Vec<Effect>, screen: &mut Screen) {
        for effect in effects {
            self.perform_one(effect, screen);
        }
    }

    fn perform_one(&mut self, effect: Effect, screen: &mut Screen) {
        match effect {
            Effect::Connect { session, context } => self.tasks.connect(session, context),
            Effect::Disconnect(session) => self.tasks.disconnect(session),
            Effect::Watch { watch, session, want } => self.tasks.watch(watch, session, *want),
            Effect::Unwatch(watch) => self.tasks.unwatch(watch),
            Effect::Ask { ask, session, what } => self.tasks.ask(ask, session, what),
            Effect::Open { paper, session, want } => self.tasks.open_paper(paper, session, *want),
            Effect::Close(paper) => self.tasks.close_paper(paper),
            Effect::Log { log, session, ask } => self.tasks.ask_log(log, session, ask),
            Effect::CopyKey { session, target, key } => self.tasks.read_key(session, target, key),
            Effect::Save { name, text } => self.tell(Msg::Notice(save(&name, &text))),
            Effect::Plan { form, session, action, targets, values } => {
                self.tasks.plan(form, session, action, targets, values);
            }
            Effect::PlanApply { form, session, values } => self.tasks.plan_apply(form, session, values),
            Effect::PlanUndo { form, session, done } => self.tasks.plan_undo(form, session, done),
            Effect::Run { job, session, steps, entry } => self.tasks.run(job, session, steps, *entry),
            Effect::Fetch { session, target } => self.tasks.fetch(session, target),
            Effect::Editor { session, target, text } => self.edits = Some((session, target, text)),
            Effect::Cancel(job) => self.tasks.cancel(job),
            Effect::Note(entry) => self.tasks.note(*entry),
            Effect::Nudge(session) => self.tasks.nudge(session),
            Effect::Reach(context) => self.tasks.reach(context),
            Effect::ReadJournal => self.tasks.read_journal(),
            Effect::Check { session, entry, done } => self.tasks.check(session, entry, done),
            Effect::ReadContexts => self.tasks.read_contexts(),
            Effect::Copy(text) => {
                let result = clipboard::copy(&text, self.clipboard, screen);
                self.tell(Msg::Copied(result));
            }
            Effect::Cause(name) => {
                if let Some(cause) = &self.causes {
                    self.tell(Msg::Notice(cause(&name)));
                }
            }
            Effect::KeepTheme { instead_of, name } => keep(load::CHOSEN_THEMES, &instead_of, |_| name),
            Effect::Configure(settings) => self.tasks.configure(*settings),
            Effect::KeepColumns { kind, choice } => {
                let kept = load::update(load::COLUMNS, |before| file_with(before, &kind, choice.as_ref()));
                if let Err(e) = kept {
                    self.tell(Msg::Notice(Err(format!("the columns of {kind} are not kept: {e}"))));
                }
            }
            Effect::Remember(memory) => remember(&memory),
            Effect::Suspend => screen.stop_process(),
            Effect::Lend { session, context } => self.lends = Some((session, context)),
            Effect::Redraw => screen.forget(),
            Effect::Quit => {}
        }
    }

    /// Says something to the app at the next turn of the loop.
    fn tell(&self, msg: Msg) {
        // The channel is read by the loop that this runs on; were it full, the message could wait for nobody.
        if self.own.try_send(Reply::Msg(msg)).is_err() {
            tracing::warn!("a message was lost: too many at once");
        }
    }

    /// What a finished task means to the app. A secret value goes to the clipboard and no further.
    pub fn take(&mut self, reply: Reply, screen: &mut Screen) -> Option<Msg> {
        match reply {
            Reply::Secret(value) => {
                Some(Msg::Copied(value.and_then(|value| clipboard::copy(&value, self.clipboard, screen))))
            }
            reply => self.tasks.take(reply),
        }
    }

    /// Tells the costs of the watches while `:net` is on the screen.
    pub fn report_costs(&mut self, app: &mut App, now: Now) {
        let looks = matches!(app.page(), Some(Page::Text(text)) if text.topic == Topic::Net);
        if !looks || now.mono < self.costs_at {
            return;
        }
        self.costs_at = now.mono + COSTS_EVERY;
        app.update(Msg::Costs(self.tasks.costs()), now);
    }

    /// Ends everything that runs.
    pub fn stop(&mut self) {
        self.tasks.stop();
    }
}

/// Writes a text that the user wants kept, and says where it is.
fn save(name: &str, text: &str) -> Result<String, String> {
    let saved = load::save(name, text).map_err(|e| format!("save {name}: {e}"))?;
    Ok(format!("saved to {}", saved.display()))
}

/// Keeps the view of a context, and the namespaces that were seen in it.
fn remember(memory: &Memory) {
    keep(load::VIEWS, &memory.context, |_| memory.view.clone());
    keep(load::NAMESPACES, &memory.context, |before: Option<Vec<String>>| {
        let mut all = memory.namespaces.clone();
        all.extend(before.into_iter().flatten().filter(|name| !memory.namespaces.contains(name)));
        all.truncate(MOST_NAMESPACES);
        all
    });
}

/// Replaces what a file says of a context, or of another name.
fn keep<T: Serialize + DeserializeOwned>(file: &str, context: &str, make: impl FnOnce(Option<T>) -> T) {
    let kept = load::update(file, |before| {
        let mut known: BTreeMap<String, T> = serde_yaml::from_str(before).unwrap_or_default();
        let value = make(known.remove(context));
        known.insert(context.to_owned(), value);
        serde_yaml::to_string(&known).unwrap_or_default()
    });
    if let Err(e) = kept {
        tracing::warn!("{file} is not kept: {e}");
    }
}
