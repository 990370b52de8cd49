//! Everything that talks to a cluster; the only place that knows `kube::Client`.

pub mod backoff;
pub mod catalog;
pub mod fault;
pub mod link_standin;
mod list;
pub mod pulse;
pub mod watch;
mod wire;
