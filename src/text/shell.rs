//! Words as a shell takes them, for kubectl lines that are shown and copied.
//!
//! It quotes for POSIX shells. A line is made to be pasted, so nothing in it may act on the terminal it is pasted into.

use super::clean;

/// The words as one line, each quoted where necessary. A word with a character that cannot be quoted safely (NUL, an escape,
/// a direction mark) is shown with that character made visible: such a line can be read but will not find the object.
pub fn join<S: AsRef<str>>(words: &[S]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word.as_ref())).collect();
    quoted.join(" ")
}

fn quote(word: &str) -> String {
    // `--replicas=5`: an equals sign means something in a line's first word only, and that is kubectl.
    let is_option =
        word.starts_with("--") && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=./:,@%+".contains(&b));
    if is_option {
        return word.to_owned();
    }
    let clean = clean::line(word);
    shlex::try_quote(&clean).map_or_else(|_| format!("{clean:?}"), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_necessary() {
        let cases: [(&[&str], &str); 4] = [
            (&["kubectl", "-n", "shop", "scale", "--replicas=5"], "kubectl -n shop scale --replicas=5"),
            (&["-l", "env in (a, b)"], "-l 'env in (a, b)'"),
            (&["--context", "", "x"], "--context '' x"),
            (&["a;rm -rf ~", "--x=a b"], "'a;rm -rf ~' '--x=a b'"),
        ];
        for (words, want) in cases {
            assert_eq!(join(words), want);
        }
    }

    #[test]
    fn a_shell_reads_the_same_words() {
        let words = ["it's", "\"quoted\"", "$HOME", "`id`", "a\\b", "größe", "!x", "^a"];
        assert_eq!(shlex::split(&join(&words)).unwrap(), words);
    }

    #[test]
    fn what_cannot_be_quoted_is_shown() {
        assert_eq!(join(&["a\0b", "\x1b[2J"]), "'a␀b' '␛[2J'");
    }
}
