//! The history of a workload on the screen: its own revisions, the newest first, what tells two of them apart, and the way back.

use super::harness::Console;
use super::things;
use rk9s::actions::{Field, Kind};
use rk9s::app::effect::{Effect, FormId};
use rk9s::app::msg::Msg;
use rk9s::app::subject::{Of, Scope, Subject};
use rk9s::cluster::catalog::Served;
use rk9s::cluster::changes::Plan;
use rk9s::cluster::papers::{Target, View, Want};
use rk9s::config::Settings;
use rk9s::kinds::{Item, Row, Words};
use serde_json::json;

/// A ReplicaSet or ControllerRevision as the kind makes rows of it.
fn kept(plural: &str, owner: (&str, &str), number: i64) -> Row {
    let name = format!("{}-{number}", owner.1);
    let object = json!({
        "metadata": {"name": name, "namespace": "shop", "uid": name, "annotations": {
                "deployment.kubernetes.io/revision": number.to_string(), "kubernetes.io/change-cause": format!("release {number}")},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": owner.0, "name": owner.1, "controller": true}]},
        "revision": number,
        "data": {"spec": {"template": {"spec": {"containers": [{"image": format!("db:{number}")}]}}}},
        "spec": {"template": {"spec": {"containers": [{"image": format!("web:{number}")}]}}},
    });
    let mut rows = Vec::new();
    let kind = rk9s::kinds::find(plural).unwrap();
    kind.rows(&Item::Json(object.to_string().into()), &mut Words::default(), &mut rows).unwrap();
    rows.remove(0)
}

/// A workload under the cursor, and `z`: its revisions, among some of others.
fn history(plural: &str, kept_in: &str, owner: &str) -> Console {
    let served = Served {
        group: "apps".into(),
        version: "v1".into(),
        plural: plural.into(),
        singular: owner.to_lowercase(),
        kind: owner.into(),
        short: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        scales: true,
    };
    let subject = Subject::new(Of::named(plural, Some(&served)), Scope::one("shop"));
    let mut console = Console::with(Settings::default(), subject);
    console.connect("prod-eu");
    console.resize(110, 24);
    console.list(vec![things::pod("web")]);
    console.keys("z");
    let rows = [9, 10, 11].map(|number| kept(kept_in, (owner, "web"), number));
    let others = [kept(kept_in, (owner, "other"), 12), kept(kept_in, ("CloneSet", "web"), 13)];
    console.list(rows.into_iter().chain(others).collect());
    console.effects();
    console
}

fn deployment() -> Console {
    history("deployments", "replicasets", "Deployment")
}

/// What was opened last.
fn opened(console: &mut Console) -> Want {
    let effects = console.effects().into_iter().rev();
    let mut opened = effects.filter_map(|effect| match effect {
        Effect::Open { want, .. } => Some(*want),
        _ => None,
    });
    opened.next().expect("a paper is read")
}

fn named(target: &Target) -> String {
    format!("{}.{}/{}", target.what.plural, target.what.group, target.name)
}

#[test]
fn a_deployment_leads_to_its_own_replicasets_the_newest_first() {
    let mut console = deployment();
    assert_eq!(console.names(), ["web-11", "web-10", "web-9"]);
    assert!(console.bar().contains("deployment/web › replicasets"), "{}", console.bar());
    let heads = console.row(1);
    assert!(["REV↓", "IMAGES", "CAUSE"].iter().all(|head| heads.contains(head)), "{heads}");
    let row = console.row(2);
    assert!(row.contains("web:11") && row.contains("release 11"), "{row}");
    let view = console.app.table().unwrap().subject.locator("");
    assert!(view.ends_with("--owner Deployment/web"), "{view}");
    console.line(&view);
    assert_eq!(console.app.table().unwrap().subject.owner.as_deref(), Some("Deployment/web"), "it can be typed again");
}

#[test]
fn a_stateful_set_leads_to_its_controllerrevisions() {
    let mut console = history("statefulsets", "controllerrevisions", "StatefulSet");
    assert_eq!(console.names(), ["web-11", "web-10", "web-9"]);
    assert!(console.bar().contains("statefulset/web › controllerrevisions"), "{}", console.bar());
    assert!(console.row(1).contains("REV↓ PODS"), "{}", console.row(1));
    let row = console.row(2);
    assert!(row.contains("db:11") && row.contains("release 11"), "{row}");
    console.keys("d");
    assert_eq!(named(&opened(&mut console).target), "controllerrevisions.apps/web-11");
}

#[test]
fn a_revision_that_changes_hands_leaves_the_history() {
    let mut console = deployment();
    let mut gone = kept("replicasets", ("Deployment", "other"), 9);
    gone.uid = things::uid("web-9");
    console.deltas(vec![rk9s::store::delta::Delta::Put(gone)]);
    console.wait(5);
    assert!(!console.names().contains(&"other-9".to_owned()), "{:?}", console.names());
}

#[test]
fn what_has_no_history_says_so() {
    let mut console = Console::live(things::shop());
    console.keys("z");
    assert_eq!(console.said(), Some("only what is rolled out has revisions"));
    console.keys("Z");
    assert_eq!(console.said(), Some("deployments, statefulsets and daemonsets roll out, pods do not"));
}

#[test]
fn one_revision_is_compared_with_what_is_there_now_and_two_with_each_other() {
    let mut console = deployment();
    console.keys("j =");
    let want = opened(&mut console);
    assert_eq!(named(&want.target), "deployments.apps/web", "it is what changes");
    let View::Diff(other) = want.view else { panic!("no diff") };
    assert_eq!(named(&other.target), "replicasets.apps/web-10");
    console.keys("esc space j space =");
    let want = opened(&mut console);
    let View::Diff(other) = &want.view else { panic!("no diff") };
    let mut two = [named(&want.target), named(&other.target)];
    two.sort();
    assert_eq!(two.len(), 2);
    assert!(two.iter().all(|name| name.starts_with("replicasets.apps/web-")), "{two:?}");
}

#[test]
fn the_rollout_is_that_of_the_workload_also_from_a_revision() {
    let mut console = deployment();
    console.keys("Z");
    let want = opened(&mut console);
    assert_eq!((named(&want.target).as_str(), want.view), ("deployments.apps/web", View::Rollout));
    assert!(console.bar().contains("rollout status deployment/web"), "{}", console.bar());
    console.keys("K");
    let text = console.paint();
    assert!(text.contains("kubectl --context prod-eu -n shop rollout status deployment/web"), "{text}");
}

/// The last plan that was asked for: of what, and with which revision.
fn planned(console: &mut Console) -> (FormId, String, Option<String>) {
    let plans = console.effects().into_iter().rev().filter_map(|effect| match effect {
        Effect::Plan { form, action, targets, values, .. } => Some((form, action, targets, values)),
        _ => None,
    });
    let (form, action, targets, values) = plans.into_iter().next().expect("a plan is asked for");
    assert_eq!((action, targets.len()), ("rollback", 1));
    (form, named(&targets[0]), values.map(|values| values["revision"].clone()))
}

#[test]
fn a_workload_is_rolled_back_from_one_of_its_revisions() {
    for (plural, kept_in, owner) in
        [("deployments", "replicasets", "Deployment"), ("statefulsets", "controllerrevisions", "StatefulSet")]
    {
        let mut console = history(plural, kept_in, owner);
        console.keys("j j b");
        let (form, target, revision) = planned(&mut console);
        assert_eq!((target, revision), (format!("{plural}.apps/web"), None), "its fields are not known yet");
        let choices = ["11", "10", "9"].map(|number| (number.to_owned(), String::new()));
        let field = Field { name: "revision", kind: Kind::Choice(choices.into()), value: "10".into() };
        let answer = Plan { fields: vec![field], ..Plan::default() };
        console.tell(Msg::Planned(form, Ok(answer.clone())));
        let (form, _, revision) = planned(&mut console);
        assert_eq!(revision.as_deref(), Some("9"), "the one under the cursor");
        console.tell(Msg::Planned(form, Ok(answer)));
        console.keys("left");
        assert_eq!(planned(&mut console).2.as_deref(), Some("10"), "another can be chosen still");
    }
}

#[test]
fn one_revision_at_a_time() {
    let mut console = deployment();
    console.keys("space space b");
    assert_eq!(console.said(), Some("roll back: to one revision at a time"));
}

#[test]
fn keymaps_with_the_former_name_hold() {
    let mine = "table:\n  to-replicasets: ctrl-y\n";
    let (keymap, wrong) = rk9s::keys::keymap::Keymap::read(mine);
    assert_eq!(wrong, Vec::<String>::new());
    let verb = rk9s::app::verb::named("to-revisions").unwrap();
    assert_eq!(keymap.verb(rk9s::app::verb::Scope::Table, &"ctrl-y".parse().unwrap()), Some(verb));
}
