//! Whether the server answers at all, found out with next to no traffic.
//!
//! After five seconds without a byte from the server a tiny request is sent; if no answer comes, every watch of the link says
//! so within ten seconds of the silence, and all of them reconnect when an answer comes again. A frozen server keeps its
//! connections, so nothing less will do. A wall clock that runs ahead of the monotonic one tells of a machine that slept.

use crate::cluster::connect::Link;
use crate::cluster::fault::{Class, Fault};
use crate::cluster::watch::Shared;
use http::Request;
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// So much silence is asked about.
const QUIET: Duration = Duration::from_secs(5);
/// No answer after so long, and the server counts as silent.
const ANSWER: Duration = Duration::from_secs(4);
/// How long an answer is waited for while the server is silent, and how long to rest between such requests.
const AGAIN: Duration = Duration::from_secs(2);
const REST: Duration = Duration::from_millis(500);
/// Clocks that differ by more: the machine has slept.
const JUMP: Duration = Duration::from_secs(10);
/// The answers to the small request are a word or two.
const LIMIT: usize = 64 << 10;
/// What answers fastest, and what else to ask where that is forbidden or unknown.
const PATHS: [&str; 3] = ["/livez/ping", "/livez", "/version"];

/// What is known of the server's answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    pub answering: bool,
    /// When it last answered, in seconds since the epoch; 0 if it never has.
    pub since: i64,
    /// Counts the times that the machine seems to have slept: connections of before are not to be trusted.
    pub woken: u32,
    /// The last round trip of a small request.
    pub round_trip: Option<Duration>,
}

impl Default for Pulse {
    /// Nothing is known against it.
    fn default() -> Self {
        Self { answering: true, since: 0, woken: 0, round_trip: None }
    }
}

/// When anything was last heard from the server, by any of the link's watches.
#[derive(Debug, Default)]
pub struct Heard {
    at: Mutex<Option<Instant>>,
}

impl Heard {
    /// Something came.
    pub fn now(&self) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
    pub fn last(&self) -> Option<Instant> {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the pulse of a link for ever, once something has been heard from the server.
pub async fn pulse(link: Link, shared: Shared, sender: watch::Sender<Pulse>) {
    pulse_by(link, shared, sender, || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()).await;
}

/// [`pulse`] by a given wall clock, in time since the epoch.
pub async fn pulse_by(link: Link, shared: Shared, sender: watch::Sender<Pulse>, wall: impl Fn() -> Duration) {
    let mut finger = Finger { link, shared, sender, path: 0 };
    let mut clocks = (Instant::now(), wall());
    loop {
        finger.quiet().await;
        let (before, now) = (clocks, (Instant::now(), wall()));
        clocks = now;
        if now.1.saturating_sub(before.1) > now.0 - before.0 + JUMP {
            finger.sender.send_modify(|pulse| pulse.woken += 1);
            finger.ask(now.1).await;
        } else if finger.is_time() {
            finger.ask(now.1).await;
        }
    }
}

/// Who takes the pulse.
struct Finger {
    link: Link,
    shared: Shared,
    sender: watch::Sender<Pulse>,
    /// Which of the paths answers.
    path: usize,
}

impl Finger {
    /// Waits until it may be time to ask.
    async fn quiet(&self) {
        if !self.sender.borrow().answering {
            return sleep(REST).await;
        }
        let now = Instant::now();
        let due = self.last().map_or(now, |last| last + QUIET);
        sleep_until(if due > now { due } else { now + QUIET }).await;
    }

    /// When the server was last heard.
    fn last(&self) -> Option<Instant> {
        self.shared.heard.last()
    }

    fn is_time(&self) -> bool {
        self.last().is_some_and(|last| last.elapsed() >= QUIET || !self.sender.borrow().answering)
    }

    /// Sends the small request and publishes what comes of it. `wall` is the time since the epoch.
    async fn ask(&mut self, wall: Duration) {
        let answering = self.sender.borrow().answering;
        let before = self.last();
        let began = Instant::now();
        let patience = if answering { ANSWER } else { AGAIN };
        let answered = matches!(timeout(patience, self.ask_paths()).await, Ok(Ok(())));
        let round_trip = began.elapsed();
        if answered {
            self.shared.heard.now();
        }
        // Something else may have been heard meanwhile.
        let heard = answered || self.last() > before;
        let silence = before.map_or(Duration::ZERO, |before| began - before);
        let last = if heard { wall } else { wall.saturating_sub(silence) };
        self.sender.send_if_modified(|pulse| {
            let changed = pulse.answering != heard;
            pulse.answering = heard;
            if changed || heard {
                pulse.since = last.as_secs() as i64;
            }
            if answered {
                pulse.round_trip = Some(round_trip);
            }
            // Who waits for a change is not woken by a round trip.
            changed
        });
    }

    /// Asks until a path is known that answers. Any answer but those of a proxy without a server behind it will do.
    async fn ask_paths(&mut self) -> Result<(), Fault> {
        loop {
            let path = PATHS.get(self.path).copied().unwrap_or_default();
            let request =
                Request::get(path).body(Body::empty()).map_err(|e| Fault::new(Class::Other, path, e.to_string()))?;
            let fault = match self.link.send(request).await {
                Ok(answer) => {
                    // Read to its end, so that the connection can be used again.
                    let _ = Limited::new(answer.into_body(), LIMIT).collect().await;
                    return Ok(());
                }
                Err(fault) => fault,
            };
            match fault.code {
                None | Some(502..=504) => return Err(fault),
                Some(403 | 404) if self.path + 1 < PATHS.len() => self.path += 1,
                Some(_) => return Ok(()),
            }
        }
    }
}
