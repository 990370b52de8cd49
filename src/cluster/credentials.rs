//! Who we are to a cluster, kept fresh.
//!
//! A credential is obtained once, by whoever needs it first; the others wait for the same answer. It is obtained again a minute
//! before it expires, when the server does not take it, and when a token file has changed. A failure is remembered for a
//! moment, so that ten watches do not start ten plugins. Nothing here runs by itself: the requests that need a credential drive
//! it. Tokens and keys are never printed; `Debug` shows none.

pub mod certificate;
mod identity;
mod plugin;
mod source;

pub use identity::Identity;
pub use plugin::ExecMode;

use super::contexts::{Environment, Target};
use super::fault::Fault;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use identity::Draft;
use jiff::Timestamp;
use source::Source;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// A failure is repeated to everyone who asks so soon after it.
const FAILURE_HOLDS: Duration = Duration::from_secs(5);
/// A server that refuses every credential does not make us obtain one more often.
const BETWEEN_REFUSALS: Duration = Duration::from_secs(15);

type Turn = Shared<BoxFuture<'static, Result<Arc<Identity>, Fault>>>;

/// The credentials of one user; clones are the same.
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

struct Inner {
    source: Source,
    /// What a running plugin has written to its standard error.
    notes: plugin::Notes,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    identity: Option<Arc<Identity>>,
    /// Someone is obtaining it.
    turn: Option<Turn>,
    failed: Option<(Instant, Fault)>,
    /// When the server last refused what we had.
    refused: Option<Instant>,
    /// The next request shall not use what there is.
    stale: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// The credentials of a target's user. Nothing is read or run yet. Fails with [`super::fault::Class::Kubeconfig`].
    pub fn of(target: &Target, environment: &Environment, authority: Option<&[u8]>) -> Result<Self, Fault> {
        let source = Source::of(target, environment, authority)?;
        let notes = plugin::Notes::default();
        Ok(Self(Arc::new(Inner { source, notes, state: Mutex::default() })))
    }

    /// Nobody in particular: no credential is shown.
    pub fn none() -> Self {
        Self(Arc::new(Inner { source: Source::default(), notes: plugin::Notes::default(), state: Mutex::default() }))
    }

    /// A credential that can be used now.
    pub async fn current(&self) -> Result<Arc<Identity>, Fault> {
        let turn = {
            let mut state = self.state();
            if let Some(identity) = state.usable() {
                return Ok(identity);
            }
            if let Some(fault) = state.recent_failure() {
                return state.still_valid().ok_or(fault);
            }
            self.turn(&mut state, ExecMode::Captured)
        };
        let result = turn.await;
        // What could not be renewed is good until it expires.
        result.or_else(|fault| self.state().still_valid().ok_or(fault))
    }

    /// Obtains a credential now, whatever is remembered. `Lent`: the caller has given the terminal to us.
    pub async fn obtain(&self, mode: ExecMode) -> Result<Arc<Identity>, Fault> {
        let turn = {
            let mut state = self.state();
            if mode == ExecMode::Lent {
                state.turn = None;
            }
            state.stale = true;
            self.turn(&mut state, mode)
        };
        turn.await
    }

    /// The server did not take the credential `id`: a newer one, if there is or can be any; else the same again.
    pub async fn renew(&self, id: u64) -> Result<Arc<Identity>, Fault> {
        self.refuse(id);
        // What failed before may work now that the server has spoken.
        self.state().failed = None;
        self.current().await
    }

    /// The server did not take the credential `id`: the next request obtains another, if this one is not known to be new.
    pub fn refuse(&self, id: u64) {
        let mut state = self.state();
        let is_current = state.identity.as_ref().is_some_and(|identity| identity.id == id);
        let too_soon = state.refused.is_some_and(|at| at.elapsed() < BETWEEN_REFUSALS);
        if is_current && !too_soon && self.0.source.is_renewable() {
            state.refused = Some(Instant::now());
            state.stale = true;
        }
    }

    /// When the credential expires, in seconds since the epoch; none if it does not, or nothing is known.
    pub fn expires(&self) -> Option<i64> {
        self.state().identity.as_ref().and_then(|identity| identity.expires)
    }

    /// When access ends, in seconds since the epoch, as far as it will not be renewed by itself: the credential cannot be, or the last
    /// try failed.
    pub fn lapses(&self) -> Option<i64> {
        let state = self.state();
        let lasts = self.0.source.is_renewable() && state.failed.is_none();
        state.identity.as_ref().and_then(|identity| identity.expires).filter(|_| !lasts)
    }

    /// What the credential plugin that runs now has to say, such as an address to open; none if none runs.
    pub fn plugin_says(&self) -> Option<String> {
        self.0.notes.running()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The running attempt, or a new one.
    fn turn(&self, state: &mut State, mode: ExecMode) -> Turn {
        if let Some(turn) = &state.turn {
            return turn.clone();
        }
        let (inner, before) = (Arc::downgrade(&self.0), state.identity.clone());
        let turn = attempt(inner, before, mode).boxed().shared();
        state.turn = Some(turn.clone());
        turn
    }
}

/// Obtains a credential and keeps what came of it. It does not keep the credentials alive: when nobody wants them any more, a
/// plugin that still runs is killed.
async fn attempt(inner: Weak<Inner>, before: Option<Arc<Identity>>, mode: ExecMode) -> Result<Arc<Identity>, Fault> {
    let gone = || Fault::new(super::fault::Class::Other, "obtain a credential", "the context was closed");
    let (source, notes) = inner.upgrade().map(|inner| (inner.source.clone(), inner.notes.clone())).ok_or_else(gone)?;
    let drafted = source.obtain(mode, &notes, before.as_deref()).await;
    let inner = inner.upgrade().ok_or_else(gone)?;
    let mut state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
    state.turn = None;
    match drafted {
        Ok(draft) => Ok(state.keep(draft)),
        Err(fault) => {
            state.failed = Some((Instant::now(), fault.clone()));
            Err(fault)
        }
    }
}

impl State {
    fn usable(&self) -> Option<Arc<Identity>> {
        let identity = self.identity.as_ref().filter(|_| !self.stale)?;
        identity.due.is_none_or(|due| Timestamp::now().as_second() < due).then(|| identity.clone())
    }

    /// One that is due for renewal, but not refused and not expired.
    fn still_valid(&self) -> Option<Arc<Identity>> {
        let identity = self.identity.as_ref().filter(|_| !self.stale)?;
        identity.expires.is_some_and(|at| Timestamp::now().as_second() < at).then(|| identity.clone())
    }

    fn recent_failure(&self) -> Option<Fault> {
        let (at, fault) = self.failed.as_ref()?;
        (at.elapsed() < FAILURE_HOLDS).then(|| fault.clone())
    }

    /// What is the same as before keeps its id, so that nobody tries it again after a refusal.
    fn keep(&mut self, draft: Draft) -> Arc<Identity> {
        let id = match &self.identity {
            Some(before) if before.is(&draft) => before.id,
            Some(before) => before.id + 1,
            None => 1,
        };
        let identity = Arc::new(draft.identity(id, self.identity.as_deref()));
        self.identity = Some(identity.clone());
        self.stale = false;
        self.failed = None;
        identity
    }
}
