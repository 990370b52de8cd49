#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]
//! tmp
use prost::Message;
use rk9s::cluster::link_standin::Link;
use rk9s::cluster::watch::*;
use rk9s::kinds::column::*;
use rk9s::kinds::lean::*;
use rk9s::kinds::resource::*;
use rk9s::kinds::*;
use rk9s::store::delta::*;
use serde::Deserialize;

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Thing {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
}
struct Pods;
impl Resource for Pods {
    type Object = Thing;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "pods",
        singular: "pod",
        kind: "Pod",
        short: &["po"],
        namespaced: true,
    };
    const COLUMNS: &'static [Column<Thing>] = &[Column::name(), Column::age()];
    fn meta(o: &Thing) -> Option<&Meta> {
        o.metadata.as_ref()
    }
    fn judge(_: &Thing, _: &mut Words) -> Judgement {
        Judgement::well()
    }
}
struct Nodes;
impl Resource for Nodes {
    type Object = Thing;
    const NAMES: Names = Names {
        group: "",
        version: "v1",
        plural: "nodes",
        singular: "node",
        kind: "Node",
        short: &["no"],
        namespaced: false,
    };
    const COLUMNS: &'static [Column<Thing>] = &[Column::name(), Column::age()];
    fn meta(o: &Thing) -> Option<&Meta> {
        o.metadata.as_ref()
    }
    fn judge(_: &Thing, _: &mut Words) -> Judgement {
        Judgement::well()
    }
}

#[tokio::test]
async fn lab() {
    let Ok(_) = std::env::var("LAB") else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = kube::Config::from_kubeconfig(&Default::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    for read in [ReadChoice::Stream, ReadChoice::Pages, ReadChoice::Auto] {
        let link = Link::new(client.clone(), None);
        let (shared, _pulse) = Shared::new();
        let mut spec = WatchSpec::new(What::Kind(&Nodes), shared);
        spec.read = read;
        let count = spec.count.clone();
        let (tx, mut rx) = tokio::sync::mpsc::channel::<Batch>(8);
        let began = std::time::Instant::now();
        let task = tokio::spawn(watch(link, spec, tx));
        let mut n = 0;
        while let Some(batch) = rx.recv().await {
            n += batch.deltas.iter().filter(|d| matches!(d, Delta::Put(_))).count();
            if batch.deltas.len() < 20 {
                println!("{:?} {:?}", began.elapsed(), batch);
            }
            if batch.deltas.contains(&Delta::State(State::Live)) {
                break;
            }
        }
        println!("{read:?} {n} rows {:?} {:?}", began.elapsed(), count);
        task.abort();
    }
}
