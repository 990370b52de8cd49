//! What can go wrong between rk9s and a cluster, as plain data that says what was asked, what was said and what to do.

use std::fmt;
use std::time::Duration;

/// The classes that the program treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    Forbidden,
    NotFound,
    Conflict,
    Gone,
    Invalid,
    Throttled,
    Credentials,
    Timeout,
    Unreachable,
    Tls,
    Other,
}

/// One failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub class: Class,
    /// What was asked: `list pods in shop`.
    pub asked: String,
    /// What the other side said, in its own words.
    pub said: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The HTTP status.
    pub code: Option<u16>,
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.asked, self.said)?;
        self.hint.iter().try_for_each(|hint| write!(f, " — {hint}"))
    }
}

impl std::error::Error for Fault {}
