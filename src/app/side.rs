//! The side view: what is told of the row under the cursor, read when the cursor has rested.

use super::App;
use super::effect::{Effect, PaperId};
use super::paper::{Paper, Wrap};
use super::read::target_of;
use crate::cluster::papers::{Target, View, Want};

/// The cursor rests for so long before anything is read, in milliseconds.
const REST: u64 = 150;

/// Who has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    Table,
    Side,
}

/// An open side view.
#[derive(Debug, Default)]
pub struct Side {
    pub focus: Focus,
    /// What is shown; nothing while the cursor moves.
    pub paper: Option<Paper>,
    /// When to read, in milliseconds of the steady clock.
    due: Option<u64>,
    /// What the cursor is on.
    on: Option<Target>,
}

impl App {
    /// Opens the side view, or closes it.
    pub(super) fn turn_side(&mut self) {
        if self.side.is_some() {
            return self.close_side();
        }
        if self.table().is_some() {
            self.side = Some(Side::default());
            self.follow_cursor();
        }
    }

    pub(super) fn close_side(&mut self) {
        let Some(side) = self.side.take() else { return };
        self.out.extend(side.paper.and_then(|paper| paper.reading).map(Effect::Close));
    }

    /// The table is left: what is read beside it ends, and begins anew where the next cursor rests.
    pub(super) fn leave_side(&mut self) {
        if let Some(side) = self.side.take() {
            self.out.extend(side.paper.and_then(|paper| paper.reading).map(Effect::Close));
            self.side = Some(Side::default());
        }
    }

    /// Gives the keys to the side view, or back to the table.
    pub(super) fn turn_focus(&mut self) {
        let Some(side) = &mut self.side else { return self.turn_side() };
        side.focus = if side.focus == Focus::Table { Focus::Side } else { Focus::Table };
    }

    /// Whether the keys go to the side view.
    pub fn side_has_keys(&self) -> bool {
        self.table().is_some()
            && self.side.as_ref().is_some_and(|side| side.focus == Focus::Side && side.paper.is_some())
    }

    /// Notices that the cursor is on another object. Nothing is asked yet: the cursor may move on.
    pub(super) fn follow_cursor(&mut self) {
        let now = self.now.mono;
        let on = self.table().and_then(|table| target_of(table, &table.current()?.row).ok());
        let Some(side) = &mut self.side else { return };
        if side.on == on {
            return;
        }
        side.due = on.is_some().then_some(now + REST);
        side.on = on;
    }

    pub(super) fn side_due(&self) -> Option<u64> {
        self.side.as_ref()?.due
    }

    /// Reads the object on which the cursor rests; what was being read for another one ends.
    pub(super) fn tend_side(&mut self) {
        let now = self.now.mono;
        let Some(session) = self.session().filter(|session| session.is_ready()).map(|session| session.id) else {
            return;
        };
        let Some(target) =
            self.side.as_ref().filter(|side| side.due.is_some_and(|due| due <= now)).and_then(|side| side.on.clone())
        else {
            return;
        };
        let id = PaperId(self.next_id());
        let want = Want { view: View::Brief, target, reveal: Default::default() };
        let mut paper = Paper::new(session, want.clone());
        (paper.reading, paper.wrap) = (Some(id), Wrap::On);
        let Some(side) = &mut self.side else { return };
        side.due = None;
        let former = side.paper.replace(paper).and_then(|paper| paper.reading);
        self.out.extend(former.map(Effect::Close));
        self.out.push(Effect::Open { paper: id, session, want: Box::new(want) });
    }
}
