//! Faults from what a server answered and from what went wrong on the way to it.

use super::{Class, Fault};
use crate::cluster::wire::unwrap;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{CONTENT_ENCODING, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use prost::Message;
use rustls::CertificateError;
use serde::Deserialize;
use std::borrow::Cow;
use std::error::Error;
use std::io::{self, Read};
use std::time::Duration;

/// A server that has no Status to say may send a page of HTML; so much of it is kept.
const LONGEST_SAID: usize = 300;
/// What unzips to more is cut.
const LONGEST_BODY: u64 = 256 << 10;

/// The parts of `metav1.Status` that say what went wrong, in both encodings.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Status {
    /// Within JSON only; protobuf has it in the envelope.
    #[prost(string, tag = "100")]
    kind: String,
    #[prost(string, optional, tag = "3")]
    message: Option<String>,
    #[prost(string, optional, tag = "4")]
    reason: Option<String>,
    #[prost(message, optional, tag = "5")]
    details: Option<Details>,
}

/// `metav1.StatusDetails`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    #[prost(message, repeated, tag = "4")]
    causes: Vec<Cause>,
    #[prost(int32, optional, tag = "5")]
    retry_after_seconds: Option<i32>,
}

/// `metav1.StatusCause`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Cause {
    #[prost(string, optional, tag = "1")]
    reason: Option<String>,
    #[prost(string, optional, tag = "2")]
    message: Option<String>,
}

/// A budget that stands against an eviction is named in a cause alone (registry/core/pod/storage/eviction.go).
const BUDGET: &str = "DisruptionBudget";

impl Status {
    /// The Status that a body is; nothing if it is something else.
    fn read(body: &[u8]) -> Option<Self> {
        if !body.starts_with(b"k8s\0") {
            return serde_json::from_slice(body).ok().filter(|status: &Self| status.kind == "Status");
        }
        Self::decode(unwrap(&Bytes::copy_from_slice(body)).ok()?).ok()
    }
}

/// The fault in an answer that is no success: its status, headers and (bounded) body.
pub fn of_answer(asked: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let body = &unpacked(headers, body);
    let told = Status::read(body).unwrap_or_default();
    let causes = told.details.iter().flat_map(|details| &details.causes);
    let budgets: Vec<&str> = causes
        .filter(|cause| cause.reason.as_deref() == Some(BUDGET))
        .filter_map(|cause| cause.message.as_deref())
        .collect();
    let said = told.message.filter(|said| !said.is_empty()).unwrap_or_else(|| plain(status, body));
    let said = if budgets.is_empty() { said } else { format!("{said} {}", budgets.join(" ")) };
    let mut fault = of_status(asked, status.as_u16(), told.reason.as_deref().unwrap_or_default(), said);
    // Seconds only: API servers send no dates.
    let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let detail = told.details.and_then(|details| u64::try_from(details.retry_after_seconds?).ok());
    let seconds = header.or(detail.filter(|seconds| *seconds > 0));
    fault.retry_after = seconds.map(Duration::from_secs);
    fault
}

/// The body, unzipped if it is zipped.
fn unpacked<'a>(headers: &HeaderMap, body: &'a [u8]) -> Cow<'a, [u8]> {
    let is_zipped = headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
    let mut plain = Vec::new();
    let read = is_zipped.then(|| GzDecoder::new(body).take(LONGEST_BODY).read_to_end(&mut plain));
    if matches!(read, Some(Ok(_))) { Cow::Owned(plain) } else { Cow::Borrowed(body) }
}

/// The fault that a Status tells of, as an answer or within a watch; `reason` may be empty.
/// The reasons: `k8s.io/apimachinery/pkg/apis/meta/v1/types.go`.
pub fn of_status(asked: &str, code: u16, reason: &str, said: String) -> Fault {
    let class = match (reason, code) {
        ("Expired" | "Gone", _) | (_, 410) => Class::Gone,
        ("Unauthorized", _) | (_, 401) => Class::Credentials,
        ("Forbidden", _) | (_, 403) => Class::Forbidden,
        ("NotFound", _) | (_, 404) => Class::NotFound,
        ("Conflict" | "AlreadyExists", _) | (_, 409) => Class::Conflict,
        ("TooManyRequests", _) | (_, 429) => Class::Throttled,
        ("Timeout" | "ServerTimeout", _) | (_, 408 | 504) => Class::Timeout,
        ("Invalid" | "BadRequest", _) | (_, 400 | 422) => Class::Invalid,
        _ => Class::Other,
    };
    let hint = match class {
        Class::Credentials => Some("the server does not take the credential: log in again".to_owned()),
        _ => None,
    };
    Fault { code: Some(code), ..Fault::new(class, asked, said).hint_if(hint) }
}

/// What an answer without a Status says: its first line, or what the number means.
fn plain(status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let is_text = !text.is_empty() && !text.starts_with(['<', '{', '[']) && !text.starts_with("k8s\0");
    match text.lines().next() {
        Some(line) if is_text => line.chars().take(LONGEST_SAID).collect(),
        _ => status.to_string(),
    }
}

/// The fault in an error of kube's client.
pub fn of_kube(asked: &str, error: &kube::Error) -> Fault {
    match error {
        kube::Error::Api(status) => of_status(asked, status.code, &status.reason, status.message.clone()),
        other => of_error(asked, other),
    }
}

/// The fault in an error of a connection: the first error in its chain of causes that tells enough.
pub fn of_error(asked: &str, error: &(dyn Error + 'static)) -> Fault {
    let mut next = Some(error);
    let mut innermost = error;
    while let Some(error) = next {
        if let Some(fault) = known(asked, error) {
            return fault;
        }
        innermost = error;
        next = cause(error);
    }
    let class = if is_closed(error) { Class::Unreachable } else { Class::Other };
    Fault::new(class, asked, innermost.to_string())
}

/// What an error was caused by. An `io::Error` that only carries another error does not say so by `source`.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return io.get_ref().map(|inner| inner as &(dyn Error + 'static));
    }
    error.source()
}

fn known(asked: &str, error: &(dyn Error + 'static)) -> Option<Fault> {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        // Made nearer to the cause, by one who knew less of what was asked.
        return Some(fault.clone());
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(asked, tls));
    }
    if error.is::<tokio::time::error::Elapsed>() {
        return Some(Fault::new(Class::Timeout, asked, "no answer in time"));
    }
    let io = error.downcast_ref::<io::Error>()?;
    if io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>() || inner.is::<io::Error>() || inner.is::<Fault>()) {
        return None;
    }
    of_io(asked, io)
}

fn of_io(asked: &str, error: &io::Error) -> Option<Fault> {
    use io::ErrorKind as Kind;
    let class = match error.kind() {
        Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::NotConnected
        | Kind::AddrNotAvailable
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::BrokenPipe
        | Kind::TimedOut
        | Kind::UnexpectedEof => Class::Unreachable,
        _ => return None,
    };
    let hint = match error.kind() {
        Kind::ConnectionRefused => Some("is the server up, and this its address?"),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::TimedOut => {
            Some("is the network or VPN up?")
        }
        _ => None,
    };
    Some(Fault::new(class, asked, error.to_string()).hint_if(hint.map(str::to_owned)))
}

fn of_tls(asked: &str, error: &rustls::Error) -> Fault {
    let hint = match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::AlertReceived(_) => Some("the server ended the handshake: does it take the client certificate?"),
        rustls::Error::InvalidMessage(_) => Some("does the server speak TLS at this port?"),
        _ => None,
    };
    Fault::new(Class::Tls, asked, error.to_string()).hint_if(hint.map(str::to_owned))
}

fn of_certificate(why: &CertificateError) -> Option<&'static str> {
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Some(
            "no authority trusted here has signed the server's certificate: is certificate-authority right, and the cluster?",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some("the server's certificate is for other names: set tls-server-name in the kubeconfig to one of them")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some("the server's certificate has expired, or the clock here is wrong")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some("the server's certificate is not valid yet, or the clock here is wrong")
        }
        _ => None,
    }
}

fn is_closed(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            return hyper.is_closed() || hyper.is_incomplete_message() || hyper.is_canceled();
        }
        next = cause(error);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16, body: &str) -> Fault {
        of_answer("list pods", StatusCode::from_u16(code).unwrap(), &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn a_status_is_classed_by_reason_then_code_and_keeps_its_words() {
        let gone = answer(500, r#"{"kind":"Status","message":"too old","reason":"Expired","code":410}"#);
        assert_eq!((gone.class, gone.said.as_str(), gone.code), (Class::Gone, "too old", Some(500)));
        for (code, class) in [
            (400, Class::Invalid),
            (401, Class::Credentials),
            (403, Class::Forbidden),
            (404, Class::NotFound),
            (409, Class::Conflict),
            (410, Class::Gone),
            (422, Class::Invalid),
            (429, Class::Throttled),
            (503, Class::Other),
            (504, Class::Timeout),
        ] {
            assert_eq!(answer(code, "").class, class, "{code}");
        }
    }

    #[test]
    fn an_answer_without_a_status_says_its_line_or_its_number_never_a_page() {
        assert_eq!(answer(400, "Client sent an HTTP request to an HTTPS server.\n").said.len(), 47);
        assert_eq!(answer(502, "<html><body>Bad gateway</body></html>").said, "502 Bad Gateway");
        assert_eq!(answer(503, "").said, "503 Service Unavailable");
        assert_eq!(answer(500, r#"{"kind":"Pod","message":"no status"}"#).said, "500 Internal Server Error");
    }

    #[test]
    fn the_time_to_wait_is_the_headers_else_the_details() {
        let body = br#"{"kind":"Status","message":"slow","details":{"retryAfterSeconds":7}}"#;
        let mut headers = HeaderMap::new();
        let status = StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(of_answer("x", status, &headers, body).retry_after, Some(Duration::from_secs(7)));
        headers.insert("retry-after", "2".parse().unwrap());
        assert_eq!(of_answer("x", status, &headers, body).retry_after, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_status_in_protobuf_or_zipped_is_read_as_well() {
        let status =
            Status { message: Some("no pods for you".into()), reason: Some("Forbidden".into()), ..Status::default() };
        let mut body = b"k8s\0\x12".to_vec();
        body.push(u8::try_from(status.encoded_len()).unwrap());
        body.extend(status.encode_to_vec());
        let fault = of_answer("list pods", StatusCode::FORBIDDEN, &HeaderMap::new(), &body);
        assert_eq!((fault.class, fault.said.as_str()), (Class::Forbidden, "no pods for you"));

        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut zip, br#"{"kind":"Status","message":"zipped"}"#).unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, "gzip".parse().unwrap())]);
        let fault = of_answer("list pods", StatusCode::BAD_GATEWAY, &headers, &zip.finish().unwrap());
        assert_eq!(fault.said, "zipped");
    }

    #[test]
    fn causes_are_found_however_deep() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        let fault = of_error("connect", &wrapped);
        assert_eq!(fault.class, Class::Tls);
        assert!(fault.hint.unwrap().contains("certificate-authority"));
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(of_error("connect", &refused).class, Class::Unreachable);
        let own = Fault::new(Class::Credentials, "run aws", "exit status 255");
        assert_eq!(of_error("list pods", &io::Error::other(own.clone())), own);
    }
}
