//! Signals: asked to leave (TERM, HUP, INT), asked to stop (TSTP). Windows has only Ctrl-C.

use std::io;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Leave,
    Stop,
}

#[cfg(unix)]
pub use unix::{Signals, listen, stop_self};

#[cfg(unix)]
mod unix {
    use super::{Signal, io};
    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

    pub struct Signals {
        terminate: Listener,
        hangup: Listener,
        interrupt: Listener,
        stop: Listener,
    }

    /// Listens from now on.
    pub fn listen() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
        })
    }

    impl Signals {
        pub async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.terminate.recv() => Signal::Leave,
                _ = self.hangup.recv() => Signal::Leave,
                _ = self.interrupt.recv() => Signal::Leave,
                _ = self.stop.recv() => Signal::Stop,
            }
        }
    }

    /// Stops this process as an unhandled TSTP would; returns when it is continued.
    pub fn stop_self() {
        if let Err(e) = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP) {
            tracing::warn!("cannot stop: {e}");
        }
    }
}

#[cfg(not(unix))]
pub use other::{Signals, listen, stop_self};

#[cfg(not(unix))]
mod other {
    use super::{Signal, io};

    pub struct Signals;

    pub fn listen() -> io::Result<Signals> {
        Ok(Signals)
    }

    impl Signals {
        pub async fn next(&mut self) -> Signal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => Signal::Leave,
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// There is nothing to stop into.
    pub fn stop_self() {}
}
