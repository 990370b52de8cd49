//! A small world, served in memory.

use http::Request;
use http_body_util::BodyExt;
use kube::client::Body;
use rk9s::cluster::connect::{self, Access, Link};
use rk9s::cluster::contexts::ContextInfo;
use rk9s::demo::life::Life;
use rk9s::demo::object::Object;
use rk9s::demo::server::{Cluster, Connector};
use rk9s::demo::world::{World, Write};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// A cluster with the namespaces `shop` and `back`, and nothing in them.
pub struct Small {
    pub cluster: Arc<Cluster>,
    pub link: Link,
}

/// An answer.
#[derive(Debug)]
pub struct Said {
    pub code: u16,
    pub body: Value,
    pub text: String,
    pub headers: http::HeaderMap,
}

/// What the demo's administrator shows.
pub const TOKEN: &str = "rk9s-demo-admin";

pub fn small() -> Small {
    let mut world = World::new(7, "2026-01-01T00:00:00Z".parse().unwrap());
    for name in ["shop", "back"] {
        let namespace = json!({"metadata": {"name": name}, "spec": {"finalizers": ["kubernetes"]}});
        world.create("namespaces", namespace, Write::by("test")).unwrap();
    }
    let cluster = Cluster::new(world, Life::new(vec![Box::new(rk9s::demo::events::Forgetting)]));
    let info = ContextInfo { name: "demo".into(), namespace: "shop".into(), ..ContextInfo::default() };
    let link = connect::link_over(Connector::new(cluster.clone()).with_token(TOKEN), info, Access::ReadWrite);
    Small { cluster, link }
}

/// A pod's manifest, running on a node.
pub fn pod(namespace: &str, name: &str) -> Object {
    json!({
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name.split('-').next()}},
        "spec": {"nodeName": "a", "containers": [{"name": "app", "image": "x"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    })
}

impl Small {
    /// Puts an object there, as a controller would.
    pub fn put(&self, id: &str, object: Object) -> Object {
        self.cluster.act(|world| world.create(id, object, Write::by("test"))).unwrap()
    }

    pub fn pods(&self, names: &[&str]) {
        for name in names {
            self.put("pods", pod("shop", name));
        }
    }

    /// Sends a request with the headers given.
    pub async fn send(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(format!("http://demo.invalid{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.as_bytes().to_vec())).unwrap();
        // Not the link: it makes faults of refusals, and here their very words are looked at.
        let wire = rk9s::cluster::transport::wire(Connector::new(self.cluster.clone()).with_token(TOKEN));
        let answer = wire.oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Said { code: head.status.as_u16(), body, text, headers: head.headers }
    }

    pub async fn get(&self, path: &str) -> Said {
        self.send(&format!("GET {path}"), &[], "").await
    }

    /// Sends JSON.
    pub async fn json(&self, line: &str, body: &Value) -> Said {
        let agent = ("user-agent", "tester/1.0 (here)");
        self.send(line, &[("content-type", "application/json"), agent], &body.to_string()).await
    }

    pub async fn merge(&self, path: &str, body: &Value) -> Said {
        let kind = ("content-type", "application/merge-patch+json");
        self.send(&format!("PATCH {path}"), &[kind], &body.to_string()).await
    }
}

impl Said {
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Code, reason and message of a refusal.
    pub fn refusal(&self) -> (u16, &str, &str) {
        assert_eq!(self.body["status"], "Failure", "{}", self.text);
        (self.code, self.body["reason"].as_str().unwrap_or_default(), self.message())
    }

    /// The names in a list.
    pub fn names(&self) -> Vec<&str> {
        let items = self.body["items"].as_array().unwrap_or_else(|| panic!("no list: {}", self.text));
        items.iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
    }
}
