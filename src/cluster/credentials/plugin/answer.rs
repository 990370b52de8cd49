//! What a plugin answers: an `ExecCredential` with a token, a client certificate, or both.

use super::super::super::fault::{Class, Fault};
use super::super::super::transport::tls::Pair;
use super::super::certificate;
use super::super::identity::{Draft, bearer, token_expiry};
use super::Plugin;
use jiff::Timestamp;
use serde::Deserialize;

/// A credential is renewed so long before it expires, or, if it lives shorter than five minutes, in the last fifth of its life.
const AHEAD: i64 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    api_version: Option<String>,
    kind: Option<String>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// The credential in a plugin's output, which no error repeats.
pub fn read(plugin: &Plugin, output: &[u8]) -> Result<Draft, Fault> {
    let fault = |said: String| Fault::new(Class::Credentials, plugin.asked(), said);
    let answer: ExecCredential = serde_json::from_slice(output).map_err(|e| {
        let said = if output.trim_ascii().is_empty() { "it wrote nothing".to_owned() } else { place(&e) };
        fault(said)
    })?;
    let version = answer.api_version.unwrap_or_default();
    if version != plugin.version || answer.kind.as_deref() != Some("ExecCredential") {
        return Err(fault(format!("it was asked for {}, and did not answer with that", plugin.version)));
    }
    let status = answer.status.ok_or_else(|| fault("its answer has no status".into()))?;
    draft(status).map_err(fault)
}

fn place(error: &serde_json::Error) -> String {
    format!("its answer is no ExecCredential (line {}, column {})", error.line(), error.column())
}

fn draft(status: Status) -> Result<Draft, String> {
    let full = |text: Option<String>| text.filter(|text| !text.is_empty());
    let token = full(status.token);
    let pair = match (full(status.client_certificate_data), full(status.client_key_data)) {
        (Some(certificate), Some(key)) => Some(Pair { certificate: certificate.into(), key: key.into() }),
        (None, None) => None,
        _ => return Err("its answer has half of a client certificate".into()),
    };
    if token.is_none() && pair.is_none() {
        return Err("its answer has neither token nor client certificate".into());
    }
    let authorization = match &token {
        Some(token) => Some(bearer(token.trim()).ok_or("its token is none")?),
        None => None,
    };
    let now = Timestamp::now().as_second();
    let told = match full(status.expiration_timestamp) {
        Some(text) => Some(text.parse::<Timestamp>().map_err(|_| "its expirationTimestamp is no time")?.as_second()),
        None => None,
    };
    let of_pair = || pair.as_ref().and_then(|pair| certificate::of_pem(&pair.certificate)).map(|facts| facts.not_after);
    let expires = told.or_else(|| token.as_deref().and_then(token_expiry)).or_else(of_pair);
    Ok(Draft { authorization, expires, due: told.map(|at| due(now, at)), pair })
}

/// When to renew what was obtained `now` and expires at `at`. What has expired already is used for a second: the server decides
/// whose clock is right.
fn due(now: i64, at: i64) -> i64 {
    (at - AHEAD.min((at - now).max(0) / 5)).max(now + 1)
}

#[cfg(test)]
mod tests {
    use super::due;

    #[test]
    fn renewal_is_a_minute_ahead_or_late_in_a_short_life() {
        assert_eq!(due(1000, 4600), 4540);
        assert_eq!(due(1000, 1050), 1040);
        assert_eq!(due(1000, 900), 1001);
    }
}
