//! What the console knows of contexts and connections: plain data, without the credentials and files behind it.

/// What a connection is known to be before any request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    pub context: String,
    pub cluster: String,
    pub user: String,
    pub namespace: String,
    pub server: String,
    pub auth: String,
    /// The setting or flag says read-only.
    pub readonly: bool,
}

/// A context of the kubeconfig as its table shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextRow {
    pub name: String,
    pub alias: String,
    pub cluster: String,
    pub user: String,
    pub namespace: String,
    pub server: String,
    pub auth: String,
    /// Why it cannot be used.
    pub broken: Option<String>,
    pub current: bool,
}
