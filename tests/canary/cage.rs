//! The cluster with two Secrets, and everything that reads them.

use crate::cluster::{Small, small};
use crate::trace::{self, INNER, OTHER, TEXT, THEIRS};
use rk9s::cluster::papers::{self, Other, Reveal, Target, View, Want};
use rk9s::cluster::watch::TableOf;
use rk9s::text::document::Document;
use serde_json::{Value, json};

pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// 2026-01-01T01:00:00Z.
const NOW: i64 = 1_767_229_200;

/// What the embedded cluster and any other take as a Secret, with the copy that `kubectl apply` keeps.
pub fn secret(name: &str, text: &str) -> Value {
    let applied = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"},
        "stringData": {"text": text, "other": OTHER}, "data": {"binary": trace::base64(&trace::binary())}});
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": name, "namespace": "shop", "annotations": {LAST_APPLIED: applied.to_string()}},
        "data": {"text": trace::base64(text.as_bytes()), "other": trace::base64(OTHER.as_bytes()),
            "binary": trace::base64(&trace::binary())},
    })
}

/// The Secrets `bird` and `wren` in the namespace `shop`.
pub async fn cage() -> Small {
    let small = small();
    for (name, text) in [("bird", TEXT), ("wren", THEIRS)] {
        let said = small.json("POST /api/v1/namespaces/shop/secrets", &secret(name, text)).await;
        assert_eq!(said.code, 201, "{}", said.text);
        assert!(
            trace::found(&said.text).contains(&text) && trace::found(&said.text).contains(&INNER),
            "it is in there"
        );
    }
    small
}

pub fn secrets() -> TableOf {
    TableOf {
        version: "v1".into(),
        plural: "secrets".into(),
        kind: "Secret".into(),
        namespaced: true,
        ..TableOf::default()
    }
}

pub fn target(name: &str) -> Target {
    Target { what: secrets(), namespace: Some("shop".into()), name: name.into() }
}

/// Every paper there is about a Secret.
pub fn views() -> Vec<View> {
    let other = Other { context: None, target: target("wren") };
    vec![
        View::Describe,
        View::Brief,
        View::Yaml,
        View::Blame,
        View::Applied,
        View::Keys,
        View::Drift,
        View::Diff(Box::new(other)),
        View::Changes,
    ]
}

/// A paper about `bird`, as it is read first.
pub async fn paper(small: &Small, view: View, reveal: Reveal) -> Document {
    let want = Want { view, target: target("bird"), reveal };
    let (sink, mut papers) = tokio::sync::mpsc::channel(1);
    let read = papers::follow((small.link.clone(), None), want, || NOW, sink);
    tokio::select! {
        () = read => panic!("it stops by itself"),
        paper = papers.recv() => paper.unwrap().unwrap(),
    }
}

/// What is in a document, on the screen or not.
pub fn whole(document: &Document) -> String {
    format!("{}\n{document:?}", document.text())
}
