//! What goes over the wire, and what becomes of it when the wire fails.

use crate::certificates::Authority;
use crate::folder::Folder;
use crate::server::Server;
use http::Request;
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::client::Body;
use rk9s::cluster::connect::{self, Access};
use rk9s::cluster::contexts::{ContextInfo, Contexts, Environment, Overrides};
use rk9s::cluster::fault::{Class, Fault};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn version(cluster: Value) -> Result<String, Fault> {
    Folder::with(cluster, json!({})).link().await?.version().await
}

#[tokio::test]
async fn connecting_sends_nothing_and_requests_share_a_connection() {
    let server = Server::plain(|_| (200, r#"{"gitVersion":"v1.36.3"}"#.into())).await;
    let link = Folder::with(json!({"server": server.http()}), json!({"token": "t"})).link().await.unwrap();
    // Connected, so that the round trip is known before the first request.
    assert!(link.rtt().is_some());
    assert_eq!((server.seen().len(), link.traffic().sum().requests), (0, 0));
    assert_eq!(link.version().await.unwrap(), "v1.36.3");
    let one = link.traffic().sum();
    for _ in 0..4 {
        assert_eq!(link.version().await.unwrap(), "v1.36.3");
    }
    assert_eq!((server.seen().len(), server.connections()), (5, 1));
    let five = link.traffic().sum();
    assert_eq!((five.requests, five.connections), (5, 1));
    assert!(one.bytes_out > 50 && one.bytes_in > 50, "{one:?}");
    assert_eq!((five.bytes_out, five.bytes_in), (5 * one.bytes_out, 5 * one.bytes_in));
}

#[tokio::test]
async fn every_request_names_the_program_once_and_keeps_the_servers_own_path() {
    let server = Server::content().await;
    let cluster = json!({"server": format!("{}/k8s/clusters/c-1/", server.http())});
    let link = Folder::with(cluster, json!({})).link().await.unwrap();
    let _: Value = link.get_json("/api/v1/pods?limit=1").await.unwrap();
    let seen = server.last();
    assert_eq!(seen.path, "/k8s/clusters/c-1/api/v1/pods?limit=1");
    assert_eq!(seen.header("user-agent"), concat!("rk9s/", env!("CARGO_PKG_VERSION")));
    assert_eq!(seen.header("host"), server.address.to_string());
}

#[tokio::test]
async fn answers_are_not_compressed_where_the_kubeconfig_says_so() {
    let server = Server::content().await;
    for (off, sent) in [(false, "gzip"), (true, "")] {
        let cluster = json!({"server": server.http(), "disable-compression": off});
        let link = Folder::with(cluster, json!({})).link().await.unwrap();
        let request = Request::get("/api/v1/pods").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        link.send(request).await.unwrap();
        assert_eq!(server.last().header("accept-encoding"), sent);
    }
}

#[tokio::test]
async fn nothing_is_repeated_that_a_server_refuses() {
    for code in [429, 500, 503, 504] {
        let server = Server::plain(move |_| (code, "{}".into())).await;
        let link = Folder::with(json!({"server": server.http()}), json!({})).link().await.unwrap();
        assert_eq!(link.whoami().await.unwrap_err().code, Some(code));
        assert_eq!(link.version().await.unwrap_err().code, Some(code));
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_read_only_link_sends_only_reads() {
    let server = Server::content().await;
    let folder = Folder::with(json!({"server": server.http()}), json!({}));
    let environment = Environment::default();
    let target = Contexts::load(Some(&folder.path("config")), &environment).resolve(&Overrides::default()).unwrap();
    let link = connect::open(target, Access::ReadOnly, connect::ExecMode::Captured, &environment).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(link.client().clone(), "shop");
    let refused = pods.delete("web-0", &Default::default()).await.unwrap_err();
    assert_eq!(rk9s::cluster::fault::of_kube("x", &refused).class, Class::ReadOnly);
    let request = |method: &str, path: &str| Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    for request in [
        request("PATCH", "/api/v1/namespaces/shop/pods/web-0"),
        request("POST", "/api/v1/namespaces/shop/pods/web-0/eviction"),
        request("GET", "/api/v1/namespaces/shop/pods/web-0/exec"),
        request("GET", "/api/v1/namespaces/shop/pods/web-0%2fexec"),
    ] {
        let fault = link.send(request).await.unwrap_err();
        assert_eq!(fault.class, Class::ReadOnly, "{fault}");
    }
    assert_eq!((link.refused(), server.seen().len()), (5, 0));
    link.whoami().await.unwrap();
    link.send(request("GET", "/api/v1/namespaces/shop/pods/web-0/log")).await.unwrap();
    assert_eq!((link.refused(), server.seen().len()), (5, 2));
}

#[tokio::test]
async fn certificates_are_checked_against_the_authority_and_the_name() {
    let (authority, other) = (Authority::new(), Authority::new());
    let serve =
        async |pair| Server::start(Some(authority.server(&pair)), |_| (200, r#"{"gitVersion":"v1"}"#.into())).await;
    let server = serve(authority.issue("server", &["127.0.0.1", "inner.example.com"])).await;
    let own = json!({"server": server.https(), "certificate-authority-data": authority.data()});
    assert_eq!(version(own.clone()).await.unwrap(), "v1");

    let named = serve(authority.issue("server", &["inner.example.com"])).await;
    let wrong_name = json!({"server": named.https(), "certificate-authority-data": authority.data()});
    let fault = version(wrong_name.clone()).await.unwrap_err();
    assert_eq!(fault.class, Class::Tls);
    assert!(fault.hint.unwrap().contains("tls-server-name"));
    let mut right_name = wrong_name;
    right_name["tls-server-name"] = "inner.example.com".into();
    assert_eq!(version(right_name).await.unwrap(), "v1");

    let mut wrong_authority = own.clone();
    wrong_authority["certificate-authority-data"] = other.data().into();
    let fault = version(wrong_authority.clone()).await.unwrap_err();
    assert_eq!((fault.class, fault.asked), (Class::Tls, format!("connect to {}", server.https())));
    assert!(fault.hint.unwrap().contains("certificate-authority"));
    let system = json!({"server": server.https()});
    assert_eq!(version(system).await.unwrap_err().class, Class::Tls);
    let mut insecure = wrong_authority;
    insecure["insecure-skip-tls-verify"] = true.into();
    assert_eq!(version(insecure).await.unwrap(), "v1");

    let late = serve(authority.issue_expired(&["127.0.0.1"])).await;
    let fault =
        version(json!({"server": late.https(), "certificate-authority-data": authority.data()})).await.unwrap_err();
    assert_eq!(fault.class, Class::Tls);
    assert!(fault.hint.unwrap().contains("expired"));
}

#[tokio::test]
async fn an_authority_that_cannot_be_used_is_a_fault_of_the_kubeconfig() {
    for (cluster, said) in [
        (json!({"certificate-authority": "nothing.crt"}), "nothing.crt"),
        (json!({"certificate-authority-data": "bm90aGluZw=="}), "no certificate"),
        (json!({"certificate-authority-data": "%"}), "no base64"),
        (json!({"tls-server-name": "a b"}), "tls-server-name"),
        (json!({"proxy-url": "ftp://a"}), "proxy-url"),
    ] {
        let mut cluster = cluster;
        cluster["server"] = "https://127.0.0.1:1".into();
        let fault = version(cluster).await.unwrap_err();
        assert_eq!(fault.class, Class::Kubeconfig);
        assert!(fault.to_string().contains(said), "{fault}");
    }
}

#[tokio::test]
async fn the_server_is_known_by_its_certificate() {
    let authority = Authority::new();
    let tls = authority.server(&authority.issue("kube-apiserver", &["127.0.0.1"]));
    let server = Server::start(Some(tls), |_| (200, "{}".into())).await;
    let cluster = json!({"server": server.https(), "certificate-authority-data": authority.data()});
    let link = Folder::with(cluster, json!({})).link().await.unwrap();
    let peer = link.peer().unwrap();
    let facts = rk9s::cluster::credentials::certificate::of_der(&peer.certificate).unwrap();
    assert_eq!((peer.protocol.as_str(), facts.subject.as_str()), ("TLSv1_3", "kube-apiserver"));
    link.ping().await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_was_opened_too_long_ago_is_not_used() {
    let server = Server::content().await;
    let link = Folder::with(json!({"server": server.http()}), json!({})).link().await.unwrap();
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    tokio::time::resume();
    link.version().await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for server in [format!("https://127.0.0.1:{port}"), format!("http://127.0.0.1:{port}")] {
        let fault = version(json!({"server": server})).await.unwrap_err();
        assert_eq!(fault.class, Class::Unreachable);
        assert_eq!(fault.asked, format!("connect to {server}"));
        assert!(fault.said.contains("refused"), "{fault}");
    }
    // Not TLS, though it should be.
    let server = Server::content().await;
    assert_eq!(version(json!({"server": server.https()})).await.unwrap_err().class, Class::Tls);
}

/// Takes connections and says nothing, as a frozen server does.
async fn frozen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_not_answered_is_given_up() {
    let (_listener, address) = frozen().await;
    let begun = tokio::time::Instant::now();
    let fault = version(json!({"server": format!("https://{address}")})).await.unwrap_err();
    assert_eq!(fault.class, Class::Unreachable);
    assert!(fault.said.contains("no answer within 10 s"), "{fault}");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_small_request_that_is_not_answered_is_given_up_and_a_stream_is_not() {
    let (_listener, address) = frozen().await;
    let link = Folder::with(json!({"server": format!("http://{address}")}), json!({})).link().await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(link.version().await.unwrap_err().class, Class::Timeout);
    assert_eq!(begun.elapsed().as_secs(), 10);
    let begun = tokio::time::Instant::now();
    assert_eq!(link.ping().await.unwrap_err().class, Class::Timeout);
    assert_eq!(begun.elapsed().as_secs(), 5);
    let stream = link.send(Request::get("/api/v1/pods?watch=true").body(Body::empty()).unwrap());
    assert!(tokio::time::timeout(std::time::Duration::from_secs(3600), stream).await.is_err());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_broken_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = client.read(&mut buffer).await;
            let half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"gitVersion\":";
            client.write_all(half.as_bytes()).await.unwrap();
        }
    });
    let fault = version(json!({"server": format!("http://{address}")})).await.unwrap_err();
    assert_eq!((fault.class, fault.asked.as_str()), (Class::Unreachable, "get /version"));
}

#[tokio::test]
async fn a_server_that_forbids_the_pulse_answers_and_one_that_does_not_know_it_is_asked_otherwise() {
    let server = Server::plain(|_| (403, "{}".into())).await;
    let link = Folder::with(json!({"server": server.http()}), json!({})).link().await.unwrap();
    link.ping().await.unwrap();
    assert_eq!(server.last().path, "/livez/ping");
    let server = Server::plain(|seen| (if seen.path == "/version" { 200 } else { 404 }, "{}".into())).await;
    let link = Folder::with(json!({"server": server.http()}), json!({})).link().await.unwrap();
    link.ping().await.unwrap();
    assert_eq!(server.seen().len(), 2);
    let server = Server::plain(|_| (500, "{}".into())).await;
    let link = Folder::with(json!({"server": server.http()}), json!({})).link().await.unwrap();
    assert_eq!(link.ping().await.unwrap_err().code, Some(500));
}

mod memory {
    use hyper_util::client::legacy::connect::{Connected, Connection};
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

    /// One end of a pipe in memory.
    pub struct End(pub DuplexStream);

    impl Connection for End {
        fn connected(&self) -> Connected {
            Connected::new()
        }
    }
    impl AsyncRead for End {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }
    impl AsyncWrite for End {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(cx, buf)
        }
        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(cx)
        }
        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(cx)
        }
    }
}

#[tokio::test]
async fn a_cluster_in_memory_is_spoken_to_by_the_same_client() {
    use hyper_util::rt::TokioIo;
    let connector = tower::service_fn(|_: http::Uri| {
        Box::pin(async {
            let (client, server) = tokio::io::duplex(4096);
            let answer = hyper::service::service_fn(|request: Request<hyper::body::Incoming>| async move {
                let text = format!(r#"{{"gitVersion":"{}"}}"#, request.headers()["user-agent"].to_str().unwrap());
                Ok::<_, std::io::Error>(http::Response::new(http_body_util::Full::new(bytes::Bytes::from(text))))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), answer));
            Ok::<_, std::io::Error>(TokioIo::new(memory::End(client)))
        })
    });
    let info = ContextInfo { name: "demo".into(), namespace: "shop".into(), ..ContextInfo::default() };
    let link = connect::link_over(connector, info, Access::ReadOnly);
    assert_eq!((link.context(), link.namespace()), ("demo", "shop"));
    assert!(link.version().await.unwrap().starts_with("rk9s/"));
    let request = Request::delete("/api/v1/nodes/n1").body(Body::empty()).unwrap();
    assert_eq!(link.send(request).await.unwrap_err().class, Class::ReadOnly);
    let request = Request::get("/api/v1/pods").body(Body::empty()).unwrap();
    assert!(link.send(request).await.unwrap().into_body().collect().await.is_ok());
}
