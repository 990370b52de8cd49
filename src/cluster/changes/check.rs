//! Whether a change was done, as far as its objects tell: it reads, and changes nothing.

use super::found::edited;
use super::{AT_ONCE, Class, Fault, Link, Target, text};
use crate::actions::apply;
use crate::actions::change::{Applied, Do, Set, same};
use crate::actions::secret;
use futures::StreamExt;
use serde_json::Value;

/// For each object, whether it is now as the change would have it.
pub async fn check(link: &Link, done: &[(Target, String, Do)]) -> Vec<Result<bool, Fault>> {
    let asked = done.iter().map(|(target, uid, does)| async move {
        let found = match edited(link, &of(target, does), does).await {
            Ok(found) => Some(found),
            Err(fault) if fault.class == Class::NotFound => None,
            Err(fault) => return Err(fault),
        };
        if let Do::Edit { sets, .. } | Do::Apply(Applied { sets: Some(sets), .. }) = does
            && secret::was_hidden(sets)
        {
            return Err(Fault::new(Class::Other, "compare", "its values are secret and were not kept"));
        }
        Ok(is_done(uid, does, found.as_ref()))
    });
    futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await
}

/// The object that tells: of a creation, the new one.
fn of(target: &Target, does: &Do) -> Target {
    match does {
        Do::Create { what, object } => Target {
            what: what.clone(),
            name: text(object, "/metadata/name").into(),
            namespace: target.namespace.clone(),
        },
        _ => target.clone(),
    }
}

fn is_done(uid: &str, does: &Do, found: Option<&Value>) -> bool {
    let same_one = found.filter(|found| text(found, "/metadata/uid") == uid);
    match does {
        Do::Edit { sets, .. } => same_one.is_some_and(|object| sets.iter().all(|set| is_set(set, object))),
        // One that is going was told to.
        Do::Delete { .. } | Do::Evict(_) => {
            same_one.is_none_or(|object| object.pointer("/metadata/deletionTimestamp").is_some())
        }
        Do::Create { .. } | Do::Apply(Applied { sets: None, .. }) => found.is_some(),
        Do::Apply(Applied { sets: Some(sets), .. }) => {
            let all = |object: &Value| apply::managed(object).is_some() && sets.iter().all(|set| is_set(set, object));
            same_one.is_some_and(all)
        }
        Do::Await => true,
    }
}

fn is_set(set: &Set, object: &Value) -> bool {
    let now = object.pointer(&set.path).unwrap_or(&Value::Null);
    same(now, set.after.as_ref().unwrap_or(&Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_tell_what_was_done_to_them() {
        let object = json!({"metadata": {"uid": "u", "labels": {"a": "b"}}, "spec": {"replicas": 5}});
        let edit = |path: &str, after: Option<Value>| Do::Edit {
            subresource: String::new(),
            sets: vec![Set { path: path.into(), before: None, after }],
        };
        assert!(is_done("u", &edit("/spec/replicas", Some(json!(5))), Some(&object)));
        assert!(!is_done("u", &edit("/spec/replicas", Some(json!(6))), Some(&object)));
        assert!(is_done("u", &edit("/metadata/labels/x", None), Some(&object)));
        assert!(!is_done("other", &edit("/spec/replicas", Some(json!(5))), Some(&object)), "it is another object");
        let gone = Do::Evict(Default::default());
        assert!(is_done("u", &gone, None) && is_done("other", &gone, Some(&object)));
        assert!(!is_done("u", &gone, Some(&object)));
    }
}
