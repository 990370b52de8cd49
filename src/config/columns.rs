//! Which columns a table has, in which order: chosen on the screen, or read from k9s' `views.yaml`. Both are one format:
//! `views: {KIND: {columns: ["NAME", "ZONE:.metadata.labels.zone|W"], sortColumn: "AGE:desc"}}`.
//! Source of the format: k9s internal/config/views.go and internal/render/cust_col.go. It knows no rows.

use crate::text::located::{self, Mistake};
use std::collections::BTreeMap;
use std::fmt;

/// Where a chosen column's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A column that the kind has.
    Own,
    Label(String),
    /// A path into the object, as `kubectl get -o custom-columns` takes it.
    Path(String),
}

/// When a chosen column is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    Always,
    /// In wide tables.
    Wide,
    Never,
}

/// A chosen column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub title: String,
    pub source: Source,
    pub shown: Shown,
}

/// The columns chosen for one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub columns: Vec<Chosen>,
    /// The title of the column that orders the table, and whether it is turned round.
    pub sort: Option<(String, Order)>,
}

/// Which way a table is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// Everything chosen, by kind; a later file overrides an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(Vec<(Key, Choice)>);

/// For which tables a choice is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    kind: String,
    /// Only in this namespace; nothing for all.
    namespace: Option<String>,
}

impl Chosen {
    /// Reads `TITLE[:PATH][|ATTRIBUTES]`.
    pub fn read(text: &str) -> Result<Self, String> {
        let (body, attributes) = text.rsplit_once('|').unwrap_or((text, ""));
        if body.contains('|') {
            return Err(format!("`{text}` is a jq expression; only paths such as .spec.nodeName are read"));
        }
        let mut shown = Shown::Always;
        for attribute in attributes.trim().chars() {
            match attribute {
                'W' => shown = Shown::Wide,
                'H' => shown = Shown::Never,
                // How k9s aligns and prints; here the value decides.
                'S' | 'T' | 'N' | 'L' | 'R' => {}
                other => return Err(format!("`{other}` is no attribute of a column; there are W, H, S, T, N, L, R")),
            }
        }
        let (title, path) = body.split_once(':').map_or((body, None), |(title, path)| (title, Some(path)));
        if title.trim().is_empty() {
            return Err(format!("`{text}` has no title"));
        }
        let source = path.map_or(Ok(Source::Own), source_of)?;
        Ok(Self { title: title.trim().to_uppercase(), source, shown })
    }

    /// Reads what is typed to add a column: `LABEL`, `.PATH`, `TITLE:.PATH`, `annotation KEY`.
    pub fn typed(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("write a label, a .path, or TITLE:.path".into());
        }
        if let Some(key) = text.strip_prefix("annotation ") {
            let path = format!(".metadata.annotations['{}']", key.trim());
            return Ok(Self { title: last_word(key.trim()), source: Source::Path(path), shown: Shown::Always });
        }
        if text.starts_with(['.', '{']) {
            let source = source_of(text)?;
            let title = match &source {
                Source::Label(key) => last_word(key),
                _ => last_word(text.trim_end_matches([']', '}', '\'', '"', ')'])),
            };
            return Ok(Self { title, source, shown: Shown::Always });
        }
        if text.contains(":.") || text.contains(":{") {
            return Self::read(text);
        }
        let key = text.strip_prefix("label ").unwrap_or(text).trim();
        if key.contains(char::is_whitespace) {
            return Err(format!("`{key}` is no label"));
        }
        Ok(Self { title: last_word(key), source: Source::Label(key.into()), shown: Shown::Always })
    }
}

/// The last part of a key or path, as a title.
fn last_word(text: &str) -> String {
    let word = text.rsplit(['.', '/', '\'', '"', '[']).find(|word| !word.is_empty()).unwrap_or(text);
    word.to_uppercase()
}

fn source_of(path: &str) -> Result<Source, String> {
    let path = path.trim().trim_start_matches('{').trim_end_matches('}').trim();
    let path = if path.starts_with(['.', '[']) { path.to_owned() } else { format!(".{path}") };
    let Some(rest) = path.strip_prefix(".metadata.labels") else { return Ok(Source::Path(path)) };
    let quoted = ["['", "[\""].iter().find_map(|open| rest.strip_prefix(open));
    let key = match quoted {
        Some(key) => key.trim_end_matches(']').trim_end_matches(['\'', '"']).to_owned(),
        None => rest.strip_prefix('.').unwrap_or_default().replace('\\', ""),
    };
    if key.is_empty() { Ok(Source::Path(path)) } else { Ok(Source::Label(key)) }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        match &self.source {
            Source::Own => {}
            Source::Label(key) => write!(f, ":.metadata.labels['{key}']")?,
            Source::Path(path) => write!(f, ":{path}")?,
        }
        f.write_str(match self.shown {
            Shown::Always => "",
            Shown::Wide => "|W",
            Shown::Never => "|H",
        })
    }
}

impl Choices {
    /// Reads a file of views. What is wrong in it is told and left out.
    pub fn read(text: &str) -> (Self, Vec<Mistake>) {
        let mut wrong = Vec::new();
        let root = match located::read(text) {
            Ok(root) => root,
            Err(mistake) => return (Self::default(), vec![mistake]),
        };
        let mut all = Self::default();
        for (name, at, views) in root.entries("the views", &mut wrong) {
            if name != "views" {
                wrong.push(Mistake::new(at, format!("`{name}` means nothing here; the file is `views: {{KIND: …}}`")));
                continue;
            }
            for (key, _, view) in views.entries("views", &mut wrong) {
                let choice = choice(view, &mut wrong);
                all.0.push((Key::read(&key), choice));
            }
        }
        (all, wrong)
    }

    /// These and others, which come first.
    pub fn under(mut self, over: Self) -> Self {
        self.0.extend(over.0);
        self
    }

    /// The columns chosen for a kind in a namespace (`None`: in several); those for just this namespace come first.
    pub fn of(&self, names: &[&str], namespace: Option<&str>) -> Option<&Choice> {
        let fits = self.0.iter().rev().filter(|(key, _)| names.contains(&key.kind.as_str()));
        let here = |key: &Key| key.namespace.as_deref().is_some_and(|own| namespace.is_some_and(|ns| is_in(own, ns)));
        let own = fits.clone().find(|(key, _)| here(key));
        own.or_else(|| fits.clone().find(|(key, _)| key.namespace.is_none())).map(|(_, choice)| choice)
    }

    /// Chooses columns for a kind.
    pub fn set(&mut self, kind: &str, choice: Option<Choice>) {
        self.0.retain(|(key, _)| key.kind != kind || key.namespace.is_some());
        let key = Key { kind: kind.to_owned(), namespace: None };
        self.0.extend(choice.map(|choice| (key, choice)));
    }
}

/// A namespace, or a regular expression for several, as k9s takes it.
fn is_in(own: &str, namespace: &str) -> bool {
    own == namespace
        || regex::Regex::new(&format!("^(?:{own})$")).is_ok_and(|expression| expression.is_match(namespace))
}

impl Key {
    /// `v1/pods`, `apps/v1/deployments@shop`, `pods`, `pods shop`.
    fn read(text: &str) -> Self {
        let (kind, namespace) = match text.split_once(['@', ' ']) {
            Some((kind, namespace)) => (kind, Some(namespace.trim().to_owned())),
            None => (text, None),
        };
        Self { kind: kind.rsplit('/').next().unwrap_or(kind).to_lowercase(), namespace }
    }
}

fn choice(view: &located::Located, wrong: &mut Vec<Mistake>) -> Choice {
    let mut choice = Choice::default();
    for (name, at, value) in view.entries("a view", wrong) {
        match name.as_str() {
            "columns" => match value.words() {
                Some(words) => words.iter().for_each(|(word, at)| match Chosen::read(word) {
                    Ok(column) => choice.columns.push(column),
                    Err(why) => wrong.push(Mistake::new(*at, why)),
                }),
                None => wrong.push(Mistake::new(value.at, "columns are a list of texts")),
            },
            "sortColumn" => match value.word().as_deref().map(|word| word.rsplit_once(':').unwrap_or((word, "asc"))) {
                Some((title, "asc" | "desc")) if !title.is_empty() => {
                    let down = value.word().is_some_and(|word| word.ends_with(":desc"));
                    let order = if down { Order::Descending } else { Order::Ascending };
                    choice.sort = Some((title.to_uppercase(), order));
                }
                _ => wrong.push(Mistake::new(value.at, "sortColumn is TITLE:asc or TITLE:desc")),
            },
            other => wrong.push(Mistake::new(at, format!("a view has columns and sortColumn, no `{other}`"))),
        }
    }
    choice
}

/// The file of what was chosen, with a kind's choice replaced; `before` is what the file held.
pub fn file_with(before: &str, kind: &str, choice: Option<&Choice>) -> String {
    let mut views: BTreeMap<String, (Vec<String>, Option<String>)> = BTreeMap::new();
    for (key, choice) in Choices::read(before).0.0 {
        let name = key.namespace.map_or(key.kind.clone(), |namespace| format!("{}@{namespace}", key.kind));
        views.insert(name, written(&choice));
    }
    views.remove(kind);
    views.extend(choice.map(|choice| (kind.to_owned(), written(choice))));
    let mut text = String::from("views:\n");
    for (name, (columns, sort)) in views {
        text.push_str(&format!("  {}:\n    columns:\n", quoted(&name)));
        columns.iter().for_each(|column| text.push_str(&format!("    - {}\n", quoted(column))));
        sort.iter().for_each(|sort| text.push_str(&format!("    sortColumn: {}\n", quoted(sort))));
    }
    text
}

fn written(choice: &Choice) -> (Vec<String>, Option<String>) {
    let way = |order: &Order| if *order == Order::Descending { "desc" } else { "asc" };
    let sort = choice.sort.as_ref().map(|(title, order)| format!("{title}:{}", way(order)));
    (choice.columns.iter().map(ToString::to_string).collect(), sort)
}

/// A text as JSON writes it, which is YAML, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(key: &str) -> Source {
        Source::Label(key.into())
    }

    #[test]
    fn k9s_views_are_read_as_they_are() {
        let text = r"views:
  v1/pods:
    sortColumn: AGE:desc
    columns:
      - NAME
      - ZONE:.metadata.labels.topology\.kubernetes\.io/zone|WR
      - BLEE:.metadata.annotations.blee
      - IP|H
  v1/pods@kube-.*:
    columns: [AGE, NAME|WR]
  deploy prod:
    columns: ['NAME', 'X:.a|b|c|W']
";
        let (choices, wrong) = Choices::read(text);
        let pods = choices.of(&["pods"], Some("shop")).unwrap();
        assert_eq!(pods.sort, Some(("AGE".into(), Order::Descending)));
        assert_eq!(pods.columns[1].source, label("topology.kubernetes.io/zone"));
        assert_eq!(pods.columns[1].shown, Shown::Wide);
        assert_eq!(pods.columns[2].source, Source::Path(".metadata.annotations.blee".into()));
        assert_eq!(pods.columns[3].shown, Shown::Never);
        assert_eq!(choices.of(&["pods"], Some("kube-system")).unwrap().columns.len(), 2);
        assert_eq!(choices.of(&["deployments", "deploy"], Some("prod")).unwrap().columns.len(), 1);
        assert_eq!(choices.of(&["deployments", "deploy"], None), None);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].at.line == 12 && wrong[0].said.contains("jq"), "{wrong:?}");
    }

    #[test]
    fn what_is_typed_becomes_a_column() {
        let cases = [
            ("app", "APP", label("app")),
            ("app.kubernetes.io/name", "NAME", label("app.kubernetes.io/name")),
            (".metadata.labels.tier", "TIER", label("tier")),
            ("zone:.metadata.labels['topology/zone']", "ZONE", label("topology/zone")),
            (".spec.nodeName", "NODENAME", Source::Path(".spec.nodeName".into())),
            ("annotation a/b", "B", Source::Path(".metadata.annotations['a/b']".into())),
        ];
        for (text, title, source) in cases {
            let column = Chosen::typed(text).unwrap();
            assert_eq!((column.title.as_str(), &column.source), (title, &source), "{text}");
            assert_eq!(Chosen::read(&column.to_string()).unwrap(), column, "{column}");
        }
        assert!(Chosen::typed("a b").is_err() && Chosen::typed("").is_err());
    }

    #[test]
    fn the_file_keeps_what_others_chose() {
        let pods =
            Choice { columns: vec![Chosen::typed("app").unwrap()], sort: Some(("APP".into(), Order::Ascending)) };
        let text = file_with("", "pods", Some(&pods));
        let text =
            file_with(&text, "nodes", Some(&Choice { columns: vec![Chosen::read("NAME").unwrap()], sort: None }));
        let (choices, wrong) = Choices::read(&text);
        assert_eq!(wrong, []);
        assert_eq!(choices.of(&["pods"], None), Some(&pods));
        assert!(choices.of(&["nodes"], None).is_some());
        assert!(Choices::read(&file_with(&text, "pods", None)).0.of(&["pods"], None).is_none());
    }
}
