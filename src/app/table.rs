//! A table on the page stack: its rows, what its watches say, the cursor, marks, sort and filter.
//!
//! It is a union of watches: one namespace, three, or all are the same table over one or more [`Feed`]s. It performs
//! nothing; starting and ending watches is [`super::go`]'s business.

mod judge;

use super::columns::{arranged, sort_of};
use super::cursor::Cursor;
use super::effect::{SessionId, WatchId};
use super::msg::Now;
use super::subject::{Scope, Subject};
use crate::cluster::fault::Fault;
use crate::config::columns::{Choice, Chosen, Source};
use crate::kinds::{Companion, From, Head, Row, Uid, Word};
use crate::store::delta::{Batch, Delta, Figures, State};
use crate::store::filter::Filter;
use crate::store::lens::{Keep, Lens, Motion, Sort, Way};
use crate::store::rows::{Held, Rows, Slot};
use crate::store::sight::{Added, Companions, Sight};
use judge::{Judge, Rules};
use std::collections::{HashMap, HashSet};

/// How long after a key the order of the rows waits, in milliseconds.
pub const STILL_AFTER_KEY: u64 = 2_000;

/// What a feed brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brings {
    Rows,
    Figures(Companion),
    /// Cells that the user added by path.
    Cells,
}

/// One of a table's watches.
#[derive(Clone, Debug)]
pub struct Feed {
    /// `None` while nothing is being watched.
    pub watch: Option<WatchId>,
    pub brings: Brings,
    /// `None` is every namespace.
    pub namespace: Option<String>,
    pub state: State,
    /// Up to here the rows are known, for a watch that resumes.
    pub version: Option<Word>,
    /// The first list has been read.
    pub listed: bool,
}

impl Feed {
    pub fn new(brings: Brings, namespace: Option<String>) -> Self {
        Self { watch: None, brings, namespace, state: State::Connecting, version: None, listed: false }
    }
}

/// Namespaces that a table shows when it may not show all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    pub shown: usize,
    pub known: usize,
}

/// The table.
#[derive(Debug)]
pub struct Table {
    pub session: SessionId,
    pub subject: Subject,
    pub heads: Vec<Head>,
    /// The columns that the kind has, before the user chose.
    base: Vec<Head>,
    choice: Option<Choice>,
    pub rows: Rows,
    pub lens: Lens,
    pub cursor: Cursor,
    pub marks: HashSet<Uid>,
    pub last_mark: Option<Uid>,
    pub feeds: Vec<Feed>,
    pub partial: Option<Partial>,
    pub companions: Companions,
    pub filter: Option<Filter>,
    /// As typed, also when it does not parse.
    pub filter_text: String,
    pub wide: bool,
    pub faults_only: bool,
    /// Columns scrolled away to the left.
    pub scroll: usize,
    /// Objects that did not parse, and what the last of them said.
    pub unreadable: (usize, String),
    /// The name that the cursor shall go to as soon as it is there.
    pub seek: Option<String>,
    /// Events stand for their group.
    pub grouped: bool,
    pub sums: HashMap<Slot, i64>,
    last_key: u64,
    /// Every list has been read, and shown.
    complete: bool,
    /// When it was last brought up to date.
    seen: Now,
    /// Until when the watches of a page that was left keep running, in milliseconds of the steady clock.
    pub linger: Option<u64>,
    /// The paths that the feeds of cells read.
    pub paths: Vec<String>,
}

impl Table {
    pub fn new(session: SessionId, subject: Subject) -> Self {
        let mut table = Self {
            session,
            heads: Vec::new(),
            base: Vec::new(),
            choice: None,
            rows: Rows::default(),
            lens: Lens::new(Sort { by: From::Name, way: Way::Up }),
            cursor: Cursor::default(),
            marks: HashSet::new(),
            last_mark: None,
            feeds: Vec::new(),
            partial: None,
            companions: Companions::default(),
            filter: None,
            filter_text: String::new(),
            wide: false,
            faults_only: false,
            scroll: 0,
            unreadable: (0, String::new()),
            seek: None,
            grouped: subject.of.name() == "events",
            sums: HashMap::new(),
            last_key: 0,
            complete: false,
            seen: Now::default(),
            linger: None,
            paths: Vec::new(),
            subject,
        };
        table.set_heads(table.subject.of.heads());
        table
    }

    /// Takes the kind's columns; tables over several namespaces begin with the namespace.
    pub fn set_heads(&mut self, mut heads: Vec<Head>) {
        let many = self.subject.of.is_namespaced() && self.subject.scope.single().is_none();
        if many && !heads.is_empty() {
            heads.insert(0, Head::namespace());
        }
        if self.base == heads {
            return;
        }
        self.base = heads;
        self.arrange();
    }

    /// Takes the columns that the user chose; `None` are the kind's own.
    pub fn choose(&mut self, choice: Option<Choice>) {
        if self.choice == choice {
            return;
        }
        self.choice = choice;
        let (by, scroll) = (self.lens.sort, self.heads.iter().find(|head| head.from == self.lens.sort.by).cloned());
        self.arrange();
        // The order stays by the column that it was by, unless the choice says otherwise or the column is gone.
        let same = scroll.and_then(|old| self.heads.iter().find(|head| head.title == old.title).map(|head| head.from));
        let asked = self.choice.as_ref().and_then(|choice| sort_of(choice, &self.heads));
        if let (None, Some(from)) = (asked, same) {
            self.lens.sort = Sort { by: from, way: by.way };
        }
        self.scroll = 0;
        self.resort();
    }

    /// What was chosen, and the kind's own columns.
    pub fn choice(&self) -> Option<&Choice> {
        self.choice.as_ref()
    }

    pub fn base(&self) -> &[Head] {
        &self.base
    }

    fn arrange(&mut self) {
        let many = self.subject.of.is_namespaced() && self.subject.scope.single().is_none();
        let (heads, added) = match &self.choice {
            Some(choice) if !self.base.is_empty() => arranged(&self.base, choice),
            _ => (self.base.clone(), Vec::new()),
        };
        self.companions.added = added;
        // By name, across namespaces by namespace; what does not begin with its name (events) by what it begins with.
        let own = heads.iter().find(|head| head.from != From::Namespace);
        let first = own.filter(|head| !many || head.from != From::Name).or(heads.first());
        if let Some(first) = first {
            self.lens.sort = Sort { by: first.from, way: Way::Up };
        }
        // A history begins with what is there now.
        if let Some(number) = heads.iter().find(|head| head.is_revision())
            && self.subject.owner.is_some()
        {
            self.lens.sort = Sort { by: number.from, way: Way::Down };
        }
        if let Some(sort) = self.choice.as_ref().and_then(|choice| sort_of(choice, &heads)) {
            self.lens.sort = sort;
        }
        self.heads = heads;
        self.lens.invalidate();
    }

    /// The feed of a watch and its number.
    pub fn source_of(&self, watch: WatchId) -> Option<usize> {
        self.feeds.iter().position(|feed| feed.watch == Some(watch))
    }

    /// Takes in what a watch says.
    pub fn apply(&mut self, source: usize, batch: Batch, now: Now) {
        let filter = self.filter.clone();
        for delta in batch.deltas {
            self.apply_one(source, delta, filter.as_ref(), now);
        }
        if let (Some(version), Some(feed)) = (batch.version, self.feeds.get_mut(source)) {
            feed.version = Some(version);
        }
    }

    fn apply_one(&mut self, source: usize, delta: Delta, filter: Option<&Filter>, now: Now) {
        let from = source as u16;
        let sight = Sight { heads: &self.heads, now: now.wall, companions: &self.companions, sums: None };
        match delta {
            Delta::Put(row) if !self.subject.takes(&row) => self.lens.gone(&mut self.rows, &sight, &row.uid),
            Delta::Put(row) => {
                let judge = Judge::new(Rules { filter, faults_only: self.faults_only, wide: self.wide }, sight);
                let keep = |row: &Row| judge.shows(row);
                let keep: Keep<'_> = if judge.is_strict() { Some(&keep) } else { None };
                self.lens.put(&mut self.rows, &sight, keep, from, row);
            }
            Delta::Gone(uid) => self.lens.gone(&mut self.rows, &sight, &uid),
            Delta::Begin => self.rows.begin(from),
            Delta::End => {
                self.lens.end(&mut self.rows, &sight, from);
                self.feeds.get_mut(source).into_iter().for_each(|feed| feed.listed = true);
            }
            Delta::Heads(heads) => self.set_heads(heads),
            Delta::State(state) => self.set_state(source, state),
            Delta::Unreadable(why) => self.unreadable = (self.unreadable.0 + 1, why),
            Delta::Cells(uid, cells) => {
                if matches!(self.lens.sort.by, From::Added(_)) || self.filter.is_some() {
                    self.lens.invalidate();
                }
                match cells {
                    Some(cells) => self.companions.cells.insert(uid, cells),
                    None => self.companions.cells.remove(&uid),
                };
            }
            Delta::Figures(figures) => self.take_figures(source, figures),
        }
    }

    fn set_state(&mut self, source: usize, state: State) {
        let Some(feed) = self.feeds.get_mut(source) else { return };
        // Nothing known is not nothing there, and nothing measured is not zero.
        let blank = match (&state, feed.brings) {
            (State::Live, Brings::Figures(Companion::Pods | Companion::Warnings | Companion::RevisionPods)) => "0",
            (State::Live | State::Refused(_), _) => "–",
            _ => "…",
        };
        if let Brings::Figures(companion) = feed.brings {
            self.companions.feed(companion).blank = blank;
        }
        if feed.brings == Brings::Cells {
            self.companions.cells_blank = blank;
        }
        feed.state = state;
    }

    fn take_figures(&mut self, source: usize, figures: Vec<(Word, Option<Figures>)>) {
        let Some(Brings::Figures(companion)) = self.feeds.get(source).map(|feed| feed.brings) else { return };
        let map = &mut self.companions.feed(companion).figures;
        for (key, figures) in figures {
            match figures {
                Some(figures) => map.insert(key, figures),
                None => map.remove(&key),
            };
        }
        if matches!(self.lens.sort.by, From::Live(live) if live.companion() == companion) {
            self.lens.invalidate();
        }
    }

    /// Brings order, cursor and groups up to date.
    pub fn settle(&mut self, now: Now) {
        if self.reads_the_clock() && self.seen.wall != now.wall {
            self.lens.invalidate();
        }
        self.seen = now;
        self.lens.set_motion(self.motion(now), &mut self.rows);
        // From the frame after the first whole list on, rows may be held: before, there is nothing to hold.
        self.complete = self.feeds.iter().all(|feed| feed.listed || feed.brings != Brings::Rows);
        if !self.lens.is_stale() {
            return;
        }
        if self.grouped {
            if self.motion(now) == Motion::Held {
                return;
            }
            self.group(now);
        } else {
            let sight = Sight { heads: &self.heads, now: now.wall, companions: &self.companions, sums: None };
            let judge = Judge::new(rules(&self.filter, self.faults_only, self.wide), sight);
            let keep = |row: &Row| judge.shows(row);
            let keep: Keep<'_> = if judge.is_strict() { Some(&keep) } else { None };
            self.lens.settle(&self.rows, &sight, keep);
        }
        self.follow();
    }

    fn motion(&self, now: Now) -> Motion {
        let quiet = now.mono.saturating_sub(self.last_key) >= STILL_AFTER_KEY || self.last_key == 0;
        let held = !self.marks.is_empty() || !quiet;
        if held && self.complete { Motion::Held } else { Motion::Free }
    }

    /// When the table may move again, if something waits for that.
    pub fn thaws_at(&self) -> Option<u64> {
        (self.lens.is_stale() && self.marks.is_empty()).then_some(self.last_key + STILL_AFTER_KEY)
    }

    /// A filter that compares ages changes its mind with the clock alone.
    fn reads_the_clock(&self) -> bool {
        self.filter.as_ref().is_some_and(Filter::is_timed)
    }

    /// A key was pressed here: the order waits.
    pub fn touched(&mut self, now: Now) {
        self.last_key = now.mono;
    }

    /// Events: the newest of each object and reason stands for all, with the sum of their counts.
    fn group(&mut self, now: Now) {
        let sight = Sight { heads: &self.heads, now: now.wall, companions: &self.companions, sums: None };
        let by = ["OBJECT", "REASON", "TYPE"].map(|title| sight.head(title).map(|head| head.from));
        let count = sight.head("COUNT").map(|head| head.from);
        let seen = sight.head("LAST SEEN").map(|head| head.from);
        let judge = Judge::new(rules(&self.filter, self.faults_only, self.wide), sight);
        let mut groups: HashMap<String, (Slot, i64)> = HashMap::new();
        for (slot, held) in self.rows.iter() {
            if !judge.shows(&held.row) {
                continue;
            }
            let mut key = held.row.namespace.to_string();
            for from in by.iter().flatten() {
                key.push('\n');
                sight.write(&held.row, *from, &mut key);
            }
            let n = count.and_then(|from| sight.value(&held.row, from).number(now.wall)).map_or(1, |n| n as i64);
            let group = groups.entry(key).or_insert((slot, 0));
            group.1 += n.max(1);
            let newer = match (seen, self.rows.get(group.0)) {
                (Some(seen), Some(other)) => sight.order(&held.row, &other.row, seen).is_lt(),
                _ => false,
            };
            if newer {
                group.0 = slot;
            }
        }
        self.sums = groups.values().copied().collect();
        self.lens.show_only(groups.into_values().map(|(slot, _)| slot).collect(), &self.rows, &sight);
    }

    /// The cursor stays with its object; if that is gone it stays where it is.
    fn follow(&mut self) {
        if let Some(name) = &self.seek
            && let Some((slot, uid)) =
                self.rows.iter().find(|(_, held)| *held.row.name == **name).map(|(s, h)| (s, h.row.uid.clone()))
            && let Some(at) = self.lens.position(slot)
        {
            self.seek = None;
            self.cursor.uid = Some(uid);
            self.cursor.go(at, self.lens.order().len());
            return;
        }
        let len = self.lens.order().len();
        let Some(uid) = &self.cursor.uid else {
            self.cursor.show(len);
            return;
        };
        let at = self.rows.find(uid).and_then(|slot| {
            let near = self.lens.order().get(self.cursor.at) == Some(&slot);
            if near { Some(self.cursor.at) } else { self.lens.position(slot) }
        });
        self.cursor.follow(at.unwrap_or(self.cursor.at), len);
    }

    /// Puts a filter into force: what is shown follows at once, whatever is held. A filter that only narrows the one before
    /// is tried on the shown rows alone.
    pub fn set_filter(&mut self, filter: Option<Filter>, now: Now) {
        let before = self.filter.take();
        let narrows = match (&filter, &before) {
            (Some(new), Some(old)) => new.narrows(old),
            (Some(_), None) => true,
            _ => false,
        };
        self.filter = filter;
        if !narrows || self.grouped || self.lens.is_stale() {
            return self.refilter(now);
        }
        let sight = Sight { heads: &self.heads, now: now.wall, companions: &self.companions, sums: None };
        let judge = Judge::new(rules(&self.filter, self.faults_only, self.wide), sight);
        self.lens.narrow(&self.rows, Some(&|row| judge.shows(row)));
        self.follow();
    }

    /// Which rows are shown has changed: the order follows at once, whatever is held.
    pub fn refilter(&mut self, now: Now) {
        if self.grouped {
            self.group(now);
        } else {
            let sight = Sight { heads: &self.heads, now: now.wall, companions: &self.companions, sums: None };
            let judge = Judge::new(rules(&self.filter, self.faults_only, self.wide), sight);
            let keep = |row: &Row| judge.shows(row);
            let keep: Keep<'_> = if judge.is_strict() { Some(&keep) } else { None };
            self.lens.rebuild(&self.rows, &sight, keep);
        }
        self.follow();
    }

    /// Another sort is in force: the order follows at once.
    pub fn resort(&mut self) {
        self.refilter(self.seen);
    }

    /// Reads a row now.
    pub fn sight(&self, now: Now) -> Sight<'_> {
        let sums = self.grouped.then_some(&self.sums);
        Sight { heads: &self.heads, now: now.wall, companions: &self.companions, sums }
    }

    /// Its rows with the number of the feed that each came from.
    pub fn copied_rows(&self) -> Vec<(u16, Row)> {
        self.rows.iter().filter(|(_, held)| !held.ghost).map(|(_, held)| (held.source, held.row.clone())).collect()
    }

    /// Shows rows of a wider table until its own lists have been read, which drop what does not belong.
    pub fn show_meanwhile(&mut self, rows: Vec<(u16, Row)>) {
        let feeds = self.feeds.len();
        for (source, row) in rows.into_iter().filter(|(source, _)| usize::from(*source) < feeds) {
            self.rows.put(source, row);
        }
        self.lens.invalidate();
    }

    /// The row under the cursor, ghost or not.
    pub fn current(&self) -> Option<&Held> {
        self.rows.get(*self.lens.order().get(self.cursor.at)?)
    }

    /// Moves the cursor and remembers the object that it is on.
    pub fn point(&mut self, at: usize) {
        self.cursor.go(at, self.lens.order().len());
        self.cursor.uid = self.current().map(|held| held.row.uid.clone());
    }

    /// Moves the cursor by rows.
    pub fn step(&mut self, rows: isize) {
        self.point(self.cursor.at.saturating_add_signed(rows));
    }

    /// The characters of a row's name that the filter matched.
    pub fn highlights(&self, row: &Row, now: Now) -> Vec<usize> {
        Judge::new(rules(&self.filter, self.faults_only, self.wide), self.sight(now)).highlights(row)
    }

    /// How many objects are not well.
    pub fn faults(&self) -> usize {
        self.rows.iter().filter(|(_, held)| !held.ghost && held.row.health.is_fault()).count()
    }

    /// How many marked objects are on the screen, and how many a filter hides; those that are gone count no more.
    pub fn marked(&self) -> (usize, usize) {
        let lives = |held: &Held| !held.ghost && self.marks.contains(&held.row.uid);
        if self.marks.is_empty() {
            return (0, 0);
        }
        let order = self.lens.order().iter();
        let shown = order.filter(|slot| self.rows.get(**slot).is_some_and(lives)).count();
        let slots = self.marks.iter().filter_map(|uid| self.rows.find(uid));
        let all = slots.filter(|slot| self.rows.get(*slot).is_some_and(lives)).count();
        (shown, all - shown)
    }

    /// The state of the rows as a whole: the worst of their feeds. A namespace that is refused says nothing of the others: it
    /// is told by [`Table::partial`], unless every one is.
    pub fn state(&self) -> &State {
        let worth = |state: &State| match state {
            State::Live => 0,
            State::CatchingUp => 1,
            State::Syncing => 2,
            State::Connecting => 3,
            State::Refused(_) => 4,
            State::Stale { .. } => 5,
        };
        let rows = || self.feeds.iter().filter(|feed| feed.brings == Brings::Rows).map(|feed| &feed.state);
        let readable = rows().filter(|state| !matches!(state, State::Refused(_))).max_by_key(|state| worth(state));
        readable.or(rows().next()).unwrap_or(&State::Connecting)
    }

    /// Which of the namespaces asked for are shown, when some are not.
    pub fn partial(&self) -> Option<Partial> {
        let rows = || self.feeds.iter().filter(|feed| feed.brings == Brings::Rows);
        let refused = self.refusals().count();
        let known = self.partial.map_or(rows().count(), |partial| partial.known);
        let shown = rows().count() - refused;
        (self.partial.is_some() || refused > 0 && shown > 0).then_some(Partial { shown, known })
    }

    /// The namespaces that the server refuses to show, and why.
    pub fn refusals(&self) -> impl Iterator<Item = (&Feed, &Fault)> {
        self.feeds.iter().filter(|feed| feed.brings == Brings::Rows).filter_map(|feed| match &feed.state {
            State::Refused(fault) => Some((feed, fault)),
            _ => None,
        })
    }

    /// Whether an age on the screen is still counted in seconds (kubectl's ages show them up to ten minutes).
    pub fn shows_young_age(&self, now: Now) -> bool {
        const SHOWS_SECONDS: i64 = 600;
        let young = |at: i64| (0..=SHOWS_SECONDS).contains(&(now.wall - at));
        let window = self.lens.order().iter().skip(self.cursor.top).take(self.cursor.height.max(1));
        window.filter_map(|slot| self.rows.get(*slot)).any(|held| {
            let times = held.row.cells.iter().filter_map(|cell| match cell {
                crate::kinds::Value::Time(at) => Some(*at),
                _ => None,
            });
            [held.row.created].into_iter().chain(held.row.deleting).chain(times).any(young)
        })
    }

    /// The paths of added columns, if one of them is shown now.
    pub fn needed_paths(&self) -> Vec<String> {
        let added = |head: &Head| match head.from {
            From::Added(number) => self.companions.added.get(number).is_some_and(|own| matches!(own, Added::Path(_))),
            _ => false,
        };
        let shown = |head: &&Head| !head.is_hidden() && (self.wide || !head.wide);
        if !self.heads.iter().filter(shown).any(added) {
            return Vec::new();
        }
        let columns = self.choice.iter().flat_map(|choice| &choice.columns);
        let path = |chosen: &Chosen| match &chosen.source {
            Source::Path(path) => Some(path.clone()),
            Source::Own | Source::Label(_) => None,
        };
        columns.filter_map(path).collect()
    }

    /// Which companion feeds the shown columns need.
    pub fn needed_companions(&self) -> Vec<Companion> {
        let mut needed: Vec<Companion> = self
            .heads
            .iter()
            .filter(|head| !head.is_hidden() && (self.wide || !head.wide))
            .filter_map(|head| match head.from {
                From::Live(live) => Some(live.companion()),
                _ => None,
            })
            .collect();
        needed.sort();
        needed.dedup();
        needed
    }

    /// Whether it shows more than one namespace.
    pub fn is_wide_scope(&self) -> bool {
        !matches!(&self.subject.scope, Scope::In(names) if names.len() == 1)
    }
}

/// Read off fields one by one, so that others can be changed meanwhile.
fn rules(filter: &Option<Filter>, faults_only: bool, wide: bool) -> Rules<'_> {
    Rules { filter: filter.as_ref(), faults_only, wide }
}
