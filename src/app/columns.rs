//! Which columns the table on the screen has: choosing them from a list that floats, and what was chosen before. Choosing
//! works at once; it is kept when the list closes.

use super::App;
use super::effect::Effect;
use super::subject::Of;
use super::table::{Brings, Feed, Table};
use crate::config::columns::{Choice, Chosen, Order, Shown, Source};
use crate::keys::Chord;
use crate::keys::line::Line;
use crate::kinds::{From, Head, Stays};
use crate::store::lens::{Sort, Way};
use crate::store::sight::{Added, same_title};
use crossterm::event::KeyCode;

/// The open list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chooser {
    pub columns: Vec<Chosen>,
    pub at: usize,
    /// A column that is being typed.
    pub adding: Option<Line>,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
    /// Back to the kind's own columns.
    resets: bool,
}

/// The heads of a table as its user chose them, and what the added ones read. Columns of the kind that were not chosen follow
/// as wide ones, as k9s has it; titles that the kind does not have are left out.
pub fn arranged(base: &[Head], choice: &Choice) -> (Vec<Head>, Vec<Added>) {
    let mut added = Vec::new();
    let mut paths = 0usize..;
    let mut left: Vec<Head> = base.to_vec();
    let mut heads: Vec<Head> = Vec::new();
    for chosen in &choice.columns {
        let source = match &chosen.source {
            Source::Own => None,
            Source::Label(key) => Some(Added::Label(key.clone())),
            Source::Path(_) => Some(Added::Path(paths.next().unwrap_or_default())),
        };
        let known = left.iter().position(|head| is(head, &chosen.title)).map(|at| left.remove(at));
        let head = match (source, known) {
            (None, None) => continue,
            (None, Some(head)) => head,
            // An added column may have the title of one that the kind has, which it replaces.
            (Some(source), _) => {
                added.push(source);
                let from = From::Added(added.len() - 1);
                Head { title: chosen.title.clone(), short: String::new(), wide: false, stays: Stays::Medium, from }
            }
        };
        let stays = if chosen.shown == Shown::Never { Stays::Never } else { head.stays };
        heads.push(Head { wide: chosen.shown == Shown::Wide, stays, ..head });
    }
    let unnamed = left.iter().position(|head| head.from == From::Namespace).map(|at| left.remove(at));
    heads.splice(0..0, unnamed);
    heads.extend(left.into_iter().map(|head| Head { wide: true, ..head }));
    (heads, added)
}

fn is(head: &Head, title: &str) -> bool {
    same_title(&head.title, title) || same_title(&head.short, title)
}

/// What a table shows now, as a choice.
fn chosen_of(table: &Table) -> Vec<Chosen> {
    let before: Vec<Chosen> = table.choice().map(|choice| choice.columns.clone()).unwrap_or_default();
    let shown = |head: &Head| match (head.is_hidden(), head.wide) {
        (true, _) => Shown::Never,
        (false, true) => Shown::Wide,
        (false, false) => Shown::Always,
    };
    let source = |head: &Head| {
        let own = before.iter().filter(|_| matches!(head.from, From::Added(_)));
        own.into_iter().find(|own| own.title == head.title).map_or(Source::Own, |own| own.source.clone())
    };
    let heads = table.heads.iter();
    heads.map(|head| Chosen { title: head.title.clone(), source: source(head), shown: shown(head) }).collect()
}

/// The sort that a choice asks for.
pub fn sort_of(choice: &Choice, heads: &[Head]) -> Option<Sort> {
    let (title, order) = choice.sort.as_ref()?;
    let by = heads.iter().find(|head| is(head, title))?.from;
    Some(Sort { by, way: if *order == Order::Descending { Way::Down } else { Way::Up } })
}

impl App {
    pub(super) fn open_chooser(&mut self) {
        let columns = self.table().map(chosen_of);
        self.chooser = columns.map(|columns| Chooser { columns, at: 0, adding: None, wrong: None, resets: false });
    }

    /// Starts the feeds of the cells that were added by path and are on the screen, and ends those that are not.
    pub(super) fn tend_cells(&mut self) {
        let Some(session) = self.session().filter(|session| session.is_ready()) else { return };
        let (id, read) = (session.id, self.settings.read(session.context()));
        let Some(table) = self.table_mut() else { return };
        let needed = table.needed_paths();
        let is_cells = |feed: &Feed| feed.brings == Brings::Cells;
        let mut ended = Vec::new();
        if table.paths != needed {
            ended.extend(table.feeds.iter_mut().filter(|feed| is_cells(feed)).filter_map(|feed| feed.watch.take()));
            table.companions.cells.clear();
            table.companions.cells_blank = "…";
            table.paths = needed.clone();
        }
        let rows = table.feeds.iter().filter(|feed| feed.brings == Brings::Rows);
        let namespaces: Vec<Option<String>> = rows.map(|feed| feed.namespace.clone()).collect();
        let mut begins = Vec::new();
        for namespace in namespaces.into_iter().filter(|_| !needed.is_empty()) {
            let Some(want) = table.subject.cells(namespace.clone(), read, needed.clone()) else {
                table.companions.cells_blank = "–";
                break;
            };
            let known = table.feeds.iter().position(|feed| is_cells(feed) && feed.namespace == namespace);
            let at = known.unwrap_or(table.feeds.len());
            if known.is_none() {
                table.feeds.push(Feed::new(Brings::Cells, namespace));
            }
            if table.feeds.get(at).is_some_and(|feed| feed.watch.is_none()) {
                begins.push((at, want));
            }
        }
        self.out.extend(ended.into_iter().map(Effect::Unwatch));
        for (at, want) in begins {
            self.begin_watch(id, at, want);
        }
    }

    /// The table on the screen gets the columns that were chosen for its kind.
    pub(super) fn dress(&mut self) {
        let Some(table) = self.table() else { return };
        let names = names_of(&table.subject.of);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let choice = self.columns.of(&names, table.subject.scope.single()).cloned();
        let history = table.subject.owner.as_ref().and_then(|_| super::revisions::columns(&table.subject.of));
        let choice = choice.or(history);
        if let Some(table) = self.table_mut() {
            table.choose(choice);
        }
    }

    pub(super) fn chooser_key(&mut self, chord: Chord) {
        let Some(chooser) = &mut self.chooser else { return };
        chooser.wrong = None;
        if chooser.adding.is_some() {
            return self.adding_key(chord);
        }
        let last = chooser.columns.len().saturating_sub(1);
        match chord.code {
            KeyCode::Esc | KeyCode::Enter => return self.close_chooser(),
            KeyCode::Char('c') if !chord.modifiers.is_empty() => return self.close_chooser(),
            KeyCode::Down | KeyCode::Char('j') => chooser.at = (chooser.at + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => chooser.at = chooser.at.saturating_sub(1),
            KeyCode::Char('J') => chooser.shift(1),
            KeyCode::Char('K') => chooser.shift(-1),
            KeyCode::Char(' ') => chooser.turn(Shown::Never),
            KeyCode::Char('w') => chooser.turn(Shown::Wide),
            KeyCode::Char('a') => chooser.adding = Some(Line::default()),
            KeyCode::Char('x') => chooser.remove(),
            KeyCode::Char('r') => chooser.resets = true,
            _ => return,
        }
        self.wear();
    }

    fn adding_key(&mut self, chord: Chord) {
        let Some(chooser) = &mut self.chooser else { return };
        let Some(line) = &mut chooser.adding else { return };
        match chord.code {
            KeyCode::Esc => chooser.adding = None,
            KeyCode::Enter => match Chosen::typed(&line.text()) {
                Ok(column) if chooser.columns.iter().any(|own| own.title == column.title) => {
                    chooser.wrong = Some(format!("there is a column {}: write TITLE:.path", column.title));
                }
                Ok(column) => {
                    let at = (chooser.at + 1).min(chooser.columns.len());
                    chooser.columns.insert(at, column);
                    (chooser.at, chooser.adding) = (at, None);
                    self.wear();
                }
                Err(why) => chooser.wrong = Some(why),
            },
            _ => {
                line.key(chord);
            }
        }
    }

    /// The table shows what the list says.
    fn wear(&mut self) {
        let Some(chooser) = &self.chooser else { return };
        let choice = Choice { columns: chooser.columns.clone(), sort: None };
        let choice = (!chooser.resets).then_some(choice);
        let Some(table) = self.table_mut() else { return };
        table.choose(choice);
        let columns = chosen_of(table);
        if let Some(chooser) = self.chooser.as_mut().filter(|chooser| chooser.resets) {
            (chooser.columns, chooser.at) = (columns, 0);
        }
        self.tend_companions();
    }

    /// Keeps what was chosen for the kind.
    fn close_chooser(&mut self) {
        let Some(chooser) = self.chooser.take() else { return };
        let Some(table) = self.table() else { return };
        let kind = names_of(&table.subject.of).into_iter().next().unwrap_or_default();
        let own = self.columns.of(&[&kind], None);
        let now =
            (!chooser.resets).then(|| Choice { columns: chooser.columns, sort: own.and_then(|own| own.sort.clone()) });
        let unchanged = match (&now, own) {
            (Some(now), Some(own)) => now.columns == own.columns,
            (Some(now), None) => *now == Choice { columns: chosen_of_base(table), sort: None },
            (None, own) => own.is_none(),
        };
        if unchanged {
            return;
        }
        self.columns.set(&kind, now.clone());
        self.out.push(Effect::KeepColumns { kind, choice: now });
    }
}

/// The kind's own columns, as a choice that changes nothing.
fn chosen_of_base(table: &Table) -> Vec<Chosen> {
    let shown = |head: &Head| if head.wide { Shown::Wide } else { Shown::Always };
    let base = table.base().iter();
    base.map(|head| Chosen { title: head.title.clone(), source: Source::Own, shown: shown(head) }).collect()
}

/// The names by which files may call a kind, the one under which a choice is kept first.
fn names_of(of: &Of) -> Vec<String> {
    match of {
        Of::Known(kind) => {
            let names = kind.names();
            let short = names.short.iter().map(|name| (*name).to_owned());
            [names.plural.to_owned(), names.singular.to_owned()].into_iter().chain(short).collect()
        }
        Of::Served(served) => vec![served.full_name().to_lowercase(), served.plural.clone()],
        Of::Named(_) | Of::Contexts | Of::Journal => vec![of.name()],
    }
}

impl Chooser {
    fn shift(&mut self, step: isize) {
        let to = self.at.saturating_add_signed(step).min(self.columns.len().saturating_sub(1));
        if self.columns.get(self.at).is_some() {
            self.resets = false;
            self.columns.swap(self.at, to);
            self.at = to;
        }
    }

    /// Between always shown and what `to` says.
    fn turn(&mut self, to: Shown) {
        self.resets = false;
        if let Some(column) = self.columns.get_mut(self.at) {
            column.shown = if column.shown == to { Shown::Always } else { to };
        }
    }

    /// Takes away a column that was added; those of the kind can be hidden.
    fn remove(&mut self) {
        match self.columns.get(self.at) {
            Some(column) if column.source != Source::Own => {
                self.resets = false;
                self.columns.remove(self.at);
                self.at = self.at.min(self.columns.len().saturating_sub(1));
            }
            _ => self.wrong = Some("the kind's own columns can be hidden: space".into()),
        }
    }
}
