//! Scale of a kind that is not Kubernetes' own and has its count where it likes: by its scale subresource, as kubectl does.

use crate::place::{Place, link, until};
use crate::served::Served;
use crate::space::Space;
use rk9s::actions::{Values, named};
use rk9s::cluster::changes::{self, Plan};
use rk9s::cluster::discovery;
use rk9s::cluster::papers::Target;
use rk9s::cluster::watch::TableOf;
use serde_json::{Value, json};

#[tokio::test]
async fn a_custom_kind_is_scaled_on_the_embedded_cluster() {
    let served = Served::start();
    scaled(&Place::over(link(&served.kubeconfig, None).await)).await;
}

#[tokio::test]
async fn a_custom_kind_is_scaled_on_a_real_control_plane() {
    let Some(lab) = Place::lab().await else { return };
    scaled(&lab).await;
}

async fn scaled(place: &Place) {
    let group = format!("acting-{}.example.com", std::process::id());
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    place.create(definitions, &definition(&group)).await.unwrap();
    let space = Space::make(place, format!("acting-{}-custom", std::process::id())).await.unwrap();
    let path = format!("/apis/{group}/v1/namespaces/{}/fleets", space.name);
    let fleet =
        json!({"apiVersion": format!("{group}/v1"), "kind": "Fleet", "metadata": {"name": "one"}, "spec": {"size": 3}});
    until(async || place.create(&path, &fleet).await.map_err(|fault| fault.to_string())).await.unwrap();
    let what = until(async || {
        let catalog = discovery::catalog(&place.link).await.map_err(|fault| fault.to_string())?;
        catalog.find(&format!("fleets.{group}")).map(TableOf::from).ok_or_else(|| "fleets are not served".to_owned())
    })
    .await
    .unwrap();
    assert!(what.scales && named("scale").unwrap().is_for(&what) && !named("restart").unwrap().is_for(&what));

    let target = Target { what, namespace: Some(space.name.clone()), name: "one".into() };
    for (wanted, typed) in [(5, "5"), (0, "0")] {
        let plan = planned(place, &target, typed).await;
        assert_eq!((plan.fields.len(), plan.fields[0].value.as_str()), (1, "3"));
        let done = crate::both::run(place, plan.steps).await;
        done.all().unwrap();
        assert_eq!(size(place, &path).await, json!(wanted));
        let found = changes::check(&place.link, &done.entry.changed()).await;
        assert!(found.iter().all(|found| *found == Ok(true)), "{found:?}");
        let undo = done.undo(&space).await.unwrap();
        assert_eq!(undo.refused, None, "{}", undo.preview.text());
        crate::both::run(place, undo.steps).await.all().unwrap();
        assert_eq!(size(place, &path).await, json!(3));
    }
    for path in [format!("{definitions}/fleets.{group}"), format!("/api/v1/namespaces/{}", space.name)] {
        place.send(&format!("DELETE {path}"), "application/json", &json!({})).await.unwrap();
    }
}

async fn planned(place: &Place, target: &Target, replicas: &str) -> Plan {
    let values = Values::from([("replicas".to_owned(), replicas.to_owned())]);
    let plan =
        changes::plan(&place.link, named("scale").unwrap(), std::slice::from_ref(target), Some(&values), 0).await;
    let plan = plan.unwrap();
    assert_eq!(plan.refused, None, "{}", plan.preview.text());
    plan
}

async fn size(place: &Place, path: &str) -> Value {
    place.link.get_json::<Value>(&format!("{path}/one")).await.unwrap()["spec"]["size"].clone()
}

fn definition(group: &str) -> Value {
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let paths = json!({"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("fleets.{group}")},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "fleets", "singular": "fleet", "kind": "Fleet"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": any, "status": any}}},
                "subresources": {"status": {}, "scale": paths},
            }],
        },
    })
}
