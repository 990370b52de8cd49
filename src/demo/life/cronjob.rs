//! CronJobs: Jobs by a schedule (pkg/controller/cronjob).

use super::super::events::{self, Level};
use super::super::object::{self, Object, at, flag, items, put, text};
use super::super::store::Key;
use super::super::world::{Deletion, Propagation, World, Write};
use super::own::number_or;
use super::{Controller, MANAGER, News, condition, job, own};
use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const ID: &str = "cronjobs.batch";
const JOBS: &str = "jobs.batch";
const SOURCE: &str = "cronjob-controller";

/// Schedules that have a name.
const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

pub struct CronJobs;

impl Controller for CronJobs {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        match &*news.key.resource {
            ID => vec![news.key.clone()],
            JOBS => own::owners(news, "CronJob", ID),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let before = world.get(ID, &key.namespace, &key.name)?;
        let mut cron = before.clone();
        let jobs = own::all(world, JOBS, &cron);
        note_jobs(world, &mut cron, &jobs);
        forget(world, &cron, &jobs);
        let again = if object::is_deleted(&cron) { None } else { run(world, &mut cron) };
        if at(&cron, "status") != at(&before, "status") {
            // Whoever changed it meanwhile woke this controller again.
            let _ = world.update(ID, cron, Write::status(MANAGER));
        }
        again
    }
}

/// A schedule in its time zone; UTC, if it names none.
pub fn schedule(cron: &Object) -> Result<Crontab, cronexpr::Error> {
    let said = text(cron, "spec/schedule").trim();
    let fields = NAMED.iter().find(|(name, _)| *name == said).map_or(said, |(_, fields)| fields);
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    cronexpr::parse_crontab_with(format!("{fields} {}", text(cron, "spec/timeZone")).trim(), options)
}

fn next(schedule: &Crontab, after: Timestamp) -> Option<Timestamp> {
    schedule.find_next(MakeTimestamp(after)).ok().map(|next| next.timestamp())
}

/// The last time that was due after `from`, until `now`.
fn last_due(schedule: &Crontab, from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let first = next(schedule, from).filter(|first| *first <= now)?;
    let second = next(schedule, first)?;
    // Most schedules are regular: begin near the end, as the real one does.
    let step = second.duration_since(first).as_secs().max(1);
    let steps = now.duration_since(first).as_secs() / step;
    let near = first.checked_add(SignedDuration::from_secs((steps - 1).max(0) * step)).ok()?;
    let mut last = first;
    let mut due = next(schedule, near.checked_sub(SignedDuration::from_secs(60)).ok()?.max(from));
    while let Some(own) = due.filter(|due| *due <= now) {
        last = last.max(own);
        due = next(schedule, own);
    }
    Some(last)
}

/// Takes ended jobs from the list of active ones, and notes the last that ended well.
fn note_jobs(world: &mut World, cron: &mut Object, jobs: &[Object]) {
    let mut active = items(cron, "status/active").to_vec();
    for own in jobs.iter().filter(|own| job::is_finished(own)) {
        let is_it = |reference: &Value| text(reference, "uid") == object::uid(own);
        let is_complete = condition::is_true(at(own, "status"), "Complete");
        if active.iter().any(is_it) {
            active.retain(|reference| !is_it(reference));
            let how = if is_complete { "Complete" } else { "Failed" };
            let message = format!("Saw completed job: {}, condition: {how}", object::name(own));
            events::record(world, cron, Level::Normal, "SawCompletedJob", &message, SOURCE);
        }
        let ended = object::moment(own, "status/completionTime");
        if is_complete && ended > object::moment(cron, "status/lastSuccessfulTime") {
            put(cron, "status/lastSuccessfulTime", text(own, "status/completionTime"));
        }
    }
    let is_there = |reference: &Value| jobs.iter().any(|own| object::uid(own) == text(reference, "uid"));
    for gone in active.extract_if(.., |reference| !is_there(reference)) {
        let message = format!("Active job went missing: {}", text(&gone, "name"));
        events::record(world, cron, Level::Normal, "MissingJob", &message, SOURCE);
    }
    put_active(cron, active);
}

fn put_active(cron: &mut Object, active: Vec<Value>) {
    match active.is_empty() {
        true => drop(object::remove(cron, "status/active")),
        false => put(cron, "status/active", active),
    }
}

/// Deletes the oldest ended jobs beyond the limits of the history.
fn forget(world: &mut World, cron: &Object, jobs: &[Object]) {
    for (kind, field, default) in
        [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)]
    {
        let is_it = |own: &&Object| condition::is_true(at(own, "status"), kind) && !object::is_deleted(own);
        let mut ended: Vec<&Object> = jobs.iter().filter(is_it).collect();
        ended.sort_by_key(|own| (text(own, "status/startTime"), object::name(own)));
        let limit = usize::try_from(number_or(cron, &format!("spec/{field}"), default)).unwrap_or_default();
        for own in ended.iter().take(ended.len().saturating_sub(limit)) {
            delete(world, cron, object::name(own));
        }
    }
}

fn delete(world: &mut World, cron: &Object, name: &str) {
    let how = Deletion { propagation: Propagation::Background, ..Deletion::default() };
    if world.delete(JOBS, object::namespace(cron), name, &how).is_ok() {
        let message = format!("Deleted job {name}");
        events::record(world, cron, Level::Normal, "SuccessfulDelete", &message, SOURCE);
    }
}

/// Starts the job that is due, if one is; how long until the next.
fn run(world: &mut World, cron: &mut Object) -> Option<SignedDuration> {
    if flag(cron, "spec/suspend") {
        return None;
    }
    let schedule = match schedule(cron) {
        Ok(schedule) => schedule,
        Err(error) => {
            let message = format!("unparseable schedule: {:?} : {error}", text(cron, "spec/schedule"));
            events::record(world, cron, Level::Warning, "UnparseableSchedule", &message, SOURCE);
            return None;
        }
    };
    let last = object::moment(cron, "status/lastScheduleTime");
    let from = last.or_else(|| object::moment(cron, "metadata/creationTimestamp"))?;
    let again = next(&schedule, world.now).map(|next| next.duration_since(world.now));
    let Some(due) = last_due(&schedule, from, world.now) else { return again };
    let late = world.now.duration_since(due);
    if at(cron, "spec/startingDeadlineSeconds").as_i64().is_some_and(|most| late > SignedDuration::from_secs(most)) {
        let when = due.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let message = format!("Missed scheduled time to start a job: {when}");
        events::record(world, cron, Level::Warning, "MissSchedule", &message, SOURCE);
        return again;
    }
    let active = items(cron, "status/active").to_vec();
    match text(cron, "spec/concurrencyPolicy") {
        "Forbid" if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            events::record(world, cron, Level::Normal, "JobAlreadyActive", message, SOURCE);
            return again;
        }
        "Replace" => {
            active.iter().for_each(|own| delete(world, cron, text(own, "name")));
            put_active(cron, Vec::new());
        }
        _ => {}
    }
    start(world, cron, due);
    again
}

fn start(world: &mut World, cron: &mut Object, due: Timestamp) {
    let template = at(cron, "spec/jobTemplate");
    let mut own = json!({
        "metadata": {
            "name": format!("{}-{}", object::name(cron), due.as_second() / 60), "namespace": object::namespace(cron),
            "ownerReferences": [own::reference(cron)],
        },
        "spec": at(template, "spec"),
    });
    for field in ["labels", "annotations"] {
        let value = at(template, &format!("metadata/{field}"));
        if value.is_object() {
            put(&mut own, &format!("metadata/{field}"), value.clone());
        }
    }
    put(&mut own, "metadata/annotations/batch.kubernetes.io~1cronjob-scheduled-timestamp", object::time(due));
    match world.create(JOBS, own, Write::by(MANAGER)) {
        Ok(made) => {
            let message = format!("Created job {}", object::name(&made));
            events::record(world, cron, Level::Normal, "SuccessfulCreate", &message, SOURCE);
            let mut active = items(cron, "status/active").to_vec();
            active.push(json!({
                "kind": "Job", "namespace": object::namespace(&made), "name": object::name(&made),
                "uid": object::uid(&made), "apiVersion": text(&made, "apiVersion"),
                "resourceVersion": text(&made, "metadata/resourceVersion"),
            }));
            put_active(cron, active);
            put(cron, "status/lastScheduleTime", object::time(due));
        }
        Err(refusal) if refusal.reason == "AlreadyExists" => put(cron, "status/lastScheduleTime", object::time(due)),
        Err(refusal) => {
            let message = format!("Error creating job: {}", refusal.message);
            events::record(world, cron, Level::Warning, "FailedCreate", &message, SOURCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Life;
    use super::super::job::Jobs;
    use super::super::stub::{self, Kubelet, edit};
    use super::*;

    fn begin(schedule: &str, image: &str, policy: &str) -> (World, Life) {
        let (mut world, life) = stub::begin(vec![Box::new(CronJobs), Box::new(Jobs), Box::new(Kubelet)]);
        let pod = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}});
        let cron = json!({"metadata": {"namespace": "shop", "name": "nightly"}, "spec": {
            "schedule": schedule, "concurrencyPolicy": policy,
            "jobTemplate": {"metadata": {"labels": {"app": "nightly"}}, "spec": {"template": pod}},
        }});
        world.create(ID, cron, Write::by("t")).unwrap();
        (world, life)
    }

    #[test]
    fn jobs_start_in_time_and_the_old_ones_are_forgotten() {
        let (mut world, mut life) = begin("*/10 * * * *", "done", "Allow");
        stub::live(&mut life, &mut world, 599);
        assert!(world.list(JOBS, None).is_empty());
        stub::live(&mut life, &mut world, 11);
        let minutes = "2026-01-01T00:10:00Z".parse::<Timestamp>().unwrap().as_second() / 60;
        assert_eq!(stub::names(&world, JOBS), [format!("nightly-{minutes}")]);
        let cron = world.get(ID, "shop", "nightly").unwrap();
        assert_eq!(text(&cron, "status/lastScheduleTime"), "2026-01-01T00:10:00Z");
        assert_eq!(text(&cron, "status/lastSuccessfulTime"), "2026-01-01T00:10:02Z");
        assert!(items(&cron, "status/active").is_empty());
        stub::live(&mut life, &mut world, 3600);
        assert_eq!(world.list(JOBS, None).len(), 3);
        assert!(stub::said(&world, "CronJob").contains(&format!("SuccessfulCreate Created job nightly-{minutes}")));
        edit(&mut world, ID, "nightly", "spec/suspend", true);
        stub::live(&mut life, &mut world, 3600);
        assert_eq!(text(&world.get(ID, "shop", "nightly").unwrap(), "status/lastScheduleTime"), "2026-01-01T01:10:00Z");
    }

    #[test]
    fn a_job_that_still_runs_is_waited_for_or_replaced() {
        let (mut world, mut life) = begin("@hourly", "runs:on", "Forbid");
        stub::live(&mut life, &mut world, 2 * 3600 + 60);
        assert_eq!(world.list(JOBS, None).len(), 1);
        edit(&mut world, ID, "nightly", "spec/concurrencyPolicy", "Replace");
        stub::live(&mut life, &mut world, 3600);
        let names = stub::names(&world, JOBS);
        let minutes = "2026-01-01T03:00:00Z".parse::<Timestamp>().unwrap().as_second() / 60;
        assert_eq!(names, [format!("nightly-{minutes}")]);
    }

    #[test]
    fn what_was_missed_for_long_is_made_up_for_once() {
        let (mut world, mut life) = begin("30 6-16/4 * * 1-5", "done", "Allow");
        life.step(&mut world);
        world.now = "2026-01-12T07:00:00Z".parse().unwrap();
        stub::live(&mut life, &mut world, 10);
        let cron = world.get(ID, "shop", "nightly").unwrap();
        assert_eq!(text(&cron, "status/lastScheduleTime"), "2026-01-12T06:30:00Z");
        assert_eq!(world.list(JOBS, None).len(), 1);
        edit(&mut world, ID, "nightly", "spec/schedule", "at noon on every day");
        stub::live(&mut life, &mut world, 10);
        assert!(stub::said(&world, "CronJob").iter().any(|line| line.starts_with("UnparseableSchedule")));
    }
}
