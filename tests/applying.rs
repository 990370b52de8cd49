#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]
//! Applying manifests on the embedded cluster, and with `RK9S_CONTRACT` on a real control plane: what is shown first, what comes of
//! it, what stands in the way, and the way back; the same of one key that is edited. With a kubectl, what `kubectl apply --server-side` makes of the same is the same.

#[path = "acting/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "demo/served.rs"]
mod served;

use place::{Place, until};
use rk9s::actions::change::Do;
use rk9s::actions::{Values, edit_key, secret};
use rk9s::cluster::changes::{self, Outcome, Plan, Progress, Step};
use rk9s::cluster::papers::{Target, object};
use rk9s::cluster::watch::TableOf;
use rk9s::manifest::written;
use serde_json::{Value, json};
use served::Served;
use std::path::{Path, PathBuf};

/// A value that must be seen nowhere.
const CANARY: &str = "canary-of-the-secret";

fn file(space: &str, mode: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: {space}\ndata:\n  mode: {mode}\n  other: x\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: door\n  namespace: {space}\nstringData:\n  key: {CANARY}-{mode}\n\
         ---\n# last, and made first\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {space}\n"
    )
}

async fn plan(place: &Place, text: &str, force: &str) -> Plan {
    let values = [("path", "all.yaml"), ("force", force)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let plan = changes::plan_apply(&place.link, &Values::from(values), written::of_file("all.yaml", text)).await;
    let plan = plan.unwrap();
    let shown = format!("{}{:?}{:?}{:?}", plan.preview.text(), plan.notes, plan.refused, plan.steps);
    assert!(!shown.contains(CANARY), "{shown}");
    plan
}

/// What became of each step, and how it is taken back.
async fn run(place: &Place, steps: Vec<Step>) -> (Vec<Outcome>, Vec<(Target, String, Do)>) {
    let mut done: Vec<_> = steps.iter().map(|s| (s.target.clone(), s.uid.clone(), s.does.clone())).collect();
    let mut outcomes = vec![Outcome::Cancelled; steps.len()];
    let (sink, mut source) = tokio::sync::mpsc::channel(64);
    let take = async {
        while let Some(progress) = source.recv().await {
            match progress {
                Progress::Made(at, uid) => done[at].1 = uid,
                Progress::Ended(at, outcome) => outcomes[at] = outcome,
                _ => {}
            }
        }
    };
    tokio::join!(changes::run(place.link.clone(), steps, Default::default(), sink), take);
    (outcomes, done)
}

async fn carried_out(place: &Place, plan: Plan) -> Vec<(Target, String, Do)> {
    assert_eq!(plan.refused, None, "{}", plan.preview.text());
    let (outcomes, done) = run(place, plan.steps).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{outcomes:?}");
    done
}

async fn settings(place: &Place, space: &str) -> Value {
    let path = format!("/api/v1/namespaces/{space}/configmaps/settings");
    place.link.get_json(&path).await.unwrap()
}

/// Who manages what, without times.
fn managers(object: &Value) -> Vec<Value> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries.iter().map(|e| json!([e["manager"], e["operation"], e["fieldsV1"]])).collect()
}

/// Namespaces are named by the process: several may try at once.
async fn all(place: &Place, kubectl: bool) {
    let space = format!("applied-{}", std::process::id());
    // Made: the namespace first, wherever it stands.
    let first = plan(place, &file(&space, "day"), "no").await;
    let text = first.preview.text();
    assert!(text.starts_with("3 created\n") && text.contains("namespace/") && text.contains("+   mode: day"), "{text}");
    assert_eq!(first.steps[0].target.what.kind, "Namespace");
    assert_eq!(first.kubectl[0].words.join(" "), "apply --server-side --field-manager=rk9s -f all.yaml");
    let made = carried_out(place, first).await;
    assert!(made.iter().all(|(_, uid, _)| !uid.is_empty()), "what was made is known: {made:?}");
    assert_eq!(settings(place, &space).await["data"], json!({"mode": "day", "other": "x"}));
    // Again: nothing.
    let again = plan(place, &file(&space, "day"), "no").await;
    assert_eq!(again.refused.as_deref(), Some("nothing would change"), "{}", again.preview.text());
    assert!(again.preview.text().starts_with("3 unchanged\n"), "{}", again.preview.text());
    changed_and_taken_back(place, &space).await;
    one_key(place, &space).await;
    conflicts(place, &space).await;
    if kubectl {
        beside_kubectl(place, &space).await;
    }
    // What was made is taken back by its uid, and with the namespace all that is in it.
    let undo = changes::plan_undo(&place.link, &made).await.unwrap();
    assert_eq!(undo.refused, None);
    let namespace: Vec<Step> = undo.steps.into_iter().filter(|step| step.target.what.kind == "Namespace").collect();
    let (outcomes, _) = run(place, namespace).await;
    assert_eq!(outcomes, [Outcome::Done]);
}

async fn changed_and_taken_back(place: &Place, space: &str) {
    let before = settings(place, space).await;
    let text = file(space, "night").replace("  other: x\n", "");
    let change = plan(place, &text, "no").await;
    let shown = change.preview.text();
    for part in
        ["2 changed, 1 unchanged", "~ data.mode   day → night", "~ data.other   x → –", "~ data.key   *** → ***"]
    {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let done = carried_out(place, change).await;
    assert_eq!(settings(place, space).await["data"], json!({"mode": "night"}), "what is no longer there is removed");
    let found = changes::check(&place.link, &done).await;
    assert!(found.iter().all(|found| *found == Ok(true)), "{found:?}");
    carried_out(place, changes::plan_undo(&place.link, &done).await.unwrap()).await;
    let after = settings(place, space).await;
    assert_eq!(after["data"], before["data"]);
    let twice = changes::plan_undo(&place.link, &done).await.unwrap();
    assert_eq!(twice.refused.as_deref(), Some("nothing would change"));
}

/// A key of each is edited and taken back; the Secret's value is nowhere but in the Secret.
async fn one_key(place: &Place, space: &str) {
    for (plural, kind, name, key) in
        [("configmaps", "ConfigMap", "settings", "mode"), ("secrets", "Secret", "door", "key")]
    {
        let what = TableOf {
            version: "v1".into(),
            plural: plural.into(),
            kind: kind.into(),
            namespaced: true,
            ..TableOf::default()
        };
        let target = Target { what, namespace: Some(space.into()), name: name.into() };
        let read = async || -> String {
            let object = object(&place.link, &target).await.unwrap();
            String::from_utf8(rk9s::manifest::secret::value(&object, key).unwrap()).unwrap()
        };
        let (was, object) = (read().await, object(&place.link, &target).await.unwrap());
        let (before, _) = edit_key::text(&object, key).unwrap();
        let text = format!("{CANARY} of {kind}");
        let values = [(edit_key::KEY, key), (edit_key::BEFORE, &before), (edit_key::VALUE, &text)];
        let values: Values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let plan = changes::plan(&place.link, &edit_key::EDIT_KEY, std::slice::from_ref(&target), Some(&values), 0)
            .await
            .unwrap();
        let shown = format!("{}{:?}{:?}", plan.preview.text(), plan.notes, plan.kubectl);
        assert_eq!(shown.contains(CANARY), kind == "ConfigMap", "{shown}");
        let done = carried_out(place, plan).await;
        assert_eq!(read().await, text);
        let again = changes::plan(&place.link, &edit_key::EDIT_KEY, std::slice::from_ref(&target), Some(&values), 0)
            .await
            .unwrap();
        assert!(again.refused.unwrap().contains("somebody else meanwhile"));
        let kept = serde_json::to_string(&secret::kept(&target.what, &done[0].2)).unwrap();
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text);
        assert!(kind == "ConfigMap" || !kept.contains(CANARY) && !kept.contains(&encoded), "{kept}");
        carried_out(place, changes::plan_undo(&place.link, &done).await.unwrap()).await;
        assert_eq!(read().await, was);
    }
}

async fn conflicts(place: &Place, space: &str) {
    let path = format!("/api/v1/namespaces/{space}/configmaps/settings?fieldManager=somebody");
    place.merge(&path, &json!({"data": {"mode": "theirs"}})).await.unwrap();
    let text = file(space, "ours");
    let refused = plan(place, &text, "no").await;
    let why = refused.refused.clone().unwrap();
    assert_eq!(why, "all.yaml, document 1: somebody manages what would change of settings: force takes it over");
    assert!(refused.preview.text().contains(".data.mode"), "{}", refused.preview.text());
    let forced = plan(place, &text, "yes").await;
    assert!(forced.kubectl[0].words.contains(&"--force-conflicts".to_owned()));
    assert!(format!("{:?}", forced.notes).contains("somebody"), "{:?}", forced.notes);
    let moved = forced.steps.clone();
    let done = carried_out(place, forced).await;
    assert_eq!(settings(place, space).await["data"]["mode"], "ours");
    // It has moved on since it was shown: what is taken over is never taken unseen.
    let one = moved.into_iter().filter(|step| step.target.name == "settings").collect();
    let (outcomes, _) = run(place, one).await;
    assert!(matches!(&outcomes[..], [Outcome::Failed(_)]), "{outcomes:?}");
    carried_out(place, changes::plan_undo(&place.link, &done).await.unwrap()).await;
    assert_eq!(settings(place, space).await["data"]["mode"], "theirs");
}

/// The same manifests by kubectl, in a namespace of its own.
async fn beside_kubectl(place: &Place, space: &str) {
    let (ours, theirs) = (format!("{space}-ours"), format!("{space}-theirs"));
    let text = |space: &str, replicas: i64| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}\n---\napiVersion: apps/v1\nkind: Deployment\n\
             metadata: {{name: web, namespace: {space}, labels: {{a: 'yes'}}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  \
             template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers: [{{name: c, image: 'x:{replicas}'}}]\n      \
             volumes: [{{name: v, configMap: {{name: cm, optional: yes, defaultMode: 0644}}}}]\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    for replicas in [1, 2] {
        carried_out(place, plan(place, &text(&ours, replicas), "no").await).await;
        let file = folder.path().join("all.yaml");
        std::fs::write(&file, text(&theirs, replicas)).unwrap();
        place
            .kubectl(&theirs, &format!("apply --server-side --field-manager=rk9s -f {}", file.display()), &[])
            .await
            .unwrap();
    }
    let both = until(async || {
        let web = async |space: &str| -> Value {
            place.link.get_json(&format!("/apis/apps/v1/namespaces/{space}/deployments/web")).await.unwrap()
        };
        let (one, other) = (web(&ours).await, web(&theirs).await);
        let of = |object: &Value| {
            let own: Vec<Value> = managers(object).into_iter().filter(|entry| entry[0] == "rk9s").collect();
            (object["spec"].clone(), object["metadata"]["labels"].clone(), own)
        };
        if of(&one) == of(&other) { Ok(()) } else { Err(format!("{one}\n{other}")) }
    });
    both.await.unwrap();
    for space in [ours, theirs] {
        place.kubectl("default", &format!("delete namespace {space} --wait=false"), &[]).await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_applied_says_where_it_is() {
    let served = Served::start();
    let place = Place::at(&served.kubeconfig, Path::new("kubectl")).await;
    let one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    for (text, said) in [
        ("apiVersion: v1\nkind: Cat\nmetadata: {name: a}", "document 1: the server has no Cat in v1"),
        ("apiVersion: example.org/v1\nkind: Cat\nmetadata: {name: a}", "the server has no Cat in example.org/v1"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a}", "document 1: metadata.name is missing"),
        (&format!("{one}---\n{one}"), "document 2: configmap/a is in all.yaml, document 1 as well"),
        (&format!("{one}---\n{one}dota: {{a: b}}\n").replace("name: a}\ndota", "name: b}\ndota"), "document 2: "),
        (&one.replace("name: a", "name: a, namespace: nowhere"), "namespaces \"nowhere\" not found"),
    ] {
        let plan = plan(&place, text, "no").await;
        let why = plan.refused.unwrap();
        assert!(why.starts_with("all.yaml, ") && why.contains(said), "{why}");
    }
    // The context's namespace, where none is named.
    let plan = plan(&place, one, "no").await;
    assert_eq!(plan.steps[0].target.namespace.as_deref(), Some(place.link.namespace()));
    assert!(object(&place.link, &plan.steps[0].target).await.is_err(), "a plan changes nothing");
}

#[tokio::test]
async fn on_the_embedded_cluster() {
    let served = Served::start();
    let kubectl = served::kubectl();
    let place = Place::at(&served.kubeconfig, &kubectl.clone().unwrap_or_default()).await;
    all(&place, kubectl.is_some()).await;
}

#[tokio::test]
async fn on_a_real_control_plane() {
    let Some(lab) = std::env::var_os("RK9S_CONTRACT") else {
        println!("skipped, RK9S_CONTRACT names no lab");
        return;
    };
    let kubectl: Option<PathBuf> = served::kubectl();
    let place = Place::at(&Path::new(&lab).join("admin.kubeconfig"), &kubectl.clone().unwrap_or_default()).await;
    all(&place, kubectl.is_some()).await;
}
