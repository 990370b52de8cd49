//! Themes by name: the built-in ones, and a user's files over them.

use super::source::Source;
use super::{BadTheme, Theme, skin};
use crate::config::ThemeFile;
use crate::text::located::{self, At, Mistake};

macro_rules! built_in {
    ($($name:literal $about:literal)*) => {
        /// Name, what it is for, and source of the built-in themes, in the order in which they are offered.
        pub const BUILT_IN: &[(&str, &str, &str)] =
            &[$(($name, $about, include_str!(concat!("../../themes/", $name, ".yaml"))),)*];
    };
}

built_in! {
    "dark" "the default, on the terminal's own background"
    "light" "dark ink on white"
    "ansi" "the terminal's own sixteen colours"
    "high-contrast" "black, white and bright colours"
    "colour-blind" "told apart without red or green cones"
    "catppuccin" "after Catppuccin Mocha"
    "dracula" "after Dracula"
    "gruvbox" "after Gruvbox"
    "nord" "after Nord"
    "solarized-light" "after Solarized Light"
}

/// The theme that has what others do not say.
const ROOT: &str = "dark";
/// What a theme inherits from that is whole by itself.
const NOTHING: &str = "none";

/// The theme of this name. A user's file comes before a built-in theme of the same name.
pub fn find(name: &str, files: &[ThemeFile]) -> Result<Theme, BadTheme> {
    match files.iter().find(|file| file.name == name) {
        Some(file) => of_file(file, files).map_err(|wrong| placed(&wrong, file)),
        None => whole(Source::read(built_in(name)?)?, Vec::new(), files)?.theme(),
    }
}

/// What is wrong with its file, line and column. What a theme inherits stands in another file, and has no line here.
fn placed(wrong: &BadTheme, file: &ThemeFile) -> BadTheme {
    let root = match located::read(&file.text) {
        Ok(root) => root,
        Err(mistake) => return BadTheme::Placed(format!("{}; it is not a theme", mistake.in_file(&file.file))),
    };
    let tell = |at: Option<At>, said: &str| match at {
        Some(at) => Mistake::new(at, said).in_file(&file.file),
        None => format!("{}: {said}", file.file),
    };
    let all = match wrong {
        BadTheme::Wrong(all) => all.iter().map(|wrong| tell(root.place(&wrong.path), &wrong.said)).collect(),
        BadTheme::Yaml(e) => {
            let at = e.location().map(|at| At { line: at.line() as u64, column: at.column() as u64 });
            vec![tell(at, &wrong.to_string())]
        }
        BadTheme::Placed(said) => vec![said.clone()],
    };
    BadTheme::Placed(all.join("; "))
}

fn of_file(file: &ThemeFile, files: &[ThemeFile]) -> Result<Theme, BadTheme> {
    if let Some(theme) = skin::read(&file.text) {
        return theme;
    }
    whole(Source::read(&file.text)?, vec![file.name.clone()], files)?.theme()
}

/// The source with all that it inherits. A file that inherits its own name means the built-in theme.
fn whole(source: Source, mut seen: Vec<String>, files: &[ThemeFile]) -> Result<Source, BadTheme> {
    let parent = source.inherits.clone().unwrap_or_else(|| ROOT.to_owned());
    if parent == NOTHING {
        return Ok(source);
    }
    let own = files.iter().find(|file| file.name == parent && !seen.contains(&file.name));
    let text = match own {
        Some(file) => file.text.as_str(),
        None if seen.contains(&parent) && built_in(&parent).is_err() => {
            return Err(BadTheme::one(
                "inherits",
                format!("`inherits` goes in a circle: {}, {parent}", seen.join(", ")),
            ));
        }
        None => built_in(&parent)?,
    };
    let below = Source::read(text)?;
    seen.push(parent);
    Ok(source.over(whole(below, seen, files)?))
}

fn built_in(name: &str) -> Result<&'static str, BadTheme> {
    BUILT_IN.iter().find(|(own, ..)| *own == name).map(|(_, _, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, ..)| *name).collect();
        BadTheme::one("inherits", format!("there is no theme `{name}`; built in are {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    fn file(name: &str, text: &str) -> ThemeFile {
        ThemeFile { name: name.into(), file: format!("themes/{name}.yaml"), text: text.into() }
    }

    #[test]
    fn the_built_in_themes_are_whole() {
        for (name, about, _) in BUILT_IN {
            find(name, &[]).unwrap();
            assert!(!about.is_empty() && !about.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn a_theme_has_what_it_says_and_inherits_the_rest() {
        let files = [
            file("mine", "inherits: nord\npalette: {red: hotpink}\nroles: {title: red italic}"),
            file("ours", "inherits: mine\nroles: {text: red}"),
            file("dark", "roles: {dim: '#111'}"),
        ];
        let (nord, mine) = (find("nord", &[]).unwrap(), find("mine", &files).unwrap());
        let pink = Some(Color::Rgb(0xff, 0x69, 0xb4));
        assert_eq!((mine.title.fg, mine.wrong.fg, mine.text), (pink, pink, nord.text));
        assert_eq!(find("ours", &files).unwrap().text.fg, pink);
        let dark = find("dark", &files).unwrap();
        assert_eq!(dark.dim.fg, Some(Color::Rgb(0x11, 0x11, 0x11)), "a user's file comes first");
        assert_eq!(dark.key, find("dark", &[]).unwrap().key, "and inherits from the built-in of its name");
    }

    #[test]
    fn mistakes_are_named_with_their_file() {
        for (text, wants) in [
            (
                "inherits: none\npalette: {odd: blu}\nroles: {text: mauve-ish, moon: red, dim: odd on}",
                vec![
                    "themes/x.yaml:3:9: role `text`: `mauve-ish`",
                    "themes/x.yaml:3:26: there is no role `moon`",
                    "themes/x.yaml: role `cursor` is missing",
                    "themes/x.yaml:2:11: palette `odd`",
                    "`on`",
                ],
            ),
            ("inherits: nrd", vec!["themes/x.yaml:1:1: there is no theme `nrd`", "gruvbox"]),
            ("inherits: y", vec!["themes/x.yaml:1:1: ", "circle: x, y, x"]),
            ("role: {}", vec!["themes/x.yaml:1:1: ", "unknown field `role`"]),
            ("[", vec!["themes/x.yaml:1:", "not a theme"]),
        ] {
            let files = [file("x", text), file("y", "inherits: x")];
            let error = find("x", &files).unwrap_err().to_string();
            for want in wants {
                assert!(error.contains(want), "{text}: {error}");
            }
        }
    }
}
