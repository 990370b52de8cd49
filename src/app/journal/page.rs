//! The journal on the screen: its table, and one change in full.

use super::super::App;
use super::super::effect::Effect;
use super::super::page::Page;
use super::super::paper::Paper;
use super::super::subject::{Of, Scope, Subject};
use super::{DONE, Done, Entry, table};
use crate::actions::told;
use crate::kinds::Uid;
use crate::text::document::{Document, Line, Piece, Tone};

impl App {
    /// Shows what was changed; what others have written since is read.
    pub(crate) fn open_journal(&mut self) {
        self.out.push(Effect::ReadJournal);
        self.open(Subject::new(Of::Journal, Scope::All));
    }

    /// What others wrote, and what this process wrote that is not known by itself.
    pub(crate) fn take_journal(&mut self, entries: Vec<Entry>) {
        let own = format!("{}-", self.process);
        self.journal.retain(|entry| entry.id.starts_with(&own));
        let others = entries.into_iter().filter(|entry| !entry.id.starts_with(&own));
        self.journal.splice(0..0, others).for_each(drop);
        let unknown = self.journal.iter().filter(|entry| entry.is_unknown()).count();
        if unknown > 0 && !std::mem::replace(&mut self.told_of_unknown, true) {
            self.say(Err(format!(
                "{unknown} changes of a rk9s that ended in the middle have an unknown outcome: `:journal`, R checks"
            )));
        }
        self.show_journal();
    }

    pub(crate) fn show_journal(&mut self) {
        self.fill_own(&Of::Journal, table::rows(&self.journal));
    }

    /// The entry under the cursor of the journal.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        let table = self.table().filter(|table| table.subject.of == Of::Journal)?;
        let Uid::Text(id) = &table.current()?.row.uid else { return None };
        self.journal.iter().find(|entry| entry.id == *id.to_string())
    }

    /// One change in full.
    pub(crate) fn open_entry(&mut self) {
        let Some(session) = self.session().map(|session| session.id) else { return };
        let Some(entry) = self.entry() else { return };
        let paper = Paper::own(session, entry.title.clone(), document(entry), self.now.wall);
        self.push_page(Page::Paper(Box::new(paper)));
    }
}

fn document(entry: &Entry) -> Document {
    let at = jiff::Timestamp::from_second(entry.at).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()).unwrap_or_default();
    let field = |name: &str, value: &str| {
        Line::new(0, vec![Piece::new(format!("{name:10}"), Tone::Key), Piece::new(value, Tone::Plain)])
    };
    let mut lines = vec![
        field("When", &at),
        field("Context", &entry.context),
        field("Cluster", &entry.cluster),
        field("User", &entry.user),
        field("Outcome", &entry.outcome()),
        Line::default(),
    ];
    lines.extend(entry.kubectl.iter().map(|line| Line::toned(format!("$ {line}"), Tone::Dim)));
    lines.push(Line::default());
    entry.done.iter().for_each(|done| lines.extend(of_target(done)));
    Document { lines }
}

fn of_target(done: &Done) -> Vec<Line> {
    let namespace = done.target.namespace.as_deref().map(|namespace| format!("{namespace} ")).unwrap_or_default();
    let name = format!("{namespace}{}/{}   ", done.target.what.kind.to_lowercase(), done.target.name);
    let (outcome, tone) = match done.outcome.as_deref() {
        Some(DONE) => (DONE, Tone::Well),
        Some(other) => (other, Tone::Wrong),
        None => ("not known", Tone::Changing),
    };
    let title = Line::new(0, vec![Piece::new(name, Tone::Title), Piece::new(outcome, tone)]);
    let below = told::lines(&done.target.what, &done.does)
        .into_iter()
        .map(|line| Line { depth: line.depth + 1, ..indented(line) });
    std::iter::once(title).chain(below).collect()
}

fn indented(mut line: Line) -> Line {
    line.pieces.insert(0, Piece::new("  ", Tone::Plain));
    line
}
