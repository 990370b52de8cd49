//! Autoscale: an autoscaling/v2 autoscaler for a workload, as `kubectl autoscale` makes it (pkg/cmd/autoscale/autoscale.go).

use super::change::{Change, Do};
use super::{Action, Begins, COUNTED, Field, Given, Kind, Reads, Risk, Values, kubectl_name, value};
use crate::cluster::watch::TableOf;
use serde_json::{Map, Value, json};

pub static AUTOSCALE: Action = Action {
    id: "autoscale",
    title: "Autoscale",
    help: "an autoscaler for the workload",
    key: None,
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("get", ""),
    kinds: COUNTED,
    fields,
    change,
};

/// The counts begin with what there is, so that the autoscaler alone changes nothing.
fn fields(given: &Given<'_>) -> Vec<Field> {
    let now = given.object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1).max(1).to_string();
    let number = |name| Field { name, kind: Kind::Number, value: now.clone() };
    let text = |name| Field { name, kind: Kind::Text, value: String::new() };
    vec![number("min"), number("max"), text("cpu"), text("memory")]
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let number = |name: &str| {
        let typed = value(values, name)?;
        typed.parse::<u32>().map_err(|_| format!("`{typed}` is no number of pods"))
    };
    let (min, max) = (number("min")?, number("max")?);
    if max < min.max(1) {
        return Err(format!("max must be at least 1, and not below min: {max} of {min}"));
    }
    let metrics: Vec<(&str, &str, Value)> = [("cpu", "m"), ("memory", "Mi")]
        .into_iter()
        .filter_map(|(name, unit)| {
            let typed = value(values, name).ok()?;
            Some(target(typed, unit).map(|target| (name, typed, target)))
        })
        .collect::<Result<_, _>>()?;
    let what = &given.target.what;
    let version = if what.group.is_empty() { what.version.clone() } else { format!("{}/{}", what.group, what.version) };
    let name = &given.target.name;
    let mut spec = Map::from_iter([
        ("scaleTargetRef".to_owned(), json!({"apiVersion": version, "kind": what.kind, "name": name})),
        ("maxReplicas".to_owned(), json!(max)),
    ]);
    spec.extend((min > 0).then(|| ("minReplicas".to_owned(), json!(min))));
    if !metrics.is_empty() {
        let all = metrics
            .iter()
            .map(|(name, _, target)| json!({"type": "Resource", "resource": {"name": name, "target": target}}));
        spec.insert("metrics".into(), all.collect());
    }
    let object = json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": given.target.namespace},
        "spec": spec,
    });
    let mut words = vec!["autoscale".to_owned(), kubectl_name(given.target)];
    words.extend((min > 0).then(|| format!("--min={min}")));
    words.push(format!("--max={max}"));
    words.extend(metrics.iter().map(|(name, typed, _)| format!("--{name}={typed}")));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let does = Do::Create { what: scalers(), object };
    let change = Change::of(does, &words);
    Ok(if metrics.is_empty() {
        change.say("without cpu and memory the server takes 80% of the requested cpu")
    } else {
        change
    })
}

fn scalers() -> TableOf {
    TableOf::namespaced("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
}

/// `80%` of what is requested, or a quantity for each pod; a bare number is of the unit.
fn target(typed: &str, unit: &str) -> Result<Value, String> {
    if let Some(percent) = typed.strip_suffix('%') {
        let percent: i32 =
            percent.parse().ok().filter(|n| *n >= 0).ok_or_else(|| format!("invalid percentage value: {percent}"))?;
        return Ok(json!({"type": "Utilization", "averageUtilization": percent}));
    }
    let quantity = if typed.parse::<f64>().is_ok() { format!("{typed}{unit}") } else { typed.to_owned() };
    Ok(json!({"type": "AverageValue", "averageValue": quantity}))
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    fn scaler(typed: &[(&str, &str)]) -> Result<(Value, String), String> {
        let target = target("apps", "deployments", "Deployment");
        let object = json!({"spec": {"replicas": 3}});
        let given = Given { target: &target, object: &object, related: &[], now: 0 };
        let mut values: Values = fields(&given).into_iter().map(|field| (field.name.to_owned(), field.value)).collect();
        values.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let change = change(&given, &values)?;
        let Do::Create { object, .. } = change.does else { panic!("an autoscaler is created") };
        Ok((object["spec"].clone(), change.kubectl.join(" ")))
    }

    #[test]
    fn it_begins_with_what_there_is_and_has_the_metrics_that_are_typed() {
        let (spec, words) = scaler(&[]).unwrap();
        assert_eq!(words, "autoscale deployment/web --min=3 --max=3");
        let of = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        assert_eq!(spec, json!({"scaleTargetRef": of, "minReplicas": 3, "maxReplicas": 3}));
        let (spec, words) = scaler(&[("min", "0"), ("max", "9"), ("cpu", "70%"), ("memory", "200")]).unwrap();
        assert_eq!(words, "autoscale deployment/web --max=9 --cpu=70% --memory=200");
        let metric =
            |name: &str, target: Value| json!({"type": "Resource", "resource": {"name": name, "target": target}});
        let cpu = metric("cpu", json!({"type": "Utilization", "averageUtilization": 70}));
        let memory = metric("memory", json!({"type": "AverageValue", "averageValue": "200Mi"}));
        assert_eq!(spec, json!({"scaleTargetRef": of, "maxReplicas": 9, "metrics": [cpu, memory]}));
    }

    #[test]
    fn what_kubectl_refuses_is_refused() {
        for typed in [("max", "2"), ("max", "-1"), ("min", "x"), ("cpu", "x%"), ("cpu", "-5%")] {
            assert!(scaler(&[typed]).is_err(), "{typed:?}");
        }
        assert!(scaler(&[("min", "0"), ("max", "0")]).is_err());
    }
}
