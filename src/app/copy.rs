//! What can be copied of a row: its name, its cells, the kubectl line that shows it, and the locator of the view.

use super::App;
use super::effect::Effect;
use super::subject::{Of, Scope, quoted};
use super::table::Table;
use crate::cluster::papers::{Target, View};
use crate::kinds::Row;

impl App {
    pub(super) fn copy_name(&mut self) {
        let Some(table) = self.table() else { return };
        let names: Vec<String> = targets(table).iter().map(|row| row.name.to_string()).collect();
        if names.is_empty() {
            return self.say(Err("there is no row to copy".into()));
        }
        self.out.push(Effect::Copy(names.join("\n")));
    }

    /// Everything that can be copied now, with its text.
    pub(super) fn copies(&self) -> Option<Vec<(&'static str, String)>> {
        let table = self.table()?;
        let row = &table.current()?.row;
        let sight = table.sight(self.now);
        let cell = |from| {
            let mut text = String::new();
            sight.write(row, from, &mut text);
            text
        };
        let full =
            if row.namespace.is_empty() { row.name.to_string() } else { format!("{}/{}", &*row.namespace, row.name) };
        let cells: Vec<String> = table.heads.iter().map(|head| cell(head.from)).collect();
        Some(vec![
            ("name", row.name.to_string()),
            ("namespace/name", full),
            ("cell in the sort column", cell(table.lens.sort.by)),
            ("row", cells.join("\t")),
            ("kubectl line", self.kubectl_get(table, Some(row))),
            ("locator of this view", self.locator(table)),
        ])
    }

    /// The kubectl lines of the view on the screen and of the object under the cursor, each with what it shows.
    pub fn kubectl_lines(&self) -> Vec<(&'static str, String)> {
        if let Some(paper) = self.paper() {
            return self
                .kubectl_of(&paper.want.target, &paper.want.view)
                .into_iter()
                .map(|line| ("this text", line))
                .collect();
        }
        if let Some(log) = self.log() {
            let context = self.session().map(|session| session.context()).unwrap_or_default();
            return vec![("this log", log.kubectl(context))];
        }
        let Some(table) = self.table() else { return Vec::new() };
        let mut lines = vec![("this view", self.kubectl_get(table, None))];
        let Some(held) = table.current() else { return lines };
        if let Ok(target) = super::read::target_of(table, &held.row) {
            lines.push(("this row", self.kubectl_get(table, Some(&held.row))));
            let views = [("its YAML", View::Yaml), ("described", View::Describe)];
            lines.extend(views.iter().filter_map(|(label, view)| Some((*label, self.kubectl_of(&target, view)?))));
        }
        lines
    }

    /// The kubectl line that says of an object what a paper does; some it cannot say.
    fn kubectl_of(&self, target: &Target, view: &View) -> Option<String> {
        let mut words = self.kubectl(target.namespace.as_deref());
        let name = match target.what.group.as_str() {
            "" => target.what.plural.clone(),
            group => format!("{}.{group}", target.what.plural),
        };
        let words_of = |own: &[&str]| own.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match view {
            View::Describe | View::Brief | View::Keys => {
                words.extend([words_of(&["describe"]), vec![name, target.name.clone()]].concat())
            }
            View::Yaml => {
                words.extend([words_of(&["get"]), vec![name, target.name.clone()], words_of(&["-o", "yaml"])].concat())
            }
            View::Blame => {
                words.extend(
                    [
                        words_of(&["get"]),
                        vec![name, target.name.clone()],
                        words_of(&["-o", "yaml", "--show-managed-fields"]),
                    ]
                    .concat(),
                );
            }
            View::Applied => {
                words.extend([words_of(&["apply", "view-last-applied"]), vec![name, target.name.clone()]].concat())
            }
            View::Rollout => {
                let name = format!("{}/{}", target.what.kind.to_lowercase(), target.name);
                words.extend([words_of(&["rollout", "status"]), vec![name]].concat());
            }
            View::Changes => words.extend(words_of(&["events"])),
            View::Drift | View::Diff(_) => return None,
        }
        Some(crate::text::shell::join(&words))
    }

    /// `kubectl` with the context and the namespace.
    pub(super) fn kubectl(&self, namespace: Option<&str>) -> Vec<String> {
        let mut words = vec!["kubectl".to_owned()];
        let context = self.session().map(|session| session.context()).filter(|context| !context.is_empty());
        words.extend(context.into_iter().flat_map(|context| ["--context".to_owned(), context.to_owned()]));
        words.extend(namespace.into_iter().flat_map(|namespace| ["-n".to_owned(), namespace.to_owned()]));
        words
    }

    /// The kubectl line that shows a table, or one row of it.
    pub fn kubectl_get(&self, table: &Table, row: Option<&Row>) -> String {
        let mut words = vec!["kubectl".to_owned()];
        if table.subject.of == Of::Contexts {
            return "kubectl config get-contexts".into();
        }
        if table.subject.of == Of::Journal {
            return "# kubectl keeps no journal".into();
        }
        if let Some(session) = self.session().filter(|session| !session.context().is_empty()) {
            words.extend(["--context".into(), session.context().into()]);
        }
        let namespace = match (row, &table.subject.scope) {
            (Some(row), _) => Some(row.namespace.to_string()).filter(|namespace| !namespace.is_empty()),
            (None, Scope::In(names)) if table.subject.of.is_namespaced() => names.first().cloned(),
            (None, _) => None,
        };
        match namespace {
            Some(namespace) => words.extend(["-n".into(), namespace]),
            None if table.subject.of.is_namespaced() => words.push("-A".into()),
            None => {}
        }
        words.extend(["get".into(), table.subject.of.name()]);
        words.extend(row.map(|row| row.name.to_string()));
        if row.is_none() {
            words.extend(table.subject.labels.iter().flat_map(|labels| ["-l".to_owned(), labels.clone()]));
            words.extend(table.subject.fields.iter().map(|fields| format!("--field-selector={fields}")));
        }
        words.extend(["-o".into(), "wide".into()]);
        crate::text::shell::join(&words)
    }

    /// The view as `rk9s` and the `:` line take it back.
    fn locator(&self, table: &Table) -> String {
        let context = self.session().map(|session| session.context()).unwrap_or_default();
        let filter = &table.filter_text;
        let view = table.subject.locator("");
        let at = if context.is_empty() { String::new() } else { format!(" {}", quoted(&format!("@{context}"))) };
        if filter.is_empty() { format!("{view}{at}") } else { format!("{view}{at} /{filter}") }
    }
}

/// The marked rows that are shown, else the row under the cursor.
pub fn targets(table: &Table) -> Vec<&Row> {
    let shown = table.lens.order().iter().filter_map(|slot| table.rows.get(*slot)).filter(|held| !held.ghost);
    let marked: Vec<&Row> = shown.map(|held| &held.row).filter(|row| table.marks.contains(&row.uid)).collect();
    if !marked.is_empty() {
        return marked;
    }
    table.current().filter(|held| !held.ghost).map(|held| &held.row).into_iter().collect()
}
