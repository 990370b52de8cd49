//! What is filtered by, or searched for, in a log: text, `!text`, `re:EXPRESSION`, `!re:EXPRESSION`.
//!
//! Signs that mean something in the filter of tables (`=`, `|`, `>`) are text here: lines of logs are full of them.

use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// Bytes that a compiled expression may take.
const SIZE: usize = 1 << 20;

/// A filter or a search.
#[derive(Clone, Debug)]
pub struct Sieve {
    typed: String,
    inverse: bool,
    pattern: Regex,
}

impl PartialEq for Sieve {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Sieve {
    /// Reads one; nothing for an empty text. A capital letter makes the case count. The error is a sentence.
    pub fn read(typed: &str) -> Result<Option<Self>, String> {
        let (inverse, rest) = typed.strip_prefix('!').map_or((false, typed), |rest| (true, rest));
        let (plain, text) = rest.strip_prefix("re:").map_or((true, rest), |rest| (false, rest));
        if text.is_empty() {
            return Ok(None);
        }
        let source = if plain { regex::escape(text) } else { text.to_owned() };
        let built = RegexBuilder::new(&source)
            .case_insensitive(!has_capital(text, plain))
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .nest_limit(50)
            .build();
        let pattern = built.map_err(|error| {
            let text = error.to_string();
            let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            last.trim().trim_start_matches("error: ").to_owned()
        })?;
        Ok(Some(Self { typed: typed.to_owned(), inverse, pattern }))
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    pub fn fits(&self, text: &str) -> bool {
        self.pattern.is_match(text) != self.inverse
    }

    /// Where it is in a text, as ranges of bytes; an inverse one is nowhere.
    pub fn found(&self, text: &str) -> Vec<Range<usize>> {
        if self.inverse {
            return Vec::new();
        }
        self.pattern.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty()).collect()
    }
}

/// A capital letter that means itself; in an expression `\S` and its kin do not.
fn has_capital(text: &str, plain: bool) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !plain => drop(chars.next()),
            c if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Sieve;

    fn fits(typed: &str, text: &str) -> bool {
        Sieve::read(typed).unwrap().unwrap().fits(text)
    }

    #[test]
    fn text_is_text_and_case_is_smart() {
        assert!(fits("level=error", "ts=1 level=ERROR msg"));
        assert!(fits("a|b", "x a|b y") && !fits("a|b", "a"));
        assert!(fits("Error", "Error") && !fits("Error", "error"));
        assert!(!fits("!error", "an ERROR") && fits("!error", "fine"));
    }

    #[test]
    fn expressions_are_expressions() {
        assert!(fits(r"re:\S+ 5\d\d$", "GET /x 503") && !fits(r"re:5\d\d$", "503 x"));
        assert!(fits("!re:^GET", "POST /") && !fits("!re:^get", "GET /"));
        assert!(Sieve::read("re:(").unwrap_err().contains("unclosed"));
        assert!(Sieve::read("").unwrap().is_none() && Sieve::read("!").unwrap().is_none());
    }

    #[test]
    fn matches_are_told() {
        let sieve = Sieve::read("an").unwrap().unwrap();
        assert_eq!(sieve.found("Banana"), [1..3, 3..5]);
        assert!(Sieve::read("!an").unwrap().unwrap().found("Banana").is_empty());
    }
}
