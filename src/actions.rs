//! What a user can do to the cluster, one file an action: what it applies to, what it asks for, and which change it comes to.
//! Pure: an object and values in, a [`Change`] out. Sending, rights, previews, journal and undo are the same for all and are
//! elsewhere.
//!
//! Adding an action is one file and one line in [`ACTIONS`], and its key.

pub mod apply;
mod autoscale;
pub mod change;
mod cordon;
mod cronjob;
mod delete;
mod drain;
pub mod edit;
pub mod edit_key;
mod expose;
mod image;
mod in_use;
pub mod kin;
mod label;
mod namespace;
mod pause;
mod restart;
mod rollback;
mod scale;
pub mod secret;
mod taint;
pub mod told;
pub mod undo;

use crate::cluster::papers::Target;
use crate::cluster::watch::TableOf;
use change::Change;
use serde_json::Value;
use std::collections::BTreeMap;

/// How much asking an action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Easily taken back: its form or its key commits.
    Change,
    /// What is lost cannot be had back whole: it is asked for.
    Destroy,
}

/// What must be read beside the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Nothing,
    /// There is no object yet: it is made. Whatever is under the cursor is no target.
    NotEvenIt,
    /// The revisions of a workload: ReplicaSets of a deployment, ControllerRevisions of others.
    Revisions,
    /// The pods on a node and all disruption budgets, each with its kind.
    NodePods,
    /// What refers to it, and what goes with it ([`kin`]).
    Kin,
    /// What refers to it.
    Referring,
    /// Others of its kind, for what they have in use: metadata alone, nodes whole. For the first values of the form alone.
    Peers,
}

/// How a value is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number; `+` and `-` step it, the first digit replaces it.
    Number,
    /// One for all targets, or one for each, in their order.
    Numbers,
    Text,
    /// Text, with what is in use to choose from: the value, and what is said of it.
    Known(Vec<(String, String)>),
    /// One of these: the value, and what is said of it.
    Choice(Vec<(String, String)>),
}

/// One field of an action's form, with its starting value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub value: String,
}

/// The values of a form.
pub type Values = BTreeMap<String, String>;

/// One object that an action is about.
pub struct Given<'a> {
    pub target: &'a Target,
    /// As the server has it now.
    pub object: &'a Value,
    /// What [`Action::reads`] names.
    pub related: &'a [Value],
    /// Seconds since the epoch.
    pub now: i64,
}

/// A declaration.
#[derive(Debug)]
pub struct Action {
    /// Its name in keymaps and after `:`.
    pub id: &'static str,
    pub title: &'static str,
    pub risk: Risk,
    pub reads: Reads,
    /// The verb and the subresource that the user must have rights to.
    pub needs: (&'static str, &'static str),
    pub applies: fn(&TableOf) -> bool,
    /// What it applies to, for whoever asks why not: `workloads`.
    pub to: &'static str,
    pub fields: fn(&Given<'_>) -> Vec<Field>,
    pub change: fn(&Given<'_>, &Values) -> Result<Change, String>,
}

/// Every action.
pub static ACTIONS: &[&Action] = &[
    &scale::SCALE,
    &restart::RESTART,
    &rollback::ROLLBACK,
    &pause::PAUSE,
    &image::IMAGE,
    &label::LABEL,
    &label::ANNOTATE,
    &cordon::CORDON,
    &drain::DRAIN,
    &taint::TAINT,
    &cronjob::SUSPEND,
    &cronjob::TRIGGER,
    &edit::EDIT,
    &expose::EXPOSE,
    &autoscale::AUTOSCALE,
    &namespace::CREATE_NAMESPACE,
    &delete::DELETE,
];

/// The action with this id, be it of a row or of a line.
pub fn named(id: &str) -> Option<&'static Action> {
    ACTIONS.iter().chain(&[&edit_key::EDIT_KEY]).find(|action| action.id == id).copied()
}

/// Workloads that roll out a template.
pub(crate) fn rolls_out(of: &TableOf) -> bool {
    of.group == "apps" && matches!(of.plural.as_str(), "deployments" | "statefulsets" | "daemonsets")
}

/// No field: the key is all.
fn nothing_to_ask(_: &Given<'_>) -> Vec<Field> {
    Vec::new()
}

/// A value of a form, or what is missing.
fn value<'a>(values: &'a Values, name: &str) -> Result<&'a str, String> {
    values
        .get(name)
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
        .ok_or_else(|| format!("{name} is missing"))
}

/// `deployment/orders`, as kubectl takes it. Only Kubernetes' own groups have no dot, and kubectl prefers their kinds.
fn kubectl_name(target: &Target) -> String {
    let kind = if !target.what.group.contains('.') || crate::kinds::find(&target.what.plural).is_some() {
        target.what.kind.to_lowercase()
    } else {
        format!("{}.{}", target.what.plural, target.what.group)
    };
    format!("{kind}/{}", target.name)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A target of a kind of `apps/v1`, or of the core group.
    pub fn target(group: &str, plural: &str, kind: &str) -> Target {
        let what = TableOf {
            group: group.into(),
            version: "v1".into(),
            plural: plural.into(),
            kind: kind.into(),
            namespaced: plural != "nodes",
        };
        Target { what, namespace: Some("shop".into()), name: "web".into() }
    }

    #[test]
    fn ids_are_unique_and_can_be_typed() {
        let ids: BTreeSet<_> = ACTIONS.iter().map(|action| action.id).collect();
        assert_eq!(ids.len(), ACTIONS.len());
        assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
        assert!(
            ids.iter().all(|id| crate::app::verb::named(id).is_some()),
            "every action has a verb, and by it a key or a line"
        );
    }
}
