#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
//! The life of the program in a terminal: how it starts, leaves, stops and goes on, and what it leaves behind.
//!
//! The real program in a pseudo-terminal, with a kubeconfig of its own; what it talks to is a few lines of HTTP on loopback,
//! a port where nobody listens, or the embedded cluster, in which a panic can be asked for.
#![cfg(unix)]

#[path = "life/cluster.rs"]
mod cluster;
#[path = "life/files.rs"]
mod files;
#[path = "life/home.rs"]
mod home;
#[path = "life/leaving.rs"]
mod leaving;
#[path = "life/looking.rs"]
mod looking;
#[path = "life/signals.rs"]
mod signals;
#[path = "pty/terminal.rs"]
mod terminal;
