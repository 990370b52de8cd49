//! Where the embedded cluster answers otherwise than the real one, and why that is so.

use regex::Regex;

/// A difference that is known.
pub struct Known {
    session: &'static str,
    /// A regular expression for the lines, as they are reported: `command: -real line`, `command: +ours`.
    line: &'static str,
    #[allow(dead_code)] // for who reads it
    why: &'static str,
}

pub const DIFFERENCES: &[Known] = &[];

/// Those differences that are in no row; and the rows of that session that nothing was found for.
pub fn unexplained(session: &str, differences: &[String]) -> Vec<String> {
    let rows = DIFFERENCES.iter().filter(|row| row.session == session).map(|row| (Regex::new(row.line).unwrap(), row));
    let rows: Vec<_> = rows.collect();
    let unknown = differences.iter().filter(|line| !rows.iter().any(|(row, _)| row.is_match(line))).cloned();
    let idle = rows.iter().filter(|(row, _)| !differences.iter().any(|line| row.is_match(line)));
    unknown.chain(idle.map(|(_, row)| format!("does not occur any more: {}", row.line))).collect()
}
