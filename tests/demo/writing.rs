//! Creates, updates, patches, deletes and the parts of objects.

use crate::cluster::{pod, small};
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const PODS: &str = "/api/v1/namespaces/shop/pods";

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}})
}

#[tokio::test(start_paused = true)]
async fn what_is_created_must_be_of_the_path() {
    let small = small();
    let made = small.json(&format!("POST {MAPS}"), &map("x")).await;
    assert_eq!((made.code, &made.body["metadata"]["namespace"]), (201, &json!("shop")));
    let again = small.json(&format!("POST {MAPS}"), &map("x")).await;
    assert_eq!(again.refusal(), (409, "AlreadyExists", "configmaps \"x\" already exists"));
    let refused = async |path: &str, body: Value| {
        let said = small.json(&format!("POST {path}"), &body).await;
        format!("{} {}", said.code, said.message())
    };
    assert_eq!(refused("/api/v1/namespaces/nope/configmaps", map("x")).await, "404 namespaces \"nope\" not found");
    assert_eq!(
        refused(PODS, map("x")).await,
        "400 ConfigMap in version \"v1\" cannot be handled as a Pod: converting (v1.ConfigMap) to (core.Pod): unknown conversion"
    );
    assert_eq!(
        refused(PODS, json!({"kind": "Foo", "apiVersion": "v1"})).await,
        "400 Foo in version \"v1\" cannot be handled as a Pod: no kind \"Foo\" is registered for version \"v1\" in scheme \"pkg/runtime/scheme.go:111\""
    );
    assert_eq!(
        refused(MAPS, json!({"metadata": {}})).await,
        "422 ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
    );
    assert_eq!(
        refused(MAPS, json!({"metadata": {"name": "x", "namespace": "back"}})).await,
        "400 the namespace of the provided object does not match the namespace sent on the request"
    );
    let dry = small.json(&format!("POST {MAPS}?dryRun=All"), &map("y")).await;
    assert_eq!((dry.code, small.get(&format!("{MAPS}/y")).await.code), (201, 404), "a dry run keeps nothing");
    let odd = small.send(&format!("POST {MAPS}"), &[("content-type", "text/foo")], "x").await;
    assert_eq!(odd.refusal().1, "UnsupportedMediaType");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_ends_takes_nothing_new() {
    let small = small();
    let ending =
        json!({"metadata": {"name": "ending", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x/y"]}});
    small.put("namespaces", ending);
    let said = small.json("POST /api/v1/namespaces/ending/configmaps", &map("x")).await;
    let why = "configmaps \"x\" is forbidden: unable to create new content in namespace ending because it is being terminated";
    assert_eq!(said.refusal(), (403, "Forbidden", why));
    assert_eq!(said.body["details"]["causes"][0]["reason"], "NamespaceTerminating");
}

#[tokio::test(start_paused = true)]
async fn updates_meet_conflicts() {
    let small = small();
    let made = small.json(&format!("POST {MAPS}"), &map("x")).await.body;
    let mut wanted = made.clone();
    wanted["data"]["a"] = json!("2");
    let updated = small.json(&format!("PUT {MAPS}/x"), &wanted).await;
    assert_eq!((updated.code, &updated.body["data"]["a"]), (200, &json!("2")));
    let late = small.json(&format!("PUT {MAPS}/x"), &wanted).await;
    let why = "Operation cannot be fulfilled on configmaps \"x\": the object has been modified; please apply your changes to the latest version and try again";
    assert_eq!(late.refusal(), (409, "Conflict", why));
    let other = small.json(&format!("PUT {MAPS}/y"), &wanted).await;
    assert_eq!(other.message(), "the name of the object (x) does not match the name on the URL (y)");
    let patched = small.merge(&format!("{MAPS}/x"), &json!({"data": {"a": null, "b": "3"}})).await;
    assert_eq!((patched.code, &patched.body["data"]), (200, &json!({"b": "3"})));
    let json = [("content-type", "application/json")];
    assert_eq!(small.send(&format!("PATCH {MAPS}/x"), &json, "{}").await.message(), "415: Unsupported Media Type");
    assert_eq!(small.merge(&format!("{MAPS}/z"), &json!({})).await.message(), "configmaps \"z\" not found");
    let another = small.merge(&format!("{MAPS}/x"), &json!({"metadata": {"uid": "nope"}})).await;
    let why = "ConfigMap \"x\" is invalid: metadata.uid: Invalid value: \"nope\": field is immutable";
    assert_eq!(another.refusal(), (422, "Invalid", why));
}

#[tokio::test(start_paused = true)]
async fn deletes_answer_with_a_status_or_with_what_still_goes() {
    let small = small();
    let made = small.json(&format!("POST {MAPS}"), &map("x")).await.body;
    let wrong = json!({"preconditions": {"uid": "other"}});
    assert_eq!(small.json(&format!("DELETE {MAPS}/x"), &wrong).await.refusal().1, "Conflict");
    let gone = small.json(&format!("DELETE {MAPS}/x"), &json!({"propagationPolicy": "Background"})).await;
    let details = json!({"name": "x", "kind": "configmaps", "uid": made["metadata"]["uid"]});
    assert_eq!((&gone.body["status"], &gone.body["details"]), (&json!("Success"), &details));
    small.pods(&["web-1", "web-2", "db-1"]);
    let going = small.json(&format!("DELETE {PODS}/web-1"), &json!({"gracePeriodSeconds": 5})).await;
    assert_eq!(
        (&going.body["kind"], &going.body["metadata"]["deletionGracePeriodSeconds"]),
        (&json!("Pod"), &json!(5))
    );
    let odd = small.json(&format!("DELETE {PODS}/web-1"), &json!({"gracePeriodSeconds": "x"})).await;
    assert_eq!(
        odd.message(),
        "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"
    );
    let all = small.send(&format!("DELETE {PODS}?labelSelector=app%3Dweb&gracePeriodSeconds=0"), &[], "").await;
    assert_eq!((all.names(), small.get(PODS).await.names()), (vec!["web-1", "web-2"], vec!["db-1"]));
    let policy = small.send(&format!("DELETE {PODS}/db-1?propagationPolicy=foo"), &[], "").await;
    let why = "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"foo\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";
    assert_eq!(policy.refusal(), (422, "Invalid", why));
}

#[tokio::test(start_paused = true)]
async fn a_scale_is_read_and_written() {
    let small = small();
    let selector = json!({"matchLabels": {"app": "web"}});
    let web = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 2, "selector": selector,
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "x"}]}}}});
    small.put("deployments.apps", web);
    let path = "/apis/apps/v1/namespaces/shop/deployments/web/scale";
    let scale = small.get(path).await.body;
    assert_eq!(
        (&scale["kind"], &scale["spec"]["replicas"], &scale["status"]["selector"]),
        (&json!("Scale"), &json!(2), &json!("app=web"))
    );
    let patched = small.merge(path, &json!({"spec": {"replicas": 5}})).await;
    assert_eq!((patched.code, &patched.body["spec"]["replicas"]), (200, &json!(5)));
    assert_eq!(
        small.json(&format!("PUT {path}"), &scale).await.refusal().1,
        "Conflict",
        "it has not seen the last change"
    );
    let less = small.merge(path, &json!({"spec": {"replicas": -1}})).await;
    let why =
        "Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0";
    assert_eq!(less.refusal(), (422, "Invalid", why));
}

#[tokio::test(start_paused = true)]
async fn evictions_ask_the_disruption_budget() {
    let small = small();
    small.pods(&["web-1", "web-2", "db-1"]);
    small.put(
        "poddisruptionbudgets.policy",
        json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
            "status": {"observedGeneration": 1, "currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0}}),
    );
    let evict = async |name: &str| {
        let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        small.json(&format!("POST {PODS}/{name}/eviction"), &body).await
    };
    let refused = evict("web-1").await;
    let why = "Cannot evict pod as it would violate the pod's disruption budget.";
    assert_eq!(refused.refusal(), (429, "TooManyRequests", why));
    let cause = json!([{"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2 currently"}]);
    assert_eq!(refused.body["details"], json!({ "causes": cause }));
    let done = evict("db-1").await;
    assert_eq!((done.code, &done.body["status"]), (201, &json!("Success")));
    let gone = small.get(&format!("{PODS}/db-1")).await.body;
    assert!(gone["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(gone["status"]["conditions"][1]["type"], "DisruptionTarget");
    assert_eq!(evict("nope").await.message(), "pods \"nope\" not found");
}

#[tokio::test(start_paused = true)]
async fn a_log_names_its_container() {
    let small = small();
    let mut two = pod("shop", "two");
    two["spec"]["containers"] = json!([{"name": "app", "image": "x"}, {"name": "side", "image": "x"}]);
    small.put("pods", two);
    let said = async |query: &str| small.get(&format!("{PODS}/two/log?{query}")).await.message().to_owned();
    assert_eq!(said("").await, "a container name must be specified for pod two, choose one of: [app side]");
    assert_eq!(said("container=nope").await, "container nope is not valid for pod two");
    assert_eq!(
        said("container=app&tailLines=-1").await,
        "PodLogOptions \"two\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0"
    );
}
