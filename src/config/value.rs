//! What a setting takes, and how a value is read from its place in a file. It knows no setting by name.

use crate::text::located::{At, Located, Node, hint};
use std::collections::BTreeMap;

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words.
    Choices(&'static [&'static str]),
    /// A whole number, not zero.
    Number,
    /// One name.
    Name,
    /// A list of names.
    Names,
    /// `true`, `false`, or the names that it holds for.
    FlagOrNames,
    /// Names and what stands for each.
    Pairs,
    /// A terminal colour's name or `#rrggbb`.
    Colour,
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Flag(bool),
    /// Empty means not set.
    Text(String),
    Names(Vec<String>),
    Pairs(BTreeMap<String, String>),
}

/// The colours that every terminal has a name for.
const COLOURS: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
];

impl Takes {
    /// As help names the type.
    pub fn name(self) -> String {
        match self {
            Self::Flag => "true or false".into(),
            Self::Choice(words) => words.join(" | "),
            Self::Choices(words) => format!("list of: {}", words.join(", ")),
            Self::Number => "number".into(),
            Self::Name => "name".into(),
            Self::Names => "list of names".into(),
            Self::FlagOrNames => "true, false, or a list of names".into(),
            Self::Pairs => "map of name: line".into(),
            Self::Colour => "colour name or #rrggbb".into(),
        }
    }

    /// Reads a value; the error says what is wrong with it and where.
    pub fn read(self, value: &Located) -> Result<Value, (At, String)> {
        let wrong = |said: String| (value.at, said);
        let no = |what: &str| wrong(format!("{} is no {what}", shown(value)));
        match self {
            Self::Flag => match value.node {
                Node::Flag(flag) => Ok(Value::Flag(flag)),
                _ => Err(wrong(format!("{} is neither true nor false", shown(value)))),
            },
            Self::FlagOrNames => match value.node {
                Node::Flag(flag) => Ok(Value::Flag(flag)),
                _ => value.words().map(names).ok_or_else(|| no("list of names")),
            },
            Self::Choice(words) => choice(words, &value.word().ok_or_else(|| no("word"))?, value.at).map(Value::Text),
            Self::Choices(words) => {
                let chosen = value.words().ok_or_else(|| no("list of words"))?;
                let all: Result<Vec<String>, _> = chosen.iter().map(|(word, at)| choice(words, word, *at)).collect();
                all.map(Value::Names)
            }
            Self::Number => match value.word().and_then(|word| word.parse::<u32>().ok()).filter(|n| *n > 0) {
                Some(number) => Ok(Value::Text(number.to_string())),
                None => Err(no("number above zero")),
            },
            Self::Name => match value.node {
                Node::Nothing => Ok(Value::Text(String::new())),
                _ => value.word().map(Value::Text).ok_or_else(|| no("name")),
            },
            Self::Names if value.node == Node::Nothing => Ok(Value::Names(Vec::new())),
            Self::Names => value.words().map(names).ok_or_else(|| no("list of names")),
            Self::Colour => colour(&value.word().unwrap_or_default()).map(Value::Text).map_err(wrong),
            Self::Pairs => pairs(value),
        }
    }
}

fn names(words: Vec<(String, At)>) -> Value {
    Value::Names(words.into_iter().map(|(word, _)| word).collect())
}

fn choice(words: &[&str], word: &str, at: At) -> Result<String, (At, String)> {
    if words.contains(&word) {
        return Ok(word.to_owned());
    }
    Err((at, format!("`{word}` is none of {}{}", words.join(", "), hint(word, words.iter().copied()))))
}

fn colour(word: &str) -> Result<String, String> {
    let hex = word.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()));
    let plain = word.to_lowercase().replace(['-', '_', ' '], "").replace("grey", "gray");
    if hex || plain.is_empty() {
        return Ok(word.to_owned());
    }
    if COLOURS.contains(&plain.as_str()) {
        return Ok(plain);
    }
    Err(format!("`{word}` is no colour: write #rrggbb or one of {}{}", COLOURS.join(", "), hint(&plain, COLOURS)))
}

fn pairs(value: &Located) -> Result<Value, (At, String)> {
    let mut wrong = Vec::new();
    let mut all = BTreeMap::new();
    for (name, at, value) in value.entries("this", &mut wrong) {
        let Some(word) = value.word().filter(|word| !word.trim().is_empty()) else {
            return Err((at, format!("what `{name}` stands for is a text")));
        };
        all.insert(name, word);
    }
    match wrong.into_iter().next() {
        Some(mistake) => Err((mistake.at, mistake.said)),
        None => Ok(Value::Pairs(all)),
    }
}

fn shown(value: &Located) -> String {
    match &value.node {
        Node::Nothing => "nothing".into(),
        Node::List(_) => "a list".into(),
        Node::Map(_) => "a map".into(),
        _ => format!("`{}`", value.word().unwrap_or_default()),
    }
}

impl std::fmt::Display for Value {
    /// As it would be written in the file, on one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Text(text) if text.is_empty() => f.write_str("(none)"),
            Self::Text(text) => f.write_str(text),
            Self::Names(names) => write!(f, "[{}]", names.join(", ")),
            Self::Pairs(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(name, line)| format!("{name}: {line}")).collect();
                write!(f, "{{{}}}", pairs.join(", "))
            }
        }
    }
}
