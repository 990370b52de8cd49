//! The picture in the README is this test's screen: `UPDATE=1` paints it anew.

use super::harness::Console;
use super::svg;
use super::things::NOON;
use rk9s::kinds::{self, Item, Row, Words};
use std::path::Path;

/// One pod of the shop: name, image, ready, the state of its container, restarts, age in minutes.
fn pod((name, image, ready, state, restarts, minutes): (&str, &str, bool, &str, u32, i64)) -> Row {
    let at = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap().to_string();
    let last = if restarts == 0 {
        "{}".to_owned()
    } else {
        format!(r#"{{"terminated":{{"exitCode":1,"reason":"Error","finishedAt":"{}"}}}}"#, at(NOON - 120))
    };
    let (node, condition) =
        (if name.len() % 2 == 0 { "node-a2" } else { "node-b1" }, if ready { "True" } else { "False" });
    let json = format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{name}","creationTimestamp":"{}"}},
        "spec":{{"nodeName":"{node}","containers":[{{"name":"api","image":"shop/{image}"}}]}},
        "status":{{"phase":"Running","podIP":"10.2.{}.{}","conditions":[{{"type":"Ready","status":"{condition}"}}],
        "containerStatuses":[{{"name":"api","ready":{ready},"restartCount":{restarts},"state":{state},"lastState":{last}}}]}}}}"#,
        at(NOON - minutes * 60),
        name.len(),
        minutes % 250,
    );
    let mut rows = Vec::new();
    kinds::find("pods").unwrap().rows(&Item::Json(json.into()), &mut Words::default(), &mut rows).unwrap();
    rows.remove(0)
}

/// The pods of a shop, with troubles.
pub fn pods() -> Vec<Row> {
    let running = r#"{"running":{}}"#;
    let crash = r#"{"waiting":{"reason":"CrashLoopBackOff",
        "message":"back-off 5m0s restarting failed container: cannot read /etc/app/db.yaml: no such file"}}"#;
    let creating = r#"{"waiting":{"reason":"ContainerCreating"}}"#;
    let pulling =
        r#"{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image \"shop/mailer:3.2.0-rc\""}}"#;
    let pods = [
        ("cart-7d9f6c5b8-2xk4p", "cart:2.1.0", true, running, 0, 4560),
        ("cart-7d9f6c5b8-w8rtn", "cart:2.1.0", true, running, 0, 4560),
        ("catalog-5f6b8d9c7-lq2zd", "catalog:5.0.3", true, running, 1, 17280),
        ("checkout-6c9f5d7b4-hx7vk", "checkout:1.14.2", true, running, 0, 320),
        ("mailer-84b6c7d5f-9mnqp", "mailer:3.2.0-rc", false, pulling, 0, 12),
        ("orders-5c8d7f9b6-9qwzx", "orders:1.9.0", false, crash, 17, 362),
        ("orders-6f7b9d4c8-lm2vt", "orders:1.8.4", false, creating, 0, 0),
        ("orders-6f7b9d4c8-zk5tb", "orders:1.8.4", true, running, 0, 17300),
        ("search-79c8b6d5f-4tjwl", "search:0.31.1", true, running, 0, 1500),
    ];
    pods.map(pod).to_vec()
}

#[test]
fn the_picture_of_the_readme_is_what_is_painted() {
    let mut console = Console::live(pods());
    console.resize(110, 16);
    console.keys("j j j j j");
    console.wait(3);
    console.paint();
    let painted = svg::svg(&console.buffer);
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pods.svg");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&picture, &painted).unwrap();
    }
    assert!(std::fs::read_to_string(&picture).unwrap_or_default() == painted, "UPDATE=1 paints assets/pods.svg anew");
}
