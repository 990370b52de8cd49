//! Sessions: starting, switching context, and what connections and watches tell.
//!
//! Switching shows the other context within a frame; the last three stay warm, so that going back is instant.

use super::effect::{Ask, AskId, Effect, SessionId, WatchId};
use super::msg::{Answer, Connection, ContextRow, Now};
use super::page::Page;
use super::session::{Link, Session};
use super::subject::{Of, Scope, Subject};
use super::table::{Brings, Feed, Partial, Table};
use super::{App, Asked, contexts};
use crate::cluster::fault::{Class, Fault};
use crate::store::delta::{Batch, Delta, State};

/// Sessions that stay connected beside the one on the screen.
const WARM: usize = 3;
/// For so many seconds after the first failure, and after any key, a link is tried again soon.
const HURRIED: i64 = 120;
const SOON: i64 = 2;
const LATER: i64 = 30;
/// At most so many namespaces are watched one by one.
const MOST_NAMESPACES: usize = 50;

impl App {
    /// Begins with a context (the kubeconfig's current one if `None`) and a view.
    pub fn start(&mut self, context: Option<String>, first: Subject, now: Now) -> Vec<Effect> {
        self.now = now;
        self.out.push(Effect::ReadContexts);
        self.new_session(context);
        self.open(first);
        std::mem::take(&mut self.out)
    }

    fn new_session(&mut self, context: Option<String>) {
        let id = SessionId(self.next_id());
        self.sessions.insert(0, Session::new(id, context.clone()));
        self.out.push(Effect::Connect { session: id, context });
        for cold in self.sessions.split_off(self.sessions.len().min(WARM + 1)) {
            self.forget(cold.id);
        }
    }

    fn forget(&mut self, id: SessionId) {
        for page in self.stacks.remove(&id).unwrap_or_default() {
            self.retire(page);
        }
        self.out.push(Effect::Disconnect(id));
    }

    /// Shows a context: a warm session as it was left, else a new one with the same kind in its namespace.
    pub fn switch(&mut self, context: Option<String>) {
        let Some(name) = context.map(|name| self.context_named(&name)) else {
            return self.open(Subject::new(Of::Contexts, Scope::All));
        };
        let broken = self.contexts.iter().find(|known| known.name == name).and_then(|known| known.broken.clone());
        if let Some(why) = broken {
            return self.say(Err(format!("context {name} cannot be used: {why}")));
        }
        let of = match self.table().map(|table| &table.subject.of) {
            Some(Of::Known(kind)) => Of::Known(*kind),
            _ => Of::named("pods", None),
        };
        self.leave_page();
        match self.sessions.iter().position(|session| session.context() == name) {
            Some(0) => self.say(Ok(format!("{name} is the context on the screen"))),
            Some(at) => {
                let session = self.sessions.remove(at);
                self.sessions.insert(0, session);
                self.arrive();
            }
            None => {
                self.new_session(Some(name));
                // Empty means: the context's own namespace, known once the kubeconfig was read.
                self.open(Subject::new(of, Scope::In(Vec::new())));
            }
        }
    }

    /// The context that an alias or a name stands for.
    fn context_named(&self, name: &str) -> String {
        let aliased = self.settings.context_aliases().find(|(_, alias)| *alias == name);
        aliased.map_or_else(|| name.to_owned(), |(context, _)| context.to_owned())
    }

    pub(super) fn switch_to_former(&mut self) {
        if let Some(former) = self.sessions.get(1).map(|session| session.context().to_owned()) {
            self.switch(Some(former));
        }
    }

    pub(super) fn connected(&mut self, id: SessionId, result: Result<Connection, Fault>) {
        let now = self.now;
        let Some(session) = self.session_mut(id) else { return };
        let was_ready = session.is_ready();
        match result {
            // A kubeconfig that is being written does not end what works.
            Err(fault) if was_ready => return self.say(Err(fault.to_string())),
            Err(fault) => {
                let since = *session.failing.get_or_insert(now.wall);
                let pause = if now.wall - since < HURRIED { SOON } else { LATER };
                session.link = Link::Failed { fault, retry: now.wall + pause };
                return;
            }
            Ok(connection) => {
                session.failing = None;
                session.link = Link::Ready;
                self.know(id, connection);
            }
        }
        if was_ready {
            self.resume_watches(id);
        }
        if self.session().is_some_and(|session| session.id == id) {
            self.arrive();
        }
    }

    /// What the kubeconfig says of a connection: where a view without a namespace looks is known now.
    pub(super) fn know(&mut self, id: SessionId, connection: Connection) {
        let Some(session) = self.session_mut(id) else { return };
        session.connection = connection;
        let namespace = match session.connection.namespace.as_str() {
            "" => "default".to_owned(),
            own => own.to_owned(),
        };
        for table in self.stacks.entry(id).or_default().iter_mut().filter_map(Page::table_mut) {
            if table.subject.scope == Scope::In(Vec::new()) {
                table.subject.scope = Scope::one(&namespace);
                let heads = table.subject.of.heads();
                table.set_heads(heads);
            }
        }
    }

    /// Every watch of a session ends; those of pages that are seen begin again where they were.
    fn resume_watches(&mut self, id: SessionId) {
        let tables = self.tables_mut().filter(|table| table.session == id);
        let ended: Vec<WatchId> =
            tables.flat_map(|table| &mut table.feeds).filter_map(|feed| feed.watch.take()).collect();
        self.out.extend(ended.into_iter().map(Effect::Unwatch));
    }

    /// A kubeconfig, token or certificate has changed: every session connects anew, each to the context that it has.
    pub(super) fn reconnect(&mut self) {
        self.out.push(Effect::ReadContexts);
        for session in &self.sessions {
            let context = Some(session.context().to_owned()).filter(|name| !name.is_empty());
            self.out.push(Effect::Connect { session: session.id, context: context.or(session.asked.clone()) });
        }
    }

    /// Lends the terminal to the credential plugin of the context on the screen.
    pub(super) fn login(&mut self) {
        let Some(session) = self.session() else { return };
        let context = Some(session.context().to_owned()).filter(|name| !name.is_empty());
        let lend = Effect::Lend { session: session.id, context: context.or(session.asked.clone()) };
        self.out.push(lend);
    }

    /// Asks what is good to know, once the first rows are there: nothing waits for it.
    fn ask_around(&mut self, id: SessionId) {
        let Some(session) = self.session_mut(id) else { return };
        let (catalog, version) = (session.catalog.is_none(), session.version.is_none());
        if catalog {
            self.ask(id, Ask::Catalog, Asked::Catalog(id));
        }
        if version {
            self.ask(id, Ask::About, Asked::About(id));
        }
    }

    /// What could not be asked is asked once more, if the page on the screen waits for it.
    pub(super) fn ask_again(&mut self, id: SessionId) {
        let fault = self.session_mut(id).and_then(|session| session.catalog_fault.take());
        if fault.is_some() {
            self.arrive();
        }
    }

    /// A key was pressed: someone waits, so a retry that is far off comes closer.
    pub(super) fn hurry(&mut self) {
        let now = self.now.wall;
        let Some(session) = self.sessions.first_mut() else { return };
        if let Link::Failed { retry, .. } = &mut session.link {
            *retry = (*retry).min(now + SOON);
            session.failing = Some(now);
        }
    }

    /// Tries a failed link again.
    pub(super) fn retry_link(&mut self, id: SessionId) {
        let Some(session) = self.session_mut(id) else { return };
        if !matches!(session.link, Link::Failed { .. }) {
            return;
        }
        session.link = Link::Connecting;
        let context = session.asked.clone();
        self.out.push(Effect::Connect { session: id, context });
    }

    pub(super) fn pulse(&mut self, id: SessionId, result: Result<(), Fault>) {
        let Some(session) = self.session_mut(id) else { return };
        session.silent = result.err();
        if session.silent.is_none() && self.session().is_some_and(|session| session.id == id) {
            self.ask_again(id);
        }
    }

    pub(super) fn take_batch(&mut self, watch: WatchId, batch: Batch) {
        let now = self.now;
        let refused = batch
            .deltas
            .iter()
            .any(|delta| matches!(delta, Delta::State(State::Refused(Fault { class: Class::Forbidden, .. }))));
        let listed = batch.deltas.iter().any(|delta| matches!(delta, Delta::End));
        let Some(table) = self.tables_mut().find(|table| table.source_of(watch).is_some()) else { return };
        let Some(source) = table.source_of(watch) else { return };
        let session = table.session;
        table.apply(source, batch, now);
        if refused && table.subject.scope == Scope::All && table.partial.is_none() {
            self.ask_readable(watch);
        }
        if listed || refused {
            self.ask_around(session);
        }
    }

    /// Listing everywhere is forbidden: find out where it is not.
    fn ask_readable(&mut self, watch: WatchId) {
        let Some(table) = self.tables_mut().find(|table| table.source_of(watch).is_some()) else { return };
        let (group, plural) = match &table.subject.of {
            Of::Known(kind) => (kind.source().group.to_owned(), kind.source().plural.to_owned()),
            Of::Served(served) => (served.group.clone(), served.plural.clone()),
            Of::Named(_) | Of::Contexts | Of::Journal => return,
        };
        let (session, name) = (table.session, table.subject.of.name());
        if !table.subject.of.is_namespaced() {
            return;
        }
        let Some(own) = self.session_mut(session).map(|session| session.connection.namespace.clone()) else { return };
        let context = self.session_mut(session).map(|session| session.context().to_owned()).unwrap_or_default();
        let mut known = self.settings.favourites(&context);
        known.extend(self.remembered.get(&context).into_iter().flatten().cloned());
        known.push(if own.is_empty() { "default".into() } else { own });
        let what = Ask::Readable { group, plural, known };
        self.ask(session, what, Asked::Readable(session, name));
    }

    pub(super) fn answer(&mut self, ask: AskId, answer: Answer) {
        let Some(asked) = self.asked.remove(&ask) else { return };
        match (asked, answer) {
            (Asked::Catalog(id), Answer::Catalog(result)) => self.take_catalog(id, result),
            (Asked::About(id), Answer::About { version, user }) => {
                if let Some(session) = self.session_mut(id) {
                    session.version = version.ok();
                    session.user = user;
                }
            }
            (Asked::Rights(id, namespace), Answer::Rights(result)) => self.take_rights(id, namespace, result),
            (Asked::Namespaces(id), Answer::Namespaces(result)) => self.take_namespaces(id, result),
            (Asked::Copies(id, target), Answer::Namespaces(result)) => {
                self.take_namespaces(id, result);
                if self.picker.as_ref().is_some_and(|picker| picker.title == super::read::COMPARE) {
                    self.pick_diff(&target);
                }
            }
            (Asked::Readable(id, kind), Answer::Readable(Ok(namespaces))) => self.take_readable(id, &kind, &namespaces),
            (Asked::Readable(..), Answer::Readable(Err(fault))) => self.say(Err(fault.to_string())),
            // An answer to another question than was asked cannot be made by the engine.
            _ => {}
        }
    }

    fn take_catalog(&mut self, id: SessionId, result: Result<crate::cluster::catalog::Catalog, Fault>) {
        let Some(session) = self.session_mut(id) else { return };
        match result {
            Ok(catalog) => {
                session.catalog_fault = None;
                session.catalog = Some(catalog);
            }
            Err(fault) => session.catalog_fault = Some(fault),
        }
        if self.session().is_some_and(|session| session.id == id) {
            self.arrive();
        }
    }

    fn take_namespaces(&mut self, id: SessionId, result: Result<Vec<String>, Fault>) {
        match result {
            Err(fault) => self.say(Err(fault.to_string())),
            Ok(names) => {
                if let Some(picker) = &mut self.picker {
                    picker.learn_namespaces(&names);
                }
                if let Some(session) = self.session_mut(id) {
                    session.namespaces = names;
                }
            }
        }
    }

    /// A table over all namespaces becomes one over those that may be read.
    fn take_readable(&mut self, id: SessionId, kind: &str, namespaces: &[String]) {
        if namespaces.is_empty() {
            return;
        }
        let is_it = |table: &&mut Table| {
            table.session == id
                && table.subject.scope == Scope::All
                && table.subject.of.name() == kind
                && table.partial.is_none()
        };
        let Some(table) = self.tables_mut().find(is_it) else { return };
        let (old, rest): (Vec<Feed>, Vec<Feed>) =
            std::mem::take(&mut table.feeds).into_iter().partition(|feed| feed.brings == Brings::Rows);
        let watched = namespaces.iter().take(MOST_NAMESPACES);
        table.feeds = watched.map(|name| Feed::new(Brings::Rows, Some(name.clone()))).chain(rest).collect();
        table.partial = Some(Partial { shown: namespaces.len().min(MOST_NAMESPACES), known: namespaces.len() });
        self.out.extend(old.into_iter().filter_map(|feed| feed.watch).map(Effect::Unwatch));
        self.tend_feeds();
    }

    pub(super) fn take_contexts(&mut self, contexts: Vec<ContextRow>) {
        self.contexts = contexts;
        self.show_contexts();
    }

    /// Fills the contexts table, if that is what is on the screen.
    pub(super) fn show_contexts(&mut self) {
        let rows: Vec<_> = self.contexts.iter().map(|context| self.context_row(context)).collect();
        self.fill_own(&Of::Contexts, rows);
    }

    /// Fills a table whose rows are rk9s' own, if that is what is on the screen.
    pub(super) fn fill_own(&mut self, of: &Of, rows: Vec<crate::kinds::Row>) {
        let now = self.now;
        let Some(table) = self.table_mut().filter(|table| table.subject.of == *of) else { return };
        if table.feeds.is_empty() {
            table.feeds.push(Feed::new(Brings::Rows, None));
        }
        let puts = rows.into_iter().map(Delta::Put);
        let deltas = [Delta::Begin].into_iter().chain(puts).chain([Delta::End, Delta::State(State::Live)]).collect();
        table.apply(0, Batch { deltas, version: None }, now);
        table.settle(now);
    }

    fn context_row(&self, context: &ContextRow) -> crate::kinds::Row {
        let at = self.sessions.iter().position(|session| session.context() == context.name);
        let state = match (at, self.reached.get(&context.name)) {
            (Some(0), _) => "in use".into(),
            (_, Some(Ok(answer))) => answer.clone(),
            (_, Some(Err(why))) => format!("no answer: {why}"),
            (Some(_), None) => "warm".into(),
            (None, None) if context.current => "current".into(),
            (None, None) => String::new(),
        };
        let alias = self.settings.context_alias(&context.name).unwrap_or_default().to_owned();
        contexts::row(&ContextRow { alias, ..context.clone() }, &state)
    }

    /// Asks the servers of contexts whether they answer, by TLS alone.
    pub(super) fn reach(&mut self) {
        let Some(table) = self.table() else { return };
        let names: Vec<String> = super::copy::targets(table).iter().map(|row| row.name.to_string()).collect();
        for name in names {
            self.reached.insert(name.clone(), Ok("asking …".into()));
            self.out.push(Effect::Reach(name));
        }
        self.show_contexts();
    }

    pub(super) fn take_reached(&mut self, context: String, result: Result<u64, Fault>) {
        let said = result.map(|ms| format!("answers in {ms} ms")).map_err(|fault| fault.said);
        self.reached.insert(context, said);
        self.show_contexts();
    }

    /// Time passes: retries that are due, watches that lingered long enough.
    pub(super) fn tick(&mut self) {
        let now = self.now;
        let due = |session: &Session| matches!(session.link, Link::Failed { retry, .. } if retry <= now.wall);
        let retries: Vec<SessionId> =
            self.sessions.iter().take(1).filter(|s| due(s)).map(|session| session.id).collect();
        retries.into_iter().for_each(|id| self.retry_link(id));
        self.end_lingering();
        self.tend_side();
    }

    /// When the app wants to hear of the time again, in milliseconds of the steady clock; `None` while nothing on the screen
    /// or behind it depends on the time.
    pub fn wakes_at(&self) -> Option<u64> {
        let table = self.table();
        let thaw = table.and_then(Table::thaws_at).filter(|at| *at > self.now.mono);
        let seconds = self.next_second().map(|pause| self.now.mono + pause);
        [thaw, self.linger_end(), self.side_due(), seconds].into_iter().flatten().min()
    }

    /// In how many milliseconds something on the screen may read differently: countdowns and young ages change each second,
    /// older ages (from ten minutes on) each minute.
    fn next_second(&self) -> Option<u64> {
        const EACH_SECOND: u64 = 1_000;
        const EACH_MINUTE: u64 = 20_000;
        let waits = self.session().is_some_and(|session| matches!(session.link, Link::Failed { .. }));
        let table = self.table();
        if waits || table.is_some_and(|table| matches!(table.state(), State::Stale { .. })) {
            return Some(EACH_SECOND);
        }
        let table = table.filter(|table| !table.rows.is_empty())?;
        Some(if table.shows_young_age(self.now) { EACH_SECOND } else { EACH_MINUTE })
    }
}
