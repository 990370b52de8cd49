//! What a certificate in a Secret says of itself. It verifies nothing.

use crate::text::age;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

/// The facts that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub subject: String,
    /// DNS names and addresses that it is for.
    pub names: Vec<String>,
    /// Seconds since the epoch.
    pub not_after: i64,
}

/// The facts of the first certificate in a PEM text.
pub fn of_pem(text: &[u8]) -> Option<Facts> {
    let pem = Pem::iter_from_buffer(text).filter_map(Result::ok).find(|pem| pem.label == "CERTIFICATE")?;
    facts(&pem.parse_x509().ok()?)
}

fn facts(certificate: &X509Certificate<'_>) -> Option<Facts> {
    let names = certificate.subject_alternative_name().ok()?.map(|names| &names.value.general_names);
    let names = names.into_iter().flatten().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes),
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    });
    Some(Facts {
        subject: certificate.subject().to_string(),
        names: names.collect(),
        not_after: certificate.validity().not_after.timestamp(),
    })
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}

impl Facts {
    /// `certificate CN=shop.example for shop.example, expires in 6d`
    pub fn says(&self, now: i64) -> String {
        let names = if self.names.is_empty() { String::new() } else { format!(" for {}", self.names.join(", ")) };
        let left = self.not_after - now;
        let until = if left < 0 {
            format!("expired {} ago", age::short(-left))
        } else {
            format!("expires in {}", age::short(left))
        };
        format!("certificate {}{names}, {until}", self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_told_and_a_key_is_not() {
        let mut params = rcgen::CertificateParams::new(vec!["shop.example".into(), "10.0.0.1".into()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "shop");
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let facts = of_pem(pem.as_bytes()).unwrap();
        let now = facts.not_after - 6 * 86_400;
        assert_eq!(facts.says(now), format!("certificate {} for shop.example, 10.0.0.1, expires in 6d", facts.subject));
        assert!(facts.subject.contains("CN=shop"), "{}", facts.subject);
        assert_eq!(of_pem(key.serialize_pem().as_bytes()), None);
        assert_eq!(of_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), None);
    }
}
