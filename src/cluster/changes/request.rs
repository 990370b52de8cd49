//! The request of one step.

use super::{Class, Fault, Target, What};
use crate::actions::apply::MANAGER;
use crate::actions::change::{Budgets, Conflicts, Do, Propagation, Set, patch};
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{DeleteOptions, Preconditions};
use kube::client::Body;
use serde_json::{Value, json};

/// A request as data, so that it can be sent for trial and in earnest.
#[derive(Clone, PartialEq)]
pub struct Prepared {
    method: &'static str,
    path: String,
    content: &'static str,
    body: Value,
    /// Besides who we are and whether it is a trial.
    query: &'static [(&'static str, &'static str)],
}

/// Without the body, which may have secret values.
impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({} {} {:?})", self.method, self.path, self.query)
    }
}

/// Whether the server shall do it, or only say what it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Trial,
    Earnest,
}

/// The request that does this to the object with the uid.
pub fn prepare(target: &Target, uid: &str, does: &Do, object: &Value) -> Prepared {
    let collection = |what| What::Table(what).path(target.namespace.as_deref());
    let name: String = form_urlencoded::byte_serialize(target.name.as_bytes()).collect();
    let own = format!("{}/{name}", collection(target.what.clone()));
    let query: &[_] = match does {
        // As kubectl asks for it: what the server does not know is refused.
        Do::Apply(applied) if applied.conflicts == Conflicts::TakenOver => {
            &[("force", "true"), ("fieldValidation", "Strict")]
        }
        Do::Apply(_) => &[("force", "false"), ("fieldValidation", "Strict")],
        _ => &[],
    };
    match does {
        Do::Apply(applied) => Prepared {
            method: "PATCH",
            path: own,
            content: "application/apply-patch+yaml",
            body: applied.manifest.clone(),
            query,
        },
        Do::Edit { subresource, sets } => {
            let path = if subresource.is_empty() { own } else { format!("{own}/{subresource}") };
            let sets = if subresource == "scale" { of_scale(sets) } else { sets.clone() };
            Prepared {
                method: "PATCH",
                path,
                content: "application/json-patch+json",
                body: patch(uid, &sets, object),
                query,
            }
        }
        Do::Delete { propagation, grace, .. } => {
            let propagation = match propagation {
                Propagation::Background => "Background",
                Propagation::Foreground => "Foreground",
                Propagation::Orphan => "Orphan",
            };
            let body = delete_options(uid, *grace, Some(propagation));
            Prepared { method: "DELETE", path: own, content: "application/json", body, query }
        }
        Do::Evict(eviction) if eviction.budgets == Budgets::Passed => {
            let body = delete_options(uid, eviction.grace, None);
            Prepared { method: "DELETE", path: own, content: "application/json", body, query }
        }
        Do::Evict(eviction) => {
            let body = json!({
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": {"name": target.name, "namespace": target.namespace},
                "deleteOptions": delete_options(uid, eviction.grace, None),
            });
            Prepared { method: "POST", path: format!("{own}/eviction"), content: "application/json", body, query }
        }
        Do::Await => Prepared { method: "GET", path: own, content: "application/json", body: Value::Null, query },
        Do::Create { what, object } => Prepared {
            method: "POST",
            path: collection(what.clone()),
            content: "application/json",
            body: object.clone(),
            query,
        },
    }
}

/// Only that very object, with its own grace if none is given.
fn delete_options(uid: &str, grace: Option<i64>, propagation: Option<&str>) -> Value {
    let options = DeleteOptions {
        api_version: Some("v1".into()),
        kind: Some("DeleteOptions".into()),
        grace_period_seconds: grace,
        preconditions: Some(Preconditions { uid: Some(uid.into()), resource_version: None }),
        propagation_policy: propagation.map(Into::into),
        ..DeleteOptions::default()
    };
    json!(options)
}

/// A Scale without replicas has no such field (autoscaling/v1 ScaleSpec: omitempty), whatever the object has.
fn of_scale(sets: &[Set]) -> Vec<Set> {
    let there = |value: &Option<Value>| value.clone().filter(|value| *value != json!(0));
    sets.iter().map(|set| Set { before: there(&set.before), ..set.clone() }).collect()
}

/// What the API server says of a JSON patch that cannot be applied, and nothing else of it (apiserver's handlers/patch.go).
const NOT_APPLIED: &str = "the server rejected our request due to an error in our request";

impl Prepared {
    /// A refusal in its right class: a patch whose tests fail is a conflict, though the server calls it invalid.
    pub fn judged(&self, fault: Fault) -> Fault {
        if self.method != "PATCH" || fault.class != Class::Invalid || !fault.said.contains(NOT_APPLIED) {
            return fault;
        }
        let said = "it has changed since it was read, or is another by now; nothing was overwritten";
        Fault { class: Class::Conflict, said: said.into(), ..fault }
    }

    pub fn request(&self, mode: Mode) -> Result<Request<Body>, Fault> {
        let wrong = |e: String| Fault::new(Class::Invalid, &self.path, e);
        let mut body = self.body.clone();
        let mut query = vec![("fieldManager", MANAGER)];
        query.extend(self.query);
        if self.method == "DELETE" {
            query.clear();
            if let (Mode::Trial, Some(options)) = (mode, body.as_object_mut()) {
                options.insert("dryRun".into(), json!(["All"]));
            }
        } else if mode == Mode::Trial {
            query.push(("dryRun", "All"));
        }
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let body = serde_json::to_vec(&body).map_err(|e| wrong(e.to_string()))?;
        Request::builder()
            .method(self.method)
            .uri(format!("{}?{query}", self.path))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, self.content)
            .body(body.into())
            .map_err(|e| wrong(e.to_string()))
    }
}
