//! A new namespace (`kubectl create namespace`).

use super::change::{Change, Do};
use super::{Action, Begins, Field, Given, Kind, Reads, Risk, Values, value};
use crate::cluster::watch::TableOf;
use serde_json::json;

pub static CREATE_NAMESPACE: Action = Action {
    id: "create-namespace",
    title: "Create namespace",
    help: "a new namespace",
    key: None,
    risk: Risk::Change,
    begins: Begins::Form,
    reads: Reads::NotEvenIt,
    needs: ("create", ""),
    kinds: &[],
    fields: |_| vec![Field { name: "name", kind: Kind::Text, value: String::new() }],
    change,
};

fn change(_: &Given<'_>, values: &Values) -> Result<Change, String> {
    let name = value(values, "name")?;
    let what = TableOf {
        version: "v1".into(),
        plural: "namespaces".into(),
        kind: "Namespace".into(),
        namespaced: false,
        ..TableOf::default()
    };
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    Ok(Change::of(Do::Create { what, object }, &["create", "namespace", name]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::papers::Target;

    #[test]
    fn a_namespace_has_a_name_and_nothing_more() {
        let target = Target::default();
        let given = Given { target: &target, object: &json!(null), related: &[], now: 0 };
        assert_eq!(change(&given, &Values::new()), Err("name is missing".into()));
        let change = change(&given, &[("name".to_owned(), " blue ".to_owned())].into()).unwrap();
        assert_eq!(change.kubectl.join(" "), "create namespace blue");
        let Do::Create { object, .. } = change.does else { panic!("it is created") };
        assert_eq!(object, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blue"}}));
    }
}
