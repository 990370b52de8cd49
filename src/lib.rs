//! rk9s: a terminal console for Kubernetes clusters.

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod engine;
pub mod keys;
pub mod kinds;
pub mod store;
pub mod text;
pub mod theme;
pub mod views;
