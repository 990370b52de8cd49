//! As much of an API server as a table of pods needs, in JSON over plain HTTP on loopback.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

/// A server that lives as long as this value. Its open watches end with it.
pub struct Cluster {
    pub port: u16,
    _stop: mpsc::Sender<()>,
}

impl Cluster {
    /// Serves these pods in the namespace `shop`, and nothing else.
    pub fn of_pods(names: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = mpsc::channel::<()>();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if matches!(stopped.try_recv(), Err(mpsc::TryRecvError::Disconnected)) {
                    return;
                }
                // Who asked may be gone before the answer.
                thread::spawn(move || drop(serve(stream, names)));
            }
        });
        Self { port, _stop: stop }
    }
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn serve(stream: TcpStream, names: &[&str]) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    match path {
        "/api/v1/namespaces/shop/pods" if query.contains("watch=true") || query.contains("watch=1") => {
            watch(stream, query, names, reader)
        }
        "/api/v1/namespaces/shop/pods" => {
            let items: Vec<Value> = names.iter().map(|name| pod(name)).collect();
            answer(
                stream,
                200,
                &json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": items}),
            )
        }
        "/version" => answer(stream, 200, &json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3"})),
        "/livez/ping" | "/readyz" | "/livez" => answer(stream, 200, &json!("ok")),
        _ => answer(
            stream,
            404,
            &json!({"kind": "Status", "status": "Failure", "code": 404, "message": format!("no {path} here")}),
        ),
    }
}

fn answer(mut stream: TcpStream, code: u16, body: &Value) -> std::io::Result<()> {
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// The pods if they are asked for, then silence until the other side goes.
fn watch(mut stream: TcpStream, query: &str, names: &[&str], mut reader: BufReader<TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
    if query.contains("sendInitialEvents=true") {
        for name in names {
            writeln!(stream, "{}", json!({"type": "ADDED", "object": pod(name)}))?;
        }
    }
    let ended = json!({"k8s.io/initial-events-end": "true"});
    let metadata = json!({"resourceVersion": "7", "annotations": ended});
    writeln!(
        stream,
        "{}",
        json!({"type": "BOOKMARK", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}})
    )?;
    stream.flush()?;
    let mut rest = String::new();
    reader.read_line(&mut rest).map(drop)
}

fn pod(name: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "resourceVersion": "7",
            "creationTimestamp": "2026-01-02T03:04:05Z"},
        "spec": {"nodeName": "node-a2", "containers": [{"name": "web", "image": "shop/web:1.0"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.7", "containerStatuses": [
            {"name": "web", "ready": true, "restartCount": 0, "image": "shop/web:1.0", "imageID": "",
             "state": {"running": {"startedAt": "2026-01-02T03:04:06Z"}}}]},
    })
}
