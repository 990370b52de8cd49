//! Scale: the number of replicas of anything that has a scale subresource (`kubectl scale`).

use super::change::{Change, Do, set};
use super::{Action, Field, Given, Kind, Reads, Risk, Values, kubectl_name, value};
use crate::cluster::watch::TableOf;
use serde_json::{Value, json};

pub static SCALE: Action = Action {
    id: "scale",
    title: "Scale",
    risk: Risk::Change,
    reads: Reads::Nothing,
    needs: ("patch", "scale"),
    applies,
    to: "deployments, statefulsets, replicasets and replication controllers",
    fields,
    change,
};

fn applies(of: &TableOf) -> bool {
    matches!(
        (of.group.as_str(), of.plural.as_str()),
        ("apps", "deployments" | "statefulsets" | "replicasets") | ("", "replicationcontrollers")
    )
}

fn replicas(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn fields(given: &Given<'_>) -> Vec<Field> {
    vec![Field { name: "replicas", kind: Kind::Number, value: replicas(given.object).to_string() }]
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let typed = value(values, "replicas")?;
    let wanted: u32 = typed.parse().map_err(|_| format!("`{typed}` is no number of replicas"))?;
    let sets = set(given.object, "/spec/replicas", Some(json!(wanted)));
    let does = Do::Edit { subresource: "scale".into(), sets };
    let count = format!("--replicas={wanted}");
    let change = Change::of(does, &["scale", &kubectl_name(given.target), &count]);
    Ok(match wanted {
        0 => change.warn("no pod will be left"),
        _ => change,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    #[test]
    fn replicas_are_read_and_set() {
        let target = target("apps", "deployments", "Deployment");
        let object = json!({"spec": {"replicas": 3}});
        let given = Given { target: &target, object: &object, related: &[], now: 0 };
        assert_eq!(fields(&given)[0].value, "3");
        let to = |n: &str| change(&given, &[("replicas".to_owned(), n.to_owned())].into());
        let change = to("5").unwrap();
        assert_eq!(change.kubectl.join(" "), "scale deployment/web --replicas=5");
        assert!(matches!(&change.does, Do::Edit { subresource, sets } if subresource == "scale" && sets.len() == 1));
        assert!(to("3").unwrap().is_empty() && to("0").unwrap().notes.len() == 1);
        assert!(to("many").is_err() && to("-1").is_err());
    }
}
