//! Papers on the screen: opening them, what their keys do, and what comes of it.

use super::copy::targets;
use super::effect::{Ask, Effect, PaperId};
use super::page::Page;
use super::paper::{Paper, Seek, Wrap};
use super::picker::{Does, Entry, Picker};
use super::prompt::Prompt;
use super::subject::Of;
use super::table::Table;
use super::{App, Asked};
use crate::cluster::fault::Fault;
use crate::cluster::papers::{Other, Target, View, Want};
use crate::cluster::watch::TableOf;
use crate::kinds::Row;
use crate::text::document::Document;

/// The title of the list of what an object can be compared with.
pub(super) const COMPARE: &str = "Compare with";

impl App {
    /// The paper that has the keys.
    pub fn paper(&self) -> Option<&Paper> {
        if self.side_has_keys() {
            return self.side.as_ref()?.paper.as_ref();
        }
        match self.page()? {
            Page::Paper(paper) => Some(paper),
            _ => None,
        }
    }

    pub fn paper_mut(&mut self) -> Option<&mut Paper> {
        if self.side_has_keys() {
            return self.side.as_mut()?.paper.as_mut();
        }
        match self.stack_mut()?.last_mut()? {
            Page::Paper(paper) => Some(paper),
            _ => None,
        }
    }

    /// Shows a view of the object under the cursor; in a paper, another view of its object.
    pub(super) fn read(&mut self, view: View) {
        if let Some(paper) = self.paper() {
            let view = if paper.is(&view) { View::Yaml } else { view };
            return self.turn_paper(|paper| {
                paper.want.view = view;
                (paper.at, paper.top) = (0, 0);
            });
        }
        match self.target() {
            Ok(target) => self.open_paper(Want { view, target, reveal: Default::default() }),
            Err(why) => self.say(Err(why)),
        }
    }

    pub(super) fn open_paper(&mut self, want: Want) {
        let Some(session) = self.session().map(|session| session.id) else { return };
        self.push_page(Page::Paper(Box::new(Paper::new(session, want))));
    }

    /// The object under the cursor.
    pub(super) fn target(&self) -> Result<Target, String> {
        let table = self.table().ok_or("there is no table on the screen")?;
        let row = targets(table).first().copied().ok_or("there is no row under the cursor")?;
        target_of(table, row)
    }

    /// Compares two marked rows; else asks with what the object shall be compared.
    pub(super) fn diff(&mut self) {
        let Some(table) = self.table() else { return };
        let targets: Result<Vec<Target>, String> = targets(table).iter().map(|row| target_of(table, row)).collect();
        match targets.as_deref() {
            Err(why) => self.say(Err(why.clone())),
            Ok([]) => self.say(Err("there is no row under the cursor".into())),
            Ok([_]) if self.diff_revision() => {}
            Ok([one]) => self.pick_diff(&one.clone()),
            Ok([left, right]) => {
                let other = Other { context: None, target: right.clone() };
                let want = Want { view: View::Diff(Box::new(other)), target: left.clone(), reveal: Default::default() };
                self.open_paper(want);
            }
            Ok(more) => self.say(Err(format!("two rows are compared, and {} are marked", more.len()))),
        }
    }

    pub(super) fn pick_diff(&mut self, target: &Target) {
        let Some(session) = self.session() else { return };
        let want = |view| Does::Read(Box::new(Want { view, target: target.clone(), reveal: Default::default() }));
        let copy = |context: Option<String>, namespace: Option<String>| {
            View::Diff(Box::new(Other { context, target: Target { namespace, ..target.clone() } }))
        };
        let entry = |label: String, does| Entry { label, detail: String::new(), does };
        let mut entries = vec![entry("what kubectl apply was last given".into(), want(View::Drift))];
        let own = target.namespace.clone();
        let others = session.namespaces.iter().filter(|name| own.is_some() && Some(*name) != own.as_ref());
        entries.extend(
            others.map(|name| entry(format!("{} in {name}", target.name), want(copy(None, Some(name.clone()))))),
        );
        let contexts =
            self.contexts.iter().filter(|context| context.name != session.context() && context.broken.is_none());
        entries.extend(contexts.map(|context| {
            let copy = copy(Some(context.name.clone()), own.clone());
            entry(format!("{} @{}", target.name, context.name), want(copy))
        }));
        let (id, known) = (session.id, !session.namespaces.is_empty());
        self.picker = Some(Picker::of(COMPARE, entries));
        if !known {
            self.ask(id, Ask::Namespaces, Asked::Copies(id, target.clone()));
        }
    }

    /// What changed in the namespace on the screen, or in all.
    pub(super) fn read_changes(&mut self) {
        let namespace = self.table().and_then(|table| table.subject.scope.single().map(str::to_owned));
        let what = TableOf {
            version: "v1".into(),
            plural: "namespaces".into(),
            kind: "Namespace".into(),
            ..TableOf::default()
        };
        let target = Target { what, namespace, name: String::new() };
        self.open_paper(Want { view: View::Changes, target, reveal: Default::default() });
    }

    /// The kubectl lines of what is on the screen, to be copied.
    pub(super) fn pick_kubectl(&mut self) {
        let entries = self.kubectl_lines().into_iter().map(|(label, line)| Entry {
            label: line.clone(),
            detail: label.into(),
            does: Does::Copy(line),
        });
        let entries: Vec<Entry> = entries.collect();
        if entries.is_empty() {
            return self.say(Err("kubectl has no line for this view".into()));
        }
        self.picker = Some(Picker::of("kubectl: Enter copies", entries));
    }

    /// A paper came to the screen: it is read, unless that is going on or it was frozen.
    pub(super) fn tend_paper(&mut self) {
        let Some(session) = self.session().filter(|session| session.is_ready()).map(|session| session.id) else {
            return;
        };
        let Some(want) =
            self.paper().filter(|paper| paper.reading.is_none() && !paper.frozen).map(|paper| paper.want.clone())
        else {
            return;
        };
        let id = PaperId(self.next_id());
        if let Some(paper) = self.paper_mut() {
            paper.reading = Some(id);
        }
        self.out.push(Effect::Open { paper: id, session, want: Box::new(want) });
    }

    /// The page is covered or left: reading ends, and what was revealed is hidden again.
    pub(super) fn leave_paper(&mut self) {
        let Some(paper) = self.paper_mut() else { return };
        let reading = paper.reading.take();
        if paper.reveals() {
            paper.want.reveal = Default::default();
            paper.document = Document::default();
        }
        self.out.extend(reading.map(Effect::Close));
    }

    pub(super) fn take_paper(&mut self, id: PaperId, result: Result<Document, Fault>) {
        let now = self.now.wall;
        let side = self.side.as_mut().and_then(|side| side.paper.as_mut());
        let papers = self.stacks.values_mut().flatten().filter_map(|page| match page {
            Page::Paper(paper) => Some(&mut **paper),
            _ => None,
        });
        if let Some(paper) = papers.chain(side).find(|paper| paper.reading == Some(id)) {
            paper.take(result, now);
        }
    }

    /// Changes what is read, and reads it anew.
    fn turn_paper(&mut self, change: impl FnOnce(&mut Paper)) {
        let Some(paper) = self.paper_mut().filter(|paper| paper.own.is_none()) else { return };
        change(paper);
        paper.frozen = false;
        let reading = paper.reading.take();
        self.out.extend(reading.map(Effect::Close));
        self.tend_paper();
    }

    /// Reads what is on the screen again, at once.
    pub(super) fn reread(&mut self) {
        self.turn_paper(|_| {});
    }

    pub(super) fn on_paper(&mut self, change: impl FnOnce(&mut Paper)) {
        if let Some(paper) = self.paper_mut() {
            change(paper);
        }
    }

    pub(super) fn turn_live(&mut self) {
        let Some(paper) = self.paper_mut().filter(|paper| paper.own.is_none()) else { return };
        paper.frozen = !paper.frozen;
        let reading = paper.reading.take();
        self.out.extend(reading.map(Effect::Close));
        self.tend_paper();
    }

    pub(super) fn turn_wrap(&mut self) {
        self.on_paper(|paper| {
            paper.wrap = if paper.wrap == Wrap::Off { Wrap::On } else { Wrap::Off };
            paper.left = 0;
        });
    }

    pub(super) fn reveal(&mut self) {
        let has = self.paper_mut().is_some_and(Paper::turn_secret);
        if !has {
            return self.say(Err("there is no secret value on this line".into()));
        }
        self.turn_paper(|_| {});
    }

    pub(super) fn reveal_all(&mut self) {
        self.turn_paper(Paper::turn_secrets);
    }

    /// Copies the secret value of the line unseen, else the whole text.
    pub(super) fn copy_paper(&mut self) {
        let Some(paper) = self.paper() else { return };
        if let Some(key) = paper.current().and_then(|(_, line)| line.secret.clone()) {
            let (session, target) = (paper.session, paper.want.target.clone());
            return self.out.push(Effect::CopyKey { session, target, key });
        }
        let text = paper.document.text();
        self.out.push(Effect::Copy(text));
    }

    pub(super) fn copy_line(&mut self) {
        let Some(text) = self.paper().and_then(|paper| Some(paper.current()?.1.text())) else { return };
        self.out.push(Effect::Copy(text));
    }

    pub(super) fn save_paper(&mut self) {
        let Some(paper) = self.paper() else { return };
        let name = format!(
            "{}-{}.{}",
            paper.want.target.what.kind.to_lowercase(),
            paper.want.target.name,
            match paper.want.view {
                View::Yaml | View::Applied => "yaml",
                _ => "txt",
            }
        );
        let text = paper.document.text();
        self.out.push(Effect::Save { name, text });
    }

    pub(super) fn open_find(&mut self) {
        self.prompt = self.paper().map(|paper| Prompt::find(&paper.find));
    }

    /// Searches as the text is typed.
    pub(super) fn find(&mut self, text: &str) {
        self.on_paper(|paper| {
            paper.find = text.into();
            paper.seek(Seek::Here);
        });
    }

    pub(super) fn find_again(&mut self, way: Seek) {
        let Some(paper) = self.paper_mut() else { return };
        let (found, find) = (paper.seek(way), paper.find.clone());
        if find.is_empty() {
            return self.open_find();
        }
        if !found {
            self.say(Err(format!("`{find}` is not in this text")));
        }
    }
}

/// The object that a row stands for; a container's is its pod.
pub fn target_of(table: &Table, row: &Row) -> Result<Target, String> {
    let none = || format!("{} are no objects of the API", table.subject.of.name());
    let what = match &table.subject.of {
        Of::Known(kind) => TableOf::from(kind.source()),
        Of::Served(served) => TableOf::from(served),
        Of::Named(_) | Of::Contexts | Of::Journal => return Err(none()),
    };
    let pod = table.subject.fields.as_deref().and_then(|fields| fields.strip_prefix("metadata.name="));
    let is_part = table.subject.of.name() != what.plural && matches!(table.subject.of, Of::Known(_));
    let name = match pod {
        Some(pod) if is_part => pod.to_owned(),
        _ => row.name.to_string(),
    };
    let namespace = what.namespaced.then(|| row.namespace.to_string());
    Ok(Target { what, namespace, name })
}
