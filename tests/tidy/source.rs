//! Rust files as the rules read them: without comments, texts and test code, with functions found by their braces.
//!
//! It is not a parser. It knows just enough of Rust's tokens not to mistake a word in a comment or a text for code.

use std::fs;
use std::path::{Path, PathBuf};

/// One file.
pub struct Source {
    /// From the top of the project, with `/`.
    pub path: String,
    pub raw: String,
    /// Comments and texts blanked out; every line and column stays where it is.
    pub code: String,
    /// `code` without what only tests see.
    pub shipped: String,
}

/// A function with a body.
pub struct Function<'a> {
    pub name: &'a str,
    pub line: usize,
    pub is_public: bool,
    pub parameters: &'a str,
    /// From `fn` to the closing brace.
    pub lines: usize,
}

impl Source {
    pub fn new(path: &str, raw: &str) -> Self {
        let code = blank_text(raw);
        let shipped = blank_tests(&code);
        Self { path: path.into(), raw: raw.into(), code, shipped }
    }

    /// The first word of its place: `app` for `src/app.rs` and `src/app/go.rs`; nothing outside `src`.
    pub fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        inside.split('/').next().map(|first| first.trim_end_matches(".rs"))
    }

    /// Where a piece of shipped code stands, by lines; words are not found inside longer words.
    pub fn find(&self, piece: &str) -> Vec<usize> {
        found(&self.shipped, piece)
    }
}

/// Lines (from 1) on which a piece of code begins.
pub fn found(code: &str, piece: &str) -> Vec<usize> {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    let wordy = piece.starts_with(joins);
    let starts = code.match_indices(piece).map(|(at, _)| at);
    starts.filter(|at| !wordy || !code[..*at].ends_with(joins)).map(|at| line_of(code, at)).collect()
}

pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Every Rust file below some directories, tests in files of their own marked as such.
pub fn rust_files(root: &Path, directories: &[&str]) -> Vec<Source> {
    let paths = directories.iter().flat_map(|directory| files(&root.join(directory)));
    let rust = paths.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let mut sources: Vec<Source> =
        rust.map(|path| Source::new(&relative(root, &path), &fs::read_to_string(&path).unwrap())).collect();
    let test_files: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for source in sources.iter_mut().filter(|source| test_files.contains(&source.path)) {
        source.shipped.clear();
    }
    sources
}

/// All files below a directory, in order.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

pub fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap().components();
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// Files that a `#[cfg(test)] mod name;` of this file names.
fn test_modules(source: &Source) -> Vec<String> {
    let behind = source.code.split("#[cfg(test)]").skip(1).map(str::trim_start);
    let names = behind.filter_map(|code| code.strip_prefix("mod ")?.split_once(';')).map(|(name, _)| name.trim());
    let inside = source.path.trim_end_matches(".rs");
    names.filter(|name| !name.contains('{')).map(|name| format!("{inside}/{name}.rs")).collect()
}

/// Functions of a blanked text, those in each other included.
pub fn functions(code: &str) -> Vec<Function<'_>> {
    let starts = code.match_indices("fn ").map(|(at, _)| at);
    let words = starts.filter(|at| code[..*at].ends_with(|c: char| c.is_whitespace() || c == '('));
    words.filter_map(|at| function(code, at)).collect()
}

fn function(code: &str, at: usize) -> Option<Function<'_>> {
    let head = &code[at + 3..];
    let name = &head[..head.find(|c: char| !c.is_alphanumeric() && c != '_')?];
    let open = at + 3 + head.find('(')?;
    let close = closing(code, open)?;
    // A `;` inside brackets belongs to an array type.
    let mut depth = 0;
    let body = code[close..].char_indices().find_map(|(offset, c)| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        (depth == 0 && matches!(c, '{' | ';')).then_some((close + offset, c))
    })?;
    let end = if body.1 == '{' { closing(code, body.0)? } else { return None };
    let line_start = code[..at].rfind('\n').map_or(0, |newline| newline + 1);
    Some(Function {
        name,
        line: line_of(code, at),
        is_public: code[line_start..at].trim_start().starts_with("pub"),
        parameters: &code[open + 1..close],
        lines: code[at..=end].matches('\n').count() + 1,
    })
}

/// The bracket that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    code[open..].char_indices().find_map(|(offset, c)| {
        depth += i32::from(matches!(c, '(' | '{' | '[')) - i32::from(matches!(c, ')' | '}' | ']'));
        (depth == 0).then_some(open + offset)
    })
}

/// Blanks out every item behind `#[cfg(test)]`.
fn blank_tests(code: &str) -> String {
    let mut shipped = code.to_owned();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let behind = at + mark.len();
        let Some(stop) = code[behind..].find(['{', ';']).map(|offset| behind + offset) else { continue };
        let end = if code[stop..].starts_with('{') { closing(code, stop).unwrap_or(stop) } else { stop };
        shipped.replace_range(at..=end, &blank(&code[at..=end]));
    }
    shipped
}

/// Blanks of the same length in bytes, line feeds kept.
fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// Blanks out comments, string and character literals.
fn blank_text(raw: &str) -> String {
    let mut code = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let joined = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = comment(rest).or_else(|| string(rest, joined)).or_else(|| character(rest));
        match length {
            Some(length) => code.push_str(&blank(&rest[..length])),
            None => code.push(first),
        }
        rest = &rest[length.unwrap_or(first.len_utf8())..];
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    loop {
        match rest.get(at..) {
            None | Some("") => return Some(rest.len()),
            Some(text) if text.starts_with("/*") => (depth, at) = (depth + 1, at + 2),
            Some(text) if text.starts_with("*/") => (depth, at) = (depth - 1, at + 2),
            Some(text) => at += text.chars().next().map_or(1, char::len_utf8),
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// `"…"`, `b"…"`, `r#"…"#` and their kin; `joined` says that a word goes before.
fn string(rest: &str, joined: bool) -> Option<usize> {
    if let Some(inner) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = inner.char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        return Some(end.map_or(rest.len(), |(at, _)| at + 2));
    }
    if joined {
        return None;
    }
    let raw = rest.strip_prefix("br").or(rest.strip_prefix("cr")).or(rest.strip_prefix('r'))?;
    let hashes = raw.bytes().take_while(|byte| *byte == b'#').count();
    let inner = raw[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inner.find(&close).map_or(inner.len(), |at| at + close.len());
    Some(rest.len() - inner.len() + end)
}

/// `'x'` and `'\n'`, not the lifetime `'a`.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let mut chars = inner.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next();
        return chars.find(|(_, c)| *c == '\'').map(|(at, _)| at + 2);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 2)
}
