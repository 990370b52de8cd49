//! A plan carried out: a few requests at a time, each with its outcome.

use super::request::Mode;
use super::{AT_ONCE, Class, Fault, Link, Step};
use futures::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

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
    Ended(usize, Outcome),
}

/// Carries out the steps. Those that have not begun when `cancelled` is set are left.
pub async fn run(link: Link, steps: Vec<Step>, cancelled: Arc<AtomicBool>, out: mpsc::Sender<Progress>) {
    let steps = futures::stream::iter(steps.into_iter().enumerate());
    steps
        .for_each_concurrent(AT_ONCE, |(at, step)| {
            let (link, cancelled, out) = (&link, &cancelled, &out);
            async move {
                let outcome = if cancelled.load(Ordering::Relaxed) {
                    Outcome::Cancelled
                } else {
                    let _ = out.send(Progress::Begun(at)).await;
                    carry_out(link, &step, at, cancelled, out).await
                };
                let _ = out.send(Progress::Ended(at, outcome)).await;
            }
        })
        .await;
}

async fn carry_out(
    link: &Link,
    step: &Step,
    at: usize,
    cancelled: &AtomicBool,
    out: &mpsc::Sender<Progress>,
) -> Outcome {
    for tries in (0..TRIES).rev() {
        let request = match step.request.request(Mode::Earnest) {
            Ok(request) => request,
            Err(fault) => return Outcome::Failed(fault),
        };
        let fault = match tokio::time::timeout(PATIENCE, link.send(request)).await {
            Ok(Ok(_)) => return Outcome::Done,
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
            // The server says that it has not done it.
            Class::Throttled if tries > 0 && !cancelled.load(Ordering::Relaxed) => {
                let _ = out.send(Progress::Waits(at, tries)).await;
                tokio::time::sleep(fault.retry_after.unwrap_or(PAUSE).min(LONGEST)).await;
            }
            Class::Unreachable | Class::Timeout => return Outcome::Unknown(fault),
            _ => return Outcome::Failed(fault),
        }
    }
    Outcome::Cancelled
}
