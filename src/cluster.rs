//! Everything that talks to a cluster; the only place that knows `kube::Client`.

pub mod backoff;
pub mod fault;
pub mod link_standin;
mod list;
pub mod pulse;
mod table;
pub mod watch;
mod wire;
