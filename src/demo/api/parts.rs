//! What the API takes from its neighbours, in one place: patches, tables, discovery, access, metrics, logs.

pub use crate::demo::{access, columns, discovery, logs, metrics, openapi, patch};
