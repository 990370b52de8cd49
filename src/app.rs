//! The state of the program, and how it changes: `App::update(Msg, Now) -> Vec<Effect>`.
//!
//! `App` is plain data on one task. It performs nothing: time, cluster, terminal and files come in as messages and go out as
//! effects, so every screen can be tested without a runtime, a cluster or a terminal.

pub mod act;
pub mod apply;
mod begin;
pub mod columns;
pub mod configure;
pub mod contexts;
pub mod copy;
pub mod cursor;
pub mod edit;
pub mod edit_key;
pub mod effect;
pub mod follow;
pub mod form;
pub mod go;
pub mod job;
pub mod journal;
pub mod line;
pub mod log;
pub mod msg;
pub mod page;
pub mod palette;
pub mod paper;
pub mod picker;
pub mod possible;
pub mod prompt;
pub mod read;
mod revisions;
mod rights;
pub mod session;
pub mod side;
pub mod subject;
pub mod switch;
pub mod table;
pub mod themes;
pub mod verb;
pub mod want;

use crate::cluster::papers::Target;
use crate::config::Settings;
use crate::config::columns::Choices;
use crate::keys::keymap::Found;
use crate::keys::{Chord, Keymap};
use crossterm::event::{Event, KeyCode, KeyEventKind};
use effect::{AskId, Effect, SessionId, WatchId};
use msg::{ContextRow, Msg, Now};
use page::Page;
use session::Session;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use table::Table;

/// Something said to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Seconds since the epoch.
    pub at: i64,
    pub text: String,
    pub is_error: bool,
}

/// What a pending question is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Catalog(SessionId),
    About(SessionId),
    /// The namespaces that a table may show, for the table with this first watch.
    Readable(SessionId, String),
    Namespaces(SessionId),
    /// Those in which there may be a copy of an object.
    Copies(SessionId, Target),
    /// The user's rights in a namespace.
    Rights(SessionId, String),
}

/// All state of the program.
#[derive(Debug)]
pub struct App {
    pub settings: Settings,
    pub keymap: Keymap,
    /// What is wrong in the files of the configuration, with its places.
    pub mistakes: Vec<String>,
    /// The files that were read; nothing before they were looked for.
    pub config_files: Option<Vec<String>>,
    /// Keys typed so far of a binding of several.
    pub pending: Vec<Chord>,
    /// Every session in use or warm; the first is on the screen, the others in the order in which they were left.
    pub sessions: Vec<Session>,
    /// Each session's page stack, the shown page last.
    pub stacks: HashMap<SessionId, Vec<Page>>,
    /// Tables that were left by Esc and may be wanted again.
    pub attic: Vec<Table>,
    pub contexts: Vec<ContextRow>,
    /// Contexts whose servers were asked whether they answer, and what came of it.
    pub reached: HashMap<String, Result<String, String>>,
    pub prompt: Option<prompt::Prompt>,
    pub picker: Option<picker::Picker>,
    /// The form of an action, while it is open.
    pub form: Option<form::Form>,
    /// Texts that were typed in an editor and are not committed.
    drafts: Vec<edit::Draft>,
    /// The value of a key that is being edited.
    key_draft: Option<edit_key::KeyDraft>,
    /// Changes that are, or were, carried out by this process.
    pub jobs: Vec<job::Job>,
    /// What was changed, by this process and others, oldest first.
    pub journal: Vec<journal::Entry>,
    /// What tells this process from others in the journal.
    pub process: String,
    /// The user knows of changes with an unknown outcome.
    told_of_unknown: bool,
    pub themes: themes::Themes,
    /// The list of the table's columns.
    pub chooser: Option<columns::Chooser>,
    /// The columns that were chosen, by kind.
    pub columns: Choices,
    /// The side view, while it is open.
    pub side: Option<side::Side>,
    /// Namespaces that were seen in each context, in former runs too.
    pub remembered: BTreeMap<String, Vec<String>>,
    /// What `:demo` offers; nothing on real clusters.
    pub demo: Vec<picker::Entry>,
    /// Everything that was said; the last one is shown until a key.
    pub notices: Vec<Notice>,
    pub shows_notice: bool,
    pub history: go::History,
    /// Lines that were run in the `:` prompt.
    pub past_lines: Vec<String>,
    /// Columns and lines of the screen.
    pub size: (u16, u16),
    pub now: Now,
    pub quits: bool,
    /// The user was told that jobs are running.
    warned: bool,
    /// What each watch has cost so far.
    pub costs: HashMap<WatchId, msg::Cost>,
    asked: HashMap<AskId, Asked>,
    ids: u32,
    out: Vec<Effect>,
}

impl App {
    /// The program at its start; [`App::start`] makes its first session.
    pub fn new(settings: Settings, keymap: Keymap, now: Now) -> Self {
        Self {
            settings,
            keymap,
            mistakes: Vec::new(),
            config_files: None,
            pending: Vec::new(),
            sessions: Vec::new(),
            stacks: HashMap::new(),
            attic: Vec::new(),
            contexts: Vec::new(),
            reached: HashMap::new(),
            prompt: None,
            picker: None,
            form: None,
            jobs: Vec::new(),
            journal: Vec::new(),
            process: String::new(),
            drafts: Vec::new(),
            key_draft: None,
            told_of_unknown: false,
            themes: themes::Themes::default(),
            chooser: None,
            columns: Choices::default(),
            side: None,
            remembered: BTreeMap::new(),
            demo: Vec::new(),
            notices: Vec::new(),
            shows_notice: false,
            history: go::History::default(),
            past_lines: Vec::new(),
            size: (80, 24),
            now,
            quits: false,
            warned: false,
            costs: HashMap::new(),
            asked: HashMap::new(),
            ids: 0,
            out: Vec::new(),
        }
    }

    /// Takes in what happened; the effects are to be performed in order.
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        self.now = now;
        match msg {
            Msg::Term(event) => self.term(&event),
            Msg::Watch(watch, batch) => self.take_batch(watch, batch),
            Msg::Known(session, connection) => self.know(session, connection),
            Msg::Connected(session, result) => self.connected(session, result),
            Msg::Pulse(session, result) => self.pulse(session, result),
            Msg::Lapses(session, at) => {
                self.session_mut(session).into_iter().for_each(|session| session.lapses = at);
            }
            Msg::Answer(ask, answer) => self.answer(ask, answer),
            Msg::Contexts(contexts) => self.take_contexts(contexts),
            Msg::Reached(context, result) => self.take_reached(context, result),
            Msg::Planned(form, result) => self.take_plan(form, result),
            Msg::Progress(job, progress) => self.take_progress(job, progress),
            Msg::Fetched(session, target, result) => self.take_fetched(session, target, result),
            Msg::Edited(session, target, result) => self.take_edited(session, target, result),
            Msg::Journal(entries) => self.take_journal(entries),
            Msg::Checked(entry, found) => self.take_check(&entry, found),
            Msg::Log(log, news) => self.take_log(log, news),
            Msg::Paper(paper, result) => self.take_paper(paper, result),
            Msg::Files => self.reconnect(),
            Msg::Themes(files) => self.take_themes(files),
            Msg::Config(texts) => self.configure(&texts),
            Msg::Copied(result) => self.say(result.map(|to| format!("copied to {to}"))),
            Msg::Notice(result) => self.say(result),
            Msg::Costs(costs) => self.costs = costs.into_iter().collect(),
            Msg::Tick => self.tick(),
            Msg::Leave => self.leave(),
        }
        std::mem::take(&mut self.out)
    }

    /// Brings what is shown up to date; called before every paint, and cheap when nothing has changed.
    pub fn settle(&mut self, now: Now) {
        self.now = now;
        if let Some(table) = self.table_mut() {
            table.settle(now);
        }
        self.follow_cursor();
    }

    fn term(&mut self, event: &Event) {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(Chord::of(key)),
            Event::Paste(text) => self.paste(text),
            Event::Resize(width, height) => self.size = (*width, *height),
            Event::Key(_) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => {}
        }
    }

    /// A key goes to what floats, then to the prompt, then to the page. An unbound Alt+key is Escape and the key.
    fn key(&mut self, chord: Chord) {
        self.shows_notice = false;
        self.hurry();
        if let Some(session) = self.sessions.first()
            && session.silent.is_some()
        {
            self.out.push(Effect::Nudge(session.id));
        }
        let floats = self.form.is_some() || self.picker.is_some() || self.chooser.is_some() || self.prompt.is_some();
        if floats && let Some(key) = chord.without_alt() {
            self.key(Chord::plain(KeyCode::Esc));
            return self.key(key);
        }
        if self.form.is_some() {
            return self.form_key(chord);
        }
        if self.picker.is_some() {
            return self.picker_key(chord);
        }
        if self.chooser.is_some() {
            return self.chooser_key(chord);
        }
        if self.prompt.is_some() {
            return self.prompt_key(chord);
        }
        let now = self.now;
        if let Some(table) = self.table_mut() {
            table.touched(now);
        }
        self.bound_key(chord);
    }

    /// A key for the keymap: it may be one of several that belong together.
    fn bound_key(&mut self, chord: Chord) {
        let mut typed = std::mem::take(&mut self.pending);
        typed.push(chord);
        match (self.keymap.look(self.scope(), &typed), chord.without_alt()) {
            (Found::Verb(verb), _) => {
                // The plural alone: `cronjobs.batch`.
                let kind = self.table().map(|table| table.subject.of.name()).unwrap_or_default();
                let plural = kind.split('.').next().unwrap_or_default();
                self.act(self.keymap.for_kind(self.scope(), &typed, plural).unwrap_or(verb));
            }
            (Found::More, _) => self.pending = typed,
            (Found::Nothing, Some(key)) => {
                self.act(verb::Verb::Back);
                self.key(key);
            }
            (Found::Nothing, None) if typed.len() > 1 && chord.code != KeyCode::Esc => {
                self.say(Err(format!("{} means nothing here", crate::keys::Keys(typed))));
            }
            (Found::Nothing, None) => {}
        }
    }

    /// Pasted text only ever fills a line; it never acts as keys.
    fn paste(&mut self, text: &str) {
        let now = self.now;
        if let Some(line) = self.chooser.as_mut().and_then(|chooser| chooser.adding.as_mut()) {
            return line.insert(text);
        }
        if self.form.is_some() {
            return self.paste_in_form(text);
        }
        if let Some(prompt) = &mut self.prompt {
            prompt.line.insert(text);
            self.prompt_changed(now);
        }
    }

    /// What stands at the bottom until the next key, and in `:messages` for good.
    pub fn say(&mut self, result: Result<String, String>) {
        let (text, is_error) = match result {
            Ok(text) => (text, false),
            Err(text) => (text, true),
        };
        self.notices.push(Notice { at: self.now.wall, text, is_error });
        self.shows_notice = true;
        const KEPT: usize = 500;
        if self.notices.len() > KEPT {
            self.notices.remove(0);
        }
    }

    /// The scope whose keys work now.
    pub fn scope(&self) -> verb::Scope {
        if self.side_has_keys() {
            return verb::Scope::Paper;
        }
        match self.page() {
            Some(Page::Text(_)) => verb::Scope::Text,
            Some(Page::Paper(_)) => verb::Scope::Paper,
            Some(Page::Log(_)) => verb::Scope::Log,
            _ => verb::Scope::Table,
        }
    }

    /// What painting found out about a page of text.
    pub fn measured_text(&mut self, top: usize, height: usize, len: usize) {
        if let Some(Page::Text(text)) = self.stack_mut().and_then(|stack| stack.last_mut()) {
            (text.top, text.height, text.len) = (top, height, len);
        }
    }

    /// The session on the screen.
    pub fn session(&self) -> Option<&Session> {
        self.sessions.first()
    }

    pub fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// The page on the screen.
    pub fn page(&self) -> Option<&Page> {
        self.stacks.get(&self.sessions.first()?.id)?.last()
    }

    fn stack_mut(&mut self) -> Option<&mut Vec<Page>> {
        let id = self.sessions.first()?.id;
        Some(self.stacks.entry(id).or_default())
    }

    /// The table on the screen.
    pub fn table(&self) -> Option<&Table> {
        self.page()?.table()
    }

    pub fn table_mut(&mut self) -> Option<&mut Table> {
        self.stack_mut()?.last_mut()?.table_mut()
    }

    /// Every table there is, on any stack or in the attic.
    fn tables_mut(&mut self) -> impl Iterator<Item = &mut Table> {
        let stacked = self.stacks.values_mut().flatten().filter_map(Page::table_mut);
        stacked.chain(self.attic.iter_mut())
    }

    fn next_id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    fn ask(&mut self, session: SessionId, what: effect::Ask, why: Asked) {
        if self.asked.values().any(|asked| *asked == why) {
            return;
        }
        let ask = AskId(self.next_id());
        self.asked.insert(ask, why);
        self.out.push(Effect::Ask { ask, session, what });
    }

    fn next_watch(&mut self) -> WatchId {
        WatchId(self.next_id())
    }

    pub(crate) fn quit(&mut self) {
        let running = self.jobs.iter().filter(|job| job.runs()).count();
        if running > 0 && !std::mem::replace(&mut self.warned, true) {
            let said =
                format!("{running} changes are going on, and what they have not begun would be left: once more leaves");
            return self.say(Err(said));
        }
        self.leave();
    }

    /// Ends the program. Whoever closes the terminal or the session is not there to be asked.
    fn leave(&mut self) {
        if std::mem::replace(&mut self.quits, true) {
            return;
        }
        if let Some(memory) = self.memory() {
            self.out.push(Effect::Remember(memory));
        }
        self.out.push(Effect::Quit);
    }

    /// What the next start shows.
    fn memory(&self) -> Option<effect::Memory> {
        let session = self.session()?;
        let table = self.table()?;
        (!session.context().is_empty()).then(|| effect::Memory {
            context: session.context().into(),
            view: table.subject.locator(&table.filter_text),
            namespaces: self.seen_namespaces(session.id),
        })
    }

    /// The namespaces that a session shows, or has shown, live.
    fn seen_namespaces(&self, session: SessionId) -> Vec<String> {
        let pages = self.stacks.get(&session).into_iter().flatten();
        let tables = pages.filter_map(Page::table).chain(self.attic.iter().filter(|table| table.session == session));
        let feeds = tables.flat_map(|table| &table.feeds).filter(|feed| feed.listed);
        let names: BTreeSet<&String> = feeds.filter_map(|feed| feed.namespace.as_ref()).collect();
        names.into_iter().cloned().collect()
    }
}
