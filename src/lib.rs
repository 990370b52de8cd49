//! rk9s: a terminal console for Kubernetes clusters.

pub mod kinds;
pub mod text;
