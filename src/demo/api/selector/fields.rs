//! Field selectors: `metadata.name=web`, `status.phase!=Running`; only of the fields that the kind knows.

use crate::demo::catalog::Resource;
use crate::demo::refusal::Refusal;
use crate::demo::store::Key;
use bytes::Bytes;
use memchr::memmem;

/// All of these must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    path: String,
    is: Is,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Equal,
    Different,
}

/// The fields that a kind knows besides its name and namespace.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    ("nodes", &["spec.unschedulable"]),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("namespaces", &["status.phase"]),
    ("secrets", &["type"]),
    ("services", &["spec.clusterIP", "spec.type"]),
    ("jobs.batch", &["status.successful"]),
];

impl Fields {
    /// Reads a selector as written in a query, and refuses fields that the resource does not know.
    pub fn parse(text: &str, resource: &Resource) -> Result<Self, Refusal> {
        let terms = split(text).into_iter().filter(|term| !term.is_empty());
        terms.map(|term| read(&term, text, resource)).collect::<Result<_, _>>().map(Self)
    }

    pub fn named(name: &str) -> Self {
        Self(vec![Term { path: "metadata.name".to_owned(), is: Is::Equal, value: name.to_owned() }])
    }

    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether name and namespace are right.
    pub fn takes_key(&self, key: &Key) -> bool {
        self.0.iter().all(|term| match term.path.as_str() {
            "metadata.name" => term.holds(&key.name),
            "metadata.namespace" => term.holds(&key.namespace),
            _ => true,
        })
    }

    /// Whether the object itself must be looked at.
    pub fn looks_inside(&self) -> bool {
        self.inside().next().is_some()
    }

    /// Whether the object is selected, by its fields.
    pub fn takes(&self, field: impl Fn(&str) -> String) -> bool {
        self.inside().all(|term| {
            let value = match term.path.as_str() {
                "source" => Some(field("source.component")).filter(|own| !own.is_empty()),
                "spec.unschedulable" | "spec.hostNetwork" => {
                    Some(field(&term.path)).filter(|own| !own.is_empty()).or(Some("false".to_owned()))
                }
                "status.podIPs" => Some(field("status.podIP")),
                "status.successful" => {
                    Some(field("status.succeeded")).filter(|own| !own.is_empty()).or(Some("0".to_owned()))
                }
                path => Some(field(path)),
            };
            term.holds(&value.unwrap_or_else(|| field("reportingComponent")))
        })
    }

    /// Whether the object's bytes can hold what is wanted: most do not, and are not parsed.
    pub fn may_be_in(&self, body: &Bytes) -> bool {
        self.inside().filter(|term| term.is == Is::Equal && term.is_plain()).all(|term| {
            let quoted = format!("\"{}\"", term.value);
            memmem::find(body, quoted.as_bytes()).is_some()
        })
    }

    fn inside(&self) -> impl Iterator<Item = &Term> {
        self.0.iter().filter(|term| !matches!(term.path.as_str(), "metadata.name" | "metadata.namespace"))
    }
}

impl Term {
    fn holds(&self, value: &str) -> bool {
        (value == self.value) == (self.is == Is::Equal)
    }

    /// Whether the value is text that JSON writes as it is.
    fn is_plain(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        self.value.chars().any(|c| c.is_ascii_alphabetic())
            && self.value.chars().all(plain)
            && !matches!(self.value.as_str(), "true" | "false")
    }
}

fn read(term: &str, whole: &str, resource: &Resource) -> Result<Term, Refusal> {
    let parts = [("!=", Is::Different), ("==", Is::Equal), ("=", Is::Equal)];
    let found = parts.iter().find_map(|(sign, is)| term.split_once(sign).map(|(path, value)| (path, *is, value)));
    let Some((path, is, value)) = found else {
        return Err(Refusal::bad_request(format!("invalid selector: '{whole}'; can't understand '{term}'")));
    };
    let value = value.replace("\\,", ",").replace("\\=", "=").replace("\\\\", "\\");
    let path = if path == "spec.host" { "spec.nodeName" } else { path };
    let own = KNOWN.iter().find(|(id, _)| *id == &*resource.id).map(|(_, fields)| *fields);
    if matches!(path, "metadata.name" | "metadata.namespace") || own.is_some_and(|own| own.contains(&path)) {
        return Ok(Term { path: path.to_owned(), is, value });
    }
    Err(Refusal::bad_request(match own {
        Some(_) if &*resource.id == "jobs.batch" => format!("field label {path:?} not supported for Job"),
        Some(_) => format!("field label not supported: {path}"),
        None => format!("{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
    }))
}

/// By commas that are not escaped.
fn split(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == ',' && !escaped {
            all.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalog::Catalog;

    #[test]
    fn unknown_fields_are_refused_in_the_servers_words() {
        let catalog = Catalog::default();
        let said = |id: &str, text: &str| Fields::parse(text, catalog.by_id(id).unwrap()).unwrap_err().message;
        assert_eq!(said("pods", "foo=bar"), "field label not supported: foo");
        assert_eq!(said("pods", "foo"), "invalid selector: 'foo'; can't understand 'foo'");
        assert_eq!(
            said("deployments.apps", "foo=bar"),
            "\"foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
    }

    #[test]
    fn objects_are_selected_by_their_fields() {
        let catalog = Catalog::default();
        let pods = catalog.by_id("pods").unwrap();
        let fields = Fields::parse("spec.nodeName=a,status.phase!=Failed", pods).unwrap();
        assert!(fields.takes(|path| if path == "spec.nodeName" { "a".into() } else { "Running".into() }));
        assert!(!fields.takes(|_| "a-b".into()));
        assert!(fields.may_be_in(&Bytes::from_static(b"{\"spec\":{\"nodeName\":\"a\"}}")));
        assert!(!fields.may_be_in(&Bytes::from_static(b"{\"spec\":{\"nodeName\":\"b\"}}")));
    }
}
