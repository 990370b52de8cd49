//! Manifests: the objects that a file of YAML or JSON holds, read as kubectl reads them, each with its place in the file.

use serde_json::Value;

/// One object as it was written.
#[derive(Clone, PartialEq)]
pub struct Written {
    /// For whoever has to find it: `web.yaml, document 2`.
    pub place: String,
    pub object: Value,
}

/// It may be a Secret: its values are not to be printed.
impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Written({})", self.place)
    }
}

/// A value as kubectl's YAML 1.1 has it: `yes` and `on` are true, `0644` is octal.
pub fn value(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|e| e.to_string())
}

/// The objects of a file, in its order; items of a `List` are objects. What goes wrong is said with its place.
pub fn of_file(file: &str, text: &str) -> Result<Vec<Written>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let all = if text.trim_start().starts_with('{') { json(file, text)? } else { yaml(file, text)? };
    let mut written = Vec::new();
    for (number, object) in all {
        let place = format!("{file}, document {number}");
        match object {
            Value::Null => {}
            Value::Object(_) => add(place, object, &mut written)?,
            _ => return Err(format!("{place}: this is no object")),
        }
    }
    Ok(written)
}

fn add(place: String, mut object: Value, all: &mut Vec<Written>) -> Result<(), String> {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let items = object.get("items").is_some_and(Value::is_array) && kind.ends_with("List");
    if !items {
        all.push(Written { place, object });
        return Ok(());
    }
    let items = object.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    for (at, item) in items.into_iter().enumerate() {
        let place = format!("{place}, item {}", at + 1);
        if !item.is_object() {
            return Err(format!("{place}: this is no object"));
        }
        add(place, item, all)?;
    }
    Ok(())
}

/// JSON texts, one after another.
fn json(file: &str, text: &str) -> Result<Vec<(usize, Value)>, String> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>().enumerate();
    values.map(|(at, value)| Ok((at + 1, value.map_err(|e| format!("{file}, document {}: {e}", at + 1))?))).collect()
}

/// Documents between lines that begin with `---` (k8s.io/apimachinery, pkg/util/yaml). Lines are counted from the top of the file.
fn yaml(file: &str, text: &str) -> Result<Vec<(usize, Value)>, String> {
    let mut documents = vec![(0, String::new())];
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("---") {
            // What stands before the first separator is a document only if there is anything.
            if matches!(documents.as_slice(), [(_, first)] if first.lines().all(is_idle)) {
                documents.clear();
            }
            documents.push((at + 1, String::new()));
        } else if let Some((_, document)) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    let read = documents.into_iter().enumerate().map(|(at, (above, text))| {
        if text.lines().all(is_idle) {
            return Ok((at + 1, Value::Null));
        }
        let value = value(&format!("{}{text}", "\n".repeat(above)));
        Ok((at + 1, value.map_err(|why| format!("{file}, document {}: {why}", at + 1))?))
    });
    read.collect()
}

/// Whether a line says nothing.
fn is_idle(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(written: &[Written]) -> Vec<&str> {
        written.iter().map(|one| one.place.as_str()).collect()
    }

    #[test]
    fn scalars_are_those_of_kubectl() {
        let text =
            "{a: yes, b: 0644, c: 0o644, d: on, f: '0644', h: ~, i: 1e3, j: 0x1F, l: NO, m: \"on\", g: 2001-01-01}";
        let expected = json!({"a": true, "b": 420, "c": 420, "d": true, "f": "0644", "h": null, "i": 1000, "j": 31,
            "l": false, "m": "on", "g": "2001-01-01"});
        let mut read = value(text).unwrap();
        if read["i"] == json!(1000.0) {
            read["i"] = json!(1000);
        }
        assert_eq!(read, expected);
    }

    #[test]
    fn a_file_has_documents_and_a_list_items() {
        let text = "# first\n---\nkind: A\n--- # second\n\n# nothing\n---\nkind: BList\nitems:\n- kind: B\n- kind: C\n";
        let written = of_file("x.yaml", text).unwrap();
        assert_eq!(
            places(&written),
            ["x.yaml, document 1", "x.yaml, document 3, item 1", "x.yaml, document 3, item 2"]
        );
        assert_eq!(written[2].object, json!({"kind": "C"}));
        let written = of_file("x.json", "{\"kind\": \"A\"}\n{\"kind\": \"B\"}").unwrap();
        assert_eq!(places(&written), ["x.json, document 1", "x.json, document 2"]);
        assert_eq!(of_file("x.yaml", "# only words\n"), Ok(Vec::new()));
        assert_eq!(places(&of_file("x.yaml", "kind: A\n---\nkind: B").unwrap()).len(), 2);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_line_and_no_value() {
        let wrong = of_file("x.yaml", "kind: A\n---\nkind: B\na: [canary\n").unwrap_err();
        assert!(wrong.starts_with("x.yaml, document 2: ") && wrong.contains("line 4"), "{wrong}");
        assert!(!wrong.contains("canary"), "{wrong}");
        assert_eq!(of_file("x.yaml", "- kind: A"), Err("x.yaml, document 1: this is no object".into()));
        let wrong = of_file("x.json", "{\"kind\": \"A\"} {").unwrap_err();
        assert!(wrong.starts_with("x.json, document 2: "), "{wrong}");
        let shown = format!("{:?}", of_file("x.yaml", "data: {a: canary}").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
