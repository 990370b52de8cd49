//! Where a credential comes from: the kubeconfig's user, taken apart once.
//!
//! Order as in client-go (`clientcmd/client_config.go`, `transport/round_trippers.go`): a token file, a token, user and
//! password, an auth-provider, a plugin. A client certificate goes with any of them.

use super::super::contexts::{Environment, Target};
use super::super::fault::{Class, Fault};
use super::super::proxy::Route;
use super::super::transport::tls::{self, Pair};
use super::certificate;
use super::identity::{Draft, Identity, bearer, sensitive, token_expiry};
use super::plugin::{ExecMode, Notes, Plugin};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::ready;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use jiff::Timestamp;
use kube::client::{Body, ConfigExt};
use kube::config::{AuthInfo, AuthProviderConfig};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, ServiceExt, service_fn};

/// A token file is read again after so many seconds (client-go's period).
const TOKEN_FILE_HOLDS: i64 = 60;
/// The files of a client certificate, too (client-go's `CertCallbackRefreshDuration`).
const CERTIFICATE_FILES_HOLD: i64 = 300;

/// Where a credential comes from.
#[derive(Clone, Default)]
pub struct Source {
    certificate: Option<CertificateFrom>,
    header: HeaderFrom,
}

#[derive(Clone)]
enum CertificateFrom {
    Data(Arc<Pair>),
    /// Either may be embedded.
    Files {
        certificate: Part,
        key: Part,
    },
}

#[derive(Clone)]
enum Part {
    Data(Arc<[u8]>),
    File(String),
}

#[derive(Clone, Default)]
enum HeaderFrom {
    #[default]
    Nothing,
    Basic(String, SecretString),
    Token(SecretString),
    /// The file, and what holds while it cannot be read.
    TokenFile(String, Option<SecretString>),
    Plugin(Arc<Plugin>),
    /// kube's own refreshing of OIDC tokens: answers with the header that it adds to a request.
    Oidc(BoxCloneSyncService<Request<Body>, Response<()>, BoxError>),
}

impl Source {
    /// The source of a target's credential. `authority`: the cluster's CA, for plugins that ask for it.
    pub fn of(target: &Target, environment: &Environment, authority: Option<&[u8]>) -> Result<Self, Fault> {
        let auth = &target.auth;
        Ok(Self { certificate: certificate_from(auth)?, header: header_from(target, environment, authority)? })
    }

    /// Whether asking again can give something else.
    pub fn is_renewable(&self) -> bool {
        let by_header = matches!(self.header, HeaderFrom::TokenFile(..) | HeaderFrom::Plugin(_) | HeaderFrom::Oidc(_));
        by_header || matches!(self.certificate, Some(CertificateFrom::Files { .. }))
    }

    /// Obtains the credential.
    pub async fn obtain(&self, mode: ExecMode, notes: &Notes, before: Option<&Identity>) -> Result<Draft, Fault> {
        let pair = match &self.certificate {
            None => None,
            Some(CertificateFrom::Data(pair)) => Some(pair.as_ref().clone()),
            Some(CertificateFrom::Files { certificate, key }) => {
                let (certificate, key) = (certificate.read().await?, key.read().await?);
                Some(Pair { certificate, key })
            }
        };
        let until = pair.as_ref().and_then(|pair| certificate::of_pem(&pair.certificate)).map(|facts| facts.not_after);
        let draft = self.header.obtain(mode, notes, before).await?;
        let expires = draft.expires.into_iter().chain(until).min();
        let of_files = matches!(self.certificate, Some(CertificateFrom::Files { .. }));
        let again = of_files.then(|| Timestamp::now().as_second() + CERTIFICATE_FILES_HOLD);
        Ok(Draft { pair: draft.pair.or(pair), expires, due: draft.due.into_iter().chain(again).min(), ..draft })
    }
}

impl Part {
    async fn read(&self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Data(data) => Ok(data.to_vec()),
            Self::File(path) => tls::read("read the client certificate", path).await,
        }
    }
}

impl HeaderFrom {
    async fn obtain(&self, mode: ExecMode, notes: &Notes, before: Option<&Identity>) -> Result<Draft, Fault> {
        match self {
            Self::Nothing => Ok(Draft::default()),
            Self::Basic(user, password) => {
                let both = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
                Ok(Draft { authorization: sensitive(&format!("Basic {both}")), ..Draft::default() })
            }
            Self::Token(token) => of_token("use the token", token.expose_secret()),
            Self::TokenFile(path, otherwise) => of_file(path, otherwise.as_ref(), before).await,
            Self::Plugin(plugin) => plugin.obtain(mode, notes).await,
            Self::Oidc(service) => {
                let asked = "refresh the OIDC token";
                let echo = service.clone().oneshot(Request::new(Body::empty())).await;
                let echo =
                    echo.map_err(|e| Fault::new(Class::Credentials, asked, e.to_string()).hint("log in again"))?;
                let header = echo.headers().get(AUTHORIZATION).cloned();
                let token = header.as_ref().and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
                let expires = token.and_then(token_expiry);
                // kube renews it in the ten seconds before; asking earlier gives the same one.
                Ok(Draft { due: expires.map(|at| at - 10), expires, authorization: header, pair: None })
            }
        }
    }
}

fn of_token(asked: &str, token: &str) -> Result<Draft, Fault> {
    let token = token.trim();
    let header = bearer(token).filter(|_| !token.is_empty());
    let header = header.ok_or_else(|| Fault::new(Class::Credentials, asked, "it is empty, or no token"))?;
    Ok(Draft { authorization: Some(header), expires: token_expiry(token), ..Draft::default() })
}

/// The token of a file. While the file cannot be read, what was read before holds (kubernetes/kubernetes#68164).
async fn of_file(path: &str, otherwise: Option<&SecretString>, before: Option<&Identity>) -> Result<Draft, Fault> {
    let asked = format!("read the token file {path}");
    let draft = match tokio::fs::read_to_string(path).await {
        Ok(text) => of_token(&asked, &text),
        Err(e) => Err(Fault::new(Class::Credentials, asked, e.to_string())),
    };
    let kept = before.and_then(|before| before.authorization.clone());
    let due = Some(Timestamp::now().as_second() + TOKEN_FILE_HOLDS);
    match (draft, kept, otherwise) {
        (Ok(draft), _, _) => Ok(Draft { due, ..draft }),
        (Err(_), Some(kept), _) => {
            let expires = before.and_then(|before| before.expires);
            Ok(Draft { authorization: Some(kept), due, expires, pair: None })
        }
        (Err(_), None, Some(token)) => of_token("use the token", token.expose_secret()).map(|d| Draft { due, ..d }),
        (Err(fault), None, None) => Err(fault),
    }
}

fn certificate_from(auth: &AuthInfo) -> Result<Option<CertificateFrom>, Fault> {
    let key_data = auth.client_key_data.as_ref().map(|data| data.expose_secret());
    let certificate =
        part(auth.client_certificate_data.as_deref(), auth.client_certificate.as_ref(), "client-certificate");
    match (certificate?, part(key_data, auth.client_key.as_ref(), "client-key")?) {
        (Some(Part::Data(certificate)), Some(Part::Data(key))) => {
            Ok(Some(CertificateFrom::Data(Arc::new(Pair { certificate: certificate.to_vec(), key: key.to_vec() }))))
        }
        (Some(certificate), Some(key)) => Ok(Some(CertificateFrom::Files { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(lacking("client-certificate", "client-key")),
        (None, Some(_)) => Err(lacking("client-key", "client-certificate")),
    }
}

fn lacking(has: &str, lacks: &str) -> Fault {
    Fault::new(Class::Kubeconfig, "read the user", format!("it has a {has}, but no {lacks}"))
}

/// Data goes before a file.
fn part(data: Option<&str>, file: Option<&String>, what: &str) -> Result<Option<Part>, Fault> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        let bytes = tls::decode(data);
        let bytes =
            bytes.ok_or_else(|| Fault::new(Class::Kubeconfig, "read the user", format!("{what}-data is no base64")))?;
        return Ok(Some(Part::Data(bytes.into())));
    }
    Ok(file.map(|path| Part::File(path.clone())))
}

fn header_from(target: &Target, environment: &Environment, authority: Option<&[u8]>) -> Result<HeaderFrom, Fault> {
    let auth = &target.auth;
    let token = auth.token.as_ref().filter(|token| !token.expose_secret().is_empty());
    if let Some(path) = &auth.token_file {
        return Ok(HeaderFrom::TokenFile(path.clone(), token.cloned()));
    }
    if let Some(token) = token {
        return Ok(HeaderFrom::Token(token.clone()));
    }
    if let Some(user) = auth.username.as_ref().filter(|user| !user.is_empty()) {
        return Ok(HeaderFrom::Basic(user.clone(), auth.password.clone().unwrap_or_default()));
    }
    if let Some(provider) = &auth.auth_provider {
        return oidc(target, provider);
    }
    let Some(exec) = &auth.exec else { return Ok(HeaderFrom::Nothing) };
    let route = Route::to(&target.server, target.cluster.proxy_url.as_deref(), environment)?;
    Plugin::of(exec, &target.cluster, &route, authority).map(|plugin| HeaderFrom::Plugin(Arc::new(plugin)))
}

/// kubectl has removed all auth-providers but OIDC.
fn oidc(target: &Target, provider: &AuthProviderConfig) -> Result<HeaderFrom, Fault> {
    let fault = |said: String| Fault::new(Class::Kubeconfig, "read the user", said);
    if provider.name != "oidc" {
        let hint = "replace it by an exec plugin: gke-gcloud-auth-plugin for gcp, kubelogin for azure";
        return Err(fault(format!("auth-provider {} is no longer supported by Kubernetes", provider.name)).hint(hint));
    }
    let mut config = kube::Config::new(target.server.clone());
    config.auth_info = AuthInfo { auth_provider: Some(provider.clone()), ..AuthInfo::default() };
    let layer = config.auth_layer().map_err(|e| fault(e.to_string()))?;
    let layer = layer.ok_or_else(|| fault("its auth-provider has no id-token".into()))?;
    let echo = |request: Request<Body>| {
        let mut response = Response::new(());
        *response.headers_mut() = request.into_parts().0.headers;
        ready(Ok::<_, BoxError>(response))
    };
    Ok(HeaderFrom::Oidc(BoxCloneSyncService::new(layer.layer(service_fn(echo)))))
}
