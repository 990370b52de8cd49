//! Everything that talks to a cluster; the only place that knows `kube::Client`.

pub mod catalog;
pub mod fault;
pub mod watch;
