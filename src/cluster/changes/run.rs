//! A plan carried out: a few requests at a time, each with its outcome.

use super::request::Mode;
use super::{AT_ONCE, Class, Fault, Link, Step, evict};
use crate::actions::change::Do;
use futures::StreamExt;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Steps at a time that mostly wait: all the pods of a node, so that who is blocked keeps nobody else from going.
const WAITING: usize = 256;
/// Tries when the server is too busy.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// A change that is not answered by then has an outcome that is not known.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed(Fault),
    /// It was sent, and no answer came: it may have been done or not.
    Unknown(Fault),
    Cancelled,
}

/// News of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Begun(usize),
    /// The server is too busy; tried again, and so many tries are left.
    Waits(usize, u32),
    /// What it waits for, without a limit of its own.
    Blocked(usize, String),
    /// The server has created it, with this uid.
    Made(usize, String),
    Ended(usize, Outcome),
}

/// Carries out the steps, stage by stage. Those that have not begun when `cancelled` is set are left, and so is whatever comes
/// after a stage that was not done whole.
pub async fn run(link: Link, steps: Vec<Step>, cancelled: Arc<AtomicBool>, out: mpsc::Sender<Progress>) {
    let steps: Vec<(usize, Step)> = steps.into_iter().enumerate().collect();
    let incomplete = AtomicBool::new(false);
    for stage in steps.chunk_by(|(_, one), (_, other)| one.stage == other.stage) {
        let left = incomplete.load(Ordering::Relaxed);
        let at_once = if stage.iter().all(|(_, step)| is_wait(step)) { WAITING } else { AT_ONCE };
        futures::stream::iter(stage)
            .for_each_concurrent(at_once, |(at, step)| {
                let (link, cancelled, incomplete, out) = (&link, &*cancelled, &incomplete, &out);
                async move {
                    let outcome = if left || cancelled.load(Ordering::Relaxed) {
                        Outcome::Cancelled
                    } else {
                        let _ = out.send(Progress::Begun(*at)).await;
                        let turn = Turn { link, step, at: *at, cancelled, out };
                        if is_wait(step) { evict::wait(&turn).await } else { carry_out(&turn).await }
                    };
                    incomplete.fetch_or(outcome != Outcome::Done, Ordering::Relaxed);
                    let _ = out.send(Progress::Ended(*at, outcome)).await;
                }
            })
            .await;
    }
}

fn is_wait(step: &Step) -> bool {
    matches!(step.does, Do::Evict(_) | Do::Await)
}

/// A step at work.
pub(super) struct Turn<'a> {
    pub link: &'a Link,
    pub step: &'a Step,
    pub at: usize,
    pub cancelled: &'a AtomicBool,
    pub out: &'a mpsc::Sender<Progress>,
}

async fn carry_out(turn: &Turn<'_>) -> Outcome {
    let Turn { link, step, at, cancelled, out } = *turn;
    // An answer that tells of trouble may hide that it was done.
    let mut doubtful = false;
    for tries in (0..TRIES).rev() {
        let request = match step.request.request(Mode::Earnest) {
            Ok(request) => request,
            Err(fault) => return Outcome::Failed(fault),
        };
        let fault = match tokio::time::timeout(PATIENCE, link.send(request)).await {
            Ok(Ok(answer)) => {
                let made = match step.does {
                    Do::Create { .. } => true,
                    // What is there by now was not made by this.
                    Do::Apply(_) => answer.status() == StatusCode::CREATED,
                    _ => false,
                };
                if made && let Some(uid) = uid(answer).await {
                    let _ = out.send(Progress::Made(at, uid)).await;
                }
                return Outcome::Done;
            }
            Ok(Err(fault)) => step.request.judged(fault),
            Err(_) => {
                return Outcome::Unknown(Fault::new(
                    Class::Timeout,
                    "change",
                    format!("no answer within {} s", PATIENCE.as_secs()),
                ));
            }
        };
        match fault.class {
            Class::Conflict | Class::NotFound if doubtful => return Outcome::Unknown(fault),
            // The server says that it has not done it, or has trouble: what is sent again is guarded by what it expects.
            _ if is_passing(&fault) && tries > 0 && !cancelled.load(Ordering::Relaxed) => {
                doubtful |= fault.class != Class::Throttled;
                let _ = out.send(Progress::Waits(at, tries)).await;
                tokio::time::sleep(fault.retry_after.unwrap_or(PAUSE).min(LONGEST)).await;
            }
            Class::Unreachable | Class::Timeout => return Outcome::Unknown(fault),
            _ => return Outcome::Failed(fault),
        }
    }
    Outcome::Cancelled
}

/// Whether another try may do better: the server is too busy, or in trouble.
fn is_passing(fault: &Fault) -> bool {
    fault.class == Class::Throttled || matches!(fault.code, Some(500 | 502 | 503))
}

/// Who it is that was created. Without it the creation is done all the same, and cannot be taken back.
async fn uid(answer: Response<Body>) -> Option<String> {
    let body = tokio::time::timeout(PATIENCE, Limited::new(answer.into_body(), super::LONGEST).collect()).await.ok()?;
    let object: Value = serde_json::from_slice(&body.ok()?.to_bytes()).ok()?;
    object.pointer("/metadata/uid")?.as_str().map(str::to_owned)
}
