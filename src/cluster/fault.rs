//! What can go wrong between rk9s and a cluster, as plain data that says what was asked, what was said and what to do.
//!
//! Faults are made in `source`: from a server's answer and from the errors of sockets, TLS and HTTP. Texts are the other
//! side's own and hostile: whoever shows them cleans them. Nothing here decides what happens next.

mod source;

pub use source::{of_answer, of_error, of_kube, of_status};

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
    /// The server does not take the credential, or there is none to show.
    Credentials,
    /// A credential plugin must talk to its user: lend it the screen and try again.
    Terminal,
    Timeout,
    /// No connection, or one that broke.
    Unreachable,
    Tls,
    /// The kubeconfig cannot be used as it is.
    Kubeconfig,
    /// Refused here, because the link is read-only.
    ReadOnly,
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

impl Fault {
    /// A fault without hint, status or time to wait.
    pub fn new(class: Class, asked: impl Into<String>, said: impl Into<String>) -> Self {
        Self { class, asked: asked.into(), said: said.into(), hint: None, code: None, retry_after: None }
    }

    /// The same fault with what to do next.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same fault with what to do next, if anything is known.
    pub fn hint_if(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }

    /// The same fault, of another request.
    pub fn asked(self, asked: impl Into<String>) -> Self {
        Self { asked: asked.into(), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.asked, self.said)?;
        self.hint.iter().try_for_each(|hint| write!(f, " — {hint}"))
    }
}

impl std::error::Error for Fault {}
