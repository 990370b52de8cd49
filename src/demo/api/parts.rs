//! What the API takes from its neighbours, in one place: patches, tables, discovery, access, metrics, logs.
//!
//! For now the simplest true thing of what is not there yet; it is refused, never answered wrongly.

pub use crate::demo::{access, columns, discovery, openapi, patch};

use crate::demo::catalog::Resource;
use crate::demo::object::Object;
use crate::demo::refusal::Refusal;
use crate::demo::world::World;
use jiff::Timestamp;
use serde_json::Value;

pub mod metrics {
    //! What is measured.
    use super::*;

    pub fn read(_: &World, _: &Resource, _: Option<&str>, _: Option<&str>) -> Result<Value, Refusal> {
        Err(Refusal::no_such_path())
    }
}

pub mod logs {
    //! What containers print.
    use super::*;

    /// What is asked of a log.
    #[derive(Clone, Debug, Default)]
    pub struct Ask {
        pub container: String,
        pub previous: bool,
        pub since: Option<Timestamp>,
        pub tail: Option<usize>,
        pub timestamps: bool,
        pub limit: Option<usize>,
    }

    /// A line of a log, without its end.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Line {
        pub at: Timestamp,
        pub text: String,
    }

    pub fn lines(_: &World, _: &Object, _: &Ask) -> Result<Vec<Line>, Refusal> {
        Ok(Vec::new())
    }

    /// When the next line comes.
    pub fn next(_: &World, _: &Object, _: &str, _: Timestamp) -> Option<Timestamp> {
        None
    }
}
