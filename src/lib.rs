//! rk9s: a terminal console for Kubernetes clusters.
