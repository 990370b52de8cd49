//! Editing an object in the user's editor: read, edited, planned, and edited again when it is refused.
//!
//! What was typed is kept until it is committed or given up: a refusal comes back as words at the top of the text, and what could
//! not be carried out is there again with the next `e`.

use super::App;
use super::effect::{Effect, JobId, SessionId};
use super::form::{Form, Of};
use super::job::Job;
use crate::actions::Values;
use crate::actions::edit::{self, EDIT};
use crate::cluster::fault::Fault;
use crate::cluster::papers::Target;
use serde_json::Value;
use std::fmt;

/// A text for an editor. It may hold secret values: it is not to be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Page(String);

impl Page {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({} bytes)", self.0.len())
    }
}

/// A text that is being edited, or was and is not committed.
pub struct Draft {
    session: SessionId,
    target: Target,
    /// The object that the text was made of.
    before: Value,
    /// The text as it was last given to the editor, or came from it.
    text: String,
    /// The same with the words at its top, as the editor got it.
    page: String,
    /// Why it was not taken.
    why: Vec<String>,
    /// What carries it out.
    job: Option<JobId>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({})", self.target.name)
    }
}

impl App {
    /// Opens the object under the cursor in the user's editor, or the text that was not committed.
    pub(super) fn edit(&mut self, targets: Vec<Target>) {
        match <[Target; 1]>::try_from(targets) {
            Ok([target]) => self.edit_object(target),
            Err(_) => self.say(Err("edit: one object at a time".into())),
        }
    }

    /// Opens an object, or the text of it that was not committed.
    pub(super) fn edit_object(&mut self, target: Target) {
        let Some(session) = self.session().map(|session| session.id) else { return };
        if self.draft(session, &target).is_none() {
            self.drafts.push(Draft {
                session,
                target: target.clone(),
                before: Value::Null,
                text: String::new(),
                page: String::new(),
                why: Vec::new(),
                job: None,
            });
        }
        self.out.push(Effect::Fetch { session, target });
    }

    fn draft(&mut self, session: SessionId, target: &Target) -> Option<&mut Draft> {
        self.drafts.iter_mut().find(|draft| draft.session == session && draft.target == *target)
    }

    fn drop_draft(&mut self, session: SessionId, target: &Target) {
        self.drafts.retain(|draft| draft.session != session || draft.target != *target);
    }

    /// The object is read: its text goes to the editor, or the one that was typed does, upon the object as it is now.
    pub(super) fn take_fetched(&mut self, session: SessionId, target: Target, result: Result<Value, Fault>) {
        if self.key_fetched(session, &target, &result) {
            return;
        }
        let on_screen = self.session().is_some_and(|own| own.id == session) && self.form.is_none();
        let Some(draft) = self.draft(session, &target) else { return };
        let fresh = draft.text.is_empty();
        let made = result.map_err(|fault| fault.to_string()).and_then(|now| draft.page(now));
        match made {
            Err(why) => {
                if fresh {
                    self.drop_draft(session, &target);
                }
                self.say(Err(format!("edit {}: {why}", target.name)));
            }
            // Nothing opens over what the user turned to meanwhile.
            Ok(_) if !on_screen && fresh => self.drop_draft(session, &target),
            Ok(_) if !on_screen => {}
            Ok(text) => self.out.push(Effect::Editor { session, target, text }),
        }
    }

    /// The editor was left.
    pub(super) fn take_edited(&mut self, session: SessionId, target: Target, result: Result<String, String>) {
        if self.key_edited(session, &target, &result) {
            return;
        }
        let Some(draft) = self.draft(session, &target) else { return };
        let typed_before = !draft.why.is_empty();
        let unsaved = match result {
            Ok(page) if page != draft.page => Ok(edit::body(&page).to_owned()),
            Ok(_) if typed_before => Err("your text is there again with the next edit".to_owned()),
            Ok(_) => Err("nothing was written".to_owned()),
            Err(why) => Err(why),
        };
        let text = match unsaved {
            Ok(text) if !text.trim().is_empty() => text,
            other => {
                if !typed_before || other.is_ok() {
                    self.drop_draft(session, &target);
                }
                let why = other.err().unwrap_or_else(|| "the text is empty".into());
                return self.say(Ok(format!("edit {}: nothing was changed: {why}", target.name)));
            }
        };
        draft.text = text;
        draft.why.clear();
        let sets = edit::edited(&draft.before, &draft.text);
        let given = [(edit::BEFORE, draft.before.to_string()), (edit::TEXT, draft.text.clone())];
        match sets {
            Ok(sets) if sets.is_empty() => {
                self.drop_draft(session, &target);
                self.say(Ok(format!("edit {}: nothing was changed", target.name)));
            }
            Ok(_) => {
                let given: Values = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                self.open_with(Of::Action(&EDIT), vec![target], Vec::new(), given);
            }
            Err(why) => {
                draft.why = vec![why];
                self.out.push(Effect::Fetch { session, target });
            }
        }
    }

    /// The plan of the text was refused: back to the editor with the reason.
    pub(super) fn edit_again(&mut self, why: &str) {
        let Some(form) = self.form.take() else { return };
        let Some(target) = form.targets.into_iter().next() else { return };
        if let Some(draft) = self.draft(form.session, &target) {
            draft.why = vec![why.to_owned()];
            self.out.push(Effect::Fetch { session: form.session, target });
        }
    }

    /// A text is being carried out.
    pub(super) fn draft_runs(&mut self, form: &Form, job: JobId) {
        let Some(target) = form.targets.first().filter(|_| form.is_edit()) else { return };
        self.draft(form.session, target).into_iter().for_each(|draft| draft.job = Some(job));
    }

    /// A text that was carried out is done with; one that failed is kept with the reason.
    pub(super) fn settle_draft(&mut self, job: &Job) {
        let Some(draft) = self.drafts.iter_mut().find(|draft| draft.job == Some(job.id)) else { return };
        match job.trouble() {
            None => self.drafts.retain(|draft| draft.job != Some(job.id)),
            Some(why) => (draft.job, draft.why) = (None, vec![why]),
        }
    }
}

impl Draft {
    /// The page for the editor, now that the object is read.
    fn page(&mut self, now: Value) -> Result<Page, String> {
        if self.text.is_empty() {
            self.text = edit::text(&now)?;
            self.before = now;
        } else {
            if self.why.is_empty() {
                self.why.push("You wrote this before, and it was not applied.".into());
            }
            if let Some((text, conflicts)) = edit::rebased(&self.before, &self.text, &now) {
                self.why.push("This is the object as it is now, with what you wrote.".into());
                self.why.push(format!("It replaces what others wrote meanwhile: {}", conflicts.join(", ")));
                (self.text, self.before) = (text, now);
            }
            self.why.push("Remove this line to apply it as it is.".into());
        }
        self.page = edit::page(&self.text, &self.why);
        Ok(Page(self.page.clone()))
    }
}
