//! Taints of nodes, typed as kubectl takes them: `key=value:Effect` sets one, `key:Effect-` and `key-` remove.
//!
//! The rules are those of kubectl's pkg/cmd/taint. Two things are left to the user's eyes there and told here: a value that is
//! replaced, and pods that have to go.

use super::change::{Change, set};
use super::{Action, Begins, Field, Given, Kind, NODES, Reads, Risk, Values, in_use, value};
use serde_json::{Value, json};

pub static TAINT: Action = Action {
    id: "taint",
    title: "Taint",
    help: "set or remove taints of a node",
    key: Some("T"),
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::Peers,
    needs: ("patch", ""),
    kinds: NODES,
    fields,
    change,
};

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// One word of what was typed.
#[derive(Debug, PartialEq)]
enum Word<'a> {
    Set { key: &'a str, value: &'a str, effect: &'a str },
    Remove { key: &'a str, effect: Option<&'a str> },
}

fn read(word: &str) -> Result<Word<'_>, String> {
    let invalid = || format!("invalid taint spec: {word}; write key=value:Effect, key:Effect- or key-");
    let (spec, removes) = word.strip_suffix('-').map_or((word, false), |spec| (spec, true));
    let (pair, effect) = match spec.split_once(':') {
        Some((pair, effect)) if EFFECTS.contains(&effect) => (pair, Some(effect)),
        Some((_, effect)) => {
            return Err(format!("invalid taint effect: {effect}; it is {}", EFFECTS.join(", ")));
        }
        None => (spec, None),
    };
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if key.is_empty() || value.contains('=') || (effect.is_none() && pair.contains('=')) {
        return Err(invalid());
    }
    match (removes, effect) {
        (true, effect) => Ok(Word::Remove { key, effect }),
        (false, Some(effect)) => Ok(Word::Set { key, value, effect }),
        (false, None) => Err(invalid()),
    }
}

/// All words, none of which contradicts another.
fn words(typed: &str) -> Result<Vec<Word<'_>>, String> {
    let all = typed.split_whitespace().map(read).collect::<Result<Vec<_>, _>>()?;
    for (at, word) in all.iter().enumerate() {
        let Word::Set { key, effect, .. } = word else { continue };
        let clash = all.iter().enumerate().find(|(other, word)| match word {
            Word::Set { key: theirs, effect: also, .. } => *other > at && theirs == key && also == effect,
            Word::Remove { key: theirs, effect: also } => theirs == key && also.is_none_or(|also| also == *effect),
        });
        match clash {
            Some((_, Word::Set { .. })) => {
                return Err(format!("duplicated taints with the same key and effect: {key}:{effect}"));
            }
            Some(_) => return Err(format!("can not both modify and remove {key}:{effect} in the same command")),
            None => {}
        }
    }
    Ok(all)
}

fn taints(node: &Value) -> Vec<Value> {
    node.pointer("/spec/taints").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text<'a>(taint: &'a Value, field: &str) -> &'a str {
    taint.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// As it is typed.
fn written(taint: &Value) -> String {
    let (key, value, effect) = (text(taint, "key"), text(taint, "value"), text(taint, "effect"));
    if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") }
}

fn fields(given: &Given<'_>) -> Vec<Field> {
    let own: Vec<String> = taints(given.object).iter().map(written).collect();
    // Those of the node lifecycle controller come and go by themselves.
    let used = given.related.iter().flat_map(taints).map(|taint| written(&taint));
    let used = used.filter(|taint| !taint.starts_with("node.kubernetes.io/"));
    let mut known = in_use::ranked(used, &own);
    let removals = taints(given.object);
    let removals = removals.iter().map(|taint| {
        let (key, effect) = (text(taint, "key"), text(taint, "effect"));
        (format!("{key}:{effect}-"), format!("removes {}", written(taint)))
    });
    known.extend(removals);
    vec![Field { name: "taint", kind: Kind::Known(known), value: String::new() }]
}

fn change(given: &Given<'_>, values: &Values) -> Result<Change, String> {
    let typed = value(values, "taint")?;
    let words = words(typed)?;
    let before = taints(given.object);
    // New ones first, as kubectl leaves them.
    let mut after: Vec<Value> = Vec::new();
    let mut replaced = Vec::new();
    for word in &words {
        let Word::Set { key, value, effect } = word else { continue };
        let former = before.iter().find(|taint| text(taint, "key") == *key && text(taint, "effect") == *effect);
        match former {
            Some(former) if text(former, "value") == *value => continue,
            Some(former) => replaced.push(written(former)),
            None => {}
        }
        let mut taint = json!({"key": key, "effect": effect});
        if let (false, Some(fields)) = (value.is_empty(), taint.as_object_mut()) {
            fields.insert("value".into(), json!(value));
        }
        after.push(taint);
    }
    let set_anew = after.clone();
    let stays = |taint: &&Value| {
        let same = |other: &Value| ["key", "effect"].iter().all(|field| text(other, field) == text(taint, field));
        let removed = |word: &Word<'_>| match word {
            Word::Remove { key, effect } => {
                text(taint, "key") == *key && effect.is_none_or(|e| text(taint, "effect") == e)
            }
            Word::Set { .. } => false,
        };
        !set_anew.iter().any(same) && !words.iter().any(removed)
    };
    after.extend(before.iter().filter(stays).cloned());
    let sets = if after == before { Vec::new() } else { set(given.object, "/spec/taints", none_if_empty(after)) };
    Ok(told(given, typed, sets, &replaced, &set_anew))
}

fn none_if_empty(taints: Vec<Value>) -> Option<Value> {
    if taints.is_empty() { None } else { Some(Value::Array(taints)) }
}

/// The change in kubectl's words, with what it does to others.
fn told(given: &Given<'_>, typed: &str, sets: Vec<super::change::Set>, replaced: &[String], made: &[Value]) -> Change {
    let mut line = vec!["taint", "node", &given.target.name];
    line.extend(typed.split_whitespace());
    line.extend((!replaced.is_empty()).then_some("--overwrite"));
    let mut change = Change::edit(sets, &line);
    for former in replaced {
        change = change.say(format!("{former} is replaced"));
    }
    if made.iter().any(|taint| text(taint, "effect") == "NoExecute") {
        change = change.warn(format!("pods on {} that do not tolerate it are evicted", given.target.name));
    }
    change
}

#[cfg(test)]
mod tests {
    use super::super::change::Do;
    use super::super::tests::target;
    use super::*;

    fn node() -> Value {
        json!({"spec": {"taints": [
            {"key": "a", "value": "1", "effect": "NoSchedule"},
            {"key": "a", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"},
            {"key": "b", "effect": "NoSchedule"},
        ]}})
    }

    fn tainted(object: &Value, typed: &str) -> Result<Change, String> {
        let target = target("", "nodes", "Node");
        let given = Given { target: &target, object, related: &[], now: 0 };
        change(&given, &[("taint".to_owned(), typed.to_owned())].into())
    }

    fn after(object: &Value, typed: &str) -> Vec<String> {
        let Do::Edit { sets, .. } = tainted(object, typed).unwrap().does else { panic!("taints are edited") };
        let after = sets.first().expect("something changes").after.clone();
        after.map(|taints| taints.as_array().unwrap().iter().map(written).collect()).unwrap_or_default()
    }

    #[test]
    fn taints_are_set_replaced_and_removed() {
        assert_eq!(after(&node(), "c:NoSchedule"), ["c:NoSchedule", "a=1:NoSchedule", "a:NoExecute", "b:NoSchedule"]);
        assert_eq!(after(&node(), "a=2:NoSchedule"), ["a=2:NoSchedule", "a:NoExecute", "b:NoSchedule"]);
        assert_eq!(after(&node(), "a-"), ["b:NoSchedule"]);
        assert_eq!(after(&node(), "a:NoExecute- c=x:NoSchedule"), ["c=x:NoSchedule", "a=1:NoSchedule", "b:NoSchedule"]);
        assert_eq!(after(&node(), "a- b-"), Vec::<String>::new());
        let change = tainted(&node(), "a=2:NoSchedule").unwrap();
        assert_eq!(change.kubectl.join(" "), "taint node web a=2:NoSchedule --overwrite");
        assert_eq!(change.notes.len(), 1);
    }

    #[test]
    fn what_is_so_already_is_no_change() {
        for typed in ["a=1:NoSchedule", "a:NoExecute", "b:NoSchedule", "none-", "b:NoExecute-"] {
            assert!(tainted(&node(), typed).unwrap().is_empty(), "{typed}");
        }
        assert!(tainted(&json!({"spec": {}}), "a-").unwrap().is_empty());
    }

    #[test]
    fn what_kubectl_refuses_is_refused() {
        for typed in ["", "a", "a=1", "a:Never", "a:b:NoSchedule", "a=1=2:NoSchedule", ":NoSchedule", "a=1-"] {
            assert!(tainted(&node(), typed).is_err(), "{typed}");
        }
        assert!(tainted(&node(), "a:NoSchedule a-").unwrap_err().contains("both modify and remove"));
        assert!(tainted(&node(), "c:NoSchedule c=1:NoSchedule").unwrap_err().contains("duplicated"));
        assert!(tainted(&node(), "c:NoSchedule c:NoExecute-").is_ok(), "another effect is another taint");
    }

    #[test]
    fn evictions_are_warned_of_and_taints_in_use_are_offered() {
        let notes = tainted(&node(), "c:NoExecute").unwrap().notes;
        assert!(matches!(notes.as_slice(), [super::super::change::Note::Warns(text)] if text.contains("evicted")));
        let target = target("", "nodes", "Node");
        let pool = json!({"spec": {"taints": [{"key": "pool", "value": "gpu", "effect": "NoSchedule"}]}});
        let related = [pool.clone(), pool, node()];
        let object = node();
        let given = Given { target: &target, object: &object, related: &related, now: 0 };
        let fields = fields(&given);
        let Kind::Known(known) = &fields[0].kind else { panic!("taints in use are known") };
        let offered: Vec<&str> = known.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(offered, ["pool=gpu:NoSchedule", "a:NoSchedule-", "a:NoExecute-", "b:NoSchedule-"]);
    }
}
