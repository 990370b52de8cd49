//! Where in an object each line of its YAML stands: the object is walked beside the text that a serialiser made of it.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Item(usize),
}

/// A line's place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// What follows and is deeper belongs to it.
    pub depth: u16,
    pub path: Vec<Step>,
    /// Whether it is a further line of the text that began above.
    pub goes_on: bool,
}

impl Place {
    /// The line before its key, the key, and what follows.
    pub fn split<'a>(&self, line: &'a str) -> (&'a str, &'a str, &'a str) {
        let (Some(Step::Key(key)), false) = (self.path.last(), self.goes_on) else { return ("", "", line) };
        let start = line.len() - line.trim_start_matches([' ', '-']).len();
        // A key that begins with a dash, or is quoted, is not trimmed for its dashes.
        let found =
            line.get(start..).and_then(|rest| rest.find(key.as_str())).map(|at| start + at).or(line.find(key.as_str()));
        let Some(from) = found else { return ("", "", line) };
        let quoted = line.get(..from).is_some_and(|before| before.ends_with(['"', '\'']));
        let (from, to) = if quoted { (from - 1, from + key.len() + 1) } else { (from, from + key.len()) };
        let parts = line.get(..from).zip(line.get(from..to)).zip(line.get(to..));
        parts.map_or(("", "", line), |((before, key), rest)| (before, key, rest))
    }

    /// The key that the line is about.
    pub fn key(&self) -> Option<&str> {
        match self.path.last()? {
            Step::Key(key) => Some(key),
            Step::Item(_) => None,
        }
    }
}

/// The places of the lines of `text`, which is the YAML of `object`.
pub fn of(object: &Value, text: &str) -> Vec<Place> {
    let mut heads = Vec::new();
    walk(object, &mut Vec::new(), 0, 0, &mut heads);
    let mut heads = heads.into_iter();
    let mut places: Vec<Place> = Vec::new();
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let last = places.last().cloned().unwrap_or_default();
        if inside.is_some_and(|column| line.trim().is_empty() || indent > column) {
            let depth = if last.goes_on { last.depth } else { last.depth + 1 };
            places.push(Place { depth, path: last.path, goes_on: true });
            continue;
        }
        inside = opens_text(line).then_some(indent);
        places.push(heads.next().unwrap_or_default());
    }
    places
}

/// Whether the lines below are the text of a block scalar: `key: |`, `- >-`, `key: |2+`.
fn opens_text(line: &str) -> bool {
    let Some((before, sign)) = line.rsplit_once(' ') else { return line.starts_with(['|', '>']) };
    let is_sign = sign.starts_with(['|', '>']) && sign.len() <= 3;
    is_sign
        && sign.chars().skip(1).all(|c| c.is_ascii_digit() || "+-".contains(c))
        && before.trim_end().ends_with([':', '-'])
}

/// The lines of a value, in order: `first` is the depth of its first line, `depth` that of the others.
fn walk(value: &Value, path: &mut Vec<Step>, first: u16, depth: u16, out: &mut Vec<Place>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (key, value)) in fields.iter().enumerate() {
                path.push(Step::Key(key.clone()));
                let own = if at == 0 { first } else { depth };
                out.push(Place { depth: own, path: path.clone(), goes_on: false });
                below(value, path, depth + 1, out);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Item(at));
                let own = if at == 0 { first } else { depth };
                if is_leaf(item) {
                    out.push(Place { depth: own, path: path.clone(), goes_on: false });
                } else {
                    // The item's first line is the one with the dash.
                    walk(item, path, own, depth + 1, out);
                }
                path.pop();
            }
        }
        _ => out.push(Place { depth: first, path: path.clone(), goes_on: false }),
    }
}

fn below(value: &Value, path: &mut Vec<Step>, depth: u16, out: &mut Vec<Place>) {
    if !is_leaf(value) {
        walk(value, path, depth, depth, out);
    }
}

fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_line_has_its_place() {
        let object = json!({"a": 1, "b": {"c": "x", "d": [{"e": 1, "f": ["g", "h"]}, {"e": 2}], "i": "one: two\n\nthree\n", "j": {}},
            "k: l": "m", "n": [["o", "p"], []], "-q": null});
        let text = super::super::text(&object).unwrap();
        let step = |step: &Step| match step {
            Step::Key(key) => key.clone(),
            Step::Item(at) => at.to_string(),
        };
        let places = of(&object, &text);
        let shown: Vec<(String, &str)> = places
            .iter()
            .zip(text.lines())
            .map(|(place, line)| (place.path.iter().map(step).collect::<Vec<_>>().join("/"), place.split(line).1))
            .collect();
        let shown: Vec<(&str, &str)> = shown.iter().map(|(path, key)| (path.as_str(), *key)).collect();
        assert_eq!(
            shown,
            [
                ("-q", "-q"),
                ("a", "a"),
                ("b", "b"),
                ("b/c", "c"),
                ("b/d", "d"),
                ("b/d/0/e", "e"),
                ("b/d/0/f", "f"),
                ("b/d/0/f/0", ""),
                ("b/d/0/f/1", ""),
                ("b/d/1/e", "e"),
                ("b/i", "i"),
                ("b/i", ""),
                ("b/i", ""),
                ("b/i", ""),
                ("b/j", "j"),
                ("k: l", "\"k: l\""),
                ("n", "\"n\""),
                ("n/0/0", ""),
                ("n/0/1", ""),
                ("n/1", ""),
            ],
            "{text}"
        );
        let depths: Vec<u16> = places.iter().map(|place| place.depth).collect();
        assert_eq!(depths, [0, 0, 0, 1, 1, 2, 3, 4, 4, 2, 1, 2, 2, 2, 1, 0, 0, 1, 2, 1]);
    }
}
