//! The embedded cluster by its API, reached by the same link as any cluster, over a connection in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "demo/cluster.rs"]
mod cluster;
#[path = "demo/faults.rs"]
mod faults;
#[path = "demo/kubectl.rs"]
mod kubectl;
#[path = "demo/reading.rs"]
mod reading;
#[path = "demo/readonly.rs"]
mod readonly;
#[allow(dead_code)] // it serves other tests, too
#[path = "server/table.rs"]
mod table;
#[path = "demo/watching.rs"]
mod watching;
#[path = "demo/writing.rs"]
mod writing;

/// What the tables of these tests wait by.
mod script {
    pub const LONG: std::time::Duration = std::time::Duration::from_secs(3600);
}
