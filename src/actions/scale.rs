//! Scale: the number of replicas of anything that has a scale subresource (`kubectl scale`).

use super::change::{Change, Do, Part, set};
use super::{Action, Begins, COUNTED, Field, Given, Kind, Reads, Risk, Values, kin, kubectl_name, value};
use crate::text::document::Tone;
use crate::text::fields::text;
use serde_json::{Value, json};

pub static SCALE: Action = Action {
    id: "scale",
    title: "Scale",
    help: "change the number of replicas",
    key: Some("s"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Referring,
    needs: ("patch", "scale"),
    kinds: COUNTED,
    fields,
    change,
};

/// Where the count stands: in the Scale that was read for a kind that is not Kubernetes' own, which has it wherever it likes; else
/// in the object.
fn counted<'a>(given: &Given<'a>) -> &'a Value {
    let uid = text(given.object, "/metadata/uid");
    let scales = given.related.iter().filter(|one| text(one, "/kind") == "Scale");
    scales.into_iter().find(|scale| text(scale, "/metadata/uid") == uid).unwrap_or(given.object)
}

fn fields(given: &Given<'_>) -> Vec<Field> {
    let counted = counted(given);
    let replicas = counted.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let mut fields = vec![Field { name: "replicas", kind: Kind::Number, value: replicas.to_string() }];
    // How many of another kind are ready is not known.
    if COUNTED.contains(&(&given.target.what.group, &given.target.what.plural)) {
        let ways = [("no", "done when the count is set"), ("yes", "done when so many are ready")];
        let ways = ways.map(|(way, says)| (way.to_owned(), says.to_owned())).to_vec();
        fields.push(Field { name: "follow", kind: Kind::Choice(ways), value: "no".into() });
    }
    fields
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let typed = value(values, "replicas")?;
    let wanted: u32 = typed.parse().map_err(|_| format!("`{typed}` is no number of replicas"))?;
    let sets = set(counted(given), "/spec/replicas", Some(json!(wanted)));
    let does = Do::Edit { subresource: "scale".into(), sets };
    let count = format!("--replicas={wanted}");
    let mut change = Change::of(does, &["scale", &kubectl_name(given.target), &count]);
    if values.get("follow").is_some_and(|follow| follow == "yes") && !change.is_empty() {
        change.parts = vec![until_ready(given)];
    }
    if change.is_empty() {
        return Ok(change);
    }
    for said in kin::depending(given, i64::from(wanted)) {
        change = change.warn(said);
    }
    for unread in kin::unread(given.related) {
        change = change.say(format!("not looked through for who would take it back or depends on it: {unread}"));
    }
    Ok(match wanted {
        0 => change.warn("no pod will be left"),
        _ => change,
    })
}

/// Waits until the new count is there; scaled down, until the others are gone from it.
fn until_ready(given: &Given<'_>) -> Part {
    let uid = given.object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    Part {
        target: given.target.clone(),
        uid: uid.into(),
        does: Some(Do::Await),
        says: "then waits until they are ready".into(),
        tone: Tone::Dim,
    }
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
        let both = [("replicas", "5"), ("follow", "yes")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(super::change(&given, &both.into()).unwrap().parts[0].does, Some(Do::Await));
        assert!(to("many").is_err() && to("-1").is_err());
    }

    #[test]
    fn another_kinds_count_is_its_scales() {
        let target = target("example.com", "widgets", "Widget");
        let object = json!({"metadata": {"uid": "u"}, "spec": {"size": 3}});
        let scale = json!({"kind": "Scale", "metadata": {"uid": "u"}, "spec": {"replicas": 3}});
        let given = Given { target: &target, object: &object, related: &[scale], now: 0 };
        let fields = fields(&given);
        assert_eq!((fields.len(), fields[0].value.as_str()), (1, "3"));
        let change = change(&given, &[("replicas".to_owned(), "5".to_owned())].into()).unwrap();
        assert!(matches!(&change.does, Do::Edit { sets, .. } if sets[0].before == Some(json!(3))));
        assert_eq!(change.kubectl.join(" "), "scale widgets.example.com/web --replicas=5");
    }
}
