//! Changes that make something, and their way back: what was created is known by the uid that the server gave it.

use super::harness::Console;
use super::things;
use rk9s::actions::change::Do;
use rk9s::actions::{Field, Kind};
use rk9s::app::effect::{Effect, FormId, JobId};
use rk9s::app::journal::Entry;
use rk9s::app::msg::Msg;
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::cluster::changes::{Kubectl, Outcome, Plan, Progress, Step};
use rk9s::cluster::papers::Target;
use rk9s::cluster::watch::TableOf;
use serde_json::json;

fn table(kind: &str, names: &[&str]) -> Console {
    let mut console = Console::start(Subject::new(Of::named(kind, None), Scope::one("shop")));
    console.connect("prod-eu");
    console.list(names.iter().map(|name| things::pod(name)).collect());
    console.effects();
    console
}

/// The last plan that was asked for: its form, its action, and the value of a field.
fn asked(console: &mut Console, field: &str) -> (FormId, &'static str, Option<String>) {
    let plan = console.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::Plan { form, action, values, .. } => Some((form, action, values?.get(field).cloned())),
        _ => None,
    });
    plan.expect("a plan with values is asked for")
}

fn first(console: &mut Console) -> (FormId, &'static str) {
    let plan = console.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::Plan { form, action, .. } => Some((form, action)),
        _ => None,
    });
    plan.expect("a plan is asked for")
}

fn run(console: &mut Console) -> Option<(JobId, Entry)> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::Run { job, entry, .. } => Some((job, *entry)),
        _ => None,
    })
}

fn service() -> Plan {
    let what = TableOf {
        version: "v1".into(),
        plural: "services".into(),
        kind: "Service".into(),
        namespaced: true,
        ..TableOf::default()
    };
    let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front"}});
    let target = Target { name: "orders".into(), namespace: Some("shop".into()), ..Target::default() };
    Plan {
        fields: vec![
            Field { name: "name", kind: Kind::Text, value: "orders".into() },
            Field {
                name: "type",
                kind: Kind::Choice(vec![("ClusterIP".into(), "inside".into()), ("Headless".into(), "none".into())]),
                value: "ClusterIP".into(),
            },
        ],
        steps: vec![Step::new(target, "uid-of-deployment", Do::Create { what, object })],
        kubectl: vec![Kubectl {
            namespace: Some("shop".into()),
            words: ["expose", "deployment/orders", "--name=front"].map(String::from).to_vec(),
        }],
        ..Plan::default()
    }
}

#[test]
fn a_deployment_is_exposed_and_the_service_taken_back_by_its_own_uid() {
    let mut console = table("deployments", &["orders"]);
    console.keys("E");
    let (form, action) = first(&mut console);
    assert_eq!(action, "expose");
    console.tell(Msg::Planned(form, Ok(service())));
    console.keys("tab right");
    let (form, _, value) = asked(&mut console, "type");
    assert_eq!(value.as_deref(), Some("Headless"));
    console.tell(Msg::Planned(form, Ok(service())));
    let text = console.paint();
    for part in
        ["Expose deployment/orders", "[Headless]", "$ kubectl --context prod-eu -n shop expose deployment/orders"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    console.keys("enter");
    let (job, _) = run(&mut console).unwrap();
    console.tell(Msg::Progress(job, Progress::Made(0, "uid-of-service".into())));
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert!(console.said().unwrap().contains("done · U takes it back"), "{:?}", console.said());
    console.effects();
    console.keys("U");
    let undone = console.effects().into_iter().find_map(|effect| match effect {
        Effect::PlanUndo { done, .. } => Some(done),
        _ => None,
    });
    let done = undone.expect("it is asked how to take it back");
    let (target, uid, _) = done.first().unwrap();
    assert_eq!(
        (target.what.plural.as_str(), target.name.as_str(), uid.as_str()),
        ("services", "front", "uid-of-service")
    );
    assert!(console.paint().contains("Take back: Expose deployment/orders"), "{}", console.text());
}

#[test]
fn what_was_made_without_an_answer_cannot_be_taken_back() {
    let mut console = table("deployments", &["orders"]);
    console.keys("E");
    let (form, _) = first(&mut console);
    console.tell(Msg::Planned(form, Ok(service())));
    console.keys("enter");
    let (job, _) = run(&mut console).unwrap();
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert!(!console.said().unwrap().contains("takes it back"), "{:?}", console.said());
    console.keys("U");
    assert!(console.said().unwrap().contains("no change here that could be taken back"), "{:?}", console.said());
}

fn taints() -> Plan {
    let known =
        [("pool=gpu:NoSchedule", "on 2"), ("spot:PreferNoSchedule", "on 1"), ("a:NoSchedule-", "removes a:NoSchedule")];
    let known = known.map(|(value, says)| (value.to_owned(), says.to_owned())).to_vec();
    Plan {
        fields: vec![Field { name: "taint", kind: Kind::Known(known), value: String::new() }],
        refused: Some("taint is missing".into()),
        ..Plan::default()
    }
}

#[test]
fn taints_in_use_are_offered_and_completed() {
    let mut console = table("nodes", &["node-a1"]);
    console.keys("T");
    let (form, action) = first(&mut console);
    assert_eq!(action, "taint");
    console.tell(Msg::Planned(form, Ok(taints())));
    let text = console.paint();
    assert!(text.contains("pool=gpu:NoSchedule    on 2") && text.contains("⇥ completes"), "{text}");
    console.keys("tab tab");
    let (.., value) = asked(&mut console, "taint");
    assert_eq!(value.as_deref(), Some("spot:PreferNoSchedule"));
    console.keys("backtab backtab");
    let (.., value) = asked(&mut console, "taint");
    assert_eq!(value.as_deref(), Some("a:NoSchedule-"), "the last one is before the first");
    console.keys("tab backspace");
    let (form, _, value) = asked(&mut console, "taint");
    assert_eq!(value.as_deref(), Some("pool=gpu:NoSchedul"), "what was taken is typed on");
    console.tell(Msg::Planned(form, Ok(taints())));
    let text = console.paint();
    assert!(text.contains("pool=gpu:NoSchedule ") && !text.contains("spot:"), "only what fits is offered\n{text}");
}

#[test]
fn a_namespace_is_made_from_any_table_and_an_empty_one() {
    let mut console = table("deployments", &[]);
    console.line("create-namespace");
    let (form, action) = first(&mut console);
    assert_eq!(action, "create-namespace");
    let fields = vec![Field { name: "name", kind: Kind::Text, value: String::new() }];
    console.tell(Msg::Planned(form, Ok(Plan { fields, refused: Some("name is missing".into()), ..Plan::default() })));
    console.type_text("blue");
    let (.., value) = asked(&mut console, "name");
    assert_eq!(value.as_deref(), Some("blue"));
    let text = console.paint();
    assert!(text.contains("╭─ Create namespace ─") && text.contains("[blue]"), "{text}");
}

/// What the editor was given.
fn page(console: &mut Console) -> Option<(rk9s::app::effect::SessionId, Target, String)> {
    console.effects().into_iter().find_map(|effect| match effect {
        Effect::Editor { session, target, text } => Some((session, target, text.text().to_owned())),
        _ => None,
    })
}

fn fetched(console: &mut Console, replicas: i64) -> (rk9s::app::effect::SessionId, Target, String) {
    let (session, target) = console
        .effects()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Fetch { session, target } => Some((session, target)),
            _ => None,
        })
        .expect("the object is read");
    let object =
        json!({"kind": "Deployment", "metadata": {"name": "orders", "uid": "u"}, "spec": {"replicas": replicas}});
    console.tell(Msg::Fetched(session, target, Ok(object)));
    page(console).expect("the editor opens")
}

fn edit_plan(refused: Option<&str>) -> Plan {
    let sets = vec![rk9s::actions::change::Set {
        path: "/spec/replicas".into(),
        before: Some(json!(3)),
        after: Some(json!(5)),
    }];
    let target = Target { name: "orders".into(), ..Target::default() };
    let step = Step::new(target, "u", Do::Edit { subresource: String::new(), sets });
    Plan { steps: vec![step], refused: refused.map(str::to_owned), ..Plan::default() }
}

#[test]
fn an_edit_is_saved_planned_and_committed_at_once() {
    let mut console = table("deployments", &["orders"]);
    console.keys("e");
    let (session, target, text) = fetched(&mut console, 3);
    assert!(text.starts_with("# ") && text.contains("replicas: 3"), "{text}");
    console.tell(Msg::Edited(session, target.clone(), Ok(text.clone())));
    assert!(console.said().unwrap().contains("nothing was changed"), "{:?}", console.said());
    console.keys("e");
    let (session, target, text) = fetched(&mut console, 3);
    console.tell(Msg::Edited(session, target, Ok(text.replace("replicas: 3", "replicas: 5"))));
    let (form, action, value) = asked(&mut console, "text");
    assert_eq!(action, "edit");
    assert!(value.unwrap().contains("replicas: 5"));
    console.tell(Msg::Planned(form, Ok(edit_plan(None))));
    let (job, entry) = run(&mut console).expect("what is saved is committed");
    assert_eq!(entry.title, "Edit deployment/orders");
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Done)));
    assert!(console.said().unwrap().contains("U takes it back"), "{:?}", console.said());
    console.effects();
    console.keys("e");
    let (.., text) = fetched(&mut console, 5);
    assert!(!text.contains("You wrote this before"), "what was applied is no draft\n{text}");
}

#[test]
fn a_refusal_comes_back_in_the_editor_and_nothing_typed_is_lost() {
    let mut console = table("deployments", &["orders"]);
    console.keys("e");
    let (session, target, text) = fetched(&mut console, 3);
    let broken = text.replace("replicas: 3", "replicas: [");
    console.tell(Msg::Edited(session, target.clone(), Ok(broken)));
    let (session, target, text) = fetched(&mut console, 3);
    assert!(text.contains("# it cannot be read as YAML") && text.contains("replicas: ["), "{text}");
    console.tell(Msg::Edited(session, target.clone(), Ok(text.replace('[', "5"))));
    let (form, ..) = asked(&mut console, "text");
    console.tell(Msg::Planned(form, Ok(edit_plan(Some("exceeded quota:\nreplicas")))));
    let (session, target, text) = fetched(&mut console, 4);
    assert!(text.contains("# exceeded quota:\n# replicas\n"), "{text}");
    assert!(text.contains("others wrote meanwhile: spec.replicas") && text.contains("replicas: 5"), "{text}");
    console.tell(Msg::Edited(session, target.clone(), Ok(text)));
    assert!(console.said().unwrap().contains("your text is there again"), "{:?}", console.said());
    console.keys("e");
    let (session, target, text) = fetched(&mut console, 4);
    console.tell(Msg::Edited(session, target, Ok(rk9s::actions::edit::body(&text).to_owned())));
    let (form, ..) = asked(&mut console, "text");
    console.tell(Msg::Planned(form, Ok(edit_plan(None))));
    let (job, _) = run(&mut console).expect("its words were removed, so it is applied as it is");
    let fault = rk9s::cluster::fault::Fault::new(rk9s::cluster::fault::Class::Conflict, "patch", "it has changed");
    console.tell(Msg::Progress(job, Progress::Ended(0, Outcome::Failed(fault))));
    console.effects();
    console.keys("e");
    let (session, target, text) = fetched(&mut console, 4);
    assert!(text.contains("it has changed") && text.contains("replicas: 5"), "{text}");
    console.tell(Msg::Edited(session, target, Ok(String::new())));
    assert!(console.said().unwrap().contains("the text is empty"), "{:?}", console.said());
    console.keys("e");
    let (.., text) = fetched(&mut console, 4);
    assert!(text.contains("replicas: 4"), "an empty text gives it up\n{text}");
}

#[test]
fn a_warning_shows_the_edit_first_and_leaving_keeps_the_text() {
    let mut console = table("deployments", &["orders"]);
    console.keys("e");
    let (session, target, text) = fetched(&mut console, 3);
    console.tell(Msg::Edited(session, target, Ok(text.replace("replicas: 3", "replicas: 0"))));
    let (form, ..) = asked(&mut console, "text");
    let notes = vec![rk9s::actions::change::Note::Warns("hpa/orders will take this back".into())];
    console.tell(Msg::Planned(form, Ok(Plan { notes, ..edit_plan(None) })));
    assert!(run(&mut console).is_none());
    assert!(console.paint().contains("! hpa/orders will take this back"), "{}", console.text());
    console.keys("esc e");
    let (.., text) = fetched(&mut console, 3);
    assert!(text.contains("You wrote this before") && text.contains("replicas: 0"), "{text}");
}
