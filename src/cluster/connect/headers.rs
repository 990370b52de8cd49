//! The headers that every request of a link carries: who is asking, and as whom.

use crate::cluster::fault::{Class, Fault};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use kube::config::AuthInfo;

const NAME: &str = concat!("rk9s/", env!("CARGO_PKG_VERSION"));

/// The program's own.
pub fn own() -> HeaderMap {
    HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(NAME))])
}

/// The program's own and the user's impersonation (`k8s.io/client-go/transport/round_trippers.go`).
pub fn of(auth: &AuthInfo) -> Result<HeaderMap, Fault> {
    let mut headers = own();
    let mut add = |name: &str, value: &str| -> Result<(), Fault> {
        // Bytes, as names may have any letters.
        let (name, value) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(fault("it impersonates someone whose name no header can carry"));
        };
        headers.append(name, value);
        Ok(())
    };
    let groups = auth.impersonate_groups.as_deref().unwrap_or_default();
    let extra: Vec<_> = auth.impersonate_user_extra.iter().flatten().collect();
    let Some(user) = auth.impersonate.as_deref().filter(|user| !user.is_empty()) else {
        let idle = groups.is_empty() && extra.is_empty() && auth.impersonate_uid.is_none();
        return if idle { Ok(headers) } else { Err(fault("it impersonates groups, a uid or extra, but no user")) };
    };
    add("impersonate-user", user)?;
    if let Some(uid) = &auth.impersonate_uid {
        add("impersonate-uid", uid)?;
    }
    for group in groups {
        add("impersonate-group", group)?;
    }
    for (key, values) in extra {
        let name = format!("impersonate-extra-{}", escape(key));
        for value in values {
            add(&name, value)?;
        }
    }
    Ok(headers)
}

fn fault(said: &str) -> Fault {
    Fault::new(Class::Kubeconfig, "read the user", said)
}

/// Percent-encoding of what a header's name may not have, and of `%` itself.
fn escape(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&b);
    key.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn impersonation_is_in_the_headers() {
        let auth = AuthInfo {
            impersonate: Some("jané".into()),
            impersonate_uid: Some("42".into()),
            impersonate_groups: Some(vec!["a".into(), "b:c".into()]),
            impersonate_user_extra: Some(HashMap::from([("example.com/Team%".into(), vec!["x".into(), "y".into()])])),
            ..AuthInfo::default()
        };
        let headers = of(&auth).unwrap();
        let all = |name: &str| headers.get_all(name).iter().map(|v| v.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(all("impersonate-user"), ["jané".as_bytes()]);
        assert_eq!(all("impersonate-uid"), [b"42"]);
        assert_eq!(all("impersonate-group"), [b"a".to_vec(), b"b:c".to_vec()]);
        assert_eq!(all("impersonate-extra-example.com%2fteam%25"), [b"x", b"y"]);
        assert_eq!(headers[USER_AGENT], NAME);
    }

    #[test]
    fn groups_without_a_user_and_broken_names_are_faults() {
        let groups = AuthInfo { impersonate_groups: Some(vec!["a".into()]), ..AuthInfo::default() };
        assert_eq!(of(&groups).unwrap_err().class, Class::Kubeconfig);
        let broken = AuthInfo { impersonate: Some("a\r\nx: y".into()), ..AuthInfo::default() };
        assert_eq!(of(&broken).unwrap_err().class, Class::Kubeconfig);
    }
}
