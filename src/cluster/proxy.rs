//! Through which proxy, if any, a server is reached.
//!
//! A cluster's `proxy-url` always holds. Else `HTTPS_PROXY` (for http servers `HTTP_PROXY`) unless `NO_PROXY` names the API
//! server, by the rules of Go's `golang.org/x/net/http/httpproxy`, which kubectl follows: `ALL_PROXY` is not read, and a server
//! on this machine is never reached through a proxy from the environment. Other than in Go, http servers are reached through
//! HTTP proxies by CONNECT, too. Nothing is connected here.

use super::contexts::Environment;
use super::fault::{Class, Fault};
use base64::Engine;
use http::{HeaderValue, Uri};
use std::net::IpAddr;

/// How to get to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Direct,
    /// By HTTP CONNECT; TLS to the proxy itself if its scheme says so.
    Http(Proxy),
    /// By SOCKS 5; names are resolved at the proxy, for socks5 as for socks5h, as in Go.
    Socks(Proxy),
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Scheme, host and port; no user, no path.
    pub address: Uri,
    user: Option<(String, String)>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.address)
    }
}

impl Proxy {
    /// User and password, as given.
    pub fn user(&self) -> Option<(&str, &str)> {
        self.user.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// The `Proxy-Authorization` header.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = self.user()?;
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let mut value = HeaderValue::try_from(format!("Basic {token}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl Route {
    /// The proxy, for people: without user and password.
    pub fn proxy(&self) -> Option<String> {
        match self {
            Self::Direct => None,
            Self::Http(proxy) | Self::Socks(proxy) => Some(format!("{proxy:?}").trim_end_matches('/').to_owned()),
        }
    }

    /// The way to `server`. Fails with [`Class::Kubeconfig`] when the proxy's address cannot be used.
    pub fn to(server: &Uri, proxy_url: Option<&str>, environment: &Environment) -> Result<Self, Fault> {
        if let Some(url) = proxy_url.filter(|url| !url.is_empty()) {
            return read(url).ok_or_else(|| unusable("proxy-url"));
        }
        let (variable, url) = match server.scheme_str() {
            Some("http") => ("HTTP_PROXY", &environment.http_proxy),
            _ => ("HTTPS_PROXY", &environment.https_proxy),
        };
        if url.is_empty() || is_local(host_of(server)) || is_exempt(server, &environment.no_proxy) {
            return Ok(Self::Direct);
        }
        // Go takes what has no scheme it knows for a host.
        read(url).or_else(|| read(&format!("http://{url}"))).ok_or_else(|| unusable(variable))
    }
}

fn unusable(what: &str) -> Fault {
    Fault::new(Class::Kubeconfig, "find the proxy", format!("{what} is no address of a proxy"))
        .hint("give it as http://, https://, socks5:// or socks5h://HOST:PORT")
}

fn read(url: &str) -> Option<Route> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (scheme, port, make): (_, _, fn(Proxy) -> Route) = match scheme.to_ascii_lowercase().as_str() {
        "http" => ("http", 80, Route::Http),
        "https" => ("https", 443, Route::Http),
        "socks5" | "socks5h" => ("socks5", 1080, Route::Socks),
        _ => return None,
    };
    let address: Uri = format!("{scheme}://{host}").parse().ok()?;
    let port = address.port_u16().unwrap_or(port);
    let address = format!("{scheme}://{}:{port}/", address.host().filter(|host| !host.is_empty())?).parse().ok()?;
    let user = user.map(|user| {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        (decode(name), decode(password))
    });
    Some(make(Proxy { address, user }))
}

/// Percent-encoding taken back; what is no UTF-8 then is replaced.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The host without the brackets of an IPv6 address.
fn host_of(server: &Uri) -> &str {
    let host = server.host().unwrap_or_default();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether `NO_PROXY` names the server.
fn is_exempt(server: &Uri, no_proxy: &str) -> bool {
    let host = host_of(server).trim_end_matches('.').to_ascii_lowercase();
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    no_proxy.split(',').map(str::trim).filter(|rule| !rule.is_empty()).any(|rule| exempts(rule, &host, port))
}

fn exempts(rule: &str, host: &str, port: u16) -> bool {
    let rule = rule.to_ascii_lowercase();
    if rule == "*" {
        return true;
    }
    let ip = host.parse::<IpAddr>().ok();
    if let Some((network, bits)) = network(&rule) {
        return ip.is_some_and(|ip| contains(network, bits, ip));
    }
    let (rule, at) = split_port(&rule);
    if at.is_some_and(|at| at != port) {
        return false;
    }
    if let Ok(own) = rule.parse::<IpAddr>() {
        return ip == Some(own);
    }
    // `.example.com` and `*.example.com` mean what is below, `example.com` itself, too.
    let rule = rule.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(rule);
    match rule.strip_prefix('.') {
        Some("") => false,
        Some(_) => host.ends_with(rule),
        None if rule.is_empty() => false,
        None => host == rule || host.strip_suffix(rule).is_some_and(|rest| rest.ends_with('.')),
    }
}

fn network(rule: &str) -> Option<(IpAddr, u32)> {
    let (ip, bits) = rule.split_once('/')?;
    let (ip, bits): (IpAddr, u32) = (ip.parse().ok()?, bits.parse().ok()?);
    (bits <= if ip.is_ipv4() { 32 } else { 128 }).then_some((ip, bits))
}

fn contains(network: IpAddr, bits: u32, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(own), IpAddr::V4(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros() >= bits,
        (IpAddr::V6(own), IpAddr::V6(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros() >= bits,
        _ => false,
    }
}

/// A rule's host and port. A bare IPv6 address has none.
fn split_port(rule: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = rule.strip_prefix('[').and_then(|rule| rule.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match rule.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port.parse().ok()),
        _ => (rule, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exempt(server: &str, no_proxy: &str) -> bool {
        is_exempt(&server.parse().unwrap(), no_proxy)
    }

    #[test]
    fn no_proxy_names_the_api_server_as_go_reads_it() {
        let yes = [
            ("https://api.example.com:6443", "api.example.com"),
            ("https://api.example.com:6443", "example.com"),
            ("https://api.example.com:6443", ".example.com"),
            ("https://api.example.com:6443", "*.example.com"),
            ("https://API.Example.com", "EXAMPLE.COM"),
            ("https://api.example.com:6443", "other.com,, api.example.com:6443 ,"),
            ("https://api.example.com", "api.example.com:443"),
            ("https://api.example.com", "*"),
            ("https://10.1.2.3:6443", "10.0.0.0/8"),
            ("https://10.1.2.3:6443", "10.1.2.3"),
            ("https://10.1.2.3:6443", "10.1.2.3:6443"),
            ("https://[fd00::1]:6443", "fd00::/8"),
            ("https://[fd00::1]:6443", "fd00::1"),
            ("https://[fd00::1]:6443", "[fd00::1]:6443"),
        ];
        for (server, rule) in yes {
            assert!(exempt(server, rule), "{server} {rule}");
        }
        let no = [
            ("https://api.example.com:6443", ""),
            ("https://api.example.com:6443", ","),
            ("https://api.example.com:6443", "ple.com"),
            ("https://example.com", ".example.com"),
            ("https://example.com", "*.example.com"),
            ("https://api.example.com:6443", "api.example.com:443"),
            ("https://10.1.2.3:6443", "10.2.0.0/16"),
            ("https://10.1.2.3:6443", "10.1.2.30"),
            ("https://api.example.com", "."),
            ("https://api.example.com", "10.0.0.0/8"),
            ("https://[fd00::1]:6443", "[fd00::1]:443"),
        ];
        for (server, rule) in no {
            assert!(!exempt(server, rule), "{server} {rule}");
        }
    }

    fn route(server: &str, url: Option<&str>, environment: &Environment) -> Route {
        Route::to(&server.parse().unwrap(), url, environment).unwrap()
    }

    #[test]
    fn the_clusters_proxy_holds_before_the_environments_and_despite_no_proxy() {
        let environment = Environment {
            https_proxy: "http://env.example.com:3128".into(),
            http_proxy: "plain.example.com".into(),
            no_proxy: "inner.example.com".into(),
            ..Environment::default()
        };
        let proxy = |server, url| route(server, url, &environment).proxy();
        let own = Some("socks5h://own.example.com");
        assert_eq!(proxy("https://inner.example.com", own).unwrap(), "socks5://own.example.com:1080");
        assert_eq!(proxy("https://inner.example.com", None), None);
        assert_eq!(proxy("https://outer.example.com", None).unwrap(), "http://env.example.com:3128");
        assert_eq!(proxy("http://outer.example.com", None).unwrap(), "http://plain.example.com:80");
        assert_eq!(proxy("https://127.0.0.1:6443", None), None);
        assert_eq!(proxy("https://localhost:6443", Some("")), None);
    }

    #[test]
    fn a_proxy_may_have_a_user_and_never_shows_it() {
        let route = route("https://a", Some("https://jane:p%40ss:w@proxy.example.com/x"), &Environment::default());
        let Route::Http(proxy) = &route else { panic!("{route:?}") };
        assert_eq!(proxy.user(), Some(("jane", "p@ss:w")));
        assert_eq!(proxy.authorization().unwrap(), "Basic amFuZTpwQHNzOnc=");
        assert_eq!(format!("{route:?}"), "Http(https://proxy.example.com:443/)");
        assert_eq!(route.proxy().unwrap(), "https://proxy.example.com:443");
        let fault = Route::to(&"https://a".parse().unwrap(), Some("ftp://u:secret@p"), &Environment::default());
        assert!(!fault.unwrap_err().to_string().contains("secret"));
    }
}
