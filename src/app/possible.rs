//! Whether a verb can do anything now, and if not, why: one answer for keys, help, the palette and the `:` line.

use super::App;
use super::copy::targets;
use super::page::Page;
use super::read::target_of;
use super::subject::Of;
use super::table::Table;
use super::verb::{Scope, Verb};
use crate::cluster::papers::Target;
use crate::store::rows::Held;

impl App {
    /// Says why a verb can do nothing now.
    pub fn possible(&self, verb: Verb) -> Result<(), String> {
        self.possible_on(self.page(), verb)
    }

    /// The same for another page than the one on the screen: help tells of the page below it.
    pub fn possible_on(&self, page: Option<&Page>, verb: Verb) -> Result<(), String> {
        if let Verb::Do(action) = verb {
            return self.may_begin(page, action);
        }
        let table = match page {
            Some(Page::Table(table)) => Some(&**table),
            _ => None,
        };
        match (verb.scope(), table) {
            // What is read of an object can be read another way.
            (Scope::Table, None)
                if matches!(verb, Verb::Describe | Verb::Yaml | Verb::ObjectChanges)
                    && matches!(page, Some(Page::Paper(paper)) if paper.own.is_none()) =>
            {
                Ok(())
            }
            (Scope::Table, None)
                if verb == Verb::RolloutStatus
                    && matches!(page, Some(Page::Paper(paper)) if super::revisions::rolls_out(&paper.want.target.what)) =>
            {
                Ok(())
            }
            (Scope::Table, None) => Err("there is no table on the screen".into()),
            (Scope::Table, Some(table)) => self.possible_in(table, verb),
            (Scope::Text | Scope::Paper, _) => self.possible_in_text(page, verb),
            (Scope::Log, _) if matches!(page, Some(Page::Log(_))) => Ok(()),
            (Scope::Log, _) => Err("no log is being read".into()),
            (Scope::Global, _) => self.possible_anywhere(verb),
        }
    }

    fn possible_in_text(&self, page: Option<&Page>, verb: Verb) -> Result<(), String> {
        match (verb.scope(), page) {
            (Scope::Paper, Some(Page::Paper(paper))) => match verb {
                verb if paper.own.is_some() && is_of_an_object(verb) => Err("this is no object of the cluster".into()),
                Verb::Reveal | Verb::RevealAll if !paper.has_secrets() => Err("there is no secret value here".into()),
                Verb::Fold if !paper.has_folds() => Err("there is nothing to fold here".into()),
                _ => Ok(()),
            },
            (Scope::Text, Some(Page::Text(_))) => Ok(()),
            (Scope::Paper, _) if self.side_has_keys() => Ok(()),
            (Scope::Paper, _) => Err("no object is being read".into()),
            _ => Err("there is no text on the screen".into()),
        }
    }

    fn possible_in(&self, table: &Table, verb: Verb) -> Result<(), String> {
        let of = &table.subject.of;
        let only = |holds: bool, why: &str| if holds { Ok(()) } else { Err(why.to_owned()) };
        match verb {
            Verb::Enter => live_row(table).map(drop),
            Verb::Describe | Verb::Yaml | Verb::ObjectChanges => self.readable(table).map(drop),
            Verb::Logs | Verb::PreviousLogs => match table.subject.of.name().as_str() {
                "pods" | "containers" => Ok(()),
                other => {
                    Err(format!("{other} have no logs of their own; Enter leads to the pods, where there are any"))
                }
            },
            Verb::Keys => match self.readable(table)?.what.plural.as_str() {
                "secrets" | "configmaps" => Ok(()),
                plural => Err(format!("{plural} have no keys")),
            },
            Verb::SortName => has_column(table, "NAME"),
            Verb::SortAge => has_column(table, "AGE"),
            Verb::SortStatus => has_column(table, "STATUS"),
            Verb::Mark | Verb::MarkRange => row(table).map(drop),
            Verb::Unmark => only(!table.marks.is_empty(), "nothing is marked"),
            Verb::CopyName | Verb::CopyPick => only(table.current().is_some(), "there is no row to copy"),
            Verb::Owner => {
                let held = row(table)?;
                let why = || format!("nothing owns {}", held.row.name);
                held.row.owner.as_ref().map(drop).ok_or_else(why)
            }
            Verb::Node => self.runs_on_a_node(table),
            Verb::Revisions => {
                let rolls = super::revisions::rolls_out(&self.readable(table)?.what);
                only(rolls, "only what is rolled out has revisions")
            }
            Verb::RolloutStatus => self.rolling(table).map(drop),
            Verb::Reach if *of == Of::Journal => self.checkable().map(drop),
            Verb::Reach => only(*of == Of::Contexts, "only contexts can be asked whether they answer"),
            Verb::Group => only(of.name() == "events", "only events can be grouped"),
            Verb::AllNamespaces | Verb::Namespaces => {
                only(of.is_namespaced(), &format!("{} are in no namespace", of.name()))
            }
            Verb::Columns => only(!table.heads.is_empty(), "the table has no columns yet"),
            verb => verb.favourite().map_or(Ok(()), |number| self.has_favourite(table, number)),
        }
    }

    fn possible_anywhere(&self, verb: Verb) -> Result<(), String> {
        let only = |holds: bool, why: &str| if holds { Ok(()) } else { Err(why.to_owned()) };
        match verb {
            Verb::HistoryBack => only(self.history.reaches(-1), "there is no such view in the history"),
            Verb::HistoryForward => only(self.history.reaches(1), "there is no such view in the history"),
            Verb::FormerContext => only(self.sessions.len() > 1, "there was no other context yet"),
            Verb::Side | Verb::SideFocus => only(self.table().is_some(), "there is no table on the screen"),
            Verb::Undo => self.undoable().map(drop),
            Verb::Again => self.may_change().and_then(|()| self.unfinished().map(drop)),
            Verb::CancelRunning => only(self.jobs.iter().any(super::job::Job::runs), "no change is running"),
            Verb::Demo => only(!self.demo.is_empty(), "this is no demo cluster: `rk9s --demo` has one"),
            _ => Ok(()),
        }
    }

    /// The object that would be read.
    fn readable(&self, table: &Table) -> Result<Target, String> {
        target_of(table, targets(table).first().copied().ok_or("there is no row under the cursor")?)
    }

    pub(super) fn runs_on_a_node(&self, table: &Table) -> Result<(), String> {
        let held = row(table)?;
        let sight = table.sight(self.now);
        let Some(head) = sight.head("NODE") else {
            return Err(format!("{} do not run on a node", table.subject.of.name()));
        };
        match sight.value(&held.row, head.from) {
            crate::kinds::Value::Word(_) => Ok(()),
            _ => Err("it is on no node yet".into()),
        }
    }

    fn has_favourite(&self, table: &Table, number: usize) -> Result<(), String> {
        let of = &table.subject.of;
        if !of.is_namespaced() {
            return Err(format!("{} are in no namespace", of.name()));
        }
        let context = self.session().map(|session| session.context().to_owned()).unwrap_or_default();
        if self.settings.favourites(&context).len() < number {
            return Err(format!("no favourite namespace {number}: `favourites` in the settings names them"));
        }
        Ok(())
    }
}

/// Whether a verb of papers needs the object that is read.
fn is_of_an_object(verb: Verb) -> bool {
    use Verb::{Applied, Blame, Live, Reveal, RevealAll, SeeDescribe, SeeYaml};
    matches!(verb, Live | Reveal | RevealAll | SeeDescribe | SeeYaml | Blame | Applied)
}

fn row(table: &Table) -> Result<&Held, String> {
    table.current().ok_or_else(|| "there is no row under the cursor".to_owned())
}

fn live_row(table: &Table) -> Result<&Held, String> {
    let held = row(table)?;
    if held.ghost { Err(format!("{} is gone", held.row.name)) } else { Ok(held) }
}

fn has_column(table: &Table, title: &str) -> Result<(), String> {
    let has = table.heads.iter().any(|head| head.title == title);
    if has { Ok(()) } else { Err(format!("{} have no column {title}", table.subject.of.name())) }
}
