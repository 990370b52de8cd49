//! Fuzzy matching: the letters of a pattern in their order, with anything between them. A thin wrapper on fuzzy-matcher.
//!
//! Smart case as everywhere: a pattern without an (ASCII) capital letter matches either case.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use std::cmp::Reverse;
use std::fmt;

/// Cells of the matcher's score matrix. A name of 253 characters and a pattern of 60 stay below; longer texts are matched by
/// a cheaper method, so that a hostile text cannot take memory.
const MATRIX: usize = 1 << 14;

/// A pattern, ready to be compared with many texts.
pub struct Fuzzy {
    pattern: String,
    matcher: SkimMatcherV2,
}

impl fmt::Debug for Fuzzy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fuzzy").field(&self.pattern).finish()
    }
}

/// How well a text fits, and by which of its characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Higher is better; comparable for one pattern only.
    pub score: i64,
    /// Indices of the matched characters (not bytes), ascending.
    pub at: Vec<usize>,
}

impl Fuzzy {
    pub fn new(pattern: &str) -> Self {
        Self { pattern: pattern.into(), matcher: SkimMatcherV2::default().smart_case().element_limit(MATRIX) }
    }

    /// What is looked for.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// How well the text fits; `None` if it does not.
    pub fn score(&self, text: &str) -> Option<i64> {
        self.matcher.fuzzy_match(text, &self.pattern)
    }

    /// How well the text fits, and where; `None` if it does not.
    pub fn find(&self, text: &str) -> Option<Match> {
        let (score, at) = self.matcher.fuzzy_indices(text, &self.pattern)?;
        Some(Match { score, at })
    }
}

/// The candidates that fit, best first; of equals the shorter, then the earlier one. All of them if nothing is looked for.
pub fn rank(needle: &str, candidates: Vec<String>) -> Vec<String> {
    if needle.is_empty() {
        return candidates;
    }
    let fuzzy = Fuzzy::new(needle);
    let scored = candidates.into_iter().filter_map(|text| Some((fuzzy.score(&text)?, text)));
    let mut scored: Vec<(i64, String)> = scored.collect();
    scored.sort_by_key(|(score, text)| (Reverse(*score), text.len()));
    scored.into_iter().map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_order() {
        let fuzzy = Fuzzy::new("ordx");
        assert_eq!(fuzzy.find("orders-9qwzx").unwrap().at, [0, 1, 2, 11]);
        assert_eq!(fuzzy.score("xdro"), None);
        assert_eq!(fuzzy.find("").map(|found| found.at), None);
        assert_eq!(Fuzzy::new("語").find("日本語").unwrap().at, [2], "characters, not bytes");
        assert_eq!(Fuzzy::new("").find("orders").unwrap().at, [0usize; 0]);
    }

    #[test]
    fn case_is_smart() {
        assert!(Fuzzy::new("clb").score("CrashLoopBackOff").is_some());
        assert!(Fuzzy::new("CLB").score("CrashLoopBackOff").is_some());
        assert!(Fuzzy::new("CLB").score("crashloopbackoff").is_none());
    }

    #[test]
    fn long_texts_are_matched_too() {
        let text = format!("{}z", "ab".repeat(50_000));
        assert!(Fuzzy::new("bz").score(&text).is_some());
        assert!(Fuzzy::new("zb").score(&text).is_none());
    }

    #[test]
    fn the_best_comes_first() {
        let kinds = ["deployments", "poddisruptionbudgets", "pods", "endpoints"].map(String::from).to_vec();
        assert_eq!(rank("pod", kinds.clone()), ["pods", "poddisruptionbudgets"]);
        assert_eq!(rank("", kinds.clone()), kinds);
    }
}
