//! Everything that talks to a cluster; the only place that knows `kube::Client`.

pub mod access;
pub mod backoff;
pub mod catalog;
pub mod connect;
pub mod discovery;
pub mod fault;
pub mod figures;
pub mod link_standin;
mod list;
pub mod objects;
pub mod pulse;
mod table;
pub mod watch;
mod wire;
