//! The link under its former name, for the modules that were written before it.

pub use super::connect::Link;
