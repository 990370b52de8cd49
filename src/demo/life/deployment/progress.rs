//! What a deployment's status says: its counts, whether it is available, whether its rollout goes on, has ended or is stuck
//! (pkg/controller/deployment: sync.go, progress.go).

use super::super::super::object::{self, Object, at, flag, items, number, put, text};
use super::super::super::recent::Seen;
use super::super::super::world::Write;
use super::super::{MANAGER, condition, own};
use super::{ID, Rollout, available, size};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// `progressDeadlineSeconds`; its largest value means none.
pub fn deadline(deployment: &Object) -> Option<i64> {
    Some(own::number_or(deployment, "spec/progressDeadlineSeconds", 600)).filter(|own| *own != i64::from(i32::MAX))
}

/// Whether a rollout has ended well.
pub fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = own::number_or(deployment, "spec/replicas", 1);
    ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|count| number(status, count) == wanted)
        && number(status, "observedGeneration") >= number(deployment, "metadata/generation")
}

/// Whether there is more of the new or less of the old than before.
fn is_progress(before: &Value, after: &Value) -> bool {
    let old = |status: &Value| number(status, "replicas") - number(status, "updatedReplicas");
    let grew = |count: &str| number(after, count) > number(before, count);
    grew("updatedReplicas") || old(after) < old(before) || grew("readyReplicas") || grew("availableReplicas")
}

impl Rollout<'_> {
    /// Says how the rollout goes, in the copy that is written at the end.
    pub fn say_progress(&mut self, status: &str, reason: &str, message: &str) {
        let said = condition::Said { kind: "Progressing", status, reason, message, also: "lastUpdateTime" };
        condition::set(object::place(&mut self.deployment, "status"), self.world.now, said);
    }

    /// A pause stops the deadline's clock, and a resumption starts it anew.
    pub fn note_pause(&mut self) {
        let reason = text(condition::find(at(&self.deployment, "status"), "Progressing"), "reason").to_owned();
        if deadline(&self.deployment).is_none() || reason == "ProgressDeadlineExceeded" {
            return;
        }
        match (flag(&self.deployment, "spec/paused"), reason == "DeploymentPaused") {
            (true, false) => self.say_progress("Unknown", "DeploymentPaused", "Deployment is paused"),
            (false, true) => self.say_progress("Unknown", "DeploymentResumed", "Deployment is resumed"),
            _ => {}
        }
    }

    fn status(&self) -> Value {
        let sum = |path: &str| self.sets.iter().map(|set| number(set, path)).sum::<i64>();
        let updated = self.new.and_then(|n| self.sets.get(n)).map(|set| number(set, "status/replicas"));
        let has: i64 = self.sets.iter().map(|set| available(set)).sum();
        let mut status = json!({});
        own::counts(
            &mut status,
            &[
                ("observedGeneration", number(&self.deployment, "metadata/generation")),
                ("replicas", sum("status/replicas")),
                ("updatedReplicas", updated.unwrap_or_default()),
                ("readyReplicas", sum("status/readyReplicas")),
                ("availableReplicas", has),
                ("unavailableReplicas", (self.sets.iter().map(|set| size(set)).sum::<i64>() - has).max(0)),
            ],
        );
        put(&mut status, "terminatingReplicas", sum("status/terminatingReplicas"));
        for kept in ["collisionCount", "conditions"] {
            let value = at(&self.deployment, &format!("status/{kept}"));
            if !value.is_null() {
                put(&mut status, kept, value.clone());
            }
        }
        let (status_word, reason, message) = if has >= self.replicas() - self.fences().1 {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        let said = condition::Said { kind: "Available", status: status_word, reason, message, also: "lastUpdateTime" };
        condition::set(&mut status, self.world.now, said);
        status
    }

    /// Writes the counts, and nothing of progress: while it is paused, scaled or deleted.
    pub fn write_status(&mut self) -> Option<SignedDuration> {
        let status = self.status();
        self.write(status);
        None
    }

    /// Writes counts and progress; when to look whether the deadline has passed.
    pub fn write_progress(&mut self) -> Option<SignedDuration> {
        let before = at(&self.deployment, "status").clone();
        let mut status = self.status();
        let Some(seconds) = deadline(&self.deployment) else {
            condition::unset(&mut status, "Progressing");
            self.pass_failure(&mut status);
            return self.write(status);
        };
        let now = condition::find(&before, "Progressing").clone();
        let was_done = text(&now, "reason") == "NewReplicaSetAvailable";
        if !(was_done && number(&status, "replicas") == number(&status, "updatedReplicas")) {
            self.judge(&before, &mut status, seconds);
        }
        self.pass_failure(&mut status);
        let is_over = is_complete(&self.deployment, &status)
            || matches!(
                text(condition::find(&status, "Progressing"), "reason"),
                "ProgressDeadlineExceeded" | "NewReplicaSetAvailable" | ""
            );
        let due = object::moment(condition::find(&status, "Progressing"), "lastUpdateTime");
        self.write(status);
        let due = due.filter(|_| !is_over)?.checked_add(SignedDuration::from_secs(seconds + 1)).ok()?;
        Some(due.duration_since(self.world.now).max(SignedDuration::from_secs(1)))
    }

    fn judge(&self, before: &Value, status: &mut Value, seconds: i64) {
        let name = self.new.and_then(|n| self.sets.get(n)).map(|set| object::name(set));
        let what = match name {
            Some(name) => format!("ReplicaSet {name:?}"),
            None => format!("Deployment {:?}", object::name(&self.deployment)),
        };
        let now = self.world.now;
        let said = |status, reason, message| condition::Said {
            kind: "Progressing",
            status,
            reason,
            message,
            also: "lastUpdateTime",
        };
        if is_complete(&self.deployment, status) {
            let message = format!("{what} has successfully progressed.");
            condition::set(status, now, said("True", "NewReplicaSetAvailable", &message));
        } else if is_progress(before, status) {
            let message = format!("{what} is progressing.");
            condition::say(status, now, said("True", "ReplicaSetUpdated", &message));
        } else {
            let last = condition::find(status, "Progressing");
            let since = object::moment(last, "lastUpdateTime");
            let is_late = since.is_some_and(|since| now.duration_since(since) > SignedDuration::from_secs(seconds));
            if is_late && text(last, "reason") != "NewReplicaSetAvailable" {
                let message = format!("{what} has timed out progressing.");
                condition::set(status, now, said("False", "ProgressDeadlineExceeded", &message));
            }
        }
    }

    /// A set that cannot make its pods says so of its deployment too; the new one's word counts first.
    fn pass_failure(&self, status: &mut Value) {
        let failure = |set: &&Seen| !condition::find(at(set, "status"), "ReplicaFailure").is_null();
        let new = self.new.and_then(|n| self.sets.get(n)).into_iter();
        let Some(set) = new.chain(&self.sets).find(failure) else {
            return condition::unset(status, "ReplicaFailure");
        };
        let failure = condition::find(at(set, "status"), "ReplicaFailure");
        let said = condition::Said {
            kind: "ReplicaFailure",
            status: text(failure, "status"),
            reason: text(failure, "reason"),
            message: text(failure, "message"),
            also: "lastUpdateTime",
        };
        condition::set(status, self.world.now, said);
    }

    fn write(&mut self, status: Value) -> Option<SignedDuration> {
        debug_assert!(items(&status, "conditions").len() < 8, "one condition of a kind");
        put(&mut self.deployment, "status", status);
        // It is the last that is done with it. Whoever changed it meanwhile woke this controller again.
        let _ = self.world.write(ID, std::mem::take(&mut self.deployment), Write::status(MANAGER));
        None
    }
}
