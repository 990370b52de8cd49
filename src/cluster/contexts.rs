//! The kubeconfig, read as kubectl reads it, and what it says of each context.
//!
//! Several files are merged, the first that names something wins; a file that is missing is skipped, one that is broken, or a
//! broken entry, is marked and disturbs nothing else. Without any kubeconfig, the service account of the pod we run in.
//! Nothing is ever written, no plugin run, and no certificate or token file opened: that is for contexts someone opens.
//! Rules: `k8s.io/client-go/tools/clientcmd` (loader.go, client_config.go).

mod environment;
mod file;

pub use environment::Environment;
pub use file::{Condition, Source};

use super::fault::{Class, Fault};
use file::Entry;
use http::Uri;
use kube::config::{AuthInfo, Cluster, Context};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name under which the pod's own service account is listed.
pub const IN_CLUSTER: &str = "in-cluster";

/// What a user may say instead of the kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub namespace: Option<String>,
    pub as_user: Option<String>,
    pub as_groups: Vec<String>,
}

/// A context as the kubeconfig describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextInfo {
    pub name: String,
    pub cluster: String,
    pub user: String,
    /// Never empty.
    pub namespace: String,
    pub server: String,
    /// How it authenticates: `exec aws`, `client certificate`, `token`, `token file`, `oidc`, `basic`, `none`.
    pub auth: String,
    /// Why it cannot be used.
    pub broken: Option<String>,
    pub current: bool,
    /// The file that names it; none for the service account.
    pub file: Option<PathBuf>,
}

/// Everything needed to connect to one cluster as one user.
#[derive(Clone, Debug)]
pub struct Target {
    pub info: ContextInfo,
    pub server: Uri,
    pub cluster: Cluster,
    pub auth: AuthInfo,
    files: Vec<PathBuf>,
}

impl Target {
    /// A server that no kubeconfig names.
    pub fn unnamed(info: ContextInfo, server: Uri) -> Self {
        Self { info, server, cluster: Cluster::default(), auth: AuthInfo::default(), files: Vec::new() }
    }

    /// The files to watch: a change of any of them may change how to connect.
    pub fn files(&self) -> Vec<PathBuf> {
        let auth = [&self.auth.token_file, &self.auth.client_certificate, &self.auth.client_key];
        let named = auth.into_iter().chain([&self.cluster.certificate_authority]).flatten().map(PathBuf::from);
        self.files.iter().cloned().chain(named).collect()
    }
}

/// All contexts that are known.
#[derive(Debug, Default)]
pub struct Contexts {
    sources: Vec<Source>,
    current: Option<String>,
    contexts: Vec<(String, Entry<Context>)>,
    clusters: BTreeMap<String, Entry<Cluster>>,
    users: BTreeMap<String, Entry<AuthInfo>>,
    /// The files need not exist: a service account is read when it is used.
    account: bool,
}

impl Contexts {
    /// Reads the files that the environment and `--kubeconfig` name. Blocks on the disk for as long as small files take.
    pub fn load(explicit: Option<&Path>, environment: &Environment) -> Self {
        let mut all = Self::default();
        for path in environment.files(explicit) {
            let presence = if explicit.is_some() { file::Presence::Required } else { file::Presence::Optional };
            all.take(file::read(&path, presence));
        }
        if explicit.is_none() && all.contexts.is_empty() && all.clusters.is_empty() {
            all.take_account(environment);
        }
        all
    }

    /// What a kubeconfig says that is in no file.
    pub fn of_text(text: &str) -> Self {
        let mut all = Self::default();
        all.take(file::of_text(text));
        all.sources.clear();
        all
    }

    fn take(&mut self, loaded: file::Loaded) {
        for (name, entry) in loaded.contexts {
            if !self.contexts.iter().any(|(known, _)| *known == name) {
                self.contexts.push((name, entry));
            }
        }
        for (name, entry) in loaded.clusters {
            self.clusters.entry(name).or_insert(entry);
        }
        for (name, entry) in loaded.users {
            self.users.entry(name).or_insert(entry);
        }
        self.current = self.current.take().or(loaded.current);
        self.sources.push(loaded.source);
    }

    fn take_account(&mut self, environment: &Environment) {
        let Some((cluster, user, namespace)) = environment.account() else { return };
        let context =
            Context { cluster: IN_CLUSTER.into(), user: Some(IN_CLUSTER.into()), namespace, ..Context::default() };
        self.contexts.push((IN_CLUSTER.into(), Entry::sound(context, None)));
        self.clusters.insert(IN_CLUSTER.into(), Entry::sound(cluster, None));
        self.users.insert(IN_CLUSTER.into(), Entry::sound(user, None));
        self.current = Some(IN_CLUSTER.into());
        self.account = true;
    }

    /// The files that were looked at, and what was found.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The context that is used when none is named.
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Every context in the order of the files.
    pub fn list(&self) -> Vec<ContextInfo> {
        let describe = |(name, entry): &(String, Entry<Context>)| self.describe(name, entry, &Overrides::default());
        self.contexts.iter().map(describe).collect()
    }

    /// What to connect to. Fails with [`Class::Kubeconfig`].
    pub fn resolve(&self, overrides: &Overrides) -> Result<Target, Fault> {
        let asked = "read the kubeconfig";
        let fault = |said: String| Fault::new(Class::Kubeconfig, asked, said);
        let (name, entry) = self.pick(overrides)?;
        let info = self.describe(&name, &entry, overrides);
        if let Some(why) = info.broken {
            return Err(fault(format!("context {name} cannot be used: {why}")));
        }
        let cluster = self.clusters.get(&info.cluster).and_then(|entry| entry.sound.as_ref().ok()).cloned();
        let cluster = cluster.unwrap_or_default();
        let mut auth =
            self.users.get(&info.user).and_then(|entry| entry.sound.as_ref().ok()).cloned().unwrap_or_default();
        impersonate(&mut auth, overrides);
        let server = server_of(&cluster).map_err(fault)?;
        let files = self.sources.iter().map(|source| source.path.clone()).collect();
        Ok(Target { info, server, cluster, auth, files })
    }

    /// The context that is asked for. `--cluster` alone is enough to connect, as with kubectl.
    fn pick(&self, overrides: &Overrides) -> Result<(String, Entry<Context>), Fault> {
        let fault = |said: String| Fault::new(Class::Kubeconfig, "read the kubeconfig", said);
        let Some(name) = overrides.context.as_deref().or(self.current()) else {
            return match overrides.cluster {
                Some(_) => Ok((String::new(), Entry::sound(Context::default(), None))),
                None => Err(self.nothing()),
            };
        };
        match self.contexts.iter().find(|(known, _)| known == name) {
            Some((name, entry)) => Ok((name.clone(), entry.clone())),
            None => Err(fault(format!("there is no context {name}")).hint_if(self.broken_files().or(self.names()))),
        }
    }

    fn nothing(&self) -> Fault {
        let (said, hint) = match (self.contexts.is_empty(), self.broken_files()) {
            (_, Some(broken)) => ("no context can be chosen".to_owned(), Some(broken)),
            (false, None) => ("no current-context is set".to_owned(), self.names()),
            (true, None) => {
                let looked: Vec<String> = self.sources.iter().map(|source| source.path.display().to_string()).collect();
                let looked = if looked.is_empty() { "nowhere to look".into() } else { looked.join(", ") };
                (format!("no context was found in {looked}"), Some("set KUBECONFIG or give --kubeconfig".to_owned()))
            }
        };
        Fault::new(Class::Kubeconfig, "read the kubeconfig", said).hint_if(hint)
    }

    fn broken_files(&self) -> Option<String> {
        self.sources.iter().find_map(|source| match &source.condition {
            Condition::Broken(why) => Some(format!("{}: {why}", source.path.display())),
            _ => None,
        })
    }

    fn names(&self) -> Option<String> {
        let names: Vec<&str> = self.contexts.iter().map(|(name, _)| name.as_str()).take(10).collect();
        (!names.is_empty()).then(|| format!("there are: {}", names.join(", ")))
    }

    fn describe(&self, name: &str, entry: &Entry<Context>, overrides: &Overrides) -> ContextInfo {
        let context = entry.sound.as_ref().ok().cloned().unwrap_or_default();
        let cluster = overrides.cluster.clone().unwrap_or(context.cluster);
        let user = overrides.user.clone().or(context.user).unwrap_or_default();
        let namespace = overrides.namespace.clone().or(context.namespace).filter(|ns| !ns.is_empty());
        let served = self.clusters.get(&cluster).and_then(|entry| entry.sound.as_ref().ok());
        ContextInfo {
            name: name.to_owned(),
            server: served.and_then(|cluster| cluster.server.clone()).unwrap_or_default(),
            auth: self.auth_of(&user, overrides),
            broken: self.broken(entry, &cluster, &user, overrides.user.is_some()),
            current: self.current.as_deref() == Some(name),
            file: entry.file.clone(),
            namespace: namespace.unwrap_or_else(|| "default".into()),
            cluster,
            user,
        }
    }

    /// Why a context cannot be used. A user that is not there is none, as for kubectl, unless it was asked for.
    fn broken(&self, context: &Entry<Context>, cluster: &str, user: &str, user_asked: bool) -> Option<String> {
        if let Err(why) = &context.sound {
            return Some(why.clone());
        }
        let Some(entry) = self.clusters.get(cluster) else {
            return Some(if cluster.is_empty() {
                "it names no cluster".into()
            } else {
                format!("there is no cluster {cluster}")
            });
        };
        match &entry.sound {
            Err(why) => return Some(format!("cluster {cluster}: {why}")),
            Ok(cluster) => {
                if let Err(why) = server_of(cluster) {
                    return Some(why);
                }
            }
        }
        match self.users.get(user).map(|entry| &entry.sound) {
            Some(Err(why)) => Some(format!("user {user}: {why}")),
            None if user_asked => Some(format!("there is no user {user}")),
            _ => None,
        }
    }

    fn auth_of(&self, user: &str, overrides: &Overrides) -> String {
        let Some(Ok(auth)) = self.users.get(user).map(|entry| entry.sound.as_ref()) else {
            return if user.is_empty() { "none".into() } else { format!("none: user {user} is not there") };
        };
        let mut auth = auth.clone();
        impersonate(&mut auth, overrides);
        match &auth.impersonate {
            Some(other) => format!("{} as {other}", auth_kind(&auth)),
            None => auth_kind(&auth),
        }
    }
}

/// How a user authenticates, in the order in which client-go decides.
fn auth_kind(auth: &AuthInfo) -> String {
    if auth.token_file.is_some() {
        return "token file".into();
    }
    if auth.token.is_some() {
        return "token".into();
    }
    if auth.username.is_some() {
        return "basic".into();
    }
    if let Some(provider) = &auth.auth_provider {
        return provider.name.clone();
    }
    if let Some(exec) = &auth.exec {
        let command = exec.command.as_deref().unwrap_or_default();
        let name = Path::new(command).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        return format!("exec {}", name.unwrap_or_default());
    }
    let certificate = auth.client_certificate.is_some() || auth.client_certificate_data.is_some();
    if certificate { "client certificate".into() } else { "none".into() }
}

fn impersonate(auth: &mut AuthInfo, overrides: &Overrides) {
    if overrides.as_user.is_some() {
        auth.impersonate.clone_from(&overrides.as_user);
    }
    if !overrides.as_groups.is_empty() {
        auth.impersonate_groups = Some(overrides.as_groups.clone());
    }
}

/// The server's address, with a scheme and a host.
fn server_of(cluster: &Cluster) -> Result<Uri, String> {
    let Some(server) = cluster.server.as_deref().filter(|server| !server.is_empty()) else {
        return Err("its cluster has no server".into());
    };
    // Without a scheme client-go takes https where there is a CA to check it by, else http.
    let secure = cluster.certificate_authority.is_some() || cluster.certificate_authority_data.is_some();
    let full = match (server.contains("://"), secure) {
        (true, _) => server.to_owned(),
        (false, true) => format!("https://{server}"),
        (false, false) => format!("http://{server}"),
    };
    let uri: Uri = full.trim_end_matches('/').parse().map_err(|_| format!("its server is no address: {server}"))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("https" | "http"), Some(host)) if !host.is_empty() => Ok(uri),
        _ => Err(format!("its server is no address: {server}")),
    }
}
