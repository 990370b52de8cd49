//! Delete, with what goes with it said before (`kubectl delete`).

use super::change::{Change, Do, Part, Propagation};
use super::kin::{self, Kin};
use super::undo::recreatable;
use super::{Action, Begins, Field, Given, Kind, Reads, Risk, Values, kubectl_name};
use crate::manifest::secret;
use crate::text::document::Tone;
use crate::text::fields::{controller, text, words};

pub static DELETE: Action = Action {
    id: "delete",
    title: "Delete",
    help: "delete the object",
    key: Some("ctrl-d"),
    risk: Risk::Destroy,
    begins: Begins::Form,
    reads: Reads::Kin,
    needs: ("delete", ""),
    kinds: &[],
    fields,
    change,
};

const WAYS: [(&str, &str); 3] = [
    ("background", "what it owns goes after it"),
    ("foreground", "what it owns goes before it"),
    ("orphan", "what it owns stays"),
];

fn fields(given: &Given<'_>) -> Vec<Field> {
    let grace = Field { name: "grace", kind: Kind::Text, value: String::new() };
    if kin::goes_anyway(given.target) {
        return vec![grace];
    }
    let ways = WAYS.iter().map(|(way, says)| ((*way).to_owned(), (*says).to_owned())).collect();
    vec![Field { name: "propagation", kind: Kind::Choice(ways), value: "background".into() }, grace]
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let way = values.get("propagation").map_or("background", String::as_str);
    let propagation = match way {
        "foreground" => Propagation::Foreground,
        "orphan" => Propagation::Orphan,
        _ => Propagation::Background,
    };
    let typed = values.get("grace").map(|grace| grace.trim()).filter(|grace| !grace.is_empty());
    let grace =
        typed.map(|text| text.parse::<i64>().map_err(|_| format!("`{text}` is no number of seconds"))).transpose()?;
    let name = kubectl_name(given.target);
    let mut line = vec!["delete".to_owned(), name];
    if propagation != Propagation::Background {
        line.push(format!("--cascade={way}"));
    }
    line.extend(grace.map(|grace| format!("--grace-period={grace}")));
    if grace == Some(0) {
        line.push("--force".into());
    }
    // What a controller replaces would be there twice.
    let kept = controller(given.object).is_none().then(|| recreatable(given.object));
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut change = Change::of(Do::Delete { propagation, grace, kept }, &line);
    if grace == Some(0) {
        // kubectl's warning (cmd/delete/delete.go).
        change = change
            .warn("immediate deletion does not wait for confirmation that the running resource has been terminated");
    }
    if secret::is_secret(given.object) {
        change = change.say("its values are kept by this rk9s alone and in no file: `U` works until it is left");
    }
    if let Some(owner) = controller(given.object) {
        let owner = format!("{}/{}", text(owner, "/kind").to_lowercase(), text(owner, "/name"));
        change = change.say(format!("{owner} will put another in its place"));
    }
    let waits = words(given.object, "/metadata/finalizers");
    if !waits.is_empty() {
        change = change.say(format!("it ends only when these are done with it: {} (finalizers)", waits.join(", ")));
    }
    Ok(with_kin(change, Kin::of(given), propagation))
}

/// Says what goes with it, and what is left without it.
fn with_kin(mut change: Change, kin: Kin, propagation: Propagation) -> Change {
    let goes = kin.counts.iter().cloned().chain((!kin.goes.is_empty()).then(|| kin::count(&kin.goes)));
    let goes: Vec<String> = goes.collect();
    let mut parts = kin.goes;
    if propagation == Propagation::Orphan {
        parts.iter_mut().for_each(|part| part.says = "stays".into());
    }
    change = match (goes.as_slice(), propagation) {
        ([], _) => change,
        (_, Propagation::Orphan) => change.say(format!("stays: {}", kin::joined(&goes))),
        _ => change.warn(format!("goes with it: {}", kin::joined(&goes))),
    };
    let left = kin.uses.iter().filter(|part| part.tone == Tone::Wrong).count();
    if left > 0 {
        let are = if left == 1 { "1 other object refers".to_owned() } else { format!("{left} other objects refer") };
        change = change.warn(format!("{are} to it"));
    }
    for unread in kin.unread {
        change = change.say(format!("not looked through for what goes with it or refers to it: {unread}"));
    }
    change.parts = kin.uses.into_iter().chain(parts).collect::<Vec<Part>>();
    change
}

#[cfg(test)]
mod tests {
    use super::super::tests::target;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_goes_with_a_namespace_is_no_choice() {
        let namespace = target("", "namespaces", "Namespace");
        let object = json!({"metadata": {"name": "web"}});
        let related = [json!({"kind": "PodList", "items": [{"metadata": {"namespace": "web"}}]})];
        let given = Given { target: &namespace, object: &object, related: &related, now: 0 };
        assert_eq!(fields(&given).iter().map(|field| field.name).collect::<Vec<_>>(), ["grace"]);
        let change = change(&given, &Values::new()).unwrap();
        assert!(
            change.notes.contains(&super::super::change::Note::Warns("goes with it: 1 pod".into())),
            "{:?}",
            change.notes
        );
    }

    #[test]
    fn what_is_replaced_is_not_kept_and_a_secret_says_where_it_is() {
        let target = target("", "pods", "Pod");
        let of = |object: Value| {
            let given = Given { target: &target, object: &object, related: &[], now: 0 };
            change(&given, &[("grace".to_owned(), "0".to_owned())].into()).unwrap()
        };
        let bare = of(json!({"kind": "Pod", "metadata": {"name": "web", "uid": "u"}}));
        assert!(
            matches!(&bare.does, Do::Delete { kept: Some(kept), grace: Some(0), .. } if kept.pointer("/metadata/uid").is_none())
        );
        assert_eq!(bare.kubectl.join(" "), "delete pod/web --grace-period=0 --force");
        let owned =
            of(json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "rs", "controller": true}]}}));
        assert!(matches!(owned.does, Do::Delete { kept: None, .. }) && owned.notes.len() == 2);
        let secret = of(json!({"kind": "Secret", "data": {"k": "v"}}));
        assert!(matches!(&secret.does, Do::Delete { kept: Some(_), .. }), "the journal's file leaves it out");
        assert!(secret.notes.len() == 2);
    }
}
