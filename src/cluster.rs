//! Everything that talks to a cluster; the only place that knows `kube::Client`.

pub mod access;
pub mod backoff;
pub mod catalog;
pub mod cells;
pub mod changes;
pub mod check;
pub mod connect;
pub mod connection;
pub mod contexts;
pub mod credentials;
pub mod discovery;
pub mod fault;
pub mod figures;
pub mod guard;
mod list;
pub mod logs;
pub mod objects;
pub mod papers;
pub mod proxy;
pub mod pulse;
pub mod related;
pub mod rights;
mod table;
pub mod traffic;
pub mod transport;
pub mod watch;
mod wire;
