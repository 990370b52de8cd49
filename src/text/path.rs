//! The JSONPath of printer columns and of columns that users add: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]` and filters `[?(@.type=="Ready")]`
//! (apiextensions' simple paths over k8s.io/client-go/util/jsonpath). No slices, no `..`, no unions: such a path finds nothing.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    All,
    Filter { path: Vec<Step>, test: Test, against: Value },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Is,
    IsNot,
}

/// A path that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(Vec<Step>);

impl Path {
    /// Nothing for what is no path, or one of a form that is not known here.
    pub fn parse(text: &str) -> Option<Self> {
        steps(text.trim()).map(Self)
    }

    /// The first value found.
    pub fn first<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        found(&self.0, object).into_iter().next()
    }
}

fn steps(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('[') {
            let (step, after) = bracket(behind)?;
            steps.push(step);
            rest = after;
            continue;
        }
        let (name, after) = field(rest.strip_prefix('.')?);
        if name.is_empty() && !after.starts_with('[') && !after.is_empty() {
            return None;
        }
        match name.as_str() {
            "" => {}
            "*" => steps.push(Step::All),
            _ => steps.push(Step::Field(name)),
        }
        rest = after;
    }
    Some(steps)
}

/// A name up to the next `.` or `[`; a backslash keeps what is behind it.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, kept)| kept)),
            '.' | '[' => return (name, text.get(at..).unwrap_or_default()),
            other => name.push(other),
        }
    }
    (name, "")
}

/// What is in brackets, and what is behind them.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if let Some(filter) = text.strip_prefix("?(") {
        let (inside, behind) = filter.split_once(")]")?;
        return Some((condition(inside)?, behind));
    }
    let (inside, behind) = text.split_once(']')?;
    let inside = inside.trim();
    let step = match quoted(inside) {
        Some(name) => Step::Field(name.to_owned()),
        None if inside == "*" => Step::All,
        None => Step::Index(inside.parse().ok()?),
    };
    Some((step, behind))
}

fn quoted(text: &str) -> Option<&str> {
    ['\'', '"'].into_iter().find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark))
}

fn condition(text: &str) -> Option<Step> {
    let tests = [("==", Test::Is), ("!=", Test::IsNot)];
    let found =
        tests.into_iter().find_map(|(sign, test)| text.split_once(sign).map(|(path, value)| (path, test, value)));
    let (path, test, value) = found.unwrap_or((text, Test::Exists, "null"));
    let value = value.trim();
    let against = match quoted(value) {
        Some(text) => text.into(),
        None => serde_json::from_str(value).ok()?,
    };
    Some(Step::Filter { path: steps(path.trim().strip_prefix('@')?)?, test, against })
}

fn found<'a>(path: &[Step], object: &'a Value) -> Vec<&'a Value> {
    path.iter().fold(vec![object], |values, step| values.into_iter().flat_map(|value| taken(step, value)).collect())
}

fn taken<'a>(step: &Step, value: &'a Value) -> Vec<&'a Value> {
    match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Index(n) => {
            let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let at = if *n < 0 {
                usize::try_from(n.unsigned_abs()).ok().and_then(|n| all.len().checked_sub(n))
            } else {
                usize::try_from(*n).ok()
            };
            at.and_then(|at| all.get(at)).into_iter().collect()
        }
        Step::All => children(value),
        Step::Filter { path, test, against } => {
            children(value).into_iter().filter(|item| holds(&found(path, item), *test, against)).collect()
        }
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

fn holds(found: &[&Value], test: Test, against: &Value) -> bool {
    match (test, found.first()) {
        (Test::Exists, first) => first.is_some(),
        (Test::Is, Some(first)) => *first == against,
        (Test::IsNot, Some(first)) => *first != against,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_find_the_first_value() {
        let object = json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
            "spec": {"names": ["a", "b"], "n": 3},
            "status": {"conditions": [{"type": "Synced", "status": "False"}, {"type": "Ready", "status": "True"}]}
        });
        let first = |path: &str| Path::parse(path).and_then(|path| path.first(&object).cloned());
        assert_eq!(first(r#".status.conditions[?(@.type=="Ready")].status"#), Some(json!("True")));
        assert_eq!(first(".status.conditions[?(@.type!='Ready')].type"), Some(json!("Synced")));
        assert_eq!(first(".status.conditions[*].type"), Some(json!("Synced")));
        assert_eq!(first(".spec.names[-1]"), Some(json!("b")));
        assert_eq!(first(".spec['n']"), Some(json!(3)));
        assert_eq!(first(r".metadata.labels.app\.kubernetes\.io/name"), Some(json!("web")));
        for nothing in [".spec.names[5]", ".spec.names[-5]", ".no.such", ".spec.names[0:1]", "spec", "..spec", ".a["] {
            assert_eq!(first(nothing), None, "{nothing}");
        }
    }
}
