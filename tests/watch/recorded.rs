//! Answers recorded from a kube-apiserver 1.36.3 (three nodes, at one moment), replayed in every form in which the server can
//! give them: the rows are the same.

use crate::script::server;
use crate::table::{Table, by, open};
use crate::thing::NODES;
use crate::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use rk9s::cluster::watch::{Encoding, ReadChoice, TableOf};
use std::io::Write;

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const PROTOBUF_STREAM: &str = "application/vnd.kubernetes.protobuf;stream=watch";
const JSON: &str = "application/json";

macro_rules! recorded {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/wire/", $name)).as_slice()
    };
}

fn nodes() -> What {
    What::Kind(NODES)
}

fn node_table() -> What {
    What::Table(TableOf { version: "v1".into(), plural: "nodes".into(), kind: "Node".into(), ..TableOf::default() })
}

/// What the table shows after this answer, which comes in pieces of 97 bytes.
async fn shown(what: What, read: ReadChoice, kind: &str, encoding: Option<&str>, bytes: &[u8]) -> Table {
    let (mut server, link) = server(NEAR);
    let mut table = open(&link, what, by(read));
    let stream = server.next().await.stream_of(kind, encoding);
    bytes.chunks(97).for_each(|chunk| stream.bytes(chunk));
    if read == ReadChoice::Pages {
        stream.close();
        let _watch = rewatch(&mut server, 747).await.stream();
        table.until(Table::is_live).await;
    } else {
        table.until(Table::is_live).await;
    }
    assert_eq!(table.version.as_deref(), Some("747"));
    assert!(table.unreadable.is_empty(), "{:?}", table.unreadable);
    table
}

/// Rows without their cells, of which a Table has more.
fn rows(table: &Table) -> String {
    let rows = table.names().into_iter().filter_map(|name| table.row(name));
    rows.map(|row| format!("{} {} {} {:?} {:?}\n", row.name, row.uid, row.created, row.labels, row.owner)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_form_of_an_answer_gives_the_same_rows() {
    use ReadChoice::{Pages, Stream};
    let list = recorded!("nodes.list.pb");
    let want = shown(nodes(), Pages, PROTOBUF, None, list).await;
    assert_eq!(want.names(), ["node-0001", "node-0002", "node-0003"]);
    assert_eq!(want.row("node-0002").unwrap().label("topology.kubernetes.io/zone"), Some("zone-2"));
    let streamed = shown(nodes(), Stream, PROTOBUF_STREAM, None, recorded!("nodes.stream.pb")).await;
    assert_eq!(streamed.count.encoding(), Encoding::Protobuf);
    for table in [
        streamed,
        shown(nodes(), Pages, PROTOBUF, Some("gzip"), &gzip(list)).await,
        shown(nodes(), Pages, JSON, None, recorded!("nodes.list.json")).await,
        shown(nodes(), Pages, JSON, Some("gzip"), &gzip(recorded!("nodes.list.json"))).await,
        shown(nodes(), Stream, JSON, None, recorded!("nodes.stream.json")).await,
        shown(node_table(), Pages, JSON, None, recorded!("nodes.list.table.json")).await,
        shown(node_table(), Stream, JSON, None, recorded!("nodes.stream.table.json")).await,
    ] {
        assert_eq!(rows(&table), rows(&want));
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_by_list_and_by_stream_has_the_same_columns_and_cells() {
    let listed = shown(node_table(), ReadChoice::Pages, JSON, None, recorded!("nodes.list.table.json")).await;
    let streamed = shown(node_table(), ReadChoice::Stream, JSON, None, recorded!("nodes.stream.table.json")).await;
    assert_eq!(listed.heads, streamed.heads);
    let titles: Vec<_> = listed.heads.iter().filter(|head| !head.wide).map(|head| head.title.as_str()).collect();
    assert_eq!(titles, ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]);
    for name in listed.names() {
        assert_eq!(listed.row(name), streamed.row(name));
        assert_eq!(listed.row(name).unwrap().cell(0).print(0), "Ready");
    }
}
