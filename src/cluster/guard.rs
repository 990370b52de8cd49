//! Read-only, enforced under the client: an allow-list of requests.
//!
//! A GET is not always a look: exec, attach, port-forward and proxy are GETs that reach into pods. So a request passes only
//! if its path has a shape that is known to be a read: see [`path`]. Everything else is refused and counted, whatever part of
//! the program made it. The guard knows nothing of rights: those are the server's.

pub mod path;

use super::fault::{Class, Fault};
use futures::future::{Either, Ready, ready};
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, Method, Request, Uri};
use path::{Path, Resource};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tower::{BoxError, Layer, Service};

/// What a link may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Only requests that are known to be reads.
    #[default]
    ReadOnly,
    /// Those, and tunnels to the ports of pods.
    PortForward,
    ReadWrite,
}

/// Subresources that can be read without touching what runs.
const READABLE: [&str; 6] = ["status", "scale", "log", "resize", "ephemeralcontainers", "approval"];

/// The only things that may be posted: questions about oneself.
const QUESTIONS: [(&str, &str); 3] = [
    ("authorization.k8s.io", "selfsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectrulesreviews"),
    ("authentication.k8s.io", "selfsubjectreviews"),
];

/// Whether a request is known to be a read. The path is the API's own, without the server's base path.
pub fn is_read(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    if is_upgrade(headers) {
        return false;
    }
    let Some(path) = Path::parse(uri.path()) else { return false };
    match (method, path) {
        (&Method::GET | &Method::HEAD, Path::Info | Path::Discovery) => true,
        (&Method::GET | &Method::HEAD, Path::Resource(resource)) => is_readable(&resource),
        (&Method::POST, Path::Resource(resource)) => is_question(&resource),
        _ => false,
    }
}

/// Whether a request is for a tunnel to the ports of one pod.
fn is_port_forward(method: &Method, uri: &Uri) -> bool {
    let Some(Path::Resource(resource)) = Path::parse(uri.path()) else { return false };
    let Resource { group: "", resource: "pods", namespace: Some(_), name: Some(_), subresource: Some(sub), .. } =
        resource
    else {
        return false;
    };
    sub == "portforward" && matches!(*method, Method::GET | Method::POST)
}

fn is_readable(resource: &Resource) -> bool {
    resource.subresource.is_none_or(|sub| READABLE.contains(&sub))
}

fn is_question(resource: &Resource) -> bool {
    let Resource { group, resource, namespace: None, name: None, subresource: None, .. } = resource else {
        return false;
    };
    QUESTIONS.contains(&(*group, *resource))
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let asks = |value: &http::HeaderValue| value.as_bytes().to_ascii_lowercase().windows(7).any(|w| w == b"upgrade");
    headers.contains_key(UPGRADE)
        || headers.contains_key("sec-websocket-key")
        || headers.get_all(CONNECTION).iter().any(asks)
}

/// The guard, as a layer for the service under a client.
#[derive(Clone, Debug)]
pub struct Guard {
    access: Access,
    refused: Arc<AtomicU64>,
}

impl Guard {
    pub fn new(access: Access) -> Self {
        Self { access, refused: Arc::default() }
    }

    pub fn access(&self) -> Access {
        self.access
    }

    /// How many requests were refused so far.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Lets a request pass, or counts it and says why not.
    fn judge<B>(&self, request: &Request<B>) -> Result<(), Fault> {
        let allowed = match self.access {
            Access::ReadWrite => true,
            Access::PortForward if is_port_forward(request.method(), request.uri()) => true,
            Access::PortForward | Access::ReadOnly => is_read(request.method(), request.uri(), request.headers()),
        };
        if allowed {
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        let asked = path::describe(request.method(), request.uri());
        Err(Fault::new(Class::ReadOnly, asked, "refused: this context is read-only"))
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;
    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// A service behind the guard.
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Error = BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<S::Future, Ready<Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.guard.judge(&request) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(fault) => Either::Right(ready(Err(fault.into()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(method: &str, path: &str) -> bool {
        is_read(&method.parse().unwrap(), &path.parse().unwrap(), &HeaderMap::new())
    }

    #[test]
    fn reads_pass() {
        for path in [
            "/api",
            "/apis",
            "/api/v1",
            "/apis/apps/v1",
            "/apis/apps",
            "/version",
            "/livez",
            "/livez/ping",
            "/readyz",
            "/healthz",
            "/openapi/v2",
            "/openapi/v3",
            "/openapi/v3/apis/apps/v1",
            "/api/v1/pods?limit=500&watch=true",
            "/api/v1/namespaces",
            "/api/v1/namespaces/shop",
            "/api/v1/namespaces/shop/status",
            "/api/v1/namespaces/shop/pods",
            "/api/v1/namespaces/shop/pods/web-0",
            "/api/v1/namespaces/shop/pods/web-0/log?follow=true",
            "/api/v1/nodes/n1/status",
            "/apis/apps/v1/namespaces/shop/deployments/web/scale",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
            "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods",
            // Named like a trick, and none.
            "/api/v1/namespaces/proxy",
            "/api/v1/namespaces/proxy/pods",
            "/api/v1/namespaces/exec/pods/attach",
            "/api/v1/namespaces/shop/pods/proxy",
            "/api/v1/namespaces/shop/pods/portforward/log",
            "/api/v1/namespaces/shop/services/exec",
            "/api/v1/nodes/proxy",
            "/apis/proxy.example.com/v1/things",
        ] {
            assert!(verdict("GET", path), "{path}");
            assert!(verdict("HEAD", path), "{path}");
        }
    }

    #[test]
    fn a_tunnel_passes_only_where_it_is_allowed() {
        let judged = |access, method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).header(UPGRADE, "websocket").body(()).unwrap();
            Guard::new(access).judge(&request).is_ok()
        };
        let tunnel = "/api/v1/namespaces/shop/pods/web-0/portforward?ports=80";
        assert!(judged(Access::PortForward, "GET", tunnel) && judged(Access::PortForward, "POST", tunnel));
        assert!(!judged(Access::ReadOnly, "GET", tunnel));
        for path in ["/api/v1/namespaces/shop/pods/web-0/exec", "/api/v1/namespaces/shop/services/web/portforward"] {
            assert!(!judged(Access::PortForward, "GET", path), "{path}");
        }
        assert!(!judged(Access::PortForward, "DELETE", tunnel));
    }

    #[test]
    fn gets_that_reach_into_things_do_not_pass() {
        for path in [
            "/api/v1/namespaces/shop/pods/web-0/exec?command=sh",
            "/api/v1/namespaces/shop/pods/web-0/attach",
            "/api/v1/namespaces/shop/pods/web-0/portforward",
            "/api/v1/namespaces/shop/pods/web-0/proxy",
            "/api/v1/namespaces/shop/pods/web-0/proxy/admin/shutdown",
            "/api/v1/namespaces/shop/services/https:web:443/proxy/",
            "/api/v1/nodes/n1/proxy/run/shop/web-0/c",
            "/api/v1/proxy/namespaces/shop/pods/web-0",
            "/api/v1/proxy",
            "/api/v1/watch/pods",
            "/apis/apps/v1/watch/deployments",
            "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/vm/vnc",
            "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/vm/portforward/80/tcp",
            "/api/v1/namespaces/shop/serviceaccounts/robot/token",
            "/api/v1/namespaces/shop/pods/web-0/unknown",
        ] {
            assert!(!verdict("GET", path), "{path}");
        }
    }

    #[test]
    fn disguises_and_unknown_shapes_do_not_pass() {
        for path in [
            "/",
            "/debug/pprof/profile",
            "/logs/",
            "/metrics",
            "/api/v1/",
            "/api/v1/pods/",
            "//api/v1/pods",
            "/api//v1/pods",
            "/api/v1/namespaces/shop/pods//exec",
            "/api/v1/namespaces/shop/pods/web-0%2Fexec",
            "/api/v1/namespaces/shop/pods/web-0/%65xec",
            "/api/v1/namespaces/shop/pods/web-0/log/../exec",
            "/api/v1/namespaces/shop/pods/./web-0",
            "/api/v1/namespaces/../pods",
            "/api/v1/namespaces/shop/pods/web-0/log/more",
            "/API/v1/pods",
            "/api/v1/namespaces/shop/pods/web-0;/exec",
            "/openapi/v3/../../api",
            "/version/x",
        ] {
            assert!(!verdict("GET", path), "{path}");
        }
    }

    #[test]
    fn only_questions_about_oneself_may_be_posted() {
        for path in [
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            "/apis/authentication.k8s.io/v1beta1/selfsubjectreviews",
        ] {
            assert!(verdict("POST", path), "{path}");
            assert!(!verdict("PUT", path) && !verdict("DELETE", path), "{path}");
        }
        for path in [
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            "/apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews",
            "/apis/authorization.k8s.io/v1/namespaces/shop/selfsubjectaccessreviews",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x",
            "/apis/authentication.k8s.io/v1/tokenreviews",
            "/apis/evil.example.com/v1/selfsubjectaccessreviews",
            "/api/v1/namespaces/shop/pods",
            "/api/v1/namespaces/shop/pods?dryRun=All",
            "/api/v1/namespaces/shop/pods/web-0/eviction",
            "/api/v1/namespaces/shop/serviceaccounts/robot/token",
            "/version",
        ] {
            assert!(!verdict("POST", path), "{path}");
        }
    }

    #[test]
    fn other_methods_never_pass() {
        for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY", "get"] {
            assert!(!verdict(method, "/api/v1/namespaces/shop/pods/web-0"), "{method}");
        }
    }

    #[test]
    fn nothing_is_upgraded() {
        for (name, value) in
            [("upgrade", "websocket"), ("connection", "keep-alive, Upgrade"), ("sec-websocket-key", "x")]
        {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let uri = "/api/v1/namespaces/shop/pods/web-0/log".parse().unwrap();
            assert!(!is_read(&Method::GET, &uri, &headers), "{name}");
        }
    }

    #[tokio::test]
    async fn what_is_refused_is_counted_typed_and_never_sent() {
        use std::sync::atomic::AtomicUsize;
        use tower::ServiceExt;
        let sent = AtomicUsize::new(0);
        let below = tower::service_fn(|_: Request<()>| {
            sent.fetch_add(1, Ordering::Relaxed);
            ready(Ok::<_, BoxError>(()))
        });
        let guard = Guard::new(Access::ReadOnly);
        let ask = |guard: &Guard, method: &str| {
            let request = Request::builder().method(method).uri("/api/v1/nodes/n1").body(()).unwrap();
            guard.layer(below).oneshot(request)
        };
        let refused = ask(&guard, "DELETE").await.unwrap_err();
        assert_eq!(refused.downcast_ref::<Fault>().unwrap().class, Class::ReadOnly);
        assert_eq!(refused.to_string(), "delete node n1: refused: this context is read-only");
        assert_eq!((guard.refused(), sent.load(Ordering::Relaxed)), (1, 0));
        ask(&guard, "GET").await.unwrap();
        ask(&Guard::new(Access::ReadWrite), "DELETE").await.unwrap();
        assert_eq!((guard.refused(), sent.load(Ordering::Relaxed)), (1, 2));
    }
}
