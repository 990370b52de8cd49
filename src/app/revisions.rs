//! A workload's history: to its revisions, and from a revision back to the workload that it is of.

use super::App;
use super::copy::targets;
use super::read::target_of;
use super::subject::{Of, Scope, Subject};
use super::table::Table;
use crate::actions::{self, Action};
use crate::cluster::papers::{Other, Target, View, Want};
use crate::cluster::watch::TableOf;
use crate::config::columns::{Choice, Chosen, Shown, Source};
use crate::kinds::{Row, Value};

/// The action that goes back to a revision, and its field.
const ROLLBACK: &str = "rollback";
const REVISION: &str = "revision";

impl App {
    /// The revisions of the workload under the cursor, the newest first: ReplicaSets of a deployment, ControllerRevisions of others.
    pub(super) fn go_revisions(&mut self) {
        let Some(table) = self.table() else { return };
        let Some(row) = table.current().map(|held| &held.row) else { return };
        let Ok(workload) = target_of(table, row) else { return };
        let kept = if workload.what.plural == "deployments" { "replicasets" } else { "controllerrevisions" };
        let mut subject = Subject::new(Of::named(kept, None), Scope::one(&row.namespace));
        subject.labels = row.link.as_deref().filter(|_| kept == "replicasets").map(str::to_owned);
        subject.owner = Some(format!("{}/{}", workload.what.kind, row.name));
        subject.through = Some(format!("{}/{}", workload.what.kind.to_lowercase(), row.name));
        self.open(subject);
    }

    /// How the rollout of the workload under the cursor stands, or of the one that the revision there is of.
    pub(super) fn read_rollout(&mut self) {
        if self.paper().is_some() {
            return self.read(View::Rollout);
        }
        let found = self.table().ok_or_else(|| "there is no table on the screen".to_owned());
        let found = found.and_then(|table| self.rolling(table));
        match found {
            Ok(target) => self.open_paper(Want { view: View::Rollout, target, reveal: Default::default() }),
            Err(why) => self.say(Err(why)),
        }
    }

    /// What rolls out of what is under the cursor, or why nothing does.
    pub(super) fn rolling(&self, table: &Table) -> Result<Target, String> {
        let row = targets(table).first().copied().ok_or("there is no row under the cursor")?;
        let target = target_of(table, row)?;
        if rolls_out(&target.what) {
            return Ok(target);
        }
        let (kind, hint) = (
            table.subject.of.name(),
            actions::named(ROLLBACK).map(|action| self.way_to(table, action)).unwrap_or_default(),
        );
        let why = || format!("deployments, statefulsets and daemonsets roll out, {kind} do not{hint}");
        workload_of(&target, row).ok_or_else(why)
    }

    /// Compares a revision with what its workload has now. Whether there is one under the cursor.
    pub(super) fn diff_revision(&mut self) -> bool {
        let Some(table) = self.table() else { return false };
        let [row] = targets(table)[..] else { return false };
        let Ok(revision) = target_of(table, row) else { return false };
        let Some(target) = workload_of(&revision, row) else { return false };
        // Of the two the workload is the one that changes.
        let view = View::Diff(Box::new(Other { context: None, target: revision }));
        self.open_paper(Want { view, target, reveal: Default::default() });
        true
    }
}

/// Whether objects of a kind roll out a template, and so have revisions to go back to.
pub(super) fn rolls_out(of: &TableOf) -> bool {
    actions::named(ROLLBACK).is_some_and(|action| action.is_for(of))
}

/// The workload that a ReplicaSet or ControllerRevision keeps a revision of.
pub(super) fn workload_of(revision: &Target, row: &Row) -> Option<Target> {
    let keeps =
        revision.what.group == "apps" && matches!(&*revision.what.plural, "replicasets" | "controllerrevisions");
    let owner = row.owner.as_ref().filter(|_| keeps)?;
    let (group, version) = owner.api_version.split_once('/')?;
    let what = TableOf::namespaced(group, version, &format!("{}s", owner.kind.to_lowercase()), &owner.kind);
    rolls_out(&what).then(|| Target { what, namespace: revision.namespace.clone(), name: owner.name.to_string() })
}

/// What an action is about when its row is a revision: going back is done to the workload.
pub(super) fn of_workload(action: &Action, rows: &[&Row], targets: Vec<Target>) -> Result<Vec<Target>, String> {
    if action.id != ROLLBACK {
        return Ok(targets);
    }
    let workloads = |(target, row): (&Target, &&Row)| workload_of(target, row);
    let found: Vec<Target> = targets.iter().zip(rows).filter_map(workloads).collect();
    match found.len() {
        0 => Ok(targets),
        1 if targets.len() == 1 => Ok(found),
        _ => Err("roll back: to one revision at a time".into()),
    }
}

/// The field and the value that an action begins with when its row is a revision.
pub(super) fn wished(table: &Table, action: &Action) -> Option<(&'static str, String)> {
    let row = targets(table).first().copied().filter(|_| action.id == ROLLBACK)?;
    workload_of(&target_of(table, row).ok()?, row)?;
    Some((REVISION, number(table, row)?.to_string()))
}

fn number(table: &Table, row: &Row) -> Option<i64> {
    let from = table.base().iter().find(|head| head.is_revision())?.from;
    match from {
        crate::kinds::From::Cell(at) => match row.cell(at) {
            Value::Int(number) => Some(*number),
            _ => None,
        },
        _ => None,
    }
}

/// The columns of a history, unless the user chose others for the kind.
pub(super) fn columns(of: &Of) -> Option<Choice> {
    let titles: &[&str] = match of.name().as_str() {
        "replicasets" => &["NAME", "REV", "DESIRED", "READY", "AGE", "IMAGES", "CHANGE-CAUSE"],
        "controllerrevisions" => &["NAME", "REVISION", "PODS", "AGE", "IMAGES", "CHANGE-CAUSE"],
        _ => return None,
    };
    let own = |title: &&str| Chosen { title: (*title).into(), source: Source::Own, shown: Shown::Always };
    Some(Choice { columns: titles.iter().map(own).collect(), sort: None })
}
