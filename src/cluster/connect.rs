//! From a kubeconfig to a link: the one way in which the rest of the program speaks to a cluster.
//!
//! Connecting reads files, obtains a credential and opens a connection, but sends nothing: the first list is the first request. A link
//! authenticates each request, repeats a read once when the server does not take the credential and a newer one can be had, and
//! repeats nothing else. It has no opinion about what is asked, except that a read-only link refuses all but reads.

mod headers;
mod link;
mod station;

pub use super::credentials::ExecMode;
pub use super::guard::Access;
pub use link::{Link, METADATA, Version};

use super::connection::{Connection, ContextRow};
use super::contexts::{ContextInfo, Contexts, Environment, Overrides, Target};
use super::credentials::Credentials;
use super::fault::Fault;
use super::guard::Guard;
use super::proxy::Route;
use super::traffic::Traffic;
use super::transport::{self, Dialer, Gauge, Wire, tls};
use hyper_util::client::legacy::connect::Connect;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use station::{Line, Station};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What is asked for on the command line, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub kubeconfig: Option<PathBuf>,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub namespace: Option<String>,
    pub as_user: Option<String>,
    pub as_groups: Vec<String>,
    /// What the link may do. It depends on the context, so ask [`current_context`] first where none is named, and name it.
    pub access: Access,
    /// Who has the terminal if a credential plugin runs.
    pub exec: ExecMode,
    /// A cluster in this process, instead of the kubeconfig's.
    pub embedded: Option<Embedded>,
}

/// A cluster in this process: its own kubeconfig, and the way to it.
#[derive(Clone)]
pub struct Embedded {
    kubeconfig: Arc<str>,
    wire: Wire,
}

impl Embedded {
    /// `kubeconfig`: its text, with `http` servers. All of them are reached by `connector`.
    pub fn new<C: Connect + Clone + Send + Sync + 'static>(kubeconfig: &str, connector: C) -> Self {
        Self { kubeconfig: kubeconfig.into(), wire: transport::wire(connector) }
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}

impl Request {
    /// What it says instead of the kubeconfig.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            namespace: self.namespace.clone(),
            as_user: self.as_user.clone(),
            as_groups: self.as_groups.clone(),
        }
    }

    fn contexts(&self) -> Contexts {
        self.contexts_in(&Environment::of_process())
    }

    /// The contexts to choose from, in given surroundings.
    pub fn contexts_in(&self, environment: &Environment) -> Contexts {
        match &self.embedded {
            Some(embedded) => Contexts::of_text(&embedded.kubeconfig),
            None => Contexts::load(self.kubeconfig.as_deref(), environment),
        }
    }

    /// Whether the server of one of these contexts answers: [`reach`].
    pub async fn reach(&self, target: &Target, environment: &Environment) -> Result<Gauge, Fault> {
        match self.embedded {
            Some(_) => Ok(Gauge::here()),
            None => reach(target, environment).await,
        }
    }

    /// Opens the way to one of these contexts: [`open`].
    pub async fn open(&self, target: Target, access: Access, environment: &Environment) -> Result<Link, Fault> {
        let Some(embedded) = &self.embedded else { return open(target, access, self.exec, environment).await };
        let link = prepare_embedded(target, access, environment, embedded)?;
        ready(&link, self.exec).await?;
        Ok(link)
    }
}

/// What the kubeconfig says of the connection that a request asks for, before anything is opened.
pub fn known(request: &Request) -> Result<Connection, Fault> {
    let target = request.contexts().resolve(&request.overrides())?;
    Ok(connection(target.info, request.access))
}

/// Connects as the process's surroundings and the request say.
pub async fn connect(request: &Request) -> Result<(Link, Connection), Fault> {
    let target = request.contexts().resolve(&request.overrides())?;
    let info = target.info.clone();
    let link = request.open(target, request.access, &Environment::of_process()).await?;
    Ok((link, connection(info, request.access)))
}

/// A target's way and trust, before any credential.
struct Way {
    route: Route,
    trust: tls::Trust,
    proxy_tls: Option<Arc<ClientConfig>>,
    name: Option<ServerName<'static>>,
    gauge: Gauge,
    traffic: Traffic,
}

impl Way {
    fn to(target: &Target, authority: Option<&[u8]>, environment: &Environment) -> Result<Self, Fault> {
        let route = Route::to(&target.server, target.cluster.proxy_url.as_deref(), environment)?;
        let trust = tls::trust(&target.cluster, authority)?;
        // Only a proxy that speaks TLS itself needs the system's roots.
        let secure = matches!(&route, Route::Http(proxy) if proxy.address.scheme_str() == Some("https"));
        let proxy_tls = secure.then(|| tls::config(&tls::Trust::System, None)).transpose()?;
        let name = tls::server_name(&target.cluster)?;
        Ok(Self { route, trust, proxy_tls, name, gauge: Gauge::default(), traffic: Traffic::default() })
    }

    fn dialer(&self, pair: Option<&tls::Pair>) -> Result<Dialer, Fault> {
        let both = (tls::config(&self.trust, pair)?, self.proxy_tls.clone());
        Ok(Dialer::new(self.route.clone(), both, self.name.clone(), self.gauge.clone(), self.traffic.clone()))
    }
}

/// Everything that a link is made of, before any credential is obtained.
pub async fn prepare(target: Target, access: Access, environment: &Environment) -> Result<Link, Fault> {
    let authority = tls::authority(&target.cluster).await?;
    let credentials = Credentials::of(&target, environment, authority.as_deref())?;
    let way = Way::to(&target, authority.as_deref(), environment)?;
    let (gauge, traffic, proxy) = (way.gauge.clone(), way.traffic.clone(), way.route.proxy());
    let line = Line::to_network(move |pair| way.dialer(pair));
    let headers = headers::of(&target.auth)?;
    let mut station = Station::new(target.server.clone(), headers, credentials.clone(), line, traffic.clone());
    if target.cluster.disable_compression == Some(true) {
        station = station.uncompressed();
    }
    Ok(Link::over_station(station, Guard::new(access), credentials, (gauge, traffic), &target, proxy))
}

/// [`prepare`] for a cluster in this process.
fn prepare_embedded(
    target: Target,
    access: Access,
    environment: &Environment,
    embedded: &Embedded,
) -> Result<Link, Fault> {
    let credentials = Credentials::of(&target, environment, None)?;
    let (gauge, traffic) = (Gauge::here(), Traffic::default());
    let line = Line::fixed(embedded.wire.clone());
    let headers = headers::of(&target.auth)?;
    let station = Station::new(target.server.clone(), headers, credentials.clone(), line, traffic.clone());
    Ok(Link::over_station(station, Guard::new(access), credentials, (gauge, traffic), &target, None))
}

/// Whether a server can be reached: connects, shakes hands and hangs up, without any credential or request.
pub async fn reach(target: &Target, environment: &Environment) -> Result<Gauge, Fault> {
    let authority = tls::authority(&target.cluster).await?;
    let way = Way::to(target, authority.as_deref(), environment)?;
    way.dialer(None)?.ahead(target.server.clone()).await?;
    Ok(way.gauge)
}

/// Whether the server of a request's context answers, by [`reach`]: the milliseconds of the handshake.
pub async fn reach_context(request: &Request) -> Result<u64, Fault> {
    let target = request.contexts().resolve(&request.overrides())?;
    let gauge = request.reach(&target, &Environment::of_process()).await?;
    Ok(gauge.rtt().map_or(0, |rtt| rtt.as_millis() as u64))
}

/// [`prepare`], the credential, and the connection that the first request will use: so what is wrong is known here, and so is
/// the round trip, before that request is made.
pub async fn open(target: Target, access: Access, mode: ExecMode, environment: &Environment) -> Result<Link, Fault> {
    let link = prepare(target, access, environment).await?;
    ready(&link, mode).await?;
    Ok(link)
}

async fn ready(link: &Link, mode: ExecMode) -> Result<(), Fault> {
    link.credentials().obtain(mode).await?;
    link.connect().await
}

/// A link to a server that some connector leads to, without TLS and credentials: a cluster in memory.
pub fn link_over<C: Connect + Clone + Send + Sync + 'static>(connector: C, info: ContextInfo, access: Access) -> Link {
    let (gauge, traffic, credentials) = (Gauge::default(), Traffic::default(), Credentials::none());
    let server = http::Uri::from_static("http://rk9s.invalid");
    let line = Line::fixed(transport::wire(connector));
    let station = Station::new(server.clone(), headers::own(), credentials.clone(), line, traffic.clone());
    let target = Target::unnamed(info, server);
    Link::over_station(station, Guard::new(access), credentials, (gauge, traffic), &target, None)
}

/// The contexts of the kubeconfig, for their table.
pub async fn contexts(request: &Request) -> Vec<ContextRow> {
    request.contexts().list().into_iter().map(row).collect()
}

/// The context that is used when none is named.
pub fn current_context(request: &Request) -> Option<String> {
    request.contexts().current().map(str::to_owned)
}

/// The files whose change may change how to connect: the kubeconfig's, and those that a context's entry names.
pub fn files(request: &Request) -> Vec<PathBuf> {
    let contexts = request.contexts();
    match contexts.resolve(&request.overrides()) {
        Ok(target) => target.files(),
        Err(_) => contexts.sources().iter().map(|source| source.path.clone()).collect(),
    }
}

fn connection(info: ContextInfo, access: Access) -> Connection {
    Connection {
        context: info.name,
        cluster: info.cluster,
        user: info.user,
        namespace: info.namespace,
        server: info.server,
        auth: info.auth,
        readonly: access != Access::ReadWrite,
    }
}

fn row(info: ContextInfo) -> ContextRow {
    ContextRow {
        name: info.name,
        alias: String::new(),
        cluster: info.cluster,
        user: info.user,
        namespace: info.namespace,
        server: info.server,
        auth: info.auth,
        broken: info.broken,
        current: info.current,
    }
}
