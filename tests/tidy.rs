//! The rules of the house, as tests: what a module may know, how long a file may be, what stays out of the code.
//!
//! Each finding names file, line, rule and reason. Exceptions are tables in this file, so that each of them can be seen and
//! has its reason beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "tidy/source.rs"]
mod source;

use source::{Source, files, found, functions, line_of, relative, rust_files};
use std::fs;
use std::path::Path;

/// Longest file, in lines.
const FILE: usize = 600;
/// Longest function, in lines.
const FUNCTION: usize = 70;

/// Functions that may be longer: `path::name`, and why.
const LONG: &[(&str, &str)] = &[("src/app/act.rs::act", "one arm a verb, and the compiler sees that none is missing")];

/// What of this crate a module may name. A path allows all below it. Modules that are not listed may name anything.
const LAYERS: &[(&str, &[&str], &str)] = &[
    ("text", &[], "text is the lowest layer"),
    ("kinds", &["text"], "a kind knows objects and values, not where they come from or who shows them"),
    ("describe", &["text"], "a description is made from JSON and the time, wherever they come from"),
    ("manifest", &["text"], "an object's text knows neither where it came from nor who reads it"),
    ("store", &["text", "kinds", "cluster::fault"], "rows do not know screens or servers (a fault is plain data)"),
    ("keys", &["text", "app::verb"], "a key is bound to a verb and knows nothing else"),
    ("config", &["text", "keys", "kinds", "cluster::watch"], "settings are values; who uses them reads them"),
    ("theme", &["text", "kinds", "config"], "a theme gives roles their colours"),
    (
        "app",
        &[
            "text",
            "kinds",
            "store",
            "keys",
            "config",
            "actions",
            "cluster::changes",
            "cluster::catalog",
            "cluster::connection",
            "cluster::fault",
            "cluster::logs",
            "cluster::papers",
            "cluster::rights",
            "cluster::watch",
        ],
        "the core performs nothing: of the cluster it knows plain data only",
    ),
    (
        "cluster",
        &["text", "kinds", "actions", "manifest", "describe", "store", "config"],
        "the cluster answers questions; it does not know who asks",
    ),
    (
        "views",
        &[
            "text",
            "kinds",
            "store",
            "keys",
            "config",
            "theme",
            "app",
            "widgets",
            "actions",
            "cluster::changes",
            "cluster::fault",
            "cluster::logs",
        ],
        "a view draws what the app says",
    ),
];

/// What of other crates only some modules may name.
const CRATES: &[(&[&str], &[&str], &str)] = &[
    (&["ratatui"], &["views", "overlays", "widgets", "theme", "engine"], "cells and styles belong to the screen"),
    (&["crossterm"], &["keys", "app", "engine"], "only keys come from the terminal"),
    (
        &["kube", "hyper", "hyper_util", "hyper_rustls", "rustls", "tower", "http_body_util", "secrecy"],
        &["cluster", "demo"],
        "only cluster knows the client",
    ),
    (
        &["k8s_openapi", "http"],
        &["cluster", "demo"],
        "Kubernetes' types and HTTP end at the edge, where objects become rows",
    ),
    (&["tokio", "futures"], &["engine", "cluster", "cli", "main", "demo"], "pure modules wait for nothing"),
    (&["arboard", "signal_hook"], &["engine"], "effects are performed in one place"),
];

/// Modules that do no I/O and read no clock, and what would do so.
const PURE: &[&str] = &[
    "text", "actions", "describe", "store", "kinds", "manifest", "keys", "config", "app", "theme", "views", "overlays",
    "widgets",
];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::io",
    "std::process",
    "std::thread",
    "std::net::Tcp",
    "std::net::Udp",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "directories::",
];
/// Files of pure modules that may.
const IMPURE_FILES: &[(&str, &str)] = &[("src/config/load.rs", "finds and reads the settings, for engine and cli")];

/// Where tasks may be spawned besides `engine`.
const SPAWNERS: &[(&str, &str)] =
    &[("src/demo/server", "a server is a program of its own: each of its connections is a task")];

/// Public functions with a boolean parameter: `path::name`, and why its caller can be read without a name for the value.
const BOOLEANS: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let sources = rust_files(root(), &["src"]);
    assert!(sources.len() > 10, "the rules look at the wrong place");
    sources
}

fn all_rust() -> Vec<Source> {
    rust_files(root(), &["src", "tests", "benches"])
}

/// Fails with every finding of a rule.
fn hold(rule: fn(&Source) -> Vec<(usize, String)>, sources: &[Source]) {
    let findings: Vec<String> = sources
        .iter()
        .flat_map(|source| rule(source).into_iter().map(|(line, what)| format!("{}:{line}: {what}", source.path)))
        .collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// What a rule says of a piece of code, as `line: text`.
fn says(rule: fn(&Source) -> Vec<(usize, String)>, path: &str, code: &str) -> Vec<usize> {
    rule(&Source::new(path, code)).into_iter().map(|(line, _)| line).collect()
}

#[test]
fn modules_know_only_what_is_below_them() {
    hold(layering, &sources());
    assert_eq!(says(layering, "src/text/age.rs", "use crate::text::clean;\nuse crate::kinds::Row;"), [2]);
    assert_eq!(
        says(layering, "src/app/go.rs", "use crate::cluster::{fault::Fault, connect};\nuse crate::engine;"),
        [1, 2]
    );
    assert_eq!(
        says(layering, "src/text.rs", "// crate::app\n#[cfg(test)]\nmod tests { use crate::app; }"),
        [0usize; 0]
    );
}

fn layering(source: &Source) -> Vec<(usize, String)> {
    let Some((module, allowed, why)) = LAYERS.iter().find(|(module, ..)| Some(*module) == source.module()) else {
        return Vec::new();
    };
    let code = &source.shipped;
    let named = code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$'));
    let named =
        named.flat_map(|(at, start)| named_paths(&code[at + start.len()..]).into_iter().map(move |path| (at, path)));
    let allows = |path: &str, own: &str| path == own || path.starts_with(&format!("{own}::"));
    named
        .filter(|(_, path)| !allows(path, module) && !allowed.iter().any(|own| allows(path, own)))
        .map(|(at, path)| (line_of(code, at), format!("`{module}` may not know `crate::{path}`: {why}")))
        .collect()
}

/// The first two steps of a path; of a group each member.
fn named_paths(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let first = word(code);
    let Some(behind) = code[first.len()..].strip_prefix("::") else { return vec![first] };
    let Some(group) = behind.strip_prefix('{') else { return vec![format!("{first}::{}", word(behind))] };
    let group = group.split('}').next().unwrap_or("");
    group.split(',').map(|member| format!("{first}::{}", word(member.trim()))).collect()
}

#[test]
fn crates_are_known_where_they_belong() {
    hold(crates, &sources());
    assert_eq!(
        says(crates, "src/store/rows.rs", "use std::fmt;\nuse ratatui::Frame;\nfn f() { tokio::spawn(x) }"),
        [2, 3]
    );
    assert_eq!(says(crates, "src/views/bar.rs", "use ratatui::Frame;"), [0usize; 0]);
}

fn crates(source: &Source) -> Vec<(usize, String)> {
    let Some(module) = source.module().filter(|module| *module != "lib") else { return Vec::new() };
    let barred = CRATES.iter().filter(|(_, modules, _)| !modules.contains(&module));
    let pieces = barred.flat_map(|(names, _, why)| names.iter().map(move |name| (name, why)));
    let lines = pieces.flat_map(|(name, why)| {
        let what = format!("`{module}` may not know `{name}`: {why}");
        source.find(&format!("{name}::")).into_iter().map(move |line| (line, what.clone()))
    });
    lines.collect()
}

#[test]
fn pure_modules_do_nothing() {
    hold(purity, &sources());
    assert_eq!(says(purity, "src/app/go.rs", "fn f() {\nstd::fs::read(x);\nInstant::now() }"), [2, 3]);
}

fn purity(source: &Source) -> Vec<(usize, String)> {
    let pure = source.module().is_some_and(|module| PURE.contains(&module));
    if !pure || IMPURE_FILES.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    let lines = IMPURE.iter().flat_map(|piece| source.find(piece).into_iter().map(move |line| (line, piece)));
    lines
        .map(|(line, piece)| (line, format!("`{piece}` in a pure module: time and files come in as messages")))
        .collect()
}

#[test]
fn only_the_engine_spawns() {
    hold(spawning, &sources());
    assert_eq!(
        says(spawning, "src/cluster/watch.rs", "set.spawn(task);\ntokio::spawn(x);\nCommand::new(x).spawn()"),
        [1, 2]
    );
}

fn spawning(source: &Source) -> Vec<(usize, String)> {
    let excepted = SPAWNERS.iter().any(|(path, _)| source.path.starts_with(path));
    if source.module() == Some("engine") || excepted {
        return Vec::new();
    }
    let calls = ["spawn(", "spawn_blocking(", "spawn_local(", "thread::spawn("];
    let lines = calls.iter().flat_map(|call| source.shipped.match_indices(call).map(move |(at, _)| (at, call)));
    lines
        // A process is started without an argument, a function is declared.
        .filter(|(at, call)| !source.shipped[at + call.len()..].starts_with(')'))
        .filter(|(at, _)| source.shipped[..*at].ends_with(['.', ':']))
        .map(|(at, _)| (line_of(&source.shipped, at), "a task outside `engine`: one place starts and ends them".into()))
        .collect()
}

#[test]
fn colours_belong_to_the_theme() {
    hold(colours, &sources());
    assert_eq!(says(colours, "src/views/bar.rs", "let c = Color::Red;\nlet t = theme.color;"), [1]);
}

fn colours(source: &Source) -> Vec<(usize, String)> {
    if source.module() == Some("theme") {
        return Vec::new();
    }
    source
        .find("Color::")
        .into_iter()
        .map(|line| (line, "a colour outside `theme`: views ask for roles".into()))
        .collect()
}

#[test]
fn nothing_panics() {
    hold(panics, &sources());
    let code =
        "fn f() {\na.unwrap();\nb.unwrap_or(1);\npanic!();\n}\n#[cfg(test)]\nmod tests { fn g() { a.unwrap() } }";
    assert_eq!(says(panics, "src/x.rs", code), [2, 4]);
}

fn panics(source: &Source) -> Vec<(usize, String)> {
    let pieces = [".unwrap()", ".expect(", ".unwrap_err()", "panic!(", "todo!(", "unreachable!(", "unimplemented!("];
    let lines = pieces.iter().flat_map(|piece| source.find(piece).into_iter().map(move |line| (line, piece)));
    lines
        .map(|(line, piece)| {
            (line, format!("`{piece}` can end the program: the loop ends only because the user asked"))
        })
        .collect()
}

#[test]
fn files_and_functions_are_short() {
    hold(lengths, &all_rust());
    assert_eq!(says(lengths, "src/x.rs", &"\n".repeat(FILE + 1)), [FILE + 1]);
    let long = format!("\nfn f(a: [u8; 3]) -> [u8; 3] {{{}}}\nfn g() {{}}", "\n".repeat(FUNCTION));
    assert_eq!(says(lengths, "src/x.rs", &long), [2]);
}

fn lengths(source: &Source) -> Vec<(usize, String)> {
    let lines = source.raw.lines().count();
    let file = (lines > FILE).then(|| (lines, format!("{lines} lines; at most {FILE}: a file is read as a whole")));
    let may = |name: &str| LONG.iter().any(|(long, _)| *long == format!("{}::{name}", source.path));
    let long = functions(&source.shipped).into_iter().filter(|f| f.lines > FUNCTION && !may(f.name));
    let long = long
        .map(|f| (f.line, format!("`{}` has {} lines; at most {FUNCTION}: a function fits a screen", f.name, f.lines)));
    file.into_iter().chain(long).collect()
}

#[test]
fn no_function_is_switched_by_a_boolean() {
    hold(booleans, &sources());
    let code = "pub fn f(a: u8, b: bool) {}\nfn g(b: bool) {}\npub fn h(f: &dyn Fn(&Row) -> bool) {}\npub(super) fn i(a: Option<bool>) {}";
    assert_eq!(says(booleans, "src/x.rs", code), [1]);
}

fn booleans(source: &Source) -> Vec<(usize, String)> {
    let switched = functions(&source.shipped).into_iter().filter(|f| f.is_public);
    let switched = switched.filter(|f| f.parameters.replace(' ', "").split(',').any(|p| p.ends_with(":bool")));
    let switched =
        switched.filter(|f| !BOOLEANS.iter().any(|(name, _)| *name == format!("{}::{}", source.path, f.name)));
    switched
        .map(|f| (f.line, format!("`{}` takes a boolean: at the call nobody knows what it means", f.name)))
        .collect()
}

#[test]
fn files_say_what_they_are() {
    hold(headers, &all_rust());
    assert_eq!(says(headers, "src/x.rs", "use std::fmt;"), [1]);
    assert_eq!(says(headers, "src/x/utils.rs", "//! X."), [1]);
    assert_eq!(says(headers, "src/x/mod.rs", "//! X."), [1]);
}

fn headers(source: &Source) -> Vec<(usize, String)> {
    let mut findings = Vec::new();
    if source.module().is_some() && !source.raw.starts_with("//!") {
        findings.push((1, "no `//!`: a file begins by saying what it is and what it does not do".into()));
    }
    let name = source.path.rsplit('/').next().unwrap_or("").trim_end_matches(".rs");
    if ["utils", "util", "helpers", "helper", "manager", "common", "misc"].contains(&name) {
        findings.push((1, format!("`{name}` says nothing about what is in it")));
    }
    if name == "mod" {
        findings.push((1, "`mod.rs`: a module is `name.rs` beside `name/`".into()));
    }
    findings
}

#[test]
fn every_test_runs() {
    hold(ignored, &all_rust());
    assert_eq!(says(ignored, "tests/x.rs", "#[test]\n#[ignore]\nfn f() {}\n// #[ignore]"), [2]);
    assert_eq!(says(ignored, "tests/x.rs", "#[ignore = \"slow\"]"), [1]);
}

fn ignored(source: &Source) -> Vec<(usize, String)> {
    let lines = found(&source.code, "#[ignore");
    lines.into_iter().map(|line| (line, "an ignored test tells nothing: make it run or take it out".into())).collect()
}

#[test]
fn the_project_names_no_machine() {
    let homes = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/"].concat()];
    let top = ["Cargo.toml", "README.md", "CHANGELOG.md", "clippy.toml", "rustfmt.toml", "deny.toml"]
        .map(|name| root().join(name));
    let below = ["src", "tests", "benches", "themes", "keymaps", "assets", ".ci"].map(|name| files(&root().join(name)));
    let mut findings = Vec::new();
    for path in top.into_iter().chain(below.into_iter().flatten()) {
        // What is no text names nothing.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            let named = homes.iter().find(|home| starts_a_path(line, home));
            findings.extend(
                named.map(|home| format!("{}:{number}: `{home}` is on one machine only", relative(root(), &path))),
            );
        }
    }
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    assert!(starts_a_path(&format!("cd {}x", homes[0]), &homes[0]));
    assert!(!starts_a_path(&format!("a{}x", homes[0]), &homes[0]), "part of another path");
}

/// Whether an absolute path begins with `home`.
fn starts_a_path(line: &str, home: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '*');
    line.match_indices(home).any(|(at, _)| !line[..at].ends_with(inside))
}

#[test]
fn data_files_are_yaml() {
    let paths: Vec<_> = ["themes", "keymaps"].iter().flat_map(|directory| files(&root().join(directory))).collect();
    assert!(paths.len() >= 2, "the themes and keymaps are gone");
    for path in paths {
        let name = relative(root(), &path);
        assert!(name.ends_with(".yaml"), "{name}:1: only YAML files belong here");
        let text = fs::read_to_string(&path).unwrap();
        let parsed: Result<serde_yaml::Value, _> = serde_yaml::from_str(&text);
        let value = parsed.unwrap_or_else(|error| panic!("{name}: not YAML: {error}"));
        assert!(value.is_mapping(), "{name}:1: a theme or keymap is a mapping");
    }
}

#[test]
fn code_is_told_from_text() {
    let source = Source::new(
        "src/x.rs",
        "//! a\nlet a = \"panic!(\\\" // \";\nlet b = r#\"todo!(\"#; /* /* x */ y */ let c = '\"'; let d: &'a str = \"z\"; let é = '\\'';\nend",
    );
    assert_eq!(source.code.len(), source.raw.len(), "every line and column stays where it is");
    let words: Vec<&str> = source.code.split_whitespace().collect();
    let want = "let a = ; let b = ; let c = ; let d: &'a str = ; let é = ; end";
    assert_eq!(words.join(" "), want);
    assert_eq!(found(&source.code, "end"), [4]);
}
