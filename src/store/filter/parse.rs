//! The grammar of the filter line; see [`super`] for what it says. Recursive descent over the text itself.

use super::compare::{Compare, Op, Operand, Source};
use super::expr::Expr;
use super::needle::{Anchors, Needle};
use super::pattern::{Letters, Pattern};
use super::{Fault, Filter, FilterError, selector};
use crate::text::fuzzy::{self, Fuzzy};

/// Parentheses and `!` in each other; what is typed by hand stays far below, and the stack must not overflow.
const DEPTH: usize = 32;
/// Characters of a filter.
const LENGTH: usize = 2000;
/// Columns (folded) whose sizes are ages, so that a number without a unit can be told to be unfinished.
const AGES: [&str; 5] = ["age", "last", "lastseen", "firstseen", "duration"];

type Parsed<T> = Result<T, FilterError>;

/// Reads a whole filter.
pub fn filter(text: &str, columns: &[&str]) -> Parsed<Filter> {
    let mut parser = Parser { text, rest: text, columns, depth: 0 };
    parser.skip_blanks();
    if text.chars().count() > LENGTH {
        return parser.wrong("the filter is too long", "the server can select by labels: -l app=web");
    }
    if parser.eat("-l") {
        return parser.server_selector();
    }
    if parser.rest.is_empty() {
        return Ok(Filter::default());
    }
    let expr = parser.any_of()?;
    if parser.rest.is_empty() {
        return Ok(Filter { expr: expr.into(), server_selector: None });
    }
    parser.wrong("this `)` closes nothing", "put text with parentheses into quotes: \"(x)\"")
}

struct Parser<'t> {
    text: &'t str,
    /// What is not yet read.
    rest: &'t str,
    columns: &'t [&'t str],
    depth: usize,
}

impl<'t> Parser<'t> {
    fn server_selector(&mut self) -> Parsed<Filter> {
        self.skip_blanks();
        let typed = self.rest.trim_end();
        if typed.is_empty() {
            return self.unfinished("the selector is missing", "type one: -l app=web");
        }
        let before = self.at();
        selector::check(typed).map_err(|error| FilterError { at: before + error.at, ..error })?;
        Ok(Filter { server_selector: Some(typed.into()), ..Filter::default() })
    }

    /// `a | b`
    fn any_of(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.all_of()?];
        while self.eat("||") || self.eat("|") {
            parts.push(self.all_of()?);
        }
        Ok(joined(parts, Expr::Or))
    }

    /// `a b & c`, up to a `|`, a `)` or the end.
    fn all_of(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.factor()?];
        loop {
            self.skip_blanks();
            let asks = self.eat("&&") || self.eat("&");
            if !asks && (self.rest.is_empty() || self.rest.starts_with(['|', ')'])) {
                return Ok(joined(parts, Expr::And));
            }
            parts.push(self.factor()?);
        }
    }

    /// A term, its opposite, or a group.
    fn factor(&mut self) -> Parsed<Expr> {
        self.skip_blanks();
        match self.rest.chars().next() {
            None => self.unfinished("something is missing here", "type what a row shall contain"),
            Some('|' | '&' | ')') => {
                self.wrong("something is missing before this sign", "put text with signs into quotes: \"a|b\"")
            }
            Some('!') => self.deeper(|parser| {
                parser.eat("!");
                Ok(Expr::Not(Box::new(parser.factor()?)))
            }),
            Some('(') => self.deeper(Self::group),
            Some(_) => self.term(),
        }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        if self.depth == DEPTH {
            return self.wrong("too many signs in each other", "leave some out");
        }
        self.depth += 1;
        let expr = read(self);
        self.depth -= 1;
        expr
    }

    fn group(&mut self) -> Parsed<Expr> {
        let opened = self.at();
        self.eat("(");
        let expr = self.any_of()?;
        if self.eat(")") {
            return Ok(expr);
        }
        let (message, hint) = ("this `(` is not closed", "add `)`, or put the text into quotes: \"(x\"");
        Err(FilterError { fault: Fault::Unfinished, at: opened, message: message.into(), hint: hint.into() })
    }

    fn term(&mut self) -> Parsed<Expr> {
        if self.eat("~") || self.eat_flag("-f") {
            return self.letters();
        }
        if self.eat("re:") {
            return self.pattern();
        }
        if self.rest.starts_with('=') {
            return self.wrong("a column is missing before `=`", "put text with signs into quotes: \"=x\"");
        }
        if self.rest.starts_with(['"', '^']) { self.plain() } else { self.comparison_or_plain() }
    }

    fn letters(&mut self) -> Parsed<Expr> {
        self.skip_blanks();
        let letters = if self.rest.starts_with('"') { self.quoted(&['"', '\\'])? } else { self.word().to_owned() };
        if letters.is_empty() {
            return self.unfinished("the letters to look for are missing", "type some: ~ordx");
        }
        Ok(Expr::Letters(Letters(Fuzzy::new(&letters)).into()))
    }

    fn pattern(&mut self) -> Parsed<Expr> {
        let start = self.at();
        let text = if self.rest.starts_with('"') {
            self.quoted(&['"'])?
        } else {
            std::mem::take(&mut self.rest).trim_end().to_owned()
        };
        if text.is_empty() {
            return self.unfinished("the expression is missing", "type one: re:^web-\\d+$");
        }
        // Most expressions are wrong only because a bracket is still to come.
        Pattern::new(&text).map(Expr::Pattern).map_err(|said| FilterError {
            fault: Fault::Unfinished,
            at: start,
            message: format!("not a regular expression: {said}"),
            hint: "without `re:` it is plain text".into(),
        })
    }

    fn plain(&mut self) -> Parsed<Expr> {
        let mut anchors = Anchors { start: self.eat("^"), end: false };
        let text = if self.rest.starts_with('"') {
            let text = self.quoted(&['"', '\\'])?;
            anchors.end = self.eat("$");
            text
        } else {
            let word = self.word();
            let bare = word.strip_suffix('$');
            anchors.end = bare.is_some();
            bare.unwrap_or(word).to_owned()
        };
        if text.is_empty() && !(anchors.start && anchors.end) {
            return self.unfinished("the text to look for is missing", "^text and text$ find it at the ends of a cell");
        }
        Ok(Expr::Text(Needle::new(&text, anchors).into()))
    }

    fn comparison_or_plain(&mut self) -> Parsed<Expr> {
        let (word, start) = (self.rest.get(..word_len(self.rest)).unwrap_or(""), self.rest);
        if let Some((key, op, sign)) = sign_in(word) {
            return self.comparison(key, op, sign);
        }
        // Blanks around the sign, too: `age < 2h`. With a name that is no column they must be on both sides.
        self.word();
        self.skip_blanks();
        if let Some((sign, op)) = sign_at(self.rest).filter(|(_, op)| *op != Op::Contains) {
            let behind = self.rest.get(sign.len()..).unwrap_or("");
            let apart = behind.is_empty() || behind.starts_with(char::is_whitespace);
            let key_like = !op.is_order() && apart && selector::is_key(word);
            if self.column(word).is_some() || key_like {
                self.rest = start;
                return self.comparison(word, op, sign);
            }
        }
        self.rest = start;
        self.plain()
    }

    /// `key`, perhaps blanks, `sign`, perhaps blanks, value. The text begins with the key.
    fn comparison(&mut self, key: &str, op: Op, sign: &str) -> Parsed<Expr> {
        let source = self.source(key, op)?;
        self.eat(key);
        self.skip_blanks();
        self.eat(sign);
        self.skip_blanks();
        let before = self.rest;
        let quoted = before.starts_with('"');
        let value = if quoted { self.quoted(&['"', '\\'])? } else { self.word().to_owned() };
        if value.is_empty() && !quoted {
            return self.unfinished("the value is missing", "\"\" is an empty cell");
        }
        let operand = Operand::new(&value, op);
        if op.is_order() {
            let behind = std::mem::replace(&mut self.rest, before);
            self.check_size(&source, &operand, &value)?;
            self.rest = behind;
        }
        Ok(Expr::Compare(Compare { source, op, operand }.into()))
    }

    /// `<` and its kin need a size that the column can have.
    fn check_size(&self, source: &Source, operand: &Operand, value: &str) -> Parsed<()> {
        let is_age = matches!(source, Source::Column(title) if AGES.contains(&plain_title(title).as_str()));
        if is_age && operand.seconds.is_none() {
            return self.unfinished(&format!("`{value}` is not an age"), "type a number and a unit: 45s 5m 2h 3d 1y");
        }
        if operand.has_size() {
            return Ok(());
        }
        let (message, hint) =
            (format!("`{value}` has no size"), "type a number, a quantity (500m, 1Gi), an age (2h) or a ratio (1/2)");
        let begun = value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        if begun { self.unfinished(&message, hint) } else { self.wrong(&message, hint) }
    }

    /// The column or label that a name means.
    fn source(&self, key: &str, op: Op) -> Parsed<Source> {
        if let Some(title) = self.column(key) {
            return Ok(Source::Column(title.into()));
        }
        if op.is_order() {
            let titles: Vec<String> = self.columns.iter().map(|title| title.to_lowercase()).collect();
            let near = fuzzy::rank(key, titles.clone()).into_iter().next();
            let hint = near.map_or_else(|| format!("there are {}", titles.join(", ")), |near| format!("is it {near}?"));
            return self.wrong(&format!("no column is called `{key}`"), &hint);
        }
        if !selector::is_key(key) {
            let hint = "put text with signs into quotes: \"a=b\"";
            return self.wrong(&format!("`{key}` is neither a column nor a label"), hint);
        }
        Ok(Source::Label(key.into()))
    }

    fn column(&self, key: &str) -> Option<&'t str> {
        let wanted = plain_title(key);
        // A prefixed label key is never a column.
        let may_be = !wanted.is_empty() && !key.contains('.');
        self.columns.iter().copied().find(|title| may_be && plain_title(title) == wanted)
    }

    /// A quoted text, its quotes removed; `escapes` are the characters that lose a backslash before them.
    fn quoted(&mut self, escapes: &[char]) -> Parsed<String> {
        let opened = self.rest;
        self.eat("\"");
        let mut text = String::new();
        let mut chars = self.rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => {
                    self.rest = chars.as_str();
                    return Ok(text);
                }
                '\\' => {
                    let next = chars.next();
                    text.extend(Some(c).filter(|_| next.is_none_or(|next| !escapes.contains(&next))));
                    text.extend(next);
                }
                c => text.push(c),
            }
        }
        self.rest = opened;
        self.unfinished("this quote is not closed", "add another \"")
    }

    /// Takes what belongs to a word, perhaps nothing.
    fn word(&mut self) -> &'t str {
        let (word, rest) = self.rest.split_at_checked(word_len(self.rest)).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, sign: &str) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A flag is followed by a blank or nothing.
    fn eat_flag(&mut self, flag: &str) -> bool {
        let rest = self.rest.strip_prefix(flag);
        let is_flag = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        is_flag && self.eat(flag)
    }

    /// How many characters have been read.
    fn at(&self) -> usize {
        let read = self.text.len() - self.rest.len();
        self.text.get(..read).map_or(0, |read| read.chars().count())
    }

    fn unfinished<T>(&self, message: &str, hint: &str) -> Parsed<T> {
        Err(FilterError { fault: Fault::Unfinished, at: self.at(), message: message.into(), hint: hint.into() })
    }

    fn wrong<T>(&self, message: &str, hint: &str) -> Parsed<T> {
        Err(FilterError { fault: Fault::Wrong, at: self.at(), message: message.into(), hint: hint.into() })
    }
}

fn joined(mut parts: Vec<Expr>, join: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// Bytes up to a blank or a sign that ends words.
fn word_len(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '|' | '&' | '(' | ')')).unwrap_or(text.len())
}

/// The first sign within a word, with what stands before it; a word that begins with one has none.
fn sign_in(word: &str) -> Option<(&str, Op, &'static str)> {
    word.char_indices().skip(1).find_map(|(at, _)| {
        let (key, behind) = word.split_at_checked(at)?;
        let (sign, op) = sign_at(behind)?;
        key.starts_with(|c: char| c.is_alphanumeric() || c == '%').then_some((key, op, sign))
    })
}

fn sign_at(text: &str) -> Option<(&'static str, Op)> {
    Op::SIGNS.into_iter().find(|(sign, _)| text.starts_with(sign))
}

/// A title as it is compared: case, blanks and punctuation do not count, so that `ports` is `PORT(S)`.
fn plain_title(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric() || *c == '%').flat_map(char::to_lowercase).collect()
}
