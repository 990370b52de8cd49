//! Whether the server answers at all.

use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

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
        *self.at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
    }
    pub fn last(&self) -> Option<Instant> {
        *self.at.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
pub async fn pulse(_l: super::link_standin::Link, _s: super::watch::Shared, _p: tokio::sync::watch::Sender<Pulse>) {
    std::future::pending().await
}
