//! `:apply`: its line, its form, the gate, and the way back.

use super::harness::Console;
use super::things;
use crossterm::event::Event;
use rk9s::actions::change::{Applied, Do};
use rk9s::app::effect::{Effect, FormId, JobId};
use rk9s::app::msg::Msg;
use rk9s::cluster::changes::{Kubectl, Outcome, Plan, Progress, Step};
use rk9s::cluster::papers::Target;
use rk9s::cluster::watch::TableOf;
use rk9s::config::{Forced, Settings};
use rk9s::text::document::{Document, Line, Tone};
use serde_json::json;

fn console(settings: Settings) -> Console {
    let mut console = Console::with(settings, things::pods("shop"));
    console.connect("prod-eu");
    console.list(vec![things::pod("web-1")]);
    console.effects();
    console
}

/// The last plan that was asked for: its path and what becomes of conflicts.
fn asked(console: &mut Console) -> Option<(FormId, String, String)> {
    console.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::PlanApply { form, values, .. } => Some((form, values["path"].clone(), values["force"].clone())),
        _ => None,
    })
}

fn plan() -> Plan {
    let what = TableOf {
        version: "v1".into(),
        plural: "configmaps".into(),
        kind: "ConfigMap".into(),
        namespaced: true,
        ..TableOf::default()
    };
    let target = Target { what, namespace: Some("shop".into()), name: "settings".into() };
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}});
    Plan {
        fields: rk9s::actions::apply::fields(""),
        steps: vec![Step::new(target, "", Do::Apply(Applied::new(manifest)))],
        preview: Document { lines: vec![Line::toned("1 created", Tone::Plain)] },
        kubectl: vec![Kubectl { namespace: None, words: ["apply", "-f", "k8s/"].map(String::from).to_vec() }],
        ..Plan::default()
    }
}

fn run(console: &mut Console) -> Option<JobId> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::Run { job, .. } => Some(job),
        _ => None,
    })
}

#[test]
fn a_path_is_planned_committed_and_taken_back() {
    let mut console = console(Settings::default());
    console.line("apply k8s/");
    let (form, path, force) = asked(&mut console).unwrap();
    assert_eq!((path.as_str(), force.as_str()), ("k8s/", "no"));
    console.tell(Msg::Planned(form, Ok(plan())));
    let text = console.paint();
    for part in
        ["╭─ Apply k8s/ ─", "[k8s/]", "1 created", "take the fields over", "$ kubectl --context prod-eu apply -f k8s/"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    console.keys("enter");
    let job = run(&mut console).unwrap();
    console.tell(Msg::Progress(job, Progress::Made(0, "uid-made".into())));
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert_eq!(console.said(), Some("Apply k8s/: done · U takes it back"));
    console.effects();
    console.keys("U");
    let undone = console.effects().into_iter().find_map(|effect| match effect {
        Effect::PlanUndo { done, .. } => Some(done),
        _ => None,
    });
    let (target, uid, _) = undone.unwrap().remove(0);
    assert_eq!((target.name.as_str(), uid.as_str()), ("settings", "uid-made"));
}

#[test]
fn what_others_manage_stands_in_the_way_until_it_is_taken_over() {
    let mut console = console(Settings::default());
    console.line("apply web.yaml");
    let (form, ..) = asked(&mut console).unwrap();
    let why = "web.yaml, document 1: helm manages what would change of web: force takes it over";
    console.tell(Msg::Planned(form, Ok(Plan { refused: Some(why.into()), ..plan() })));
    console.keys("enter");
    assert!(run(&mut console).is_none(), "it is blocked");
    assert!(console.paint().contains("⊘ web.yaml, document 1: helm manages"), "{}", console.text());
    console.keys("right");
    let (form, _, force) = asked(&mut console).unwrap();
    assert_eq!(force, "yes");
    console.tell(Msg::Planned(form, Ok(plan())));
    console.keys("enter");
    assert!(run(&mut console).is_some());
}

#[test]
fn a_path_may_be_typed_or_pasted_in_the_form_and_a_failure_asked_again() {
    let mut console = console(Settings::default());
    console.line("apply");
    let (form, path, _) = asked(&mut console).unwrap();
    assert_eq!(path, "");
    console.tell(Msg::Planned(form, Ok(Plan { refused: Some("path is missing".into()), ..Plan::default() })));
    console.type_text("a ");
    console.tell(Msg::Term(Event::Paste("b.yaml".into())));
    let (form, path, _) = asked(&mut console).unwrap();
    assert_eq!(path, "a b.yaml");
    console.tell(Msg::Planned(form, Ok(plan())));
    console.keys("enter");
    let job = run(&mut console).unwrap();
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Cancelled)));
    console.line("again");
    let (_, path, _) = asked(&mut console).unwrap();
    assert_eq!(path, "a b.yaml", "the files are read anew");
}

#[test]
fn read_only_reads_no_file() {
    for line in ["apply k8s/", "apply"] {
        let mut console = console(Settings { forced: Forced::ReadOnly, ..Settings::default() });
        console.line(line);
        assert!(console.said().unwrap().contains("apply: this is read-only"), "{:?}", console.said());
        assert!(console.effects().iter().all(|effect| !matches!(effect, Effect::PlanApply { .. })));
    }
}
