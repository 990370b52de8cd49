//! In what form an answer is wanted: JSON as it is, as a table, or metadata alone.
//!
//! There is no protobuf and no YAML: who takes nothing else is told 406, as the real server tells those who want XML.

use super::query::Query;
use crate::demo::refusal::Refusal;

/// What becomes of the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Whole,
    Table,
    /// `PartialObjectMetadata`, or its list.
    Metadata(Many),
}

/// Whether a list of metadata was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    One,
    List,
}

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Compact,
    Pretty,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub shape: Shape,
    pub layout: Layout,
}

/// `pretty`, or what looks like a person's client (apiserver's negotiation.isPrettyPrint).
pub fn layout(query: &Query, user_agent: &str) -> Layout {
    let people = ["curl", "Wget", "Mozilla/5.0"];
    let wanted = match query.get("pretty") {
        Some(_) => query.flag("pretty"),
        None => people.iter().any(|start| user_agent.starts_with(start)),
    };
    if wanted { Layout::Pretty } else { Layout::Compact }
}

/// The first clause of `Accept` that can be had.
pub fn shape(accept: &str) -> Result<Shape, Refusal> {
    if accept.trim().is_empty() {
        return Ok(Shape::Whole);
    }
    let mut as_asked = false;
    for clause in accept.split(',') {
        let mut parts = clause.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        if !matches!(media, "application/json" | "*/*" | "application/*") {
            continue;
        }
        let part = |name: &str| clause.split(';').filter_map(|p| p.trim().split_once('=')).find(|p| p.0 == name);
        let Some((_, wanted)) = part("as") else { return Ok(Shape::Whole) };
        as_asked = true;
        if part("g").is_none_or(|(_, group)| group != "meta.k8s.io") {
            continue;
        }
        match wanted {
            "Table" if part("v").is_some_and(|(_, v)| v == "v1") => return Ok(Shape::Table),
            "PartialObjectMetadata" => return Ok(Shape::Metadata(Many::One)),
            "PartialObjectMetadataList" => return Ok(Shape::Metadata(Many::List)),
            _ => {}
        }
    }
    Err(if as_asked {
        not_acceptable("only the following media types are accepted: application/json")
    } else {
        not_acceptable(
            "406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch",
        )
    })
}

pub fn not_acceptable(message: &str) -> Refusal {
    Refusal::new(406, "NotAcceptable", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_can_be_had_is_taken() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(shape(table), Ok(Shape::Table));
        assert_eq!(shape("application/vnd.kubernetes.protobuf,application/json"), Ok(Shape::Whole));
        assert_eq!(shape("application/vnd.kubernetes.protobuf, */*"), Ok(Shape::Whole));
        assert_eq!(
            shape(
                "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
            ),
            Ok(Shape::Metadata(Many::One))
        );
        assert_eq!(shape("application/vnd.kubernetes.protobuf").unwrap_err().code, 406);
        assert_eq!(shape("application/json;as=Foo;v=v1;g=meta.k8s.io").unwrap_err().code, 406);
    }
}
