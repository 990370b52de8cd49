//! Who may only look changes nothing: every action, read-only and as the demo's viewer, against a server that writes down what it
//! is asked.

use crate::acts::{ACTS, Act};
use crate::both::{planned, run};
use crate::place::{Place, link_with};
use crate::space::Space;
use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use rk9s::actions::ACTIONS;
use rk9s::actions::change::{Do, Note};
use rk9s::cluster::changes::{self, Outcome, Plan, Step};
use rk9s::cluster::connect::Access;
use rk9s::cluster::fault::Class;
use rk9s::cluster::papers::Target;
use rk9s::cluster::transport;
use rk9s::demo::server::{Cluster, Connector, live, loopback};
use rk9s::demo::{access, story};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// What a server was asked that was no reading: `PATCH /api/… trial`, or `… earnest`.
type Asked = Arc<Mutex<Vec<String>>>;

/// The embedded cluster, and the ways to it.
struct Watched {
    admin: Place,
    read_only: (Place, Asked),
    viewer: (Place, Asked),
}

impl Watched {
    async fn start() -> Self {
        let (world, life) = story::begin(1, jiff::Timestamp::now());
        let cluster = Cluster::new(world, life);
        live(cluster.clone());
        let way = async |user: &str, access: Access| {
            let (server, asked) = serve(cluster.clone()).await;
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("config");
            std::fs::write(&file, loopback::kubeconfig(&server, "", &[(user, &access::token(user))], "shop")).unwrap();
            (Place::over(link_with(&file, None, access).await), asked)
        };
        let admin = way("admin", Access::ReadWrite).await.0;
        Self { admin, read_only: way("admin", Access::ReadOnly).await, viewer: way("viewer", Access::ReadWrite).await }
    }
}

/// Serves the cluster on loopback, and writes down what could change it.
async fn serve(cluster: Arc<Cluster>) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (server, asked) = (format!("http://{}", listener.local_addr().unwrap()), Asked::default());
    let (wire, notes) = (transport::wire(Connector::new(cluster)), asked.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (wire, notes) = (wire.clone(), notes.clone());
            let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
                let (wire, notes) = (wire.clone(), notes.clone());
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    notes.lock().unwrap().extend(noted(&head, &body));
                    let mut request = Request::from_parts(head, Body::from(body));
                    *request.uri_mut() = format!("http://demo.invalid{}", request.uri()).parse().unwrap();
                    wire.oneshot(request).await
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    (server, asked)
}

fn noted(head: &http::request::Parts, body: &Bytes) -> Option<String> {
    // Questions about oneself change nothing.
    if matches!(head.method.as_str(), "GET" | "HEAD") || head.uri.path().contains("/selfsubject") {
        return None;
    }
    let asks = String::from_utf8_lossy(body);
    let trial =
        head.uri.query().is_some_and(|query| query.contains("dryRun=All")) || asks.contains(r#""dryRun":["All"]"#);
    Some(format!("{} {} {}", head.method, head.uri.path(), if trial { "trial" } else { "earnest" }))
}

/// Each action's first act.
fn acts() -> impl Iterator<Item = &'static Act> {
    ACTIONS.iter().map(|action| ACTS.iter().find(|act| act.action == action.id).unwrap())
}

/// The steps with each one on its own: none is left because of another.
async fn is_refused(place: &Place, steps: &[Step]) -> Result<(), String> {
    for step in steps {
        match &run(place, vec![step.clone()]).await.outcomes[..] {
            [Outcome::Done] if step.does == Do::Await => {}
            [Outcome::Failed(fault)] if fault.class == Class::ReadOnly => {}
            other => return Err(format!("{:?} came to {other:?}", step.does)),
        }
    }
    if steps.is_empty() { Err("nothing was tried".into()) } else { Ok(()) }
}

/// Nobody says that the server would take what it was not asked.
fn is_unchecked(plan: &Plan) -> Result<(), String> {
    let says = |note: &Note| matches!(note, Note::Says(why) if why.contains("the link is read-only"));
    plan.notes.iter().any(says).then_some(()).ok_or(format!("it says {:?}", plan.notes))
}

async fn one(watched: &Watched, act: &Act) -> Result<(), String> {
    let own = Space::make(&watched.admin, format!("looking-{}", act.name)).await?;
    own.prepare(act).await?;
    let (read_only, viewer) = (&watched.read_only.0, &watched.viewer.0);

    let plan = planned(&own.seen_from(read_only), act).await?;
    is_unchecked(&plan)?;
    is_refused(read_only, &plan.steps).await?;
    match planned(&own.seen_from(viewer), act).await {
        Err(why) if why.contains(r#"User "viewer" cannot"#) => {}
        other => return Err(format!("the viewer is told {other:?}")),
    }

    // Done by who may, neither of them can take it back; whoever may look can ask whether it was done.
    let steps = planned(&own, act).await?.steps;
    let done = run(&watched.admin, steps).await;
    done.all()?;
    let changed: Vec<(Target, String, Do)> = done.entry.changed();
    let back = changes::plan_undo(&read_only.link, &changed).await.map_err(|e| e.to_string())?;
    is_unchecked(&back)?;
    is_refused(read_only, &back.steps).await?;
    match changes::plan_undo(&viewer.link, &changed).await {
        Err(fault) if fault.class == Class::Forbidden => {}
        Ok(plan) if plan.refused.as_ref().is_some_and(|why| why.contains(r#"User "viewer" cannot"#)) => {}
        other => return Err(format!("the viewer is told of the way back: {other:?}")),
    }
    for found in changes::check(&read_only.link, &changed).await {
        found.map_err(|e| format!("asked whether it was done: {e}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn who_may_only_look_changes_nothing_by_any_action() {
    let watched = &Watched::start().await;
    let tried = futures::stream::iter(acts());
    let tried = tried.map(|act| async move { one(watched, act).await.err().map(|why| format!("{}: {why}", act.name)) });
    let found: Vec<Option<String>> = tried.buffer_unordered(ACTIONS.len()).collect().await;
    let found: Vec<String> = found.into_iter().flatten().collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(*watched.read_only.1.lock().unwrap(), [""; 0], "not even trials");
    let asked = watched.viewer.1.lock().unwrap().clone();
    assert!(asked.len() >= ACTIONS.len() && asked.iter().all(|asked| asked.ends_with(" trial")), "{asked:#?}");
    assert!(watched.read_only.0.link.refused() >= ACTIONS.len() as u64);
}

/// The node is closed already, so that nothing but the evictions would be asked for.
#[tokio::test]
async fn a_viewer_is_refused_the_evictions_of_a_closed_node() {
    let watched = Watched::start().await;
    let act = ACTS.iter().find(|act| act.name == "drain").unwrap();
    let own = Space::make(&watched.admin, "looking-closed".into()).await.unwrap();
    own.prepare(act).await.unwrap();
    let closed = json!({"spec": {"unschedulable": true}});
    watched.admin.merge(&own.path(&own.target(act.on)), &closed).await.unwrap();
    let why = planned(&own.seen_from(&watched.viewer.0), act).await.unwrap_err();
    assert!(why.contains(r#"User "viewer" cannot create resource "pods/eviction""#), "{why}");
    assert!(watched.viewer.1.lock().unwrap().iter().all(|asked| asked.ends_with("/eviction trial")));
    planned(&own, act).await.unwrap();
}
