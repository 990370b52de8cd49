//! The bare reader: the least that reads every pod of a cluster, to compare with. One connection, one list, two texts kept a
//! pod; no table, no screen, no watch that goes on. Run as a process of its own by the benches: `bare stream|pages`.

use bytes::{Buf, Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use prost::Message;
use rk9s::cluster::connect::{self, Access, Link, Request};
use std::io::Read;
use std::time::Instant;

#[derive(Clone, PartialEq, Message)]
struct Unknown {
    #[prost(bytes = "bytes", tag = "2")]
    raw: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(message, optional, tag = "2")]
    object: Option<Raw>,
}

#[derive(Clone, PartialEq, Message)]
struct Raw {
    #[prost(bytes = "bytes", tag = "1")]
    raw: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct List {
    #[prost(message, optional, tag = "1")]
    metadata: Option<ListMeta>,
    #[prost(message, repeated, tag = "2")]
    items: Vec<Pod>,
}

#[derive(Clone, PartialEq, Message)]
struct ListMeta {
    #[prost(string, tag = "3")]
    more: String,
}

#[derive(Clone, PartialEq, Message)]
struct Pod {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Meta>,
}

#[derive(Clone, PartialEq, Message)]
struct Meta {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    namespace: String,
}

/// What was read and what it took.
#[derive(Default)]
struct Tally {
    pods: Vec<Meta>,
    bytes: usize,
    first: Option<Instant>,
}

/// Reads all pods in one way and prints one line of JSON.
pub fn main(way: &str) {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tally = runtime.block_on(async {
        let request = Request { access: Access::ReadOnly, ..Request::default() };
        let (link, _) = connect::connect(&request).await.unwrap();
        if way == "pages" { pages(&link).await } else { stream(&link).await }
    });
    let line = serde_json::json!({
        "ms": began.elapsed().as_secs_f64() * 1e3, "pods": tally.pods.len(), "bytes": tally.bytes,
        "first_ms": tally.first.map_or(0.0, |first| (first - began).as_secs_f64() * 1e3),
        "processor_ms": super::process::seconds(std::process::id()) * 1e3,
        "peak_mb": super::process::peak_mb(std::process::id()),
    });
    println!("{line}");
}

async fn ask(link: &Link, uri: &str, accept: &str, packing: &str) -> kube::client::Body {
    let request = http::Request::get(uri).header("Accept", accept).header("Accept-Encoding", packing);
    link.send(request.body(kube::client::Body::empty()).unwrap()).await.unwrap().into_body()
}

async fn stream(link: &Link) -> Tally {
    let uri = "/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0\
               &allowWatchBookmarks=true";
    let mut body = ask(link, uri, "application/vnd.kubernetes.protobuf;stream=watch", "identity").await;
    let (mut tally, mut buffer) = (Tally::default(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.unwrap().into_data() else { continue };
        tally.bytes += data.len();
        buffer.extend_from_slice(&data);
        while let Some(len) = buffer.get(..4).map(|head| u32::from_be_bytes(head.try_into().unwrap()) as usize) {
            if buffer.len() < 4 + len {
                break;
            }
            buffer.advance(4);
            let event = Event::decode(buffer.split_to(len).freeze()).unwrap();
            if event.kind == "BOOKMARK" {
                return tally;
            }
            let object = event.object.unwrap_or_default().raw;
            let pod = Pod::decode(Unknown::decode(object.slice(4..)).unwrap().raw).unwrap();
            tally.pods.extend(pod.metadata);
            tally.first.get_or_insert_with(Instant::now);
        }
    }
    panic!("the stream ended before its list");
}

async fn pages(link: &Link) -> Tally {
    let (mut tally, mut more, mut limit) = (Tally::default(), String::new(), 500);
    loop {
        let uri = format!("/api/v1/pods?limit={limit}&continue={more}");
        let body = ask(link, &uri, "application/vnd.kubernetes.protobuf", "gzip").await;
        let packed = body.collect().await.unwrap().to_bytes();
        tally.bytes += packed.len();
        let mut plain = Vec::new();
        MultiGzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
        let list = List::decode(Unknown::decode(&plain[4..]).unwrap().raw).unwrap();
        tally.pods.extend(list.items.into_iter().filter_map(|pod| pod.metadata));
        tally.first.get_or_insert_with(Instant::now);
        more = list.metadata.unwrap_or_default().more;
        limit = 2000;
        if more.is_empty() {
            return tally;
        }
    }
}
