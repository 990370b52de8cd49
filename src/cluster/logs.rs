//! What containers wrote, followed: one stream a container, resumed after every cut without a line lost or doubled.
//!
//! Times are always asked for: they are what a stream is resumed by. Lines go out in batches over a bounded channel, so that
//! a slow reader slows the server. Nothing is kept here but the last seconds' marks, by which doubles are told.

mod lines;
mod pod;
mod seen;
mod source;

use super::backoff::Backoff;
use super::connect::Link;
use super::fault::{Class, Fault};
use super::watch::Shared;
use crate::store::log::Line;
use pod::Pod;
use source::Source;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Which containers of the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them, init and ephemeral ones, too (`kubectl logs --all-containers`).
    All,
    One(String),
}

/// Which run of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Run {
    /// The one that runs now or ran last, and those after it.
    #[default]
    Current,
    /// The one before (`kubectl logs --previous`).
    Previous,
}

/// How far back it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// With the last lines of each container.
    Tail(u32),
    /// With the first line that the node still has.
    Whole,
    /// With what was written since so many seconds.
    Seconds(u32),
}

/// A log to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub namespace: String,
    pub pod: String,
    pub which: Which,
    pub run: Run,
    pub span: Span,
}

/// How a container's stream is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Opening,
    /// Lines are coming that were written before.
    Reading,
    /// Everything written so far has come.
    Following,
    /// The container does not run; why.
    Waiting(String),
    /// The stream broke and is tried again; why.
    Retrying(String),
    /// Nothing will come any more; why.
    Ended(String),
    Refused(Fault),
}

/// What is told of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The pod's containers that are read; lines and states name them by their place in this list.
    Sources(Vec<String>),
    Lines(Vec<Line>),
    State(u16, State),
    /// The pod itself cannot be read, for now or for good.
    Pod(State),
}

/// The receiver is gone.
#[derive(Debug)]
pub struct Gone;

/// What is not expected to change soon is tried again after so long, or on a key.
const REFUSED: Duration = Duration::from_secs(30);

/// Reads a log until the receiver is gone or nothing can come any more.
pub async fn follow(link: Link, want: Want, shared: Shared, out: mpsc::Sender<Piece>) {
    let reading = async {
        let pod = first_pod(&link, &want, &shared, &out).await?;
        let names = sources(&want, pod.as_ref());
        out.send(Piece::Sources(names.clone())).await.map_err(|_| Gone)?;
        let all = (0..).zip(names).map(|(number, name)| {
            let start = pod.as_ref().and_then(|pod| pod.container(&name));
            let uid = pod.as_ref().map(|pod| pod.uid().to_owned());
            let source = Source::new(link.clone(), want.clone(), (number, name), shared.clone(), out.clone());
            source.run(uid, start)
        });
        futures::future::join_all(all).await;
        Ok::<(), Gone>(())
    };
    tokio::select! {
        _ = reading => {}
        () = out.closed() => {}
    }
}

/// The pod; none for who may read its log and not itself.
async fn first_pod(link: &Link, want: &Want, shared: &Shared, out: &mpsc::Sender<Piece>) -> Result<Option<Pod>, Gone> {
    let mut backoff = Backoff::default();
    loop {
        let fault = match pod::read(link, want).await {
            Ok(pod) => return Ok(Some(pod)),
            Err(fault) if fault.class == Class::Forbidden => return Ok(None),
            Err(fault) => fault,
        };
        let (state, pause) = match fault.class {
            Class::NotFound => (State::Refused(fault), REFUSED),
            _ => (State::Retrying(fault.said.clone()), backoff.next(fault.retry_after)),
        };
        out.send(Piece::Pod(state)).await.map_err(|_| Gone)?;
        rest(pause, shared).await;
    }
}

/// The containers to be read. An empty name leaves the choice to the server.
fn sources(want: &Want, pod: Option<&Pod>) -> Vec<String> {
    match (&want.which, pod) {
        (Which::One(name), _) => vec![name.clone()],
        (Which::All, Some(pod)) => pod.names(),
        (Which::All, None) => vec![String::new()],
    }
}

/// Waits for so long, or until a key is pressed.
async fn rest(pause: Duration, shared: &Shared) {
    tokio::select! {
        () = sleep(pause) => {}
        () = shared.nudge.notified() => {}
    }
}
