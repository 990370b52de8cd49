//! A session: all that belongs to one connected context. Switching back to a warm session is instant, and a message that
//! carries the id of a session that is gone is dropped.

use super::effect::SessionId;
use super::msg::Connection;
use crate::cluster::catalog::{Catalog, Served};
use crate::cluster::fault::Fault;
use crate::cluster::rights::Rights;
use std::collections::BTreeMap;

/// How far a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Connecting,
    Ready,
    /// No client could be made; tried again at `retry` (seconds since the epoch).
    Failed {
        fault: Fault,
        retry: i64,
    },
}

/// A context in use.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    /// As asked for: `None` is the kubeconfig's current context.
    pub asked: Option<String>,
    pub link: Link,
    pub connection: Connection,
    pub catalog: Option<Catalog>,
    /// Why the catalog is missing, after asking in vain.
    pub catalog_fault: Option<Fault>,
    pub version: Option<String>,
    pub user: Option<String>,
    /// Names of namespaces, once known.
    pub namespaces: Vec<String>,
    /// What the user may do, by namespace; nothing while it is asked or cannot be told.
    pub rights: BTreeMap<String, Option<Rights>>,
    /// Set while the server does not answer.
    pub silent: Option<Fault>,
    /// When access ends, in seconds since the epoch, unless the user logs in again.
    pub lapses: Option<i64>,
    /// Since when no link could be made, in seconds since the epoch; a key begins it anew.
    pub failing: Option<i64>,
}

impl Session {
    pub fn new(id: SessionId, asked: Option<String>) -> Self {
        Self {
            id,
            asked,
            link: Link::Connecting,
            connection: Connection::default(),
            catalog: None,
            catalog_fault: None,
            version: None,
            user: None,
            namespaces: Vec::new(),
            rights: BTreeMap::new(),
            silent: None,
            lapses: None,
            failing: None,
        }
    }

    pub fn is_ready(&self) -> bool {
        self.link == Link::Ready
    }

    /// The context's name as far as it is known.
    pub fn context(&self) -> &str {
        match self.asked.as_deref() {
            Some(asked) if self.connection.context.is_empty() => asked,
            _ => &self.connection.context,
        }
    }

    /// The served kind called `name`.
    pub fn served(&self, name: &str) -> Option<&Served> {
        self.catalog.as_ref()?.find(name)
    }
}
