//! Reads the lists that tell what goes with an object and what refers to it: each once, however many targets want it.

use super::{AT_ONCE, Class, Fault, Link, What};
use crate::actions::kin::{Ask, Form};
use crate::cluster::connect::METADATA;
use futures::StreamExt;
use serde_json::{Value, json};

/// Objects to a page: whole ones are large, and only few of them are kept.
const PAGE: usize = 250;
/// Objects of a list that are looked at.
const MOST: usize = 5_000;
/// From so many lists of a kind in a namespace on, all of it is read at once instead.
const APART: usize = 8;

/// The answers: lists that name their kind, and the server's Status for what it does not give. What is not served is left out.
/// Of whole objects only those are kept that concern one of the targets: a namespace may have thousands of pods.
pub(super) async fn read(link: &Link, asks: Vec<Ask>, concerns: impl Fn(&Ask, &Value) -> bool) -> Vec<Value> {
    let concerns = &concerns;
    let answers = futures::stream::iter(fewer(asks)).map(|ask| async move {
        let (list, why) = list(link, &ask, |item| concerns(&ask, item)).await;
        let status =
            |fault: Fault| json!({"kind": "Status", "message": fault.said, "details": {"kind": ask.what.plural}});
        [Some(list), why.filter(|fault| fault.class != Class::NotFound).map(status)]
    });
    let answers: Vec<_> = answers.buffered(AT_ONCE).collect().await;
    answers.into_iter().flatten().flatten().collect()
}

/// Each once, in their order; and one for all of a kind where many select parts of it.
fn fewer(asks: Vec<Ask>) -> Vec<Ask> {
    let asks = once(asks);
    let is_one_place = |one: &Ask, other: &Ask| one.what == other.what && one.namespace == other.namespace;
    let whole = |ask: &Ask| match asks.iter().filter(|other| is_one_place(ask, other)).count() {
        parts if parts > APART => Ask { select: None, ..ask.clone() },
        _ => ask.clone(),
    };
    once(asks.iter().map(whole).collect())
}

fn once(asks: Vec<Ask>) -> Vec<Ask> {
    let mut once: Vec<Ask> = Vec::new();
    for ask in asks {
        if !once.contains(&ask) {
            once.push(ask);
        }
    }
    once
}

/// What was read of a list, and why it is not all of it.
async fn list(link: &Link, ask: &Ask, concerns: impl Fn(&Value) -> bool) -> (Value, Option<Fault>) {
    let path = What::Table(ask.what.clone()).path(ask.namespace.as_deref());
    let (page, accept) = match ask.form {
        Form::Whole => (PAGE, "application/json"),
        Form::Metadata => (PAGE, METADATA),
        Form::Count => (1, METADATA),
    };
    let kind = format!("{}List", ask.what.kind);
    let (mut items, mut seen): (Vec<Value>, usize) = (Vec::new(), 0);
    let mut more: Option<String> = None;
    let (metadata, why) = loop {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("limit", &page.to_string())
            .extend_pairs(ask.select.as_ref())
            .extend_pairs(more.as_ref().map(|more| ("continue", more)))
            .finish();
        let mut answer: Value = match link.get_json_as(&format!("{path}?{query}"), accept).await {
            Ok(answer) => answer,
            Err(fault) => break (Value::Null, Some(fault)),
        };
        if let Some(Value::Array(page)) = answer.get_mut("items").map(Value::take) {
            seen += page.len();
            items.extend(page.into_iter().filter(&concerns));
        }
        let next = answer.pointer("/metadata/continue").and_then(Value::as_str).filter(|next| !next.is_empty());
        more = next.map(str::to_owned);
        if more.is_none() || ask.form == Form::Count {
            break (answer.get_mut("metadata").map(Value::take).unwrap_or_default(), None);
        }
        if seen >= MOST {
            break (Value::Null, Some(Fault::new(Class::Invalid, &path, format!("all after the first {MOST}"))));
        }
    };
    (json!({"kind": kind, "items": items, "metadata": metadata}), why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::watch::TableOf;

    #[test]
    fn lists_are_read_once_and_many_parts_as_a_whole() {
        let ask = |plural: &str, label: Option<usize>| Ask {
            what: TableOf::known(plural).unwrap(),
            namespace: Some("shop".into()),
            select: label.map(|label| ("labelSelector", format!("app={label}"))),
            form: Form::Metadata,
        };
        let few = vec![ask("pods", Some(1)), ask("services", None), ask("pods", Some(2)), ask("services", None)];
        assert_eq!(fewer(few.clone()), few[..3]);
        let many: Vec<Ask> =
            (0..20).flat_map(|label| [ask("replicasets", Some(label)), ask("services", None)]).collect();
        assert_eq!(fewer(many), [ask("replicasets", None), ask("services", None)]);
    }
}
