//! What a user can do to the cluster, one file an action: what it applies to, what it asks for, and which change it comes to.
//! Pure: an object and values in, a [`Change`] out. Sending, rights, previews, journal and undo are the same for all and are
//! elsewhere.
//!
//! Adding an action is one file with its declaration, and one line in [`ACTIONS`]. All that tells of actions derives from that:
//! keys, help, the palette, the `:` line, the default keymap's file and the README's table (`UPDATE=1 cargo test --test
//! declarations` writes these two).

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
mod merge;
mod namespace;
mod pause;
mod restart;
mod rollback;
mod scale;
pub mod secret;
mod taint;
pub mod takers;
pub mod told;
pub mod undo;
pub mod words;

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

/// How an action begins, and so where its key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// With its form, for rows of a table.
    Form,
    /// With the object of a row, in the user's editor.
    Editor,
    /// With a line of an object's text.
    Line,
    /// With files, wherever the user is.
    Files,
}

/// Kinds by group and plural.
pub type Kinds = &'static [(&'static str, &'static str)];

/// A declaration. Two of them are the same if their ids are.
pub struct Action {
    /// Its name in keymaps and after `:`.
    pub id: &'static str,
    pub title: &'static str,
    /// One line for help.
    pub help: &'static str,
    /// Its key in the default keymap; without one it is reached by `:`.
    pub key: Option<&'static str>,
    pub risk: Risk,
    pub begins: Begins,
    pub reads: Reads,
    /// The verb and the subresource that the user must have rights to.
    pub needs: (&'static str, &'static str),
    /// What it is for; empty if it is for any object. Actions for different kinds may have the same key.
    pub kinds: Kinds,
    pub fields: fn(&Given<'_>) -> Vec<Field>,
    pub change: fn(&Given<'_>, &Values) -> Result<Change, String>,
}

/// What has a count of replicas.
const COUNTED: Kinds =
    &[("apps", "deployments"), ("apps", "statefulsets"), ("apps", "replicasets"), ("", "replicationcontrollers")];
/// Workloads that roll out a template.
const ROLLED_OUT: Kinds = &[("apps", "deployments"), ("apps", "statefulsets"), ("apps", "daemonsets")];
const NODES: Kinds = &[("", "nodes")];

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
    &edit_key::EDIT_KEY,
    &expose::EXPOSE,
    &autoscale::AUTOSCALE,
    &apply::APPLY,
    &namespace::CREATE_NAMESPACE,
    &delete::DELETE,
];

/// The action with this id.
pub fn named(id: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id).copied()
}

impl Action {
    pub fn is_for(&self, of: &TableOf) -> bool {
        let scales = self.needs.1 == "scale" && of.scales;
        self.kinds.is_empty() || scales || self.kinds.contains(&(&of.group, &of.plural))
    }

    /// `deployments, statefulsets and daemonsets`, for whoever asks why it is not for something else.
    pub fn whom(&self) -> String {
        let others = (self.needs.1 == "scale").then_some("whatever has a scale subresource");
        let plurals: Vec<&str> = self.kinds.iter().map(|(_, plural)| *plural).chain(others).collect();
        match plurals.split_last() {
            None => "every object".into(),
            Some((last, [])) => (*last).into(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        }
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Action {}

impl std::hash::Hash for Action {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Action({})", self.id)
    }
}

/// The actions as a Markdown table, for the README.
pub fn reference() -> String {
    let mut text = String::from("| key | line | does | to |\n|---|---|---|---|\n");
    for action in ACTIONS {
        let place = if action.begins == Begins::Line { " in a text" } else { "" };
        let sign = |key: &str| key.strip_prefix("ctrl-").map_or(key.into(), |key| format!("^{}", key.to_uppercase()));
        let key = action.key.map(|key| format!("`{}`{place}", sign(key))).unwrap_or_default();
        let whom = if action.reads == Reads::NotEvenIt { String::new() } else { action.whom() };
        text.push_str(&format!("| {key} | `:{}` | {} | {whom} |\n", action.id, action.help));
    }
    text
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

    /// A target of a kind of `apps/v1`, or of the core group.
    pub fn target(group: &str, plural: &str, kind: &str) -> Target {
        let what = TableOf { namespaced: plural != "nodes", ..TableOf::namespaced(group, "v1", plural, kind) };
        Target { what, namespace: Some("shop".into()), name: "web".into() }
    }

    #[test]
    fn an_action_says_what_it_is_for() {
        let told = |id: &str| named(id).unwrap().whom();
        assert_eq!(told("restart"), "deployments, statefulsets and daemonsets");
        assert_eq!((told("drain"), told("delete")), ("nodes".into(), "every object".into()));
        let restart = named("restart").unwrap();
        assert!(restart.is_for(&target("apps", "daemonsets", "DaemonSet").what));
        assert!(!restart.is_for(&target("example.com", "daemonsets", "DaemonSet").what));
    }
}
