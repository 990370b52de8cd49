//! Jobs of many targets: what becomes of each when the server refuses, is too busy, is silent or dies, and when it is cancelled.

use crate::script::{Call, Server, server};
use rk9s::actions::change::{Do, Set};
use rk9s::cluster::changes::{self, Outcome, Progress, Step};
use rk9s::cluster::fault::Class;
use rk9s::cluster::papers::Target;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A running job of the targets `thing-0`, `thing-1`, …
struct Job {
    server: Server,
    cancelled: Arc<AtomicBool>,
    progress: mpsc::Receiver<Progress>,
    task: JoinHandle<()>,
}

fn step(n: usize) -> Step {
    let what = crate::space::kind("configmaps");
    let target = Target { what, namespace: Some("shop".into()), name: format!("thing-{n}") };
    let sets = vec![Set { path: "/data/a".into(), before: Some(json!("1")), after: Some(json!("2")) }];
    Step::new(target, &format!("uid-{n}"), Do::Edit { subresource: String::new(), sets })
}

fn job(targets: usize) -> Job {
    let (server, link) = server(None);
    let cancelled = Arc::new(AtomicBool::new(false));
    let (sink, progress) = mpsc::channel(64);
    let task = tokio::spawn(changes::run(link, (0..targets).map(step).collect(), cancelled.clone(), sink));
    Job { server, cancelled, progress, task }
}

fn number(call: &Call) -> usize {
    let path = call.uri.split('?').next().unwrap();
    path.rsplit_once("thing-").unwrap().1.parse().unwrap()
}

impl Job {
    /// The outcomes by target, and how often each was told to wait for a server that is too busy.
    async fn outcomes(&mut self, targets: usize) -> (Vec<Outcome>, usize) {
        let (mut outcomes, mut waits) = (vec![None; targets], 0);
        while let Some(progress) = self.progress.recv().await {
            match progress {
                Progress::Ended(at, outcome) => assert_eq!(outcomes[at].replace(outcome), None, "ended twice: {at}"),
                Progress::Waits(..) => waits += 1,
                Progress::Begun(_) | Progress::Blocked(..) | Progress::Made(..) => {}
            }
        }
        (&mut self.task).await.unwrap();
        (outcomes.into_iter().map(|outcome| outcome.expect("every target has an outcome")).collect(), waits)
    }
}

/// `done`, `failed Conflict`, `unknown Unreachable`, `cancelled`
fn words(outcomes: &[Outcome]) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Failed(fault) => format!("failed {:?}", fault.class),
        Outcome::Unknown(fault) => format!("unknown {:?}", fault.class),
        Outcome::Cancelled => "cancelled".to_owned(),
    };
    outcomes.iter().map(word).collect()
}

#[tokio::test(start_paused = true)]
async fn each_target_has_its_own_outcome() {
    let mut job = job(7);
    let mut silent = Vec::new();
    for _ in 0..7 {
        let call = job.server.next().await;
        match number(&call) {
            1 => call.status(409, "the object has been modified"),
            // What the API server says of a JSON patch whose tests fail.
            2 => call.status(422, "the server rejected our request due to an error in our request"),
            3 => call.status(403, "not you"),
            4 => call.refuse(),
            5 => silent.push(call),
            6 => call.status(500, "etcd is not well"),
            _ => call.json(&json!({})),
        }
    }
    // Trouble is tried again, and what then is a conflict may be the change itself.
    let again = job.server.next().await;
    assert_eq!(number(&again), 6);
    again.status(409, "the object has been modified");
    let (outcomes, waits) = job.outcomes(7).await;
    assert_eq!(waits, 1);
    let expected =
        ["done", "failed Conflict", "failed Conflict", "failed Forbidden", "unknown Unreachable", "unknown Timeout"];
    assert_eq!(words(&outcomes)[..6], expected);
    assert_eq!(words(&outcomes)[6], "unknown Conflict");
    let Outcome::Failed(fault) = &outcomes[2] else { panic!() };
    assert!(fault.said.contains("nothing was overwritten"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_with_a_limit() {
    let mut job = job(1);
    job.server.next().await.busy(429, "too many requests", 7);
    let began = tokio::time::Instant::now();
    let call = job.server.next().await;
    assert!(began.elapsed() >= Duration::from_secs(7), "as long as the server says");
    call.json(&json!({}));
    let (outcomes, waits) = job.outcomes(1).await;
    assert_eq!((words(&outcomes), waits), (vec!["done".to_owned()], 1));

    let mut job = self::job(1);
    for _ in 0..5 {
        job.server.next().await.busy(429, "too many requests", 1);
    }
    let (outcomes, waits) = job.outcomes(1).await;
    assert_eq!((words(&outcomes), waits), (vec!["failed Throttled".to_owned()], 4));
    assert_eq!(job.server.requests(), 5, "not for ever");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_leaves_what_has_not_begun_and_tells_what_has() {
    let mut job = job(12);
    let mut begun = Vec::new();
    for _ in 0..4 {
        begun.push(job.server.next().await);
    }
    assert!(job.server.is_quiet_for(Duration::from_secs(5)).await, "a few at a time");
    job.cancelled.store(true, Ordering::Relaxed);
    let on_the_way: Vec<usize> = begun.iter().map(number).collect();
    begun.into_iter().for_each(|call| call.json(&json!({})));
    let (outcomes, _) = job.outcomes(12).await;
    assert_eq!(job.server.requests(), 4, "nothing is sent after the cancel");
    for (at, outcome) in outcomes.iter().enumerate() {
        let expected = if on_the_way.contains(&at) { Outcome::Done } else { Outcome::Cancelled };
        assert_eq!(*outcome, expected, "thing-{at}");
    }
}

/// What waits for a busy server when it is cancelled was not done: the server said so.
#[tokio::test(start_paused = true)]
async fn a_cancel_ends_the_asking_again() {
    let mut job = job(1);
    let call = job.server.next().await;
    job.cancelled.store(true, Ordering::Relaxed);
    call.busy(429, "too many requests", 600);
    let (outcomes, _) = job.outcomes(1).await;
    assert_eq!((words(&outcomes), job.server.requests()), (vec!["failed Throttled".to_owned()], 1));
}

/// Requests that were on their way when the server died may have been carried out; nobody says that they were not.
#[tokio::test(start_paused = true)]
async fn a_server_that_dies_leaves_unknown_what_was_on_its_way() {
    let mut job = job(8);
    let done = job.server.next().await;
    let first = number(&done);
    done.json(&json!({}));
    let Job { server, cancelled, progress, task } = job;
    drop(server);
    let (rest, _) = Job { server: self::server(None).0, cancelled, progress, task }.outcomes(8).await;
    for (at, outcome) in rest.iter().enumerate() {
        match outcome {
            Outcome::Done if at == first => {}
            Outcome::Unknown(fault) if at != first && fault.class == Class::Unreachable => {}
            other => panic!("thing-{at}: {other:?}"),
        }
    }
}

/// The same with a real server in a process of its own.
#[tokio::test]
async fn a_killed_process_is_no_success() {
    let served = crate::served::Served::start();
    let link = crate::place::link(&served.kubeconfig, None).await;
    drop(served);
    let (sink, mut progress) = mpsc::channel(64);
    let work = changes::run(link, (0..5).map(step).collect(), Arc::new(AtomicBool::new(false)), sink);
    let listen = async {
        let mut ended = Vec::new();
        while let Some(news) = progress.recv().await {
            if let Progress::Ended(_, outcome) = news {
                ended.push(outcome);
            }
        }
        ended
    };
    let ((), ended) = tokio::join!(work, listen);
    assert_eq!(words(&ended), vec!["unknown Unreachable"; 5]);
}
