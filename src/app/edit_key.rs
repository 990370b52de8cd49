//! Quick edit: the value of the key under the cursor of a Keys paper, in a form; one of several lines in the user's editor.

use super::App;
use super::edit;
use super::effect::{Effect, JobId, SessionId};
use super::form::{Filled, Form, Of};
use super::job::Job;
use super::page::Page;
use crate::actions::edit_key::{self, BEFORE, EDIT_KEY, KEY, Text, VALUE};
use crate::actions::{Field, Kind, Values};
use crate::cluster::fault::Fault;
use crate::cluster::papers::{Target, View};
use serde_json::Value;
use std::fmt;

/// A value that is being edited. It may be secret: it is not to be printed.
pub struct KeyDraft {
    session: SessionId,
    target: Target,
    key: String,
    stage: Stage,
}

enum Stage {
    /// The object is being read.
    Asked,
    /// It is in the editor: the value as the server had it, and the text that was given.
    Edited { before: String, given: String },
    /// It is in a form.
    Typed,
    /// A text from the editor that was not carried out yet.
    Kept { text: String, job: Option<JobId> },
}

impl fmt::Debug for KeyDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyDraft({} of {})", self.key, self.target.name)
    }
}

impl App {
    /// Edits what the paper is about: the key under the cursor, else the whole object.
    pub(super) fn edit_here(&mut self) {
        let Some(paper) = self.paper() else { return };
        let (session, target) = (paper.session, paper.want.target.clone());
        let key = paper.current().and_then(|(_, line)| line.secret.clone()).filter(|_| paper.is(&View::Keys));
        let Some(key) = key else { return self.edit_object(target) };
        let is_same = |draft: &KeyDraft| draft.session == session && draft.target == target && draft.key == key;
        let kept = self.key_draft.take().filter(is_same).map(|draft| draft.stage);
        let kept = kept.filter(|stage| matches!(stage, Stage::Kept { job: None, .. }));
        self.key_draft = Some(KeyDraft { session, target: target.clone(), key, stage: kept.unwrap_or(Stage::Asked) });
        self.out.push(Effect::Fetch { session, target });
    }

    /// Why nothing can be edited from a page.
    pub(super) fn may_edit_here(&self, page: Option<&Page>) -> Result<(), String> {
        self.may_change().map_err(|why| format!("edit: {why}"))?;
        let paper = match page {
            Some(Page::Paper(paper)) => Some(&**paper),
            _ => self.paper(),
        };
        let paper = paper.ok_or("no object is being read")?;
        let is_object = paper.own.is_none() && !paper.want.target.name.is_empty();
        if is_object { Ok(()) } else { Err("this is no object of the cluster".into()) }
    }

    /// The draft of this object's key that waits for something.
    fn key_draft(&mut self, session: SessionId, target: &Target) -> Option<&mut KeyDraft> {
        self.key_draft.as_mut().filter(|draft| draft.session == session && draft.target == *target)
    }

    /// The object is read, if it was for a key: its value goes into a form or to the editor.
    pub(super) fn key_fetched(&mut self, session: SessionId, target: &Target, result: &Result<Value, Fault>) -> bool {
        let on_screen = self.session().is_some_and(|own| own.id == session) && self.form.is_none();
        let Some(draft) = self.key_draft(session, target) else { return false };
        let kept = match &draft.stage {
            Stage::Asked => None,
            Stage::Kept { text, job: None } => Some(text.clone()),
            _ => return false,
        };
        let key = draft.key.clone();
        let found = result.as_ref().map_err(ToString::to_string).and_then(|object| edit_key::text(object, &key));
        match (found, kept) {
            (Err(why), _) => {
                self.key_draft = None;
                self.say(Err(format!("edit {}: {why}", target.name)));
            }
            // Nothing opens over what the user turned to meanwhile.
            (Ok(_), None) if !on_screen => self.key_draft = None,
            (Ok(_), Some(_)) if !on_screen => {}
            (Ok((before, Text::Line(text))), None) => {
                draft.stage = Stage::Typed;
                let value = Field { name: VALUE, kind: Kind::Text, value: text };
                self.plan_key(target.clone(), vec![Filled::of(&value)], vec![(KEY, key), (BEFORE, before)]);
            }
            (Ok((before, Text::Line(text) | Text::Lines(text))), kept) => {
                let text = kept.unwrap_or(text);
                draft.stage = Stage::Edited { before, given: text.clone() };
                self.out.push(Effect::Editor { session, target: target.clone(), text: edit::Page::new(text) });
            }
        }
        true
    }

    fn plan_key(&mut self, target: Target, fields: Vec<Filled>, given: Vec<(&'static str, String)>) {
        let given: Values = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.open_with(Of::Action(&EDIT_KEY), vec![target], fields, given);
    }

    /// The editor was left, if it was for a key: what was saved is planned, and committed at once.
    pub(super) fn key_edited(&mut self, session: SessionId, target: &Target, result: &Result<String, String>) -> bool {
        let Some(draft) = self.key_draft(session, target) else { return false };
        let Stage::Edited { before, given } = &draft.stage else { return false };
        let (key, before) = (draft.key.clone(), before.clone());
        let text = result.clone().map(|text| match text.strip_suffix('\n') {
            // Editors end a file with a line, whatever it ended with.
            Some(bare) if !given.ends_with('\n') => bare.to_owned(),
            _ => text,
        });
        match text {
            Ok(text) if text != *given => {
                draft.stage = Stage::Kept { text: text.clone(), job: None };
                self.plan_key(target.clone(), Vec::new(), vec![(KEY, key), (BEFORE, before), (VALUE, text)]);
            }
            other => {
                self.key_draft = None;
                let why = other.err().unwrap_or_else(|| "nothing was written".into());
                self.say(Ok(format!("edit {key} of {}: nothing was changed: {why}", target.name)));
            }
        }
        true
    }

    /// A text from the editor is being carried out.
    pub(super) fn key_runs(&mut self, form: &Form, id: JobId) {
        let is_own = matches!(form.of, Of::Action(action) if *action == EDIT_KEY);
        if let Some(KeyDraft { stage: Stage::Kept { job, .. }, .. }) = self.key_draft.as_mut().filter(|_| is_own) {
            *job = Some(id);
        }
    }

    /// A text that was carried out is done with; one that failed is there again with the next edit.
    pub(super) fn settle_key(&mut self, done: &Job) {
        let Some(KeyDraft { stage: Stage::Kept { job, .. }, .. }) = &mut self.key_draft else { return };
        match done.trouble() {
            _ if *job != Some(done.id) => {}
            None => self.key_draft = None,
            Some(_) => *job = None,
        }
    }
}
