//! Changes on the screen: the gate, the form, the plan, the commit, the journal and the way back.

use super::harness::Console;
use super::things;
use rk9s::actions::change::{Do, Note, Set};
use rk9s::actions::{Field, Kind, Values};
use rk9s::app::effect::{Ask, Effect, FormId, JobId};
use rk9s::app::journal::{Done, Entry};
use rk9s::app::msg::{Answer, Msg};
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::cluster::changes::{Kubectl, Outcome, Plan, Progress};
use rk9s::cluster::fault::{Class, Fault};
use rk9s::cluster::rights::Rights;
use rk9s::config::{Forced, Settings};
use rk9s::text::document::{Document, Line, Tone};
use serde_json::json;

fn deployments(settings: Settings) -> Console {
    let mut console = Console::with(settings, Subject::new(Of::named("deployments", None), Scope::one("shop")));
    console.connect("prod-eu");
    console.list(vec![things::pod("orders"), things::pod("web")]);
    console.effects();
    console
}

/// The last plan that was asked for, and its values.
fn asked(console: &mut Console) -> (FormId, &'static str, Option<Values>) {
    let effects = console.effects();
    let plan = effects.into_iter().rev().find_map(|effect| match effect {
        Effect::Plan { form, action, values, .. } => Some((form, action, values)),
        _ => None,
    });
    plan.expect("a plan is asked for")
}

fn plan(notes: Vec<Note>) -> Plan {
    let sets = vec![Set { path: "/spec/replicas".into(), before: Some(json!(3)), after: Some(json!(5)) }];
    let target =
        rk9s::cluster::papers::Target { name: "orders".into(), namespace: Some("shop".into()), ..Default::default() };
    let step = rk9s::cluster::changes::Step::new(target, "uid-1", Do::Edit { subresource: "scale".into(), sets });
    Plan {
        fields: vec![Field { name: "replicas", kind: Kind::Number, value: "3".into() }],
        steps: vec![step],
        preview: Document { lines: vec![Line::toned("~ spec.replicas   3 → 5", Tone::Plain)] },
        notes,
        kubectl: vec![Kubectl {
            namespace: Some("shop".into()),
            words: ["scale", "deployment/orders", "--replicas=5"].map(String::from).to_vec(),
        }],
        ..Plan::default()
    }
}

/// The plan that was asked for last is there, and needs no look.
fn planned(console: &mut Console) {
    let (form, ..) = asked(console);
    console.tell(Msg::Planned(form, Ok(plan(Vec::new()))));
}

/// Scales to five.
fn scaled(console: &mut Console) -> JobId {
    console.keys("s");
    planned(console);
    console.keys("5");
    planned(console);
    console.keys("enter");
    run(console).unwrap().0
}

fn run(console: &mut Console) -> Option<(JobId, rk9s::app::journal::Entry)> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::Run { job, entry, .. } => Some((job, *entry)),
        _ => None,
    })
}

#[test]
fn a_deployment_is_scaled_journaled_and_taken_back() {
    let mut console = deployments(Settings::default());
    console.keys("s");
    let (form, action, values) = asked(&mut console);
    assert_eq!((action, values), ("scale", None));
    console.tell(Msg::Planned(form, Ok(plan(Vec::new()))));
    console.keys("5");
    let (form, _, values) = asked(&mut console);
    assert_eq!(values.unwrap().get("replicas").map(String::as_str), Some("5"), "the first digit replaces");
    console.tell(Msg::Planned(form, Ok(plan(Vec::new()))));
    let text = console.paint();
    for part in [
        "Scale deployment/orders",
        "[5]",
        "~ spec.replicas   3 → 5",
        "$ kubectl --context prod-eu -n shop scale deployment/orders",
        "U takes it back",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    console.keys("enter");
    let (job, entry) = run(&mut console).unwrap();
    assert_eq!((entry.context.as_str(), entry.done.len(), entry.ended), ("prod-eu", 1, false));
    console.tell(Msg::Progress(job, Progress::Begun(0)));
    assert!(console.paint().contains("1 running ▸ 0%"), "{}", console.text());
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert!(console.effects().iter().any(|effect| matches!(effect, Effect::Note(entry) if entry.ended)));
    assert!(console.said().unwrap().contains("done · U takes it back"));
    console.line("journal");
    assert!(console.paint().contains("Scale deployment/orders"), "{}", console.text());
    console.keys("esc U");
    let undone = console.effects();
    assert!(
        undone.iter().any(|effect| matches!(effect, Effect::PlanUndo { done, .. } if done.len() == 1)),
        "{undone:?}"
    );
    assert!(console.paint().contains("Take back: Scale deployment/orders"));
}

#[test]
fn read_only_is_refused_before_anything_is_asked() {
    let settings = Settings { forced: Forced::ReadOnly, ..Settings::default() };
    let mut console = deployments(settings);
    for key in ["s", "r", "b", "i", "L", "ctrl-d", "U"] {
        console.keys(key);
        assert!(console.said().unwrap().contains("read-only"), "{key}: {:?}", console.said());
        assert!(
            console.effects().iter().all(|effect| !matches!(effect, Effect::Plan { .. } | Effect::PlanUndo { .. }))
        );
    }
}

/// By its name after `:`, every action, and what goes on from a change before: nothing is asked of the cluster, not even the object.
#[test]
fn no_action_begins_read_only() {
    let settings = Settings { forced: Forced::ReadOnly, ..Settings::default() };
    let mut console = deployments(settings);
    let done = Entry { context: "prod-eu".into(), ..entry("other", 1, true) };
    console.tell(Msg::Journal(vec![done]));
    let ids = rk9s::actions::ACTIONS.iter().map(|action| action.id);
    for line in ids.chain(["undo", "again"]) {
        console.line(line);
        assert!(console.said().unwrap().contains("read-only"), "{line}: {:?}", console.said());
        assert!(console.app.form.is_none() && console.effects().is_empty(), "{line}");
    }
}

#[test]
fn enter_before_the_plan_commits_only_what_needs_no_look() {
    let mut console = deployments(Settings::default());
    console.keys("s enter");
    let (form, ..) = asked(&mut console);
    console.tell(Msg::Planned(form, Ok(plan(vec![Note::Warns("hpa/orders will take this back".into())]))));
    assert!(run(&mut console).is_none());
    let text = console.paint();
    assert!(text.contains("! hpa/orders will take this back"), "{text}");
    console.keys("enter");
    assert!(run(&mut console).is_some(), "seen, and typed again");
    console.keys("s enter");
    planned(&mut console);
    assert!(run(&mut console).is_some());
}

#[test]
fn what_is_refused_cannot_be_committed_and_says_why() {
    let mut console = deployments(Settings::default());
    console.keys("s");
    let (form, ..) = asked(&mut console);
    let refused = Plan { refused: Some("deployments.apps \"orders\" is forbidden".into()), ..plan(Vec::new()) };
    console.tell(Msg::Planned(form, Ok(refused)));
    console.keys("enter");
    assert!(run(&mut console).is_none());
    assert!(console.paint().contains("⊘ deployments.apps"), "{}", console.text());
    console.paste("5\n");
    assert!(run(&mut console).is_none(), "pasted text never acts as keys");
    console.keys("esc s");
    let (form, ..) = asked(&mut console);
    console.tell(Msg::Planned(form, Err(Fault::new(Class::NotFound, "get deployment", "not found"))));
    console.keys("enter enter");
    assert!(run(&mut console).is_none() && console.paint().contains("not found"));
}

#[test]
fn a_late_plan_for_other_values_is_dropped() {
    let mut console = deployments(Settings::default());
    console.keys("s");
    let (first, ..) = asked(&mut console);
    console.tell(Msg::Planned(first, Ok(plan(Vec::new()))));
    console.keys("7");
    let (seventh, ..) = asked(&mut console);
    console.tell(Msg::Planned(first, Ok(plan(Vec::new()))));
    console.keys("enter");
    assert!(run(&mut console).is_none(), "the plan on the screen is not for 7");
    console.tell(Msg::Planned(seventh, Ok(plan(Vec::new()))));
    assert!(run(&mut console).is_some(), "Enter was typed, and this plan needs no look");
}

#[test]
fn an_action_says_what_it_is_for_and_leaving_asks_while_jobs_run() {
    let mut console = Console::live(things::shop());
    console.keys("s");
    assert!(console.said().unwrap().contains("scale is for deployments"), "{:?}", console.said());
    let mut console = deployments(Settings::default());
    console.keys("s enter");
    planned(&mut console);
    assert!(run(&mut console).is_some());
    console.line("q");
    assert!(!console.app.quits && console.said().unwrap().contains("1 changes are going on"));
    console.line("q");
    assert!(console.app.quits);
}

#[test]
fn the_last_of_many_changes_in_a_second_is_taken_back() {
    let mut console = deployments(Settings::default());
    console.tell(Msg::Journal([10, 9, 7].map(|count| entry("other", count, true)).to_vec()));
    console.line("undo");
    let taken = |effect: &Effect| matches!(effect, Effect::PlanUndo { .. });
    assert!(console.effects().iter().any(taken));
    let Some(form) = &console.app.form else { panic!("it is planned") };
    assert!(matches!(&form.of, rk9s::app::form::Of::Undo { entry, .. } if entry == "other-10"), "{:?}", form.of);
}

/// Its terminal was closed, or it was told to end: nobody is there to answer.
#[test]
fn a_signal_to_leave_asks_nothing() {
    let mut console = deployments(Settings::default());
    console.keys("s enter");
    planned(&mut console);
    assert!(run(&mut console).is_some());
    console.tell(Msg::Leave);
    assert!(console.app.quits && console.effects().iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn what_is_typed_before_the_fields_are_known_goes_to_them() {
    let mut console = deployments(Settings::default());
    console.keys("s");
    let (first, ..) = asked(&mut console);
    console.keys("1 c 2 enter");
    assert!(console.effects().is_empty(), "nothing to plan yet");
    console.tell(Msg::Planned(first, Ok(plan(Vec::new()))));
    let (form, _, values) = asked(&mut console);
    assert_eq!(values.unwrap().get("replicas").map(String::as_str), Some("12"));
    console.tell(Msg::Planned(form, Ok(plan(Vec::new()))));
    assert!(run(&mut console).is_some(), "Enter was typed last, and this plan needs no look");
    console.keys("s");
    let (first, ..) = asked(&mut console);
    console.keys("enter 4");
    console.tell(Msg::Planned(first, Ok(plan(Vec::new()))));
    planned(&mut console);
    assert!(run(&mut console).is_none(), "Enter was typed for something else");
}

#[test]
fn what_was_not_done_is_asked_for_again_with_what_was_filled_in() {
    let mut console = deployments(Settings::default());
    let job = scaled(&mut console);
    console.line("again");
    assert!(console.said().unwrap().contains("goes on still"), "{:?}", console.said());
    let moved = Fault::new(Class::Conflict, "change", "it has changed since it was read");
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Failed(moved))));
    let said = console.said().unwrap();
    assert!(said.contains("0 of 1 done") && said.contains("it has changed since") && said.contains(":again"), "{said}");
    console.effects();
    console.line("again");
    let (_, action, values) = asked(&mut console);
    assert_eq!(action, "scale");
    assert_eq!(values.unwrap().get("replicas").map(String::as_str), Some("5"), "read anew, with what was filled in");
}

fn entry(process: &str, count: u64, ended: bool) -> Entry {
    let target =
        rk9s::cluster::papers::Target { name: "orders".into(), namespace: Some("shop".into()), ..Default::default() };
    let sets = vec![Set { path: "/spec/replicas".into(), before: Some(3.into()), after: Some(5.into()) }];
    let does = Do::Edit { subresource: "scale".into(), sets };
    let outcome = ended.then(|| "done".to_owned());
    Entry {
        id: format!("{process}-{count}"),
        at: 1_700_000_000,
        context: "prod-eu".into(),
        cluster: "https://prod.example".into(),
        user: "ana".into(),
        title: "Scale deployment/orders".into(),
        done: vec![Done { target, uid: "uid-1".into(), does, outcome, made: None }],
        kubectl: vec!["kubectl scale deployment/orders --replicas=5".into()],
        undoes: None,
        ended,
        runs_elsewhere: false,
    }
}

#[test]
fn the_journal_is_a_table_whose_rows_open_and_are_taken_back() {
    let mut console = deployments(Settings::default());
    console.tell(Msg::Journal(vec![entry("other", 1, true)]));
    console.line("journal");
    assert!(console.effects().iter().any(|effect| matches!(effect, Effect::ReadJournal)));
    let text = console.paint();
    for part in ["CHANGE", "Scale deployment/orders", "prod-eu", "ana", "1/1", "done"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    console.keys("enter");
    let text = console.paint();
    for part in ["https://prod.example", "~ spec.replicas   3 → 5", "$ kubectl scale"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    console.keys("r y b");
    assert!(console.said().unwrap().contains("no object of the cluster"), "{:?}", console.said());
    console.keys("esc U");
    assert!(console.effects().iter().any(|effect| matches!(effect, Effect::PlanUndo { done, .. } if done.len() == 1)));
}

#[test]
fn a_change_that_nobody_saw_end_is_told_of_and_asked_about() {
    let mut console = deployments(Settings::default());
    console.tell(Msg::Journal(vec![entry("crashed", 7, false)]));
    assert!(console.said().unwrap().contains("unknown outcome"), "{:?}", console.said());
    console.line("journal");
    assert!(console.paint().contains("outcome unknown"), "{}", console.text());
    console.keys("U");
    assert!(console.said().unwrap().contains("not known yet how it ended"), "{:?}", console.said());
    console.effects();
    console.keys("R");
    let asked = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Check { entry, done, .. } => Some((entry, done.len())),
        _ => None,
    });
    assert_eq!(asked, Some(("crashed-7".into(), 1)));
    console.tell(Msg::Checked("crashed-7".into(), vec![Err(Fault::new(Class::Unreachable, "get", "no route"))]));
    assert!(console.said().unwrap().contains("cannot be told"), "{:?}", console.said());
    console.tell(Msg::Checked("crashed-7".into(), vec![Ok(true)]));
    assert!(console.effects().iter().any(|effect| matches!(effect, Effect::Note(entry) if entry.ended)));
    console.keys("U");
    assert!(
        console.effects().iter().any(|effect| matches!(effect, Effect::PlanUndo { .. })),
        "now it can be taken back"
    );
}

#[test]
fn what_may_not_be_done_is_known_before_it_is_tried() {
    let mut console = deployments(Settings::default());
    console.keys("s");
    let asked = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Ask { ask, what: Ask::Rights(namespace), .. } => Some((ask, namespace)),
        _ => None,
    });
    let (ask, namespace) = asked.unwrap();
    assert_eq!(namespace, "shop");
    // No rule at all, and the server knows them all.
    console.tell(Msg::Answer(ask, Answer::Rights(Ok(Rights { complete: true, ..Rights::default() }))));
    console.keys("esc s");
    assert!(console.effects().is_empty(), "nothing is planned, nothing asked again");
    assert!(console.said().unwrap().contains("you may not patch deployments/scale in shop"), "{:?}", console.said());
    let why = console.app.possible(rk9s::app::verb::named("scale").unwrap()).unwrap_err();
    assert!(why.contains("you may not"), "help and the palette say it, too: {why}");
}

#[test]
fn a_change_goes_on_when_its_view_and_its_context_are_left() {
    let mut console = deployments(Settings::default());
    let job = scaled(&mut console);
    console.line("pods");
    console.line("ctx other");
    assert!(console.paint().contains("1 running"), "{}", console.text());
    console.effects();
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert!(
        console
            .effects()
            .iter()
            .any(|effect| matches!(effect, Effect::Note(entry) if entry.ended && entry.context == "prod-eu"))
    );
    assert!(console.said().unwrap().contains("Scale deployment/orders: done"), "{:?}", console.said());
}
