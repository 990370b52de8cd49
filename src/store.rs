//! Rows as a table keeps them: what arrived, in which order, and which of them a filter shows. Pure.

pub mod delta;
pub mod filter;
pub mod lens;
pub mod log;
pub mod rows;
pub mod sight;
