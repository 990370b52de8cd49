//! YAML with the place of every value, for files that people write: what is wrong in one is told by line and column.
//!
//! It knows no settings and no files; what the values mean is the reader's business.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;

/// A place in a text; both count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    pub line: u64,
    pub column: u64,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: At,
    pub said: String,
}

impl Mistake {
    pub fn new(at: At, said: impl Into<String>) -> Self {
        Self { at, said: said.into() }
    }

    /// With the file's name in front, as compilers write it.
    pub fn in_file(&self, file: &str) -> String {
        format!("{file}:{}:{}: {}", self.at.line, self.at.column, self.said)
    }
}

/// A value of YAML 1.2.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Nothing,
    Flag(bool),
    Number(i64),
    /// Text, and numbers that are not whole, as they print.
    Text(String),
    List(Vec<Located>),
    /// In the order of the file; a key that comes twice is there twice.
    Map(Vec<(Located, Located)>),
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    pub node: Node,
    pub at: At,
}

/// How a mistake begins that costs the whole file.
pub const NO_YAML: &str = "this is no YAML";

/// Reads a text; an empty one is [`Node::Nothing`].
pub fn read(text: &str) -> Result<Located, Mistake> {
    let comments_only = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    if comments_only {
        return Ok(Located { node: Node::Nothing, at: At { line: 1, column: 1 } });
    }
    let options = serde_saphyr::options! {
        // A key given twice is told by whoever reads the map, and does not cost the rest.
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|e| {
        let at = e.location().map_or(At { line: 1, column: 1 }, at);
        let said = e.to_string();
        Mistake::new(at, format!("{NO_YAML}: {}", said.lines().next().unwrap_or_default()))
    })
}

fn at(location: serde_saphyr::Location) -> At {
    At { line: location.line().max(1), column: location.column().max(1) }
}

impl Located {
    /// A scalar as it would be typed; nothing for lists and maps.
    pub fn word(&self) -> Option<String> {
        match &self.node {
            Node::Text(text) => Some(text.clone()),
            Node::Flag(flag) => Some(flag.to_string()),
            Node::Number(number) => Some(number.to_string()),
            Node::Nothing | Node::List(_) | Node::Map(_) => None,
        }
    }

    /// The words of a list, or of a scalar that stands for a list of one; nothing if something else is in it.
    pub fn words(&self) -> Option<Vec<(String, At)>> {
        let one = std::slice::from_ref(self);
        let items = match &self.node {
            Node::List(items) => items.as_slice(),
            _ => one,
        };
        items.iter().map(|item| Some((item.word()?, item.at))).collect()
    }

    /// Where the name stands that the names before it lead to.
    pub fn place(&self, path: &[String]) -> Option<At> {
        let (first, rest) = path.split_first()?;
        let Node::Map(pairs) = &self.node else { return None };
        let (key, value) = pairs.iter().find(|(key, _)| key.word().as_ref() == Some(first))?;
        if rest.is_empty() { Some(key.at) } else { value.place(rest) }
    }

    /// The entries of a map with their names. What is no map, and names given twice, are added to `wrong`; of the latter the
    /// last one counts.
    pub fn entries<'a>(&'a self, what: &str, wrong: &mut Vec<Mistake>) -> Vec<(String, At, &'a Self)> {
        let Node::Map(pairs) = &self.node else {
            if self.node != Node::Nothing {
                wrong.push(Mistake::new(self.at, format!("{what} is a map of names and values")));
            }
            return Vec::new();
        };
        let mut entries: Vec<(String, At, &Self)> = Vec::new();
        for (key, value) in pairs {
            let Some(name) = key.word() else {
                wrong.push(Mistake::new(key.at, format!("a name in {what} is a word")));
                continue;
            };
            if let Some(before) = entries.iter().position(|(known, ..)| *known == name) {
                let first = entries.remove(before).1;
                wrong.push(Mistake::new(key.at, format!("`{name}` is given twice, first in line {}", first.line)));
            }
            entries.push((name, key.at, value));
        }
        entries
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(d)?;
        Ok(Self { node: spanned.value, at: at(spanned.referenced) })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Flag(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or_else(|_| Node::Text(value.to_string()), Node::Number))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }
    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }
    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Node, D::Error> {
        d.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Node::Map(pairs))
    }
}

/// The candidate that a mistyped word most likely means, if any is near.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let scored = candidates.into_iter().map(|own| (strsim::normalized_damerau_levenshtein(&word, own), own));
    scored.filter(|(score, _)| *score >= 0.6).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, own)| own)
}

/// ` (did you mean …?)` where a candidate is near, else nothing.
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    meant(word, candidates).map(|own| format!("; did you mean `{own}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let text = "# first\nreadonly: true\ncontexts:\n  prod:\n    favourites: [a, 1, 1.10, off]\n    alias:\n";
        let mut wrong = Vec::new();
        let root = read(text).unwrap();
        let all = root.entries("the file", &mut wrong);
        assert_eq!(all[0].1, At { line: 2, column: 1 });
        assert_eq!((&all[0].2.node, all[0].2.at), (&Node::Flag(true), At { line: 2, column: 11 }));
        let prod = all[1].2.entries("contexts", &mut wrong)[0].2.clone();
        let own = prod.entries("prod", &mut wrong);
        let words = own[0].2.words().unwrap();
        assert_eq!(words[3], ("off".into(), At { line: 5, column: 30 }), "{words:?}");
        assert_eq!(own[1].2.node, Node::Nothing);
        assert_eq!(wrong, []);
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place() {
        let mistake = read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(mistake.at.line >= 2, "{mistake:?}");
        assert!(mistake.said.starts_with("this is no YAML: ") && !mistake.said.contains('\n'), "{mistake:?}");
        assert_eq!(read("# nothing\n\n").unwrap().node, Node::Nothing);
    }

    #[test]
    fn a_name_given_twice_is_told() {
        let mut wrong = Vec::new();
        let root = read("a: 1\nb: 2\na: 3\n").unwrap();
        let entries = root.entries("the file", &mut wrong);
        assert_eq!(entries.iter().find(|(name, ..)| name == "a").unwrap().2.node, Node::Number(3));
        assert_eq!(wrong, [Mistake::new(At { line: 3, column: 1 }, "`a` is given twice, first in line 1")]);
    }

    #[test]
    fn near_words_are_meant() {
        let names = ["favourites", "readonly", "read"];
        assert_eq!(meant("favorites", names), Some("favourites"));
        assert_eq!(meant("read-only", names), Some("readonly"));
        assert_eq!(meant("zebra", names), None);
    }
}
