//! Exec credential plugins, as scripts that count their runs.

use crate::certificates::Authority;
use crate::folder::Folder;
use crate::server::{Seen, Server};
use futures::future::join_all;
use rk9s::cluster::connect::ExecMode;
use rk9s::cluster::contexts::{Environment, Overrides};
use rk9s::cluster::fault::Class;
use serde_json::{Value, json};
use std::time::Duration;

const VERSION: &str = "client.authentication.k8s.io/v1";

/// A plugin that counts its runs in `runs`, keeps `KUBERNETES_EXEC_INFO` in `info`, and then does `body`, which finds the number
/// of the run in `$n`.
fn plugin(folder: &Folder, body: &str) -> Value {
    let (runs, info) = (folder.path("runs"), folder.path("info"));
    let count = format!("echo run >> '{}'\nn=$(wc -l < '{}' | tr -d ' ')", runs.display(), runs.display());
    let keep = format!("printf %s \"$KUBERNETES_EXEC_INFO\" > '{}'", info.display());
    // Not run itself: Linux refuses that while another test that forks has the file open.
    let script = folder.write("plugin", &format!("{count}\n{keep}\n{body}\n"));
    json!({"apiVersion": VERSION, "command": "sh", "args": [script], "interactiveMode": "IfAvailable", "env": [{"name": "COLOUR", "value": "blue"}]})
}

fn answer(status: &str) -> String {
    format!(r#"echo '{{"apiVersion":"{VERSION}","kind":"ExecCredential","status":{{{status}}}}}'"#)
}

/// A token that tells the run it is of.
fn token_of_run(more: &str) -> String {
    format!(r#"printf '{{"apiVersion":"{VERSION}","kind":"ExecCredential","status":{{"token":"run-%s"{more}}}}}' "$n""#)
}

fn runs(folder: &Folder) -> usize {
    folder.read("runs").lines().count()
}

async fn with(server: &Server, body: &str) -> Folder {
    let folder = Folder::new();
    let user = json!({"exec": plugin(&folder, body)});
    folder.write("config", &crate::folder::config(json!({"server": server.http()}), user));
    folder
}

fn tokens(server: &Server) -> Vec<String> {
    server.seen().iter().map(|seen| seen.header("authorization")).collect()
}

#[tokio::test]
async fn a_plugin_is_run_once_for_any_number_of_requests() {
    let server = Server::content().await;
    let folder = with(&server, &token_of_run("")).await;
    let link = folder.link().await.unwrap();
    let requests = join_all((0..20).map(|_| link.version())).await;
    assert!(requests.iter().all(Result::is_ok));
    assert_eq!(runs(&folder), 1);
    assert!(tokens(&server).iter().all(|token| token == "Bearer run-1"));
}

#[tokio::test]
async fn requests_that_come_together_wait_for_one_run() {
    let server = Server::content().await;
    let folder = with(&server, &token_of_run("")).await;
    let environment = Environment::default();
    let contexts = rk9s::cluster::contexts::Contexts::load(Some(&folder.path("config")), &environment);
    let target = contexts.resolve(&Overrides::default()).unwrap();
    let access = rk9s::cluster::connect::Access::ReadOnly;
    let link = rk9s::cluster::connect::prepare(target, access, &environment).await.unwrap();
    assert_eq!(runs(&folder), 0, "nobody has opened it");
    assert!(join_all((0..20).map(|_| link.version())).await.iter().all(Result::is_ok));
    assert_eq!(runs(&folder), 1);
}

#[tokio::test]
async fn a_request_that_is_given_up_does_not_start_the_plugin_again() {
    let server = Server::content().await;
    let folder = Folder::new();
    // It ends when the test lets it.
    let wait = format!("while [ ! -e '{}' ]; do sleep 0.01; done", folder.path("go").display());
    let user = json!({"exec": plugin(&folder, &format!("echo open the page >&2\n{wait}\n{}", token_of_run("")))});
    folder.write("config", &crate::folder::config(json!({"server": server.http()}), user));
    let environment = Environment::default();
    let contexts = rk9s::cluster::contexts::Contexts::load(Some(&folder.path("config")), &environment);
    let target = contexts.resolve(&Overrides::default()).unwrap();
    let access = rk9s::cluster::connect::Access::ReadOnly;
    let link = rk9s::cluster::connect::prepare(target, access, &environment).await.unwrap();
    let says = || link.credentials().plugin_says();
    assert_eq!(says(), None);
    let until_it_speaks = async {
        while says() != Some("open the page\n".into()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = link.version() => panic!("the plugin has not ended"),
        () = until_it_speaks => {}
    }
    folder.write("go", "");
    link.version().await.unwrap();
    assert_eq!((runs(&folder), says()), (1, None));
}

#[tokio::test]
async fn what_a_plugin_says_when_it_fails_is_told() {
    let server = Server::content().await;
    let folder = with(&server, "echo 'token expired,' >&2; echo 'run: sso login' >&2; echo noise; exit 255").await;
    let fault = folder.link().await.unwrap_err();
    assert_eq!(fault.class, Class::Credentials);
    assert_eq!(fault.asked, "get a credential from sh");
    assert_eq!(fault.said, "token expired,; run: sso login (exit status: 255)");
    assert!(fault.hint.unwrap().contains("log in"));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_plugin_that_is_not_there_tells_how_to_install_it() {
    let user = |hint: &str| {
        let exec = json!({"apiVersion": VERSION, "command": "no-such-plugin-here", "installHint": hint});
        Folder::with(json!({"server": "http://127.0.0.1:1"}), json!({"exec": exec}))
    };
    let fault = user("brew install it").link().await.unwrap_err();
    assert_eq!(fault.said, "no-such-plugin-here is not installed, or not in PATH");
    assert_eq!(fault.hint.as_deref(), Some("brew install it"));
    assert_eq!(user("").link().await.unwrap_err().hint, None);
}

#[tokio::test]
async fn failures_are_remembered_for_a_moment() {
    let server = Server::content().await;
    let folder = Folder::new();
    let user = json!({"exec": plugin(&folder, "exit 1")});
    folder.write("config", &crate::folder::config(json!({"server": server.http()}), user));
    let environment = Environment::default();
    let contexts = rk9s::cluster::contexts::Contexts::load(Some(&folder.path("config")), &environment);
    let target = contexts.resolve(&Overrides::default()).unwrap();
    let access = rk9s::cluster::connect::Access::ReadOnly;
    let link = rk9s::cluster::connect::prepare(target, access, &environment).await.unwrap();
    for _ in 0..3 {
        assert_eq!(link.version().await.unwrap_err().class, Class::Credentials);
    }
    assert_eq!(runs(&folder), 1);
    // One who asks for it is not held back.
    assert!(link.credentials().obtain(ExecMode::Captured).await.is_err());
    assert_eq!(runs(&folder), 2);
}

#[tokio::test]
async fn garbage_is_told_without_being_repeated() {
    let server = Server::content().await;
    for (body, said) in [
        ("echo s3cret", "is no ExecCredential"),
        ("true", "it wrote nothing"),
        (
            r#"echo '{"apiVersion":"v9","kind":"ExecCredential","status":{"token":"s3cret"}}'"#,
            "did not answer with that",
        ),
        (&answer(r#""token":{"s3cret":1}"#), "is no ExecCredential"),
        (&answer(""), "neither token nor"),
        (&answer(r#""clientCertificateData":"s3cret""#), "half of a client certificate"),
        (&answer(r#""token":"s3cret","expirationTimestamp":"soon""#), "is no time"),
        ("yes s3cret", "it writes without end"),
    ] {
        let fault = with(&server, body).await.link().await.unwrap_err();
        assert_eq!(fault.class, Class::Credentials);
        assert!(fault.said.contains(said) && !format!("{fault:?}").contains("s3cret"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_credential_is_renewed_when_it_runs_out() {
    let server = Server::content().await;
    // GNU and BSD dates differ: a time that has passed will do, it counts as good for a second.
    let folder = with(&server, &token_of_run(r#","expirationTimestamp":"2020-01-01T00:00:00Z""#)).await;
    let link = folder.link().await.unwrap();
    let until_renewed = async {
        while runs(&folder) == 1 {
            link.version().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), until_renewed).await.expect("it is not renewed");
    assert_ne!(server.last().header("authorization"), "Bearer run-1");
}

/// Takes tokens of the second run and later ones.
fn second(seen: &Seen) -> (u16, String) {
    (if seen.header("authorization") == "Bearer run-1" { 401 } else { 200 }, "{}".into())
}

#[tokio::test]
async fn a_read_that_is_refused_is_repeated_once_with_a_new_credential() {
    let server = Server::plain(second).await;
    let folder = with(&server, &token_of_run("")).await;
    folder.link().await.unwrap().version().await.unwrap();
    assert_eq!(tokens(&server), ["Bearer run-1", "Bearer run-2"]);
}

#[tokio::test]
async fn a_post_that_is_refused_is_not_repeated_but_the_next_request_does_better() {
    let server = Server::plain(second).await;
    let folder = with(&server, &token_of_run("")).await;
    let link = folder.link().await.unwrap();
    assert_eq!(link.whoami().await.unwrap_err().class, Class::Credentials);
    assert_eq!(tokens(&server), ["Bearer run-1"]);
    link.whoami().await.unwrap();
    assert_eq!(tokens(&server), ["Bearer run-1", "Bearer run-2"]);
}

#[tokio::test]
async fn a_server_that_refuses_everything_does_not_make_the_plugin_run_and_run() {
    let server = Server::plain(|_| (401, "{}".into())).await;
    let folder = with(&server, &token_of_run("")).await;
    let link = folder.link().await.unwrap();
    for _ in 0..5 {
        assert_eq!(link.version().await.unwrap_err().class, Class::Credentials);
    }
    assert_eq!(runs(&folder), 2);
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn a_plugin_that_must_ask_gets_the_terminal_only_when_it_is_lent() {
    let server = Server::content().await;
    let folder = Folder::new();
    let mut exec = plugin(&folder, &token_of_run(""));
    exec["interactiveMode"] = "Always".into();
    folder.write("config", &crate::folder::config(json!({"server": server.http()}), json!({"exec": exec})));
    let fault = folder.link().await.unwrap_err();
    assert_eq!((fault.class, runs(&folder)), (Class::Terminal, 0));
    let (environment, overrides) = (Environment::default(), Overrides::default());
    let link = folder.link_by(&environment, &overrides, ExecMode::Lent).await.unwrap();
    link.version().await.unwrap();
    let info: Value = serde_json::from_str(&folder.read("info")).unwrap();
    assert_eq!((runs(&folder), &info["spec"]["interactive"]), (1, &json!(true)));
}

#[tokio::test]
async fn a_plugin_is_told_what_it_asks_for_and_has_no_input() {
    let server = Server::content().await;
    let folder = Folder::new();
    let body = format!("cat >&2; [ \"$COLOUR\" = blue ] || exit 3\n{}", token_of_run(""));
    let mut exec = plugin(&folder, &body);
    exec["provideClusterInfo"] = true.into();
    folder.write("ca.crt", &Authority::new().pem());
    let cluster = json!({"server": server.http(), "certificate-authority": "ca.crt", "tls-server-name": "n",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}]});
    folder.write("config", &crate::folder::config(cluster, json!({"exec": exec})));
    folder.link().await.unwrap();
    let info: Value = serde_json::from_str(&folder.read("info")).unwrap();
    assert_eq!((&info["kind"], &info["apiVersion"]), (&json!("ExecCredential"), &json!(VERSION)));
    assert_eq!(info["spec"]["interactive"], json!(false));
    let told = &info["spec"]["cluster"];
    assert_eq!((&told["server"], &told["tls-server-name"]), (&json!(server.http()), &json!("n")));
    assert_eq!(told["config"], json!({"audience": "a"}));
    let authority = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, folder.read("ca.crt"));
    assert_eq!(told["certificate-authority-data"], json!(authority));
}

#[tokio::test]
async fn a_plugin_may_give_a_client_certificate() {
    let authority = Authority::new();
    let tls = authority.server(&authority.issue("server", &["127.0.0.1"]));
    let server = Server::start(Some(tls), |_| (200, "{}".into())).await;
    let pair = authority.issue("robot", &[]);
    let folder = Folder::new();
    let status = json!({"apiVersion": VERSION, "kind": "ExecCredential",
        "status": {"clientCertificateData": pair.certificate, "clientKeyData": pair.key}});
    folder.write("answer", &status.to_string());
    let exec = plugin(&folder, &format!("cat '{}'", folder.path("answer").display()));
    let cluster = json!({"server": server.https(), "certificate-authority-data": authority.data()});
    folder.write("config", &crate::folder::config(cluster, json!({"exec": exec})));
    let link = folder.link().await.unwrap();
    link.version().await.unwrap();
    link.version().await.unwrap();
    let facts = rk9s::cluster::credentials::certificate::of_der(&server.last().certificate.unwrap()).unwrap();
    assert_eq!((facts.subject.as_str(), runs(&folder), server.connections()), ("robot", 1, 1));
}

#[tokio::test]
async fn what_a_plugin_leaves_running_is_not_waited_for() {
    let server = Server::content().await;
    let folder = with(&server, &format!("sleep 30 &\n{}", token_of_run(""))).await;
    let link = tokio::time::timeout(Duration::from_secs(10), folder.link()).await.expect("it waits for the daemon");
    link.unwrap().version().await.unwrap();
}

#[tokio::test]
async fn a_version_that_nobody_supports_is_a_fault_of_the_kubeconfig() {
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "aws"});
    let folder = Folder::with(json!({"server": "http://127.0.0.1:1"}), json!({"exec": exec}));
    let fault = folder.link().await.unwrap_err();
    assert_eq!(fault.class, Class::Kubeconfig);
    assert!(fault.hint.unwrap().contains("update-kubeconfig"));
}
