//! One act on both sides: done, compared, taken back, done twice, done to another.

use crate::acts::{ACTS, Act};
use crate::place::{Place, until};
use crate::space::{Space, alike, apart, is_of_controller, kind, pair, wanted};
use futures::StreamExt;
use rk9s::actions::change::{Applied, Do, Set};
use rk9s::actions::{self, Action, Begins, Kind, Reads, Values, apply, edit, edit_key};
use rk9s::app::journal::{DONE, Done, Entry};
use rk9s::cluster::changes::{self, Kubectl, Outcome, Plan, Progress, Step};
use rk9s::cluster::fault::{Class, Fault};
use rk9s::cluster::papers::Target;
use rk9s::manifest::written;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::mpsc;

/// Acts at a time: most of their time is the controllers'.
const AT_ONCE: usize = 12;

/// Tries all of them, and fails with all that was found.
pub async fn all(place: &Place) {
    let only = std::env::var("RK9S_ACT").ok();
    let acts = ACTS.iter().filter(|act| only.as_deref().is_none_or(|only| only == act.name));
    let tried = futures::stream::iter(acts).map(|act| async move {
        let kind = rk9s::cluster::watch::What::Table(kind(act.on.split_once('/').unwrap().0));
        if let Err(fault) = place.link.get_json::<Value>(&format!("{}?limit=1", kind.path(None))).await {
            assert_eq!(fault.class, Class::NotFound, "{fault}");
            println!("{}: skipped, there are no {} here", act.name, act.on);
            return None;
        }
        let found = one(place, act).await;
        for side in ["a", "b"] {
            let name = format!("acting-{}-{}-{side}", std::process::id(), act.name);
            // They may never have come to be.
            for path in [format!("namespaces/{name}"), format!("namespaces/{name}-made"), format!("nodes/{name}")] {
                let _ = place.send(&format!("DELETE /api/v1/{path}"), "application/json", &serde_json::json!({})).await;
            }
        }
        found.err().map(|why| format!("{}: {why}", act.name))
    });
    let found: Vec<Option<String>> = tried.buffer_unordered(AT_ONCE).collect().await;
    let found: Vec<String> = found.into_iter().flatten().collect();
    assert!(found.is_empty(), "{} acts went wrong:\n{}", found.len(), found.join("\n"));
}

async fn one(place: &Place, act: &Act) -> Result<(), String> {
    let (ours, theirs) = pair(place, act).await?;
    let target = ours.target(act.on);
    let before = ours.read(&target).await?.ok_or("it is not there")?;

    let plan = planned(&ours, act).await?;
    says(&plan, act, &ours)?;
    let done = run(place, plan.steps).await;
    done.all()?;
    place.put(&format!("{}.yaml", theirs.name), &act.file.replace("{space}", &theirs.name));
    place.kubectl(&theirs.name, &act.kubectl.replace("{space}", &theirs.name), act.edits).await?;
    alike(&ours, &theirs).await.map_err(|why| format!("differs from kubectl's:\n  {why}"))?;

    taken_back(&ours, &target, &before, &done).await.map_err(|why| format!("taken back: {why}"))?;
    let (steps, done) = twice(&ours, act, &target).await.map_err(|why| format!("done twice: {why}"))?;
    to_another(&ours, &steps, &done, &before).await.map_err(|why| format!("done to another: {why}"))
}

/// What rk9s would do. It must be doable, and nothing the server warns of.
pub async fn planned(space: &Space<'_>, act: &Act) -> Result<Plan, String> {
    let action = actions::named(act.action).ok_or("there is no such action")?;
    let value = |value: &str| value.replace("{space}", &space.name);
    let values: Values = act.values.iter().map(|(name, own)| ((*name).into(), value(own))).collect();
    // Like the form: what is not typed has the value that it starts with.
    let now = jiff::Timestamp::now().as_second();
    let targets = match action.reads {
        Reads::NotEvenIt => [Target::default()],
        _ => [space.target(act.on)],
    };
    match action.begins {
        Begins::Form => {}
        Begins::Editor => return edited(space, action, act, now).await,
        Begins::Line => return key_edited(space, action, act, values).await,
        Begins::Files => return applied(space, act, values).await,
    }
    let first = changes::plan(&space.place.link, action, &targets, None, now).await.map_err(|e| e.to_string())?;
    let mut all: Values = first.fields.iter().map(|field| (field.name.to_owned(), field.value.clone())).collect();
    for (name, value) in values {
        let field = first.fields.iter().find(|field| field.name == name);
        match &field.ok_or_else(|| format!("its form has no {name}"))?.kind {
            // A revision that was rolled back to has another number then.
            Kind::Choice(offered) if !offered.iter().any(|(own, _)| *own == value) => {}
            _ => drop(all.insert(name, value)),
        }
    }
    doable(space, action, &targets, &all, now).await
}

async fn doable(
    space: &Space<'_>,
    action: &'static Action,
    targets: &[Target],
    values: &Values,
    now: i64,
) -> Result<Plan, String> {
    taken(changes::plan(&space.place.link, action, targets, Some(values), now).await)
}

fn taken(plan: Result<Plan, Fault>) -> Result<Plan, String> {
    let plan = plan.map_err(|e| e.to_string())?;
    match &plan.refused {
        Some(why) => Err(format!("refused: {why}")),
        None => Ok(plan),
    }
}

/// What the text of the object, edited, comes to.
async fn edited(space: &Space<'_>, action: &'static Action, act: &Act, now: i64) -> Result<Plan, String> {
    let target = space.target(act.on);
    let before = space.read(&target).await?.ok_or("it is not there")?;
    let mut text = edit::text(&before)?;
    for (from, to) in act.edits {
        assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
        text = text.replace(from, to);
    }
    let values = [(edit::BEFORE, before.to_string()), (edit::TEXT, text)];
    let values = values.map(|(name, value)| (name.to_owned(), value)).into();
    doable(space, action, &[target], &values, now).await
}

/// What one of its values, edited, comes to.
async fn key_edited(space: &Space<'_>, action: &'static Action, act: &Act, mut values: Values) -> Result<Plan, String> {
    let target = space.target(act.on);
    let object = space.read(&target).await?.ok_or("it is not there")?;
    let (before, _) = edit_key::text(&object, &values[edit_key::KEY])?;
    values.insert(edit_key::BEFORE.into(), before);
    doable(space, action, &[target], &values, 0).await
}

/// What the manifest comes to.
async fn applied(space: &Space<'_>, act: &Act, values: Values) -> Result<Plan, String> {
    let path = format!("{}.yaml", space.name);
    let written = written::of_file(&path, &act.file.replace("{space}", &space.name));
    let values = values.into_iter().chain([(apply::PATH.to_owned(), path)]).collect();
    taken(changes::plan_apply(&space.place.link, &values, written).await)
}

/// Whether the kubectl line on the screen is the one that was compared with.
fn says(plan: &Plan, act: &Act, space: &Space<'_>) -> Result<(), String> {
    let line = if act.says.is_empty() { act.kubectl } else { act.says }.replace("{space}", &space.name);
    let expected = shlex::split(&line).unwrap();
    let [Kubectl { words, .. }] = &plan.kubectl[..] else {
        return Err(format!("{} kubectl lines", plan.kubectl.len()));
    };
    let same = |(word, expected): (&String, &String)| expected == "*" || word == expected;
    let is_same = words.len() == expected.len() && words.iter().zip(&expected).all(same);
    if is_same { Ok(()) } else { Err(format!("its kubectl line is {words:?}")) }
}

/// What became of a change, as the journal has it.
pub struct Ran {
    pub outcomes: Vec<Outcome>,
    pub entry: Entry,
}

/// Carries out steps and writes down what became of them.
pub async fn run(place: &Place, steps: Vec<Step>) -> Ran {
    let (sink, mut source) = mpsc::channel(64);
    let written = steps.iter().map(|step| Done {
        target: step.target.clone(),
        uid: step.uid.clone(),
        does: step.does.clone(),
        outcome: None,
        made: None,
    });
    let mut done: Vec<Done> = written.collect();
    let mut outcomes = vec![Outcome::Cancelled; steps.len()];
    let work = changes::run(place.link.clone(), steps, Arc::new(AtomicBool::new(false)), sink);
    let listen = async {
        while let Some(progress) = source.recv().await {
            match progress {
                Progress::Made(at, uid) => done[at].made = Some(uid),
                Progress::Ended(at, outcome) => {
                    done[at].outcome = (outcome == Outcome::Done).then(|| DONE.to_owned());
                    outcomes[at] = outcome;
                }
                _ => {}
            }
        }
    };
    tokio::join!(work, listen);
    let entry = Entry {
        id: String::new(),
        at: 0,
        context: String::new(),
        cluster: String::new(),
        user: String::new(),
        title: String::new(),
        done,
        kubectl: Vec::new(),
        undoes: None,
        ended: true,
        runs_elsewhere: false,
    };
    Ran { outcomes, entry }
}

impl Ran {
    pub fn all(&self) -> Result<(), String> {
        let well = !self.outcomes.is_empty() && self.outcomes.iter().all(|outcome| *outcome == Outcome::Done);
        if well { Ok(()) } else { Err(format!("not done: {:?}", self.outcomes)) }
    }

    /// What takes it back.
    pub async fn undo(&self, space: &Space<'_>) -> Result<Plan, String> {
        changes::plan_undo(&space.place.link, &self.entry.changed()).await.map_err(|e| e.to_string())
    }
}

/// The object is what it was, what was made is gone, and taking it back once more is refused.
async fn taken_back(space: &Space<'_>, target: &Target, before: &Value, done: &Ran) -> Result<(), String> {
    let plan = done.undo(space).await?;
    if let Some(why) = &plan.refused {
        return Err(format!("refused: {why}"));
    }
    run(space.place, plan.steps).await.all()?;
    for (made, _, does) in done.entry.changed() {
        if matches!(does, Do::Create { .. }) {
            space.goes(&made).await?;
        }
    }
    until(async || {
        let now = space.read(target).await?.ok_or("it is not there")?;
        let apart = apart(&wanted(&now), &wanted(before));
        if apart.is_empty() { Ok(()) } else { Err(apart.join("\n  ")) }
    })
    .await?;
    match done.undo(space).await {
        Ok(again) => again.refused.map(drop).ok_or("it can be taken back once more".into()),
        // What was made is not there any more.
        Err(_) => Ok(()),
    }
}

/// What is sent once more finds that the object has moved on, and leaves it so. What was sent, and what became of it at first.
async fn twice(space: &Space<'_>, act: &Act, target: &Target) -> Result<(Vec<Step>, Ran), String> {
    let steps = planned(space, act).await?.steps;
    let done = run(space.place, steps.clone()).await;
    done.all()?;
    if steps.iter().any(|step| matches!(step.does, Do::Delete { .. })) {
        space.goes(target).await?;
    }
    let before = space.read(target).await?;
    match &run(space.place, steps.clone()).await.outcomes[..] {
        [Outcome::Failed(fault)] if matches!(fault.class, Class::Conflict | Class::NotFound) => {}
        // The same manifest once more changes nothing.
        [Outcome::Done] if matches!(steps[..], [Step { does: Do::Apply(_), .. }]) => {}
        other => return Err(format!("{other:?}")),
    }
    let after = space.read(target).await?;
    let same = changed(&steps).all(|set| value(&before, set) == value(&after, set));
    if same { Ok((steps, done)) } else { Err("it was overwritten".into()) }
}

fn changed(steps: &[Step]) -> impl Iterator<Item = &Set> {
    steps.iter().flat_map(|step| match &step.does {
        Do::Edit { sets, .. } | Do::Apply(Applied { sets: Some(sets), .. }) => sets.as_slice(),
        _ => &[],
    })
}

/// A value that was to be changed, but for what controllers add to it.
fn value(object: &Option<Value>, set: &Set) -> Option<Value> {
    let mut value = object.as_ref()?.pointer(&set.path)?.clone();
    if let ("/spec/taints", Some(taints)) = (set.path.as_str(), value.as_array_mut()) {
        taints.retain(|taint| !is_of_controller(taint));
    }
    Some(value)
}

/// Another object of the same name is neither changed nor changed back.
async fn to_another(space: &Space<'_>, steps: &[Step], done: &Ran, like: &Value) -> Result<(), String> {
    let changed_objects = done.entry.changed();
    let (target, ..) = changed_objects.first().ok_or("nothing was changed")?;
    let made =
        if steps.iter().any(|step| matches!(step.does, Do::Create { .. })) { space.read(target).await? } else { None };
    let uid = space.replace(target, made.as_ref().unwrap_or(like)).await?;
    let before = space.read(target).await?;
    match &run(space.place, steps.to_vec()).await.outcomes[..] {
        [Outcome::Failed(fault)] if fault.class == Class::Conflict || fault.said.contains("metadata.uid") => {}
        other => return Err(format!("{other:?}")),
    }
    let after = space.read(target).await?.ok_or("it was deleted")?;
    if after["metadata"]["uid"] != uid.as_str() || steps.iter().any(|step| step.uid == uid) {
        return Err("who is who?".into());
    }
    let after = Some(after);
    if !changed(steps).all(|set| value(&before, set) == value(&after, set)) {
        return Err("it was changed".into());
    }
    done.undo(space).await?.refused.map(drop).ok_or("what was done to the former would be taken back from it".into())
}
