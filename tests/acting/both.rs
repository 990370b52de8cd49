//! One act on both sides: done, compared, taken back, done twice, done to another.

use crate::acts::{ACTS, Act, Back};
use crate::place::{Place, until};
use crate::space::{Space, alike, apart, kind, pair, wanted};
use futures::StreamExt;
use rk9s::actions::change::{Do, Set};
use rk9s::actions::{self, Kind, Values};
use rk9s::cluster::changes::{self, Kubectl, Outcome, Plan, Progress, Step};
use rk9s::cluster::fault::Class;
use rk9s::cluster::papers::Target;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::mpsc;

/// Acts at a time: most of their time is the controllers'.
const AT_ONCE: usize = 20;

/// Tries all of them, and fails with all that was found.
pub async fn all(place: &Place) {
    let only = std::env::var("RK9S_ACT").ok();
    let acts = ACTS.iter().filter(|act| only.as_deref().is_none_or(|only| only == act.name));
    let tried = futures::stream::iter(acts).map(|act| async move {
        let kind = rk9s::cluster::watch::What::Table(kind(act.on.split_once('/').unwrap().0));
        if let Err(fault) = place.link.get_json::<Value>(&kind.path(None)).await {
            assert_eq!(fault.class, Class::NotFound, "{fault}");
            println!("{}: skipped, there are no {} here", act.name, act.on);
            return None;
        }
        let found = one(place, act).await;
        for side in ["a", "b"] {
            let name = format!("acting-{}-{}-{side}", std::process::id(), act.name);
            // They may never have come to be.
            for path in [format!("/api/v1/namespaces/{name}"), format!("/api/v1/nodes/{name}")] {
                let _ = place.send(&format!("DELETE {path}"), "application/json", &serde_json::json!({})).await;
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
    let [Outcome::Done] = run(place, plan.steps.clone()).await[..] else { return Err("it was not done".into()) };
    place.kubectl(&theirs.name, &act.kubectl.replace("{space}", &theirs.name)).await?;
    alike(&ours, &theirs).await.map_err(|why| format!("differs from kubectl's:\n  {why}"))?;

    taken_back(&ours, act, &target, &before, &plan.steps).await.map_err(|why| format!("taken back: {why}"))?;
    if act.back != Back::Restores {
        return Ok(());
    }
    let steps = twice(&ours, act, &target).await.map_err(|why| format!("done twice: {why}"))?;
    to_another(&ours, &steps, &target, &before).await.map_err(|why| format!("done to another: {why}"))
}

/// What rk9s would do. It must be doable, and nothing the server warns of.
async fn planned(space: &Space<'_>, act: &Act) -> Result<Plan, String> {
    let action = actions::named(act.action).ok_or("there is no such action")?;
    let values: Values = act.values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    // Like the form: what is not typed has the value that it starts with.
    let now = jiff::Timestamp::now().as_second();
    let targets = [space.target(act.on)];
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
    let plan = changes::plan(&space.place.link, action, &targets, Some(&all), now).await.map_err(|e| e.to_string())?;
    match &plan.refused {
        Some(why) => Err(format!("refused: {why}")),
        None => Ok(plan),
    }
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

pub async fn run(place: &Place, steps: Vec<Step>) -> Vec<Outcome> {
    let (sink, mut source) = mpsc::channel(64);
    let mut outcomes = vec![Outcome::Cancelled; steps.len()];
    let work = changes::run(place.link.clone(), steps, Arc::new(AtomicBool::new(false)), sink);
    let listen = async {
        while let Some(progress) = source.recv().await {
            if let Progress::Ended(at, outcome) = progress {
                outcomes[at] = outcome;
            }
        }
    };
    tokio::join!(work, listen);
    outcomes
}

fn done(steps: &[Step]) -> Vec<(Target, String, Do)> {
    steps.iter().map(|step| (step.target.clone(), step.uid.clone(), step.does.clone())).collect()
}

/// The object is what it was, and taking it back once more is refused.
async fn taken_back(
    space: &Space<'_>,
    act: &Act,
    target: &Target,
    before: &Value,
    steps: &[Step],
) -> Result<(), String> {
    let link = &space.place.link;
    let plan = changes::plan_undo(link, &done(steps)).await.map_err(|e| e.to_string())?;
    match (act.back, &plan.refused) {
        (Back::Refused(words), Some(why)) if why.contains(words) && plan.steps.is_empty() => return Ok(()),
        (Back::Restores, None) => {}
        (_, refused) => return Err(format!("refused: {refused:?}")),
    }
    let outcomes = run(space.place, plan.steps).await;
    let [Outcome::Done] = outcomes[..] else { return Err(format!("{outcomes:?}")) };
    until(async || {
        let now = space.read(target).await?.ok_or("it is not there")?;
        let apart = apart(&wanted(&now), &wanted(before));
        if apart.is_empty() { Ok(()) } else { Err(apart.join("\n  ")) }
    })
    .await?;
    let again = changes::plan_undo(link, &done(steps)).await.map_err(|e| e.to_string())?;
    again.refused.map(drop).ok_or("it can be taken back once more".into())
}

/// What is sent once more finds that the object has moved on, and leaves it so. What was sent.
async fn twice(space: &Space<'_>, act: &Act, target: &Target) -> Result<Vec<Step>, String> {
    let steps = planned(space, act).await?.steps;
    let [Outcome::Done] = run(space.place, steps.clone()).await[..] else {
        return Err("it was not done once more".into());
    };
    if steps.iter().any(|step| matches!(step.does, Do::Delete { .. })) {
        space.goes(target).await?;
    }
    let before = space.read(target).await?;
    let outcomes = run(space.place, steps.clone()).await;
    match &outcomes[..] {
        [Outcome::Failed(fault)] if matches!(fault.class, Class::Conflict | Class::NotFound) => {}
        other => return Err(format!("{other:?}")),
    }
    let after = space.read(target).await?;
    let same = changed(&steps).all(|set| value(&before, set) == value(&after, set));
    if same { Ok(steps) } else { Err("it was overwritten".into()) }
}

fn changed(steps: &[Step]) -> impl Iterator<Item = &Set> {
    steps.iter().flat_map(|step| match &step.does {
        Do::Edit { sets, .. } => sets.as_slice(),
        _ => &[],
    })
}

fn value<'a>(object: &'a Option<Value>, set: &Set) -> Option<&'a Value> {
    object.as_ref()?.pointer(&set.path)
}

/// Another object of the same name is neither changed nor changed back.
async fn to_another(space: &Space<'_>, steps: &[Step], target: &Target, like: &Value) -> Result<(), String> {
    let uid = space.replace(target, like).await?;
    let before = space.read(target).await?;
    let outcomes = run(space.place, steps.to_vec()).await;
    match &outcomes[..] {
        [Outcome::Failed(fault)] if fault.class == Class::Conflict => {}
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
    let undo = changes::plan_undo(&space.place.link, &done(steps)).await.map_err(|e| e.to_string())?;
    undo.refused.map(drop).ok_or("what was done to the former would be taken back from it".into())
}
