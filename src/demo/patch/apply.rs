//! Server-side apply: placeholder until fields are owned.

use super::Force;
use crate::demo::catalog::Resource;
use crate::demo::object::Object;
use crate::demo::refusal::Refusal;
use jiff::Timestamp;

/// Who applies, and how.
#[derive(Clone, Copy, Debug)]
pub struct Applier<'a> {
    pub manager: &'a str,
    pub subresource: &'a str,
    pub force: Force,
}

/// What an object will be.
pub fn applied(
    _before: Option<&Object>,
    _body: &[u8],
    _resource: &Resource,
    _applier: Applier<'_>,
    _now: Timestamp,
) -> Result<Object, Refusal> {
    Err(Refusal::method_not_allowed())
}
