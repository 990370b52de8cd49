//! How long to wait before the next try.
//!
//! Jittered, so that many clients do not return at once; at most two seconds in the first two minutes of trouble and after
//! any key, then up to thirty. It only computes: who waits is the caller's business.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(250);
const SOON: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(120);
/// A server may ask for more time than we would take, within reason.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The troubles of one watch in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    since: Option<Instant>,
    tries: u32,
}

impl Backoff {
    /// The wait after one more failure, never less than what the server asked for.
    pub fn next(&mut self, retry_after: Option<Duration>) -> Duration {
        let now = Instant::now();
        let since = *self.since.get_or_insert(now);
        let cap = if now - since < PATIENCE { SOON } else { LATE };
        let plain = FIRST.saturating_mul(1 << self.tries.min(10)).min(cap);
        self.tries = self.tries.saturating_add(1);
        jitter(plain).max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
    }

    /// Someone is at the keyboard: the next tries come as soon as the first ones did.
    pub fn hurry(&mut self) {
        if self.since.is_some() {
            self.since = Some(Instant::now());
        }
    }

    /// All is well again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Between half of `plain` and all of it.
pub fn jitter(plain: Duration) -> Duration {
    // The standard library's hasher keys are its only source of randomness, and good enough for this.
    let random = RandomState::new().hash_one(0u8) % 1024;
    plain / 2 + plain.mul_f64(random as f64 / 2048.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_two_seconds_and_after_two_minutes_to_thirty() {
        let mut backoff = Backoff::default();
        let first = backoff.next(None);
        assert!(first >= FIRST / 2 && first <= FIRST, "{first:?}");
        let early: Vec<_> = (0..20).map(|_| backoff.next(None)).collect();
        assert!(early.iter().all(|wait| *wait <= SOON) && early.iter().any(|wait| *wait > SOON / 2), "{early:?}");
        tokio::time::advance(PATIENCE).await;
        assert!((0..20).map(|_| backoff.next(None)).all(|wait| wait <= LATE && wait >= LATE / 2));
        backoff.hurry();
        assert!(backoff.next(None) <= SOON);
        assert_eq!(backoff.next(Some(Duration::from_secs(7))), Duration::from_secs(7));
    }

    #[test]
    fn jitter_differs() {
        let waits: std::collections::HashSet<_> = (0..16).map(|_| jitter(Duration::from_secs(1))).collect();
        assert!(waits.len() > 1);
    }
}
