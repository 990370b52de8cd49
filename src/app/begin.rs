//! How an action begins, and why it cannot: one gate for keys, help, the palette and the `:` line.

use super::App;
use super::copy::targets;
use super::form::Of;
use super::page::Page;
use super::read::target_of;
use super::revisions::{of_workload, wished};
use super::table::Table;
use super::verb::Verb;
use crate::actions::{Action, Begins, Reads};
use crate::cluster::papers::Target;

impl App {
    /// Begins an action, for the marked rows or the row under the cursor if it is for rows.
    pub(super) fn begin(&mut self, action: &'static Action) {
        match action.begins {
            Begins::Line => self.edit_here(),
            Begins::Files => self.apply(""),
            Begins::Form | Begins::Editor => match self.aimed(self.page(), action) {
                Err(why) => self.say(Err(why)),
                Ok(targets) if action.begins == Begins::Editor => self.edit(targets),
                Ok(targets) => {
                    self.ask_rights();
                    let wished = self.table().and_then(|table| wished(table, action));
                    self.open_form(Of::Action(action), targets);
                    self.form.iter_mut().for_each(|form| form.wished = wished.clone());
                }
            },
        }
    }

    /// Says why an action cannot begin on a page.
    pub(super) fn may_begin(&self, page: Option<&Page>, action: &Action) -> Result<(), String> {
        match action.begins {
            Begins::Form | Begins::Editor => self.aimed(page, action).map(drop),
            Begins::Line => self.may_edit_here(page),
            Begins::Files => self.may_apply(),
        }
    }

    fn aimed(&self, page: Option<&Page>, action: &Action) -> Result<Vec<Target>, String> {
        match page {
            Some(Page::Table(table)) => self.aim(table, action),
            _ => Err("there is no table on the screen".into()),
        }
    }

    /// The gate: what an action would hit, or why it cannot be done here.
    pub fn aim(&self, table: &Table, action: &Action) -> Result<Vec<Target>, String> {
        let title = action.title.to_lowercase();
        self.may_change().map_err(|why| format!("{title}: {why}"))?;
        if action.reads == Reads::NotEvenIt {
            return Ok(vec![Target::default()]);
        }
        let rows = targets(table);
        let targets: Vec<Target> = rows.iter().map(|row| target_of(table, row)).collect::<Result<_, _>>()?;
        let targets = of_workload(action, &rows, targets)?;
        let first = targets.first().ok_or("there is no row under the cursor")?;
        if table.marked().1 > 0 {
            return Err(format!(
                "{title}: {} marked rows are hidden by the filter; they are no targets unseen",
                table.marked().1
            ));
        }
        self.may(action, &targets)?;
        let is_part = table.subject.of.name() == "containers";
        if is_part || !action.is_for(&first.what) {
            let hint = self.way_to(table, action);
            return Err(format!("{title} is for {}, not for {}{hint}", action.whom(), table.subject.of.name()));
        }
        Ok(targets)
    }

    /// `; J leads to its owner`, where the action is for who owns what is under the cursor, or for its node.
    pub(super) fn way_to(&self, table: &Table, action: &Action) -> String {
        let is_for = |plural: &&str| action.kinds.iter().any(|(_, own)| own == plural);
        let owner = table.current().and_then(|held| held.row.owner.as_ref());
        let (verb, what) = match owner {
            Some(owner) if owners(&owner.kind).iter().any(is_for) => (Verb::Owner, "its owner"),
            _ if is_for(&"nodes") && self.runs_on_a_node(table).is_ok() => (Verb::Node, "its node"),
            _ => return String::new(),
        };
        let key = self.keymap.keys(verb).first();
        key.map(|key| format!("; {key} leads to {what}")).unwrap_or_default()
    }

    /// Whether the context on the screen may be changed at all.
    pub fn may_change(&self) -> Result<(), String> {
        let session = self.session().ok_or("there is no connection")?;
        if self.settings.is_readonly(session.context()) {
            return Err("this is read-only (RO in the bar): `--write` or the settings allow changes".into());
        }
        if !session.is_ready() {
            return Err("there is no connection".into());
        }
        Ok(())
    }
}

/// The plurals of an owner's kind, and of whoever owns that in turn.
fn owners(kind: &str) -> &'static [&'static str] {
    match kind {
        "ReplicaSet" => &["replicasets", "deployments"],
        "Deployment" => &["deployments"],
        "StatefulSet" => &["statefulsets"],
        "DaemonSet" => &["daemonsets"],
        "Job" => &["jobs", "cronjobs"],
        "CronJob" => &["cronjobs"],
        _ => &[],
    }
}
