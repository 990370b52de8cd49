//! How a Job ends: well, badly, or not yet because it is suspended; what is said of it, with the controller's own reasons.

use super::super::super::events::{self, Level};
use super::super::super::object::{self, Object, at, items, put, text};
use super::super::condition::{self, Said};
use super::super::own::number_or;
use super::super::pods;
use super::{SOURCE, Sync};
use jiff::{SignedDuration, Timestamp};

/// When a pod ended: with the last of its containers.
pub fn ended_at(pod: &Object) -> Option<Timestamp> {
    let ends = items(pod, "status/containerStatuses").iter();
    let last = ends.filter_map(|own| object::moment(own, "state/terminated/finishedAt")).max();
    last.or_else(|| object::moment(condition::find(at(pod, "status"), "Ready"), "lastTransitionTime"))
}

fn said<'a>(kind: &'a str, status: &'a str, reason: &'a str, message: &'a str) -> Said<'a> {
    Said { kind, status, reason, message, also: "lastProbeTime" }
}

impl Sync<'_> {
    /// Why it fails, if it does: reason and message.
    pub fn failure(&mut self) -> Option<(String, String)> {
        let status = at(&self.job, "status");
        if condition::is_true(status, "FailureTarget") {
            let target = condition::find(status, "FailureTarget");
            return Some((text(target, "reason").to_owned(), text(target, "message").to_owned()));
        }
        let limit = number_or(&self.job, "spec/backoffLimit", 6);
        let of_same_pods = || {
            let runs = self.pods.iter().filter(|pod| matches!(text(pod, "status/phase"), "Running" | "Pending"));
            runs.map(pods::restarts).sum::<i64>()
        };
        let is_kept = text(&self.job, "spec/template/spec/restartPolicy") == "OnFailure";
        let is_over = super::number(status, "failed") > limit || (is_kept && of_same_pods() >= limit.max(1));
        if is_over {
            return Some(("BackoffLimitExceeded".into(), "Job has reached the specified backoff limit".into()));
        }
        let seconds = at(&self.job, "spec/activeDeadlineSeconds").as_i64().filter(|_| !self.is_suspended())?;
        let deadline = object::moment(status, "startTime")?.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        let left = deadline.duration_since(self.world.now);
        if left.is_positive() {
            self.come_again(left);
            return None;
        }
        Some(("DeadlineExceeded".into(), "Job was active longer than specified deadline".into()))
    }

    /// Says that it fails, and that it has failed when its last pod is gone.
    pub fn fail(&mut self, reason: &str, message: &str) {
        let (now, is_over) = (self.world.now, self.leaving() == 0);
        condition::set(self.status(), now, said("FailureTarget", "True", reason, message));
        if is_over {
            condition::set(self.status(), now, said("Failed", "True", reason, message));
            events::record(self.world, &self.job, Level::Warning, reason, message, SOURCE);
        }
    }

    /// Says that enough pods have ended well, and that it is complete when its last pod is gone.
    pub fn complete(&mut self) {
        let (now, is_over) = (self.world.now, self.leaving() == 0);
        let (reason, message) = ("CompletionsReached", "Reached expected number of succeeded pods");
        condition::set(self.status(), now, said("SuccessCriteriaMet", "True", reason, message));
        if is_over {
            condition::set(self.status(), now, said("Complete", "True", reason, message));
            put(self.status(), "completionTime", object::time(now));
            events::record(self.world, &self.job, Level::Normal, "Completed", "Job completed", SOURCE);
        }
    }

    pub fn note_suspension(&mut self) {
        let (is_suspended, now) = (self.is_suspended(), self.world.now);
        let was_suspended = condition::is_true(at(&self.job, "status"), "Suspended");
        let (status, reason, message) = match is_suspended {
            true => ("True", "JobSuspended", "Job suspended"),
            false => ("False", "JobResumed", "Job resumed"),
        };
        if is_suspended == was_suspended {
            return;
        }
        condition::set(self.status(), now, said("Suspended", status, reason, message));
        match is_suspended {
            true => drop(object::remove(self.status(), "startTime")),
            // A deadline counts from the resumption.
            false => put(self.status(), "startTime", object::time(now)),
        }
        let what = if is_suspended { "Suspended" } else { "Resumed" };
        events::record(self.world, &self.job, Level::Normal, what, message, SOURCE);
    }
}
