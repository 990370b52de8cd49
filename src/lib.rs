//! rk9s: a terminal console for Kubernetes clusters.

pub mod cluster;
pub mod kinds;
pub mod store;
pub mod text;
