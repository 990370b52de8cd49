//! One credential, as it is shown to a server.

use super::super::transport::tls::Pair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use serde::Deserialize;
use std::sync::Arc;

/// What is shown to the server: a header, a client certificate, both or nothing.
pub struct Identity {
    /// Another number, another credential.
    pub id: u64,
    /// The `Authorization` header.
    pub authorization: Option<HeaderValue>,
    pub pair: Option<Arc<Pair>>,
    /// When the server will not take it any more, in seconds since the epoch.
    pub expires: Option<i64>,
    /// When it is to be obtained again.
    pub(super) due: Option<i64>,
}

/// A credential that was just obtained.
#[derive(Default)]
pub struct Draft {
    pub authorization: Option<HeaderValue>,
    pub pair: Option<Pair>,
    pub expires: Option<i64>,
    pub due: Option<i64>,
}

impl Identity {
    /// Whether it is the same credential.
    pub(super) fn is(&self, draft: &Draft) -> bool {
        self.authorization == draft.authorization && self.pair.as_deref() == draft.pair.as_ref()
    }
}

impl Draft {
    /// A certificate that stayed the same stays the same allocation: connections are kept as long as it does.
    pub(super) fn identity(self, id: u64, before: Option<&Identity>) -> Identity {
        let kept =
            before.and_then(|before| before.pair.clone()).filter(|pair| Some(pair.as_ref()) == self.pair.as_ref());
        Identity {
            id,
            authorization: self.authorization,
            pair: kept.or_else(|| self.pair.map(Arc::new)),
            expires: self.expires,
            due: self.due,
        }
    }
}

/// A bearer token as a header; nothing if it has characters that no header may have.
pub fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {token}"))
}

pub fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// When a token says that it expires, in seconds since the epoch: service account and OIDC tokens are JWTs. It is believed
/// only for showing; the server decides.
pub fn token_expiry(token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(claims.exp as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_says_when_it_expires_and_other_tokens_do_not() {
        let claims = URL_SAFE_NO_PAD.encode(br#"{"sub":"x","exp":1893456000}"#);
        assert_eq!(token_expiry(&format!("e30.{claims}.sig")), Some(1_893_456_000));
        assert_eq!(token_expiry(&format!("e30.{claims}")), None);
        assert_eq!(token_expiry("k8s-aws-v1.aHR0cHM"), None);
        assert_eq!(token_expiry("a.b.c"), None);
    }
}
