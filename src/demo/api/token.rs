//! The `continue` of a list: the revision it is a list of, and the last key that was given (apiserver's storage/continue.go).

use super::path::Target;
use crate::demo::refusal::Refusal;
use crate::demo::store::Key;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Token {
    v: String,
    /// -1 for one that goes on with what is there by then.
    rv: i64,
    start: String,
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// None: as it is now.
    pub revision: Option<u64>,
    pub after: Key,
}

impl Place {
    pub fn written(&self, target: &Target) -> String {
        let key = &self.after;
        let start = match &target.namespace {
            None if target.resource.namespaced => format!("/{}/{}\0", key.namespace, key.name),
            _ => format!("/{}\0", key.name),
        };
        let rv = self.revision.map_or(-1, |revision| i64::try_from(revision).unwrap_or(i64::MAX));
        let token = Token { v: "meta.k8s.io/v1".to_owned(), rv, start };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }

    pub fn read(text: &str, target: &Target) -> Result<Self, Refusal> {
        let slip =
            |why: &str| Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| slip("illegal base64 data at input byte 0"))?;
        let token: Token =
            serde_json::from_slice(&bytes).map_err(|_| slip("invalid character looking for beginning of value"))?;
        let start = token.start.trim_matches(['/', '\0']);
        let (namespace, name) = match start.split_once('/') {
            Some(both) => both,
            None => (target.namespace(), start),
        };
        let revision = u64::try_from(token.rv).ok();
        Ok(Self { revision, after: Key::new(&target.resource.id, namespace, name) })
    }
}
