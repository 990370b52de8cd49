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
            let hint = self.owner_hint(table);
            return Err(format!("{title} is for {}, not for {}{hint}", action.whom(), table.subject.of.name()));
        }
        Ok(targets)
    }

    /// Where what is under the cursor has an owner: `; J leads to its owner`.
    pub(super) fn owner_hint(&self, table: &Table) -> String {
        let owned = table.current().is_some_and(|held| held.row.owner.is_some());
        let key = self.keymap.keys(Verb::Owner).first().filter(|_| owned);
        key.map(|key| format!("; {key} leads to its owner")).unwrap_or_default()
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
