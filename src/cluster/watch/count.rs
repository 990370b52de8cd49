//! What one watch has cost so far, for `:net`.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

/// How a watch is being read just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum How {
    #[default]
    Nothing,
    /// The list is read as the start of its watch.
    Stream,
    Pages,
    GzipPages,
    Watch,
    /// The server lists it but does not watch it: read again and again.
    Poll,
}

impl How {
    /// As `:net` says it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Nothing => "waiting",
            Self::Stream => "streaming list",
            Self::Pages => "pages",
            Self::GzipPages => "gzipped pages",
            Self::Watch => "watch",
            Self::Poll => "polled",
        }
    }
}

/// Which form the objects come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Encoding {
    #[default]
    Json,
    Protobuf,
    Table,
}

/// Counters that the watch moves and anyone may read.
#[derive(Debug, Default)]
pub struct Count {
    requests: AtomicU64,
    bytes: AtomicU64,
    objects: AtomicU64,
    lists: AtomicU64,
    how: AtomicU8,
    encoding: AtomicU8,
}

impl Count {
    /// Requests sent.
    pub fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }
    /// Bytes of bodies received, as they came (compressed if they were).
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }
    /// Objects read: items of lists and events.
    pub fn objects(&self) -> u64 {
        self.objects.load(Relaxed)
    }
    /// Lists read to their end.
    pub fn lists(&self) -> u64 {
        self.lists.load(Relaxed)
    }
    pub fn how(&self) -> How {
        match self.how.load(Relaxed) {
            1 => How::Stream,
            2 => How::Pages,
            3 => How::GzipPages,
            4 => How::Watch,
            5 => How::Poll,
            _ => How::Nothing,
        }
    }
    pub fn encoding(&self) -> Encoding {
        match self.encoding.load(Relaxed) {
            1 => Encoding::Protobuf,
            2 => Encoding::Table,
            _ => Encoding::Json,
        }
    }
    pub(in crate::cluster) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }
    pub(in crate::cluster) fn received(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }
    pub(in crate::cluster) fn object(&self) {
        self.objects.fetch_add(1, Relaxed);
    }
    pub(in crate::cluster) fn list(&self) {
        self.lists.fetch_add(1, Relaxed);
    }
    pub(in crate::cluster) fn set_how(&self, how: How) {
        self.how.store(how as u8, Relaxed);
    }
    pub(in crate::cluster) fn set_encoding(&self, encoding: Encoding) {
        self.encoding.store(encoding as u8, Relaxed);
    }
}
