//! Sums that the scheduler makes, worked out by hand from KEP 753's formula.

use super::*;
use serde_json::{Value as Json, json};

/// `CPU/R CPU/L MEM/R MEM/L`, `-` where blank.
fn sums(spec: Json) -> String {
    let pod: Pod = serde_json::from_value(json!({"spec": spec})).unwrap();
    let all = [(Resource::Cpu, Bound::Requests), (Resource::Cpu, Bound::Limits)]
        .into_iter()
        .chain([(Resource::Memory, Bound::Requests), (Resource::Memory, Bound::Limits)]);
    let texts = all.map(|(resource, bound)| match of_pod(&pod, bound, resource) {
        Value::Blank => "-".into(),
        value => value.print(0),
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn asks(cpu: &str) -> Json {
    json!({"resources": {"requests": {"cpu": cpu}}})
}

fn sidecar(cpu: &str) -> Json {
    json!({"restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}})
}

#[test]
fn containers_add_up() {
    assert_eq!(sums(json!({})), "- - - -");
    assert_eq!(sums(json!({"containers": [{}, {"resources": {}}]})), "- - - -");
    let both = json!([
        {"resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": 2, "memory": "1Gi"}}},
        {"resources": {"requests": {"cpu": "0.2"}, "limits": {"memory": "512Mi", "nvidia.com/gpu": 1}}},
    ]);
    assert_eq!(sums(json!({"containers": both})), "300m 2 64Mi 1.5Gi");
    assert_eq!(sums(json!({"containers": [asks("0")]})), "0 - - -", "asked for nothing is not the same as not asked");
    assert_eq!(sums(json!({"containers": [asks("lots"), asks("1m")]})), "1m - - -");
}

#[test]
fn init_containers_are_a_peak_and_sidecars_stay() {
    let (main, larger) = (json!([asks("500m")]), json!([asks("100m"), asks("800m"), asks("200m")]));
    assert_eq!(sums(json!({"containers": main, "initContainers": [asks("200m")]})), "500m - - -");
    assert_eq!(sums(json!({"containers": main, "initContainers": larger})), "800m - - -");
    assert_eq!(sums(json!({"containers": main, "initContainers": [sidecar("100m")]})), "600m - - -");
    let after = json!([sidecar("100m"), asks("900m")]);
    assert_eq!(sums(json!({"containers": main, "initContainers": after})), "1 - - -", "beside the sidecar");
    let before = json!([asks("900m"), sidecar("100m")]);
    assert_eq!(sums(json!({"containers": main, "initContainers": before})), "900m - - -", "before the sidecar");
}

#[test]
fn overhead_and_the_pods_own_resources() {
    let overhead = json!({"cpu": "50m", "memory": "16Mi"});
    let limited = json!([{"resources": {"limits": {"memory": "64Mi", "cpu": "0"}}}]);
    assert_eq!(sums(json!({"containers": limited, "overhead": overhead})), "50m 0 16Mi 80Mi");
    let own = json!({"requests": {"cpu": "2"}, "limits": {"cpu": "3"}});
    let spec = json!({"containers": [asks("100m")], "resources": own, "overhead": overhead});
    assert_eq!(sums(spec), "2.1 3.1 16Mi -");
}

#[test]
fn what_does_not_fit_is_capped() {
    let huge = asks("9223372036854775807");
    assert_eq!(sums(json!({"containers": [huge, huge]})), Value::Cpu(i64::MAX).print(0) + " - - -");
}
