//! What the watches of one link learn of their server, so that each thing is learnt once.
//!
//! Kept for the life of the link; the engine may remember [`Habits::reading`] per context and start the next link with it.

use std::sync::atomic::{AtomicU8, Ordering};

/// How far away the server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Distance {
    #[default]
    Unknown,
    /// A stream that is not compressed is fastest.
    Near,
    /// Compressed pages are fastest.
    Far,
}

/// Which way the first list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// One request for list and watch.
    Stream,
    /// Pages, compressed; then a watch.
    Pages,
    /// Pages, not compressed: the server is near, but does not stream lists.
    PlainPages,
    /// A page first, to find out.
    Trial,
}

/// What has been learnt.
#[derive(Debug, Default)]
pub struct Habits {
    distance: AtomicU8,
    /// Not zero once the server has refused or ignored `sendInitialEvents`.
    no_streaming: AtomicU8,
    /// Not zero once the server has refused requests that accept protobuf (406, 415).
    no_protobuf: AtomicU8,
}

impl Habits {
    pub fn distance(&self) -> Distance {
        match self.distance.load(Ordering::Relaxed) {
            1 => Distance::Near,
            2 => Distance::Far,
            _ => Distance::Unknown,
        }
    }
    pub fn set_distance(&self, distance: Distance) {
        self.distance.store(distance as u8, Ordering::Relaxed);
    }
    pub fn streams(&self) -> bool {
        self.no_streaming.load(Ordering::Relaxed) == 0
    }
    pub fn refuse_streaming(&self) {
        self.no_streaming.store(1, Ordering::Relaxed);
    }
    pub fn protobuf(&self) -> bool {
        self.no_protobuf.load(Ordering::Relaxed) == 0
    }
    pub fn refuse_protobuf(&self) {
        self.no_protobuf.store(1, Ordering::Relaxed);
    }
    /// [`Self::reading`], after `measure` has been asked for the distance if nobody knew it.
    pub(in crate::cluster) fn reading_at(&self, measure: impl FnOnce() -> Distance) -> Reading {
        if self.distance() == Distance::Unknown {
            self.set_distance(measure());
        }
        self.reading()
    }
    /// The way in which the next first list is read, when nothing else is asked for.
    pub fn reading(&self) -> Reading {
        match (self.distance(), self.streams()) {
            (Distance::Near, true) => Reading::Stream,
            (Distance::Near, false) => Reading::PlainPages,
            (Distance::Far, _) => Reading::Pages,
            (Distance::Unknown, _) => Reading::Trial,
        }
    }
}
