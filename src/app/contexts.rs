//! The kubeconfig's contexts as rows of an ordinary table.

use super::msg::ContextRow;
use crate::kinds::{From, Head, Health, Row, Stays, Uid, Value, Word};

/// NAME ALIAS CLUSTER USER NAMESPACE SERVER AUTH STATE
const COLUMNS: [(&str, Stays); 7] = [
    ("ALIAS", Stays::Short),
    ("CLUSTER", Stays::Medium),
    ("USER", Stays::Medium),
    ("NAMESPACE", Stays::Long),
    ("SERVER", Stays::Long),
    ("AUTH", Stays::Long),
    ("STATE", Stays::Always),
];

pub fn heads() -> Vec<Head> {
    let name = Head { title: "NAME".into(), short: String::new(), wide: false, stays: Stays::Always, from: From::Name };
    let cells = COLUMNS.iter().enumerate().map(|(at, (title, stays))| Head {
        title: (*title).into(),
        short: String::new(),
        wide: false,
        stays: *stays,
        from: From::Cell(at),
    });
    std::iter::once(name).chain(cells).collect()
}

/// A context's row. `state` is what is known of its connection: `in use`, `warm`, `current` or nothing.
pub fn row(context: &ContextRow, state: &str) -> Row {
    let text = |text: &str| if text.is_empty() { Value::Blank } else { Value::Word(Word::new(text)) };
    let state = if context.broken.is_some() { "broken" } else { state };
    Row {
        uid: Uid::Text(Word::new(&context.name)),
        namespace: Word::default(),
        name: context.name.as_str().into(),
        created: 0,
        deleting: None,
        health: if context.broken.is_some() { Health::Wrong } else { Health::Well },
        reason: context.broken.as_deref().map(Word::new),
        labels: [].into(),
        owner: None,
        link: None,
        cells: [&context.alias, &context.cluster, &context.user, &context.namespace, &context.server, &context.auth]
            .into_iter()
            .map(|cell| text(cell))
            .chain([text(state)])
            .collect(),
    }
}
