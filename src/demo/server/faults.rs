//! What can go wrong with a server on purpose.

use std::time::Duration;

/// How the server can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Open,
    /// Connections end, and new ones are refused.
    Cut,
    /// Connections stay and are accepted, and nothing comes on them.
    Frozen,
}

/// Whether credentials are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    #[default]
    Taken,
    /// Every request that needs one is answered 401.
    Expired,
}

/// All of it. The default is that nothing is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub reach: Reach,
    pub credential: Credential,
    /// Before each answer, and before each piece of one that goes on.
    pub delay: Duration,
    /// Bytes in a second; 0 is no limit.
    pub rate: u32,
}

impl Faults {
    /// How long so many bytes take.
    pub fn takes(&self, bytes: usize) -> Duration {
        let rate = f64::from(self.rate);
        if rate == 0.0 { self.delay } else { self.delay + Duration::from_secs_f64(bytes as f64 / rate) }
    }
}
