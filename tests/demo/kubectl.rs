//! kubectl against the cluster on loopback. Where there is no kubectl, it says that it was skipped.

use crate::cluster::{TOKEN, small};
use rk9s::demo::server::loopback::{Listener, Scheme};
use std::path::PathBuf;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// The kubectl that `RK9S_KUBECTL` names, else that of `PATH`.
fn kubectl() -> Option<PathBuf> {
    let named = std::env::var_os("RK9S_KUBECTL").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    named
        .into_iter()
        .chain(std::env::split_paths(&path).map(|folder| folder.join("kubectl")))
        .find(|file| file.is_file())
}

#[tokio::test]
async fn kubectl_reads_and_writes_over_tls() {
    let Some(kubectl) = kubectl() else {
        println!("skipped: no kubectl (RK9S_KUBECTL or PATH)");
        return;
    };
    let small = small();
    small.pods(&["web-1", "db-1"]);
    let listener = Listener::open(0, Scheme::Tls).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, listener.kubeconfig(&[("admin", TOKEN)], "shop")).unwrap();
    let server = tokio::spawn(listener.serve(small.cluster.clone()));
    let run = async |line: &str| {
        let mut command = Command::new(&kubectl);
        command.args(line.split(' ')).env("KUBECONFIG", &config).env("HOME", folder.path()).kill_on_drop(true);
        let output = timeout(Duration::from_secs(60), command.output()).await.expect("kubectl hangs").unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        text.trim_end().to_owned()
    };
    assert_eq!(run("get pods -o name").await, "pod/db-1\npod/web-1");
    assert_eq!(run("get pods -l app=web -o name").await, "pod/web-1");
    assert_eq!(run("get pod nope").await, "Error from server (NotFound): pods \"nope\" not found");
    assert_eq!(run("annotate pod web-1 note=x").await, "pod/web-1 annotated");
    assert_eq!(run("create configmap one --from-literal=a=b").await, "configmap/one created");
    assert_eq!(run("get configmap one -o jsonpath={.data.a}").await, "b");
    assert_eq!(run("auth can-i get pods").await, "yes");
    // kubectl names the namespace since 1.34.
    let deleted = run("delete pod web-1 --now --wait=false").await;
    assert!(deleted.starts_with("pod \"web-1\" deleted"), "{deleted}");
    assert_eq!(run("create deployment web --image=x --replicas=2").await, "deployment.apps/web created");
    let deployment = run("get deployment web -o json").await;
    let spec = &serde_json::from_str::<serde_json::Value>(&deployment).unwrap()["spec"];
    assert_eq!((&spec["replicas"], &spec["template"]["spec"]["containers"][0]["image"]), (&2.into(), &"x".into()));
    assert_eq!(
        run("create token default").await,
        "error: failed to create token: the server could not find the requested resource"
    );
    assert_eq!(run("scale deployment web --replicas=3").await, "deployment.apps/web scaled");
    server.abort();
}
