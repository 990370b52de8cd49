//! The few facts about a certificate that are shown: whose it is, whose signature it bears, until when it holds.
//!
//! A walk over DER (X.690) along one path of X.509's structure (RFC 5280, section 4.1). It verifies nothing: rustls does.

use jiff::Timestamp;
use jiff::civil::DateTime;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// What a certificate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The common name, else the organization; may be empty.
    pub subject: String,
    pub issuer: String,
    /// Organizations of the subject: the groups of a client certificate's user.
    pub organizations: Vec<String>,
    /// Seconds since the epoch.
    pub not_after: i64,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The tag of the version, which the oldest certificates lack.
const VERSION: u8 = 0xa0;
/// 2.5.4.3 and 2.5.4.10.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANIZATION: [u8; 3] = [0x55, 0x04, 0x0a];

/// The facts of the first certificate of a PEM text.
pub fn of_pem(pem: &[u8]) -> Option<Facts> {
    of_der(&CertificateDer::from_pem_slice(pem).ok()?)
}

/// The facts of a certificate in DER.
pub fn of_der(der: &[u8]) -> Option<Facts> {
    let mut whole = Der(der).enter(SEQUENCE)?;
    let mut fields = whole.enter(SEQUENCE)?;
    if fields.peek() == Some(VERSION) {
        fields.next()?;
    }
    let _serial = fields.next()?;
    let _algorithm = fields.next()?;
    let (issuer, _) = names(fields.enter(SEQUENCE)?);
    let mut validity = fields.enter(SEQUENCE)?;
    let _not_before = validity.next()?;
    let not_after = time(validity.next()?)?;
    let (subject, organizations) = names(fields.enter(SEQUENCE)?);
    Some(Facts { subject, issuer, organizations, not_after })
}

/// The common name (else the first organization), and all organizations.
fn names(mut rdns: Der<'_>) -> (String, Vec<String>) {
    let (mut common, mut organizations) = (None, Vec::new());
    while let Some(mut set) = rdns.enter(SET) {
        while let Some(mut attribute) = set.enter(SEQUENCE) {
            let Some((OID, kind)) = attribute.next() else { continue };
            let Some((_, value)) = attribute.next() else { continue };
            let value = String::from_utf8_lossy(value).into_owned();
            if kind == COMMON_NAME {
                common = Some(value);
            } else if kind == ORGANIZATION {
                organizations.push(value);
            }
        }
    }
    (common.or_else(|| organizations.first().cloned()).unwrap_or_default(), organizations)
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`; two-digit years are of 1950 to 2049.
fn time((tag, text): (u8, &[u8])) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let full = match tag {
        UTC_TIME if text >= "50" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", full).ok()?;
    let time: Timestamp = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(time.as_second())
}

/// A run of DER values.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value: its tag and content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // Certificates are shorter than 16 MB, so three bytes of length are enough.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, if it has this tag.
    fn enter(&mut self, tag: u8) -> Option<Der<'a>> {
        if self.peek() != Some(tag) {
            return None;
        }
        self.next().map(|(_, content)| Der(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_of_both_forms_are_read() {
        assert_eq!(time((UTC_TIME, b"491231235959Z")), Some(2_524_607_999));
        assert_eq!(time((UTC_TIME, b"700101000000Z")), Some(0));
        assert_eq!(time((GENERALIZED_TIME, b"20500101000000Z")), Some(2_524_608_000));
        assert_eq!(time((UTC_TIME, b"4912312359Z")), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = of_der(&bytes);
            let mut framed = vec![SEQUENCE, 0x82, 0, 100, SEQUENCE, 0x60];
            framed.extend(bytes);
            let _ = of_der(&framed);
        }
    }
}
