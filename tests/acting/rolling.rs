//! Rollouts that end, wait or are stuck: rk9s begins with the words of `kubectl rollout status`, and says what is in the way.

use crate::place::{Place, until};
use crate::script::server;
use crate::space::Space;
use rk9s::cluster::fault::Fault;
use rk9s::cluster::papers::{self, Target, View, Want};
use rk9s::text::document::Document;
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;

/// One workload on its way: what is done to it, one after the other, and how it stands then.
struct Story {
    name: &'static str,
    /// As `stage.yaml` has it.
    on: &'static str,
    steps: &'static [Step],
}

struct Step {
    /// A merge patch of the workload.
    patch: &'static str,
    /// Part of what kubectl says when it has come that far.
    says: &'static str,
    /// What else rk9s has to say then.
    why: &'static [&'static str],
}

const NOWHERE: &str = r#"{"spec": {"template": {"spec": {"nodeSelector": {"acting": "nowhere"}}}}}"#;

const STORIES: &[Story] = &[
    Story {
        name: "well",
        on: "deployments/web",
        steps: &[
            Step {
                patch: r#"{"spec": {"replicas": 2}}"#,
                says: "deployment \"web\" successfully rolled out",
                why: &["1 ● now", "2/2    registry.example.com/web:1, registry.example.com/side:1  the first"],
            },
            Step {
                patch: r#"{"spec": {"paused": true}}"#,
                says: "successfully rolled out",
                why: &["paused  nothing is rolled out"],
            },
        ],
    },
    Story {
        name: "nowhere",
        on: "deployments/web",
        steps: &[
            Step { patch: "{}", says: "successfully rolled out", why: &[] },
            Step {
                patch: NOWHERE,
                says: "1 old replicas are pending termination...",
                why: &["unschedulable: 0/", "2 ● now", "Pods of revision 2, 0 of 1 ready:"],
            },
            Step {
                patch: r#"{"spec": {"progressDeadlineSeconds": 1}}"#,
                says: "exceeded its progress deadline",
                why: &["ProgressDeadlineExceeded ", "has timed out progressing", "unschedulable: 0/"],
            },
        ],
    },
    Story {
        name: "quota",
        on: "deployments/web",
        steps: &[Step {
            patch: r#"{"spec": {"replicas": 3}}"#,
            says: "out of 3 new replicas have been updated...",
            why: &["FailedCreate", "exceeded quota: few"],
        }],
    },
    Story {
        name: "set-nowhere",
        on: "statefulsets/db",
        steps: &[
            Step {
                patch: r#"{"spec": {"replicas": 2}}"#,
                says: "partitioned roll out complete: 2 new pods have been updated...",
                why: &["2/2"],
            },
            Step {
                patch: NOWHERE,
                says: "Waiting for 1 pods to be ready...",
                why: &["OrderedReady  it waits for db-1: unschedulable: 0/", "2 ● now"],
            },
            Step {
                patch: r#"{"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}"#,
                says: "only available for RollingUpdate",
                why: &["a pod gets the new template when it is deleted: 1 of 2 have it"],
            },
        ],
    },
    Story {
        name: "set-parts",
        on: "statefulsets/db",
        steps: &[
            Step {
                patch: r#"{"spec": {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}}"#,
                says: "partitioned roll out complete: 2 new pods have been updated...",
                why: &["partition  1: pods with a lower ordinal"],
            },
            Step {
                patch: r#"{"spec": {"template": {"metadata": {"labels": {"new": "yes"}}}}}"#,
                says: "partitioned roll out complete: 1 new pods have been updated...",
                why: &["partition  1: pods with a lower ordinal", "2 ● now", "1/1"],
            },
        ],
    },
    Story {
        name: "daemon",
        on: "daemonsets/agent",
        steps: &[
            Step { patch: "{}", says: "daemon set \"agent\" successfully rolled out", why: &["0/0"] },
            Step {
                patch: r#"{"spec": {"template": {"spec": {"nodeSelector": {"acting": null, "kubernetes.io/hostname": "{node}"}}}}}"#,
                says: "daemon set \"agent\" successfully rolled out",
                why: &["2 ● now", "1/1"],
            },
            Step {
                patch: r#"{"spec": {"template": {"spec": {"containers": [{"name": "agent", "image": "x", "resources": {"requests": {"cpu": "9000"}}}]}}}}"#,
                says: "0 of 1 updated pods are available...",
                why: &["3 ● now", "unschedulable: 0/"],
            },
            Step {
                patch: r#"{"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}"#,
                says: "only available for RollingUpdate",
                why: &["OnDelete  a pod gets the new template"],
            },
        ],
    },
];

/// Tries all of them at once, and fails with all that was found.
pub async fn all(place: &Place) {
    let tried = futures::future::join_all(STORIES.iter().map(async |story| {
        let name = format!("rolling-{}-{}", std::process::id(), story.name);
        let found = match Space::make(place, name.clone()).await {
            Ok(space) => told(&space, story).await,
            Err(why) => Err(why),
        };
        let path = format!("DELETE /api/v1/namespaces/{name}");
        let _ = place.send(&path, "application/json", &json!({})).await;
        found.err().map(|why| format!("{}: {why}", story.name))
    }));
    let found: Vec<String> = tried.await.into_iter().flatten().collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

async fn told(space: &Space<'_>, story: &Story) -> Result<(), String> {
    if story.name == "quota" {
        let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}});
        let path = format!("/api/v1/namespaces/{}/resourcequotas", space.name);
        space.place.create(&path, &quota).await.map_err(|e| e.to_string())?;
        until(async || {
            let quota: Value = space.place.link.get_json(&format!("{path}/few")).await.map_err(|e| e.to_string())?;
            if quota.pointer("/status/hard/pods").is_some() { Ok(()) } else { Err("the quota is not counted".into()) }
        })
        .await?;
    }
    space.set(story.on).await?;
    let target = space.target(story.on);
    let line = format!("rollout status {}/{} --watch=false", target.what.kind.to_lowercase(), target.name);
    for step in story.steps {
        let patch: Value = serde_json::from_str(&step.patch.replace("{node}", &node(space).await?)).unwrap();
        space.place.merge(&space.path(&target), &patch).await.map_err(|e| e.to_string())?;
        until(async || {
            let kubectl = space.place.kubectl_says(&space.name, &line).await?;
            let ours = document(space, &target).await.map_err(|e| e.to_string())?.text();
            let words = kubectl.trim_end().trim_start_matches("error: ");
            if !words.contains(step.says) || ours.lines().next() != Some(words) {
                return Err(format!("{}\nkubectl says {kubectl}rk9s says {ours}", step.says));
            }
            let lacks = step.why.iter().find(|why| !ours.contains(**why));
            lacks.map_or(Ok(()), |why| Err(format!("`{why}` is not in\n{ours}")))
        })
        .await?;
    }
    Ok(())
}

/// Some node that takes pods.
async fn node(space: &Space<'_>) -> Result<String, String> {
    let nodes: Value = space.place.link.get_json("/api/v1/nodes").await.map_err(|e| e.to_string())?;
    let is_ready = |node: &&Value| {
        let conditions = node["status"]["conditions"].as_array();
        let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
        let open = node["spec"]["unschedulable"].is_null() && node["spec"]["taints"].is_null();
        open && conditions.is_some_and(|all| all.iter().any(ready))
            && !node["metadata"]["labels"]["kubernetes.io/hostname"].is_null()
    };
    let node = nodes["items"].as_array().and_then(|all| all.iter().find(is_ready)).ok_or("no node takes pods")?;
    Ok(node["metadata"]["labels"]["kubernetes.io/hostname"].as_str().unwrap_or_default().to_owned())
}

fn want(target: &Target) -> Want {
    Want { view: View::Rollout, target: target.clone(), reveal: Default::default() }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The document as it is now.
async fn document(space: &Space<'_>, target: &Target) -> Result<Document, Fault> {
    let (sink, mut source) = mpsc::channel(1);
    let mut reading = pin!(papers::follow((space.place.link.clone(), None), want(target), now, sink));
    tokio::select! {
        () = &mut reading => panic!("it was still wanted"),
        document = source.recv() => document.unwrap(),
    }
}

/// Whoever reads it sees it go on, without asking.
pub async fn followed(place: &Place) {
    let space = Space::make(place, format!("rolling-{}-live", std::process::id())).await.unwrap();
    space.set("deployments/web").await.unwrap();
    let target = space.target("deployments/web");
    let (sink, mut source) = mpsc::channel(1);
    let mut reading = pin!(papers::follow((place.link.clone(), None), want(&target), now, sink));
    let mut comes = async |part: &str| {
        let seen = async {
            while let Some(document) = source.recv().await {
                if document.unwrap().text().contains(part) {
                    return;
                }
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(60), seen);
        tokio::select! {
            () = &mut reading => panic!("it was still wanted"),
            seen = seen => seen.unwrap_or_else(|_| panic!("{part} was never told")),
        }
    };
    comes("successfully rolled out").await;
    place.merge(&space.path(&target), &serde_json::from_str(NOWHERE).unwrap()).await.unwrap();
    comes("unschedulable: 0/").await;
    let back = json!({"spec": {"template": {"spec": {"nodeSelector": null}}}});
    place.merge(&space.path(&target), &back).await.unwrap();
    comes("successfully rolled out").await;
    let _ = place.send(&format!("DELETE /api/v1/namespaces/{}", space.name), "application/json", &json!({})).await;
}

/// The requests of a paper about a deployment, answered: lists have newer versions than the object, as events about it do. What
/// is watched then.
async fn watched(view: View) -> Vec<String> {
    let (mut server, link) = server(None);
    let target = Target { what: crate::space::kind("deployments"), namespace: Some("shop".into()), name: "web".into() };
    let want = Want { view, ..want(&target) };
    let (sink, mut source) = mpsc::channel(8);
    let mut reading = pin!(papers::follow((link, None), want, || 0, sink));
    let mut watches = Vec::new();
    let answers = async {
        while let Ok(call) = tokio::time::timeout(Duration::from_secs(1), server.next()).await {
            if call.has("watch=true") {
                watches.push(call.uri.clone());
                std::mem::forget(call.hang());
            } else if call.uri.ends_with("/deployments/web") {
                call.json(&json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"selector": {"matchLabels": {"app": "web"}}},
                    "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "5"}}));
            } else {
                let version = if call.uri.contains("/pods?") { "80" } else { "90" };
                call.json(&json!({"metadata": {"resourceVersion": version}, "items": []}));
            }
        }
    };
    tokio::select! {
        () = &mut reading => panic!("it was still wanted"),
        () = answers => {}
    }
    assert!(source.try_recv().unwrap().is_ok() && source.try_recv().is_err(), "it was read once");
    watches.sort();
    watches
}

/// Else what was read would come as news, and be read again and again.
#[tokio::test(start_paused = true)]
async fn what_was_read_is_no_news() {
    let object = "/apis/apps/v1/namespaces/shop/deployments?watch=true&resourceVersion=5&";
    let begin = |watches: &[String], with: &[&str]| {
        let same = watches.len() == with.len() && watches.iter().zip(with).all(|(uri, with)| uri.starts_with(with));
        assert!(same, "{watches:#?}");
    };
    let events = "/api/v1/namespaces/shop/events?watch=true&resourceVersion=90&";
    begin(&watched(View::Describe).await, &[events, object]);
    let pods = "/api/v1/namespaces/shop/pods?watch=true&resourceVersion=80&";
    begin(&watched(View::Rollout).await, &[pods, object]);
}
