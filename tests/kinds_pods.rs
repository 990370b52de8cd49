//! Pods and their containers: the same rows from protobuf and from JSON, and no panic whatever the bytes are.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use prost::Message;
use prost::bytes::Bytes;
use rk9s::kinds::pod::lean::Pod;
use rk9s::kinds::{self, Health, Item, Row, Words};
use serde_json::json;

/// A pod with every field that is read.
fn whole() -> serde_json::Value {
    let asks = json!({"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "256Mi", "cpu": 1}});
    json!({
        "metadata": {
            "name": "orders-5c8d7f9b6-9qwzx", "namespace": "shop", "uid": "6f1ed002-ab5a-4c1c-9f0b-0242ac120002",
            "creationTimestamp": "2026-01-02T03:04:05Z", "labels": {"app": "orders", "pod-template-hash": "5c8d7f9b6"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "orders-5c8d7f9b6", "controller": true}],
            "annotations": {"unread": "text"}, "managedFields": [{"manager": "unread"}]
        },
        "spec": {
            "nodeName": "node-b1", "overhead": {"cpu": "10m"}, "volumes": [{"name": "unread"}],
            "readinessGates": [{"conditionType": "example.com/warm"}, {"conditionType": "example.com/cold"}],
            "initContainers": [
                {"name": "fetch", "image": "shop/fetch:1", "resources": asks},
                {"name": "proxy", "image": "shop/proxy:2", "restartPolicy": "Always", "resources": null}
            ],
            "containers": [
                {"name": "api", "image": "shop/orders:1.9.0", "resources": asks, "command": ["unread"],
                 "ports": [{"containerPort": 8080, "protocol": "TCP", "name": "http"}, {"containerPort": 53, "protocol": "UDP"}]},
                {"name": "new", "image": "shop/new:1"}
            ],
            "ephemeralContainers": [{"name": "look", "image": "busybox", "targetContainerName": "api"}]
        },
        "status": {
            "phase": "Running", "podIP": "10.8.0.7", "podIPs": [{"ip": "10.8.0.7"}], "nominatedNodeName": "node-a1", "message": null,
            "conditions": [{"type": "example.com/warm", "status": "True"}, {"type": "Initialized", "status": "True"}],
            "initContainerStatuses": [
                {"name": "fetch", "ready": true, "restartCount": 0, "state": {"terminated": {
                    "exitCode": 0, "reason": "Completed", "startedAt": "2026-01-02T03:04:06Z", "finishedAt": "2026-01-02T03:04:07Z"}}},
                {"name": "proxy", "ready": true, "started": true, "restartCount": 1, "lastState": {},
                 "state": {"running": {"startedAt": "2026-01-02T03:04:08Z"}}}
            ],
            "containerStatuses": [{"name": "api", "ready": false, "restartCount": 17,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=api pod=x"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "", "finishedAt": "2026-01-02T03:10:00Z"}}}],
            "ephemeralContainerStatuses": [{"name": "look", "state": {"running": {"startedAt": "2026-01-02T03:11:00Z"}}}]
        }
    })
}

fn rows(kind: &str, item: Item) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    kinds::find(kind).unwrap().rows(&item, &mut Words::default(), &mut rows)?;
    Ok(rows)
}

fn from_json(kind: &str, pod: &serde_json::Value) -> Vec<Row> {
    rows(kind, Item::Json(pod.to_string().into())).unwrap()
}

fn message(pod: &serde_json::Value) -> Bytes {
    serde_json::from_value::<Pod>(pod.clone()).unwrap().encode_to_vec().into()
}

/// A row's name, health, reason and cells, at ten seconds past 03:11.
fn line(row: &Row) -> String {
    let now = 1_767_323_470;
    let cells: Vec<String> = row.cells.iter().map(|cell| cell.print(now)).collect();
    let reason = row.reason.as_deref().unwrap_or_default();
    format!("{} {:?} [{reason}] {}", row.name, row.health, cells.join("|"))
}

#[test]
fn a_pod_in_full() {
    let rows = from_json("po", &whole());
    let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!(
        line(row),
        "orders-5c8d7f9b6-9qwzx Wrong [api: exit 1, 17 restarts: back-off 5m0s restarting failed container] \
         1/3|CrashLoopBackOff|18|70s|10.8.0.7|node-b1|node-a1|1/2|5c8d7f9b6|260m|1|128Mi|256Mi|shop/orders:1.9.0,shop/new:1"
    );
    assert_eq!(row.owner.as_ref().unwrap().kind.to_string(), "ReplicaSet");
}

#[test]
fn its_containers() {
    let rows = from_json("containers", &whole());
    let lines: Vec<String> = rows.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "fetch Done [] init|true|Completed|0||250m|1|128Mi|256Mi||shop/fetch:1",
            "proxy Well [] sidecar|true|Running|1|||||||shop/proxy:2",
            "api Wrong [api: exit 1, 17 restarts: back-off 5m0s restarting failed container] \
             main|false|CrashLoopBackOff|17|70s|250m|1|128Mi|256Mi|8080/TCP,53/UDP|shop/orders:1.9.0",
            "new Changing [] main|false|<none>|0|||||||shop/new:1",
            "look Well [] ephemeral|false|Running|0|||||||busybox",
        ]
    );
    for row in &rows {
        assert_eq!(row.uid.to_string(), format!("6f1ed002-ab5a-4c1c-9f0b-0242ac120002/{}", row.name));
        assert_eq!((&*row.namespace, row.label("app")), ("shop", Some("orders")));
        let owner = row.owner.as_ref().unwrap();
        assert_eq!((&*owner.kind, &*owner.name), ("Pod", "orders-5c8d7f9b6-9qwzx"));
    }
    let started: Vec<i64> = rows.iter().map(|row| row.created % 1000).collect();
    assert_eq!(started, [46, 48, 0, 0, 460], "when each was last started; 0 for those that were not");
}

#[test]
fn containers_of_a_pod_that_ends_are_not_wrong() {
    let mut pod = whole();
    pod["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:11:05Z");
    assert!(from_json("containers", &pod).iter().all(|row| row.health == Health::Changing && row.reason.is_none()));
}

#[test]
fn revisions() {
    let revision = |labels: serde_json::Value| {
        let rows = from_json("pods", &json!({"metadata": {"labels": labels}}));
        let at = kinds::find("pods").unwrap().heads().iter().find(|head| head.title == "HASH").map(|head| head.from);
        let Some(kinds::From::Cell(at)) = at else { panic!("no REV") };
        rows[0].cell(at).print(0)
    };
    assert_eq!(revision(json!({"pod-template-hash": "5c8d7f9b6"})), "5c8d7f9b6");
    assert_eq!(revision(json!({"controller-revision-hash": "data-base-6d5f8c7b9"})), "6d5f8c7b9");
    assert_eq!(revision(json!({"controller-revision-hash": "86c9b7d8"})), "86c9b7d8");
    assert_eq!(revision(json!({"job-name": "x"})), "");
}

#[test]
fn protobuf_and_json_give_the_same_rows() {
    for kind in ["pods", "containers"] {
        assert_eq!(rows(kind, Item::Proto(message(&whole()))).unwrap(), from_json(kind, &whole()), "{kind}");
    }
}

#[test]
fn titles_begin_as_kubectls() {
    let titles: Vec<String> = kinds::find("pod").unwrap().heads().into_iter().map(|head| head.title).collect();
    let theirs = "NAME,READY,STATUS,RESTARTS,LAST,AGE,IP,NODE,NOMINATED NODE,READINESS GATES,";
    assert!(titles.join(",").starts_with(theirs), "{titles:?}");
}

#[test]
fn without_metadata_there_is_no_row() {
    for kind in ["pods", "containers"] {
        assert_eq!(rows(kind, Item::Json("{}".into())).unwrap_err(), "no metadata");
        assert_eq!(rows(kind, Item::Proto(Bytes::new())).unwrap_err(), "no metadata");
    }
}

proptest! {
    #[test]
    fn damaged_messages_do_not_panic(cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = message(&whole()).to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len() + 1));
        for kind in ["pods", "containers"] {
            let _ = rows(kind, Item::Proto(bytes.clone().into()));
        }
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        for kind in ["pods", "containers"] {
            let _ = rows(kind, Item::Proto(bytes.clone().into()));
            let _ = rows(kind, Item::Json(bytes.clone().into()));
        }
    }

    #[test]
    fn any_text_and_number_does_not_panic(text in "\\PC{0,300}", number: i32, quantity in "[-+]?[0-9]{0,25}(\\.[0-9]{0,9})?(Ei|E|m|n|e[0-9]{1,9})?") {
        let mut pod = whole();
        pod["metadata"]["name"] = json!(text);
        pod["spec"]["containers"][0]["resources"]["requests"] = json!({"cpu": quantity, "memory": quantity});
        pod["spec"]["overhead"] = json!({"cpu": quantity, "memory": quantity});
        let container = &mut pod["status"]["containerStatuses"][0];
        container["state"]["waiting"] = json!({"reason": text, "message": text});
        container["restartCount"] = json!(number);
        for kind in ["pods", "containers"] {
            for row in from_json(kind, &pod) {
                line(&row);
                prop_assert!(row.reason.is_none_or(|reason| reason.chars().count() <= 201));
            }
        }
    }
}
