//! Kubeconfigs: several, missing, broken, relative; the service account.

use crate::folder::{Folder, config};
use rk9s::cluster::contexts::{Condition, ContextInfo, Contexts, Environment, Overrides};
use rk9s::cluster::fault::Class;
use serde_json::json;
use std::path::PathBuf;

fn env(paths: &[PathBuf]) -> Environment {
    Environment { kubeconfig: Some(std::env::join_paths(paths).unwrap()), ..Environment::default() }
}

fn list(environment: &Environment) -> Vec<ContextInfo> {
    Contexts::load(None, environment).list()
}

fn one(text: &str) -> ContextInfo {
    let folder = Folder::new();
    let path = folder.write("config", text);
    list(&env(&[path])).pop().unwrap()
}

#[test]
fn a_missing_file_and_an_empty_element_are_skipped() {
    let folder = Folder::with(json!({"server": "https://a"}), json!({}));
    let mut environment = env(&[folder.path("nothing"), folder.path("config")]);
    let mut paths = environment.kubeconfig.take().unwrap();
    paths.push(if cfg!(windows) { ";;" } else { "::" });
    environment.kubeconfig = Some(paths);
    let contexts = Contexts::load(None, &environment);
    assert_eq!(contexts.list().len(), 1);
    assert!(contexts.resolve(&Overrides::default()).is_ok());
    let conditions: Vec<_> = contexts.sources().iter().map(|source| source.condition.clone()).collect();
    assert_eq!(conditions, [Condition::Missing, Condition::Read { contexts: 1 }]);
}

#[test]
fn the_first_file_that_names_something_wins_whole() {
    let folder = Folder::new();
    let first =
        folder.write("a", "clusters: [{name: k, cluster: {server: 'https://first'}}]\nusers: [{name: u, user: {}}]");
    let second =
        folder.write("b", &config(json!({"server": "https://second", "proxy-url": "http://p"}), json!({"token": "t"})));
    let third = folder.write("c", "current-context: other\ncontexts: [{name: other, context: {cluster: k}}]");
    let contexts = Contexts::load(None, &env(&[first, second.clone(), third]));
    let target = contexts.resolve(&Overrides::default()).unwrap();
    assert_eq!((target.info.name.as_str(), target.info.server.as_str()), ("c", "https://first"));
    assert_eq!((target.info.auth.as_str(), target.cluster.proxy_url.as_deref()), ("none", None));
    assert_eq!(target.info.file, Some(second));
    let names: Vec<String> = contexts.list().into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["c", "other"]);
}

#[test]
fn the_home_directory_is_read_when_nothing_else_is_named() {
    let folder = Folder::new();
    folder.write(".kube/config", &config(json!({"server": "https://home"}), json!({})));
    let home = Some(folder.path("."));
    assert_eq!(list(&Environment { home, ..Environment::default() })[0].server, "https://home");
}

#[test]
fn one_broken_entry_is_marked_and_disturbs_nothing_else() {
    let text = r#"
apiVersion: v1
current-context: good
contexts:
- {name: good, context: {cluster: good, user: good}}
- {name: odd, context: [not, a, context]}
- {name: bad-cluster, context: {cluster: bad, user: good}}
- {name: bad-user, context: {cluster: good, user: bad}}
- {name: nowhere, context: {cluster: gone}}
- {name: empty}
clusters:
- {name: good, cluster: {server: "https://good"}}
- {name: bad, cluster: {server: "https://bad", insecure-skip-tls-verify: s3cret}}
users:
- {name: good, user: {token: t}}
- {name: bad, user: {token: {nested: s3cret}}}
"#;
    let folder = Folder::new();
    let contexts = Contexts::load(None, &env(&[folder.write("config", text)]));
    let broken: Vec<_> = contexts.list().into_iter().map(|info| (info.name, info.broken)).collect();
    assert_eq!(broken[0], ("good".into(), None));
    assert!(broken[1..].iter().all(|(_, why)| why.is_some()), "{broken:?}");
    assert_eq!(broken.len(), 6);
    assert!(!format!("{broken:?}").contains("s3cret"), "{broken:?}");
    assert!(contexts.resolve(&Overrides::default()).is_ok());
    let overrides = Overrides { context: Some("bad-cluster".into()), ..Overrides::default() };
    let fault = contexts.resolve(&overrides).unwrap_err();
    assert_eq!(fault.class, Class::Kubeconfig);
    assert!(fault.said.contains("bad-cluster") && !fault.to_string().contains("s3cret"), "{fault}");
}

#[test]
fn a_file_that_is_no_kubeconfig_is_marked_and_the_others_are_used() {
    let folder = Folder::with(json!({"server": "https://a"}), json!({}));
    let broken = folder.write("broken", "clusters: [\n  token: s3cret: :\n");
    let contexts = Contexts::load(None, &env(&[broken, folder.path("config")]));
    assert!(contexts.resolve(&Overrides::default()).is_ok());
    let Condition::Broken(why) = &contexts.sources()[0].condition else { panic!("{:?}", contexts.sources()) };
    assert!(why.contains("line") && !why.contains("s3cret"), "{why}");
    let alone = Contexts::load(None, &env(&[folder.path("broken")]));
    let fault = alone.resolve(&Overrides::default()).unwrap_err();
    assert!(fault.to_string().contains("broken"), "{fault}");
}

#[test]
fn a_key_that_comes_twice_is_taken_as_it_comes_last() {
    let text = config(json!({"server": "https://a"}), json!({}));
    let twice = text.replace(r#""server":"https://a""#, r#""server":"https://a","server":"https://b""#);
    assert_ne!(text, twice);
    assert_eq!(one(&twice).server, "https://b");
}

#[test]
fn relative_paths_are_meant_from_their_file_and_plugin_names_are_not_paths() {
    let folder = Folder::new();
    let user = json!({"client-certificate": "pki/c.crt", "client-key": "/abs/c.key", "tokenFile": "../token",
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./bin/login"}});
    let path =
        folder.write("sub/config", &config(json!({"server": "https://a", "certificate-authority": "ca.crt"}), user));
    let target = Contexts::load(None, &env(&[path])).resolve(&Overrides::default()).unwrap();
    let from = |name: &str| Some(folder.path("sub").join(name).display().to_string());
    assert_eq!(target.cluster.certificate_authority, from("ca.crt"));
    assert_eq!(target.auth.client_certificate, from("pki/c.crt"));
    assert_eq!(target.auth.client_key, Some("/abs/c.key".into()));
    assert_eq!(target.auth.token_file, from("../token"));
    assert_eq!(target.auth.exec.as_ref().unwrap().command, from("./bin/login"));
    assert_eq!(target.files().len(), 5);
    let named = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws"}});
    assert_eq!(one(&config(json!({"server": "https://a"}), named)).auth, "exec aws");
}

#[test]
fn how_a_user_authenticates_is_said() {
    let auth = |user| one(&config(json!({"server": "https://a"}), user)).auth;
    assert_eq!(auth(json!({})), "none");
    assert_eq!(auth(json!({"token": "t"})), "token");
    assert_eq!(auth(json!({"token": "t", "tokenFile": "f"})), "token file");
    assert_eq!(auth(json!({"username": "u", "password": "p"})), "basic");
    assert_eq!(auth(json!({"client-certificate": "c", "client-key": "k"})), "client certificate");
    assert_eq!(auth(json!({"auth-provider": {"name": "oidc", "config": {}}})), "oidc");
    assert_eq!(auth(json!({"token": "t", "as": "jane"})), "token as jane");
}

#[test]
fn what_a_user_says_goes_before_the_kubeconfig() {
    let text = r#"
contexts: [{name: a, context: {cluster: k, user: u, namespace: shop}}]
clusters: [{name: k, cluster: {server: "https://k"}}, {name: other, cluster: {server: "other.example.com:6443"}}]
users: [{name: u, user: {token: t}}, {name: robot, user: {tokenFile: f}}]
"#;
    let folder = Folder::new();
    let contexts = Contexts::load(None, &env(&[folder.write("config", text)]));
    let fault = contexts.resolve(&Overrides::default()).unwrap_err();
    assert_eq!(fault.to_string(), "read the kubeconfig: no current-context is set — there are: a");
    let overrides = Overrides {
        context: Some("a".into()),
        cluster: Some("other".into()),
        user: Some("robot".into()),
        namespace: Some("till".into()),
        as_user: Some("jane".into()),
        as_groups: vec!["admins".into()],
    };
    let target = contexts.resolve(&overrides).unwrap();
    assert_eq!((target.info.namespace.as_str(), target.info.auth.as_str()), ("till", "token file as jane"));
    assert_eq!(target.server, "http://other.example.com:6443/");
    assert_eq!(target.auth.impersonate_groups, Some(vec!["admins".into()]));
    let alone = Overrides { context: None, ..overrides.clone() };
    assert!(contexts.resolve(&alone).is_ok(), "a cluster and a user are enough");
    let unknown = |overrides: Overrides| contexts.resolve(&overrides).unwrap_err().to_string();
    assert!(
        unknown(Overrides { context: Some("b".into()), ..overrides.clone() }).contains("no context b — there are: a")
    );
    assert!(unknown(Overrides { cluster: Some("x".into()), ..overrides.clone() }).contains("no cluster x"));
    assert!(unknown(Overrides { user: Some("x".into()), ..overrides }).contains("no user x"));
}

#[test]
fn a_kubeconfig_that_is_named_must_be_there() {
    let folder = Folder::new();
    let path = folder.path("nothing");
    let contexts = Contexts::load(Some(&path), &Environment::default());
    let fault = contexts.resolve(&Overrides::default()).unwrap_err();
    assert_eq!(fault.class, Class::Kubeconfig);
    assert!(fault.to_string().contains(&path.display().to_string()), "{fault}");
}

#[test]
fn texts_of_windows_shells_and_tokens_like_numbers_are_read() {
    let folder = Folder::new();
    let text = "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n\
        clusters: [{name: k, cluster: {server: 'https://a'}}]\nusers: [{name: u, user: {token: 0123}}]\n";
    let wide =
        |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect() };
    for bytes in [format!("\u{feff}{text}").into_bytes(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
        let path = folder.path("config");
        std::fs::write(&path, bytes).unwrap();
        let target = Contexts::load(None, &env(&[path])).resolve(&Overrides::default()).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(target.auth.token.as_ref().unwrap()), "0123");
    }
}

#[test]
fn without_a_kubeconfig_the_pods_service_account_is_used() {
    let folder = Folder::new();
    folder.write("account/token", "t\n");
    folder.write("account/ca.crt", "pem");
    folder.write("account/namespace", "shop\n");
    let mut environment = Environment {
        service: Some(("fd00::1".into(), "443".into())),
        account: folder.path("account"),
        ..env(&[folder.path("nothing")])
    };
    let contexts = Contexts::load(None, &environment);
    let target = contexts.resolve(&Overrides::default()).unwrap();
    assert_eq!((target.info.name.as_str(), target.info.namespace.as_str()), ("in-cluster", "shop"));
    assert_eq!((target.info.server.as_str(), target.info.auth.as_str()), ("https://[fd00::1]:443", "token file"));
    let own = folder.write("config", &config(json!({"server": "https://own"}), json!({})));
    environment.kubeconfig = Some(own.into());
    assert_eq!(list(&environment)[0].server, "https://own");
    environment = Environment { service: None, ..env(&[folder.path("nothing")]) };
    let fault = Contexts::load(None, &environment).resolve(&Overrides::default()).unwrap_err();
    assert!(fault.said.contains("no context was found in"), "{fault}");
}

#[test]
fn a_server_must_be_an_address() {
    for server in ["", "https://", "ftp://a", "not an address"] {
        let info = one(&config(json!({"server": server}), json!({})));
        assert!(info.broken.is_some(), "{server}");
    }
}
