//! The shop's certificate: a real one, that soon expires. Its key is made from the story's seed alone, and guards nothing.

use crate::demo::object::{self, Object};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ED25519, SerialNumber};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOST: &str = "shop.example.com";
/// Before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const SERIAL: u64 = 0x0012_5ec2_e700_0001;

/// The Secret, with a certificate that ends so long after now.
pub fn secret(now: Timestamp, left: SignedDuration) -> Object {
    let (certificate, key) = made(now, left).unwrap_or_default();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {
            "name": "shop-tls", "namespace": "shop",
            "annotations": {"cert-manager.io/certificate-name": "shop-tls", "cert-manager.io/common-name": HOST},
        },
        "data": {"tls.crt": STANDARD.encode(certificate), "tls.key": STANDARD.encode(key)},
    })
}

/// The custom object that asked for it, and is not renewed.
pub fn custom(now: Timestamp, left: SignedDuration) -> Object {
    let end = now.saturating_add(left).unwrap_or(now);
    let before = |days: i64| end.saturating_sub(SignedDuration::from_hours(days * 24)).unwrap_or(end);
    json!({
        "apiVersion": "example.com/v1", "kind": "Certificate",
        "metadata": {"name": "shop-tls", "namespace": "shop"},
        "spec": {
            "secretName": "shop-tls", "dnsNames": [HOST], "duration": "2160h", "renewBefore": "360h",
            "issuerRef": {"name": "letsencrypt", "kind": "Issuer"},
        },
        "status": {
            "notBefore": object::time(before(90)), "notAfter": object::time(end), "renewalTime": object::time(before(15)),
            "conditions": [{
                "type": "Ready", "status": "False", "reason": "Renewing", "lastTransitionTime": object::time(before(15)),
                "message": format!("renewal failed: {HOST} does not answer the issuer's challenge"),
            }],
        },
    })
}

/// Certificate and key in PEM.
fn made(now: Timestamp, left: SignedDuration) -> Option<(String, String)> {
    let der = [PREFIX.as_slice(), &[42; 32]].concat();
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der), &PKCS_ED25519).ok()?;
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).ok()?;
    let end = now.saturating_add(left).ok()?;
    params.not_after = system_time(end)?.into();
    params.not_before = system_time(end.saturating_sub(SignedDuration::from_hours(90 * 24)).ok()?)?.into();
    params.serial_number = Some(SerialNumber::from(SERIAL));
    params.distinguished_name.push(DnType::CommonName, HOST);
    let certificate = params.self_signed(&key).ok()?;
    Some((certificate.pem(), key.serialize_pem()))
}

fn system_time(at: Timestamp) -> Option<SystemTime> {
    let seconds = u64::try_from(at.as_second()).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_the_same_way_twice() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let (certificate, key) = made(now, SignedDuration::from_hours(24)).unwrap();
        assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----") && key.contains("PRIVATE KEY"));
        assert_eq!(made(now, SignedDuration::from_hours(24)).unwrap().0, certificate);
    }
}
