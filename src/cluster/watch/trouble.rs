//! What follows the end of an attempt: another one at once, a wait, another list, or a word to the user.

use super::count::How;
use super::outbox::Gone;
use super::run::{Run, Stop, now};
use crate::cluster::backoff::{Backoff, jitter};
use crate::cluster::fault::{Class, Fault};
use crate::cluster::pulse::Pulse;
use crate::store::delta::State;
use std::future::pending;
use std::time::Duration;
use tokio::sync::watch;
use tokio::sync::watch::error::RecvError;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a refusal (403, 404) is left alone.
const REFUSED: Duration = Duration::from_secs(60);
/// A try that may start a credential plugin, which may open a browser, is not to be had every second.
const ASKING: Duration = Duration::from_secs(10);
/// A key brings the next try this close.
const HURRY: Duration = Duration::from_secs(1);
/// All watches of a link find out at the same moment that the server is back.
const STAGGER: Duration = Duration::from_millis(200);
/// How often a resource is listed that cannot be watched, and how often watching it is tried again.
const POLL: Duration = Duration::from_secs(15);
const POLLS: u32 = 20;
/// A watch that was live for so long was a good one: its end starts the count of troubles afresh.
const GOOD: Duration = Duration::from_secs(5);
/// A watch that ends sooner than this has not been one.
const QUICK: Duration = Duration::from_secs(1);
/// So many in a row, and what is shown is no longer called live.
const QUICK_ENDS: u32 = 5;
/// So many failures in a row at one version, all of them answers of the server, and the list is read again.
const STUCK: u32 = 5;

/// What has gone wrong since the watch was last live for a while.
#[derive(Debug, Default)]
pub struct Trouble {
    backoff: Backoff,
    quick_ends: u32,
    expiries: u32,
    page_expiries: u32,
    stuck: u32,
    /// Versions in a row that were older than the ones before.
    backward: u32,
    doubtful: bool,
    no_stream: bool,
    unwatchable: Option<Fault>,
    polls: u32,
}

impl Trouble {
    /// Whether this resource may come as a stream.
    pub fn streams(&self) -> bool {
        !self.no_stream
    }
    pub fn refuse_streaming(&mut self) {
        self.no_stream = true;
    }
    /// Pages have expired again and again: the server forgets faster than we read, so the list is asked for whole.
    pub fn unpaged(&self) -> bool {
        self.page_expiries >= 2
    }
    pub fn page_expired(&mut self) {
        self.page_expiries += 1;
    }
    /// A list was read to its end.
    pub fn listed(&mut self) {
        self.page_expiries = 0;
        self.stuck = 0;
        self.doubtful = false;
    }
    /// Why the resource is not watched, unless it is time to try again.
    pub fn unwatchable(&mut self) -> Option<Fault> {
        self.polls += 1;
        if self.polls.is_multiple_of(POLLS) {
            self.unwatchable = None;
        }
        self.unwatchable.clone()
    }
    pub fn is_history_doubtful(&self) -> bool {
        self.doubtful
    }
    pub fn history_is_sound(&mut self) {
        self.doubtful = false;
    }
    /// Whether watches have ended at once: then quiet does not mean much yet.
    pub fn is_flapping(&self) -> bool {
        self.quick_ends > 0
    }
    /// A version came that is older than the one before. After a few in a row the server's versions mean nothing to us.
    pub fn went_backward(&mut self) -> bool {
        self.backward += 1;
        self.backward <= 3
    }
}

impl Run {
    /// Draws the conclusions from the end of an attempt and waits as long as is due.
    pub async fn after(&mut self, stop: Stop, began: Instant) -> Result<(), Gone> {
        self.settle();
        let was_fresh = std::mem::take(&mut self.fresh);
        if self.live_from.take().is_some_and(|from| from.elapsed() >= GOOD) {
            self.trouble.backoff.reset();
            (self.trouble.expiries, self.trouble.stuck) = (0, 0);
        }
        match stop {
            Stop::Gone => Err(Gone),
            Stop::Again => Ok(()),
            Stop::Aged => {
                (self.version, self.rereads) = (None, true);
                Ok(())
            }
            Stop::Quiet => {
                self.trouble.doubtful = true;
                Ok(())
            }
            Stop::Ended => self.after_end(began).await,
            Stop::Expired(fault) => self.after_expiry(fault).await,
            Stop::Woken => {
                self.trouble.doubtful = true;
                self.say_old();
                self.flush().await
            }
            Stop::Silent => self.after_silence().await,
            Stop::Unwatchable(fault) | Stop::NotStreaming(fault) => {
                self.trouble.unwatchable = Some(fault.clone());
                self.version = None;
                if was_fresh { self.after_poll(fault).await } else { Ok(()) }
            }
            Stop::Listed(fault) => self.after_poll(fault).await,
            Stop::Fault(fault) if matches!(fault.class, Class::Forbidden | Class::NotFound) => {
                self.say(State::Refused(fault));
                self.flush().await?;
                self.wait(REFUSED, HURRY).await;
                Ok(())
            }
            Stop::Fault(fault) => self.after_fault(fault).await,
        }
    }

    /// Servers end watches after half an hour or so; that is no news, unless it happens at once.
    async fn after_end(&mut self, began: Instant) -> Result<(), Gone> {
        if began.elapsed() >= QUICK {
            self.trouble.quick_ends = 0;
            return self.flush().await;
        }
        self.trouble.quick_ends += 1;
        let wait = self.trouble.backoff.next(None);
        if self.trouble.quick_ends >= QUICK_ENDS {
            let fault = self.own_fault(Class::Other, "the server ends the watch as soon as it begins");
            self.say_stale(fault, wait);
        }
        self.flush().await?;
        self.wait(wait, Duration::ZERO).await;
        Ok(())
    }

    async fn after_expiry(&mut self, fault: Fault) -> Result<(), Gone> {
        self.version = None;
        self.trouble.expiries += 1;
        self.say_old();
        if self.trouble.expiries == 1 {
            return self.flush().await;
        }
        let wait = self.trouble.backoff.next(fault.retry_after);
        if self.trouble.expiries > 2 {
            self.say_stale(fault, wait);
        }
        self.flush().await?;
        self.wait(wait, Duration::ZERO).await;
        Ok(())
    }

    async fn after_fault(&mut self, fault: Fault) -> Result<(), Gone> {
        self.trouble.doubtful |= matches!(fault.class, Class::Unreachable | Class::Timeout | Class::Tls);
        self.doubt_version(&fault);
        let asks_somebody = matches!(fault.class, Class::Credentials | Class::Terminal);
        let least = fault.retry_after.unwrap_or_default();
        let wait = self.trouble.backoff.next(fault.retry_after).max(if asks_somebody { ASKING } else { least });
        self.say_stale(fault, wait);
        self.flush().await?;
        self.wait(wait, least).await;
        Ok(())
    }

    /// A version that the server keeps failing on is given up, and so is one that it says it has not reached.
    fn doubt_version(&mut self, fault: &Fault) {
        // The API server's words (apiserver's storage/errors.go); its clients look for them, too.
        let too_large = fault.said.contains("Too large resource version");
        let overloaded = matches!(fault.code, Some(401 | 429 | 503 | 504)) && !too_large;
        let unreachable = matches!(fault.class, Class::Unreachable | Class::Tls | Class::Credentials | Class::Timeout);
        if overloaded || (unreachable && !too_large) {
            return;
        }
        self.trouble.stuck += 1;
        if self.trouble.stuck >= STUCK || fault.code == Some(400) {
            (self.version, self.newest, self.partial) = (None, None, None);
            self.trouble.stuck = 0;
        }
    }

    async fn after_silence(&mut self) -> Result<(), Gone> {
        self.trouble.doubtful = true;
        if self.said == Some(State::Live) {
            self.true_at = self.true_at.max(self.asker.shared.pulse.borrow().since);
        }
        if !matches!(self.said, Some(State::Stale { .. })) {
            let fault = self.own_fault(Class::Timeout, "the server does not answer");
            self.say_stale(fault, HURRY);
        }
        self.flush().await?;
        if answering(&mut self.asker.shared.pulse.clone()).await.is_err() {
            // Nobody takes the pulse any more: its last word does not count for long.
            sleep(self.trouble.backoff.next(None)).await;
        }
        // Not all watches at once.
        sleep(jitter(STAGGER)).await;
        Ok(())
    }

    async fn after_poll(&mut self, fault: Fault) -> Result<(), Gone> {
        self.version = None;
        self.asker.count.set_how(How::Poll);
        let hint = "it can be listed but not watched, so it is listed again now and then";
        self.true_at = now();
        self.say_stale(fault.hint(hint), POLL);
        self.flush().await?;
        self.wait(POLL, HURRY).await;
        Ok(())
    }

    fn own_fault(&self, class: Class, said: &str) -> Fault {
        Fault::new(class, format!("watch {}", self.asker.place.name), said)
    }

    /// What is shown may be old by now.
    fn say_old(&mut self) {
        if self.shown {
            self.say(State::CatchingUp);
        }
    }

    fn say_stale(&mut self, fault: Fault, wait: Duration) {
        if self.said == Some(State::Live) && fault.class != Class::Timeout {
            // The connection was there until now; other requests tell until when at least.
            let heard = self.asker.shared.heard.last().map_or(0, |at| now() - at.elapsed().as_secs() as i64);
            self.true_at = self.true_at.max(heard);
        }
        let retry = now() + wait.as_secs_f64().ceil() as i64;
        self.say(State::Stale { since: self.true_at, fault, retry });
    }

    /// Waits; a key brings the end closer, but not before `least`, and so does a server that answers again.
    async fn wait(&mut self, wait: Duration, least: Duration) {
        let began = Instant::now();
        let mut until = began + wait;
        let shared = self.asker.shared.clone();
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                () = shared.nudge.notified() => {
                    self.trouble.backoff.hurry();
                    until = until.min((began + least).max(Instant::now() + jitter(HURRY)));
                }
                () = returned(shared.pulse.clone()) => until = until.min((began + least).max(Instant::now())),
            }
            if until <= Instant::now() {
                return;
            }
        }
    }
}

/// What may interrupt an attempt from outside: the server falls silent, or the machine has slept.
pub async fn interruption(mut pulse: watch::Receiver<Pulse>) -> Stop {
    let woken = pulse.borrow().woken;
    match pulse.wait_for(|pulse| !pulse.answering || pulse.woken != woken).await.map(|pulse| pulse.answering) {
        Ok(true) => Stop::Woken,
        Ok(false) => Stop::Silent,
        // Nobody takes the pulse.
        Err(_) => pending().await,
    }
}

/// Waits until the server answers, as far as anyone knows.
async fn answering(pulse: &mut watch::Receiver<Pulse>) -> Result<(), RecvError> {
    pulse.wait_for(|pulse| pulse.answering).await.map(|_| ())
}

/// Waits until a server that has been silent answers again.
async fn returned(mut pulse: watch::Receiver<Pulse>) {
    let silent = pulse.wait_for(|pulse| !pulse.answering).await.is_ok();
    if !silent || answering(&mut pulse).await.is_err() {
        pending().await
    }
}
