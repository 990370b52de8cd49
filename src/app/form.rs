//! The form of an action: what it asks for, what will happen, and the one key that commits it.
//!
//! A form opens at once and plans in the background. Enter typed before the plan is there commits only a plan without warnings.

mod filled;

pub use filled::Filled;

use super::App;
use super::effect::{Effect, FormId, SessionId};
use super::journal::Entry;
use crate::actions::apply::{self, APPLY};
use crate::actions::change::{Do, Note};
use crate::actions::edit::EDIT;
use crate::actions::{Action, Kind, Risk, Values};
use crate::cluster::changes::{Kubectl, Plan};
use crate::cluster::fault::Fault;
use crate::cluster::papers::Target;
use crate::config::Confirm;
use crate::keys::Chord;
use crate::keys::line::Line;
use crossterm::event::KeyCode;

/// What a form is for.
#[derive(Clone, Debug)]
pub enum Of {
    Action(&'static Action),
    /// Taking back the journal entry with this id.
    Undo {
        entry: String,
        title: String,
        done: Vec<(Target, String, Do)>,
    },
}

/// An open form.
#[derive(Debug)]
pub struct Form {
    pub id: FormId,
    pub session: SessionId,
    pub of: Of,
    pub targets: Vec<Target>,
    pub fields: Vec<Filled>,
    /// The field that the keys go to.
    pub at: usize,
    /// The plan for the values as they are; nothing while it is made.
    pub plan: Option<Plan>,
    pub fault: Option<Fault>,
    /// First line of the preview that is shown.
    pub top: usize,
    /// What must be typed to commit in a protected place, and what was typed.
    pub guard: Option<(String, Line)>,
    /// Enter was typed before the plan was there.
    hasty: bool,
    /// The values were never planned yet.
    first: bool,
    /// Values that are no fields: what came from elsewhere.
    given: Values,
    /// What was typed before the fields were known: it goes to them when they are.
    early: Vec<Chord>,
    /// The field that shall begin with a value of its own, and the value.
    pub(super) wished: Option<(&'static str, String)>,
}

impl Form {
    /// `Scale deployment/orders`, `Delete 3 pods`.
    pub fn title(&self) -> String {
        let what = match self.targets.as_slice() {
            _ if matches!(self.of, Of::Action(action) if *action == APPLY) => {
                self.values().get(apply::PATH).cloned().unwrap_or_default()
            }
            [new] if new.name.is_empty() => {
                let made = self.plan.as_ref().and_then(|plan| plan.steps.first());
                made.map(|step| step.target.name.clone()).unwrap_or_default()
            }
            [one] => format!("{}/{}", one.what.kind.to_lowercase(), one.name),
            many => format!("{} {}", many.len(), many.first().map_or("", |target| &target.what.plural)),
        };
        match &self.of {
            Of::Action(action) => {
                let title = self.plan.as_ref().and_then(|plan| plan.title).unwrap_or(action.title);
                format!("{title} {what}").trim_end().to_owned()
            }
            Of::Undo { title, .. } => format!("Take back: {title}"),
        }
    }

    /// Whether it is about a text from an editor.
    pub fn is_edit(&self) -> bool {
        matches!(self.of, Of::Action(action) if *action == EDIT) && !self.given.is_empty()
    }

    /// Whether it has values that are no fields of it.
    pub fn has_given(&self) -> bool {
        !self.given.is_empty()
    }

    pub fn risk(&self) -> Risk {
        match &self.of {
            Of::Action(action) => action.risk,
            Of::Undo { .. } => Risk::Change,
        }
    }

    fn values(&self) -> Values {
        let fields = self.fields.iter().map(|field| (field.name.to_owned(), field.line.text()));
        fields.chain(self.given.clone()).collect()
    }

    /// Whether a warning asks for a look.
    pub fn warns(&self) -> bool {
        self.plan.iter().flat_map(|plan| &plan.notes).any(|note| matches!(note, Note::Warns(_)))
    }

    /// Why it cannot be committed, if so.
    pub fn refusal(&self) -> Option<String> {
        let plan = self.plan.as_ref().and_then(|plan| plan.refused.clone());
        plan.or(self.fault.as_ref().map(ToString::to_string))
    }

    /// Whether the keys type text.
    pub fn is_typing(&self) -> bool {
        self.guard.is_some()
            || self.fields.get(self.at).is_some_and(|field| matches!(field.kind, Kind::Text | Kind::Known(_)))
    }
}

impl App {
    pub(super) fn open_form(&mut self, of: Of, targets: Vec<Target>) {
        self.open_with(of, targets, Vec::new(), Values::new());
    }

    /// Opens a form with the values that it had before, if any, and with such as are no fields of it.
    pub(super) fn open_with(&mut self, of: Of, targets: Vec<Target>, fields: Vec<Filled>, given: Values) {
        let Some(session) = self.session().map(|session| session.id) else { return };
        let id = FormId(self.next_id());
        self.form = Some(Form {
            id,
            session,
            of,
            targets,
            first: fields.is_empty(),
            fields,
            at: 0,
            plan: None,
            fault: None,
            top: 0,
            guard: None,
            hasty: false,
            given,
            early: Vec::new(),
            wished: None,
        });
        self.plan();
    }

    /// Plans the values as they are; an answer to older values is dropped by its id.
    fn plan(&mut self) {
        let id = FormId(self.next_id());
        let Some(form) = &mut self.form else { return };
        (form.id, form.plan, form.fault) = (id, None, None);
        let (session, targets) = (form.session, form.targets.clone());
        let effect = match &form.of {
            Of::Action(action) if **action == APPLY => Effect::PlanApply { form: id, session, values: form.values() },
            Of::Action(action) => {
                let values = (!form.first || !form.given.is_empty()).then(|| form.values());
                Effect::Plan { form: id, session, action: action.id, targets, values }
            }
            Of::Undo { done, .. } => Effect::PlanUndo { form: id, session, done: done.clone() },
        };
        self.out.push(effect);
    }

    pub(super) fn take_plan(&mut self, id: FormId, result: Result<Plan, Fault>) {
        let context = self.session().map(|session| session.context()).unwrap_or_default();
        let asks_always = self.settings.confirm(context) != Confirm::Auto;
        let Some(form) = self.form.as_mut().filter(|form| form.id == id) else { return };
        match result {
            Err(fault) => {
                form.fault = Some(fault);
                form.hasty = false;
            }
            Ok(Plan { refused: Some(why), .. }) if form.is_edit() => self.edit_again(&why),
            Ok(plan) => {
                if form.first {
                    form.fields = plan.fields.iter().map(Filled::of).collect();
                    form.first = false;
                }
                form.plan = Some(plan);
                if self.fulfil() || self.type_early() {
                    return;
                }
                let Some(form) = &mut self.form else { return };
                // What asks for nothing and is easily taken back commits from its key.
                let at_once = matches!(form.of, Of::Action(_)) && form.fields.is_empty() && form.risk() == Risk::Change;
                let at_once = at_once && !asks_always;
                if (at_once || form.hasty) && !form.warns() && form.refusal().is_none() {
                    return self.commit();
                }
                form.hasty = false;
                if at_once && let Some(why) = form.refusal() {
                    let title = form.title();
                    self.form = None;
                    self.say(Err(format!("{title}: {why}")));
                }
            }
        }
    }

    pub(super) fn form_key(&mut self, chord: Chord) {
        let Some(form) = &mut self.form else { return };
        let ctrl = !chord.modifiers.is_empty();
        // Before the fields are known, any key but a confirmation may be for one of them.
        let typing = form.is_typing() || (form.first && form.risk() != Risk::Destroy);
        match chord.code {
            KeyCode::Esc => self.form = None,
            KeyCode::Char('c') if ctrl => self.form = None,
            KeyCode::Enter => self.commit(),
            KeyCode::Char('y') if !typing && form.risk() == Risk::Destroy => self.commit(),
            KeyCode::Char('c') if !typing => self.copy_form(),
            KeyCode::Tab if form.complete(1) => self.plan(),
            KeyCode::BackTab if form.complete(-1) => self.plan(),
            KeyCode::Tab | KeyCode::Down if form.fields.len() > 1 => form.at = (form.at + 1) % form.fields.len(),
            KeyCode::BackTab | KeyCode::Up if form.fields.len() > 1 => {
                form.at = form.at.checked_sub(1).unwrap_or(form.fields.len() - 1)
            }
            KeyCode::PageDown => form.top += 5,
            KeyCode::PageUp => form.top = form.top.saturating_sub(5),
            _ => self.fill(chord),
        }
    }

    fn fill(&mut self, chord: Chord) {
        let Some(form) = &mut self.form else { return };
        if let Some((_, typed)) = &mut form.guard {
            typed.key(chord);
            return;
        }
        if form.first {
            form.hasty = false;
            form.early.push(chord);
            return;
        }
        let Some(field) = form.fields.get_mut(form.at) else { return };
        if field.fill(chord) {
            form.hasty = false;
            self.plan();
        }
    }

    /// Pasted text goes into a field that takes text.
    pub(super) fn paste_in_form(&mut self, text: &str) {
        let Some(form) = &mut self.form else { return };
        if let Some((_, typed)) = &mut form.guard {
            return typed.insert(text);
        }
        if form.fields.get_mut(form.at).is_some_and(|field| field.paste(text)) {
            form.hasty = false;
            self.plan();
        }
    }

    /// Gives a field the value that it shall begin with. True if that is another one: then the values are planned again.
    fn fulfil(&mut self) -> bool {
        let Some(form) = &mut self.form else { return false };
        let Some((name, value)) = form.wished.take() else { return false };
        let Some(field) = form.fields.iter_mut().find(|field| field.name == name) else { return false };
        if field.line.text() == value {
            return false;
        }
        field.line = Line::new(&value);
        self.plan();
        true
    }

    /// Types what was typed before there were fields. True if the values changed by it: they are planned again, and an Enter that
    /// was typed last still stands.
    fn type_early(&mut self) -> bool {
        let Some(form) = &mut self.form else { return false };
        let early = std::mem::take(&mut form.early);
        let Some(field) = form.fields.get_mut(form.at) else { return false };
        let mut changed = false;
        for chord in early {
            changed |= field.fill(chord);
        }
        if changed {
            self.plan();
        }
        changed
    }

    /// The one way from a form to the cluster.
    fn commit(&mut self) {
        let Some(form) = &mut self.form else { return };
        let Some(plan) = &form.plan else {
            form.hasty = form.fault.is_none();
            return;
        };
        if plan.refused.is_some() || plan.steps.is_empty() {
            return;
        }
        let (session, count) = (form.session, form.targets.len());
        let Some(context) = self.sessions.iter().find(|own| own.id == session).map(|own| own.context().to_owned())
        else {
            return;
        };
        let short = self.settings.short_name(&context).to_owned();
        let confirm = self.settings.confirm(&context);
        let protected = confirm == Confirm::Typed
            || form
                .targets
                .iter()
                .any(|target| self.settings.is_protected(&context, target.namespace.as_deref().unwrap_or_default()));
        match &form.guard {
            None if protected => {
                let word = if count > 1 { count.to_string() } else { short };
                form.guard = Some((word, Line::default()));
                return;
            }
            Some((word, typed)) if typed.text() != *word => return,
            _ => {}
        }
        if let Some(form) = self.form.take() {
            self.run(form, context);
        }
    }

    fn copy_form(&mut self) {
        let Some(plan) = self.form.as_ref().and_then(|form| form.plan.as_ref()) else { return };
        let lines: Vec<String> = plan.kubectl.iter().map(|kubectl| self.kubectl_line(kubectl)).collect();
        self.out.push(Effect::Copy(lines.join("\n")));
    }

    /// The whole kubectl line of a change.
    pub fn kubectl_line(&self, kubectl: &Kubectl) -> String {
        let mut line = self.kubectl(kubectl.namespace.as_deref());
        line.extend(kubectl.words.iter().cloned());
        crate::text::shell::join(&line)
    }

    /// The last change of the context on the screen, or why it cannot be taken back.
    pub fn undoable(&self) -> Result<&Entry, String> {
        self.may_change().map_err(|why| format!("take back: {why}"))?;
        let context = self.session().map(|session| session.context()).unwrap_or_default();
        if let Some(entry) = self.entry() {
            return super::journal::undoable(&self.journal, entry, context);
        }
        super::journal::last_undoable(&self.journal, context)
            .ok_or_else(|| "there is no change here that could be taken back".into())
    }

    /// Offers to take back the last change of the context on the screen.
    pub(super) fn undo(&mut self) {
        let entry = match self.undoable() {
            Ok(entry) => entry,
            Err(why) => return self.say(Err(why)),
        };
        let (done, title) = (entry.changed(), entry.title.clone());
        let targets = done.iter().map(|(target, ..)| target.clone()).collect();
        self.open_form(Of::Undo { entry: entry.id.clone(), title, done }, targets);
    }
}

impl Form {
    /// Whether the field under the keys took the next of what fits it.
    fn complete(&mut self, step: isize) -> bool {
        let guarded = self.guard.is_some();
        self.fields.get_mut(self.at).filter(|_| !guarded).is_some_and(|field| field.complete(step))
    }
}
