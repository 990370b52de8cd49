//! The canary: values of Secrets that rk9s reads, and that must be nowhere in what it shows, copies, keeps or logs until they are revealed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "canary/cage.rs"]
mod cage;
#[allow(dead_code)] // it serves other tests, too
#[path = "demo/cluster.rs"]
mod cluster;
#[cfg(unix)]
#[path = "canary/program.rs"]
mod program;
#[cfg(unix)]
#[path = "demo/served.rs"]
mod served;
#[cfg(unix)]
#[path = "pty/terminal.rs"]
mod terminal;
#[path = "canary/trace.rs"]
mod trace;

use cage::{LAST_APPLIED, cage, paper, secrets, target, views, whole};
use rk9s::actions::{self, Values};
use rk9s::cluster::changes::{self, Plan};
use rk9s::cluster::connect::Link;
use rk9s::cluster::objects::{self, Form, Query, Secrets};
use rk9s::cluster::papers::{Reveal, View};
use rk9s::cluster::pulse::Pulse;
use rk9s::cluster::watch::{self, Shared, WatchSpec, What};
use rk9s::store::delta::Delta;
use serde_json::json;
use trace::{INNER, OTHER, TEXT, THEIRS};

#[test]
fn traces_are_found_in_every_form() {
    for text in [
        TEXT.to_owned(),
        trace::base64(format!("x{TEXT}").as_bytes()),
        trace::base64(format!("xy{TEXT}z").as_bytes()),
        TEXT.bytes().map(|byte| format!("{byte:02x} ")).collect(),
    ] {
        assert_eq!(trace::found(&text), [TEXT], "{text}");
    }
    assert!(trace::found("canary").is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_paper_tells_a_value() {
    let small = cage().await;
    for view in views() {
        let document = paper(&small, view.clone(), Reveal::Nothing).await;
        trace::none(view.name(), &whole(&document));
    }
    let diff = paper(&small, views().swap_remove(7), Reveal::All).await;
    trace::none("a diff, which reveals nothing", &whole(&diff));
}

#[tokio::test(start_paused = true)]
async fn what_is_revealed_is_one_value() {
    let small = cage().await;
    let only = |key: &str| Reveal::Keys([key.to_owned()].into());
    for view in [View::Yaml, View::Blame, View::Keys, View::Applied] {
        let text = whole(&paper(&small, view.clone(), only("text")).await);
        assert_eq!(trace::found(&text), [TEXT], "{text}");
        let text = whole(&paper(&small, view.clone(), only("binary")).await);
        assert_eq!(trace::found(&text), [INNER], "{text}");
        let text = whole(&paper(&small, view, Reveal::All).await);
        assert_eq!(trace::found(&text), [TEXT, OTHER, INNER], "{text}");
    }
    let bytes = rk9s::cluster::papers::secret(&small.link, &target("bird"), "binary").await.unwrap();
    assert_eq!(bytes, trace::binary(), "what is copied unseen is the value itself");
}

/// Neither what was applied nor the object's own kind can be trusted to say that a copy is of a Secret.
#[tokio::test(start_paused = true)]
async fn a_copy_without_its_kind_is_masked_as_well() {
    let small = cage().await;
    let copy = json!({"stringData": {"text": THEIRS}, "data": {"other": trace::base64(OTHER.as_bytes())}}).to_string();
    let patch = json!({"metadata": {"annotations": {LAST_APPLIED: copy}}});
    assert_eq!(small.merge("/api/v1/namespaces/shop/secrets/bird", &patch).await.code, 200);
    for view in views() {
        let document = paper(&small, view.clone(), Reveal::Nothing).await;
        trace::none(view.name(), &whole(&document));
    }
}

#[tokio::test(start_paused = true)]
async fn no_table_and_no_snapshot_tells_a_value() {
    let small = cage().await;
    trace::none("the rows", &rows(&small.link).await);
    let query = Query { what: What::Table(secrets()), namespace: None, labels: None, fields: None };
    for form in [Form::Json, Form::Yaml] {
        let query = std::slice::from_ref(&query);
        trace::none("a snapshot", &objects::print(&small.link, query, form, Secrets::Masked).await.unwrap());
        let shown = objects::print(&small.link, query, form, Secrets::Shown).await.unwrap();
        assert_eq!(trace::found(&shown).len(), 4, "{shown}");
    }
}

/// All that a watch of Secrets says until its list ends.
async fn rows(link: &Link) -> String {
    let (shared, _pulse): (Shared, tokio::sync::watch::Sender<Pulse>) = Shared::new();
    let (sink, mut batches) = tokio::sync::mpsc::channel(64);
    let watch = watch::watch(link.clone(), WatchSpec::new(What::Table(secrets()), shared), sink);
    let read = async {
        let mut said = String::new();
        while let Some(batch) = batches.recv().await {
            said.push_str(&format!("{batch:?}\n"));
            if batch.deltas.contains(&Delta::End) {
                break;
            }
        }
        said
    };
    tokio::select! { () = watch => panic!("it stops by itself"), said = read => said }
}

async fn planned(link: &Link, action: &str, typed: &str) -> Plan {
    let action = actions::named(action).unwrap();
    let values: Option<Values> = (!typed.is_empty()).then(|| [("key=value".to_owned(), typed.to_owned())].into());
    changes::plan(link, action, &[target("bird")], values.as_ref(), 0).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_plan_of_a_change_has_a_value() {
    let small = cage().await;
    let annotate = format!("{LAST_APPLIED}=x");
    let forget = format!("{LAST_APPLIED}-");
    for (action, typed) in [
        ("delete", ""),
        ("edit", ""),
        ("label", "a=b"),
        ("label", "a-"),
        ("annotate", "note=x"),
        ("annotate", annotate.as_str()),
        ("annotate", forget.as_str()),
    ] {
        let plan = planned(&small.link, action, typed).await;
        trace::none(&format!("{action} {typed}"), &format!("{}\n{plan:?}", whole(&plan.preview)));
        for step in &plan.steps {
            let kept = serde_json::to_string(&actions::secret::kept(&step.target.what, &step.does)).unwrap();
            trace::none(&format!("what the journal has of {action} {typed}"), &kept);
        }
        let done = plan.steps.iter().map(|step| (step.target.clone(), step.uid.clone(), step.does.clone()));
        let undo = changes::plan_undo(&small.link, &done.collect::<Vec<_>>()).await.unwrap();
        trace::none(&format!("taking back {action} {typed}"), &format!("{undo:?}"));
    }
}
