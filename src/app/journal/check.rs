//! How a change ended that nobody saw ending: the cluster is asked whether its objects are as the change would have them.

use super::super::App;
use super::super::effect::Effect;
use super::super::subject::Of;
use super::{DONE, Entry};
use crate::cluster::fault::Fault;

impl App {
    /// The change under the cursor, if its outcome is unknown and this context can tell.
    pub(crate) fn checkable(&self) -> Result<&Entry, String> {
        let entry = self.entry().ok_or("there is no row under the cursor")?;
        let context = self.session().map(|session| session.context()).unwrap_or_default();
        match entry {
            entry if !entry.is_unknown() => Err("it is known how it ended".into()),
            entry if entry.context != context => Err(format!("it was done in {}: switch there first", entry.context)),
            entry => Ok(entry),
        }
    }

    /// Asks contexts whether they answer, or the cluster how a change ended.
    pub(crate) fn reach_or_check(&mut self) {
        if self.table().is_none_or(|table| table.subject.of != Of::Journal) {
            return self.reach();
        }
        let Some(session) = self.session().map(|session| session.id) else { return };
        match self.checkable() {
            Ok(entry) => {
                let done = entry.done.iter().map(|done| (done.target.clone(), done.uid.clone(), done.does.clone()));
                let effect = Effect::Check { session, entry: entry.id.clone(), done: done.collect() };
                self.out.push(effect);
            }
            Err(why) => self.say(Err(why)),
        }
    }

    /// What the cluster says of a change: written down, unless some of it could not be asked.
    pub(crate) fn take_check(&mut self, id: &str, found: Vec<Result<bool, Fault>>) {
        if let Some(fault) = found.iter().find_map(|found| found.as_ref().err()) {
            return self.say(Err(format!("it cannot be told how it ended: {fault}")));
        }
        let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == id) else { return };
        for (done, found) in entry.done.iter_mut().zip(found) {
            let said = if found == Ok(true) { DONE } else { "not done, as was found out later" };
            done.outcome = Some(said.into());
        }
        entry.ended = true;
        let (entry, said) = (entry.clone(), format!("{}: {}", entry.title, entry.outcome()));
        self.out.push(Effect::Note(Box::new(entry)));
        self.say(Ok(said));
        self.show_journal();
    }
}
