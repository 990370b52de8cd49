//! `rk9s check`: what it writes and how it ends, for servers that are well and not.

use crate::certificates::Authority;
use crate::folder::Folder;
use crate::server::{Seen, Server};
use rk9s::cluster::check::{Verdict, check_in};
use rk9s::cluster::connect::Request;
use rk9s::cluster::contexts::Environment;
use serde_json::{Value, json};

async fn check(folder: &Folder) -> (Verdict, String) {
    let request = Request { kubeconfig: Some(folder.path("config")), ..Request::default() };
    let mut out = Vec::new();
    let verdict = check_in(&request, &Environment::default(), &mut out).await.unwrap();
    (verdict, String::from_utf8(out).unwrap())
}

fn discovery(items: Value) -> String {
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}).to_string()
}

fn group(name: &str, version: &str, plural: &str, freshness: &str) -> Value {
    let resource = json!({"resource": plural, "scope": "Cluster", "verbs": ["get", "list", "watch"],
        "responseKind": {"kind": plural}, "singularResource": plural});
    json!({"metadata": {"name": name}, "versions": [{"version": version, "freshness": freshness, "resources": [resource]}]})
}

/// A cluster where all is well, or, as the test says, one answer is another.
async fn cluster(
    authority: &Authority,
    other: impl Fn(&Seen) -> Option<(u16, String)> + Send + Sync + 'static,
) -> Server {
    let tls = authority.server(&authority.issue("kube-apiserver", &["127.0.0.1"]));
    Server::start(Some(tls), move |seen| {
        if let Some(answer) = other(seen) {
            return answer;
        }
        let rules = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
        let text = match seen.path.as_str() {
            "/version" => json!({"gitVersion": "v1.36.3", "platform": "linux/amd64"}).to_string(),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
                json!({"status": {"userInfo": {"username": "jane\u{1b}[31m", "groups": ["a", "b"]}}}).to_string()
            }
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => {
                json!({"spec": {}, "status": {"incomplete": false, "resourceRules": [rules], "nonResourceRules": []}})
                    .to_string()
            }
            "/openapi/v2" => "x".repeat(100_000),
            "/api" => discovery(json!([group("", "v1", "nodes", "Current")])),
            "/apis" => discovery(json!([group("metrics.k8s.io", "v1beta1", "nodes", "Current")])),
            "/apis/metrics.k8s.io/v1beta1/nodes" => json!({"items": [{}, {}, {}]}).to_string(),
            path => panic!("{path}"),
        };
        (200, text)
    })
    .await
}

fn folder(server: &Server, authority: &Authority, user: Value) -> Folder {
    Folder::with(json!({"server": server.https(), "certificate-authority-data": authority.data()}), user)
}

/// The marks and subjects of the lines.
fn steps(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test]
async fn a_well_cluster_is_reported_step_by_step() {
    let authority = Authority::new();
    let server = cluster(&authority, |_| None).await;
    let (verdict, text) = check(&folder(&server, &authority, json!({"token": "t"}))).await;
    assert_eq!(verdict, Verdict::Well, "{text}");
    let about = ["kubeconfig", "context", "proxy", "connection", "tls", "credential", "server", "user", "bandwidth"];
    let expected: Vec<_> =
        about.iter().chain(&["rights", "apis", "metrics"]).map(|about| format!("ok {about}")).collect();
    assert_eq!(steps(&text), expected);
    for said in
        ["kube-apiserver by test authority", "v1.36.3, linux/amd64", "of a, b", "of 3 nodes", "2 kinds", "0.1 MB"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[tokio::test]
async fn what_is_missing_is_said_and_is_not_all_well() {
    let authority = Authority::new();
    let server = cluster(&authority, |seen| match seen.path.as_str() {
        "/apis" => Some((200, discovery(json!([group("custom.example.com", "v1", "things", "Stale")])))),
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => {
            let rule = json!({"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods", "events"]});
            let named = json!({"verbs": ["*"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"]});
            let status = json!({"incomplete": false, "resourceRules": [rule, named], "nonResourceRules": []});
            Some((200, json!({"spec": {}, "status": status}).to_string()))
        }
        "/openapi/v2" => Some((403, "{}".into())),
        _ => None,
    })
    .await;
    let (verdict, text) = check(&folder(&server, &authority, json!({"token": "t"}))).await;
    assert_eq!(verdict, Verdict::Partly, "{text}");
    assert!(text.contains("ok rights      in default you may see pods, events\n"), "{text}");
    assert!(text.contains("-- rights      in default you may not see services, secrets, deployments"), "{text}");
    assert!(text.contains("!! apis        custom.example.com/v1 does not answer"), "{text}");
    assert!(text.contains("-- metrics     metrics.k8s.io is not served here"), "{text}");
    assert!(text.contains("-- bandwidth   not measured"), "{text}");
}

#[tokio::test]
async fn each_way_to_fail_has_its_exit_code_and_ends_the_report() {
    let authority = Authority::new();
    let server =
        cluster(&authority, |seen| (seen.header("authorization") != "Bearer t").then(|| (401, "{}".into()))).await;
    let last = |text: &str| steps(text).into_iter().filter(|step| step.starts_with("!!")).collect::<Vec<_>>();

    let (verdict, text) = check(&Folder::new()).await;
    assert_eq!((verdict.code(), last(&text)), (2, vec!["!! kubeconfig".to_owned(), "!! context".to_owned()]));

    let (verdict, text) = check(&folder(&server, &Authority::new(), json!({}))).await;
    assert_eq!((verdict.code(), last(&text)), (3, vec!["!! connection".to_owned()]));
    assert!(text.ends_with("is certificate-authority right, and the cluster?\n"), "{text}");

    let (verdict, text) = check(&folder(&server, &authority, json!({"tokenFile": "nothing"}))).await;
    assert_eq!((verdict.code(), last(&text)), (4, vec!["!! credential".to_owned()]));

    let (verdict, text) = check(&folder(&server, &authority, json!({"token": "wrong"}))).await;
    assert_eq!((verdict.code(), last(&text)), (4, vec!["!! server".to_owned()]));
    assert!(text.contains("ok connection"), "{text}");
}

#[tokio::test]
async fn a_server_that_nobody_checks_is_not_all_well() {
    let authority = Authority::new();
    let server = cluster(&authority, |_| None).await;
    let insecure = json!({"server": server.https(), "insecure-skip-tls-verify": true});
    let (verdict, text) = check(&Folder::with(insecure, json!({"token": "t"}))).await;
    assert_eq!(verdict, Verdict::Partly);
    assert!(text.contains("!! tls         the server is not checked"), "{text}");
}
