//! Going somewhere: opening tables, drilling down, back again, and the watches that follow.

use super::effect::{Effect, SessionId, WatchId};
use super::log;
use super::page::Page;
use super::picker::Picker;
use super::session::Session;
use super::subject::{Of, Scope, Subject};
use super::table::{Brings, Feed, Table};
use super::want::{Source, Want};
use super::{App, Asked, effect::Ask};
use crate::cluster::papers::View;
use crate::kinds::{Companion, Lead, Row};
use crate::store::delta::State;

/// How long the watches of a page that is not on the screen go on, in milliseconds.
const LINGER: u64 = 30_000;
/// Pages on one stack; the oldest leave.
const DEEPEST: usize = 30;

/// The views that were visited, as `:` lines, and the place among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<String>,
    /// One past the view on the screen.
    at: usize,
}

impl History {
    fn visit(&mut self, line: String) {
        self.lines.truncate(self.at);
        if self.lines.last() != Some(&line) {
            self.lines.push(line);
        }
        self.at = self.lines.len();
    }

    /// Whether there is a view so many steps away.
    pub fn reaches(&self, step: isize) -> bool {
        let to = self.at.checked_add_signed(step).and_then(|to| to.checked_sub(1));
        to.is_some_and(|to| to < self.lines.len())
    }

    fn step(&mut self, step: isize) -> Option<String> {
        let to = self.at.checked_add_signed(step)?;
        let line = self.lines.get(to.checked_sub(1)?)?.clone();
        self.at = to;
        Some(line)
    }
}

impl App {
    /// Shows a subject on top of the page on the screen.
    pub fn open(&mut self, subject: Subject) {
        let Some(session) = self.session().map(|session| session.id) else { return };
        self.history.visit(subject.locator(""));
        self.open_quietly(session, subject);
    }

    fn open_quietly(&mut self, session: SessionId, subject: Subject) {
        if self.table().is_some_and(|table| table.subject == subject) {
            return;
        }
        let known = self.attic.iter().position(|table| table.session == session && table.subject == subject);
        let table = known.map_or_else(|| Table::new(session, subject), |at| self.attic.remove(at));
        self.push_page(Page::Table(Box::new(table)));
    }

    pub(super) fn push_page(&mut self, page: Page) {
        self.leave_page();
        let Some(stack) = self.stack_mut() else { return };
        stack.push(page);
        if stack.len() > DEEPEST {
            let oldest = stack.remove(0);
            self.retire(oldest);
        }
        self.arrive();
    }

    /// One step back: the page below, with its cursor, filter and scroll as they were.
    pub(super) fn back(&mut self) {
        let now = self.now;
        if self.side_has_keys() {
            return self.turn_focus();
        }
        if self.side.is_some() && self.table().is_some() {
            return self.close_side();
        }
        if let Some(table) = self.table_mut() {
            if !table.marks.is_empty() {
                table.marks.clear();
                return;
            }
            if !table.filter_text.is_empty() || table.faults_only {
                return self.clear_filter();
            }
        }
        if let Some(paper) = self.paper_mut().filter(|paper| !paper.find.is_empty()) {
            return paper.find.clear();
        }
        if self.widen_log() || self.stack_mut().is_none_or(|stack| stack.len() < 2) {
            return;
        }
        self.leave_page();
        match self.stack_mut().and_then(Vec::pop) {
            Some(Page::Table(mut table)) => {
                table.linger = Some(now.mono + LINGER);
                self.attic.push(*table);
            }
            left => left.into_iter().for_each(|page| self.retire(page)),
        }
        self.arrive();
    }

    /// The page on the screen is about to be covered: its watches go on for a while.
    pub(super) fn leave_page(&mut self) {
        let now = self.now;
        if let Some(table) = self.table_mut() {
            table.linger = Some(now.mono + LINGER);
        }
        self.leave_side();
        self.leave_paper();
        self.leave_log();
    }

    /// A page came to the screen: its watches run.
    pub(super) fn arrive(&mut self) {
        let Some(session) = self.session().cloned() else { return };
        self.explain_name(&session);
        self.ask_for_name(&session);
        self.tend_paper();
        self.tend_log();
        let Some(table) = self.table_mut() else { return };
        table.linger = None;
        self.dress();
        let Some(table) = self.table_mut() else { return };
        if matches!(table.subject.of, Of::Contexts) {
            return self.show_contexts();
        }
        if matches!(table.subject.of, Of::Journal) {
            return self.show_journal();
        }
        self.tend_feeds();
        self.tend_companions();
    }

    /// A kind that was only a name is looked up in what the server has.
    pub(super) fn explain_name(&mut self, session: &Session) {
        let Some(table) = self.table_mut() else { return };
        let Of::Named(name) = &table.subject.of else { return };
        let Some(served) = session.served(name) else { return };
        table.subject.of = Of::Served(served.clone());
        if !served.namespaced {
            table.subject.scope = Scope::All;
        }
    }

    /// What the server has is asked for once there are rows; a kind that is only a name cannot have any before.
    fn ask_for_name(&mut self, session: &Session) {
        let is_name = self.table().is_some_and(|table| matches!(table.subject.of, Of::Named(_)));
        if is_name && session.is_ready() && session.catalog.is_none() && session.catalog_fault.is_none() {
            self.ask(session.id, Ask::Catalog, Asked::Catalog(session.id));
        }
    }

    /// Starts the watches that the table on the screen lacks.
    pub(super) fn tend_feeds(&mut self) {
        let Some(session) = self.session().filter(|session| session.is_ready()) else { return };
        let (id, read) = (session.id, self.settings.read(session.context()));
        let Some(table) = self.table_mut() else { return };
        if table.feeds.iter().all(|feed| feed.brings != Brings::Rows) {
            let specs = table.subject.watches(read);
            table.feeds.splice(0..0, specs.into_iter().map(|spec| Feed::new(Brings::Rows, spec.namespace)));
        }
        let idle: Vec<usize> = idle_feeds(table, Brings::Rows);
        let specs: Vec<(usize, Want)> = idle
            .into_iter()
            .filter_map(|at| {
                let feed = table.feeds.get(at)?;
                let resume = feed.version.clone().filter(|_| feed.listed);
                Some((at, table.subject.watch(feed.namespace.clone(), read, resume)?))
            })
            .collect();
        for (at, spec) in specs {
            self.begin_watch(id, at, spec);
        }
    }

    pub(super) fn begin_watch(&mut self, session: SessionId, at: usize, spec: Want) {
        let watch = self.next_watch();
        if let Some(feed) = self.table_mut().and_then(|table| table.feeds.get_mut(at)) {
            feed.watch = Some(watch);
            // Whatever was true when the last watch ended: it is live when this one says so.
            feed.state = if feed.listed { State::CatchingUp } else { State::Connecting };
        }
        self.out.push(Effect::Watch { watch, session, want: Box::new(spec) });
    }

    /// Starts the companion feeds that the shown columns need, and ends the others.
    pub(super) fn tend_companions(&mut self) {
        self.tend_cells();
        let Some(session) = self.session().filter(|session| session.is_ready()).map(|session| session.id) else {
            return;
        };
        let Some(table) = self.table_mut() else { return };
        let needed = table.needed_companions();
        let ended: Vec<WatchId> = table
            .feeds
            .iter_mut()
            .filter(|feed| matches!(feed.brings, Brings::Figures(companion) if !needed.contains(&companion)))
            .filter_map(|feed| feed.watch.take())
            .collect();
        let specs: Vec<(Companion, Want)> = needed
            .into_iter()
            .filter(|companion| !is_fed(table, *companion))
            .filter_map(|companion| Some((companion, companion_spec(table, companion)?)))
            .collect();
        self.out.extend(ended.into_iter().map(Effect::Unwatch));
        for (companion, spec) in specs {
            let Some(table) = self.table_mut() else { return };
            let brings = Brings::Figures(companion);
            let at = table.feeds.iter().position(|feed| feed.brings == brings).unwrap_or(table.feeds.len());
            if at == table.feeds.len() {
                table.feeds.push(Feed::new(brings, spec.namespace.clone()));
            }
            self.begin_watch(session, at, spec);
        }
    }

    /// Forgets a page for good.
    pub(super) fn retire(&mut self, page: Page) {
        match page {
            Page::Table(table) => {
                self.out.extend(table.feeds.iter().filter_map(|feed| feed.watch).map(Effect::Unwatch))
            }
            Page::Paper(paper) => self.out.extend(paper.reading.map(Effect::Close)),
            Page::Log(log) => {
                let session = log.session;
                self.out.extend(log.id.map(|id| Effect::Log { log: id, session, ask: log::Ask::Close }));
            }
            Page::Text(_) => {}
        }
    }

    /// Ends the watches of pages that were left long enough ago. Stacked pages keep their rows, the attic forgets.
    pub(super) fn end_lingering(&mut self) {
        let now = self.now.mono;
        let late = |table: &Table| table.linger.is_some_and(|until| until <= now);
        let mut ended = Vec::new();
        for table in self.tables_mut().filter(|table| late(table)) {
            table.linger = None;
            ended.extend(table.feeds.iter_mut().filter_map(|feed| feed.watch.take()));
        }
        self.attic.retain(|table| table.feeds.iter().any(|feed| feed.watch.is_some()));
        self.out.extend(ended.into_iter().map(Effect::Unwatch));
    }

    /// The earliest moment at which a page's watches end.
    pub(super) fn linger_end(&self) -> Option<u64> {
        let stacked = self.stacks.values().flatten().filter_map(Page::table).filter_map(|table| table.linger);
        stacked.chain(self.attic.iter().filter_map(|table| table.linger)).min()
    }

    /// Enter: where the kind says that its rows lead.
    pub(super) fn enter(&mut self) {
        let Some(table) = self.table() else { return };
        let Some(held) = table.current() else { return };
        let (row, of, lead) = (held.row.clone(), table.subject.of.clone(), table.subject.of.lead());
        match lead {
            Lead::Context => self.switch(Some(row.name.to_string())),
            Lead::Entry => self.open_entry(),
            Lead::Object => self.go_object(&row),
            Lead::Nowhere if matches!(of.name().as_str(), "secrets" | "configmaps") => self.read(View::Keys),
            Lead::Nowhere => self.read(View::Describe),
            Lead::SelectedPods | Lead::NodePods | Lead::NamespacePods | Lead::Containers => {
                match below(&of, lead, &row) {
                    Some(subject) => self.open(subject),
                    None => self.say(Err(format!("{} selects no pods", row.name))),
                }
            }
        }
    }

    fn go_object(&mut self, row: &Row) {
        let Some((kind, name)) = row.link.as_deref().and_then(|link| link.split_once('/')) else {
            return self.say(Err("the event names no object".into()));
        };
        self.go_named(kind, name, &row.namespace);
    }

    /// Shows a kind with the cursor on an object.
    fn go_named(&mut self, kind: &str, name: &str, namespace: &str) {
        let of = Of::named(kind, self.session().and_then(|session| session.served(kind)));
        let namespaced = of.is_namespaced() && !namespace.is_empty();
        let scope = if namespaced { Scope::one(namespace) } else { Scope::All };
        self.open(Subject::new(of, scope));
        if let Some(table) = self.table_mut() {
            table.seek = Some(name.into());
            table.lens.invalidate();
        }
    }

    pub(super) fn go_owner(&mut self) {
        let Some(row) = self.table().and_then(|table| table.current()).map(|held| held.row.clone()) else { return };
        let Some(owner) = &row.owner else { return };
        let group = owner.api_version.split_once('/').map(|(group, _)| group);
        let kind = group.map_or_else(|| owner.kind.to_string(), |group| format!("{}.{group}", &*owner.kind));
        self.go_named(&kind, &owner.name, &row.namespace);
    }

    pub(super) fn go_node(&mut self) {
        let now = self.now;
        let Some(table) = self.table() else { return };
        let Some(held) = table.current() else { return };
        let sight = table.sight(now);
        let Some(head) = sight.head("NODE") else { return };
        if let crate::kinds::Value::Word(node) = sight.value(&held.row, head.from) {
            self.go_named("nodes", &node, "");
        }
    }

    /// The same kind in another namespace (`None`: in all).
    pub(super) fn go_namespace(&mut self, namespace: Option<&str>) {
        let Some(table) = self.table() else { return };
        let of = table.subject.of.clone();
        if !of.is_namespaced() {
            return self.say(Err(format!("{} are in no namespace", of.name())));
        }
        self.open(Subject::new(of, namespace.map_or(Scope::All, Scope::one)));
    }

    pub(super) fn go_favourite(&mut self, number: usize) {
        let context = self.session().map(|session| session.context().to_owned()).unwrap_or_default();
        if let Some(namespace) = self.settings.favourites(&context).get(number.saturating_sub(1)) {
            self.go_namespace(Some(namespace));
        }
    }

    pub(super) fn pick_namespace(&mut self) {
        let Some(session) = self.session() else { return };
        let (id, names) = (session.id, session.namespaces.clone());
        self.picker = Some(Picker::namespaces(&names));
        self.ask(id, Ask::Namespaces, Asked::Namespaces(id));
    }

    pub(super) fn history_step(&mut self, step: isize) {
        let Some(line) = self.history.step(step) else { return };
        let kept = self.history.clone();
        self.run_line(&line);
        self.history = kept;
    }
}

fn idle_feeds(table: &Table, brings: Brings) -> Vec<usize> {
    let feeds = table.feeds.iter().enumerate();
    feeds.filter(|(_, feed)| feed.brings == brings && feed.watch.is_none()).map(|(at, _)| at).collect()
}

fn is_fed(table: &Table, companion: Companion) -> bool {
    table.feeds.iter().any(|feed| feed.brings == Brings::Figures(companion) && feed.watch.is_some())
}

fn companion_spec(table: &Table, companion: Companion) -> Option<Want> {
    let Of::Known(kind) = table.subject.of else { return None };
    let namespace = table.subject.scope.single().filter(|_| table.subject.of.is_namespaced()).map(str::to_owned);
    // The containers of one pod are told from those of others by the pod's name.
    let fields = table.subject.fields.clone().filter(|_| kind.names().plural == "containers");
    let source = Source::Figures(companion, kind.names().plural);
    Some(Want { source, namespace, labels: None, fields, resume: None, read: Default::default() })
}

/// What is below a row of `of`, as its lead says; `None` when the row names nothing to look for.
fn below(of: &Of, lead: Lead, row: &Row) -> Option<Subject> {
    let kind = |name| Of::named(name, None);
    let mut subject = match lead {
        Lead::NamespacePods => return Some(Subject::new(kind("pods"), Scope::one(&row.name))),
        Lead::NodePods => Subject::new(kind("pods"), Scope::All),
        Lead::Containers => Subject::new(kind("containers"), Scope::one(&row.namespace)),
        Lead::SelectedPods => Subject::new(kind("pods"), Scope::one(&row.namespace)),
        Lead::Nowhere | Lead::Object | Lead::Context | Lead::Entry => return None,
    };
    match lead {
        Lead::NodePods => subject.fields = Some(format!("spec.nodeName={}", row.name)),
        Lead::Containers => subject.fields = Some(format!("metadata.name={}", row.name)),
        _ => subject.labels = Some(row.link.as_deref()?.to_owned()),
    }
    let singular = match of {
        Of::Known(kind) => kind.names().singular,
        _ => "",
    };
    subject.through = Some(format!("{singular}/{}", row.name));
    Some(subject)
}
