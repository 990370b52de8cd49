//! Credentials as the server sees them: tokens, files, certificates, impersonation.

use crate::certificates::Authority;
use crate::folder::Folder;
use crate::server::Server;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rk9s::cluster::fault::Class;
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_files_newline_is_no_part_of_the_token() {
    let server = Server::content().await;
    let folder = Folder::with(json!({"server": server.http()}), json!({"tokenFile": "token"}));
    folder.write("token", "t0ken\n");
    let link = folder.link().await.unwrap();
    link.version().await.unwrap();
    assert_eq!(server.last().header("authorization"), "Bearer t0ken");
}

#[tokio::test]
async fn a_token_file_is_read_again_when_the_server_refuses_the_token() {
    let server = Server::plain(|seen| match seen.header("authorization").as_str() {
        "Bearer new" => (200, "{}".into()),
        _ => (401, "{}".into()),
    })
    .await;
    let folder = Folder::with(json!({"server": server.http()}), json!({"tokenFile": "token"}));
    folder.write("token", "old");
    let link = folder.link().await.unwrap();
    folder.write("token", "new");
    link.version().await.unwrap();
    let tried: Vec<String> = server.seen().iter().map(|seen| seen.header("authorization")).collect();
    assert_eq!(tried, ["Bearer old", "Bearer new"]);
    // And what cannot be read any more is kept.
    std::fs::remove_file(folder.path("token")).unwrap();
    link.version().await.unwrap();
    assert_eq!(server.last().header("authorization"), "Bearer new");
}

#[tokio::test]
async fn a_token_that_is_refused_for_good_is_tried_once() {
    let server = Server::plain(|_| (401, r#"{"kind":"Status","message":"Unauthorized","code":401}"#.into())).await;
    let folder = Folder::with(json!({"server": server.http()}), json!({"token": "wrong"}));
    let link = folder.link().await.unwrap();
    let fault = link.version().await.unwrap_err();
    assert_eq!((fault.class, fault.code), (Class::Credentials, Some(401)));
    assert_eq!(fault.to_string(), "get /version: Unauthorized — the server does not take the credential: log in again");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_missing_token_file_is_said_before_anything_is_sent() {
    let server = Server::content().await;
    let folder = Folder::with(json!({"server": server.http()}), json!({"tokenFile": "nothing"}));
    let fault = folder.link().await.unwrap_err();
    assert_eq!(fault.class, Class::Credentials);
    assert!(fault.asked.contains("nothing"), "{fault}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn users_and_tokens_are_shown_as_kubectl_shows_them() {
    for (user, header) in [
        (json!({}), ""),
        (json!({"token": "t"}), "Bearer t"),
        (json!({"token": " t\n"}), "Bearer t"),
        (json!({"username": "u", "password": "p:w"}), "Basic dTpwOnc="),
        (json!({"token": "t", "username": "u", "password": "p"}), "Bearer t"),
        (json!({"token": "t", "tokenFile": "gone"}), "Bearer t"),
    ] {
        let server = Server::content().await;
        let folder = Folder::with(json!({"server": server.http()}), user);
        folder.link().await.unwrap().version().await.unwrap();
        assert_eq!(server.last().header("authorization"), header);
    }
}

#[tokio::test]
async fn impersonation_goes_with_every_request() {
    let server = Server::content().await;
    let user = json!({"token": "t", "as": "jane", "as-uid": "7", "as-groups": ["a", "b"],
        "as-user-extra": {"example.com/team": ["x"]}});
    let folder = Folder::with(json!({"server": server.http()}), user);
    let link = folder.link().await.unwrap();
    link.version().await.unwrap();
    let _: Value = link.post_json("/apis/authentication.k8s.io/v1/selfsubjectreviews", &json!({})).await.unwrap();
    for seen in server.seen() {
        assert_eq!(seen.header("impersonate-user"), "jane");
        assert_eq!(seen.header("impersonate-uid"), "7");
        assert_eq!(seen.header("impersonate-group"), "a,b");
        assert_eq!(seen.header("impersonate-extra-example.com%2fteam"), "x");
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_client_certificate_is_shown_from_data_and_from_files() {
    let authority = Authority::new();
    let server =
        Server::start(Some(authority.server(&authority.issue("server", &["127.0.0.1"]))), |_| (200, "{}".into())).await;
    let pair = authority.issue("jane", &[]);
    let folder = Folder::new();
    folder.write("c.crt", &pair.certificate);
    folder.write("c.key", &pair.key);
    let data = |text: &str| STANDARD.encode(text);
    for user in [
        json!({"client-certificate-data": data(&pair.certificate), "client-key-data": data(&pair.key)}),
        json!({"client-certificate": "c.crt", "client-key": "c.key"}),
        json!({"client-certificate": "c.crt", "client-key-data": data(&pair.key), "token": "too"}),
    ] {
        let cluster = json!({"server": server.https(), "certificate-authority-data": authority.data()});
        folder.write("config", &crate::folder::config(cluster, user));
        let link = folder.link().await.unwrap();
        link.version().await.unwrap();
        let certificate = server.last().certificate.expect("no client certificate was shown");
        let facts = rk9s::cluster::credentials::certificate::of_der(&certificate).unwrap();
        assert_eq!((facts.subject.as_str(), facts.issuer.as_str()), ("jane", "test authority"));
        assert_eq!(facts.organizations, ["system:testers"]);
        // 2040-01-02T00:00:00Z
        assert_eq!((facts.not_after, link.expires()), (2_209_075_200, Some(2_209_075_200)));
    }
}

#[tokio::test]
async fn a_certificate_file_is_read_again_when_the_server_refuses_it() {
    let authority = Authority::new();
    let pair = authority.issue("server", &["127.0.0.1"]);
    let server = Server::start(Some(authority.server(&pair)), |seen| {
        let facts = rk9s::cluster::credentials::certificate::of_der(seen.certificate.as_ref().unwrap()).unwrap();
        (if facts.subject == "new" { 200 } else { 401 }, "{}".into())
    })
    .await;
    let user = json!({"client-certificate": "c.crt", "client-key": "c.key"});
    let folder = Folder::with(json!({"server": server.https(), "certificate-authority-data": authority.data()}), user);
    let write = |name: &str| {
        let pair = authority.issue(name, &[]);
        folder.write("c.crt", &pair.certificate);
        folder.write("c.key", &pair.key);
    };
    write("old");
    let link = folder.link().await.unwrap();
    write("new");
    link.version().await.unwrap();
    // A certificate belongs to a connection.
    assert_eq!((server.seen().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn half_a_certificate_and_removed_providers_are_faults_of_the_kubeconfig() {
    for (user, said) in [
        (json!({"client-certificate": "c.crt"}), "no client-key"),
        (json!({"client-key": "c.key"}), "no client-certificate"),
        (json!({"client-certificate-data": "%%%", "client-key-data": "aaaa"}), "no base64"),
        (json!({"auth-provider": {"name": "gcp", "config": {}}}), "gke-gcloud-auth-plugin"),
        (json!({"as-groups": ["a"]}), "no user"),
    ] {
        let fault = Folder::with(json!({"server": "http://127.0.0.1:1"}), user).link().await.unwrap_err();
        assert_eq!(fault.class, Class::Kubeconfig);
        assert!(fault.to_string().contains(said), "{fault}");
    }
}

#[tokio::test]
async fn an_oidc_token_is_used_while_it_holds() {
    let claims = |exp: i64| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(json!({"exp": exp}).to_string()));
    let server = Server::content().await;
    let user = |token: String| json!({"auth-provider": {"name": "oidc", "config": {"id-token": token}}});
    let token = claims(4_102_444_800);
    let folder = Folder::with(json!({"server": server.http()}), user(token.clone()));
    let link = folder.link().await.unwrap();
    link.version().await.unwrap();
    assert_eq!(server.last().header("authorization"), format!("Bearer {token}"));
    assert_eq!(link.expires(), Some(4_102_444_800));
    // Nothing to refresh it with.
    let folder = Folder::with(json!({"server": server.http()}), user(claims(0)));
    assert_eq!(folder.link().await.unwrap_err().class, Class::Credentials);
}
