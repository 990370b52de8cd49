//! Random changes, one upon the other, all taken back in reverse: everything is what it was, but for what is the server's own.

use crate::acts::{ACTS, Act};
use crate::both::{Ran, planned, run};
use crate::place::{Place, link, until};
use crate::served::Served;
use crate::space::{Space, apart, wanted};
use serde_json::Value;

/// Seeds of the sequences, and their length.
const SEEDS: std::ops::Range<u64> = 0..4;
const LENGTH: usize = 12;

/// What is changed. Whatever is made or deleted is another object when it is back: that is for single acts to try.
const ON: [&str; 8] = [
    "deployments/web",
    "statefulsets/db",
    "daemonsets/agent",
    "cronjobs/tick",
    "configmaps/settings",
    "services/door",
    "secrets/keys",
    "nodes/node",
];
const MAKE: [&str; 7] = ["delete", "trigger", "expose", "autoscale", "create-namespace", "drain", "rollback"];

async fn all(space: &Space<'_>) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for on in ON {
        let object: Value = space.read(&space.target(on)).await?.ok_or(format!("{on} is not there"))?;
        lines.extend(wanted(&object).into_iter().map(|line| format!("{on} {line}")));
    }
    Ok(lines)
}

async fn sequence(place: &Place, seed: u64) -> Result<(), String> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let space = Space::make(place, format!("back-{seed}")).await?;
    for on in ON {
        space.set(on).await?;
    }
    let acts: Vec<&Act> =
        ACTS.iter().filter(|act| ON.contains(&act.on) && !MAKE.contains(&act.action) && act.edits.is_empty()).collect();
    let before = all(&space).await?;
    let mut done: Vec<(&str, Ran)> = Vec::new();
    while done.len() < LENGTH {
        let act = acts[dice.usize(..acts.len())];
        let plan = match planned(&space, act).await {
            Err(why) if why.contains("nothing would change") => continue,
            // A rollout that is paused is not restarted, and the like.
            Err(why) if why.contains("paused") => continue,
            other => other.map_err(|why| format!("{}: {why}", act.name))?,
        };
        let ran = run(place, plan.steps).await;
        match ran.all() {
            Ok(()) => done.push((act.name, ran)),
            // A controller was faster: it is planned anew.
            Err(why) if why.contains("Conflict") => {}
            Err(why) => return Err(format!("{}: {why}", act.name)),
        }
    }
    let names: Vec<&str> = done.iter().map(|(name, _)| *name).collect();
    for (name, ran) in done.iter().rev() {
        until(async || {
            let plan = ran.undo(&space).await?;
            if let Some(why) = plan.refused {
                return Err(why);
            }
            run(place, plan.steps).await.all()
        })
        .await
        .map_err(|why| format!("{name} of {names:?} is not taken back: {why}"))?;
    }
    let left = apart(&all(&space).await?, &before);
    if left.is_empty() { Ok(()) } else { Err(format!("after {names:?}:\n  {}", left.join("\n  "))) }
}

#[tokio::test]
async fn random_changes_taken_back_in_reverse_leave_everything_as_it_was() {
    let served = Served::start();
    let place = Place::over(link(&served.kubeconfig, None).await);
    let tried = futures::future::join_all(SEEDS.map(|seed| {
        let place = &place;
        async move { sequence(place, seed).await.err().map(|why| format!("seed {seed}: {why}")) }
    }));
    let found: Vec<String> = tried.await.into_iter().flatten().collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
