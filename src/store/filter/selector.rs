//! Label selectors, checked before the server is asked: the grammar of k8s.io/apimachinery, pkg/labels (`labels.Parse`).
//!
//! It only says whether and where a selector is wrong. The server parses it again and has the last word.

use super::{Fault, FilterError};

type Checked<T> = Result<T, FilterError>;

/// Checks a selector: `app=web,tier!=front,env in (a, b),zone notin (c),owned,!draft,build>7`. The error counts characters
/// from the beginning of `text`. An empty selector selects everything.
pub fn check(text: &str) -> Checked<()> {
    let mut reader = Reader { text, rest: text.trim_start() };
    while !reader.rest.is_empty() {
        reader.requirement()?;
        reader.skip_blanks();
        if reader.rest.is_empty() {
            return Ok(());
        }
        if !reader.eat(",") {
            return reader.wrong("requirements are separated by commas", "type `app=web,tier=front`");
        }
        reader.skip_blanks();
        if reader.rest.is_empty() {
            return reader.unfinished("a requirement is missing after the comma", "type one, or take the comma away");
        }
    }
    Ok(())
}

/// Whether a text can be a label key: a name of at most 63 characters, perhaps after a DNS subdomain and a slash.
pub fn is_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let prefix_fits = prefix.is_none_or(|prefix| {
        prefix.len() <= 253 && !prefix.bytes().any(|b| b.is_ascii_uppercase() || b == b'_') && is_name(prefix)
    });
    prefix_fits && name.len() <= 63 && is_name(name)
}

/// Letters, digits and `-_.` between letters or digits; not empty.
fn is_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(ends) && text.ends_with(ends) && text.chars().all(|c| ends(c) || matches!(c, '-' | '_' | '.'))
}

fn is_value(text: &str) -> bool {
    text.is_empty() || (text.len() <= 63 && is_name(text))
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn requirement(&mut self) -> Checked<()> {
        let absent = self.eat("!");
        self.skip_blanks();
        self.key()?;
        self.skip_blanks();
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Ok(());
        }
        if absent {
            return self
                .wrong("`!key` stands alone", "`!draft` selects what has no such label; `tier!=front` compares");
        }
        for sign in ["==", "!=", "="] {
            if self.eat(sign) {
                return self.value();
            }
        }
        if self.eat(">") || self.eat("<") {
            return self.number();
        }
        let before = self.rest;
        match self.word() {
            "in" | "notin" => self.set(),
            _ => {
                self.rest = before;
                self.wrong("an operator is missing", "there are = == != < > in notin")
            }
        }
    }

    fn key(&mut self) -> Checked<()> {
        let before = self.rest;
        let key = self.word();
        if is_key(key) {
            return Ok(());
        }
        let behind = std::mem::replace(&mut self.rest, before);
        if key.is_empty() && behind.is_empty() {
            return self.unfinished("a label key is missing", "type one: app=web");
        }
        self.wrong(&format!("`{key}` cannot be a label key"), "keys look like `app` or `example.com/app`")
    }

    fn value(&mut self) -> Checked<()> {
        self.skip_blanks();
        let before = self.rest;
        let value = self.word();
        if is_value(value) {
            return Ok(());
        }
        self.rest = before;
        self.wrong(&format!("`{value}` cannot be a label's value"), "values are up to 63 letters, digits and -_.")
    }

    fn number(&mut self) -> Checked<()> {
        self.skip_blanks();
        let before = self.rest;
        let value = self.word();
        if value.parse::<i64>().is_ok() {
            return Ok(());
        }
        self.rest = before;
        let (message, hint) = ("a whole number is missing", "`<` and `>` compare whole numbers only");
        if value.is_empty() && before.is_empty() { self.unfinished(message, hint) } else { self.wrong(message, hint) }
    }

    /// `(a, b)`
    fn set(&mut self) -> Checked<()> {
        self.skip_blanks();
        if !self.eat("(") {
            return if self.rest.is_empty() {
                self.unfinished("values are missing", "type them: (a, b)")
            } else {
                self.wrong("values stand in parentheses", "type `env in (a, b)`")
            };
        }
        loop {
            self.value()?;
            self.skip_blanks();
            if self.eat(")") {
                return Ok(());
            }
            if !self.eat(",") {
                return if self.rest.is_empty() {
                    self.unfinished("the values are not closed", "add `)`")
                } else {
                    self.wrong("values are separated by commas", "type `env in (a, b)`")
                };
            }
        }
    }

    /// What is neither blank nor sign, perhaps nothing.
    fn word(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '!' | '(' | ')' | ',' | '<' | '>'));
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len())).unwrap_or((self.rest, ""));
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

    fn unfinished(&self, message: &str, hint: &str) -> Checked<()> {
        Err(self.error(Fault::Unfinished, message, hint))
    }

    fn wrong(&self, message: &str, hint: &str) -> Checked<()> {
        Err(self.error(Fault::Wrong, message, hint))
    }

    fn error(&self, fault: Fault, message: &str, hint: &str) -> FilterError {
        let read = self.text.len() - self.rest.len();
        let at = self.text.get(..read).map_or(0, |read| read.chars().count());
        FilterError { fault, at, message: message.into(), hint: hint.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_takes_is_taken() {
        for text in [
            "",
            "app=web",
            "app==web,tier!=front",
            " app = web , tier != front ",
            "app=",
            "app=,tier=x",
            "owned",
            "!draft",
            "! draft , owned",
            "env in (a, b)",
            "env in ()",
            "env in (a,,b)",
            "x in (foo,,baz),y,z notin ()",
            "env notin(a)",
            "in in (in)",
            "build>7,build < 10",
            "app.kubernetes.io/name=web",
            "A_b.c-d=Z_9.x",
        ] {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn what_it_refuses_is_refused_with_its_place() {
        let cases = [
            ("app=web,", Fault::Unfinished, 8),
            ("!", Fault::Unfinished, 1),
            ("env in", Fault::Unfinished, 6),
            ("env in (a", Fault::Unfinished, 9),
            ("build>", Fault::Unfinished, 6),
            (",", Fault::Wrong, 0),
            ("=web", Fault::Wrong, 0),
            ("app web", Fault::Wrong, 4),
            ("app=web tier=x", Fault::Wrong, 8),
            ("!app=web", Fault::Wrong, 4),
            ("app=we/b", Fault::Wrong, 4),
            ("app=-x", Fault::Wrong, 4),
            ("größe=1", Fault::Wrong, 0),
            ("a,größe=1", Fault::Wrong, 2),
            ("env in a", Fault::Wrong, 7),
            ("env in (a b)", Fault::Wrong, 10),
            ("build>x", Fault::Wrong, 6),
            ("a/b/c=1", Fault::Wrong, 0),
            ("Upper.io/x=1", Fault::Wrong, 0),
            ("app=(x)", Fault::Wrong, 4),
        ];
        for (text, fault, at) in cases {
            let error = check(text).unwrap_err();
            assert_eq!((error.fault, error.at), (fault, at), "{text:?}: {error}");
        }
    }

    #[test]
    fn keys_have_limits() {
        assert!(is_key(&"a".repeat(63)));
        assert!(!is_key(&"a".repeat(64)));
        assert!(!is_key(""));
        assert!(!is_key("/x"));
        assert!(!is_key("x/"));
    }
}
