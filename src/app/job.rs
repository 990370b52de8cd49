//! Jobs: changes that are being carried out, step by step. They outlive the view and the switch of context.

use super::App;
use super::effect::{Effect, JobId};
use super::form::{Filled, Form, Of};
use super::journal::{DONE, Done, Entry};
use crate::actions::Values;
use crate::cluster::changes::{Outcome, Progress};
use crate::cluster::papers::Target;

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    Running,
    /// The server is too busy; so many tries are left.
    Held(u32),
    /// What it waits for.
    Blocked(String),
    Ended(Outcome),
}

/// One change that is, or was, carried out.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub title: String,
    pub context: String,
    pub began: i64,
    /// Each target with its state.
    pub steps: Vec<(String, State)>,
    entry: String,
    asked: Asked,
}

/// What a form asked for.
#[derive(Clone, Debug)]
struct Asked {
    of: Of,
    targets: Vec<Target>,
    fields: Vec<Filled>,
    /// Its values were no fields, and are not kept: what was edited may be secret.
    loses: bool,
}

impl Job {
    pub fn ended(&self) -> usize {
        self.steps.iter().filter(|(_, state)| matches!(state, State::Ended(_))).count()
    }

    pub fn runs(&self) -> bool {
        self.ended() < self.steps.len()
    }

    fn done(&self) -> usize {
        self.steps.iter().filter(|(_, state)| *state == State::Ended(Outcome::Done)).count()
    }

    /// The first thing that went wrong.
    pub(super) fn trouble(&self) -> Option<String> {
        self.steps.iter().find_map(|(name, state)| match state {
            State::Ended(outcome) if *outcome != Outcome::Done => Some(format!("{name}: {}", told(outcome))),
            _ => None,
        })
    }
}

/// An outcome in words.
pub fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => DONE.into(),
        Outcome::Failed(fault) => fault.to_string(),
        Outcome::Unknown(fault) => format!("outcome unknown: {fault}"),
        Outcome::Cancelled => "cancelled, not done".into(),
    }
}

impl App {
    /// Carries out a form's plan, and writes it into the journal.
    pub(super) fn run(&mut self, form: Form, context: String) {
        let (title, loses) = (form.title(), form.has_given());
        let id = JobId(self.next_id());
        self.draft_runs(&form, id);
        self.key_runs(&form, id);
        let Some(plan) = form.plan else { return };
        let user = self.session().and_then(|session| session.user.clone()).unwrap_or_default();
        let kubectl = plan.kubectl.iter().map(|kubectl| self.kubectl_line(kubectl));
        let entry = Entry {
            id: format!("{}-{}", self.process, id.0),
            at: self.now.wall,
            context: context.clone(),
            cluster: self.session().map(|session| session.connection.server.clone()).unwrap_or_default(),
            user,
            title: title.clone(),
            kubectl: kubectl.collect(),
            done: plan
                .steps
                .iter()
                .map(|step| Done {
                    target: step.target.clone(),
                    uid: step.uid.clone(),
                    does: step.does.clone(),
                    outcome: None,
                    made: None,
                })
                .collect(),
            undoes: match &form.of {
                Of::Undo { entry, .. } => Some(entry.clone()),
                Of::Action(_) => None,
            },
            ended: false,
            runs_elsewhere: true,
        };
        let steps = plan
            .steps
            .iter()
            .map(|step| (format!("{}/{}", step.target.what.kind.to_lowercase(), step.target.name), State::Waiting));
        self.jobs.push(Job {
            id,
            title,
            context,
            began: self.now.wall,
            steps: steps.collect(),
            entry: entry.id.clone(),
            asked: Asked {
                of: form.of,
                targets: form.targets,
                fields: if loses { Vec::new() } else { form.fields },
                loses,
            },
        });
        self.journal.push(entry.clone());
        if let Some(table) = self.table_mut() {
            table.marks.clear();
        }
        self.out.push(Effect::Run { job: id, session: form.session, steps: plan.steps, entry: Box::new(entry) });
    }

    pub(super) fn take_progress(&mut self, id: JobId, progress: Progress) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) else { return };
        let (at, state) = match &progress {
            Progress::Made(at, uid) => {
                let entry = self.journal.iter_mut().find(|entry| entry.id == job.entry);
                if let Some(done) = entry.and_then(|entry| entry.done.get_mut(*at)) {
                    done.made = Some(uid.clone());
                }
                return;
            }
            Progress::Begun(at) => (*at, State::Running),
            Progress::Waits(at, left) => (*at, State::Held(*left)),
            Progress::Blocked(at, why) => (*at, State::Blocked(why.clone())),
            Progress::Ended(at, outcome) => (*at, State::Ended(outcome.clone())),
        };
        if let Some(step) = job.steps.get_mut(at) {
            step.1 = state;
        }
        let job = job.clone();
        if let Some(entry) = self.journal.iter_mut().find(|entry| entry.id == job.entry) {
            if let (Some(done), Progress::Ended(_, outcome)) = (entry.done.get_mut(at), &progress) {
                done.outcome = Some(told(outcome));
            }
            entry.ended = !job.runs();
            if entry.ended {
                let entry = entry.clone();
                self.out.push(Effect::Note(Box::new(entry)));
                self.settle_draft(&job);
                self.settle_key(&job);
                self.say_end(&job);
            }
        }
    }

    fn say_end(&mut self, job: &Job) {
        let entry = self.journal.iter().find(|entry| entry.id == job.entry);
        let undoable = entry.is_some_and(|entry| entry.undoes.is_none() && entry.is_undoable());
        let key = self.keymap.keys(super::verb::Verb::Undo).first().filter(|_| undoable);
        let key = key.map(|key| format!(" · {key} takes it back"));
        match job.trouble() {
            None => self.say(Ok(format!("{}: done{}", job.title, key.unwrap_or_default()))),
            Some(why) => {
                let (title, done, all) = (&job.title, job.done(), job.steps.len());
                let again = self.unfinished().map_or("", |_| " · `:again` asks for the rest");
                self.say(Err(format!("{title}: {done} of {all} done; {why}{}{again}", key.unwrap_or_default())));
            }
        }
    }

    /// The last change, if it ended and not all of it was done: its form, and the targets that are left.
    pub fn unfinished(&self) -> Result<(&Of, Vec<Target>), String> {
        let job = self.jobs.last().ok_or("nothing was changed yet")?;
        let entry = self.journal.iter().find(|entry| entry.id == job.entry).filter(|_| !job.runs());
        let entry = entry.ok_or("the last change goes on still")?;
        let failed = entry.done.iter().filter(|done| done.outcome.as_deref() != Some(DONE));
        let failed: Vec<&Target> = failed.map(|done| &done.target).collect();
        if job.asked.loses {
            return Err("what was typed is not kept here: the same key asks anew".into());
        }
        let (Of::Action(_), false) = (&job.asked.of, failed.is_empty()) else {
            return Err("nothing of the last change is left to be done".into());
        };
        let own: Vec<Target> = job.asked.targets.iter().filter(|target| failed.contains(target)).cloned().collect();
        Ok((&job.asked.of, if own.is_empty() { job.asked.targets.clone() } else { own }))
    }

    /// Opens the form of the last change again, for what was not done: the objects are read anew.
    pub(super) fn again(&mut self) {
        let (of, targets) = match self.unfinished() {
            Ok((of, targets)) => (of.clone(), targets),
            Err(why) => return self.say(Err(why)),
        };
        let fields = self.jobs.last().map(|job| job.asked.fields.clone()).unwrap_or_default();
        self.open_with(of, targets, fields, Values::new());
    }

    /// Ends what has not begun of the newest running job.
    pub(super) fn cancel_job(&mut self) {
        match self.jobs.iter().rev().find(|job| job.runs()).map(|job| job.id) {
            Some(job) => self.out.push(Effect::Cancel(job)),
            None => self.say(Err("no change is running".into())),
        }
    }
}
