//! Read-only: everything that the program asks of a cluster passes the guard, and everything that changes one does not.
//!
//! The one place that sends requests is `cluster`; each of its entries is called here on a read-only link. The embedded cluster,
//! which has every kind, says afterwards whether anything in it has changed.

use crate::cluster::{Small, TOKEN, small};
use crate::table::{by, open};
use http::Request;
use kube::client::Body;
use rk9s::cluster::connect::{self, Access, Embedded, Link};
use rk9s::cluster::contexts::ContextInfo;
use rk9s::cluster::fault::Class;
use rk9s::cluster::figures::{self, Want};
use rk9s::cluster::objects::{Form, Query, Secrets, print};
use rk9s::cluster::pulse::pulse;
use rk9s::cluster::related::related;
use rk9s::cluster::watch::{ReadChoice, Shared, TableOf, What};
use rk9s::cluster::{access, check, discovery};
use rk9s::demo::catalog::Verbs;
use rk9s::demo::server::Connector;
use rk9s::demo::server::loopback::kubeconfig;
use rk9s::describe::Need;
use rk9s::kinds::{Companion, KINDS};
use serde_json::json;
use tokio::sync::mpsc;

fn read_only(small: &Small) -> Link {
    let info = ContextInfo { name: "demo".into(), namespace: "shop".into(), ..ContextInfo::default() };
    connect::link_over(Connector::new(small.cluster.clone()).with_token(TOKEN), info, Access::ReadOnly)
}

fn revision(small: &Small) -> u64 {
    small.cluster.act(|world| world.store.revision())
}

#[tokio::test(start_paused = true)]
async fn every_request_that_looks_is_allowed_and_changes_nothing() {
    let small = small();
    small.pods(&["a"]);
    let (link, before) = (read_only(&small), revision(&small));
    let catalog = discovery::catalog(&link).await.unwrap();
    let served =
        catalog.served.iter().filter(|served| served.is_listable()).map(|served| What::Table(TableOf::from(served)));
    let every: Vec<What> = KINDS.iter().map(|kind| What::Kind(*kind)).chain(served).collect();
    assert!(every.len() > 40, "{} kinds", every.len());
    for what in every {
        for choice in [ReadChoice::Stream, ReadChoice::Pages] {
            let mut table = open(&link, what.clone(), by(choice));
            table.until(|table| table.is_live()).await;
        }
        let query = Query { what, namespace: None, labels: None, fields: None };
        print(&link, &[query], Form::Yaml, Secrets::Masked).await.unwrap();
    }
    for (companion, beside) in [
        (Companion::Pods, "nodes"),
        (Companion::Pods, "namespaces"),
        (Companion::Warnings, "namespaces"),
        (Companion::Revisions, "pods"),
        (Companion::Usage, "pods"),
        (Companion::Usage, "nodes"),
    ] {
        let (sink, mut source) = mpsc::channel(8);
        let want = Want { companion, beside, namespace: None, pod: None };
        let feed = figures::watch(link.clone(), want, Shared::new().0, Default::default(), sink);
        tokio::select! { () = feed => {}, batch = source.recv() => assert!(batch.is_some()) }
    }
    everything_related(&link).await;
    access::namespaces(&link).await.unwrap();
    access::readable(&link, "", "pods", vec!["shop".into()]).await.unwrap();
    link.version().await.unwrap();
    link.whoami().await.unwrap();
    link.ping().await.unwrap();
    let (shared, sender) = Shared::new();
    let beats = pulse(link.clone(), shared, sender);
    assert!(tokio::time::timeout(std::time::Duration::from_secs(60), beats).await.is_err());
    assert_eq!((link.refused(), revision(&small)), (0, before));
}

/// What describe reads, of an object that is there: whatever cannot be found is no refusal.
async fn everything_related(link: &Link) {
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop", "uid": "u"},
        "spec": {"selector": {"matchLabels": {"app": "a"}}}});
    let all = [Need::Events, Need::NodePods, Need::ReplicaSets, Need::EndpointSlices, Need::ResourceSlices];
    for need in all {
        related(link, need, &object).await.unwrap();
    }
    let lease = related(link, Need::NodeLease, &object).await.unwrap_err();
    assert_eq!(lease.class, Class::NotFound, "{lease}");
    assert_eq!(related(link, Need::NodePods, &object).await.unwrap().len(), 1, "the pod on node a");
}

#[tokio::test]
async fn check_looks_only() {
    let small = small();
    let before = revision(&small);
    let config = kubeconfig("http://demo.invalid", "", &[("admin", TOKEN)], "shop");
    let embedded = Some(Embedded::new(&config, Connector::new(small.cluster.clone())));
    let request = connect::Request { embedded, ..connect::Request::default() };
    let mut report = Vec::new();
    check::check(&request, &mut report).await.unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.contains("ok apis") && !report.contains("read-only"), "{report}");
    assert_eq!(revision(&small), before);
}

#[tokio::test]
async fn every_request_that_could_change_something_is_refused_before_it_is_sent() {
    let small = small();
    let (link, before) = (read_only(&small), revision(&small));
    let resources = small.cluster.act(|world| world.catalog.all().to_vec());
    let mut refused = 0;
    for resource in resources.iter().filter(|resource| resource.verbs == Verbs::All) {
        let group = if resource.group.is_empty() { "api".into() } else { format!("apis/{}", resource.group) };
        let namespace = if resource.namespaced { "namespaces/shop/" } else { "" };
        let path = format!("/{group}/{}/{namespace}{}", resource.version, resource.plural);
        let subresources = resource.subresources.iter().map(|sub| format!("{path}/x/{sub}"));
        let own = [path.clone(), format!("{path}/x")];
        for path in own.into_iter().chain(subresources) {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let request = Request::builder().method(method).uri(&path).body(Body::from(b"{}".to_vec())).unwrap();
                let fault = link.send(request).await.map(|_| ()).unwrap_err();
                assert!(fault.to_string().contains("read-only"), "{method} {path}: {fault}");
                refused += 1;
            }
        }
    }
    assert_eq!((link.refused(), revision(&small)), (refused, before));
}
