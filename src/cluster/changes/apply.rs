//! An apply, planned: for each object the server is asked what it would be, and that is compared with what it is.
//!
//! Namespaces and definitions of kinds are applied before the rest. What stands in one of the former cannot be tried before, and
//! an object of the latter is no kind of the server yet: it is refused.

use super::request::{self, Prepared};
use super::{AT_ONCE, Class, Fault, Kubectl, Link, Plan, Step, Target, preview, text};
use crate::actions::apply::{self, changed, is_conflict, managed, managers, of_that};
use crate::actions::change::{Applied, Conflicts, Do, Note};
use crate::actions::takers::takers;
use crate::actions::{Values, told};
use crate::cluster::catalog::Served;
use crate::cluster::discovery;
use crate::cluster::papers::object;
use crate::cluster::watch::TableOf;
use crate::manifest::written::Written;
use crate::text::document::{Line, Piece, Tone};
use futures::StreamExt;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Plans what files say, or says why they cannot be read.
pub async fn plan(link: &Link, values: &Values, written: Result<Vec<Written>, String>) -> Result<Plan, Fault> {
    let mut plan = Plan { fields: apply::fields(""), ..Plan::default() };
    let asked = apply::asked(values).and_then(|asked| Ok((asked, written?)));
    let ((path, conflicts), written) = match asked {
        Ok(asked) => asked,
        Err(why) => return Ok(Plan { refused: Some(why), ..plan }),
    };
    let kinds = kinds(link, &written).await?;
    let found: Result<Vec<One>, String> = written.into_iter().map(|one| One::of(link, &kinds, one)).collect();
    let all = match found.and_then(once_each) {
        Ok(all) => all,
        Err(why) => return Ok(Plan { refused: Some(why), ..plan }),
    };
    let made: BTreeSet<&str> = all.iter().filter(|one| one.is("namespaces")).map(|one| &*one.target.name).collect();
    let asked = all.iter().map(|one| one.ask(link, conflicts, &made)).collect::<Vec<_>>();
    let came: Vec<Came> = futures::stream::iter(asked).buffered(AT_ONCE).collect().await;
    plan.preview.lines.push(summary(&came));
    let forced = came.iter().any(Came::is_forced);
    let mut both: Vec<_> = all.iter().zip(came).collect();
    both.sort_by_key(|(_, came)| came.rank());
    for (one, came) in both {
        one.add(came, &mut plan);
    }
    let conflicts = if forced { Conflicts::TakenOver } else { Conflicts::Refused };
    plan.kubectl.push(Kubectl { namespace: None, words: apply::kubectl(path, conflicts) });
    plan.steps.sort_by_key(|step| step.stage);
    Ok(plan.or_nothing())
}

type Kinds = BTreeMap<String, Vec<Served>>;

/// What the server has of each version that is written. One that it does not know has nothing.
async fn kinds(link: &Link, written: &[Written]) -> Result<Kinds, Fault> {
    let versions: BTreeSet<String> = written.iter().map(|one| text(&one.object, "/apiVersion").to_owned()).collect();
    let asked = versions.into_iter().filter(|version| !version.is_empty()).map(|version| async move {
        match discovery::of_version(link, &version).await {
            Err(fault) if fault.class == Class::NotFound => Ok((version, Vec::new())),
            served => Ok((version, served?)),
        }
    });
    let answers: Vec<_> = futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    answers.into_iter().collect()
}

/// One object that is to be applied.
struct One {
    place: String,
    target: Target,
    manifest: Value,
}

/// What the server says that would come of it.
enum Came {
    Created(Step, Vec<Note>),
    Changed(Step, Vec<Note>),
    Unchanged,
    Refused(String),
}

impl One {
    fn of(link: &Link, kinds: &Kinds, written: Written) -> Result<Self, String> {
        let Written { place, object } = written;
        let (version, kind, name) =
            (text(&object, "/apiVersion"), text(&object, "/kind"), text(&object, "/metadata/name"));
        for (value, field) in [(version, "apiVersion"), (kind, "kind"), (name, "metadata.name")] {
            if value.is_empty() {
                return Err(format!("{place}: {field} is missing"));
            }
        }
        let served = kinds.get(version).into_iter().flatten().find(|served| served.kind == kind);
        let Some(served) = served else {
            return Err(format!(
                "{place}: the server has no {kind} in {version}; what defines it must be applied first"
            ));
        };
        let what = TableOf::from(served);
        let own = text(&object, "/metadata/namespace");
        let namespace = if own.is_empty() { link.namespace() } else { own };
        let namespace = what.namespaced.then(|| namespace.to_owned());
        let target = Target { what, namespace, name: name.to_owned() };
        Ok(Self { place, target, manifest: object })
    }

    fn is(&self, plural: &str) -> bool {
        self.target.what.plural == plural
    }

    async fn ask(&self, link: &Link, conflicts: Conflicts, made: &BTreeSet<&str>) -> Came {
        let now = match object(link, &self.target).await {
            Ok(now) => Some(now),
            Err(fault) if fault.class == Class::NotFound => None,
            Err(fault) => return Came::Refused(fault.to_string()),
        };
        let mut notes = Vec::new();
        let mut trial = self.trial(now.as_ref(), Conflicts::Refused);
        let mut told = preview::ask(link, &trial.1).await;
        if let preview::Told::Refused(fault) = &told
            && is_conflict(&fault.said)
            && conflicts == Conflicts::TakenOver
        {
            let said = fault.said.split_once(": ").map_or("", |(_, said)| said).replace('\n', " ");
            notes.push(Note::Warns(format!("{}: takes over in spite of {said}", self.target.name)));
            trial = self.trial(now.as_ref(), conflicts);
            told = preview::ask(link, &trial.1).await;
        }
        let then = match told {
            preview::Told::Accepted { warnings, after } => {
                notes.extend(warnings.into_iter().map(|said| Note::Warns(format!("{}: {said}", self.place))));
                Some(after)
            }
            preview::Told::Refused(fault) if fault.class == Class::NotFound && self.is_in(made) => {
                notes.push(Note::Says(format!("{} is not tried before its namespace is there", self.target.name)));
                None
            }
            preview::Told::Refused(fault) => return Came::Refused(fault.said),
            preview::Told::Unchecked(why) => {
                notes.push(Note::Says(format!("not checked by the server: {why}")));
                None
            }
        };
        self.came(now, then, trial, notes)
    }

    fn is_in(&self, made: &BTreeSet<&str>) -> bool {
        self.target.namespace.as_deref().is_some_and(|namespace| made.contains(namespace))
    }

    /// What is sent for trial, and the request.
    fn trial(&self, now: Option<&Value>, conflicts: Conflicts) -> (Applied, Prepared) {
        let manifest = now.map_or_else(|| self.manifest.clone(), |now| of_that(&self.manifest, now, conflicts));
        let applied = Applied { manifest, conflicts, sets: None };
        let request = request::prepare(&self.target, "", &Do::Apply(applied.clone()), &Value::Null);
        (applied, request)
    }

    fn came(&self, now: Option<Value>, then: Option<Value>, trial: (Applied, Prepared), notes: Vec<Note>) -> Came {
        let (mut applied, request) = trial;
        let stage = usize::from(!self.is("namespaces") && !self.is("customresourcedefinitions"));
        let step = |uid: &str, applied| Step {
            target: self.target.clone(),
            uid: uid.to_owned(),
            does: Do::Apply(applied),
            stage,
            request,
        };
        let Some(now) = now else { return Came::Created(step("", applied), notes) };
        let sets = then.as_ref().map(|then| changed(&now, then)).unwrap_or_default();
        let is_same = then.as_ref().is_some_and(|then| managed(&now) == managed(then));
        if sets.is_empty() && is_same {
            return Came::Unchanged;
        }
        applied.sets = Some(sets);
        let step = step(text(&now, "/metadata/uid"), applied);
        let notes = notes.into_iter().chain(takers(&now, &step.does)).collect();
        Came::Changed(step, notes)
    }

    fn add(&self, came: Came, plan: &mut Plan) {
        let (says, tone) = came.says();
        let mut title = preview::title(&self.target);
        title.pieces.push(Piece::new(format!("   {says}"), tone));
        plan.preview.lines.push(title);
        match came {
            Came::Unchanged => {}
            Came::Refused(why) => {
                plan.preview.lines.extend(why.lines().map(|line| Line::toned(format!("  {line}"), Tone::Wrong)));
                plan.refused.get_or_insert(self.refusal(&why));
            }
            Came::Created(step, notes) | Came::Changed(step, notes) => {
                plan.preview.lines.extend(told::lines(&step.target.what, &step.does));
                plan.notes.extend(notes);
                plan.steps.push(step);
            }
        }
    }

    /// In one line, with what can be done.
    fn refusal(&self, why: &str) -> String {
        let (place, name) = (&self.place, &self.target.name);
        if is_conflict(why) {
            let managers = managers(why).join(", ");
            return format!("{place}: {managers} manages what would change of {name}: force takes it over");
        }
        format!("{place}: {why}")
    }
}

impl Came {
    fn says(&self) -> (&'static str, Tone) {
        match self {
            Self::Created(..) => ("created", Tone::Added),
            Self::Changed(step, _) if step.does.is_nothing() => ("managed", Tone::Changing),
            Self::Changed(..) => ("changed", Tone::Changing),
            Self::Unchanged => ("unchanged", Tone::Dim),
            Self::Refused(_) => ("refused", Tone::Wrong),
        }
    }

    /// What asks for a look comes first.
    fn rank(&self) -> usize {
        RANKED.iter().position(|word| *word == self.says().0).unwrap_or_default()
    }

    fn is_forced(&self) -> bool {
        let (Self::Created(step, _) | Self::Changed(step, _)) = self else { return false };
        matches!(&step.does, Do::Apply(applied) if applied.conflicts == Conflicts::TakenOver)
    }
}

const RANKED: [&str; 5] = ["refused", "changed", "created", "managed", "unchanged"];

/// `1 changed, 2 created, 3 unchanged`.
fn summary(all: &[Came]) -> Line {
    let said = RANKED.into_iter().filter_map(|word| {
        let count = all.iter().filter(|came| came.says().0 == word).count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    Line::toned(said.collect::<Vec<_>>().join(", "), Tone::Plain)
}

/// Two manifests of one object would be applied in no order.
fn once_each(all: Vec<One>) -> Result<Vec<One>, String> {
    let mut seen: BTreeMap<(&str, &str, Option<&str>, &str), &str> = BTreeMap::new();
    for one in &all {
        let Target { what, namespace, name } = &one.target;
        if let Some(first) = seen.insert((&what.group, &what.plural, namespace.as_deref(), name), &one.place) {
            return Err(format!("{}: {}/{name} is in {first} as well", one.place, what.kind.to_lowercase()));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(place: &str, name: &str) -> One {
        let what = TableOf { plural: "configmaps".into(), kind: "ConfigMap".into(), ..TableOf::default() };
        let target = Target { what, namespace: Some("shop".into()), name: name.into() };
        One { place: place.into(), target, manifest: json!({"metadata": {"name": name}}) }
    }

    #[test]
    fn an_object_is_applied_once() {
        assert!(once_each(vec![one("a", "x"), one("b", "y")]).is_ok());
        let twice = once_each(vec![one("a", "x"), one("b", "x")]).err();
        assert_eq!(twice.as_deref(), Some("b: configmap/x is in a as well"));
    }

    #[test]
    fn namespaces_come_first_and_a_manager_alone_is_a_change() {
        let now = json!({"metadata": {"uid": "u"}, "data": {"a": "1"}});
        let mut then = now.clone();
        then["metadata"]["managedFields"] =
            json!([{"manager": "rk9s", "operation": "Apply", "fieldsV1": {"f:data": {}}}]);
        let one = one("a", "x");
        let came = |now: &Value, then: &Value| {
            one.came(Some(now.clone()), Some(then.clone()), one.trial(Some(now), Conflicts::Refused), Vec::new())
        };
        let Came::Changed(step, _) = came(&now, &then) else { panic!("it is managed by then") };
        assert_eq!((step.stage, step.uid.as_str(), step.does.is_nothing()), (1, "u", true));
        assert!(matches!(came(&then, &then), Came::Unchanged));
        let mut namespace = self::one("a", "x");
        namespace.target.what.plural = "namespaces".into();
        let came = namespace.came(None, None, namespace.trial(None, Conflicts::Refused), Vec::new());
        assert!(matches!(came, Came::Created(step, _) if step.stage == 0));
    }
}
