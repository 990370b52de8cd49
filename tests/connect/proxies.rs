//! Servers behind proxies, by names that only the proxy knows.

use crate::certificates::Authority;
use crate::folder::Folder;
use crate::proxy::Proxy;
use crate::server::Server;
use rk9s::cluster::contexts::Environment;
use rk9s::cluster::fault::Class;
use serde_json::json;

/// No resolver knows it (RFC 2606).
const NAME: &str = "api.cluster.invalid";

async fn server(authority: &Authority) -> Server {
    Server::start(Some(authority.server(&authority.issue("server", &[NAME]))), |_| (200, "{}".into())).await
}

#[tokio::test]
async fn connect_is_asked_of_the_clusters_proxy_with_its_user() {
    let authority = Authority::new();
    let server = server(&authority).await;
    let proxy = Proxy::connect(server.address, "200 OK").await;
    let cluster = json!({"server": format!("https://{NAME}:6443"), "certificate-authority-data": authority.data(),
        "proxy-url": format!("http://jane:p%40ss@{}", proxy.address)});
    // The cluster's own proxy holds whatever the environment says.
    let environment = Environment { no_proxy: "*".into(), ..Environment::default() };
    let link = Folder::with(cluster, json!({})).link_in(&environment).await.unwrap();
    link.version().await.unwrap();
    link.version().await.unwrap();
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].starts_with(&format!("CONNECT {NAME}:6443 HTTP/1.1\r\n")), "{asked:?}");
    assert!(asked[0].contains("Proxy-Authorization: Basic amFuZTpwQHNz\r\n"), "{asked:?}");
    assert_eq!(server.last().header("proxy-authorization"), "");
    assert_eq!(link.proxy(), Some(format!("http://{}", proxy.address).as_str()));
}

#[tokio::test]
async fn the_environments_proxy_is_used_unless_no_proxy_names_the_server() {
    let authority = Authority::new();
    let server = server(&authority).await;
    let proxy = Proxy::connect(server.address, "200 OK").await;
    let cluster = json!({"server": format!("https://{NAME}:6443"), "certificate-authority-data": authority.data()});
    let folder = Folder::with(cluster, json!({}));
    let https_proxy = format!("http://{}", proxy.address);
    let environment = Environment { https_proxy, no_proxy: "other.invalid,".into(), ..Environment::default() };
    folder.link_in(&environment).await.unwrap().version().await.unwrap();
    assert_eq!(proxy.asked().len(), 1);
    let exempt = Environment { no_proxy: "other.invalid, .cluster.invalid ,".into(), ..environment };
    let fault = folder.link_in(&exempt).await.unwrap_err();
    assert_eq!((fault.class, proxy.asked().len()), (Class::Unreachable, 1));
    assert!(fault.hint.unwrap().contains("name"));
}

#[tokio::test]
async fn names_are_left_to_a_socks_proxy() {
    let authority = Authority::new();
    let server = server(&authority).await;
    for scheme in ["socks5", "socks5h"] {
        let proxy = Proxy::socks(server.address).await;
        let cluster = json!({"server": format!("https://{NAME}"), "certificate-authority-data": authority.data(),
            "proxy-url": format!("{scheme}://jane:secret@{}", proxy.address)});
        let link = Folder::with(cluster, json!({})).link().await.unwrap();
        link.version().await.unwrap();
        assert_eq!(proxy.asked(), [format!("jane:secret {NAME}:443")]);
        assert!(link.rtt().is_some());
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_without_its_user() {
    let server = Server::content().await;
    for (answer, said) in [("407 Who are you", "proxy authorization required"), ("403 No", "unsuccessful")] {
        let proxy = Proxy::connect(server.address, answer).await;
        let url = format!("http://jane:s3cret@{}", proxy.address);
        let cluster = json!({"server": format!("https://{NAME}"), "proxy-url": url});
        let fault = Folder::with(cluster, json!({})).link().await.unwrap_err();
        assert_eq!(fault.class, Class::Unreachable);
        let text = fault.to_string();
        assert!(text.contains(said) && text.contains(&proxy.address.to_string()), "{text}");
        assert!(text.contains("NO_PROXY") && !text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_what_cannot_be_reached() {
    let cluster = json!({"server": format!("https://{NAME}"), "proxy-url": "socks5://127.0.0.1:1"});
    let fault = Folder::with(cluster, json!({})).link().await.unwrap_err();
    assert_eq!(fault.class, Class::Unreachable);
    assert!(fault.said.contains("by the proxy socks5://127.0.0.1:1") && fault.said.contains("refused"), "{fault}");
}
