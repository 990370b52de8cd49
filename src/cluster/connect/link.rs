//! The link: what the rest of `cluster` sends its requests by.

use super::station::Station;
use crate::cluster::contexts::Target;
use crate::cluster::credentials::Credentials;
use crate::cluster::fault::{Class, Fault, of_answer, of_error, of_kube};
use crate::cluster::guard::{Access, Guard, path};
use crate::cluster::traffic::Traffic;
use crate::cluster::transport::{Gauge, Peer};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use k8s_openapi::api::authentication::v1::{SelfSubjectReview, UserInfo};
use kube::client::Body;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tower::Layer;

/// A small request is answered within this, or is not.
const ANSWER: Duration = Duration::from_secs(10);
/// The rest of its answer comes within this.
const WHOLE: Duration = Duration::from_secs(60);
/// A server that is well says so faster.
const PING: Duration = Duration::from_secs(5);
/// The answer to a small request is no longer.
const LONGEST: usize = 64 << 20;
/// Nor is what a server says of its troubles.
const LONGEST_FAULT: usize = 64 << 10;
/// It is waited for so long.
const WHOLE_FAULT: Duration = Duration::from_secs(5);
const JSON: &str = "application/json";
/// A list of which only metadata is wanted: no values, few bytes. Servers that do not know the form give all.
pub const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// A way to send requests to one cluster as one user. Cheap to clone; clones share connections, credential and counters.
#[derive(Clone)]
pub struct Link {
    client: kube::Client,
    about: Arc<About>,
}

struct About {
    context: String,
    namespace: String,
    user: String,
    server: String,
    proxy: Option<String>,
    guard: Guard,
    credentials: Credentials,
    gauge: Gauge,
    traffic: Traffic,
    /// None over a client made elsewhere.
    station: Option<Station>,
    /// Where the round trip is known from elsewhere.
    rtt: Option<Duration>,
}

/// What a server says of itself (`/version`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Version {
    pub git_version: String,
    pub platform: String,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({} as {})", self.about.context, self.about.user)
    }
}

impl Link {
    /// A link over a client made elsewhere, whose round trip is known: nothing is added to its requests or kept from it.
    pub fn new(client: kube::Client, rtt: Option<Duration>) -> Self {
        let about = About {
            context: String::new(),
            namespace: client.default_namespace().to_owned(),
            user: String::new(),
            server: String::new(),
            proxy: None,
            guard: Guard::new(Access::ReadWrite),
            credentials: Credentials::none(),
            gauge: Gauge::default(),
            traffic: Traffic::default(),
            station: None,
            rtt,
        };
        Self { client, about: Arc::new(about) }
    }

    pub(super) fn over_station(
        station: Station,
        guard: Guard,
        credentials: Credentials,
        (gauge, traffic): (Gauge, Traffic),
        target: &Target,
        proxy: Option<String>,
    ) -> Self {
        let info = &target.info;
        let client = kube::Client::new(guard.layer(station.clone()), &info.namespace);
        let about = About {
            context: info.name.clone(),
            namespace: info.namespace.clone(),
            user: info.user.clone(),
            server: target.server.to_string().trim_end_matches('/').to_owned(),
            proxy,
            guard,
            credentials,
            gauge,
            traffic,
            station: Some(station),
            rtt: None,
        };
        Self { client, about: Arc::new(about) }
    }

    /// The client under the link. Whatever is sent by it is guarded, authenticated and counted as well.
    pub fn client(&self) -> &kube::Client {
        &self.client
    }
    pub fn context(&self) -> &str {
        &self.about.context
    }
    /// The namespace where none is named.
    pub fn namespace(&self) -> &str {
        &self.about.namespace
    }
    /// The kubeconfig's name for the user; who that is, [`Self::whoami`] asks.
    pub fn user(&self) -> &str {
        &self.about.user
    }
    pub fn server(&self) -> &str {
        &self.about.server
    }
    /// The proxy on the way, without its user.
    pub fn proxy(&self) -> Option<&str> {
        self.about.proxy.as_deref()
    }
    pub fn access(&self) -> Access {
        self.about.guard.access()
    }
    /// Requests that were refused because the link is read-only.
    pub fn refused(&self) -> u64 {
        self.about.guard.refused()
    }
    pub fn traffic(&self) -> &Traffic {
        &self.about.traffic
    }
    pub fn credentials(&self) -> &Credentials {
        &self.about.credentials
    }
    /// When the credential expires, in seconds since the epoch.
    pub fn expires(&self) -> Option<i64> {
        self.about.credentials.expires()
    }
    /// When access ends, unless the user does something: [`Credentials::lapses`].
    pub fn lapses(&self) -> Option<i64> {
        self.about.credentials.lapses()
    }
    /// About one round trip, known from the first connection on.
    pub fn rtt(&self) -> Option<Duration> {
        self.about.rtt.or_else(|| self.about.gauge.rtt())
    }
    /// The server as it showed itself by TLS.
    pub fn peer(&self) -> Option<Peer> {
        self.about.gauge.peer()
    }

    /// Opens the connection that the first request will use, if that comes soon.
    pub async fn connect(&self) -> Result<(), Fault> {
        match &self.about.station {
            Some(station) => station.connect().await,
            None => Ok(()),
        }
    }

    /// Sends a request and waits for the answer's headers as long as that takes. An answer that is no success is a fault.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Fault> {
        let asked = path::describe(request.method(), request.uri());
        let response = self.client.send(request).await.map_err(|e| of_kube(&asked, &e))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let said = timeout(WHOLE_FAULT, Limited::new(body, LONGEST_FAULT).collect()).await;
        let said = said.ok().and_then(Result::ok).map(|said| said.to_bytes()).unwrap_or_default();
        Err(of_answer(&asked, parts.status, &parts.headers, &said))
    }

    /// Sends a small request: headers within 10 s, the body within a minute and 64 MB.
    pub async fn ask(&self, request: Request<Body>) -> Result<Bytes, Fault> {
        self.ask_within(request, ANSWER).await
    }

    async fn ask_within(&self, request: Request<Body>, patience: Duration) -> Result<Bytes, Fault> {
        let asked = path::describe(request.method(), request.uri());
        let late =
            |time: Duration| Fault::new(Class::Timeout, &asked, format!("no answer within {} s", time.as_secs()));
        let response = timeout(patience, self.send(request)).await.map_err(|_| late(patience))??;
        let body = Limited::new(response.into_body(), LONGEST).collect();
        let body = timeout(WHOLE, body).await.map_err(|_| late(WHOLE))?;
        body.map(|body| body.to_bytes()).map_err(|e| cut_off(&asked, e.as_ref()))
    }

    /// Reads JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        self.get_json_as(path, JSON).await
    }

    /// Reads JSON of the given form (`application/json;as=…`).
    pub async fn get_json_as<T: DeserializeOwned>(&self, path: &str, accept: &str) -> Result<T, Fault> {
        let request = Request::get(path).header(ACCEPT, accept);
        self.json(request.body(Body::empty()), path).await
    }

    /// Posts JSON, never twice.
    pub async fn post_json<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Fault> {
        let body = serde_json::to_vec(body).map_err(|e| Fault::new(Class::Invalid, path, e.to_string()))?;
        let request = Request::post(path).header(ACCEPT, JSON).header(CONTENT_TYPE, JSON);
        self.json(request.body(body.into()), path).await
    }

    async fn json<T: DeserializeOwned>(&self, request: http::Result<Request<Body>>, path: &str) -> Result<T, Fault> {
        let request = request.map_err(|e| Fault::new(Class::Invalid, path, e.to_string()))?;
        let asked = path::describe(request.method(), request.uri());
        let body = self.ask(request).await?;
        // The error's words could repeat the body's.
        serde_json::from_slice(&body).map_err(|e| {
            let said = format!("the answer cannot be read (line {}, column {})", e.line(), e.column());
            Fault::new(Class::Other, asked, said)
        })
    }

    /// The server's version.
    pub async fn about_server(&self) -> Result<Version, Fault> {
        self.get_json("/version").await
    }

    /// The server's version, as `v1.36.3`.
    pub async fn version(&self) -> Result<String, Fault> {
        self.about_server().await.map(|version| version.git_version)
    }

    /// Whether the server answers. That it forbids the question is an answer, too.
    pub async fn ping(&self) -> Result<(), Fault> {
        for path in ["/livez/ping", "/version"] {
            let request = Request::get(path).body(Body::empty());
            let request = request.map_err(|e| Fault::new(Class::Invalid, path, e.to_string()))?;
            match self.ask_within(request, PING).await {
                Ok(_) => return Ok(()),
                Err(fault) if fault.class == Class::Forbidden => return Ok(()),
                Err(fault) if fault.class == Class::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        // It knows neither, and says so.
        Ok(())
    }

    /// Who the server takes us for, and as member of which groups. Servers before 1.28 answer with [`Class::NotFound`].
    pub async fn whoami_groups(&self) -> Result<(String, Vec<String>), Fault> {
        const PATH: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let review: SelfSubjectReview = self.post_json(PATH, &SelfSubjectReview::default()).await?;
        let UserInfo { username, groups, .. } = review.status.and_then(|status| status.user_info).unwrap_or_default();
        Ok((username.unwrap_or_default(), groups.unwrap_or_default()))
    }

    /// Who the server takes us for.
    pub async fn whoami(&self) -> Result<String, Fault> {
        self.whoami_groups().await.map(|(user, _)| user)
    }
}

fn cut_off(asked: &str, error: &(dyn Error + 'static)) -> Fault {
    if error.is::<LengthLimitError>() {
        return Fault::new(Class::Other, asked, "the answer is too long");
    }
    of_error(asked, error)
}
