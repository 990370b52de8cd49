//! stub until the text branch is merged
pub mod age {
    pub fn human(s: i64) -> String {
        format!("{s}s")
    }
}
pub mod quantity {
    pub fn print_cpu(m: i64) -> String {
        format!("{m}m")
    }
    pub fn print_bytes(b: i64) -> String {
        format!("{b}")
    }
}
pub mod fuzzy {
    pub fn rank(needle: &str, candidates: Vec<String>) -> Vec<String> {
        candidates.into_iter().filter(|c| c.contains(needle)).collect()
    }
}
pub mod shell {
    pub fn join(w: &[String]) -> String {
        w.join(" ")
    }
}
pub mod clean {
    use std::borrow::Cow;
    pub fn line(s: &str) -> Cow<'_, str> {
        s.into()
    }
}
pub mod width {
    use std::borrow::Cow;
    pub fn of(s: &str) -> usize {
        s.chars().count()
    }
    pub fn cut(s: &str, w: usize) -> Cow<'_, str> {
        s.chars().take(w).collect::<String>().into()
    }
    pub fn cut_middle(s: &str, w: usize) -> Cow<'_, str> {
        cut(s, w)
    }
    pub fn wrap(s: &str, _w: usize) -> Vec<String> {
        vec![s.into()]
    }
}
