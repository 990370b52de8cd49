//! Set image: another image for one container of a workload's template (`kubectl set image`).

use super::change::{Change, set};
use super::{Action, Begins, Field, Given, Kind, ROLLED_OUT, Reads, Risk, Values, kubectl_name, value};
use serde_json::{Value, json};

pub static IMAGE: Action = Action {
    id: "set-image",
    title: "Set image",
    help: "another image for a container",
    key: Some("i"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Nothing,
    needs: ("patch", ""),
    kinds: ROLLED_OUT,
    fields,
    change,
};

const PARTS: [&str; 2] = ["containers", "initContainers"];

/// Name, image and path of every container of the template.
fn containers(object: &Value) -> Vec<(String, String, String)> {
    let of = |part: &'static str| {
        let items = object.pointer(&format!("/spec/template/spec/{part}")).and_then(Value::as_array);
        items.into_iter().flatten().enumerate().filter_map(move |(at, container)| {
            let text = |key: &str| container.get(key).and_then(Value::as_str).map(str::to_owned);
            Some((text("name")?, text("image")?, format!("/spec/template/spec/{part}/{at}/image")))
        })
    };
    PARTS.into_iter().flat_map(of).collect()
}

fn fields(given: &Given<'_>) -> Vec<Field> {
    let all = containers(given.object);
    let choices: Vec<(String, String)> = all.iter().map(|(name, image, _)| (name.clone(), image.clone())).collect();
    let first = choices.first().cloned().unwrap_or_default();
    let container = Field { name: "container", kind: Kind::Choice(choices), value: first.0 };
    let image = Field { name: "image", kind: Kind::Text, value: first.1 };
    if all.len() > 1 { vec![container, image] } else { vec![image] }
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let all = containers(given.object);
    let wanted = values.get("container").map(String::as_str);
    let found = all.iter().find(|(name, ..)| wanted.is_none_or(|wanted| wanted == name));
    let (name, _, path) =
        found.ok_or_else(|| format!("{} has no container {}", given.target.name, wanted.unwrap_or_default()))?;
    let image = value(values, "image")?;
    let words = ["set", "image", &kubectl_name(given.target), &format!("{name}={image}")];
    Ok(Change::edit(set(given.object, path, Some(json!(image))), &words))
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;

    #[test]
    fn one_container_needs_no_choice() {
        let target = target("apps", "deployments", "Deployment");
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "x:1"}]}}}});
        let given = Given { target: &target, object: &object, related: &[], now: 0 };
        assert_eq!(fields(&given).len(), 1);
        let change = change(&given, &[("image".to_owned(), "x:2".to_owned())].into()).unwrap();
        assert_eq!(change.kubectl.join(" "), "set image deployment/web c=x:2");
        assert!(!change.is_empty());
    }
}
