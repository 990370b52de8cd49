//! Label selectors: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`; and the structured ones of workloads.

use crate::demo::object::{at, items, pairs, text};
use crate::demo::refusal::Refusal;
use serde_json::Value;

/// All of these must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    is: Is,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Is {
    There,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Is {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::There => value.is_some(),
            Self::Missing => value.is_none(),
            Self::In(values) => value.is_some_and(|value| values.iter().any(|own| own == value)),
            Self::NotIn(values) => value.is_none_or(|value| values.iter().all(|own| own != value)),
            Self::Above(bound) => number.is_some_and(|number| number > *bound),
            Self::Below(bound) => number.is_some_and(|number| number < *bound),
        }
    }
}

impl Labels {
    /// Reads a selector as written in a query. Nothing selects everything.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let slip = |why: String| Refusal::bad_request(format!("unable to parse requirement: {why}"));
        let mut rest = Tokens(tokens(text));
        let mut all = Vec::new();
        if rest.peek().is_empty() {
            return Ok(Self::default());
        }
        loop {
            all.push(requirement(&mut rest).map_err(slip)?);
            match rest.take().as_str() {
                "" => return Ok(Self(all)),
                "," if rest.peek().is_empty() => {
                    return Err(slip("found '', expected: identifier after ','".to_owned()));
                }
                "," => {}
                other => return Err(slip(format!("found '{other}', expected: ',' or 'end of string'"))),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether labels, by their keys, are selected.
    pub fn takes<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|own| own.is.holds(label(&own.key)))
    }
}

/// Whether a structured selector (`matchLabels`, `matchExpressions`) selects an object. What is no selector selects nothing, an empty one all.
pub fn of_object(selector: &Value, object: &Value) -> bool {
    let label = |key: &str| at(object, "metadata/labels").get(key).and_then(Value::as_str);
    let expression = |own: &Value| {
        let values = || items(own, "values").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let is = match text(own, "operator") {
            "In" => Is::In(values()),
            "NotIn" => Is::NotIn(values()),
            "Exists" => Is::There,
            _ => Is::Missing,
        };
        is.holds(label(text(own, "key")))
    };
    selector.is_object()
        && pairs(selector, "matchLabels").all(|(key, value)| label(key) == Some(value))
        && items(selector, "matchExpressions").iter().all(expression)
}

/// What is left to read.
struct Tokens(Vec<String>);

impl Tokens {
    fn peek(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
    fn take(&mut self) -> String {
        self.0.pop().unwrap_or_default()
    }
}

/// Words and signs, the first at the end.
fn tokens(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_sign = |c: char| "=!(),<>".contains(c);
        let length = match first {
            _ if rest.starts_with("==") || rest.starts_with("!=") => 2,
            first if is_sign(first) => 1,
            _ => rest.find(|c: char| is_sign(c) || c.is_whitespace()).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        all.push(token.to_owned());
        rest = behind.trim_start();
    }
    all.reverse();
    all
}

fn requirement(rest: &mut Tokens) -> Result<Requirement, String> {
    let missing = rest.peek() == "!";
    if missing {
        rest.take();
    }
    let key = rest.take();
    if key.is_empty() || is_sign(&key) {
        return Err(format!("found '{key}', expected: identifier"));
    }
    if missing {
        return Ok(Requirement { key, is: Is::Missing });
    }
    let is = match rest.peek().to_owned().as_str() {
        "" | "," => Is::There,
        "=" | "==" => Is::In(vec![one(rest)]),
        "!=" => Is::NotIn(vec![one(rest)]),
        "in" => Is::In(several(rest)?),
        "notin" => Is::NotIn(several(rest)?),
        ">" => Is::Above(bound(rest)?),
        "<" => Is::Below(bound(rest)?),
        other => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
    };
    Ok(Requirement { key, is })
}

fn is_sign(token: &str) -> bool {
    matches!(token, "=" | "==" | "!=" | "!" | "(" | ")" | "," | "<" | ">")
}

/// The value behind a sign; it may be empty.
fn one(rest: &mut Tokens) -> String {
    rest.take();
    if is_sign(rest.peek()) { String::new() } else { rest.take() }
}

fn bound(rest: &mut Tokens) -> Result<i64, String> {
    let value = one(rest);
    value.parse().map_err(|_| {
        format!("values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer")
    })
}

fn several(rest: &mut Tokens) -> Result<Vec<String>, String> {
    rest.take();
    let open = rest.take();
    if open != "(" {
        return Err(format!("found '{open}' expected: '('"));
    }
    let mut all = Vec::new();
    loop {
        if matches!(rest.peek(), "," | ")") {
            all.push(String::new());
        } else {
            all.push(rest.take());
        }
        match rest.take().as_str() {
            "," => {}
            ")" => return Ok(all),
            other => return Err(format!("found '{other}', expected: ',' or ')'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn takes(selector: &str, labels: &[(&str, &'static str)]) -> bool {
        Labels::parse(selector).unwrap().takes(|key| labels.iter().find(|own| own.0 == key).map(|own| own.1))
    }

    #[test]
    fn every_form_selects() {
        let web = [("app", "web"), ("tier", "3")];
        for selector in [
            "",
            "app",
            "app=web",
            "app==web,tier",
            "app!=db",
            "other!=x",
            "app in (db, web)",
            "app notin (db)",
            "!gone",
            "tier>2,tier<4",
            "other notin (a)",
        ] {
            assert!(takes(selector, &web), "{selector}");
        }
        for selector in ["!app", "app=db", "app!=web", "app in (db)", "other", "app notin (web)", "tier>3", "app="] {
            assert!(!takes(selector, &web), "{selector}");
        }
    }

    #[test]
    fn slips_are_told_in_the_servers_words() {
        assert_eq!(
            Labels::parse("a b c").unwrap_err().message,
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"
        );
        assert!(Labels::parse("a,").is_err() && Labels::parse("a in b").is_err() && Labels::parse("=").is_err());
    }

    #[test]
    fn structured_selectors_select() {
        let pod = json!({"metadata": {"labels": {"app": "web"}}});
        assert!(of_object(&json!({"matchLabels": {"app": "web"}}), &pod));
        assert!(of_object(&json!({}), &pod) && !of_object(&Value::Null, &pod));
        let is_in = json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["db"]}]});
        assert!(!of_object(&is_in, &pod));
    }
}
