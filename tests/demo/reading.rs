//! Gets and lists.

use crate::cluster::{pod, small};
use serde_json::json;

const PODS: &str = "/api/v1/namespaces/shop/pods";

#[tokio::test(start_paused = true)]
async fn paths_that_lead_nowhere_are_refused_as_the_real_server_does() {
    let small = small();
    let missing = "the server could not find the requested resource";
    for path in
        ["/api/v1/nope", "/api/v1/pods/x", "/api/v1/namespaces/shop/nodes", "/api/v1/namespaces/shop/pods/x/foo"]
    {
        assert_eq!(small.get(path).await.refusal(), (404, "NotFound", missing), "{path}");
    }
    for path in ["/nope", "/apis/nope/v1/x", "/livez/foo"] {
        let said = small.get(path).await;
        assert_eq!((said.code, said.text.as_str()), (404, "404 page not found\n"), "{path}");
    }
    let method = "the server does not allow this method on the requested resource";
    for line in ["DELETE /api/v1/pods", "PUT /api/v1/namespaces/shop/pods", "POST /api/v1/configmaps"] {
        assert_eq!(small.send(line, &[], "").await.refusal(), (405, "MethodNotAllowed", method), "{line}");
    }
    let accept = [("accept", "application/vnd.kubernetes.protobuf")];
    assert_eq!(small.send("GET /api/v1/pods", &accept, "").await.refusal().1, "NotAcceptable");
    let both = [("accept", "application/vnd.kubernetes.protobuf,application/json")];
    assert_eq!(small.send("GET /api/v1/pods", &both, "").await.body["kind"], "PodList");
    assert_eq!(small.get(&format!("{PODS}/x")).await.refusal(), (404, "NotFound", "pods \"x\" not found"));
}

#[tokio::test(start_paused = true)]
async fn the_server_tells_its_version_health_and_resources() {
    let small = small();
    assert_eq!(small.link.version().await.unwrap(), "v1.36.3");
    small.link.ping().await.unwrap();
    assert_eq!(small.get("/livez").await.text, "ok");
    assert!(small.get("/readyz?verbose").await.text.contains("[+]ping ok\n"));
    let apps = small.get("/apis/apps/v1").await;
    let names = apps.body["resources"].as_array().unwrap().iter().map(|own| own["name"].as_str().unwrap());
    assert!(names.collect::<Vec<_>>().contains(&"deployments/scale"));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_given_page_by_page_as_of_one_revision() {
    let small = small();
    small.pods(&["a", "b", "c", "d"]);
    let first = small.get(&format!("{PODS}?limit=2")).await;
    assert_eq!((first.names(), &first.body["metadata"]["remainingItemCount"]), (vec!["a", "b"], &json!(2)));
    assert_eq!(first.body["items"][0].get("kind"), None, "the items of a list do not say what they are");
    let token = first.body["metadata"]["continue"].as_str().unwrap().to_owned();
    small.pods(&["c2"]);
    small.send(&format!("DELETE {PODS}/d?gracePeriodSeconds=0"), &[], "").await;
    let second = small.get(&format!("{PODS}?limit=2&continue={token}")).await;
    assert_eq!(second.names(), ["c", "d"], "as it was when the list began");
    assert_eq!(second.body["metadata"]["resourceVersion"], first.body["metadata"]["resourceVersion"]);
    assert_eq!(small.get(PODS).await.names(), ["a", "b", "c", "c2"]);

    small.cluster.compact();
    let gone = small.get(&format!("{PODS}?limit=2&continue={token}")).await;
    assert_eq!((gone.refusal().0, gone.refusal().1), (410, "Expired"));
    let rest = gone.body["metadata"]["continue"].as_str().unwrap();
    assert_eq!(small.get(&format!("{PODS}?limit=2&continue={rest}")).await.names(), ["c", "c2"], "as it is now");
    assert_eq!(
        small.get(&format!("{PODS}?resourceVersion=0&limit=1")).await.names().len(),
        4,
        "the cache has no pages"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_can_be_of_a_version_that_was_or_must_wait_for_one_to_come() {
    let small = small();
    small.pods(&["a"]);
    let version = small.get(PODS).await.body["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    small.pods(&["b"]);
    let exact = small.get(&format!("{PODS}?resourceVersion={version}&resourceVersionMatch=Exact")).await;
    assert_eq!((exact.names(), &exact.body["metadata"]["resourceVersion"]), (vec!["a"], &json!(version)));
    assert_eq!(small.get(&format!("{PODS}?resourceVersion={version}")).await.names(), ["a", "b"]);
    let early = small.get(&format!("{PODS}?resourceVersion=99999")).await;
    assert!(early.message().starts_with("Too large resource version: 99999, current: "), "{}", early.text);
    assert_eq!((early.code, &early.headers["retry-after"]), (504, &http::HeaderValue::from_static("1")));
}

#[tokio::test(start_paused = true)]
async fn selectors_choose_and_slips_in_them_are_told() {
    let small = small();
    small.pods(&["web-1", "web-2", "db-1"]);
    small.put("pods", pod("back", "web-3"));
    let mut elsewhere = pod("back", "pay-1");
    elsewhere["spec"]["nodeName"] = json!("b");
    small.put("pods", elsewhere);
    assert_eq!(small.get("/api/v1/pods?labelSelector=app%3Dweb").await.names(), ["web-3", "web-1", "web-2"]);
    assert_eq!(small.get(&format!("{PODS}?labelSelector=app+notin+(web)")).await.names(), ["db-1"]);
    assert_eq!(small.get("/api/v1/pods?fieldSelector=spec.nodeName%3Db").await.names(), ["pay-1"]);
    let several =
        "/api/v1/pods?fieldSelector=metadata.namespace%21%3Dback,status.phase%3DRunning&labelSelector=app%3Ddb";
    assert_eq!(small.get(several).await.names(), ["db-1"]);
    let slip = small.get(&format!("{PODS}?fieldSelector=foo%3Dbar")).await;
    assert_eq!(slip.refusal(), (400, "BadRequest", "field label not supported: foo"));
}

#[tokio::test(start_paused = true)]
async fn objects_come_as_tables_and_as_metadata() {
    let small = small();
    small.pods(&["a", "b"]);
    let form = |what: &str| format!("application/json;as={what};v=v1;g=meta.k8s.io,application/json");
    let (table, partial) = (form("Table"), form("PartialObjectMetadataList"));
    let table = small.send(&format!("GET {PODS}"), &[("accept", &table)], "").await;
    assert_eq!((&table.body["kind"], &table.body["rows"][1]["cells"][0]), (&json!("Table"), &json!("b")));
    assert!(table.body["metadata"]["resourceVersion"].is_string());
    let partial = small.send(&format!("GET {PODS}"), &[("accept", &partial)], "").await;
    assert_eq!(partial.body["kind"], "PartialObjectMetadataList");
    assert_eq!(
        (&partial.body["items"][0]["kind"], partial.body["items"][0].get("spec")),
        (&json!("PartialObjectMetadata"), None)
    );
    let pretty = small.get(&format!("{PODS}/a?pretty=true")).await;
    assert!(pretty.text.starts_with("{\n  \"apiVersion\": \"v1\","), "{}", pretty.text);
}
