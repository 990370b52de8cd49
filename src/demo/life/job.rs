//! Jobs: pods that run until enough of them have ended well (pkg/controller/job).
//!
//! Each pod is counted once, when it has ended: its tracking finalizer goes with the count. Policies of pod failure, success and
//! replacement, and limits by index are left out.

mod finish;
mod indexes;

use super::super::object::{self, Object, at, flag, items, number, put, text};
use super::super::store::Key;
use super::super::world::{Deletion, Propagation, World, Write};
use super::own::number_or;
use super::{Controller, MANAGER, News, condition, own, pods};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

const ID: &str = "jobs.batch";
const SOURCE: &str = "job-controller";
const TRACKED: &str = "batch.kubernetes.io/job-tracking";
/// How long a pod that failed is waited for; it doubles with each failure.
const BACKOFF: SignedDuration = SignedDuration::from_secs(10);
const BACKOFF_MAX: SignedDuration = SignedDuration::from_mins(10);

pub struct Jobs;

impl Controller for Jobs {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn concerned(&self, _: &World, news: &News<'_>) -> Vec<Key> {
        match &*news.key.resource {
            ID => vec![news.key.clone()],
            "pods" if pods::is_turn(news) || pods::restarts(news.before()) != pods::restarts(news.object()) => {
                own::owners(news, "Job", ID)
            }
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, world: &mut World, key: &Key) -> Option<SignedDuration> {
        let Some(job) = world.get(ID, &key.namespace, &key.name) else {
            release_all(world, key);
            return None;
        };
        if is_finished(&job) {
            return expire(world, &job);
        }
        let mut sync = Sync::of(world, job);
        sync.count();
        sync.step();
        sync.write();
        sync.again
    }
}

pub fn is_finished(job: &Object) -> bool {
    ["Complete", "Failed"].iter().any(|kind| condition::is_true(at(job, "status"), kind))
}

fn is_tracked(pod: &Object) -> bool {
    items(pod, "metadata/finalizers").iter().any(|own| own == TRACKED)
}

/// Lets a pod go; whether it is still there.
fn release(world: &mut World, pod: &Object) {
    let mut left = items(pod, "metadata/finalizers").to_vec();
    left.retain(|own| own != TRACKED);
    let mut pod = pod.clone();
    put(&mut pod, "metadata/finalizers", left);
    // Whoever changed it meanwhile woke this controller again.
    let _ = world.update("pods", pod, Write::by(MANAGER));
}

/// The pods of a job that is gone wait for nobody.
fn release_all(world: &mut World, job: &Key) {
    let (id, prefix): (Arc<str>, _) = ("pods".into(), format!("{}-", job.name));
    let from = Key::new(&id, &job.namespace, &prefix);
    let named =
        world.store.list(&id, Some(&job.namespace), Some(&from)).take_while(|(key, _)| key.name.starts_with(&prefix));
    let keys: Vec<Key> = named.map(|(key, _)| key.clone()).collect();
    for key in keys {
        let Some(pod) = world.get("pods", &key.namespace, &key.name) else { continue };
        let is_its = |owner: &Object| text(owner, "kind") == "Job" && text(owner, "name") == &*job.name;
        if is_tracked(&pod) && object::controller(&pod).is_some_and(is_its) {
            release(world, &pod);
        }
    }
}

/// Deletes a job that has ended for `ttlSecondsAfterFinished` (pkg/controller/ttlafterfinished).
fn expire(world: &mut World, job: &Object) -> Option<SignedDuration> {
    let ttl = at(job, "spec/ttlSecondsAfterFinished").as_i64()?;
    let ends = ["Complete", "Failed"].map(|kind| condition::find(at(job, "status"), kind));
    let ended = ends.into_iter().find_map(|own| object::moment(own, "lastTransitionTime"))?;
    let left = ended.checked_add(SignedDuration::from_secs(ttl)).ok()?.duration_since(world.now);
    if left.is_positive() {
        return Some(left);
    }
    if !object::is_deleted(job) {
        let how = Deletion { propagation: Propagation::Foreground, ..Deletion::default() };
        // Gone is gone, whoever deleted it.
        let _ = world.delete(ID, object::namespace(job), object::name(job), &how);
    }
    None
}

/// A job while it is looked at; the copy's status is written at the end.
struct Sync<'w> {
    world: &'w mut World,
    job: Object,
    before: Object,
    pods: Vec<Object>,
    again: Option<SignedDuration>,
}

impl<'w> Sync<'w> {
    fn of(world: &'w mut World, job: Object) -> Self {
        let pods = own::all(world, "pods", &job);
        Self { world, before: job.clone(), job, pods, again: None }
    }

    fn status(&mut self) -> &mut Object {
        object::place(&mut self.job, "status")
    }

    fn is_suspended(&self) -> bool {
        flag(&self.job, "spec/suspend")
    }

    fn is_indexed(&self) -> bool {
        text(&self.job, "spec/completionMode") == "Indexed"
    }

    /// How many pods must end well; none, if the first that does decides.
    fn completions(&self) -> Option<i64> {
        let said = at(&self.job, "spec/completions").as_i64();
        said.or_else(|| at(&self.job, "spec/parallelism").is_null().then_some(1))
    }

    fn active(&self) -> Vec<Object> {
        self.pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect()
    }

    fn leaving(&self) -> usize {
        self.pods.iter().filter(|pod| object::is_deleted(pod) && !pods::is_ended(pod)).count()
    }

    /// Counts the pods that have ended since, and lets them go.
    fn count(&mut self) {
        if at(&self.job, "status/startTime").is_null() && !self.is_suspended() {
            let now = object::time(self.world.now);
            put(self.status(), "startTime", now);
        }
        let (mut well, mut badly) = (0, 0);
        let mut indexes = indexes::read(text(&self.job, "status/completedIndexes"));
        for pod in self.pods.iter().filter(|pod| is_tracked(pod)) {
            match text(pod, "status/phase") {
                "Succeeded" => {
                    well += 1;
                    indexes.extend(indexes::of(pod));
                }
                "Failed" => badly += 1,
                _ if object::is_deleted(pod) => badly += 1,
                _ => continue,
            }
            release(self.world, pod);
        }
        let succeeded = match self.is_indexed() {
            true => indexes.len() as i64,
            false => number(&self.job, "status/succeeded") + well,
        };
        let failed = number(&self.job, "status/failed") + badly;
        own::counts(self.status(), &[("succeeded", succeeded), ("failed", failed)]);
        if self.is_indexed() && !indexes.is_empty() {
            put(self.status(), "completedIndexes", indexes::write(&indexes));
        }
        self.pods = own::all(self.world, "pods", &self.job);
    }

    fn step(&mut self) {
        if let Some((reason, message)) = self.failure() {
            self.active().iter().for_each(|pod| pods::delete(self.world, pod, &self.job, SOURCE));
            self.pods = own::all(self.world, "pods", &self.job);
            return self.fail(&reason, &message);
        }
        if !object::is_deleted(&self.job) {
            self.manage();
            self.pods = own::all(self.world, "pods", &self.job);
        }
        let succeeded = number(&self.job, "status/succeeded");
        let is_enough = succeeded >= self.completions().unwrap_or(1);
        if is_enough && self.active().is_empty() {
            self.complete();
        } else {
            self.note_suspension();
        }
    }

    /// Makes and takes away pods, so that as many run as should.
    fn manage(&mut self) {
        let mut active = self.active();
        let succeeded = number(&self.job, "status/succeeded");
        let most = number_or(&self.job, "spec/parallelism", 1);
        let wanted = match self.completions() {
            _ if self.is_suspended() => 0,
            None if succeeded > 0 => active.len() as i64,
            None => most,
            Some(completions) => (completions - succeeded).min(most).max(0),
        };
        let wanted = usize::try_from(wanted).unwrap_or_default();
        let many = active.len().saturating_sub(wanted);
        if many > 0 {
            pods::order_of_deletion(&mut active, self.world.now);
            for pod in active.iter().take(many) {
                // It is no failure.
                release(self.world, pod);
                pods::delete(self.world, pod, &self.job, SOURCE);
            }
            return;
        }
        let wait = self.backoff();
        if active.len() < wanted && wait.is_positive() {
            return self.come_again(wait);
        }
        let mut free = self.free_indexes(&active).into_iter();
        for _ in active.len()..wanted {
            let index = if self.is_indexed() { free.next() } else { None };
            if self.is_indexed() && index.is_none() {
                return;
            }
            if pods::create(self.world, self.pod(index), &self.job, SOURCE).is_err() {
                return self.come_again(BACKOFF);
            }
        }
    }

    fn pod(&self, index: Option<i64>) -> Object {
        let mut pod = pods::from_template(at(&self.job, "spec/template"), &self.job);
        let mut finalizers = items(&pod, "metadata/finalizers").to_vec();
        finalizers.push(TRACKED.into());
        put(&mut pod, "metadata/finalizers", finalizers);
        if let Some(index) = index {
            indexes::mark(&mut pod, object::name(&self.job), index);
        }
        pod
    }

    /// Indexes that no pod has or has had with success, in order.
    fn free_indexes(&self, active: &[Object]) -> Vec<i64> {
        let done = indexes::read(text(&self.job, "status/completedIndexes"));
        let taken: BTreeSet<i64> = active.iter().filter_map(indexes::of).chain(done).collect();
        (0..self.completions().unwrap_or_default()).filter(|index| !taken.contains(index)).collect()
    }

    /// How long pods that failed are still waited for: those that failed since one ended well.
    fn backoff(&self) -> SignedDuration {
        let ended = |pod: &Object| finish::ended_at(pod).unwrap_or(self.world.now);
        let of =
            |phase: &'static str| self.pods.iter().filter(move |pod| text(pod, "status/phase") == phase).map(ended);
        let last_success = of("Succeeded").max().unwrap_or(Timestamp::MIN);
        let failures: Vec<Timestamp> = of("Failed").filter(|at| *at > last_success).collect();
        let Some(last) = failures.iter().max() else { return SignedDuration::ZERO };
        let doubled = 1_i32 << (failures.len() - 1).min(10);
        let wait = BACKOFF.saturating_mul(doubled).min(BACKOFF_MAX);
        wait - self.world.now.duration_since(*last)
    }

    fn come_again(&mut self, after: SignedDuration) {
        self.again = Some(self.again.map_or(after, |again| again.min(after)));
    }

    fn write(&mut self) {
        let active = self.active();
        let ready = active.iter().filter(|pod| pods::is_ready(pod)).count();
        let leaving = self.leaving();
        let status = self.status();
        own::counts(status, &[("active", active.len() as i64)]);
        put(status, "ready", ready);
        put(status, "terminating", leaving);
        put(status, "uncountedTerminatedPods", serde_json::json!({}));
        if at(&self.job, "status") != at(&self.before, "status") {
            // Whoever changed it meanwhile woke this controller again.
            let _ = self.world.update(ID, self.job.clone(), Write::status(MANAGER));
        }
    }
}

#[cfg(test)]
mod tests;
