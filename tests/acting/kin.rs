//! What is said to go with an object goes, and nothing else: the real garbage collector is the judge.

use crate::place::{Place, link, until};
use crate::served::Served;
use crate::space::{Space, kind};
use rk9s::actions::named;
use rk9s::cluster::changes;
use rk9s::cluster::watch::What;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is deleted, one after another, and how many objects go with it.
const DELETED: &[(&str, usize)] = &[
    ("deployments/web", 2),
    ("statefulsets/db", 1),
    ("replicasets/bare", 1),
    ("replicationcontrollers/old", 1),
    ("pods/alone", 0),
    ("configmaps/settings", 0),
];

#[tokio::test]
async fn what_goes_is_foreseen_on_the_embedded_cluster() {
    let served = Served::start();
    foreseen(&Place::over(link(&served.kubeconfig, None).await)).await;
}

#[tokio::test]
async fn what_goes_is_foreseen_on_a_real_control_plane() {
    let Some(lab) = Place::lab().await else { return };
    foreseen(&lab).await;
}

async fn foreseen(place: &Place) {
    let space = Space::make(place, format!("acting-{}-kin", std::process::id())).await.unwrap();
    let mut there = Vec::new();
    for (what, many) in DELETED {
        match space.set(what).await {
            Ok(()) => there.push((what, many)),
            // The embedded cluster has no ReplicationControllers.
            Err(why) => assert!(what.starts_with("replicationcontrollers"), "{why}"),
        }
    }
    space.set("services/door").await.unwrap();
    space.rests().await.unwrap();
    let mut left = below(&space).await;
    for (what, many) in there {
        let target = space.target(what);
        let plan =
            changes::plan(&place.link, named("delete").unwrap(), std::slice::from_ref(&target), None, 0).await.unwrap();
        let said = plan.preview.text();
        let foreseen: BTreeSet<String> = said
            .lines()
            .filter_map(|line| {
                Some(line.trim().split_once(' ')?.0.to_owned()).filter(|_| line.ends_with("goes with it"))
            })
            .collect();
        assert_eq!(foreseen.len(), *many, "{what}:\n{said}");
        assert_eq!(said.contains("service/door"), *what == "deployments/web", "{said}");
        crate::both::run(place, plan.steps).await.all().unwrap();
        let own = format!("{}/{}", target.what.kind.to_lowercase(), target.name);
        let stays: BTreeSet<String> =
            left.iter().filter(|name| !foreseen.contains(*name) && **name != own).cloned().collect();
        left = until(async || {
            let now = below(&space).await;
            if now == stays { Ok(now) } else { Err(format!("{what}: there are {now:?}, and should be {stays:?}")) }
        })
        .await
        .unwrap();
    }
    place
        .send(&format!("DELETE /api/v1/namespaces/{}", space.name), "application/json", &serde_json::json!({}))
        .await
        .unwrap();
}

/// `pod/web-1` and the like: all that may be owned.
async fn below(space: &Space<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for plural in ["replicasets", "pods"] {
        let what = kind(plural);
        let list: Value = space.place.link.get_json(&What::Table(what.clone()).path(Some(&space.name))).await.unwrap();
        let items = list["items"].as_array().unwrap().iter();
        names.extend(
            items.map(|item| format!("{}/{}", what.kind.to_lowercase(), item["metadata"]["name"].as_str().unwrap())),
        );
    }
    names
}
