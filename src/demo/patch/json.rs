//! JSON patches (RFC 6902), with the real server's few words for all that can be wrong with one.

use super::{decoded, wrong_type};
use crate::demo::object::Object;
use crate::demo::refusal::Refusal;
use json_patch::{Patch, PatchOperation};
use serde_json::{Value, json};

/// More operations than any honest patch has, as the API server counts them.
const OPERATIONS: usize = 10_000;

/// Changes an object, wholly or not at all.
pub fn patch(object: &mut Object, body: &[u8]) -> Result<(), Refusal> {
    let operations = decoded(body)?;
    let Value::Array(items) = &operations else {
        return Err(wrong_type(&operations, "[]handlers.jsonPatchOp"));
    };
    if items.len() > OPERATIONS {
        let asked = items.len();
        let why = format!("The allowed maximum operations in a JSON patch is {OPERATIONS}, got {asked}");
        return Err(Refusal::new(413, "RequestEntityTooLarge", format!("Request entity is too large: {why}")));
    }
    let patch: Patch = serde_json::from_value(operations).map_err(|_| rejected())?;
    let mut patched = object.clone();
    for operation in patch.0 {
        if !is_nothing(&operation, &patched) {
            json_patch::patch(&mut patched, &[operation]).map_err(|_| rejected())?;
        }
    }
    *object = patched;
    Ok(())
}

/// A test for null of a field that is missing: to the server's library it holds.
fn is_nothing(operation: &PatchOperation, object: &Object) -> bool {
    let PatchOperation::Test(test) = operation else { return false };
    let Some((parent, key)) = test.path.as_str().rsplit_once('/') else { return false };
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = object.pointer(parent).and_then(Value::as_object);
    test.value.is_null() && parent.is_some_and(|fields| !fields.contains_key(&key))
}

/// It doesn't say what was wrong.
fn rejected() -> Refusal {
    let mut refusal = Refusal::new(422, "Invalid", "the server rejected our request due to an error in our request");
    refusal.details = json!({});
    refusal
}
