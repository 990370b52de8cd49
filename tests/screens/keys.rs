//! Quick edit: `e` on a key of a ConfigMap or a Secret, and on any other paper.

use super::harness::Console;
use super::things;
use rk9s::actions::Values;
use rk9s::actions::change::{Do, Set};
use rk9s::app::effect::{Effect, FormId, JobId, SessionId};
use rk9s::app::msg::Msg;
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::cluster::catalog::Served;
use rk9s::cluster::changes::{Outcome, Plan, Progress, Step};
use rk9s::cluster::papers::{Reveal, Target};
use rk9s::config::{Forced, Settings};
use rk9s::manifest;
use serde_json::{Value, json};

fn secret() -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "uid": "u"},
        "data": {"a-binary": "//79", "lines": "YQpi", "password": "Y2FuYXJ5"}})
}

/// The keys of `db`, the cursor on the first.
fn keys(settings: Settings, object: &Value) -> Console {
    let secrets = Served {
        scales: false,
        group: String::new(),
        version: "v1".into(),
        plural: "secrets".into(),
        singular: "secret".into(),
        kind: "Secret".into(),
        short: Vec::new(),
        namespaced: true,
        verbs: ["list", "watch"].map(String::from).to_vec(),
    };
    let mut console = Console::with(settings, Subject::new(Of::Served(secrets), Scope::one("shop")));
    console.connect("prod-eu");
    console.list(vec![things::pod("db")]);
    console.keys("x");
    let paper = console.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::Open { paper, .. } => Some(paper),
        _ => None,
    });
    console.tell(Msg::Paper(paper.unwrap(), Ok(manifest::secret::keys(object, &Reveal::Nothing, 0))));
    console
}

fn fetched(console: &mut Console) -> (SessionId, Target) {
    let asked = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Fetch { session, target } => Some((session, target)),
        _ => None,
    });
    asked.expect("the object is read")
}

fn asked(console: &mut Console) -> (FormId, &'static str, Values) {
    let plan = console.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::Plan { form, action, values, .. } => Some((form, action, values.unwrap())),
        _ => None,
    });
    plan.expect("a plan is asked for")
}

fn plan(target: &Target, refused: Option<&str>) -> Plan {
    let sets = vec![Set { path: "/data/password".into(), before: Some(json!("x")), after: Some(json!("y")) }];
    let step = Step::new(target.clone(), "u", Do::Edit { subresource: String::new(), sets });
    Plan { steps: vec![step], refused: refused.map(str::to_owned), ..Plan::default() }
}

fn run(console: &mut Console) -> Option<JobId> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::Run { job, .. } => Some(job),
        _ => None,
    })
}

#[test]
fn a_value_of_a_secret_is_edited_decoded_in_a_field() {
    let mut console = keys(Settings::default(), &secret());
    console.keys("G e");
    let (session, target) = fetched(&mut console);
    console.tell(Msg::Fetched(session, target.clone(), Ok(secret())));
    let (form, action, values) = asked(&mut console);
    assert_eq!((action, values["key"].as_str(), values["value"].as_str()), ("edit-here", "password", "canary"));
    console.tell(Msg::Planned(form, Ok(plan(&target, Some("nothing would change")))));
    console.keys("2");
    let (form, _, values) = asked(&mut console);
    assert_eq!(values["value"], "canary2");
    console.tell(Msg::Planned(form, Ok(plan(&target, None))));
    let text = console.paint();
    assert!(text.contains("Edit a key of secret/db") && text.contains("[canary2]"), "{text}");
    console.keys("enter");
    let job = run(&mut console).unwrap();
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert_eq!(console.said(), Some("Edit a key of secret/db: done · U takes it back"));
    let state = format!("{:?}", console.app);
    assert!(!state.contains("canary"), "nothing of it is kept");
}

#[test]
fn a_value_of_several_lines_goes_to_the_editor_and_a_refusal_loses_nothing() {
    let mut console = keys(Settings::default(), &secret());
    console.keys("j e");
    let edited = |console: &mut Console, given: &str, typed: &str| {
        let (session, target) = fetched(console);
        console.tell(Msg::Fetched(session, target.clone(), Ok(secret())));
        let page = console.effects().into_iter().find_map(|effect| match effect {
            Effect::Editor { text, .. } => Some(text.text().to_owned()),
            _ => None,
        });
        assert_eq!(page.as_deref(), Some(given));
        console.tell(Msg::Edited(session, target.clone(), Ok(typed.into())));
        target
    };
    // The line that the editor ends it with is none of it.
    let target = edited(&mut console, "a\nb", "a\nc\n");
    let (form, _, values) = asked(&mut console);
    assert_eq!(values["value"], "a\nc");
    console.tell(Msg::Planned(form, Ok(plan(&target, Some("it is immutable")))));
    assert!(console.said().unwrap().contains("it is immutable"));
    console.keys("e");
    edited(&mut console, "a\nc", "a\nd\n");
    let (form, _, values) = asked(&mut console);
    assert_eq!(values["value"], "a\nd");
    console.tell(Msg::Planned(form, Ok(plan(&target, None))));
    let job = run(&mut console).expect("what is saved is committed");
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    console.effects();
    console.keys("e");
    edited(&mut console, "a\nb", "a\nb\n");
    assert!(console.said().unwrap().contains("edit lines of db: nothing was changed"), "{:?}", console.said());
}

#[test]
fn bytes_are_refused_with_the_reason_and_read_only_asks_for_nothing() {
    let mut console = keys(Settings::default(), &secret());
    console.keys("e");
    let (session, target) = fetched(&mut console);
    console.tell(Msg::Fetched(session, target, Ok(secret())));
    assert_eq!(console.said(), Some("edit db: a-binary is binary (3 bytes): it cannot be edited as text"));
    let settings = Settings { forced: Forced::ReadOnly, ..Settings::default() };
    let mut console = keys(settings, &secret());
    console.effects();
    console.keys("e");
    assert!(console.said().unwrap().contains("edit: this is read-only"), "{:?}", console.said());
    assert!(console.effects().iter().all(|effect| !matches!(effect, Effect::Fetch { .. })));
}

#[test]
fn on_another_paper_the_object_is_edited() {
    let mut console = Console::live(vec![things::pod("web-1")]);
    console.keys("y");
    console.effects();
    console.keys("e");
    let (session, target) = fetched(&mut console);
    assert_eq!((target.what.plural.as_str(), target.name.as_str()), ("pods", "web-1"));
    console.tell(Msg::Fetched(session, target, Ok(json!({"kind": "Pod", "metadata": {"name": "web-1"}}))));
    let given = console.effects().into_iter().find_map(|effect| match effect {
        Effect::Editor { text, .. } => Some(text.text().contains("kind: Pod")),
        _ => None,
    });
    assert_eq!(given, Some(true));
}

#[test]
fn help_tells_of_the_paper_below_it_that_its_object_can_be_edited() {
    let mut console = keys(Settings::default(), &secret());
    console.line("help");
    console.resize(100, 200);
    let text = console.paint();
    let line = text.lines().find(|line| line.contains("the value of the key under the cursor")).unwrap();
    assert!(line.ends_with("under the cursor"), "{line}");
}
