//! The default keymap: `keymaps/default.yaml`, in which the keys of actions are those that the actions declare. The file has them
//! as well, to be read and copied from; a test keeps it so.

use crate::app::verb::{Scope, VERBS, Verb};
use std::sync::LazyLock;

/// What the file has between these lines is written here.
const BEGINS: &str = "  # actions";
const ENDS: &str = "  # /actions";

/// The default keymap's source, the one place that decides against k9s' letters.
pub static DEFAULT: LazyLock<String> = LazyLock::new(|| with_actions(include_str!("../../keymaps/default.yaml")));

fn with_actions(file: &str) -> String {
    let mut text = String::new();
    let (mut scope, mut is_old) = (None, false);
    for line in file.lines() {
        scope = line.strip_suffix(':').and_then(Scope::named).or(scope);
        is_old &= line != ENDS;
        if !is_old {
            text.push_str(&format!("{line}\n"));
        }
        if line == BEGINS {
            is_old = true;
            text.extend(scope.into_iter().flat_map(declared));
        }
    }
    text
}

/// A line for each action of a scope that has a key.
fn declared(scope: Scope) -> impl Iterator<Item = String> {
    VERBS.iter().filter(move |declared| declared.scope == scope).filter_map(|declared| {
        let Verb::Do(action) = declared.verb else { return None };
        let key = action.key?;
        // Signs and digits mean other things in YAML.
        let is_plain = key.starts_with(|c: char| c.is_ascii_alphabetic());
        Some(if is_plain { format!("  {}: {key}\n", action.id) } else { format!("  {}: {key:?}\n", action.id) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_between_the_lines_is_replaced() {
        let file = "table:\n  up: k\n  # actions\n  scale: Z\n  gone: x\n  # /actions\n  down: j\n\npaper:\n  # actions\n  # /actions\n";
        let text = with_actions(file);
        assert!(text.starts_with("table:\n  up: k\n  # actions\n  scale: s\n"), "{text}");
        assert!(
            !text.contains("gone")
                && text.contains("\n  # /actions\n  down: j\n\npaper:\n  # actions\n  edit-here: e\n")
        );
        assert_eq!(with_actions(&text), text);
    }
}
