//! How Jobs run, fail, wait, are suspended and end.

use super::super::Life;
use super::super::garbage::Garbage;
use super::super::stub::{self, Kubelet, edit};
use super::*;
use serde_json::json;

fn begin(image: &str, spec: Object) -> (World, Life) {
    let (mut world, life) = stub::begin(vec![Box::new(Jobs), Box::new(Garbage::default()), Box::new(Kubelet)]);
    let mut job = json!({"metadata": {"namespace": "shop", "name": "report"}, "spec": spec});
    put(
        &mut job,
        "spec/template",
        json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}}),
    );
    world.create(ID, job, Write::by("t")).unwrap();
    (world, life)
}

fn job(world: &World) -> Object {
    world.get(ID, "shop", "report").unwrap()
}

fn reason(world: &World, kind: &str) -> String {
    text(condition::find(at(&job(world), "status"), kind), "reason").to_owned()
}

#[test]
fn it_runs_so_many_at_once_until_enough_have_ended() {
    let (mut world, mut life) = begin("done", json!({"completions": 5, "parallelism": 2}));
    stub::live(&mut life, &mut world, 1);
    assert_eq!(number(&job(&world), "status/active"), 2);
    stub::live(&mut life, &mut world, 20);
    assert_eq!(world.list("pods", None).len(), 5);
    assert_eq!(number(&job(&world), "status/succeeded"), 5);
    assert_eq!(reason(&world, "Complete"), "CompletionsReached");
    assert_eq!(reason(&world, "SuccessCriteriaMet"), "CompletionsReached");
    assert!(!text(&job(&world), "status/completionTime").is_empty());
    assert!(!world.list("pods", None).iter().any(is_tracked));
    assert_eq!(stub::said(&world, "Job").last().unwrap(), "Completed Job completed");
}

#[test]
fn what_fails_is_tried_again_ever_later_until_the_limit() {
    let (mut world, mut life) = begin("fails", json!({"backoffLimit": 2}));
    stub::live(&mut life, &mut world, 5);
    assert_eq!(number(&job(&world), "status/failed"), 1);
    stub::live(&mut life, &mut world, 15);
    assert_eq!(number(&job(&world), "status/failed"), 2, "after ten seconds");
    stub::live(&mut life, &mut world, 10);
    assert_eq!(number(&job(&world), "status/failed"), 2, "after twenty more");
    stub::live(&mut life, &mut world, 15);
    assert_eq!(number(&job(&world), "status/failed"), 3);
    assert_eq!(reason(&world, "Failed"), "BackoffLimitExceeded");
    assert_eq!(reason(&world, "FailureTarget"), "BackoffLimitExceeded");
    let said = stub::said(&world, "Job");
    assert_eq!(said.last().unwrap(), "BackoffLimitExceeded Job has reached the specified backoff limit");
}

#[test]
fn a_deadline_a_suspension_and_an_end_in_time() {
    let (mut world, mut life) = begin("runs:on", json!({"activeDeadlineSeconds": 30, "ttlSecondsAfterFinished": 60}));
    stub::live(&mut life, &mut world, 5);
    edit(&mut world, ID, "report", "spec/suspend", true);
    stub::live(&mut life, &mut world, 60);
    assert!(world.list("pods", None).is_empty());
    assert_eq!((reason(&world, "Suspended"), number(&job(&world), "status/failed")), ("JobSuspended".to_owned(), 0));
    edit(&mut world, ID, "report", "spec/suspend", false);
    stub::live(&mut life, &mut world, 20);
    assert_eq!(number(&job(&world), "status/active"), 1);
    stub::live(&mut life, &mut world, 20);
    assert_eq!(reason(&world, "Failed"), "DeadlineExceeded");
    assert!(world.list("pods", None).is_empty());
    stub::live(&mut life, &mut world, 60);
    assert!(world.get(ID, "shop", "report").is_none());
}

#[test]
fn indexes_are_given_out_once_and_pods_go_with_their_job() {
    let (mut world, mut life) = begin("done", json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"}));
    stub::live(&mut life, &mut world, 10);
    assert_eq!(text(&job(&world), "status/completedIndexes"), "0-2");
    assert!(stub::names(&world, "pods").iter().zip(0..).all(|(name, n)| name.starts_with(&format!("report-{n}-"))));
    world.delete(ID, "shop", "report", &Deletion::default()).unwrap();
    stub::live(&mut life, &mut world, 10);
    assert!(world.list("pods", None).is_empty());
    let (mut world, mut life) = begin("runs:on", json!({}));
    stub::live(&mut life, &mut world, 10);
    world.delete(ID, "shop", "report", &Deletion::default()).unwrap();
    stub::live(&mut life, &mut world, 10);
    assert!(world.list("pods", None).is_empty(), "its finalizer holds nobody");
}
